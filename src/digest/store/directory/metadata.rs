//! `object-metadata.json`: what S3 keeps beside an object's bytes, saved with a copy.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use serde::de::{Deserializer as _, Error as _, MapAccess, Visitor};

use super::{Error, Metadata, Object, Unreadable, other};

/// The largest file that is read: that of millions of digests.
const MOST_BYTES: u64 = 4 << 30;

/// The most that it may say of one object. S3 takes 2 KB of metadata.
const MOST_OF_ONE: u64 = 1 << 20;

/// The storage classes whose objects have to be restored before they can be read.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html>
const ARCHIVES: [&str; 2] = ["GLACIER", "DEEP_ARCHIVE"];

/// Where in the file an object's metadata begins, by the object. The file holds a kilobyte for
/// each digest, and each is needed once.
#[derive(Debug)]
pub(super) struct Sidecar {
    file: Mutex<File>,
    places: HashMap<[u64; 2], u64>,
    hashers: [RandomState; 2],
}

/// What is kept of an object.
pub(super) enum Kept {
    /// It lies in an archive, in that storage class.
    Archived(String),
    /// What its metadata says.
    Metadata(Metadata),
}

#[derive(Deserialize)]
struct Saved {
    #[serde(default)]
    metadata: Signature,
    #[serde(default)]
    storage_class: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
struct Signature {
    signature: Option<String>,
    signature_algorithm: Option<String>,
    backfill_generation_timestamp: Option<String>,
}

impl Sidecar {
    /// Reads the file; `None` if it is not there.
    pub(super) fn open(path: &Path) -> Result<Option<Self>, Error> {
        let failed = |source| Error::Read {
            path: path.to_owned(),
            source,
        };
        let seen = match fs::symlink_metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            seen => seen.map_err(failed)?,
        };
        if !seen.is_file() {
            return Err(refused(path, "it is no regular file"));
        }
        if seen.len() > MOST_BYTES {
            return Err(refused(path, "it is larger than 4 GiB"));
        }
        let file = File::open(path).map_err(failed)?;
        let hashers = [RandomState::new(), RandomState::new()];
        let read = Count::default();
        let counted = Counted {
            inner: BufReader::new(&file),
            count: &read,
        };
        let mut json = serde_json::Deserializer::from_reader(counted);
        let places = json.deserialize_map(Index {
            count: &read,
            hashers: &hashers,
        });
        let places = places
            .and_then(|places| json.end().map(|()| places))
            .map_err(|error| refused(path, &error.to_string()))?;
        Ok(Some(Sidecar {
            file: Mutex::new(file),
            places,
            hashers,
        }))
    }

    /// What the file says of the object.
    pub(super) fn of(&self, object: &Object) -> Result<Kept, Unreadable> {
        let mut metadata = Signature::default();
        if let Some(place) = self.places.get(&hash(&self.hashers, &object.to_string())) {
            let saved = self.saved(*place).map_err(|error| {
                other(format!(
                    "`object-metadata.json` has changed meanwhile: {error}"
                ))
            })?;
            if ARCHIVES.contains(&saved.storage_class.as_str()) {
                return Ok(Kept::Archived(saved.storage_class));
            }
            metadata = saved.metadata;
        }
        Ok(Kept::Metadata(Metadata::Known {
            signature: metadata.signature,
            algorithm: metadata.signature_algorithm,
            backfilled: metadata.backfill_generation_timestamp,
        }))
    }

    fn saved(&self, place: u64) -> std::io::Result<Saved> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(place))?;
        let mut value = BufReader::with_capacity(1024, &mut *file);
        // The place is that behind the name; a colon and the value follow.
        let mut byte = [b' '];
        while byte != *b":" {
            value.read_exact(&mut byte)?;
        }
        Ok(Saved::deserialize(
            &mut serde_json::Deserializer::from_reader(value),
        )?)
    }
}

fn refused(path: &Path, reason: &str) -> Error {
    Error::Usage(format!("cannot use `{}`: {reason}", path.display()))
}

/// Hashed with keys that nobody knows, so that no name can be made to stand for another.
fn hash(hashers: &[RandomState; 2], name: &str) -> [u64; 2] {
    hashers.each_ref().map(|hasher| hasher.hash_one(name))
}

/// How many bytes have been read: in all, and when the member that is being read began.
#[derive(Default)]
struct Count {
    all: AtomicU64,
    member: AtomicU64,
}

/// Counts what is read, and refuses to read a member that is too large.
struct Counted<'a, R> {
    inner: R,
    count: &'a Count,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let before = self.count.all.fetch_add(count as u64, Ordering::Relaxed);
        let member = self.count.member.load(Ordering::Relaxed);
        if before.saturating_sub(member) > MOST_OF_ONE {
            return Err(std::io::Error::other(
                "it says more than 1 MiB of one object",
            ));
        }
        Ok(count)
    }
}

/// Notes where each member's value begins.
struct Index<'a> {
    count: &'a Count,
    hashers: &'a [RandomState; 2],
}

impl<'de> Visitor<'de> for Index<'_> {
    type Value = HashMap<[u64; 2], u64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a member for each `s3://bucket/key`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut places = HashMap::new();
        while let Some(name) = map.next_key::<String>()? {
            // The parser takes one byte at a time, and has come to the closing quotes.
            let place = self.count.all.load(Ordering::Relaxed);
            self.count.member.store(place, Ordering::Relaxed);
            map.next_value::<Saved>()?;
            match places.entry(hash(self.hashers, &name)) {
                Entry::Vacant(entry) => entry.insert(place),
                Entry::Occupied(_) => {
                    return Err(A::Error::custom(format!("it tells of `{name}` twice")));
                }
            };
        }
        Ok(places)
    }
}
