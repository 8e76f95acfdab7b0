//! EventBridge rules on the default event bus.

use serde::{Deserialize, Serialize};

use super::Observed;

/// A rule with an event pattern, as `ListRules` tells. Rules that run on a schedule are
/// none of ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EventRule {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// `EventPattern`, JSON text.
    pub pattern: String,
    /// `State`: `ENABLED`, `DISABLED`, `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`, or
    /// something newer.
    pub state: String,
    /// `ListTargetsByRule`; not collected for a rule that no CloudTrail event can reach.
    pub targets: Observed<Vec<EventTarget>>,
}

/// What a rule hands its events to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EventTarget {
    /// The target's ARN: a topic, a function, a queue, another event bus, ...
    pub arn: String,
    /// The role that EventBridge takes on to reach it, if it needs one.
    pub role: Option<String>,
}
