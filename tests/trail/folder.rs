//! A trail as a folder, as `aws s3 sync` leaves it.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::Trail;
use super::objects::{Object, Stored};

/// Writes objects to a folder: each as `<bucket>/<key>`, their metadata beside the buckets.
pub(crate) struct Folder<'a> {
    root: &'a Path,
    metadata: Map<String, Value>,
}

impl<'a> Folder<'a> {
    pub(crate) fn new(root: &'a Path) -> Self {
        Folder {
            root,
            metadata: Map::new(),
        }
    }

    /// Writes an object. A key that ends in a slash becomes the folder that it stands for.
    pub(crate) fn put(&mut self, object: &Object, stored: &Stored) {
        let path = self.root.join(&object.bucket).join(&object.key);
        if object.key.ends_with('/') {
            fs::create_dir_all(path).unwrap();
            return;
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &stored.body).unwrap();
        if !stored.metadata.is_empty() || stored.storage_class != "STANDARD" {
            let more = json!({
                "metadata": stored.metadata,
                "storage_class": stored.storage_class,
            });
            self.metadata.insert(object.to_string(), more);
        }
    }

    /// Writes `object-metadata.json`, and what AWS would answer about the trail: `trail.json`,
    /// `public-keys.json` and `public-keys/<region>.json`.
    pub(crate) fn finish(self, trail: &Trail) {
        let json = |name: &str, value: &Value| {
            let path = self.root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, value.to_string()).unwrap();
        };
        json("trail.json", &trail.describe_trails());
        json("public-keys.json", &trail.all_public_keys());
        for region in trail.keys.keys() {
            json(
                &format!("public-keys/{region}.json"),
                &trail.public_keys(region),
            );
        }
        json("object-metadata.json", &Value::Object(self.metadata));
    }
}

impl Trail {
    /// Writes the trail to a folder.
    pub(crate) fn write(&self, folder: &Path) {
        let mut written = Folder::new(folder);
        for (object, stored) in &self.objects {
            written.put(object, stored);
        }
        written.finish(self);
    }
}
