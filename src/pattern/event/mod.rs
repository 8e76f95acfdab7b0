//! EventBridge event patterns: which events a rule hands to its targets.
//!
//! "Amazon EventBridge event patterns" and "Comparison operators for use in event patterns" of
//! the EventBridge user guide say what they mean; where they leave something open, so does
//! this.

mod condition;
mod fields;
mod place;
mod read;
#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::Value;

use super::control::Sample;
use super::{Answer, Mistake};
use condition::Condition;
use fields::Fields;

/// The longest pattern that `PutRule` takes, in characters.
pub const LONGEST: usize = 4096;

/// A pattern that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    source: Value,
    /// One of them must hold. There are several only where the pattern says `$or`.
    alternatives: Vec<Fields>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// An operator that is not known here is not a mistake: AWS may have added it since.
    /// [`Pattern::doubts`] names it, and it is open what it matches.
    ///
    /// # Errors
    ///
    /// If EventBridge would refuse it too: it is too long, not JSON, or not a pattern.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        if text.chars().count() > LONGEST {
            return Err(Mistake {
                position: LONGEST + 1,
                reason: format!("a pattern has at most {LONGEST} characters"),
            });
        }
        let source: Value = serde_json::from_str(text).map_err(|e| place::syntax(text, &e))?;
        let alternatives = read::pattern(&source).map_err(|fault| Mistake {
            position: place::position(text, &fault.path),
            reason: fault.reason,
        })?;
        Ok(Self {
            source,
            alternatives,
        })
    }

    /// Whether the pattern matches an event: the whole event, with `source`, `detail-type` and
    /// `detail`.
    #[must_use]
    pub fn matches(&self, event: &Value) -> Answer {
        condition::any(
            self.alternatives
                .iter()
                .map(|fields| fields.hold(Some(event))),
        )
    }

    /// What it says that is not documented, each once.
    #[must_use]
    pub fn doubts(&self) -> Vec<&str> {
        let mut doubts = Vec::new();
        for fields in &self.alternatives {
            fields.doubts(&mut doubts);
        }
        let mut known = Vec::new();
        doubts.retain(|doubt| {
            let new = !known.contains(doubt);
            known.push(*doubt);
            new
        });
        doubts
    }

    /// Whether some event that comes through CloudTrail could match. `false` is certain: such
    /// a rule cannot stand for an alarm, whatever its targets are.
    #[must_use]
    pub fn may_see_cloudtrail(&self) -> bool {
        self.alternatives.iter().any(|fields| {
            fields.may_hold("detail-type", |condition| {
                DETAIL_TYPES.iter().any(|kind| may(condition, kind)) || names_cloudtrail(condition)
            }) && fields.may_hold("source", may_be_aws)
        })
    }
}

impl fmt::Display for Pattern {
    /// In its canonical form: without blanks, keys sorted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

/// The kinds of events that CloudTrail delivers. A sign-in's is spelled in two ways in AWS's
/// documentation.
const DETAIL_TYPES: [&str; 6] = [
    "AWS API Call via CloudTrail",
    "AWS Console Sign In via CloudTrail",
    "AWS Console Signin via CloudTrail",
    "AWS Console Action via CloudTrail",
    "AWS Service Event via CloudTrail",
    "AWS Insight via CloudTrail",
];

fn may(condition: &Condition, text: &str) -> bool {
    matches!(condition, Condition::Exists(true))
        || condition.holds(&Value::String(text.to_owned())) != Answer::No
}

/// A kind that is newer than the list above.
fn names_cloudtrail(condition: &Condition) -> bool {
    match condition {
        Condition::Is(Value::String(kind)) => kind.contains("CloudTrail"),
        Condition::Is(_) | Condition::Digits(_) | Condition::Exists(_) => false,
        _ => true,
    }
}

/// The source of an event that comes through CloudTrail is `aws.` and a service.
fn may_be_aws(condition: &Condition) -> bool {
    match condition {
        Condition::Is(Value::String(source)) => source.starts_with("aws."),
        Condition::Is(_) | Condition::Digits(_) => false,
        Condition::Exists(present) => *present,
        Condition::Prefix(prefix) => !prefix.parts_from("aws."),
        _ => true,
    }
}

/// Whether a rule in this state is shown an event at all. What a rule that is merely enabled
/// does not see: management events that change nothing.
#[must_use]
pub fn shows(state: &str, sample: &Sample) -> Answer {
    match state {
        "ENABLED" => Answer::from(!sample.read_only()),
        "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" => Answer::Yes,
        "DISABLED" => Answer::No,
        newer => Answer::Open(format!(
            "the rule is in the state `{newer}`, and it is not known what it sees in it"
        )),
    }
}
