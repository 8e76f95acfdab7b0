use std::collections::BTreeSet;

use serde_json::Value;

use super::{Sarif, SarifProfile, limits};
use crate::finding::Finding;
use crate::outcome::Gate;
use crate::report::fixture::{self, RULES, assert_visible, rendered, rendered_with, snapshot};
use crate::report::{Render, Report};
use crate::snapshot::{Snapshot, story};

const GITHUB: Sarif = Sarif {
    profile: SarifProfile::Github,
    anchor: None,
};

const FULL: Sarif = Sarif {
    profile: SarifProfile::Full,
    anchor: None,
};

fn log(sarif: &Sarif, snapshot: &Snapshot) -> Value {
    serde_json::from_str(&rendered(sarif, snapshot)).unwrap()
}

fn results(log: &Value) -> &Vec<Value> {
    log["runs"][0]["results"].as_array().unwrap()
}

fn of_rule<'a>(log: &'a Value, rule: &str) -> &'a Value {
    let results = results(log).iter();
    let mut own = results.filter(|result| result["ruleId"] == rule);
    own.next().unwrap_or_else(|| panic!("no result of {rule}"))
}

#[test]
fn a_log_has_a_run_per_account_with_a_category_of_its_own() {
    let log = log(&GITHUB, &fixture::two_accounts());
    assert_eq!(log["version"], "2.1.0");
    let runs = log["runs"].as_array().unwrap();
    let ids: BTreeSet<&str> = (runs.iter())
        .map(|run| run["automationDetails"]["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids,
        BTreeSet::from(["trailcheck/111122223333/", "trailcheck/444455556666/"])
    );
    assert_eq!(runs[1]["results"].as_array().unwrap().len(), 1);
}

#[test]
fn every_rule_that_ran_is_described() {
    let log = log(&GITHUB, &snapshot());
    let rules = log["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap();
    assert_eq!(rules.len(), RULES.len());
    for (entry, rule) in rules.iter().zip(RULES) {
        assert_eq!(entry["id"], rule.id);
        assert_eq!(entry["helpUri"], rule.resources[0]);
        assert_eq!(entry["shortDescription"]["text"], rule.title);
        assert!(
            entry["help"]["markdown"]
                .as_str()
                .unwrap()
                .contains(rule.criteria)
        );
        assert!(
            entry["help"]["text"]
                .as_str()
                .unwrap()
                .contains(rule.action)
        );
        assert!(entry["properties"]["precision"].is_string());
    }
    let weights: Vec<&str> = (rules.iter())
        .map(|rule| rule["properties"]["security-severity"].as_str().unwrap())
        .collect();
    assert_eq!(weights, ["8.0", "8.0", "8.0", "9.5", "5.5", "3.0"]);
}

#[test]
fn a_result_refers_to_its_rule_by_id_and_index() {
    for sarif in [GITHUB, FULL] {
        let log = log(&sarif, &snapshot());
        for result in results(&log) {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(RULES[index].id, result["ruleId"]);
        }
    }
}

#[test]
fn github_gets_fails_and_unknowns_the_heaviest_first() {
    let log = log(&GITHUB, &snapshot());
    let shown: Vec<(&str, &str)> = (results(&log).iter())
        .map(|r| (r["ruleId"].as_str().unwrap(), r["level"].as_str().unwrap()))
        .collect();
    assert_eq!(
        shown,
        [
            ("bucket-not-public", "error"),
            ("log-file-validation", "error"),
            ("trail-encryption", "warning"),
            ("digest-delivery", "warning"),
        ]
    );
    assert!(
        results(&log)
            .iter()
            .all(|result| result.get("kind").is_none())
    );
}

#[test]
fn the_full_profile_adds_the_rest_with_kind_and_suppressions() {
    let findings = fixture::accept(fixture::findings(&snapshot()), "bucket-not-public");
    let text = rendered_with(&FULL, &snapshot(), &findings, Gate::default());
    let log: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(results(&log).len(), findings.len());
    assert_eq!(of_rule(&log, "multi-region-trail")["kind"], "pass");
    assert_eq!(of_rule(&log, "multi-region-trail")["level"], "none");
    assert_eq!(of_rule(&log, "key-rotation")["kind"], "notApplicable");
    let accepted = &of_rule(&log, "bucket-not-public")["suppressions"][0];
    assert_eq!(accepted["kind"], "external");
    assert_eq!(accepted["justification"], "goes away next week");

    let text = rendered_with(&GITHUB, &snapshot(), &findings, Gate::default());
    let log: Value = serde_json::from_str(&text).unwrap();
    assert!(
        results(&log)
            .iter()
            .all(|result| result["ruleId"] != "bucket-not-public")
    );
}

#[test]
fn an_unknown_keeps_the_fingerprint_of_its_fail() {
    let mut seen = story::pristine();
    seen.accounts[0].trail_mut().log_file_validation = crate::snapshot::Observed::Known(false);
    let mut unseen = seen.clone();
    unseen.accounts[0].trail_mut().log_file_validation =
        story::denied(crate::snapshot::Action::DescribeTrails);
    let (seen, unseen) = (log(&GITHUB, &seen), log(&GITHUB, &unseen));
    let fail = of_rule(&seen, "log-file-validation");
    let unknown = of_rule(&unseen, "log-file-validation");
    assert_eq!(
        (fail["level"].as_str(), unknown["level"].as_str()),
        (Some("error"), Some("warning"))
    );
    assert_eq!(fail["partialFingerprints"], unknown["partialFingerprints"]);
    assert_eq!(fail["locations"], unknown["locations"]);
    let hash = &fail["partialFingerprints"]["primaryLocationLineHash"];
    assert_eq!(hash.as_str().unwrap().len(), 64);
    assert_eq!(*hash, fail["partialFingerprints"]["trailcheck/v1"]);
}

#[test]
fn an_alert_stands_at_the_path_of_its_resource() {
    let log = log(&GITHUB, &snapshot());
    let place = |rule: &str| of_rule(&log, rule)["locations"][0].clone();
    let physical = place("log-file-validation")["physicalLocation"].clone();
    assert_eq!(
        physical["artifactLocation"]["uri"],
        "aws/111122223333/eu-west-1/cloudtrail/trail/legacy"
    );
    assert_eq!(physical["region"]["startLine"], 1);
    assert_eq!(physical["region"]["endColumn"], 2);
    assert_eq!(
        place("bucket-not-public")["physicalLocation"]["artifactLocation"]["uri"],
        "aws/111122223333/global/s3/example-trail-logs"
    );
    let arn = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/legacy";
    let logical = place("log-file-validation")["logicalLocations"][0].clone();
    assert_eq!(logical["fullyQualifiedName"], arn);
    let message = &of_rule(&log, "log-file-validation")["message"]["text"];
    assert!(message.as_str().unwrap().contains(arn));
}

#[test]
fn an_anchor_takes_every_alert() {
    let anchored = Sarif {
        anchor: Some("./infra/main trail.tf".to_owned()),
        ..GITHUB
    };
    for result in results(&log(&anchored, &snapshot())) {
        let location = &result["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(location["uri"], "infra/main%20trail.tf");
    }
}

#[test]
fn gaps_are_notifications_and_the_run_was_not_successful() {
    let log_of = |snapshot: &Snapshot| log(&GITHUB, snapshot)["runs"][0]["invocations"][0].clone();
    let incomplete = log_of(&snapshot());
    assert_eq!(incomplete["executionSuccessful"], false);
    let gaps = incomplete["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(gaps.len(), 1);
    assert_eq!(gaps[0]["descriptor"]["id"], "access-denied");
    assert!(
        gaps[0]["message"]["text"]
            .as_str()
            .unwrap()
            .starts_with("cloudtrail:GetTrailStatus")
    );

    let complete = log_of(&story::pristine());
    assert_eq!(complete["executionSuccessful"], true);
    assert_eq!(complete["startTimeUtc"], "2026-11-22T11:59:57Z");

    // A fact that nobody asked for is no gap of the run, but the unknown it leaves is.
    let mut uncollected = story::pristine();
    uncollected.accounts[0].trail_mut().status.clear();
    let uncollected = log_of(&uncollected);
    assert_eq!(uncollected["executionSuccessful"], false);
    assert!(uncollected.get("toolExecutionNotifications").is_none());
}

#[test]
fn hostile_names_break_no_location_and_make_no_link() {
    let text = rendered(&FULL, &fixture::hostile());
    assert_visible(&text);
    let log: Value = serde_json::from_str(&text).unwrap();
    for result in results(&log) {
        let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        let uri = uri.as_str().unwrap();
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.~%/".contains(c);
        assert!(uri.chars().all(allowed), "{uri}");
        assert!(
            uri.starts_with("aws/111122223333/") && !uri.contains("//"),
            "{uri}"
        );
        assert!(!uri.contains(".."), "{uri}");
        let message = result["message"]["text"].as_str().unwrap();
        assert!(!message.contains("]("), "{message}");
        assert!(!message.chars().any(char::is_control), "{message}");
    }
}

#[test]
fn a_log_of_ours_is_far_within_githubs_limits() {
    let snapshot = fixture::two_accounts();
    let log = log(&FULL, &snapshot);
    for run in log["runs"].as_array().unwrap() {
        assert!(run["results"].as_array().unwrap().len() <= 5_000);
        for result in run["results"].as_array().unwrap() {
            assert_eq!(result["locations"].as_array().unwrap().len(), 1);
        }
        for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
            let tags = rule["properties"]["tags"].as_array().unwrap();
            assert!(tags.len() <= 10 && tags[0] == "security", "{tags:?}");
            let full = rule["fullDescription"]["text"].as_str().unwrap();
            assert!(full.chars().count() <= 1024);
        }
    }
    assert_eq!(warnings(&GITHUB, &snapshot, 1), Vec::<String>::new());
}

#[test]
fn every_rule_of_the_catalogue_fits_githubs_limits() {
    let rules = crate::rules::catalogue();
    let snapshot = story::pristine();
    let findings = crate::audit::audit(&snapshot, &rules, &crate::config::Settings::default());
    let report = Report::new(&snapshot, &rules, &findings, Gate::default());
    assert_eq!(GITHUB.warnings(&report), Vec::<String>::new());
}

/// The warnings about `times` times the findings of `snapshot`, that of the size apart.
fn warnings(sarif: &Sarif, snapshot: &Snapshot, times: usize) -> Vec<String> {
    let findings = fixture::findings(snapshot);
    let many: Vec<_> = std::iter::repeat_n(findings, times).flatten().collect();
    let report = Report::new(snapshot, RULES, &many, Gate::default());
    limits::in_number(&sarif.log(&report), RULES, sarif.anchor.as_deref())
}

#[test]
fn what_github_would_drop_or_reject_is_said() {
    // Four results of each repetition go into GitHub's profile.
    assert!(warnings(&GITHUB, &snapshot(), 1_250).is_empty());
    let dropped = warnings(&GITHUB, &snapshot(), 1_251);
    assert_eq!(
        dropped,
        [
            "run `trailcheck/111122223333/` has 5004 results, of which GitHub keeps 5000: the 4 \
          of the lowest severity would be dropped"
        ]
    );
    let rejected = warnings(&GITHUB, &snapshot(), 6_251);
    assert!(
        rejected[0].contains("25004 results and GitHub rejects"),
        "{rejected:?}"
    );
    let mut many = snapshot();
    let account = many.accounts[0].clone();
    many.accounts = (0..21)
        .map(|n| {
            let mut account = account.clone();
            account.id = format!("{n:012}");
            account
        })
        .collect();
    assert!(warnings(&GITHUB, &many, 1)[0].contains("21 runs"));
    let anchored = Sarif {
        anchor: Some("/etc/passwd".to_owned()),
        ..GITHUB
    };
    assert!(warnings(&anchored, &snapshot(), 1)[0].contains("`/etc/passwd`"));
}

#[test]
fn a_log_is_weighed_as_it_would_be_uploaded() {
    let snapshot = snapshot();
    let mut findings = fixture::findings(&snapshot);
    let weigh = |findings: &[Finding]| {
        let report = Report::new(&snapshot, RULES, findings, Gate::default());
        limits::compressed(&GITHUB.log(&report))
    };
    let before = weigh(&findings);
    assert!((1_000..100_000).contains(&before), "{before}");
    // Noise of 14 bits a character, which no compression makes smaller.
    let mut state = 1_u64;
    let noise = (0..10_000).map(|_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let offset = u32::try_from((state >> 33) % 20_000).unwrap();
        char::from_u32(0x4e00 + offset).unwrap()
    });
    let public = findings.iter_mut().find(|f| f.rule == "bucket-not-public");
    public.unwrap().message = noise.collect();
    let after = weigh(&findings);
    assert!(after > before + 15_000, "{before} {after}");
}

#[test]
fn the_same_snapshot_gives_the_same_bytes_and_a_broken_writer_is_told() {
    assert_eq!(rendered(&FULL, &snapshot()), rendered(&FULL, &snapshot()));
    let snapshot = snapshot();
    let findings = fixture::findings(&snapshot);
    let report = Report::new(&snapshot, RULES, &findings, Gate::default());
    assert!(FULL.render(&report, &mut fixture::Full(100)).is_err());
}
