//! The content in the form in which it is quick to serve: the heads of replies are made
//! before the first request comes.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::sync::atomic::AtomicUsize;

use md5::{Digest as _, Md5};
use serde_json::Value;

use super::content::{Body, Bucket, Content, Object};
use super::reply;

pub(super) struct Served {
    pub(super) buckets: HashMap<String, ServedBucket>,
    pub(super) trails: Value,
    pub(super) trail_status: Value,
    pub(super) public_keys: BTreeMap<String, Vec<Value>>,
    pub(super) keys_per_page: usize,
    pub(super) account: String,
    pub(super) organization_id: Option<String>,
}

pub(super) struct ServedBucket {
    pub(super) region: String,
    /// In the order of the bytes of their keys.
    pub(super) objects: Vec<ServedObject>,
}

pub(super) struct ServedObject {
    pub(super) key: String,
    pub(super) etag: String,
    pub(super) object: Object,
    /// The head of the reply that has the whole body.
    pub(super) head: Vec<u8>,
    /// How often it was asked for by `GetObject`.
    pub(super) gets: AtomicUsize,
}

impl Served {
    pub(super) fn new(content: Content) -> Self {
        let buckets = content.buckets.into_iter();
        Served {
            buckets: buckets
                .map(|(name, bucket)| (name, ServedBucket::new(bucket)))
                .collect(),
            trails: content.trails,
            trail_status: content.trail_status,
            public_keys: content.public_keys,
            keys_per_page: content.keys_per_page,
            account: content.account,
            organization_id: content.organization_id,
        }
    }

    pub(super) fn object(&self, bucket: &str, key: &str) -> Option<&ServedObject> {
        self.buckets.get(bucket)?.object(key)
    }
}

impl ServedBucket {
    fn new(bucket: Bucket) -> Self {
        let objects = bucket.objects.into_iter();
        ServedBucket {
            region: bucket.region,
            objects: objects
                .map(|(key, object)| ServedObject::new(key, object))
                .collect(),
        }
    }

    pub(super) fn object(&self, key: &str) -> Option<&ServedObject> {
        let found = self
            .objects
            .binary_search_by(|object| object.key.as_str().cmp(key));
        self.objects.get(found.ok()?)
    }
}

impl ServedObject {
    fn new(key: String, object: Object) -> Self {
        let size = object.body.size();
        // An ETag need not be the MD5 of the body, and to make it so would mean to read
        // all files at the start.
        let etag = hex::encode(Md5::digest(format!("{key} {size}")));
        let headers = format!("{}Accept-Ranges: bytes\r\n", headers_of(&object, &etag));
        ServedObject {
            head: reply::head(200, &headers, size),
            key,
            etag,
            object,
            gets: AtomicUsize::new(0),
        }
    }

    /// Whether S3 has the object at hand, or must have it restored first.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html>
    pub(super) fn is_archived(&self) -> bool {
        matches!(
            self.object.storage_class.as_str(),
            "GLACIER" | "DEEP_ARCHIVE"
        )
    }

    /// The headers of a reply about the object, without those about the length.
    pub(super) fn headers(&self) -> String {
        headers_of(&self.object, &self.etag)
    }

    /// The body. That of a file is read into `scratch`.
    ///
    /// # Errors
    /// If the file cannot be read or has changed its size.
    pub(super) fn body<'a>(&'a self, scratch: &'a mut Vec<u8>) -> io::Result<Cow<'a, [u8]>> {
        match &self.object.body {
            Body::Memory(bytes) => Ok(bytes.into()),
            Body::File { path, size } => {
                let size = usize::try_from(*size).map_err(io::Error::other)?;
                if scratch.len() < size {
                    scratch.resize(size, 0);
                }
                let body = &mut scratch[..size];
                let mut file = File::open(path)?;
                file.read_exact(body)?;
                if file.read(&mut [0])? > 0 {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                Ok((&*body).into())
            }
        }
    }
}

fn headers_of(object: &Object, etag: &str) -> String {
    let when = object.last_modified.strftime("%a, %d %b %Y %H:%M:%S GMT");
    let mut headers = format!(
        "Last-Modified: {when}\r\nETag: \"{etag}\"\r\nContent-Type: application/json\r\n\
         Content-Encoding: gzip\r\n"
    );
    for (name, value) in &object.metadata {
        // A header cannot have line breaks.
        let value = value.replace(char::is_control, " ");
        let _ = write!(headers, "x-amz-meta-{name}: {value}\r\n");
    }
    // Of objects in STANDARD, S3 does not say so.
    if object.storage_class != "STANDARD" {
        let _ = write!(headers, "x-amz-storage-class: {}\r\n", object.storage_class);
    }
    headers
}
