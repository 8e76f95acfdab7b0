//! A digest as it was found: read, broken, out of reach or gone.

use jiff::Timestamp;

use super::document::{self, Head};
use super::finding::Kind;
use super::name::{DigestName, HOUR};
use super::object::Object;
use super::store::{Body, Metadata, Unreadable, UnreadableKind};
use super::unpack::{Packing, Unpacker};

/// The most that a digest may unpack to. An entry takes some 400 bytes, so that this is
/// 300,000 log files delivered in one hour of one Region.
pub(super) const LARGEST: u64 = 128 << 20;

/// A digest, or the place where one must have been.
#[derive(Debug)]
pub(super) struct Seen {
    /// Where it is, or was.
    pub(super) object: Object,
    /// What its key says.
    pub(super) name: DigestName,
    /// What was found there.
    pub(super) state: State,
}

/// What was found.
#[derive(Debug)]
pub(super) enum State {
    /// A digest.
    Read(Box<Contents>),
    /// An object that is no digest.
    Broken(String),
    /// An object that could not be read.
    Unreadable(Unreadable),
    /// Nothing; the sentence says who knows that there was something.
    Gone(String),
}

/// A digest that could be read.
#[derive(Debug)]
pub(super) struct Contents {
    /// What it says, but for its log files.
    pub(super) head: Head,
    /// The SHA-256 of the unpacked bytes.
    pub(super) sha256: [u8; 32],
    /// What is wrong with the file, whatever its signature says.
    pub(super) flaw: Option<(Kind, String)>,
    /// The signature that is stored with it.
    pub(super) metadata: Metadata,
    /// The file as it is stored, from which its log files are read later: as packed, it takes
    /// a seventh of the memory.
    pub(super) packed: Vec<u8>,
}

impl Seen {
    /// A digest of that name which is not there.
    pub(super) fn gone(object: Object, name: DigestName, why: impl Into<String>) -> Self {
        let state = State::Gone(why.into());
        Seen {
            object,
            name,
            state,
        }
    }

    /// What an attempt to read the digest gave.
    pub(super) fn of(
        object: Object,
        name: DigestName,
        account: &str,
        read: Result<Body, Unreadable>,
        unpacker: &mut Unpacker,
    ) -> Self {
        let state = match read {
            Err(failure) if failure.kind == UnreadableKind::Missing => {
                State::Gone("the next digest names it, and it is not there".to_owned())
            }
            Err(failure) => State::Unreadable(failure),
            Ok(body) => state(&object, &name, account, body, unpacker),
        };
        Seen {
            object,
            name,
            state,
        }
    }

    /// The digest, if it could be read and belongs here.
    pub(super) fn contents(&self) -> Option<&Contents> {
        self.found().filter(|contents| !contents.is_moved())
    }

    /// The digest, if it could be read.
    pub(super) fn found(&self) -> Option<&Contents> {
        match &self.state {
            State::Read(contents) => Some(contents),
            _ => None,
        }
    }

    /// The digest before it that it names, whether or not it can be trusted.
    pub(super) fn previous(&self) -> Option<&document::Previous> {
        self.contents()?.head.previous.as_ref()
    }

    /// When it ended, by its key.
    pub(super) fn end(&self) -> Timestamp {
        self.name.end
    }

    /// When it began; an hour before its end where nothing tells.
    pub(super) fn start(&self) -> Timestamp {
        match self.contents() {
            Some(contents) => contents.head.start,
            None => self.end() - HOUR,
        }
    }
}

impl Contents {
    /// Whether it says that it belongs elsewhere.
    pub(super) fn is_moved(&self) -> bool {
        matches!(self.flaw, Some((Kind::DigestMoved, _)))
    }
}

fn state(
    object: &Object,
    name: &DigestName,
    account: &str,
    body: Body,
    unpacker: &mut Unpacker,
) -> State {
    let unpacked = unpacker.unpack_whole(&body.bytes, LARGEST);
    let flaw = match unpacked.packing {
        Packing::Whole => None,
        Packing::Trailing(bytes) => Some((
            Kind::DigestTrailingData,
            format!("{bytes} bytes follow the digest"),
        )),
        Packing::NotGzip => Some((
            Kind::DigestBadFormat,
            "it is not packed with gzip".to_owned(),
        )),
        Packing::BadTrailer(reason) => Some((Kind::DigestBadFormat, reason.to_owned())),
        Packing::Broken(reason) => return State::Broken(reason.to_owned()),
        Packing::TooLarge => {
            let reason = format!(
                "it unpacks to more than {} MiB, as no digest does",
                LARGEST >> 20
            );
            return State::Broken(reason);
        }
    };
    let sha256 = unpacked.sha256;
    let head = match document::head(unpacked.content.unwrap_or_default()) {
        Ok(head) => head,
        Err(reason) => return State::Broken(reason),
    };
    let mut packed = body.bytes;
    if let Packing::Trailing(bytes) = unpacked.packing {
        // What was appended is nothing to keep.
        let member = (packed.len() as u64).saturating_sub(bytes);
        packed.truncate(usize::try_from(member).unwrap_or(usize::MAX));
        packed.shrink_to_fit();
    }
    let flaw = misplaced(object, name, account, &head).or(flaw);
    State::Read(Box::new(Contents {
        head,
        sha256,
        flaw,
        metadata: body.metadata,
        packed,
    }))
}

/// What to say of an object among the digests whose key is not that of one.
pub(super) fn stray(
    object: &Object,
    read: Result<Body, Unreadable>,
    unpacker: &mut Unpacker,
) -> (Kind, String) {
    let body = match read {
        Ok(body) => body,
        Err(failure) => return (Kind::DigestUnreadable, failure.detail),
    };
    let unpacked = unpacker.unpack_whole(&body.bytes, LARGEST);
    match unpacked.content.map(document::head) {
        Some(Ok(head)) if head.object != *object => (
            Kind::DigestMoved,
            format!("it says that it is `{}`", head.object),
        ),
        _ => (
            Kind::DigestUnreferenced,
            "its key is not that of a digest, and no digest names it".to_owned(),
        ),
    }
}

/// What the digest says of itself that is not so where it lies.
fn misplaced(
    object: &Object,
    name: &DigestName,
    account: &str,
    head: &Head,
) -> Option<(Kind, String)> {
    if head.object != *object {
        return Some((
            Kind::DigestMoved,
            format!("it says that it is `{}`", head.object),
        ));
    }
    if head.account != account || head.end != name.end {
        let said = format!(
            "it says that it is of account {} and ends at {}",
            head.account, head.end
        );
        return Some((Kind::DigestBadFormat, said));
    }
    None
}
