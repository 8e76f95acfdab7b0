//! What a `trailcheck.toml` says: which rules run and what they weigh, what closes the
//! gate, the settings of rules, and the findings that are accepted.
//!
//! The doc comments of the fields are what users read: they are the descriptions in the
//! JSON Schema, `docs/schema/trailcheck-config-1.json`, which `trailcheck rules explain`
//! and the messages about mistakes take their names and texts from.

mod describe;
mod parse;
mod suppress;
mod value;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use describe::{Setting, settings_of};
pub use parse::{Mistake, parse};
pub use suppress::{Suppression, Until};

use crate::rule::{Practice, Severity};

/// A `trailcheck.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// The lowest severity that fails the run, unless `--fail-on` says otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "FailOn"))]
    pub fail_on: Option<FailOn>,
    /// The Regions to audit, unless `--regions` says otherwise; a saved snapshot has its own.
    #[serde(deserialize_with = "value::regions")]
    #[cfg_attr(test, schemars(inner(regex(pattern = r"^[a-z0-9-]+$"))))]
    pub regions: Vec<String>,
    /// Which rules run, unless `--rule` or `--practice` says otherwise.
    pub select: Select,
    /// What every fail and every unknown of a rule weighs, by the rule's id.
    pub severity: BTreeMap<String, Severity>,
    /// The settings of rules, in one table per rule.
    pub rules: Settings,
    /// The fails that are accepted.
    pub suppress: Vec<Suppression>,
}

/// The lowest severity that fails the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// Fails that are critical.
    Critical,
    /// Those that are high, too.
    High,
    /// Those that are medium, too.
    Medium,
    /// Every fail.
    Low,
    /// No fail.
    Never,
}

impl FailOn {
    /// The severity; `None` for never.
    pub fn severity(self) -> Option<Severity> {
        match self {
            FailOn::Critical => Some(Severity::Critical),
            FailOn::High => Some(Severity::High),
            FailOn::Medium => Some(Severity::Medium),
            FailOn::Low => Some(Severity::Low),
            FailOn::Never => None,
        }
    }
}

/// Which rules run. `--rule` and `--practice` take the place of the whole table,
/// `--skip-rule` leaves out more.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Select {
    /// The ids of rules that run; these and those of `practices`, or all if both are empty.
    pub rules: Vec<String>,
    /// The practices whose rules run.
    pub practices: Vec<Practice>,
    /// The ids of rules that do not.
    pub skip_rules: Vec<String>,
}

/// Settings of the rules that have any, by rule.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The one bucket that all trails should deliver to.
    pub aggregated_bucket: AggregatedBucket,
    /// The account that should own the log buckets.
    pub log_archive_account: LogArchiveAccount,
    /// How long log files must be kept.
    pub log_retention: Retention,
    /// How long log files must be locked.
    pub object_lock: Retention,
    /// How long a lock must last to count as protection.
    pub deletion_protection: Retention,
    /// How long log events must be kept.
    pub log_group_retention: Retention,
    /// Who may be able to stop, delete or blind a trail, or destroy its log files.
    pub tamper_principals: TamperPrincipals,
    /// How far AWSCloudTrail_FullAccess may be spread.
    pub cloudtrail_full_access: CloudtrailFullAccess,
    /// Who may read the log bucket beside its own account and CloudTrail.
    pub bucket_least_privilege: BucketLeastPrivilege,
    /// How long event data stores must keep events.
    pub data_store_retention: Retention,
    /// Which tags every trail must have.
    pub trail_tags: TrailTags,
}

/// The one bucket that all trails should deliver to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AggregatedBucket {
    /// The bucket's name; without it any one bucket will do.
    #[serde(
        deserialize_with = "value::bucket",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(
        test,
        schemars(with = "String", regex(pattern = r"^[A-Za-z0-9._-]{3,255}$"))
    )]
    pub bucket: Option<String>,
}

/// The account that should own the log buckets.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct LogArchiveAccount {
    /// The account's id, in quotes; without it any account but the audited one will do.
    #[serde(
        deserialize_with = "value::account",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(test, schemars(with = "String", regex(pattern = r"^[0-9]{12}$")))]
    pub account: Option<String>,
}

/// A minimum period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Retention {
    /// The shortest period that will do, in days.
    #[serde(rename = "retention-days", deserialize_with = "value::days")]
    #[cfg_attr(test, schemars(range(min = 1, max = 36_500)))]
    pub days: u32,
}

impl Default for Retention {
    /// One year, which PCI DSS asks for, and Security Hub (CloudWatch.16) of log groups.
    fn default() -> Self {
        Retention { days: 365 }
    }
}

/// Who may be able to stop, delete or blind a trail, or destroy its log files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TamperPrincipals {
    /// How many principals beyond those of `allow` may have such permissions of their own.
    #[serde(deserialize_with = "value::count")]
    pub max: u32,
    /// The ARNs of principals that may, as patterns (`*` is any text, `?` any character).
    #[serde(deserialize_with = "value::patterns")]
    #[cfg_attr(test, schemars(inner(regex(pattern = r"^\S+$"))))]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct CloudtrailFullAccess {
    /// How many users, groups and roles, together, may have the policy.
    #[serde(deserialize_with = "value::count")]
    pub max: u32,
}

impl Default for CloudtrailFullAccess {
    /// One, for whoever administers the trails.
    fn default() -> Self {
        CloudtrailFullAccess { max: 1 }
    }
}

/// Who may read the log bucket beside its own account and CloudTrail.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct BucketLeastPrivilege {
    /// Their ARNs, account ids or service names, as patterns (`*` is any text, `?` any character).
    #[serde(deserialize_with = "value::patterns")]
    #[cfg_attr(test, schemars(inner(regex(pattern = r"^\S+$"))))]
    pub readers: Vec<String>,
}

/// Which tags every trail must have.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TrailTags {
    /// The keys of the tags; without any the rule asks for nothing and does not apply.
    #[serde(deserialize_with = "value::tag_keys")]
    #[cfg_attr(test, schemars(inner(length(min = 1, max = 128))))]
    pub required: Vec<String>,
}
