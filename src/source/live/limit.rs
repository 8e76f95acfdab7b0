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

/// The same for S3, which is asked more about a bucket than the others about anything, and
/// takes thousands of requests a second for each bucket.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html>
const PER_S3_ENDPOINT: usize = 16;

/// From one `LookupEvents` in a Region to the next: AWS answers two a second.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>
pub(super) const BETWEEN_LOOKUPS: Duration = Duration::from_millis(500);

/// Calls in flight at one endpoint of the service.
fn at_once(service: &str) -> usize {
    match service {
        "s3" => PER_S3_ENDPOINT,
        _ => PER_ENDPOINT,
    }
}

/// Bounds calls in number and time.
#[derive(Debug)]
pub(super) struct Limits {
    everywhere: Semaphore,
    endpoints: Mutex<HashMap<(String, String), Arc<Semaphore>>>,
    start: Instant,
    deadline: Instant,
    timeout: Duration,
    between_lookups: Duration,
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
            "the run's deadline of {:?} (--timeout) passed before the answer came",
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
            start,
            // A timeout beyond what the clock can count is no limit at all.
            deadline: start
                .checked_add(timeout)
                .unwrap_or_else(|| start + Duration::from_secs(86_400 * 365)),
            timeout,
            between_lookups: BETWEEN_LOOKUPS,
            progress,
        }
    }

    /// The same without the time between two `LookupEvents`, for what is asked of nobody.
    #[cfg(test)]
    pub(super) fn unpaced(self) -> Self {
        Limits {
            between_lookups: Duration::ZERO,
            ..self
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
        if Instant::now() >= self.deadline {
            // Or the time-out below would first begin the call.
            return Err(self.late());
        }
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

    /// Where the run's calls are counted.
    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// When the run must be over.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// When half of the run's time is over.
    pub(super) fn half_time(&self) -> Instant {
        self.start + self.deadline.saturating_duration_since(self.start) / 2
    }

    /// The longest the run may take.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// From one `LookupEvents` in a Region to the next.
    pub(super) fn between_lookups(&self) -> Duration {
        self.between_lookups
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
            .or_insert_with(|| Arc::new(Semaphore::new(at_once(service))));
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::canned::{ACCOUNT, Canned, Reply, request};
    use super::super::tests::gaps;
    use super::*;
    use crate::snapshot::{Account, Action, Existence, GapKind, Observed};

    async fn within_two_seconds(canned: &Canned) -> Account {
        let deadline = Duration::from_secs(2);
        canned.collect_within(deadline, &request()).await.unwrap()
    }

    #[tokio::test]
    async fn past_the_deadline_nothing_is_begun_and_the_call_counts_as_done() {
        let progress = Progress::default();
        let limits = Limits::new(Instant::now(), Duration::ZERO, progress.clone());
        let held = limits.hold("s3", "us-east-1", std::future::ready(())).await;
        let late = held.unwrap_err().to_string();
        assert!(late.contains("deadline of 0ns"), "{late}");
        assert_eq!(progress.counts(), (1, 1));
    }

    #[tokio::test]
    async fn one_slow_endpoint_takes_no_more_than_its_share() {
        for (service, share) in [("kms", PER_ENDPOINT), ("s3", PER_S3_ENDPOINT)] {
            takes_no_more_than(service, share).await;
        }
    }

    async fn takes_no_more_than(service: &'static str, share: usize) {
        let limits = Limits::new(
            Instant::now(),
            Duration::from_secs(600),
            Progress::default(),
        );
        let limits = Arc::new(limits);
        let running = Arc::new(AtomicUsize::new(0));
        let (gate, _) = tokio::sync::broadcast::channel::<()>(1);
        let tasks: Vec<_> = (0..EVERYWHERE * 2)
            .map(|_| {
                let (limits, running) = (Arc::clone(&limits), Arc::clone(&running));
                let mut open = gate.subscribe();
                tokio::spawn(async move {
                    let call = async {
                        running.fetch_add(1, Ordering::SeqCst);
                        let _ = open.recv().await;
                    };
                    limits.hold(service, "us-east-1", call).await
                })
            })
            .collect();
        // A call elsewhere gets its turn while all of those are stuck.
        for _ in 0..tasks.len() * 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(running.load(Ordering::SeqCst), share);
        let elsewhere = limits.hold(service, "eu-west-1", async { 1 }).await;
        assert_eq!(elsewhere, Ok(1));
        gate.send(()).unwrap();
        for task in tasks {
            assert_eq!(task.await.unwrap(), Ok(()));
        }
        assert_eq!(running.load(Ordering::SeqCst), EVERYWHERE * 2);
    }

    #[tokio::test]
    async fn past_the_deadline_facts_are_gaps_and_the_snapshot_is_still_there() {
        let canned = Canned::but(Action::DescribeTrails, Reply::never());
        let account = within_two_seconds(&canned).await;
        assert_eq!(account.id, ACCOUNT);
        for (region, gap) in account.unlisted_regions() {
            assert_eq!(gap.kind, GapKind::Transient, "{region}");
            assert!(gap.detail.contains("deadline of 2s"), "{}", gap.detail);
        }
        assert_eq!(account.unlisted_regions().count(), 2);
    }

    #[tokio::test]
    async fn a_call_that_takes_too_long_is_a_gap_while_the_others_go_on() {
        let canned = Canned::but(Action::GetKeyPolicy, Reply::never());
        let mut request = request();
        request.call_timeout = Duration::from_secs(2);
        let account = canned.collect(&request).await.unwrap();
        let gaps = gaps(&account);
        assert_eq!(gaps.len(), 1, "{gaps:?}");
        assert_eq!(gaps[0].action, "kms:GetKeyPolicy");
        assert_eq!(gaps[0].kind, GapKind::Transient);
    }

    #[tokio::test]
    async fn a_service_that_does_not_answer_holds_up_no_facts_but_its_own() {
        let silent = |action: Action| action.iam().starts_with("iam:");
        let canned = Canned::new(move |seen| silent(seen.action).then(Reply::never));
        let account = within_two_seconds(&canned).await;
        for gap in gaps(&account) {
            assert!(gap.action.starts_with("iam:"), "{gap:?}");
        }
        assert!(account.trails[0].is_logging().unwrap());
    }

    #[tokio::test]
    async fn a_bucket_that_moved_on_at_the_deadline_says_that_time_ran_out() {
        let canned = Canned::new(|seen| {
            (seen.action == Action::HeadBucket).then(|| match seen.region.as_str() {
                "eu-west-1" => Reply::never(),
                _ => Reply::new(301, "").with("x-amz-bucket-region", "eu-west-1"),
            })
        });
        let account = within_two_seconds(&canned).await;
        let bucket = &account.buckets[0];
        assert_eq!(
            bucket.existence,
            Observed::Known(Existence::ExistsElsewhere)
        );
        let gap = bucket.owner.gap().unwrap();
        assert_eq!(gap.kind, GapKind::Transient);
        assert!(gap.detail.contains("deadline of 2s"), "{}", gap.detail);
    }

    #[tokio::test]
    async fn a_region_that_does_not_answer_leaves_time_for_the_trails_of_the_others() {
        let canned = Canned::new(|seen| {
            let silent = seen.region == "af-south-1" && seen.action == Action::DescribeTrails;
            silent.then(Reply::never)
        });
        let mut request = request();
        request.timeout = Duration::from_secs(4);
        let account = canned.collect(&request).await.unwrap();
        assert_eq!(gaps(&account).len(), 1);
        assert_eq!(account.unlisted_regions().count(), 1);
        assert!(account.trails[0].is_logging().unwrap());
    }
}
