//! `trailcheck verify`, as far as it needs no evidence.

use std::fs;
use std::path::PathBuf;

use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use trailcheck::cli::text;
use trailcheck::report::verify::page::page;

use super::{home, trailcheck};

/// Runs with `args`, which must end as a usage error, and returns what it says.
fn refusal(args: &[&str]) -> String {
    let home = home();
    fs::create_dir(home.path().join("copy")).unwrap();
    let assert = trailcheck(&home).arg("verify").args(args).assert().code(2);
    let output = assert.stdout(is_empty()).get_output().clone();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with("error: "), "{text}");
    text
}

#[test]
fn bad_usage_is_refused_in_a_sentence() {
    let arn = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main";
    for (args, said) in [
        (&[][..], "--trail-arn"),
        (
            &["--trail-arn", arn, "--from-dir", "copy"],
            "cannot be used with",
        ),
        (
            &["--trail-arn", arn, "--s3-uri", "s3://x"],
            "cannot be used with",
        ),
        (&["--trail-arn", "main"], "it is no trail's ARN"),
        (&["--s3-uri", "example-logs"], "write `s3://BUCKET`"),
        (&["--s3-uri", "s3://x/AWSLogs/1"], "leave out `AWSLogs`"),
        (&["--s3-uri", "s3://x", "--public-keys", "k"], "--from-dir"),
        (&["--from-dir", "copy", "--profile", "p"], "--profile"),
        (&["--from-dir", "copy", "--timeout", "1h"], "--timeout"),
        (
            &["--from-dir", "copy", "--start-time", "2027-01-31"],
            "does not tell its time zone",
        ),
        (
            &["--from-dir", "copy", "--start-time", "soon"],
            "how long ago",
        ),
        (
            &["--from-dir", "copy", "--start-time", "2999-01-01T00:00:00Z"],
            "still to come",
        ),
        (
            &[
                "--from-dir",
                "copy",
                "--start-time",
                "1h",
                "--end-time",
                "2h",
            ],
            "the range is empty",
        ),
        (&["--from-dir", "copy", "--accounts", "1234"], "12 digits"),
        (
            &["--from-dir", "copy", "--regions", "../x"],
            "it is no Region",
        ),
        (&["--from-dir", "copy", "--all"], "`--format json`"),
        (
            &["--from-dir", "copy", "--format", "json", "--verbose"],
            "no table is asked for",
        ),
        (
            &["--from-dir", "copy", "--anchor", "x.tf"],
            "none is asked for",
        ),
        (
            &["--from-dir", "copy", "-o", "copy/report"],
            "lies in the copy",
        ),
        (&["--from-dir", "nowhere"], "cannot read `nowhere"),
        (&["--from-dir", "copy"], "AWSLogs"),
    ] {
        let text = refusal(args);
        assert!(text.contains(said), "{args:?} says {text}");
    }
}

#[test]
fn the_help_of_verify_lists_exit_codes_and_permissions() {
    let home = home();
    let mut assert = trailcheck(&home)
        .args(["verify", "--help"])
        .assert()
        .code(0);
    for (code, meaning) in text::verify_exit_codes() {
        // Compared word by word, because the help is wrapped.
        let first: Vec<&str> = meaning.split(' ').take(3).collect();
        assert = assert.stdout(contains(format!("{code:>3}  {}", first.join(" "))));
    }
    for (action, _) in text::VERIFY_PERMISSIONS {
        assert = assert.stdout(contains(action));
    }
    assert.stderr(is_empty().trim());
}

#[test]
fn the_page_of_kinds_is_that_of_the_program() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/verify.md");
    let fresh = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &fresh).unwrap();
        return;
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == fresh,
        "docs/verify.md is out of step; `UPDATE_DOCS=1 cargo test page_of_kinds` writes it anew"
    );
}
