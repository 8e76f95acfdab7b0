//! The program as its users run it, offline: arguments in; exit code, standard output
//! and standard error out.

mod baseline;
mod diff;
mod files;
mod formats;
mod gate;
mod hostile;
mod pattern;
mod readme;
mod reports;
mod rule_pages;
mod rules;
mod settings;
mod simulate;
mod snapshots;
mod suppress;
mod usage;
mod verify;
mod who_can;

use std::path::PathBuf;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A rule that a changed flag of a trail is enough to break.
const RULE: &str = "log-file-validation";

/// The program in an empty environment and an empty home: nothing of the machine that
/// runs the tests, least of all its credentials, reaches it.
fn trailcheck(home: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trailcheck"));
    command
        .env_clear()
        .env("HOME", home.path())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .current_dir(home.path());
    command
}

/// An empty home.
fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The pristine account, to change.
fn pristine() -> Value {
    serde_json::from_str(include_str!("../stories/pristine.json")).unwrap()
}

/// The pristine account without log file validation.
fn unvalidated() -> Value {
    let mut snapshot = pristine();
    snapshot["accounts"][0]["trails"][0]["log_file_validation"] = json!({"known": false});
    snapshot
}

/// The pristine account, of which nobody could read whether log files are validated.
fn unread() -> Value {
    let mut snapshot = pristine();
    snapshot["accounts"][0]["trails"][0]["log_file_validation"] = json!({"gap": {
        "action": "cloudtrail:DescribeTrails",
        "kind": "access-denied",
        "detail": "not authorized to perform this action",
    }});
    snapshot
}

/// Saves a snapshot as `snapshot.json` in `home`.
fn save(home: &TempDir, snapshot: &Value) -> PathBuf {
    let path = home.path().join("snapshot.json");
    std::fs::write(&path, serde_json::to_vec(snapshot).unwrap()).unwrap();
    path
}
