//! What collecting asked of AWS, in figures.

use std::collections::BTreeMap;
use std::time::Duration;

/// The requests of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// By service, as AWS names it; [`CREDENTIALS`] are one more.
    pub services: BTreeMap<String, Requests>,
    /// The call that took longest.
    pub slowest: Option<SlowestCall>,
}

/// The name in [`Stats::services`] of the requests that credentials cost: to assume a role,
/// to exchange a token, to ask the machine for its role.
pub const CREDENTIALS: &str = "credentials";

/// How many requests, and what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Requests {
    /// All that were sent: one per attempt of a call.
    pub sent: u64,
    /// Those that tried a call again.
    pub retries: u64,
    /// Those that were answered, be it with an error.
    pub answered: u64,
    /// Those that were answered with an HTTP error. Some such errors are what was asked
    /// for: S3 says 404 of a bucket that has no policy.
    pub errors: u64,
}

/// A call, from its first attempt to its end: retries and the pauses between them are in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlowestCall {
    /// The service, as AWS names it.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// The Region.
    pub region: String,
    /// How long it took.
    pub took: Duration,
}

impl Stats {
    /// All services together.
    pub fn total(&self) -> Requests {
        self.services
            .values()
            .fold(Requests::default(), |sum, one| Requests {
                sent: sum.sent + one.sent,
                retries: sum.retries + one.retries,
                answered: sum.answered + one.answered,
                errors: sum.errors + one.errors,
            })
    }
}

impl Requests {
    /// Those that were never answered: the connection failed, or time ran out.
    pub fn unanswered(&self) -> u64 {
        self.sent.saturating_sub(self.answered)
    }
}
