//! How far verifying has come, for whoever shows it.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts shared between the verifier and the display.
#[derive(Debug, Default)]
pub struct Progress {
    known: AtomicU64,
    done: AtomicU64,
    bytes: AtomicU64,
}

/// A moment of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Digests and log files known so far that have to be read.
    pub known: u64,
    /// Those that were read, or given up.
    pub done: u64,
    /// Bytes that were read, packed.
    pub bytes: u64,
}

impl Progress {
    /// So many more objects have to be read.
    pub(super) fn plan(&self, objects: u64) {
        self.known.fetch_add(objects, Ordering::Relaxed);
    }

    /// One object was read, or given up.
    pub(super) fn finish(&self, bytes: usize) {
        self.done.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// How far it has come.
    pub fn counts(&self) -> Counts {
        Counts {
            known: self.known.load(Ordering::Relaxed),
            done: self.done.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
        }
    }
}
