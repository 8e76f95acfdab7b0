//! What watches beside CloudTrail, and tags.

mod guardduty_enabled;
mod security_hub_enabled;
mod trail_tags;

use crate::rule::Rule;

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[
    &guardduty_enabled::RULE,
    &security_hub_enabled::RULE,
    &trail_tags::RULE,
];
