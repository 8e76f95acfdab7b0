//! Whether log files are what the digests say.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::document;
use super::finding::Kind;
use super::name::Place;
use super::object::Object;
use super::pool::Unpackers;
use super::progress::Progress;
use super::seen::Seen;
use super::spool::Spool;
use super::store::{Body, Store, Unreadable, UnreadableKind};
use super::tally::Tally;
use super::trust::Trust;
use super::unpack::{Packing, Unpacked, Unpacker};

/// The most that a log file may unpack to. CloudTrail writes some tens of MiB at most; what
/// is larger was made to keep a verifier busy.
const LARGEST_LOG: u64 = 1 << 30;

/// How many entries of a digest are held at a time. What has more is read again for the next;
/// an hour of a Region rarely has a thousand.
const AT_A_TIME: usize = 20_000;

/// The names of log files, as numbers: eight bytes each, whatever the length of a key. The
/// hash is keyed with what nobody outside this process knows, so that no key can be made to
/// pass for another.
#[derive(Debug, Default)]
pub(super) struct Names {
    keys: RandomState,
    /// In order and each once, when all are learnt.
    known: Vec<u64>,
    /// Those that are named more than once.
    repeated: HashSet<u64>,
}

impl Names {
    fn number(&self, object: &Object) -> u64 {
        self.keys.hash_one(object)
    }

    /// Every log file that the digests name, and the digests that cannot be read again, each
    /// with the reason.
    pub(super) fn of(digests: &[&Seen], spool: &Spool) -> (Self, Vec<(Object, String)>) {
        let mut names = Names::default();
        let contents = digests.iter().filter_map(|digest| digest.contents());
        let count: u64 = contents.map(|contents| contents.logs).sum();
        names
            .known
            .reserve_exact(usize::try_from(count).unwrap_or(0));
        let (mut unpacker, mut lost) = (Unpacker::new(), Vec::new());
        for digest in digests {
            let Some(contents) = digest.contents() else {
                continue;
            };
            let learnt = contents.text(spool, &mut unpacker).and_then(|text| {
                document::log_files(text, &mut |entry| {
                    let number = names.number(&Object::new(entry.bucket, entry.key));
                    names.known.push(number);
                })
            });
            lost.extend(learnt.err().map(|reason| (digest.object.clone(), reason)));
        }
        names.sort();
        (names, lost)
    }

    fn sort(&mut self) {
        self.known.sort_unstable();
        let neighbours = self.known.windows(2);
        let same = neighbours.filter(|pair| pair.first() == pair.last());
        self.repeated.extend(same.flatten());
        self.known.dedup();
    }

    /// Whether a digest names it.
    pub(super) fn contains(&self, object: &Object) -> bool {
        self.known.binary_search(&self.number(object)).is_ok()
    }
}

/// The log files that were asked for already, of those that more than one digest names: each is
/// read once, if they say the same.
struct Asked<'a> {
    names: &'a Names,
    of_repeated: HashSet<(u64, Option<[u8; 32]>)>,
}

impl Asked<'_> {
    /// Whether this is the first time.
    fn first(&mut self, object: &Object, sha256: Option<[u8; 32]>) -> bool {
        let number = self.names.number(object);
        !self.names.repeated.contains(&number) || self.of_repeated.insert((number, sha256))
    }
}

/// What a digest says of a log file.
#[derive(Debug)]
struct Expected {
    sha256: Option<[u8; 32]>,
    trust: Trust,
    oldest: Option<Timestamp>,
    newest: Option<Timestamp>,
}

/// What checking log files needs beside them.
pub(super) struct Checker<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) place: &'a Place,
    pub(super) unpackers: &'a Unpackers,
    pub(super) spool: &'a Spool,
    pub(super) progress: &'a Progress,
    /// What all digests of the unit name.
    pub(super) names: &'a Names,
    /// Whether the log files' events are read.
    pub(super) events: bool,
}

impl Checker<'_> {
    /// Reads each log file that the digests name, once, and compares. Those of digests that
    /// cannot be trusted are left out: what they say is nobody's word.
    pub(super) fn check(&self, digests: &[(&Seen, Trust)], tally: &Mutex<Tally>) {
        let under_way = Mutex::new(HashMap::new());
        let mut wanted = Wanted {
            digests: digests.iter(),
            entries: Vec::new().into_iter(),
            asked: Asked {
                names: self.names,
                of_repeated: HashSet::new(),
            },
            spool: self.spool,
            rest: None,
            under_way: &under_way,
            number: 0,
            unpacker: Unpacker::new(),
            progress: self.progress,
            tally,
        };
        self.store.read(&mut wanted, &|number, object, read| {
            let expected = under_way
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&number);
            self.progress
                .finish(read.as_ref().map_or(0, |body| body.bytes.len()));
            // The store hands over only what it was asked for.
            if let Some(expected) = expected {
                self.judge(&object, &expected, read, tally);
            }
        });
    }

    fn judge(
        &self,
        object: &Object,
        expected: &Expected,
        read: Result<Body, Unreadable>,
        tally: &Mutex<Tally>,
    ) {
        let body = match read {
            Ok(body) => body,
            Err(failure) => {
                let (kind, detail) = absent(failure);
                return with(tally, |tally| tally.log_file(object, Err((kind, detail))));
            }
        };
        self.unpackers.with(|unpacker| {
            let unpacked = unpacker.unpack(&body.bytes, LARGEST_LOG);
            let verdict = compare(&unpacked, expected);
            let read = if self.events && verdict.is_ok() {
                unpacked.content.map(|json| {
                    super::events::read(json, self.place, expected.oldest, expected.newest)
                })
            } else {
                None
            };
            with(tally, |tally| {
                tally.bytes += body.bytes.len() as u64;
                tally.unpacked += unpacked.size;
                if let Some(read) = read {
                    tally.events(object, read);
                }
                tally.log_file(object, verdict.map(|()| expected.trust));
            });
        });
    }
}

/// Does something with the tally that threads share.
fn with(tally: &Mutex<Tally>, act: impl FnOnce(&mut Tally)) {
    act(&mut tally.lock().unwrap_or_else(PoisonError::into_inner));
}

/// What to say of a log file that is named and was not read.
fn absent(failure: Unreadable) -> (Kind, String) {
    match failure.kind {
        UnreadableKind::Missing => (
            Kind::LogMissing,
            "a digest names it, and it is not there".to_owned(),
        ),
        _ => (Kind::LogUnreadable, failure.detail),
    }
}

/// Whether the log file is what the digest says.
fn compare(unpacked: &Unpacked<'_>, expected: &Expected) -> Result<(), (Kind, String)> {
    let Some(sha256) = expected.sha256 else {
        let detail = "its digest gives no SHA-256 hash of it".to_owned();
        return Err((Kind::LogUnreadable, detail));
    };
    let same = unpacked.sha256 == sha256;
    match unpacked.packing {
        Packing::TooLarge => Err((
            Kind::LogUnreadable,
            format!(
                "it unpacks to more than {} MiB, and was not read to its end",
                LARGEST_LOG >> 20
            ),
        )),
        Packing::Broken(reason) => Err((Kind::LogModified, reason.to_owned())),
        _ if !same => Err((
            Kind::LogModified,
            format!(
                "its SHA-256 is {}, and its digest says {}",
                hex::encode(unpacked.sha256),
                hex::encode(sha256)
            ),
        )),
        Packing::Whole => Ok(()),
        Packing::Trailing(bytes) => Err((
            Kind::LogTrailingData,
            format!("{bytes} bytes follow what CloudTrail delivered"),
        )),
        Packing::NotGzip => Err((
            Kind::LogBadGzip,
            "it is stored unpacked; its content is right".to_owned(),
        )),
        Packing::BadTrailer(reason) => {
            Err((Kind::LogBadGzip, format!("{reason}; its content is right")))
        }
    }
}

/// The log files that digests name, as a store asks for them: a digest's at a time.
struct Wanted<'a> {
    digests: std::slice::Iter<'a, (&'a Seen, Trust)>,
    entries: std::vec::IntoIter<(Object, Expected)>,
    asked: Asked<'a>,
    spool: &'a Spool,
    /// A digest of which so many entries were taken, and not all.
    rest: Option<(&'a Seen, Trust, usize)>,
    under_way: &'a Mutex<HashMap<u64, Expected>>,
    number: u64,
    unpacker: Unpacker,
    progress: &'a Progress,
    tally: &'a Mutex<Tally>,
}

impl Iterator for Wanted<'_> {
    type Item = (u64, Object);

    fn next(&mut self) -> Option<(u64, Object)> {
        loop {
            if let Some((object, expected)) = self.entries.next() {
                self.number += 1;
                self.under_way
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(self.number, expected);
                return Some((self.number, object));
            }
            let (digest, trust, taken) = match self.rest.take() {
                Some(rest) => rest,
                None => self
                    .digests
                    .next()
                    .map(|&(digest, trust)| (digest, trust, 0))?,
            };
            self.entries = self.entries_of(digest, trust, taken).into_iter();
        }
    }
}

impl<'a> Wanted<'a> {
    /// The next entries of a digest, of which so many were taken before.
    fn entries_of(
        &mut self,
        digest: &'a Seen,
        trust: Trust,
        taken: usize,
    ) -> Vec<(Object, Expected)> {
        let Some(contents) = digest.contents() else {
            return Vec::new();
        };
        let mut entries = Vec::new();
        let asked = &mut self.asked;
        let mut number = 0;
        let text = contents.text(self.spool, &mut self.unpacker);
        let mut take = |entry: document::LogEntry<'_>| {
            number += 1;
            if number <= taken || number > taken + AT_A_TIME {
                return;
            }
            let object = Object::new(entry.bucket, entry.key);
            let sha256 = entry.sha256.filter(|_| entry.algorithm == "SHA-256");
            if asked.first(&object, sha256) {
                let (oldest, newest) = (entry.oldest, entry.newest);
                entries.push((
                    object,
                    Expected {
                        sha256,
                        trust,
                        oldest,
                        newest,
                    },
                ));
            }
        };
        // It was read once before, so that this fails only where a temporary file does.
        let read = text.and_then(|text| document::log_files(text, &mut take));
        if let Err(reason) = read {
            with(self.tally, |tally| {
                tally.find(Some(&digest.object), Kind::DigestUnreadable, reason);
            });
        } else if number > taken + AT_A_TIME {
            self.rest = Some((digest, trust, taken + AT_A_TIME));
        }
        self.progress.plan(entries.len() as u64);
        entries
    }
}
