//! Findings as comma-separated values (RFC 4180), for spreadsheets and ticket imports.

use std::io;

use csv::{Terminator, WriterBuilder};

use super::text::visible;
use super::{Render, Report};
use crate::finding::{Finding, Standing};
use crate::rule::Rule;

/// Renders one row per finding below a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Csv;

const HEADER: [&str; 20] = [
    "account",
    "region",
    "practice",
    "rule",
    "title",
    "status",
    "severity",
    "resource",
    "message",
    "evidence",
    "gap_action",
    "gap_kind",
    "gap_detail",
    "accepted_reason",
    "accepted_owner",
    "accepted_until",
    "baseline",
    "controls",
    "as_of",
    "fingerprint",
];

impl Render for Csv {
    fn render(&self, report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        let mut builder = WriterBuilder::new();
        let mut writer = builder.terminator(Terminator::CRLF).from_writer(out);
        writer.write_record(HEADER)?;
        for finding in report.findings {
            let rule = report.rules.iter().find(|rule| rule.id == finding.rule);
            writer.write_record(
                row(report, finding, rule.copied())
                    .iter()
                    .map(|text| cell(text)),
            )?;
        }
        writer.flush()
    }
}

fn row(report: &Report<'_>, finding: &Finding, rule: Option<&Rule>) -> [String; 20] {
    let gap = finding.gap.as_ref();
    let accepted = finding.suppressed.as_ref();
    let controls = rule.map_or(&[][..], |rule| rule.controls).iter();
    let controls: Vec<String> = controls.map(ToString::to_string).collect();
    let evidence = match finding.evidence.is_empty() {
        true => String::new(),
        false => serde_json::Value::Object(finding.evidence.clone()).to_string(),
    };
    [
        finding.account.clone(),
        finding.region.clone(),
        rule.map_or(String::new(), |rule| rule.practice.to_string()),
        finding.rule.to_owned(),
        rule.map_or(String::new(), |rule| rule.title.to_owned()),
        finding.status.as_str().to_owned(),
        finding.severity.to_string(),
        finding.resource.clone(),
        finding.message.clone(),
        evidence,
        gap.map_or(String::new(), |gap| gap.action.clone()),
        gap.map_or(String::new(), |gap| gap.kind.to_string()),
        gap.map_or(String::new(), |gap| gap.detail.clone()),
        accepted.map_or(String::new(), |why| why.reason.clone()),
        accepted
            .and_then(|why| why.owner.clone())
            .unwrap_or_default(),
        accepted
            .and_then(|why| why.until)
            .map_or(String::new(), |day| day.to_string()),
        finding.baseline.map_or("", Standing::as_str).to_owned(),
        controls.join("; "),
        report.snapshot.finished_at.to_string(),
        finding.fingerprint.clone(),
    ]
}

/// What a spreadsheet takes for the start of a formula. Excel takes the full-width signs for
/// the plain ones where East Asian languages are set up.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// `text` as a cell that no spreadsheet evaluates and no terminal obeys.
fn cell(text: &str) -> String {
    let shown = visible(text);
    match text.starts_with(FORMULA) {
        true => format!("'{shown}"),
        false => shown,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use insta::assert_snapshot;

    use super::*;
    use crate::outcome::Gate;
    use crate::report::fixture::{self, assert_visible, rendered, rendered_with};

    fn rows(text: &str) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
        let rows = reader.records().map(|row| row.unwrap());
        rows.map(|row| row.iter().map(str::to_owned).collect())
            .collect()
    }

    fn column(name: &str) -> usize {
        HEADER.iter().position(|header| *header == name).unwrap()
    }

    #[test]
    fn each_finding_has_a_row() {
        let findings = fixture::accept(fixture::findings(&fixture::snapshot()), "trail-encryption");
        let text = rendered_with(&Csv, &fixture::snapshot(), &findings, Gate::default());
        assert_snapshot!(text.replace("\r\n", "\n"));
        assert_eq!(rows(&text).len(), findings.len());
        let rules: BTreeSet<String> = rows(&text)
            .into_iter()
            .map(|row| row[column("rule")].clone())
            .collect();
        assert_eq!(rules.len(), fixture::RULES.len());
    }

    #[test]
    fn lines_end_as_the_standard_says_and_hostile_text_makes_none() {
        let snapshot = fixture::hostile();
        let text = rendered(&Csv, &snapshot);
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
        assert_eq!(
            text.matches('\n').count(),
            1 + fixture::findings(&snapshot).len()
        );
        assert_visible(&text.replace("\r\n", "\n"));
    }

    #[test]
    fn no_cell_starts_a_formula() {
        for start in FORMULA {
            let mut finding = fixture::finding();
            finding.message = format!("{start}cmd|' /C calc'!A0,\"x\"");
            finding.resource = finding.message.clone();
            finding.region = finding.message.clone();
            let text = rendered_with(&Csv, &fixture::snapshot(), &[finding], Gate::default());
            for name in ["message", "resource", "region"] {
                let cell = &rows(&text)[0][column(name)];
                assert!(cell.starts_with('\''), "{cell}");
                assert!(cell.ends_with("cmd|' /C calc'!A0,\"x\""), "{cell}");
            }
        }
        assert_eq!(cell("a=b"), "a=b");
    }
}
