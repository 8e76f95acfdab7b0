//! Listing a copy in the order in which S3 lists a bucket.

use std::ops::ControlFlow;
use std::path::PathBuf;

use super::layout::Place;
use super::{Folder, Listed, Skipped, Unreadable, UnreadableKind, entries, path_of, unreadable};

/// As many as S3 puts on a page.
const PAGE: usize = 1000;

/// S3's keys have no more bytes, so longer paths are no objects; and that bounds recursion.
const LONGEST_KEY: usize = 1024;

/// Takes the pages.
type Page<'a> = dyn FnMut(Vec<Listed>) -> ControlFlow<()> + 'a;

/// A listing under way. It holds the entries of the folders between the bucket and where it
/// is, so that memory is bounded by the largest folder, which is one day.
pub(super) struct Walk<'a> {
    place: &'a Place,
    skipped: &'a Skipped,
    prefix: &'a str,
    after: Option<&'a str>,
    page: &'a mut Page<'a>,
    listed: Vec<Listed>,
    failed: Option<Unreadable>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        place: &'a Place,
        skipped: &'a Skipped,
        prefix: &'a str,
        after: Option<&'a str>,
        page: &'a mut Page<'a>,
    ) -> Self {
        Walk {
            place,
            skipped,
            prefix,
            after,
            page,
            listed: Vec::new(),
            failed: None,
        }
    }

    pub(super) fn run(mut self) -> Result<(), Unreadable> {
        let Some(start) = self.start()? else {
            return Ok(());
        };
        let flow = self.folder(start);
        if flow.is_continue() && !self.listed.is_empty() {
            let _ = (self.page)(std::mem::take(&mut self.listed));
        }
        // Also where the caller has seen enough: it has not seen what could not be listed.
        self.failed.map_or(Ok(()), Err)
    }

    /// The folder that holds all keys with the prefix; `None` if there is none.
    fn start(&self) -> Result<Option<&'a str>, Unreadable> {
        let Some(below) = self.prefix.strip_prefix(&self.place.cut) else {
            return Ok(self.place.cut.starts_with(self.prefix).then_some(""));
        };
        let folder = below.rfind('/').and_then(|end| below.get(..=end));
        let folder = folder.unwrap_or_default();
        match directory(self.place, folder)? {
            Some(_) => Ok(Some(folder)),
            None => Ok(None),
        }
    }

    fn folder(&mut self, below: &str) -> ControlFlow<()> {
        let path = self.place.folder.join(below);
        let found = match entries(&path, self.skipped) {
            Ok(found) => found,
            Err(error) => {
                let Unreadable { kind, detail } = unreadable(&error);
                self.fail(Unreadable::new(
                    kind,
                    format!("`{}`: {detail}", path.display()),
                ));
                return ControlFlow::Continue(());
            }
        };
        for entry in found {
            let inner = format!("{below}{}", entry.name);
            if inner.len() > LONGEST_KEY || !self.place.holds(&inner) {
                continue;
            }
            let key = format!("{}{inner}", self.place.cut);
            if entry.is_folder() {
                if self.may_hold(&key) {
                    self.folder(&inner)?;
                }
            } else if self.wants(&key) {
                self.add(Listed {
                    key,
                    size: entry.size,
                })?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Whether a listed key may begin so.
    fn may_hold(&self, key: &str) -> bool {
        let passed = |after: &str| key < after && !after.starts_with(key);
        (key.starts_with(self.prefix) || self.prefix.starts_with(key))
            && !self.after.is_some_and(passed)
    }

    fn wants(&self, key: &str) -> bool {
        key.starts_with(self.prefix) && self.after.is_none_or(|after| key > after)
    }

    fn add(&mut self, listed: Listed) -> ControlFlow<()> {
        self.listed.push(listed);
        if self.listed.len() < PAGE {
            return ControlFlow::Continue(());
        }
        (self.page)(std::mem::take(&mut self.listed))
    }

    /// Keeps the first failure. A folder that is not there holds no objects.
    fn fail(&mut self, error: Unreadable) {
        if error.kind != UnreadableKind::Missing {
            self.failed.get_or_insert(error);
        }
    }
}

/// What lies directly under `prefix`, which ends with `/` or is empty.
pub(super) fn folder(place: &Place, skipped: &Skipped, prefix: &str) -> Result<Folder, Unreadable> {
    let mut folder = Folder::default();
    let Some(below) = prefix.strip_prefix(&place.cut) else {
        let next = place.cut.strip_prefix(prefix);
        let next = next.and_then(|rest| rest.split('/').next());
        folder.folders.extend(next.map(str::to_owned));
        return Ok(folder);
    };
    let Some(path) = directory(place, below)? else {
        return Ok(folder);
    };
    let mut found = entries(&path, skipped).map_err(|error| unreadable(&error))?;
    found.retain(|entry| place.holds(&format!("{below}{}", entry.name)));
    for entry in found {
        match entry.name.strip_suffix('/') {
            Some(name) => folder.folders.push(name.to_owned()),
            None => folder.objects.push(Listed {
                key: format!("{prefix}{}", entry.name),
                size: entry.size,
            }),
        }
    }
    Ok(folder)
}

/// The folder of that name in the copy; `None` if it is not there.
fn directory(place: &Place, below: &str) -> Result<Option<PathBuf>, Unreadable> {
    let Some(path) = path_of(below).map(|path| place.folder.join(path)) else {
        return Ok(None);
    };
    match place.check(&path) {
        Ok(()) => Ok(Some(path)),
        Err(error) if error.kind == UnreadableKind::Missing => Ok(None),
        Err(error) => Err(error),
    }
}
