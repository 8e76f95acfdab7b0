//! What AWS documents of single services and actions, where IAM's general rules end: which
//! of them organizations, anonymous callers and other accounts can reach, and which actions
//! work on resources.
//!
//! Data as of 2026-09. Each function says what it answers where the data does not tell, which
//! is never what would make a policy look safer than it is.

use std::cmp::Ordering;

mod actions;

/// The prefixes of the services whose resources resource control policies bind.
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services>
static BOUND_BY_RESOURCE_CONTROL: &[&str] = &[
    "aoss",
    "cognito-identity",
    "cognito-idp",
    "dynamodb",
    "ecr",
    "events",
    "kms",
    "logs",
    "s3",
    "secretsmanager",
    "sqs",
    "sts",
];

/// The prefixes of services that an audit of trails asks about, and that are absent from the
/// same list.
static FREE_OF_RESOURCE_CONTROL: &[&str] = &[
    "account",
    "cloudtrail",
    "cloudwatch",
    "config",
    "guardduty",
    "iam",
    "lambda",
    "organizations",
    "securityhub",
    "sns",
];

/// Whether resource control policies bind the resources of the service with this prefix;
/// `None` if our data does not tell.
///
/// AWS adds services to its list from time to time. One of the services that we know as free
/// may be bound meanwhile: then a denial is overlooked, and somebody is listed as able to do
/// what he cannot. The reverse, a denial that has no effect, would hide somebody who can.
///
/// Even in a service that is bound, these policies never bind service-linked roles, keys that
/// AWS manages, what the management account owns, and `kms:RetireGrant`.
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
pub fn resource_control_policies_reach(service: &str) -> Option<bool> {
    if holds(BOUND_BY_RESOURCE_CONTROL, service) {
        return Some(true);
    }
    holds(FREE_OF_RESOURCE_CONTROL, service).then_some(false)
}

/// The prefixes of services that answer nobody who did not sign the request.
static SIGNED_REQUESTS_ONLY: &[&str] = &[
    "account",
    "cloudtrail",
    "cloudwatch",
    "config",
    "events",
    "guardduty",
    "iam",
    "kms",
    "logs",
    "organizations",
    "secretsmanager",
    "securityhub",
    "sts",
];

/// Whether a resource policy whose principal is `*` can admit callers without credentials in
/// the service with this prefix.
///
/// Only of services known to insist on signatures is the answer no. S3, SNS and SQS serve
/// anonymous callers, as do function URLs of Lambda, API Gateway and OpenSearch domains; a
/// service that we do not know may be another. That admits nobody by itself: it still takes
/// a resource policy that allows `*`.
/// `sts:AssumeRoleWithWebIdentity` and `sts:AssumeRoleWithSAML` go unsigned, but not
/// anonymous: their callers are the principals of an identity provider.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous>
pub fn anonymous_can_call(service: &str) -> bool {
    !holds(SIGNED_REQUESTS_ONLY, service)
}

/// Actions that the service refuses to callers of another account whatever policies say.
static OWNERS_ACCOUNT_ONLY: &[&str] = &[
    "kms:CancelKeyDeletion",
    "kms:ConnectCustomKeyStore",
    "kms:CreateAlias",
    "kms:CreateCustomKeyStore",
    "kms:CreateKey",
    "kms:DeleteAlias",
    "kms:DeleteCustomKeyStore",
    "kms:DeleteImportedKeyMaterial",
    "kms:DescribeCustomKeyStores",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:DisconnectCustomKeyStore",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyLastUsage",
    "kms:GetKeyPolicy",
    "kms:GetParametersForImport",
    "kms:ImportKeyMaterial",
    "kms:ListAliases",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListKeys",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:ReplicateKey",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateCustomKeyStore",
    "kms:UpdateKeyDescription",
    "kms:UpdatePrimaryRegion",
    "s3:DeleteBucketPolicy",
    "s3:GetBucketPolicy",
    "s3:PutBucketPolicy",
];

/// Whether the service refuses this action to callers of another account, whatever the
/// resource's policy and theirs allow. `false` for what the data does not hold.
pub fn refused_across_accounts(action: &str) -> bool {
    holds(OWNERS_ACCOUNT_ONLY, action)
}

/// What a policy on the resource means to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourcePolicyKind {
    /// Resources have no policies that grant: identity policies alone decide.
    Never,
    /// Resources may have a policy, which grants beside the identity policies.
    Grants,
    /// Every resource has a policy, and identity policies count only as far as it admits the
    /// account: KMS keys, and the trust policies of roles.
    Admits,
    /// The data does not tell.
    Unknown,
}

/// The prefixes of services some of whose resources may have a policy that grants.
static GRANTING: &[&str] = &[
    "backup",
    "cloudtrail",
    "dynamodb",
    "ecr",
    "events",
    "execute-api",
    "glacier",
    "kinesis",
    "lambda",
    "logs",
    "organizations",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
];

/// The prefixes of services whose resources have none.
static WITHOUT: &[&str] = &[
    "account",
    "cloudwatch",
    "config",
    "guardduty",
    "iam",
    "securityhub",
];

/// What resource policies mean to the service with this prefix. [`ResourcePolicyKind::Grants`]
/// says that some of its resources may have one: of CloudTrail's these are event data stores,
/// channels and dashboards, and not trails.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html>
pub fn resource_policy_of(service: &str) -> ResourcePolicyKind {
    if holds(&["kms", "sts"], service) {
        ResourcePolicyKind::Admits
    } else if holds(GRANTING, service) {
        ResourcePolicyKind::Grants
    } else if holds(WITHOUT, service) {
        ResourcePolicyKind::Never
    } else {
        ResourcePolicyKind::Unknown
    }
}

/// Whether the action works on resources. If not, only statements whose resource is `*` say
/// anything about it. `None` if our data does not hold the action.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
pub fn takes_resource(action: &str) -> Option<bool> {
    if holds(actions::ON_RESOURCES, action) {
        return Some(true);
    }
    holds(actions::ON_NOTHING, action).then_some(false)
}

/// Whether a sorted list holds the name. IAM does not tell upper from lower case in the names
/// of services and actions.
fn holds(sorted: &[&str], name: &str) -> bool {
    sorted.binary_search_by(|held| compare(held, name)).is_ok()
}

/// How two names of services or actions are ordered: without regard to case.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    one.bytes().map(lower).cmp(other.bytes().map(lower))
}
