//! `--stats`: the figures are those of the wire.

use std::collections::BTreeMap;

use serde_json::json;

use super::account::{Account, HOME};
use super::accounts::{TWO_REGIONS, complete};
use super::good::Good;
use super::relay::Relay;
use super::run::{Report, Run, Trailcheck};
use super::servers;

/// Requests, retries, errors, and requests without an answer.
type Figures = [u64; 4];

/// The table that `--stats` prints below whatever else is said on standard error, by its
/// first column.
fn figures(run: &Run) -> BTreeMap<&str, Figures> {
    let mut lines = run
        .stderr
        .lines()
        .skip_while(|line| !line.trim_start().starts_with("requests "));
    assert!(lines.next().is_some(), "no table: {}", run.stderr);
    let mut table = BTreeMap::new();
    for line in lines {
        let (name, _) = line.split_once("  ").unwrap_or((line, ""));
        let numbers: Vec<u64> = line[name.len()..]
            .split_whitespace()
            .map(|cell| cell.parse().expect("a number"))
            .collect();
        table.insert(name, numbers.try_into().expect("four columns"));
        if name == "total" {
            break;
        }
    }
    table
}

/// The service that a request is signed for, by the name that the table has for it.
fn service(head: &str) -> &'static str {
    // Credential=KEY/DATE/REGION/SERVICE/aws4_request
    let (before, _) = head.split_once("/aws4_request").expect("a signed request");
    match before.rsplit('/').next().expect("a service") {
        "s3" if head.contains("/v20180820/") => "S3 Control",
        "s3" => "S3",
        "account" => "Account",
        "cloudtrail" => "CloudTrail",
        "config" => "Config Service",
        "events" => "EventBridge",
        "monitoring" => "CloudWatch",
        "iam" => "IAM",
        "kms" => "KMS",
        "logs" => "CloudWatch Logs",
        "organizations" => "Organizations",
        "sns" => "SNS",
        "sts" => "STS",
        other => panic!("a request to {other}"),
    }
}

#[test]
fn the_figures_are_the_requests_that_were_on_the_wire_and_the_report_is_untouched() {
    let good = Good::on_moto();
    for command in ["audit", "snapshot"] {
        let relay = Relay::start(Some(good.account.port()), complete());
        let run = Trailcheck::through(&relay.url(), &good.account)
            .args([command, "--stats"])
            .args(match command {
                "audit" => ["--format", "json"],
                _ => ["--output", "-"],
            })
            .args(TWO_REGIONS)
            .run()
            .exits(0);
        serde_json::from_str::<serde_json::Value>(&run.stdout).expect("nothing but JSON");
        let heads = relay.heads();
        let mut expected: BTreeMap<&str, Figures> = BTreeMap::new();
        for head in &heads {
            expected.entry(service(head)).or_default()[0] += 1;
        }
        // S3 Control says with 404 that the account itself blocks no public access.
        expected.entry("S3 Control").or_default()[2] = 1;
        expected.insert("total", [heads.len() as u64, 0, 1, 0]);
        assert_eq!(figures(&run), expected, "{command}: {}", run.stderr);
        let slowest = run.stderr.lines().last().unwrap_or_default();
        let (call, ms) = slowest.rsplit_once(", ").expect("a call and its time");
        assert!(call.starts_with("slowest call: "), "{slowest}");
        assert!(ms.strip_suffix(" ms").expect("ms").parse::<u64>().is_ok());
    }
}

#[test]
fn throttled_requests_are_counted_and_so_are_the_retries() {
    let good = Good::on_moto();
    let audit = || {
        Trailcheck::through(&servers::faulty().url(), &good.account)
            .env("AWS_MAX_ATTEMPTS", "4")
            .args(["audit", "--stats", "--format", "json", "--regions", HOME])
            .args(["--rule", "log-file-validation"])
            .run()
    };
    let calm = audit();
    good.account.inject(json!({
        "service": "cloudtrail", "operation": "DescribeTrails", "times": 2,
        "error": { "code": "ThrottlingException", "message": "Rate exceeded" },
    }));
    let throttled = audit();
    assert_eq!(
        Report::of(&throttled).the("log-file-validation")["status"],
        "pass"
    );
    let (calm, throttled) = (figures(&calm), figures(&throttled));
    let [sent, retries, errors, unanswered] = calm["CloudTrail"];
    assert_eq!((retries, errors, unanswered), (0, 0, 0), "{calm:?}");
    assert_eq!(throttled["CloudTrail"], [sent + 2, 2, 2, 0]);
    let others = |mut table: BTreeMap<&str, Figures>| -> Vec<(String, Figures)> {
        table.retain(|name, _| !["CloudTrail", "total"].contains(name));
        let owned = |(name, figures): (&str, Figures)| (name.to_owned(), figures);
        table.into_iter().map(owned).collect()
    };
    assert_eq!(others(throttled), others(calm));
}

#[test]
fn what_credentials_cost_is_counted_too() {
    let good = Good::on_moto();
    let role = format!("arn:aws:iam::{}:role/reader", good.account.id);
    let audit = |more: &[&str]| {
        Trailcheck::on(&good.account)
            .args(["audit", "--stats", "--fail-on", "never", "--regions", HOME])
            .args(["--rule", "trail-logging"])
            .args(more)
            .run()
            .exits(0)
    };
    let (own, assumed) = (audit(&[]), audit(&["--role-arn", &role]));
    let (own, assumed) = (figures(&own), figures(&assumed));
    assert_eq!(own.get("credentials"), None);
    assert_eq!(assumed["credentials"], [1, 0, 0, 0]);
    assert_eq!(assumed["STS"], own["STS"]);
    assert_eq!(assumed["total"][0], own["total"][0] + 1);
}

#[test]
fn a_run_that_fails_tells_what_it_tried() {
    let account = Account::on_moto();
    let silent = Relay::start(None, Vec::new());
    let run = Trailcheck::through(&silent.url(), &account)
        .env("AWS_MAX_ATTEMPTS", "2")
        .args(["audit", "--stats", "--regions", HOME])
        .run()
        .exits(3);
    assert_eq!(run.stdout, "");
    assert_eq!(figures(&run)["STS"], [2, 1, 0, 2], "{}", run.stderr);
    let last = run.stderr.lines().last().unwrap_or_default();
    assert!(last.starts_with("error: "), "{}", run.stderr);
}
