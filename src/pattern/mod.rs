//! The two languages in which people say which events they want to hear of: CloudWatch Logs
//! filter patterns and EventBridge event patterns.
//!
//! Comparing their text with a model answers nothing: the same condition can be written in
//! many ways, and one wrong sign makes a filter that never fires. So a pattern is read, and
//! asked about events.

pub mod control;
pub mod event;
pub mod filter;

use std::fmt;

/// Whether a pattern matches an event. Where AWS leaves the meaning of a term open, so is
/// the answer, unless the rest of the pattern decides alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It does not.
    No,
    /// AWS leaves it open; the text names the term and says why.
    Open(String),
    /// It does.
    Yes,
}

impl Answer {
    /// Both hold.
    #[must_use]
    pub fn and(self, other: Answer) -> Answer {
        match (self, other) {
            (Answer::No, _) | (_, Answer::No) => Answer::No,
            (open @ Answer::Open(_), _) | (_, open @ Answer::Open(_)) => open,
            (Answer::Yes, Answer::Yes) => Answer::Yes,
        }
    }

    /// At least one holds.
    #[must_use]
    pub fn or(self, other: Answer) -> Answer {
        match (self, other) {
            (Answer::Yes, _) | (_, Answer::Yes) => Answer::Yes,
            (open @ Answer::Open(_), _) | (_, open @ Answer::Open(_)) => open,
            (Answer::No, Answer::No) => Answer::No,
        }
    }
}

impl From<bool> for Answer {
    fn from(holds: bool) -> Self {
        if holds { Answer::Yes } else { Answer::No }
    }
}

/// Where a pattern cannot be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The character, counted from 1; one past the end where the pattern stops too early.
    pub position: usize,
    /// What is wrong, and what was expected, in one lower-case fragment.
    pub reason: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "character {}: {}", self.position, self.reason)
    }
}

impl std::error::Error for Mistake {}
