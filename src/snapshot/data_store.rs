//! Event data stores of CloudTrail Lake.

use serde::{Deserialize, Serialize};

use super::Observed;

/// One event data store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DataStore {
    /// Its ARN; its account is the owner, which for an organization's store is the
    /// management account.
    pub arn: String,
    /// `GetEventDataStore`.
    pub details: Observed<DataStoreDetails>,
}

/// `GetEventDataStore`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DataStoreDetails {
    /// `Name`.
    pub name: String,
    /// `Status`: `ENABLED`, `STOPPED_INGESTION`, `PENDING_DELETION`, ...
    pub status: String,
    /// `RetentionPeriod`, in days.
    pub retention_days: u32,
    /// `TerminationProtectionEnabled`.
    pub termination_protection: bool,
    /// `KmsKeyId`; `None` if AWS's own key encrypts it.
    pub kms_key_id: Option<String>,
}
