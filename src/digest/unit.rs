//! One unit of work: an account's log files in one Region over the range.
//!
//! Log files do not tell which trail delivered them, so that what no digest names can only
//! be told where all chains of the place are known. Nearly always there is one.

use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread;

use jiff::Timestamp;

use super::chain_report;
use super::finding::{Finding, Kind};
use super::found::Searched;
use super::keys::KeyRing;
use super::links::{Bounds, Links, follow};
use super::listing::{self, ChainKey, Digests, Window};
use super::log_files::{Checker, Names};
use super::name::{HOUR, Place, is_digests};
use super::object::Object;
use super::places::Site;
use super::pool::Unpackers;
use super::progress::Progress;
use super::seen::Seen;
use super::sequence::{Reader, Sequence};
use super::spool::Spool;
use super::store::Store;
use super::tally::Tally;
use super::trust::Trust;
use super::unnamed::Judged;
use super::verification::{ChainReport, JudgedObject, Range};
use super::verify::Request;

/// What the units of a run share.
pub(super) struct Run<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) ring: &'a KeyRing<'a>,
    pub(super) unpackers: &'a Unpackers,
    pub(super) spool: &'a Spool,
    pub(super) progress: &'a Progress,
    pub(super) request: &'a Request,
    pub(super) range: Range,
    /// Until when digests must have ended, if their chain goes on.
    pub(super) expected_until: Timestamp,
    /// How many findings of one kind a chain names.
    pub(super) named: u64,
}

/// What a unit comes to.
#[derive(Debug, Default)]
pub(super) struct UnitResult {
    pub(super) chains: Vec<ChainReport>,
    pub(super) findings: Vec<Finding>,
    pub(super) objects: Vec<JudgedObject>,
    pub(super) notes: Vec<String>,
}

/// One chain while it is verified.
pub(super) struct Chain {
    pub(super) key: Option<ChainKey>,
    pub(super) regular: Sequence,
    pub(super) backfill: Sequence,
    pub(super) links: Links,
    pub(super) backfill_links: Links,
    pub(super) tally: Mutex<Tally>,
    /// Whether it goes on behind what was read.
    pub(super) goes_on: bool,
    /// Whether all that there is of its digests was listed.
    pub(super) listed: bool,
}

/// Verifies what lies at the places of one account and Region: more than one where a trail's
/// bucket or prefix was changed.
pub(super) fn verify(run: &Run<'_>, site: &Site) -> UnitResult {
    let (places, beside) = (&site.places, &site.beside);
    match places.first() {
        Some(place) => Unit {
            run,
            place,
            places,
            beside,
        }
        .verify(),
        None => UnitResult::default(),
    }
}

struct Unit<'a> {
    run: &'a Run<'a>,
    /// Any of the places, for its account and Region.
    place: &'a Place,
    places: &'a BTreeSet<Place>,
    beside: &'a [Object],
}

impl Unit<'_> {
    fn verify(&self) -> UnitResult {
        let range = self.run.range;
        let window = Window {
            after: range.start - HOUR,
            until: range.end + HOUR + HOUR,
            now: self.run.request.now,
        };
        let mut listed = Digests::default();
        let mut failures = Vec::new();
        for place in self.places {
            let (more, outcome) = listing::digests(self.run.store, place, window);
            listed.join(more);
            failures.extend(outcome.err().map(|failure| (place.clone(), failure)));
        }
        let complete = failures.is_empty();
        let mut strays = std::mem::take(&mut listed.strays);
        strays.extend(
            self.beside
                .iter()
                .filter(|stray| is_digests(stray))
                .cloned(),
        );
        let mut result = UnitResult::default();
        let (mut chains, mut others) = (Vec::new(), Vec::new());
        for (mut chain, judged) in self.chains(listed, window, complete) {
            failures.append(&mut chain.regular.unlisted);
            failures.append(&mut chain.backfill.unlisted);
            if judged {
                chains.push(chain);
            } else {
                result.notes.push(self.only_names(&chain));
                others.push(chain);
            }
        }
        if chains.is_empty() {
            chains.push(self.without_digests(complete));
        }
        for ((place, failure), chain) in failures.iter().zip(chains.iter().cycle()) {
            let prefix = Object::new(&place.bucket, place.digest_prefix());
            let detail = format!("digests under `{prefix}`: {}", failure.detail);
            chain.find(None, Kind::ListingFailed, detail);
        }
        self.check_strays(strays, &chains);
        self.log_files(&mut chains, &others, failures.is_empty());
        for chain in chains {
            self.report(chain, &mut result);
        }
        result
    }

    /// Reads and follows every chain of the place; whether each is one that is asked about.
    fn chains(&self, listed: Digests, window: Window, complete: bool) -> Vec<(Chain, bool)> {
        let reader = Reader {
            store: self.run.store,
            ring: self.run.ring,
            unpackers: self.run.unpackers,
            spool: self.run.spool,
            progress: self.run.progress,
            places: self.places,
            account: &self.place.account,
            region: &self.place.region,
            window,
            asked: self.run.range,
        };
        let Digests {
            mut chains,
            mut later,
            earlier,
            ..
        } = listed;
        // A chain that was there right before, or is there right behind, should be here, too.
        for key in later.keys().chain(&earlier) {
            chains.entry(key.clone()).or_default();
        }
        let chains = chains.into_iter().map(|(key, digests)| {
            let (backfill, mut regular): (Vec<_>, Vec<_>) =
                digests.into_iter().partition(|(_, name)| name.backfill);
            let newest = regular.iter().map(|(_, name)| name.end).max();
            let later = later.remove(&key);
            let goes_on = later.is_some();
            // What comes behind a gap tells whether it is one.
            regular.extend(later.filter(|_| newest < Some(self.run.range.end)));
            let mut chain = Chain {
                regular: reader.sequence(&key, regular),
                backfill: reader.sequence(&key, backfill),
                links: Links::default(),
                backfill_links: Links::default(),
                tally: Mutex::new(self.tally(Some(&key))),
                key: Some(key),
                goes_on,
                listed: complete,
            };
            chain.listed &= chain.regular.unlisted.is_empty();
            self.follow(&mut chain);
            let judged = self.is_asked_about(chain.key.as_ref());
            (chain, judged)
        });
        chains.collect()
    }

    fn follow(&self, chain: &mut Chain) {
        let regular = &chain.regular;
        let until = self.run.expected_until;
        chain.links = follow(
            &regular.seen,
            &regular.assessed,
            Bounds {
                rhythm: true,
                complete: chain.listed,
                expected_until: until,
            },
        );
        chain.backfill_links = follow(
            &chain.backfill.seen,
            &chain.backfill.assessed,
            Bounds {
                rhythm: false,
                complete: false,
                expected_until: until,
            },
        );
    }

    fn is_asked_about(&self, key: Option<&ChainKey>) -> bool {
        match (&self.run.request.trail, key) {
            (Some(trail), Some(key)) => {
                trail.name == key.trail && trail.home_region == key.home_region
            }
            _ => true,
        }
    }

    fn id(&self, key: Option<&ChainKey>) -> String {
        let (account, region) = (&self.place.account, &self.place.region);
        let trail = key.map(|key| key.trail.as_str());
        let asked = self
            .run
            .request
            .trail
            .as_ref()
            .map(|trail| trail.name.as_str());
        match trail.or(asked) {
            Some(trail) => format!("{account}/{region}/{trail}"),
            None => format!("{account}/{region}"),
        }
    }

    fn tally(&self, key: Option<&ChainKey>) -> Tally {
        Tally::new(
            self.id(key),
            self.place.clone(),
            self.run.range,
            self.run.request.objects,
            self.run.request.events,
            self.run.named,
        )
    }

    /// A place that has log files and no digests, or nothing at all.
    fn without_digests(&self, listed: bool) -> Chain {
        Chain {
            key: None,
            regular: Sequence::default(),
            backfill: Sequence::default(),
            links: Links::default(),
            backfill_links: Links::default(),
            tally: Mutex::new(self.tally(None)),
            goes_on: false,
            listed,
        }
    }

    /// A chain of another trail, which explains log files that are not those of the one
    /// asked about.
    fn only_names(&self, chain: &Chain) -> String {
        format!(
            "`{}` delivers to the same place as the trail asked about; its digests were read for \
             the names of its log files, and nothing else of it was checked",
            self.id(chain.key.as_ref())
        )
    }

    /// Objects among the digests whose keys are not those of digests.
    fn check_strays(&self, strays: Vec<Object>, chains: &[Chain]) {
        let Some(chain) = chains.first() else {
            return;
        };
        self.run.progress.plan(strays.len() as u64);
        let mut wanted = (0..).zip(strays);
        self.run.store.read(&mut wanted, &|_, object, read| {
            self.run
                .progress
                .finish(read.as_ref().map_or(0, |body| body.bytes.len()));
            let (kind, detail) = self
                .run
                .unpackers
                .with(|unpacker| super::seen::stray(&object, read, unpacker));
            chain.tally(|tally| {
                tally.find(Some(&object), kind, detail);
                tally.digest(&object, false, kind.verdict());
            });
        });
    }

    /// Checks the log files that digests name, and says what of those that none does.
    /// `listed` is whether all digests could be.
    fn log_files(&self, chains: &mut [Chain], others: &[Chain], listed: bool) {
        let all = chains.iter().chain(others);
        let trusted: Vec<&Seen> = all.flat_map(Chain::trusted).collect();
        let (names, lost) = Names::of(&trusted, self.run.spool);
        let places = self.all_places(chains);
        let searched = Searched {
            store: self.run.store,
            places: &places,
            range: self.run.range,
            beside: self.beside,
            names: &names,
        };
        let found = thread::scope(|scope| {
            // What lies there is listed while what is named is read.
            let listing = scope.spawn(|| searched.find());
            for chain in &*chains {
                self.check_log_files(chain, &names);
            }
            listing.join().unwrap_or_else(|panic| resume_unwind(panic))
        });
        let judged = Judged {
            run: self.run,
            searched,
            complete: listed && lost.is_empty(),
            others,
        };
        judged.judge(chains, &found);
        for ((digest, reason), chain) in lost.into_iter().zip(chains.iter().cycle()) {
            chain.find(Some(&digest), Kind::DigestUnreadable, reason);
        }
    }

    fn check_log_files(&self, chain: &Chain, names: &Names) {
        let until = self.run.range.end + HOUR;
        let mut digests = chain.regular.trusted(until);
        digests.extend(chain.backfill.trusted(until));
        let checker = Checker {
            store: self.run.store,
            place: self.place,
            unpackers: self.run.unpackers,
            spool: self.run.spool,
            progress: self.run.progress,
            names,
            events: self.run.request.events,
        };
        checker.check(&digests, &chain.tally);
    }

    /// Where the chains were found, and where they led.
    fn all_places(&self, chains: &[Chain]) -> BTreeSet<Place> {
        let sequences = chains
            .iter()
            .flat_map(|chain| [&chain.regular, &chain.backfill]);
        let elsewhere = sequences.flat_map(|sequence| &sequence.elsewhere);
        self.places.iter().chain(elsewhere).cloned().collect()
    }

    /// The buckets of the chain, the one with its newest digest first.
    fn buckets(&self, chain: &Chain) -> Vec<String> {
        let mut buckets = Vec::new();
        let newest_first = chain.regular.seen.iter().chain(&chain.backfill.seen).rev();
        let digests = newest_first.map(|digest| &digest.object.bucket);
        for bucket in digests.chain(self.places.iter().map(|place| &place.bucket)) {
            if !buckets.contains(bucket) {
                buckets.push(bucket.clone());
            }
        }
        buckets
    }

    fn report(&self, chain: Chain, result: &mut UnitResult) {
        let covers = |digest: &Seen| {
            digest.start() < self.run.range.end && digest.end() > self.run.range.start
        };
        let buckets = self.buckets(&chain);
        let mut tally = chain
            .tally
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let mut keys = BTreeSet::new();
        for (sequence, links, backfill) in [
            (&chain.regular, &chain.links, false),
            (&chain.backfill, &chain.backfill_links, true),
        ] {
            chain_report::digests(&mut tally, sequence, links, backfill, &covers);
            keys.extend(chain_report::keys_used(sequence));
        }
        tally.close();
        let trail = chain.key.as_ref();
        let asked = self.run.request.trail.as_ref();
        result.chains.push(ChainReport {
            id: self.id(trail),
            buckets,
            account: self.place.account.clone(),
            region: self.place.region.clone(),
            trail: trail
                .map(|key| key.trail.clone())
                .or_else(|| asked.map(|trail| trail.name.clone())),
            home_region: trail
                .map(|key| key.home_region.clone())
                .or_else(|| asked.map(|trail| trail.home_region.clone())),
            covered: chain_report::covered(&chain.regular, self.run.range),
            digests: tally.digests,
            backfill_digests: tally.backfill_digests,
            log_files: tally.log_files,
            not_yet_digested: tally.not_yet_digested,
            bytes: tally.bytes,
            unpacked_bytes: tally.unpacked,
            keys,
            events: tally.found_events,
        });
        result.findings.extend(tally.findings);
        result.objects.extend(tally.objects);
    }
}

impl Chain {
    /// Its digests that can be trusted, or that nothing speaks against: also those behind the
    /// range, which are on the timeline.
    fn trusted(&self) -> impl Iterator<Item = &Seen> {
        let digests = self.regular.digests().chain(self.backfill.digests());
        digests
            .filter(|(_, assessed)| assessed.trust != Trust::None)
            .map(|(digest, _)| digest)
    }

    /// Adds to what was found.
    pub(super) fn tally<T>(&self, act: impl FnOnce(&mut Tally) -> T) -> T {
        act(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds a finding.
    pub(super) fn find(&self, object: Option<&Object>, kind: Kind, detail: String) {
        self.tally(|tally| tally.find(object, kind, detail));
    }
}
