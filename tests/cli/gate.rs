//! Exit codes: 0, 1, 2 and 3, the same whatever the format.

use serde_json::Value;

use super::{RULE, home, pristine, save, trailcheck, unread, unvalidated};

/// The exit code of an audit of `snapshot` by the one rule that it may break.
fn code(snapshot: &Value, flags: &[&str]) -> i32 {
    let home = home();
    save(&home, snapshot);
    let output = trailcheck(&home)
        .args(["audit", "--snapshot", "snapshot.json", "--rule", RULE])
        .args(flags)
        .output()
        .unwrap();
    output.status.code().unwrap()
}

#[test]
fn a_good_account_ends_with_0_a_bad_one_with_1_and_an_unread_one_with_3() {
    assert_eq!(code(&pristine(), &[]), 0);
    assert_eq!(code(&unvalidated(), &[]), 1);
    assert_eq!(code(&unread(), &[]), 3);
}

#[test]
fn the_format_never_changes_the_exit_code() {
    for (snapshot, expected) in [(pristine(), 0), (unvalidated(), 1), (unread(), 3)] {
        for flags in [
            &["--format", "table"][..],
            &["--format", "json"],
            &["--format", "sarif"],
            &["--format", "sarif", "--sarif-profile", "full"],
            &["--format", "markdown"],
            &["--format", "github"],
            &["--format", "junit"],
            &["--format", "csv"],
            &["--format", "html"],
            &["--view", "trusted-advisor"],
            &["--details", "--verbose"],
            &["--output", "report.txt"],
            &["--report", "sarif=-", "--report", "json=report.json"],
        ] {
            assert_eq!(code(&snapshot, flags), expected, "{flags:?}");
        }
    }
}

#[test]
fn the_gate_holds_back_what_is_at_or_above_it() {
    for (gate, expected) in [
        ("critical", 0),
        ("high", 1),
        ("medium", 1),
        ("low", 1),
        ("never", 0),
    ] {
        assert_eq!(
            code(&unvalidated(), &["--fail-on", gate]),
            expected,
            "{gate}"
        );
    }
    for (gate, expected) in [
        ("critical", 0),
        ("high", 3),
        ("medium", 3),
        ("low", 3),
        ("never", 0),
    ] {
        assert_eq!(code(&unread(), &["--fail-on", gate]), expected, "{gate}");
    }
}

#[test]
fn unknown_findings_pass_the_gate_only_where_that_is_allowed() {
    assert_eq!(code(&unread(), &["--allow-unknown"]), 0);
    assert_eq!(code(&unvalidated(), &["--allow-unknown"]), 1);
}

#[test]
fn a_snapshot_without_any_account_ends_with_3_whatever_the_gate() {
    let mut empty = pristine();
    empty["accounts"] = serde_json::json!([]);
    for flags in [&[][..], &["--fail-on", "never"], &["--allow-unknown"]] {
        assert_eq!(code(&empty, flags), 3, "{flags:?}");
    }
}

#[test]
fn the_demo_is_an_exhibit_until_a_gate_is_asked_for() {
    let home = home();
    let audit = || {
        let mut command = trailcheck(&home);
        command.args(["audit", "--demo"]);
        command
    };
    audit().assert().code(0);
    let json = audit().args(["--format", "json"]).output().unwrap().stdout;
    let report: Value = serde_json::from_slice(&json).unwrap();
    let fails = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["status"] == "fail")
        .count();
    audit()
        .args(["--fail-on", "low"])
        .args((fails == 0).then_some("--allow-unknown"))
        .assert()
        .code(i32::from(fails > 0));
}
