//! The Python environment that holds the servers: made once under `target/`, by
//! whichever test needs it first.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

const REQUIREMENTS: &str = include_str!("requirements.txt");

/// The sentence for a machine without a usable Python. A live test never skips itself:
/// a suite that passes because it did not run is worth less than one that fails.
const NO_PYTHON: &str = "the live tests need python3 with venv: install Python 3.11 or newer";

/// Leaves with 1 where a virtual environment cannot be made, and tells the version, since
/// an environment made by a Python that has been replaced since is broken.
const PROBE: &str = "import sys, venv, ensurepip; \
    print(sys.version, sys.executable); sys.exit(sys.version_info < (3, 11))";

/// An executable of the environment, for example `python` or `moto_server`.
pub(super) fn tool(name: &str) -> PathBuf {
    directory().join("bin").join(name)
}

/// A folder under `target/` for the servers and for what tests write.
pub(super) fn scratch() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("live");
    fs::create_dir_all(&folder).expect("target/tmp can be written");
    folder
}

fn directory() -> &'static Path {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(|| {
        let directory = scratch().join("python");
        // Held until the end of this function, so that of several test processes one
        // installs and the others wait for it.
        let lock = File::create(scratch().join("python.lock")).expect("target/tmp is writable");
        lock.lock().expect("the lock file can be locked");
        provision(&directory);
        directory
    })
}

fn provision(directory: &Path) {
    let python = probe();
    // Written after everything else: an interrupted installation has no stamp. The path
    // is part of it because the scripts of an environment hold their absolute path.
    let stamp = format!("{python}{}\n{REQUIREMENTS}", directory.display());
    let stamp_file = directory.join("stamp");
    if fs::read_to_string(&stamp_file).is_ok_and(|found| found == stamp) {
        return;
    }
    if directory.exists() {
        fs::remove_dir_all(directory).expect("a stale environment can be removed");
    }
    demand(
        Command::new("python3").args(["-m", "venv"]).arg(directory),
        NO_PYTHON,
    );
    let requirements = directory.join("requirements.txt");
    fs::write(&requirements, REQUIREMENTS).expect("the environment can be written");
    demand(
        Command::new(directory.join("bin/python"))
            .args(["-m", "pip", "install", "--quiet", "--no-input"])
            .args(["--disable-pip-version-check", "--requirement"])
            .arg(&requirements),
        "the live tests could not install their servers with pip",
    );
    fs::write(&stamp_file, stamp).expect("the environment can be written");
}

fn probe() -> String {
    match Command::new("python3").args(["-c", PROBE]).output() {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).into_owned()
        }
        _ => panic!("{NO_PYTHON}"),
    }
}

fn demand(command: &mut Command, otherwise: &str) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{otherwise}: {error}"));
    assert!(
        output.status.success(),
        "{otherwise}: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    output
}
