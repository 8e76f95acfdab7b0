//! A digest as it was found: read, broken, out of reach or gone.

use jiff::Timestamp;

use super::document::{self, Head};
use super::finding::Kind;
use super::name::{DigestName, HOUR};
use super::object::Object;
use super::spelled::Hex;
use super::spool::{Kept, Spool};
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

/// A digest that could be read: what is needed of it, for a run holds all of a chain.
#[derive(Debug)]
pub(super) struct Contents {
    /// When the time that it covers began.
    pub(super) start: Timestamp,
    /// When it ended, as it is spelled.
    pub(super) end_text: Box<str>,
    /// Which key it is signed with.
    pub(super) fingerprint: Box<str>,
    /// The signature's algorithm.
    pub(super) algorithm: Box<str>,
    /// The digest before it; none of the first of a chain.
    pub(super) previous: Option<Box<Previous>>,
    /// How many log files it names.
    pub(super) logs: u64,
    /// The SHA-256 of the unpacked bytes.
    pub(super) sha256: [u8; 32],
    /// What is wrong with the file, whatever its signature says.
    pub(super) flaw: Option<(Kind, String)>,
    /// The signature that is stored with it, until it is assessed.
    pub(super) stored: Stored,
    /// How many bytes the file has, without what may be appended to it.
    pub(super) size: u64,
    /// The file as it is stored, from which its log files are read later: as packed, it takes
    /// a seventh of the memory.
    pub(super) packed: Kept,
}

/// A digest's signature as its object's metadata has it.
#[derive(Debug, Default)]
pub(super) enum Stored {
    /// Nobody kept the metadata, or nobody needs it any more.
    #[default]
    Lost,
    /// What the metadata says.
    Known {
        signature: Option<Hex>,
        algorithm: Option<Box<str>>,
        backfilled: Option<Box<str>>,
    },
}

impl From<Metadata> for Stored {
    fn from(metadata: Metadata) -> Self {
        match metadata {
            Metadata::Lost => Stored::Lost,
            Metadata::Known {
                signature,
                algorithm,
                backfilled,
            } => Stored::Known {
                signature: signature.map(|signature| Hex::of(&signature)),
                algorithm: algorithm.map(Into::into),
                backfilled: backfilled.map(Into::into),
            },
        }
    }
}

/// The digest before one, as the one names it.
#[derive(Debug)]
pub(super) struct Previous {
    /// Where it is.
    pub(super) object: Object,
    /// The hash of its unpacked bytes, in lower-case hexadecimal.
    pub(super) sha256: Box<str>,
    /// Its signature.
    pub(super) signature: Hex,
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
        tools: (&mut Unpacker, &Spool),
    ) -> Self {
        let state = match read {
            Err(failure) if failure.kind == UnreadableKind::Missing => {
                State::Gone("the next digest names it, and it is not there".to_owned())
            }
            Err(failure) => State::Unreadable(failure),
            Ok(body) => state(&object, &name, account, body, tools),
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

    /// Lets go of the signature that is stored with it.
    pub(super) fn forget_signature(&mut self) {
        if let State::Read(contents) = &mut self.state {
            contents.stored = Stored::Lost;
        }
    }

    /// The digest before it that it names, whether or not it can be trusted.
    pub(super) fn previous(&self) -> Option<&Previous> {
        self.contents()?.previous.as_deref()
    }

    /// When it ended, by its key.
    pub(super) fn end(&self) -> Timestamp {
        self.name.end
    }

    /// When it began; an hour before its end where nothing tells.
    pub(super) fn start(&self) -> Timestamp {
        match self.contents() {
            Some(contents) => contents.start,
            None => self.end() - HOUR,
        }
    }
}

impl Contents {
    /// Whether it says that it belongs elsewhere.
    pub(super) fn is_moved(&self) -> bool {
        matches!(self.flaw, Some((Kind::DigestMoved, _)))
    }

    /// The text of the digest.
    ///
    /// # Errors
    /// A sentence if what was read before cannot be read again.
    pub(super) fn text<'u>(
        &self,
        spool: &Spool,
        unpacker: &'u mut Unpacker,
    ) -> Result<&'u [u8], String> {
        let again = |why: &str| format!("it could not be read again: {why}");
        let packed = spool
            .get(&self.packed)
            .map_err(|error| again(&error.to_string()))?;
        let unpacked = unpacker.unpack_whole(&packed, LARGEST);
        (unpacked.content)
            .filter(|_| unpacked.sha256 == self.sha256)
            .ok_or_else(|| again("the temporary file holds something else"))
    }
}

fn state(
    object: &Object,
    name: &DigestName,
    account: &str,
    body: Body,
    (unpacker, spool): (&mut Unpacker, &Spool),
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
    let flaw = misplaced(object, name, account, &head).or(flaw);
    let mut packed = body.bytes;
    if let Packing::Trailing(bytes) = unpacked.packing {
        // What was appended is nothing to keep.
        let member = (packed.len() as u64).saturating_sub(bytes);
        packed.truncate(usize::try_from(member).unwrap_or(usize::MAX));
    }
    State::Read(Box::new(Contents {
        start: head.start,
        end_text: head.end_text.into(),
        fingerprint: head.fingerprint.into(),
        algorithm: head.algorithm.into(),
        previous: head.previous.map(|previous| Box::new(previous.into())),
        logs: head.logs,
        sha256,
        flaw,
        stored: body.metadata.into(),
        size: packed.len() as u64,
        packed: spool.keep(packed),
    }))
}

impl From<document::Previous> for Previous {
    fn from(previous: document::Previous) -> Self {
        Previous {
            object: previous.object,
            sha256: previous.sha256.into(),
            signature: Hex::of(&previous.signature),
        }
    }
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

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write as _;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut writer = GzEncoder::new(Vec::new(), Compression::fast());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    }

    fn contents(spool: &Spool, bytes: &[u8], sha256: [u8; 32]) -> Contents {
        Contents {
            start: Timestamp::UNIX_EPOCH,
            end_text: "".into(),
            fingerprint: "".into(),
            algorithm: "".into(),
            previous: None,
            logs: 0,
            sha256,
            flaw: None,
            stored: Stored::Lost,
            size: 0,
            packed: spool.keep(packed(bytes)),
        }
    }

    #[test]
    fn what_was_kept_and_is_another_text_now_is_not_taken_for_the_digest() {
        let (spool, mut unpacker) = (Spool::new(), Unpacker::new());
        let sha256 = Unpacker::new().unpack_whole(&packed(b"{}"), LARGEST).sha256;
        let same = contents(&spool, b"{}", sha256);
        assert_eq!(same.text(&spool, &mut unpacker).unwrap(), b"{}");
        let other = contents(&spool, b"[]", sha256);
        let error = other.text(&spool, &mut unpacker).unwrap_err();
        assert!(error.contains("holds something else"), "{error}");
    }
}
