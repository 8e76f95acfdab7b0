//! The way to AWS: endpoints, proxies, certificates, and an end in the middle of it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use super::account::{Account, HOME};
use super::accounts::{TWO_REGIONS, complete};
use super::environment;
use super::good::Good;
use super::relay::Relay;
use super::run::{Run, Trailcheck, assert_changes, interrupt, is_of_a_larger_build};
use super::servers;

#[test]
fn plain_http_off_this_machine_is_refused_before_anything_is_sent() {
    let account = Account::on_moto();
    // Were anything sent, this proxy would see it.
    let proxy = Relay::start(None, Vec::new());
    for endpoint in ["http://192.0.2.1:4566", "http://aws.example.com"] {
        let run = Trailcheck::through(endpoint, &account)
            .env("HTTP_PROXY", proxy.url())
            .args(["audit", "--regions", HOME])
            .run()
            .exits(2);
        let said = run.one_sentence();
        assert!(
            said.contains(endpoint) && said.contains("--allow-http"),
            "{said}"
        );
        let run = Trailcheck::through(&servers::moto().url(), &account)
            .env("HTTP_PROXY", proxy.url())
            .env("NO_PROXY", "127.0.0.1")
            .args(["audit", "--regions", HOME, "--endpoint-url", endpoint])
            .run()
            .exits(2);
        assert!(
            run.one_sentence().contains("--allow-http"),
            "{}",
            run.stderr
        );
    }
    let run = Trailcheck::on(&account)
        .env("AWS_ENDPOINT_URL_S3", "http://192.0.2.1:4566")
        .args(["audit", "--regions", HOME])
        .run()
        .exits(2);
    assert!(
        run.one_sentence().contains("--allow-http"),
        "{}",
        run.stderr
    );
    assert!(proxy.seen().is_empty(), "{:?}", proxy.seen());
}

/// The host does not resolve, so a single client that ignored the proxy would leave gaps.
#[test]
fn every_call_of_every_service_goes_through_the_proxy() {
    let good = Good::on_moto();
    let direct = Relay::start(Some(good.account.port()), complete());
    let direct = Trailcheck::through(&direct.url(), &good.account).audit(TWO_REGIONS);
    let proxy = Relay::start(Some(good.account.port()), complete());
    let report = Trailcheck::through("http://aws.invalid", &good.account)
        .env("HTTP_PROXY", proxy.url())
        .audit(&["--allow-http", "--regions", "us-east-1,eu-west-1"]);
    assert_changes(&direct, &report, &[]);
    let unknown = report.findings().iter();
    let unknown = unknown.filter(|finding| finding["status"] == "unknown");
    for finding in unknown {
        assert!(is_of_a_larger_build(&finding["gap"]), "{finding:#}");
    }
    let seen = proxy.seen();
    let through = |line: &String| line.contains("http://aws.invalid/");
    assert!(seen.iter().all(through), "{seen:?}");
}

#[test]
fn calls_to_aws_itself_ask_the_https_proxy_for_a_tunnel() {
    let account = Account::on_moto();
    let proxy = Relay::start(None, Vec::new());
    let run = audit(
        Trailcheck::on(&account)
            .without("AWS_ENDPOINT_URL")
            .env("HTTPS_PROXY", proxy.url()),
    );
    run.exits(3).one_sentence();
    let seen = proxy.seen();
    let tunnel = "CONNECT sts.us-east-1.amazonaws.com:443 HTTP/1.1";
    assert!(seen.iter().any(|line| line == tunnel), "{seen:?}");
}

#[test]
fn a_dead_proxy_is_fatal_and_not_gone_around() {
    let account = Account::on_moto();
    let dead = format!("http://127.0.0.1:{}", servers::free_port());
    audit(Trailcheck::on(&account).env("HTTP_PROXY", &dead))
        .exits(3)
        .one_sentence();
    // moto is on this machine, which NO_PROXY names: the proxy is not needed.
    audit(
        Trailcheck::on(&account)
            .env("HTTP_PROXY", &dead)
            .env("NO_PROXY", "127.0.0.1"),
    )
    .exits(1);
}

#[test]
fn an_endpoint_for_one_service_is_for_that_service_alone() {
    let good = Good::on_moto();
    let s3 = Relay::start(Some(good.account.port()), Vec::new());
    let report = Trailcheck::on(&good.account)
        .env("AWS_ENDPOINT_URL_S3", s3.url())
        .audit(&[
            "--regions",
            HOME,
            "--rule",
            "bucket-versioning,trail-logging",
        ]);
    assert_eq!(report.code, Some(0), "{:#}", report.json["findings"]);
    let path = format!("/logs-{}", good.account.id);
    let seen = s3.seen();
    assert!(!seen.is_empty());
    // Path style: the bucket is in the path, since no `bucket.127.0.0.1` resolves.
    assert!(seen.iter().all(|line| line.contains(&path)), "{seen:?}");
}

#[test]
fn a_ca_bundle_that_is_missing_or_no_bundle_is_named_before_aws_is_asked() {
    let account = Account::on_moto();
    let relay = Relay::start(Some(account.port()), Vec::new());
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("missing.pem");
    let garbage = folder.path().join("garbage.pem");
    fs::write(&garbage, "these are no certificates").expect("a file");
    for bundle in [missing, garbage] {
        let run = audit(Trailcheck::through(&relay.url(), &account).env("AWS_CA_BUNDLE", &bundle))
            .exits(2);
        let said = run.one_sentence();
        assert!(said.contains(&bundle.display().to_string()), "{said}");
    }
    assert!(relay.seen().is_empty(), "{:?}", relay.seen());
}

#[test]
fn a_server_that_the_ca_bundle_vouches_for_is_trusted_and_no_other() {
    let certificates = tempfile::tempdir().expect("a folder");
    let folder = certificates.path();
    let made = Command::new(environment::tool("python"))
        .args(["-c", include_str!("certificate.py")])
        .arg(folder)
        .output()
        .expect("python starts");
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let file = |name: &str| -> PathBuf { folder.join(name) };
    let server = servers::moto_with_tls(&file("server.pem"), &file("server.key"));
    let account = Account::on_moto();
    let endpoint = format!("https://127.0.0.1:{}", server.port);
    let run = |bundle: &str| {
        Trailcheck::through(&endpoint, &account)
            .env("AWS_CA_BUNDLE", file(bundle))
            .args(["audit", "--fail-on", "never", "--regions", HOME])
            .args(["--rule", "trail-exists"])
            .run()
    };
    run("ca.pem").exits(0);
    run("other-ca.pem").exits(3).one_sentence();
}

#[test]
fn ctrl_c_in_the_middle_ends_with_130_and_leaves_no_file_behind() {
    for command in ["audit", "snapshot"] {
        let account = Account::on_moto();
        account.inject(json!({ "service": "cloudtrail", "latency": 600_000 }));
        let relay = Relay::start(Some(servers::faulty().port), Vec::new());
        let folder = tempfile::tempdir().expect("a folder");
        let output = folder.path().join("out.json");
        let (child, _home) = Trailcheck::through(&relay.url(), &account)
            .args([command, "--regions", HOME, "--output"])
            .args([&output])
            .spawn();
        // In the middle: the call that will not be answered is on its way.
        interrupt(child, folder.path(), || {
            relay
                .heads()
                .iter()
                .any(|head| head.contains("DescribeTrails"))
        });
    }
}

fn audit(run: Trailcheck) -> Run {
    run.args(["audit", "--format", "json"])
        .args(TWO_REGIONS)
        .run()
}
