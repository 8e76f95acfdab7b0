//! The JSON report: a contract, with its schema in `docs/schema/trailcheck-report-1.json`.
//! The types below are that contract; they are not the types that the rules use, so that
//! those can change without it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, PrettyFormatter, Serializer};

use super::text::is_visible;
use super::{Render, Report};
use crate::baseline::Baseline;
use crate::finding::{Finding, Status};
use crate::outcome::Outcome;
use crate::rule::{Control, Practice, Rule, Severity};
use crate::snapshot::{Account, AccountStatus};
use crate::suppression::Entry;

/// The name of the report's schema. It is a name: nothing is fetched from it.
pub const SCHEMA: &str = "https://trailcheck.dev/schema/trailcheck-report-1.json";

/// The version of the report's format.
pub const SCHEMA_VERSION: u32 = 1;

/// Renders the report for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Json;

impl Render for Json {
    fn render(&self, report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        write_pretty(&Document::of(report), out)
    }
}

/// An audit of one or more AWS accounts' CloudTrail set-up.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Report"))]
pub(super) struct Document<'a> {
    /// The name of this format's schema.
    schema: &'static str,
    /// The version of this format; it grows when something is removed or changes its meaning.
    schema_version: u32,
    /// What wrote the report.
    tool: Tool,
    /// What was audited, and when.
    scope: Scope<'a>,
    /// The counts, and how the run ended.
    summary: Summary<'a>,
    /// What closes the gate.
    gate: Gate,
    /// Every rule that ran, in the order of the catalogue.
    rules: Vec<RuleEntry>,
    /// What the rules found, in the order of the rules and subjects.
    findings: &'a [Finding],
    /// What came of the entries `[[suppress]]`, in the order of the settings file.
    suppressions: &'a [Entry],
    /// The former report that the findings were held against; null if there was none.
    baseline: Option<&'a Baseline>,
}

/// What wrote the report.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Tool {
    /// `trailcheck`.
    name: &'static str,
    /// Its version.
    version: &'static str,
}

/// What was audited, and when.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Scope<'a> {
    /// The AWS partition, for example `aws` or `aws-us-gov`.
    partition: &'a str,
    /// The audited accounts.
    accounts: Vec<AccountEntry<'a>>,
    /// Every Region that was audited in some account, sorted.
    regions: BTreeSet<&'a str>,
    /// When collecting began.
    started_at: Timestamp,
    /// When collecting ended; the time that every rule judges by.
    finished_at: Timestamp,
}

/// An audited account.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Account"))]
struct AccountEntry<'a> {
    /// The 12-digit account id.
    id: &'a str,
    /// Whether it is in use.
    status: AccountStatus,
    /// Its alias; null if it has none or it could not be read.
    alias: Option<&'a str>,
}

/// Trusted Advisor's counts, and what follows from them.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Summary<'a> {
    /// Findings that are pass, fail or unknown.
    processed: usize,
    /// Fails that are not suppressed.
    flagged: usize,
    /// Unknowns that are not suppressed.
    ignored: usize,
    /// Accepted findings.
    suppressed: usize,
    /// Flagged findings by severity.
    by_severity: &'a BTreeMap<Severity, usize>,
    /// Findings by practice and status, suppressed ones left out.
    by_practice: &'a BTreeMap<Practice, BTreeMap<Status, usize>>,
    /// Facts that were asked for.
    facts: usize,
    /// Facts that could be read.
    facts_read: usize,
    /// Whether every fact could be read and nothing is unknown.
    complete: bool,
    /// How the run ended: what the exit code says.
    outcome: Outcome,
}

/// What closes the gate.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Gate {
    /// The least severity that closes it; null for never.
    fail_on: Option<Severity>,
    /// Whether unknown findings are let through.
    allow_unknown: bool,
}

/// A rule that ran.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Rule"))]
struct RuleEntry {
    /// Kebab-case id.
    id: &'static str,
    /// One line: the good state.
    title: &'static str,
    /// What a fail weighs by default.
    severity: Severity,
    /// The recommended practice it belongs to.
    practice: Practice,
    /// The clauses of outside standards that it speaks to.
    controls: &'static [Control],
}

impl<'a> Document<'a> {
    fn of(report: &'a Report<'a>) -> Self {
        Document {
            schema: SCHEMA,
            schema_version: SCHEMA_VERSION,
            tool: Tool {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
            },
            scope: Scope::of(report),
            summary: Summary::of(&report.summary),
            gate: Gate {
                fail_on: report.gate.fail_on,
                allow_unknown: report.gate.allow_unknown,
            },
            rules: report
                .rules
                .iter()
                .map(|rule| RuleEntry::of(rule))
                .collect(),
            findings: report.findings,
            suppressions: report.suppressions,
            baseline: report.baseline,
        }
    }
}

impl<'a> Scope<'a> {
    fn of(report: &'a Report<'a>) -> Self {
        let accounts = &report.snapshot.accounts;
        let first = accounts.first();
        Scope {
            partition: first.map_or("", |account| account.partition.as_str()),
            accounts: accounts.iter().map(AccountEntry::of).collect(),
            regions: (accounts.iter())
                .flat_map(|account| account.regions.keys().map(String::as_str))
                .collect(),
            started_at: report.snapshot.started_at,
            finished_at: report.snapshot.finished_at,
        }
    }
}

impl<'a> AccountEntry<'a> {
    fn of(account: &'a Account) -> Self {
        AccountEntry {
            id: &account.id,
            status: account.status,
            alias: account.alias.if_known().and_then(Option::as_deref),
        }
    }
}

impl<'a> Summary<'a> {
    fn of(summary: &'a super::Summary) -> Self {
        Summary {
            processed: summary.processed,
            flagged: summary.flagged,
            ignored: summary.ignored,
            suppressed: summary.suppressed,
            by_severity: &summary.by_severity,
            by_practice: &summary.by_practice,
            facts: summary.facts,
            facts_read: summary.facts_read,
            complete: summary.complete,
            outcome: summary.outcome,
        }
    }
}

impl RuleEntry {
    fn of(rule: &'static Rule) -> Self {
        RuleEntry {
            id: rule.id,
            title: rule.title,
            severity: rule.severity,
            practice: rule.practice,
            controls: rule.controls,
        }
    }
}

/// Writes `value` as indented JSON with a final line break. What cannot be seen is written
/// as `\uXXXX`: to a program the same text, in a terminal no escape sequence.
pub(super) fn write_pretty(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *out, Visible::default());
    value.serialize(&mut serializer)?;
    writeln!(out)
}

/// serde_json's indented format, with invisible characters escaped.
#[derive(Default)]
struct Visible<'a> {
    pretty: PrettyFormatter<'a>,
}

impl Formatter for Visible<'_> {
    fn write_string_fragment<W>(&mut self, out: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        let mut units = [0; 2];
        for c in fragment.chars() {
            if is_visible(c) {
                write!(out, "{c}")?;
                continue;
            }
            for unit in c.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }

    fn write_char_escape<W>(&mut self, out: &mut W, escape: CharEscape) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        self.pretty.write_char_escape(out, escape)
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.pretty.begin_array(out)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.pretty.end_array(out)
    }

    fn begin_array_value<W>(&mut self, out: &mut W, first: bool) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        self.pretty.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.pretty.end_array_value(out)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.pretty.begin_object(out)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.pretty.end_object(out)
    }

    fn begin_object_key<W>(&mut self, out: &mut W, first: bool) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        self.pretty.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.pretty.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.pretty.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::outcome::Gate as OutcomeGate;
    use crate::report::fixture::{self, HOSTILE, assert_visible, rendered, rendered_with};

    fn parsed(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_report_holds_scope_counts_rules_and_findings() {
        let report = parsed(&rendered(&Json, &fixture::snapshot()));
        assert_eq!(report["schema"], SCHEMA);
        assert_eq!(report["schema_version"], 1);
        assert_eq!(report["scope"]["accounts"][0]["id"], "111122223333");
        assert_eq!(report["scope"]["accounts"][0]["status"], "active");
        assert_eq!(
            report["scope"]["regions"],
            serde_json::json!(["eu-west-1", "us-east-1"])
        );
        assert_eq!(report["scope"]["finished_at"], "2026-11-22T12:00:00Z");
        let summary = &report["summary"];
        assert_eq!(summary["processed"], 8);
        assert_eq!(summary["flagged"], 3);
        assert_eq!(summary["ignored"], 1);
        assert_eq!(summary["by_severity"]["critical"], 1);
        assert_eq!(summary["by_practice"]["integrity"]["unknown"], 1);
        assert_eq!(summary["complete"], false);
        assert_eq!(summary["outcome"], "findings");
        let rules = report["rules"].as_array().unwrap();
        assert_eq!(rules.len(), fixture::RULES.len());
        assert_eq!(rules[1]["controls"][0]["framework"], "CIS AWS Foundations");
    }

    #[test]
    fn a_finding_has_every_member_and_null_where_there_is_nothing() {
        let report = parsed(&rendered(&Json, &fixture::snapshot()));
        let findings = report["findings"].as_array().unwrap();
        for finding in findings {
            let members: Vec<&str> = finding
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            let mut wanted = vec![
                "rule",
                "status",
                "severity",
                "account",
                "region",
                "resource",
                "message",
                "evidence",
                "gap",
                "suppressed",
                "baseline",
                "fingerprint",
            ];
            wanted.sort_unstable();
            let mut members = members;
            members.sort_unstable();
            assert_eq!(members, wanted);
            assert_eq!(finding["gap"].is_null(), finding["status"] != "unknown");
            assert!(finding["resource"].as_str().unwrap().starts_with("arn:"));
        }
        let unknown = findings.iter().find(|f| f["status"] == "unknown").unwrap();
        assert_eq!(unknown["gap"]["action"], "cloudtrail:GetTrailStatus");
        assert_eq!(unknown["gap"]["kind"], "access-denied");
    }

    #[test]
    fn an_accepted_finding_is_there_and_counted_as_such() {
        let findings =
            fixture::accept(fixture::findings(&fixture::snapshot()), "bucket-not-public");
        let text = rendered_with(
            &Json,
            &fixture::snapshot(),
            &findings,
            OutcomeGate::default(),
        );
        let report = parsed(&text);
        assert_eq!(report["summary"]["suppressed"], 1);
        assert_eq!(report["summary"]["processed"], 8);
        assert!(report["summary"]["by_severity"]["critical"].is_null());
    }

    #[test]
    fn hostile_text_is_visible_in_the_file_and_the_same_to_a_program() {
        let text = rendered(&Json, &fixture::hostile());
        assert_visible(&text);
        let report = parsed(&text);
        assert_eq!(report["scope"]["accounts"][0]["alias"], HOSTILE);
        assert_eq!(report["scope"]["regions"].as_array().unwrap().len(), 3);
    }

    #[test]
    fn every_character_survives() {
        for c in ('\0'..=char::MAX)
            .step_by(7)
            .chain(['"', '\\', '\u{10ffff}', '\u{e0001}'])
        {
            let mut out = Vec::new();
            write_pretty(&c.to_string(), &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert_eq!(parsed(&text), c.to_string());
            assert_visible(&text);
        }
    }

    #[test]
    fn the_file_ends_with_one_line_break_and_is_the_same_every_time() {
        let text = rendered(&Json, &fixture::snapshot());
        assert!(text.ends_with("}\n") && !text.ends_with("\n\n"));
        assert_eq!(text, rendered(&Json, &fixture::snapshot()));
    }

    #[test]
    fn a_writer_that_breaks_is_told_to_the_caller() {
        let snapshot = fixture::snapshot();
        let findings = fixture::findings(&snapshot);
        let report = Report::new(&snapshot, fixture::RULES, &findings, OutcomeGate::default());
        assert!(Json.render(&report, &mut fixture::Full(100)).is_err());
    }
}
