//! One aggregated bucket takes the log files of every trail, and takes them reliably.

mod aggregated_bucket;
mod delivery_permitted;
mod log_archive_account;
mod log_bucket_exists;
mod log_delivery;
mod permission;

use crate::rule::Rule;

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[
    &aggregated_bucket::RULE,
    &log_archive_account::RULE,
    &log_bucket_exists::RULE,
    &delivery_permitted::RULE,
    &log_delivery::RULE,
];
