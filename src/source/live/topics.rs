//! SNS topics that trails, alarms and event rules notify.

use std::collections::{BTreeSet, HashMap};

use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::convert::setting;
use super::gap;
use super::keys;
use super::regions::well_formed;
use super::session::{Session, Shared, all};
use super::subscriptions;
use crate::snapshot::{Action, Gap, Topic, TopicAttributes, Trail, arn};

const ACTION: Action = Action::GetTopicAttributes;

/// Every topic that one of the trails notifies, sorted by ARN.
pub(super) async fn of(session: &Shared, trails: &[Trail]) -> Vec<Topic> {
    let arns: BTreeSet<&String> = trails
        .iter()
        .filter_map(|trail| trail.sns_topic_arn.as_ref())
        .collect();
    read_all(session, arns.into_iter().cloned()).await
}

/// Every topic among what alarms and event rules do, sorted by ARN.
pub(super) async fn among(session: &Shared, told: BTreeSet<String>) -> Vec<Topic> {
    let topics = told
        .into_iter()
        .filter(|told| arn::parse(told).is_some_and(|told| told.service == "sns"));
    read_all(session, topics).await
}

async fn read_all(session: &Shared, arns: impl Iterator<Item = String>) -> Vec<Topic> {
    let asked = arns.map(|arn| {
        let session = session.clone();
        async move { topic(&session, arn).await }
    });
    let mut topics = all(asked).await;
    topics.sort_by(|a, b| a.arn.cmp(&b.arn));
    topics
}

async fn topic(session: &Session, arn: String) -> Topic {
    let (attributes, subscriptions) = tokio::join!(attributes(session, &arn), async {
        let region = region(Action::ListSubscriptionsByTopic, &arn)?;
        subscriptions::of(session, region, &arn).await
    });
    let reference = match &attributes {
        Ok(Some(attributes)) => attributes.kms_key_id.as_deref(),
        Ok(None) | Err(_) => None,
    };
    let key = match (reference, arn::parse(&arn)) {
        (Some(reference), Some(topic)) => Some(keys::read(session, reference, topic).await),
        _ => None,
    };
    Topic {
        attributes: attributes.into(),
        key,
        subscriptions: subscriptions.into(),
        arn,
    }
}

/// The Region of a topic.
fn region(action: Action, arn: &str) -> Result<&str, Gap> {
    let topic = arn::parse(arn).filter(|arn| arn.service == "sns" && well_formed(arn.region));
    let region = topic.map(|topic| topic.region);
    region.ok_or_else(|| gap::malformed(action, format!("`{arn}` is not a topic's ARN")))
}

async fn attributes(session: &Session, arn: &str) -> Result<Option<TopicAttributes>, Gap> {
    let region = region(ACTION, arn)?;
    let call = session
        .sns(region)
        .get_topic_attributes()
        .topic_arn(arn)
        .send();
    match session.ask(ACTION, region, call).await? {
        Ok(answer) => read(answer.attributes.unwrap_or_default()).map(Some),
        // <https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html>
        Err(error) if error.code() == Some("NotFound") => Ok(None),
        Err(error) => Err(gap::of(ACTION, &error)),
    }
}

fn read(mut attributes: HashMap<String, String>) -> Result<TopicAttributes, Gap> {
    let mut take = |name| setting(attributes.remove(name));
    let without = |member| gap::without(ACTION, member);
    let count = |text: Option<String>, name| {
        text.and_then(|text| text.parse().ok())
            .ok_or_else(|| without(name))
    };
    Ok(TopicAttributes {
        policy: take("Policy").ok_or_else(|| without("Policy"))?,
        kms_key_id: take("KmsMasterKeyId"),
        confirmed: count(take("SubscriptionsConfirmed"), "SubscriptionsConfirmed")?,
        pending: count(take("SubscriptionsPending"), "SubscriptionsPending")?,
    })
}

#[cfg(test)]
mod tests;
