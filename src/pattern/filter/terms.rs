//! Patterns that look for words in the text of an event.

use std::fmt;

use serde_json::Value;

use super::super::Answer;
use super::expression::Expression;
use super::{any, node, quoted};

/// One word, and whether it must occur.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Term {
    pub(super) sign: Sign,
    pub(super) text: Text,
}

/// What stands before a word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Sign {
    Must,
    /// `?`: one of these.
    May,
    /// `-`: none of these.
    MustNot,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Text {
    Phrase(String),
    Expression(Expression),
}

/// Whether the terms match an event.
pub(super) fn hold(terms: &[Term], event: &Value) -> Answer {
    // CloudTrail writes its records to a log group without blanks.
    let text = event.to_string();
    let of = |sign| terms.iter().filter(move |term| term.sign == sign);
    let answers = |sign| of(sign).map(|term| term.text.occurs(&text, event));
    let mut all = Answer::Yes;
    for answer in answers(Sign::Must) {
        all = all.and(answer);
    }
    for answer in answers(Sign::MustNot) {
        all = all.and(match answer {
            Answer::Yes => Answer::No,
            Answer::No => Answer::Yes,
            open @ Answer::Open(_) => open,
        });
    }
    // "If you combine ? with other terms, the ? is ignored."
    let alone = terms.iter().all(|term| term.sign == Sign::May);
    if alone && !terms.is_empty() {
        all = all.and(any(answers(Sign::May)));
    }
    all
}

impl Text {
    fn occurs(&self, text: &str, event: &Value) -> Answer {
        match self {
            // `""` and `" "` match everything.
            Text::Phrase(phrase) if phrase.trim().is_empty() => Answer::Yes,
            Text::Phrase(phrase)
                if ["\",", ",\"", "},", "],"]
                    .iter()
                    .any(|s| phrase.contains(s)) =>
            {
                self.open("it spans fields, whose order in the event is not known")
            }
            Text::Phrase(phrase) if phrase.contains('*') => {
                self.open("AWS does not say what an asterisk means in a term")
            }
            Text::Phrase(phrase) => text.contains(phrase.as_str()).into(),
            Text::Expression(expression) if !expression.is_elastic() => {
                node::answer(expression.finds(text))
            }
            Text::Expression(expression) => {
                if expression.anchored() || !within(event, expression) {
                    self.open("it may span fields, whose order in the event is not known")
                } else {
                    Answer::Yes
                }
            }
        }
    }

    fn open(&self, why: &str) -> Answer {
        Answer::Open(format!("`{self}`: {why}"))
    }
}

/// Whether the expression occurs within a single string of the event.
fn within(event: &Value, expression: &Expression) -> bool {
    match event {
        Value::String(text) => expression.finds(text) == Ok(true),
        Value::Array(elements) => elements.iter().any(|one| within(one, expression)),
        Value::Object(fields) => fields.values().any(|one| within(one, expression)),
        _ => false,
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.sign {
            Sign::Must => "",
            Sign::May => "?",
            Sign::MustNot => "-",
        })?;
        self.text.fmt(f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Text::Phrase(phrase) => f.write_str(&quoted(phrase)),
            Text::Expression(expression) => expression.fmt(f),
        }
    }
}
