//! KMS keys that encrypt trails.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Observed;

/// One KMS key that a trail encrypts with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Key {
    /// Every `KmsKeyId` by which trails refer to this key, as they spell it, sorted.
    pub references: Vec<String>,
    /// `DescribeKey`.
    pub description: Observed<KeyDescription>,
    /// `GetKeyRotationStatus.KeyRotationEnabled`.
    pub rotation: Observed<bool>,
    /// The key policy's JSON text.
    pub policy: Observed<String>,
}

/// `DescribeKey`, the parts that matter to a trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct KeyDescription {
    /// The key's ARN.
    pub arn: String,
    /// `KeyState`, for example `Enabled`, `Disabled`, `PendingDeletion`.
    pub state: String,
    /// Who manages it.
    pub manager: KeyManager,
    /// `KeySpec`, for example `SYMMETRIC_DEFAULT`.
    pub spec: String,
    /// `Origin`, for example `AWS_KMS`, `EXTERNAL`, `AWS_CLOUDHSM`.
    pub origin: String,
    /// `MultiRegion`.
    pub multi_region: bool,
    /// When it will be deleted, if that is scheduled.
    pub deletion_date: Option<Timestamp>,
}

/// `KeyManager`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
pub enum KeyManager {
    /// AWS.
    Aws,
    /// The customer.
    Customer,
}

impl Key {
    /// What to call the key in a finding: its ARN if known, else the first reference.
    pub fn name(&self) -> &str {
        match self.description.if_known() {
            Some(description) => &description.arn,
            None => self.references.first().map_or("", String::as_str),
        }
    }
}
