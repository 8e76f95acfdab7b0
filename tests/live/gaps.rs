//! What could not be read: exactly the findings that rest on it are unknown, with the
//! action and the reason, and no other finding notices.

use aws_sdk_s3::types::ObjectLockRetentionMode;
use serde_json::{Value, json};

use super::account::Account;
use super::accounts::{TWO_REGIONS, complete, faulty_and_complete, list_regions};
use super::good::Good;
use super::relay::{Documented, Relay};
use super::run::{Report, Trailcheck, assert_changes, is_of_a_larger_build, text};
use super::servers;

/// Audits by way of microburst, whose rules for this account are in place, with documented
/// replies where moto's leave a finding unknown whatever a test does.
fn audit_with_faults(account: &Account, args: &[&str]) -> Report {
    let args: Vec<&str> = TWO_REGIONS.iter().chain(args).copied().collect();
    Trailcheck::through(&faulty_and_complete().url(), account).audit(&args)
}

fn inject(account: &Account, rule: Value) {
    servers::inject(faulty_and_complete(), &account.access_key, rule);
}

/// Asserts that every unknown finding has a gap of that action and kind, and that there
/// is one at least.
#[track_caller]
fn assert_gaps(report: &Report, action: &str, kind: &str) {
    let unknown: Vec<&Value> = report
        .findings()
        .iter()
        .filter(|finding| finding["status"] == "unknown")
        .filter(|finding| !is_of_a_larger_build(&finding["gap"]))
        .collect();
    assert!(!unknown.is_empty(), "nothing is unknown");
    for finding in unknown {
        let gap = &finding["gap"];
        assert_eq!(text(gap, "action"), action, "{finding:#}");
        assert_eq!(text(gap, "kind"), kind, "{finding:#}");
        assert!(!text(gap, "detail").is_empty(), "{finding:#}");
    }
}

#[test]
fn denied_event_selectors_leave_exactly_what_they_decide_unknown() {
    let good = Good::on_moto();
    let before = audit_with_faults(&good.account, &[]);
    inject(
        &good.account,
        json!({
            "service": "cloudtrail", "operation": "GetEventSelectors",
            "error": { "code": "AccessDeniedException", "status": 400,
                "message": "User: arn:aws:sts::123456789012:assumed-role/auditor/live is not \
                    authorized to perform: cloudtrail:GetEventSelectors" },
        }),
    );
    let after = audit_with_faults(&good.account, &[]);
    assert_changes(
        &before,
        &after,
        &[
            "alarm-* global root: pass -> unknown",
            "config-rules global root: pass -> unknown",
            "data-event-loop us-east-1 trail/audit: fail -> unknown",
            "global-service-events global root: pass -> unknown",
            "insights global root: pass -> unknown",
            "lambda-data-events global root: pass -> unknown",
            "management-event-sources global root: pass -> unknown",
            "management-events global root: pass -> unknown",
            "s3-data-events-read global root: pass -> unknown",
            "s3-data-events-write global root: pass -> unknown",
            // Whether the trail records management events at all is unknown, too.
            "single-management-copy eu-west-1 root: pass -> unknown",
            "single-management-copy us-east-1 root: pass -> unknown",
        ],
    );
    assert_gaps(&after, "cloudtrail:GetEventSelectors", "access-denied");
    let gap = &after.the("management-events")["gap"];
    assert!(text(gap, "detail").contains("is not authorized to perform"));
}

#[test]
fn an_unknown_at_gate_severity_ends_with_3_and_with_0_under_allow_unknown() {
    let good = Good::on_moto();
    let rule = ["--rule", "management-events"];
    let before = audit_with_faults(&good.account, &rule);
    assert_eq!((before.code, before.outcome()), (Some(0), "clean"));
    inject(
        &good.account,
        json!({
            "service": "cloudtrail", "operation": "GetEventSelectors",
            "error": { "code": "AccessDeniedException", "status": 400 },
        }),
    );
    let held = audit_with_faults(&good.account, &rule);
    assert_eq!((held.code, held.outcome()), (Some(3), "incomplete"));
    let allowed = [rule[0], rule[1], "--allow-unknown"];
    let let_through = audit_with_faults(&good.account, &allowed);
    assert_eq!(
        (let_through.code, let_through.outcome()),
        (Some(0), "clean")
    );
}

#[test]
fn a_denied_policy_status_leaves_the_exposure_unknown_where_no_block_settles_it() {
    let good = Good::on_moto();
    good.block_public_access(false);
    let before = audit_with_faults(&good.account, &[]);
    inject(
        &good.account,
        json!({ "service": "s3", "operation": "GetBucketPolicyStatus",
        "error": { "code": "AccessDenied", "status": 403, "message": "Access Denied" } }),
    );
    let after = audit_with_faults(&good.account, &[]);
    let expected = ["bucket-not-public us-east-1 logs-ACCOUNT: pass -> unknown"];
    assert_changes(&before, &after, &expected);
    assert_gaps(&after, "s3:GetBucketPolicyStatus", "access-denied");
    // With the block on again, the policy cannot open the bucket, whatever it says.
    good.block_public_access(true);
    let blocked = audit_with_faults(&good.account, &[]);
    assert_eq!(text(blocked.the("bucket-not-public"), "status"), "pass");
}

#[test]
fn a_denied_bucket_policy_leaves_deletion_protection_unknown_where_no_lock_settles_it() {
    let good = Good::on_moto();
    // MFA delete would settle it, too.
    let versioned = Documented::xml(&["/logs-", "?versioning"], VERSIONING_WITHOUT_MFA_DELETE);
    let relay = Relay::start(Some(faulty_and_complete().port), vec![versioned]);
    let audit = || Trailcheck::through(&relay.url(), &good.account).audit(TWO_REGIONS);
    // Those who may bypass governance can delete, unless the policy denies it to all.
    good.object_lock(ObjectLockRetentionMode::Governance);
    let open = audit();
    inject(
        &good.account,
        json!({ "service": "s3", "operation": "GetBucketPolicy",
        "error": { "code": "AccessDenied", "status": 403, "message": "Access Denied" } }),
    );
    let unreadable = audit();
    let expected = [
        "bucket-least-privilege us-east-1 logs-ACCOUNT: pass -> unknown",
        "bucket-legacy-principals us-east-1 logs-ACCOUNT: pass -> unknown",
        "bucket-policy-source-arn us-east-1 logs-ACCOUNT: pass -> unknown",
        "bucket-tls-only us-east-1 logs-ACCOUNT: pass -> unknown",
        "delivery-permitted us-east-1 trail/audit: pass -> unknown",
        "deletion-protection us-east-1 logs-ACCOUNT: fail -> unknown",
    ];
    assert_changes(&open, &unreadable, &expected);
    assert_gaps(&unreadable, "s3:GetBucketPolicy", "access-denied");
    good.object_lock(ObjectLockRetentionMode::Compliance);
    let locked = audit();
    assert_eq!(text(locked.the("deletion-protection"), "status"), "pass");
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html>
const VERSIONING_WITHOUT_MFA_DELETE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Status>Enabled</Status>
</VersioningConfiguration>"#;

#[test]
fn a_denied_key_is_unknown_and_neither_usable_nor_gone() {
    let good = Good::on_moto();
    let before = audit_with_faults(&good.account, &[]);
    inject(
        &good.account,
        json!({ "service": "kms", "operation": "DescribeKey",
        "error": { "code": "AccessDeniedException", "status": 400 } }),
    );
    let after = audit_with_faults(&good.account, &[]);
    let expected = [
        "key-rotation us-east-1 key/KEY: pass -> unknown",
        "key-usable us-east-1 key/KEY: pass -> unknown",
        // Whether the topic's key is one that AWS manages, which never lets CloudTrail in,
        // only its description tells. What the trail's key allows, its policy does.
        "sns-topic-policy us-east-1 trail: pass -> unknown",
    ];
    assert_changes(&before, &after, &expected);
    assert_gaps(&after, "kms:DescribeKey", "access-denied");
}

#[test]
fn a_denied_account_summary_leaves_only_root_mfa_unknown_by_documented_replies() {
    let good = Good::on_moto();
    let denied = Documented {
        to: &["Action=GetAccountSummary"],
        status: "403 Forbidden",
        content_type: "text/xml",
        header: "",
        body: ACCESS_DENIED.to_owned(),
    };
    let relay = |mut replies: Vec<Documented>, first: Option<Documented>| {
        replies.splice(0..0, first);
        Relay::start(Some(good.account.port()), replies).url()
    };
    let audit = |url: String| Trailcheck::through(&url, &good.account).audit(TWO_REGIONS);
    let before = audit(relay(complete(), None));
    assert_eq!(before.code, Some(0));
    let after = audit(relay(complete(), Some(denied)));
    assert_changes(&before, &after, &["root-mfa global root: pass -> unknown"]);
    assert_gaps(&after, "iam:GetAccountSummary", "access-denied");
    assert_eq!((after.code, after.outcome()), (Some(3), "incomplete"));
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>
const ACCESS_DENIED: &str = r#"
<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
  <Error>
    <Type>Sender</Type>
    <Code>AccessDenied</Code>
    <Message>User: arn:aws:iam::123456789012:user/ci is not authorized to perform: iam:GetAccountSummary on resource: *</Message>
  </Error>
  <RequestId>85cb9b90-ac28-11e4-a88d-97964EXAMPLE</RequestId>
</ErrorResponse>"#;

#[test]
fn one_region_that_fails_hides_no_trail_elsewhere_and_passes_nothing_that_rests_on_it() {
    let good = Good::on_moto();
    let before = audit_with_faults(&good.account, &[]);
    inject(
        &good.account,
        json!({
            "service": "cloudtrail", "operation": "DescribeTrails", "region": "eu-west-1",
            "error": { "code": "InternalFailure", "status": 500 },
        }),
    );
    let after = audit_with_faults(&good.account, &[]);
    // A trail that nobody saw may be at home there: whether it is good is unknown, ...
    let (unseen, changed): (Vec<String>, Vec<String>) = after
        .changes_from(&before)
        .into_iter()
        .partition(|change| change.ends_with(" global root: absent -> unknown"));
    for rule in [
        "log-file-validation",
        "bucket-not-public",
        "key-usable",
        "log-group-alive",
    ] {
        let about = |change: &&String| change.split(' ').next() == Some(rule);
        assert_eq!(unseen.iter().filter(about).count(), 1, "{rule}: {unseen:?}");
    }
    // ... and it could deliver elsewhere, use the key for a bucket in another Region, record
    // management events once more, notify the topic without being let in, or lie open to
    // more principals than the trail that was seen. All that was known of the trail that was seen
    // is as it was.
    assert_eq!(
        changed,
        [
            "aggregated-bucket global root: pass -> unknown",
            "alarm-reaches-someone global root: pass -> unknown",
            "config-rules global root: pass -> unknown",
            "key-usable us-east-1 key/KEY: pass -> unknown",
            "organization-trail global root: fail -> unknown",
            "single-management-copy eu-west-1 root: pass -> unknown",
            "sns-delivery us-east-1 trail: pass -> unknown",
            "sns-topic-policy us-east-1 trail: pass -> unknown",
            "tamper-principals global root: pass -> unknown",
        ]
    );
    assert_gaps(&after, "cloudtrail:DescribeTrails", "transient");
}

#[test]
fn an_account_with_a_region_that_refuses_to_answer_is_not_called_empty() {
    let account = Account::on_moto();
    inject(
        &account,
        json!({
            "service": "cloudtrail", "operation": "DescribeTrails", "region": "eu-west-1",
            "error": { "code": "AccessDeniedException", "status": 400 },
        }),
    );
    let report = audit_with_faults(&account, &["--rule", "trail-exists"]);
    assert_eq!((report.code, report.outcome()), (Some(3), "incomplete"));
    assert_gaps(&report, "cloudtrail:DescribeTrails", "access-denied");
    assert_eq!(text(report.the("trail-exists"), "severity"), "critical");
}

#[test]
fn throttling_that_never_ends_is_throttled_and_nothing_is_concluded_from_it() {
    let good = Good::on_moto();
    inject(
        &good.account,
        json!({ "service": "cloudtrail", "operation": "DescribeTrails",
        "error": { "code": "ThrottlingException", "status": 400, "message": "Rate exceeded" } }),
    );
    let report = audit_with_faults(&good.account, &["--rule", "trail-exists"]);
    assert_eq!((report.code, report.outcome()), (Some(3), "incomplete"));
    assert_gaps(&report, "cloudtrail:DescribeTrails", "throttled");
}

#[test]
fn throttling_that_ends_is_retried_and_leaves_no_trace() {
    let good = Good::on_moto();
    inject(
        &good.account,
        json!({ "service": "cloudtrail", "operation": "GetEventSelectors",
        "times": 1, "error": { "code": "ThrottlingException", "status": 400 } }),
    );
    let report = Trailcheck::through(&faulty_and_complete().url(), &good.account)
        .env("AWS_MAX_ATTEMPTS", "3")
        .audit(&[
            "--regions",
            "us-east-1,eu-west-1",
            "--rule",
            "management-events",
        ]);
    assert_eq!((report.code, report.outcome()), (Some(0), "clean"));
}

#[test]
fn a_list_of_trails_cut_in_half_is_malformed_and_never_no_trails() {
    let good = Good::on_moto();
    inject(
        &good.account,
        json!({ "service": "cloudtrail", "operation": "DescribeTrails",
        "response": { "truncate_frac": 0.5 } }),
    );
    let report = audit_with_faults(&good.account, &["--rule", "trail-exists"]);
    assert_eq!((report.code, report.outcome()), (Some(3), "incomplete"));
    assert_gaps(&report, "cloudtrail:DescribeTrails", "malformed");
}

#[test]
fn a_broken_connection_is_transient_and_never_no_trails() {
    let good = Good::on_moto();
    inject(
        &good.account,
        json!({ "service": "cloudtrail", "operation": "DescribeTrails",
        "reset": true }),
    );
    let report = audit_with_faults(&good.account, &["--rule", "trail-exists"]);
    assert_eq!((report.code, report.outcome()), (Some(3), "incomplete"));
    assert_gaps(&report, "cloudtrail:DescribeTrails", "transient");
}

#[test]
fn a_call_that_is_not_answered_in_time_is_transient_and_the_others_go_on() {
    let good = Good::on_moto();
    inject(
        &good.account,
        json!({ "service": "cloudtrail", "operation": "GetEventSelectors",
        "latency": 600_000 }),
    );
    let rules = ["--rule", "management-events,trail-logging"];
    for limit in ["--call-timeout", "--timeout"] {
        let report = audit_with_faults(&good.account, &[rules[0], rules[1], limit, "3s"]);
        assert_gaps(&report, "cloudtrail:GetEventSelectors", "transient");
        assert_eq!(text(report.the("trail-logging"), "status"), "pass");
        assert_eq!(report.code, Some(3));
    }
}

#[test]
fn a_200_reply_that_says_nothing_is_malformed_and_never_no_trails() {
    let good = Good::on_moto();
    for body in ["{}", ""] {
        let empty = vec![Documented::json(&["DescribeTrails"], body)];
        let relay = Relay::start(Some(good.account.port()), empty);
        let report = Trailcheck::through(&relay.url(), &good.account).audit(&[
            "--regions",
            "us-east-1,eu-west-1",
            "--rule",
            "trail-exists",
        ]);
        assert_eq!((report.code, report.outcome()), (Some(3), "incomplete"));
        assert_gaps(&report, "cloudtrail:DescribeTrails", "malformed");
    }
}

#[test]
fn replies_of_the_bucket_that_say_nothing_are_malformed_and_never_a_setting() {
    let good = Good::on_moto();
    let said_nothing = |to| Documented::xml(to, "");
    let relay = Relay::start(
        Some(good.account.port()),
        vec![
            said_nothing(&["?publicAccessBlock"]),
            said_nothing(&["GET /logs-", "?ownershipControls"]),
            said_nothing(&["GET /logs-", "?object-lock"]),
        ],
    );
    let report = Trailcheck::through(&relay.url(), &good.account).audit(TWO_REGIONS);
    for rule in [
        "bucket-block-public-access",
        "bucket-ownership-enforced",
        "object-lock",
    ] {
        let finding = report.the(rule);
        assert_eq!(text(finding, "status"), "unknown", "{finding:#}");
        assert_eq!(text(&finding["gap"], "kind"), "malformed", "{finding:#}");
    }
}

/// moto has no ListRegions: it answers 404 with a page for people.
#[test]
fn without_a_list_of_regions_one_more_region_coverage_is_unknown_until_regions_are_named() {
    let good = Good::on_moto();
    let report = Trailcheck::on(&good.account).audit(&["--rule", "region-coverage"]);
    let (global, regions): (Vec<&Value>, Vec<&Value>) = report
        .of_rule("region-coverage")
        .into_iter()
        .partition(|finding| finding["region"] == "global");
    let [extra] = global.as_slice() else {
        panic!("{} extra findings", global.len())
    };
    assert_eq!(text(extra, "status"), "unknown");
    assert_eq!(text(&extra["gap"], "action"), "account:ListRegions");
    assert_eq!(text(&extra["gap"], "kind"), "unsupported");
    assert!(regions.len() >= 17, "the Regions that need no opt-in");
    assert!(regions.iter().all(|finding| finding["status"] == "pass"));
    assert_eq!(report.code, Some(3));

    let named = Trailcheck::on(&good.account).audit(&[
        "--rule",
        "region-coverage",
        "--regions",
        "us-east-1,eu-west-1",
    ]);
    assert_eq!(named.of_rule("region-coverage").len(), 2);
    assert_eq!(named.code, Some(0));
}

#[test]
fn a_list_of_regions_that_says_nothing_is_malformed_and_never_no_regions() {
    let good = Good::on_moto();
    for body in ["", "{}", r#"{"Regions": []}"#, r#"{"Regions": [{}]}"#] {
        let empty = vec![Documented::json(&["POST /listRegions"], body)];
        let relay = Relay::start(Some(good.account.port()), empty);
        let rule = ["--rule", "region-coverage"];
        let report = Trailcheck::through(&relay.url(), &good.account).audit(&rule);
        assert_gaps(&report, "account:ListRegions", "malformed");
        assert!(report.of_rule("region-coverage").len() >= 18, "{body}");
        // Nor is a Region that the user names refused on the strength of it.
        let named = ["--regions", "us-east-1", "--rule", "region-coverage"];
        let report = Trailcheck::through(&relay.url(), &good.account).audit(&named);
        assert_eq!(
            report.code,
            Some(0),
            "{body}: {:#}",
            report.json["findings"]
        );
    }
}

#[test]
fn the_documented_reply_of_list_regions_decides_which_regions_are_audited() {
    let account = Account::on_moto();
    let relay = Relay::start(Some(account.port()), vec![list_regions()]);
    let report = Trailcheck::through(&relay.url(), &account).audit(&["--rule", "region-coverage"]);
    // Not af-south-1, which the account has not opted in to.
    assert_eq!(
        report.json["scope"]["regions"],
        json!(["eu-west-1", "us-east-1"])
    );
    assert_eq!(report.of_rule("region-coverage").len(), 2);
}

#[test]
fn a_trail_whose_home_is_not_among_the_named_regions_is_asked_at_home() {
    let good = Good::on_moto();
    let report = Trailcheck::on(&good.account).audit(&[
        "--regions",
        "eu-west-1",
        "--rule",
        "trail-logging,management-events",
    ]);
    assert_eq!(text(report.the("trail-logging"), "status"), "pass");
    assert_eq!(text(report.the("trail-logging"), "region"), "us-east-1");
    assert_eq!(text(report.the("management-events"), "status"), "pass");
}
