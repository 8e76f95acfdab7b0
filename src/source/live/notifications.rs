//! What a log bucket tells of its objects, and whom.

use aws_sdk_s3::types as sdk;

use super::buckets::Asked;
use super::convert::setting;
use super::gap;
use crate::snapshot::{Action, BucketNotification, BucketNotifications, Gap};

const ACTION: Action = Action::GetBucketNotification;

/// The bucket's notifications; an empty answer means that there are none.
pub(super) async fn of(asked: &Asked<'_>) -> Result<BucketNotifications, Gap> {
    let answer = asked
        .ask(ACTION, |client| {
            client
                .get_bucket_notification_configuration()
                .bucket(asked.name)
                .send()
        })
        .await?
        .map_err(|error| gap::of(ACTION, &error))?;
    let topics = answer.topic_configurations.unwrap_or_default().into_iter();
    let queues = answer.queue_configurations.unwrap_or_default().into_iter();
    let functions = answer.lambda_function_configurations.unwrap_or_default();
    let told = topics
        .map(|to| (to.topic_arn, to.events, to.filter))
        .chain(queues.map(|to| (to.queue_arn, to.events, to.filter)))
        .chain(
            functions
                .into_iter()
                .map(|to| (to.lambda_function_arn, to.events, to.filter)),
        );
    Ok(BucketNotifications {
        event_bridge: answer.event_bridge_configuration.is_some(),
        destinations: told
            .map(|(arn, events, filter)| destination(arn, &events, filter))
            .collect::<Result<_, Gap>>()?,
    })
}

fn destination(
    arn: String,
    events: &[sdk::Event],
    filter: Option<sdk::NotificationConfigurationFilter>,
) -> Result<BucketNotification, Gap> {
    let mut notification = BucketNotification {
        // The SDK puts `""` where a required member is missing.
        arn: setting(Some(arn)).ok_or_else(|| gap::without(ACTION, "Arn"))?,
        events: events
            .iter()
            .map(|event| event.as_str().to_owned())
            .collect(),
        prefix: String::new(),
        suffix: String::new(),
    };
    let rules = filter
        .and_then(|filter| filter.key)
        .and_then(|key| key.filter_rules);
    for rule in rules.unwrap_or_default() {
        let name = rule.name.ok_or_else(|| gap::without(ACTION, "Name"))?;
        let value = rule.value.unwrap_or_default();
        // S3 answers `Prefix` where the API reference says `prefix`.
        match name.as_str().to_ascii_lowercase().as_str() {
            "prefix" => notification.prefix = value,
            "suffix" => notification.suffix = value,
            _ => {
                let detail = format!("`{name}` is no part of a key that S3 filters by");
                return Err(gap::malformed(ACTION, detail));
            }
        }
    }
    Ok(notification)
}

#[cfg(test)]
mod tests;
