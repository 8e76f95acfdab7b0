//! One condition of a JSON pattern: what a field must be.

use std::fmt;

use serde_json::Value;

use super::super::Answer;
use super::expression::Expression;
use super::{any, node, quoted};

/// A field and what is asked of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    pub(super) selector: Selector,
    pub(super) test: Test,
}

/// The way to a field.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Selector(pub(super) Vec<Step>);

/// One step of that way.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
    AnyKey,
    AnyElement,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    Equal(Operand),
    NotEqual(Operand),
    Order(Order, Number),
    Null,
    True,
    False,
    NotExists,
}

/// A comparison of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What a field is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    /// Whether it was in quotes makes no difference, but for numbers.
    Text(String),
    Number(Number),
    Expression(Expression),
}

/// A number as it was written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Number(pub(super) String);

impl Condition {
    pub(super) fn holds(&self, event: &Value) -> Answer {
        let mut reached = Vec::new();
        self.selector.reach(event, &mut reached);
        let absent = reached.iter().filter(|node| node.is_none()).count();
        if self.test == Test::NotExists && absent > 0 && absent < reached.len() {
            return self.open("it exists in some of the elements only");
        }
        any(reached.into_iter().map(|node| match node {
            Some(node) => self.holds_of(node),
            None => self.holds_of_none(),
        }))
    }

    fn holds_of_none(&self) -> Answer {
        match self.test {
            Test::NotExists => Answer::Yes,
            Test::NotEqual(_) => {
                self.open("AWS does not say whether a field that is absent differs from a value")
            }
            _ => Answer::No,
        }
    }

    fn holds_of(&self, node: &Value) -> Answer {
        match &self.test {
            Test::NotExists => Answer::No,
            Test::Null => node.is_null().into(),
            Test::True => (*node == Value::Bool(true)).into(),
            Test::False => (*node == Value::Bool(false)).into(),
            Test::Order(order, number) => node::ordered(node, *order, number).into(),
            Test::Equal(operand) => self.compared(node, operand),
            Test::NotEqual(operand) => match node {
                // "Objects and arrays" match neither: a selector must reach a value.
                Value::Object(_) | Value::Array(_) => Answer::No,
                _ => match self.compared(node, operand) {
                    Answer::Yes => Answer::No,
                    Answer::No => Answer::Yes,
                    open @ Answer::Open(_) => open,
                },
            },
        }
    }

    fn compared(&self, node: &Value, operand: &Operand) -> Answer {
        match node {
            Value::Object(_) | Value::Array(_) => Answer::No,
            Value::Null | Value::Bool(_) => self.open(&format!(
                "the field is `{node}`, and AWS says only of text and numbers what compares with them"
            )),
            Value::String(_) | Value::Number(_) => match node::equal(node, operand) {
                Ok(equal) => equal.into(),
                Err(why) => self.open(&why),
            },
        }
    }

    fn open(&self, why: &str) -> Answer {
        Answer::Open(format!("`{self}`: {why}"))
    }
}

impl Selector {
    /// Everything that it reaches in `node`; `None` where it leads to nothing.
    fn reach<'v>(&self, node: &'v Value, reached: &mut Vec<Option<&'v Value>>) {
        let mut nodes = vec![Some(node)];
        for step in &self.0 {
            let from = std::mem::take(&mut nodes);
            nodes = from.into_iter().flat_map(|node| step.from(node)).collect();
        }
        reached.append(&mut nodes);
    }

    /// How many of its steps lead to more than one place.
    pub(super) fn wildcards(&self) -> usize {
        let wild = |step: &&Step| matches!(step, Step::AnyKey | Step::AnyElement);
        self.0.iter().filter(wild).count()
    }
}

impl Step {
    fn from<'v>(&self, node: Option<&'v Value>) -> Vec<Option<&'v Value>> {
        let all: Vec<_> = match (self, node) {
            (Step::Key(key), Some(Value::Object(fields))) => return vec![fields.get(key)],
            (Step::Index(index), Some(Value::Array(elements))) => {
                return vec![elements.get(*index)];
            }
            (Step::AnyKey, Some(Value::Object(fields))) => fields.values().map(Some).collect(),
            (Step::AnyElement, Some(Value::Array(elements))) => elements.iter().map(Some).collect(),
            _ => Vec::new(),
        };
        if all.is_empty() { vec![None] } else { all }
    }
}

/// Whether a key can stand behind a dot.
pub(super) fn in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.selector.fmt(f)?;
        match &self.test {
            Test::Equal(operand) => write!(f, " = {operand}"),
            Test::NotEqual(operand) => write!(f, " != {operand}"),
            Test::Order(order, Number(number)) => write!(f, " {} {number}", order.as_str()),
            Test::Null => f.write_str(" IS NULL"),
            Test::True => f.write_str(" IS TRUE"),
            Test::False => f.write_str(" IS FALSE"),
            Test::NotExists => f.write_str(" NOT EXISTS"),
        }
    }
}

impl Order {
    fn as_str(self) -> &'static str {
        match self {
            Order::Less => "<",
            Order::LessOrEqual => "<=",
            Order::Greater => ">",
            Order::GreaterOrEqual => ">=",
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Operand::Text(text) => f.write_str(&quoted(text)),
            Operand::Number(Number(number)) => f.write_str(number),
            Operand::Expression(expression) => expression.fmt(f),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for step in &self.0 {
            match step {
                Step::Key(key) if key.chars().all(in_name) => write!(f, ".{key}")?,
                Step::Key(key) => write!(f, ".['{key}']")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::AnyKey => f.write_str(".*")?,
                Step::AnyElement => f.write_str("[*]")?,
            }
        }
        Ok(())
    }
}
