//! A saved snapshot.

use std::path::Path;

use crate::error::Error;
use crate::snapshot::Snapshot;

/// Reads the snapshot at `path`, gzip or plain.
///
/// # Errors
/// [`Error::Read`] if the file cannot be read, [`Error::Snapshot`] if it is no snapshot or
/// one of a newer version.
pub fn load(path: &Path) -> Result<Snapshot, Error> {
    Err(Error::Snapshot {
        path: path.to_owned(),
        reason: "reading is not built yet".to_owned(),
    })
}
