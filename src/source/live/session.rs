//! A run's way to AWS: clients, limits, and what is wanted at all.

use std::any::Any;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_s3::config::{ResponseChecksumValidation, StalledStreamProtectionConfig};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::region::Region;
use tokio::task::JoinSet;

use super::connect::Connection;
use super::count::Count;
use super::endpoint::NoAccountPrefix;
use super::gap::CallError;
use super::limit::{Late, Limits};
use super::reply::WholeReply;
use super::trace::Trace;
use crate::snapshot::{Action, Gap, GapKind};

/// Everything a call needs, shared by all of them.
#[derive(Debug)]
pub(super) struct Session {
    connection: Connection,
    limits: Limits,
    actions: BTreeSet<Action>,
    clients: Mutex<Clients>,
}

/// The clients that were made, by service and Region.
type Clients = HashMap<(&'static str, String), Box<dyn Any + Send>>;

/// One function per service that gives the client for a Region. All clients share the HTTP
/// client and the credentials. Each is made once: hundreds of calls wait for their turn at a
/// time, and a client of its own for each of them would be most of what the run holds.
macro_rules! clients {
    ($($(#[$doc:meta])* $name:ident: $sdk:ident $(, $tune:expr)?;)*) => {
        impl Session {
            $(
                $(#[$doc])*
                pub(super) fn $name(&self, region: &str) -> $sdk::Client {
                    self.kept(stringify!($name), region, || {
                        let shared = self.connection.config.to_builder()
                            .region(Region::new(region.to_owned()))
                            .build();
                        let config = $sdk::config::Builder::from(&shared)
                            .interceptor(Trace::new(region))
                            .interceptor(Count::new(region, self.limits.progress().clone()))
                            .interceptor(WholeReply);
                        $(let config = $tune(config, &self.connection);)?
                        $sdk::Client::from_conf(config.build())
                    })
                }
            )*
        }
    };
}

clients! {
    /// Account Management.
    account: aws_sdk_account;
    /// CloudTrail.
    cloudtrail: aws_sdk_cloudtrail;
    /// AWS Config.
    config: aws_sdk_config;
    /// GuardDuty.
    #[cfg(feature = "full")]
    guardduty: aws_sdk_guardduty;
    /// CloudWatch.
    cloudwatch: aws_sdk_cloudwatch;
    /// CloudWatch Logs.
    logs: aws_sdk_cloudwatchlogs;
    /// EventBridge.
    events: aws_sdk_eventbridge;
    /// IAM.
    iam: aws_sdk_iam;
    /// KMS.
    kms: aws_sdk_kms;
    /// Organizations.
    organizations: aws_sdk_organizations;
    /// S3. A custom endpoint seldom has a name per bucket, so it gets the path style. Objects
    /// are judged by the hashes that CloudTrail signed, so that S3's own checksums tell
    /// nothing more; and whoever reads one limits the time for all of it.
    s3: aws_sdk_s3, |config: aws_sdk_s3::config::Builder, connection: &Connection| {
        config
            .force_path_style(connection.overridden("S3"))
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
    };
    /// S3 Control. A custom endpoint has no name per account either.
    s3control: aws_sdk_s3control,
        |config: aws_sdk_s3control::config::Builder, connection: &Connection| {
            if connection.overridden("S3 Control") {
                config.interceptor(NoAccountPrefix)
            } else {
                config
            }
        };
    /// Security Hub.
    #[cfg(feature = "full")]
    securityhub: aws_sdk_securityhub;
    /// SNS.
    sns: aws_sdk_sns;
    /// STS.
    sts: aws_sdk_sts;
}

impl Session {
    /// A session over `connection` for the facts that `actions` fill in.
    pub(super) fn new(connection: Connection, limits: Limits, actions: BTreeSet<Action>) -> Self {
        Session {
            connection,
            limits,
            actions,
            clients: Mutex::default(),
        }
    }

    /// The client of that service and Region, made if there is none yet.
    fn kept<C: Clone + Send + 'static>(
        &self,
        service: &'static str,
        region: &str,
        make: impl Fn() -> C,
    ) -> C {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let known = clients
            .entry((service, region.to_owned()))
            .or_insert_with(|| Box::new(make()));
        // A service has clients of one kind; were it not so, another one would be made.
        match known.downcast_ref::<C>() {
            Some(client) => client.clone(),
            None => make(),
        }
    }

    /// The Region that calls go to which are about no Region in particular.
    pub(super) fn region(&self) -> &str {
        &self.connection.region
    }

    /// How many calls at a time, and for how long.
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What requests are sent with.
    pub(super) fn http_client(&self) -> Option<SharedHttpClient> {
        self.connection.config.http_client()
    }

    /// Whether the service has a custom endpoint.
    pub(super) fn overridden(&self, service: &str) -> bool {
        self.connection.overridden(service)
    }

    /// Where the service was asked, for an error message.
    pub(super) fn whereabouts(&self, service: &str) -> String {
        match self.connection.endpoint(service) {
            Some(endpoint) => format!("at `{endpoint}`"),
            None => format!("in {}", self.region()),
        }
    }

    /// Whether somebody wants the fact that `action` fills in.
    pub(super) fn wants(&self, action: Action) -> bool {
        Action::ALWAYS.contains(&action) || self.actions.contains(&action)
    }

    /// The same as a result.
    ///
    /// # Errors
    /// The gap of a fact that nobody wants.
    pub(super) fn wanted(&self, action: Action) -> Result<(), Gap> {
        if self.wants(action) {
            return Ok(());
        }
        let detail = "no selected rule reads this";
        Err(Gap::new(action, GapKind::NotCollected, detail))
    }

    /// Makes a call when it is its turn. The inner result is AWS's answer.
    ///
    /// # Errors
    /// A gap if nobody wants the fact, or if the run's deadline has passed.
    pub(super) async fn ask<T, E>(
        &self,
        action: Action,
        region: &str,
        call: impl Future<Output = Result<T, CallError<E>>>,
    ) -> Result<Result<T, CallError<E>>, Gap> {
        self.wanted(action)?;
        self.in_time(action, region, call)
            .await
            .map_err(|late| Gap::new(action, GapKind::Transient, late.to_string()))
    }

    /// Makes a call whether or not its fact is wanted.
    ///
    /// # Errors
    /// [`Late`] if the run's deadline has passed.
    pub(super) async fn in_time<T>(
        &self,
        action: Action,
        region: &str,
        call: impl Future<Output = T>,
    ) -> Result<T, Late> {
        let service = action.iam().split(':').next().unwrap_or_default();
        // On the heap, because the future of an SDK call is large, each of the functions that
        // it is handed to keeps room for it, and together they outgrow a small thread's stack.
        self.limits.hold(service, region, Box::pin(call)).await
    }
}

/// Runs all futures at once and waits for every one of them; the results come in no
/// particular order.
pub(super) async fn all<T, F>(futures: impl IntoIterator<Item = F>) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    finished(futures.into_iter().collect()).await
}

/// Waits for tasks that run already.
pub(super) async fn finished<T: 'static>(mut tasks: JoinSet<T>) -> Vec<T> {
    let mut results = Vec::with_capacity(tasks.len());
    while let Some(result) = tasks.join_next().await {
        match result {
            Ok(result) => results.push(result),
            // Only a panic ends a task early, as nothing here cancels one. It must not
            // get lost, or its facts would be missing in silence.
            Err(error) => {
                if let Ok(panic) = error.try_into_panic() {
                    std::panic::resume_unwind(panic);
                }
            }
        }
    }
    results
}

/// A session as its tasks share it.
pub(super) type Shared = Arc<Session>;
