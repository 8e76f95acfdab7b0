//! What is accepted, and what is not.

use arbtest::arbtest;

use super::*;
use crate::audit::audit;
use crate::config::Settings;
use crate::outcome::{Gate, Outcome};
use crate::rule::Severity;
use crate::rules::catalogue;
use crate::snapshot::{Action, Gap, GapKind, Observed, story};

const RULE: &str = "log-file-validation";

/// An entry that accepts every fail of [`RULE`].
fn accepting() -> Suppression {
    Suppression {
        rule: Some(RULE.to_owned()),
        resource: "*".to_owned(),
        account: None,
        region: None,
        fingerprint: None,
        reason: "goes away next week".to_owned(),
        owner: Some("platform".to_owned()),
        until: None,
        accept_unknown: false,
        line: 7,
    }
}

/// The pristine account, whose trail says of its log file validation what `seen` does.
fn validated(seen: Observed<bool>) -> Snapshot {
    let mut snapshot = story::pristine();
    snapshot.accounts[0].trail_mut().log_file_validation = seen;
    snapshot
}

fn broken() -> Snapshot {
    validated(Observed::Known(false))
}

fn unseen() -> Snapshot {
    validated(story::denied(Action::DescribeTrails))
}

/// What `entries` come to in `snapshot`, and the findings.
fn applied(snapshot: &Snapshot, entries: &[Suppression]) -> (Vec<Entry>, Vec<Finding>) {
    let rules = catalogue();
    let mut findings = audit(snapshot, &rules, &Settings::default());
    let entries = apply(entries, &mut findings, snapshot, &rules);
    (entries, findings)
}

/// The state of the one entry, and whether it covers a finding.
fn state(snapshot: &Snapshot, entry: Suppression) -> (State, bool) {
    let (entries, findings) = applied(snapshot, &[entry]);
    let covered = findings.iter().any(|finding| finding.suppressed.is_some());
    (entries[0].state, covered)
}

#[test]
fn a_fail_is_accepted_with_its_reason_owner_and_end() {
    let entry = Suppression {
        until: Some(Until::read("2027-01-31")),
        ..accepting()
    };
    let (entries, findings) = applied(&broken(), &[entry]);
    let accepted: Vec<&Finding> = findings
        .iter()
        .filter(|one| one.suppressed.is_some())
        .collect();
    assert_eq!(accepted.len(), 1);
    assert_eq!((accepted[0].rule, accepted[0].status), (RULE, Status::Fail));
    let why = accepted[0].suppressed.as_ref().unwrap();
    assert_eq!(why.reason, "goes away next week");
    assert_eq!(why.owner.as_deref(), Some("platform"));
    assert_eq!(why.until.unwrap().to_string(), "2027-01-31");
    assert_eq!((entries[0].state, entries[0].findings), (State::InUse, 1));
}

#[test]
fn an_entry_holds_on_its_last_day_and_not_after_it() {
    // The pristine account was read on 2026-11-22.
    for (until, expected) in [
        ("2026-11-23", (State::InUse, true)),
        ("2026-11-22", (State::InUse, true)),
        ("2026-11-21", (State::Expired, false)),
        ("never", (State::UnreadableDate, false)),
        ("2026-11-31", (State::UnreadableDate, false)),
        ("", (State::UnreadableDate, false)),
    ] {
        let entry = Suppression {
            until: Some(Until::read(until)),
            ..accepting()
        };
        assert_eq!(state(&broken(), entry), expected, "{until}");
    }
}

#[test]
fn a_day_is_one_of_utc() {
    let late = "2026-11-22T23:59:59-05:00".parse().unwrap();
    assert_eq!(day(late).to_string(), "2026-11-23");
}

#[test]
fn what_cannot_be_seen_any_more_is_not_accepted_unless_expressly() {
    assert_eq!(state(&unseen(), accepting()), (State::Unseen, false));
    let entry = Suppression {
        accept_unknown: true,
        ..accepting()
    };
    assert_eq!(state(&unseen(), entry.clone()), (State::InUse, true));
    assert_eq!(state(&broken(), entry), (State::InUse, true));
}

#[test]
fn a_pass_is_never_accepted_and_its_entry_of_no_use() {
    let entry = Suppression {
        accept_unknown: true,
        ..accepting()
    };
    assert_eq!(state(&story::pristine(), entry), (State::Unused, false));
}

#[test]
fn every_limit_of_an_entry_counts() {
    let (_, findings) = applied(&broken(), &[accepting()]);
    let one = findings
        .iter()
        .find(|one| one.suppressed.is_some())
        .unwrap();
    let text = |text: &str| Some(text.to_owned());
    for (entry, covers) in [
        (
            Suppression {
                resource: one.resource.clone(),
                ..accepting()
            },
            true,
        ),
        (
            Suppression {
                resource: "*:trail/ma?n".to_owned(),
                ..accepting()
            },
            true,
        ),
        (
            Suppression {
                resource: "main".to_owned(),
                ..accepting()
            },
            false,
        ),
        (
            Suppression {
                resource: "*:trail/other".to_owned(),
                ..accepting()
            },
            false,
        ),
        (
            Suppression {
                account: text("111122223333"),
                ..accepting()
            },
            true,
        ),
        (
            Suppression {
                account: text("444455556666"),
                ..accepting()
            },
            false,
        ),
        (
            Suppression {
                region: text(&one.region),
                ..accepting()
            },
            true,
        ),
        (
            Suppression {
                region: text("ap-south-1"),
                ..accepting()
            },
            false,
        ),
        (
            Suppression {
                fingerprint: text(&one.fingerprint),
                ..accepting()
            },
            true,
        ),
        (
            Suppression {
                fingerprint: text(&one.fingerprint),
                rule: None,
                ..accepting()
            },
            true,
        ),
        (
            Suppression {
                fingerprint: text(&"0".repeat(64)),
                ..accepting()
            },
            false,
        ),
        (
            Suppression {
                fingerprint: text(&one.fingerprint),
                rule: text("insights"),
                ..accepting()
            },
            false,
        ),
    ] {
        assert_eq!(state(&broken(), entry.clone()).1, covers, "{entry:?}");
    }
}

#[test]
fn an_entry_is_of_no_use_only_if_everything_it_could_be_about_was_judged() {
    let gone = || Suppression {
        resource: "*:trail/gone".to_owned(),
        ..accepting()
    };
    let pristine = story::pristine();
    assert_eq!(state(&pristine, gone()).0, State::Unused);
    let elsewhere = |account: Option<&str>, region: Option<&str>| Suppression {
        account: account.map(str::to_owned),
        region: region.map(str::to_owned),
        ..gone()
    };
    for (account, region, expected) in [
        (Some("111122223333"), Some("eu-west-1"), State::Unused),
        (Some("444455556666"), None, State::NotJudged),
        (None, Some("ap-south-1"), State::NotJudged),
    ] {
        assert_eq!(state(&pristine, elsewhere(account, region)).0, expected);
    }
    let by_fingerprint = Suppression {
        rule: None,
        fingerprint: Some("0".repeat(64)),
        ..accepting()
    };
    assert_eq!(state(&pristine, by_fingerprint).0, State::NotJudged);

    let mut named = story::pristine();
    named.accounts[0].regions_named = true;
    assert_eq!(state(&named, gone()).0, State::NotJudged);
    let mut unlisted = story::pristine();
    let region = unlisted.accounts[0].regions.get_mut("eu-west-1").unwrap();
    region.trails = story::denied(Action::DescribeTrails);
    assert_eq!(state(&unlisted, gone()).0, State::NotJudged);

    let mut others = catalogue();
    others.retain(|rule| rule.id != RULE);
    let mut findings = audit(&pristine, &others, &Settings::default());
    let entries = apply(&[gone()], &mut findings, &pristine, &others);
    assert_eq!(entries[0].state, State::NotJudged);
}

/// The outcome at `gate` with these entries, and with those that it lets through counted.
fn outcome(snapshot: &Snapshot, entries: &[Suppression], fail_on: Severity) -> Outcome {
    let (_, findings) = applied(snapshot, entries);
    for finding in &findings {
        let by = entries.iter().any(|entry| is_about(entry, finding));
        let accepted = finding.status == Status::Fail && by;
        assert!(finding.suppressed.is_none() || accepted, "{finding:?}");
    }
    let gate = Gate {
        fail_on: Some(fail_on),
        allow_unknown: false,
    };
    gate.outcome(&findings, true)
}

#[test]
fn nothing_but_accepting_every_fail_opens_the_gate_and_less_evidence_never_does() {
    let stories: Vec<(&str, Snapshot)> = story::all();
    arbtest(|random| {
        let (name, snapshot) = random.choose(&stories)?;
        let (_, findings) = applied(snapshot, &[]);
        let mut entries = Vec::new();
        for finding in findings.iter().filter(|one| one.status == Status::Fail) {
            if random.ratio(1, 2)? {
                continue;
            }
            let whole = random.arbitrary()?;
            entries.push(Suppression {
                rule: Some(finding.rule.to_owned()),
                resource: if whole {
                    "*".to_owned()
                } else {
                    finding.resource.clone()
                },
                fingerprint: random
                    .arbitrary::<bool>()?
                    .then(|| finding.fingerprint.clone()),
                ..accepting()
            });
        }
        let fail_on = *random.choose(Severity::ALL)?;
        let before = outcome(snapshot, &entries, fail_on);
        let open = findings.iter().all(|finding| {
            let held = match finding.status {
                Status::Fail => !entries.iter().any(|entry| is_about(entry, finding)),
                Status::Unknown => true,
                _ => false,
            };
            !held || finding.severity < fail_on
        });
        assert_eq!(before == Outcome::Clean, open, "{name}");

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
        let poorer = serde_json::from_value(json).unwrap();
        if before != Outcome::Clean {
            let after = outcome(&poorer, &entries, fail_on);
            assert_ne!(
                after,
                Outcome::Clean,
                "`{name}`: the gate at {fail_on} opened"
            );
        }
        Ok(())
    })
    .budget_ms(1_000);
}
