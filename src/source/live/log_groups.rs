//! Log groups that trails deliver to.

use std::collections::BTreeSet;

use aws_sdk_cloudwatchlogs::types as sdk;

use super::convert::{count, setting};
use super::gap;
use super::regions::well_formed;
use super::session::{Session, Shared, all};
use crate::snapshot::{
    Action, Gap, GapKind, LogGroup, LogGroupClass, LogGroupDescription, Observed, Trail, arn,
};

const ACTION: Action = Action::DescribeLogGroups;

/// Every log group that one of the trails delivers to, sorted by ARN.
pub(super) async fn of(session: &Shared, trails: &[Trail], account: &str) -> Vec<LogGroup> {
    let arns: BTreeSet<&str> = trails
        .iter()
        .filter_map(|trail| trail.log_group_arn.as_deref())
        .map(|arn| arn.strip_suffix(":*").unwrap_or(arn))
        .collect();
    let asked = arns.into_iter().map(|arn| {
        let (session, arn, account) = (session.clone(), arn.to_owned(), account.to_owned());
        async move {
            let description = describe(&session, &arn, &account).await.into();
            LogGroup {
                arn,
                description,
                resource_policies: Observed::not_collected(Action::DescribeResourcePolicies),
            }
        }
    });
    let mut groups: Vec<LogGroup> = all(asked).await;
    groups.sort_by(|a, b| a.arn.cmp(&b.arn));
    groups
}

async fn describe(
    session: &Session,
    arn: &str,
    account: &str,
) -> Result<Option<LogGroupDescription>, Gap> {
    let (region, owner, name) = parts(arn)
        .ok_or_else(|| gap::malformed(ACTION, format!("`{arn}` is not a log group's ARN")))?;
    if owner != account {
        // CloudWatch Logs answers for the caller's own account only.
        return Err(Gap::new(
            ACTION,
            GapKind::Unsupported,
            format!("the log group belongs to account {owner}; audit it there"),
        ));
    }
    Ok(find(session, region, name).await?.map(description))
}

/// Region, account and name.
fn parts(arn: &str) -> Option<(&str, &str, &str)> {
    let arn = arn::parse(arn)?;
    let name = arn.resource.strip_prefix("log-group:")?;
    let whole = arn.service == "logs"
        && well_formed(arn.region)
        && !arn.account.is_empty()
        && !name.is_empty()
        && !name.contains([':', '*']);
    whole.then_some((arn.region, arn.account, name))
}

/// The group of exactly that name: AWS searches by prefix, and the groups of a longer
/// name come on the same pages.
async fn find(session: &Session, region: &str, name: &str) -> Result<Option<sdk::LogGroup>, Gap> {
    let client = session.logs(region);
    let mut seen = BTreeSet::new();
    let mut token = None;
    loop {
        let call = client
            .describe_log_groups()
            .log_group_name_prefix(name)
            .set_next_token(token)
            .send();
        let page = session
            .ask(ACTION, region, call)
            .await?
            .map_err(|error| gap::of(ACTION, &error))?;
        for group in page.log_groups.unwrap_or_default() {
            match &group.log_group_name {
                Some(found) if found == name => return Ok(Some(group)),
                Some(_) => {}
                None => return Err(gap::without(ACTION, "logGroupName")),
            }
        }
        match page.next_token.filter(|token| !token.is_empty()) {
            None => return Ok(None),
            Some(next) if !seen.insert(next.clone()) => {
                return Err(gap::malformed(ACTION, "the pages of the answer repeat"));
            }
            Some(next) => token = Some(next),
        }
    }
}

fn description(group: sdk::LogGroup) -> LogGroupDescription {
    LogGroupDescription {
        retention_days: count(group.retention_in_days),
        kms_key_id: setting(group.kms_key_id),
        class: match group.log_group_class {
            None | Some(sdk::LogGroupClass::Standard) => LogGroupClass::Standard,
            Some(sdk::LogGroupClass::InfrequentAccess) => LogGroupClass::InfrequentAccess,
            Some(sdk::LogGroupClass::Delivery) => LogGroupClass::Delivery,
            Some(other) => LogGroupClass::Other(other.as_str().to_owned()),
        },
    }
}
