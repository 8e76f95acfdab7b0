//! Texts that tell patterns apart: for every way in which texts can match some of several
//! patterns and not the others, one text that does.
//!
//! The patterns are run side by side over every text at once, character by character. Where
//! they can be in has as many combinations as a deterministic automaton has states, which
//! for the patterns that people write are few.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A pattern, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    symbols: Vec<Symbol>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Symbol {
    /// This character.
    Letter(char),
    /// This character, upper or lower.
    AnyCase(char),
    /// Any one character; but for a colon if it is `within` one of an ARN's first parts.
    One { within: bool },
    /// Any text, likewise.
    Any { within: bool },
}

impl Pattern {
    /// A text that stands for itself only.
    pub(super) fn exact(text: &str) -> Self {
        Pattern {
            symbols: text.chars().map(Symbol::Letter).collect(),
        }
    }

    /// A text in upper or lower case.
    pub(super) fn any_case(text: &str) -> Self {
        Pattern {
            symbols: text.chars().map(Symbol::AnyCase).collect(),
        }
    }

    /// A pattern of `StringLike`; with `arn` of `ArnLike`, where wildcards cross colons in the
    /// sixth part only. `literal` gives back the characters that are meant as such.
    pub(super) fn like(pattern: &str, arn: bool, literal: impl Fn(char) -> Option<char>) -> Self {
        let mut colons = 0;
        let symbol = |wanted: char| {
            let within = arn && colons < 5;
            colons += usize::from(wanted == ':');
            match wanted {
                '*' => Symbol::Any { within },
                '?' => Symbol::One { within },
                wanted => Symbol::Letter(literal(wanted).unwrap_or(wanted)),
            }
        };
        Pattern {
            symbols: pattern.chars().map(symbol).collect(),
        }
    }

    /// Whether it matches `text`.
    pub(super) fn matches(&self, text: &str) -> bool {
        let places = text
            .chars()
            .fold(self.start(), |places, found| self.after(&places, found));
        self.accepts(&places)
    }

    fn start(&self) -> Places {
        let mut places = Places::new();
        self.enter(&mut places, 0);
        places
    }

    /// A star can be left at once.
    fn enter(&self, places: &mut Places, at: usize) {
        let mut at = at;
        places.insert(at);
        while matches!(self.symbols.get(at), Some(Symbol::Any { .. })) {
            at += 1;
            places.insert(at);
        }
    }

    fn after(&self, places: &Places, found: char) -> Places {
        let mut next = Places::new();
        for at in places {
            match self.symbols.get(*at) {
                Some(Symbol::Any { within }) if !within || found != ':' => {
                    self.enter(&mut next, *at);
                }
                Some(symbol) if symbol.fits(found) => self.enter(&mut next, at + 1),
                _ => {}
            }
        }
        next
    }

    fn accepts(&self, places: &Places) -> bool {
        places.contains(&self.symbols.len())
    }
}

impl Symbol {
    fn fits(self, found: char) -> bool {
        match self {
            Symbol::Letter(wanted) => wanted == found,
            Symbol::AnyCase(wanted) => wanted.to_lowercase().eq(found.to_lowercase()),
            Symbol::One { within } => !within || found != ':',
            Symbol::Any { .. } => false,
        }
    }
}

/// Where in a pattern a text may have led.
type Places = BTreeSet<usize>;

/// Which of the patterns match.
pub(super) type Matches = Vec<bool>;

/// More combinations of places than this are not looked into.
const MOST_STATES: usize = 2_048;

/// More symbols than this, in all patterns together, neither.
const MOST_SYMBOLS: usize = 2_048;

/// Where a text has come to in each pattern, and from which step by which letter.
type Step = (Vec<Places>, Option<(usize, char)>);

/// A text for each combination of matches that some text has; `None` if that is too much to
/// look into.
pub(super) fn apart(patterns: &[Pattern]) -> Option<BTreeMap<Matches, String>> {
    let symbols: usize = patterns.iter().map(|pattern| pattern.symbols.len()).sum();
    if symbols > MOST_SYMBOLS {
        return None;
    }
    let letters = letters(patterns);
    let start: Vec<Places> = patterns.iter().map(Pattern::start).collect();
    let mut steps: Vec<Step> = vec![(start, None)];
    // The start is come back to like any other: no text at all is as good as no value to
    // some operators, so that another text of the same matches is preferred.
    let mut seen = HashMap::new();
    let mut found = BTreeMap::new();
    let mut empty = None;
    let mut at = 0;
    while let Some((places, _)) = steps.get(at) {
        let both = || patterns.iter().zip(places);
        let matches: Matches = both()
            .map(|(pattern, places)| pattern.accepts(places))
            .collect();
        match at {
            0 => empty = Some(matches),
            _ => {
                found.entry(matches).or_insert_with(|| written(&steps, at));
            }
        }
        let next: Vec<(char, Vec<Places>)> = letters
            .iter()
            .map(|letter| {
                let after = both().map(|(pattern, places)| pattern.after(places, *letter));
                (*letter, after.collect())
            })
            .collect();
        for (letter, places) in next {
            if !seen.contains_key(&places) {
                if steps.len() >= MOST_STATES {
                    return None;
                }
                seen.insert(places.clone(), steps.len());
                steps.push((places, Some((at, letter))));
            }
        }
        at += 1;
    }
    if let Some(matches) = empty {
        found.entry(matches).or_insert_with(String::new);
    }
    Some(found)
}

/// Every character that the patterns tell from others, and one that they do not.
fn letters(patterns: &[Pattern]) -> Vec<char> {
    let mut letters = BTreeSet::new();
    for symbol in patterns.iter().flat_map(|pattern| &pattern.symbols) {
        match symbol {
            Symbol::Letter(letter) => letters.extend([*letter]),
            Symbol::AnyCase(letter) => {
                letters.insert(*letter);
                letters.extend(letter.to_lowercase().chain(letter.to_uppercase()));
            }
            Symbol::One { within: true } | Symbol::Any { within: true } => letters.extend([':']),
            Symbol::One { .. } | Symbol::Any { .. } => {}
        }
    }
    let another = ('a'..='z')
        .rev()
        .chain('\u{e000}'..'\u{f800}')
        .find(|letter| !letters.contains(letter));
    another.into_iter().chain(letters).collect()
}

fn written(steps: &[Step], last: usize) -> String {
    let mut text = Vec::new();
    let mut at = last;
    while let Some((_, Some((from, letter)))) = steps.get(at) {
        text.push(*letter);
        at = *from;
    }
    text.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(pattern: &str) -> Pattern {
        Pattern::like(pattern, false, |_| None)
    }

    fn combinations(patterns: &[Pattern]) -> Vec<String> {
        let found = apart(patterns).unwrap();
        for (matches, text) in &found {
            let again: Vec<bool> = patterns
                .iter()
                .map(|pattern| pattern.matches(text))
                .collect();
            assert_eq!(matches, &again, "{text}");
        }
        let spelled = |matches: &Matches| -> String {
            let digit = |matches: &bool| if *matches { '1' } else { '0' };
            matches.iter().map(digit).collect()
        };
        found.keys().map(spelled).collect()
    }

    #[test]
    fn every_combination_that_occurs_is_found_and_no_other() {
        assert_eq!(
            combinations(&[like("a*"), like("*b")]),
            ["00", "01", "10", "11"]
        );
        assert_eq!(combinations(&[like("a*"), like("b*")]), ["00", "01", "10"]);
        assert_eq!(combinations(&[like("a*"), like("ab*")]), ["00", "10", "11"]);
        assert_eq!(combinations(&[like("*")]), ["1"]);
        assert_eq!(
            combinations(&[like("a*"), like("*b*"), like("*c")]).len(),
            8
        );
    }

    #[test]
    fn the_empty_text_is_the_last_resort() {
        let texts = |patterns: &[Pattern]| -> Vec<String> {
            apart(patterns).unwrap().into_values().collect()
        };
        assert_eq!(texts(&[like("a*"), like("*b")]), ["z", "b", "a", "ab"]);
        assert_eq!(texts(&[like("*")]), ["z"]);
        assert_eq!(texts(&[Pattern::exact("")]), ["z", ""]);
    }

    #[test]
    fn a_text_in_any_case_has_more_spellings_than_two() {
        let patterns = [
            Pattern::any_case("ab"),
            Pattern::exact("ab"),
            Pattern::exact("AB"),
        ];
        assert_eq!(combinations(&patterns), ["000", "100", "101", "110"]);
    }

    #[test]
    fn wildcards_of_an_arn_keep_to_their_part() {
        let arn = Pattern::like("arn:aws:s3:*:*:a*", true, |_| None);
        assert!(arn.matches("arn:aws:s3:::a:b"));
        assert!(!arn.matches("arn:aws:s3::::a"));
        let patterns = [arn, like("arn:aws:s3::::*")];
        assert_eq!(combinations(&patterns), ["00", "01", "10"]);
    }

    #[test]
    fn what_would_take_too_long_is_left() {
        let many: Vec<Pattern> = (0..40).map(|n| like(&format!("*{n}*"))).collect();
        assert_eq!(apart(&many), None);
        assert_eq!(apart(&[like(&"a".repeat(10_000))]), None);
    }
}
