//! Values that stand for all values of a condition key: for every way in which the
//! policies' comparisons can come out, one value that makes them come out so.

use std::collections::BTreeSet;

use super::operator::{Comparison, Network, instant, number};
use super::template::{LITERAL_QUESTION, LITERAL_STAR, plain};
use super::texts::{Matches, Pattern, apart};

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
    Arn,
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
            Comparison::Like => Kind::Pattern,
            Comparison::Arn => Kind::Arn,
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

/// The values that `tests` tell apart, of those that `within` matches; `other` is one that
/// the tests hardly mean.
pub(super) fn of(tests: &BTreeSet<Test>, other: &str, within: Option<&Test>) -> Representatives {
    let of_kind = |kind: Kind| {
        tests
            .iter()
            .filter(move |test| test.comparison == kind)
            .map(|test| test.value.as_str())
    };
    let mut found = Representatives {
        values: vec![other.to_owned()],
        incomplete: families(tests) > 1,
    };
    found.values.extend(of_kind(Kind::Exact).map(plain));
    found.values.extend(of_kind(Kind::IgnoreCase).map(plain));
    if of_kind(Kind::Bool).next().is_some() {
        found.values.extend(["false".to_owned(), "true".to_owned()]);
    }
    found.add_numbers(of_kind(Kind::Number));
    found.add_times(of_kind(Kind::Time));
    found.add_addresses(of_kind(Kind::Address));
    let patterns = of_kind(Kind::Pattern).chain(of_kind(Kind::Arn));
    found.values.extend(patterns.map(instance));
    found.add_texts(tests, within);
    if let Some(within) = within {
        let within = within.pattern();
        found.values.retain(|value| within.matches(value));
    }
    let mut seen = BTreeSet::new();
    found.values.retain(|value| seen.insert(value.clone()));
    found
}

/// How many ways of reading a value the tests take. What a value is in one way and what in
/// another is not looked into.
fn families(tests: &BTreeSet<Test>) -> usize {
    let family = |kind: Kind| match kind {
        Kind::Exact | Kind::IgnoreCase | Kind::Pattern | Kind::Arn => Some(Kind::Exact),
        Kind::Presence => None,
        kind => Some(kind),
    };
    let families: BTreeSet<Kind> = tests
        .iter()
        .filter_map(|test| family(test.comparison))
        .collect();
    families.len()
}

impl Test {
    /// The texts that it holds for; those with a type of their own hold for none.
    fn pattern(&self) -> Pattern {
        let literal = |wanted| match wanted {
            LITERAL_STAR => Some('*'),
            LITERAL_QUESTION => Some('?'),
            _ => None,
        };
        match self.comparison {
            Kind::Pattern => Pattern::like(&self.value, false, literal),
            Kind::Arn => Pattern::like(&self.value, true, literal),
            Kind::IgnoreCase => Pattern::any_case(&plain(&self.value)),
            _ => Pattern::exact(&plain(&self.value)),
        }
    }

    fn is_open(&self) -> bool {
        match self.comparison {
            Kind::Pattern | Kind::Arn => self.value.contains(['*', '?']),
            Kind::IgnoreCase => true,
            _ => false,
        }
    }

    fn is_text(&self) -> bool {
        matches!(
            self.comparison,
            Kind::Exact | Kind::IgnoreCase | Kind::Pattern | Kind::Arn
        )
    }
}

/// More tests of texts on one key than this are not held against each other.
const MOST_TESTS: usize = 48;

/// Nor are tests held against values if that takes more steps than this.
const MOST_STEPS: usize = 4_000_000;

impl Representatives {
    /// Every number, and one between each two and beyond both ends.
    fn add_numbers<'a>(&mut self, values: impl Iterator<Item = &'a str>) {
        let mut numbers: Vec<f64> = values.filter_map(number).collect();
        numbers.sort_by(f64::total_cmp);
        let between = numbers
            .windows(2)
            .filter_map(|pair| Some(pair.first()? / 2.0 + pair.last()? / 2.0));
        // One more or less is the same number where numbers are large.
        let beyond = |end: &f64| end.abs().max(1.0);
        let ends = [
            numbers.first().map(|first| first - beyond(first)),
            numbers.last().map(|last| last + beyond(last)),
        ];
        let all: Vec<f64> = numbers
            .iter()
            .copied()
            .chain(between)
            .chain(ends.into_iter().flatten())
            .filter(|number| number.is_finite())
            .collect();
        self.incomplete |= all.len() != numbers.len() * 2 + usize::from(!numbers.is_empty());
        self.values.extend(all.iter().map(f64::to_string));
    }

    /// Every moment, and one between each two and beyond both ends.
    fn add_times<'a>(&mut self, values: impl Iterator<Item = &'a str>) {
        let mut times: Vec<i128> = values
            .filter_map(instant)
            .map(|time| time.as_nanosecond())
            .collect();
        times.sort_unstable();
        times.dedup();
        let between = times.windows(2).filter_map(|pair| {
            let (first, last) = (pair.first()?, pair.last()?);
            Some(first + (last - first) / 2)
        });
        const SECOND: i128 = 1_000_000_000;
        let ends = [
            times.first().map(|first| first - SECOND),
            times.last().map(|last| last + SECOND),
        ];
        let all: Vec<i128> = times
            .iter()
            .copied()
            .chain(between)
            .chain(ends.into_iter().flatten())
            .collect();
        let text = |nanosecond: &i128| {
            let time = jiff::Timestamp::from_nanosecond(*nanosecond).ok()?;
            Some(time.to_string())
        };
        self.values.extend(all.iter().filter_map(text));
    }

    /// The addresses at the edges of every network, and one of each family.
    fn add_addresses<'a>(&mut self, values: impl Iterator<Item = &'a str>) {
        let networks: Vec<Network> = values.filter_map(Network::parse).collect();
        if networks.is_empty() {
            return;
        }
        let edges = networks.iter().flat_map(Network::edges);
        self.values.extend(edges);
        // Networks of one family say nothing of the other's addresses.
        for (v4, address) in [(true, "192.0.2.1"), (false, "2001:db8::1")] {
            if networks.iter().all(|network| network.is_v4() != v4) {
                self.values.push(address.to_owned());
            }
        }
    }

    /// A text for each combination of tests that hold, where none of the values so far is one.
    fn add_texts(&mut self, tests: &BTreeSet<Test>, within: Option<&Test>) {
        self.add_another(tests);
        let open: Vec<&Test> = tests
            .iter()
            .chain(within)
            .filter(|test| test.is_open())
            .collect();
        if open.is_empty() {
            return;
        }
        let of_tests: usize = open.iter().map(|test| test.value.len()).sum();
        let of_values: usize = self.values.iter().map(String::len).sum();
        if open.len() > MOST_TESTS || of_tests.saturating_mul(of_values) > MOST_STEPS {
            self.incomplete = true;
            return;
        }
        let open: Vec<Pattern> = open.into_iter().map(Test::pattern).collect();
        // A text that stands for itself matters here only if another test holds for it.
        let crossed = |test: &Test| {
            test.is_text()
                && !test.is_open()
                && open.iter().any(|open| open.matches(&plain(&test.value)))
        };
        let fixed: Vec<Pattern> = tests
            .iter()
            .filter(|test| crossed(test))
            .take(MOST_TESTS + 1)
            .map(Test::pattern)
            .collect();
        // One that is named is told from others that match the same.
        let named: BTreeSet<String> = tests
            .iter()
            .filter(|test| test.is_text() && !test.is_open() && !crossed(test))
            .map(|test| plain(&test.value))
            .collect();
        let all: Vec<Pattern> = open.into_iter().chain(fixed).collect();
        if all.len() > MOST_TESTS {
            self.incomplete = true;
            return;
        }
        let of = |value: &String| -> Matches {
            all.iter().map(|pattern| pattern.matches(value)).collect()
        };
        let unnamed = self.values.iter().filter(|value| !named.contains(*value));
        let mut covered: BTreeSet<Matches> = unnamed.map(of).collect();
        if all.len() < 8 && covered.len() == 1 << all.len() {
            return;
        }
        let Some(texts) = apart(&all) else {
            self.incomplete = true;
            return;
        };
        for (matches, text) in texts {
            if !covered.insert(matches.clone()) {
                continue;
            }
            let longer = (1..MOST_TESTS).map(|n| text.clone() + &"z".repeat(n));
            let found = std::iter::once(text.clone())
                .chain(longer)
                .find(|text| !named.contains(text) && of(text) == matches);
            self.incomplete |= found.is_none();
            self.values.extend(found);
        }
    }

    /// A first value that no test of one text holds for.
    fn add_another(&mut self, tests: &BTreeSet<Test>) {
        let Some(first) = self.values.first().cloned() else {
            return;
        };
        let exact: BTreeSet<String> = tests
            .iter()
            .filter(|test| test.is_text() && !test.is_open())
            .map(|test| plain(&test.value))
            .collect();
        let others = (2..).map(|n| format!("{first}-{n}"));
        let other = std::iter::once(first.clone())
            .chain(others)
            .find(|other| !exact.contains(other));
        if let Some(other) = other.filter(|other| *other != first) {
            self.values.insert(0, other);
        }
    }
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
                4 if is_arn => ANY_ACCOUNTS.start.to_string(),
                _ => "anything".to_owned(),
            };
            part.replace('*', &stands_for).replace('?', "x")
        })
        .collect();
    plain(&filled.join(":"))
}

/// Ids of accounts that nobody has heard of.
pub(super) const ANY_ACCOUNTS: std::ops::Range<u64> = 444_455_556_666..444_455_557_666;

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
        of(&tests, "other", None).values
    }

    #[test]
    fn a_value_stands_on_either_side_of_every_border() {
        let numbers = values(&[(Kind::Number, "10"), (Kind::Number, "20")]);
        assert_eq!(numbers, ["other", "10", "20", "15", "0", "40"]);
        let addresses = values(&[(Kind::Address, "192.0.2.0/24")]);
        assert_eq!(
            addresses,
            [
                "other",
                "192.0.2.0",
                "192.0.2.255",
                "192.0.1.255",
                "192.0.3.0",
                "2001:db8::1"
            ]
        );
        let times = values(&[(Kind::Time, "2026-01-01T00:00:00Z")]);
        assert_eq!(times.len(), 4);
    }

    #[test]
    fn a_value_stands_beyond_the_largest_numbers() {
        let large = values(&[(Kind::Number, "1e17"), (Kind::Number, "-1e17")]);
        let large: Vec<f64> = large.iter().filter_map(|value| number(value)).collect();
        assert!(large.iter().any(|value| *value > 1e17));
        assert!(large.iter().any(|value| *value < -1e17));
    }

    #[test]
    fn patterns_that_cross_have_a_text_in_common() {
        let found = values(&[(Kind::Pattern, "a*"), (Kind::Pattern, "*b")]);
        assert_eq!(found, ["other", "anythingb", "aanything", "b"]);
    }

    #[test]
    fn a_text_that_all_other_patterns_miss_is_found() {
        let found = values(&[(Kind::Pattern, "a*"), (Kind::Pattern, "*thing")]);
        let only_first = |value: &&String| value.starts_with('a') && !value.ends_with("thing");
        assert!(found.iter().any(|value| only_first(&value)), "{found:?}");
    }

    #[test]
    fn a_value_differs_from_all_that_are_named() {
        let found = values(&[(Kind::Exact, "other"), (Kind::Exact, "other-2")]);
        assert_eq!(found, ["other-3", "other", "other-2"]);
    }

    #[test]
    fn a_spelling_differs_from_all_that_are_named() {
        let found = values(&[
            (Kind::IgnoreCase, "ab"),
            (Kind::Exact, "ab"),
            (Kind::Exact, "AB"),
        ]);
        assert!(found.contains(&"aB".to_owned()) || found.contains(&"Ab".to_owned()));
    }

    #[test]
    fn values_that_are_read_in_two_ways_are_not_vouched_for() {
        let tests = [(Kind::Number, "1"), (Kind::Pattern, "1*")];
        let tests = tests.iter().map(|(comparison, value)| Test {
            comparison: *comparison,
            value: (*value).to_owned(),
        });
        assert!(of(&tests.collect(), "other", None).incomplete);
    }

    #[test]
    fn only_values_within_are_found() {
        let within = Test {
            comparison: Kind::Pattern,
            value: "AROA1:*".to_owned(),
        };
        let tests = BTreeSet::from([Test {
            comparison: Kind::Pattern,
            value: "*:admin".to_owned(),
        }]);
        let found = of(&tests, "other", Some(&within)).values;
        assert!(found.iter().all(|value| value.starts_with("AROA1:")));
        assert!(found.contains(&"AROA1:admin".to_owned()), "{found:?}");
        assert!(found.iter().any(|value| !value.ends_with(":admin")));
    }
}
