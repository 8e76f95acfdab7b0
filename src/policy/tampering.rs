//! What can be done to make a trail tell less, or nothing: the IAM actions, and what each
//! of them works on.
//!
//! Names and types of resources are those of AWS's Service Authorization Reference as of
//! 2026-09; which actions belong here, and what each does to a trail, is our judgement.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

mod actions;

pub use actions::{INDIRECT, TAMPERING};

use super::services::{compare, takes_resource};
use crate::spelling::nearest;

/// What tampering does to the trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Stops recording, or turns off what makes a trail trustworthy.
    Stop,
    /// Deletes a trail, event data store or channel.
    Delete,
    /// Changes what is recorded.
    Blind,
    /// Deletes, overwrites or hides log files and log events, or prepares for it.
    DestroyEvidence,
    /// Changes the log bucket: who may reach it, and what it does with its objects.
    ChangeBucket,
    /// Makes the key unusable for trail or readers, or hands out power over it.
    DisableKey,
    /// Keeps people from learning what was recorded: filters, alarms, topics, event rules,
    /// and the services that detect.
    SilenceAlarms,
    /// Moves the account out of the reach of the organization's trail and policies, or opens
    /// and closes Regions.
    ChangeOrganization,
}

impl Effect {
    /// All effects, in the order of reports.
    pub const ALL: [Effect; 8] = [
        Effect::Stop,
        Effect::Delete,
        Effect::Blind,
        Effect::DestroyEvidence,
        Effect::ChangeBucket,
        Effect::DisableKey,
        Effect::SilenceAlarms,
        Effect::ChangeOrganization,
    ];

    /// The effect as JSON spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Stop => "stop",
            Effect::Delete => "delete",
            Effect::Blind => "blind",
            Effect::DestroyEvidence => "destroy-evidence",
            Effect::ChangeBucket => "change-bucket",
            Effect::DisableKey => "disable-key",
            Effect::SilenceAlarms => "silence-alarms",
            Effect::ChangeOrganization => "change-organization",
        }
    }

    /// The effect in a sentence, after "can".
    pub fn title(self) -> &'static str {
        match self {
            Effect::Stop => "stop or weaken the trail",
            Effect::Delete => "delete the trail",
            Effect::Blind => "change what is recorded",
            Effect::DestroyEvidence => "destroy evidence",
            Effect::ChangeBucket => "change the log bucket",
            Effect::DisableKey => "disable the key",
            Effect::SilenceAlarms => "silence alarms",
            Effect::ChangeOrganization => "change the organization or the account",
        }
    }
}

/// What an action works on, as far as it concerns a trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// The trail.
    Trail,
    /// An event data store of CloudTrail Lake.
    EventDataStore,
    /// A channel, through which events from elsewhere come into CloudTrail Lake.
    Channel,
    /// An object in the log bucket, under a trail's prefixes.
    LogObject,
    /// The log bucket.
    LogBucket,
    /// An access point of the log bucket.
    AccessPoint,
    /// The key that log files are encrypted with.
    Key,
    /// An alias of that key.
    Alias,
    /// The CloudWatch Logs log group that the trail delivers to.
    LogGroup,
    /// A stream of that log group.
    LogStream,
    /// A CloudWatch alarm on what the trail delivers.
    Alarm,
    /// A rule that mutes alarms.
    AlarmMuteRule,
    /// The SNS topic that the trail or an alarm notifies.
    Topic,
    /// An EventBridge rule on events of the trail.
    EventRule,
    /// A configuration recorder of AWS Config.
    ConfigRecorder,
    /// A rule of AWS Config.
    ConfigRule,
    /// The detector of GuardDuty.
    Detector,
    /// The hub of Security Hub.
    Hub,
    /// The role that CloudTrail delivers to CloudWatch Logs with.
    DeliveryRole,
    /// The service-linked role of CloudTrail, `AWSServiceRoleForCloudTrail`.
    ServiceLinkedRole,
    /// An account, root, organizational unit or policy of the organization.
    OrganizationTarget,
    /// The account.
    Account,
    /// None: only a statement whose resource is `*` allows or denies the action.
    None,
}

/// An action that tampers with a trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tampering {
    /// Its IAM name.
    pub action: &'static str,
    /// What it does to the trail.
    pub effect: Effect,
    /// What it works on.
    pub resource: Resource,
    /// What else it works on: power over one of these, without power over `resource`, is
    /// enough to do harm.
    pub also: &'static [Resource],
}

/// The entry of the action, whose name may be in any case.
pub fn of(action: &str) -> Option<&'static Tampering> {
    let at = TAMPERING
        .binary_search_by(|entry| compare(entry.action, action))
        .ok()?;
    TAMPERING.get(at)
}

/// Whether there is no such action, in the services of which the data holds all: `Some` with
/// the name that may be meant.
pub fn unknown(action: &str) -> Option<Option<&'static str>> {
    let service = action.split(':').next().unwrap_or_default().to_lowercase();
    let whole = ["cloudtrail", "kms"].contains(&service.as_str());
    (whole && takes_resource(action).is_none()).then(|| nearest_action(action))
}

/// The action of either table that a name is most likely a slip of.
pub fn nearest_action(action: &str) -> Option<&'static str> {
    let names = TAMPERING.iter().map(|entry| entry.action);
    let names = names.chain(INDIRECT.iter().map(|entry| entry.action));
    nearest(action, names)
}

/// What an indirect action works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentityKind {
    /// An IAM user.
    User,
    /// A group of users.
    Group,
    /// A role.
    Role,
    /// A managed policy: whatever it is attached to gains or loses by its change.
    Policy,
    /// The root user of a member account, as which the management account and its delegated
    /// administrator may act: `S3UnlockBucketPolicy` deletes a bucket's policy.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html>
    Root,
}

/// What an indirect action gives its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gain {
    /// Lasting credentials for the identity: an access key, a password, or a trust policy
    /// that lets the caller in.
    TakeOver,
    /// A session of a role, or of the root user of a member account.
    Assume,
    /// The role's power in the hands of a service that does what the caller says.
    Pass,
    /// More permissions, for the identity or for whoever the policy is attached to.
    RewritePolicies,
    /// Fewer denials: without the policy, group or boundary that held the identity back.
    LiftDenial,
    /// Other tags, which conditions on `aws:PrincipalTag` go by.
    Retag,
}

impl Gain {
    /// The gain as JSON spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Gain::TakeOver => "take-over",
            Gain::Assume => "assume",
            Gain::Pass => "pass",
            Gain::RewritePolicies => "rewrite-policies",
            Gain::LiftDenial => "lift-denial",
            Gain::Retag => "retag",
        }
    }

    /// The gain in a sentence, after "can" and before the identity.
    pub fn title(self) -> &'static str {
        match self {
            Gain::TakeOver => "take over the credentials of",
            Gain::Assume => "assume",
            Gain::Pass => "pass to a service",
            Gain::RewritePolicies => "rewrite the policies of",
            Gain::LiftDenial => "lift the denials on",
            Gain::Retag => "change the tags of",
        }
    }
}

/// An action by which a caller comes to do what another identity may, or what a policy was
/// to keep him from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Indirect {
    /// Its IAM name.
    pub action: &'static str,
    /// What it works on.
    pub on: IdentityKind,
    /// What it gives.
    pub gain: Gain,
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::super::services::refused_across_accounts;
    use super::*;

    #[test]
    fn actions_are_sorted_without_regard_to_case_and_named_once() {
        let tampering: Vec<&str> = TAMPERING.iter().map(|entry| entry.action).collect();
        let indirect: Vec<&str> = INDIRECT.iter().map(|entry| entry.action).collect();
        for names in [tampering, indirect] {
            for pair in names.windows(2) {
                assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            }
        }
    }

    /// On these AWS contradicts itself, and [`takes_resource`] does not know.
    const DISPUTED: [&str; 3] = [
        "securityhub:DisableSecurityHub",
        "sns:SetSubscriptionAttributes",
        "sns:Unsubscribe",
    ];

    #[test]
    fn an_action_works_on_nothing_exactly_if_it_takes_no_resource() {
        for Tampering {
            action,
            resource,
            also,
            ..
        } in TAMPERING
        {
            let known = (!DISPUTED.contains(action)).then_some(*resource != Resource::None);
            assert_eq!(takes_resource(action), known, "{action}");
            assert!(!also.contains(resource), "{action}");
            assert!(!also.contains(&Resource::None), "{action}");
        }
    }

    #[test]
    fn every_indirect_action_takes_a_resource() {
        for Indirect { action, .. } in INDIRECT {
            assert_eq!(takes_resource(action), Some(true), "{action}");
        }
    }

    /// Names of API operations whose permission has another name.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>
    #[test]
    fn operations_that_are_no_actions_are_not_looked_for() {
        for operation in [
            "s3:DeleteObjects",
            "s3:PutBucketLifecycle",
            "s3:DeleteBucketLifecycle",
            "s3:PutBucketEncryption",
            "s3:DeletePublicAccessBlock",
            "s3:PutBucketReplication",
        ] {
            assert_eq!(of(operation), None, "{operation}");
            assert_eq!(takes_resource(operation), None, "{operation}");
        }
    }

    #[test]
    fn an_action_is_found_in_any_case() {
        let found = of("CLOUDTRAIL:stoplogging").map(|entry| (entry.action, entry.effect));
        assert_eq!(found, Some(("cloudtrail:StopLogging", Effect::Stop)));
        for entry in TAMPERING {
            assert_eq!(of(&entry.action.to_lowercase()), Some(entry));
        }
        assert_eq!(of("cloudtrail:StartLogging"), None);
    }

    #[test]
    fn every_effect_is_some_actions_and_has_a_name_and_place_of_its_own() {
        for (at, effect) in Effect::ALL.into_iter().enumerate() {
            assert!(TAMPERING.iter().any(|entry| entry.effect == effect));
            for other in Effect::ALL.into_iter().skip(at + 1) {
                assert!(effect < other);
                assert_ne!(effect.as_str(), other.as_str());
                assert_ne!(effect.title(), other.title());
            }
        }
    }

    /// One for each thing that an auditor asks about, so that no class of tampering is lost
    /// in an edit of the table.
    #[test]
    fn each_way_to_tamper_is_told_by_its_effect() {
        for (action, effect, resource) in [
            ("cloudtrail:UpdateTrail", Effect::Stop, Resource::Trail),
            ("cloudtrail:DeleteTrail", Effect::Delete, Resource::Trail),
            (
                "cloudtrail:PutEventSelectors",
                Effect::Blind,
                Resource::Trail,
            ),
            ("s3:PutObject", Effect::DestroyEvidence, Resource::LogObject),
            (
                "logs:PutRetentionPolicy",
                Effect::DestroyEvidence,
                Resource::LogGroup,
            ),
            (
                "s3:PutLifecycleConfiguration",
                Effect::ChangeBucket,
                Resource::LogBucket,
            ),
            ("kms:DisableKey", Effect::DisableKey, Resource::Key),
            (
                "cloudwatch:SetAlarmState",
                Effect::SilenceAlarms,
                Resource::Alarm,
            ),
            (
                "iam:DetachRolePolicy",
                Effect::SilenceAlarms,
                Resource::DeliveryRole,
            ),
            (
                "organizations:LeaveOrganization",
                Effect::ChangeOrganization,
                Resource::None,
            ),
        ] {
            let found = of(action).map(|entry| (entry.effect, entry.resource));
            assert_eq!(found, Some((effect, resource)), "{action}");
        }
    }

    /// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html>
    #[test]
    fn of_all_harm_to_keys_other_accounts_can_do_only_that_by_grants() {
        let open: Vec<&str> = TAMPERING
            .iter()
            .map(|entry| entry.action)
            .filter(|action| action.starts_with("kms:") && !refused_across_accounts(action))
            .collect();
        assert_eq!(
            open,
            ["kms:CreateGrant", "kms:RetireGrant", "kms:RevokeGrant"]
        );
    }

    /// A principal with power over event data stores alone is not to be overlooked.
    #[test]
    fn what_works_on_several_kinds_of_resources_names_them_all() {
        let also = |action| of(action).map(|entry| entry.also);
        let stores: &[Resource] = &[Resource::EventDataStore];
        assert_eq!(also("cloudtrail:PutInsightSelectors"), Some(stores));
        assert_eq!(also("cloudtrail:PutEventConfiguration"), Some(stores));
    }
}
