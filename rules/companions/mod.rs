//! What watches beside CloudTrail, and tags.

use crate::rule::Rule;

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[];
