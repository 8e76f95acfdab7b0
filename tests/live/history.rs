//! The event history, of which no server has anything to tell.

use serde_json::json;

use super::accounts::{TWO_REGIONS, list_regions};
use super::good::Good;
use super::relay::{Documented, Relay};
use super::run::{Report, Trailcheck, text};
use super::watchers;

const ONLY_HISTORY: &[&str] = &["--rule", "no-recent-tampering"];

/// The good account's history, answered by `first` and then with no events.
fn with(good: &Good, first: Option<Documented>) -> Report {
    let mut replies: Vec<Documented> = first.into_iter().collect();
    replies.extend(watchers::documented());
    replies.push(list_regions());
    let relay = Relay::start(Some(good.account.port()), replies);
    let args = [TWO_REGIONS, ONLY_HISTORY].concat();
    Trailcheck::through(&relay.url(), &good.account).audit(&args)
}

/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events-cli.html>
#[test]
fn whoever_stopped_the_trail_is_found_in_one_regions_history_by_a_documented_reply() {
    let good = Good::on_moto();
    assert_eq!(
        text(with(&good, None).the("no-recent-tampering"), "status"),
        "pass"
    );
    let record = json!({ "eventVersion": "1.08",
        "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/Alice" },
        "eventName": "StopLogging", "sourceIPAddress": "203.0.113.4",
        "requestParameters": { "name": good.trail_arn() } });
    let event = json!({ "EventId": "0ebbaee4-6e67-431d-8225-ba0d81df5972",
        "EventName": "StopLogging", "EventTime": jiff::Timestamp::now().as_second() - 86_400,
        "Username": "Alice", "CloudTrailEvent": record.to_string(), "Resources": [] });
    let to = &["LookupEvents", "/us-east-1/cloudtrail/", "\"StopLogging\""];
    let reply = Documented::json(to, json!({ "Events": [event] }).to_string());
    let report = with(&good, Some(reply));
    let finding = report.the("no-recent-tampering");
    assert_eq!(text(finding, "status"), "fail", "{finding:#}");
    let message = text(finding, "message");
    for told in ["user/Alice", "203.0.113.4", "us-east-1"] {
        assert!(message.contains(told), "{message}");
    }
    assert_eq!(report.code, Some(1));
}

#[test]
fn a_history_that_cannot_be_read_is_unknown_and_shuts_the_gate() {
    let good = Good::on_moto();
    let args = [TWO_REGIONS, ONLY_HISTORY].concat();
    // moto has no such call.
    let report = Trailcheck::on(&good.account).audit(&args);
    let finding = report.the("no-recent-tampering");
    assert_eq!(text(finding, "status"), "unknown", "{finding:#}");
    assert_eq!(text(&finding["gap"], "action"), "cloudtrail:LookupEvents");
    assert_eq!(report.code, Some(3));
}
