//! Log buckets as the S3 API describes them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Action, Observed};

/// One bucket that a trail delivers to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Bucket {
    /// The bucket's name.
    pub name: String,
    /// Whether it exists, from `HeadBucket`.
    pub existence: Observed<Existence>,
    /// The Region it lies in.
    pub region: Observed<String>,
    /// Whose it is, as far as `HeadBucket` with `ExpectedBucketOwner` tells.
    pub owner: Observed<BucketOwner>,
    /// The bucket policy's JSON text; `Known(None)` if there is none.
    pub policy: Observed<Option<String>>,
    /// `GetBucketPolicyStatus.IsPublic`; `Known(false)` if there is no policy.
    pub policy_is_public: Observed<bool>,
    /// The ACL's grants.
    pub acl: Observed<Vec<AclGrant>>,
    /// The bucket's own block-public-access settings; all false when not configured.
    pub public_access_block: Observed<PublicAccessBlock>,
    /// Object ownership; `Known(None)` when never set, which means `ObjectWriter`.
    pub ownership: Observed<Option<ObjectOwnership>>,
    /// Versioning and MFA delete.
    pub versioning: Observed<Versioning>,
    /// Object Lock; `Known(None)` if the bucket has none.
    pub object_lock: Observed<Option<ObjectLock>>,
    /// Lifecycle rules; empty if there are none.
    pub lifecycle: Observed<Vec<LifecycleRule>>,
    /// Default encryption; `Known(None)` if AWS reports none.
    pub encryption: Observed<Option<BucketEncryption>>,
    /// Server access logging; `Known(None)` if it is off.
    pub access_logging: Observed<Option<AccessLogging>>,
    /// Whether the requester pays, in which case CloudTrail cannot deliver.
    #[serde(default = "no_payer")]
    pub requester_pays: Observed<bool>,
    /// What the bucket tells of new objects, and whom.
    #[serde(default = "no_notifications")]
    pub notifications: Observed<BucketNotifications>,
}

fn no_notifications() -> Observed<BucketNotifications> {
    Observed::not_collected(Action::GetBucketNotification)
}

/// `GetBucketNotificationConfiguration`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BucketNotifications {
    /// Whether the bucket sends its events to EventBridge.
    pub event_bridge: bool,
    /// Topics, queues and functions that are told.
    pub destinations: Vec<BucketNotification>,
}

/// One destination of a bucket's events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BucketNotification {
    /// The ARN of a topic, a queue or a function.
    pub arn: String,
    /// The events, for example `s3:ObjectCreated:*`.
    pub events: Vec<String>,
    /// The prefix that keys must have; empty if none is asked for.
    pub prefix: String,
    /// The suffix that keys must have; empty if none is asked for.
    pub suffix: String,
}

fn no_payer() -> Observed<bool> {
    Observed::not_collected(Action::GetBucketRequestPayment)
}

/// What `HeadBucket` tells about a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Existence {
    /// 200: it is there and we may look.
    Exists,
    /// 301: it is there, in another Region.
    ExistsElsewhere,
    /// 403: it is there, and not ours to look at.
    ExistsForbidden,
    /// 404: nobody owns this name, so anybody could claim it.
    Absent,
}

/// Whose a bucket is, as far as could be proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum BucketOwner {
    /// `HeadBucket` with this account as `ExpectedBucketOwner` succeeded.
    Account(String),
    /// It was refused for this account, and succeeded without an expected owner.
    NotAccount(String),
}

/// One grant of a bucket ACL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AclGrant {
    /// A group URI such as `http://acs.amazonaws.com/groups/global/AllUsers`, or a
    /// canonical user id, or an e-mail address.
    pub grantee: String,
    /// `READ`, `WRITE`, `READ_ACP`, `WRITE_ACP` or `FULL_CONTROL`.
    pub permission: String,
    /// Whether the grantee is the bucket's owner; `None` if the snapshot does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<bool>,
}

/// The four block-public-access settings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PublicAccessBlock {
    /// `BlockPublicAcls`: refuses new public ACLs.
    pub block_public_acls: bool,
    /// `IgnorePublicAcls`: existing public ACLs count for nothing.
    pub ignore_public_acls: bool,
    /// `BlockPublicPolicy`: refuses new public policies.
    pub block_public_policy: bool,
    /// `RestrictPublicBuckets`: a public policy admits only AWS services and the owner.
    pub restrict_public_buckets: bool,
}

/// Who owns new objects, and whether ACLs count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum ObjectOwnership {
    /// ACLs are off.
    BucketOwnerEnforced,
    /// The bucket owner owns objects written with `bucket-owner-full-control`.
    BucketOwnerPreferred,
    /// Whoever writes an object owns it.
    ObjectWriter,
}

/// `GetBucketVersioning`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Versioning {
    /// Whether versions are kept.
    pub status: VersioningStatus,
    /// Whether deleting a version, or changing versioning, needs the root user's MFA.
    pub mfa_delete: bool,
}

/// Whether a bucket keeps versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum VersioningStatus {
    /// Never turned on: AWS sends no status.
    NeverEnabled,
    /// On.
    Enabled,
    /// Turned off again; new objects replace old ones.
    Suspended,
}

/// An Object Lock configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ObjectLock {
    /// The default retention of new objects; `None` if objects are locked one by one.
    pub default_retention: Option<LockRetention>,
}

/// An Object Lock default retention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LockRetention {
    /// Whether anybody may shorten it.
    pub mode: LockMode,
    /// How long.
    pub period: RetentionPeriod,
}

/// An Object Lock mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum LockMode {
    /// Nobody, root included, can delete or shorten.
    #[serde(rename = "COMPLIANCE")]
    Compliance,
    /// Whoever has `s3:BypassGovernanceRetention` can.
    #[serde(rename = "GOVERNANCE")]
    Governance,
}

/// A retention period as it was configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RetentionPeriod {
    /// Days.
    Days(u32),
    /// Years of 365 days.
    Years(u32),
}

impl RetentionPeriod {
    /// The period in days; S3 counts a year as 365.
    pub fn days(self) -> u32 {
        match self {
            RetentionPeriod::Days(days) => days,
            RetentionPeriod::Years(years) => years.saturating_mul(365),
        }
    }
}

/// A lifecycle rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LifecycleRule {
    /// The rule's id.
    pub id: Option<String>,
    /// Whether the rule is in force; a disabled rule is no rule.
    pub enabled: bool,
    /// Which objects it is about.
    pub filter: LifecycleFilter,
    /// When current versions expire.
    pub expiration: Option<LifecycleExpiry>,
    /// After how many days as a noncurrent version they expire.
    pub noncurrent_expiration_days: Option<u32>,
    /// How many noncurrent versions are kept regardless.
    pub newer_noncurrent_versions: Option<u32>,
    /// When current versions move to another storage class.
    pub transitions: Vec<LifecycleTransition>,
    /// When noncurrent versions move to another storage class.
    pub noncurrent_transitions: Vec<LifecycleTransition>,
}

/// The objects a lifecycle rule is about: those that meet every condition given. The
/// older top-level `Prefix` and the `And` form are folded in; none is the whole bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LifecycleFilter {
    /// Key prefix.
    pub prefix: Option<String>,
    /// Object tags as key and value, all of which an object must have.
    pub tags: Vec<(String, String)>,
    /// `ObjectSizeGreaterThan`, in bytes.
    pub larger_than: Option<i64>,
    /// `ObjectSizeLessThan`, in bytes.
    pub smaller_than: Option<i64>,
}

/// When current versions expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LifecycleExpiry {
    /// This many days after creation.
    Days(u32),
    /// From this day on, whatever their age.
    Date(Timestamp),
    /// Only delete markers without versions: removes no log file.
    DeleteMarkersOnly,
}

/// A move to another storage class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LifecycleTransition {
    /// Days after creation (or after becoming noncurrent); `None` if a date is given.
    pub days: Option<u32>,
    /// From this day on.
    pub date: Option<Timestamp>,
    /// For example `GLACIER`, `DEEP_ARCHIVE`, `STANDARD_IA`.
    pub storage_class: String,
}

/// Default encryption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BucketEncryption {
    /// `AES256`, `aws:kms`, `aws:kms:dsse`.
    pub algorithm: String,
    /// The KMS key, if one is named.
    pub kms_key_id: Option<String>,
    /// Whether the bucket uses an S3 Bucket Key.
    pub bucket_key: bool,
}

/// Server access logging.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AccessLogging {
    /// Where the access logs go.
    pub target_bucket: String,
    /// Under which prefix.
    pub target_prefix: String,
}
