//! A trail in memory, as the verifier reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, ControlFlow};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use trailcheck::digest::keys::{KeySource, ListedKey};
use trailcheck::digest::object::Object;
use trailcheck::digest::store::{
    Body, Folder, Listed, Metadata, Store, Take, Unreadable, UnreadableKind,
};

use crate::trail::{Stored, Trail};

/// So few that every listing has several pages.
const PAGE: usize = 5;

/// So many objects are taken in another order than they were wanted in.
const BATCH: usize = 4;

/// Buckets.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    pub(super) buckets: BTreeMap<String, BTreeMap<String, Stored>>,
    /// Whether the metadata was not kept, as in a copy.
    pub(super) metadata_lost: bool,
    /// Objects that cannot be read.
    pub(super) unreadable: BTreeMap<Object, UnreadableKind>,
    /// What listings that begin so break off with, and after how many pages.
    pub(super) unlistable: Vec<(String, usize, UnreadableKind)>,
    /// Buckets whose objects can be read and not listed.
    pub(super) unlistable_buckets: BTreeSet<String>,
    /// Objects that can be read, and that listings lack.
    pub(super) unlisted: BTreeSet<Object>,
    /// How often each object was read.
    pub(super) reads: Arc<Mutex<BTreeMap<Object, usize>>>,
    /// Prefixes whose folders are not told.
    pub(super) no_folders: BTreeSet<String>,
}

impl Memory {
    pub(super) fn of(trail: &Trail) -> Self {
        let mut memory = Memory::default();
        for (object, stored) in &trail.objects {
            memory.put(&object.bucket, &object.key, stored.clone());
        }
        memory
    }

    pub(super) fn put(&mut self, bucket: &str, key: &str, stored: Stored) {
        let bucket = self.buckets.entry(bucket.to_owned()).or_default();
        bucket.insert(key.to_owned(), stored);
    }

    /// Everything that lies in another one, too.
    pub(super) fn add(&mut self, other: Memory) {
        for (bucket, objects) in other.buckets {
            self.buckets.entry(bucket).or_default().extend(objects);
        }
    }

    pub(super) fn remove(&mut self, object: &Object) {
        let objects = self.buckets.get_mut(&object.bucket).unwrap();
        objects.remove(&object.key).unwrap();
    }

    /// Removes what is like that.
    pub(super) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        for objects in self.buckets.values_mut() {
            objects.retain(|key, _| keep(key));
        }
    }

    pub(super) fn get_mut(&mut self, object: &Object) -> &mut Stored {
        let objects = self.buckets.get_mut(&object.bucket).unwrap();
        objects.get_mut(&object.key).unwrap()
    }

    fn body(&self, object: &Object) -> Result<Body, Unreadable> {
        *(self.reads.lock().unwrap().entry(object.clone())).or_default() += 1;
        if let Some(kind) = self.unreadable.get(object) {
            return Err(Unreadable::new(*kind, format!("{kind:?}")));
        }
        let objects = self.buckets.get(&object.bucket);
        let Some(stored) = objects.and_then(|objects| objects.get(&object.key)) else {
            return Err(Unreadable::new(UnreadableKind::Missing, "no such key"));
        };
        if stored.storage_class != "STANDARD" {
            let detail = format!("its storage class is {}", stored.storage_class);
            return Err(Unreadable::new(UnreadableKind::Archived, detail));
        }
        let said = |name: &str| stored.metadata.get(name).cloned();
        let metadata = match self.metadata_lost {
            true => Metadata::Lost,
            false => Metadata::Known {
                signature: said("signature"),
                algorithm: said("signature-algorithm"),
                backfilled: said("backfill-generation-timestamp"),
            },
        };
        Ok(Body {
            bytes: stored.body.clone(),
            metadata,
        })
    }
}

impl Store for Memory {
    fn buckets(&self) -> Vec<String> {
        self.buckets.keys().cloned().collect()
    }

    fn list(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<&str>,
        page: &mut dyn FnMut(Vec<Listed>) -> ControlFlow<()>,
    ) -> Result<(), Unreadable> {
        let Some(objects) = self.buckets.get(bucket) else {
            return Err(Unreadable::new(UnreadableKind::Missing, "no such bucket"));
        };
        if self.unlistable_buckets.contains(bucket) {
            return Err(Unreadable::new(UnreadableKind::Denied, "not authorized"));
        }
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let listed: Vec<Listed> = objects
            .range::<str, _>((from, Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(prefix))
            .filter(|(key, _)| !self.unlisted.contains(&Object::new(bucket, *key)))
            .map(|(key, stored)| Listed {
                key: key.clone(),
                size: stored.body.len() as u64,
            })
            .collect();
        let mut broken = self.unlistable.iter();
        let broken = broken.find(|(start, ..)| prefix.starts_with(start));
        let pages = broken.map_or(usize::MAX, |(_, pages, _)| *pages);
        for piece in listed.chunks(PAGE).take(pages) {
            if page(piece.to_vec()).is_break() {
                return Ok(());
            }
        }
        match broken {
            Some((.., kind)) => Err(Unreadable::new(*kind, format!("{kind:?}"))),
            None => Ok(()),
        }
    }

    fn folder(&self, bucket: &str, prefix: &str) -> Result<Folder, Unreadable> {
        if self.no_folders.contains(prefix) {
            return Err(Unreadable::new(UnreadableKind::Denied, "not authorized"));
        }
        let mut folder = Folder::default();
        let objects = self.buckets.get(bucket).into_iter().flatten();
        for (key, stored) in objects {
            let Some(rest) = key.strip_prefix(prefix) else {
                continue;
            };
            match rest.split_once('/') {
                Some((name, _)) => folder.folders.push(name.to_owned()),
                None => folder.objects.push(Listed {
                    key: key.clone(),
                    size: stored.body.len() as u64,
                }),
            }
        }
        folder.folders.dedup();
        Ok(folder)
    }

    fn read(&self, wanted: &mut (dyn Iterator<Item = (u64, Object)> + Send), take: &Take<'_>) {
        loop {
            let batch: Vec<_> = wanted.take(BATCH).collect();
            if batch.is_empty() {
                return;
            }
            for (number, object) in batch.into_iter().rev() {
                let body = self.body(&object);
                take(number, object, body);
            }
        }
    }
}

/// What `ListPublicKeys` answers.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys {
    pub(super) regions: BTreeMap<String, Vec<ListedKey>>,
    /// Regions that do not answer.
    pub(super) denied: BTreeSet<String>,
    /// Whether all is one answer that does not tell its Region.
    pub(super) one_file: bool,
}

impl Keys {
    pub(super) fn of(trail: &Trail) -> Self {
        let regions = trail.keys.keys().map(|region| {
            let mut answer = trail.public_keys(region);
            let listed = serde_json::from_value(answer["PublicKeyList"].take()).unwrap();
            (region.clone(), listed)
        });
        Keys {
            regions: regions.collect(),
            denied: BTreeSet::new(),
            one_file: false,
        }
    }
}

impl KeySource for Keys {
    fn keys(
        &self,
        region: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<ListedKey>, Unreadable> {
        if self.denied.contains(region) {
            return Err(Unreadable::new(UnreadableKind::Denied, "not authorized"));
        }
        let listed = self.regions.get(region).into_iter().flatten();
        let in_use =
            listed.filter(|key| key.validity_start_time <= to && from <= key.validity_end_time);
        Ok(in_use.cloned().collect())
    }

    fn knows_regions(&self) -> bool {
        !self.one_file
    }
}
