//! What can be done to make a trail tell less, or nothing: the IAM actions, and what each
//! of them works on.
//!
//! Names and types of resources are those of AWS's Service Authorization Reference as of
//! 2026-09; which actions belong here, and what each does to a trail, is our judgement.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

use Effect::{
    Blind, ChangeBucket, ChangeOrganization, Delete, DestroyEvidence, DisableKey, SilenceAlarms,
    Stop,
};
use Resource::*;

use super::services::compare;

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

const fn on(action: &'static str, effect: Effect, resource: Resource) -> Tampering {
    on_more(action, effect, resource, &[])
}

const fn on_more(
    action: &'static str,
    effect: Effect,
    resource: Resource,
    also: &'static [Resource],
) -> Tampering {
    Tampering {
        action,
        effect,
        resource,
        also,
    }
}

/// The actions, sorted by name.
pub static TAMPERING: &[Tampering] = &[
    on("account:CloseAccount", ChangeOrganization, Account),
    on("account:DisableRegion", ChangeOrganization, Account),
    on("account:EnableRegion", ChangeOrganization, Account),
    on_more(
        "cloudtrail:AddTags",
        Stop,
        Trail,
        &[EventDataStore, Channel],
    ),
    on("cloudtrail:DeleteChannel", Delete, Channel),
    on("cloudtrail:DeleteEventDataStore", Delete, EventDataStore),
    on_more(
        "cloudtrail:DeleteResourcePolicy",
        Blind,
        EventDataStore,
        &[Channel],
    ),
    on("cloudtrail:DeleteTrail", Delete, Trail),
    on(
        "cloudtrail:DeregisterOrganizationDelegatedAdmin",
        ChangeOrganization,
        None,
    ),
    on(
        "cloudtrail:DisableFederation",
        SilenceAlarms,
        EventDataStore,
    ),
    on_more(
        "cloudtrail:PutEventConfiguration",
        Blind,
        Trail,
        &[EventDataStore],
    ),
    on("cloudtrail:PutEventSelectors", Blind, Trail),
    on_more(
        "cloudtrail:PutInsightSelectors",
        Blind,
        Trail,
        &[EventDataStore],
    ),
    on_more(
        "cloudtrail:PutResourcePolicy",
        Blind,
        EventDataStore,
        &[Channel],
    ),
    on(
        "cloudtrail:RegisterOrganizationDelegatedAdmin",
        ChangeOrganization,
        None,
    ),
    on_more(
        "cloudtrail:RemoveTags",
        Stop,
        Trail,
        &[EventDataStore, Channel],
    ),
    on(
        "cloudtrail:StopEventDataStoreIngestion",
        Stop,
        EventDataStore,
    ),
    on("cloudtrail:StopLogging", Stop, Trail),
    on("cloudtrail:UpdateChannel", Blind, Channel),
    on("cloudtrail:UpdateEventDataStore", Stop, EventDataStore),
    on("cloudtrail:UpdateTrail", Stop, Trail),
    on("cloudwatch:DeleteAlarms", SilenceAlarms, Alarm),
    on("cloudwatch:DisableAlarmActions", SilenceAlarms, Alarm),
    on("cloudwatch:PutAlarmMuteRule", SilenceAlarms, AlarmMuteRule),
    on("cloudwatch:PutCompositeAlarm", SilenceAlarms, Alarm),
    on("cloudwatch:PutMetricAlarm", SilenceAlarms, Alarm),
    on("cloudwatch:SetAlarmState", SilenceAlarms, Alarm),
    on(
        "config:AssociateResourceTypes",
        SilenceAlarms,
        ConfigRecorder,
    ),
    on("config:DeleteConfigRule", SilenceAlarms, ConfigRule),
    on(
        "config:DeleteConfigurationRecorder",
        SilenceAlarms,
        ConfigRecorder,
    ),
    on("config:DeleteDeliveryChannel", SilenceAlarms, None),
    on(
        "config:DeleteServiceLinkedConfigurationRecorder",
        SilenceAlarms,
        ConfigRecorder,
    ),
    on(
        "config:DisassociateResourceTypes",
        SilenceAlarms,
        ConfigRecorder,
    ),
    on("config:PutConfigRule", SilenceAlarms, ConfigRule),
    on(
        "config:PutConfigurationRecorder",
        SilenceAlarms,
        ConfigRecorder,
    ),
    on("config:PutDeliveryChannel", SilenceAlarms, None),
    on("config:PutRetentionConfiguration", SilenceAlarms, None),
    on(
        "config:StopConfigurationRecorder",
        SilenceAlarms,
        ConfigRecorder,
    ),
    on("events:DeleteRule", SilenceAlarms, EventRule),
    on("events:DisableRule", SilenceAlarms, EventRule),
    on("events:PutRule", SilenceAlarms, EventRule),
    on("events:PutTargets", SilenceAlarms, EventRule),
    on("events:RemoveTargets", SilenceAlarms, EventRule),
    on("guardduty:DeleteDetector", SilenceAlarms, Detector),
    on("guardduty:UpdateDetector", SilenceAlarms, Detector),
    on("iam:DeleteRole", SilenceAlarms, DeliveryRole),
    on("iam:DeleteRolePolicy", SilenceAlarms, DeliveryRole),
    on("iam:DeleteServiceLinkedRole", Stop, ServiceLinkedRole),
    on("iam:DetachRolePolicy", SilenceAlarms, DeliveryRole),
    on(
        "iam:PutRolePermissionsBoundary",
        SilenceAlarms,
        DeliveryRole,
    ),
    on("iam:UpdateAssumeRolePolicy", SilenceAlarms, DeliveryRole),
    on("kms:CreateGrant", DisableKey, Key),
    on("kms:DeleteAlias", DisableKey, Alias),
    on("kms:DeleteCustomKeyStore", DisableKey, None),
    on("kms:DeleteImportedKeyMaterial", DisableKey, Key),
    on("kms:DisableKey", DisableKey, Key),
    on("kms:DisconnectCustomKeyStore", DisableKey, None),
    on("kms:PutKeyPolicy", DisableKey, Key),
    on("kms:ReplicateKey", DisableKey, Key),
    on("kms:RetireGrant", DisableKey, Key),
    on("kms:RevokeGrant", DisableKey, Key),
    on("kms:ScheduleKeyDeletion", DisableKey, Key),
    on("kms:TagResource", DisableKey, Key),
    on("kms:UntagResource", DisableKey, Key),
    on("kms:UpdateAlias", DisableKey, Alias),
    on("kms:UpdateCustomKeyStore", DisableKey, None),
    on("kms:UpdatePrimaryRegion", DisableKey, Key),
    on("logs:AssociateKmsKey", DestroyEvidence, LogGroup),
    on("logs:DeleteAccountPolicy", SilenceAlarms, None),
    on("logs:DeleteLogGroup", DestroyEvidence, LogGroup),
    on("logs:DeleteLogStream", DestroyEvidence, LogStream),
    on("logs:DeleteMetricFilter", SilenceAlarms, LogGroup),
    on("logs:DeleteResourcePolicy", SilenceAlarms, None),
    on("logs:DeleteSubscriptionFilter", SilenceAlarms, LogGroup),
    on("logs:DisassociateKmsKey", DestroyEvidence, LogGroup),
    on("logs:PutAccountPolicy", SilenceAlarms, None),
    on("logs:PutDataProtectionPolicy", SilenceAlarms, LogGroup),
    on(
        "logs:PutLogGroupDeletionProtection",
        DestroyEvidence,
        LogGroup,
    ),
    on("logs:PutMetricFilter", SilenceAlarms, LogGroup),
    on("logs:PutResourcePolicy", SilenceAlarms, None),
    on("logs:PutRetentionPolicy", DestroyEvidence, LogGroup),
    on("logs:PutSubscriptionFilter", SilenceAlarms, LogGroup),
    on("logs:PutTransformer", SilenceAlarms, LogGroup),
    on(
        "organizations:AttachPolicy",
        ChangeOrganization,
        OrganizationTarget,
    ),
    on(
        "organizations:CloseAccount",
        ChangeOrganization,
        OrganizationTarget,
    ),
    on(
        "organizations:DeletePolicy",
        ChangeOrganization,
        OrganizationTarget,
    ),
    on(
        "organizations:DeregisterDelegatedAdministrator",
        ChangeOrganization,
        OrganizationTarget,
    ),
    on(
        "organizations:DetachPolicy",
        ChangeOrganization,
        OrganizationTarget,
    ),
    on(
        "organizations:DisableAWSServiceAccess",
        ChangeOrganization,
        None,
    ),
    on(
        "organizations:DisablePolicyType",
        ChangeOrganization,
        OrganizationTarget,
    ),
    on("organizations:LeaveOrganization", ChangeOrganization, None),
    on(
        "organizations:MoveAccount",
        ChangeOrganization,
        OrganizationTarget,
    ),
    on(
        "organizations:RegisterDelegatedAdministrator",
        ChangeOrganization,
        OrganizationTarget,
    ),
    on(
        "organizations:RemoveAccountFromOrganization",
        ChangeOrganization,
        OrganizationTarget,
    ),
    on(
        "organizations:UpdatePolicy",
        ChangeOrganization,
        OrganizationTarget,
    ),
    on("s3:BypassGovernanceRetention", DestroyEvidence, LogObject),
    on("s3:CreateAccessPoint", ChangeBucket, AccessPoint),
    on("s3:CreateJob", DestroyEvidence, None),
    on("s3:DeleteAccessPoint", ChangeBucket, AccessPoint),
    on("s3:DeleteBucket", ChangeBucket, LogBucket),
    on("s3:DeleteBucketPolicy", ChangeBucket, LogBucket),
    on("s3:DeleteObject", DestroyEvidence, LogObject),
    on("s3:DeleteObjectVersion", DestroyEvidence, LogObject),
    on("s3:PutAccessPointPolicy", ChangeBucket, AccessPoint),
    on("s3:PutAccessPointPublicAccessBlock", ChangeBucket, None),
    on("s3:PutAccountPublicAccessBlock", ChangeBucket, None),
    on("s3:PutBucketAcl", ChangeBucket, LogBucket),
    on("s3:PutBucketLogging", ChangeBucket, LogBucket),
    on("s3:PutBucketNotification", ChangeBucket, LogBucket),
    on(
        "s3:PutBucketObjectLockConfiguration",
        ChangeBucket,
        LogBucket,
    ),
    on("s3:PutBucketOwnershipControls", ChangeBucket, LogBucket),
    on("s3:PutBucketPolicy", ChangeBucket, LogBucket),
    on("s3:PutBucketPublicAccessBlock", ChangeBucket, LogBucket),
    on("s3:PutBucketRequestPayment", ChangeBucket, LogBucket),
    on("s3:PutBucketVersioning", ChangeBucket, LogBucket),
    on("s3:PutEncryptionConfiguration", ChangeBucket, LogBucket),
    on("s3:PutLifecycleConfiguration", ChangeBucket, LogBucket),
    on("s3:PutObject", DestroyEvidence, LogObject),
    on("s3:PutObjectAcl", DestroyEvidence, LogObject),
    on("s3:PutObjectLegalHold", DestroyEvidence, LogObject),
    on("s3:PutObjectRetention", DestroyEvidence, LogObject),
    on("s3:PutObjectTagging", DestroyEvidence, LogObject),
    on("s3:PutObjectVersionAcl", DestroyEvidence, LogObject),
    on("s3:PutObjectVersionTagging", DestroyEvidence, LogObject),
    on("s3:PutReplicationConfiguration", ChangeBucket, LogBucket),
    on("s3:ReplicateDelete", DestroyEvidence, LogObject),
    on("s3:ReplicateObject", DestroyEvidence, LogObject),
    on("s3:UpdateObjectEncryption", DestroyEvidence, LogObject),
    on("securityhub:DisableSecurityHub", SilenceAlarms, Hub),
    on("sns:AddPermission", SilenceAlarms, Topic),
    on("sns:DeleteTopic", SilenceAlarms, Topic),
    on("sns:RemovePermission", SilenceAlarms, Topic),
    on("sns:SetSubscriptionAttributes", SilenceAlarms, Topic),
    on("sns:SetTopicAttributes", SilenceAlarms, Topic),
    on("sns:Unsubscribe", SilenceAlarms, Topic),
];

/// The entry of the action, whose name may be in any case.
pub fn of(action: &str) -> Option<&'static Tampering> {
    let at = TAMPERING
        .binary_search_by(|entry| compare(entry.action, action))
        .ok()?;
    TAMPERING.get(at)
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
    /// The account's root user.
    Root,
}

/// What an indirect action gives its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gain {
    /// Credentials for the identity: a session, an access key, a password, or a trust policy
    /// that lets anybody in.
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

const fn indirect(action: &'static str, on: IdentityKind, gain: Gain) -> Indirect {
    Indirect { action, on, gain }
}

/// The indirect actions, sorted by name.
pub static INDIRECT: &[Indirect] = &[
    indirect(
        "iam:AddUserToGroup",
        IdentityKind::Group,
        Gain::RewritePolicies,
    ),
    indirect(
        "iam:AttachGroupPolicy",
        IdentityKind::Group,
        Gain::RewritePolicies,
    ),
    indirect(
        "iam:AttachRolePolicy",
        IdentityKind::Role,
        Gain::RewritePolicies,
    ),
    indirect(
        "iam:AttachUserPolicy",
        IdentityKind::User,
        Gain::RewritePolicies,
    ),
    indirect("iam:CreateAccessKey", IdentityKind::User, Gain::TakeOver),
    indirect("iam:CreateLoginProfile", IdentityKind::User, Gain::TakeOver),
    indirect(
        "iam:CreatePolicyVersion",
        IdentityKind::Policy,
        Gain::RewritePolicies,
    ),
    indirect(
        "iam:DeleteGroupPolicy",
        IdentityKind::Group,
        Gain::LiftDenial,
    ),
    indirect(
        "iam:DeleteRolePermissionsBoundary",
        IdentityKind::Role,
        Gain::LiftDenial,
    ),
    indirect("iam:DeleteRolePolicy", IdentityKind::Role, Gain::LiftDenial),
    indirect(
        "iam:DeleteUserPermissionsBoundary",
        IdentityKind::User,
        Gain::LiftDenial,
    ),
    indirect("iam:DeleteUserPolicy", IdentityKind::User, Gain::LiftDenial),
    indirect(
        "iam:DetachGroupPolicy",
        IdentityKind::Group,
        Gain::LiftDenial,
    ),
    indirect("iam:DetachRolePolicy", IdentityKind::Role, Gain::LiftDenial),
    indirect("iam:DetachUserPolicy", IdentityKind::User, Gain::LiftDenial),
    indirect("iam:PassRole", IdentityKind::Role, Gain::Pass),
    indirect(
        "iam:PutGroupPolicy",
        IdentityKind::Group,
        Gain::RewritePolicies,
    ),
    indirect(
        "iam:PutRolePermissionsBoundary",
        IdentityKind::Role,
        Gain::LiftDenial,
    ),
    indirect(
        "iam:PutRolePolicy",
        IdentityKind::Role,
        Gain::RewritePolicies,
    ),
    indirect(
        "iam:PutUserPermissionsBoundary",
        IdentityKind::User,
        Gain::LiftDenial,
    ),
    indirect(
        "iam:PutUserPolicy",
        IdentityKind::User,
        Gain::RewritePolicies,
    ),
    indirect(
        "iam:RemoveUserFromGroup",
        IdentityKind::Group,
        Gain::LiftDenial,
    ),
    indirect(
        "iam:SetDefaultPolicyVersion",
        IdentityKind::Policy,
        Gain::RewritePolicies,
    ),
    indirect("iam:TagRole", IdentityKind::Role, Gain::Retag),
    indirect("iam:TagUser", IdentityKind::User, Gain::Retag),
    indirect("iam:UntagRole", IdentityKind::Role, Gain::Retag),
    indirect("iam:UntagUser", IdentityKind::User, Gain::Retag),
    indirect(
        "iam:UpdateAssumeRolePolicy",
        IdentityKind::Role,
        Gain::TakeOver,
    ),
    indirect("iam:UpdateLoginProfile", IdentityKind::User, Gain::TakeOver),
    indirect("sts:AssumeRole", IdentityKind::Role, Gain::Assume),
    indirect("sts:AssumeRoot", IdentityKind::Root, Gain::Assume),
];
