//! The alarms that AWS and CIS ask for, each as the events that must raise it.
//!
//! A pattern is judged by what it does: asked about made-up CloudTrail records, it must match
//! every event of a control, and not all of the ordinary ones.

mod changes;
mod corpus;
mod record;
mod sample;
mod sign_in;
mod tampering;
#[cfg(test)]
mod tests;
mod verdict;

use std::sync::LazyLock;

pub use record::Setting;
pub use sample::Sample;
pub use verdict::{Caught, Verdict};

use super::Answer;

/// An alarm, and the events that must raise it.
#[derive(Debug, Clone, PartialEq)]
pub struct Control {
    /// The rule that asks for it.
    pub rule: &'static str,
    samples: Vec<Sample>,
    optional: Vec<Sample>,
    filter: String,
    event: String,
}

impl Control {
    /// The events that must match.
    #[must_use]
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// Events of the same kind that newer editions of a benchmark add: nobody is blamed for
    /// a pattern that follows an older one.
    #[must_use]
    pub fn optional(&self) -> &[Sample] {
        &self.optional
    }

    fn all(&self) -> impl Iterator<Item = &Sample> {
        self.samples.iter().chain(&self.optional)
    }

    /// Whether AWS records all its events in the partition's leader Region only.
    #[must_use]
    pub fn global(&self) -> bool {
        self.samples.iter().all(Sample::global)
    }

    /// Whether some of its events change nothing, so that an EventBridge rule sees them only
    /// in the state `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`.
    #[must_use]
    pub fn reads(&self) -> bool {
        self.samples.iter().any(Sample::read_only)
    }

    /// A metric filter's pattern that covers it.
    #[must_use]
    pub fn filter_pattern(&self) -> &str {
        &self.filter
    }

    /// An EventBridge pattern that covers it.
    #[must_use]
    pub fn event_pattern(&self) -> &str {
        &self.event
    }
}

/// All controls and the ordinary events, in one account.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    controls: Vec<Control>,
    corpus: Vec<Sample>,
}

impl Table {
    /// The table for one account.
    #[must_use]
    pub fn of(setting: &Setting<'_>) -> Self {
        let mut controls = sign_in::controls(setting);
        let mut changes = changes::controls(setting).into_iter();
        controls.extend(changes.by_ref().take(2));
        controls.push(sign_in::failures(setting));
        controls.extend(changes);
        controls.push(tampering::control(setting));
        Self {
            controls,
            corpus: corpus::samples(setting),
        }
    }

    /// The controls, in the order in which CIS numbers them.
    #[must_use]
    pub fn controls(&self) -> &[Control] {
        &self.controls
    }

    /// The control that a rule asks for.
    #[must_use]
    pub fn control(&self, rule: &str) -> Option<&Control> {
        self.controls.iter().find(|control| control.rule == rule)
    }

    /// Ordinary events, none of which belongs to any control.
    #[must_use]
    pub fn corpus(&self) -> &[Sample] {
        &self.corpus
    }

    /// Asks a pattern about every sample: once, however many controls are judged by it.
    #[must_use]
    pub fn catch(&self, answer: &dyn Fn(&Sample) -> Answer) -> Caught {
        Caught::of(self, answer)
    }
}

/// The table for an account that stands for any.
#[must_use]
pub fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| Table::of(&Setting::default()));
    &TABLE
}
