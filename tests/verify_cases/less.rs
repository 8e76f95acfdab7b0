//! Each thing that can happen to a trail, seen with less at hand.

use std::collections::BTreeSet;

use trailcheck::digest::finding::Verdict;
use trailcheck::digest::object::Object;
use trailcheck::digest::verification::Verification;

use super::alone::assert_none;
use super::inquiry::Inquiry;
use super::truth::{object, outcome, unnamed};
use crate::trail::{Setup, Trail, Truth, cases, generate};

/// What is judged wrong when each case is seen like that; `blind` are the cases that nobody
/// can see then.
fn judge(look: fn(Inquiry) -> Inquiry, blind: &[&str]) -> Vec<String> {
    let setup = Setup {
        events_per_file: 5,
        ..Setup::many_regions()
    };
    let mut failed = Vec::new();
    for case in cases().filter(|case| !case.name.ends_with("-bomb")) {
        let trail = generate(&setup, &[(case.name, None)]);
        let found = look(Inquiry::about(&trail)).run();
        let mut wrong = accused(&trail, &found);
        let is_log = |truth: &Truth| truth.named.keys().all(|kind| kind.starts_with("log-"));
        if trail.truths.iter().all(is_log) {
            wrong.extend(unnamed(&trail, &found));
        }
        let visible = outcome(&trail) == "tampered" && !blind.contains(&case.name);
        let expected = if visible { "tampered" } else { "incomplete" };
        if found.outcome_name() != expected {
            wrong.push(format!("it is {}, not {expected}", found.outcome_name()));
        }
        failed.extend(wrong.iter().map(|wrong| format!("{}: {wrong}", case.name)));
    }
    failed
}

/// What is called altered or missing, and nobody touched; where nothing was tampered with, what
/// is called unexplained as well.
fn accused(trail: &Trail, found: &Verification) -> Vec<String> {
    let touched: BTreeSet<Object> = trail
        .expected()
        .iter()
        .map(|expected| object(&expected.object))
        .collect();
    let benign = trail.truths.iter().all(|truth| truth.benign);
    let changed = trail
        .truths
        .iter()
        .any(|truth| truth.case == "backfill-modified");
    let findings = found.findings.iter().filter(|finding| {
        let on_touched = finding
            .object
            .as_ref()
            .is_none_or(|object| touched.contains(object));
        match finding.verdict {
            // Either the log file is gone, or the digest lies whose signature is not at hand.
            Verdict::Missing if changed => false,
            Verdict::Altered | Verdict::Missing => benign || !on_touched,
            Verdict::Unexplained => benign,
            Verdict::Valid | Verdict::Unverified => false,
        }
    });
    let told = findings.map(|finding| format!("{:?} {:?}", finding.kind, finding.object));
    told.collect()
}

/// What was done to the metadata alone.
const METADATA: [&str; 6] = [
    "digest-signature-wrong",
    "digest-signature-missing",
    "newest-signature-missing",
    "digest-signature-not-hex",
    "digest-signature-swapped",
    "digest-algorithm-changed",
];

/// Digests that are as they were signed, by somebody else than CloudTrail.
const SIGNED_BY_OTHERS: [&str; 8] = [
    "wrong-key",
    "forged-digest",
    "forged-chain",
    "forged-digest-added",
    "forged-digest-off-beat",
    "other-regions-key",
    "expired-key",
    "backfill-wrong-key",
];

#[test]
fn a_copy_without_metadata_shows_all_but_what_was_done_to_the_metadata() {
    // Nothing names the newest backfill digest, so that nothing has its signature.
    let blind = [&METADATA[..], &["backfill-wrong-key"]].concat();
    assert_none(&judge(Inquiry::without_metadata, &blind));
}

#[test]
fn without_keys_nothing_is_valid_and_the_links_still_show_what_was_changed() {
    assert_none(&judge(Inquiry::without_keys, &SIGNED_BY_OTHERS));
    let trail = generate(&Setup::many_regions(), &[]);
    let found = Inquiry::about(&trail).without_keys().run();
    let valid = |verdict: &Verdict| *verdict == Verdict::Valid;
    assert!(!found.objects.iter().any(|judged| valid(&judged.verdict)));
    assert_eq!(found.objects.len(), trail.objects.len());
}

#[test]
fn without_keys_and_metadata_nothing_is_valid_either() {
    let look = |inquiry: Inquiry| inquiry.without_keys().without_metadata();
    let blind = [
        &METADATA[..],
        &SIGNED_BY_OTHERS,
        &["previous-signature-wrong"],
    ]
    .concat();
    assert_none(&judge(look, &blind));
}
