//! The fields that a pattern names, and the values that an event has in them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Answer;
use super::condition::{Condition, any};

/// Fields that must all hold of the same object.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Fields(BTreeMap<String, Node>);

/// What a pattern says of one field. Both parts are said only where a key with a dot stands
/// beside the key before the dot.
#[derive(Debug, Clone, PartialEq, Default)]
struct Node {
    /// One of them must hold of the value.
    values: Option<Vec<Condition>>,
    /// They must hold of the object.
    fields: Option<Fields>,
}

impl Fields {
    pub(super) fn value(key: &str, conditions: Vec<Condition>) -> Self {
        let (first, rest) = split(key);
        let node = match rest {
            Some(rest) => Node::of(Fields::value(rest, conditions)),
            None => Node {
                values: Some(conditions),
                fields: None,
            },
        };
        Self(BTreeMap::from([(first.to_owned(), node)]))
    }

    pub(super) fn object(key: &str, fields: Fields) -> Self {
        let (first, rest) = split(key);
        let inner = match rest {
            Some(rest) => Fields::object(rest, fields),
            None => fields,
        };
        Self(BTreeMap::from([(first.to_owned(), Node::of(inner))]))
    }

    /// Both, of the same object.
    pub(super) fn and(mut self, other: Fields) -> Self {
        for (key, theirs) in other.0 {
            let mine = self.0.remove(&key).unwrap_or_default();
            let both = mine.and(theirs, &key);
            self.0.insert(key, both);
        }
        self
    }

    /// Whether they hold of what the event has here, if it has anything.
    pub(super) fn hold(&self, value: Option<&Value>) -> Answer {
        match value {
            Some(Value::Object(object)) => self.hold_of(|key| found(object, key)),
            Some(Value::Array(elements)) if elements.iter().any(is_nested) => {
                self.hold_of_one(elements)
            }
            _ => self.hold_of(|_| Ok(None)),
        }
    }

    fn hold_of<'v>(&self, get: impl Fn(&str) -> Result<Option<&'v Value>, String>) -> Answer {
        let mut sum = Answer::Yes;
        for (key, node) in &self.0 {
            sum = sum.and(match get(key) {
                Ok(value) => node.holds(value),
                Err(why) => Answer::Open(why),
            });
            if sum == Answer::No {
                break;
            }
        }
        sum
    }

    /// All of them must hold of the same element.
    fn hold_of_one(&self, elements: &[Value]) -> Answer {
        let nested = elements.iter().filter(|element| is_nested(element));
        let answers: Vec<Answer> = nested.map(|element| self.hold(Some(element))).collect();
        let all = answers.iter().all(|answer| *answer == Answer::Yes);
        match any(answers.into_iter()) {
            Answer::Yes if !all && self.ask_absence() => Answer::Open(
                "it is not documented whether `{\"exists\": false}` asks one element of an array \
                 or all of them"
                    .to_owned(),
            ),
            answer => answer,
        }
    }

    fn ask_absence(&self) -> bool {
        self.0.values().any(|node| {
            let mut values = node.values.iter().flatten();
            values.any(|condition| *condition == Condition::Exists(false))
                || node.fields.as_ref().is_some_and(Fields::ask_absence)
        })
    }

    /// Whether what is said of a field's value may hold, where `may` tells it of each
    /// condition. It may if nothing is said.
    pub(super) fn may_hold(&self, key: &str, may: impl Fn(&Condition) -> bool) -> bool {
        let values = self.0.get(key).and_then(|node| node.values.as_ref());
        values.is_none_or(|values| values.iter().any(may))
    }

    pub(super) fn doubts<'f>(&'f self, doubts: &mut Vec<&'f str>) {
        for node in self.0.values() {
            for condition in node.values.iter().flatten() {
                condition.doubts(doubts);
            }
            if let Some(fields) = &node.fields {
                fields.doubts(doubts);
            }
        }
    }
}

impl Node {
    fn of(fields: Fields) -> Self {
        Self {
            values: None,
            fields: Some(fields),
        }
    }

    fn and(self, other: Node, key: &str) -> Self {
        let values = match (self.values, other.values) {
            (Some(_), Some(_)) => Some(vec![Condition::Unknown(format!(
                "`{key}` is asked for twice, and it is not documented which of them counts"
            ))]),
            (mine, theirs) => mine.or(theirs),
        };
        let fields = match (self.fields, other.fields) {
            (Some(mine), Some(theirs)) => Some(mine.and(theirs)),
            (mine, theirs) => mine.or(theirs),
        };
        Self { values, fields }
    }

    fn holds(&self, value: Option<&Value>) -> Answer {
        let values = match &self.values {
            Some(conditions) => any(conditions.iter().map(|one| of_values(one, value))),
            None => Answer::Yes,
        };
        match &self.fields {
            Some(fields) if values != Answer::No => values.and(fields.hold(value)),
            _ => values,
        }
    }
}

/// Whether a condition holds of one of the values here. An object is none: EventBridge looks
/// at leaves only.
fn of_values(condition: &Condition, value: Option<&Value>) -> Answer {
    let mut leaves = Vec::new();
    if let Some(value) = value {
        gather(value, &mut leaves);
    }
    match condition {
        Condition::Exists(_) if value.is_some_and(is_empty) => Answer::Open(
            "it is not documented whether a field with an empty array exists".to_owned(),
        ),
        Condition::Exists(wanted) => Answer::from(leaves.is_empty() != *wanted),
        other => any(leaves.into_iter().map(|leaf| other.holds(leaf))),
    }
}

fn gather<'v>(value: &'v Value, leaves: &mut Vec<&'v Value>) {
    match value {
        Value::Object(_) => {}
        Value::Array(elements) => {
            for element in elements {
                gather(element, leaves);
            }
        }
        leaf => leaves.push(leaf),
    }
}

fn is_nested(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

/// What an object has under a key. EventBridge takes a dot in a key for nesting, so that an
/// event whose own key has a dot may have the field after all.
fn found<'v>(object: &'v Map<String, Value>, key: &str) -> Result<Option<&'v Value>, String> {
    let dotted = |other: &&String| {
        let rest = other.strip_prefix(key);
        rest.is_some_and(|rest| rest.starts_with('.'))
    };
    match object.keys().find(dotted) {
        Some(other) => Err(format!(
            "the event has a key with a dot, `{other}`, and it is not documented how it is read"
        )),
        None => Ok(object.get(key)),
    }
}

fn split(key: &str) -> (&str, Option<&str>) {
    match key.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (key, None),
    }
}
