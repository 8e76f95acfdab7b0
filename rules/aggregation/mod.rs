//! One aggregated bucket takes the log files of every trail, and takes them reliably.

use crate::rule::Rule;

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[];
