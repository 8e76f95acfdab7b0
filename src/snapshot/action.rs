//! Every AWS call trailcheck can make, and the IAM permission each one needs.
//!
//! The two names differ more often than one would think (`HeadBucket` needs
//! `s3:ListBucket`, `GetBucketEncryption` needs `s3:GetEncryptionConfiguration`); the
//! pairs below are from the Service Authorization Reference,
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html>.

/// An AWS call that fills in one fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Which Regions the account has enabled.
    ListRegions,
    /// The account's alias, for the head of the report.
    ListAccountAliases,
    /// Root user facts.
    GetAccountSummary,
    /// Who is asking, in which account and partition.
    GetCallerIdentity,
    /// The trails visible in a Region.
    DescribeTrails,
    /// Whether a trail logs, and how its deliveries went, in a Region.
    GetTrailStatus,
    /// What a trail records.
    GetEventSelectors,
    /// Which Insights a trail records.
    GetInsightSelectors,
    /// A trail's tags.
    ListTags,
    /// Whether a bucket exists, where, and whose it is.
    HeadBucket,
    /// A bucket's Region.
    GetBucketLocation,
    /// A bucket's policy.
    GetBucketPolicy,
    /// Whether S3 itself calls that policy public.
    GetBucketPolicyStatus,
    /// A bucket's access control list.
    GetBucketAcl,
    /// A bucket's block-public-access settings.
    GetBucketPublicAccessBlock,
    /// The account's block-public-access settings.
    GetAccountPublicAccessBlock,
    /// A bucket's object ownership setting.
    GetBucketOwnershipControls,
    /// A bucket's versioning and MFA delete.
    GetBucketVersioning,
    /// A bucket's Object Lock default.
    GetObjectLockConfiguration,
    /// A bucket's lifecycle rules.
    GetBucketLifecycle,
    /// A bucket's default encryption.
    GetBucketEncryption,
    /// A bucket's server access logging.
    GetBucketLogging,
    /// A KMS key's state and origin.
    DescribeKey,
    /// Whether a KMS key rotates.
    GetKeyRotationStatus,
    /// A KMS key's policy.
    GetKeyPolicy,
    /// A CloudWatch Logs log group.
    DescribeLogGroups,
    /// Every user, group, role and policy of the account.
    GetAccountAuthorizationDetails,
    /// The organization the account belongs to.
    DescribeOrganization,
    /// Which policy types the organization has switched on.
    ListRoots,
    /// The organizational units above the account.
    ListParents,
    /// Which organization policies are attached to the account and what is above it.
    ListPoliciesForTarget,
    /// What an organization policy says.
    DescribePolicy,
    /// Who pays for requests to a bucket.
    GetBucketRequestPayment,
    /// A KMS key's grants.
    ListGrants,
    /// CloudWatch Logs resource policies.
    DescribeResourcePolicies,
    /// An SNS topic's policy and encryption.
    GetTopicAttributes,
    /// A log group's metric filters.
    DescribeMetricFilters,
    /// The alarms of a Region.
    DescribeAlarms,
    /// The EventBridge rules of a Region.
    ListEventRules,
    /// What an EventBridge rule hands its events to.
    ListTargetsByRule,
    /// Who an SNS topic tells.
    ListSubscriptionsByTopic,
    /// What a bucket tells of new objects.
    GetBucketNotification,
    /// Which services the organization trusts.
    ListServiceAccess,
    /// Which accounts administer CloudTrail for the organization.
    ListDelegatedAdministrators,
    /// The AWS Config recorders of a Region.
    DescribeConfigurationRecorders,
    /// Whether an AWS Config recorder records.
    DescribeConfigurationRecorderStatus,
    /// Where AWS Config delivers to.
    DescribeDeliveryChannels,
    /// The AWS Config rules of a Region.
    DescribeConfigRules,
    /// What an AWS Config rule found.
    DescribeComplianceByConfigRule,
    /// The event data stores of a Region.
    ListEventDataStores,
    /// An event data store's settings.
    GetEventDataStore,
    /// The event history of a Region.
    LookupEvents,
    /// The GuardDuty detectors of a Region.
    ListDetectors,
    /// Whether a GuardDuty detector is on.
    GetDetector,
    /// Whether Security Hub is on in a Region.
    DescribeHub,
}

impl Action {
    /// Every action, in the order above.
    pub const ALL: &'static [Action] = &[
        Action::ListRegions,
        Action::ListAccountAliases,
        Action::GetAccountSummary,
        Action::GetCallerIdentity,
        Action::DescribeTrails,
        Action::GetTrailStatus,
        Action::GetEventSelectors,
        Action::GetInsightSelectors,
        Action::ListTags,
        Action::HeadBucket,
        Action::GetBucketLocation,
        Action::GetBucketPolicy,
        Action::GetBucketPolicyStatus,
        Action::GetBucketAcl,
        Action::GetBucketPublicAccessBlock,
        Action::GetAccountPublicAccessBlock,
        Action::GetBucketOwnershipControls,
        Action::GetBucketVersioning,
        Action::GetObjectLockConfiguration,
        Action::GetBucketLifecycle,
        Action::GetBucketEncryption,
        Action::GetBucketLogging,
        Action::DescribeKey,
        Action::GetKeyRotationStatus,
        Action::GetKeyPolicy,
        Action::DescribeLogGroups,
        Action::GetAccountAuthorizationDetails,
        Action::DescribeOrganization,
        Action::ListRoots,
        Action::ListParents,
        Action::ListPoliciesForTarget,
        Action::DescribePolicy,
        Action::GetBucketRequestPayment,
        Action::ListGrants,
        Action::DescribeResourcePolicies,
        Action::GetTopicAttributes,
        Action::DescribeMetricFilters,
        Action::DescribeAlarms,
        Action::ListEventRules,
        Action::ListTargetsByRule,
        Action::ListSubscriptionsByTopic,
        Action::GetBucketNotification,
        Action::ListServiceAccess,
        Action::ListDelegatedAdministrators,
        Action::DescribeConfigurationRecorders,
        Action::DescribeConfigurationRecorderStatus,
        Action::DescribeDeliveryChannels,
        Action::DescribeConfigRules,
        Action::DescribeComplianceByConfigRule,
        Action::ListEventDataStores,
        Action::GetEventDataStore,
        Action::LookupEvents,
        Action::ListDetectors,
        Action::GetDetector,
        Action::DescribeHub,
    ];

    /// The calls every audit makes, whatever the rules: who, where, which trails.
    pub const ALWAYS: &'static [Action] = &[
        Action::GetCallerIdentity,
        Action::ListRegions,
        Action::ListAccountAliases,
        Action::DescribeTrails,
    ];

    /// The IAM permission, `service:Action`, as one writes it in a policy.
    pub fn iam(self) -> &'static str {
        self.names().0
    }

    /// The API operation, as CloudTrail would record it.
    pub fn operation(self) -> &'static str {
        self.names().1
    }

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Action::ListRegions => ("account:ListRegions", "ListRegions"),
            Action::ListAccountAliases => ("iam:ListAccountAliases", "ListAccountAliases"),
            Action::GetAccountSummary => ("iam:GetAccountSummary", "GetAccountSummary"),
            Action::GetCallerIdentity => ("sts:GetCallerIdentity", "GetCallerIdentity"),
            Action::DescribeTrails => ("cloudtrail:DescribeTrails", "DescribeTrails"),
            Action::GetTrailStatus => ("cloudtrail:GetTrailStatus", "GetTrailStatus"),
            Action::GetEventSelectors => ("cloudtrail:GetEventSelectors", "GetEventSelectors"),
            Action::GetInsightSelectors => {
                ("cloudtrail:GetInsightSelectors", "GetInsightSelectors")
            }
            Action::ListTags => ("cloudtrail:ListTags", "ListTags"),
            Action::HeadBucket => ("s3:ListBucket", "HeadBucket"),
            Action::GetBucketLocation => ("s3:GetBucketLocation", "GetBucketLocation"),
            Action::GetBucketPolicy => ("s3:GetBucketPolicy", "GetBucketPolicy"),
            Action::GetBucketPolicyStatus => ("s3:GetBucketPolicyStatus", "GetBucketPolicyStatus"),
            Action::GetBucketAcl => ("s3:GetBucketAcl", "GetBucketAcl"),
            Action::GetBucketPublicAccessBlock => {
                ("s3:GetBucketPublicAccessBlock", "GetPublicAccessBlock")
            }
            Action::GetAccountPublicAccessBlock => {
                ("s3:GetAccountPublicAccessBlock", "GetPublicAccessBlock")
            }
            Action::GetBucketOwnershipControls => (
                "s3:GetBucketOwnershipControls",
                "GetBucketOwnershipControls",
            ),
            Action::GetBucketVersioning => ("s3:GetBucketVersioning", "GetBucketVersioning"),
            Action::GetObjectLockConfiguration => (
                "s3:GetBucketObjectLockConfiguration",
                "GetObjectLockConfiguration",
            ),
            Action::GetBucketLifecycle => (
                "s3:GetLifecycleConfiguration",
                "GetBucketLifecycleConfiguration",
            ),
            Action::GetBucketEncryption => ("s3:GetEncryptionConfiguration", "GetBucketEncryption"),
            Action::GetBucketLogging => ("s3:GetBucketLogging", "GetBucketLogging"),
            Action::DescribeKey => ("kms:DescribeKey", "DescribeKey"),
            Action::GetKeyRotationStatus => ("kms:GetKeyRotationStatus", "GetKeyRotationStatus"),
            Action::GetKeyPolicy => ("kms:GetKeyPolicy", "GetKeyPolicy"),
            Action::DescribeLogGroups => ("logs:DescribeLogGroups", "DescribeLogGroups"),
            Action::GetAccountAuthorizationDetails => (
                "iam:GetAccountAuthorizationDetails",
                "GetAccountAuthorizationDetails",
            ),
            Action::DescribeOrganization => {
                ("organizations:DescribeOrganization", "DescribeOrganization")
            }
            Action::ListRoots => ("organizations:ListRoots", "ListRoots"),
            Action::ListParents => ("organizations:ListParents", "ListParents"),
            Action::ListPoliciesForTarget => (
                "organizations:ListPoliciesForTarget",
                "ListPoliciesForTarget",
            ),
            Action::DescribePolicy => ("organizations:DescribePolicy", "DescribePolicy"),
            Action::GetBucketRequestPayment => {
                ("s3:GetBucketRequestPayment", "GetBucketRequestPayment")
            }
            Action::ListGrants => ("kms:ListGrants", "ListGrants"),
            Action::DescribeResourcePolicies => {
                ("logs:DescribeResourcePolicies", "DescribeResourcePolicies")
            }
            Action::GetTopicAttributes => ("sns:GetTopicAttributes", "GetTopicAttributes"),
            Action::DescribeMetricFilters => {
                ("logs:DescribeMetricFilters", "DescribeMetricFilters")
            }
            Action::DescribeAlarms => ("cloudwatch:DescribeAlarms", "DescribeAlarms"),
            Action::ListEventRules => ("events:ListRules", "ListRules"),
            Action::ListTargetsByRule => ("events:ListTargetsByRule", "ListTargetsByRule"),
            Action::ListSubscriptionsByTopic => {
                ("sns:ListSubscriptionsByTopic", "ListSubscriptionsByTopic")
            }
            Action::GetBucketNotification => (
                "s3:GetBucketNotification",
                "GetBucketNotificationConfiguration",
            ),
            Action::ListServiceAccess => (
                "organizations:ListAWSServiceAccessForOrganization",
                "ListAWSServiceAccessForOrganization",
            ),
            Action::ListDelegatedAdministrators => (
                "organizations:ListDelegatedAdministrators",
                "ListDelegatedAdministrators",
            ),
            Action::DescribeConfigurationRecorders => (
                "config:DescribeConfigurationRecorders",
                "DescribeConfigurationRecorders",
            ),
            Action::DescribeConfigurationRecorderStatus => (
                "config:DescribeConfigurationRecorderStatus",
                "DescribeConfigurationRecorderStatus",
            ),
            Action::DescribeDeliveryChannels => (
                "config:DescribeDeliveryChannels",
                "DescribeDeliveryChannels",
            ),
            Action::DescribeConfigRules => ("config:DescribeConfigRules", "DescribeConfigRules"),
            Action::DescribeComplianceByConfigRule => (
                "config:DescribeComplianceByConfigRule",
                "DescribeComplianceByConfigRule",
            ),
            Action::ListEventDataStores => {
                ("cloudtrail:ListEventDataStores", "ListEventDataStores")
            }
            Action::GetEventDataStore => ("cloudtrail:GetEventDataStore", "GetEventDataStore"),
            Action::LookupEvents => ("cloudtrail:LookupEvents", "LookupEvents"),
            Action::ListDetectors => ("guardduty:ListDetectors", "ListDetectors"),
            Action::GetDetector => ("guardduty:GetDetector", "GetDetector"),
            Action::DescribeHub => ("securityhub:DescribeHub", "DescribeHub"),
        }
    }
}
