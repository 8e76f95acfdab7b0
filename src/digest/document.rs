//! What a digest's JSON says.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html>

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::object::Object;

/// Everything but the log files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// `awsAccountId`.
    pub account: String,
    /// `digestStartTime`: log files delivered from then on are named.
    pub start: Timestamp,
    /// `digestEndTime`: and until then.
    pub end: Timestamp,
    /// `digestEndTime` exactly as it is spelled, because that is signed.
    pub end_text: String,
    /// Where the digest belongs: `digestS3Bucket` and `digestS3Object`.
    pub object: Object,
    /// `digestPublicKeyFingerprint`: which key it is signed with.
    pub fingerprint: String,
    /// `digestSignatureAlgorithm`.
    pub algorithm: String,
    /// The digest before it; none of the first of a chain.
    pub previous: Option<Previous>,
    /// How many log files it names.
    pub logs: u64,
}

/// The digest before one, as the one names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previous {
    /// Where it is.
    pub object: Object,
    /// The hash of its unpacked bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// The algorithm of that hash.
    pub algorithm: String,
    /// Its signature, in hexadecimal, as spelled: it is signed, too.
    pub signature: String,
}

/// A log file, as a digest names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry<'a> {
    /// `s3Bucket`.
    pub bucket: Cow<'a, str>,
    /// `s3Object`.
    pub key: Cow<'a, str>,
    /// `hashValue`, if it is one of SHA-256 in hexadecimal.
    pub sha256: Option<[u8; 32]>,
    /// `hashAlgorithm`.
    pub algorithm: Cow<'a, str>,
    /// `oldestEventTime`.
    pub oldest: Option<Timestamp>,
    /// `newestEventTime`.
    pub newest: Option<Timestamp>,
}

/// Reads a digest to its end, and counts the log files without keeping them.
///
/// # Errors
/// A sentence that says why it is no digest.
pub fn head(json: &[u8]) -> Result<Head, String> {
    let mut count = 0;
    let raw = read(json, &mut |_| count += 1)?;
    raw.head(count)
}

/// Hands every log file that a digest names to `take`, one at a time, so that a digest of a
/// million takes no more memory than its text.
///
/// # Errors
/// A sentence that says why it is no digest; what was read before has been handed over.
pub fn log_files(json: &[u8], take: &mut dyn FnMut(LogEntry<'_>)) -> Result<(), String> {
    read(json, take).map(drop)
}

fn read(json: &[u8], take: &mut dyn FnMut(LogEntry<'_>)) -> Result<Raw, String> {
    // serde_json does not look into text that nobody asks for.
    let text = str::from_utf8(json).map_err(|_| "it is not UTF-8".to_owned())?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer
        .deserialize_map(Document(take))
        .and_then(|raw| deserializer.end().map(|()| raw))
        .map_err(|error| shortened(&error.to_string()))
}

/// An error names what it met, which whoever wrote the digest chose.
fn shortened(message: &str) -> String {
    const LONGEST: usize = 200;
    if message.chars().count() <= LONGEST {
        return message.to_owned();
    }
    let start: String = message.chars().take(LONGEST).collect();
    format!("{start}...")
}

/// The members as they are spelled.
#[derive(Default)]
struct Raw {
    account: Option<String>,
    start: Option<String>,
    end: Option<String>,
    bucket: Option<String>,
    key: Option<String>,
    fingerprint: Option<String>,
    algorithm: Option<String>,
    previous: [Option<Option<String>>; 5],
    has_logs: bool,
    /// `newestEventTime` and `oldestEventTime`, which nothing here depends on.
    event_times: [bool; 2],
}

/// The members that name the digest before it, in the order of [`Raw::previous`].
const PREVIOUS: [&str; 5] = [
    "previousDigestS3Bucket",
    "previousDigestS3Object",
    "previousDigestHashValue",
    "previousDigestHashAlgorithm",
    "previousDigestSignature",
];

impl Raw {
    fn head(self, logs: u64) -> Result<Head, String> {
        let end_text = there(self.end, "digestEndTime")?;
        let end = time(&end_text, "digestEndTime")?;
        let start = time(&there(self.start, "digestStartTime")?, "digestStartTime")?;
        if start >= end {
            return Err(format!("it begins at {start} and ends at {end}"));
        }
        if !self.has_logs {
            return Err("it has no `logFiles`".to_owned());
        }
        Ok(Head {
            account: there(self.account, "awsAccountId")?,
            start,
            end,
            end_text,
            object: Object::new(
                there(self.bucket, "digestS3Bucket")?,
                there(self.key, "digestS3Object")?,
            ),
            fingerprint: there(self.fingerprint, "digestPublicKeyFingerprint")?,
            algorithm: there(self.algorithm, "digestSignatureAlgorithm")?,
            previous: previous(self.previous)?,
            logs,
        })
    }
}

/// All five members are null in the first digest of a chain, and none is in any other.
fn previous(members: [Option<Option<String>>; 5]) -> Result<Option<Previous>, String> {
    for (member, name) in members.iter().zip(PREVIOUS) {
        if member.is_none() {
            return Err(format!("it has no `{name}`"));
        }
    }
    match members.map(Option::flatten) {
        [None, None, None, None, None] => Ok(None),
        [
            Some(bucket),
            Some(key),
            Some(hash),
            Some(algorithm),
            Some(signature),
        ] => Ok(Some(Previous {
            object: Object::new(bucket, key),
            sha256: hash.to_ascii_lowercase(),
            algorithm,
            signature,
        })),
        _ => Err("it names the digest before it only in part".to_owned()),
    }
}

fn there(member: Option<String>, name: &str) -> Result<String, String> {
    member.ok_or_else(|| format!("it has no `{name}`"))
}

fn time(text: &str, name: &str) -> Result<Timestamp, String> {
    text.parse()
        .map_err(|_| format!("its `{name}` is no time: `{}`", shortened(text)))
}

struct Document<'t>(&'t mut dyn FnMut(LogEntry<'_>));

impl<'de> Visitor<'de> for Document<'_> {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a digest, which is a JSON object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Raw, M::Error> {
        let mut raw = Raw::default();
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            let place = match name.as_ref() {
                "awsAccountId" => &mut raw.account,
                "digestStartTime" => &mut raw.start,
                "digestEndTime" => &mut raw.end,
                "digestS3Bucket" => &mut raw.bucket,
                "digestS3Object" => &mut raw.key,
                "digestPublicKeyFingerprint" => &mut raw.fingerprint,
                "digestSignatureAlgorithm" => &mut raw.algorithm,
                "newestEventTime" | "oldestEventTime" => {
                    let [newest, oldest] = &mut raw.event_times;
                    let known = if name == "newestEventTime" {
                        newest
                    } else {
                        oldest
                    };
                    once::<M>(std::mem::replace(known, true), &name)?;
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
                "logFiles" => {
                    once::<M>(std::mem::replace(&mut raw.has_logs, true), &name)?;
                    map.next_value_seed(LogFiles(self.0))?;
                    continue;
                }
                other => {
                    match PREVIOUS
                        .iter()
                        .zip(&mut raw.previous)
                        .find(|(name, _)| **name == other)
                    {
                        Some((_, place)) => {
                            once::<M>(place.is_some(), &name)?;
                            *place = Some(map.next_value()?);
                        }
                        None => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                    continue;
                }
            };
            once::<M>(place.is_some(), &name)?;
            *place = Some(map.next_value()?);
        }
        Ok(raw)
    }
}

/// Readers differ about which of two members of one name counts, and CloudTrail writes each
/// once.
fn once<'de, M: MapAccess<'de>>(known: bool, name: &str) -> Result<(), M::Error> {
    if known {
        return Err(M::Error::custom(format!("it has `{name}` twice")));
    }
    Ok(())
}

struct LogFiles<'t>(&'t mut dyn FnMut(LogEntry<'_>));

impl<'de> serde::de::DeserializeSeed<'de> for LogFiles<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for LogFiles<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of log files")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut entries: S) -> Result<(), S::Error> {
        while let Some(entry) = entries.next_element::<RawEntry<'de>>()? {
            (self.0)(entry.entry());
        }
        Ok(())
    }
}

/// serde refuses a member that is there twice by itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawEntry<'a> {
    #[serde(borrow, rename = "s3Bucket")]
    bucket: Cow<'a, str>,
    #[serde(borrow, rename = "s3Object")]
    key: Cow<'a, str>,
    #[serde(borrow)]
    hash_value: Cow<'a, str>,
    #[serde(borrow)]
    hash_algorithm: Cow<'a, str>,
    #[serde(borrow, default)]
    oldest_event_time: Option<Text<'a>>,
    #[serde(borrow, default)]
    newest_event_time: Option<Text<'a>>,
}

/// A string in the document. serde copies a bare `Cow` within an `Option`.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> RawEntry<'a> {
    fn entry(self) -> LogEntry<'a> {
        let mut sha256 = [0; 32];
        let decoded = hex::decode_to_slice(self.hash_value.as_bytes(), &mut sha256);
        let time = |text: Option<Text<'a>>| text?.0.parse().ok();
        LogEntry {
            bucket: self.bucket,
            key: self.key,
            sha256: decoded.is_ok().then_some(sha256),
            algorithm: self.hash_algorithm,
            oldest: time(self.oldest_event_time),
            newest: time(self.newest_event_time),
        }
    }
}

#[cfg(test)]
mod tests;
