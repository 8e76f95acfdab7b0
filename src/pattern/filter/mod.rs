//! CloudWatch Logs filter patterns: which log events a metric filter counts.
//!
//! "Filter pattern syntax for metric filters" of the CloudWatch Logs user guide says what they
//! mean. Where it is silent or ambiguous, the answer is open.

mod condition;
mod expression;
mod node;
mod read;
mod terms;
#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::Value;

use super::{Answer, Mistake};
use condition::Condition;
use read::Reader;
use terms::Term;

/// The longest pattern that `PutMetricFilter` takes, in characters.
pub const LONGEST: usize = 1024;

/// A pattern that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern(Language);

/// The three languages, told apart by the first character.
#[derive(Debug, Clone, PartialEq)]
enum Language {
    Json(Logic),
    /// What stands between the brackets.
    Fields(String),
    Terms(Vec<Term>),
}

/// Conditions, joined. A conjunction holds no conjunction and an alternative no alternative,
/// so that two patterns that differ in needless parentheses are equal.
#[derive(Debug, Clone, PartialEq)]
enum Logic {
    Or(Vec<Logic>),
    And(Vec<Logic>),
    Condition(Condition),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// A regular expression that is not understood is not a mistake: it is open what it
    /// matches.
    ///
    /// # Errors
    ///
    /// If it is not written as AWS documents it, or exceeds a documented limit.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        if text.chars().count() > LONGEST {
            return Err(Mistake {
                position: LONGEST + 1,
                reason: format!("a pattern has at most {LONGEST} characters"),
            });
        }
        let mut reader = Reader::new(text);
        reader.blanks();
        Ok(Self(match reader.peek() {
            Some('{') => Language::Json(reader.json()?),
            Some('[') => Language::Fields(reader.fields()?),
            _ => Language::Terms(reader.terms()?),
        }))
    }

    /// Whether the pattern matches a log event that holds this JSON.
    #[must_use]
    pub fn matches(&self, event: &Value) -> Answer {
        match &self.0 {
            Language::Json(logic) => logic.holds(event),
            Language::Fields(_) => Answer::Open(
                "a pattern in `[]` splits text into fields at blanks, which a JSON record \
                 does not have"
                    .to_owned(),
            ),
            Language::Terms(terms) => terms::hold(terms, event),
        }
    }

    /// Whether it looks for words in the text of the event, so that it also finds them where
    /// they mean something else: a user agent, a name that was refused.
    #[must_use]
    pub fn is_text(&self) -> bool {
        matches!(self.0, Language::Terms(_))
    }
}

impl Logic {
    fn holds(&self, event: &Value) -> Answer {
        match self {
            Logic::Condition(condition) => condition.holds(event),
            Logic::Or(parts) => {
                let answers = parts.iter().map(|part| part.holds(event));
                any(answers)
            }
            Logic::And(parts) => {
                let mut answer = Answer::Yes;
                for part in parts {
                    answer = answer.and(part.holds(event));
                    if answer == Answer::No {
                        break;
                    }
                }
                answer
            }
        }
    }
}

/// Whether one of the answers is yes.
fn any(answers: impl Iterator<Item = Answer>) -> Answer {
    let mut all = Answer::No;
    for answer in answers {
        all = all.or(answer);
        if all == Answer::Yes {
            break;
        }
    }
    all
}

impl fmt::Display for Pattern {
    /// In its canonical form: one blank between tokens, keywords in capitals, text in quotes,
    /// and parentheses only where an alternative stands within a conjunction.
    ///
    /// It can be longer than what was read, and than AWS takes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Language::Json(logic) => write!(f, "{{ {logic} }}"),
            Language::Fields(fields) => write!(f, "[{fields}]"),
            Language::Terms(terms) => joined(f, terms, " "),
        }
    }
}

impl fmt::Display for Logic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Logic::Condition(condition) => condition.fmt(f),
            Logic::Or(parts) => joined(f, parts, " || "),
            Logic::And(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        f.write_str(" && ")?;
                    }
                    match part {
                        Logic::Or(_) => write!(f, "({part})")?,
                        _ => part.fmt(f)?,
                    }
                }
                Ok(())
            }
        }
    }
}

fn joined<T: fmt::Display>(f: &mut fmt::Formatter<'_>, parts: &[T], with: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(with)?;
        }
        part.fmt(f)?;
    }
    Ok(())
}

/// `text` in the double quotes of a pattern.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
