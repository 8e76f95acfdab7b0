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
