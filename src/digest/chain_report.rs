//! What is said of a chain's digests.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::finding::{Kind, Verdict};
use super::links::Links;
use super::seen::{Seen, State};
use super::sequence::Sequence;
use super::tally::Tally;
use super::trust::Trust;
use super::verification::Range;

/// Counts digests and says what is wrong with them.
pub(super) fn digests(
    tally: &mut Tally,
    sequence: &Sequence,
    links: &Links,
    backfill: bool,
    covers: &dyn Fn(&Seen) -> bool,
) {
    let mut by_index: BTreeMap<usize, Vec<(Kind, String)>> = BTreeMap::new();
    for (index, kind, detail) in &links.findings {
        let findings = by_index.entry(*index).or_default();
        if !findings.iter().any(|(known, _)| known == kind) {
            findings.push((*kind, detail.clone()));
        }
    }
    let unsigned = unsigned_alike(sequence, covers);
    for (index, (digest, assessed)) in sequence.digests().enumerate() {
        let own = assessed.findings.clone();
        let more = by_index.remove(&index).unwrap_or_default();
        let found: Vec<(Kind, String)> = own
            .into_iter()
            .chain(more)
            .filter(|(kind, _)| kind.verdict() != Verdict::Unverified || covers(digest))
            .collect();
        let verdict = match (found.first(), assessed.trust) {
            (Some((kind, _)), _) => kind.verdict(),
            (None, Trust::Proven) => Verdict::Valid,
            (None, _) => Verdict::Unverified,
        };
        tally.bytes += digest.found().map_or(0, |contents| contents.size);
        tally.digest(&digest.object, backfill, verdict);
        for (kind, detail) in found {
            if !unsigned.contains_key(&detail) {
                tally.find(Some(&digest.object), kind, detail);
            }
        }
    }
    for (reason, count) in unsigned {
        let detail = format!("the signatures of {count} digests could not be checked: {reason}");
        tally.find(None, Kind::DigestSignatureUnverified, detail);
    }
    for gone in &links.inferred {
        if let State::Gone(why) = &gone.state {
            tally.find(Some(&gone.object), Kind::DigestMissing, why.clone());
        }
        tally.digest(&gone.object, backfill, Verdict::Missing);
    }
    for (from, to) in &links.untold {
        let detail = format!(
            "no digest covers the time from {from} to {to}; the one behind it says that it begins \
             a chain, and cannot be trusted"
        );
        tally.find(None, Kind::NotCovered, detail);
    }
    for (from, to) in &links.unknown {
        let detail = format!("no digest covers the time from {from} to {to}");
        tally.find(None, Kind::DigestMissing, detail);
    }
}

/// The reasons why several digests' signatures could not be checked, and of how many: each is
/// said once.
fn unsigned_alike(sequence: &Sequence, covers: &dyn Fn(&Seen) -> bool) -> BTreeMap<String, u64> {
    let findings = sequence
        .digests()
        .filter(|(digest, _)| covers(digest))
        .flat_map(|(_, assessed)| &assessed.findings);
    let mut reasons = BTreeMap::new();
    for (_, reason) in findings.filter(|(kind, _)| *kind == Kind::DigestSignatureUnverified) {
        *reasons.entry(reason.clone()).or_default() += 1;
    }
    reasons.retain(|_, count| *count > 1);
    reasons
}

/// The keys that signatures were verified with.
pub(super) fn keys_used(sequence: &Sequence) -> impl Iterator<Item = String> {
    sequence
        .digests()
        .filter(|(_, assessed)| assessed.trust == Trust::Proven && assessed.signature.is_some())
        .filter_map(|(digest, _)| Some(digest.contents()?.fingerprint.to_string()))
}

/// From the first to the last digest in the range that can be trusted.
pub(super) fn covered(sequence: &Sequence, range: Range) -> Option<Range> {
    let trusted: Vec<&Seen> = sequence
        .digests()
        .filter(|(_, assessed)| assessed.trust == Trust::Proven)
        .map(|(digest, _)| digest)
        .filter(|digest| digest.start() < range.end && digest.end() > range.start)
        .collect();
    let start: Timestamp = trusted.iter().map(|digest| digest.start()).min()?;
    let end = trusted.iter().map(|digest| digest.end()).max()?;
    Some(Range {
        start: start.max(range.start),
        end: end.min(range.end),
    })
}
