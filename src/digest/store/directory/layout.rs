//! Which buckets a directory holds, as the digests in it tell.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use serde::Deserialize;

use super::{
    Entry, Error, Skipped, Unreadable, UnreadableKind, entries, other, path_of, unreadable,
};

/// The folder that CloudTrail puts everything in, below the trail's prefix.
const LOGS: &str = "AWSLogs/";

/// The name of a bucket that no digest tells.
const UNKNOWN: &str = "unknown-bucket";

/// How many digests are asked where a copy is from, spread over accounts, Regions and days so
/// that a forged one is outvoted; and how many if none of those can be read.
const ASKED: [usize; 2] = [9, 81];

/// How many folders are looked into for `AWSLogs`.
const MOST_FOLDERS: usize = 100_000;

/// The most that is unpacked of a digest that is asked.
const MOST_BYTES: u64 = 64 << 20;

/// One bucket in the copy.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) bucket: String,
    /// The beginning of every key that the copy has left out: empty, or ending with `/`.
    pub(super) cut: String,
    /// Where the rest of the keys begins.
    pub(super) folder: PathBuf,
    /// The folders that hold objects, seen from there: `AWSLogs/` or `prefix/AWSLogs/`.
    logs: Vec<String>,
}

impl Place {
    /// What precedes `AWSLogs/` in keys.
    pub(super) fn prefixes(&self) -> Vec<String> {
        self.logs
            .iter()
            .map(|logs| format!("{}{}", self.cut, before_logs(logs)))
            .collect()
    }

    /// Whether a path seen from the folder is an object or, if it ends with `/`, leads to some.
    pub(super) fn holds(&self, below: &str) -> bool {
        self.logs.iter().any(|logs| {
            below.starts_with(logs.as_str()) || below.ends_with('/') && logs.starts_with(below)
        })
    }

    /// The file that holds an object.
    pub(super) fn file(&self, key: &str) -> Result<PathBuf, Unreadable> {
        let below = key
            .strip_prefix(&self.cut)
            .filter(|below| self.holds(below));
        // That is no evidence that the object does not exist.
        let below = below.ok_or_else(|| other("the copy does not hold this part of the bucket"))?;
        match path_of(below) {
            Some(path) if !below.ends_with('/') => Ok(self.folder.join(path)),
            _ => Err(other("no file can have this name")),
        }
    }

    /// Whether a folder is there and reached without a symbolic link.
    pub(super) fn check(&self, path: &Path) -> Result<(), Unreadable> {
        let below = path.strip_prefix(&self.folder).unwrap_or(path);
        let mut path = self.folder.clone();
        for name in below {
            path.push(name);
            let seen = fs::symlink_metadata(&path).map_err(|error| unreadable(&error))?;
            if seen.is_symlink() {
                let detail = format!(
                    "`{}` is a symbolic link, which is not followed",
                    path.display()
                );
                return Err(other(detail));
            }
            if !seen.is_dir() {
                let detail = format!("`{}` is no folder", path.display());
                return Err(Unreadable::new(UnreadableKind::Missing, detail));
            }
        }
        Ok(())
    }
}

/// What was found in a directory.
pub(super) struct Layout {
    pub(super) places: Vec<Place>,
    pub(super) notes: Vec<String>,
}

impl Layout {
    pub(super) fn of(root: &Path, skipped: &Skipped) -> Result<Self, Error> {
        let found = logs(root, skipped)?;
        if found.is_empty() {
            return Err(Error::Usage(format!(
                "`{}` holds no CloudTrail objects: no folder `AWSLogs` in it",
                root.display()
            )));
        }
        let mut tops: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for logs in &found {
            let (top, _) = logs.split_once('/').unwrap_or_default();
            tops.entry(top).or_default().push(logs);
        }
        let told: Vec<Told> = tops
            .iter()
            .flat_map(|(top, logs)| ask(root, top, logs))
            .collect();
        let one = tops.contains_key("AWSLogs")
            || told.iter().filter(|told| told.one_bucket).count() * 2 > told.len();
        let mut layout = Layout {
            places: Vec::new(),
            notes: Vec::new(),
        };
        if one {
            let votes = told.iter().filter(|told| told.one_bucket);
            let (bucket, cut) = layout.most(root, votes).unwrap_or((UNKNOWN, ""));
            layout.places.push(Place {
                bucket: bucket.to_owned(),
                cut: cut.to_owned(),
                folder: root.to_owned(),
                logs: found,
            });
            return Ok(layout);
        }
        for (top, logs) in &tops {
            let folder = root.join(top);
            let votes = told
                .iter()
                .filter(|told| told.top == *top && !told.one_bucket);
            let (bucket, cut) = layout.most(&folder, votes).unwrap_or((top, ""));
            if bucket != *top {
                layout.notes.push(format!(
                    "digests in `{}` say that they are from `s3://{bucket}/{cut}`",
                    folder.display()
                ));
            }
            let below = |logs: &&str| logs.split_once('/').map(|(_, below)| below.to_owned());
            layout.places.push(Place {
                bucket: (*top).to_owned(),
                cut: cut.to_owned(),
                folder,
                logs: logs.iter().filter_map(below).collect(),
            });
        }
        Ok(layout)
    }

    /// What most digests say: bucket, and what the copy has left out of the keys.
    fn most<'a>(
        &mut self,
        folder: &Path,
        votes: impl Iterator<Item = &'a Told>,
    ) -> Option<(&'a str, &'a str)> {
        let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for told in votes {
            *counts.entry((&told.bucket, &told.cut)).or_default() += 1;
        }
        // Of equal ones the first, so that the same directory always reads the same.
        let (most, _) = counts.iter().rev().max_by_key(|(_, count)| **count)?;
        if counts.len() > 1 {
            let said: Vec<String> = counts
                .iter()
                .map(|((bucket, cut), count)| format!("{count} `s3://{bucket}/{cut}`"))
                .collect();
            self.notes.push(format!(
                "digests in `{}` disagree where they are from: {}",
                folder.display(),
                said.join(", ")
            ));
        }
        Some(*most)
    }
}

/// Where a digest says that it is from.
struct Told {
    /// The first folder on the way to it.
    top: String,
    bucket: String,
    /// What its key has in front of its path in the copy.
    cut: String,
    /// Whether that folder is a part of the key.
    one_bucket: bool,
}

/// The folders `AWSLogs/` in the directory, seen from there, in order.
fn logs(root: &Path, skipped: &Skipped) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    let mut folders = VecDeque::from([String::new()]);
    let mut looked = 0;
    while let Some(folder) = folders.pop_front() {
        looked += 1;
        if looked > MOST_FOLDERS {
            return Err(Error::Usage(format!(
                "`{}` has more than {MOST_FOLDERS} folders outside of `AWSLogs`: it is no copy of a trail's bucket",
                root.display()
            )));
        }
        let path = root.join(&folder);
        let inside = entries(&path, skipped).map_err(|source| Error::Read { path, source })?;
        for entry in inside.into_iter().filter(Entry::is_folder) {
            let inner = format!("{folder}{}", entry.name);
            if entry.name == LOGS {
                found.push(inner.clone());
            }
            // A trail's prefix may itself be `AWSLogs`; nothing else in there is a prefix.
            if !folder.ends_with(LOGS) && entry.name != LOGS || nested(root, &inner) {
                folders.push_back(inner);
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Whether a folder `AWSLogs/` lies in another.
fn nested(root: &Path, folder: &str) -> bool {
    folder.ends_with(LOGS) && root.join(folder).join(LOGS).is_dir()
}

fn before_logs(logs: &str) -> &str {
    logs.strip_suffix(LOGS).unwrap_or_default()
}

/// Asks some digests below a folder of the directory where they are from.
fn ask(root: &Path, top: &str, logs: &[&str]) -> Vec<Told> {
    let chains: Vec<String> = logs.iter().flat_map(|logs| digests(root, logs)).collect();
    for count in ASKED {
        let mut paths = Vec::new();
        for (chain, share) in spread(&chains, count) {
            pick(root, chain, share, &mut paths);
        }
        let told: Vec<Told> = paths
            .iter()
            .filter_map(|path| tell(root, top, path))
            .collect();
        if !told.is_empty() {
            return told;
        }
    }
    Vec::new()
}

/// The folders `[o-xxx/]ACCOUNT/CloudTrail-Digest/` below a folder `AWSLogs/`.
fn digests(root: &Path, logs: &str) -> Vec<String> {
    let mut found = Vec::new();
    for account in inside(root, logs) {
        let mut accounts = vec![account.clone()];
        let name = account.strip_prefix(logs).unwrap_or_default();
        if name.starts_with("o-") {
            accounts = inside(root, &account);
        }
        found.extend(accounts.iter().flat_map(|account| {
            let is_digests = |name: &String| name.ends_with("/CloudTrail-Digest/");
            inside(root, account).into_iter().filter(is_digests)
        }));
    }
    found
}

/// What lies in a folder, seen from the directory; nothing if it cannot be read.
fn inside(root: &Path, folder: &str) -> Vec<String> {
    let found = match folder.ends_with('/') {
        true => entries(&root.join(folder), &Skipped::default()).unwrap_or_default(),
        false => Vec::new(),
    };
    let named = |entry: Entry| format!("{folder}{}", entry.name);
    found.into_iter().map(named).collect()
}

/// So many files below a path, spread evenly at every level.
fn pick(root: &Path, path: &str, count: usize, found: &mut Vec<String>) {
    if !path.ends_with('/') {
        found.push(path.to_owned());
    } else if Path::new(path).components().count() < 64 {
        for (inner, share) in spread(&inside(root, path), count) {
            pick(root, inner, share, found);
        }
    }
}

/// At most `count` of the items at even distances, each with its share of `count`.
fn spread(items: &[String], count: usize) -> impl Iterator<Item = (&String, usize)> {
    let chosen = items.len().min(count);
    let step = move |number: usize| {
        number * items.len().saturating_sub(1) / chosen.saturating_sub(1).max(1)
    };
    (0..chosen).filter_map(move |number| {
        let share = count / chosen + usize::from(number < count % chosen);
        Some((items.get(step(number))?, share))
    })
}

/// What a digest says of itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    #[serde(rename = "digestS3Bucket")]
    bucket: String,
    #[serde(rename = "digestS3Object")]
    key: String,
}

/// Where the digest at a path says that it is from; `None` if it cannot be read, or belongs
/// to another place in the bucket.
fn tell(root: &Path, top: &str, path: &str) -> Option<Told> {
    let Named { bucket, key } = named(&root.join(path)).ok()?;
    let whole = bucket
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    if bucket.is_empty() || !whole {
        return None;
    }
    let cut = |rest: &str| {
        let cut = key.strip_suffix(rest)?;
        (cut.is_empty() || cut.ends_with('/')).then(|| cut.to_owned())
    };
    let (cut, one_bucket) = match cut(path) {
        Some(cut) => (cut, true),
        None => (cut(path.strip_prefix(top)?.strip_prefix('/')?)?, false),
    };
    let top = top.to_owned();
    Some(Told {
        top,
        bucket,
        cut,
        one_bucket,
    })
}

fn named(path: &Path) -> io::Result<Named> {
    let packed = BufReader::new(File::open(path)?);
    let document = MultiGzDecoder::new(packed).take(MOST_BYTES);
    Ok(serde_json::from_reader(BufReader::new(document))?)
}
