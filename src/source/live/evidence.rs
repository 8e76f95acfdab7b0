//! AWS as the source of evidence for log file validation: objects from S3, public keys and
//! the trail's own description from CloudTrail.
//!
//! The verifier runs on plain threads and knows nothing of this: it asks through
//! [`Store`] and [`KeySource`], which block. The calls themselves run on a runtime in here.
//!
//! ```text
//! plain threads:  wanted ------------------------------> take, take, ...
//! runtime:          GET, GET, GET ... (bounded in number and bytes)
//! ```

mod again;
mod get;
mod home;
mod keys;
mod list;
mod read;
mod refusal;
#[cfg(test)]
mod tests;
mod trail;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime::{Builder, Handle};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::connect::{self, Connection};
use super::limit::Limits;
use super::session::Session;
use super::{Progress, Request};
use crate::digest::keys::{KeySource, ListedKey};
use crate::digest::object::Object;
use crate::digest::store::{Folder, Listed, Store, Take, Unreadable, UnreadableKind};
use crate::error::Error;
use home::Homes;
use list::Listing;

pub use trail::TrailSetUp;

/// Objects that are asked for at a time. 20 ms away from S3, this many in flight are 4,800
/// objects a second, which is what one processor inflates and hashes; S3 itself takes 5,500
/// a second for each part of a bucket.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html>
const IN_FLIGHT: usize = 96;

/// Bytes of objects that are held at a time, from the first byte of a body to its being
/// taken: a thousand log files of common size, and the larger part of what a run may hold.
const BUDGET: u32 = 24 << 20;

/// How S3 and CloudTrail are reached.
#[derive(Debug, Clone)]
pub struct EvidenceRequest {
    /// `--profile`; `None` leaves the choice to the AWS configuration.
    pub profile: Option<String>,
    /// `--region`: where the first calls go; a bucket's own Region is found out.
    pub region: Option<String>,
    /// `--endpoint-url`: one endpoint for every service.
    pub endpoint_url: Option<String>,
    /// `--allow-http`: accept a plain-http endpoint that is not on this machine.
    pub allow_http: bool,
    /// `--role-arn`: a role to assume first.
    pub role_arn: Option<String>,
    /// `--external-id`, for that role.
    pub external_id: Option<String>,
    /// `--call-timeout`: the longest that one call may take, or one object's way here, the
    /// wait for memory excepted.
    pub call_timeout: Duration,
    /// `--timeout`: the longest that the run may take; `None` for no limit. What is not read
    /// by then is unreadable.
    pub timeout: Option<Duration>,
}

impl EvidenceRequest {
    /// The same as the audit asks it.
    fn to_request(&self) -> Request {
        Request {
            profile: self.profile.clone(),
            region: self.region.clone(),
            regions: Vec::new(),
            endpoint_url: self.endpoint_url.clone(),
            allow_http: self.allow_http,
            role_arn: self.role_arn.clone(),
            external_id: self.external_id.clone(),
            call_timeout: self.call_timeout,
            timeout: self.timeout.unwrap_or(Duration::MAX),
            actions: BTreeSet::new(),
            clock: Timestamp::now,
        }
    }
}

/// S3 and CloudTrail, as the verifier asks them. Every method blocks, so that none may be
/// called on a thread that runs futures; all may be called on several threads at a time.
#[derive(Debug)]
pub struct Evidence {
    engine: Engine,
    asker: Arc<Asker>,
}

/// The thread that talks to AWS. One is enough: it takes 15,000 objects a second of common
/// size, and what one thread does alone costs a fifth less than what two hand to each other.
#[derive(Debug)]
struct Engine {
    handle: Handle,
    /// The thread ends when this is dropped.
    _running: oneshot::Sender<()>,
}

impl Engine {
    fn start() -> Result<Engine, Error> {
        let runtime =
            (Builder::new_current_thread().enable_all().build()).map_err(Error::Runtime)?;
        let handle = runtime.handle().clone();
        let (running, ended) = oneshot::channel();
        let work = move || {
            // What ends it is that nobody is left to send.
            runtime.block_on(ended).ok();
            // A name that still resolves, or a credential process that still runs, must not
            // hold up a run that has its answer or was interrupted.
            runtime.shutdown_background();
        };
        (thread::Builder::new().name("aws".to_owned()).spawn(work)).map_err(Error::Runtime)?;
        Ok(Engine {
            handle,
            _running: running,
        })
    }
}

/// What the calls share.
#[derive(Debug)]
struct Asker {
    session: Session,
    homes: Homes,
    call_limit: Duration,
    /// Objects in flight.
    gets: Arc<Semaphore>,
    /// Bytes of objects.
    bytes: Arc<Semaphore>,
    /// Why nothing is asked any more.
    halt: watch::Sender<Option<Unreadable>>,
}

impl Evidence {
    /// Reads the AWS configuration; of AWS itself nothing is asked yet. Requests are counted
    /// in `progress`.
    ///
    /// # Errors
    /// [`Error::Usage`] for what the caller can mend (no such profile, a malformed endpoint),
    /// [`Error::Refused`] if the credentials are not there in time, [`Error::Runtime`] if no
    /// thread can be started.
    pub fn open(request: &EvidenceRequest, progress: &Progress) -> Result<Evidence, Error> {
        let request = request.to_request();
        let engine = Engine::start()?;
        let opening = async {
            let limits = Limits::new(Instant::now(), request.timeout, progress.clone());
            match timeout_at(limits.deadline(), connect::connect(&request, progress)).await {
                Ok(connection) => Ok((connection?, limits)),
                Err(_) => {
                    let late = limits.late();
                    Err(Error::Refused(format!("AWS cannot be reached: {late}")))
                }
            }
        };
        let (connection, limits) = engine.handle.block_on(opening)?;
        let call_limit = request.call_limit();
        Ok(Evidence::over(engine, connection, limits, call_limit))
    }

    fn over(
        engine: Engine,
        connection: Connection,
        limits: Limits,
        call_limit: Duration,
    ) -> Evidence {
        let (deadline, late) = (limits.deadline(), limits.late());
        let asker = Arc::new(Asker {
            session: Session::new(connection, limits, BTreeSet::new()),
            homes: Homes::default(),
            call_limit,
            gets: Arc::new(Semaphore::new(IN_FLIGHT)),
            bytes: Arc::new(Semaphore::new(BUDGET as usize)),
            halt: watch::Sender::new(None),
        });
        let waiting = Arc::downgrade(&asker);
        engine.handle.spawn(async move {
            sleep_until(deadline).await;
            if let Some(asker) = waiting.upgrade() {
                asker.halt(Unreadable::new(UnreadableKind::Transient, late.to_string()));
            }
        });
        Evidence { engine, asker }
    }

    /// What the trail's home Region says of the trail. `DescribeTrails` is needed;
    /// `GetTrailStatus` only tells more, and is a note where it fails.
    ///
    /// # Errors
    /// [`Error::Usage`] if `arn` is not a trail's; [`Error::Refused`] if the trail cannot be
    /// described.
    pub fn trail(&self, arn: &str) -> Result<TrailSetUp, Error> {
        let described = self.asker.unless_halted(self.asker.trail(arn));
        match self.engine.handle.block_on(described) {
            Ok(answer) => answer,
            Err(halted) => Err(Error::Refused(halted.detail)),
        }
    }

    /// Ends what is being asked and refuses what would be: every call returns soon, with
    /// [`UnreadableKind::Transient`].
    pub fn stop(&self) {
        self.asker.interrupt();
    }

    /// If the user presses Ctrl-C, calls `pressed` and then stops as [`stop`](Evidence::stop)
    /// does.
    pub fn on_interrupt(&self, pressed: impl FnOnce() + Send + 'static) {
        let asker = Arc::downgrade(&self.asker);
        self.engine.handle.spawn(async move {
            // An error means that the system cannot tell.
            if tokio::signal::ctrl_c().await.is_ok() {
                // First, because what stops ends soon, and then with a result.
                pressed();
                if let Some(asker) = asker.upgrade() {
                    asker.interrupt();
                }
            }
        });
    }

    /// The result of `work`, unless everything is halted before it has one.
    fn wait_for<T>(
        &self,
        work: impl Future<Output = Result<T, Unreadable>>,
    ) -> Result<T, Unreadable> {
        self.engine
            .handle
            .block_on(self.asker.unless_halted(work))?
    }
}

impl Store for Evidence {
    fn buckets(&self) -> Vec<String> {
        Vec::new()
    }

    fn list(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<&str>,
        page: &mut dyn FnMut(Vec<Listed>) -> ControlFlow<()>,
    ) -> Result<(), Unreadable> {
        let mut listing = Listing::of(bucket, prefix);
        listing.start_after(after);
        while let Some(answer) = self.wait_for(self.asker.page(&mut listing))? {
            if page(answer.objects).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn folder(&self, bucket: &str, prefix: &str) -> Result<Folder, Unreadable> {
        let mut listing = Listing::of(bucket, prefix);
        listing.by_folder();
        let mut folder = Folder::default();
        while let Some(answer) = self.wait_for(self.asker.page(&mut listing))? {
            folder.folders.extend(answer.folders);
            folder.objects.extend(answer.objects);
        }
        Ok(folder)
    }

    fn read(&self, wanted: &mut (dyn Iterator<Item = (u64, Object)> + Send), take: &Take<'_>) {
        read::read(&self.engine.handle, &self.asker, wanted, take);
    }
}

impl KeySource for Evidence {
    fn keys(
        &self,
        region: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<ListedKey>, Unreadable> {
        self.wait_for(self.asker.keys(region, from, to))
    }
}

impl Asker {
    fn interrupt(&self) {
        let detail = "interrupted before it was read";
        self.halt(Unreadable::new(UnreadableKind::Transient, detail));
    }

    /// Keeps the first reason: what follows from it is none.
    fn halt(&self, why: Unreadable) {
        self.halt.send_if_modified(|halted| {
            let first = halted.is_none();
            halted.get_or_insert(why);
            first
        });
    }

    /// Makes a call of a service in a Region when it is its turn.
    async fn in_time<T>(
        &self,
        service: &str,
        region: &str,
        call: impl Future<Output = T>,
    ) -> Result<T, Unreadable> {
        // On the heap, because the future of an SDK call is large.
        (self.session.limits().hold(service, region, Box::pin(call)))
            .await
            .map_err(|late| Unreadable::new(UnreadableKind::Transient, late.to_string()))
    }

    /// The result of `work`, unless everything is halted before it has one.
    async fn unless_halted<T>(&self, work: impl Future<Output = T>) -> Result<T, Unreadable> {
        let mut halt = self.halt.subscribe();
        tokio::select! {
            biased;
            halted = halt.wait_for(Option::is_some) => Err(why(halted.ok().as_deref())),
            result = work => Ok(result),
        }
    }
}

fn why(halted: Option<&Option<Unreadable>>) -> Unreadable {
    match halted {
        Some(Some(why)) => why.clone(),
        _ => Unreadable::new(UnreadableKind::Transient, "the run is over"),
    }
}
