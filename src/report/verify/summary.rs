//! The figures of a whole run, for an auditor to file.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use crate::digest::finding::Verdict;
use crate::digest::verification::{Range, Verification};

/// What all chains come to.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::report) struct Summary<'a> {
    /// Chains.
    pub(super) chains: usize,
    /// Digests by verdict.
    pub(super) digests: BTreeMap<Verdict, u64>,
    /// Backfill digests by verdict.
    pub(super) backfill_digests: BTreeMap<Verdict, u64>,
    /// Log files by verdict; those not digested yet are not among them.
    pub(super) log_files: BTreeMap<Verdict, u64>,
    /// Findings by verdict; log files not digested yet are not among them.
    pub(super) findings: BTreeMap<Verdict, u64>,
    /// Bytes that were read, packed.
    pub(super) bytes: u64,
    /// Bytes of log files, unpacked.
    pub(super) unpacked_bytes: u64,
    /// The fingerprints of the keys that signatures were verified with.
    pub(super) keys: BTreeSet<&'a str>,
    /// Log files newer than the newest digest.
    pub(super) not_yet_digested: u64,
    /// The ends of the range that no digest which can be trusted reaches, chain by chain; the
    /// whole range of a chain without any.
    pub(super) not_covered_yet: Vec<Rest<'a>>,
    /// Events in verified log files; null unless they were asked for.
    pub(super) events: Option<EventSpan>,
}

/// The end of the range that a chain does not reach.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::report) struct Rest<'a> {
    /// The id of the chain.
    pub(super) chain: &'a str,
    /// From when on nothing is covered.
    pub(super) start: Timestamp,
    /// The end of the range.
    pub(super) end: Timestamp,
}

/// The events of all chains.
#[derive(Debug, Default, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::report) struct EventSpan {
    /// How many.
    pub(super) count: u64,
    /// The time of the oldest.
    pub(super) oldest: Option<Timestamp>,
    /// The time of the newest.
    pub(super) newest: Option<Timestamp>,
    /// Log files with events that contradict the file they are in.
    pub(super) contradicted_files: usize,
}

impl<'a> Summary<'a> {
    /// Adds the chains up.
    pub(super) fn of(verification: &'a Verification) -> Self {
        let mut summary = Summary {
            chains: verification.chains.len(),
            ..Summary::default()
        };
        for chain in &verification.chains {
            add(&mut summary.digests, &chain.digests);
            add(&mut summary.backfill_digests, &chain.backfill_digests);
            add(&mut summary.log_files, &chain.log_files);
            summary.bytes += chain.bytes;
            summary.unpacked_bytes += chain.unpacked_bytes;
            summary.keys.extend(chain.keys.iter().map(String::as_str));
            summary.not_yet_digested += chain.not_yet_digested;
            let rest = rest(chain.covered, verification.range);
            summary.not_covered_yet.extend(rest.map(|rest| Rest {
                chain: &chain.id,
                start: rest.start,
                end: rest.end,
            }));
            if let Some(events) = &chain.events {
                let span = summary.events.get_or_insert_default();
                span.count += events.count;
                span.oldest = [span.oldest, events.oldest].into_iter().flatten().min();
                span.newest = span.newest.max(events.newest);
                span.contradicted_files += events.contradictions.len();
            }
        }
        for finding in &verification.findings {
            if finding.kind.counts() {
                *summary.findings.entry(finding.verdict).or_default() += 1;
            }
        }
        summary
    }
}

fn add(sum: &mut BTreeMap<Verdict, u64>, more: &BTreeMap<Verdict, u64>) {
    for (verdict, count) in more {
        *sum.entry(*verdict).or_default() += count;
    }
}

/// What of `range` lies behind `covered`.
fn rest(covered: Option<Range>, range: Range) -> Option<Range> {
    let start = covered.map_or(range.start, |covered| covered.end.max(range.start));
    (start < range.end).then_some(Range {
        start,
        end: range.end,
    })
}
