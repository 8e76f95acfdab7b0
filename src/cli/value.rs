//! Values on the command line: how each is read, and what is said when it cannot be.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command, ValueEnum};
use jiff::SignedDuration;
use jiff::civil::Date;

use super::{FailOn, Format};
use crate::config::Until;
use crate::policy::tampering;
use crate::rule::{Practice, Rule, Severity};
use crate::rules;
use crate::snapshot::arn;
use crate::spelling::no_such_rule;

/// Where a report or a snapshot goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// `-`.
    Stdout,
    /// A file, to be replaced whole or not at all.
    File(PathBuf),
}

/// A `FORMAT=FILE` of `--report`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The format.
    pub format: Format,
    /// Where it goes.
    pub to: Destination,
}

/// Reads a file name, or `-`.
///
/// # Errors
/// A sentence, if the name is empty.
pub fn destination(text: &str) -> Result<Destination, String> {
    match text {
        "" => Err("the name of the file is missing".to_owned()),
        "-" => Ok(Destination::Stdout),
        name => Ok(Destination::File(PathBuf::from(name))),
    }
}

/// Reads an IAM action.
///
/// # Errors
/// A sentence, if it is no action, or none of a service whose actions are all known.
pub fn action(text: &str) -> Result<String, String> {
    let example = "write SERVICE:ACTION, for example `s3:DeleteObject`";
    if text.contains(['*', '?']) {
        return Err(format!(
            "a pattern is many actions, and this asks about one; {example}"
        ));
    }
    let plain = |part: &str, more: &[char]| {
        let fits = |c: char| c.is_ascii_alphanumeric() || more.contains(&c);
        !part.is_empty() && part.chars().all(fits)
    };
    let shaped = text
        .split_once(':')
        .is_some_and(|(service, name)| plain(service, &['-']) && plain(name, &[]));
    if !shaped {
        return Err(example.to_owned());
    }
    match tampering::unknown(text) {
        Some(Some(nearest)) => Err(format!(
            "there is no such action; did you mean `{nearest}`?"
        )),
        Some(None) => Err("there is no such action".to_owned()),
        None => Ok(text.to_owned()),
    }
}

/// Reads an ARN.
///
/// # Errors
/// A sentence, if it is none.
pub fn resource(text: &str) -> Result<String, String> {
    match arn::parse(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err("it is no ARN, such as `arn:aws:s3:::example-logs/*`".to_owned()),
    }
}

/// Reads a `FORMAT=FILE`.
///
/// # Errors
/// A sentence that says which half is wrong.
pub fn target(text: &str) -> Result<Target, String> {
    let Some((format, file)) = text.split_once('=') else {
        return Err("write FORMAT=FILE, for example `sarif=trail.sarif` or `json=-`".to_owned());
    };
    let format = Format::from_str(format, false)
        .map_err(|_| format!("`{format}` is no format; it is {}", formats()))?;
    Ok(Target {
        format,
        to: destination(file)?,
    })
}

/// Reads a fingerprint, or how one begins.
///
/// # Errors
/// A sentence, if it is too short to tell anything, or none.
pub fn fingerprint(text: &str) -> Result<String, String> {
    let hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !hex || !(8..=64).contains(&text.len()) {
        return Err(
            "write the fingerprint as the report has it: 64 digits, or at least the first 8"
                .to_owned(),
        );
    }
    Ok(text.to_ascii_lowercase())
}

/// Reads a text that says something.
///
/// # Errors
/// A sentence, if it is blank.
pub fn something(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("it says nothing".to_owned());
    }
    Ok(text.to_owned())
}

/// Reads a day.
///
/// # Errors
/// A sentence, if it is none.
pub fn date(text: &str) -> Result<Date, String> {
    match Until::read(text) {
        Until::Day(day) => Ok(day),
        Until::Unreadable(_) => Err("write a day such as `2027-01-31`".to_owned()),
    }
}

/// The formats' names, in a sentence.
fn formats() -> String {
    let names: Vec<String> = Format::value_variants()
        .iter()
        .filter_map(|format| format.to_possible_value())
        .map(|value| value.get_name().to_owned())
        .collect();
    match names.split_last() {
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Reads a duration such as `30s`, `5m` or `1m30s`.
///
/// # Errors
/// A sentence, if it is none or not more than zero.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write a duration such as `30s`, `5m` or `1m30s`".to_owned();
    let duration: SignedDuration = text.parse().map_err(|_| wrong())?;
    match Duration::try_from(duration) {
        Ok(duration) if duration > Duration::ZERO => Ok(duration),
        _ => Err("a limit on time has to be longer than nothing".to_owned()),
    }
}

/// Reads the name of a file in a repository: relative, and within it. GitHub rejects a
/// whole SARIF file over one location that is not.
///
/// # Errors
/// A sentence, if it is not.
pub fn anchor(text: &str) -> Result<String, String> {
    let inside = Path::new(text)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if text.is_empty() || !inside {
        return Err("write the path from the root of the repository, without `..`".to_owned());
    }
    Ok(text.to_owned())
}

/// Reads a practice's name.
pub fn practice() -> impl TypedValueParser<Value = Practice> {
    let names = Practice::ALL
        .iter()
        .map(|practice| PossibleValue::new(practice.as_str()).help(practice.title()));
    PossibleValuesParser::new(names).try_map(|name| {
        Practice::ALL
            .iter()
            .find(|practice| practice.as_str() == name)
            .copied()
            .ok_or("no such practice")
    })
}

/// Reads a severity, or `never`.
pub fn fail_on() -> impl TypedValueParser<Value = FailOn> {
    let names = Severity::ALL
        .iter()
        .map(|severity| severity.as_str())
        .chain(["never"]);
    PossibleValuesParser::new(names).map(|name| {
        // Every other name is a severity's, so `find` comes up empty for `never` alone.
        FailOn(
            Severity::ALL
                .iter()
                .find(|severity| severity.as_str() == name)
                .copied(),
        )
    })
}

/// Reads a rule's id, and suggests the nearest one where there is none of that name.
#[derive(Debug, Clone, Copy)]
pub struct RuleParser;

impl TypedValueParser for RuleParser {
    type Value = &'static Rule;

    fn parse_ref(
        &self,
        command: &Command,
        _: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Self::Value, clap::Error> {
        let id = value.to_string_lossy();
        rules::catalogue()
            .into_iter()
            .find(|rule| rule.id == id)
            .ok_or_else(|| {
                let known = rules::catalogue().into_iter().map(|rule| rule.id);
                let message = format!("{}\n", no_such_rule(&id, known));
                clap::Error::raw(ErrorKind::InvalidValue, message).with_cmd(command)
            })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let rules = rules::catalogue().into_iter();
        Some(Box::new(
            rules.map(|rule| PossibleValue::new(rule.id).help(rule.title)),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
    }

    #[test]
    fn a_bare_number_is_no_duration_and_neither_is_nothing() {
        for text in ["30", "", "soon", "0s", "-5s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_report_needs_a_format_and_a_file() {
        assert_eq!(
            target("sarif=a=b"),
            Ok(Target {
                format: Format::Sarif,
                to: Destination::File(PathBuf::from("a=b")),
            })
        );
        assert_eq!(target("json=-").unwrap().to, Destination::Stdout);
        for text in ["sarif", "sarif=", "=x", "pdf=x"] {
            assert!(target(text).is_err(), "{text}");
        }
        let said = target("pdf=x").unwrap_err();
        assert!(said.ends_with("it is table, json, sarif, markdown, github, junit, csv or html"));
    }

    #[test]
    fn an_anchor_stays_inside_the_repository() {
        assert!(anchor("infra/trail.tf").is_ok());
        for text in ["", "/etc/passwd", "../trail.tf", "infra/../../trail.tf"] {
            assert!(anchor(text).is_err(), "{text}");
        }
    }
}
