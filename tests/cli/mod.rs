//! The program as its users run it, offline: arguments in; exit code, standard output
//! and standard error out.

mod usage;

use assert_cmd::Command;
use tempfile::TempDir;

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
