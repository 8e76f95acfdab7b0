//! Which reports a run writes, and where to.

use std::fs;

use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use serde_json::Value;
use tempfile::TempDir;

use super::{home, trailcheck};

fn demo(home: &TempDir, flags: &[&str]) -> assert_cmd::assert::Assert {
    trailcheck(home)
        .args(["audit", "--demo"])
        .args(flags)
        .assert()
}

fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<Value>(text).is_ok()
}

#[test]
fn a_table_is_the_default_and_holds_no_escape_in_a_pipe() {
    let home = home();
    demo(&home, &[])
        .code(0)
        .stdout(contains("\u{1b}").not())
        .stderr(is_empty());
}

#[test]
fn reports_to_files_come_beside_what_the_format_flag_prints() {
    let home = home();
    let reports = ["--report", "json=a.json", "--report", "sarif=b.sarif"];
    let table = demo(&home, &reports).code(0).get_output().stdout.clone();
    assert!(!table.is_empty() && !is_json(&table));
    assert!(is_json(&fs::read(home.path().join("a.json")).unwrap()));
    let sarif: Value =
        serde_json::from_slice(&fs::read(home.path().join("b.sarif")).unwrap()).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
}

#[test]
fn a_report_to_standard_output_takes_the_place_of_the_table() {
    let home = home();
    let output = demo(&home, &["--report", "json=-"])
        .code(0)
        .get_output()
        .clone();
    assert!(is_json(&output.stdout));
    let named = demo(&home, &["--format", "json"]).get_output().clone();
    assert_eq!(output.stdout, named.stdout);
}

#[test]
fn two_reports_never_share_standard_output_or_a_file() {
    let home = home();
    for flags in [
        &["--format", "json", "--report", "sarif=-"][..],
        &["--report", "json=-", "--report", "sarif=-"],
        &["--output", "-", "--report", "sarif=-"],
    ] {
        demo(&home, flags)
            .code(2)
            .stdout(is_empty())
            .stderr(contains("cannot both go to standard output"));
    }
    for flags in [
        &["--output", "x", "--report", "json=x"][..],
        &["--report", "sarif=x", "--report", "json=./x"],
    ] {
        demo(&home, flags)
            .code(2)
            .stdout(is_empty())
            .stderr(contains("cannot both go to `"));
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn one_report_that_cannot_be_written_keeps_the_run_from_starting() {
    let home = home();
    demo(
        &home,
        &[
            "--report",
            "json=a.json",
            "--report",
            "sarif=missing/b.sarif",
        ],
    )
    .code(2)
    .stdout(is_empty())
    .stderr(contains("missing/b.sarif"));
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn a_report_is_the_same_bytes_every_time() {
    let home = home();
    for format in [
        "table", "json", "sarif", "markdown", "github", "junit", "csv", "html",
    ] {
        let run = || {
            demo(&home, &["--format", format])
                .get_output()
                .stdout
                .clone()
        };
        assert_eq!(run(), run(), "{format}");
    }
}

#[test]
fn colour_comes_when_it_is_forced_and_never_into_a_file() {
    let home = home();
    demo(&home, &["--color", "always", "-o", "report.txt"]).code(0);
    let file = fs::read(home.path().join("report.txt")).unwrap();
    assert!(!file.contains(&0x1b));
    for (variable, coloured) in [("CLICOLOR_FORCE", true), ("NO_COLOR", false)] {
        let output = trailcheck(&home)
            .args(["audit", "--demo"])
            .env(variable, "1")
            .output()
            .unwrap();
        assert_eq!(output.stdout.contains(&0x1b), coloured, "{variable}");
    }
    let output = trailcheck(&home)
        .args(["audit", "--demo", "--color", "never"])
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    assert!(!output.stdout.contains(&0x1b));
}

#[test]
fn without_a_utf8_locale_the_table_is_ascii() {
    let home = home();
    let table = |variable: &str, locale: &str| {
        let mut command = trailcheck(&home);
        command
            .args(["audit", "--demo", "--verbose"])
            .env("LANG", "en_GB.UTF-8");
        command.env(variable, locale).output().unwrap().stdout
    };
    assert!(table("LC_ALL", "C").is_ascii());
    assert!(!table("LC_ALL", "C.UTF-8").is_ascii());
}

#[test]
fn the_demo_needs_no_credentials_no_home_and_no_network() {
    let home = home();
    let nothing = trailcheck(&home)
        .args(["audit", "--demo"])
        .env_remove("HOME")
        .output()
        .unwrap();
    let misled = trailcheck(&home)
        .args(["audit", "--demo"])
        .env("AWS_PROFILE", "missing")
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("HTTPS_PROXY", "http://127.0.0.1:1")
        .output()
        .unwrap();
    assert_eq!(nothing.status.code(), Some(0));
    assert_eq!(nothing.stdout, misled.stdout);
}

#[test]
fn quiet_changes_nothing_about_the_report() {
    let home = home();
    let loud = demo(&home, &[]).get_output().stdout.clone();
    let quiet = demo(&home, &["--quiet"]).get_output().stdout.clone();
    assert_eq!(loud, quiet);
}
