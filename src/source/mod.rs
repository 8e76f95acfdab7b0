//! Where a snapshot comes from.

pub mod demo;
pub mod file;
#[cfg(feature = "live")]
pub mod live;
pub mod simulation;
pub mod stats;
