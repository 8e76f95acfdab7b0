//! Bad days: more than one call goes wrong, or the replies go on for ever. What was read
//! before or beside it is still there, and nothing passes for want of evidence. (A clock an
//! hour off and credentials that were never good end a run at once: see
//! [`super::bad_input`].)

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use super::account::Account;
use super::accounts::{self, TWO_REGIONS, complete};
use super::good::Good;
use super::relay::{Documented, Relay};
use super::run::{Report, Trailcheck, assert_changes, is_of_a_larger_build, text};
use super::servers;

/// All services that are asked but for STS, which answers anybody.
const SERVICES: &[&str] = &[
    "account",
    "iam",
    "cloudtrail",
    "s3",
    "kms",
    "logs",
    "organizations",
    "sns",
    "cloudwatch",
    "events",
    "config",
];

/// Audits by way of microburst an account that is good until a test says otherwise.
fn audit(account: &Account, args: &[&str]) -> Report {
    Trailcheck::through(&accounts::faulty_and_complete().url(), account).audit(args)
}

fn inject(account: &Account, rule: Value) {
    servers::inject(accounts::faulty_and_complete(), &account.access_key, rule);
}

/// The findings that are not unknown, as `rule: status`.
fn settled(report: &Report) -> BTreeMap<String, String> {
    let mut by_rule = report.by_rule();
    by_rule.retain(|_, statuses| statuses != "unknown");
    by_rule
}

/// Asserts that nothing changed but into unknown, and that every gap is one that `fits`.
#[track_caller]
fn assert_only_unknown(before: &Report, after: &Report, fits: impl Fn(&Value) -> bool) {
    let changes = after.changes_from(before);
    let wrong = |change: &&String| !change.ends_with(" -> unknown");
    let wrong: Vec<&String> = changes.iter().filter(wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(!changes.is_empty(), "nothing became unknown");
    assert_gaps(after, fits);
}

#[track_caller]
fn assert_gaps(report: &Report, fits: impl Fn(&Value) -> bool) {
    for finding in report.findings() {
        let gap = &finding["gap"];
        let fits = fits(gap) || is_of_a_larger_build(gap);
        assert!(finding["status"] != "unknown" || fits, "{finding:#}");
    }
}

#[test]
fn everything_denied_leaves_every_rule_unknown_and_no_gate_open() {
    let good = Good::on_moto();
    for service in SERVICES {
        let error = json!({ "code": "AccessDenied", "status": 403 });
        inject(&good.account, json!({ "service": service, "error": error }));
    }
    for gate in [&[][..], &["--allow-unknown"], &["--fail-on", "never"]] {
        let report = audit(&good.account, gate);
        assert_eq!(settled(&report), BTreeMap::new());
        assert_eq!(
            report.by_rule().len(),
            report.json["rules"].as_array().map_or(0, Vec::len)
        );
        assert_gaps(&report, |gap| gap["kind"] == "access-denied");
        assert_eq!((report.code, report.outcome()), (Some(3), "incomplete"));
    }
}

#[test]
fn everything_throttled_leaves_every_rule_unknown_and_no_gate_open() {
    let good = Good::on_moto();
    for service in SERVICES {
        let error = json!({ "code": "ThrottlingException", "status": 400 });
        inject(&good.account, json!({ "service": service, "error": error }));
    }
    for gate in [&[][..], &["--allow-unknown"], &["--fail-on", "never"]] {
        let report = audit(&good.account, gate);
        assert_eq!(settled(&report), BTreeMap::new());
        assert_gaps(&report, |gap| gap["kind"] == "throttled");
        assert_eq!((report.code, report.outcome()), (Some(3), "incomplete"));
    }
}

#[test]
fn everything_denied_but_the_list_of_trails_leaves_what_that_list_says_and_nothing_more() {
    let good = Good::on_moto();
    inject(
        &good.account,
        json!({ "operation": "DescribeTrails", "latency": 0 }),
    );
    for service in SERVICES {
        let error = json!({ "code": "AccessDenied", "status": 403 });
        inject(&good.account, json!({ "service": service, "error": error }));
    }
    let report = audit(&good.account, TWO_REGIONS);
    let settled = settled(&report);
    let settled: Vec<(&str, &str)> = settled
        .iter()
        .map(|(rule, statuses)| (rule.as_str(), statuses.as_str()))
        .collect();
    assert_eq!(
        settled,
        [
            ("cloudwatch-logs-integration", "pass"),
            ("log-file-validation", "pass"),
            ("sns-notification", "pass"),
            ("trail-encryption", "pass"),
            ("trail-exists", "pass"),
            // No tags are asked for.
            ("trail-tags", "not-applicable"),
        ]
    );
    assert_gaps(&report, |gap| gap["kind"] == "access-denied");
    assert_eq!((report.code, report.outcome()), (Some(3), "incomplete"));
}

/// There is one endpoint for all Regions here, so that a Region cannot refuse connections;
/// it breaks them, or takes them and never answers.
#[test]
fn one_region_dead_leaves_unknown_what_rests_on_it_and_all_the_rest_as_it_was() {
    let good = Good::on_moto();
    let before = audit(&good.account, TWO_REGIONS);
    for death in [json!({ "reset": true }), json!({ "latency": 600_000 })] {
        let account = good.account.signed_in_again();
        let mut rule = death;
        rule["region"] = json!("eu-west-1");
        inject(&account, rule);
        let after = audit(&account, &[TWO_REGIONS, &["--call-timeout", "8s"]].concat());
        assert_only_unknown(&before, &after, |gap| gap["kind"] == "transient");
        for rule in ["trail-logging", "log-file-validation", "bucket-not-public"] {
            let at_home = after.of_rule(rule).into_iter();
            let passes = at_home.filter(|finding| finding["region"] == "us-east-1");
            assert!(
                passes.map(|finding| &finding["status"]).eq(["pass"]),
                "{rule}"
            );
        }
        assert_eq!((after.code, after.outcome()), (Some(3), "incomplete"));
    }
}

#[test]
fn one_service_that_refuses_connections_leaves_unknown_what_it_alone_can_tell() {
    let good = Good::on_moto();
    let before = audit(&good.account, TWO_REGIONS);
    let dead = format!("http://127.0.0.1:{}", servers::free_port());
    for (service, actions) in [
        ("S3", "s3:"),
        ("KMS", "kms:"),
        ("CLOUDWATCH_LOGS", "logs:"),
        ("IAM", "iam:"),
    ] {
        let after = Trailcheck::through(&accounts::faulty_and_complete().url(), &good.account)
            .env(&format!("AWS_ENDPOINT_URL_{service}"), &dead)
            .audit(TWO_REGIONS);
        assert_only_unknown(&before, &after, |gap| {
            let action = gap["action"].as_str().unwrap_or_default();
            action.starts_with(actions) && gap["kind"] == "transient"
        });
        assert_eq!(
            (after.code, after.outcome()),
            (Some(3), "incomplete"),
            "{service}"
        );
    }
}

/// `HeadBucket` has no body that could say why, only a 400.
#[test]
fn credentials_that_expire_in_the_middle_leave_what_was_read_before_and_say_expired() {
    let good = Good::on_moto();
    let before = audit(&good.account, TWO_REGIONS);
    for operation in ["GetTrailStatus", "GetEventSelectors", "GetInsightSelectors"] {
        inject(
            &good.account,
            json!({ "operation": operation, "error": expired() }),
        );
    }
    for service in ["s3", "kms", "logs"] {
        inject(
            &good.account,
            json!({ "service": service, "error": expired() }),
        );
    }
    let after = audit(&good.account, TWO_REGIONS);
    assert_only_unknown(&before, &after, |gap| {
        gap["action"] == "s3:ListBucket"
            || gap["kind"] == "access-denied" && text(gap, "detail").contains("expired")
    });
    for rule in ["log-file-validation", "root-mfa"] {
        assert_eq!(text(after.the(rule), "status"), "pass", "{rule}");
    }
    assert_eq!((after.code, after.outcome()), (Some(3), "incomplete"));
}

fn expired() -> Value {
    json!({ "code": "ExpiredToken", "status": 400,
        "message": "The security token included in the request is expired" })
}

/// The good account, with these replies in place of its own.
fn replying(good: &Good, replies: Vec<Documented>, args: &[&str]) -> Report {
    let replies = replies.into_iter().chain(complete()).collect();
    let relay = Relay::start(Some(good.account.port()), replies);
    Trailcheck::through(&relay.url(), &good.account).audit(args)
}

#[test]
fn a_next_token_that_repeats_is_malformed_and_does_not_go_on_for_ever() {
    let good = Good::on_moto();
    let before = replying(&good, Vec::new(), &[]);
    for (to, body, action) in [
        (
            &["POST /listRegions"],
            r#"{"Regions": [{"RegionName": "us-east-1", "RegionOptStatus": "ENABLED_BY_DEFAULT"}],
                "NextToken": "again"}"#,
            "account:ListRegions",
        ),
        (
            &["Logs_20140328.DescribeLogGroups"],
            r#"{"logGroups": [], "nextToken": "again"}"#,
            "logs:DescribeLogGroups",
        ),
    ] {
        let after = replying(&good, vec![Documented::json(to, body)], &[]);
        let unknown = after
            .findings()
            .iter()
            .filter(|finding| finding["status"] == "unknown");
        assert!(unknown.count() > 0, "{action}");
        assert_gaps(&after, |gap| {
            gap["action"] == action
                && gap["kind"] == "malformed"
                && text(gap, "detail").contains("repeat")
        });
        for change in after.changes_from(&before) {
            // Without the list every Region that needs no opt-in is audited.
            let more = action == "account:ListRegions" && change.contains(": absent -> ");
            assert!(change.ends_with(" -> unknown") || more, "{change}");
        }
        assert_eq!((after.code, after.outcome()), (Some(3), "incomplete"));
    }
}

#[test]
fn an_empty_page_with_a_next_token_is_not_the_last_one() {
    let good = Good::on_moto();
    let before = replying(&good, Vec::new(), &[]);
    let group = log_groups(&good, "");
    let pages = vec![
        Documented::json(&["POST /listRegions", "\"page-3\""], REGION_2),
        Documented::json(&["POST /listRegions", "\"page-2\""], REGION_1),
        Documented::json(
            &["POST /listRegions"],
            r#"{"Regions": [], "NextToken": "page-2"}"#,
        ),
        Documented::json(&["Logs_20140328.DescribeLogGroups", "\"page-2\""], group),
        Documented::json(
            &["Logs_20140328.DescribeLogGroups"],
            r#"{"logGroups": [], "nextToken": "page-2"}"#,
        ),
    ];
    let after = replying(&good, pages, &[]);
    assert_changes(&before, &after, &[]);
    let regions = |report: &Report| report.json["scope"]["regions"].clone();
    assert_eq!(regions(&after), regions(&before));
}

const REGION_1: &str = r#"{"NextToken": "page-3", "Regions": [
    {"RegionName": "us-east-1", "RegionOptStatus": "ENABLED_BY_DEFAULT"}]}"#;
const REGION_2: &str = r#"{"Regions": [
    {"RegionName": "eu-west-1", "RegionOptStatus": "ENABLED_BY_DEFAULT"}]}"#;

/// The good account's log group, after another whose name goes on like that.
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html>
fn log_groups(good: &Good, and: &str) -> String {
    let name = good.log_group();
    json!({ "logGroups": [
        { "logGroupName": format!("{name}/{and}"), "storedBytes": 0 },
        { "logGroupName": name, "retentionInDays": 400, "logGroupClass": "STANDARD",
          "kmsKeyId": format!("arn:aws:kms:us-east-1:{}:key/{}", good.account.id, good.key) },
    ] })
    .to_string()
}

#[test]
fn a_reply_of_50_mb_is_read_to_its_end_and_is_malformed_where_it_says_nothing() {
    const SIZE: usize = 50_000_000;
    let good = Good::on_moto();
    let before = replying(&good, Vec::new(), &[]);
    let long = "x".repeat(SIZE);
    let acl = format!(
        "<AccessControlPolicy><Owner><ID>{long}</ID></Owner><AccessControlList><Grant>\
         <Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:type=\"CanonicalUser\"><ID>owner</ID></Grantee><Permission>FULL_CONTROL\
         </Permission></Grant></AccessControlList></AccessControlPolicy>"
    );
    let large = vec![
        Documented::json(
            &["Logs_20140328.DescribeLogGroups"],
            log_groups(&good, &long),
        ),
        Documented::xml(&["/logs-", "?acl"], acl),
    ];
    let after = replying(&good, large, &[]);
    assert_changes(&before, &after, &[]);

    let nothing = vec![Documented::json(&["_20131101.DescribeTrails"], long)];
    let after = replying(&good, nothing, &["--rule", "trail-exists"]);
    assert_gaps(&after, |gap| {
        gap["action"] == "cloudtrail:DescribeTrails" && gap["kind"] == "malformed"
    });
    assert_eq!((after.code, after.outcome()), (Some(3), "incomplete"));
}

#[test]
fn a_deadline_that_strikes_half_way_says_what_was_not_looked_at_and_keeps_what_was() {
    let good = Good::on_moto();
    let before = replying(&good, Vec::new(), TWO_REGIONS);
    // Every page within the time for one call, and never the last one.
    let endless = |_: &str| {
        static PAGE: AtomicU32 = AtomicU32::new(0);
        sleep(Duration::from_secs(2));
        let page = PAGE.fetch_add(1, Ordering::Relaxed);
        json!({ "logGroups": [], "nextToken": page.to_string() }).to_string()
    };
    let inner = Relay::start(Some(good.account.port()), complete());
    let relay = Relay::spoiling(inner.port, &["Logs_20140328.DescribeLogGroups"], endless);
    let after = Trailcheck::through(&relay.url(), &good.account)
        .audit(&[TWO_REGIONS, &["--timeout", "20s"]].concat());
    assert_only_unknown(&before, &after, |gap| {
        // Whatever is asked after the log groups is late as well.
        gap["kind"] == "transient" && text(gap, "detail").contains("deadline of 20s")
    });
    assert_eq!((after.code, after.outcome()), (Some(3), "incomplete"));
}
