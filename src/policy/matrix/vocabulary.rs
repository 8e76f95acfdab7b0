//! The actions that are asked about, and which of them statements speak of: found out once
//! per pattern, because the policies of an account repeat each other.

use std::collections::HashMap;

use crate::policy::pattern::{Actions, matches};
use crate::policy::truth::Truth;

/// Enough for the actions of both tables.
const WORDS: usize = 4;

/// Some of the actions, by their places in the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Places([u64; WORDS]);

impl Places {
    pub(super) fn has(self, place: usize) -> bool {
        let word = self.0.get(place / 64).copied().unwrap_or_default();
        word & (1 << (place % 64)) != 0
    }

    fn add(&mut self, place: usize) {
        if let Some(word) = self.0.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    pub(super) fn any(self) -> bool {
        self != Places::default()
    }

    pub(super) fn or(self, other: Self) -> Self {
        self.each(other, |one, other| one | other)
    }

    fn without(self, other: Self) -> Self {
        self.each(other, |one, other| one & !other)
    }

    fn each(mut self, other: Self, word: impl Fn(u64, u64) -> u64) -> Self {
        for (one, other) in self.0.iter_mut().zip(other.0) {
            *one = word(*one, other);
        }
        self
    }
}

/// What a statement speaks of, certainly or maybe.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spoken {
    yes: Places,
    maybe: Places,
}

impl Spoken {
    pub(super) fn possibly(self) -> Places {
        self.yes.or(self.maybe)
    }

    /// Whether it speaks of the action for certain.
    pub(super) fn surely(self, place: usize) -> bool {
        self.yes.has(place)
    }
}

/// The actions, in lower case, and what is known of patterns.
#[derive(Debug)]
pub(super) struct Vocabulary<'w> {
    actions: Vec<String>,
    known: HashMap<&'w str, Spoken>,
}

impl<'w> Vocabulary<'w> {
    pub(super) fn new(actions: Vec<String>) -> Self {
        Vocabulary {
            actions,
            known: HashMap::new(),
        }
    }

    pub(super) fn action(&self, place: usize) -> &str {
        self.actions.get(place).map_or("", String::as_str)
    }

    /// What the statement with these actions speaks of: as [`Actions::contain`] tells of each.
    pub(super) fn spoken(&mut self, actions: &'w Actions) -> Spoken {
        let (patterns, listed) = (actions.spelled(), actions.listed());
        let mut spoken = Spoken::default();
        for pattern in patterns {
            let known = match self.known.get(pattern.as_str()) {
                Some(known) => *known,
                None => {
                    let found = self.of_pattern(pattern);
                    self.known.insert(pattern, found);
                    found
                }
            };
            spoken.yes = spoken.yes.or(known.yes);
            spoken.maybe = spoken.maybe.or(known.maybe);
        }
        spoken.maybe = spoken.maybe.without(spoken.yes);
        if !listed {
            let mut all = Places::default();
            (0..self.actions.len()).for_each(|place| all.add(place));
            spoken.yes = all.without(spoken.yes).without(spoken.maybe);
        }
        spoken
    }

    fn of_pattern(&self, pattern: &str) -> Spoken {
        let mut spoken = Spoken::default();
        let service = pattern.split(':').next().unwrap_or_default();
        let wild = service.contains(['*', '?']);
        for (place, action) in self.actions.iter().enumerate() {
            if !wild && !action.starts_with(service) {
                continue;
            }
            match matches(pattern, action) {
                Truth::No => {}
                Truth::Maybe(_) => spoken.maybe.add(place),
                Truth::Yes => spoken.yes.add(place),
            }
        }
        spoken
    }
}
