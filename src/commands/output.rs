//! Writing: to standard output, or to a file that is replaced whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::NamedTempFile;

use crate::cli::Destination;
use crate::error::Error;

/// Finds out, before any work is done, whether `to` can be written.
pub(super) fn check(to: &Destination) -> Result<(), Error> {
    let Destination::File(path) = to else {
        return Ok(());
    };
    refuse_odd(path).map_err(|source| failed(path, source))?;
    // Permission bits do not tell (read-only mounts, ACLs, root): only trying does.
    temporary(path)
        .map(drop)
        .map_err(|source| failed(path, source))
}

/// Writes `bytes` to `to`.
pub(super) fn write(to: &Destination, bytes: &[u8]) -> Result<(), Error> {
    match to {
        Destination::Stdout => stdout(bytes),
        Destination::File(path) => replace(path, bytes).map_err(|source| failed(path, source)),
    }
}

/// Puts `bytes` in the place of a file that the user wrote, whole or not at all: who may
/// read and write it stays as it was. A new file gets what the user gives new files.
pub(super) fn amend(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let amended = || {
        refuse_odd(path)?;
        let mut new = tempfile::Builder::new();
        new.prefix(".trailcheck-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            new.permissions(fs::Permissions::from_mode(0o666));
        }
        let file = new.tempfile_in(folder(path))?;
        if path.exists() {
            file.as_file()
                .set_permissions(fs::metadata(path)?.permissions())?;
        }
        fill(file, path, bytes)
    };
    amended().map_err(|source| failed(path, source))
}

/// Writes `bytes` to standard output. A reader that has seen enough and left (`| head`)
/// is no failure, and changes nothing about how the run ends.
pub(super) fn stdout(bytes: &[u8]) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(failed(Path::new("-"), error))
        }
        _ => Ok(()),
    }
}

/// Writes `value` to standard output as JSON.
pub(super) fn json(value: &impl Serialize) -> Result<(), Error> {
    let mut json =
        serde_json::to_vec_pretty(value).map_err(|source| failed(Path::new("-"), source.into()))?;
    json.push(b'\n');
    stdout(&json)
}

/// One spelling for every name of the same file in the same folder, to tell whether two
/// outputs would overwrite each other.
pub(super) fn identity(path: &Path) -> PathBuf {
    let folder = folder(path);
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    match path.file_name() {
        Some(name) => folder.join(name),
        None => folder,
    }
}

fn failed(path: &Path, source: io::Error) -> Error {
    Error::Write {
        path: path.to_owned(),
        source,
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Refuses to take the place of anything but a regular file: replacing a device would
/// break the machine, and a link would be replaced instead of what it points at, or lead
/// the report to a place that somebody else chose.
fn refuse_odd(path: &Path) -> io::Result<()> {
    let odd = |what| Err(io::Error::other(what));
    if path == Path::new("/dev/stdout") {
        return odd("it is not a regular file; write `-` for standard output");
    }
    if path.file_name().is_none() {
        return odd("it names a folder");
    }
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(found) if found.is_symlink() => {
            odd("it is a symbolic link, which trailcheck does not follow")
        }
        Ok(found) if found.is_dir() => odd("it is a folder"),
        Ok(found) if !found.is_file() => odd("it is not a regular file"),
        Ok(_) => Ok(()),
    }
}

/// A new file beside `path`, readable by its owner only.
fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    let folder = folder(path);
    tempfile::Builder::new()
        .prefix(".trailcheck-")
        .tempfile_in(folder)
        .map_err(|error| {
            // The error names the temporary file, which nobody has heard of.
            let (exists, folder) = (folder.exists(), folder.display());
            let reason = match error.kind() {
                io::ErrorKind::NotFound if !exists => format!("there is no folder `{folder}`"),
                io::ErrorKind::NotADirectory => format!("`{folder}` is not a folder"),
                kind => format!("no file can be made in the folder `{folder}` ({kind})"),
            };
            io::Error::new(error.kind(), reason)
        })
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    refuse_odd(path)?;
    fill(temporary(path)?, path, bytes)
}

fn fill(mut file: NamedTempFile, path: &Path, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    // Without this a crash soon after the rename could leave an empty file.
    File::sync_all(file.as_file())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing").join("report.json");
        assert!(replace(&path, b"new").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_check_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        check(&Destination::File(path)).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn two_spellings_of_a_path_are_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("report.json");
        let dotted = folder.path().join(".").join("report.json");
        assert_eq!(identity(&plain), identity(&dotted));
        assert_ne!(
            identity(&plain),
            identity(&folder.path().join("other.json"))
        );
    }
}
