//! `[[suppress]]`, and `trailcheck suppress`, which adds one.

use std::fs;
use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{RULE, home, pristine, save, trailcheck, unread, unvalidated};

/// A home with the snapshot and a settings file.
fn home_with(snapshot: &Value, settings: &str) -> TempDir {
    let home = home();
    save(&home, snapshot);
    fs::write(home.path().join("ours.toml"), settings).unwrap();
    home
}

fn audit(home: &TempDir, flags: &[&str]) -> Output {
    trailcheck(home)
        .args(["audit", "--snapshot", "snapshot.json", "--rule", RULE])
        .args(["--config", "ours.toml"])
        .args(flags)
        .output()
        .unwrap()
}

fn report(home: &TempDir) -> Value {
    serde_json::from_slice(&audit(home, &["--format", "json"]).stdout).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// An entry that accepts a fail of [`RULE`], and `more` lines of it.
fn accepting(more: &str) -> String {
    format!("[[suppress]]\nrule = \"{RULE}\"\nreason = \"goes away\"\n{more}")
}

#[test]
fn an_accepted_fail_stays_in_every_report_and_closes_no_gate() {
    let entry = accepting("owner = \"platform\"\nuntil = \"2027-01-31\"\n");
    let home = home_with(&unvalidated(), &entry);
    let report = report(&home);
    assert_eq!(report["summary"]["suppressed"], 1);
    assert_eq!(report["summary"]["flagged"], 0);
    let finding = &report["findings"][0];
    assert_eq!(finding["status"], "fail");
    let why = json!({"reason": "goes away", "owner": "platform", "until": "2027-01-31"});
    assert_eq!(finding["suppressed"], why);
    assert_eq!(report["suppressions"][0]["state"], "in-use");
    assert_eq!(report["suppressions"][0]["findings"], 1);
    for flags in [
        &["--format", "table", "--verbose"][..],
        &["--format", "json"],
        &["--format", "sarif", "--sarif-profile", "full"],
    ] {
        let output = audit(&home, flags);
        assert_eq!(output.status.code(), Some(0), "{flags:?}");
        assert!(said(&output).is_empty(), "{flags:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("goes away"), "{text}");
        assert!(text.contains("2027-01-31"), "{text}");
    }
}

#[test]
fn an_entry_whose_end_has_come_or_cannot_be_read_accepts_nothing_and_says_so() {
    for (until, state, warning) in [
        (
            "'2026-11-21'",
            "expired",
            "warning: `ours.toml`, line 1: this `[[suppress]]` accepts nothing, because it \
             expired on 2026-11-21\n",
        ),
        (
            "'21.11.2027'",
            "unreadable-date",
            "warning: `ours.toml`, line 1: this `[[suppress]]` accepts nothing, because its \
             `until` is no day such as `2027-01-31`, but `21.11.2027`\n",
        ),
        (
            "7",
            "unreadable-date",
            "warning: `ours.toml`, line 1: this `[[suppress]]` accepts nothing, because its \
             `until` is no day such as `2027-01-31`, but `a value of type integer`\n",
        ),
    ] {
        let home = home_with(&unvalidated(), &accepting(&format!("until = {until}")));
        let output = audit(&home, &[]);
        assert_eq!(output.status.code(), Some(1), "{until}");
        assert_eq!(said(&output), warning);
        let table = String::from_utf8(output.stdout).unwrap();
        assert!(table.contains("Accepted findings to look at"), "{table}");
        let report = report(&home);
        assert_eq!(report["suppressions"][0]["state"], state);
        assert_eq!(report["findings"][0]["suppressed"], Value::Null);
        // It changes nothing about a run that had nothing to accept.
        save(&home, &pristine());
        assert_eq!(audit(&home, &[]).status.code(), Some(0));
    }
}

#[test]
fn an_accepted_fail_that_can_no_longer_be_seen_holds_the_gate() {
    let home = home_with(&unread(), &accepting(""));
    assert_eq!(audit(&home, &[]).status.code(), Some(3));
    assert_eq!(report(&home)["suppressions"][0]["state"], "unseen");
    let home = home_with(&unread(), &accepting("accept-unknown = true"));
    assert_eq!(audit(&home, &[]).status.code(), Some(0));
    assert_eq!(report(&home)["findings"][0]["status"], "unknown");
}

#[test]
fn an_entry_that_accepts_nothing_is_told_unless_nobody_looked() {
    let table = |home: &TempDir| String::from_utf8(audit(home, &[]).stdout).unwrap();
    let home = home_with(&pristine(), &accepting(""));
    assert_eq!(report(&home)["suppressions"][0]["state"], "unused");
    assert!(table(&home).contains("nothing that it accepts was found"));
    for entry in [
        accepting("account = '444455556666'"),
        accepting("region = 'ap-south-1'"),
        accepting("").replace(RULE, "trail-exists"),
    ] {
        let home = home_with(&pristine(), &entry);
        assert_eq!(report(&home)["suppressions"][0]["state"], "not-judged");
        assert!(!table(&home).contains("to look at"), "{entry}");
    }
}

#[test]
fn the_demo_takes_no_entry_from_a_file_that_is_only_near() {
    let home = home();
    let demo = || {
        trailcheck(&home)
            .args(["audit", "--demo"])
            .output()
            .unwrap()
    };
    let plain = demo().stdout;
    let all = accepting("").replace(RULE, "bucket-not-public");
    fs::write(home.path().join("trailcheck.toml"), all).unwrap();
    assert!(demo().stdout == plain);
}

/// Runs `trailcheck suppress`.
fn suppress(home: &TempDir, args: &[&str]) -> Output {
    trailcheck(home)
        .arg("suppress")
        .args(args)
        .output()
        .unwrap()
}

/// A home with an unaccepted fail in `report.json`, and its fingerprint.
fn with_report(settings: &str) -> (TempDir, String) {
    let home = home_with(&unvalidated(), settings);
    let report = report(&home);
    fs::write(home.path().join("report.json"), report.to_string()).unwrap();
    let fingerprint = report["findings"][0]["fingerprint"].as_str().unwrap();
    (home, fingerprint.to_owned())
}

#[test]
fn what_suppress_adds_accepts_the_finding() {
    let (home, fingerprint) = with_report("# ours\r\n[rules.log-retention]\r\nretention-days = 9");
    let begins = &fingerprint[..8];
    let output = suppress(
        &home,
        &[
            begins,
            "--report",
            "report.json",
            "--config",
            "ours.toml",
            "--reason",
            "a \"sandbox\"\n",
            "--owner",
            "plätform",
            "--until",
            "2027-01-31",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let text = fs::read_to_string(home.path().join("ours.toml")).unwrap();
    let before = "# ours\r\n[rules.log-retention]\r\nretention-days = 9\r\n\r\n";
    let entry = text.strip_prefix(before).unwrap().replace("\r\n", "\n");
    let expected = format!(
        "[[suppress]]\nrule = \"{RULE}\"\n\
         resource = \"arn:aws:cloudtrail:us-east-1:111122223333:trail/main\"\n\
         fingerprint = \"{fingerprint}\"\nreason = \"a \\\"sandbox\\\"\\U0000000a\"\n\
         owner = \"plätform\"\nuntil = \"2027-01-31\"\n"
    );
    assert_eq!(entry, expected);
    assert_eq!(audit(&home, &[]).status.code(), Some(0));
    assert_eq!(
        report(&home)["findings"][0]["suppressed"]["reason"],
        "a \"sandbox\"\n"
    );
}

#[test]
fn suppress_makes_the_file_if_there_is_none_and_finds_it_if_there_is() {
    let (home, fingerprint) = with_report("");
    let args = [fingerprint.as_str(), "--reason", "r"];
    let path = home.path().join("trailcheck.toml");
    assert_eq!(suppress(&home, &args).status.code(), Some(0));
    let whole = format!("[[suppress]]\nfingerprint = \"{fingerprint}\"\nreason = \"r\"\n");
    assert_eq!(fs::read_to_string(&path).unwrap(), whole);
    fs::create_dir(home.path().join("deep")).unwrap();
    let other = "0".repeat(64);
    trailcheck(&home)
        .current_dir(home.path().join("deep"))
        .args(["suppress", &other, "--reason", "r"])
        .assert()
        .code(0);
    assert!(fs::read_to_string(&path).unwrap().contains(&other));
    fs::rename(&path, home.path().join("ours.toml")).unwrap();
    assert_eq!(audit(&home, &[]).status.code(), Some(0));
}

#[test]
fn suppress_looks_a_finding_up_in_a_snapshot_or_the_demo() {
    let (home, fingerprint) = with_report("");
    let args = [
        &fingerprint[..12],
        "--snapshot",
        "snapshot.json",
        "--reason",
        "r",
    ];
    assert_eq!(suppress(&home, &args).status.code(), Some(0));
    let text = fs::read_to_string(home.path().join("trailcheck.toml")).unwrap();
    assert!(text.contains(&format!("rule = \"{RULE}\"")), "{text}");
    let none = suppress(&home, &["00000000", "--demo", "--reason", "r"]);
    assert_eq!(none.status.code(), Some(2));
}

#[test]
fn what_suppress_refuses_changes_nothing() {
    let (home, fingerprint) = with_report(&accepting("resource = '*:trail/other'"));
    let begins = &fingerprint[..8];
    let mut unknown = report(&home);
    unknown["findings"][0]["status"] = json!("unknown");
    let mut passes = unknown.clone();
    passes["findings"][0]["status"] = json!("pass");
    let mut accepted = report(&home);
    accepted["findings"][0]["suppressed"] = json!({"reason": "r"});
    let mut two = report(&home);
    let mut twin = two["findings"][0].clone();
    twin["fingerprint"] = json!(format!("{begins}{}", "0".repeat(56)));
    two["findings"].as_array_mut().unwrap().push(twin);
    for (name, report) in [
        ("unknown.json", unknown),
        ("passes.json", passes),
        ("accepted.json", accepted),
        ("two.json", two),
    ] {
        fs::write(home.path().join(name), report.to_string()).unwrap();
    }
    fs::write(home.path().join("broken.toml"), "[rules.nonsense]").unwrap();
    fs::write(home.path().join("inline.toml"), "suppress = []").unwrap();
    let twin = format!("[[suppress]]\nfingerprint = '{fingerprint}'\nreason = 'r'\n");
    fs::write(home.path().join("twin.toml"), twin).unwrap();
    let whole = fingerprint.as_str();
    let before = files(&home);
    for (args, reason) in [
        (&[begins][..], "is the beginning of a fingerprint"),
        (
            &["00000000", "--report", "report.json"],
            "no finding has a fingerprint",
        ),
        (&[begins, "--report", "two.json"], "more than one finding"),
        (
            &[begins, "--report", "unknown.json"],
            "could not be checked",
        ),
        (
            &[begins, "--report", "passes.json"],
            "there is nothing to accept",
        ),
        (
            &[begins, "--report", "accepted.json"],
            "is accepted already",
        ),
        (&[begins, "--report", "ours.toml"], "is not a report"),
        (
            &[begins, "--report", "missing.json"],
            "cannot read `missing.json`",
        ),
        (
            &[begins, "--report", "report.json", "--demo"],
            "cannot be used with",
        ),
        (&["0123abc"], "64 digits, or at least the first 8"),
        (&["nonsense"], "64 digits, or at least the first 8"),
        (
            &[whole, "--until", "tomorrow"],
            "write a day such as `2027-01-31`",
        ),
        (&[whole, "--owner", " "], "it says nothing"),
        (
            &[whole, "--config", "broken.toml"],
            "there is no rule `nonsense`",
        ),
        (
            &[whole, "--config", "twin.toml"],
            "has an entry for this finding already, in line 1",
        ),
        (
            &[whole, "--config", "inline.toml"],
            "write its entries as `[[suppress]]`",
        ),
        (&[whole, "--config", "."], "it names a folder"),
        (
            &[whole, "--config", "none/x.toml"],
            "there is no folder `none`",
        ),
        (
            &[whole, "--config", "/dev/null"],
            "it is not a regular file",
        ),
    ] {
        let output = suppress(&home, &[args, &["--reason", "r"]].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
        assert!(
            said(&output).contains(reason),
            "{args:?}: {}",
            said(&output)
        );
    }
    for args in [&[whole][..], &[whole, "--reason", " "]] {
        assert_eq!(suppress(&home, args).status.code(), Some(2));
    }
    assert_eq!(files(&home), before);
}

/// Every file in the home, with its contents.
fn files(home: &TempDir) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(home.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
#[cfg(unix)]
fn suppress_follows_no_link_and_leaves_the_files_mode_alone() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let (home, fingerprint) = with_report("# ours\n");
    symlink("ours.toml", home.path().join("link.toml")).unwrap();
    let args = [
        fingerprint.as_str(),
        "--reason",
        "r",
        "--config",
        "link.toml",
    ];
    let output = suppress(&home, &args);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("it is a symbolic link"));
    let ours = home.path().join("ours.toml");
    fs::set_permissions(&ours, fs::Permissions::from_mode(0o640)).unwrap();
    let args = [
        fingerprint.as_str(),
        "--reason",
        "r",
        "--config",
        "ours.toml",
    ];
    assert_eq!(suppress(&home, &args).status.code(), Some(0));
    assert_eq!(
        fs::metadata(&ours).unwrap().permissions().mode() & 0o777,
        0o640
    );
}
