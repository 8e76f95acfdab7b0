use insta::assert_snapshot;

use super::*;
use crate::finding::{Standing, Suppressed};
use crate::outcome::Gate;
use crate::report::fixture::{self, assert_visible, rendered, rendered_with};

fn report_of(findings: &[Finding], check: impl FnOnce(&Report<'_>)) {
    let snapshot = fixture::snapshot();
    check(&Report::new(
        &snapshot,
        fixture::RULES,
        findings,
        Gate::default(),
    ));
}

#[test]
fn a_summary_has_head_counts_findings_explanations_and_every_rule() {
    let text = rendered(&Markdown, &fixture::snapshot());
    assert_snapshot!(text);
    let (_, rules) = text.split_once("Every rule that ran").unwrap();
    for rule in fixture::RULES {
        assert!(
            rules.contains(&format!("| <code>{}</code> ", rule.id)),
            "{text}"
        );
    }
}

#[test]
fn several_accounts_have_a_row_each_and_a_column() {
    let text = rendered(&Markdown, &fixture::two_accounts());
    assert!(text.contains("\n| 444455556666 | aws |"), "{text}");
    assert!(text.contains("| Rule | Account | Region |"), "{text}");
    assert!(text.contains("</code> | 444455556666 |"), "{text}");
}

#[test]
fn accepted_findings_are_counted_with_owner_and_last_day_and_are_not_flagged() {
    let snapshot = fixture::snapshot();
    let mut findings = fixture::findings(&snapshot);
    for finding in &mut findings {
        finding.suppressed = Some(Suppressed {
            reason: "- moves | soon".to_owned(),
            owner: Some("@team".to_owned()),
            until: Some(jiff::civil::date(2027, 1, 31)),
        });
    }
    let text = rendered_with(&Markdown, &snapshot, &findings, Gate::default());
    let said = "- for: - moves &#124; soon, says &#64;<!-- -->team, until 2027-01-31\n";
    assert!(text.contains(said), "{text}");
    assert!(!text.contains("### Flagged"), "{text}");
}

#[test]
fn how_a_finding_stands_beside_the_baseline_is_in_its_row() {
    let snapshot = fixture::snapshot();
    let mut findings = fixture::findings(&snapshot);
    for finding in &mut findings {
        finding.baseline = Some(Standing::Worsened);
    }
    let text = rendered_with(&Markdown, &snapshot, &findings, Gate::default());
    assert!(text.contains("| ✖ red (worsened) |"), "{text}");
}

#[test]
fn findings_that_differ_in_their_region_alone_share_a_row_that_names_every_region() {
    let snapshot = fixture::snapshot();
    let fail = fixture::findings(&snapshot)
        .into_iter()
        .find(|f| f.status == Status::Fail)
        .unwrap();
    let findings = ["eu-west-1", "sa-east-1"].map(|region| Finding {
        region: region.to_owned(),
        ..fail.clone()
    });
    report_of(&findings, |report| {
        assert_eq!(rows(report).len(), 1);
        assert!(rows(report)[0].contains("| 2 Regions: eu-west-1, sa-east-1 |"));
    });
}

#[test]
fn hostile_text_is_text() {
    let text = rendered(&Markdown, &fixture::hostile());
    assert_visible(&text);
    assert!(text.contains("touch owned"), "the name is not there at all");
    let fenced = |line: &&str| line.starts_with("aws ");
    for line in text.lines().filter(|line| !fenced(line)) {
        assert!(!line.contains("[a](https"), "{line}");
        assert!(!line.contains("`id`"), "{line}");
        assert!(!line.trim_start().starts_with("✔ green"), "{line}");
    }
    // As many cells in every row of a table as in its header.
    let mut columns = None;
    for line in text.lines() {
        let bars = line.matches('|').count();
        match columns {
            _ if !line.starts_with('|') => columns = None,
            None => columns = Some(bars),
            Some(columns) => assert_eq!(bars, columns, "{line}"),
        }
    }
}

#[test]
fn what_does_not_fit_is_left_out_whole_counted_and_said() {
    let snapshot = fixture::snapshot();
    let fail = fixture::findings(&snapshot)
        .into_iter()
        .find(|f| f.status == Status::Fail)
        .unwrap();
    let findings: Vec<Finding> = (0..30_000)
        .map(|n| Finding {
            resource: format!("arn:aws:s3:::bucket-{n}"),
            ..fail.clone()
        })
        .collect();
    let text = rendered_with(&Markdown, &snapshot, &findings, Gate::default());
    assert!(text.len() <= LIMIT, "{}", text.len());
    assert!(text.len() > LIMIT / 2, "{}", text.len());
    let shown = text
        .lines()
        .filter(|line| line.starts_with("| ✖ red"))
        .count();
    let said = format!("leaves out {} rows of flagged findings", 30_000 - shown);
    assert!(text.contains(&said), "{shown}");
    assert!(text.contains("Every rule that ran"));
    report_of(&findings, |report| {
        let warnings = Markdown.warnings(report);
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(
            warnings[0].contains(&format!("{} rows", 30_000 - shown)),
            "{warnings:?}"
        );
    });
}

#[test]
fn what_fits_is_there_without_a_word_about_limits() {
    report_of(&fixture::findings(&fixture::snapshot()), |report| {
        assert!(Markdown.warnings(report).is_empty());
        let parts = Parts::of(report, 0);
        assert!(parts.rows.entries.is_empty() && parts.rows.left_out > 0);
        assert!(document(report, &parts).contains("Not everything is here"));
    });
}
