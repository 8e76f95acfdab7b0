//! The six practices, each broken alone on moto: exactly the findings that are about the
//! broken thing change, and every other one stays what it was in the good account.

use super::account::HOME;
use super::accounts::{TWO_REGIONS, good_on_moto};
use super::good::{Good, TRAIL, data_selector, selector};
use super::run::{Report, Trailcheck, assert_changes, text};

/// The good account's report after `break_it`, and what must have changed.
#[track_caller]
pub(super) fn breaking(break_it: impl FnOnce(&Good), expected: &[&str]) -> Report {
    let good = Good::on_moto();
    break_it(&good);
    let report = Trailcheck::on(&good.account).audit(TWO_REGIONS);
    assert_changes(good_on_moto(), &report, expected);
    report
}

// Integrity.

#[test]
fn a_trail_without_log_file_validation_fails_that_rule_and_has_no_digests_to_keep() {
    breaking(
        |good| {
            let cloudtrail = good.account.cloudtrail(HOME);
            let call = cloudtrail
                .update_trail()
                .name(TRAIL)
                .enable_log_file_validation(false);
            good.account.wait(call.send()).expect("UpdateTrail");
        },
        &[
            "log-file-validation us-east-1 trail/audit: pass -> fail",
            "digest-retention us-east-1 trail/audit: pass -> not-applicable",
        ],
    );
}

// Coverage.

#[test]
fn a_trail_of_one_region_leaves_the_other_uncovered() {
    breaking(
        |good| {
            let cloudtrail = good.account.cloudtrail(HOME);
            let call = cloudtrail
                .update_trail()
                .name(TRAIL)
                .is_multi_region_trail(false);
            good.account.wait(call.send()).expect("UpdateTrail");
        },
        &[
            "alarm-* global root: unknown -> fail",
            "lambda-data-events global root: pass -> fail",
            "management-event-sources global root: pass -> fail",
            "management-events global root: pass -> fail",
            "multi-region-trail global root: pass -> fail",
            "region-coverage eu-west-1 root: pass -> fail",
            "s3-data-events-read global root: pass -> fail",
            "s3-data-events-write global root: pass -> fail",
            "single-management-copy eu-west-1 root: pass -> not-applicable",
        ],
    );
}

#[test]
fn a_stopped_trail_covers_nothing_and_still_exists() {
    breaking(
        |good| {
            let cloudtrail = good.account.cloudtrail(HOME);
            let call = cloudtrail.stop_logging().name(TRAIL);
            good.account.wait(call.send()).expect("StopLogging");
        },
        &[
            "alarm-* global root: unknown -> fail",
            "trail-logging us-east-1 trail/audit: pass -> fail",
            "region-coverage eu-west-1 root: pass -> fail",
            "region-coverage us-east-1 root: pass -> fail",
            "multi-region-trail global root: pass -> fail",
            "management-events global root: pass -> fail",
            "management-event-sources global root: pass -> fail",
            "global-service-events global root: pass -> fail",
            "s3-data-events-read global root: pass -> fail",
            "s3-data-events-write global root: pass -> fail",
            "lambda-data-events global root: pass -> fail",
            "insights global root: pass -> fail",
            "aggregated-bucket global root: pass -> not-applicable",
            "log-delivery us-east-1 trail/audit: pass -> not-applicable",
            "single-management-copy eu-west-1 root: pass -> not-applicable",
            "single-management-copy us-east-1 root: pass -> not-applicable",
        ],
    );
}

#[test]
fn read_only_selectors_miss_write_events_of_every_source_and_starve_insights() {
    breaking(
        |good| {
            good.select(vec![
                selector(
                    "reads",
                    &[("eventCategory", "Management"), ("readOnly", "true")],
                ),
                data_selector("AWS::S3::Object"),
                data_selector("AWS::Lambda::Function"),
            ]);
        },
        &[
            "alarm-* global root: unknown -> fail",
            "management-events global root: pass -> fail",
            "management-event-sources global root: pass -> fail",
            // The write events of IAM and STS are among those that are missing.
            "global-service-events global root: pass -> fail",
            "insights global root: pass -> fail",
        ],
    );
}

#[test]
fn excluding_kms_events_fails_management_event_sources_and_what_watches_for_them() {
    let report = breaking(
        |good| {
            use aws_sdk_cloudtrail::types as trail;
            let field = |field: &str| trail::AdvancedFieldSelector::builder().field(field);
            let management = field("eventCategory").equals("Management").build();
            let no_kms = field("eventSource").not_equals("kms.amazonaws.com").build();
            let all_but_kms = trail::AdvancedEventSelector::builder()
                .field_selectors(management.expect("complete"))
                .field_selectors(no_kms.expect("complete"))
                .build();
            good.select(vec![
                all_but_kms.expect("complete"),
                data_selector("AWS::S3::Object"),
                data_selector("AWS::Lambda::Function"),
            ]);
        },
        &[
            "alarm-kms-key-deletion global root: unknown -> fail",
            "management-event-sources global root: pass -> fail",
        ],
    );
    // Whoever disables or deletes the trail's key does so by KMS write events.
    let finding = report.the("management-event-sources");
    assert_eq!(text(finding, "severity"), "high", "{finding:#}");
    assert!(text(finding, "message").contains("kms.amazonaws.com"));
}

#[test]
fn data_events_of_lambda_functions_are_missed_when_nothing_selects_them() {
    breaking(
        |good| {
            good.select(vec![
                selector("management", &[("eventCategory", "Management")]),
                data_selector("AWS::S3::Object"),
            ]);
        },
        &["lambda-data-events global root: pass -> fail"],
    );
}

// Aggregation.

#[test]
fn a_second_trail_to_another_bucket_breaks_aggregation_and_doubles_management_events() {
    let good = Good::on_moto();
    let bucket = format!("elsewhere-{}", good.account.id);
    let s3 = good.account.s3();
    let created = good.account.wait(s3.create_bucket().bucket(&bucket).send());
    created.expect("CreateBucket");
    let cloudtrail = good.account.cloudtrail("eu-west-1");
    let call = cloudtrail
        .create_trail()
        .name("second")
        .s3_bucket_name(&bucket)
        .enable_log_file_validation(true);
    good.account.wait(call.send()).expect("CreateTrail");
    let call = cloudtrail.start_logging().name("second");
    good.account.wait(call.send()).expect("StartLogging");
    let management = selector("management", &[("eventCategory", "Management")]);
    let call = cloudtrail
        .put_event_selectors()
        .trail_name("second")
        .advanced_event_selectors(management);
    good.account.wait(call.send()).expect("PutEventSelectors");

    let report = Trailcheck::on(&good.account).audit(TWO_REGIONS);
    // What is about the second trail and its bucket is new; what was there before
    // changes only where the two together matter.
    let changes: Vec<String> = report
        .changes_from(good_on_moto())
        .into_iter()
        .filter(|change| !change.contains(": absent -> "))
        .collect();
    assert_eq!(
        changes,
        [
            "aggregated-bucket global root: pass -> fail",
            "single-management-copy eu-west-1 root: pass -> fail",
        ]
    );
    let message = text(report.the("aggregated-bucket"), "message");
    assert!(message.contains(&bucket), "{message}");
    let key = "log-file-validation eu-west-1 trail/second";
    assert_eq!(report.statuses().get(key).map(String::as_str), Some("pass"));
}

#[test]
fn a_deleted_log_bucket_fails_log_bucket_exists_and_has_no_settings_to_judge() {
    let good = Good::on_moto();
    let s3 = good.account.s3();
    let call = s3.delete_bucket().bucket(good.bucket());
    good.account.wait(call.send()).expect("DeleteBucket");
    let report = Trailcheck::on(&good.account).audit(TWO_REGIONS);
    let finding = report.the("log-bucket-exists");
    assert_eq!(text(finding, "status"), "fail");
    assert_eq!(text(finding, "severity"), "critical");
    let arn = format!("arn:aws:s3:::{}", good.bucket());
    let mut rules = 0;
    for finding in report.findings() {
        if finding["resource"] == arn.as_str() {
            assert_eq!(text(finding, "status"), "not-applicable", "{finding:#}");
            rules += 1;
        }
    }
    assert!(rules > 5, "the bucket is still a subject");
    // Of all else, only what is about the bucket too changes: the digests in it, and whether
    // CloudTrail may deliver to it, which moto leaves unknown before.
    let others: Vec<String> = report
        .changes_from(good_on_moto())
        .into_iter()
        .filter(|change| !change.contains(" logs-ACCOUNT: "))
        .collect();
    assert_eq!(
        others,
        [
            "delivery-permitted us-east-1 trail/audit: unknown -> not-applicable",
            "digest-retention us-east-1 trail/audit: pass -> not-applicable",
            "log-bucket-exists us-east-1 trail/audit: pass -> fail",
        ]
    );
}

// Monitoring.

#[test]
fn a_trail_without_log_group_fails_the_integration_and_leaves_no_log_group_to_judge() {
    let good = Good::on_moto_without_log_group();
    let report = Trailcheck::on(&good.account).audit(TWO_REGIONS);
    let status = |rule| text(report.the(rule), "status");
    assert_eq!(status("cloudwatch-logs-integration"), "fail");
    for rule in [
        "cloudwatch-logs-delivery",
        "log-group-alive",
        "log-group-encryption",
        "log-group-not-public",
        "log-group-retention",
    ] {
        assert_eq!(status(rule), "not-applicable", "{:#}", report.the(rule));
    }
}

#[test]
fn a_deleted_log_group_is_not_alive() {
    let report = breaking(
        |good| {
            let logs = good.account.logs();
            let call = logs.delete_log_group().log_group_name(good.log_group());
            good.account.wait(call.send()).expect("DeleteLogGroup");
        },
        &[
            "alarm-* global root: unknown -> fail",
            "log-group-alive us-east-1 trail/audit: pass -> fail",
            "log-group-encryption us-east-1 log-group:/cloudtrail/ACCOUNT: pass -> not-applicable",
            "log-group-not-public us-east-1 log-group:/cloudtrail/ACCOUNT: pass -> not-applicable",
            "log-group-retention us-east-1 log-group:/cloudtrail/ACCOUNT: pass -> not-applicable",
        ],
    );
    let finding = report.the("log-group-alive");
    assert_eq!(text(finding, "severity"), "high");
}

#[test]
fn a_log_group_whose_name_starts_alike_is_not_taken_for_the_deleted_one() {
    breaking(
        |good| {
            let logs = good.account.logs();
            let sibling = format!("{}-sibling", good.log_group());
            let call = logs.create_log_group().log_group_name(sibling);
            good.account.wait(call.send()).expect("CreateLogGroup");
            let call = logs.delete_log_group().log_group_name(good.log_group());
            good.account.wait(call.send()).expect("DeleteLogGroup");
        },
        &[
            "alarm-* global root: unknown -> fail",
            "log-group-alive us-east-1 trail/audit: pass -> fail",
            "log-group-encryption us-east-1 log-group:/cloudtrail/ACCOUNT: pass -> not-applicable",
            "log-group-not-public us-east-1 log-group:/cloudtrail/ACCOUNT: pass -> not-applicable",
            "log-group-retention us-east-1 log-group:/cloudtrail/ACCOUNT: pass -> not-applicable",
        ],
    );
}

#[test]
fn log_events_kept_for_a_month_fail_log_group_retention_alone() {
    breaking(
        |good| good.log_retention(30),
        &["log-group-retention us-east-1 log-group:/cloudtrail/ACCOUNT: pass -> fail"],
    );
}
