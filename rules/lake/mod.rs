//! Event data stores of CloudTrail Lake, where there are any.

use crate::rule::Rule;

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[];
