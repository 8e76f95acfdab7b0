//! What AWS documents of single services and actions, where IAM's general rules end: which
//! of them organizations, anonymous callers and other accounts can reach, and which actions
//! work on resources.
//!
//! Data as of 2026-09. Each function says what it answers where the data does not tell, which
//! is never what would make a policy look safer than it is.

use std::cmp::Ordering;

mod actions;

/// The prefixes of the services whose resources resource control policies bind: AWS's whole
/// list as of 2026-09-26.
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services>
static BOUND_BY_RESOURCE_CONTROL: &[&str] = &[
    "aoss",
    "appconfig",
    "appstream",
    "autoscaling",
    "autoscaling-plans",
    "budgets",
    "clouddirectory",
    "cloudfront",
    "cloudsearch",
    "cloudtrail-data",
    "codeartifact",
    "codebuild",
    "codecommit",
    "codepipeline",
    "cognito-identity",
    "cognito-idp",
    "comprehend",
    "comprehendmedical",
    "compute-optimizer",
    "cost-optimization-hub",
    "dax",
    "dsql",
    "dynamodb",
    "ecr",
    "ecr-public",
    "events",
    "firehose",
    "fis",
    "fms",
    "gamelift",
    "health",
    "inspector-scan",
    "kendra",
    "kinesisvideo",
    "kms",
    "logs",
    "memorydb",
    "networkmonitor",
    "notifications",
    "opensearch",
    "pca-connector-ad",
    "personalize",
    "polly",
    "pricing",
    "resource-groups",
    "rolesanywhere",
    "s3",
    "secretsmanager",
    "servicediscovery",
    "signin",
    "sqs",
    "sts",
    "support",
    "swf",
    "textract",
    "timestream-influxdb",
    "transcribe",
    "transfer",
    "translate",
    "wafv2",
    "workspaces",
    "xray",
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
/// AWS adds services to its list from time to time. One of those that we know as free may be
/// bound meanwhile: then a denial is overlooked, and somebody is listed as able to do what he
/// cannot. The reverse, a denial that has no effect, would hide somebody who can.
///
/// Even in a service that is bound, these policies bind no service-linked roles, no keys that
/// AWS manages, nothing that the management account owns, and never `kms:RetireGrant`. That
/// they bind an action which works on no resources ([`takes_resource`]) AWS does not say.
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#actions-not-restricted-by-rcps>
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
/// anonymous callers, and so do function URLs of Lambda, API Gateway, OpenSearch and
/// MediaPackage; a service that we do not know may be another. A yes admits nobody by itself:
/// it still takes a resource policy that allows `*`.
///
/// `sts:AssumeRoleWithWebIdentity` and `sts:AssumeRoleWithSAML` go unsigned, but not
/// anonymous: their callers are the principals of an identity provider.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous>
/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>
pub fn anonymous_can_call(service: &str) -> bool {
    !holds(SIGNED_REQUESTS_ONLY, service)
}

/// Actions that the service refuses to callers of another account, whatever policies say.
///
/// KMS: the operations whose page says "Cross-account use: No". S3: those that answer 405 to
/// identities of another account. SQS: those to which "cross-account permissions don't apply".
/// Each was looked up on its API page, as of 2026-09.
/// <https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html>
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>
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
    "sqs:AddPermission",
    "sqs:CreateQueue",
    "sqs:DeleteQueue",
    "sqs:ListQueues",
    "sqs:ListQueueTags",
    "sqs:RemovePermission",
    "sqs:SetQueueAttributes",
    "sqs:TagQueue",
    "sqs:UntagQueue",
];

/// Whether the service refuses this action to callers of another account, whatever the
/// resource's policy and theirs allow. Where the data does not tell, it does not.
///
/// That trails have no resource policy is another matter: a delegated administrator of the
/// organization works on the management account's trails.
pub fn refused_across_accounts(action: &str) -> bool {
    holds(OWNERS_ACCOUNT_ONLY, action)
}

/// What a policy on the resource means to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourcePolicyKind {
    /// Resources have no policies that grant: identity policies alone decide, those of the
    /// account or, by the service's own rules, of its organization's administrators.
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

/// What resource policies mean to the service with this prefix.
///
/// [`ResourcePolicyKind::Grants`] says that some of its resources may have one. Of
/// CloudTrail's these are event data stores, channels and dashboards, and not trails. Of
/// CloudWatch Logs', the policies of destinations admit accounts; those of log groups are
/// enforced for AWS services only, and grant `logs:PutLogEvents` and `logs:CreateLogStream`
/// at most. STS stands for the trust policies of roles, which other actions on roles, being
/// IAM's, do not go by.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html>
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html>
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
/// anything about it. `None` if our data does not hold the action, or AWS's pages contradict
/// each other.
///
/// The lists are long: ask once per action, not once per statement.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
pub fn takes_resource(action: &str) -> Option<bool> {
    if holds(actions::ON_RESOURCES, action) {
        return Some(true);
    }
    holds(actions::ON_NOTHING, action).then_some(false)
}

/// The actions of the service with this prefix, as AWS spells them.
pub fn actions_of(service: &str) -> impl Iterator<Item = &'static str> {
    let all = actions::ON_RESOURCES.iter().chain(actions::ON_NOTHING);
    all.copied()
        .filter(move |action| action.split(':').next() == Some(service))
}

/// The action as AWS spells it, if our data holds it.
pub fn spelled(action: &str) -> &str {
    let all = [actions::ON_RESOURCES, actions::ON_NOTHING];
    let found = all.into_iter().find_map(|sorted| {
        let at = sorted.binary_search_by(|held| compare(held, action)).ok()?;
        sorted.get(at).copied()
    });
    found.unwrap_or(action)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_without_regard_to_case_and_hold_nothing_twice() {
        for list in [
            BOUND_BY_RESOURCE_CONTROL,
            FREE_OF_RESOURCE_CONTROL,
            SIGNED_REQUESTS_ONLY,
            OWNERS_ACCOUNT_ONLY,
            GRANTING,
            WITHOUT,
            actions::ON_RESOURCES,
            actions::ON_NOTHING,
        ] {
            for pair in list.windows(2) {
                assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            }
        }
    }

    #[test]
    fn no_two_lists_contradict_each_other() {
        for (one, other) in [
            (BOUND_BY_RESOURCE_CONTROL, FREE_OF_RESOURCE_CONTROL),
            (GRANTING, WITHOUT),
            (actions::ON_RESOURCES, actions::ON_NOTHING),
        ] {
            for name in one {
                assert!(!holds(other, name), "{name}");
            }
        }
    }

    #[test]
    fn names_are_found_in_any_case() {
        assert_eq!(takes_resource("CloudTrail:STOPLOGGING"), Some(true));
        assert_eq!(takes_resource("cloudtrail:lookupevents"), Some(false));
        assert!(refused_across_accounts("KMS:putkeypolicy"));
        assert_eq!(resource_control_policies_reach("S3"), Some(true));
    }

    #[test]
    fn what_the_data_does_not_hold_is_not_known() {
        assert_eq!(takes_resource("cloudtrail:StopLoggin"), None);
        assert_eq!(takes_resource("cloudtrail:StopLogging2"), None);
        assert_eq!(takes_resource(""), None);
        assert_eq!(resource_control_policies_reach("ec2"), None);
        assert_eq!(resource_policy_of("ec2"), ResourcePolicyKind::Unknown);
        assert!(anonymous_can_call("ec2"));
        assert!(!refused_across_accounts("ec2:RunInstances"));
    }

    /// AWS's pages say both of these actions: neither answer may be relied on.
    #[test]
    fn actions_on_which_aws_contradicts_itself_are_not_known() {
        for action in [
            "sns:Unsubscribe",
            "sns:SetSubscriptionAttributes",
            "securityhub:DisableSecurityHub",
        ] {
            assert_eq!(takes_resource(action), None, "{action}");
        }
    }

    /// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html>
    /// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsconfig.html>
    /// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>
    #[test]
    fn some_actions_work_on_no_resource() {
        for action in [
            "cloudtrail:LookupEvents",
            "config:DeleteDeliveryChannel",
            "s3:PutAccountPublicAccessBlock",
            "kms:DeleteCustomKeyStore",
            "organizations:LeaveOrganization",
        ] {
            assert_eq!(takes_resource(action), Some(false), "{action}");
        }
    }

    /// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html>
    #[test]
    fn kms_lets_other_accounts_use_keys_and_grants_but_not_manage_keys() {
        for action in ["Decrypt", "CreateGrant", "RetireGrant", "DescribeKey"] {
            assert!(
                !refused_across_accounts(&format!("kms:{action}")),
                "{action}"
            );
        }
        for action in ["ScheduleKeyDeletion", "DisableKey", "PutKeyPolicy"] {
            assert!(
                refused_across_accounts(&format!("kms:{action}")),
                "{action}"
            );
        }
    }

    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>
    #[test]
    fn s3_keeps_only_bucket_policies_from_other_accounts() {
        assert!(refused_across_accounts("s3:PutBucketPolicy"));
        assert!(!refused_across_accounts("s3:DeleteObject"));
        assert!(!refused_across_accounts("s3:PutLifecycleConfiguration"));
    }

    /// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
    #[test]
    fn resource_control_policies_bind_buckets_and_keys_but_not_trails_and_topics() {
        for service in ["s3", "kms", "sqs", "sts", "logs", "events"] {
            assert_eq!(resource_control_policies_reach(service), Some(true));
        }
        for service in "account cloudtrail cloudwatch config guardduty iam lambda organizations \
                        securityhub sns"
            .split(' ')
        {
            assert_eq!(
                resource_control_policies_reach(service),
                Some(false),
                "{service}"
            );
        }
    }

    #[test]
    fn a_service_without_resource_policies_answers_nobody_anonymous() {
        for service in WITHOUT {
            assert!(!anonymous_can_call(service), "{service}");
        }
        for service in ["s3", "sns", "sqs", "lambda", "execute-api", "es"] {
            assert!(anonymous_can_call(service), "{service}");
        }
    }

    /// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html>
    #[test]
    fn keys_and_roles_are_closed_to_identity_policies_unless_they_admit_the_account() {
        assert_eq!(resource_policy_of("kms"), ResourcePolicyKind::Admits);
        assert_eq!(resource_policy_of("STS"), ResourcePolicyKind::Admits);
        assert_eq!(resource_policy_of("s3"), ResourcePolicyKind::Grants);
        assert_eq!(resource_policy_of("iam"), ResourcePolicyKind::Never);
    }
}
