//! The promise, as properties: taking evidence away never makes anything look better.

use std::collections::BTreeMap;

use arbtest::arbtest;
use serde_json::Value;

use super::audit;
use crate::config::Settings;
use crate::finding::{Finding, Status};
use crate::outcome::{Gate, Outcome};
use crate::rule::{Check, Practice, Remedies, Rule, Severity};
use crate::rules::catalogue;
use crate::snapshot::{Account, AccountStatus, Action, Gap, GapKind, Snapshot, story};

pub(super) fn judge(snapshot: &Snapshot) -> Vec<Finding> {
    audit(snapshot, &catalogue(), &Settings::default())
}

/// The snapshot without the facts for which `take` says so, in the snapshot's order.
pub(super) fn without(json: &Value, mut take: impl FnMut() -> bool) -> Snapshot {
    let mut json = json.clone();
    let gap = Gap::new(Action::DescribeTrails, GapKind::Transient, "taken away");
    story::take_away(&mut json, &mut |_| take().then(|| gap.clone()));
    serde_json::from_value(json).unwrap()
}

/// Fails if less evidence made a finding pass or opened a gate.
pub(super) fn assert_no_better(name: &str, before: &[Finding], snapshot: &Snapshot) {
    let status: BTreeMap<&str, Status> = before
        .iter()
        .map(|finding| (finding.fingerprint.as_str(), finding.status))
        .collect();
    let after = judge(snapshot);
    for finding in after
        .iter()
        .filter(|finding| finding.status == Status::Pass)
    {
        assert_eq!(
            status.get(finding.fingerprint.as_str()),
            Some(&Status::Pass),
            "`{name}`: {} on {} in {} passes for want of evidence: {}",
            finding.rule,
            finding.resource,
            finding.region,
            finding.message
        );
    }
    let anything_read = snapshot.facts().iter().any(|fact| fact.gap.is_none());
    for fail_on in Severity::ALL {
        let gate = Gate {
            fail_on: Some(*fail_on),
            allow_unknown: false,
        };
        if gate.outcome(before, true) != Outcome::Clean {
            let outcome = gate.outcome(&after, anything_read);
            assert_ne!(
                outcome,
                Outcome::Clean,
                "`{name}`: the gate at {fail_on} opened"
            );
        }
    }
}

#[test]
fn taking_any_one_fact_away_never_makes_anything_look_better() {
    for (name, snapshot) in story::all() {
        let json = serde_json::to_value(&snapshot).unwrap();
        let before = judge(&snapshot);
        for taken in 0..snapshot.facts().len() {
            let mut at = 0;
            let poorer = without(&json, || {
                at += 1;
                at == taken + 1
            });
            assert_no_better(name, &before, &poorer);
        }
    }
}

#[test]
fn taking_any_facts_away_never_makes_anything_look_better() {
    let stories: Vec<(&str, Value, Vec<Finding>)> = story::all()
        .into_iter()
        .map(|(name, snapshot)| {
            (
                name,
                serde_json::to_value(&snapshot).unwrap(),
                judge(&snapshot),
            )
        })
        .collect();
    arbtest(|random| {
        let (name, json, before) = random.choose(&stories)?;
        let one_in = random.int_in_range(2..=12)?;
        let mut drawn = Ok(());
        let poorer = without(json, || match random.ratio(1, one_in) {
            Ok(take) => take,
            Err(error) => {
                drawn = Err(error);
                false
            }
        });
        drawn?;
        assert_no_better(name, before, &poorer);
        Ok(())
    })
    .budget_ms(2_000);
}

#[test]
fn the_same_snapshot_gives_the_same_findings() {
    for (name, snapshot) in story::all() {
        assert_eq!(judge(&snapshot), judge(&snapshot), "{name}");
    }
}

/// What is said of an account, one finding a rule at least.
fn judge_account(account: Account) -> Vec<Finding> {
    let findings = judge(&story::snapshot_of(account));
    for rule in catalogue() {
        let any = findings.iter().any(|finding| finding.rule == rule.id);
        assert!(any, "{} is silent", rule.id);
    }
    findings
}

#[test]
fn a_suspended_account_is_not_applicable_and_never_silent() {
    let mut account = story::pristine_account();
    account.status = AccountStatus::Suspended;
    for finding in judge_account(account) {
        assert_eq!(finding.status, Status::NotApplicable, "{}", finding.rule);
        assert!(finding.message.contains("suspended"), "{}", finding.message);
    }
}

#[test]
fn where_no_region_was_audited_nothing_passes_or_fails_for_want_of_trails() {
    let mut account = story::bare_account();
    account.regions.clear();
    for finding in judge_account(account) {
        // These are not about trails, or not about a member's.
        let others = [
            "root-mfa",
            "cloudtrail-full-access",
            "alarm-organizations-changes",
        ];
        if !others.contains(&finding.rule) {
            assert_eq!(finding.status, Status::Unknown, "{}", finding.rule);
            assert_eq!(finding.gap.unwrap().kind, GapKind::NotCollected);
        }
    }
}

#[test]
fn an_enabled_region_that_was_not_audited_is_unknown_and_not_passed_over() {
    let mut account = story::pristine_account();
    account.regions.remove("eu-west-1");
    let findings = judge_account(account);
    for rule in ["region-coverage", "digest-delivery", "log-delivery"] {
        let unknown = findings
            .iter()
            .find(|finding| finding.rule == rule && finding.status == Status::Unknown);
        let message = &unknown.unwrap_or_else(|| panic!("{rule}")).message;
        assert!(message.contains("eu-west-1 is enabled"), "{message}");
    }
}

/// A rule with a mistake in it.
const BROKEN: Rule = Rule {
    id: "broken",
    check: Check::Trail(|_, trail| panic!("cannot judge {}", trail.name)),
    title: "Never seen",
    severity: Severity::Low,
    worst: Severity::High,
    practice: Practice::Coverage,
    description: "",
    criteria: "",
    action: "",
    resources: &[],
    controls: &[],
    reads: &[],
    remedies: Remedies {
        cli: "",
        terraform: "",
        cloudformation: "",
    },
};

#[test]
fn a_rule_that_panics_is_unknown_and_the_others_go_on() {
    let sound = catalogue();
    let rules: Vec<&Rule> = [&BROKEN].into_iter().chain(sound.clone()).collect();
    let findings = audit(&story::pristine(), &rules, &Settings::default());
    let (broken, others) = findings.split_first().unwrap();
    assert_eq!(broken.status, Status::Unknown);
    assert_eq!(broken.severity, Severity::High);
    let gap = broken.gap.as_ref().unwrap();
    assert_eq!(gap.kind, GapKind::Internal);
    assert_eq!(gap.detail, "cannot judge main");
    assert_eq!(
        others,
        audit(&story::pristine(), &sound, &Settings::default())
    );
    assert_eq!(
        Gate::default().outcome(&findings, true),
        Outcome::Incomplete
    );
}

#[test]
fn a_key_named_by_an_alias_stays_the_same_finding_when_it_cannot_be_described() {
    let mut account = story::pristine_account();
    account.key_mut().references = vec!["alias/trail".to_owned()];
    account.trail_mut().kms_key_id = Some("alias/trail".to_owned());
    let seen = judge(&story::snapshot_of(account.clone()));
    account.key_mut().description = story::denied(Action::DescribeKey);
    let unseen = judge(&story::snapshot_of(account));
    let of = |findings: &[Finding]| {
        let found = findings
            .iter()
            .find(|finding| finding.rule == "key-usable")
            .unwrap();
        (found.status, found.fingerprint.clone())
    };
    assert_eq!(of(&seen).0, Status::Pass);
    assert_eq!(of(&unseen), (Status::Unknown, of(&seen).1));
    let about = unseen
        .iter()
        .find(|finding| finding.rule == "key-usable")
        .unwrap();
    assert_eq!(
        about.resource,
        "arn:aws:kms:us-east-1:111122223333:alias/trail"
    );
    assert_eq!(about.region, "us-east-1");
}
