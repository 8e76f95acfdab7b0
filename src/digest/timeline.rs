//! What the digests of a chain say about each moment: whether a log file that was delivered
//! then must be named by one of them.

use jiff::{SignedDuration, Timestamp};

/// A log file's name has the minute at which it was delivered, rounded down to five.
pub(super) const ROUNDING: SignedDuration = SignedDuration::from_mins(5);

/// What a span of time is covered by. The order is that of their weight: where a log file's
/// time falls in two spans, the later one decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cover {
    /// No chain was there: before its first digest, or between two chains.
    Nothing,
    /// A digest that can be trusted.
    Digest,
    /// A digest that cannot be trusted, or not be read.
    Untrusted,
    /// A digest that is gone.
    Missing,
}

/// A span of time, of which the beginning is not part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) cover: Cover,
}

/// The spans of a chain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Timeline {
    spans: Vec<Span>,
}

impl Timeline {
    /// Adds a span; an empty one is none.
    pub(super) fn add(&mut self, from: Timestamp, to: Timestamp, cover: Cover) {
        if from < to {
            self.spans.push(Span { from, to, cover });
        }
    }

    /// What covers a log file of that minute: the weightiest of what its delivery may have
    /// fallen into. `None` if it lies outside of all spans.
    pub(super) fn of(&self, minute: Timestamp) -> Option<Cover> {
        let latest = minute + ROUNDING;
        self.spans
            .iter()
            .filter(|span| span.from < latest && minute <= span.to)
            .map(|span| span.cover)
            .max()
    }

    /// The end of the last span.
    pub(super) fn end(&self) -> Option<Timestamp> {
        self.spans.iter().map(|span| span.to).max()
    }

    /// The beginning of the first span that a digest covers, or covered.
    pub(super) fn start(&self) -> Option<Timestamp> {
        let digests = self
            .spans
            .iter()
            .filter(|span| span.cover != Cover::Nothing);
        digests.map(|span| span.from).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> Timestamp {
        format!("2026-03-01T{time}Z").parse().unwrap()
    }

    #[test]
    fn a_log_file_at_the_edge_of_a_lost_hour_may_be_of_that_hour() {
        let mut timeline = Timeline::default();
        timeline.add(at("00:12:30"), at("01:12:30"), Cover::Digest);
        timeline.add(at("01:12:30"), at("02:12:30"), Cover::Missing);
        assert_eq!(timeline.of(at("01:05:00")), Some(Cover::Digest));
        assert_eq!(timeline.of(at("01:10:00")), Some(Cover::Missing));
        assert_eq!(timeline.of(at("02:10:00")), Some(Cover::Missing));
        assert_eq!(timeline.of(at("02:15:00")), None);
        assert_eq!(timeline.of(at("00:05:00")), None);
    }
}
