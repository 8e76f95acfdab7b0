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
    let lines = lines_of_suppressions(file.get_ref(), text);
    let mut config =
        Config::deserialize(Deserializer::from(file)).map_err(|error| of(&error, text, ""))?;
    for (entry, line) in config.suppress.iter_mut().zip(lines) {
        entry.line = line;
    }
    Ok(config)
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
                "there is no table `[{key}]`; there are `[select]`, `[severity]`, \
                 `[[suppress]]` and the settings of rules, such as `[rules.log-retention]`"
            ),
            (None, _) => format!(
                "`{key}` is in no table; write the table that it belongs to above it, for \
                 example `[rules.log-retention]`"
            ),
        };
        return wrong(name, reason);
    }
    for (name, value) in file {
        match name.get_ref().as_ref() {
            "rules" => check_rules(value, rules)?,
            "select" => check_select(value, rules)?,
            "severity" => check_severity(value, rules)?,
            "suppress" => check_suppressions(value, rules)?,
            _ => {}
        }
    }
    Ok(())
}

/// That every name in `by_name` is one of the `known`; `of` says what has them.
fn check_names(by_name: &DeTable<'_>, known: &Shape, of: &str) -> Result<(), Wrong> {
    let known = || known.members.keys().map(String::as_str);
    for key in by_name.keys() {
        let name = key.get_ref().as_ref();
        if known().any(|known| known == name) {
            continue;
        }
        let instead = match nearest(name, known()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("it has `{}`", known().collect::<Vec<_>>().join("`, `")),
        };
        return wrong(key, format!("{of} has no setting `{name}`; {instead}"));
    }
    Ok(())
}

/// That what should be a rule's id is one. What is no text at all, serde refuses.
fn check_rule_id(id: &Spanned<DeValue<'_>>, rules: &[&str]) -> Result<(), Wrong> {
    match id.get_ref() {
        DeValue::String(rule) if !rules.contains(&rule.as_ref()) => {
            wrong(id, no_such_rule(rule, rules.iter().copied()))
        }
        _ => Ok(()),
    }
}

fn check_select(table: &Spanned<DeValue<'_>>, rules: &[&str]) -> Result<(), Wrong> {
    let DeValue::Table(lists) = table.get_ref() else {
        let reason = "which rules run belongs in a table `[select]`, as `rules = [...]`";
        return wrong(table, reason.to_owned());
    };
    let known = Shape::of_file()
        .members
        .remove("select")
        .unwrap_or_default();
    check_names(lists, &known, "`[select]`")?;
    for list in ["rules", "skip-rules"] {
        if let Some(DeValue::Array(ids)) = lists.get(list).map(Spanned::get_ref) {
            for id in ids.iter() {
                check_rule_id(id, rules)?;
            }
        }
    }
    Ok(())
}

fn check_severity(table: &Spanned<DeValue<'_>>, rules: &[&str]) -> Result<(), Wrong> {
    let DeValue::Table(by_rule) = table.get_ref() else {
        let reason = "severities belong in a table `[severity]`, as `log-retention = \"medium\"`";
        return wrong(table, reason.to_owned());
    };
    for id in by_rule.keys() {
        let rule = id.get_ref().as_ref();
        if !rules.contains(&rule) {
            return wrong(id, no_such_rule(rule, rules.iter().copied()));
        }
    }
    Ok(())
}

fn check_suppressions(list: &Spanned<DeValue<'_>>, rules: &[&str]) -> Result<(), Wrong> {
    let known = Shape::of_file()
        .members
        .remove("suppress")
        .unwrap_or_default()
        .item();
    let DeValue::Array(entries) = list.get_ref() else {
        let reason = "each accepted fail is an entry of its own: write `[[suppress]]`";
        return wrong(list, reason.to_owned());
    };
    for entry in entries.iter() {
        let DeValue::Table(members) = entry.get_ref() else {
            let reason = "an accepted fail is a table: write `[[suppress]]`";
            return wrong(entry, reason.to_owned());
        };
        check_names(members, &known, "`[[suppress]]`")?;
        if let Some(rule) = members.get("rule") {
            check_rule_id(rule, rules)?;
        } else if !members.contains_key("fingerprint") {
            let reason = "this `[[suppress]]` does not say what it accepts: it needs a `rule` or \
                 a `fingerprint`";
            return wrong(entry, reason.to_owned());
        }
        if !members.contains_key("reason") {
            let reason = "this `[[suppress]]` has no `reason`";
            return wrong(entry, reason.to_owned());
        }
    }
    Ok(())
}

/// The line that each entry `[[suppress]]` begins in.
fn lines_of_suppressions(file: &DeTable<'_>, text: &str) -> Vec<usize> {
    match file.get("suppress").map(Spanned::get_ref) {
        Some(DeValue::Array(entries)) => (entries.iter())
            .map(|entry| at(&entry.span(), text, String::new()).line)
            .collect(),
        _ => Vec::new(),
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
    check_names(by_key, known, &format!("rule `{rule}`"))
}

#[cfg(test)]
mod tests;
