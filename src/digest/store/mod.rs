//! Where objects come from: S3, or a directory.

use std::ops::ControlFlow;

pub mod directory;

use super::object::Object;

/// One object of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// Its size in bytes, packed.
    pub size: u64,
}

/// What lies directly in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folder {
    /// The names of the folders in it, without a slash, each once, in order.
    pub folders: Vec<String>,
    /// The objects in it, in order.
    pub objects: Vec<Listed>,
}

/// What is read of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The bytes as they are stored: packed.
    pub bytes: Vec<u8>,
    /// The user metadata in which CloudTrail puts a digest's signature.
    pub metadata: Metadata,
}

/// A digest's signature as its object's metadata has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Metadata {
    /// Nobody kept the metadata, as in a copy made with `aws s3 sync`.
    #[default]
    Lost,
    /// What the metadata says; absent members are absent there, too.
    Known {
        /// `x-amz-meta-signature`.
        signature: Option<String>,
        /// `x-amz-meta-signature-algorithm`.
        algorithm: Option<String>,
        /// `x-amz-meta-backfill-generation-timestamp`.
        backfilled: Option<String>,
    },
}

/// Why an object, or a listing, could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// What sort of failure it was.
    pub kind: UnreadableKind,
    /// The service's own message, or what went wrong on the way.
    pub detail: String,
}

/// The sorts of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UnreadableKind {
    /// The store answers that there is no such object or bucket.
    Missing,
    /// It lies in an archive and has to be restored first.
    Archived,
    /// The caller may not read it, or may not use the key it is encrypted with.
    Denied,
    /// "Slow down", also after the last attempt.
    Throttled,
    /// A time-out, a server error, a connection that broke.
    Transient,
    /// It is larger than any log file or digest.
    TooLarge,
    /// Anything else.
    Other,
}

impl Unreadable {
    /// A failure of that kind.
    pub fn new(kind: UnreadableKind, detail: impl Into<String>) -> Self {
        Unreadable {
            kind,
            detail: detail.into(),
        }
    }
}

/// What takes the objects that [`Store::read`] reads. Called on threads that may compute, as
/// many at a time as there are processors, in no particular order.
pub type Take<'a> = dyn Fn(u64, Object, Result<Body, Unreadable>) + Sync + 'a;

/// A place that holds objects.
pub trait Store: Sync {
    /// The names of the buckets that the store holds; none where only the caller knows them.
    fn buckets(&self) -> Vec<String>;

    /// Lists the objects of `bucket` whose keys begin with `prefix` and, if `after` is
    /// given, sort behind it: page by page, in the order of the keys' bytes, until there are
    /// no more or `page` breaks.
    ///
    /// # Errors
    /// [`Unreadable`] if a page could not be read; the pages before it have been handed over.
    fn list(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<&str>,
        page: &mut dyn FnMut(Vec<Listed>) -> ControlFlow<()>,
    ) -> Result<(), Unreadable>;

    /// What lies directly under `prefix`, which ends with `/` or is empty. A "folder" is what
    /// the next path segment of several keys is.
    ///
    /// # Errors
    /// [`Unreadable`] if it could not be listed.
    fn folder(&self, bucket: &str, prefix: &str) -> Result<Folder, Unreadable>;

    /// Reads every object that `wanted` names, each exactly once unless it has to be tried
    /// again, many at a time, and hands each to `take` with its number. Returns when all are
    /// taken. What is read and not taken yet is bounded, whatever `wanted` yields.
    fn read(&self, wanted: &mut (dyn Iterator<Item = (u64, Object)> + Send), take: &Take<'_>);
}
