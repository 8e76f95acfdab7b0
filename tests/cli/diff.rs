//! `trailcheck diff`.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use super::{RULE, home, pristine, save, trailcheck, unread, unvalidated};

/// A home with the JSON reports on two snapshots, in `a.json` and `b.json`.
fn home_with(a: &Value, b: &Value) -> TempDir {
    let home = home();
    for (name, snapshot) in [("a.json", a), ("b.json", b)] {
        save(&home, snapshot);
        let output = trailcheck(&home)
            .args(["audit", "--snapshot", "snapshot.json", "--rule", RULE])
            .args(["--fail-on", "never", "--format", "json", "--output", name])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0));
    }
    home
}

fn diff(home: &TempDir, flags: &[&str]) -> String {
    let output = trailcheck(home).arg("diff").args(flags).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.is_empty(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_is_new_fixed_or_now_unknown_is_told_in_every_format() {
    for (a, b, kind, title) in [
        (pristine(), unvalidated(), "new", "New (1)"),
        (unvalidated(), pristine(), "fixed", "Fixed (1)"),
        (unvalidated(), unread(), "now-unknown", "Now unknown (1)"),
    ] {
        let home = home_with(&a, &b);
        let table = diff(&home, &["a.json", "b.json"]);
        assert!(table.contains(&format!("\n  {title}\n")), "{table}");
        assert!(table.contains(RULE), "{table}");
        let markdown = diff(&home, &["a.json", "b.json", "--format", "markdown"]);
        assert!(markdown.contains(&format!("\n### {title}\n")), "{markdown}");
        let text = diff(&home, &["a.json", "b.json", "--format", "json"]);
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["counts"][kind], 1, "{text}");
        assert_eq!(json["changes"][0]["kind"], kind, "{text}");
        assert_eq!(json["changes"][0]["rule"], RULE, "{text}");
    }
}

#[test]
fn what_b_did_not_look_at_is_never_fixed() {
    let home = home_with(&unvalidated(), &unvalidated());
    trailcheck(&home)
        .args([
            "audit",
            "--snapshot",
            "snapshot.json",
            "--rule",
            "trail-exists",
        ])
        .args(["--format", "json", "--output", "b.json"])
        .assert()
        .code(0);
    let text = diff(&home, &["a.json", "b.json", "--format", "json"]);
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["counts"]["no-longer-looked-at"], 1, "{text}");
    assert_eq!(json["counts"]["fixed"], 0, "{text}");
    assert_eq!(json["changes"][0]["after"], Value::Null, "{text}");
}

#[test]
fn the_comparison_goes_to_a_file_and_takes_no_reports_place() {
    let home = home_with(&pristine(), &unvalidated());
    let told = diff(&home, &["a.json", "b.json"]);
    assert!(diff(&home, &["a.json", "b.json", "-o", "d.txt"]).is_empty());
    assert_eq!(fs::read_to_string(home.path().join("d.txt")).unwrap(), told);
    for name in ["a.json", "./b.json"] {
        let text = refusal(&home, &["a.json", "b.json", "-o", name]);
        assert!(text.contains("would replace it"), "{text}");
    }
}

#[test]
fn a_report_comes_from_standard_input_too() {
    let home = home_with(&pristine(), &unvalidated());
    let a = fs::read(home.path().join("a.json")).unwrap();
    let output = trailcheck(&home)
        .args(["diff", "-", "b.json"])
        .write_stdin(a)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text, diff(&home, &["a.json", "b.json"]));
}

fn refusal(home: &TempDir, args: &[&str]) -> String {
    let output = trailcheck(home).arg("diff").args(args).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn what_cannot_be_compared_ends_with_2() {
    let mut other = pristine();
    let text = other.to_string().replace("111122223333", "444455556666");
    other = serde_json::from_str(&text).unwrap();
    let home = home_with(&pristine(), &other);
    fs::write(home.path().join("half.json"), "{\"schema\": ").unwrap();
    for (args, reason) in [
        (
            &["a.json", "b.json"][..],
            "it is about 111122223333, not about 444455556666",
        ),
        (&["a.json", "missing.json"], "cannot read `missing.json`"),
        (
            &["half.json", "a.json"],
            "`half.json` is not a report to compare with",
        ),
        (
            &["a.json", "snapshot.json"],
            "`snapshot.json` is not a report",
        ),
        (&["a.json", "."], "it is a folder"),
        (&["-", "-"], "cannot both come from standard input"),
        (&["a.json"], "required"),
        (
            &["a.json", "a.json", "--format", "sarif"],
            "table, json, markdown",
        ),
    ] {
        let text = refusal(&home, args);
        assert!(text.contains(reason), "{args:?}: {text}");
    }
}
