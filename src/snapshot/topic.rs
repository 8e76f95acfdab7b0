//! SNS topics that trails notify.

use serde::{Deserialize, Serialize};

use super::{Action, Key, Observed};

/// One SNS topic that a trail, an alarm or an event rule notifies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Topic {
    /// Its ARN.
    pub arn: String,
    /// `GetTopicAttributes`; `Known(None)` if there is no such topic.
    pub attributes: Observed<Option<TopicAttributes>>,
    /// The KMS key that encrypts it; `None` if it is not encrypted, or that is unknown.
    pub key: Option<Key>,
    /// `ListSubscriptionsByTopic`, without those that are gone.
    #[serde(default = "no_subscriptions")]
    pub subscriptions: Observed<Vec<Subscription>>,
}

fn no_subscriptions() -> Observed<Vec<Subscription>> {
    Observed::not_collected(Action::ListSubscriptionsByTopic)
}

/// Somebody who asked to be told, or was asked whether they want to be. Who exactly is left
/// out: it is often somebody's e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Subscription {
    /// `Protocol`: `email`, `https`, `lambda`, `sqs`, ...
    pub protocol: String,
    /// Whether it is confirmed: `SubscriptionArn` is an ARN, and neither
    /// `PendingConfirmation` nor `Deleted`.
    pub confirmed: bool,
}

/// `GetTopicAttributes`, the parts that matter to a trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TopicAttributes {
    /// The topic policy's JSON text; every topic has one.
    pub policy: String,
    /// `KmsMasterKeyId` as the topic spells it; `None` if the topic is not encrypted.
    pub kms_key_id: Option<String>,
    /// `SubscriptionsConfirmed`.
    pub confirmed: u32,
    /// `SubscriptionsPending`.
    pub pending: u32,
}
