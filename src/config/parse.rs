//! From the text of a `trailcheck.toml` to what it says, or to the first mistake in it.

use std::ops::Range;

use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::Config;
use super::describe::Shape;
use crate::spelling::{nearest, no_such_rule};

/// What is wrong with a file, and where; lines and columns count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
pub struct Mistake {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
    /// One sentence.
    pub reason: String,
}

/// Reads the text of a `trailcheck.toml`; `rules` are the ids of all rules there are.
///
/// # Errors
/// The first mistake: no TOML, a name that does not exist, or a value that makes no sense.
pub fn parse(text: &str, rules: &[&str]) -> Result<Config, Mistake> {
    let file = DeTable::parse(text).map_err(|error| of(&error, text, "malformed TOML: "))?;
    // serde would refuse a name that does not exist as well, but not say what was meant.
    check_file(file.get_ref(), rules).map_err(|wrong| at(&wrong.span, text, wrong.reason))?;
    Config::deserialize(Deserializer::from(file)).map_err(|error| of(&error, text, ""))
}

fn of(error: &toml::de::Error, text: &str, kind: &str) -> Mistake {
    let reason = format!("{kind}{}", error.message());
    at(&error.span().unwrap_or_default(), text, reason)
}

fn at(span: &Range<usize>, text: &str, reason: String) -> Mistake {
    let before = text.get(..span.start).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    Mistake {
        line: before.matches('\n').count().saturating_add(1),
        column: line.chars().count().saturating_add(1),
        reason,
    }
}

/// A name or a value that is out of place.
struct Wrong {
    span: Range<usize>,
    reason: String,
}

fn wrong<T>(what: &Spanned<T>, reason: String) -> Result<(), Wrong> {
    let span = what.span();
    Err(Wrong { span, reason })
}

fn check_file(file: &DeTable<'_>, rules: &[&str]) -> Result<(), Wrong> {
    let known = Shape::of_file().members;
    for (name, value) in file {
        let key = name.get_ref().as_ref();
        if known.contains_key(key) {
            continue;
        }
        let meant = nearest(key, known.keys().map(String::as_str));
        let reason = match (meant, value.get_ref()) {
            (Some(meant), _) => format!("nothing is called `{key}` here; did you mean `{meant}`?"),
            _ if rules.contains(&key) => {
                format!("the settings of rule `{key}` belong in a table `[rules.{key}]`")
            }
            (None, DeValue::Table(_)) => format!(
                "there is no table `[{key}]`; settings of rules, in tables such as \
                 `[rules.log-retention]`, are all that is read"
            ),
            (None, _) => format!(
                "`{key}` is in no table; write the table that it belongs to above it, for \
                 example `[rules.log-retention]`"
            ),
        };
        return wrong(name, reason);
    }
    match file.get("rules") {
        None => Ok(()),
        Some(tables) => check_rules(tables, rules),
    }
}

fn check_rules(tables: &Spanned<DeValue<'_>>, rules: &[&str]) -> Result<(), Wrong> {
    let DeValue::Table(by_rule) = tables.get_ref() else {
        let reason = "settings belong in one table per rule, such as `[rules.log-retention]`";
        return wrong(tables, reason.to_owned());
    };
    let known = Shape::of_rules().members;
    for (id, settings) in by_rule {
        let rule = id.get_ref().as_ref();
        match known.get(rule) {
            Some(shape) => check_rule(rule, settings, shape)?,
            None if rules.contains(&rule) => {
                let reason =
                    format!("rule `{rule}` has no settings; take `[rules.{rule}]` out of the file");
                return wrong(id, reason);
            }
            None => return wrong(id, no_such_rule(rule, rules.iter().copied())),
        }
    }
    Ok(())
}

fn check_rule(rule: &str, settings: &Spanned<DeValue<'_>>, known: &Shape) -> Result<(), Wrong> {
    let DeValue::Table(by_key) = settings.get_ref() else {
        let reason = format!("the settings of rule `{rule}` belong in a table `[rules.{rule}]`");
        return wrong(settings, reason);
    };
    let known = || known.members.keys().map(String::as_str);
    for key in by_key.keys() {
        let name = key.get_ref().as_ref();
        if known().any(|known| known == name) {
            continue;
        }
        let instead = match nearest(name, known()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("it has `{}`", known().collect::<Vec<_>>().join("`, `")),
        };
        let reason = format!("rule `{rule}` has no setting `{name}`; {instead}");
        return wrong(key, reason);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
