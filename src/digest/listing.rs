//! What lies at a place: the names of its digests and log files.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::name::{DigestName, HOUR, Place};
use super::object::Object;
use super::store::{Listed, Store, Unreadable};
use super::timeline::ROUNDING;

/// How far before the window chains are looked for that should go on in it.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Which chain a digest is of, at one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ChainKey {
    /// The trail's name.
    pub(super) trail: String,
    /// Its home Region.
    pub(super) home_region: String,
}

impl ChainKey {
    /// The chain that a digest of that name is of.
    pub(super) fn of(name: &DigestName) -> Self {
        ChainKey {
            trail: name.trail.clone(),
            home_region: name.home_region.clone(),
        }
    }
}

/// From when to when digests must end to be listed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    /// Digests that end until then are left out.
    pub(super) after: Timestamp,
    /// So are those that end later.
    pub(super) until: Timestamp,
    /// The clock: nothing has been digested that is still to come.
    pub(super) now: Timestamp,
}

/// The digests of a place.
#[derive(Debug, Default)]
pub(super) struct Digests {
    /// Those of each chain in the window, in the order of their keys.
    pub(super) chains: BTreeMap<ChainKey, Vec<(Object, DigestName)>>,
    /// Of each chain the first digest behind the window, as far as it was looked for.
    pub(super) later: BTreeMap<ChainKey, (Object, DigestName)>,
    /// Chains with digests in the day before the window.
    pub(super) earlier: BTreeSet<ChainKey>,
    /// Objects among the digests that do not have the key of one.
    pub(super) strays: Vec<Object>,
}

/// Lists the digests that end in the window, and goes on for a page to see whether more
/// follow.
pub(super) fn digests(
    store: &dyn Store,
    place: &Place,
    window: Window,
) -> (Digests, Result<(), Unreadable>) {
    let mut found = Digests::default();
    let last_day = place.digest_day(day(window.until));
    // A day earlier, to know which chains should go on.
    let first = place.digest_day(day(window.after - DAY));
    let listed = store.list(
        &place.bucket,
        &place.digest_prefix(),
        before(&first),
        &mut |page: Vec<Listed>| {
            let beyond = page
                .last()
                .is_some_and(|last| last.key > last_day && !last.key.starts_with(&last_day));
            for listed in page {
                found.take(place, window, &last_day, listed);
            }
            if beyond {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
    );
    (found, listed)
}

impl Digests {
    /// Adds those of another place.
    pub(super) fn join(&mut self, other: Digests) {
        for (chain, digests) in other.chains {
            self.chains.entry(chain).or_default().extend(digests);
        }
        for (chain, digest) in other.later {
            let known = self.later.entry(chain).or_insert_with(|| digest.clone());
            if digest.1.end < known.1.end {
                *known = digest;
            }
        }
        self.strays.extend(other.strays);
        self.earlier.extend(other.earlier);
    }

    fn take(&mut self, place: &Place, window: Window, last_day: &str, listed: Listed) {
        let object = Object::new(&place.bucket, listed.key);
        match place.digest(&object.key) {
            Some(name) if name.end <= window.after => {
                if !name.backfill && name.end > window.after - DAY {
                    self.earlier.insert(ChainKey::of(&name));
                }
            }
            Some(name) if name.end > window.now + HOUR => self.strays.push(object),
            Some(name) if name.end > window.until => {
                let chain = ChainKey::of(&name);
                if !name.backfill {
                    self.later.entry(chain).or_insert((object, name));
                }
            }
            Some(name) => {
                let chain = self.chains.entry(ChainKey::of(&name)).or_default();
                chain.push((object, name));
            }
            None if listed.size == 0 || is_ignored(&object.key) => {}
            None if object.key.as_str() > last_day && !object.key.starts_with(last_day) => {}
            None => self.strays.push(object),
        }
    }
}

/// A log file of a listing: its key and the minute in it, or none if the key is not that of
/// a log file.
pub(super) type LogFile = (String, Option<Timestamp>);

/// Lists the log files of those minutes, and what lies among them and is none.
///
/// # Errors
/// [`Unreadable`] if not all could be listed.
pub(super) fn log_files(
    store: &dyn Store,
    place: &Place,
    from: Timestamp,
    until: Timestamp,
    take: &mut dyn FnMut(LogFile),
) -> Result<(), Unreadable> {
    let first = place.log_day(day(from));
    let last_day = place.log_day(day(until));
    store.list(
        &place.bucket,
        &place.log_prefix(),
        before(&first),
        &mut |page| {
            for listed in page {
                if listed.key > last_day && !listed.key.starts_with(&last_day) {
                    return ControlFlow::Break(());
                }
                let minute = place.log(&listed.key).map(|name| name.minute);
                let is_folder = listed.key.ends_with('/') && listed.size == 0;
                let outside = minute.is_some_and(|minute| minute < from || minute > until);
                if !is_folder && !outside {
                    take((listed.key, minute));
                }
            }
            ControlFlow::Continue(())
        },
    )
}

/// Lists what lies among the folders of the years and is none: no log file belongs there, and
/// those who read everything below a prefix read it.
///
/// # Errors
/// [`Unreadable`] if not all could be listed.
pub(super) fn beside_log_files(
    store: &dyn Store,
    place: &Place,
    take: &mut dyn FnMut(LogFile),
) -> Result<(), Unreadable> {
    let prefix = place.log_prefix();
    let behind = format!("{prefix}9999~");
    for after in [None, Some(behind.as_str())] {
        store.list(&place.bucket, &prefix, after, &mut |page| {
            for listed in page {
                if is_of_a_year(&listed.key, &prefix) {
                    return ControlFlow::Break(());
                }
                if listed.size > 0 && !is_ignored(&listed.key) {
                    take((listed.key, None));
                }
            }
            ControlFlow::Continue(())
        })?;
    }
    Ok(())
}

/// Whether the key lies in the folder of a year.
fn is_of_a_year(key: &str, prefix: &str) -> bool {
    let year = key
        .strip_prefix(prefix)
        .and_then(|rest| rest.split_once('/'));
    year.is_some_and(|(year, _)| year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether those who read log files in bulk pass over the object: Athena ignores names that
/// begin with a dot or an underscore.
/// <https://docs.aws.amazon.com/athena/latest/ug/creating-tables.html>
pub(super) fn is_ignored(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or_default();
    name.starts_with(['.', '_'])
}

/// Whether the place has digests of the chain, or log files that are nobody else's, of before
/// that time.
pub(super) fn anything_before(
    store: &dyn Store,
    place: &Place,
    chain: &ChainKey,
    time: Timestamp,
) -> bool {
    let behind = time + HOUR;
    let last_day = place.digest_day(day(behind));
    let (mut own, mut foreign) = (false, false);
    // A listing that fails has failed before, and was said.
    let _ = store.list(&place.bucket, &place.digest_prefix(), None, &mut |page| {
        let beyond = page
            .last()
            .is_some_and(|last| last.key > last_day && !last.key.starts_with(&last_day));
        let names = page.iter().filter_map(|listed| place.digest(&listed.key));
        for name in names {
            let ours = ChainKey::of(&name) == *chain;
            own |= ours && name.end <= time;
            foreign |= !ours && name.end < behind;
        }
        if own || beyond {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    // Log files do not tell which trail they are of.
    own || (!foreign && log_file_before(store, place, time))
}

/// Whether the place has log files of before that time.
fn log_file_before(store: &dyn Store, place: &Place, time: Timestamp) -> bool {
    let mut found = false;
    let _ = store.list(&place.bucket, &place.log_prefix(), None, &mut |page| {
        found |= page
            .iter()
            .filter_map(|listed| place.log(&listed.key))
            .any(|name| name.minute + ROUNDING <= time);
        ControlFlow::Break(())
    });
    found
}

/// The day, in UTC, whose folder holds an object of that time.
fn day(time: Timestamp) -> jiff::civil::Date {
    time.to_zoned(TimeZone::UTC).date()
}

/// What sorts right before everything in the folder: its name without the slash.
fn before(folder: &str) -> Option<&str> {
    folder.strip_suffix('/')
}
