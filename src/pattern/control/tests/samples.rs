use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::Sample;
use super::{Answer, Setting, Table, Verdict, at, caught_by_event, control, event, misses, table};

const RULES: [&str; 16] = [
    "alarm-unauthorized-api-calls",
    "alarm-console-sign-in-without-mfa",
    "alarm-root-usage",
    "alarm-iam-policy-changes",
    "alarm-cloudtrail-changes",
    "alarm-console-authentication-failures",
    "alarm-kms-key-deletion",
    "alarm-s3-bucket-policy-changes",
    "alarm-config-changes",
    "alarm-security-group-changes",
    "alarm-network-acl-changes",
    "alarm-network-gateway-changes",
    "alarm-route-table-changes",
    "alarm-vpc-changes",
    "alarm-organizations-changes",
    "alarm-trail-tampering",
];

fn every_sample() -> impl Iterator<Item = &'static Sample> {
    let of_controls = table()
        .controls()
        .iter()
        .flat_map(|control| control.samples().iter().chain(control.optional()));
    of_controls.chain(table().corpus())
}

#[test]
fn every_alarm_rule_has_a_control_in_ciss_order() {
    let rules: Vec<&str> = table()
        .controls()
        .iter()
        .map(|control| control.rule)
        .collect();
    assert_eq!(rules, RULES);
}

#[test]
fn every_record_has_the_fields_that_cloudtrail_always_writes() {
    for sample in every_sample() {
        for field in [
            "eventVersion",
            "eventTime",
            "eventSource",
            "eventName",
            "awsRegion",
            "sourceIPAddress",
            "userAgent",
            "eventID",
            "eventType",
            "recipientAccountId",
            "eventCategory",
        ] {
            let text = sample.record[field].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{} has no {field}", sample.name);
        }
        for field in ["readOnly", "managementEvent"] {
            assert!(sample.record[field].is_boolean(), "{} {field}", sample.name);
        }
        assert!(sample.record["userIdentity"].is_object(), "{}", sample.name);
    }
}

#[test]
fn samples_of_a_control_have_names_of_their_own() {
    for control in table().controls() {
        let names: BTreeSet<&str> = control
            .samples()
            .iter()
            .map(|sample| &*sample.name)
            .collect();
        assert_eq!(names.len(), control.samples().len(), "{}", control.rule);
    }
}

#[test]
fn every_change_is_shown_by_a_user_a_role_elsewhere_and_the_root_user() {
    for control in table().controls().iter().skip(3) {
        let changes = control.samples().iter();
        let changes = changes.filter(|sample| sample.record["eventType"] == "AwsApiCall");
        let mut kinds = std::collections::BTreeMap::<&str, BTreeSet<&str>>::new();
        let mut regions = BTreeSet::new();
        for sample in changes {
            let kind = sample.record["userIdentity"]["type"].as_str().unwrap();
            kinds.entry(&*sample.event).or_default().insert(kind);
            regions.insert(sample.region());
        }
        for (event, kinds) in &kinds {
            assert_eq!(kinds.len(), 3, "{} {event}", control.rule);
        }
        let regions = regions.len();
        let wanted = match (kinds.is_empty(), control.global()) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => 2,
        };
        assert_eq!(regions, wanted, "{}", control.rule);
    }
}

#[test]
fn only_iam_organizations_and_the_root_users_sign_in_are_global() {
    let global: Vec<&str> = table()
        .controls()
        .iter()
        .filter(|control| control.global())
        .map(|control| control.rule)
        .collect();
    assert_eq!(
        global,
        ["alarm-iam-policy-changes", "alarm-organizations-changes"]
    );
    let root = control("alarm-root-usage").samples();
    let global: Vec<&str> = root
        .iter()
        .filter(|sample| sample.global())
        .map(|sample| &*sample.name)
        .collect();
    assert_eq!(global, ["ConsoleLogin by the root user"]);
}

#[test]
fn only_refused_calls_and_the_root_user_need_read_events() {
    let reads: Vec<&str> = table()
        .controls()
        .iter()
        .filter(|control| control.reads())
        .map(|control| control.rule)
        .collect();
    assert_eq!(reads, ["alarm-unauthorized-api-calls", "alarm-root-usage"]);
}

#[test]
fn the_corpus_is_varied_and_belongs_to_no_control() {
    let corpus = table().corpus();
    let values = |path: &str| {
        let all = corpus.iter().map(|sample| at(&sample.record, path));
        all.map(Value::to_string).collect::<BTreeSet<_>>().len()
    };
    assert!(values("/eventSource") >= 15);
    assert!(values("/eventName") >= 30);
    assert!(values("/userIdentity/type") >= 3);
    assert!(values("/awsRegion") >= 2);
    assert!(values("/errorCode") >= 4);
    assert!(values("/eventType") >= 3);
    assert_eq!(values("/readOnly"), 2);
    for control in table().controls() {
        let pattern = event::Pattern::parse(control.event_pattern()).unwrap();
        for sample in corpus {
            let answer = pattern.matches(&sample.envelope(sample.region()));
            assert_eq!(answer, Answer::No, "{} and {}", control.rule, sample.name);
        }
    }
    let named: BTreeSet<&str> = table()
        .controls()
        .iter()
        .flat_map(|control| control.samples())
        .filter(|sample| sample.record.get("errorCode").is_none() && !sample.by_root)
        .filter_map(|sample| sample.record["eventName"].as_str())
        .filter(|name| *name != "ConsoleLogin")
        .collect();
    for sample in corpus {
        let name = sample.record["eventName"].as_str().unwrap();
        assert!(!named.contains(name), "{name}");
    }
}

#[test]
fn the_records_are_of_the_account_asked_about() {
    let setting = Setting {
        account: "444455556666",
        buckets: &["logs"],
    };
    let made = Table::of(&setting);
    for control in made.controls() {
        for sample in control.samples() {
            let text = sample.record.to_string();
            assert!(!text.contains("111122223333"), "{}", sample.name);
            assert_eq!(sample.record["recipientAccountId"], "444455556666");
        }
    }
    let limited = json!({"account": ["444455556666"], "detail": {"eventName": ["DisableKey", "ScheduleKeyDeletion"]}});
    let verdict = |table: &Table| {
        let caught = caught_by_event(table, &limited.to_string());
        table
            .control("alarm-kms-key-deletion")
            .unwrap()
            .judge(&caught)
    };
    assert_eq!(verdict(&made), Verdict::Covers);
    assert_eq!(verdict(table()), Verdict::NeverFires);
}

/// What a pattern on one bucket does for the control on tampering.
fn on_bucket(table: &Table, bucket: &str) -> Verdict {
    let cloudtrail = [
        "StopLogging",
        "DeleteTrail",
        "UpdateTrail",
        "PutEventSelectors",
        "PutInsightSelectors",
        "DeleteEventDataStore",
        "StopEventDataStoreIngestion",
    ];
    let s3 = [
        "PutBucketPolicy",
        "DeleteBucketPolicy",
        "PutBucketLifecycle",
        "PutBucketVersioning",
        "DeleteBucket",
    ];
    let pattern = json!({"detail": {"$or": [
        {"eventName": cloudtrail},
        {"eventName": s3, "requestParameters": {"bucketName": [bucket]}},
    ]}});
    let caught = caught_by_event(table, &pattern.to_string());
    table
        .control("alarm-trail-tampering")
        .unwrap()
        .judge(&caught)
}

#[test]
fn tampering_is_with_the_log_bucket_and_no_other() {
    let bucket_events = [
        "PutBucketPolicy",
        "DeleteBucketPolicy",
        "PutBucketLifecycle",
        "PutBucketVersioning",
        "DeleteBucket",
    ];
    let of = |buckets: &[&str]| {
        Table::of(&Setting {
            buckets,
            ..Setting::default()
        })
    };
    assert_eq!(on_bucket(&of(&["logs"]), "logs"), Verdict::Covers);
    assert_eq!(on_bucket(&of(&["logs"]), "other"), misses(&bucket_events));
    assert_eq!(on_bucket(table(), "logs"), misses(&bucket_events));
    let both = of(&["logs", "more"]);
    let of_more: Vec<String> = bucket_events
        .iter()
        .map(|event| format!("{event} on `more`"))
        .collect();
    assert_eq!(on_bucket(&both, "logs"), Verdict::Misses(of_more));
    let own = both.control("alarm-trail-tampering").unwrap();
    let caught = caught_by_event(&both, own.event_pattern());
    assert_eq!(own.judge(&caught), Verdict::Covers);
    assert!(
        own.filter_pattern()
            .contains("$.requestParameters.bucketName = \"more\"")
    );
}

#[test]
fn a_pattern_to_paste_is_never_longer_than_aws_takes() {
    let many: Vec<String> = (0..60)
        .map(|n| format!("logs-of-account-number-{n}"))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let setting = Setting {
        buckets: &many,
        ..Setting::default()
    };
    for table in [table(), &Table::of(&setting)] {
        for control in table.controls() {
            let (filter, event) = (control.filter_pattern(), control.event_pattern());
            assert!(filter.chars().count() <= 1024, "{}", control.rule);
            assert!(event.chars().count() <= event::LONGEST, "{}", control.rule);
        }
    }
}
