//! Trails feed CloudWatch Logs, where alarms can watch them.

use crate::rule::Rule;

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[];
