//! The program in a process of its own, and what the process cost.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::account::{Account, HOME};
use super::environment;

const PROGRAM: &str = env!("CARGO_BIN_EXE_trailcheck");

/// What a run of the program cost.
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    /// Seconds of all processors together, in the program and for it in the kernel.
    pub(crate) cpu: f64,
    /// The most memory that was resident at a time.
    pub(crate) mebibytes: f64,
    /// How many requests it sent.
    pub(crate) requests: u64,
    /// What it said.
    pub(crate) stderr: String,
}

/// Runs `--version`.
pub(crate) fn version() {
    let status = Command::new(PROGRAM)
        .arg("--version")
        .env_clear()
        .stdout(Stdio::null())
        .status();
    assert!(status.is_ok_and(|status| status.success()));
}

/// Runs a whole audit of the account, with every rule.
pub(crate) fn audit(account: &Account, endpoint: &str) -> Cost {
    let mut command = Command::new(environment::tool("python"));
    command
        .args(["-c", include_str!("child.py"), PROGRAM])
        .args(["audit", "--stats", "--fail-on", "never"])
        .env_clear()
        .env("HOME", environment::scratch())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_REGION", HOME)
        .env("AWS_ACCESS_KEY_ID", &account.access_key)
        .env("AWS_SECRET_ACCESS_KEY", &account.secret_key)
        // What moto lacks it answers with 500, which the SDK would retry after a pause.
        .env("AWS_MAX_ATTEMPTS", "1");
    if let Some(token) = &account.session_token {
        command.env("AWS_SESSION_TOKEN", token);
    }
    let (figures, stderr) = measured(command);
    let [wall, cpu, mebibytes] = figures;
    // Seconds that somebody waited for an answer that never came measure nothing.
    let [requests, .., unanswered] = total(&stderr)[..] else {
        panic!("no total: {stderr}");
    };
    assert_eq!(unanswered, 0, "{stderr}");
    Cost {
        wall: Duration::from_secs_f64(wall),
        cpu,
        mebibytes,
        requests,
        stderr,
    }
}

/// Asks who can tamper with the trails of a snapshot's account.
pub(crate) fn who_can(snapshot: &Path) -> Cost {
    let mut command = Command::new(environment::tool("python"));
    command
        .args(["-c", include_str!("child.py"), PROGRAM])
        .args(["who-can", "--tampering", "--snapshot"])
        .arg(snapshot)
        .env_clear();
    let ([wall, cpu, mebibytes], stderr) = measured(command);
    Cost {
        wall: Duration::from_secs_f64(wall),
        cpu,
        mebibytes,
        requests: 0,
        stderr,
    }
}

/// Runs the program: seconds, seconds of CPU and MiB, and what it said.
fn measured(mut command: Command) -> ([f64; 3], String) {
    let output = command.output().expect("python starts");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{stderr}");
    let figures: Vec<f64> = String::from_utf8_lossy(&output.stdout)
        .split_whitespace()
        .map(|figure| figure.parse().expect("a number"))
        .collect();
    let figures = <[f64; 3]>::try_from(figures).expect("three figures");
    (figures, stderr)
}

/// The last line of the table that `--stats` prints.
fn total(stderr: &str) -> Vec<u64> {
    let line = stderr.lines().find_map(|line| line.strip_prefix("total "));
    line.unwrap_or_default()
        .split_whitespace()
        .map(|figure| figure.parse().expect("a number"))
        .collect()
}
