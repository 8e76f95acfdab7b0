//! The embedded demo account.

use crate::error::Error;
use crate::snapshot::Snapshot;

/// The demo account, a saved snapshot compiled into the program.
///
/// # Errors
/// [`Error::Snapshot`] if the embedded file cannot be read, which a test rules out.
pub fn snapshot() -> Result<Snapshot, Error> {
    Err(Error::Usage("the demo is not built yet".to_owned()))
}
