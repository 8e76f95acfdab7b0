//! Log file integrity: changed or deleted log files can be found out.

mod log_file_validation;

use crate::rule::Rule;

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[&log_file_validation::RULE];
