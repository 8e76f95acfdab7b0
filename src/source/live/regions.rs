//! Which Regions to audit.

use std::collections::BTreeSet;

use aws_sdk_account::types::RegionOptStatus;

use super::pages::Pages;
use super::profile::nearest;
use super::session::Session;
use super::{Request, gap};
use crate::error::Error;
use crate::snapshot::{Action, Gap, Observed};

/// The Regions that need no opt-in, by partition: what is audited where `ListRegions`
/// is refused. <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html>
const WITHOUT_OPT_IN: &[(&str, &[&str])] = &[
    (
        "aws",
        &[
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-southeast-1",
            "ap-southeast-2",
            "ca-central-1",
            "eu-central-1",
            "eu-north-1",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "sa-east-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ],
    ),
    ("aws-cn", &["cn-north-1", "cn-northwest-1"]),
    ("aws-us-gov", &["us-gov-east-1", "us-gov-west-1"]),
    ("aws-eusc", &["eusc-de-east-1"]),
    ("aws-iso", &["us-iso-east-1", "us-iso-west-1"]),
    ("aws-iso-b", &["us-isob-east-1"]),
    ("aws-iso-e", &["eu-isoe-west-1"]),
    ("aws-iso-f", &["us-isof-east-1", "us-isof-south-1"]),
];

/// A Region as `ListRegions` lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    /// Its name.
    pub(super) name: String,
    /// Whether the account can use it.
    pub(super) enabled: bool,
}

/// Whether the name has the form of a Region's: two or more groups of letters and a
/// number, for example `us-gov-west-1`. Region names become parts of host names, so
/// nothing else is let through, from the user or from AWS.
pub(super) fn well_formed(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    let Some((number, words)) = parts.split_last() else {
        return false;
    };
    words.len() >= 2
        && words.first().is_some_and(|word| word.len() >= 2)
        && words
            .iter()
            .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Looks at the names the user gave, before AWS is asked.
///
/// # Errors
/// [`Error::Usage`] for the first that cannot be a Region.
pub(super) fn check(request: &Request) -> Result<(), Error> {
    request
        .regions
        .iter()
        .chain(&request.region)
        .try_for_each(|name| check_name(name))
}

/// Whether this can be a Region.
///
/// # Errors
/// [`Error::Usage`] if it cannot.
pub(super) fn check_name(name: &str) -> Result<(), Error> {
    if well_formed(name) {
        return Ok(());
    }
    let known = WITHOUT_OPT_IN
        .iter()
        .flat_map(|(_, names)| names.iter().copied());
    Err(Error::Usage(format!(
        "`{name}` is not the name of a Region such as `eu-west-1`{}",
        nearest(name, known)
    )))
}

/// Every Region that AWS has for this account, enabled or not.
pub(super) async fn list(session: &Session) -> Result<Vec<Listed>, Gap> {
    let action = Action::ListRegions;
    let client = session.account(session.region());
    let mut listed = Vec::new();
    let mut pages = Pages::of(action);
    let mut token = None;
    loop {
        let call = client
            .list_regions()
            .max_results(50)
            .set_next_token(token)
            .send();
        let page = session
            .ask(action, session.region(), call)
            .await?
            .map_err(|error| gap::of(action, &error))?;
        for region in page.regions.unwrap_or_default() {
            let name = region
                .region_name
                .filter(|name| well_formed(name))
                .ok_or_else(|| gap::without(action, "RegionName"))?;
            let status = region
                .region_opt_status
                .ok_or_else(|| gap::without(action, "RegionOptStatus"))?;
            let enabled = matches!(
                status,
                RegionOptStatus::Enabled | RegionOptStatus::EnabledByDefault
            );
            listed.push(Listed { name, enabled });
        }
        token = pages.after(page.next_token)?;
        if token.is_none() {
            break;
        }
    }
    if listed.iter().any(|region| region.enabled) {
        Ok(listed)
    } else {
        Err(gap::malformed(action, "the answer names no enabled Region"))
    }
}

/// The Regions to audit, and the enabled ones as far as they are known.
///
/// # Errors
/// [`Error::Usage`] if the user named a Region that AWS does not list as enabled.
pub(super) fn choose(
    named: &[String],
    listed: Result<Vec<Listed>, Gap>,
    partition: &str,
    own: &str,
) -> Result<(BTreeSet<String>, Observed<Vec<String>>), Error> {
    let named: BTreeSet<String> = named.iter().cloned().collect();
    let listed = match listed {
        Ok(listed) => listed,
        Err(gap) => {
            let audited = if named.is_empty() {
                without_opt_in(partition, own)
            } else {
                named
            };
            return Ok((audited, Observed::Gap(gap)));
        }
    };
    for name in &named {
        check_listed(name, &listed)?;
    }
    let mut enabled: Vec<String> = listed
        .into_iter()
        .filter(|region| region.enabled)
        .map(|region| region.name)
        .collect();
    enabled.sort();
    enabled.dedup();
    let audited = if named.is_empty() {
        enabled.iter().cloned().collect()
    } else {
        named
    };
    Ok((audited, Observed::Known(enabled)))
}

fn check_listed(name: &str, listed: &[Listed]) -> Result<(), Error> {
    let enabled = || listed.iter().filter(|region| region.enabled);
    if enabled().any(|region| region.name == name) {
        return Ok(());
    }
    if listed.iter().any(|region| region.name == name) {
        return Err(Error::Usage(format!(
            "Region `{name}` is not enabled in this account"
        )));
    }
    let near = nearest(name, enabled().map(|region| region.name.as_str()));
    Err(Error::Usage(format!(
        "AWS knows no Region `{name}` for this account{near}"
    )))
}

/// The built-in list; of a partition this build has never heard of, the Region that
/// answered.
fn without_opt_in(partition: &str, own: &str) -> BTreeSet<String> {
    WITHOUT_OPT_IN
        .iter()
        .find(|(name, _)| *name == partition)
        .map_or_else(
            || BTreeSet::from([own.to_owned()]),
            |(_, names)| names.iter().map(|name| (*name).to_owned()).collect(),
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::GapKind;

    #[test]
    fn a_region_is_words_and_a_number() {
        for name in [
            "us-east-1",
            "us-gov-west-1",
            "ap-southeast-12",
            "eusc-de-east-1",
        ] {
            assert!(well_formed(name), "{name}");
        }
        for name in [
            "",
            "-",
            "us-1",
            "us-east",
            "us-east-",
            "us--east-1",
            "US-east-1",
            "us-east-1 ",
            "us-east-1.evil.example",
            "u-east-1",
            "us-east-x",
            "us_east_1",
            "us-eäst-1",
        ] {
            assert!(!well_formed(name), "{name}");
            assert!(matches!(check_name(name), Err(Error::Usage(_))), "{name}");
        }
    }

    #[test]
    fn a_slip_of_the_pen_gets_a_suggestion() {
        let error = check_name("useast-1").unwrap_err().to_string();
        assert!(error.contains("`useast-1`"), "{error}");
        assert!(error.contains("did you mean `us-east-1`?"), "{error}");
    }

    #[test]
    fn every_built_in_region_has_the_form_of_one() {
        for (partition, names) in WITHOUT_OPT_IN {
            for name in *names {
                assert!(well_formed(name), "{partition} {name}");
            }
        }
    }

    #[test]
    fn a_region_that_cannot_be_looked_up_is_tried() {
        let gap = Gap::new(Action::ListRegions, GapKind::AccessDenied, "no");
        let (audited, enabled) =
            choose(&["xx-new-1".to_owned()], Err(gap), "aws", "us-east-1").unwrap();
        assert_eq!(audited, BTreeSet::from(["xx-new-1".to_owned()]));
        assert!(enabled.gap().is_some());
    }

    #[test]
    fn a_partition_nobody_has_heard_of_has_at_least_the_region_that_answered() {
        assert_eq!(
            without_opt_in("aws-new", "xx-new-1"),
            BTreeSet::from(["xx-new-1".to_owned()])
        );
        assert_eq!(without_opt_in("aws-cn", "cn-north-1").len(), 2);
    }
}
