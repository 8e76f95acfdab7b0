//! How far collecting has come, for whoever shows it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of calls planned and done, shared between the collector and the display.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    planned: AtomicU64,
    done: AtomicU64,
}

impl Progress {
    /// One more call is about to be made or is waiting for its turn.
    pub(super) fn plan(&self) {
        self.counts.planned.fetch_add(1, Ordering::Relaxed);
    }

    /// One call has been answered or given up.
    pub(super) fn finish(&self) {
        self.counts.done.fetch_add(1, Ordering::Relaxed);
    }

    /// Calls done and calls planned so far.
    pub fn counts(&self) -> (u64, u64) {
        (
            self.counts.done.load(Ordering::Relaxed),
            self.counts.planned.load(Ordering::Relaxed),
        )
    }
}
