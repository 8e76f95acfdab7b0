//! The embedded demo account.

use std::path::PathBuf;

use crate::error::Error;
use crate::snapshot::Snapshot;

/// A member account of an organization, saved by `trailcheck snapshot` in the format that
/// `audit --snapshot` reads.
const DEMO: &str = include_str!("demo.json");

/// The demo account: a member of an organization with a handful of trails, good and bad.
///
/// # Errors
/// [`Error::Snapshot`] if the embedded file cannot be read, which a test rules out.
pub fn snapshot() -> Result<Snapshot, Error> {
    serde_json::from_str(DEMO).map_err(|error| Error::Snapshot {
        path: PathBuf::from("demo.json"),
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_account_can_be_read() {
        let snapshot = snapshot().unwrap();
        assert_eq!(snapshot.accounts.len(), 1);
        assert_eq!(snapshot.accounts[0].trails.len(), 5);
    }
}
