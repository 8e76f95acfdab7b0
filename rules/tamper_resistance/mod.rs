//! Who can turn the trail off, delete its log files or change what keeps them.

use crate::rule::Rule;

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[];
