//! How many calls at a time, and for how long.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::Progress;

/// Calls in flight in the whole run. Latency decides how long an audit takes, and this
/// is where more stops helping.
const EVERYWHERE: usize = 32;

/// Calls in flight per service and Region, which is how AWS counts its rate limits.
const PER_ENDPOINT: usize = 8;

/// Bounds calls in number and time.
#[derive(Debug)]
pub(super) struct Limits {
    everywhere: Semaphore,
    endpoints: Mutex<HashMap<(String, String), Arc<Semaphore>>>,
    deadline: Instant,
    timeout: Duration,
    progress: Progress,
}

/// The run's deadline has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Late {
    timeout: Duration,
}

impl std::fmt::Display for Late {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "not read: the run's deadline of {:?} passed",
            self.timeout
        )
    }
}

impl Limits {
    /// Limits of a run that began at `start` and may take `timeout`.
    pub(super) fn new(start: Instant, timeout: Duration, progress: Progress) -> Self {
        Limits {
            everywhere: Semaphore::new(EVERYWHERE),
            endpoints: Mutex::default(),
            // A timeout beyond what the clock can count is no limit at all.
            deadline: start
                .checked_add(timeout)
                .unwrap_or_else(|| start + Duration::from_secs(86_400 * 365)),
            timeout,
            progress,
        }
    }

    /// Waits for a turn at the service in the Region, then makes the call.
    ///
    /// # Errors
    /// [`Late`] if the answer is not there by the run's deadline.
    pub(super) async fn hold<T>(
        &self,
        service: &str,
        region: &str,
        call: impl Future<Output = T>,
    ) -> Result<T, Late> {
        let _planned = Planned::new(&self.progress);
        let endpoint = self.endpoint(service, region);
        let turn = async {
            // The narrow gate first, so that calls waiting for one slow endpoint do not
            // use up the turns of all the others. The semaphores are never closed.
            let _endpoint = endpoint.acquire().await;
            let _everywhere = self.everywhere.acquire().await;
            call.await
        };
        timeout_at(self.deadline, turn)
            .await
            .map_err(|_| self.late())
    }

    /// When the run must be over.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// What to say when it is over.
    pub(super) fn late(&self) -> Late {
        Late {
            timeout: self.timeout,
        }
    }

    fn endpoint(&self, service: &str, region: &str) -> Arc<Semaphore> {
        let mut endpoints = self
            .endpoints
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let endpoint = endpoints
            .entry((service.to_owned(), region.to_owned()))
            .or_insert_with(|| Arc::new(Semaphore::new(PER_ENDPOINT)));
        Arc::clone(endpoint)
    }
}

/// Counts a call as planned, and as done however it ends.
struct Planned<'a>(&'a Progress);

impl<'a> Planned<'a> {
    fn new(progress: &'a Progress) -> Self {
        progress.plan();
        Planned(progress)
    }
}

impl Drop for Planned<'_> {
    fn drop(&mut self) {
        self.0.finish();
    }
}
