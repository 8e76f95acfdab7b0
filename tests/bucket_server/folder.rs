//! Content from a folder: `DIR/<bucket>/<key>`, `object-metadata.json`,
//! `public-keys/<region>.json`, `trail.json`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::content::{Body, Content, Object};

/// What `object-metadata.json` says of an object.
#[derive(Deserialize)]
struct Extra {
    #[serde(default)]
    metadata: BTreeMap<String, String>,
    storage_class: Option<String>,
}

/// The folder of keys, which is not a bucket.
const KEYS: &str = "public-keys";

impl Content {
    /// What lies in the folder. Bodies stay on the disk, and are read at every request.
    /// Buckets are in the home Region of the first trail.
    ///
    /// # Errors
    /// If a file cannot be read, is not JSON where it should be, or has a name that no key
    /// can have.
    pub(crate) fn of_folder(dir: &Path) -> io::Result<Self> {
        let mut content = Content::new();
        if let Some(trails) = json(&dir.join("trail.json"))? {
            content.trails = trails;
        }
        let trail = content.trails.pointer("/trailList/0").cloned();
        let trail = trail.unwrap_or_default();
        let text = |name: &str| trail.get(name).and_then(Value::as_str);
        let region = text("HomeRegion").unwrap_or("us-east-1");
        let owner = text("TrailARN").and_then(|arn| arn.split(':').nth(4));
        if let Some(account) = owner {
            account.clone_into(&mut content.account);
        }
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            let name = name_of(&path)?;
            if path.is_dir() && name != KEYS {
                content.bucket(name, region);
                content.load(name, "", &path)?;
            }
        }
        let extras = json(&dir.join("object-metadata.json"))?.unwrap_or_default();
        content.adorn(&extras)?;
        content.load_keys(&dir.join(KEYS))?;
        content.organization_id = content.organization_in_keys();
        Ok(content)
    }

    /// Reads all bodies into memory, which makes a reply cost half as much.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub(crate) fn read_bodies(&mut self) -> io::Result<()> {
        let buckets = self.buckets.values_mut();
        for object in buckets.flat_map(|bucket| bucket.objects.values_mut()) {
            if let Body::File { path, .. } = &object.body {
                object.body = Body::Memory(fs::read(path)?);
            }
        }
        Ok(())
    }

    fn load(&mut self, bucket: &str, prefix: &str, dir: &Path) -> io::Result<()> {
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            let key = format!("{prefix}{}", name_of(&path)?);
            let about = fs::metadata(&path)?;
            if about.is_dir() {
                self.load(bucket, &format!("{key}/"), &path)?;
                continue;
            }
            let size = about.len();
            let mut object = Object::of(Body::File { path, size });
            object.last_modified = Timestamp::try_from(about.modified()?).map_err(invalid)?;
            self.put(bucket, &key, object);
        }
        Ok(())
    }

    fn adorn(&mut self, extras: &Value) -> io::Result<()> {
        for (url, extra) in extras.as_object().into_iter().flatten() {
            let extra = Extra::deserialize(extra).map_err(invalid)?;
            let place = url
                .strip_prefix("s3://")
                .and_then(|rest| rest.split_once('/'));
            let object = place.and_then(|(bucket, key)| self.object_mut(bucket, key));
            // An object that was deleted since may still be listed.
            if let Some(object) = object {
                object.metadata = extra.metadata;
                if let Some(class) = extra.storage_class {
                    object.storage_class = class;
                }
            }
        }
        Ok(())
    }

    fn load_keys(&mut self, dir: &Path) -> io::Result<()> {
        if !dir.is_dir() {
            return Ok(());
        }
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            let region = name_of(&path)?.trim_end_matches(".json").to_owned();
            let answer = json(&path)?.unwrap_or_default();
            let keys = answer.get("PublicKeyList").and_then(Value::as_array);
            self.public_keys
                .insert(region, keys.cloned().unwrap_or_default());
        }
        Ok(())
    }

    /// The folder of an organization trail's keys: `AWSLogs/o-.../`.
    fn organization_in_keys(&self) -> Option<String> {
        let mut keys = self.buckets.values().flat_map(|b| b.objects.keys());
        keys.find_map(|key| {
            let (_, rest) = key.split_once("AWSLogs/")?;
            let folder = rest.split('/').next()?;
            folder.starts_with("o-").then(|| folder.to_owned())
        })
    }
}

fn name_of(path: &Path) -> io::Result<&str> {
    let name = path.file_name().and_then(|name| name.to_str());
    name.ok_or_else(|| invalid(format!("no key: {}", path.display())))
}

/// The file's JSON; nothing if there is no such file.
fn json(path: &Path) -> io::Result<Option<Value>> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(invalid),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
