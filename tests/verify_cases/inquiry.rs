//! A question to the verifier.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use trailcheck::digest::finding::{Finding, Kind};
use trailcheck::digest::keys::KeySource;
use trailcheck::digest::object::Object;
use trailcheck::digest::progress::Progress;
use trailcheck::digest::verification::{Range, Verification};
use trailcheck::digest::verify::{self, Request};

use super::memory::{Keys, Memory};
use crate::trail::Trail;

/// What is asked, of which objects and keys.
#[derive(Debug, Clone)]
pub(super) struct Inquiry {
    pub(super) store: Memory,
    pub(super) keys: Option<Keys>,
    pub(super) request: Request,
}

impl Inquiry {
    /// Whether all of the trail is as CloudTrail left it, asked an hour and a half after its
    /// newest digest ended.
    pub(super) fn about(trail: &Trail) -> Self {
        Inquiry {
            store: Memory::of(trail),
            keys: Some(Keys::of(trail)),
            request: Request {
                source: trail.arn(),
                range: Some(Range {
                    start: trail.start(),
                    end: trail.end(),
                }),
                now: trail.end() + SignedDuration::from_mins(90),
                bucket: None,
                prefix: None,
                trail: None,
                started_logging: None,
                regions: Vec::new(),
                accounts: Vec::new(),
                events: false,
                objects: true,
                notes: Vec::new(),
            },
        }
    }

    /// The same about another time.
    pub(super) fn between(mut self, start: Timestamp, end: Timestamp) -> Self {
        self.request.range = Some(Range { start, end });
        self
    }

    pub(super) fn without_keys(mut self) -> Self {
        self.keys = None;
        self
    }

    pub(super) fn without_metadata(mut self) -> Self {
        self.store.metadata_lost = true;
        self
    }

    pub(super) fn run(&self) -> Verification {
        let keys = self.keys.as_ref().map(|keys| keys as &dyn KeySource);
        verify::verify(&self.store, keys, &self.request, &Progress::default())
    }
}

/// The findings of one kind.
pub(super) fn of_kind(verification: &Verification, kind: Kind) -> Vec<&Finding> {
    let findings = verification.findings.iter();
    findings.filter(|finding| finding.kind == kind).collect()
}

/// That so many findings are of that kind.
pub(super) fn assert_count(found: &Verification, kind: Kind, count: usize) {
    assert_eq!(of_kind(found, kind).len(), count, "{}", told(found));
}

/// The kinds that an object is found with.
pub(super) fn kinds(verification: &Verification, object: &Object) -> Vec<&'static str> {
    let findings = verification.findings.iter();
    let about = findings.filter(|finding| finding.object.as_ref() == Some(object));
    about.map(|finding| finding.kind.as_str()).collect()
}

/// What was found, for the message of a test that fails.
pub(super) fn told(verification: &Verification) -> String {
    let mut text = format!("{}:", verification.outcome_name());
    for finding in &verification.findings {
        let object = finding.object.as_ref().map(Object::to_string);
        let kind = finding.kind.as_str();
        write!(text, "\n  {kind} {object:?} {}", finding.detail).unwrap();
    }
    text
}
