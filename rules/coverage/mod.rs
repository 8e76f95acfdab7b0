//! Trails cover everything: all Regions, and what matters in them.

use crate::rule::Rule;

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[];
