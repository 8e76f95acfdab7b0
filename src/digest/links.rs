//! How the digests of a chain follow one another: links, holes, restarts, and what is gone.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::finding::Kind;
use super::name::{DigestName, HOUR, Place};
use super::object::Object;
use super::seen::{Previous, Seen, State};
use super::timeline::{Cover, Timeline};
use super::trust::{Assessed, Trust};

/// What following the chain gave.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// What is wrong with digests that are there, by their index, beside what is wrong with
    /// each by itself.
    pub(super) findings: Vec<(usize, Kind, String)>,
    /// Digests that nothing names and that must have been there, by the chain's rhythm.
    pub(super) inferred: Vec<Seen>,
    /// Stretches without digests which do not fit the rhythm.
    pub(super) unknown: Vec<(Timestamp, Timestamp)>,
    /// Stretches before a digest that says it begins a chain, and cannot be trusted.
    pub(super) untold: Vec<(Timestamp, Timestamp)>,
    /// What each moment is covered by.
    pub(super) timeline: Timeline,
    /// Whether the first digest on the chain begins one.
    pub(super) begins: bool,
}

/// What the links are judged by beside the digests.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Until when digests must be there, if the chain goes on.
    pub(super) expected_until: Timestamp,
    /// Whether a chain of this kind has a rhythm: backfill digests come when they come.
    pub(super) rhythm: bool,
    /// Whether everything that is there was listed. If not, nothing is said to be gone for
    /// not having been seen.
    pub(super) complete: bool,
}

/// Follows digests of one chain, the oldest first.
pub(super) fn follow(seen: &[Seen], assessed: &[Assessed], bounds: Bounds) -> Links {
    let mut follower = Follower {
        seen,
        assessed,
        bounds,
        named: named_by_trusted(seen, assessed),
        links: Links::default(),
    };
    let path = follower.path();
    follower.walk(&path);
    follower.links
}

/// The digests that a digest which can be trusted names as the one before it.
fn named_by_trusted<'a>(seen: &'a [Seen], assessed: &[Assessed]) -> HashSet<&'a Object> {
    seen.iter()
        .zip(assessed)
        .filter(|(_, assessed)| assessed.trust != Trust::None)
        .filter_map(|(digest, _)| Some(&digest.previous()?.object))
        .collect()
}

struct Follower<'a> {
    seen: &'a [Seen],
    assessed: &'a [Assessed],
    bounds: Bounds,
    named: HashSet<&'a Object>,
    links: Links,
}

impl<'a> Follower<'a> {
    fn trust(&self, index: usize) -> Trust {
        self.assessed
            .get(index)
            .map_or(Trust::None, |assessed| assessed.trust)
    }

    fn find(&mut self, index: usize, kind: Kind, detail: String) {
        self.links.findings.push((index, kind, detail));
    }

    /// The digests that make up the chain. Beside it lie those that a digest which can be
    /// trusted passes over, and those that were put where no digest ends.
    fn path(&mut self) -> Vec<usize> {
        let places: HashMap<&Object, usize> = self
            .seen
            .iter()
            .enumerate()
            .map(|(index, digest)| (&digest.object, index))
            .collect();
        let mut beside = HashSet::new();
        for (index, digest) in self.seen.iter().enumerate() {
            if self.is_stray(index, digest) {
                beside.insert(index);
            }
            let previous = digest
                .previous()
                .filter(|_| self.trust(index) != Trust::None);
            if let Some(&before) = previous.and_then(|previous| places.get(&previous.object)) {
                beside.extend(before.saturating_add(1)..index);
            }
        }
        self.passed_over(&beside);
        (0..self.seen.len())
            .filter(|index| !beside.contains(index))
            .collect()
    }

    /// Whether the object is no digest of its place, and no digest belongs there either.
    fn is_stray(&self, index: usize, digest: &Seen) -> bool {
        let misplaced = digest.found().is_some_and(|contents| contents.is_moved());
        if !misplaced || self.named.contains(&digest.object) {
            return false;
        }
        let phase = |time: Timestamp| time.as_second().rem_euclid(3600);
        !self.seen.iter().enumerate().any(|(other, fellow)| {
            other != index
                && self.trust(other) != Trust::None
                && phase(fellow.end()) == phase(digest.end())
        })
    }

    /// Digests that can be trusted, and that the digest behind them does not name.
    fn passed_over(&mut self, beside: &HashSet<usize>) {
        let mut lost: Vec<usize> = beside.iter().copied().collect();
        lost.sort_unstable();
        for index in lost {
            let Some(digest) = self.seen.get(index) else {
                continue;
            };
            if self.trust(index) != Trust::None && !self.named.contains(&digest.object) {
                let detail = "the digest behind it names an older one".to_owned();
                self.find(index, Kind::DigestUnreferenced, detail);
            }
        }
    }

    fn walk(&mut self, path: &[usize]) {
        let mut before: Option<(usize, &'a Seen)> = None;
        for &index in path {
            let Some(digest) = self.seen.get(index) else {
                continue;
            };
            match before {
                None => self.first(index, digest),
                Some((earlier, previous)) => self.pair(earlier, previous, index, digest),
            }
            self.cover(index, digest, before.map(|(_, previous)| previous));
            before = Some((index, digest));
        }
        if let Some((_, last)) = before.filter(|_| self.bounds.rhythm) {
            let why = format!(
                "a digest ends every hour, the last that is there at {}",
                last.end()
            );
            self.infer(last.end(), self.bounds.expected_until, last, &why);
        }
    }

    fn first(&mut self, index: usize, digest: &Seen) {
        let starts = digest
            .contents()
            .is_some_and(|contents| contents.previous.is_none());
        self.links.begins = starts && self.trust(index) != Trust::None;
    }

    /// What is wrong between two digests that follow each other.
    fn pair(&mut self, earlier: usize, previous: &Seen, index: usize, digest: &Seen) {
        let trusted = digest
            .contents()
            .filter(|_| self.trust(index) != Trust::None);
        let Some(contents) = trusted else {
            return self.between_unknown(previous, digest);
        };
        let skips = self.skipped(index, digest);
        match contents.previous.as_deref() {
            None if !self.bounds.rhythm => {}
            None => {
                self.links
                    .timeline
                    .add(previous.end(), digest.start(), Cover::Nothing);
                self.find(index, Kind::ChainStart, restart(previous, digest));
            }
            Some(named) if named.object == previous.object => {
                self.compare(earlier, previous, index, named);
                // What a digest that is passed over covers is no hole.
                let hole = contents.start != previous.end() && !skips;
                if self.bounds.rhythm && hole {
                    let (until, from) = (previous.end(), contents.start);
                    let detail =
                        format!("it begins at {from}, and the digest before it ends at {until}");
                    self.find(index, Kind::DigestTimeHole, detail);
                    self.passed_over_hours(until, from, digest);
                }
            }
            Some(named) => {
                let detail = format!(
                    "it names `{}` as the digest before it, and `{}` is",
                    named.object, previous.object
                );
                self.find(index, Kind::DigestBrokenLink, detail);
            }
        }
    }

    /// The whole hours between two digests of which the later one names the earlier: a digest of
    /// each was there, or should have been.
    fn passed_over_hours(&mut self, until: Timestamp, from: Timestamp, digest: &Seen) {
        if (from.as_second() - until.as_second()) % HOUR.as_secs() != 0 {
            return;
        }
        let why = format!(
            "a digest ends every hour, and the next one, which begins at {from}, passes over it"
        );
        let mut end = until + HOUR;
        while end <= from {
            if self.seen.iter().any(|other| other.end() == end) {
                // It is there, and cannot be trusted: else the next one would be wrong.
                self.links.timeline.add(end - HOUR, end, Cover::Untrusted);
            } else {
                self.infer(end - HOUR, end, digest, &why);
            }
            end += HOUR;
        }
    }

    /// The digest that names an older one than the one before it says what is not so; whether
    /// it does.
    fn skipped(&mut self, index: usize, digest: &Seen) -> bool {
        let Some(named) = digest.previous() else {
            return false;
        };
        let passed = self.seen.iter().enumerate().take(index).rev();
        let skips: Vec<&Object> = passed
            .take_while(|(_, other)| other.object != named.object)
            .filter(|&(other, _)| self.trust(other) != Trust::None)
            .map(|(_, other)| &other.object)
            .collect();
        let known = self.seen.iter().any(|other| other.object == named.object);
        let Some(nearest) = skips.first().filter(|_| known) else {
            return false;
        };
        let detail = format!(
            "it names `{}` as the digest before it, though `{nearest}` lies between",
            named.object
        );
        self.find(index, Kind::DigestBrokenLink, detail);
        true
    }

    /// Whether what a digest says of the one before it is so.
    fn compare(&mut self, earlier: usize, previous: &Seen, index: usize, named: &Previous) {
        let Some(contents) = previous.contents() else {
            return;
        };
        let Some(known) = self
            .assessed
            .get(earlier)
            .filter(|known| known.trust != Trust::None)
        else {
            return;
        };
        let hash = hex::encode(contents.sha256);
        let signature = known.signature.as_ref();
        if *named.sha256 != *hash {
            let detail = format!(
                "it says that the hash of `{}` is {}, and it is {hash}",
                previous.object, named.sha256
            );
            self.find(index, Kind::DigestBrokenLink, detail);
        } else if known.disowned
            || signature.is_some_and(|signature| !signature.means(&named.signature))
        {
            let detail = format!(
                "the signature that it has of `{}` is another one than CloudTrail's",
                previous.object
            );
            self.find(index, Kind::DigestBrokenLink, detail);
        }
    }

    /// Between a digest and one behind it that cannot tell what was before it.
    fn between_unknown(&mut self, previous: &Seen, digest: &Seen) {
        let follows = digest
            .previous()
            .is_some_and(|named| named.object == previous.object);
        if !self.bounds.rhythm || follows {
            return;
        }
        let says_first = digest
            .contents()
            .is_some_and(|contents| contents.previous.is_none());
        if says_first && digest.start() > previous.end() {
            // Whether it is the first of a chain nobody can tell who does not trust it.
            let span = (previous.end(), digest.start());
            self.links.timeline.add(span.0, span.1, Cover::Untrusted);
            self.links.untold.push(span);
            return;
        }
        let (after, before) = (previous.end(), digest.end());
        if (before.as_second() - after.as_second()) % HOUR.as_secs() == 0 {
            let why = format!(
                "a digest ends every hour, before it one at {after}, behind it one at {before}"
            );
            self.infer(after, before - HOUR, digest, &why);
        } else if before - HOUR > after && self.bounds.complete {
            self.links
                .timeline
                .add(after, before - HOUR, Cover::Missing);
            self.links.unknown.push((after, before - HOUR));
        }
    }

    /// The digests that the rhythm tells after the end of one and until that time.
    fn infer(&mut self, after: Timestamp, until: Timestamp, like: &Seen, why: &str) {
        if !self.bounds.complete {
            return;
        }
        // Digests far behind the range are only read to tell how the chain goes on.
        let until = until.min(self.bounds.expected_until + HOUR);
        let mut end = after + HOUR;
        while end <= until {
            self.links.timeline.add(end - HOUR, end, Cover::Missing);
            self.links.inferred.extend(rhythmic(like, end, why));
            end += HOUR;
        }
    }

    /// Notes what the digest covers.
    fn cover(&mut self, index: usize, digest: &Seen, before: Option<&Seen>) {
        let cover = match (&digest.state, self.trust(index)) {
            (State::Gone(_), _) => Cover::Missing,
            (_, Trust::None) => Cover::Untrusted,
            _ => Cover::Digest,
        };
        let from = match before {
            _ if cover == Cover::Digest => digest.start(),
            // What it says of its beginning is nobody's word.
            Some(previous) => (digest.end() - HOUR).max(previous.end()),
            None => digest.end() - HOUR,
        };
        self.links.timeline.add(from, digest.end(), cover);
    }
}

/// The digest of the same chain, in the same place, that must have ended at that time and is
/// gone.
pub(super) fn rhythmic(like: &Seen, end: Timestamp, why: &str) -> Option<Seen> {
    let place = Place::of(&like.object)?;
    let name = DigestName {
        end,
        ..like.name.clone()
    };
    let object = Object::new(&place.bucket, place.digest_key(&name));
    Some(Seen::gone(object, name, why))
}

fn restart(previous: &Seen, digest: &Seen) -> String {
    let (until, from) = (previous.end(), digest.start());
    if until == from {
        format!("it names no digest before it, though one ended at {until}")
    } else {
        format!(
            "it names no digest before it; the chain before ended at {until}, so that nothing is signed from then to {from}"
        )
    }
}
