//! KMS keys that encrypt trails.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Action, Observed};

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
    /// The key's grants.
    #[serde(default = "no_grants")]
    pub grants: Observed<Vec<KeyGrant>>,
}

fn no_grants() -> Observed<Vec<KeyGrant>> {
    Observed::not_collected(Action::ListGrants)
}

/// A grant: operations on the key that its grantee may do, whatever IAM policies allow.
/// <https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct KeyGrant {
    /// `GrantId`.
    pub id: String,
    /// `GranteePrincipal`: an ARN, or a service's name.
    pub grantee: String,
    /// `Operations`, for example `Decrypt`.
    pub operations: Vec<String>,
    /// Whether it holds for some encryption contexts only (`Constraints`).
    pub constrained: bool,
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
