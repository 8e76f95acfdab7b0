//! The catalogue: every rule, in the order of the report.

pub mod access;
pub mod aggregation;
pub mod companions;
pub mod config;
pub mod coverage;
pub mod integrity;
pub mod lake;
pub mod mfa_delete;
pub mod monitoring;
pub mod notification;
pub mod tamper_resistance;

use crate::rule::Rule;

/// Every rule, in the order of the report: by practice, then as the practice lists them.
pub fn catalogue() -> Vec<&'static Rule> {
    [
        coverage::RULES,
        integrity::RULES,
        aggregation::RULES,
        access::RULES,
        mfa_delete::RULES,
        monitoring::RULES,
        monitoring::alarms::RULES,
        notification::RULES,
        config::RULES,
        tamper_resistance::RULES,
        lake::RULES,
        companions::RULES,
    ]
    .concat()
}

#[cfg(test)]
mod edge_cases;
#[cfg(test)]
mod tests;
