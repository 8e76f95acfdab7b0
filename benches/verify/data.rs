//! Trails to verify, kept under `target/` from one run to the next.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::trail::folder::Folder;
use super::trail::{Setup, stream};

/// Log files that a digest names.
const AN_HOUR: usize = 50;

/// An intact trail in a folder: the bucket, and beside it what AWS tells of it.
#[cfg_attr(
    not(feature = "live"),
    expect(dead_code, reason = "S3 is not measured")
)]
pub(crate) struct Data {
    pub(crate) folder: PathBuf,
    pub(crate) bucket: String,
    pub(crate) arn: String,
    /// When the first digest begins.
    pub(crate) start: String,
    /// When the last one ends.
    pub(crate) end: String,
    pub(crate) log_files: usize,
    pub(crate) digests: usize,
}

/// What tells whether the folder holds the trail that is wanted.
#[derive(Serialize, Deserialize)]
struct Made {
    setup: String,
    start: String,
    end: String,
}

impl Data {
    /// A trail with so many log files, of 20 KB each.
    pub(crate) fn of(log_files: usize) -> Self {
        let setup = Setup {
            hours: log_files / AN_HOUR,
            files_per_hour: AN_HOUR,
            events_per_file: 140,
            compression: 6,
            ..Setup::default()
        };
        Data::made(setup, &log_files.to_string())
    }

    /// A year of a quiet Region: a small log file every five minutes.
    pub(crate) fn year() -> Self {
        let setup = Setup {
            hours: 365 * 24,
            start: "2025-03-01T00:00:00Z".parse().expect("a time"),
            files_per_hour: 12,
            events_per_file: 1,
            ..Setup::default()
        };
        Data::made(setup, "year")
    }

    fn made(setup: Setup, name: &str) -> Self {
        let (digests, log_files) = (setup.hours, setup.hours * setup.files_per_hour);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("verify")
            .join(name);
        let made = kept(&folder, &setup).unwrap_or_else(|| make(&folder, &setup));
        Data {
            folder,
            arn: setup.arn(),
            bucket: setup.bucket,
            start: made.start,
            end: made.end,
            log_files,
            digests,
        }
    }
}

fn kept(folder: &Path, setup: &Setup) -> Option<Made> {
    let made = fs::read(folder.join("made.json")).ok()?;
    let made: Made = serde_json::from_slice(&made).ok()?;
    (made.setup == format!("{setup:?}")).then_some(made)
}

fn make(folder: &Path, setup: &Setup) -> Made {
    if folder.exists() {
        fs::remove_dir_all(folder).expect("a stale trail can be removed");
    }
    let mut written = Folder::new(folder);
    let trail = stream(setup, &mut |object, stored| written.put(&object, &stored));
    let made = Made {
        setup: format!("{setup:?}"),
        start: trail.start().to_string(),
        end: trail.end().to_string(),
    };
    written.finish(&trail);
    // After everything else: what was interrupted is made anew.
    let text = serde_json::to_vec(&made).expect("strings");
    fs::write(folder.join("made.json"), text).expect("target/tmp is writable");
    made
}
