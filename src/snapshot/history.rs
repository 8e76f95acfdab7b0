//! The event history: what CloudTrail itself remembers of the last 90 days, with or
//! without a trail.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One management event that may have weakened the trail, as `LookupEvents` tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RecordedEvent {
    /// `EventId`.
    pub id: String,
    /// `EventName`, for example `StopLogging`.
    pub name: String,
    /// `EventTime`.
    pub time: Timestamp,
    /// The ARN of who did it, or what the record calls them.
    pub principal: String,
    /// `sourceIPAddress`; `None` if the record has none.
    pub source_ip: Option<String>,
    /// `errorCode`; `None` if the call succeeded.
    pub error_code: Option<String>,
    /// `requestParameters`; null if the record has none.
    pub request: Value,
}
