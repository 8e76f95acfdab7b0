//! Per-rule settings. They have the catalogue's defaults; the types are shaped like the
//! `[rules.ID]` tables of a `trailcheck.toml`, so that a file can change them.

/// Settings of the rules that have any, by rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// `[rules.aggregated-bucket]`.
    pub aggregated_bucket: AggregatedBucket,
    /// `[rules.log-archive-account]`.
    pub log_archive_account: LogArchiveAccount,
    /// `[rules.log-retention]`: how long log files must be kept.
    pub log_retention: Retention,
    /// `[rules.object-lock]`: how long log files must be locked.
    pub object_lock: Retention,
    /// `[rules.deletion-protection]`: how long a lock must last to count as protection.
    pub deletion_protection: Retention,
    /// `[rules.log-group-retention]`: how long log events must be kept.
    pub log_group_retention: Retention,
    /// `[rules.tamper-principals]`.
    pub tamper_principals: TamperPrincipals,
    /// `[rules.cloudtrail-full-access]`.
    pub cloudtrail_full_access: CloudtrailFullAccess,
    /// `[rules.bucket-least-privilege]`.
    pub bucket_least_privilege: BucketLeastPrivilege,
}

/// The one bucket that all trails should deliver to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AggregatedBucket {
    /// `bucket`; without it any one bucket will do.
    pub bucket: Option<String>,
}

/// The account that should own the log buckets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogArchiveAccount {
    /// `account`; without it any account but the audited one will do.
    pub account: Option<String>,
}

/// A minimum period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// `retention-days`.
    pub days: u32,
}

impl Default for Retention {
    /// One year, which PCI DSS asks for, and Security Hub (CloudWatch.16) of log groups.
    fn default() -> Self {
        Retention { days: 365 }
    }
}

/// Who may be able to stop, delete or blind a trail, or destroy its log files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TamperPrincipals {
    /// `max`: how many principals outside `allow` may have such permissions of their own.
    pub max: u32,
    /// `allow`: the ARNs of the principals that may, as patterns of IAM (`*`, `?`).
    pub allow: Vec<String>,
}

impl Default for TamperPrincipals {
    /// A handful: an administrator or two, their deployment role and a way in for
    /// emergencies.
    fn default() -> Self {
        TamperPrincipals {
            max: 5,
            allow: Vec::new(),
        }
    }
}

/// How far AWSCloudTrail_FullAccess may be spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloudtrailFullAccess {
    /// `max`: how many users, groups and roles, together, may have the policy.
    pub max: u32,
}

impl Default for CloudtrailFullAccess {
    /// One, for whoever administers the trails.
    fn default() -> Self {
        CloudtrailFullAccess { max: 1 }
    }
}

/// Who may read the log bucket beside its own account and CloudTrail.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BucketLeastPrivilege {
    /// `readers`: ARNs of principals, account ids and names of services, as patterns of
    /// IAM (`*`, `?`).
    pub readers: Vec<String>,
}
