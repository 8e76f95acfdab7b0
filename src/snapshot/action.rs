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
        }
    }
}
