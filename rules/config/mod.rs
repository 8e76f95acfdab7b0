//! AWS Config records the trails, and judges them too.

use crate::rule::Rule;

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[];
