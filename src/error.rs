//! Errors: what ends a run, for us and the caller. A fact that could not be read is not
//! one of them (that is a [`crate::snapshot::Gap`]). Messages are lower-case fragments
//! with the input in backticks; `main` prints `error: ` and the chain of sources.

use std::io;
use std::path::{Path, PathBuf};

use crate::config::Mistake;

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller asked for something that makes no sense, or that is not there.
    #[error("{0}")]
    Usage(String),
    /// A file could not be read.
    #[error("cannot read {}", named(.path, "standard input"))]
    Read {
        /// The file, or `-` for standard input.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {}", named(.path, "standard output"))]
    Write {
        /// The file, or `-` for standard output.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A snapshot file is not what this build reads.
    #[error("{} is not a snapshot that this build can read: {reason}", named(.path, "standard input"))]
    Snapshot {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// A settings file does not say what it should.
    #[error("cannot use the settings in `{}`", .path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        source: Mistake,
    },
    /// A former report cannot be compared with.
    #[error("{} is not a report to compare with: {reason}", named(.path, "standard input"))]
    Former {
        /// The file, or `-` for standard input.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The input of `simulate` is not understood.
    #[error("{} is not an input that `simulate` understands: {reason}", named(.path, "standard input"))]
    Simulation {
        /// The file, or `-` for standard input.
        path: PathBuf,
        /// What is wrong, and where in it.
        reason: String,
    },
    /// A file of events is no CloudTrail log file.
    #[error("{} is not a CloudTrail log file that this build can read: {reason}", named(.path, "standard input"))]
    Events {
        /// The file, or `-` for standard input.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// AWS, or the way to it, refused before anything could be read.
    #[error("{0}")]
    Refused(String),
    /// The threads that talk to AWS could not be started.
    #[error("cannot start talking to AWS")]
    Runtime(#[source] io::Error),
    /// The user pressed Ctrl-C.
    #[error("interrupted; nothing was written")]
    Interrupted,
}

impl Error {
    /// The exit code: 2 for what the caller can mend before AWS is asked, 3 for what AWS
    /// or the network refuses, 130 (128 + SIGINT) for Ctrl-C.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Usage(_)
            | Error::Read { .. }
            | Error::Write { .. }
            | Error::Snapshot { .. }
            | Error::Former { .. }
            | Error::Simulation { .. }
            | Error::Events { .. }
            | Error::Settings { .. } => crate::outcome::USAGE,
            Error::Refused(_) | Error::Runtime(_) => {
                crate::outcome::Outcome::Incomplete.exit_code()
            }
            Error::Interrupted => crate::outcome::INTERRUPTED,
        }
    }
}

/// The file in backticks, or what `-` stands for.
fn named(path: &Path, dash: &str) -> String {
    if path == Path::new("-") {
        dash.to_owned()
    } else {
        format!("`{}`", path.display())
    }
}
