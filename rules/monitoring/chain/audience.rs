//! Whether somebody hears of what an alarm or an EventBridge rule sends to a topic.

use std::cell::OnceCell;

use super::link::{Link, Step};
use crate::policy::caller::{Caller, Membership};
use crate::policy::context::Context as Request;
use crate::policy::everywhere::{self, Everywhere};
use crate::policy::principal::Principal;
use crate::policy::truth::Doubt;
use crate::policy::world::World;
use crate::rule::{Context, listed};
use crate::snapshot::{
    Action, Gap, GapKind, KeyManager, Subscription, Topic, TopicAttributes, arn,
};

/// The topics of the account, and whether they can be published to.
pub(super) struct Audience<'a> {
    context: &'a Context<'a>,
    /// Reading the organization's policies takes time, and most topics need it once.
    world: OnceCell<World>,
}

/// A service that publishes, and what for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Publisher<'p> {
    /// `CloudWatch` or `EventBridge`.
    pub name: &'static str,
    /// Its service principal.
    pub service: &'static str,
    /// The ARN of the alarm or rule.
    pub source: &'p str,
    /// Whether the policy of a new topic, which admits everybody by `AWS:SourceOwner`, admits
    /// it: an alarm is, a rule is not.
    /// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html>
    pub owner: bool,
}

impl<'p> Publisher<'p> {
    /// CloudWatch, for an alarm.
    pub(super) fn alarm(source: &'p str) -> Self {
        Publisher {
            name: "CloudWatch",
            service: "cloudwatch.amazonaws.com",
            source,
            owner: true,
        }
    }

    /// EventBridge, for a rule.
    pub(super) fn rule(source: &'p str) -> Self {
        Publisher {
            name: "EventBridge",
            service: "events.amazonaws.com",
            source,
            owner: false,
        }
    }
}

impl<'a> Audience<'a> {
    /// The topics of an account.
    pub(super) fn of(context: &'a Context<'a>) -> Self {
        Audience {
            context,
            world: OnceCell::new(),
        }
    }

    /// Whether what is published to the topic reaches a confirmed subscriber.
    pub(super) fn hears(&self, topic_arn: &str, publisher: Publisher<'_>) -> Link {
        let account = self.context.account;
        let owner = arn::parse(topic_arn).map_or("", |arn| arn.account);
        if owner != account.id {
            return Link::Open(Gap::new(
                Action::GetTopicAttributes,
                GapKind::Unsupported,
                format!("topic `{topic_arn}` belongs to account {owner}; audit that account"),
            ));
        }
        let topic = match account.alarm_topic(topic_arn) {
            Ok(topic) => topic,
            Err(gap) => return Link::Open(gap),
        };
        let name = topic_name(topic_arn);
        let breaks = |why: String| Link::Breaks(Step::Audience, format!("topic `{name}` {why}"));
        let attributes = match topic.attributes.known() {
            Err(gap) => Link::Open(gap),
            Ok(None) => return breaks("does not exist".to_owned()),
            Ok(Some(attributes)) => {
                let published = self.admits(topic, publisher);
                published.then(|| self.decrypts(topic, attributes, publisher))
            }
        };
        let subscribed = match topic.subscriptions.known() {
            Err(gap) => Link::Open(gap),
            Ok(subscriptions) if subscriptions.iter().any(|one| one.confirmed) => Link::Holds,
            Ok(subscriptions) => breaks(nobody(subscriptions)),
        };
        subscribed.then(|| attributes)
    }

    /// Whether the topic policy lets the service publish.
    fn admits(&self, topic: &Topic, publisher: Publisher<'_>) -> Link {
        let name = topic_name(&topic.arn);
        let why = match self.permitted("sns:publish", &topic.arn, publisher, None) {
            Everywhere::Permitted => return Link::Holds,
            Everywhere::Open(keys) => {
                let action = Action::GetTopicAttributes;
                return Link::Open(self.open(action, publisher, "sns:Publish", &keys));
            }
            Everywhere::NotAllowed => "its policy does not allow it".to_owned(),
            Everywhere::Denied(statement) => format!("{statement} denies it"),
        };
        Link::Breaks(
            Step::Audience,
            format!("{} cannot publish to topic `{name}`: {why}", publisher.name),
        )
    }

    /// Whether the service can use the key of an encrypted topic.
    /// <https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html>
    fn decrypts(
        &self,
        topic: &Topic,
        attributes: &TopicAttributes,
        publisher: Publisher<'_>,
    ) -> Link {
        let Some(id) = &attributes.kms_key_id else {
            return Link::Holds;
        };
        let breaks = |why: &str| {
            let name = topic_name(&topic.arn);
            let who = publisher.name;
            Link::Breaks(
                Step::Audience,
                format!("{who} cannot publish to topic `{name}`, which `{id}` encrypts: {why}"),
            )
        };
        let by_aws = "the policy of a key that AWS manages does not let it in";
        if id.ends_with("alias/aws/sns") {
            return breaks(by_aws);
        }
        let Some(key) = &topic.key else {
            return Link::Open(Gap::new(
                Action::DescribeKey,
                GapKind::NotCollected,
                format!("the topic's key `{id}` is not in the snapshot"),
            ));
        };
        let description = match key.description.known() {
            Ok(description) => description,
            Err(gap) => return Link::Open(gap),
        };
        if description.manager == KeyManager::Aws {
            return breaks(by_aws);
        }
        if description.state != "Enabled" {
            return breaks(&format!("the key is in the state `{}`", description.state));
        }
        if let Err(gap) = key.policy.known() {
            return Link::Open(gap);
        }
        let topic = Some(topic.arn.as_str());
        let mut link = Link::Holds;
        for (action, name) in [
            ("kms:decrypt", "kms:Decrypt"),
            ("kms:generatedatakey", "kms:GenerateDataKey"),
        ] {
            link = link.then(
                || match self.permitted(action, &description.arn, publisher, topic) {
                    Everywhere::Permitted => Link::Holds,
                    Everywhere::NotAllowed => {
                        breaks(&format!("the key policy does not allow it `{name}`"))
                    }
                    Everywhere::Denied(by) => breaks(&format!("{by} denies it `{name}`")),
                    Everywhere::Open(keys) => {
                        Link::Open(self.open(Action::GetKeyPolicy, publisher, name, &keys))
                    }
                },
            );
        }
        link
    }

    fn permitted(
        &self,
        action: &str,
        resource: &str,
        publisher: Publisher<'_>,
        topic: Option<&str>,
    ) -> Everywhere {
        let account = &self.context.account.id;
        let service = Principal::Service(publisher.service.to_owned());
        let caller = Caller {
            organization: Membership::Outside,
            ..Caller::stranger(service)
        };
        let mut request = Request::new();
        request.set("aws:SourceArn", [publisher.source.to_owned()]);
        request.set("aws:SourceAccount", [account.clone()]);
        let owner = publisher.owner.then(|| account.clone());
        request.set("aws:SourceOwner", owner);
        if let Some(topic) = topic {
            request.set("kms:EncryptionContext:aws:sns:topicArn", [topic.to_owned()]);
        }
        everywhere::permitted(self.world(), &caller, action, resource, &request)
    }

    /// The organization and the topics, whose keys are known by their policies: no grant of a
    /// key is to a service for a topic.
    fn world(&self) -> &World {
        self.world.get_or_init(|| {
            let account = self.context.account;
            let mut world = World::of_organization(account);
            for topic in &account.alarm_topics {
                world.add_topic(account, topic);
                let Some(key) = &topic.key else { continue };
                if key.policy.if_known().is_some()
                    && let Some(resource) = world.resources.get_mut(&account.key_arn(key))
                {
                    resource.unread = false;
                }
            }
            world
        })
    }

    /// The gap that leaves an answer open: a missing fact that may decide it, or else what AWS
    /// does not say.
    fn open(&self, action: Action, publisher: Publisher<'_>, asked: &str, keys: &[String]) -> Gap {
        let account = self.context.account;
        let unread = keys.iter().any(|key| key == Doubt::Unread.as_str());
        let controls = account.resource_control_policies.gap();
        let missing = controls.filter(|_| unread).or(account.organization.gap());
        missing.cloned().unwrap_or_else(|| {
            let (who, on) = (publisher.name, listed(keys));
            let detail =
                format!("whether {who} is allowed `{asked}` for the topic depends on {on}");
            Gap::new(action, GapKind::Malformed, detail)
        })
    }
}

/// A topic's name.
pub(super) fn topic_name(topic_arn: &str) -> &str {
    topic_arn.rsplit(':').next().unwrap_or(topic_arn)
}

fn nobody(subscriptions: &[Subscription]) -> String {
    match subscriptions {
        [] => "has no subscription".to_owned(),
        [_] => "has no confirmed subscription: the only one is pending".to_owned(),
        many => format!(
            "has no confirmed subscription: all {} are pending",
            many.len()
        ),
    }
}
