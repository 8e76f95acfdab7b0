//! What the server has: buckets with their objects, the trails and CloudTrail's keys.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::{Value, json};

/// All that a server serves. What nothing was put into is empty: no bucket, no trail.
pub(crate) struct Content {
    pub(super) buckets: BTreeMap<String, Bucket>,
    /// The answer to `DescribeTrails`, before a request narrows it.
    pub(crate) trails: Value,
    /// The answer to `GetTrailStatus` for every trail.
    pub(crate) trail_status: Value,
    /// By Region, the elements of `PublicKeyList`.
    pub(crate) public_keys: BTreeMap<String, Vec<Value>>,
    /// How many keys an answer of `ListPublicKeys` has at most.
    pub(crate) keys_per_page: usize,
    /// The account that every caller is of, and that owns the buckets.
    pub(crate) account: String,
    /// The organization that the account manages, if it is in one.
    pub(crate) organization_id: Option<String>,
}

/// A bucket's Region and objects, in S3's order: by the bytes of the keys.
pub(super) struct Bucket {
    pub(super) region: String,
    pub(super) objects: BTreeMap<String, Object>,
}

/// An object as it was put.
#[derive(Clone)]
pub(crate) struct Object {
    pub(crate) body: Body,
    /// User metadata: the headers `x-amz-meta-*`, named here without that prefix.
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) storage_class: String,
    pub(crate) last_modified: Timestamp,
}

/// The bytes of an object.
#[derive(Clone)]
pub(crate) enum Body {
    Memory(Vec<u8>),
    /// A file, which is read at every request. The size is in bytes.
    File {
        path: PathBuf,
        size: u64,
    },
}

impl Body {
    pub(super) fn size(&self) -> u64 {
        match self {
            Body::Memory(bytes) => bytes.len() as u64,
            Body::File { size, .. } => *size,
        }
    }
}

impl Object {
    /// An object of storage class STANDARD without metadata.
    pub(crate) fn new(body: impl Into<Vec<u8>>) -> Self {
        Object::of(Body::Memory(body.into()))
    }

    pub(super) fn of(body: Body) -> Self {
        Object {
            body,
            metadata: BTreeMap::new(),
            storage_class: "STANDARD".to_owned(),
            last_modified: Timestamp::UNIX_EPOCH,
        }
    }

    /// The same object with one more `x-amz-meta-*` header.
    pub(crate) fn with_metadata(mut self, name: &str, value: &str) -> Self {
        self.metadata.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The same object in another storage class, such as `GLACIER`.
    pub(crate) fn stored_as(mut self, storage_class: &str) -> Self {
        storage_class.clone_into(&mut self.storage_class);
        self
    }
}

impl Content {
    /// No bucket, no trail, no key. A page of keys has no limit.
    pub(crate) fn new() -> Self {
        Content {
            buckets: BTreeMap::new(),
            trails: json!({"trailList": []}),
            trail_status: json!({"IsLogging": true}),
            public_keys: BTreeMap::new(),
            keys_per_page: usize::MAX,
            account: "111122223333".to_owned(),
            organization_id: None,
        }
    }

    /// Makes a bucket, or moves one to another Region.
    pub(crate) fn bucket(&mut self, name: &str, region: &str) {
        let bucket = self.buckets.entry(name.to_owned()).or_insert(Bucket {
            region: String::new(),
            objects: BTreeMap::new(),
        });
        region.clone_into(&mut bucket.region);
    }

    /// Puts an object. A bucket that is not there yet is made, in us-east-1.
    pub(crate) fn put(&mut self, bucket: &str, key: &str, object: Object) {
        if !self.buckets.contains_key(bucket) {
            self.bucket(bucket, "us-east-1");
        }
        if let Some(bucket) = self.buckets.get_mut(bucket) {
            bucket.objects.insert(key.to_owned(), object);
        }
    }

    /// An object, to change it.
    pub(crate) fn object_mut(&mut self, bucket: &str, key: &str) -> Option<&mut Object> {
        self.buckets.get_mut(bucket)?.objects.get_mut(key)
    }

    /// Deletes an object; gives what it was.
    pub(crate) fn delete(&mut self, bucket: &str, key: &str) -> Option<Object> {
        self.buckets.get_mut(bucket)?.objects.remove(key)
    }

    /// Bucket and key of every object.
    pub(crate) fn objects(&self) -> Vec<(String, String)> {
        let of_bucket = |(name, bucket): (&String, &Bucket)| -> Vec<(String, String)> {
            let keys = bucket.objects.keys();
            keys.map(|key| (name.clone(), key.clone())).collect()
        };
        self.buckets.iter().flat_map(of_bucket).collect()
    }
}
