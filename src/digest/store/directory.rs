//! A copy of one or more buckets in a directory, as `aws s3 sync` makes it.
//!
//! Three shapes are understood, and the digests inside tell them apart:
//!
//! * `DIR/<bucket>/<key>`: a folder for each bucket, named like it;
//! * `DIR/<key>`: one bucket, whose name its digests tell;
//! * either with the beginning of the keys cut off, which is what
//!   `aws s3 sync s3://bucket/prefix DIR` leaves: digests tell what is missing.
//!
//! `DIR/x/AWSLogs` may be a bucket `x`, or a prefix `x` in a bucket with another name. A digest
//! knows its own key: if that has the `x`, it is a prefix. Where no digest can be read, it is a
//! bucket. A bucket's folder keeps its name, whatever the digests in it say: those that say
//! otherwise have been moved. A copy that begins below `AWSLogs` cannot be told from any other
//! folder, and is refused.
//!
//! Nobody vouches for what lies in the directory. What is not below a folder `AWSLogs` is no
//! object; symbolic links are not followed; nothing outside is ever opened.

mod layout;
mod metadata;
mod walk;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::ops::ControlFlow;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::{Body, Folder, Listed, Metadata, Store, Take, Unreadable, UnreadableKind};
use crate::digest::object::Object;
use crate::error::Error;
use layout::Place;
use metadata::{Kept, Sidecar};
use walk::Walk;

/// The largest file that is read. Log files have some 50 MB at most.
const MOST_BYTES: u64 = 1 << 30;

/// A copy of one or more buckets.
#[derive(Debug)]
pub struct Directory {
    places: Vec<Place>,
    sidecar: Option<Sidecar>,
    skipped: Skipped,
    notes: Vec<String>,
}

impl Directory {
    /// Looks for buckets in a directory, and for the metadata in `object-metadata.json`.
    ///
    /// # Errors
    /// [`Error::Read`] if the directory, or a folder that might hold a bucket, cannot be read;
    /// [`Error::Usage`] if it holds no `AWSLogs`, or metadata that cannot be understood.
    pub fn open(path: &Path) -> Result<Directory, Error> {
        let skipped = Skipped::default();
        let layout::Layout { places, notes } = layout::Layout::of(path, &skipped)?;
        Ok(Directory {
            places,
            sidecar: Sidecar::open(&path.join("object-metadata.json"))?,
            skipped,
            notes,
        })
    }

    /// What precedes `AWSLogs/` in the bucket's keys, in order: empty, or ending with `/`.
    pub fn prefixes(&self, bucket: &str) -> Vec<String> {
        self.place(bucket).map(Place::prefixes).unwrap_or_default()
    }

    /// What the user should know of the copy: what has been skipped so far, and where digests
    /// disagree with each other about the bucket that they are from.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        notes.extend(self.skipped.notes());
        notes
    }

    fn place(&self, bucket: &str) -> Result<&Place, Unreadable> {
        let found = self.places.iter().find(|place| place.bucket == bucket);
        // That is no evidence that the bucket does not exist.
        found.ok_or_else(|| other(format!("the copy does not hold bucket `{bucket}`")))
    }

    fn body(&self, object: &Object, checked: &mut Option<PathBuf>) -> Result<Body, Unreadable> {
        // `aws s3 sync` leaves out what is archived, so whether there is a file says nothing.
        let metadata = match &self.sidecar {
            None => Metadata::Lost,
            Some(sidecar) => match sidecar.of(object)? {
                Kept::Archived(class) => {
                    let detail = format!("its storage class is {class}");
                    return Err(Unreadable::new(UnreadableKind::Archived, detail));
                }
                Kept::Metadata(metadata) => metadata,
            },
        };
        let path = self.place(&object.bucket)?.file(&object.key)?;
        let folder = path.parent().unwrap_or(&path);
        if checked.as_deref() != Some(folder) {
            self.place(&object.bucket)?.check(folder)?;
            *checked = Some(folder.to_owned());
        }
        let bytes = read(&path)?;
        Ok(Body { bytes, metadata })
    }
}

impl Store for Directory {
    fn buckets(&self) -> Vec<String> {
        self.places
            .iter()
            .map(|place| place.bucket.clone())
            .collect()
    }

    /// Goes on behind a folder that cannot be read, and tells of the first one at the end.
    fn list(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<&str>,
        page: &mut dyn FnMut(Vec<Listed>) -> ControlFlow<()>,
    ) -> Result<(), Unreadable> {
        let place = self.place(bucket)?;
        Walk::new(place, &self.skipped, prefix, after, page).run()
    }

    fn folder(&self, bucket: &str, prefix: &str) -> Result<Folder, Unreadable> {
        walk::folder(self.place(bucket)?, &self.skipped, prefix)
    }

    fn read(&self, wanted: &mut (dyn Iterator<Item = (u64, Object)> + Send), take: &Take<'_>) {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let wanted = Mutex::new(wanted);
        let next = || {
            let mut wanted = wanted.lock().unwrap_or_else(PoisonError::into_inner);
            wanted.next()
        };
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    // Objects of one folder follow each other: it is checked once.
                    let mut checked = None;
                    while let Some((number, object)) = next() {
                        let body = self.body(&object, &mut checked);
                        take(number, object, body);
                    }
                });
            }
        });
    }
}

/// The bytes of a regular file.
fn read(path: &Path) -> Result<Vec<u8>, Unreadable> {
    // Opening a named pipe would wait for somebody to write to it, so look first.
    let seen = fs::symlink_metadata(path).map_err(|error| unreadable(&error))?;
    if seen.is_symlink() {
        return Err(other("it is a symbolic link, which is not followed"));
    }
    if !seen.is_file() {
        return Err(other("it is no regular file"));
    }
    let too_large = || {
        let detail = format!("it is larger than {} MiB", MOST_BYTES >> 20);
        Err(Unreadable::new(UnreadableKind::TooLarge, detail))
    };
    if seen.len() > MOST_BYTES {
        return too_large();
    }
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let expected = usize::try_from(seen.len()).unwrap_or_default();
    let mut bytes = Vec::with_capacity(expected.saturating_add(1));
    // It may have grown since.
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > MOST_BYTES {
        return too_large();
    }
    Ok(bytes)
}

/// What an error of the operating system means.
fn unreadable(error: &io::Error) -> Unreadable {
    let kind = match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => UnreadableKind::Missing,
        ErrorKind::PermissionDenied => UnreadableKind::Denied,
        ErrorKind::TimedOut | ErrorKind::Interrupted => UnreadableKind::Transient,
        _ => UnreadableKind::Other,
    };
    Unreadable::new(kind, error.to_string())
}

fn other(detail: impl Into<String>) -> Unreadable {
    Unreadable::new(UnreadableKind::Other, detail)
}

/// The path below a folder that a key, or a part of one that ends with `/`, stands for; `None`
/// if no file can have that name: S3 allows `..`, empty segments and NUL in keys.
fn path_of(key: &str) -> Option<PathBuf> {
    let mut path = PathBuf::new();
    let segments = key.strip_suffix('/').unwrap_or(key).split('/');
    for segment in segments.filter(|_| !key.is_empty()) {
        let mut components = Path::new(segment).components();
        match (components.next(), components.next()) {
            (Some(Component::Normal(name)), None) if name == segment => path.push(name),
            _ => return None,
        }
    }
    (!key.contains('\0')).then_some(path)
}

/// What is not read of the directory: of each sort, the first that was met.
#[derive(Debug, Default)]
struct Skipped(Mutex<BTreeMap<&'static str, PathBuf>>);

impl Skipped {
    fn add(&self, what: &'static str, path: PathBuf) {
        let mut met = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        met.entry(what).or_insert(path);
    }

    fn notes(&self) -> Vec<String> {
        let met = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        met.iter()
            .map(|(what, path)| format!("{what} are skipped, for example `{}`", path.display()))
            .collect()
    }
}

/// Something in a folder.
#[derive(Debug)]
struct Entry {
    /// Its name; that of a folder ends with `/`, so that sorting gives the order of keys.
    name: String,
    /// Of a file, its size in bytes.
    size: u64,
}

impl Entry {
    fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }
}

/// The folders and regular files in a folder, in the order of keys.
fn entries(folder: &Path, skipped: &Skipped) -> io::Result<Vec<Entry>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(mut name) = entry.file_name().into_string() else {
            skipped.add("files whose names are not UTF-8", entry.path());
            continue;
        };
        let mut size = 0;
        let kind = match entry.file_type() {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            kind => kind?,
        };
        if kind.is_dir() {
            name.push('/');
        } else if kind.is_file() {
            size = match entry.metadata() {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                metadata => metadata?.len(),
            };
        } else {
            let what = match kind.is_symlink() {
                true => "symbolic links",
                false => "files that are not regular",
            };
            skipped.add(what, entry.path());
            continue;
        }
        found.push(Entry { name, size });
    }
    found.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

#[cfg(test)]
mod tests;
