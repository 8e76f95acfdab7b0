//! An entry `[[suppress]]`: a fail that somebody accepts, why, and until when.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::value;

/// A fail that is accepted: `rule` or `fingerprint` says which, `reason` why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("anyOf" = [{"required": ["rule"]}, {"required": ["fingerprint"]}])))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Suppression {
    /// The rule's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub rule: Option<String>,
    /// The ARNs it holds for, as a pattern (`*` is any text, `?` any character).
    #[serde(default = "anything", deserialize_with = "value::resource")]
    pub resource: String,
    /// The account's id, in quotes; without it the entry holds in every account.
    #[serde(
        default,
        deserialize_with = "value::account",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(test, schemars(with = "String", regex(pattern = r"^[0-9]{12}$")))]
    pub account: Option<String>,
    /// The Region; without it the entry holds in every Region.
    #[serde(
        default,
        deserialize_with = "value::region",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(test, schemars(with = "String", regex(pattern = r"^[a-z0-9-]+$")))]
    pub region: Option<String>,
    /// The fingerprint of the one finding that is accepted, whole, as the JSON report has it.
    #[serde(
        default,
        deserialize_with = "value::fingerprint",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(test, schemars(with = "String", regex(pattern = r"^[0-9a-f]{64}$")))]
    pub fingerprint: Option<String>,
    /// Why it is accepted.
    #[serde(deserialize_with = "value::sentence")]
    #[cfg_attr(test, schemars(regex(pattern = r"\S")))]
    pub reason: String,
    /// Who answers for it.
    #[serde(
        default,
        deserialize_with = "value::name",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(test, schemars(with = "String", regex(pattern = r"\S")))]
    pub owner: Option<String>,
    /// The last day it holds, in UTC, such as `2027-01-31`; a date that cannot be read ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Day"))]
    pub until: Option<Until>,
    /// Whether it covers, beside the fail, that nobody can tell any more whether it is there.
    #[serde(default)]
    pub accept_unknown: bool,
    /// The line of the file that it begins in.
    #[serde(skip)]
    pub line: usize,
}

fn anything() -> String {
    "*".to_owned()
}

/// The end of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// The last day it holds.
    Day(Date),
    /// What stands there and is no date: nothing is accepted on the strength of it.
    Unreadable(String),
}

impl Until {
    /// Reads a date as `YYYY-MM-DD`, and in no other form: jiff would take a time and an
    /// offset as well, and which day that is in UTC would be guessed.
    pub fn read(text: &str) -> Self {
        match text.parse() {
            Ok(day) if text.len() == "2027-01-31".len() => Until::Day(day),
            _ => Until::Unreadable(text.to_owned()),
        }
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Until::Day(day) => day.fmt(f),
            Until::Unreadable(text) => f.write_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Until {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(match toml::Value::deserialize(from)? {
            toml::Value::String(text) => Until::read(&text),
            toml::Value::Datetime(date) => Until::read(&date.to_string()),
            other => Until::Unreadable(format!("a value of type {}", other.type_str())),
        })
    }
}

impl Serialize for Until {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// What an editor should accept for a day: stricter than the program, which must not refuse
/// the whole file over it.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[schemars(transparent, extend("format" = "date"))]
#[expect(dead_code, reason = "only its schema is used")]
struct Day(String);
