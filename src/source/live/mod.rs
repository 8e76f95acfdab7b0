//! AWS itself: collects a snapshot of one account with as few read calls as the rules need.

mod account_facts;
mod alarms;
mod aws_config;
mod bucket_facts;
mod buckets;
#[cfg(test)]
mod canned;
mod companions;
mod connect;
mod convert;
mod count;
mod data_stores;
mod endpoint;
mod event_rules;
mod evidence;
mod gap;
mod grants;
mod history;
mod http_client;
mod identities;
mod identity;
mod keys;
mod lifecycle;
mod limit;
mod log_groups;
mod log_policies;
mod metric_filters;
mod notifications;
mod organization;
mod pages;
mod profile;
mod progress;
mod region_facts;
mod regions;
mod reply;
mod session;
mod subscriptions;
#[cfg(test)]
mod tests;
mod topics;
mod trace;
mod trail_facts;
mod trails;
mod trusted;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, timeout_at};

use crate::error::Error;
use crate::snapshot::{
    Account, AccountStatus, Action, Bucket, Key, LogGroup, RegionFacts, SCHEMA_VERSION, Snapshot,
    Topic, Trail,
};
use connect::Connection;
use limit::Limits;
use session::{Session, Shared, all};

pub use evidence::{Evidence, EvidenceRequest, TrailSetUp};
pub use progress::Progress;

/// What to collect and how to reach it.
#[derive(Debug, Clone)]
pub struct Request {
    /// `--profile`; `None` leaves the choice to the AWS configuration. A named profile goes
    /// before credentials in the environment, as with the AWS CLI.
    pub profile: Option<String>,
    /// `--region`: where the first calls go; `None` leaves it to the AWS configuration,
    /// and is `us-east-1` if that names none.
    pub region: Option<String>,
    /// `--regions`: what to audit; empty means every enabled Region.
    pub regions: Vec<String>,
    /// `--endpoint-url`: one endpoint for every service.
    pub endpoint_url: Option<String>,
    /// `--allow-http`: accept a plain-http endpoint that is not on this machine.
    pub allow_http: bool,
    /// `--role-arn`: a role to assume first.
    pub role_arn: Option<String>,
    /// `--external-id`, for that role.
    pub external_id: Option<String>,
    /// `--call-timeout`: the longest one call may take, retries included; see
    /// [`Request::call_limit`].
    pub call_timeout: Duration,
    /// `--timeout`: the longest the whole run may take; what is not read by then is a gap.
    pub timeout: Duration,
    /// What the selected rules read. The calls of [`Action::ALWAYS`] are made regardless.
    pub actions: BTreeSet<Action>,
    /// The clock.
    pub clock: fn() -> Timestamp,
}

impl Request {
    /// The longest one call may take: never more than a quarter of the run, or one Region
    /// that does not answer would use up the time of everything that is asked after it.
    fn call_limit(&self) -> Duration {
        self.call_timeout.min(self.timeout / 4)
    }
}

/// Collects a snapshot of the account that the credentials belong to. A call that fails
/// leaves a gap; only what keeps everything from being read is an error.
///
/// # Errors
/// [`Error::Usage`] for what the caller can mend before AWS is asked (no credentials
/// found, unknown profile, unknown Region, plain http without leave); [`Error::Refused`]
/// where AWS or the network refuses to say who is asking.
pub async fn collect(request: &Request, progress: &Progress) -> Result<Snapshot, Error> {
    regions::check(request)?;
    let started_at = whole_seconds((request.clock)());
    let start = Instant::now();
    let limits = Limits::new(start, request.timeout, progress.clone());
    let connection = timeout_at(limits.deadline(), connect::connect(request, progress))
        .await
        .map_err(|_| Error::Refused(format!("AWS cannot be reached: {}", limits.late())))??;
    // The futures of SDK calls are large, and together outgrow a small thread's stack.
    let account = Box::pin(account(request, connection, limits)).await?;
    Ok(Snapshot {
        schema_version: SCHEMA_VERSION,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at,
        finished_at: whole_seconds((request.clock)()),
        accounts: vec![account],
    })
}

/// The time to the second: more would only make reports noisy.
fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// Everything about the account. At most six round trips follow each other: who and
/// which Regions; which trails; where their buckets are (two); what is set on them (two,
/// where a bucket's Region is told only by the refusal); likewise the alarms on the log
/// groups, the topics that these tell, and the topics' keys (two, by way of an alias). What does not hang on the trails
/// is asked beside them, so that a service that does not answer delays nothing else; what
/// takes more round trips the larger the account is (the pages of its identities, the path up
/// to the organization's root) is among that.
async fn account(
    request: &Request,
    connection: Connection,
    limits: Limits,
) -> Result<Account, Error> {
    let session: Shared = Arc::new(Session::new(connection, limits, request.actions.clone()));
    let (identity, listed) = tokio::join!(identity::ask(&session), regions::list(&session));
    let identity = identity?;
    let (audited, enabled_regions) = regions::choose(
        &request.regions,
        listed,
        &identity.partition,
        session.region(),
    )?;
    let (alias, summary, public_access_block, identities, above, mut seen, beside) = tokio::join!(
        identity::alias(&session),
        account_facts::summary(&session),
        account_facts::public_access_block(&session, &identity.account),
        Box::pin(identities::of(&session)),
        Box::pin(organization::of(&session, &identity.account)),
        Box::pin(trails_and_theirs(&session, &audited, &identity.account)),
        Box::pin(region_facts::of(&session, &audited, (request.clock)())),
    );
    let data_stores = beside.join(&mut seen.regions);
    Ok(Account {
        id: identity.account,
        partition: identity.partition,
        caller: identity.caller,
        status: AccountStatus::Active,
        alias,
        enabled_regions,
        regions_named: !request.regions.is_empty(),
        regions: seen.regions,
        trails: seen.trails,
        buckets: seen.buckets,
        keys: seen.keys,
        log_groups: seen.log_groups,
        public_access_block,
        summary,
        topics: seen.topics,
        alarm_topics: seen.alarm_topics,
        data_stores,
        identities: identities.into(),
        organization: above.organization,
        service_control_policies: above.service_control,
        resource_control_policies: above.resource_control,
        trusted_services: above.trusted_services,
        cloudtrail_administrators: above.administrators,
    })
}

/// The trails, what they deliver to and encrypt with, and what watches over it.
struct Seen {
    regions: BTreeMap<String, RegionFacts>,
    trails: Vec<Trail>,
    buckets: Vec<Bucket>,
    keys: Vec<Key>,
    log_groups: Vec<LogGroup>,
    topics: Vec<Topic>,
    alarm_topics: Vec<Topic>,
}

async fn trails_and_theirs(session: &Shared, audited: &BTreeSet<String>, account: &str) -> Seen {
    let event_rules = event_rules::begin(session, audited);
    let (mut regions, trails) = trails::visible(session, audited.iter()).await;
    let (mut complete, buckets, keys, topics, mut watch) = tokio::join!(
        all(trails.iter().cloned().map(|trail| {
            let (session, audited) = (session.clone(), audited.clone());
            async move { trail_facts::complete(&session, trail, &audited).await }
        })),
        buckets::of(session, &trails, account),
        keys::of(session, &trails),
        topics::of(session, &trails),
        watch::of(session, &trails, account, audited, event_rules),
    );
    watch.hand_out(&mut regions);
    complete.sort_by(|a, b| a.arn.cmp(&b.arn));
    Seen {
        regions,
        trails: complete,
        buckets,
        keys,
        alarm_topics: watch.topics(&topics),
        log_groups: watch.log_groups,
        topics,
    }
}
