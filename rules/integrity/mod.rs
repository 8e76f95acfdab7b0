//! Log file integrity: changed or deleted log files can be found out.

mod digest_delivery;
mod digest_retention;
mod log_file_validation;

use crate::rule::Rule;

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[
    &log_file_validation::RULE,
    &digest_delivery::RULE,
    &digest_retention::RULE,
];
