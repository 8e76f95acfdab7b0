//! The verifier: finds the units of work, runs them side by side, joins their results.

use std::thread;

use jiff::Timestamp;

use super::finding::{Finding, Kind};
use super::keys::{KeyRing, KeySource};
use super::name::HOUR;
use super::places::{self, Found, Site};
use super::pool::{Room, Unpackers, side_by_side};
use super::progress::Progress;
use super::spool::Spool;
use super::store::Store;
use super::unit::{self, Run, UnitResult};
use super::verification::{Range, Verification};

/// How many units run side by side. Each waits for its listings and its last digests by
/// itself; what they read together is bounded by the store.
pub(super) const SIDE_BY_SIDE: usize = 8;

/// How many digests the units hold together that run side by side, unless one has more alone:
/// a year's, in some 15 MiB.
const HELD: u64 = 9_000;

/// How many findings of one kind a run names, which bounds what it holds.
const NAMED: u64 = 50_000;

/// How many of them a chain names at least, and at the most.
const FEWEST_NAMED: u64 = 100;
const MOST_NAMED: u64 = 10_000;

/// What to verify.
#[derive(Debug, Clone)]
pub struct Request {
    /// What is verified, as the user named it.
    pub source: String,
    /// From when to when; `None` for all that the store holds. A beginning or an end beyond
    /// all time stands for that of what the store holds.
    pub range: Option<Range>,
    /// The clock.
    pub now: Timestamp,
    /// The bucket; `None` for every bucket of the store.
    pub bucket: Option<String>,
    /// What precedes `AWSLogs/` in keys: empty, or with `/` at its end; `None` for every
    /// prefix of the store.
    pub prefix: Option<String>,
    /// The trail; `None` for every trail that is found.
    pub trail: Option<Trail>,
    /// When the trail last began to log, if that is known.
    pub started_logging: Option<Timestamp>,
    /// The Regions; empty for all that are found.
    pub regions: Vec<String>,
    /// The accounts; empty for all that are found.
    pub accounts: Vec<String>,
    /// Whether to read events.
    pub events: bool,
    /// Whether to keep every object's verdict.
    pub objects: bool,
    /// What is to be noted.
    pub notes: Vec<String>,
}

/// A trail, and what it delivers: the same bucket may hold what others do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    /// Its name.
    pub name: String,
    /// Its home Region.
    pub home_region: String,
    /// The account that it belongs to.
    pub account: String,
    /// Whether it delivers for every account of an organization, below the organization's id.
    pub is_organization: bool,
    /// Whether it delivers for every Region.
    pub is_multi_region: bool,
}

/// Verifies the log files and digests of `store` over the range. Whatever cannot be read is
/// in the result; nothing ends the run.
pub fn verify(
    store: &dyn Store,
    keys: Option<&dyn KeySource>,
    request: &Request,
    progress: &Progress,
) -> Verification {
    let found = places::find(store, request);
    let (range, expected_until) = range(store, &found, request);
    let ring = KeyRing::new(keys, request.now);
    let unpackers = Unpackers::new(processors());
    let sites = found.sites();
    let spool = Spool::new();
    let run = Run {
        store,
        ring: &ring,
        unpackers: &unpackers,
        spool: &spool,
        progress,
        request,
        range,
        expected_until,
        named: (NAMED / sites.len().max(1) as u64).clamp(FEWEST_NAMED, MOST_NAMED),
    };
    let mut notes = request.notes.clone();
    let results = verify_units(&run, &sites);
    let mut verification = Verification {
        source: request.source.clone(),
        range,
        now: request.now,
        chains: Vec::new(),
        findings: found.findings,
        objects: Vec::new(),
        notes: Vec::new(),
    };
    for result in results {
        verification.chains.extend(result.chains);
        verification.findings.extend(result.findings);
        verification.objects.extend(result.objects);
        notes.extend(result.notes);
    }
    if range.start > range.end {
        let detail = format!("the time from {} to {} is none", range.start, range.end);
        let nothing = Finding::on_chain(&request.source, Kind::NotCovered, detail);
        verification.findings.push(nothing);
    }
    verification.notes = notes;
    in_order(&mut verification);
    verification
}

/// From when to when is verified, and until when digests must have ended.
///
/// CloudTrail delivers a digest up to an hour late. Of a copy nobody knows when it was made:
/// it is as old as what it holds.
fn range(store: &dyn Store, found: &Found, request: &Request) -> (Range, Timestamp) {
    const BEYOND: Range = Range {
        start: Timestamp::MIN,
        end: Timestamp::MAX,
    };
    let asked = request.range.unwrap_or(BEYOND);
    let bounded = asked.bounded();
    let range = if asked.start == BEYOND.start || asked.end == BEYOND.end {
        let held = places::extent(store, found, request.now).bounded();
        let end = if asked.end == BEYOND.end {
            held.end
        } else {
            bounded.end
        };
        let start = if asked.start == BEYOND.start {
            held.start
        } else {
            bounded.start
        };
        Range {
            start: start.min(end),
            end,
        }
    } else {
        bounded
    };
    let seen = if asked.end == BEYOND.end {
        range.end
    } else {
        request.now
    };
    (range, range.end.min(seen - HOUR))
}

/// As many threads as there are processors to compute on.
fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Runs the units, some at a time.
fn verify_units(run: &Run<'_>, sites: &[Site]) -> Vec<UnitResult> {
    let room = Room::new(HELD);
    let hours = run.range.start.duration_until(run.range.end).as_hours();
    let hours = u64::try_from(hours).unwrap_or(0);
    side_by_side(SIDE_BY_SIDE, sites, |site| {
        let _share = room.enter(hours * site.places.len() as u64);
        unit::verify(run, site)
    })
}

/// Puts everything in an order that does not depend on which answer came first.
fn in_order(verification: &mut Verification) {
    verification.chains.sort_by(|a, b| a.id.cmp(&b.id));
    verification.objects.sort();
    verification.notes.sort();
    verification.notes.dedup();
    let key = |finding: &Finding| (finding.chain.clone(), finding.object.clone(), finding.kind);
    verification
        .findings
        .sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.detail.cmp(&b.detail)));
    for chain in &mut verification.chains {
        if let Some(events) = &mut chain.events {
            events
                .contradictions
                .sort_by(|a, b| a.object.cmp(&b.object));
        }
    }
}
