//! Which part of a trail is verified, and how it is reported.

use std::collections::BTreeSet;
use std::fs;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Served, Verified, put, whole};
use crate::bucket_server::Content;
use crate::trail::{Setup, generate};

#[test]
fn only_the_regions_and_accounts_that_are_asked_for_are_fetched() {
    let served = Served::intact(&Setup::organization());
    for (flags, places) in [
        (&["--regions", "eu-west-1,us-east-1"][..], 4),
        (&["--accounts", "444455556666"], 3),
        (&["--accounts", "444455556666", "--regions", "eu-west-1"], 1),
    ] {
        served.server.reset_counts();
        let report = served.verify(flags).exits(0);
        let chains = report.json["chains"].as_array().expect("chains");
        assert_eq!(chains.len(), places, "{flags:?}");
        let asked: Vec<&str> = flags.iter().flat_map(|flag| flag.split(',')).collect();
        for url in served.server.gets().keys() {
            let account = !flags.contains(&"--accounts") || url.contains("/444455556666/");
            let region = !flags.contains(&"--regions")
                || asked
                    .iter()
                    .any(|region| url.contains(&format!("/{region}/")));
            assert!(account && region, "{flags:?} fetched {url}");
        }
    }
}

#[test]
fn a_region_or_an_account_without_anything_is_not_covered() {
    let served = Served::intact(&Setup::organization());
    for flags in [
        ["--regions", "us-east-1,sa-east-1"],
        ["--accounts", "111122223333,999999999999"],
    ] {
        let report = served.verify(&flags).exits(3);
        let [finding] = report.findings() else {
            panic!("{:#?}", report.findings());
        };
        assert_eq!(finding["kind"], "not-covered");
    }
}

/// Nine hours are easily lost: the AWS CLI reads `+09:00` as if it were UTC.
#[test]
fn a_range_with_a_zone_judges_the_same_hours_as_in_utc() {
    let setup = Setup {
        hours: 20,
        files_per_hour: 2,
        ..Setup::default()
    };
    let served = Served::new(generate(&setup, &[("log-modified", Some(3))]));
    let between = |start: &str, end: &str, code: i32| {
        served.server.reset_counts();
        let times = ["--start-time", start, "--end-time", end, "--all"];
        let report = Verified::of(served.by_arn().args(times)).exits(code);
        (
            report.json["range"].clone(),
            report.json["objects"].clone(),
            served.server.gets(),
        )
    };
    let utc = between("2026-03-01T12:00:00Z", "2026-03-01T16:00:00Z", 0);
    let tokyo = between("2026-03-01T21:00:00+09:00", "2026-03-02T01:00:00+09:00", 0);
    assert_eq!(tokyo, utc);
    assert!(utc.2.len() < served.trail.objects.len());
    // The hours in which the file was tampered with.
    between("2026-03-01T11:00:00+09:00", "2026-03-01T16:00:00+09:00", 1);
}

/// A trail that began ten hours ago and goes on.
fn of_today() -> Served {
    let now = Timestamp::now().as_second();
    let setup = Setup {
        start: Timestamp::from_second(now).expect("a time") - SignedDuration::from_hours(10),
        hours: 9,
        ..Setup::many_regions()
    };
    let trail = generate(&setup, &[]);
    let mut content = Content::new();
    put(&mut content, &trail);
    content.trail_status = json!({
        "IsLogging": true,
        "StartLoggingTime": setup.start.as_second() as f64,
    });
    Served::with(trail, content)
}

#[test]
fn times_may_be_counted_back_from_now() {
    let served = of_today();
    let report = Verified::of(served.by_arn().args(["--start-time", "6h"])).exits(0);
    assert_eq!(report.said(), [""; 0]);
    let gets = served.server.gets();
    assert!(gets.len() < served.trail.objects.len());
    served.server.reset_counts();
    let times = ["--start-time", "6h", "--end-time", "4h"];
    Verified::of(served.by_arn().args(times)).exits(0);
    assert!(served.server.gets().len() < gets.len());
}

/// The trail is younger than that, which GetTrailStatus explains.
#[test]
fn without_times_the_last_seven_days_are_verified() {
    let served = of_today();
    let report = Verified::of(served.by_arn()).exits(0);
    assert_eq!(report.said(), [""; 0]);
    assert_eq!(served.server.gets(), served.each_object_once());
    let time = |name: &str| {
        let text = report.json["range"][name].as_str().expect("a time");
        text.parse::<Timestamp>().expect("a time")
    };
    let days = time("end").duration_since(time("start"));
    assert_eq!(days, SignedDuration::from_hours(7 * 24));
    // By the bucket nobody tells when logging began.
    let report = Verified::of(served.by_uri()).exits(3);
    report.blames_nobody();
    let kinds: BTreeSet<_> = report
        .findings()
        .iter()
        .map(|one| one["kind"].to_string())
        .collect();
    assert_eq!(kinds, BTreeSet::from([json!("not-covered").to_string()]));
}

#[test]
fn events_are_counted_and_every_object_is_listed_when_asked() {
    let served = Served::intact(&Setup::many_regions());
    let setup = &served.trail.setup;
    let report = served.verify(&["--events", "--all"]).exits(0);
    let chains = report.json["chains"].as_array().expect("chains");
    let each = setup.hours * setup.files_per_hour * setup.events_per_file;
    for chain in chains {
        assert_eq!(chain["events"]["count"], each);
        assert_eq!(chain["events"]["contradictions"], json!([]));
    }
    let listed = report.json["objects"].as_array().expect("objects");
    let listed: BTreeSet<&str> = listed
        .iter()
        .filter(|object| object["verdict"] == "valid")
        .filter_map(|object| object["object"].as_str())
        .collect();
    let there: Vec<String> = served
        .trail
        .objects
        .keys()
        .map(ToString::to_string)
        .collect();
    assert_eq!(listed, there.iter().map(String::as_str).collect());
    // Neither costs a request.
    assert_eq!(served.server.gets(), served.each_object_once());
    let plain = served.verify(&[]).exits(0);
    assert_eq!(plain.json["objects"], Value::Null);
    assert_eq!(plain.json["chains"][0]["events"], Value::Null);
}

#[test]
fn every_format_ends_with_the_same_code_and_can_go_to_a_file() {
    for (tamper, code) in [
        ("log-recompressed", 0),
        ("log-modified", 1),
        ("log-archived", 3),
    ] {
        let served = Served::new(generate(&Setup::default(), &[(tamper, None)]));
        for format in ["table", "json", "sarif"] {
            let run = || {
                served
                    .by_arn()
                    .args(whole(&served.trail))
                    .args(["--format", format])
            };
            let printed = run().run().exits(code);
            assert!(!printed.stdout.is_empty());
            let folder = tempfile::tempdir().expect("a folder");
            let file = folder.path().join("report");
            let written = run().args(["-o"]).args([&file]).run().exits(code);
            assert_eq!(written.stdout, "");
            let written = fs::read_to_string(&file).expect("a report");
            if format != "table" {
                for report in [&written, &printed.stdout] {
                    serde_json::from_str::<Value>(report).expect("JSON");
                }
            }
        }
    }
}
