//! What a verifier must say of a trail to which several things happened.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::Trail;
use super::chain::{Chain, Digest};
use super::objects::Object;

/// Findings about a digest that leave open what is in it, or where it is.
const LOST: [&str; 3] = ["digest-missing", "digest-unreadable", "digest-bad-format"];

/// Findings about a digest after which its word may be worth nothing.
const DOUBTED: [&str; 6] = [
    "digest-bad-signature",
    "digest-no-signature",
    "digest-trailing-data",
    "digest-moved",
    "digest-unknown-key",
    "digest-expired-key",
];

/// What must, or may, be said of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) object: Object,
    /// Whether a verifier that says nothing of it is wrong.
    pub(crate) must: bool,
    /// What can rightly be said of it.
    pub(crate) kinds: Vec<&'static str>,
}

impl Trail {
    /// The objects that can still be named, and the kinds of finding that are right for each.
    pub(crate) fn must_name(&self) -> Vec<(Object, Vec<&'static str>)> {
        let expected = self.expected().into_iter().filter(|expected| expected.must);
        expected
            .map(|expected| (expected.object, expected.kinds))
            .collect()
    }

    /// What the truths come to, taken together. Nothing but these objects may be called altered
    /// or missing.
    pub(crate) fn expected(&self) -> Vec<Expected> {
        let mut said: BTreeMap<&Object, Vec<&'static str>> = BTreeMap::new();
        for truth in &self.truths {
            for (kind, objects) in &truth.named {
                for object in objects {
                    let kinds = said.entry(object).or_default();
                    kinds.push(kind);
                    kinds.extend(truth.or.get(object).into_iter().flatten());
                }
            }
        }
        let weighing = Weighing {
            trail: self,
            said: &said,
        };
        said.iter()
            .map(|(object, kinds)| weighing.weigh(object, kinds))
            .collect()
    }
}

struct Weighing<'a> {
    trail: &'a Trail,
    said: &'a BTreeMap<&'a Object, Vec<&'static str>>,
}

impl Weighing<'_> {
    fn weigh(&self, object: &Object, kinds: &[&'static str]) -> Expected {
        let mut expected = Expected {
            object: object.clone(),
            must: true,
            kinds: kinds.to_vec(),
        };
        if kinds.contains(&"digest-missing") {
            expected.must = self.can_be_named(object);
        } else if kinds.contains(&"log-unreferenced") {
            expected.kinds.extend(self.around(object));
        } else if kinds.iter().any(|kind| kind.starts_with("log-")) {
            self.weigh_named_log(&mut expected);
        }
        expected
    }

    /// A log file is judged by the digests that name it. Where all of these are gone, a log file
    /// that is there is `log-digest-missing`, whatever happened to it, and nothing tells of one
    /// that is gone. Where what is left of them may be lies, it can be `log-digest-untrusted`.
    fn weigh_named_log(&self, expected: &mut Expected) {
        let naming: Vec<&Digest> = self
            .digests()
            .filter(|digest| digest.logs.iter().any(|log| log.object == expected.object))
            .collect();
        if naming.is_empty() {
            return;
        }
        let states: Vec<State> = naming.iter().map(|digest| self.state(digest)).collect();
        if states.iter().all(|state| *state == State::Gone) {
            expected.must = self.trail.objects.contains_key(&expected.object);
            expected.kinds = vec!["log-digest-missing"];
        } else if states
            .iter()
            .all(|state| matches!(state, State::Gone | State::Lost))
        {
            expected.must = self.trail.objects.contains_key(&expected.object);
            expected.kinds = vec!["log-digest-untrusted", "log-digest-missing"];
        } else if states.iter().all(|state| *state != State::Sound) {
            expected.kinds.push("log-digest-untrusted");
        }
    }

    /// A log file that no digest names may be one that a lost or doubtful digest named, where
    /// the five minutes that its name stands for touch that digest's hour; and one that is not
    /// digested yet, where they touch the end of the chain.
    fn around(&self, object: &Object) -> Vec<&'static str> {
        let Some((chain, from)) = self.chain_of(object) else {
            return Vec::new();
        };
        let until = from + SignedDuration::from_mins(5);
        let mut kinds = Vec::new();
        for digest in chain.written() {
            if digest.start < until && from <= digest.end {
                match self.state(digest) {
                    State::Sound => {}
                    State::Gone => kinds.push("log-digest-missing"),
                    State::Lost | State::Doubted => kinds.push("log-digest-untrusted"),
                }
            }
        }
        if chain
            .digests
            .last()
            .is_some_and(|newest| newest.end < until)
        {
            kinds.push("log-not-yet-digested");
        }
        kinds
    }

    /// The chain whose folder a log file lies in, and the time in its name.
    fn chain_of(&self, object: &Object) -> Option<(&Chain, Timestamp)> {
        let chain = self.trail.chains.iter().find(|chain| {
            let root = self.trail.setup.root(&chain.place.account);
            let folder = format!("{root}/CloudTrail/{}/", chain.place.region);
            object.key.starts_with(&folder)
        })?;
        let name = object.key.rsplit('/').next()?;
        let time = name.split('_').nth(3)?;
        let (date, minute) = (time.get(..8)?, time.get(9..13)?);
        format!("{date}T{minute}00Z")
            .parse()
            .ok()
            .map(|time| (chain, time))
    }

    /// A digest that is gone can be named where the next one is there to name it, and where one
    /// before it and one behind it (or the end of the range) tell how many must lie between. A
    /// digest that begins a chain tells nothing of the time before it, and before the first
    /// digest that is left nothing tells where the chain began.
    fn can_be_named(&self, object: &Object) -> bool {
        let setup = &self.trail.setup;
        let backfill = |digest: &Digest| digest.backfill && digest.object(setup) == *object;
        if self.digests().any(backfill) {
            // It is noted only where the next one names it.
            return true;
        }
        let chains = self.trail.chains.iter();
        let place = chains.clone().find_map(|chain| {
            let digests: Vec<&Digest> = chain
                .digests
                .iter()
                .filter(|digest| digest.written)
                .collect();
            let hour = digests
                .iter()
                .position(|digest| digest.object(setup) == *object)?;
            Some((digests, hour))
        });
        let Some((digests, hour)) = place else {
            return false;
        };
        let there = |digest: &&&Digest| self.trail.objects.contains_key(&digest.object(setup));
        let pointed = digests
            .get(hour + 1)
            .is_some_and(|next| !next.starts_chain && self.state(next) == State::Sound);
        let before = digests[..hour].iter().any(|digest| there(&digest));
        let behind = digests[hour + 1..].iter().find(there);
        pointed || (before && behind.is_none_or(|digest| !digest.starts_chain))
    }

    fn state(&self, digest: &Digest) -> State {
        let object = digest.object(&self.trail.setup);
        if !self.trail.objects.contains_key(&object) {
            return State::Gone;
        }
        let kinds = self
            .said
            .get(&object)
            .map(Vec::as_slice)
            .unwrap_or_default();
        if kinds.iter().any(|kind| LOST.contains(kind)) {
            State::Lost
        } else if kinds.iter().any(|kind| DOUBTED.contains(kind)) {
            State::Doubted
        } else {
            State::Sound
        }
    }

    fn digests(&self) -> impl Iterator<Item = &Digest> {
        self.trail.chains.iter().flat_map(Chain::written)
    }
}

/// What is left of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Sound,
    /// It is there, and its word may be worth nothing.
    Doubted,
    /// It is there, and nobody can read it.
    Lost,
    Gone,
}
