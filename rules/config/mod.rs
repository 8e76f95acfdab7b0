//! AWS Config records the trails, and judges them too.

mod config_recorder;
mod config_rules;
mod managed;

use crate::rule::Rule;

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[&config_recorder::RULE, &config_rules::RULE];
