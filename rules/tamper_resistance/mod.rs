//! Who can turn the trail off, delete its log files or change what keeps them.

mod cloudtrail_full_access;
mod history;
mod no_recent_tampering;
mod protection;
mod scp_protects_trail;
mod tamper_principals;
mod tampering;

use crate::rule::Rule;

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[
    &tamper_principals::RULE,
    &cloudtrail_full_access::RULE,
    &scp_protects_trail::RULE,
    &no_recent_tampering::RULE,
];
