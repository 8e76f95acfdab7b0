//! The control that watches the watcher: calls that stop, blind or empty the audit trail.

use serde_json::{Value, json};

use super::changes::{everyone, filter_of, names_of};
use super::record::{Setting, bucket_named};
use super::{Control, Sample};

const ON_CLOUDTRAIL: &[&str] = &[
    "StopLogging",
    "DeleteTrail",
    "UpdateTrail",
    "PutEventSelectors",
    "PutInsightSelectors",
    "DeleteEventDataStore",
    "StopEventDataStoreIngestion",
];

const ON_THE_BUCKET: &[&str] = &[
    "PutBucketPolicy",
    "DeleteBucketPolicy",
    "PutBucketLifecycle",
    "PutBucketVersioning",
    "DeleteBucket",
];

/// The bucket that stands for the log bucket where none is known.
const SOME_BUCKET: &str = "amzn-s3-demo-logs";

/// The longest pattern that CloudWatch Logs takes.
const LONGEST_FILTER: usize = 1024;

pub(super) fn control(setting: &Setting<'_>) -> Control {
    let mut samples: Vec<Sample> = ON_CLOUDTRAIL
        .iter()
        .flat_map(|name| everyone(setting, "cloudtrail", name, false))
        .collect();
    let buckets: &[&str] = match setting.buckets {
        [] => &[SOME_BUCKET],
        named => named,
    };
    for bucket in buckets {
        for name in ON_THE_BUCKET {
            let event = match buckets {
                [_] => (*name).to_owned(),
                _ => format!("{name} on `{bucket}`"),
            };
            let calls = everyone(setting, "s3", name, false);
            samples.extend(calls.into_iter().map(|call| Sample {
                name: call.name.replacen(name, &event, 1),
                event: event.clone(),
                record: bucket_named(call.record, bucket, setting.account),
                by_root: call.by_root,
            }));
        }
    }
    Control {
        rule: "alarm-trail-tampering",
        samples,
        optional: Vec::new(),
        filter: filter(setting.buckets),
        event: event(setting.buckets),
    }
}

fn filter(buckets: &[&str]) -> String {
    let limited = |buckets: &[&str]| {
        let named: Vec<String> = buckets
            .iter()
            .map(|bucket| format!("($.requestParameters.bucketName = \"{bucket}\")"))
            .collect();
        let only = match named.as_slice() {
            [] => String::new(),
            _ => format!(" && ({})", named.join(" || ")),
        };
        format!(
            "{{ ({}) || ({}{only}) }}",
            filter_of("cloudtrail", ON_CLOUDTRAIL),
            filter_of("s3", ON_THE_BUCKET),
        )
    };
    let pattern = limited(buckets);
    if pattern.len() <= LONGEST_FILTER {
        pattern
    } else {
        limited(&[])
    }
}

fn event(buckets: &[&str]) -> String {
    let mut on_bucket = names_of("s3", ON_THE_BUCKET);
    if let (false, Some(fields)) = (buckets.is_empty(), on_bucket.as_object_mut()) {
        let names: Value = json!({"bucketName": buckets});
        fields.insert("requestParameters".to_owned(), names);
    }
    json!({
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {"$or": [names_of("cloudtrail", ON_CLOUDTRAIL), on_bucket]},
    })
    .to_string()
}
