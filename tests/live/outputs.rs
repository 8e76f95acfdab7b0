//! What is written: valid by its schema, and never a credential in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use super::account::Account;
use super::accounts::TWO_REGIONS;
use super::environment;
use super::good::Good;
use super::run::{Run, Trailcheck};
use super::servers;

const SARIF: &str = "tests/schema/sarif-2.1.0.json";
const REPORT: &str = "docs/schema/trailcheck-report-1.json";
const SNAPSHOT: &str = "docs/schema/trailcheck-snapshot-1.json";

/// All the outputs of one account, in a folder.
struct Outputs {
    folder: tempfile::TempDir,
    runs: Vec<Run>,
}

impl Outputs {
    fn of(account: &Account, endpoint: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| folder.path().join(name).display().to_string();
        let log = ["--log", "trace"];
        let audit = Trailcheck::through(endpoint, account)
            .args(["audit", "--fail-on", "never", "--allow-unknown"])
            .args(["--sarif-profile", "full"])
            .args(TWO_REGIONS)
            .args(log)
            .args(["--report", &format!("json={}", file("report.json"))])
            .args(["--report", &format!("sarif={}", file("report.sarif"))])
            .run()
            .exits(0);
        let snapshot = Trailcheck::through(endpoint, account)
            .args(["snapshot", "--output", &file("snapshot.json")])
            .args(TWO_REGIONS)
            .args(log)
            .run()
            .exits(0);
        Outputs {
            folder,
            runs: vec![audit, snapshot],
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

#[test]
fn the_outputs_of_a_good_an_empty_and_an_unreadable_account_are_valid_by_their_schemas() {
    let good = Good::on_moto();
    let empty = Account::on_moto();
    let unreadable = Good::on_moto();
    for service in ["s3", "kms", "logs", "iam"] {
        unreadable.account.inject(json!({ "service": service,
            "error": { "code": "AccessDenied", "status": 403 } }));
    }
    for (account, endpoint) in [
        (&good.account, good.account.endpoint()),
        (&empty, empty.endpoint()),
        (&unreadable.account, servers::faulty().url()),
    ] {
        let outputs = Outputs::of(account, &endpoint);
        assert_valid(&outputs.file("report.json"), REPORT);
        assert_valid(&outputs.file("report.sarif"), SARIF);
        assert_valid(&outputs.file("snapshot.json"), SNAPSHOT);
    }
}

#[test]
fn neither_secret_key_nor_session_token_is_ever_written() {
    let good = Good::on_moto();
    let account = &good.account;
    let token = account.session_token.as_deref().expect("an assumed role");
    let outputs = Outputs::of(account, &account.endpoint());
    // A refused call, too: an error is where a request gets quoted.
    account.inject(json!({ "service": "*", "error": { "code": "ExpiredToken", "status": 403 } }));
    let refused = Trailcheck::through(&servers::faulty().url(), account)
        .args(["audit", "--log", "trace"])
        .run()
        .exits(3);
    let mut written: Vec<String> = ["report.json", "report.sarif", "snapshot.json"]
        .iter()
        .map(|name| fs::read_to_string(outputs.file(name)).expect("an output"))
        .collect();
    for run in outputs.runs.iter().chain([&refused]) {
        written.push(run.stdout.clone());
        written.push(run.stderr.clone());
    }
    // Without these lines the absence of a secret would prove nothing.
    let traced = &outputs.runs[0].stderr;
    assert!(traced.contains("DescribeTrails"), "{traced}");
    for text in &written {
        for secret in [account.secret_key.as_str(), token] {
            assert!(!text.contains(secret), "a credential in:\n{text}");
        }
    }
}

#[test]
fn a_trace_holds_one_line_per_call_with_its_request_id() {
    let good = Good::on_moto();
    let run = Trailcheck::on(&good.account)
        .args(["audit", "--rule", "trail-logging", "--log", "debug"])
        .args(TWO_REGIONS)
        .run()
        .exits(0);
    let line = run
        .stderr
        .lines()
        .find(|line| line.contains("GetTrailStatus"));
    let line = line.unwrap_or_else(|| panic!("no call is logged:\n{}", run.stderr));
    assert!(line.contains("request"), "{line}");
}

fn assert_valid(document: &Path, schema: &str) {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join(schema);
    assert!(schema.is_file(), "`{}` is missing", schema.display());
    let checked = Command::new(environment::tool("python"))
        .args(["-c", include_str!("validate.py")])
        .args([&schema, document])
        .output()
        .expect("python starts");
    assert!(
        checked.status.success(),
        "{} by {}:\n{}{}",
        document.display(),
        schema.display(),
        String::from_utf8_lossy(&checked.stdout),
        String::from_utf8_lossy(&checked.stderr)
    );
}
