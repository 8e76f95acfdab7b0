//! What came of verifying.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::finding::{Finding, Verdict};
use super::name::YEARS;
use super::object::Object;
use crate::outcome::Outcome;

/// From when to when the log files were delivered that are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Range {
    /// The first moment.
    pub start: Timestamp,
    /// The last.
    pub end: Timestamp,
}

impl Range {
    /// The part of it in which CloudTrail can have delivered anything.
    pub(super) fn bounded(self) -> Range {
        let of = |year: i16| {
            let day = Date::constant(year, 1, 1).to_zoned(TimeZone::UTC);
            day.map_or(Timestamp::UNIX_EPOCH, |day| day.timestamp())
        };
        let (first, last) = (of(YEARS.start), of(YEARS.end));
        Range {
            start: self.start.clamp(first, last),
            end: self.end.clamp(first, last),
        }
    }
}

/// What came of one run: every chain's result, joined.
#[derive(Debug, Clone, PartialEq)]
pub struct Verification {
    /// What was verified, as the user named it: a trail's ARN, an S3 URI, a directory.
    pub source: String,
    /// The range.
    pub range: Range,
    /// When the run began.
    pub now: Timestamp,
    /// The chains, in the order of their ids.
    pub chains: Vec<ChainReport>,
    /// What is not as it should be, in the order of chains, time and keys.
    pub findings: Vec<Finding>,
    /// Every object and its verdict, in the order of chains and keys; empty unless asked for.
    pub objects: Vec<JudgedObject>,
    /// What the user should know and that changes no verdict: a call that failed and was not
    /// needed, a bucket that the chain was followed to.
    pub notes: Vec<String>,
}

/// The result of one unit of work: one chain over the range.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ChainReport {
    /// `ACCOUNT/REGION/TRAIL`, or `ACCOUNT/REGION` if no digest tells the trail.
    pub id: String,
    /// The buckets that hold it, the newest first.
    pub buckets: Vec<String>,
    /// The account whose activity the log files tell.
    pub account: String,
    /// The Region that produced them.
    pub region: String,
    /// The trail's name; `None` if no digest tells it.
    pub trail: Option<String>,
    /// The trail's home Region.
    pub home_region: Option<String>,
    /// From the beginning of the first digest in the range to the end of the last one that
    /// can be trusted.
    pub covered: Option<Range>,
    /// Digests by verdict.
    pub digests: BTreeMap<Verdict, u64>,
    /// Backfill digests by verdict.
    pub backfill_digests: BTreeMap<Verdict, u64>,
    /// Log files by verdict; those not digested yet are not among them.
    pub log_files: BTreeMap<Verdict, u64>,
    /// Log files newer than the newest digest.
    pub not_yet_digested: u64,
    /// Bytes that were read, packed.
    pub bytes: u64,
    /// Bytes of log files, unpacked.
    pub unpacked_bytes: u64,
    /// The fingerprints of the keys that signatures were verified with.
    pub keys: BTreeSet<String>,
    /// What the events tell, where they were asked for.
    pub events: Option<Events>,
}

/// What `--events` counts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Events {
    /// Events in verified log files.
    pub count: u64,
    /// The time of the oldest.
    pub oldest: Option<Timestamp>,
    /// The time of the newest.
    pub newest: Option<Timestamp>,
    /// Events that contradict the file they are in, one sentence for each file.
    pub contradictions: Vec<Contradiction>,
}

/// A log file with events that contradict it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Contradiction {
    /// The log file.
    #[cfg_attr(test, schemars(with = "String"))]
    pub object: Object,
    /// How many of its events, and what they say.
    pub detail: String,
}

/// An object and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct JudgedObject {
    /// The object.
    #[cfg_attr(test, schemars(with = "String"))]
    pub object: Object,
    /// The id of its chain.
    pub chain: String,
    /// What is said of it.
    pub verdict: Verdict,
}

impl Verification {
    /// How the run ends: with something altered, missing or unexplained it found tampering,
    /// or an act that looks the same; with something unverified, or nothing at all to check,
    /// it is incomplete.
    pub fn outcome(&self) -> Outcome {
        let mut counted = self.findings.iter().filter(|finding| finding.kind.counts());
        let nothing = self
            .chains
            .iter()
            .all(|chain| chain.digests.values().sum::<u64>() == 0);
        if counted
            .clone()
            .any(|finding| finding.verdict.is_tampering())
        {
            Outcome::Findings
        } else if nothing || counted.next().is_some() {
            Outcome::Incomplete
        } else {
            Outcome::Clean
        }
    }

    /// The outcome as `verify` spells it.
    pub fn outcome_name(&self) -> &'static str {
        match self.outcome() {
            Outcome::Clean => "valid",
            Outcome::Findings => "tampered",
            Outcome::Incomplete => "incomplete",
        }
    }
}
