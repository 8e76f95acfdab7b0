//! The log files that one Region of one account delivers in an hour.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use jiff::{SignedDuration, Timestamp};

use super::events::{Caller, callers, records};
use super::objects::{Object, Stored};
use super::packing::{gzip, sha256};
use super::random::Random;
use super::setup::{Place, Setup, iso};

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// What a digest says of a log file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogFile {
    pub(crate) object: Object,
    pub(crate) sha256: String,
    pub(crate) oldest: Timestamp,
    pub(crate) newest: Timestamp,
}

/// An hour's log files.
pub(crate) type Delivery = Vec<(LogFile, Stored)>;

type Remembered = BTreeMap<(Setup, Place, String), Arc<Delivery>>;

/// Deliveries of small trails, as many tests make the same trail: compressing them costs most.
static DELIVERIES: LazyLock<Mutex<Remembered>> = LazyLock::new(Mutex::default);

/// Files that are remembered at the most.
const REMEMBERED: usize = 4_000;

/// `count` log files that are delivered in the hour after `from`, in that order. The label
/// keeps apart what is delivered at the same time.
pub(crate) fn deliver(
    setup: &Setup,
    place: &Place,
    from: Timestamp,
    count: usize,
    label: &str,
) -> Arc<Delivery> {
    let like = Setup {
        files_per_hour: count,
        hours: 0,
        start: from,
        ..setup.clone()
    };
    let asked = (like, place.clone(), label.to_owned());
    if let Some(known) = DELIVERIES.lock().unwrap().get(&asked) {
        return known.clone();
    }
    let callers = callers(setup, &place.account);
    let delivery = Arc::new(Hour::new(setup, place, &callers, from, count, label).collect());
    let mut known = DELIVERIES.lock().unwrap();
    if known.values().map(|delivery| delivery.len()).sum::<usize>() < REMEMBERED {
        known.insert(asked, Arc::clone(&delivery));
    }
    delivery
}

/// Makes the log files of an hour, one after the other.
pub(crate) struct Hour<'a> {
    setup: &'a Setup,
    place: &'a Place,
    callers: &'a [Caller],
    from: Timestamp,
    random: Random,
    /// When files are delivered, in seconds after `from`, the last first.
    seconds: Vec<u64>,
}

impl<'a> Hour<'a> {
    pub(crate) fn new(
        setup: &'a Setup,
        place: &'a Place,
        callers: &'a [Caller],
        from: Timestamp,
        count: usize,
        label: &str,
    ) -> Self {
        let purpose = [&place.account, &place.region, &iso(from), label];
        let mut random = Random::of(setup.seed, &purpose);
        let mut seconds: Vec<u64> = (0..count).map(|_| random.between(30, 3_570)).collect();
        seconds.sort_unstable_by(|one, other| other.cmp(one));
        Hour {
            setup,
            place,
            callers,
            from,
            random,
            seconds,
        }
    }
}

impl Iterator for Hour<'_> {
    type Item = (LogFile, Stored);

    fn next(&mut self) -> Option<(LogFile, Stored)> {
        let delivered = self.from + SignedDuration::from_secs(self.seconds.pop()? as i64);
        let late = SignedDuration::from_secs(self.random.between(60, 300) as i64);
        let made = records(
            self.setup,
            self.place,
            self.callers,
            delivered - late,
            &mut self.random,
        );
        let unique = self.random.letters(LETTERS, 16);
        let key = self.setup.log_key(self.place, delivered, &unique);
        let log = LogFile {
            object: Object::new(&self.setup.bucket, key),
            sha256: sha256(made.json.as_bytes()),
            oldest: made.oldest,
            newest: made.newest,
        };
        let body = gzip(made.json.as_bytes(), self.setup.compression);
        Some((log, Stored::plain(body)))
    }
}
