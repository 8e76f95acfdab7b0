//! The keys under which trails store their files in log buckets.

use crate::snapshot::{Account, Gap, Trail};

/// The two sorts of files that a trail stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folder {
    /// Log files, below `CloudTrail/`.
    Logs,
    /// Digest files, below `CloudTrail-Digest/`.
    Digests,
}

impl Folder {
    const fn as_str(self) -> &'static str {
        match self {
            Folder::Logs => "CloudTrail/",
            Folder::Digests => "CloudTrail-Digest/",
        }
    }
}

/// The keys of one sort of a trail's files:
/// `[prefix/]AWSLogs/[o-id/]account/CloudTrail[-Digest]/` and everything below.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// `[prefix/]AWSLogs/`.
    base: String,
    owner: Owner,
    folder: Folder,
}

/// The segments between `AWSLogs/` and the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Owner {
    Account(String),
    /// An organization's id, which no trail tells, and any of its accounts.
    Organization(Option<String>),
}

impl Keys {
    fn new(trail: &Trail, owner: Owner, folder: Folder) -> Self {
        let prefix = trail.key_prefix.as_deref().unwrap_or_default();
        let slash = if prefix.is_empty() || prefix.ends_with('/') {
            ""
        } else {
            "/"
        };
        Keys {
            base: format!("{prefix}{slash}AWSLogs/"),
            owner,
            folder,
        }
    }

    /// The common beginning of the keys, with `unknown` for each text that is not known.
    pub fn text(&self, unknown: char) -> String {
        let (base, folder) = (&self.base, self.folder.as_str());
        match &self.owner {
            Owner::Account(id) => format!("{base}{id}/{folder}"),
            Owner::Organization(Some(id)) => format!("{base}{id}/{unknown}/{folder}"),
            // Whatever the id is, it begins so.
            // <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html>
            Owner::Organization(None) => format!("{base}o-{unknown}/{unknown}/{folder}"),
        }
    }

    /// The same keys, if the organization were the one with that id.
    #[must_use]
    pub fn in_organization(&self, id: &str) -> Self {
        let owner = match &self.owner {
            Owner::Organization(_) => Owner::Organization(Some(id.to_owned())),
            account @ Owner::Account(_) => account.clone(),
        };
        Keys {
            owner,
            ..self.clone()
        }
    }

    /// What objects below `prefix` and these keys have in common, as the longest prefix
    /// that is known of it; `None` if they have no object in common.
    pub(super) fn meet(&self, prefix: &str) -> Option<String> {
        if self.base.starts_with(prefix) {
            return Some(match self.owner {
                Owner::Account(_) => self.text('*'),
                Owner::Organization(_) => self.base.clone(),
            });
        }
        let below = prefix.strip_prefix(&self.base)?;
        let head = match &self.owner {
            Owner::Account(id) => format!("{id}/"),
            Owner::Organization(_) => match member(below)? {
                Some(head) => head.to_owned(),
                None => return Some(prefix.to_owned()),
            },
        };
        let full = format!("{head}{}", self.folder.as_str());
        if full.starts_with(below) {
            Some(format!("{}{full}", self.base))
        } else {
            below.starts_with(&full).then(|| prefix.to_owned())
        }
    }

    /// The log files' prefix for a digests' prefix that [`Keys::meet`] gave: the digests
    /// below `…/CloudTrail-Digest/eu-west-1/` vouch for the logs below `…/CloudTrail/eu-west-1/`.
    pub(super) fn vouched_for(&self, met: &str) -> String {
        let slashes = match self.owner {
            Owner::Account(_) => 1,
            Owner::Organization(_) => 2,
        };
        met.strip_prefix(&self.base)
            .and_then(|below| below.match_indices('/').nth(slashes - 1))
            .and_then(|(at, _)| met.split_at_checked(self.base.len() + at + 1))
            .and_then(|(head, tail)| {
                let below = tail.strip_prefix(Folder::Digests.as_str())?;
                Some(format!("{head}{}{below}", Folder::Logs.as_str()))
            })
            .unwrap_or_else(|| met.to_owned())
    }
}

/// Reads `o-id/account/` at the start of `text`: `None` if it cannot be that,
/// `Some(None)` if it ends before that is complete.
fn member(text: &str) -> Option<Option<&str>> {
    let (organization, rest) = match text.split_once('/') {
        Some((organization, rest)) => (organization, Some(rest)),
        None => (text, None),
    };
    let possible = match rest {
        Some(_) => organization.len() > 2 && organization.starts_with("o-"),
        None => organization.starts_with("o-") || "o-".starts_with(organization),
    };
    if !possible {
        return None;
    }
    let Some(rest) = rest else { return Some(None) };
    let (account, complete) = match rest.split_once('/') {
        Some((account, _)) => (account, true),
        None => (rest, false),
    };
    let digits = account.bytes().all(|byte| byte.is_ascii_digit());
    match (digits, complete, account.len()) {
        (true, true, 12) => Some(text.get(..organization.len() + account.len() + 2)),
        (true, false, 0..=12) => Some(None),
        _ => None,
    }
}

/// One sort of files that a trail stores in a bucket, as far as that is known.
#[derive(Debug)]
pub struct Delivery<'a> {
    /// The trail.
    pub trail: &'a Trail,
    /// Which files.
    pub folder: Folder,
    places: Vec<Keys>,
    /// Why it is not certain that the trail delivers to this bucket.
    elsewhere: Option<Gap>,
    /// Why it is not certain which of the places it is.
    undecided: Option<Gap>,
}

impl Delivery<'_> {
    /// Where the files can lie: more than one place only while a gap leaves that open.
    pub fn places(&self) -> &[Keys] {
        &self.places
    }

    /// Whether they may lie below an organization's id.
    pub fn may_be_an_organizations(&self) -> bool {
        let is_one = |keys: &Keys| matches!(keys.owner, Owner::Organization(_));
        self.places.iter().any(is_one)
    }

    /// Whether `test` holds for the keys that the trail stores in the bucket: true only if it
    /// holds wherever they can lie, false only if it holds nowhere.
    ///
    /// # Errors
    /// The gap that leaves it open.
    pub fn holds(&self, test: impl Fn(&Keys) -> bool) -> Result<bool, Gap> {
        let met = self.places.iter().filter(|keys| test(keys)).count();
        if met == 0 {
            return Ok(false);
        }
        match (&self.elsewhere, &self.undecided) {
            (Some(gap), _) => Err(gap.clone()),
            (None, Some(gap)) if met < self.places.len() => Err(gap.clone()),
            _ => Ok(true),
        }
    }
}

/// What the account's trails store in that bucket, or may store there: a trail whose
/// bucket is a gap is among them.
pub fn deliveries<'a>(account: &'a Account, bucket: &str) -> Vec<Delivery<'a>> {
    account
        .trails
        .iter()
        .filter(|trail| trail.bucket.if_known().is_none_or(|name| name == bucket))
        .flat_map(|trail| [Folder::Logs, Folder::Digests].map(|folder| delivery(trail, folder)))
        .collect()
}

/// Where a trail stores one sort of its files, whatever bucket that is in.
pub fn delivery(trail: &Trail, folder: Folder) -> Delivery<'_> {
    let account = || Owner::Account(trail.owner_account().to_owned());
    let owners = match trail.organization.if_known() {
        Some(true) => vec![Owner::Organization(None)],
        Some(false) => vec![account()],
        None => vec![account(), Owner::Organization(None)],
    };
    Delivery {
        trail,
        folder,
        places: owners
            .into_iter()
            .map(|owner| Keys::new(trail, owner, folder))
            .collect(),
        elsewhere: trail.bucket.gap().cloned(),
        undecided: trail.organization.gap().cloned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Action, Observed, story};

    #[test]
    fn a_trail_whose_bucket_is_not_known_is_never_certain_to_be_touched() {
        let mut account = story::pristine_account();
        account.trail_mut().bucket = story::denied(Action::DescribeTrails);
        let deliveries = deliveries(&account, "example-trail-logs");
        assert_eq!(deliveries.len(), 2);
        for delivery in deliveries {
            assert!(delivery.holds(|_| true).is_err());
            assert_eq!(delivery.holds(|_| false), Ok(false));
        }
    }

    #[test]
    fn digests_of_a_region_vouch_for_the_logs_of_that_region() {
        let mut account = story::pristine_account();
        account.trail_mut().organization = Observed::Known(true);
        let trail = account.trail_mut().clone();
        let delivery = delivery(&trail, Folder::Digests);
        let keys = delivery.places.first().unwrap();
        let logs = |prefix| keys.vouched_for(&keys.meet(prefix).unwrap());
        assert_eq!(logs(""), "AWSLogs/");
        assert_eq!(logs("AWSLogs/o-a1/9"), "AWSLogs/o-a1/9");
        assert_eq!(
            logs("AWSLogs/o-a1/999988887777/CloudTrail-D"),
            "AWSLogs/o-a1/999988887777/CloudTrail/"
        );
        assert_eq!(
            logs("AWSLogs/o-a1/999988887777/CloudTrail-Digest/eu-"),
            "AWSLogs/o-a1/999988887777/CloudTrail/eu-"
        );
    }
}
