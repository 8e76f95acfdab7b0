use serde_json::json;

use super::super::{Answer, Pattern, shows};
use crate::pattern::control::{Sample, table};

fn sees(pattern: &serde_json::Value) -> bool {
    Pattern::parse(&pattern.to_string())
        .unwrap()
        .may_see_cloudtrail()
}

#[test]
fn a_rule_is_left_aside_only_if_no_cloudtrail_event_can_match() {
    for pattern in [
        json!({"source": ["aws.cloudtrail"]}),
        json!({"source": ["aws.health"], "detail": {"x": ["y"]}}),
        json!({"detail-type": ["AWS API Call via CloudTrail"]}),
        json!({"detail-type": ["AWS Console Signin via CloudTrail"]}),
        json!({"detail-type": ["AWS Console Sign In via CloudTrail", "other"]}),
        json!({"detail-type": ["AWS Network Activity via CloudTrail"]}),
        json!({"detail-type": [{"suffix": "via CloudTrail"}]}),
        json!({"detail-type": [{"wildcard": "AWS API*"}]}),
        json!({"detail-type": [{"anything-but": "x"}]}),
        json!({"detail-type": [{"exists": true}]}),
        json!({"detail-type": [{"regex": "x"}]}),
        json!({"source": [{"prefix": "aws."}]}),
        json!({"source": [{"prefix": "a"}]}),
        json!({"source": [{"prefix": ""}]}),
        json!({"source": [{"prefix": "aws.s"}]}),
        json!({"source": [{"prefix": {"equals-ignore-case": "AWS.S"}}]}),
        json!({"account": ["111122223333"]}),
        json!({"$or": [{"source": ["my.app"]}, {"source": ["aws.s3"]}]}),
    ] {
        assert!(sees(&pattern), "{pattern}");
    }
    for pattern in [
        json!({"source": ["my.app"]}),
        json!({"source": [{"prefix": "my."}]}),
        json!({"source": [{"exists": false}]}),
        json!({"detail-type": ["EC2 Instance State-change Notification"]}),
        json!({"detail-type": [{"exists": false}]}),
        json!({"source": ["aws.s3"], "detail-type": ["Object Created"]}),
        json!({"$or": [{"source": ["my.app"]}, {"detail-type": ["Object Created"]}]}),
    ] {
        assert!(!sees(&pattern), "{pattern}");
    }
}

#[test]
fn every_sample_is_seen_by_a_pattern_that_may_see_cloudtrail() {
    let all =
        json!({"source": [{"prefix": "aws."}], "detail-type": [{"suffix": "via CloudTrail"}]});
    let all = Pattern::parse(&all.to_string()).unwrap();
    assert!(all.may_see_cloudtrail());
    for sample in table().corpus() {
        assert_eq!(all.matches(&sample.envelope("eu-west-1")), Answer::Yes);
    }
}

fn sample(wanted: impl Fn(&Sample) -> bool) -> &'static Sample {
    let mut samples = table()
        .controls()
        .iter()
        .flat_map(|control| control.samples());
    samples.find(|sample| wanted(sample)).unwrap()
}

#[test]
fn what_a_rule_is_shown_depends_on_its_state() {
    let read = sample(Sample::read_only);
    let write = sample(|sample| !sample.read_only());
    for (state, seen) in [
        ("ENABLED", [false, true]),
        (
            "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
            [true, true],
        ),
        ("DISABLED", [false, false]),
    ] {
        let shown = [read, write].map(|sample| shows(state, sample) == Answer::Yes);
        assert_eq!(shown, seen, "{state}");
    }
    assert!(
        matches!(shows("ENABLED_FOR_SOME", write), Answer::Open(why) if why.contains("`ENABLED_FOR_SOME`"))
    );
}

#[test]
fn the_envelope_is_the_record_in_the_rules_own_region() {
    let stop = sample(|sample| sample.event == "StopLogging");
    let event = stop.envelope("eu-north-1");
    assert_eq!(event["source"], "aws.cloudtrail");
    assert_eq!(event["detail-type"], "AWS API Call via CloudTrail");
    assert_eq!(event["region"], "eu-north-1");
    assert_eq!(event["detail"]["awsRegion"], "eu-north-1");
    assert_eq!(event["detail"]["eventName"], "StopLogging");
    assert_eq!(event["account"], event["detail"]["recipientAccountId"]);
}
