//! From JSON to fields and conditions.

use serde_json::{Map, Value};

use super::condition::{Condition, Order, Text, Wildcard};
use super::fields::Fields;
use crate::policy::operator::Network;

/// One step into a JSON document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// Where a document is not a pattern, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) path: Vec<Step>,
    pub(super) reason: String,
}

/// How many combinations of `$or` EventBridge takes.
const MOST_COMBINATIONS: usize = 1000;

/// How many dots the keys on the way to a value may have. Each nests, as braces do, of which
/// JSON is read up to 128; no event is as deep.
const MOST_DOTS: usize = 128;

type Read<T> = Result<T, Fault>;

/// Where the reader is.
#[derive(Clone, Copy)]
struct Here<'a> {
    parent: Option<&'a Here<'a>>,
    step: Option<&'a str>,
    index: usize,
}

impl Here<'_> {
    const TOP: Here<'static> = Here {
        parent: None,
        step: None,
        index: 0,
    };

    fn key<'b>(&'b self, key: &'b str) -> Here<'b> {
        Here {
            parent: Some(self),
            step: Some(key),
            index: 0,
        }
    }

    fn index(&self, index: usize) -> Here<'_> {
        Here {
            parent: Some(self),
            step: None,
            index,
        }
    }

    fn path(&self) -> Vec<Step> {
        let Some(parent) = self.parent else {
            return Vec::new();
        };
        let mut path = parent.path();
        path.push(match self.step {
            Some(key) => Step::Key(key.to_owned()),
            None => Step::Index(self.index),
        });
        path
    }

    /// The dots in the keys on the way here.
    fn dots(&self) -> usize {
        let own = self.step.map_or(0, |key| key.matches('.').count());
        own + self.parent.map_or(0, Here::dots)
    }

    fn fault<T>(&self, reason: impl Into<String>) -> Read<T> {
        Err(Fault {
            path: self.path(),
            reason: reason.into(),
        })
    }
}

/// The alternatives of a whole pattern.
pub(super) fn pattern(source: &Value) -> Read<Vec<Fields>> {
    match source {
        Value::Object(object) => alternatives(object, Here::TOP),
        _ => Here::TOP.fault("an event pattern is a JSON object"),
    }
}

/// Each `$or` stands for as many patterns as it has objects, each together with the fields
/// beside it: so that fields of one array's element stay together.
fn alternatives(object: &Map<String, Value>, here: Here<'_>) -> Read<Vec<Fields>> {
    if object.is_empty() {
        return here.fault("an empty object matches nothing; EventBridge refuses it");
    }
    let mut all = vec![Fields::default()];
    for (key, value) in object {
        let inner = here.key(key);
        if inner.dots() > MOST_DOTS {
            return inner.fault(format!(
                "the keys on the way to a value have more than {MOST_DOTS} dots"
            ));
        }
        let more: Vec<Fields> = match value {
            Value::Array(objects) if key == "$or" && objects.iter().any(Value::is_object) => {
                either(objects, inner)?
            }
            Value::Array(values) => vec![Fields::value(key, conditions(values, inner)?)],
            Value::Object(object) => alternatives(object, inner)?
                .into_iter()
                .map(|fields| Fields::object(key, fields))
                .collect(),
            _ => return inner.fault(format!("`{key}` needs an array of values or an object")),
        };
        if all.len() * more.len() > MOST_COMBINATIONS {
            return inner.fault(format!(
                "`$or` makes more than {MOST_COMBINATIONS} combinations"
            ));
        }
        let joined = |mine: &Fields| {
            let mine = mine.clone();
            more.iter()
                .map(move |theirs| mine.clone().and(theirs.clone()))
        };
        all = all.iter().flat_map(joined).collect();
    }
    Ok(all)
}

fn either(objects: &[Value], here: Here<'_>) -> Read<Vec<Fields>> {
    if objects.len() < 2 {
        return here.fault("`$or` needs two objects or more");
    }
    let mut all = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        let inner = here.index(index);
        match object {
            Value::Object(object) => all.extend(alternatives(object, inner)?),
            _ => return inner.fault("`$or` takes objects"),
        }
    }
    Ok(all)
}

fn conditions(values: &[Value], here: Here<'_>) -> Read<Vec<Condition>> {
    if values.is_empty() {
        return here.fault("an empty array matches nothing; EventBridge refuses it");
    }
    let values = values.iter().enumerate();
    values
        .map(|(index, value)| condition(value, here.index(index)))
        .collect()
}

fn condition(value: &Value, here: Here<'_>) -> Read<Condition> {
    match value {
        Value::String(_) | Value::Bool(_) | Value::Null => Ok(Condition::Is(value.clone())),
        Value::Number(number) => Ok(Condition::Digits(number.clone())),
        Value::Array(_) => here.fault("an array stands in another array"),
        Value::Object(object) => {
            let mut operators = object.iter();
            match (operators.next(), operators.next()) {
                (Some((name, operand)), None) => operator(name, operand, here.key(name)),
                _ => here.fault("a condition is an object with one operator"),
            }
        }
    }
}

fn operator(name: &str, operand: &Value, here: Here<'_>) -> Read<Condition> {
    match name {
        "prefix" => affix(name, operand, Condition::Prefix),
        "suffix" => affix(name, operand, Condition::Suffix),
        "equals-ignore-case" => match operand {
            Value::String(text) => Ok(Condition::Equal(Text::any_case(text))),
            _ => Ok(undocumented(name, operand)),
        },
        "wildcard" => match operand {
            Value::String(text) => wildcard(text, here),
            _ => Ok(undocumented(name, operand)),
        },
        "anything-but" => anything_but(operand, here),
        "numeric" => numeric(operand, here),
        "cidr" => match operand.as_str().and_then(Network::parse) {
            Some(network) => Ok(Condition::Within(network)),
            None => here.fault("`cidr` needs a block of addresses, such as `192.0.2.0/24`"),
        },
        "exists" => match operand {
            Value::Bool(wanted) => Ok(Condition::Exists(*wanted)),
            _ => here.fault("`exists` is either true or false"),
        },
        _ => Ok(undocumented(name, operand)),
    }
}

/// AWS may take what its documentation did not tell of when this was written.
fn undocumented(name: &str, operand: &Value) -> Condition {
    Condition::Unknown(format!(
        "it is not known what `{{\"{name}\": {operand}}}` matches"
    ))
}

fn wildcard(text: &str, here: Here<'_>) -> Read<Condition> {
    match Wildcard::parse(text) {
        Ok(wildcard) => Ok(Condition::Wildcard(wildcard)),
        Err(reason) => here.fault(reason),
    }
}

/// A prefix or a suffix, each also in any case.
fn affix(name: &str, operand: &Value, make: impl Fn(Text) -> Condition) -> Read<Condition> {
    Ok(match (operand, any_case(operand)) {
        (Value::String(text), _) => make(Text::exact(text)),
        (_, Some(text)) => make(Text::any_case(text)),
        _ => undocumented(name, operand),
    })
}

fn any_case(operand: &Value) -> Option<&str> {
    let object = operand.as_object()?;
    let text = object.get("equals-ignore-case")?.as_str()?;
    (object.len() == 1).then_some(text)
}

fn anything_but(operand: &Value, here: Here<'_>) -> Read<Condition> {
    let excluded: Vec<Condition> = match operand {
        Value::String(_) | Value::Number(_) => vec![condition(operand, here)?],
        Value::Array(values) if values.is_empty() => {
            return here.fault("`anything-but` needs a value");
        }
        Value::Array(values)
            if values.iter().all(Value::is_string) || values.iter().all(Value::is_number) =>
        {
            conditions(values, here)?
        }
        Value::Object(object) if object.len() == 1 => {
            let mut all = Vec::new();
            for (name, operand) in object {
                all = excluded_by(name, operand, here.key(name))?;
            }
            all
        }
        _ => vec![undocumented("anything-but", operand)],
    };
    Ok(Condition::AnythingBut(excluded))
}

/// What `anything-but` leaves out by an operator, which takes one text or a list there.
fn excluded_by(name: &str, operand: &Value, here: Here<'_>) -> Read<Vec<Condition>> {
    let known = ["prefix", "suffix", "equals-ignore-case", "wildcard"].contains(&name);
    match operand {
        Value::String(_) if known => Ok(vec![operator(name, operand, here)?]),
        Value::Array(texts) if texts.is_empty() => here.fault(format!("`{name}` needs a text")),
        Value::Array(texts) if known && texts.iter().all(Value::is_string) => texts
            .iter()
            .enumerate()
            .map(|(index, text)| operator(name, text, here.index(index)))
            .collect(),
        _ => Ok(vec![undocumented(name, operand)]),
    }
}

fn numeric(operand: &Value, here: Here<'_>) -> Read<Condition> {
    let parts = operand.as_array().map(Vec::as_slice).unwrap_or_default();
    let bounds: Option<Vec<(Order, f64)>> = parts
        .chunks(2)
        .map(|pair| match pair {
            [order, bound] => Some((Order::parse(order.as_str()?)?, bound.as_f64()?)),
            _ => None,
        })
        .collect();
    match bounds {
        Some(bounds) if (1..=2).contains(&bounds.len()) => Ok(Condition::Numeric(bounds)),
        _ => here.fault(
            "`numeric` needs a comparison and a number, once or twice, such as `[\">\", 0, \"<=\", 5]`",
        ),
    }
}
