//! GuardDuty and Security Hub, if this build can ask them.

#[cfg(feature = "full")]
mod asked;
#[cfg(not(feature = "full"))]
mod left_out;

#[cfg(feature = "full")]
pub(super) use asked::{detectors, security_hub};
#[cfg(not(feature = "full"))]
pub(super) use left_out::{detectors, security_hub};

#[cfg(test)]
mod tests;
