//! What tampering works on in one account: the trails, buckets, keys, log groups and topics
//! that the snapshot holds, and for kinds that it does not hold all there may be.

use std::collections::BTreeSet;

use crate::policy::pattern::Target;
use crate::policy::tampering::Resource;
use crate::retention::deliveries;
use crate::snapshot::{Account, Bucket, Existence, Key, KeyManager, Observed, arn};

/// Something that an action can be done on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Thing {
    /// The resource, or the class of resources.
    pub target: Target,
    /// Whether it is part of a trail's set-up, and not only something of the account's that
    /// may or may not have to do with a trail.
    pub own: bool,
    /// Whether it is known to be there, and to be what it is taken for.
    pub sure: bool,
}

impl Thing {
    /// What the action is done on, as messages name it.
    pub fn name(&self) -> &str {
        match &self.target {
            Target::Nothing => "*",
            Target::One(arn) | Target::Class(arn) => arn,
        }
    }
}

/// Everything of that kind.
pub fn of(account: &Account, kind: Resource) -> Vec<Thing> {
    let things = match kind {
        Resource::Trail => own(own_trails(account)),
        Resource::LogObject => log_objects(account),
        Resource::LogBucket => log_buckets(account),
        Resource::Key => keys(account),
        Resource::Alias => own(aliases(account)),
        Resource::LogGroup => log_groups(account, |arn| {
            // Some actions know a log group by its ARN, others by that with `:*`.
            vec![Target::One(format!("{arn}:*")), Target::One(arn.to_owned())]
        }),
        Resource::LogStream => log_groups(account, |arn| {
            vec![Target::Class(format!("{arn}:log-stream:*"))]
        }),
        Resource::Topic => topics(account),
        Resource::DeliveryRole => {
            let roles = account
                .trails
                .iter()
                .filter_map(|trail| trail.log_role_arn.clone());
            own(roles.map(Target::One))
        }
        Resource::None => vec![class(Target::Nothing)],
        other => vec![class(of_account(account, other))],
    };
    let distinct: BTreeSet<Thing> = things.into_iter().collect();
    distinct.into_iter().collect()
}

fn own(targets: impl IntoIterator<Item = Target>) -> Vec<Thing> {
    let thing = |target| Thing {
        target,
        own: true,
        sure: true,
    };
    targets.into_iter().map(thing).collect()
}

fn class(target: Target) -> Thing {
    Thing {
        target,
        own: false,
        sure: true,
    }
}

/// "Users in member accounts can see the organization trail, but cannot modify or delete it";
/// that a delegated administrator of CloudTrail could, no fact of a member account tells.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html>
fn own_trails(account: &Account) -> impl Iterator<Item = Target> {
    let trails = account.trails.iter();
    trails
        .filter(|trail| trail.owner_account() == account.id)
        .map(|trail| Target::One(trail.arn.clone()))
}

fn existing(account: &Account) -> impl Iterator<Item = (&Bucket, String, bool)> {
    let there = |bucket: &&Bucket| bucket.existence != Observed::Known(Existence::Absent);
    account.buckets.iter().filter(there).map(|bucket| {
        let arn = format!("arn:{}:s3:::{}", account.partition, bucket.name);
        (bucket, arn, bucket.existence.gap().is_none())
    })
}

fn log_buckets(account: &Account) -> Vec<Thing> {
    existing(account)
        .map(|(_, arn, sure)| Thing {
            target: Target::One(arn),
            own: true,
            sure,
        })
        .collect()
}

fn log_objects(account: &Account) -> Vec<Thing> {
    let mut things = Vec::new();
    for (bucket, arn, sure) in existing(account) {
        for delivery in deliveries(account, &bucket.name) {
            let places = delivery.places();
            let sure = sure && places.len() == 1 && delivery.trail.bucket.gap().is_none();
            things.extend(places.iter().map(|keys| Thing {
                target: Target::Class(format!("{arn}/{}*", keys.text('*'))),
                own: true,
                sure,
            }));
        }
    }
    things
}

/// The keys that customers manage: nobody can change those of AWS.
fn keys(account: &Account) -> Vec<Thing> {
    let manager = |key: &Key| key.description.if_known().map(|found| found.manager);
    let ours = account
        .keys
        .iter()
        .filter(|key| manager(key) != Some(KeyManager::Aws));
    ours.map(|key| Thing {
        target: Target::One(account.key_arn(key)),
        own: true,
        sure: manager(key).is_some(),
    })
    .collect()
}

/// The aliases by which trails call their keys.
fn aliases(account: &Account) -> impl Iterator<Item = Target> {
    let arns = account.trails.iter().filter_map(|trail| trail.key_arn());
    arns.filter(|text| arn::parse(text).is_some_and(|arn| arn.resource.starts_with("alias/")))
        .map(Target::One)
}

fn log_groups(account: &Account, targets: impl Fn(&str) -> Vec<Target>) -> Vec<Thing> {
    let there = account.log_groups.iter();
    let there = there.filter(|group| group.description != Observed::Known(None));
    there
        .flat_map(|group| {
            let sure = group.description.gap().is_none();
            targets(&group.arn).into_iter().map(move |target| Thing {
                target,
                own: true,
                sure,
            })
        })
        .collect()
}

fn topics(account: &Account) -> Vec<Thing> {
    let there = account.topics.iter();
    let there = there.filter(|topic| topic.attributes != Observed::Known(None));
    there
        .map(|topic| Thing {
            target: Target::One(topic.arn.clone()),
            own: true,
            sure: topic.attributes.gap().is_none(),
        })
        .collect()
}

/// All of a kind that a snapshot does not hold, in any Region.
fn of_account(account: &Account, kind: Resource) -> Target {
    let (partition, id) = (&account.partition, &account.id);
    let regional = |service: &str, resource: &str| {
        Target::Class(format!("arn:{partition}:{service}:*:{id}:{resource}"))
    };
    let global =
        |service: &str, resource: &str| format!("arn:{partition}:{service}::{id}:{resource}");
    match kind {
        Resource::EventDataStore => regional("cloudtrail", "eventdatastore/*"),
        Resource::Channel => regional("cloudtrail", "channel/*"),
        Resource::AccessPoint => regional("s3", "accesspoint/*"),
        Resource::Alarm => regional("cloudwatch", "alarm:*"),
        Resource::AlarmMuteRule => regional("cloudwatch", "alarm-mute-rule:*"),
        Resource::EventRule => regional("events", "rule/*"),
        Resource::ConfigRecorder => regional("config", "configuration-recorder/*"),
        Resource::ConfigRule => regional("config", "config-rule/*"),
        Resource::Detector => regional("guardduty", "detector/*"),
        Resource::Hub => regional("securityhub", "hub/default"),
        Resource::ServiceLinkedRole => Target::One(global(
            "iam",
            "role/aws-service-role/cloudtrail.amazonaws.com/AWSServiceRoleForCloudTrail",
        )),
        Resource::Account => Target::One(global("account", "account")),
        // Accounts, roots and policies are the management account's, whose id need not be known.
        Resource::OrganizationTarget => {
            Target::Class(format!("arn:{partition}:organizations::*:*"))
        }
        Resource::Trail
        | Resource::LogObject
        | Resource::LogBucket
        | Resource::Key
        | Resource::Alias
        | Resource::LogGroup
        | Resource::LogStream
        | Resource::Topic
        | Resource::DeliveryRole
        | Resource::None => Target::Nothing,
    }
}
