//! One condition on one value of an event.

use serde_json::{Number, Value};

use super::Answer;
use crate::policy::operator::Network;

/// What a value must be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Condition {
    /// This text, boolean or null.
    Is(Value),
    /// A number of these digits.
    Digits(Number),
    Prefix(Text),
    Suffix(Text),
    Equal(Text),
    Wildcard(Wildcard),
    Numeric(Vec<(Order, f64)>),
    Within(Network),
    Exists(bool),
    /// None of these.
    AnythingBut(Vec<Condition>),
    /// Something that AWS's documentation does not tell of.
    Unknown(String),
}

/// Text to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    text: String,
    any_case: bool,
}

/// Pieces of text, with anything between two of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wildcard(Vec<String>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The largest number that EventBridge compares, in either direction.
const LARGEST: f64 = 5.0e9;

impl Condition {
    /// Whether it holds of a value that is there, and is neither an object nor an array.
    pub(super) fn holds(&self, value: &Value) -> Answer {
        match (self, value) {
            (Condition::Unknown(why), _) => Answer::Open(why.clone()),
            (Condition::Exists(wanted), _) => Answer::from(*wanted),
            (Condition::Is(wanted), value) => Answer::from(wanted == value),
            (Condition::Digits(wanted), Value::Number(found)) => same_digits(wanted, found),
            (Condition::Numeric(bounds), Value::Number(found)) => within(bounds, found),
            (Condition::AnythingBut(others), value) => {
                match any(others.iter().map(|other| other.holds(value))) {
                    Answer::Yes => Answer::No,
                    Answer::No => Answer::Yes,
                    open @ Answer::Open(_) => open,
                }
            }
            (condition, Value::String(text)) => Answer::from(condition.holds_of(text)),
            _ => Answer::No,
        }
    }

    fn holds_of(&self, text: &str) -> bool {
        match self {
            Condition::Prefix(prefix) => prefix.begins(text),
            Condition::Suffix(suffix) => suffix.ends(text),
            Condition::Equal(wanted) => wanted.equals(text),
            Condition::Wildcard(wildcard) => wildcard.matches(text),
            Condition::Within(network) => {
                text.parse().is_ok_and(|address| network.contains(address))
            }
            _ => false,
        }
    }

    pub(super) fn doubts<'c>(&'c self, doubts: &mut Vec<&'c str>) {
        match self {
            Condition::Unknown(why) => doubts.push(why),
            Condition::AnythingBut(others) => {
                for other in others {
                    other.doubts(doubts);
                }
            }
            _ => {}
        }
    }
}

/// Whether one of them holds; the rest is not asked once one does.
pub(super) fn any(answers: impl Iterator<Item = Answer>) -> Answer {
    let mut sum = Answer::No;
    for answer in answers {
        sum = sum.or(answer);
        if sum == Answer::Yes {
            break;
        }
    }
    sum
}

/// EventBridge compares numbers as they are written: 300, 300.0 and 3.0e2 are three. Which of
/// the last two an event holds cannot be told once it is read.
fn same_digits(wanted: &Number, found: &Number) -> Answer {
    let whole = |number: &Number| !number.is_f64();
    if wanted != found {
        Answer::No
    } else if whole(wanted) && whole(found) {
        Answer::Yes
    } else {
        Answer::Open(format!(
            "EventBridge compares `{wanted}` by its digits, and it is not known how the event writes it"
        ))
    }
}

fn within(bounds: &[(Order, f64)], found: &Number) -> Answer {
    let Some(number) = found.as_f64() else {
        return Answer::No;
    };
    if number.abs() > LARGEST {
        return Answer::Open(format!(
            "EventBridge compares numbers up to five billion, and the event has {found}"
        ));
    }
    let holds = |(order, bound): &(Order, f64)| match order {
        Order::Equal => number == *bound,
        Order::Less => number < *bound,
        Order::LessOrEqual => number <= *bound,
        Order::Greater => number > *bound,
        Order::GreaterOrEqual => number >= *bound,
    };
    Answer::from(bounds.iter().all(holds))
}

impl Order {
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "=" => Order::Equal,
            "<" => Order::Less,
            "<=" => Order::LessOrEqual,
            ">" => Order::Greater,
            ">=" => Order::GreaterOrEqual,
            _ => return None,
        })
    }
}

impl Text {
    pub(super) fn exact(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            any_case: false,
        }
    }

    pub(super) fn any_case(text: &str) -> Self {
        Self {
            text: text.to_lowercase(),
            any_case: true,
        }
    }

    fn compared<T>(&self, text: &str, ask: impl Fn(&str, &str) -> T) -> T {
        if self.any_case {
            ask(&text.to_lowercase(), &self.text)
        } else {
            ask(text, &self.text)
        }
    }

    fn begins(&self, text: &str) -> bool {
        self.compared(text, |text, prefix| text.starts_with(prefix))
    }

    fn ends(&self, text: &str) -> bool {
        self.compared(text, |text, suffix| text.ends_with(suffix))
    }

    fn equals(&self, text: &str) -> bool {
        self.compared(text, |text, wanted| text == wanted)
    }

    /// Whether nothing that begins with `start` can begin with this text.
    pub(super) fn parts_from(&self, start: &str) -> bool {
        !self.begins(start) && !self.compared(start, |start, prefix| prefix.starts_with(start))
    }
}

impl Wildcard {
    /// Reads a wildcard: `*` is any text, `\*` and `\\` are those characters.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut piece = String::new();
        let mut star = false;
        let mut rest = text.chars();
        while let Some(next) = rest.next() {
            match next {
                '*' if star => return Err("two asterisks in a row are not allowed".to_owned()),
                '*' => pieces.push(std::mem::take(&mut piece)),
                '\\' => match rest.next() {
                    Some(escaped @ ('*' | '\\')) => piece.push(escaped),
                    _ => {
                        return Err(
                            "a backslash must be followed by an asterisk or a backslash".to_owned()
                        );
                    }
                },
                other => piece.push(other),
            }
            star = next == '*';
        }
        pieces.push(piece);
        Ok(Self(pieces))
    }

    /// The pieces are looked for from left to right, each where it occurs first: going back
    /// could find nothing new.
    fn matches(&self, text: &str) -> bool {
        let Some((first, rest)) = self.0.split_first() else {
            return false;
        };
        let Some((last, middle)) = rest.split_last() else {
            return text == first;
        };
        let Some(mut text) = text.strip_prefix(first.as_str()) else {
            return false;
        };
        for piece in middle {
            match text.split_once(piece.as_str()) {
                Some((_, behind)) => text = behind,
                None => return false,
            }
        }
        text.ends_with(last.as_str())
    }
}
