//! How far collecting has come and what it has cost, for whoever shows it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::source::stats::{Requests, SlowestCall, Stats};

/// Counts of calls planned and done, and of the requests they took, shared between the
/// collector and the display.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    planned: AtomicU64,
    done: AtomicU64,
    stats: Mutex<Stats>,
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

    /// One request is on its way to `service`.
    pub(super) fn sent(&self, service: &str, retry: bool) {
        self.count(service, |requests| {
            requests.sent += 1;
            requests.retries += u64::from(retry);
        });
    }

    /// One request to `service` was answered with the HTTP status.
    pub(super) fn answered(&self, service: &str, status: u16) {
        self.count(service, |requests| {
            requests.answered += 1;
            requests.errors += u64::from(status >= 400);
        });
    }

    /// A call has ended, however it did.
    pub(super) fn took(&self, call: SlowestCall) {
        let slowest = &mut self.stats_mut().slowest;
        if slowest.as_ref().is_none_or(|other| other.took < call.took) {
            *slowest = Some(call);
        }
    }

    /// Calls done and calls planned so far.
    pub fn counts(&self) -> (u64, u64) {
        (
            self.counts.done.load(Ordering::Relaxed),
            self.counts.planned.load(Ordering::Relaxed),
        )
    }

    /// The requests so far.
    pub fn stats(&self) -> Stats {
        self.stats_mut().clone()
    }

    fn count(&self, service: &str, count: impl FnOnce(&mut Requests)) {
        let services = &mut self.stats_mut().services;
        match services.get_mut(service) {
            Some(requests) => count(requests),
            None => count(services.entry(service.to_owned()).or_default()),
        }
    }

    fn stats_mut(&self) -> MutexGuard<'_, Stats> {
        self.counts
            .stats
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
