//! What can be said of an object, and why.

use serde::Serialize;

use super::object::Object;

/// What is said of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is what CloudTrail delivered.
    Valid,
    /// It is there, and is not what CloudTrail delivered.
    Altered,
    /// CloudTrail delivered it, and it is gone.
    Missing,
    /// It is there, or begins, and nothing that CloudTrail signed tells why.
    Unexplained,
    /// It could not be looked at, or nothing that can be trusted tells what it should be.
    Unverified,
}

impl Verdict {
    /// As the reports spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Valid => "valid",
            Verdict::Altered => "altered",
            Verdict::Missing => "missing",
            Verdict::Unexplained => "unexplained",
            Verdict::Unverified => "unverified",
        }
    }

    /// Whether it is evidence of tampering, or of an act that looks the same.
    pub fn is_tampering(self) -> bool {
        matches!(
            self,
            Verdict::Altered | Verdict::Missing | Verdict::Unexplained
        )
    }
}

/// Declares the kinds of finding with all that is said of each.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $name:literal, $verdict:ident, $about:literal;)*) => {
        /// What was found. The names are stable; a kind has one verdict.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        #[serde(rename_all = "kebab-case")]
        pub enum Kind {
            $($(#[$doc])* $kind,)*
        }

        impl Kind {
            /// Every kind, in the order of the reports.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind),*];

            /// As the reports spell it.
            pub fn as_str(self) -> &'static str {
                match self { $(Kind::$kind => $name),* }
            }

            /// What the kind says of its object.
            pub fn verdict(self) -> Verdict {
                match self { $(Kind::$kind => Verdict::$verdict),* }
            }

            /// What it means, in a sentence.
            pub fn about(self) -> &'static str {
                match self { $(Kind::$kind => $about),* }
            }
        }
    };
}

kinds! {
    /// The hash differs.
    LogModified: "log-modified", Altered,
        "The log file's content is not what CloudTrail delivered: its hash differs from the one in the digest.";
    /// The content is right, and the gzip around it is not.
    LogBadGzip: "log-bad-gzip", Altered,
        "The log file's content is what CloudTrail delivered, but the file is no whole gzip file.";
    /// Something follows the content.
    LogTrailingData: "log-trailing-data", Altered,
        "Data was appended to the log file; unpacking it shows more than CloudTrail delivered.";
    /// The signature does not verify.
    DigestBadSignature: "digest-bad-signature", Altered,
        "The digest's signature is not CloudTrail's signature of this digest.";
    /// The metadata has none.
    DigestNoSignature: "digest-no-signature", Altered,
        "The digest's object has lost the metadata that holds its signature.";
    /// It cannot be read as a digest.
    DigestBadFormat: "digest-bad-format", Altered,
        "The digest is no digest any more: it cannot be unpacked or read.";
    /// Something follows it.
    DigestTrailingData: "digest-trailing-data", Altered,
        "Data was appended to the digest.";
    /// It says that it belongs elsewhere.
    DigestMoved: "digest-moved", Altered,
        "The digest belongs to another key or bucket than the one that holds it.";
    /// The key is nobody's.
    DigestUnknownKey: "digest-unknown-key", Altered,
        "The digest names a key that CloudTrail does not have in this Region.";
    /// The key was not in use at the time.
    DigestExpiredKey: "digest-expired-key", Altered,
        "The digest is signed with a key that CloudTrail did not use at that time.";
    /// A trusted digest names a log file that is not there.
    LogMissing: "log-missing", Missing,
        "A digest names the log file, and it is gone.";
    /// A digest that must have been there is not.
    DigestMissing: "digest-missing", Missing,
        "The digest is gone; the log files of its hour cannot be checked.";
    /// No digest names the log file.
    LogUnreferenced: "log-unreferenced", Unexplained,
        "No digest names the log file, though the digests of its time are there: it was put there by somebody else, or delivered while validation was off.";
    /// No digest names the digest.
    DigestUnreferenced: "digest-unreferenced", Unexplained,
        "The digest that follows does not name this one.";
    /// Two digests contradict each other.
    DigestBrokenLink: "digest-broken-link", Unexplained,
        "The digest is CloudTrail's own, but what it says of the one before it is not so.";
    /// Time between two digests.
    DigestTimeHole: "digest-time-hole", Unexplained,
        "The digest does not begin when the one before it ends.";
    /// A chain begins where one was already.
    ChainStart: "chain-start", Unexplained,
        "A new chain begins here: logging or log file validation was off before, or was restarted.";
    /// The log file could not be read.
    LogUnreadable: "log-unreadable", Unverified,
        "The log file could not be read.";
    /// The digest of its hour is gone.
    LogDigestMissing: "log-digest-missing", Unverified,
        "The digest that would name the log file is missing.";
    /// The digest of its hour cannot be trusted.
    LogDigestUntrusted: "log-digest-untrusted", Unverified,
        "The digest that would name the log file cannot be trusted or read.";
    /// The newest log files have no digest yet.
    LogNotYetDigested: "log-not-yet-digested", Unverified,
        "The log file is newer than the newest digest; the next one will name it.";
    /// The digest could not be read.
    DigestUnreadable: "digest-unreadable", Unverified,
        "The digest could not be read.";
    /// Nobody can tell whether the signature is CloudTrail's.
    DigestSignatureUnverified: "digest-signature-unverified", Unverified,
        "The signature could not be checked: the key, or the signature itself, is not at hand.";
    /// What is at hand for a key is not that key.
    KeyInconsistent: "key-inconsistent", Unverified,
        "A public key does not have the fingerprint that it is listed with.";
    /// A part of the bucket could not be listed.
    ListingFailed: "listing-failed", Unverified,
        "The objects could not be listed, so that extra ones would not be seen.";
    /// There is nothing for a part of the range.
    NotCovered: "not-covered", Unverified,
        "Nothing covers this part of the range.";
}

impl Kind {
    /// Whether it changes how the run ends.
    pub fn counts(self) -> bool {
        self != Kind::LogNotYetDigested
    }
}

/// Something that is not as it should be, or could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Finding {
    /// The object; `None` where nothing can name one, and it is about the chain.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub object: Option<Object>,
    /// The id of the chain, see [`super::verification::ChainReport::id`].
    pub chain: String,
    /// What is said of it.
    pub verdict: Verdict,
    /// What was found.
    pub kind: Kind,
    /// What was seen, and what the neighbours still prove.
    pub detail: String,
}

impl Finding {
    /// A finding of that kind about an object.
    pub fn of(object: Object, chain: &str, kind: Kind, detail: impl Into<String>) -> Self {
        Finding {
            object: Some(object),
            ..Finding::on_chain(chain, kind, detail)
        }
    }

    /// A finding of that kind about the chain.
    pub fn on_chain(chain: &str, kind: Kind, detail: impl Into<String>) -> Self {
        Finding {
            object: None,
            chain: chain.to_owned(),
            verdict: kind.verdict(),
            kind,
            detail: detail.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_the_variants_in_kebab_case() {
        for kind in Kind::ALL {
            let name = serde_json::to_value(kind).unwrap();
            assert_eq!(name, kind.as_str());
        }
    }
}
