//! What the digests of a chain say about each moment: whether a log file that was delivered
//! then must be named by one of them.

use std::collections::BTreeMap;

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

/// What a chain says of each moment. Spans of one kind that overlap or touch are one: a chain
/// without a flaw is a single span, however long it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Timeline {
    /// For each kind the ends of its spans by their beginnings, which are not part of them.
    spans: BTreeMap<Cover, BTreeMap<Timestamp, Timestamp>>,
}

impl Timeline {
    /// Adds a span; an empty one is none.
    pub(super) fn add(&mut self, from: Timestamp, to: Timestamp, cover: Cover) {
        if from >= to {
            return;
        }
        let spans = self.spans.entry(cover).or_default();
        let (mut from, mut to) = (from, to);
        while let Some((&start, &end)) = spans.range(..=to).next_back() {
            if end < from {
                break;
            }
            spans.remove(&start);
            (from, to) = (from.min(start), to.max(end));
        }
        spans.insert(from, to);
    }

    /// What covers a log file of that minute: the weightiest of what its delivery may have
    /// fallen into. `None` if it lies outside of all spans.
    pub(super) fn of(&self, minute: Timestamp) -> Option<Cover> {
        let latest = minute + ROUNDING;
        let covers = |spans: &BTreeMap<Timestamp, Timestamp>| {
            let last = spans.range(..latest).next_back();
            last.is_some_and(|(_, &to)| minute <= to)
        };
        let mut weightiest_first = self.spans.iter().rev();
        weightiest_first
            .find(|(_, spans)| covers(spans))
            .map(|(&cover, _)| cover)
    }

    /// The end of the last span.
    pub(super) fn end(&self) -> Option<Timestamp> {
        let last = self.spans.values().filter_map(BTreeMap::last_key_value);
        last.map(|(_, &to)| to).max()
    }

    /// The beginning of the first span that a digest covers, or covered.
    pub(super) fn start(&self) -> Option<Timestamp> {
        let digests = self
            .spans
            .iter()
            .filter(|(cover, _)| **cover != Cover::Nothing);
        let first = digests.filter_map(|(_, spans)| spans.first_key_value());
        first.map(|(&from, _)| from).min()
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

    #[test]
    fn spans_that_touch_are_one_and_spans_apart_stay_apart() {
        let mut timeline = Timeline::default();
        // In no order, as hours are found gone from the newest back.
        timeline.add(at("05:00:00"), at("06:00:00"), Cover::Digest);
        timeline.add(at("01:00:00"), at("02:00:00"), Cover::Digest);
        timeline.add(at("02:00:00"), at("03:00:00"), Cover::Digest);
        timeline.add(at("00:30:00"), at("01:30:00"), Cover::Digest);
        timeline.add(at("04:00:00"), at("04:00:00"), Cover::Missing);
        assert_eq!(timeline.spans.len(), 1);
        assert_eq!(
            timeline.spans[&Cover::Digest],
            BTreeMap::from([
                (at("00:30:00"), at("03:00:00")),
                (at("05:00:00"), at("06:00:00"))
            ])
        );
        assert_eq!(timeline.of(at("03:05:00")), None);
        assert_eq!(timeline.of(at("04:50:00")), None);
        assert_eq!(timeline.of(at("04:55:01")), Some(Cover::Digest));
        assert_eq!(
            (timeline.start(), timeline.end()),
            (Some(at("00:30:00")), Some(at("06:00:00")))
        );
    }

    #[test]
    fn where_no_chain_was_is_no_beginning_of_one() {
        let mut timeline = Timeline::default();
        timeline.add(at("00:00:00"), at("01:00:00"), Cover::Nothing);
        assert_eq!(timeline.start(), None);
        timeline.add(at("01:00:00"), at("02:00:00"), Cover::Untrusted);
        assert_eq!(timeline.start(), Some(at("01:00:00")));
        assert_eq!(timeline.of(at("01:00:00")), Some(Cover::Untrusted));
    }
}
