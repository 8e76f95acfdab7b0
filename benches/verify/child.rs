//! A program in a process of its own, and what the process cost.

use std::ffi::OsStr;
use std::process::Command;

use super::data::Data;
use super::environment;

const PROGRAM: &str = env!("CARGO_BIN_EXE_trailcheck");

/// What a run of a program cost.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    /// Seconds from its start to its end.
    pub(crate) wall: f64,
    /// Seconds of all processors together, in the program and for it in the kernel.
    pub(crate) cpu: f64,
    /// The most memory that was resident at a time.
    pub(crate) mebibytes: f64,
}

/// Verifies a copy in a directory.
pub(crate) fn verify_directory(data: &Data) -> Cost {
    let mut command = measured(PROGRAM);
    command.args(["verify", "--from-dir"]).arg(&data.folder);
    command
        .arg("--public-keys")
        .arg(data.folder.join("public-keys"));
    run(in_range(&mut command, data))
}

/// Verifies a trail on a server.
#[cfg(feature = "live")]
pub(crate) fn verify_trail(data: &Data, endpoint: &str) -> Cost {
    let mut command = asking(PROGRAM, endpoint);
    command.args(["verify", "--trail-arn", &data.arn]);
    run(in_range(&mut command, data))
}

/// The same with the AWS CLI.
#[cfg(feature = "live")]
pub(crate) fn validate_logs(data: &Data, endpoint: &str) -> Cost {
    let mut command = asking(environment::tool("aws"), endpoint);
    command.args(["cloudtrail", "validate-logs", "--trail-arn", &data.arn]);
    run(in_range(&mut command, data))
}

/// Gets every object, and does nothing with it.
#[cfg(feature = "live")]
pub(crate) fn get(data: &Data, endpoint: &str) -> Cost {
    let this = std::env::current_exe().expect("this program has a path");
    let mut command = asking(this, endpoint);
    run(command.arg("get").arg(&data.folder))
}

/// A program that talks to a server on this machine.
#[cfg(feature = "live")]
fn asking(program: impl AsRef<OsStr>, endpoint: &str) -> Command {
    let mut command = measured(program);
    command
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example");
    command
}

fn measured(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(environment::tool("python"));
    command
        .args(["-c", include_str!("../cost/child.py")])
        .arg(program)
        .env_clear()
        .env("HOME", environment::scratch());
    command
}

fn in_range<'a>(command: &'a mut Command, data: &Data) -> &'a mut Command {
    command.args(["--start-time", &data.start, "--end-time", &data.end])
}

fn run(command: &mut Command) -> Cost {
    let output = command.output().expect("python starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {stderr}");
    let figures: Vec<f64> = String::from_utf8_lossy(&output.stdout)
        .split_whitespace()
        .map(|figure| figure.parse().expect("a number"))
        .collect();
    let [wall, cpu, mebibytes] = figures[..] else {
        panic!("not three figures: {figures:?}");
    };
    Cost {
        wall,
        cpu,
        mebibytes,
    }
}

/// The least of several runs, since what else the machine does can only add to it; of memory
/// the most.
pub(crate) fn best(runs: usize, mut run: impl FnMut() -> Cost) -> Cost {
    let mut best = run();
    for _ in 1..runs {
        best = best.or(run());
    }
    best
}

impl Cost {
    /// The less of both; of memory the more.
    pub(crate) fn or(self, other: Cost) -> Cost {
        Cost {
            wall: self.wall.min(other.wall),
            cpu: self.cpu.min(other.cpu),
            mebibytes: self.mebibytes.max(other.mebibytes),
        }
    }
}
