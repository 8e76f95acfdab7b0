//! Who an SNS topic tells.

use aws_sdk_sns::types as sdk;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::convert::setting;
use super::gap;
use super::pages::Pages;
use super::session::Session;
use crate::snapshot::{Action, Gap, Subscription, arn};

const ACTION: Action = Action::ListSubscriptionsByTopic;

/// The topic's subscriptions; none if there is no such topic.
pub(super) async fn of(
    session: &Session,
    region: &str,
    topic: &str,
) -> Result<Vec<Subscription>, Gap> {
    let client = session.sns(region);
    let mut subscriptions = Vec::new();
    let mut pages = Pages::of(ACTION);
    let mut token = None;
    loop {
        let call = client
            .list_subscriptions_by_topic()
            .topic_arn(topic)
            .set_next_token(token)
            .send();
        let page = match session.ask(ACTION, region, call).await? {
            Ok(page) => page,
            // Whether the topic is there is told elsewhere.
            Err(error) if error.code() == Some("NotFound") => return Ok(Vec::new()),
            Err(error) => return Err(gap::of(ACTION, &error)),
        };
        for entry in page.subscriptions.unwrap_or_default() {
            subscriptions.extend(subscription(entry)?);
        }
        token = pages.after(page.next_token)?;
        if token.is_none() {
            let order = |s: &Subscription| (s.protocol.clone(), s.confirmed);
            subscriptions.sort_by_key(order);
            return Ok(subscriptions);
        }
    }
}

/// The subscription, unless it is gone. In place of the ARN of one that is not confirmed
/// stands `PendingConfirmation`, and of one that was deleted `Deleted`.
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html>
fn subscription(entry: sdk::Subscription) -> Result<Option<Subscription>, Gap> {
    let without = |member| gap::without(ACTION, member);
    let name = setting(entry.subscription_arn).ok_or_else(|| without("SubscriptionArn"))?;
    let confirmed = match name.as_str() {
        "Deleted" => return Ok(None),
        "PendingConfirmation" => false,
        name if arn::parse(name).is_some_and(|arn| arn.service == "sns") => true,
        name => {
            let detail = format!("`{name}` is not a subscription's ARN");
            return Err(gap::malformed(ACTION, detail));
        }
    };
    Ok(Some(Subscription {
        protocol: setting(entry.protocol).ok_or_else(|| without("Protocol"))?,
        confirmed,
    }))
}

#[cfg(test)]
mod tests;
