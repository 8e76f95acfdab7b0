//! What a verifier found, held against what was done.

use std::collections::{BTreeMap, BTreeSet};

use trailcheck::digest::finding::Verdict;
use trailcheck::digest::object::Object;
use trailcheck::digest::verification::Verification;

use super::inquiry::kinds;
use crate::trail;
use crate::trail::Trail;

/// Cases in which nothing was tampered with, and something cannot be looked at.
const OUT_OF_REACH: [&str; 3] = ["log-archived", "digest-archived", "key-inconsistent"];

/// The generator's own object as the verifier has it.
pub(super) fn object(object: &trail::Object) -> Object {
    Object::new(&object.bucket, &object.key)
}

/// What is wrong with what was found, a sentence each.
pub(super) fn wrong(trail: &Trail, found: &Verification) -> Vec<String> {
    let mut wrong = unnamed(trail, found);
    wrong.extend(invented(trail, found));
    let expected = outcome(trail);
    if found.outcome_name() != expected {
        wrong.push(format!("it is {}, not {expected}", found.outcome_name()));
    }
    wrong
}

/// Objects that must be named and are not, or as something else.
pub(super) fn unnamed(trail: &Trail, found: &Verification) -> Vec<String> {
    let mut wrong = Vec::new();
    for (named, right) in trail.must_name() {
        let said = kinds(found, &object(&named));
        if !said.iter().any(|kind| right.contains(kind)) {
            wrong.push(format!("{named} is {said:?}, not {right:?}"));
        }
    }
    wrong
}

/// What is called altered or missing, and nobody touched; where nothing was tampered with at
/// all, also what is called unexplained.
pub(super) fn invented(trail: &Trail, found: &Verification) -> Vec<String> {
    let expected: BTreeMap<Object, BTreeSet<&str>> = trail
        .expected()
        .into_iter()
        .map(|expected| (object(&expected.object), expected.kinds.into_iter().collect()))
        .collect();
    let benign = trail.truths.iter().all(|truth| truth.benign);
    let mut wrong = Vec::new();
    for finding in &found.findings {
        let (kind, detail) = (finding.kind.as_str(), &finding.detail);
        let is_bad = match finding.verdict {
            Verdict::Altered | Verdict::Missing => match &finding.object {
                Some(object) => !expected
                    .get(object)
                    .is_some_and(|kinds| kinds.contains(kind)),
                None => !trail
                    .truths
                    .iter()
                    .any(|truth| truth.named.contains_key("digest-missing")),
            },
            Verdict::Unexplained => benign,
            Verdict::Unverified | Verdict::Valid => false,
        };
        if is_bad {
            let object = finding.object.as_ref().map(Object::to_string);
            wrong.push(format!("{object:?} is {kind}: {detail}"));
        }
    }
    wrong
}

/// How the run must end.
pub(super) fn outcome(trail: &Trail) -> &'static str {
    let mut truths = trail.truths.iter();
    if truths.clone().any(|truth| !truth.benign) {
        "tampered"
    } else if truths.any(|truth| OUT_OF_REACH.contains(&truth.case)) {
        "incomplete"
    } else {
        "valid"
    }
}
