use std::collections::BTreeSet;

use insta::assert_snapshot;

use super::{Details, Table};
use crate::audit::audit;
use crate::config::Settings;
use crate::finding::{Finding, Status};
use crate::outcome::Gate;
use crate::report::fixture::{
    self, HOSTILE, PIPE, RULES, assert_visible, rendered, rendered_with, snapshot,
};
use crate::report::grid::width;
use crate::report::{Render, Report, Style};
use crate::rule::Severity;
use crate::snapshot::{Action, Gap, GapKind, Observed, Snapshot, story};

const BRIEF: Table = Table {
    style: PIPE,
    details: Details::Pointers,
    verbose: false,
};

const FULL: Table = Table {
    style: PIPE,
    details: Details::Whole,
    verbose: true,
};

fn at(width: usize, table: Table) -> Table {
    let style = Style {
        width: Some(width),
        ..table.style
    };
    Table { style, ..table }
}

fn ascii(table: Table) -> Table {
    let style = Style {
        unicode: false,
        ..table.style
    };
    Table { style, ..table }
}

fn coloured(table: Table) -> Table {
    let style = Style {
        colour: true,
        ..table.style
    };
    Table { style, ..table }
}

fn gate_line(snapshot: &Snapshot, gate: Gate) -> String {
    let text = rendered_with(&BRIEF, snapshot, &fixture::findings(snapshot), gate);
    text.lines().last().unwrap().trim().to_owned()
}

#[test]
fn a_pipe_gets_each_finding_on_one_line() {
    assert_snapshot!(rendered(&BRIEF, &snapshot()));
}

#[test]
fn commands_mend_each_flagged_rule() {
    let commands = Table {
        details: Details::Commands,
        ..BRIEF
    };
    assert_snapshot!(rendered(&commands, &snapshot()));
}

#[test]
fn a_rule_that_fails_alike_in_many_regions_has_one_row() {
    let mut findings = fixture::findings(&snapshot());
    let fail = findings
        .iter()
        .find(|f| f.status == Status::Fail)
        .unwrap()
        .clone();
    findings.extend(
        ["eu-west-2", "eu-west-3", "sa-east-1"].map(|region| Finding {
            region: region.to_owned(),
            ..fail.clone()
        }),
    );
    let gate = Gate::default();
    let folded = rendered_with(&BRIEF, &snapshot(), &findings, gate);
    assert!(folded.contains("and alike in 3 more Regions"), "{folded}");
    assert!(folded.contains("4 Regions"), "{folded}");
    let verbose = Table {
        verbose: true,
        ..BRIEF
    };
    let whole = rendered_with(&verbose, &snapshot(), &findings, gate);
    assert!(!whole.contains("and alike"), "{whole}");
    assert!(whole.contains("sa-east-1"), "{whole}");
}

#[test]
fn details_explain_each_flagged_rule() {
    let details = Table {
        verbose: false,
        ..FULL
    };
    assert_snapshot!(rendered(&at(110, details), &snapshot()));
}

#[test]
fn a_narrow_terminal_gets_the_cells_below_each_other() {
    assert_snapshot!(rendered(&ascii(at(64, BRIEF)), &snapshot()));
}

#[test]
fn verbose_shows_what_passed_does_not_apply_or_is_accepted() {
    let findings = fixture::accept(fixture::findings(&snapshot()), "trail-encryption");
    let verbose = Table {
        verbose: true,
        ..BRIEF
    };
    let findings = fixture::accept(findings, "log-file-validation");
    assert_snapshot!(rendered_with(
        &verbose,
        &snapshot(),
        &findings,
        Gate::default()
    ));
}

#[test]
fn several_accounts_have_a_head_each_and_the_commands_say_for_whom() {
    let details = Table {
        verbose: false,
        ..FULL
    };
    let text = rendered(&details, &fixture::two_accounts());
    assert!(
        text.contains("trailcheck   111122223333 (example-prod)"),
        "{text}"
    );
    assert!(text.contains("trailcheck   444455556666   aws"), "{text}");
    assert!(
        text.contains("      # account 444455556666\n      aws cloudtrail"),
        "{text}"
    );
    assert_eq!(text.matches("gate: ").count(), 1);
}

#[test]
fn nothing_from_aws_reaches_the_terminal_raw() {
    let snapshot = fixture::hostile();
    for table in [BRIEF, FULL, at(60, FULL), at(140, BRIEF), ascii(FULL)] {
        let text = rendered(&table, &snapshot);
        assert_visible(&text);
        assert!(
            text.contains("\\u{1b}[2J\\n"),
            "the name is not there at all"
        );
        assert!(!text.lines().any(|line| line.starts_with("✔ green")));
    }
    // With colours the escapes are ours alone.
    let text = rendered(&coloured(FULL), &snapshot);
    for escape in text.split('\u{1b}').skip(1) {
        let known = ["[0m", "[1m", "[2m", "[31m", "[32m", "[33m"];
        assert!(known.iter().any(|k| escape.starts_with(k)), "{escape:?}");
    }
}

#[test]
fn a_name_that_looks_like_a_status_is_not_coloured_as_one() {
    let mut snapshot = snapshot();
    snapshot.accounts[0].bucket_mut().name = "✔ green".to_owned();
    for table in [coloured(BRIEF), coloured(at(60, BRIEF))] {
        let text = rendered(&table, &snapshot);
        assert!(text.contains("✔ green"));
        assert!(!text.contains("\u{1b}[32m✔ green"), "{text}");
    }
}

#[test]
fn colours_change_nothing_but_colours() {
    for table in [FULL, at(60, FULL), at(140, BRIEF)] {
        let text = rendered(&coloured(table), &snapshot());
        assert!(text.contains("\u{1b}[31m✖ red\u{1b}[0m"), "{text}");
        assert!(text.contains("\u{1b}[33m? unknown\u{1b}[0m"), "{text}");
        let mut plain = text;
        for code in ["0", "1", "2", "31", "32", "33"] {
            plain = plain.replace(&format!("\u{1b}[{code}m"), "");
        }
        assert_eq!(plain, rendered(&table, &snapshot()));
    }
}

#[test]
fn without_colour_no_escape_is_sent() {
    assert!(!rendered(&FULL, &snapshot()).contains('\u{1b}'));
}

#[test]
fn a_medium_without_unicode_gets_ascii_alone() {
    for table in [FULL, at(60, FULL), at(200, BRIEF)] {
        assert!(rendered(&ascii(table), &snapshot()).is_ascii());
        assert!(rendered(&ascii(table), &fixture::hostile()).is_ascii());
    }
}

#[test]
fn no_line_is_wider_than_the_terminal_but_what_is_there_to_be_copied() {
    for snapshot in [snapshot(), fixture::hostile(), fixture::two_accounts()] {
        for columns in (60..=130).chain([140, 160, 199, 200]) {
            for table in [BRIEF, FULL] {
                let text = rendered(&at(columns, table), &snapshot);
                for line in text.lines() {
                    let copied = line.starts_with("      aws ") || line.starts_with("      https:");
                    assert!(copied || width(line) <= columns, "{columns}: {line}");
                }
            }
        }
    }
}

#[test]
fn a_terminal_loses_no_word_of_a_message() {
    let words = |text: &str| -> BTreeSet<String> {
        let words = text.split_whitespace().map(str::to_owned);
        words.collect()
    };
    let all = words("anyone can read: statement `PublicRead` allows s3:GetObject to `*`");
    for columns in [60, 80, 100, 120, 160, 200] {
        let text = rendered(&at(columns, BRIEF), &snapshot());
        assert!(all.is_subset(&words(&text)), "{columns}: {text}");
    }
}

#[test]
fn the_same_snapshot_gives_the_same_bytes() {
    for table in [BRIEF, FULL, coloured(at(80, FULL))] {
        assert_eq!(rendered(&table, &snapshot()), rendered(&table, &snapshot()));
    }
}

#[test]
fn rows_come_by_status_then_severity_then_catalogue() {
    let text = rendered(&BRIEF, &snapshot());
    let position = |needle: &str| text.find(needle).unwrap_or_else(|| panic!("no {needle}"));
    assert!(position("✖ red      critical") < position("✖ red      high"));
    assert!(position("✖ red      high") < position("▲ yellow   medium"));
    assert!(position("▲ yellow   medium") < position("? unknown  high"));
}

#[test]
fn an_account_that_denies_everything_stays_readable() {
    let mut snapshot = snapshot();
    let account = &mut snapshot.accounts[0];
    let mut denied = story::denied_account();
    let trail = denied.trail_mut().clone();
    denied.trails = (0..40)
        .map(|n| trail.twin(&format!("t{n}"), "eu-west-1"))
        .collect();
    *account = denied;
    let text = rendered(&at(100, BRIEF), &snapshot);
    assert!(text.lines().count() < 50, "{text}");
    assert!(text.contains("(41 unknown)"), "{text}");
    assert!(
        text.contains("gate: nothing could be read, exit 3"),
        "{text}"
    );
    let verbose = Table {
        verbose: true,
        ..BRIEF
    };
    assert!(rendered(&verbose, &snapshot).lines().count() > 80);
}

#[test]
fn what_to_grant_is_named_and_awss_words_stand_there_once() {
    let mut snapshot = snapshot();
    let detail = "User: arn:aws:sts::1:x is not authorized to perform: cloudtrail:GetTrailStatus";
    for trail in &mut snapshot.accounts[0].trails {
        let gap = Gap::new(Action::GetTrailStatus, GapKind::AccessDenied, detail);
        trail
            .status
            .insert(trail.home_region.clone(), Observed::Gap(gap));
    }
    let text = rendered(&BRIEF, &snapshot);
    assert_eq!(text.matches(detail).count(), 1, "{text}");
    let grant = "Grant cloudtrail:GetTrailStatus to \
        arn:aws:sts::111122223333:assumed-role/auditor/trailcheck";
    assert!(text.contains(grant), "{text}");
}

#[test]
fn the_gate_line_tells_every_way_a_run_can_end() {
    let gate = |fail_on, allow_unknown| Gate {
        fail_on,
        allow_unknown,
    };
    let high = Some(Severity::High);
    let bad = snapshot();
    assert_eq!(
        gate_line(&bad, gate(high, false)),
        "gate: 2 findings at or above `high`, and 1 that could not be checked, exit 1"
    );
    assert_eq!(
        gate_line(&bad, gate(Some(Severity::Critical), false)),
        "gate: 1 finding at or above `critical`, exit 1"
    );
    assert_eq!(
        gate_line(&bad, gate(None, false)),
        "gate: open (`--fail-on never`), 3 findings and 1 unknown let through, exit 0"
    );
    let mut unknown = story::pristine();
    unknown.accounts[0].trail_mut().status.insert(
        "us-east-1".to_owned(),
        story::denied(Action::GetTrailStatus),
    );
    assert_eq!(
        gate_line(&unknown, gate(high, false)),
        "gate: no finding at or above `high`, but 1 could not be checked, exit 3"
    );
    assert_eq!(
        gate_line(&unknown, gate(high, true)),
        "gate: no finding at or above `high`, 1 that could not be checked let through \
         (`--allow-unknown`), exit 0"
    );
    assert_eq!(
        gate_line(&story::pristine(), gate(high, false)),
        "gate: no finding at or above `high`, exit 0"
    );
    let mut denied = story::pristine();
    denied.accounts[0] = story::denied_account();
    for gate in [gate(high, true), gate(None, false)] {
        assert_eq!(
            gate_line(&denied, gate),
            "gate: nothing could be read, exit 3"
        );
    }
    let text = rendered_with(&BRIEF, &story::pristine(), &[], Gate::default());
    assert!(
        text.ends_with("gate: nothing was audited, exit 3\n"),
        "{text}"
    );
}

#[test]
fn equal_commands_are_printed_once() {
    let text = rendered(&FULL, &snapshot());
    let command = "aws cloudtrail update-trail --name \
        arn:aws:cloudtrail:eu-west-1:111122223333:trail/legacy --region eu-west-1 \
        --enable-log-file-validation";
    assert_eq!(text.matches(command).count(), 1, "{text}");
    let two = fixture::two_accounts();
    let mut same = fixture::findings(&two);
    let twin = same
        .iter()
        .find(|f| f.rule == "trail-encryption")
        .unwrap()
        .clone();
    same.push(twin);
    let text = rendered_with(&FULL, &two, &same, Gate::default());
    assert_eq!(text.matches("--kms-key-id").count(), 1, "{text}");
}

#[test]
fn a_suspended_account_says_so() {
    let mut snapshot = story::pristine();
    snapshot.accounts[0].status = crate::snapshot::AccountStatus::Suspended;
    assert!(rendered(&BRIEF, &snapshot).contains("suspended"));
}

#[test]
fn a_writer_that_breaks_is_told_to_the_caller() {
    let snapshot = snapshot();
    let findings = audit(&snapshot, RULES, &Settings::default());
    let report = Report::new(&snapshot, RULES, &findings, Gate::default());
    assert!(BRIEF.render(&report, &mut fixture::Full(100)).is_err());
}

#[test]
fn the_hostile_name_is_hostile() {
    assert!(HOSTILE.contains('\u{1b}') && HOSTILE.contains('\n'));
}
