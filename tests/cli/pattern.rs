//! `trailcheck pattern`: a pattern in, what it does out.

use std::fs;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use predicates::str::{contains, is_empty};
use serde_json::{Value, json};
use trailcheck::pattern::control::table;

use super::{home, trailcheck};

const STOP: &str = "{$.eventName=StopLogging}";

fn answers(args: &[&str], input: impl Into<Vec<u8>>) -> Value {
    let output = trailcheck(&home())
        .arg("pattern")
        .args(args)
        .args(["--format", "json"])
        .write_stdin(input)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{args:?}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn control<'a>(answers: &'a Value, rule: &str) -> &'a Value {
    let mut controls = answers["controls"].as_array().unwrap().iter();
    controls.find(|control| control["rule"] == rule).unwrap()
}

fn log_file() -> Vec<u8> {
    let stop =
        json!({"eventID": "1", "eventName": "StopLogging", "eventTime": "2026-01-01T00:00:00Z"});
    let other = json!({"eventName": "\u{1b}[2J"});
    json!({"Records": [stop, other]}).to_string().into_bytes()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

#[test]
fn a_pattern_is_answered_in_its_canonical_form_with_every_control() {
    let answers = answers(&[STOP], "");
    assert_eq!(answers["canonical"], "{ $.eventName = \"StopLogging\" }");
    assert_eq!(answers.get("events"), None);
    let count = answers["controls"].as_array().unwrap().len();
    assert_eq!(count, table().controls().len());
    let trail = control(&answers, "alarm-cloudtrail-changes");
    assert_eq!(
        *trail,
        json!({
            "rule": "alarm-cloudtrail-changes",
            "verdict": "misses",
            "missing": ["CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging"],
        })
    );
    let root = control(&answers, "alarm-root-usage");
    assert_eq!(root["verdict"], "unrelated");
}

#[test]
fn every_verdict_is_said_and_ends_with_0() {
    for (pattern, verdict) in [
        (
            "{ $.userIdentity.type = Root && $.eventType != AwsServiceEvent }",
            "covers",
        ),
        ("{ $.userIdentity.type = root }", "never-fires"),
        (
            "{ $.eventName = PutBucketLifecycleConfiguration }",
            "never-fires",
        ),
        ("{ $.userIdentity = * }", "never-fires"),
        ("{ $.eventName != X || $.eventName != Y }", "over-broad"),
        ("{ $.eventName = X && $.eventName = Y }", "never-fires"),
        ("", "over-broad"),
        ("[a, b]", "unknown"),
        (STOP, "unrelated"),
    ] {
        let answers = answers(&[pattern], "");
        let root = control(&answers, "alarm-root-usage");
        assert_eq!(root["verdict"], verdict, "{pattern}");
        assert_eq!(root.get("reason").is_some(), verdict == "unknown");
    }
}

#[test]
fn what_is_printed_for_a_rule_covers_it_in_both_languages() {
    for rule in table().controls().iter().map(|control| control.rule) {
        for language in [&[][..], &["--event-pattern"]] {
            let printed = trailcheck(&home())
                .args(["pattern", "--for", rule])
                .args(language)
                .output()
                .unwrap();
            assert_eq!(printed.status.code(), Some(0), "{printed:?}");
            let pattern = String::from_utf8(printed.stdout).unwrap();
            let args: Vec<&str> = [pattern.trim_end()]
                .into_iter()
                .chain(language.iter().copied())
                .collect();
            let answers = answers(&args, "");
            assert_eq!(control(&answers, rule)["verdict"], "covers", "{pattern}");
        }
    }
}

#[test]
fn the_events_of_a_log_file_are_told_apart_plain_packed_and_from_standard_input() {
    let home = home();
    let expected = json!([
        {"index": 0, "eventID": "1", "eventName": "StopLogging",
            "eventTime": "2026-01-01T00:00:00Z", "matches": true},
        {"index": 1, "eventID": null, "eventName": "\u{1b}[2J", "eventTime": null,
            "matches": false},
    ]);
    for bytes in [log_file(), packed(&log_file())] {
        let path = home.path().join("log");
        fs::write(&path, &bytes).unwrap();
        let from_file = answers(&[STOP, "--events", path.to_str().unwrap()], "");
        assert_eq!(from_file["events"], expected);
        assert_eq!(answers(&[STOP, "--events", "-"], bytes)["events"], expected);
    }
    let open = answers(&["{ $.errorCode != x }", "--events", "-"], log_file());
    assert_eq!(open["events"][0]["matches"], Value::Null);
    assert!(open["events"][0]["reason"].is_string());
    let event = r#"{"detail": {"eventName": ["StopLogging"]}}"#;
    let event = answers(&[event, "--event-pattern", "--events", "-"], log_file());
    assert_eq!(event["events"], expected);
}

#[test]
fn a_pattern_that_cannot_be_read_is_one_sentence_with_the_place() {
    for (args, said) in [
        (
            &["{ $.a = }"][..],
            "character 9: expected a value after `=`\n",
        ),
        (&["{ $.a \u{1b}[2J }"], "character 7: expected `=`"),
        (&["--event-pattern", "{"], "character 2: "),
    ] {
        let output = trailcheck(&home())
            .arg("pattern")
            .args(args)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(
            error.starts_with("error: cannot read the pattern: "),
            "{error}"
        );
        assert!(error.contains(said), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn a_file_that_is_no_log_file_is_refused_in_one_sentence() {
    let damaged = packed(&log_file())[..30].to_vec();
    for (bytes, said) in [
        (Vec::new(), "EOF while parsing"),
        (b"[]".to_vec(), "it is no JSON object"),
        (b"{}".to_vec(), "it has no list `Records`"),
        (
            br#"{"Records": [{}, 1]}"#.to_vec(),
            "`Records[1]` is no JSON object",
        ),
        (damaged, "it is damaged gzip"),
    ] {
        trailcheck(&home())
            .args(["pattern", STOP, "--events", "-"])
            .write_stdin(bytes)
            .assert()
            .code(2)
            .stdout(is_empty())
            .stderr(contains(
                "error: standard input is not a CloudTrail log file",
            ))
            .stderr(contains(said));
    }
    trailcheck(&home())
        .args(["pattern", STOP, "--events", "missing.json"])
        .assert()
        .code(2)
        .stderr(contains("error: cannot read `missing.json`: "));
}

#[test]
fn an_unknown_rule_is_met_with_the_one_that_may_be_meant() {
    trailcheck(&home())
        .args(["pattern", "--for", "alarm-root-usag"])
        .assert()
        .code(2)
        .stderr(contains("did you mean `alarm-root-usage`?"));
}

#[test]
fn hostile_text_in_patterns_and_events_reaches_the_terminal_made_visible() {
    let output = trailcheck(&home())
        .args(["pattern", "\u{1b}[2J", "--events", "-"])
        .write_stdin(log_file())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(!output.stdout.contains(&0x1b), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\\u{1b}[2J"), "{text}");
    assert!(text.contains("A pattern of words also matches"), "{text}");
}
