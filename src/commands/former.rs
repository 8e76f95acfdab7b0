//! Reading a former report.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::error::Error;
use crate::report::former::{self, Former};

/// The most that is read of one: what is larger is no report, or was made to fill the memory.
const LIMIT: u64 = 256 << 20;

/// Reads the JSON report at `path`, or from standard input if that is `-`.
pub(super) fn load(path: &Path) -> Result<Former, Error> {
    let bytes = bytes(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    former::read(&bytes).map_err(|reason| Error::Former {
        path: path.to_owned(),
        reason,
    })
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    if path == Path::new("-") {
        return bounded(io::stdin().lock());
    }
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    bounded(file)
}

fn bounded(input: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // A pipe or a device need not have an end.
    input
        .take(LIMIT.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LIMIT {
        return Err(io::Error::other("it has more than 256 MiB"));
    }
    Ok(bytes)
}
