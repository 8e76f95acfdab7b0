//! What an event of the event history means for the trails.

use serde_json::Value;

use crate::snapshot::arn::{self, Arn};
use crate::snapshot::{Account, Action, Gap, GapKind, RecordedEvent, Trail};

/// What a call did, if it succeeded.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meaning {
    /// It weakened a trail, or what a trail needs.
    Weakened(String),
    /// It touched a trail, and whether for the worse the event does not tell.
    Touched(String),
    /// It is none of ours.
    Nothing,
}

/// What the event, recorded in `region`, means.
///
/// # Errors
/// The gap of a fact that it would have to be compared with.
pub(super) fn meaning(
    account: &Account,
    region: &str,
    event: &RecordedEvent,
) -> Result<Meaning, Gap> {
    let trail = || format!("trail `{}`", text(&event.request, "name").unwrap_or("?"));
    Ok(match event.name.as_str() {
        "StopLogging" => Meaning::Weakened(format!("stopped {}", trail())),
        "DeleteTrail" => Meaning::Weakened(format!("deleted {}", trail())),
        "PutEventSelectors" => {
            let subject = text(&event.request, "trailName").unwrap_or("?");
            Meaning::Weakened(format!("changed what trail `{subject}` records"))
        }
        "PutInsightSelectors" => insights(&event.request),
        "UpdateTrail" => update(account, region, &event.request)?,
        "DeleteEventDataStore" => Meaning::Weakened(format!("deleted {}", store(&event.request))),
        "StopEventDataStoreIngestion" => {
            Meaning::Weakened(format!("let no more events into {}", store(&event.request)))
        }
        "DisableKey" | "ScheduleKeyDeletion" => key(account, region, event)?,
        _ => bucket(account, event)?,
    })
}

/// What the event was about. CloudTrail leaves out parameters that are too long, which tells
/// nothing of whose they were:
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>.
fn subject<'e>(event: &'e RecordedEvent, parameter: &str) -> Result<&'e str, Gap> {
    text(&event.request, parameter).ok_or_else(|| {
        let (name, id) = (&event.name, &event.id);
        let detail = format!("`{name}` of event `{id}` does not tell its `{parameter}`");
        Gap::new(Action::LookupEvents, GapKind::Malformed, detail)
    })
}

fn store(request: &Value) -> String {
    let name = text(request, "eventDataStore").unwrap_or("?");
    format!("event data store `{name}`")
}

/// Turning Insights off is giving an empty list of them.
fn insights(request: &Value) -> Meaning {
    let subject = text(request, "trailName").unwrap_or("?");
    let selectors = member(request, "insightSelectors").and_then(Value::as_array);
    match selectors {
        Some(selectors) if selectors.is_empty() => {
            Meaning::Weakened(format!("turned the Insights of trail `{subject}` off"))
        }
        _ => Meaning::Touched(format!("changed the Insights of trail `{subject}`")),
    }
}

/// Settings of a trail that are weaker when false.
const FLAGS: [(&str, &str); 3] = [
    ("isMultiRegionTrail", "made a single-Region trail of"),
    (
        "enableLogFileValidation",
        "turned log file validation off for",
    ),
    (
        "includeGlobalServiceEvents",
        "left global service events out of",
    ),
];

/// Settings that are given up by naming nothing.
const GIVEN_UP: [(&str, &str); 2] = [
    ("kmsKeyId", "took the KMS key from"),
    ("cloudWatchLogsLogGroupArn", "took the log group from"),
];

/// Settings whose former value the event does not tell.
const SET: [(&str, &str); 5] = [
    ("s3BucketName", "bucket"),
    ("cloudWatchLogsLogGroupArn", "log group"),
    ("snsTopicName", "SNS topic"),
    ("kmsKeyId", "KMS key"),
    ("isOrganizationTrail", "organization flag"),
];

fn update(account: &Account, region: &str, request: &Value) -> Result<Meaning, Gap> {
    let name = text(request, "name").unwrap_or("?");
    let switched_off = FLAGS
        .iter()
        .filter(|(key, _)| member(request, key) == Some(&Value::Bool(false)));
    let nothing = |value: &Value| value.is_null() || value.as_str() == Some("");
    let given_up = GIVEN_UP
        .iter()
        .filter(|(key, _)| member(request, key).is_some_and(nothing));
    let mut worse: Vec<String> = switched_off
        .chain(given_up)
        .map(|(_, what)| format!("{what} trail `{name}`"))
        .collect();
    let mut doubt = None;
    match elsewhere(account, region, request, name) {
        Ok(found) => worse.extend(found),
        Err(gap) => doubt = Some(gap),
    }
    if !worse.is_empty() {
        return Ok(Meaning::Weakened(worse.join(", ")));
    }
    if let Some(gap) = doubt {
        return Err(gap);
    }
    let set: Vec<String> = SET
        .iter()
        .filter_map(|(key, what)| Some((what, member(request, key)?)))
        .map(|(what, value)| format!("the {what} to `{}`", plain(value)))
        .collect();
    Ok(match set.is_empty() {
        true => Meaning::Nothing,
        false => Meaning::Touched(format!("set {} of trail `{name}`", set.join(" and "))),
    })
}

/// Deliveries sent to another place than where the trail delivers today. An event that names
/// today's place may be the change to it or may repeat it, which nothing tells.
fn elsewhere(
    account: &Account,
    region: &str,
    request: &Value,
    name: &str,
) -> Result<Vec<String>, Gap> {
    let bucket = text(request, "s3BucketName").filter(|name| !name.is_empty());
    let group = text(request, "cloudWatchLogsLogGroupArn").filter(|arn| !arn.is_empty());
    if bucket.is_none() && group.is_none() {
        return Ok(Vec::new());
    }
    let is_it =
        |trail: &&Trail| trail.arn == name || (trail.name == name && trail.home_region == region);
    let Some(trail) = account.trails.iter().find(is_it) else {
        account.all_trails()?;
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    let stem = |arn: &str| arn.strip_suffix(":*").unwrap_or(arn).to_owned();
    let today = trail.log_group_arn.as_deref();
    if let (Some(then), Some(today)) = (group, today)
        && stem(then) != stem(today)
    {
        found.push(format!(
            "sent the events of trail `{name}` to log group `{then}` instead of `{today}`"
        ));
    }
    if let Some(then) = bucket {
        match trail.bucket.known() {
            Ok(today) if today != then => found.push(format!(
                "sent the log files of trail `{name}` to bucket `{then}` instead of `{today}`"
            )),
            Ok(_) => {}
            Err(gap) if found.is_empty() => return Err(gap),
            Err(_) => {}
        }
    }
    Ok(found)
}

/// What changes a log bucket for the worse. CloudTrail records lifecycle rules as
/// `PutBucketLifecycle`, whichever operation set them:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html>.
fn bucket(account: &Account, event: &RecordedEvent) -> Result<Meaning, Gap> {
    let called = event.name.as_str();
    let weakened = match called {
        "DeleteBucket" => "deleted",
        "DeleteBucketPolicy" => "deleted the policy of",
        "PutBucketLifecycle" => "changed the lifecycle rules of",
        "PutBucketVersioning" if suspends(&event.request) => "suspended the versioning of",
        "PutBucketVersioning" | "PutBucketPolicy" => "",
        _ => return Ok(Meaning::Nothing),
    };
    let name = subject(event, "bucketName")?;
    Ok(match is_log_bucket(account, name)? {
        false => Meaning::Nothing,
        true if weakened.is_empty() => {
            Meaning::Touched(format!("`{called}` on log bucket `{name}`"))
        }
        true => Meaning::Weakened(format!("{weakened} log bucket `{name}`")),
    })
}

fn suspends(request: &Value) -> bool {
    let configuration = member(request, "VersioningConfiguration");
    configuration.and_then(|set| text(set, "Status")) == Some("Suspended")
}

fn is_log_bucket(account: &Account, name: &str) -> Result<bool, Gap> {
    let mut doubt = None;
    for trail in &account.trails {
        match trail.bucket.known() {
            Ok(bucket) if bucket == name => return Ok(true),
            Ok(_) => {}
            Err(gap) => doubt = doubt.or(Some(gap)),
        }
    }
    account.all_trails()?;
    doubt.map_or(Ok(false), Err)
}

fn key(account: &Account, region: &str, event: &RecordedEvent) -> Result<Meaning, Gap> {
    let reference = subject(event, "keyId")?;
    Ok(match is_key_of_trail(account, region, reference)? {
        false => Meaning::Nothing,
        true if event.name == "DisableKey" => {
            Meaning::Weakened(format!("disabled KMS key `{reference}` of a trail"))
        }
        true => Meaning::Weakened(format!(
            "scheduled the deletion of KMS key `{reference}` of a trail"
        )),
    })
}

/// Keys are compared by ARN: a key id without one means the Region that the call went to,
/// and replicas of a multi-Region key share their id.
fn is_key_of_trail(account: &Account, region: &str, reference: &str) -> Result<bool, Gap> {
    let here = Arn {
        partition: &account.partition,
        service: "kms",
        region,
        account: &account.id,
        resource: "",
    };
    let meant = arn::of_key(reference, here);
    let mut doubt = None;
    for trail in &account.trails {
        let Some(used) = trail.kms_key_id.as_deref() else {
            continue;
        };
        let named = trail.key_arn();
        if named.is_some() && named == meant {
            return Ok(true);
        }
        let described = account.key(used).and_then(|key| key.description.known());
        match described {
            Ok(description) if Some(&description.arn) == meant.as_ref() => return Ok(true),
            Ok(_) => {}
            // Which key an alias stands for, only its description tells.
            Err(gap) if named.is_none_or(|named| named.contains(":alias/")) => {
                doubt = doubt.or(Some(gap));
            }
            Err(_) => {}
        }
    }
    account.all_trails()?;
    doubt.map_or(Ok(false), Err)
}

/// A member by name, whichever letters are capital: CloudTrail's own records spell
/// `kmsKeyId` and `kMSKeyId`.
fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let members = value.as_object()?;
    let mut found = members
        .iter()
        .filter(|(key, _)| key.eq_ignore_ascii_case(name));
    found.next().map(|(_, value)| value)
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    member(value, name)?.as_str()
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::snapshot::{Observed, story};

    const KEY: &str = "1111aaaa-22bb-33cc-44dd-5555eeee6666";

    fn event(name: &str, request: Value) -> RecordedEvent {
        RecordedEvent {
            name: name.to_owned(),
            request,
            ..story::stopped_logging()
        }
    }

    fn of(account: &Account, name: &str, request: Value) -> Result<Meaning, Gap> {
        meaning(account, "us-east-1", &event(name, request))
    }

    fn weakens(account: &Account, name: &str, request: Value) -> bool {
        matches!(of(account, name, request), Ok(Meaning::Weakened(_)))
    }

    fn touches(account: &Account, name: &str, request: Value) -> bool {
        matches!(of(account, name, request), Ok(Meaning::Touched(_)))
    }

    #[test]
    fn stopping_deleting_and_narrowing_a_trail_weaken_it_even_one_that_is_gone() {
        let account = story::pristine_account();
        assert!(weakens(&account, "StopLogging", json!({"name": "gone"})));
        assert!(weakens(&account, "DeleteTrail", Value::Null));
        let trail = json!({"trailName": "main", "eventSelectors": []});
        assert!(weakens(&account, "PutEventSelectors", trail));
        let none = json!({"trailName": "main", "insightSelectors": []});
        assert!(weakens(&account, "PutInsightSelectors", none));
        let some = json!({"trailName": "main", "insightSelectors": [{"insightType": "ApiCallRateInsight"}]});
        assert!(touches(&account, "PutInsightSelectors", some));
    }

    #[test]
    fn an_event_that_does_not_tell_which_bucket_or_key_it_was_about_is_no_harmless_one() {
        let account = story::pristine_account();
        for (name, parameter) in [
            ("DeleteBucket", "bucketName"),
            ("PutBucketLifecycle", "bucketName"),
            ("DisableKey", "keyId"),
            ("ScheduleKeyDeletion", "keyId"),
        ] {
            let gap = of(&account, name, Value::Null).unwrap_err();
            assert!(gap.detail.contains(parameter), "{}", gap.detail);
        }
    }

    #[test]
    fn an_event_data_store_is_weakened_by_deleting_and_by_stopping_it() {
        let account = story::pristine_account();
        let request = || json!({"eventDataStore": account.data_stores[0].arn});
        assert!(weakens(&account, "DeleteEventDataStore", request()));
        assert!(weakens(&account, "StopEventDataStoreIngestion", request()));
        let started = of(&account, "StartEventDataStoreIngestion", request());
        assert_eq!(started, Ok(Meaning::Nothing));
    }

    #[test]
    fn an_update_weakens_a_trail_by_what_it_switches_off_or_takes_away() {
        let account = story::pristine_account();
        for (key, value) in [
            ("isMultiRegionTrail", json!(false)),
            ("enableLogFileValidation", json!(false)),
            ("includeGlobalServiceEvents", json!(false)),
            ("kmsKeyId", json!("")),
            ("kMSKeyId", json!("")),
            ("kmsKeyId", Value::Null),
            ("cloudWatchLogsLogGroupArn", json!("")),
            ("s3BucketName", json!("somebody-elses-bucket")),
            (
                "cloudWatchLogsLogGroupArn",
                json!("arn:aws:logs:us-east-1:111122223333:log-group:elsewhere:*"),
            ),
        ] {
            let request = json!({"name": "main", key: value});
            assert!(weakens(&account, "UpdateTrail", request), "{key} {value}");
        }
        let both =
            json!({"name": "main", "isMultiRegionTrail": false, "enableLogFileValidation": false});
        let Ok(Meaning::Weakened(what)) = of(&account, "UpdateTrail", both) else {
            panic!("it is weaker");
        };
        assert_eq!(
            what,
            "made a single-Region trail of trail `main`, turned log file validation off for trail \
             `main`"
        );
    }

    #[test]
    fn an_update_that_names_what_the_trail_has_today_is_shown_and_one_that_strengthens_is_not() {
        let account = story::pristine_account();
        for (key, value) in [
            ("s3BucketName", json!("example-trail-logs")),
            (
                "cloudWatchLogsLogGroupArn",
                json!("arn:aws:logs:us-east-1:111122223333:log-group:trail-main"),
            ),
            ("snsTopicName", json!("other")),
            ("kmsKeyId", json!("alias/other")),
            ("isOrganizationTrail", json!(false)),
        ] {
            let request = json!({"name": "main", key: value});
            assert!(touches(&account, "UpdateTrail", request), "{key}");
        }
        let stronger =
            json!({"name": "main", "enableLogFileValidation": true, "isMultiRegionTrail": true});
        assert_eq!(of(&account, "UpdateTrail", stronger), Ok(Meaning::Nothing));
        let gone = json!({"name": "gone", "s3BucketName": "elsewhere"});
        assert!(touches(&account, "UpdateTrail", gone));
    }

    #[test]
    fn a_trail_of_the_same_name_in_another_region_is_another_trail() {
        let mut account = story::pristine_account();
        let mut twin = account.trail_mut().twin("main", "eu-west-1");
        twin.bucket = Observed::Known("other-logs".to_owned());
        account.trails.push(twin);
        let request = json!({"name": "main", "s3BucketName": "other-logs"});
        assert!(weakens(&account, "UpdateTrail", request.clone()));
        let elsewhere = meaning(&account, "eu-west-1", &event("UpdateTrail", request));
        assert!(matches!(elsewhere, Ok(Meaning::Touched(_))));
    }

    #[test]
    fn what_would_have_to_be_compared_with_a_missing_fact_is_unknown() {
        let mut account = story::pristine_account();
        let update = json!({"name": "main", "s3BucketName": "elsewhere"});
        account.trail_mut().bucket = story::denied(Action::DescribeTrails);
        assert!(of(&account, "UpdateTrail", update.clone()).is_err());
        let certain = json!({"name": "main", "s3BucketName": "x", "isMultiRegionTrail": false});
        assert!(weakens(&account, "UpdateTrail", certain));
        let policy = json!({"bucketName": "example-trail-logs"});
        assert!(of(&account, "DeleteBucketPolicy", policy.clone()).is_err());
        let mut account = story::bare_account();
        account.first_region_mut().trails = story::denied(Action::DescribeTrails);
        assert!(of(&account, "UpdateTrail", update).is_err());
        assert!(of(&account, "DeleteBucketPolicy", policy).is_err());
        assert!(of(&account, "DisableKey", json!({"keyId": KEY})).is_err());
    }

    #[test]
    fn what_weakens_a_bucket_counts_on_a_log_bucket_only() {
        let account = story::pristine_account();
        for name in ["DeleteBucket", "DeleteBucketPolicy", "PutBucketLifecycle"] {
            let request = json!({"bucketName": "example-trail-logs"});
            assert!(weakens(&account, name, request), "{name}");
            let other = json!({"bucketName": "pictures"});
            assert_eq!(of(&account, name, other), Ok(Meaning::Nothing), "{name}");
        }
        let versioning = |status: &str| {
            json!({"bucketName": "example-trail-logs",
                "VersioningConfiguration": {"Status": status}})
        };
        let suspended = versioning("Suspended");
        assert!(weakens(&account, "PutBucketVersioning", suspended));
        assert!(touches(
            &account,
            "PutBucketVersioning",
            versioning("Enabled")
        ));
        let policy = json!({"bucketName": "example-trail-logs"});
        assert!(touches(&account, "PutBucketPolicy", policy));
    }

    #[test]
    fn a_key_is_recognised_by_its_id_its_arn_and_through_the_alias_that_the_trail_uses() {
        let mut account = story::pristine_account();
        let arn = format!("arn:aws:kms:us-east-1:111122223333:key/{KEY}");
        for name in ["DisableKey", "ScheduleKeyDeletion"] {
            assert!(weakens(&account, name, json!({"keyId": KEY})), "{name}");
            assert!(weakens(&account, name, json!({"keyId": arn})), "{name}");
            let other = of(&account, name, json!({"keyId": "other"}));
            assert_eq!(other, Ok(Meaning::Nothing), "{name}");
        }
        let replica = event("DisableKey", json!({"keyId": KEY}));
        let replica = meaning(&account, "eu-west-1", &replica);
        assert_eq!(replica, Ok(Meaning::Nothing));
        account.trail_mut().kms_key_id = Some("alias/trail".to_owned());
        account.key_mut().references = vec!["alias/trail".to_owned()];
        assert!(weakens(&account, "DisableKey", json!({"keyId": KEY})));
        account.key_mut().description = story::denied(Action::DescribeKey);
        assert!(of(&account, "DisableKey", json!({"keyId": KEY})).is_err());
        account.trail_mut().kms_key_id = None;
        let unused = of(&account, "DisableKey", json!({"keyId": KEY}));
        assert_eq!(unused, Ok(Meaning::Nothing));
    }

    #[test]
    fn keys_of_other_partitions_are_compared_in_theirs() {
        let mut account = story::pristine_account();
        account.partition = "aws-cn".to_owned();
        let arn = format!("arn:aws-cn:kms:cn-north-1:111122223333:key/{KEY}");
        let trail = account.trail_mut();
        trail.arn = "arn:aws-cn:cloudtrail:cn-north-1:111122223333:trail/main".to_owned();
        trail.home_region = "cn-north-1".to_owned();
        trail.kms_key_id = Some(arn);
        let disabled = event("DisableKey", json!({"keyId": KEY}));
        let here = meaning(&account, "cn-north-1", &disabled);
        assert!(matches!(here, Ok(Meaning::Weakened(_))));
    }
}
