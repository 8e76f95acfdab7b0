//! Objects as S3 would hold them.

use std::collections::BTreeMap;
use std::fmt;

/// The place of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Object {
    pub(crate) bucket: String,
    pub(crate) key: String,
}

impl Object {
    pub(crate) fn new(bucket: &str, key: impl Into<String>) -> Self {
        Object {
            bucket: bucket.to_owned(),
            key: key.into(),
        }
    }

    /// The object of another key in the same bucket.
    pub(crate) fn beside(&self, key: impl Into<String>) -> Self {
        Object::new(&self.bucket, key)
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

/// An object's content and what S3 keeps with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) body: Vec<u8>,
    /// User metadata, the names without `x-amz-meta-`.
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) storage_class: String,
}

impl Stored {
    /// An object without metadata.
    pub(crate) fn plain(body: Vec<u8>) -> Self {
        Stored {
            body,
            metadata: BTreeMap::new(),
            storage_class: "STANDARD".to_owned(),
        }
    }
}
