//! AWS Config in one Region.

use serde::{Deserialize, Serialize};

use super::Observed;

/// A configuration recorder, as `DescribeConfigurationRecorders` tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ConfigRecorder {
    /// Its name.
    pub name: String,
    /// The service that owns it, for a recorder that is linked to a service.
    pub service_principal: Option<String>,
    /// What it records.
    pub records: RecordingScope,
    /// `DescribeConfigurationRecorderStatus`.
    pub recording: Observed<Recording>,
}

/// Which resource types a recorder records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RecordingScope {
    /// All that AWS Config supports in the Region.
    All,
    /// All but these.
    AllBut(Vec<String>),
    /// These only.
    Only(Vec<String>),
}

/// `DescribeConfigurationRecorderStatus`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Recording {
    /// `recording`.
    pub on: bool,
    /// `lastStatus`: `Pending`, `Success`, `Failure`, `NotApplicable`; `None` if never told.
    pub last_status: Option<String>,
    /// `lastErrorCode` and `lastErrorMessage`, joined.
    pub last_error: Option<String>,
}

/// An AWS Config rule that AWS manages, as `DescribeConfigRules` tells. Rules of one's own
/// are left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ConfigRule {
    /// Its name, which is free.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// `Source.SourceIdentifier`, for example `CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED`.
    pub identifier: String,
    /// `InputParameters`, JSON text; `None` if the rule has none.
    #[serde(default)]
    pub parameters: Option<String>,
    /// `ConfigRuleState`.
    pub state: String,
    /// `DescribeComplianceByConfigRule`: `COMPLIANT`, `NON_COMPLIANT`, `NOT_APPLICABLE`,
    /// `INSUFFICIENT_DATA`; not collected for a rule that says nothing of trails.
    pub compliance: Observed<String>,
}
