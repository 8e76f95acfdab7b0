//! What a former report lets through, and what it does not.

use arbtest::arbtest;

use super::*;
use crate::audit::audit;
use crate::config::Settings;
use crate::finding::Suppressed;
use crate::outcome::{Gate, Outcome};
use crate::report::former;
use crate::report::json::Json;
use crate::report::{Render as _, Report};
use crate::rule::Severity;
use crate::rules::catalogue;
use crate::snapshot::{Action, Gap, GapKind, Observed, story};

const RULE: &str = "log-file-validation";

fn judged(snapshot: &Snapshot) -> Vec<Finding> {
    audit(snapshot, &catalogue(), &Settings::default())
}

/// The report on `findings`, written and read back.
fn reported(snapshot: &Snapshot, findings: &[Finding]) -> Former {
    let rules = catalogue();
    let report = Report::new(snapshot, &rules, findings, Gate::default());
    let mut bytes = Vec::new();
    Json.render(&report, &mut bytes).unwrap();
    former::read(&bytes).unwrap()
}

fn report_on(snapshot: &Snapshot) -> Former {
    reported(snapshot, &judged(snapshot))
}

fn validated(seen: Observed<bool>) -> Snapshot {
    let mut snapshot = story::pristine();
    snapshot.accounts[0].trail_mut().log_file_validation = seen;
    snapshot
}

/// How the finding of [`RULE`] on the trail stands, and how the run ends.
fn standing_of(then: &Former, now: &Snapshot) -> (Option<Standing>, Outcome) {
    let mut findings = judged(now);
    compare(then, &mut findings, now).unwrap();
    let finding = findings.iter().find(|one| one.rule == RULE).unwrap();
    let outcome = Gate::default().outcome(&findings, true);
    (finding.baseline, outcome)
}

#[test]
fn only_what_is_new_or_worse_closes_the_gate() {
    let pass = || validated(Observed::Known(true));
    let fail = || validated(Observed::Known(false));
    let unknown = || validated(story::denied(Action::DescribeTrails));
    let (new, worse, known) = (Standing::New, Standing::Worsened, Standing::Known);
    for (then, now, expected) in [
        (pass(), pass(), (None, Outcome::Clean)),
        (fail(), pass(), (None, Outcome::Clean)),
        (unknown(), pass(), (None, Outcome::Clean)),
        (pass(), fail(), (Some(new), Outcome::Findings)),
        (fail(), fail(), (Some(known), Outcome::Clean)),
        (unknown(), fail(), (Some(worse), Outcome::Findings)),
        (pass(), unknown(), (Some(new), Outcome::Incomplete)),
        (fail(), unknown(), (Some(worse), Outcome::Incomplete)),
        (unknown(), unknown(), (Some(known), Outcome::Clean)),
    ] {
        assert_eq!(standing_of(&report_on(&then), &now), expected);
    }
}

#[test]
fn a_fail_that_weighs_more_is_worse_and_one_that_weighs_less_is_known() {
    let snapshot = validated(Observed::Known(false));
    for (then, expected) in [
        (Severity::Critical, Standing::Known),
        (Severity::High, Standing::Known),
        (Severity::Medium, Standing::Worsened),
    ] {
        let mut findings = judged(&snapshot);
        for finding in findings.iter_mut().filter(|one| one.rule == RULE) {
            finding.severity = then;
        }
        let former = reported(&snapshot, &findings);
        assert_eq!(standing_of(&former, &snapshot).0, Some(expected), "{then}");
    }
}

#[test]
fn what_an_entry_accepted_then_is_new_once_the_entry_ends() {
    let snapshot = validated(Observed::Known(false));
    let mut findings = judged(&snapshot);
    for finding in findings.iter_mut().filter(|one| one.rule == RULE) {
        finding.suppressed = Some(Suppressed {
            reason: "until May".to_owned(),
            owner: None,
            until: None,
        });
    }
    let former = reported(&snapshot, &findings);
    let expected = (Some(Standing::New), Outcome::Findings);
    assert_eq!(standing_of(&former, &snapshot), expected);
    compare(&former, &mut findings, &snapshot).unwrap();
    let still = findings.iter().filter(|one| one.suppressed.is_some());
    assert_eq!(still.map(|one| one.baseline).collect::<Vec<_>>(), [None]);
}

#[test]
fn a_rule_that_did_not_run_then_finds_something_new() {
    let snapshot = validated(Observed::Known(false));
    let mut findings = judged(&snapshot);
    findings.retain(|one| one.rule != RULE);
    let former = reported(&snapshot, &findings);
    let expected = (Some(Standing::New), Outcome::Findings);
    assert_eq!(standing_of(&former, &snapshot), expected);
}

#[test]
fn an_accepted_fail_on_something_that_is_not_even_listed_any_more_is_worse() {
    let mut then = validated(Observed::Known(false));
    let mut now = story::pristine();
    for snapshot in [&mut then, &mut now] {
        let region = snapshot.accounts[0].regions.get_mut("eu-west-1").unwrap();
        region.trails = story::denied(Action::DescribeTrails);
    }
    now.accounts[0].trails.clear();
    let mut findings = judged(&now);
    compare(&report_on(&then), &mut findings, &now).unwrap();
    let of = |rule: &str| {
        let finding = findings.iter().find(|one| one.rule == rule).unwrap();
        (finding.status, finding.baseline)
    };
    assert_eq!(of(RULE), (Status::Unknown, Some(Standing::Worsened)));
}

/// The trail passed when the baseline was taken, and a Region could not be listed. Now its own
/// cannot be listed either: that Region's unknown must not stand for the trail as well.
#[test]
fn what_passed_then_and_is_not_even_listed_any_more_is_worse_than_a_gap_of_then() {
    let mut then = story::pristine();
    let region = then.accounts[0].regions.get_mut("eu-west-1").unwrap();
    region.trails = story::denied(Action::DescribeTrails);
    let former = report_on(&then);
    let still = standing_of_account(&former, &then);
    assert_eq!(still, (Status::Unknown, Some(Standing::Known)));
    let mut now = then.clone();
    now.accounts[0].trails.clear();
    let gone = standing_of_account(&former, &now);
    assert_eq!(gone, (Status::Unknown, Some(Standing::Worsened)));
}

/// How the finding of [`RULE`] on the account itself stands.
fn standing_of_account(then: &Former, now: &Snapshot) -> (Status, Option<Standing>) {
    let mut findings = judged(now);
    compare(then, &mut findings, now).unwrap();
    let mut own = findings.iter().filter(|one| one.rule == RULE);
    let account = own.find(|one| one.region == GLOBAL).unwrap();
    (account.status, account.baseline)
}

#[test]
fn a_report_on_something_else_is_no_baseline() {
    let here = story::pristine();
    let mut elsewhere = story::pristine();
    elsewhere.accounts[0].id = "444455556666".to_owned();
    let refused = compare(&report_on(&elsewhere), &mut judged(&here), &here).unwrap_err();
    assert_eq!(refused, "it is about 444455556666, not about 111122223333");
    let mut other = story::pristine();
    other.accounts[0].partition = "aws-cn".to_owned();
    let refused = compare(&report_on(&other), &mut judged(&here), &here).unwrap_err();
    assert_eq!(
        refused,
        "it is about the partition `aws-cn`, not about `aws`"
    );
}

#[test]
fn nothing_but_what_was_there_opens_the_gate_and_less_evidence_never_does() {
    let stories: Vec<(&str, Snapshot)> = story::all();
    let reports: Vec<(Former, &str)> = (stories.iter())
        .map(|(name, snapshot)| (report_on(snapshot), *name))
        .collect();
    arbtest(|random| {
        let (former, then) = random.choose(&reports)?;
        let (name, snapshot) = random.choose(&stories)?;
        let fail_on = *random.choose(Severity::ALL)?;
        let gate = Gate {
            fail_on: Some(fail_on),
            allow_unknown: false,
        };
        let mut before = judged(snapshot);
        if compare(former, &mut before, snapshot).is_err() {
            return Ok(());
        }
        for finding in before
            .iter()
            .filter(|one| one.baseline == Some(Standing::Known))
        {
            let mut then = former.findings.iter();
            let there = then.any(|one| {
                one.fingerprint == finding.fingerprint
                    && one.status == finding.status
                    && one.severity >= finding.severity
            });
            assert!(there, "{finding:?}");
        }
        let mut json = serde_json::to_value(snapshot).unwrap();
        let gap = Gap::new(Action::DescribeTrails, GapKind::Transient, "taken away");
        let mut drawn = Ok(());
        story::take_away(&mut json, &mut |_| {
            let take = random.ratio(1, 8).unwrap_or_else(|error| {
                drawn = Err(error);
                false
            });
            take.then(|| gap.clone())
        });
        drawn?;
        let poorer: Snapshot = serde_json::from_value(json).unwrap();
        let mut after = judged(&poorer);
        compare(former, &mut after, &poorer).unwrap();
        // Not knowing is accepted only where it was not known then either.
        let blind =
            |one: &Finding| one.status == Status::Unknown && one.baseline == Some(Standing::Known);
        if gate.outcome(&before, true) != Outcome::Clean && !after.iter().any(blind) {
            let outcome = gate.outcome(&after, true);
            assert_ne!(outcome, Outcome::Clean, "{then}, then {name} at {fail_on}");
        }
        Ok(())
    })
    .budget_ms(1_000);
}
