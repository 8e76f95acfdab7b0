//! CloudWatch Logs resource policies: the account's, of which each can speak of any log
//! group in its Region, and those that are attached to one group.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeResourcePolicies.html>

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatchlogs::types::PolicyScope;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::gap;
use super::pages::Pages;
use super::session::{Session, Shared, all};
use crate::snapshot::{Action, Gap, LogGroup, LogResourcePolicy, Observed, arn};

const ACTION: Action = Action::DescribeResourcePolicies;

type Policies = Result<Vec<LogResourcePolicy>, Gap>;

/// The account's policies in each of the Regions.
pub(super) async fn of_account(
    session: &Shared,
    regions: BTreeSet<&str>,
) -> BTreeMap<String, Policies> {
    let asked = regions.into_iter().map(|region| {
        let (session, region) = (session.clone(), region.to_owned());
        async move {
            let policies = read(&session, &region, None).await;
            (region, policies)
        }
    });
    all(asked).await.into_iter().collect()
}

/// The policies of one group.
pub(super) async fn of_group(session: &Session, region: &str, arn: &str) -> Policies {
    read(session, region, Some(arn)).await
}

/// The group with the policies of its account beside its own, sorted.
pub(super) fn joined(mut group: LogGroup, of_account: &BTreeMap<String, Policies>) -> LogGroup {
    let region = arn::parse(&group.arn).map_or("", |arn| arn.region);
    if let Observed::Known(own) = &mut group.resource_policies {
        match of_account.get(region) {
            Some(Ok(policies)) => {
                own.extend(policies.iter().cloned());
                own.sort_by(|a, b| (&a.name, &a.document).cmp(&(&b.name, &b.document)));
                // An endpoint that knows no scopes gives the account's policies each time.
                own.dedup();
            }
            Some(Err(gap)) => group.resource_policies = Observed::Gap(gap.clone()),
            None => {
                let detail = format!("`{}` is in no Region that was asked", group.arn);
                group.resource_policies = Observed::Gap(gap::malformed(ACTION, detail));
            }
        }
    }
    group
}

/// The policies attached to `group`, or else those of the account.
async fn read(session: &Session, region: &str, group: Option<&str>) -> Policies {
    let client = session.logs(region);
    let mut found = Vec::new();
    let mut pages = Pages::of(ACTION);
    let mut token = None;
    loop {
        let call = client
            .describe_resource_policies()
            .set_resource_arn(group.map(str::to_owned))
            .set_policy_scope(group.map(|_| PolicyScope::Resource))
            .set_next_token(token)
            .send();
        let page = match session.ask(ACTION, region, call).await? {
            Ok(page) => page,
            // What is not there has no policy. Whether it is there is told elsewhere.
            Err(error) if group.is_some() && error.code() == Some("ResourceNotFoundException") => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(gap::of(ACTION, &error)),
        };
        for policy in page.resource_policies.unwrap_or_default() {
            found.push(LogResourcePolicy {
                // One that is attached to a group has the group's ARN in place of a name.
                name: policy
                    .policy_name
                    .or(policy.resource_arn)
                    .ok_or_else(|| gap::without(ACTION, "policyName"))?,
                document: policy
                    .policy_document
                    .ok_or_else(|| gap::without(ACTION, "policyDocument"))?,
            });
        }
        token = pages.after(page.next_token)?;
        if token.is_none() {
            return Ok(found);
        }
    }
}
