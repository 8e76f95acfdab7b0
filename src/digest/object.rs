//! Where an object lies.

use std::fmt;

use serde::{Serialize, Serializer};

/// An object of S3, or of a copy of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Object {
    /// The bucket's name.
    pub bucket: String,
    /// The key, as S3 has it: any text up to 1,024 bytes, also `..` and line breaks.
    pub key: String,
}

impl Object {
    /// The object of that bucket and key.
    pub fn new(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Object {
            bucket: bucket.into(),
            key: key.into(),
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
