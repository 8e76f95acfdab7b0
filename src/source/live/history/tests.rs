use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;

use super::super::canned::{Canned, Reply, request};
use super::super::tests::gaps;
use super::super::{Request, tests::collected};
use super::*;
use crate::snapshot::{Account, Observed};

/// The event history and nothing else that is not always asked for, 90 days back from a day
/// that can be told in the past.
fn history_only() -> Request {
    Request {
        actions: BTreeSet::from([ACTION]),
        clock: || Timestamp::from_second(1_766_000_000).unwrap(),
        ..request()
    }
}

async fn seen_by(canned: &Canned) -> Account {
    canned.collect(&history_only()).await.unwrap()
}

fn here(account: &Account) -> &Observed<Vec<RecordedEvent>> {
    &account.regions["us-east-1"].history
}

/// The name that a call looks up.
fn looked_up(body: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap();
    let attributes = body["LookupAttributes"].as_array().unwrap();
    assert_eq!(attributes.len(), 1, "AWS takes one attribute a call");
    assert_eq!(attributes[0]["AttributeKey"], "EventName");
    attributes[0]["AttributeValue"].as_str().unwrap().to_owned()
}

fn event(id: &str, name: &str, time: i64, record: &Value) -> Value {
    json!({ "EventId": id, "EventName": name, "EventTime": time,
        "CloudTrailEvent": record.to_string() })
}

fn page(events: &[Value], next: Option<&str>) -> Reply {
    let mut body = json!({ "Events": events });
    if let Some(next) = next {
        body["NextToken"] = json!(next);
    }
    Reply::new(200, body.to_string())
}

/// In `us-east-1` this page for that name, and no event anywhere else.
fn only(name: &'static str, reply: Reply) -> Canned {
    Canned::new(move |seen| {
        (seen.action == ACTION).then(|| {
            let this = seen.region == "us-east-1" && looked_up(&seen.body) == name;
            if this { reply.clone() } else { page(&[], None) }
        })
    })
}

fn by(arn: &str) -> Value {
    json!({ "eventVersion": "1.08", "userIdentity": { "type": "IAMUser", "arn": arn } })
}

/// The record is AWS's example of an `UpdateTrail` that was refused; no server here has events.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html>
#[tokio::test]
async fn an_event_as_aws_documents_it_tells_who_did_what_from_where_and_how_it_went() {
    let record = json!({ "eventVersion": "1.04",
        "userIdentity": { "type": "IAMUser", "principalId": "EXAMPLE6E4XEGITWATV6R",
            "arn": "arn:aws:iam::123456789012:user/Mary_Major", "accountId": "123456789012",
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "userName": "Mary_Major" },
        "eventTime": "2016-07-14T19:15:45Z", "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "UpdateTrail", "awsRegion": "us-east-2",
        "sourceIPAddress": "205.251.233.182", "userAgent": "aws-cli/1.10.32 Python/2.7.9",
        "errorCode": "TrailNotFoundException",
        "errorMessage": "Unknown trail: myTrail2 for the user: 123456789012",
        "requestParameters": { "name": "myTrail2" }, "responseElements": null,
        "eventID": "b7d4398e-b2f0-4faa-9c76-e2d316a8d67f", "eventType": "AwsApiCall" });
    let reply = page(
        &[event("b7d4398e", "UpdateTrail", 1_468_523_745, &record)],
        None,
    );
    let account = seen_by(&only("UpdateTrail", reply)).await;
    let expected = RecordedEvent {
        id: "b7d4398e".to_owned(),
        name: "UpdateTrail".to_owned(),
        time: "2016-07-14T19:15:45Z".parse().unwrap(),
        principal: "arn:aws:iam::123456789012:user/Mary_Major".to_owned(),
        source_ip: Some("205.251.233.182".to_owned()),
        error_code: Some("TrailNotFoundException".to_owned()),
        request: json!({ "name": "myTrail2" }),
    };
    assert_eq!(here(&account), &Observed::Known(vec![expected]));
    let elsewhere = &account.regions["af-south-1"].history;
    assert_eq!(elsewhere, &Observed::Known(Vec::new()));
}

#[tokio::test]
async fn every_region_is_asked_for_every_name_over_90_days_and_fifty_events_a_page() {
    let canned = Canned::new(|seen| (seen.action == ACTION).then(|| page(&[], None)));
    seen_by(&canned).await;
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for seen in canned.seen().iter().filter(|seen| seen.action == ACTION) {
        let body: Value = serde_json::from_str(&seen.body).unwrap();
        assert_eq!(body["MaxResults"], 50);
        assert_eq!(body["StartTime"], 1_766_000_000 - 90 * 86_400);
        let asked = names.entry(seen.region.clone()).or_default();
        asked.push(looked_up(&seen.body));
    }
    assert_eq!(
        names.keys().collect::<Vec<_>>(),
        ["af-south-1", "us-east-1"]
    );
    for asked in names.values() {
        assert_eq!(asked, NAMES);
    }
}

#[tokio::test]
async fn events_on_all_pages_of_all_names_come_with_the_newest_first() {
    let canned = Canned::new(|seen| {
        (seen.action == ACTION).then(|| {
            let body: Value = serde_json::from_str(&seen.body).unwrap();
            let alice = by("alice");
            match (looked_up(&seen.body).as_str(), body["NextToken"].as_str()) {
                ("StopLogging", None) => {
                    page(&[event("a", "StopLogging", 10, &alice)], Some("two"))
                }
                ("StopLogging", Some("two")) => page(&[], Some("three")),
                ("StopLogging", Some("three")) => {
                    page(&[event("b", "StopLogging", 30, &alice)], None)
                }
                ("DisableKey", None) => page(&[event("c", "DisableKey", 20, &alice)], None),
                (_, None) => page(&[], None),
                other => panic!("nobody gave {other:?} to ask with"),
            }
        })
    });
    let account = seen_by(&canned).await;
    let events = here(&account).known().unwrap();
    let ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids, ["b", "c", "a"]);
}

#[tokio::test]
async fn a_page_that_repeats_is_no_answer() {
    let account = seen_by(&only("DeleteTrail", page(&[], Some("again")))).await;
    let gap = here(&account).gap().unwrap();
    assert_eq!(gap.kind, GapKind::Malformed);
    assert!(gap.detail.contains("repeat"), "{}", gap.detail);
}

#[tokio::test]
async fn one_name_that_cannot_be_looked_up_leaves_its_regions_history_unknown() {
    for (reply, kind) in [
        (Reply::denial(ACTION), GapKind::AccessDenied),
        (
            Reply::json_error("ThrottlingException", "Rate exceeded"),
            GapKind::Throttled,
        ),
        (Reply::new(200, "{}"), GapKind::Malformed),
        (Reply::new(200, r#"{"Events":null}"#), GapKind::Malformed),
        (Reply::new(200, r#"{"Events":[{}]}"#), GapKind::Malformed),
    ] {
        let what = reply.body.clone();
        let account = seen_by(&only("PutBucketPolicy", reply)).await;
        let gap = here(&account).gap().unwrap();
        assert_eq!(
            (gap.kind, gap.action.as_str()),
            (kind, ACTION.iam()),
            "{what}"
        );
        assert!(account.regions["af-south-1"].history.gap().is_none());
    }
}

#[tokio::test]
async fn nobody_is_nameless() {
    for (identity, name) in [
        (
            json!({ "type": "Root", "arn": "arn:aws:iam::1:root" }),
            "arn:aws:iam::1:root",
        ),
        (
            json!({ "type": "AWSService", "invokedBy": "config.amazonaws.com" }),
            "config.amazonaws.com",
        ),
        (
            json!({ "type": "WebIdentityUser", "principalId": "provider:app:user", "userName": "a" }),
            "provider:app:user",
        ),
        (json!({ "type": "Unknown", "userName": "alice" }), "alice"),
    ] {
        let record = json!({ "userIdentity": identity });
        let reply = page(&[event("a", "StopLogging", 1, &record)], None);
        let account = seen_by(&only("StopLogging", reply)).await;
        let events = here(&account).known().unwrap();
        assert_eq!(events[0].principal, name);
        assert_eq!(
            (&events[0].source_ip, &events[0].error_code),
            (&None, &None)
        );
        assert_eq!(events[0].request, Value::Null);
    }
    let reply = page(&[event("a", "StopLogging", 1, &json!({}))], None);
    let account = seen_by(&only("StopLogging", reply)).await;
    let gap = here(&account).gap().unwrap();
    assert!(gap.detail.contains("`userIdentity`"), "{}", gap.detail);
}

#[tokio::test]
async fn a_record_that_is_none_is_malformed_and_named() {
    let mut broken = event("a-1", "StopLogging", 1, &json!({}));
    broken["CloudTrailEvent"] = json!("{\"userIdentity\":");
    let account = seen_by(&only("StopLogging", page(&[broken], None))).await;
    let gap = here(&account).gap().unwrap();
    assert_eq!(gap.kind, GapKind::Malformed);
    assert!(gap.detail.contains("`a-1`"), "{}", gap.detail);
}

#[tokio::test]
async fn more_events_than_are_kept_are_a_gap_and_none_is_dropped_in_silence() {
    for (pages, kept) in [(40, true), (41, false)] {
        let at = AtomicUsize::new(0);
        let canned = Canned::new(move |seen| {
            let this = seen.action == ACTION
                && seen.region == "us-east-1"
                && looked_up(&seen.body) == "PutBucketPolicy";
            let number = if this {
                at.fetch_add(1, Ordering::SeqCst) + 1
            } else {
                0
            };
            let next = number.to_string();
            (seen.action == ACTION).then(|| match number {
                0 => page(&[], None),
                _ => {
                    let events: Vec<Value> = (0..50)
                        .map(|id| event(&format!("{id}"), "PutBucketPolicy", 1, &by("ci")))
                        .collect();
                    page(&events, (number < pages).then_some(next.as_str()))
                }
            })
        });
        let account = seen_by(&canned).await;
        match here(&account).known() {
            Ok(events) => assert!(kept && events.len() == KEPT),
            Err(gap) => {
                assert!(!kept, "{gap:?}");
                assert_eq!(gap.kind, GapKind::Unsupported);
                assert!(gap.detail.contains("more than the 2000"), "{}", gap.detail);
            }
        }
    }
}

#[tokio::test]
async fn when_its_half_of_the_time_is_over_that_is_a_gap_and_everything_else_is_read() {
    let canned = Canned::new(|seen| {
        (seen.action == ACTION && seen.region == "us-east-1").then(|| {
            match looked_up(&seen.body).as_str() {
                "StopLogging" => page(&[event("a", "StopLogging", 1, &by("alice"))], None),
                "DeleteTrail" => page(&[], None),
                _ => Reply::never(),
            }
        })
    });
    let timeout = Duration::from_secs(4);
    let account = canned.collect_within(timeout, &request()).await.unwrap();
    let gaps = gaps(&account);
    assert_eq!(gaps.len(), 1, "{gaps:#?}");
    assert_eq!(gaps[0], here(&account).gap().unwrap().clone());
    assert_eq!(gaps[0].kind, GapKind::Transient);
    assert_eq!(
        gaps[0].detail,
        "the event history may take half of the run's 4s (--timeout), and when that was over \
         2 of 14 event names had been read, with 1 events so far; a longer --timeout gives it \
         more"
    );
}

#[tokio::test]
async fn nobody_is_asked_for_a_history_that_nobody_wants() {
    let canned = Canned::new(|_| None);
    let mut request = request();
    request.actions.remove(&ACTION);
    let account = canned.collect(&request).await.unwrap();
    assert_eq!(here(&account).gap().unwrap().kind, GapKind::NotCollected);
    assert!(!canned.seen().iter().any(|seen| seen.action == ACTION));
    assert!(here(&collected(&canned).await).gap().is_none());
}
