//! `--baseline`: only what is new or worse closes the gate.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{RULE, home, pristine, save, trailcheck, unread, unvalidated};

/// Audits `snapshot`; the exit code and what was said on both outputs.
fn audit(home: &TempDir, snapshot: &Value, flags: &[&str]) -> (i32, String, String) {
    save(home, snapshot);
    let output = trailcheck(home)
        .args(["audit", "--snapshot", "snapshot.json", "--rule", RULE])
        .args(flags)
        .output()
        .unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// A home with the JSON report on `snapshot` in `base.json`.
fn home_with(snapshot: &Value) -> TempDir {
    let home = home();
    audit(
        &home,
        snapshot,
        &["--format", "json", "--output", "base.json"],
    );
    home
}

#[test]
fn only_what_is_new_or_worse_closes_the_gate() {
    for (then, now, code, standing) in [
        (pristine(), unvalidated(), 1, json!("new")),
        (unvalidated(), unvalidated(), 0, json!("known")),
        (unread(), unvalidated(), 1, json!("worsened")),
        (pristine(), unread(), 3, json!("new")),
        (unvalidated(), unread(), 3, json!("worsened")),
        (unread(), unread(), 0, json!("known")),
        (unvalidated(), pristine(), 0, Value::Null),
    ] {
        let home = home_with(&then);
        for format in ["json", "table", "sarif"] {
            let flags = ["--baseline", "base.json", "--format", format];
            let (ended, text, _) = audit(&home, &now, &flags);
            assert_eq!(ended, code, "{standing} as {format}");
            if format == "json" {
                let report: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(report["findings"][0]["baseline"], standing);
            }
        }
    }
}

#[test]
fn the_reports_tell_what_stands_how() {
    let home = home_with(&unvalidated());
    let (_, text, said) = audit(&home, &unvalidated(), &["--baseline", "base.json"]);
    assert!(said.is_empty(), "{said}");
    assert!(text.contains("(in the baseline)"), "{text}");
    let gate = "gate: no finding at or above `high`; 0 new, 0 worse and 1 known from the \
                baseline of 2026-11-22, exit 0";
    assert!(text.contains(gate), "{text}");
    let flags = ["--baseline", "base.json", "--format", "json"];
    let (_, text, _) = audit(&home, &unvalidated(), &flags);
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["summary"]["flagged"], 1);
    assert_eq!(report["summary"]["outcome"], "clean");
    let baseline = &report["baseline"];
    assert_eq!(
        (&baseline["new"], &baseline["known"]),
        (&json!(0), &json!(1))
    );

    let (_, text, _) = audit(&home, &unread(), &["--baseline", "base.json"]);
    assert!(text.contains("(worse than in the baseline)"), "{text}");
    let home = home_with(&unread());
    let (_, text, _) = audit(&home, &unread(), &["--baseline", "base.json"]);
    assert!(
        text.contains(", 1 of them unknown then and now, exit 0"),
        "{text}"
    );
}

#[test]
fn a_rule_that_did_not_run_then_finds_something_new() {
    let home = home();
    save(&home, &unvalidated());
    trailcheck(&home)
        .args([
            "audit",
            "--snapshot",
            "snapshot.json",
            "--rule",
            "trail-exists",
        ])
        .args(["--format", "json", "--output", "base.json"])
        .assert()
        .code(0);
    let (code, _, _) = audit(&home, &unvalidated(), &["--baseline", "base.json"]);
    assert_eq!(code, 1);
}

#[test]
fn what_an_entry_accepted_then_is_new_once_the_entry_is_gone() {
    let home = home();
    let entry = format!("[[suppress]]\nrule = \"{RULE}\"\nreason = \"r\"\n");
    fs::write(home.path().join("accept.toml"), entry).unwrap();
    let accepting = [
        "--config",
        "accept.toml",
        "--format",
        "json",
        "--output",
        "base.json",
    ];
    assert_eq!(audit(&home, &unvalidated(), &accepting).0, 0);
    let (code, _, _) = audit(&home, &unvalidated(), &["--baseline", "base.json"]);
    assert_eq!(code, 1);
}

/// What a run says that a baseline with `change` makes end with 2.
fn refusal(change: impl Fn(&mut Value)) -> String {
    let home = home_with(&unvalidated());
    let path = home.path().join("base.json");
    let mut report: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut report);
    fs::write(&path, serde_json::to_vec(&report).unwrap()).unwrap();
    refused(&home, "base.json")
}

fn refused(home: &TempDir, baseline: &str) -> String {
    let (code, text, said) = audit(home, &unvalidated(), &["--baseline", baseline]);
    assert_eq!(code, 2, "{said}");
    assert!(text.is_empty(), "{text}");
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

#[test]
fn what_is_no_report_on_this_account_is_no_baseline() {
    for (change, reason) in [
        (
            (|report| report["scope"]["accounts"][0]["id"] = json!("444455556666"))
                as fn(&mut Value),
            "account `111122223333` is not in its scope",
        ),
        (
            |report| report["scope"]["partition"] = json!("aws-cn"),
            "about the partition `aws-cn`",
        ),
        (
            |report| report["schema_version"] = json!(2),
            "its schema version is 2",
        ),
        (
            |report| report["schema_version"] = Value::Null,
            "it has no `schema_version`",
        ),
        (
            |report| report["schema"] = json!("x"),
            "is not what `trailcheck audit",
        ),
        (
            |report| report["findings"] = Value::Null,
            "invalid type: null",
        ),
        (
            |report| report["findings"][0]["status"] = json!("ok"),
            "unknown variant `ok`",
        ),
        (
            |report| {
                report["findings"][0]
                    .as_object_mut()
                    .unwrap()
                    .remove("suppressed");
            },
            "missing field `suppressed`",
        ),
        (
            |report| {
                let twin = report["findings"][0].clone();
                report["findings"].as_array_mut().unwrap().push(twin);
            },
            "is in it twice",
        ),
        (
            |report| report["rules"] = json!([]),
            "is not among those that ran",
        ),
        (|report| *report = json!([]), "it is no JSON object"),
    ] {
        let said = refusal(change);
        assert!(
            said.contains("`base.json` is not a report to compare with: "),
            "{said}"
        );
        assert!(said.contains(reason), "{said}");
    }
    let said = refusal(|report| {
        report["scope"]["accounts"][0]["id"] = json!("444455556666");
        report["findings"] = json!([]);
    });
    assert!(
        said.contains("it is about 444455556666, not about 111122223333"),
        "{said}"
    );
}

#[test]
fn half_a_report_is_no_baseline_and_neither_is_none() {
    let home = home_with(&unvalidated());
    let whole = fs::read(home.path().join("base.json")).unwrap();
    for length in [0, 1, whole.len() / 2, whole.len() - 3] {
        fs::write(home.path().join("half.json"), &whole[..length]).unwrap();
        assert!(refused(&home, "half.json").contains("`half.json`"));
    }
    assert!(refused(&home, "missing.json").contains("cannot read `missing.json`"));
    assert!(refused(&home, ".").contains("it is a folder"));
    assert!(refused(&home, "snapshot.json").contains("`snapshot.json` is not a report"));
}

#[test]
fn a_baseline_comes_from_standard_input_too_but_not_beside_the_snapshot() {
    let home = home_with(&unvalidated());
    let whole = fs::read(home.path().join("base.json")).unwrap();
    trailcheck(&home)
        .args([
            "audit",
            "--snapshot",
            "snapshot.json",
            "--rule",
            RULE,
            "--baseline",
            "-",
        ])
        .write_stdin(whole)
        .assert()
        .code(0);
    trailcheck(&home)
        .args(["audit", "--snapshot", "-", "--baseline", "-"])
        .assert()
        .code(2);
}

#[test]
fn no_report_takes_the_place_of_the_baseline() {
    let home = home_with(&unvalidated());
    let flags = ["--baseline", "base.json", "--output", "./base.json"];
    let (code, _, said) = audit(&home, &unvalidated(), &flags);
    assert_eq!(code, 2);
    assert!(said.contains("is the baseline that is read"), "{said}");
}
