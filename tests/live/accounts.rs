//! Whole accounts: the empty one and the good one, on both servers.

use std::sync::OnceLock;

use trailcheck::pattern::control;

use super::account::{Account, HOME};
use super::good::{Good, TRAIL};
use super::relay::{Documented, Relay};
use super::run::{Report, Trailcheck, assert_changes, text};
use super::servers::{self, Server};
use super::watchers;

/// Two Regions tell as much as seventeen, and the servers lack ListRegions or list more
/// Regions than they need.
pub(super) const TWO_REGIONS: &[&str] = &["--regions", "us-east-1,eu-west-1"];

/// What moto's good account looks like before anything in it is broken.
pub(super) fn good_on_moto() -> &'static Report {
    static REPORT: OnceLock<Report> = OnceLock::new();
    REPORT.get_or_init(|| Trailcheck::on(&Good::on_moto().account).audit(TWO_REGIONS))
}

#[test]
fn an_empty_account_fails_trail_exists_and_what_needs_a_trail_does_not_apply() {
    for account in [Account::on_moto(), Account::on_ministack()] {
        let report = Trailcheck::on(&account).audit(TWO_REGIONS);
        assert_eq!((report.code, report.outcome()), (Some(1), "findings"));
        let finding = report.the("trail-exists");
        assert_eq!(text(finding, "status"), "fail");
        assert_eq!(text(finding, "severity"), "critical");
        assert_eq!(text(finding, "region"), "global");
        let root = format!("arn:aws:iam::{}:root", account.id);
        assert_eq!(text(finding, "resource"), root);
        for region in report.of_rule("region-coverage") {
            assert_eq!(text(region, "status"), "fail", "{region:#}");
        }
        for rule in [
            "trail-logging",
            "log-file-validation",
            "bucket-not-public",
            "key-usable",
            "log-group-alive",
        ] {
            let finding = report.the(rule);
            assert_eq!(text(finding, "status"), "not-applicable", "{finding:#}");
        }
    }
}

/// Everything passes but for some rules, none of them for a fault in the account:
/// - moto has no event data stores, and no call to list them: `data-store-...`;
/// - nor has it a call to ask what AWS Config's rules found: `config-rules`;
/// - the settings ask for no tags: `trail-tags`;
/// - the trail is the account's own, and records all data events of S3, those of its own
///   bucket among them: `organization-trail`, `data-event-loop`;
/// - moto's answer of who pays for requests has no Payer, and a bucket whose requester pays
///   refuses CloudTrail: `delivery-permitted`;
/// - it is its organization's management account, the only one that moto's Organizations
///   answers to: `scp-protects-trail`;
/// - moto drops MFADelete from PutBucketVersioning: `bucket-mfa-delete`;
/// - moto's account summary has no AccountPasswordPresent, which decides whether root
///   needs MFA: `root-mfa`;
/// - moto never sends LatestDigestDeliveryTime, but the trail started just now, so
///   `digest-delivery` does not apply yet;
/// - moto never says that log events are delivered, which for a trail that started just
///   now is no fault either: `cloudwatch-logs-delivery`, and whether they reach an alarm is
///   not known: `alarm-...`;
/// - the one account is no log archive: `log-archive-account`.
#[test]
fn the_good_account_passes_every_rule_that_moto_can_serve() {
    assert_by_rule(
        good_on_moto(),
        &with_alarms(
            "unknown",
            &[
                ("bucket-mfa-delete", "fail"),
                ("cloudwatch-logs-delivery", "not-applicable"),
                ("config-rules", "unknown"),
                ("data-event-loop", "fail"),
                ("data-store-encryption", "unknown"),
                ("data-store-ingesting", "unknown"),
                ("data-store-retention", "unknown"),
                ("data-store-termination-protection", "unknown"),
                ("delivery-permitted", "unknown"),
                ("digest-delivery", "not-applicable"),
                ("log-archive-account", "fail"),
                ("organization-trail", "fail"),
                ("root-mfa", "unknown"),
                ("scp-protects-trail", "not-applicable"),
                ("trail-tags", "not-applicable"),
            ],
        ),
    );
    assert_eq!(good_on_moto().code, Some(3), "the unknown are high");
}

/// Everything passes but for what ministack cannot hold:
/// - it has neither event data stores nor GuardDuty nor Security Hub, and no calls to ask for
///   them: `data-store-...`, `guardduty-enabled`, `security-hub-enabled`;
/// - the trail is as on moto: `organization-trail`, `data-event-loop`, `trail-tags`;
/// - it knows no Insights, and says so: `insights`;
/// - its CreateTrail drops log group and topic: the integration and the notification fail,
///   no alarm can be raised, and what is about a log group, its role or a topic does not apply;
/// - it puts the account into an organization of its own: `scp-protects-trail`;
/// - its trails never deliver, but the trail started just now: `log-delivery`,
///   `digest-delivery`;
/// - it drops MFADelete, and has no AccountPasswordPresent: `bucket-mfa-delete`, `root-mfa`;
/// - it does not say who pays for requests: `delivery-permitted`;
/// - the one account is no log archive: `log-archive-account`.
#[test]
fn the_good_account_passes_every_rule_that_ministack_can_serve() {
    let good = Good::on_ministack();
    let report = Trailcheck::on(&good.account).audit(TWO_REGIONS);
    assert_by_rule(
        &report,
        &with_alarms(
            "fail",
            &[
                ("alarm-reaches-someone", "not-applicable"),
                ("bucket-mfa-delete", "fail"),
                ("cloudwatch-logs-delivery", "not-applicable"),
                ("cloudwatch-logs-integration", "fail"),
                ("data-event-loop", "fail"),
                ("data-store-encryption", "unknown"),
                ("data-store-ingesting", "unknown"),
                ("data-store-retention", "unknown"),
                ("data-store-termination-protection", "unknown"),
                ("delivery-permitted", "unknown"),
                ("delivery-role", "not-applicable"),
                ("digest-delivery", "not-applicable"),
                ("guardduty-enabled", "unknown"),
                ("insights", "unknown"),
                ("log-archive-account", "fail"),
                ("log-delivery", "not-applicable"),
                ("log-group-alive", "not-applicable"),
                ("log-group-encryption", "not-applicable"),
                ("log-group-not-public", "not-applicable"),
                ("log-group-retention", "not-applicable"),
                ("organization-trail", "fail"),
                ("root-mfa", "unknown"),
                ("scp-protects-trail", "not-applicable"),
                ("security-hub-enabled", "unknown"),
                ("sns-delivery", "not-applicable"),
                ("sns-notification", "fail"),
                ("sns-topic-policy", "not-applicable"),
                ("trail-tags", "not-applicable"),
            ],
        ),
    );
    let gap = &report.the("insights")["gap"];
    assert_eq!(text(gap, "kind"), "unsupported", "{gap:#}");
}

#[test]
fn what_is_broken_on_ministack_fails_and_nothing_else_does() {
    let good = Good::on_ministack();
    let before = Trailcheck::on(&good.account).audit(TWO_REGIONS);
    let cloudtrail = good.account.cloudtrail(HOME);
    let call = cloudtrail
        .update_trail()
        .name(TRAIL)
        .enable_log_file_validation(false);
    good.account.wait(call.send()).expect("UpdateTrail");
    good.block_public_access(false);
    good.expire_after(30);
    let kms = good.account.kms();
    let call = kms.disable_key().key_id(&good.key);
    good.account.wait(call.send()).expect("DisableKey");
    let after = Trailcheck::on(&good.account).audit(TWO_REGIONS);
    assert_changes(
        &before,
        &after,
        &[
            // ministack has no S3 Control: the account may block what the bucket does not.
            "bucket-block-public-access us-east-1 logs-ACCOUNT: pass -> unknown",
            // ministack's PolicyStatus has no IsPublic, and now no block settles it.
            "bucket-not-public us-east-1 logs-ACCOUNT: pass -> unknown",
            "digest-retention us-east-1 trail/audit: pass -> not-applicable",
            "key-usable us-east-1 key/KEY: pass -> fail",
            "log-file-validation us-east-1 trail/audit: pass -> fail",
            "log-retention us-east-1 logs-ACCOUNT: pass -> fail",
        ],
    );
}

/// The AWS SDK for Rust rejects the root element of moto's reply, and with reason.
#[test]
fn a_versioning_reply_as_moto_gives_it_is_malformed_and_neither_enabled_nor_off() {
    let good = Good::on_moto();
    let bare = good.account.behind_the_relay();
    let report = Trailcheck::through(&bare, &good.account).audit(TWO_REGIONS);
    for rule in ["bucket-versioning", "bucket-mfa-delete"] {
        let finding = report.the(rule);
        assert_eq!(text(finding, "status"), "unknown", "{finding:#}");
        let gap = &finding["gap"];
        assert_eq!(text(gap, "action"), "s3:GetBucketVersioning");
        assert_eq!(text(gap, "kind"), "malformed");
    }
}

#[test]
fn the_good_account_is_clean_with_documented_replies_where_moto_has_none() {
    let good = Good::on_moto();
    let relay = Relay::start(Some(good.account.port()), complete());
    let report = Trailcheck::through(&relay.url(), &good.account).audit(&[]);
    assert_by_rule(
        &report,
        &[
            ("data-event-loop", "fail"),
            ("log-archive-account", "fail"),
            ("organization-trail", "fail"),
            ("scp-protects-trail", "not-applicable"),
            ("trail-tags", "not-applicable"),
        ],
    );
    assert_eq!((report.code, report.outcome()), (Some(0), "clean"));
    // Without them GuardDuty and Security Hub are not known.
    let complete = cfg!(feature = "full");
    assert_eq!(report.json["summary"]["complete"], complete);
    let regions = serde_json::json!(["eu-west-1", "us-east-1"]);
    assert_eq!(report.json["scope"]["regions"], regions);
}

/// microburst in front of moto and of the replies that make its good account [`complete`].
pub(super) fn faulty_and_complete() -> &'static Server {
    static FAULTY: OnceLock<Server> = OnceLock::new();
    FAULTY.get_or_init(|| {
        let relay = Relay::start(Some(servers::moto().port), complete());
        servers::start_microburst(&relay.url())
    })
}

/// The replies that make the good account on moto complete.
pub(super) fn complete() -> Vec<Documented> {
    let now = jiff::Timestamp::now().as_second();
    let mut replies = watchers::documented();
    replies.extend([
        list_regions(),
        // moto knows CloudTrail among the services that an organization trusts, but not
        // among those that have delegated administrators.
        Documented::json(
            &["V20161128.ListDelegatedAdministrators"],
            r#"{"DelegatedAdministrators": []}"#,
        ),
        Documented::xml(&["Action=GetAccountSummary"], ACCOUNT_SUMMARY),
        Documented::xml(&["/logs-", "?versioning"], VERSIONING),
        Documented::xml(&["/logs-", "?requestPayment"], REQUEST_PAYMENT),
        Documented::json(
            &["GetTrailStatus"],
            serde_json::json!({
                "IsLogging": true,
                "LatestDeliveryTime": now - 300,
                "LatestDigestDeliveryTime": now - 1800,
                "LatestCloudWatchLogsDeliveryTime": now - 60,
                "StartLoggingTime": now - 86_400 * 30,
                "LatestDeliveryAttemptTime": "", "LatestDeliveryAttemptSucceeded": "",
                "LatestNotificationAttemptTime": "", "LatestNotificationAttemptSucceeded": "",
                "TimeLoggingStarted": "", "TimeLoggingStopped": ""
            })
            .to_string(),
        ),
    ]);
    replies
}

/// Two enabled Regions, and one that needs an opt-in nobody gave.
/// <https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html>
pub(super) fn list_regions() -> Documented {
    Documented::json(
        &["POST /listRegions"],
        r#"{"Regions": [
            {"RegionName": "us-east-1", "RegionOptStatus": "ENABLED_BY_DEFAULT"},
            {"RegionName": "eu-west-1", "RegionOptStatus": "ENABLED_BY_DEFAULT"},
            {"RegionName": "af-south-1", "RegionOptStatus": "DISABLED"}]}"#,
    )
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html>
const ACCOUNT_SUMMARY: &str = r#"
<GetAccountSummaryResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
  <GetAccountSummaryResult>
    <SummaryMap>
      <entry><key>Users</key><value>31</value></entry>
      <entry><key>AccountMFAEnabled</key><value>1</value></entry>
      <entry><key>AccountAccessKeysPresent</key><value>0</value></entry>
      <entry><key>AccountPasswordPresent</key><value>1</value></entry>
      <entry><key>AccountSigningCertificatesPresent</key><value>0</value></entry>
    </SummaryMap>
  </GetAccountSummaryResult>
  <ResponseMetadata><RequestId>85cb9b90-ac28-11e4-a88d-97964EXAMPLE</RequestId></ResponseMetadata>
</GetAccountSummaryResponse>"#;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html>
const VERSIONING: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Status>Enabled</Status>
  <MfaDelete>Enabled</MfaDelete>
</VersioningConfiguration>"#;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html>
pub(super) const REQUEST_PAYMENT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<RequestPaymentConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Payer>BucketOwner</Payer>
</RequestPaymentConfiguration>"#;

/// The exceptions, and the same for every control that asks for an alarm.
fn with_alarms(
    status: &'static str,
    exceptions: &[(&'static str, &'static str)],
) -> Vec<(&'static str, &'static str)> {
    let controls = control::table().controls().iter();
    let alarms = controls.map(|control| (control.rule, status));
    exceptions.iter().copied().chain(alarms).collect()
}

/// The rules that a build without the feature `full` can tell nothing of.
const COMPANIONS: [&str; 2] = ["guardduty-enabled", "security-hub-enabled"];

/// Asserts that every rule passes but for these, and [`COMPANIONS`] where nobody can ask them.
#[track_caller]
fn assert_by_rule(report: &Report, exceptions: &[(&str, &str)]) {
    let mut unexpected = Vec::new();
    for (rule, found) in report.by_rule() {
        let exception = exceptions.iter().find(|(id, _)| *id == rule);
        let expected = match exception {
            Some((_, status)) => status,
            None if !cfg!(feature = "full") && COMPANIONS.contains(&rule.as_str()) => "unknown",
            None => "pass",
        };
        if found != expected {
            unexpected.push(format!("{rule}: {found}, not {expected}"));
        }
    }
    assert!(
        unexpected.is_empty(),
        "{}\n{:#}",
        unexpected.join("\n"),
        report.json["findings"]
    );
    let judged = report.by_rule().len();
    let ran = report.json["rules"].as_array().map_or(0, Vec::len);
    assert_eq!(judged, ran, "every rule that ran says something");
}
