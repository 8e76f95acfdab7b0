//! What a chain comes to while it is verified: counts, findings, bytes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::events::Read;
use super::finding::{Finding, Kind, Verdict};
use super::name::Place;
use super::object::Object;
use super::timeline::ROUNDING;
use super::trust::Trust;
use super::verification::{Contradiction, Events, JudgedObject, Range};

/// The running result of a chain.
#[derive(Debug)]
pub(super) struct Tally {
    chain: String,
    place: Place,
    /// What is unverified and lies beyond it was read for the sake of others.
    range: Range,
    keep_objects: bool,
    pub(super) digests: BTreeMap<Verdict, u64>,
    pub(super) backfill_digests: BTreeMap<Verdict, u64>,
    pub(super) log_files: BTreeMap<Verdict, u64>,
    pub(super) not_yet_digested: u64,
    pub(super) bytes: u64,
    pub(super) unpacked: u64,
    pub(super) found_events: Option<Events>,
    pub(super) findings: Vec<Finding>,
    pub(super) objects: Vec<JudgedObject>,
    /// How many findings of one kind are named. Without its digests a trail has as many as log
    /// files; the rest is counted.
    named: u64,
    by_kind: BTreeMap<Kind, u64>,
    matching_unproven: u64,
}

impl Tally {
    /// Nothing yet.
    pub(super) fn new(
        chain: String,
        place: Place,
        range: Range,
        keep_objects: bool,
        events: bool,
        named: u64,
    ) -> Self {
        Tally {
            chain,
            place,
            range,
            keep_objects,
            digests: BTreeMap::new(),
            backfill_digests: BTreeMap::new(),
            log_files: BTreeMap::new(),
            not_yet_digested: 0,
            bytes: 0,
            unpacked: 0,
            found_events: events.then(Events::default),
            findings: Vec::new(),
            objects: Vec::new(),
            named,
            by_kind: BTreeMap::new(),
            matching_unproven: 0,
        }
    }

    /// Something about an object, or about the chain.
    pub(super) fn find(&mut self, object: Option<&Object>, kind: Kind, detail: String) {
        let count = self.by_kind.entry(kind).or_default();
        *count += 1;
        if *count <= self.named {
            self.findings.push(Finding {
                object: object.cloned(),
                ..Finding::on_chain(&self.chain, kind, detail)
            });
        }
    }

    /// A digest and what is said of it, the first finding first.
    pub(super) fn digest(&mut self, object: &Object, backfill: bool, verdict: Verdict) {
        let counts = if backfill {
            &mut self.backfill_digests
        } else {
            &mut self.digests
        };
        *counts.entry(verdict).or_default() += 1;
        self.object(object, verdict);
    }

    /// A log file that a digest names: what that digest is worth, or what is wrong.
    pub(super) fn log_file(&mut self, object: &Object, judged: Result<Trust, (Kind, String)>) {
        let verdict = match judged {
            Ok(Trust::Proven) => Verdict::Valid,
            Ok(_) => {
                self.matching_unproven += u64::from(self.covers(object));
                Verdict::Unverified
            }
            Err((kind, detail)) => {
                if kind.verdict() != Verdict::Unverified || self.covers(object) {
                    self.find(Some(object), kind, detail);
                }
                kind.verdict()
            }
        };
        *self.log_files.entry(verdict).or_default() += 1;
        self.object(object, verdict);
    }

    /// A log file that no digest names.
    pub(super) fn unnamed(&mut self, object: &Object, kind: Kind, detail: &str) {
        if kind == Kind::LogNotYetDigested {
            self.not_yet_digested += 1;
            self.find(Some(object), kind, detail.to_owned());
        } else {
            self.log_file(object, Err((kind, detail.to_owned())));
        }
    }

    /// What a log file's events tell.
    pub(super) fn events(&mut self, object: &Object, read: Read) {
        let Some(events) = &mut self.found_events else {
            return;
        };
        events.count += read.count;
        events.oldest = earlier(events.oldest, read.oldest);
        events.newest = events.newest.max(read.newest);
        events
            .contradictions
            .extend(read.contradiction.map(|detail| Contradiction {
                object: object.clone(),
                detail,
            }));
    }

    /// Says what was only counted, when all is done.
    pub(super) fn close(&mut self) {
        if self.matching_unproven > 0 {
            let detail = format!(
                "{} log files are what their digests say, but the digests' signatures could not be checked",
                self.matching_unproven
            );
            self.find(None, Kind::LogDigestUntrusted, detail);
        }
        let many: Vec<(Kind, u64)> = self
            .by_kind
            .iter()
            .filter(|(_, count)| **count > self.named)
            .map(|(kind, count)| (*kind, count - self.named))
            .collect();
        for (kind, more) in many {
            let detail = format!("{more} more of the same, which are counted and not named");
            self.findings
                .push(Finding::on_chain(&self.chain, kind, detail));
        }
    }

    /// Whether the range asked for covers the time of a log file.
    fn covers(&self, object: &Object) -> bool {
        let minute = self.place.log(&object.key).map(|name| name.minute);
        minute
            .is_none_or(|minute| self.range.start <= minute + ROUNDING && minute <= self.range.end)
    }

    fn object(&mut self, object: &Object, verdict: Verdict) {
        if self.keep_objects {
            self.objects.push(JudgedObject {
                object: object.clone(),
                chain: self.chain.clone(),
                verdict,
            });
        }
    }
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
