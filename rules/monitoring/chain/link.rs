//! One part of the way, and how far it holds.

use crate::selector::Truth;
use crate::snapshot::Gap;

/// The parts of the way from an event to somebody who is told, in that order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// Nothing is there that could be a way.
    Start,
    /// A trail that logs in every Region.
    Trail,
    /// A log group that its events reach.
    LogGroup,
    /// The trail records the event.
    Recording,
    /// A filter or rule matches the event.
    Pattern,
    /// It tells these events from others.
    Distinction,
    /// It counts all of them.
    Filter,
    /// An alarm watches what is counted.
    Alarm,
    /// One event takes the alarm into the state ALARM.
    Threshold,
    /// The alarm or rule then does something.
    Action,
    /// Somebody hears of it.
    Audience,
}

/// Whether a part of the way, or all of it up to there, holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Link {
    /// It does.
    Holds,
    /// That depends on a fact that is missing.
    Open(Gap),
    /// It certainly does not: where, and why in words.
    Breaks(Step, String),
}

impl Link {
    /// What comes after it holds too. What certainly breaks is told, whatever is open before.
    #[must_use]
    pub(super) fn then(self, next: impl FnOnce() -> Link) -> Link {
        match self {
            Link::Breaks(..) => self,
            Link::Holds => next(),
            Link::Open(_) => match next() {
                broken @ Link::Breaks(..) => broken,
                Link::Holds | Link::Open(_) => self,
            },
        }
    }

    /// At least one of two ways holds. Of two that break, the one that got further is told.
    #[must_use]
    pub(super) fn or(self, other: Link) -> Link {
        match (self, other) {
            (Link::Holds, _) | (_, Link::Holds) => Link::Holds,
            (open @ Link::Open(_), _) | (_, open @ Link::Open(_)) => open,
            (Link::Breaks(at, _), broken @ Link::Breaks(further, _)) if further > at => broken,
            (broken, Link::Breaks(..)) => broken,
        }
    }

    /// At least one of them holds; `none` is what is said where there is none.
    pub(super) fn any(links: impl IntoIterator<Item = Link>, none: impl FnOnce() -> Link) -> Link {
        links.into_iter().reduce(Link::or).unwrap_or_else(none)
    }

    /// A truth, with what is said if it is not one.
    pub(super) fn of(truth: Truth<'_>, at: Step, why: impl FnOnce() -> String) -> Link {
        match truth {
            Truth::Yes => Link::Holds,
            Truth::Unknown(gap) => Link::Open(gap.clone()),
            Truth::No => Link::Breaks(at, why()),
        }
    }

    /// Whether it certainly breaks.
    pub(super) fn is_broken(&self) -> bool {
        matches!(self, Link::Breaks(..))
    }

    /// How far it got.
    pub(super) fn reached(&self) -> Option<Step> {
        match self {
            Link::Breaks(at, _) => Some(*at),
            Link::Holds | Link::Open(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Action, GapKind};

    fn open() -> Link {
        Link::Open(Gap::new(
            Action::DescribeAlarms,
            GapKind::Throttled,
            "slow down",
        ))
    }

    fn broken(at: Step) -> Link {
        Link::Breaks(at, format!("{at:?}"))
    }

    #[test]
    fn a_gap_hides_nothing_that_certainly_breaks_and_no_way_that_holds() {
        assert_eq!(
            open().then(|| broken(Step::Alarm)),
            broken(Step::Alarm),
            "whatever the gap hides, the way breaks behind it"
        );
        assert_eq!(open().then(|| Link::Holds), open());
        assert_eq!(Link::Holds.then(open), open());
        assert_eq!(open().or(Link::Holds), Link::Holds);
        assert_eq!(broken(Step::Audience).or(open()), open());
    }

    #[test]
    fn of_two_ways_that_break_the_one_that_got_further_is_told_and_of_equals_the_first() {
        let (alarm, trail) = (broken(Step::Alarm), broken(Step::Trail));
        assert_eq!(trail.clone().or(alarm.clone()), alarm);
        assert_eq!(alarm.clone().or(trail), alarm);
        let other = Link::Breaks(Step::Alarm, "other".to_owned());
        assert_eq!(alarm.clone().or(other), alarm);
    }

    #[test]
    fn nothing_behind_a_break_is_looked_at() {
        let link = broken(Step::Trail).then(|| panic!("looked"));
        assert_eq!(link.reached(), Some(Step::Trail));
    }
}
