//! Every call in turn goes wrong, alone, in an account where one safeguard each must do:
//! the findings that rest on it turn unknown, and no finding turns into anything else. The
//! other ways to go wrong are in the [`super::matrix`]. The account is moto's, complete
//! with documented replies where moto has none.

use aws_sdk_s3::types::{ObjectLockRetentionMode, ObjectOwnership};
use serde_json::json;

use super::accounts::{TWO_REGIONS, complete};
use super::good::Good;
use super::relay::{Documented, Relay, Spoil};
use super::run::{Report, Trailcheck, text};

/// What the requests of an action contain, and the action. `GetCallerIdentity`,
/// `DescribeTrails` and `ListRegions`, without which there are no subjects, are not here
/// but in the other tests; and `HeadBucket` has no body to spoil.
pub(super) const CALLS: &[(&[&str], &str)] = &[
    (&["_20131101.GetTrailStatus"], "cloudtrail:GetTrailStatus"),
    (
        &["_20131101.GetEventSelectors"],
        "cloudtrail:GetEventSelectors",
    ),
    (
        &["_20131101.GetInsightSelectors"],
        "cloudtrail:GetInsightSelectors",
    ),
    (&["_20131101.ListTags"], "cloudtrail:ListTags"),
    (&["/logs-", "?location"], "s3:GetBucketLocation"),
    (&["/logs-", "?policy "], "s3:GetBucketPolicy"),
    (&["/logs-", "?policyStatus"], "s3:GetBucketPolicyStatus"),
    (&["/logs-", "?acl"], "s3:GetBucketAcl"),
    (
        &["/logs-", "?publicAccessBlock"],
        "s3:GetBucketPublicAccessBlock",
    ),
    (
        &["/configuration/publicAccessBlock"],
        "s3:GetAccountPublicAccessBlock",
    ),
    (
        &["/logs-", "?ownershipControls"],
        "s3:GetBucketOwnershipControls",
    ),
    (&["/logs-", "?versioning"], "s3:GetBucketVersioning"),
    (
        &["/logs-", "?object-lock"],
        "s3:GetBucketObjectLockConfiguration",
    ),
    (&["/logs-", "?lifecycle"], "s3:GetLifecycleConfiguration"),
    (&["/logs-", "?encryption"], "s3:GetEncryptionConfiguration"),
    (&["/logs-", "?logging"], "s3:GetBucketLogging"),
    (&["TrentService.DescribeKey"], "kms:DescribeKey"),
    (
        &["TrentService.GetKeyRotationStatus"],
        "kms:GetKeyRotationStatus",
    ),
    (&["TrentService.GetKeyPolicy"], "kms:GetKeyPolicy"),
    (
        &["Logs_20140328.DescribeLogGroups"],
        "logs:DescribeLogGroups",
    ),
    (&["/logs-", "?requestPayment"], "s3:GetBucketRequestPayment"),
    (&["TrentService.ListGrants"], "kms:ListGrants"),
    (
        &["Logs_20140328.DescribeResourcePolicies"],
        "logs:DescribeResourcePolicies",
    ),
    (&["Action=GetTopicAttributes"], "sns:GetTopicAttributes"),
    (
        &["Action=GetAccountAuthorizationDetails"],
        "iam:GetAccountAuthorizationDetails",
    ),
    (
        &["V20161128.DescribeOrganization"],
        "organizations:DescribeOrganization",
    ),
    (&["V20161128.ListRoots"], "organizations:ListRoots"),
    (&["V20161128.ListParents"], "organizations:ListParents"),
    (
        &["V20161128.ListPoliciesForTarget"],
        "organizations:ListPoliciesForTarget",
    ),
    (
        &["V20161128.DescribePolicy"],
        "organizations:DescribePolicy",
    ),
    (
        &["_20131101.ListEventDataStores"],
        "cloudtrail:ListEventDataStores",
    ),
    (
        &["_20131101.GetEventDataStore"],
        "cloudtrail:GetEventDataStore",
    ),
    (
        &["StarlingDoveService.DescribeConfigurationRecorders"],
        "config:DescribeConfigurationRecorders",
    ),
    (
        &["StarlingDoveService.DescribeConfigurationRecorderStatus"],
        "config:DescribeConfigurationRecorderStatus",
    ),
    (
        &["StarlingDoveService.DescribeDeliveryChannels"],
        "config:DescribeDeliveryChannels",
    ),
    (
        &["StarlingDoveService.DescribeConfigRules"],
        "config:DescribeConfigRules",
    ),
    (
        &["StarlingDoveService.DescribeComplianceByConfigRule"],
        "config:DescribeComplianceByConfigRule",
    ),
    #[cfg(feature = "full")]
    (&["GET /detector "], "guardduty:ListDetectors"),
    #[cfg(feature = "full")]
    (&["GET /detector/"], "guardduty:GetDetector"),
    #[cfg(feature = "full")]
    (&["GET /accounts "], "securityhub:DescribeHub"),
    (
        &["Logs_20140328.DescribeMetricFilters"],
        "logs:DescribeMetricFilters",
    ),
    (&["/operation/DescribeAlarms"], "cloudwatch:DescribeAlarms"),
    (&["AWSEvents.ListRules"], "events:ListRules"),
    (&["AWSEvents.ListTargetsByRule"], "events:ListTargetsByRule"),
    (
        &["Action=ListSubscriptionsByTopic"],
        "sns:ListSubscriptionsByTopic",
    ),
    (&["/logs-", "?notification"], "s3:GetBucketNotification"),
    (
        &["V20161128.ListAWSServiceAccessForOrganization"],
        "organizations:ListAWSServiceAccessForOrganization",
    ),
    (
        &["V20161128.ListDelegatedAdministrators"],
        "organizations:ListDelegatedAdministrators",
    ),
    (&["Action=GetAccountSummary"], "iam:GetAccountSummary"),
    (&["Action=ListAccountAliases"], "iam:ListAccountAliases"),
];

/// The call without whose answer nobody knows which event data stores there are.
const LISTS_STORES: &str = "cloudtrail:ListEventDataStores";

#[test]
fn an_empty_reply_to_any_one_call_turns_findings_into_unknown_and_into_nothing_else() {
    spoil_each("malformed", |_| String::new());
}

#[test]
fn a_json_reply_without_members_to_any_one_call_turns_findings_into_unknown_and_nothing_else() {
    spoil_each("malformed", |body| {
        match body.trim_start().starts_with('{') {
            true => "{}".to_owned(),
            false => body.to_owned(),
        }
    });
}

#[test]
fn a_denial_of_any_one_call_turns_findings_into_unknown_and_into_nothing_else() {
    let mattered = each("access-denied", |to, port| {
        Relay::start(Some(port), denials(to))
    });
    // Were a call here that changes nothing, the above would prove nothing about it. These
    // are read for the report's head or for rules to come, or have an understudy (the Region
    // that `HeadBucket` tells), or tell of policies that bind no management account, as this
    // one is, or of a grant that gives nobody power over the key, or of event rules where
    // alarms do already, or bear upon a trail that is certainly no organization trail and
    // certainly records what is written to its own bucket.
    let idle = [
        "cloudtrail:ListTags",
        "iam:ListAccountAliases",
        "s3:GetBucketLocation",
        "s3:GetEncryptionConfiguration",
        "kms:ListGrants",
        "events:ListRules",
        "events:ListTargetsByRule",
        "s3:GetBucketNotification",
        "organizations:ListAWSServiceAccessForOrganization",
        "organizations:ListDelegatedAdministrators",
        "organizations:ListRoots",
        "organizations:ListParents",
        "organizations:ListPoliciesForTarget",
        "organizations:DescribePolicy",
    ];
    let expected: Vec<&str> = CALLS
        .iter()
        .map(|(_, action)| *action)
        .filter(|action| !idle.contains(action))
        .collect();
    assert_eq!(mattered, expected);
}

/// A denial as services speak it that are asked like that.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
pub(super) fn denials(to: &'static [&'static str]) -> Vec<Documented> {
    let said = "User: arn:aws:iam::123456789012:user/ci is not authorized";
    let json = |part: &&str| part.contains('.') || part.starts_with("GET /");
    let (content_type, body) = if to.iter().any(json) {
        let body = json!({ "__type": "AccessDeniedException", "message": said });
        ("application/x-amz-json-1.1", body.to_string())
    } else {
        let error = format!("<Error><Code>AccessDenied</Code><Message>{said}</Message></Error>");
        let wrapped = match to.first() {
            Some(first) if first.starts_with("/logs-") => error,
            _ => format!("<ErrorResponse>{error}</ErrorResponse>"),
        };
        ("text/xml", wrapped)
    };
    vec![Documented {
        to,
        status: "403 Forbidden",
        content_type,
        header: "",
        body,
    }]
}

fn spoil_each(kind: &str, spoil: Spoil) {
    let mattered = each(kind, |to, port| Relay::spoiling(port, to, spoil));
    assert!(
        mattered.len() > 5,
        "hardly anything went wrong: {mattered:?}"
    );
}

/// Audits an account once for each call that goes wrong in the relay which `wrong` makes,
/// and gives the actions that changed a finding. The account is complete by documented
/// replies, but one safeguard each must do: where two settle a question, a call more or
/// less changes nothing.
fn each(kind: &str, wrong: impl Fn(&'static [&'static str], u16) -> Relay) -> Vec<&'static str> {
    let good = Good::on_moto();
    good.block_public_access(false);
    good.ownership(ObjectOwnership::ObjectWriter);
    good.object_lock(ObjectLockRetentionMode::Governance);
    let replies = complete()
        .into_iter()
        .filter(|reply| !reply.to.contains(&"?versioning"))
        .collect();
    let inner = Relay::start(Some(good.account.port()), replies);
    let audit = |url: &str| Trailcheck::through(url, &good.account).audit(TWO_REGIONS);
    let before = audit(&inner.url());
    let mut complaints = Vec::new();
    let mut mattered = Vec::new();
    for (to, action) in CALLS {
        let after = audit(&wrong(to, inner.port).url());
        if !after.changes_from(&before).is_empty() {
            mattered.push(*action);
        }
        complaints.extend(complaints_about(&before, &after, action, kind));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    mattered
}

pub(super) fn complaints_about(
    before: &Report,
    after: &Report,
    action: &str,
    kind: &str,
) -> Vec<String> {
    let mut complaints: Vec<String> = after
        .changes_from(before)
        .into_iter()
        .filter(|change| !change.ends_with(" -> unknown"))
        // Unlisted subjects have no findings; that the rule still says something is left to
        // the matrix.
        .filter(|change| action != LISTS_STORES || !change.ends_with(" -> absent"))
        .map(|change| format!("{action}: {change}"))
        .collect();
    for finding in after
        .findings()
        .iter()
        .filter(|finding| finding["status"] == "unknown")
        .filter(|finding| !before.findings().contains(finding))
    {
        let gap = &finding["gap"];
        if text(gap, "action") != action || text(gap, "kind") != kind {
            complaints.push(format!(
                "{action}: {} has the gap {gap}",
                text(finding, "rule")
            ));
        }
    }
    complaints
}
