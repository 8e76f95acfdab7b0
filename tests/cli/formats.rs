//! The formats for where people read, each made of the demo.

use std::collections::BTreeSet;

use predicates::str::{contains, is_empty};
use serde_json::Value;

use super::{home, save, trailcheck, unvalidated};

/// The demo in that format, and what is said on standard error.
fn demo(flags: &[&str]) -> (String, String) {
    let output = trailcheck(&home())
        .args(["audit", "--demo"])
        .args(flags)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

/// The demo as programs read it, to hold the other formats against.
fn json() -> Value {
    serde_json::from_str(&demo(&["--format", "json"]).0).unwrap()
}

fn texts<'a>(report: &'a Value, list: &str, member: &str) -> BTreeSet<&'a str> {
    let entries = report[list].as_array().unwrap().iter();
    entries
        .map(|entry| entry[member].as_str().unwrap())
        .collect()
}

/// How many findings of the demo have that status.
fn with(report: &Value, status: &str) -> usize {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .filter(|finding| finding["status"] == status)
        .count()
}

#[test]
fn every_format_lists_every_rule_that_ran() {
    let report = json();
    for format in ["markdown", "github", "junit", "csv", "html", "sarif"] {
        let (text, _) = demo(&["--format", format]);
        for rule in texts(&report, "rules", "id") {
            assert!(text.contains(rule), "{format} lacks {rule}");
        }
    }
}

#[test]
fn a_table_of_values_has_a_row_per_finding() {
    let report = json();
    let (text, _) = demo(&["--format", "csv"]);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|found| found == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), report["findings"].as_array().unwrap().len());
    for (row, finding) in rows.iter().zip(report["findings"].as_array().unwrap()) {
        for name in [
            "rule",
            "status",
            "severity",
            "account",
            "region",
            "fingerprint",
        ] {
            assert_eq!(&row[column(name)], finding[name].as_str().unwrap());
        }
    }
}

#[test]
fn junit_counts_fails_as_failures_and_unknowns_as_errors() {
    let report = json();
    let (text, _) = demo(&["--format", "junit"]);
    assert_eq!(text.matches("<failure ").count(), with(&report, "fail"));
    assert_eq!(text.matches("<error ").count(), with(&report, "unknown"));
    assert_eq!(
        text.matches("<skipped ").count(),
        with(&report, "not-applicable")
    );
    assert_eq!(
        text.matches("<testsuite ").count(),
        report["rules"].as_array().unwrap().len()
    );
}

#[test]
fn annotations_that_github_would_not_show_are_announced() {
    let report = json();
    let (text, warnings) = demo(&["--format", "github", "--fail-on", "never"]);
    let warned = with(&report, "fail") + with(&report, "unknown");
    assert_eq!(text.matches("\n::warning ").count(), warned);
    let said = format!("the last {} of {warned} are in its log only", warned - 10);
    assert!(warnings.contains(&said), "{warnings}");
}

#[test]
fn an_anchor_places_annotations_under_its_old_name_too() {
    for flag in ["--anchor", "--sarif-anchor"] {
        let (text, _) = demo(&["--format", "github", flag, "infra/trail.tf"]);
        assert!(text.contains(",file=infra/trail.tf,line=1::"), "{text}");
    }
    assert!(!demo(&["--format", "github"]).0.contains(",file="));
}

#[test]
fn a_page_and_a_summary_come_beside_the_annotations_in_one_run() {
    let home = home();
    save(&home, &unvalidated());
    trailcheck(&home)
        .args(["audit", "--snapshot", "snapshot.json", "--format", "github"])
        .args(["--report", "markdown=summary.md", "--report", "html=a.html"])
        .assert()
        .code(1)
        .stdout(contains("::error title=log-file-validation (high)::"))
        .stderr(is_empty());
    let read = |name: &str| std::fs::read_to_string(home.path().join(name)).unwrap();
    assert!(read("summary.md").starts_with("## CloudTrail audit: findings\n"));
    assert!(read("a.html").starts_with("<!DOCTYPE html>"));
}
