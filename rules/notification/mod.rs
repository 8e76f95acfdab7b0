//! Trails tell somebody that log files have arrived.

mod alarm_reaches_someone;
mod sns_delivery;
mod sns_notification;
mod sns_topic_policy;
mod topic;

use crate::rule::Rule;

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[
    &sns_notification::RULE,
    &sns_delivery::RULE,
    &sns_topic_policy::RULE,
    &alarm_reaches_someone::RULE,
];
