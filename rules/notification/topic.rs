//! Whom a topic's policy lets in, and whether its key lets CloudTrail in.

use crate::policy::binding::{self, Bound, Use};
use crate::policy::caller::{Membership, Owner};
use crate::policy::case::Policy;
use crate::policy::cloudtrail;
use crate::policy::context::Context as Request;
use crate::policy::document::Document;
use crate::policy::everyone;
use crate::policy::everywhere::{self, Everywhere};
use crate::policy::pattern::Target;
use crate::policy::truth::Doubt;
use crate::policy::world::World;
use crate::rule::{Context, listed};
use crate::snapshot::{Action, Gap, GapKind, Key, KeyManager, Topic, TopicAttributes, Trail, arn};

/// What a topic policy can allow.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html>
const ACTIONS: [&str; 9] = [
    "sns:publish",
    "sns:subscribe",
    "sns:settopicattributes",
    "sns:addpermission",
    "sns:removepermission",
    "sns:deletetopic",
    "sns:gettopicattributes",
    "sns:listsubscriptionsbytopic",
    "sns:receive",
];

/// One topic.
pub(super) struct Judged<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) topic: &'a Topic,
    pub(super) world: World,
}

/// What is wrong, in words; nothing if all is well.
pub(super) type Faults = Result<Vec<String>, Gap>;

impl Judged<'_> {
    /// Whether CloudTrail may publish for known trails only.
    pub(super) fn bound(&self, attributes: &TopicAttributes) -> Faults {
        let document = Document::parse(&attributes.policy).map_err(not_understood)?;
        let service = cloudtrail::caller();
        let of = Use {
            service: &service,
            action: "sns:publish",
            target: &Target::One(self.topic.arn.clone()),
            owner: &self.owner(),
        };
        let (mut faults, mut missing) = (Vec::new(), None);
        for grant in binding::grants(&document, of).map_err(not_understood)? {
            let whose = match binding::bound(&grant.scope, self.context.account) {
                Ok(Bound::To(_)) => continue,
                Ok(Bound::ToStrangers(id)) => {
                    format!("trails of organization `{id}`, which is not yours")
                }
                Ok(Bound::Unbound) => "anybody's trail".to_owned(),
                Err(gap) => {
                    missing.get_or_insert(gap);
                    continue;
                }
            };
            faults.push(format!(
                "{} of the topic policy lets CloudTrail publish for {whose}",
                grant.statement
            ));
        }
        match missing {
            Some(gap) if faults.is_empty() => Err(gap),
            _ => Ok(faults),
        }
    }

    /// Whether everybody may do something with the topic.
    pub(super) fn open(&self, attributes: &TopicAttributes) -> Faults {
        let document = Document::parse(&attributes.policy).map_err(not_understood)?;
        let policy = Policy {
            name: "topic policy".to_owned(),
            document,
        };
        let target = Target::One(self.topic.arn.clone());
        let mut faults = Vec::new();
        for action in ACTIONS {
            let open = everyone::admitted(&policy, action, &target, &["aws:sourceorgid"])
                .map_err(not_understood)?;
            for statement in open {
                if !faults.contains(&statement) {
                    faults.push(statement);
                }
            }
        }
        Ok(match faults.as_slice() {
            [] => Vec::new(),
            [one] => vec![format!("{one} of the topic policy is open to everybody")],
            many => vec![format!(
                "{} of the topic policy are open to everybody",
                listed(many)
            )],
        })
    }

    /// Whether CloudTrail may publish for each trail that notifies the topic.
    pub(super) fn delivers(&self) -> Faults {
        let mut faults = Vec::new();
        for trail in self.trails() {
            let request = cloudtrail::request(self.context.account, trail);
            let why = match self.permitted("sns:publish", &self.topic.arn, &request) {
                Everywhere::Permitted => continue,
                Everywhere::NotAllowed => "no statement of the topic policy allows it".to_owned(),
                Everywhere::Denied(statement) => format!("{statement} denies it"),
                Everywhere::Open(keys) => {
                    let action = Action::GetTopicAttributes;
                    return Err(self.open_answer(action, "sns:Publish", &keys));
                }
            };
            faults.push(format!(
                "CloudTrail cannot publish for trail `{}`: {why}",
                trail.name
            ));
        }
        Ok(faults)
    }

    /// Whether an encrypted topic's key lets CloudTrail in.
    pub(super) fn encrypted(&self, attributes: &TopicAttributes) -> Faults {
        let Some(id) = &attributes.kms_key_id else {
            return Ok(Vec::new());
        };
        let by_aws = "the topic is encrypted with a key that AWS manages, whose policy does not \
                      let CloudTrail in";
        if id.ends_with("alias/aws/sns") {
            return Ok(vec![by_aws.to_owned()]);
        }
        let Some(key) = &self.topic.key else {
            return Err(Gap::new(
                Action::DescribeKey,
                GapKind::NotCollected,
                format!("the topic's key `{id}` is not in the snapshot"),
            ));
        };
        if key.description.known()?.manager == KeyManager::Aws {
            return Ok(vec![by_aws.to_owned()]);
        }
        self.usable(key)
    }

    fn usable(&self, key: &Key) -> Faults {
        let arn = &key.description.known()?.arn;
        let policy = Policy::new("key policy", key.policy.known()?);
        if let Some(doubt) = policy.document.doubt() {
            return Err(Gap::new(
                Action::GetKeyPolicy,
                GapKind::Malformed,
                format!("the policy of the topic's key cannot be understood: {doubt}"),
            ));
        }
        let mut world = self.world.clone();
        if let Some(resource) = world.resources.get_mut(arn) {
            // No grant of a key is to CloudTrail for a topic.
            resource.policies = vec![policy];
            resource.unread = false;
        }
        let mut faults = Vec::new();
        for (action, name) in [
            ("kms:generatedatakey", "kms:GenerateDataKey"),
            ("kms:decrypt", "kms:Decrypt"),
        ] {
            for trail in self.trails() {
                let mut request = cloudtrail::request(self.context.account, trail);
                request.set(
                    "kms:EncryptionContext:aws:sns:topicArn",
                    [self.topic.arn.clone()],
                );
                let caller = cloudtrail::caller();
                let why = match everywhere::permitted(&world, &caller, action, arn, &request) {
                    Everywhere::Permitted => continue,
                    Everywhere::NotAllowed => "its policy does not allow it".to_owned(),
                    Everywhere::Denied(statement) => format!("{statement} denies it"),
                    Everywhere::Open(keys) => {
                        return Err(self.open_answer(Action::GetKeyPolicy, name, &keys));
                    }
                };
                faults.push(format!(
                    "CloudTrail cannot use the topic's key for `{name}`: {why}"
                ));
                break;
            }
        }
        Ok(faults)
    }

    fn permitted(&self, action: &str, arn: &str, request: &Request) -> Everywhere {
        everywhere::permitted(&self.world, &cloudtrail::caller(), action, arn, request)
    }

    fn trails(&self) -> impl Iterator<Item = &Trail> {
        let notifies = |trail: &&Trail| trail.sns_topic_arn.as_ref() == Some(&self.topic.arn);
        self.context.account.trails.iter().filter(notifies)
    }

    /// The gap that leaves an answer open: a missing fact that may decide it, or else what
    /// AWS does not say. Without the organization nobody knows which of its policies bind.
    fn open_answer(&self, action: Action, asked: &str, keys: &[String]) -> Gap {
        let account = self.context.account;
        let unread = keys.iter().any(|key| key == Doubt::Unread.as_str());
        let controls = account.resource_control_policies.gap();
        let missing = controls.filter(|_| unread).or(account.organization.gap());
        missing.cloned().unwrap_or_else(|| {
            Gap::new(
                action,
                GapKind::Malformed,
                format!(
                    "whether CloudTrail is allowed `{asked}` depends on {}, and AWS does not say \
                     what it sends",
                    listed(keys)
                ),
            )
        })
    }

    fn owner(&self) -> Owner {
        Owner {
            not: None,
            account: arn::parse(&self.topic.arn).map(|arn| arn.account.to_owned()),
            organization: Membership::Unknown,
        }
    }
}

fn not_understood(reason: String) -> Gap {
    Gap::new(
        Action::GetTopicAttributes,
        GapKind::Malformed,
        format!("the topic policy cannot be understood: {reason}"),
    )
}
