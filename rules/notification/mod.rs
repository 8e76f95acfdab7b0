//! Trails tell somebody that log files have arrived.

mod sns_topic_policy;
mod topic;

use crate::rule::Rule;

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[&sns_topic_policy::RULE];
