//! A JSON report, read back: to compare with, or to look a finding up in.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::json::{SCHEMA, SCHEMA_VERSION};
use crate::finding::Status;
use crate::rule::Severity;

/// A report of an earlier run. What it holds beyond this is passed over.
#[derive(Debug, Clone, PartialEq)]
pub struct Former {
    /// The version of the program that wrote it.
    pub tool_version: String,
    /// The AWS partition; empty if no account was audited.
    pub partition: String,
    /// The ids of the audited accounts.
    pub accounts: BTreeSet<String>,
    /// The time that it was judged by.
    pub finished_at: Timestamp,
    /// The ids of the rules that ran.
    pub rules: BTreeSet<String>,
    /// What they found.
    pub findings: Vec<FormerFinding>,
}

/// A finding of an earlier run.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct FormerFinding {
    /// The rule's id; the rule may be gone.
    pub rule: String,
    /// What was found.
    pub status: Status,
    /// What it weighed.
    pub severity: Severity,
    /// The account's id.
    pub account: String,
    /// The Region.
    pub region: String,
    /// The subject's ARN.
    pub resource: String,
    /// The sentence.
    pub message: String,
    /// The observed values.
    pub evidence: Map<String, Value>,
    /// Why it was accepted, if it was. A report that does not say so is none of ours.
    #[serde(deserialize_with = "stated")]
    pub suppressed: Option<Acceptance>,
    /// What it is about, as a hash.
    pub fingerprint: String,
}

/// Why a finding was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Acceptance {
    /// The reason given.
    pub reason: String,
}

/// Reads null or a value, but not nothing at all, which serde takes for null by default.
fn stated<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Acceptance>, D::Error> {
    Option::deserialize(from)
}

/// What is read first: another format may differ in every other respect.
#[derive(Deserialize)]
struct Header {
    schema: Option<String>,
    schema_version: Option<u32>,
}

#[derive(Deserialize)]
struct Document {
    tool: Tool,
    scope: Scope,
    rules: Vec<Named>,
    findings: Vec<FormerFinding>,
}

#[derive(Deserialize)]
struct Tool {
    version: String,
}

#[derive(Deserialize)]
struct Scope {
    partition: String,
    accounts: Vec<Named>,
    finished_at: Timestamp,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

/// Reads a JSON report of ours.
///
/// # Errors
/// One sentence, if it is none, or one that cannot be relied on.
pub fn read(json: &[u8]) -> Result<Former, String> {
    // serde would take an array for a struct, too: the fields in their order.
    if !json.trim_ascii_start().starts_with(b"{") {
        return Err("it is no JSON object".to_owned());
    }
    let header: Header = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    if header.schema.as_deref() != Some(SCHEMA) {
        return Err("it is not what `trailcheck audit --format json` writes".to_owned());
    }
    match header.schema_version {
        None => return Err("it has no `schema_version`".to_owned()),
        Some(SCHEMA_VERSION) => {}
        Some(version) => {
            return Err(format!(
                "its schema version is {version}, and this build reads {SCHEMA_VERSION}"
            ));
        }
    }
    let document: Document = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    refuse_doubtful(&document)?;
    let ids = |named: Vec<Named>| named.into_iter().map(|one| one.id).collect();
    Ok(Former {
        tool_version: document.tool.version,
        partition: document.scope.partition,
        accounts: ids(document.scope.accounts),
        finished_at: document.scope.finished_at,
        rules: ids(document.rules),
        findings: document.findings,
    })
}

/// Refuses what no report of ours has: a finding that is there twice, or of a rule or an
/// account that the report does not cover. Which of them was accepted could only be guessed.
fn refuse_doubtful(document: &Document) -> Result<(), String> {
    let covered =
        |list: &[Named]| -> BTreeSet<String> { list.iter().map(|one| one.id.clone()).collect() };
    let rules = covered(&document.rules);
    let accounts = covered(&document.scope.accounts);
    let mut seen = BTreeSet::new();
    for finding in &document.findings {
        if !rules.contains(&finding.rule) {
            return Err(format!(
                "rule `{}` is not among those that ran",
                finding.rule
            ));
        }
        if !accounts.contains(&finding.account) {
            return Err(format!("account `{}` is not in its scope", finding.account));
        }
        if !seen.insert(&finding.fingerprint) {
            return Err(format!("finding `{}` is in it twice", finding.fingerprint));
        }
    }
    Ok(())
}

impl Former {
    /// Whether it can be compared with an audit of these accounts in this partition.
    ///
    /// # Errors
    /// One sentence, if it cannot: it is about something else.
    pub fn comparable<'a>(
        &self,
        partition: &str,
        accounts: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), String> {
        let accounts: Vec<&str> = accounts.into_iter().collect();
        if accounts.is_empty() {
            return Ok(());
        }
        if !accounts.iter().any(|id| self.accounts.contains(*id)) {
            let own: Vec<&str> = self.accounts.iter().map(String::as_str).collect();
            let own = if own.is_empty() {
                "no account".to_owned()
            } else {
                own.join(", ")
            };
            return Err(format!(
                "it is about {own}, not about {}",
                accounts.join(", ")
            ));
        }
        if self.partition != partition {
            let own = &self.partition;
            return Err(format!(
                "it is about the partition `{own}`, not about `{partition}`"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use arbtest::arbtest;

    use super::*;
    use crate::report::fixture;
    use crate::report::json::Json;

    #[test]
    fn what_a_report_says_is_read_back() {
        let snapshot = fixture::hostile();
        let former = read(fixture::rendered(&Json, &snapshot).as_bytes()).unwrap();
        let findings = fixture::findings(&snapshot);
        assert_eq!(former.findings.len(), findings.len());
        for (read, written) in former.findings.iter().zip(&findings) {
            assert_eq!(read.rule, written.rule);
            assert_eq!(read.status, written.status);
            assert_eq!(read.severity, written.severity);
            assert_eq!(read.resource, written.resource);
            assert_eq!(read.message, written.message);
            assert_eq!(read.evidence, written.evidence);
            assert_eq!(read.fingerprint, written.fingerprint);
        }
        assert_eq!(former.finished_at, snapshot.finished_at);
    }

    #[test]
    fn what_is_unknown_in_a_report_is_passed_over() {
        let text = fixture::rendered(&Json, &fixture::snapshot());
        let more = text.replacen('{', "{\"colour\": {\"red\": []},", 1);
        assert_eq!(read(more.as_bytes()), read(text.as_bytes()));
    }

    #[test]
    fn a_report_that_was_cut_off_is_never_half_a_report() {
        let text = fixture::rendered(&Json, &fixture::snapshot());
        let whole = text.trim_end();
        for length in (0..whole.len()).step_by(61).chain([whole.len() - 1]) {
            assert!(
                read(whole.get(..length).unwrap().as_bytes()).is_err(),
                "{length}"
            );
        }
    }

    #[test]
    fn no_bytes_make_reading_panic() {
        let text = fixture::rendered(&Json, &fixture::snapshot());
        arbtest(|random| {
            let mut bytes = text.clone().into_bytes();
            for _ in 0..random.int_in_range(1..=4)? {
                let at = random.choose_index(bytes.len())?;
                bytes[at] = random.arbitrary()?;
            }
            let _ = read(&bytes);
            Ok(())
        })
        .budget_ms(300);
    }
}
