//! Log groups that trails deliver to.

use std::collections::BTreeSet;

use aws_sdk_cloudwatchlogs::types as sdk;

use super::convert::{count, setting};
use super::gap;
use super::log_policies;
use super::metric_filters;
use super::pages::Pages;
use super::regions::well_formed;
use super::session::{Session, Shared, all};
use crate::snapshot::{
    Action, Gap, GapKind, LogGroup, LogGroupClass, LogGroupDescription, Trail, arn,
};

const DESCRIBE: Action = Action::DescribeLogGroups;

/// Every log group that one of the trails delivers to, sorted by ARN.
pub(super) async fn of(session: &Shared, trails: &[Trail], account: &str) -> Vec<LogGroup> {
    let arns: BTreeSet<&str> = trails
        .iter()
        .filter_map(|trail| trail.log_group_arn.as_deref())
        .map(|arn| arn.strip_suffix(":*").unwrap_or(arn))
        .collect();
    let (groups, of_account) = tokio::join!(
        all(arns.into_iter().map(|arn| {
            let (session, arn, account) = (session.clone(), arn.to_owned(), account.to_owned());
            async move { group(&session, arn, &account).await }
        })),
        log_policies::of_account(session, regions(trails, account)),
    );
    let mut groups: Vec<LogGroup> = groups
        .into_iter()
        .map(|group| log_policies::joined(group, &of_account))
        .collect();
    groups.sort_by(|a, b| a.arn.cmp(&b.arn));
    groups
}

/// The Regions of this account in which one of the trails' log groups lies.
pub(super) fn regions<'a>(trails: &'a [Trail], account: &str) -> BTreeSet<&'a str> {
    let groups = trails
        .iter()
        .filter_map(|trail| trail.log_group_arn.as_deref());
    groups
        .filter_map(|arn| parts(arn.strip_suffix(":*").unwrap_or(arn)))
        .filter(|(_, owner, _)| *owner == account)
        .map(|(region, ..)| region)
        .collect()
}

/// The group with its metric filters and the resource policies that are its own.
async fn group(session: &Session, arn: String, account: &str) -> LogGroup {
    let (description, resource_policies, metric_filters) = tokio::join!(
        async {
            let (region, name) = own(DESCRIBE, &arn, account)?;
            Ok(find(session, region, name).await?.map(description))
        },
        async {
            let (region, _) = own(Action::DescribeResourcePolicies, &arn, account)?;
            log_policies::of_group(session, region, &arn).await
        },
        async {
            let (region, name) = own(Action::DescribeMetricFilters, &arn, account)?;
            metric_filters::of(session, region, name).await
        },
    );
    LogGroup {
        description: description.into(),
        resource_policies: resource_policies.into(),
        metric_filters: metric_filters.into(),
        arn,
    }
}

/// Region and name of a group of the caller's account: CloudWatch Logs answers for no
/// other.
fn own<'a>(action: Action, arn: &'a str, account: &str) -> Result<(&'a str, &'a str), Gap> {
    let (region, owner, name) = parts(arn)
        .ok_or_else(|| gap::malformed(action, format!("`{arn}` is not a log group's ARN")))?;
    if owner == account {
        return Ok((region, name));
    }
    let detail = format!("the log group belongs to account {owner}; audit it there");
    Err(Gap::new(action, GapKind::Unsupported, detail))
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
    let mut pages = Pages::of(DESCRIBE);
    let mut token = None;
    loop {
        let call = client
            .describe_log_groups()
            .log_group_name_prefix(name)
            .set_next_token(token)
            .send();
        let page = session
            .ask(DESCRIBE, region, call)
            .await?
            .map_err(|error| gap::of(DESCRIBE, &error))?;
        for group in page.log_groups.unwrap_or_default() {
            match &group.log_group_name {
                Some(found) if found == name => return Ok(Some(group)),
                Some(_) => {}
                None => return Err(gap::without(DESCRIBE, "logGroupName")),
            }
        }
        token = pages.after(page.next_token)?;
        if token.is_none() {
            return Ok(None);
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
