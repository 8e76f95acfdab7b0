//! Services that watch beside CloudTrail: GuardDuty and Security Hub.

use serde::{Deserialize, Serialize};

use super::Observed;

/// A GuardDuty detector of one Region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Detector {
    /// Its id.
    pub id: String,
    /// `GetDetector`'s `Status`: `ENABLED` or `DISABLED`.
    pub detector_status: Observed<String>,
}
