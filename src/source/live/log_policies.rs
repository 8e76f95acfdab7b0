//! CloudWatch Logs resource policies: the account's, of which each can speak of any log
//! group in its Region, and those that are attached to one group.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeResourcePolicies.html>

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatchlogs::types::PolicyScope;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::convert::setting;
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
                // A policy with the scope `RESOURCE` need not have a name.
                name: setting(policy.policy_name)
                    .or(group.map(str::to_owned))
                    .ok_or_else(|| gap::without(ACTION, "policyName"))?,
                document: setting(policy.policy_document)
                    .ok_or_else(|| gap::without(ACTION, "policyDocument"))?,
            });
        }
        token = pages.after(page.next_token)?;
        if token.is_none() {
            return Ok(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::canned::{Canned, Reply, good};
    use super::super::tests::collected;
    use super::*;
    use crate::snapshot::{Account, GapKind};

    fn policies(account: &Account) -> Vec<(&str, &str)> {
        let policies = account.log_groups[0].resource_policies.known().unwrap();
        let parts = policies.iter();
        parts
            .map(|policy| (policy.name.as_str(), policy.document.as_str()))
            .collect()
    }

    fn page(policies: &str, next: &str) -> Reply {
        let body = format!(r#"{{"resourcePolicies":[{policies}],"nextToken":"{next}"}}"#);
        Reply::new(200, body)
    }

    const ARN: &str = "arn:aws:logs:us-east-1:111122223333:log-group:trail";

    #[tokio::test]
    async fn the_accounts_policies_on_all_pages_stand_beside_the_groups_own() {
        let canned = Canned::new(|seen| {
            let b = r#"{"policyName":"b","policyDocument":"{1}"}"#;
            let a = r#"{"policyName":"a","policyDocument":"{2}"}"#;
            // The shape of a policy with the scope `RESOURCE`.
            // <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ResourcePolicy.html>
            let own = format!(
                r#"{{"policyDocument":"{{3}}","policyScope":"RESOURCE","resourceArn":"{ARN}"}}"#
            );
            (seen.action == ACTION).then(|| match &seen.body {
                body if body.contains(r#""policyScope":"RESOURCE""#) => {
                    assert!(body.contains(&format!("\"{ARN}\"")), "{body}");
                    page(&own, "")
                }
                body if body.contains("two") => page(a, ""),
                _ => page(b, "two"),
            })
        });
        let account = collected(&canned).await;
        assert_eq!(
            policies(&account),
            [("a", "{2}"), (ARN, "{3}"), ("b", "{1}")]
        );
    }

    #[tokio::test]
    async fn the_account_is_asked_once_whatever_number_of_groups_a_region_has() {
        let canned = Canned::new(|seen| {
            (seen.action == Action::DescribeTrails).then(|| {
                let body = good(Action::DescribeTrails).body;
                let entry = body
                    .trim_start_matches(r#"{"trailList":["#)
                    .trim_end_matches("]}")
                    .to_owned();
                let other = entry
                    .replace("trail/main", "trail/other")
                    .replace("log-group:trail", "log-group:other");
                Reply::new(200, format!(r#"{{"trailList":[{entry},{other}]}}"#))
            })
        });
        let account = collected(&canned).await;
        assert_eq!(account.log_groups.len(), 2);
        let asked = canned
            .seen()
            .into_iter()
            .filter(|seen| seen.action == ACTION && !seen.body.contains("policyScope"));
        assert_eq!(asked.count(), 1);
    }

    #[tokio::test]
    async fn either_question_refused_leaves_the_policies_unknown() {
        for own in [true, false] {
            let canned = Canned::new(move |seen| {
                let refused = seen.action == ACTION && seen.body.contains("policyScope") == own;
                refused.then(|| Reply::denial(ACTION))
            });
            let account = collected(&canned).await;
            let gap = account.log_groups[0].resource_policies.gap().unwrap();
            assert_eq!(gap.kind, GapKind::AccessDenied);
        }
    }

    #[tokio::test]
    async fn a_group_that_is_not_found_has_no_policy_of_its_own() {
        let canned = Canned::new(|seen| {
            let own = seen.action == ACTION && seen.body.contains("policyScope");
            own.then(|| Reply::json_error("ResourceNotFoundException", "no such group"))
        });
        let account = collected(&canned).await;
        assert_eq!(policies(&account), [("to-logs", "{}")]);
        // But that of the account is no answer.
        let reply = Reply::json_error("ResourceNotFoundException", "nothing");
        let account = collected(&Canned::but(ACTION, reply)).await;
        let gap = account.log_groups[0].resource_policies.gap().unwrap();
        assert_eq!(gap.kind, GapKind::NotFound);
    }

    #[tokio::test]
    async fn half_an_answer_is_no_answer() {
        for (reply, words) in [
            (page(r#"{"policyDocument":"{}"}"#, ""), "`policyName`"),
            (page(r#"{"policyName":"a"}"#, ""), "`policyDocument`"),
            (page("", "again"), "pages of the answer repeat"),
        ] {
            let account = collected(&Canned::but(ACTION, reply)).await;
            let gap = account.log_groups[0].resource_policies.gap().unwrap();
            assert_eq!(gap.kind, GapKind::Malformed);
            assert!(gap.detail.contains(words), "{}", gap.detail);
        }
    }
}
