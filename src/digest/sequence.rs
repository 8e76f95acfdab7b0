//! The digests of one chain: read as listed, and completed by what they name.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};
use std::{iter, mem};

use jiff::Timestamp;

use super::keys::KeyRing;
use super::listing::{self, ChainKey, Window};
use super::name::{DigestName, Place};
use super::object::Object;
use super::pool::Unpackers;
use super::progress::Progress;
use super::seen::{Seen, State};
use super::spool::Spool;
use super::store::{Store, Unreadable};
use super::trust::{Assessed, Trust, assess};
use super::verification::Range;

/// What reading digests needs.
pub(super) struct Reader<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) ring: &'a KeyRing<'a>,
    pub(super) unpackers: &'a Unpackers,
    pub(super) spool: &'a Spool,
    pub(super) progress: &'a Progress,
    /// Where the chain was found at first; all of one account and Region.
    pub(super) places: &'a BTreeSet<Place>,
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) window: Window,
    /// The times that public keys are asked for at first.
    pub(super) asked: Range,
}

/// Digests of one kind (regular or backfill) of one chain, the oldest first, and what each
/// is worth.
#[derive(Debug, Default)]
pub(super) struct Sequence {
    pub(super) seen: Vec<Seen>,
    pub(super) assessed: Vec<Assessed>,
    /// Other places that the chain led to: it goes on when a trail's bucket is changed.
    pub(super) elsewhere: BTreeSet<Place>,
    /// Places of these that could not be listed.
    pub(super) unlisted: Vec<(Place, Unreadable)>,
}

impl Reader<'_> {
    /// Reads the listed digests and what they lead to, in the window.
    pub(super) fn sequence(&self, chain: &ChainKey, listed: Vec<(Object, DigestName)>) -> Sequence {
        let backfill = listed.iter().any(|(_, name)| name.backfill);
        let mut sequence = Sequence::default();
        let (mut wanted, mut rounds) = (listed, 0);
        while !wanted.is_empty() {
            rounds += 1;
            let read = self.read(wanted);
            let oldest = sequence.seen.first().map(Seen::end);
            if !read.iter().all(|digest| Some(digest.end()) < oldest) {
                // They may vouch for others.
                sequence.assessed.clear();
            }
            let known = sequence.assessed.len();
            sequence.join(read, |seen, known| self.assess(seen, known));
            let new = sequence.seen.len() - known;
            wanted = self.list_elsewhere(chain, backfill, &mut sequence);
            wanted.extend(self.named(chain, backfill, &sequence, new));
            wanted.sort_by(|a, b| a.0.cmp(&b.0));
            wanted.dedup();
        }
        if rounds > 1 {
            // What was assessed before all were there was only to see where to go on.
            sequence.assessed.clear();
            sequence.join(Vec::new(), |seen, known| self.assess(seen, known));
        }
        for digest in &mut sequence.seen {
            digest.forget_signature();
        }
        sequence
    }

    fn assess(&self, seen: &[Seen], known: Vec<Option<Assessed>>) -> Vec<Assessed> {
        assess(seen, known, self.ring, self.region, self.asked)
    }

    /// Reads digests, in no particular order.
    fn read(&self, wanted: Vec<(Object, DigestName)>) -> Vec<Seen> {
        self.progress.plan(wanted.len() as u64);
        let names: BTreeMap<Object, DigestName> = wanted.into_iter().collect();
        let seen = Mutex::new(Vec::with_capacity(names.len()));
        let mut objects = (0..).zip(names.keys().cloned());
        self.store.read(&mut objects, &|_, object, read| {
            self.progress
                .finish(read.as_ref().map_or(0, |body| body.bytes.len()));
            // The store hands over only what it was asked for.
            let Some(name) = names.get(&object).cloned() else {
                return;
            };
            let digest = self.unpackers.with(|unpacker| {
                Seen::of(object, name, self.account, read, (unpacker, self.spool))
            });
            seen.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(digest);
        });
        seen.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Digests that the `new` oldest ones name, and that are not there.
    fn named(
        &self,
        chain: &ChainKey,
        backfill: bool,
        sequence: &Sequence,
        new: usize,
    ) -> Vec<(Object, DigestName)> {
        let known: HashSet<&Object> = sequence.seen.iter().map(|digest| &digest.object).collect();
        let mut wanted = Vec::new();
        for (digest, assessed) in sequence.digests().take(new) {
            let Some(previous) = digest.previous().map(|previous| &previous.object) else {
                continue;
            };
            let Some((place, name)) = self.of_chain(chain, previous) else {
                continue;
            };
            let in_window = self.window.after < name.end && name.end < digest.end();
            let credible = assessed.trust != Trust::None
                || (self.places.contains(&place) && name.end == digest.start());
            if in_window && credible && name.backfill == backfill && !known.contains(previous) {
                wanted.push((previous.clone(), name));
            }
        }
        wanted
    }

    /// The place and name of an object, if it is a digest of the chain.
    fn of_chain(&self, chain: &ChainKey, object: &Object) -> Option<(Place, DigestName)> {
        let place = Place::of(object)?;
        let name = place.digest(&object.key)?;
        let ours = place.account == self.account && place.region == self.region;
        (ours && ChainKey::of(&name) == *chain).then_some((place, name))
    }

    /// What else lies in the places that the chain has led to.
    fn list_elsewhere(
        &self,
        chain: &ChainKey,
        backfill: bool,
        sequence: &mut Sequence,
    ) -> Vec<(Object, DigestName)> {
        let there = sequence
            .seen
            .iter()
            .filter(|digest| matches!(digest.state, State::Read(_)))
            .filter_map(|digest| Place::of(&digest.object))
            .filter(|place| !self.places.contains(place));
        let new: BTreeSet<Place> = there
            .filter(|place| !sequence.elsewhere.contains(place))
            .collect();
        let mut found = Vec::new();
        for place in new {
            let (mut listed, outcome) = listing::digests(self.store, &place, self.window);
            let theirs = listed.chains.remove(chain).unwrap_or_default();
            found.extend(theirs.into_iter().filter(|(object, name)| {
                name.backfill == backfill
                    && !sequence.seen.iter().any(|digest| digest.object == *object)
            }));
            if let Err(failure) = outcome {
                sequence.unlisted.push((place.clone(), failure));
            }
            sequence.elsewhere.insert(place);
        }
        found
    }
}

impl Sequence {
    /// Adds digests, and assesses those that are not assessed yet.
    fn join(
        &mut self,
        new: Vec<Seen>,
        assess: impl FnOnce(&[Seen], Vec<Option<Assessed>>) -> Vec<Assessed>,
    ) {
        let known = mem::take(&mut self.assessed).into_iter().map(Some);
        let known = known.chain(iter::repeat(None));
        let seen = mem::take(&mut self.seen).into_iter().chain(new);
        let mut both: Vec<(Seen, Option<Assessed>)> = seen.zip(known).collect();
        both.sort_by(|(a, _), (b, _)| (a.end(), &a.object).cmp(&(b.end(), &b.object)));
        let (seen, known): (Vec<Seen>, Vec<Option<Assessed>>) = both.into_iter().unzip();
        self.assessed = assess(&seen, known);
        self.seen = seen;
    }

    /// The digests and what each is worth.
    pub(super) fn digests(&self) -> impl Iterator<Item = (&Seen, &Assessed)> {
        self.seen.iter().zip(&self.assessed)
    }

    /// Those whose log files are to be read or known.
    pub(super) fn trusted(&self, until: Timestamp) -> Vec<(&Seen, Trust)> {
        self.digests()
            .filter(|(digest, assessed)| assessed.trust != Trust::None && digest.start() < until)
            .map(|(digest, assessed)| (digest, assessed.trust))
            .collect()
    }
}
