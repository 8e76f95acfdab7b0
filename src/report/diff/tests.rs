//! What changed, and what only looks like it.

use super::*;
use crate::finding::{Finding, Suppressed};
use crate::outcome::Gate;
use crate::report::fixture::{self, HOSTILE, assert_visible};
use crate::report::json::Json;
use crate::report::{Render as _, Report, former};
use crate::snapshot::Snapshot;

fn reported(snapshot: &Snapshot, findings: &[Finding]) -> Former {
    let report = Report::new(snapshot, fixture::RULES, findings, Gate::default());
    let mut bytes = Vec::new();
    Json.render(&report, &mut bytes).unwrap();
    former::read(&bytes).unwrap()
}

fn former() -> Former {
    let snapshot = fixture::snapshot();
    reported(&snapshot, &fixture::findings(&snapshot))
}

/// The kinds of change from `before` to `after`, with the rules they concern.
fn changes(before: &Former, after: &Former) -> Vec<(Kind, String)> {
    let difference = Difference::between(before, after).unwrap();
    let changes = difference.changes.into_iter();
    changes.map(|change| (change.kind, change.rule)).collect()
}

/// [`former`] with the first finding of `rule` changed, and what that amounts to.
fn changed(rule: &str, status: Option<Status>, by: impl Fn(&mut FormerFinding)) -> Vec<Kind> {
    let before = former();
    let mut after = former();
    let at = after
        .findings
        .iter()
        .position(|one| one.rule == rule)
        .unwrap();
    match status {
        Some(status) => after.findings[at].status = status,
        None => {
            after.findings.remove(at);
        }
    }
    if let Some(finding) = after.findings.get_mut(at) {
        by(finding);
    }
    changes(&before, &after)
        .into_iter()
        .map(|(kind, _)| kind)
        .collect()
}

#[test]
fn a_report_does_not_differ_from_itself() {
    assert_eq!(changes(&former(), &former()), []);
    let difference = Difference::between(&former(), &former()).unwrap();
    assert!(table(&difference).ends_with("\n  nothing changed\n"));
    assert!(markdown(&difference).ends_with("nothing changed\n"));
}

#[test]
fn every_way_from_one_status_to_another_has_its_name() {
    let (fail, passes, unknown) = ("bucket-not-public", "multi-region-trail", "digest-delivery");
    let before = former();
    let is = |rule: &str, status| {
        let mut all = before.findings.iter().filter(|one| one.rule == rule);
        assert!(all.any(|one| one.status == status), "{rule}");
    };
    is(fail, Status::Fail);
    is(passes, Status::Pass);
    is(unknown, Status::Unknown);
    for (rule, status, expected) in [
        (fail, Some(Status::Pass), &[Kind::Fixed][..]),
        (fail, Some(Status::Unknown), &[Kind::NowUnknown]),
        (fail, Some(Status::NotApplicable), &[Kind::Changed]),
        (fail, None, &[Kind::NoLongerLookedAt]),
        (passes, Some(Status::Fail), &[Kind::New]),
        (passes, Some(Status::Unknown), &[Kind::NowUnknown]),
        (passes, Some(Status::NotApplicable), &[]),
        (passes, None, &[]),
    ] {
        assert_eq!(changed(rule, status, |_| ()), expected, "{rule} {status:?}");
    }
    let at = before
        .findings
        .iter()
        .position(|one| one.status == Status::Unknown)
        .unwrap();
    for (status, expected) in [
        (Some(Status::Pass), Kind::Changed),
        (Some(Status::Fail), Kind::New),
        (None, Kind::NoLongerLookedAt),
    ] {
        let mut after = former();
        match status {
            Some(status) => after.findings[at].status = status,
            None => {
                after.findings.remove(at);
            }
        }
        assert_eq!(changes(&before, &after), [(expected, unknown.to_owned())]);
        if status == Some(Status::Fail) {
            let back = [(Kind::NowUnknown, unknown.to_owned())];
            assert_eq!(changes(&after, &before), back);
        }
    }
}

#[test]
fn a_fail_that_says_something_else_has_changed() {
    let fail = "bucket-not-public";
    let same = Some(Status::Fail);
    let accepted = || former::Acceptance {
        reason: "until May".to_owned(),
    };
    assert_eq!(changed(fail, same, |_| ()), []);
    assert_eq!(
        changed(fail, same, |one| one.message.push('!')),
        [Kind::Changed]
    );
    assert_eq!(
        changed(fail, same, |one| one.severity = Severity::Low),
        [Kind::Changed]
    );
    assert_eq!(
        changed(fail, same, |one| one.evidence.clear()),
        [Kind::Changed]
    );
    assert_eq!(
        changed(fail, same, |one| one.suppressed = Some(accepted())),
        [Kind::Changed]
    );
    // What a pass says is no change that anybody has to look at.
    let pass = Some(Status::Pass);
    assert_eq!(
        changed("multi-region-trail", pass, |one| one.message.push('!')),
        []
    );
}

#[test]
fn a_fail_that_appears_with_its_rule_or_resource_is_new() {
    let mut before = former();
    before
        .findings
        .retain(|one| one.rule != "bucket-not-public");
    let new = (Kind::New, "bucket-not-public".to_owned());
    assert_eq!(changes(&before, &former()), [new]);
}

#[test]
fn reports_on_different_accounts_are_not_compared() {
    let mut other = fixture::snapshot();
    other.accounts[0].id = "444455556666".to_owned();
    let other = reported(&other, &fixture::findings(&other));
    let refused = Difference::between(&other, &former()).unwrap_err();
    assert_eq!(refused, "it is about 444455556666, not about 111122223333");
}

#[test]
fn each_kind_is_counted_and_the_gravest_comes_first() {
    let snapshot = fixture::snapshot();
    let mut findings = fixture::findings(&snapshot);
    findings.retain(|one| one.status != Status::Fail);
    let difference = Difference::between(&reported(&snapshot, &findings), &former()).unwrap();
    let counts: Vec<usize> = difference.counts.values().copied().collect();
    assert_eq!(counts, [3, 0, 0, 0, 0]);
    let severities: Vec<_> = difference.changes.iter().map(Change::severity).collect();
    assert!(severities.is_sorted_by(|a, b| a >= b), "{severities:?}");
    let text = table(&difference);
    assert!(
        text.contains("\n  New (3)\n    critical  bucket-not-public  "),
        "{text}"
    );
    assert!(text.ends_with("\n  3 changes: 3 new\n"), "{text}");
}

#[test]
fn what_is_accepted_says_so() {
    let snapshot = fixture::snapshot();
    let mut findings = fixture::findings(&snapshot);
    for finding in findings
        .iter_mut()
        .filter(|one| one.rule == "bucket-not-public")
    {
        finding.suppressed = Some(Suppressed {
            reason: "until May".to_owned(),
            owner: None,
            until: None,
        });
    }
    let difference = Difference::between(&former(), &reported(&snapshot, &findings)).unwrap();
    let text = table(&difference);
    assert!(
        text.contains("fail (critical), now accepted fail (critical): "),
        "{text}"
    );
    assert!(text.contains("(accepted: until May)"), "{text}");
}

/// A comparison in which somebody named things to get on a screen or a page what they like.
fn hostile() -> Difference {
    let mut before = former();
    let mut after = former();
    for finding in &mut after.findings {
        finding.status = Status::Fail;
        finding.resource = HOSTILE.to_owned();
        finding.region = HOSTILE.to_owned();
        finding.message =
            format!("{HOSTILE} @team <img src=x> https://evil.example #1 | www.evil.example");
    }
    before.findings.clear();
    after.accounts.insert(HOSTILE.to_owned());
    Difference::between(&before, &after).unwrap()
}

#[test]
fn hostile_text_is_visible_on_a_terminal_and_the_same_to_a_program() {
    let difference = hostile();
    assert_visible(&table(&difference));
    let text = String::from_utf8(json(&difference).unwrap()).unwrap();
    assert_visible(&text);
    let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(parsed["changes"][0]["resource"], HOSTILE);
    assert_eq!(parsed["schema"], SCHEMA);
}

#[test]
fn hostile_text_means_nothing_in_markdown() {
    let text = markdown(&hostile());
    assert_visible(&text);
    for line in text.lines().filter(|line| line.starts_with("- ")) {
        let line = line.replace("<!-- -->", "").replace("- **critical** ", "");
        let line = line.replace("- **high** ", "").replace("- **medium** ", "");
        let line = line.replace("- **low** ", "").replacen(": ", "", 1);
        let mut characters = line.chars();
        while let Some(c) = characters.next() {
            if c == '\\' {
                assert!(characters.next().unwrap().is_ascii_punctuation());
            } else {
                let plain = !c.is_ascii_punctuation() || matches!(c, ',' | '-' | '(' | ')');
                assert!(plain, "{c:?} in {line}");
            }
        }
    }
    for alive in ["@team", "https://", "www.", "#1"] {
        assert!(!text.contains(alive), "{alive}");
    }
}
