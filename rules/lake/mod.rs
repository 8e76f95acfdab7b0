//! Event data stores of CloudTrail Lake, where there are any.

mod data_store_encryption;
mod data_store_ingesting;
mod data_store_retention;
mod data_store_termination_protection;

use crate::rule::Rule;

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[
    &data_store_termination_protection::RULE,
    &data_store_retention::RULE,
    &data_store_encryption::RULE,
    &data_store_ingesting::RULE,
];
