use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Render;
use super::json::Json;
use super::sarif::Sarif;
use super::table::Table;
use crate::digest::finding::{Finding, Kind, Verdict};
use crate::digest::object::Object;
use crate::digest::verification::{
    ChainReport, Contradiction, Events, JudgedObject, Range, Verification,
};
use crate::report::fixture::assert_visible;
use crate::report::style::Style;
use crate::report::text::is_visible;

const PIPE: Style = Style {
    width: None,
    unicode: true,
    colour: false,
};

fn range(start: &str, end: &str) -> Range {
    Range {
        start: start.parse().unwrap(),
        end: end.parse().unwrap(),
    }
}

fn chain(account: &str, region: &str) -> ChainReport {
    ChainReport {
        id: format!("{account}/{region}/main"),
        buckets: vec!["example-logs".to_owned()],
        account: account.to_owned(),
        region: region.to_owned(),
        trail: Some("main".to_owned()),
        home_region: Some("eu-west-1".to_owned()),
        covered: Some(range("2027-01-24T11:41:21Z", "2027-01-31T11:41:21Z")),
        digests: BTreeMap::from([(Verdict::Valid, 168)]),
        backfill_digests: BTreeMap::new(),
        log_files: BTreeMap::from([(Verdict::Valid, 2016)]),
        not_yet_digested: 4,
        bytes: 41_328_000,
        unpacked_bytes: 377_000_000,
        keys: BTreeSet::from(["0123456789abcdef0123456789abcdef".to_owned()]),
        events: None,
    }
}

fn intact() -> Verification {
    Verification {
        source: "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main".to_owned(),
        range: range("2027-01-24T12:00:00Z", "2027-01-31T12:00:00Z"),
        now: "2027-01-31T12:00:00Z".parse().unwrap(),
        chains: vec![
            chain("111122223333", "eu-west-1"),
            chain("111122223333", "us-east-1"),
        ],
        findings: Vec::new(),
        objects: Vec::new(),
        notes: Vec::new(),
    }
}

fn object(key: &str) -> Object {
    Object::new("example-logs", key)
}

/// Every kind once, on one chain, and the other is intact.
fn everything() -> Verification {
    let mut verification = intact();
    let id = verification.chains[0].id.clone();
    verification.findings = (Kind::ALL.iter().rev())
        .map(|kind| match kind {
            Kind::NotCovered | Kind::ListingFailed => {
                Finding::on_chain(&id, *kind, format!("seen of {}", kind.as_str()))
            }
            _ => {
                let key = format!("AWSLogs/111122223333/{}.json.gz", kind.as_str());
                Finding::of(
                    object(&key),
                    &id,
                    *kind,
                    format!("seen of {}", kind.as_str()),
                )
            }
        })
        .collect();
    verification.chains[0].digests.insert(Verdict::Altered, 6);
    verification.chains[0].log_files.insert(Verdict::Missing, 1);
    verification.chains[1].events = Some(Events {
        count: 12,
        oldest: Some("2027-01-24T11:00:00Z".parse().unwrap()),
        newest: Some("2027-01-31T11:00:00Z".parse().unwrap()),
        contradictions: vec![Contradiction {
            object: object("AWSLogs/odd.json.gz"),
            detail: "2 of 6 events are of account 444455556666".to_owned(),
        }],
    });
    verification
        .notes
        .push("GetTrailStatus was denied".to_owned());
    verification
}

fn rendered(renderer: &dyn Render, verification: &Verification) -> String {
    let mut bytes = Vec::new();
    renderer.render(verification, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn table(verification: &Verification) -> String {
    let table = Table {
        style: PIPE,
        verbose: false,
    };
    rendered(&table, verification)
}

fn parsed(renderer: &dyn Render, verification: &Verification) -> Value {
    serde_json::from_str(&rendered(renderer, verification)).unwrap()
}

const SARIF: Sarif = Sarif { anchor: None };

#[test]
fn an_intact_trail_is_said_to_be_valid() {
    insta::assert_snapshot!(table(&intact()));
}

#[test]
fn everything_that_is_wrong_is_told_the_heaviest_first() {
    insta::assert_snapshot!(table(&everything()));
}

#[test]
fn a_narrow_terminal_wraps_sentences_and_leaves_keys_whole() {
    let table = Table {
        style: Style {
            width: Some(60),
            ..PIPE
        },
        verbose: false,
    };
    let text = rendered(&table, &everything());
    assert!(text.contains("    s3://example-logs/AWSLogs/111122223333/log-modified.json.gz\n"));
    assert!(text.contains("  The log file's content is not what CloudTrail delivered:\n"));
}

#[test]
fn nothing_found_is_never_valid() {
    let mut verification = intact();
    verification.chains.clear();
    let text = table(&verification);
    assert!(
        text.ends_with(
            "incomplete: no digest was found, so that nothing could be verified, exit 3\n"
        )
    );
    let json = parsed(&Json { all: false }, &verification);
    assert_eq!(json["outcome"], "incomplete");
    assert_eq!(json["exit_code"], 3);
    let log = parsed(&SARIF, &verification);
    assert_eq!(
        log["runs"][0]["invocations"][0]["executionSuccessful"],
        false
    );
}

#[test]
fn hundreds_of_valid_chains_are_a_line_per_account_and_the_others_stand_out() {
    let mut verification = intact();
    verification.chains = (0..30)
        .flat_map(|region| {
            ["111122223333", "444455556666"]
                .map(|account| chain(account, &format!("region-{region:02}")))
        })
        .collect();
    let odd = verification.chains[7].id.clone();
    let finding = Finding::of(object("x"), &odd, Kind::LogMissing, "it is gone");
    verification.findings.push(finding);
    let text = table(&verification);
    assert!(text.contains("111122223333, 30 chains"), "{text}");
    assert!(text.contains("444455556666, 29 chains"), "{text}");
    assert!(text.contains(&format!("✖ missing  {odd}")), "{text}");
    let verbose = Table {
        style: PIPE,
        verbose: true,
    };
    assert_eq!(
        rendered(&verbose, &verification).matches("✔ valid").count(),
        59
    );
}

#[test]
fn keys_that_were_made_to_deceive_are_spelled_out_in_every_format() {
    let mut verification = intact();
    let id = verification.chains[0].id.clone();
    for key in [
        "a\u{1b}[2J\u{1b}[31mb",
        "a\n  ✔ valid  forged",
        "ex\u{202e}e",
        "../../etc/passwd",
        "x](https://evil)",
    ] {
        let detail = format!("`{key}` differs");
        let finding = Finding::of(object(key), &id, Kind::LogModified, detail);
        verification.findings.push(finding);
    }
    verification.source = "s3://a\u{1b}]0;b".to_owned();
    verification.notes.push("a\u{9b}31m\nb".to_owned());
    verification.chains[1].id = "1\u{1b}[2K/x".to_owned();
    for text in [
        table(&verification),
        rendered(&Json { all: true }, &verification),
        rendered(&SARIF, &verification),
    ] {
        assert!(text.chars().all(|c| c == '\n' || is_visible(c)), "{text}");
    }
    let text = table(&verification);
    assert_visible(&text);
    assert!(
        !text
            .lines()
            .any(|line| line.starts_with("  ✔ valid  forged"))
    );
    let log = parsed(&SARIF, &verification);
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        let uri = uri.as_str().unwrap();
        assert!(uri.starts_with("s3/example-logs/"), "{uri}");
        assert!(
            uri.is_ascii() && !uri.contains("..") && !uri.contains(' '),
            "{uri}"
        );
        assert!(!result["message"]["text"].as_str().unwrap().contains("]("));
    }
}

#[test]
fn of_very_many_findings_the_table_shows_some_and_json_all() {
    let mut verification = intact();
    let id = verification.chains[0].id.clone();
    verification.findings = (0..25_001)
        .map(|n| Finding::of(object(&format!("k{n}")), &id, Kind::LogMissing, "gone"))
        .collect();
    let text = table(&verification);
    assert!(text.contains("and 24991 more; `--format json` lists all"));
    assert!(text.lines().count() < 50);
    assert!(text.contains("tampered: 25001 missing, exit 1"));
    let json = parsed(&Json { all: false }, &verification);
    assert_eq!(json["findings"].as_array().unwrap().len(), 25_001);
    let warnings = SARIF.warnings(&verification);
    assert!(warnings[0].contains("25001 results"), "{warnings:?}");
}

#[test]
fn json_names_the_objects_and_lists_all_of_them_if_asked_to() {
    let mut verification = everything();
    verification.objects = vec![JudgedObject {
        object: object("a"),
        chain: verification.chains[0].id.clone(),
        verdict: Verdict::Valid,
    }];
    let json = parsed(&Json { all: true }, &verification);
    assert_eq!(json["schema_version"], 1);
    assert_eq!(json["outcome"], "tampered");
    assert_eq!(json["objects"][0]["object"], "s3://example-logs/a");
    assert_eq!(json["objects"][0]["verdict"], "valid");
    let findings = json["findings"].as_array().unwrap();
    assert_eq!(findings.len(), Kind::ALL.len());
    assert!(findings[0]["object"].is_null(), "not-covered has no object");
    assert_eq!(findings[0]["kind"], "not-covered");
    assert_eq!(json["summary"]["digests"]["altered"], 6);
    // What is not digested yet is no finding that counts.
    let counted = json["summary"]["findings"].as_object().unwrap().values();
    let counted: u64 = counted.map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(counted, Kind::ALL.len() as u64 - 1);
    assert!(
        parsed(&Json { all: false }, &verification)
            .get("objects")
            .is_none()
    );
}

#[test]
fn sarif_has_a_rule_for_each_kind_and_a_level_for_each_result() {
    let log = parsed(&SARIF, &everything());
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), Kind::ALL.len());
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), Kind::ALL.len());
    let mut fingerprints = BTreeSet::new();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let kind = Kind::ALL[index];
        let expected = match kind {
            Kind::LogNotYetDigested => "note",
            Kind::ChainStart | Kind::DigestTimeHole => "warning",
            kind if kind.verdict() == Verdict::Unverified => "warning",
            _ => "error",
        };
        assert_eq!(result["level"], expected, "{}", kind.as_str());
        fingerprints.insert(result["partialFingerprints"]["trailcheck/v1"].to_string());
    }
    assert_eq!(fingerprints.len(), results.len());
    assert_eq!(results[0]["level"], "error");
    assert_eq!(results.last().unwrap()["level"], "note");
}

#[test]
fn a_result_keeps_its_fingerprint_when_only_the_detail_changes() {
    let mut verification = everything();
    let before = parsed(&SARIF, &verification);
    for finding in &mut verification.findings {
        if finding.object.is_some() {
            finding.detail = "seen otherwise".to_owned();
        }
    }
    let after = parsed(&SARIF, &verification);
    let of = |log: &Value| -> Vec<Value> {
        let results = log["runs"][0]["results"].as_array().unwrap().iter();
        results.map(|r| r["partialFingerprints"].clone()).collect()
    };
    assert_eq!(of(&before), of(&after));
}

#[test]
fn with_an_anchor_every_result_points_at_it() {
    let sarif = Sarif {
        anchor: Some("./infra/trail.tf".to_owned()),
    };
    let log = parsed(&sarif, &everything());
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert_eq!(uri, "infra/trail.tf");
    }
}

/// For the test of the schema.
pub(in crate::report) fn document() -> Value {
    let mut verification = everything();
    verification.objects = vec![JudgedObject {
        object: object("a"),
        chain: "c".to_owned(),
        verdict: Verdict::Valid,
    }];
    parsed(&Json { all: true }, &verification)
}
