//! Public keys that were saved: a file, or a folder with one for each Region.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;

use super::{KeySource, ListedKey};
use crate::digest::store::{Unreadable, UnreadableKind};
use crate::error::Error;

/// The most that a file of keys may have: AWS has a few keys in each Region, of half a KiB.
const LARGEST: u64 = 16 << 20;

/// Saved answers to `ListPublicKeys`.
#[derive(Debug)]
pub struct KeyFiles {
    path: PathBuf,
    /// The keys of the one file, which are tried in every Region; `None` for a folder.
    keys: Option<Vec<ListedKey>>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "PublicKeyList")]
    keys: Vec<ListedKey>,
}

impl KeyFiles {
    /// Opens a file in the shape of `ListPublicKeys`' answer, or a folder with one of these for
    /// each Region, called `<region>.json`.
    ///
    /// # Errors
    /// [`Error::Read`] if there is neither, [`Error::Usage`] if it holds no keys.
    pub fn open(path: &Path) -> Result<KeyFiles, Error> {
        let unreadable = |source| Error::Read {
            path: path.to_owned(),
            source,
        };
        let is_folder = fs::metadata(path).map_err(unreadable)?.is_dir();
        let keys = if is_folder {
            check_folder(path)?;
            None
        } else {
            Some(load(path)?)
        };
        Ok(KeyFiles {
            path: path.to_owned(),
            keys,
        })
    }
}

/// Reads every file once, so that a damaged one is said before anything is verified.
fn check_folder(path: &Path) -> Result<(), Error> {
    let unreadable = |source| Error::Read {
        path: path.to_owned(),
        source,
    };
    let mut any = false;
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            load(&file)?;
            any = true;
        }
    }
    if any {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "`{}` holds no public keys: no file such as `us-east-1.json`",
        path.display()
    )))
}

fn load(path: &Path) -> Result<Vec<ListedKey>, Error> {
    let unreadable = |source| Error::Read {
        path: path.to_owned(),
        source,
    };
    let refused = |reason: String| {
        Error::Usage(format!(
            "`{}` is not an answer of ListPublicKeys: {reason}",
            path.display()
        ))
    };
    let mut json = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut json))
        .map_err(unreadable)?;
    if json.len() as u64 > LARGEST {
        return Err(refused(format!("it has more than {} MiB", LARGEST >> 20)));
    }
    let answer: Answer =
        serde_json::from_slice(&json).map_err(|error| refused(error.to_string()))?;
    Ok(answer.keys)
}

impl KeySource for KeyFiles {
    fn keys(
        &self,
        region: &str,
        _from: Timestamp,
        _to: Timestamp,
    ) -> Result<Vec<ListedKey>, Unreadable> {
        if let Some(keys) = &self.keys {
            return Ok(keys.clone());
        }
        // Regions are told by the keys of objects, which whoever can write there chooses.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let file = self.path.join(format!("{region}.json"));
        if !region.bytes().all(plain) || !file.is_file() {
            let detail = format!("there is no `{region}.json` in `{}`", self.path.display());
            return Err(Unreadable::new(UnreadableKind::Missing, detail));
        }
        load(&file).map_err(|error| Unreadable::new(UnreadableKind::Other, error.to_string()))
    }

    fn knows_regions(&self) -> bool {
        self.keys.is_none()
    }
}
