//! SNS topics that trails notify.

use std::collections::{BTreeSet, HashMap};

use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::convert::setting;
use super::gap;
use super::keys;
use super::regions::well_formed;
use super::session::{Session, Shared, all};
use crate::snapshot::{Action, Gap, Observed, Topic, TopicAttributes, Trail, arn};

const ACTION: Action = Action::GetTopicAttributes;

/// Every topic that one of the trails notifies, sorted by ARN.
pub(super) async fn of(session: &Shared, trails: &[Trail]) -> Vec<Topic> {
    let arns: BTreeSet<&String> = trails
        .iter()
        .filter_map(|trail| trail.sns_topic_arn.as_ref())
        .collect();
    let asked = arns.into_iter().cloned().map(|arn| {
        let session = session.clone();
        async move { topic(&session, arn).await }
    });
    let mut topics = all(asked).await;
    topics.sort_by(|a, b| a.arn.cmp(&b.arn));
    topics
}

async fn topic(session: &Session, arn: String) -> Topic {
    let attributes = attributes(session, &arn).await;
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
        subscriptions: Observed::not_collected(Action::ListSubscriptionsByTopic),
        arn,
    }
}

async fn attributes(session: &Session, arn: &str) -> Result<Option<TopicAttributes>, Gap> {
    let region = arn::parse(arn)
        .filter(|arn| arn.service == "sns" && well_formed(arn.region))
        .ok_or_else(|| gap::malformed(ACTION, format!("`{arn}` is not a topic's ARN")))?
        .region;
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
