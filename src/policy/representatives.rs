//! Values that stand for all values of a condition key: for every way in which the
//! policies' comparisons can come out, one value that makes them come out so.

use std::collections::BTreeSet;

use super::operator::{Comparison, Network, instant, number};
use super::pattern::share;
use super::template::plain;

/// What a key is compared with, and how.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Test {
    pub(super) comparison: Kind,
    /// The policy's value, with stars that are meant as such marked.
    pub(super) value: String,
}

/// What kind of values a comparison tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Exact,
    IgnoreCase,
    Pattern,
    Bool,
    Number,
    Time,
    Address,
    Presence,
}

impl From<Comparison> for Kind {
    fn from(comparison: Comparison) -> Self {
        match comparison {
            Comparison::Exact | Comparison::Binary => Kind::Exact,
            Comparison::IgnoreCase => Kind::IgnoreCase,
            Comparison::Like | Comparison::Arn => Kind::Pattern,
            Comparison::Numeric(_) => Kind::Number,
            Comparison::Date(_) => Kind::Time,
            Comparison::Bool => Kind::Bool,
            Comparison::Ip => Kind::Address,
            Comparison::Null => Kind::Presence,
        }
    }
}

/// Values that stand for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Representatives {
    /// The values, the plainest first.
    pub(super) values: Vec<String>,
    /// Whether some value may behave like none of these.
    pub(super) incomplete: bool,
}

/// The values that `tests` tell apart; `other` is a value that fits none of them.
pub(super) fn of(tests: &BTreeSet<Test>, other: &str) -> Representatives {
    let mut found = Representatives {
        values: vec![other.to_owned()],
        incomplete: false,
    };
    let of_kind = |kind: Kind| {
        tests
            .iter()
            .filter(move |test| test.comparison == kind)
            .map(|test| test.value.as_str())
    };
    found.values.extend(of_kind(Kind::Exact).map(plain));
    for value in of_kind(Kind::IgnoreCase).map(plain) {
        found
            .values
            .extend([value.to_lowercase(), value.to_uppercase(), value]);
    }
    if of_kind(Kind::Bool).next().is_some() {
        found.values.extend(["false".to_owned(), "true".to_owned()]);
    }
    found.add_numbers(of_kind(Kind::Number));
    found.add_times(of_kind(Kind::Time));
    for network in of_kind(Kind::Address).filter_map(Network::parse) {
        found.values.extend(network.edges());
    }
    found.add_patterns(&of_kind(Kind::Pattern).collect::<Vec<_>>());
    let mut seen = BTreeSet::new();
    found.values.retain(|value| seen.insert(value.clone()));
    found
}

/// More patterns on one key than this are not compared with each other.
const MOST_PATTERNS: usize = 32;

impl Representatives {
    /// Of these values, those that begin with `prefix`; and for each pattern one that does.
    pub(super) fn beginning_with<'t>(
        mut self,
        prefix: &str,
        tests: impl Iterator<Item = &'t Test>,
    ) -> Self {
        let all = format!("{prefix}*");
        self.values.retain(|value| value.starts_with(prefix));
        self.values.push(format!("{prefix}any-session"));
        let patterns = tests.filter(|test| test.comparison == Kind::Pattern);
        for pattern in patterns {
            self.values
                .extend(common(&pattern.value, &all).map(|text| plain(&text)));
        }
        self.values.dedup();
        self
    }

    /// Every number, and one between each two and beyond both ends.
    fn add_numbers<'a>(&mut self, values: impl Iterator<Item = &'a str>) {
        let mut numbers: Vec<f64> = values.filter_map(number).collect();
        numbers.sort_by(f64::total_cmp);
        let between = numbers
            .windows(2)
            .filter_map(|pair| Some((pair.first()? + pair.last()?) / 2.0));
        let ends = [
            numbers.first().map(|first| first - 1.0),
            numbers.last().map(|last| last + 1.0),
        ];
        let all: Vec<f64> = numbers
            .iter()
            .copied()
            .chain(between)
            .chain(ends.into_iter().flatten())
            .collect();
        self.values.extend(all.iter().map(f64::to_string));
    }

    /// Every moment, and one between each two and beyond both ends.
    fn add_times<'a>(&mut self, values: impl Iterator<Item = &'a str>) {
        let mut times: Vec<i64> = values
            .filter_map(instant)
            .map(|time| time.as_second())
            .collect();
        times.sort_unstable();
        let between = times.windows(2).filter_map(|pair| {
            let (first, last) = (pair.first()?, pair.last()?);
            Some(first + (last - first) / 2)
        });
        let ends = [
            times.first().map(|first| first - 1),
            times.last().map(|last| last + 1),
        ];
        let all: BTreeSet<i64> = times
            .iter()
            .copied()
            .chain(between)
            .chain(ends.into_iter().flatten())
            .collect();
        let text = |second: &i64| {
            let time = jiff::Timestamp::from_second(*second).ok()?;
            Some(time.to_string())
        };
        self.values.extend(all.iter().filter_map(text));
    }

    /// A text for each pattern, and for each two that have texts in common without one
    /// holding all of the other's.
    fn add_patterns(&mut self, patterns: &[&str]) {
        self.values
            .extend(patterns.iter().map(|pattern| instance(pattern)));
        let crossing: Vec<&str> = patterns
            .iter()
            .copied()
            .filter(|pattern| pattern.contains(['*', '?']))
            .collect();
        if crossing.len() > MOST_PATTERNS {
            self.incomplete = true;
            return;
        }
        let mut crossings = 0_usize;
        for (at, one) in crossing.iter().enumerate() {
            for other in crossing.iter().skip(at + 1) {
                if !may_share(one, other) {
                    continue;
                }
                match common(one, other) {
                    Some(text) => {
                        self.values.push(plain(&text));
                        crossings += 1;
                    }
                    None if one.len().max(other.len()) > LONGEST => self.incomplete = true,
                    None => {}
                }
            }
        }
        // What three patterns have in common need not be what two of them have.
        self.incomplete |= crossings > 1;
    }
}

/// A quick look that rules out most pairs.
fn may_share(one: &str, other: &str) -> bool {
    other.contains('?') || one.contains('?') || share(one, other)
}

/// A text that the pattern matches and few others do.
pub(super) fn instance(pattern: &str) -> String {
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    let is_arn = parts.len() == 6;
    let filled: Vec<String> = parts
        .iter()
        .enumerate()
        .map(|(at, part)| {
            let stands_for = match at {
                4 if is_arn => ANY_ACCOUNT.to_string(),
                _ => "anything".to_owned(),
            };
            part.replace('*', &stands_for).replace('?', "x")
        })
        .collect();
    plain(&filled.join(":"))
}

/// The id of an account that nobody has heard of; so are the next thousand.
pub(super) const ANY_ACCOUNT: u64 = 444_455_556_666;

/// Longer patterns are not searched for what they have in common.
const LONGEST: usize = 512;

/// The shortest text that both patterns match.
fn common(one: &str, other: &str) -> Option<String> {
    if one.len().max(other.len()) > LONGEST {
        return None;
    }
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let width = other.len() + 1;
    let mut seen = vec![false; (one.len() + 1) * width];
    // Each step remembers where it came from and what it wrote.
    let mut steps: Vec<(usize, usize, Option<usize>, Option<char>)> = vec![(0, 0, None, None)];
    let mut at = 0;
    while let Some(&(i, j, _, _)) = steps.get(at) {
        if i == one.len() && j == other.len() {
            return Some(written(&steps, at));
        }
        for (i, j, char) in next(&one, &other, i, j) {
            if let Some(seen) = seen.get_mut(i * width + j)
                && !*seen
            {
                *seen = true;
                steps.push((i, j, Some(at), char));
            }
        }
        at += 1;
    }
    None
}

fn next(one: &[char], other: &[char], i: usize, j: usize) -> Vec<(usize, usize, Option<char>)> {
    let letter = |wanted: char| if wanted == '?' { 'x' } else { wanted };
    match (one.get(i), other.get(j)) {
        (Some('*'), Some('*')) => vec![(i + 1, j, None), (i, j + 1, None)],
        (Some('*'), Some(wanted)) => vec![(i + 1, j, None), (i, j + 1, Some(letter(*wanted)))],
        (Some(wanted), Some('*')) => vec![(i, j + 1, None), (i + 1, j, Some(letter(*wanted)))],
        (Some('*'), None) => vec![(i + 1, j, None)],
        (None, Some('*')) => vec![(i, j + 1, None)],
        (Some('?'), Some(wanted)) => vec![(i + 1, j + 1, Some(letter(*wanted)))],
        (Some(wanted), Some(found)) if *found == '?' || found == wanted => {
            vec![(i + 1, j + 1, Some(*wanted))]
        }
        _ => Vec::new(),
    }
}

fn written(steps: &[(usize, usize, Option<usize>, Option<char>)], last: usize) -> String {
    let mut text = Vec::new();
    let mut at = Some(last);
    while let Some(&(_, _, from, char)) = at.and_then(|at| steps.get(at)) {
        text.extend(char);
        at = from;
    }
    text.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(tests: &[(Kind, &str)]) -> Vec<String> {
        let tests = tests
            .iter()
            .map(|(comparison, value)| Test {
                comparison: *comparison,
                value: (*value).to_owned(),
            })
            .collect();
        of(&tests, "other").values
    }

    #[test]
    fn a_value_stands_on_either_side_of_every_border() {
        let numbers = values(&[(Kind::Number, "10"), (Kind::Number, "20")]);
        assert_eq!(numbers, ["other", "10", "20", "15", "9", "21"]);
        let addresses = values(&[(Kind::Address, "192.0.2.0/24")]);
        assert_eq!(
            addresses,
            [
                "other",
                "192.0.2.0",
                "192.0.2.255",
                "192.0.1.255",
                "192.0.3.0"
            ]
        );
        let times = values(&[(Kind::Time, "2026-01-01T00:00:00Z")]);
        assert_eq!(times.len(), 4);
    }

    #[test]
    fn two_patterns_that_cross_have_a_text_in_common() {
        let found = values(&[(Kind::Pattern, "a*"), (Kind::Pattern, "*b")]);
        assert_eq!(found, ["other", "anythingb", "aanything", "ab"]);
        assert_eq!(common("a?c*", "*cd"), Some("axcd".to_owned()));
        assert_eq!(common("a*", "b*"), None);
    }

    #[test]
    fn what_three_patterns_share_is_not_vouched_for() {
        let tests: BTreeSet<Test> = ["a*", "*b*", "*c"]
            .iter()
            .map(|value| Test {
                comparison: Kind::Pattern,
                value: (*value).to_owned(),
            })
            .collect();
        assert!(of(&tests, "other").incomplete);
    }
}
