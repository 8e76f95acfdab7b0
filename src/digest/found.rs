//! Log files that lie there and that no digest names. Without its digests a trail may have
//! millions: then they are not kept, but listed a second time to be judged.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::listing::{self, LogFile};
use super::log_files::Names;
use super::name::{HOUR, Place, is_digests};
use super::object::Object;
use super::store::{Store, Unreadable};
use super::verification::Range;

/// How many a unit keeps.
const KEPT: usize = 10_000;

/// A log file that no digest names.
#[derive(Debug)]
pub(super) struct Unnamed {
    pub(super) object: Object,
    /// None if the key is not that of a log file.
    pub(super) minute: Option<Timestamp>,
}

/// Where and what to list.
#[derive(Clone, Copy)]
pub(super) struct Searched<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) places: &'a BTreeSet<Place>,
    /// What lies beside the folders of the Regions.
    pub(super) beside: &'a [Object],
    pub(super) range: Range,
    /// What digests name.
    pub(super) names: &'a Names,
}

/// What no digest names.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    /// The minutes of log files.
    pub(super) minutes: BTreeMap<Timestamp, Minute<'a>>,
    /// All of them, unless they are too many.
    kept: Option<Vec<Unnamed>>,
    /// Places that could not be listed.
    pub(super) unlisted: Vec<(&'a Place, Unreadable)>,
}

/// The log files of a minute.
#[derive(Debug)]
pub(super) struct Minute<'a> {
    pub(super) count: u64,
    /// Where the first of them lies.
    pub(super) place: &'a Place,
}

impl<'a> Searched<'a> {
    /// Lists the log files of the range, and of an hour or two around it.
    pub(super) fn find(self) -> Found<'a> {
        let mut found = Found {
            kept: Some(Vec::new()),
            ..Found::default()
        };
        found.unlisted = self.each(&mut |place, unnamed| found.take(place, unnamed));
        found
    }

    fn each(self, take: &mut dyn FnMut(&'a Place, Unnamed)) -> Vec<(&'a Place, Unreadable)> {
        let (from, until) = (self.range.start - HOUR, self.range.end + HOUR + HOUR);
        let mut unlisted = Vec::new();
        for place in self.places {
            let mut take = |(key, minute): LogFile| {
                let object = Object::new(&place.bucket, key);
                if !self.names.contains(&object) {
                    take(place, Unnamed { object, minute });
                }
            };
            let listed = listing::log_files(self.store, place, from, until, &mut take)
                .and_then(|()| listing::beside_log_files(self.store, place, &mut take));
            unlisted.extend(listed.err().map(|failure| (place, failure)));
        }
        let beside = self.beside.iter().filter(|object| !is_digests(object));
        for (object, place) in beside.zip(self.places.iter().cycle()) {
            let (object, minute) = (object.clone(), None);
            take(place, Unnamed { object, minute });
        }
        unlisted
    }
}

impl<'a> Found<'a> {
    fn take(&mut self, place: &'a Place, unnamed: Unnamed) {
        if let Some(minute) = unnamed.minute {
            let first = Minute { count: 0, place };
            self.minutes.entry(minute).or_insert(first).count += 1;
        }
        match &mut self.kept {
            Some(kept) if kept.len() < KEPT => kept.push(unnamed),
            kept => *kept = None,
        }
    }

    /// Hands over each of them; what cannot be listed this time is returned.
    pub(super) fn each(
        &self,
        searched: Searched<'a>,
        take: &mut dyn FnMut(&Unnamed),
    ) -> Vec<(&'a Place, Unreadable)> {
        match &self.kept {
            Some(kept) => {
                kept.iter().for_each(take);
                Vec::new()
            }
            None => searched.each(&mut |_, unnamed| take(&unnamed)),
        }
    }
}
