//! Event selectors, evaluated: what a trail records.
//!
//! A selector is a condition, and what a trail records is what satisfies one of them; what an
//! account records is the union over its logging trails. So nothing here compares selectors
//! with expected ones: [`Recorder`] asks one trail whether it records a given event, and
//! [`Coverage`] asks all of them, Region by Region. Every answer is a [`Truth`], because a
//! trail's status or selectors may not have been read, and because a selector may say
//! something that this build does not understand: neither may count as recording, and
//! neither may take away what another selector certainly records.
//!
//! * `operators` holds the six operators of an advanced field selector.
//! * `recorder` reads one trail's selectors, and marks what is doubtful in them.
//! * [`management`] and [`data`] evaluate them on management and on data events.
//! * `witness` decides whether selectors cover *all* data events of a kind.
//! * `delivery` is the one data event that CloudTrail causes itself.
//! * `coverage` is the union over trails.

mod coverage;
pub mod data;
mod delivery;
pub mod management;
mod operators;
mod recorder;
mod truth;
mod witness;

pub use coverage::{Cell, Coverage, Grid};
pub use data::{DataCoverage, DataKind};
pub use delivery::Delivery;
pub use management::{Access, KMS, RDS_DATA, Source};
pub use recorder::Recorder;
pub use truth::Truth;

#[cfg(test)]
mod tests;
