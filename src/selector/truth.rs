//! Three-valued truth: yes, no, or a gap where the answer should be.

use crate::snapshot::{Gap, Observed};

/// Whether something holds, as far as the facts tell (Kleene's strong logic).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Truth<'a> {
    /// It does not hold, whatever the missing facts are.
    No,
    /// It depends on a fact that is missing.
    Unknown(&'a Gap),
    /// It holds, whatever the missing facts are.
    Yes,
}

impl<'a> Truth<'a> {
    /// A fact that may be missing.
    pub fn of(fact: &'a Observed<bool>) -> Self {
        match fact {
            Observed::Known(holds) => Truth::from(*holds),
            Observed::Gap(gap) => Truth::Unknown(gap),
        }
    }

    /// [`Truth::Unknown`] if there is a gap, else yes: what casts doubt on an answer.
    pub(super) fn unless(doubt: Option<&'a Gap>) -> Self {
        doubt.map_or(Truth::Yes, Truth::Unknown)
    }

    /// Both hold. Of two gaps the first is named.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Truth::No, _) | (_, Truth::No) => Truth::No,
            (Truth::Unknown(gap), _) | (_, Truth::Unknown(gap)) => Truth::Unknown(gap),
            (Truth::Yes, Truth::Yes) => Truth::Yes,
        }
    }

    /// At least one holds. Of two gaps the first is named.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Truth::Yes, _) | (_, Truth::Yes) => Truth::Yes,
            (Truth::Unknown(gap), _) | (_, Truth::Unknown(gap)) => Truth::Unknown(gap),
            (Truth::No, Truth::No) => Truth::No,
        }
    }

    /// At least one of them holds; with none of them, nothing does.
    pub fn any(truths: impl IntoIterator<Item = Self>) -> Self {
        truths.into_iter().fold(Truth::No, Truth::or)
    }

    /// The answer, for a rule that needs one.
    ///
    /// # Errors
    /// The gap that stands where the answer should be.
    pub fn known(self) -> Result<bool, Gap> {
        match self {
            Truth::No => Ok(false),
            Truth::Unknown(gap) => Err(gap.clone()),
            Truth::Yes => Ok(true),
        }
    }
}

impl From<bool> for Truth<'_> {
    fn from(holds: bool) -> Self {
        if holds { Truth::Yes } else { Truth::No }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Action, GapKind};

    #[test]
    fn a_gap_never_outweighs_what_is_certain() {
        let gap = Gap::new(Action::GetTrailStatus, GapKind::Throttled, "slow down");
        let unknown = Truth::Unknown(&gap);
        assert_eq!(unknown.and(Truth::No), Truth::No);
        assert_eq!(Truth::Yes.and(unknown), unknown);
        assert_eq!(unknown.or(Truth::Yes), Truth::Yes);
        assert_eq!(Truth::No.or(unknown), unknown);
        assert_eq!(unknown.known(), Err(gap.clone()));
    }

    #[test]
    fn of_two_gaps_the_first_is_named() {
        let first = Gap::new(Action::GetTrailStatus, GapKind::Throttled, "slow down");
        let second = Gap::new(Action::GetEventSelectors, GapKind::NotFound, "gone");
        let (a, b) = (Truth::Unknown(&first), Truth::Unknown(&second));
        assert_eq!(a.and(b), a);
        assert_eq!(b.or(a), b);
    }
}
