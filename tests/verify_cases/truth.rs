//! What a verifier found, held against what was done.

use std::collections::BTreeMap;

use trailcheck::digest::finding::{Kind, Verdict};
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

/// What is called altered, missing or unexplained, and is not.
pub(super) fn invented(trail: &Trail, found: &Verification) -> Vec<String> {
    let expected: BTreeMap<Object, Vec<&str>> = trail
        .expected()
        .into_iter()
        .map(|expected| (object(&expected.object), expected.kinds))
        .collect();
    // The digest behind is CloudTrail's, and has the attacker's signature of this one.
    let signed_by_attacker = trail.truths.iter().any(|truth| truth.case == "wrong-key");
    let digests_lost = trail
        .truths
        .iter()
        .any(|truth| truth.named.contains_key("digest-missing"));
    let accused = found
        .findings
        .iter()
        .filter(|finding| finding.verdict.is_tampering());
    let mut wrong = Vec::new();
    for finding in accused {
        let kind = finding.kind.as_str();
        let right = match &finding.object {
            Some(object) => {
                let kinds = expected.get(object);
                kinds.is_some_and(|kinds| kinds.contains(&kind))
                    || (finding.kind == Kind::DigestBrokenLink && signed_by_attacker)
            }
            None => finding.verdict == Verdict::Missing && digests_lost,
        };
        if !right {
            let object = finding.object.as_ref().map(Object::to_string);
            wrong.push(format!("{object:?} is {kind}: {}", finding.detail));
        }
    }
    wrong
}

/// How the run must end.
pub(super) fn outcome(trail: &Trail) -> &'static str {
    let mut truths = trail.truths.iter();
    let unread = |case: &str| OUT_OF_REACH.contains(&case);
    if truths.clone().any(|truth| !truth.benign) {
        "tampered"
    } else if truths.any(|truth| unread(truth.case)) {
        "incomplete"
    } else {
        "valid"
    }
}
