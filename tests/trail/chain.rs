//! Digests, and the chains that they form.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html>

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::log_files::LogFile;
use super::objects::{Object, Stored};
use super::packing::{gzip, sha256};
use super::random::Random;
use super::setup::{HOUR, Place, Setup, iso};
use super::signing::{ALGORITHM, Key};

/// A digest's JSON, its members in CloudTrail's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    pub(crate) aws_account_id: String,
    pub(crate) digest_start_time: String,
    pub(crate) digest_end_time: String,
    #[serde(rename = "digestS3Bucket")]
    pub(crate) bucket: String,
    #[serde(rename = "digestS3Object")]
    pub(crate) key: String,
    pub(crate) digest_public_key_fingerprint: String,
    pub(crate) digest_signature_algorithm: String,
    pub(crate) newest_event_time: Option<String>,
    pub(crate) oldest_event_time: Option<String>,
    #[serde(rename = "previousDigestS3Bucket")]
    pub(crate) previous_bucket: Option<String>,
    #[serde(rename = "previousDigestS3Object")]
    pub(crate) previous_key: Option<String>,
    pub(crate) previous_digest_hash_value: Option<String>,
    pub(crate) previous_digest_hash_algorithm: Option<String>,
    pub(crate) previous_digest_signature: Option<String>,
    pub(crate) log_files: Vec<Entry>,
}

/// What the JSON says of a log file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    #[serde(rename = "s3Bucket")]
    pub(crate) bucket: String,
    #[serde(rename = "s3Object")]
    pub(crate) key: String,
    pub(crate) hash_value: String,
    pub(crate) hash_algorithm: String,
    pub(crate) newest_event_time: String,
    pub(crate) oldest_event_time: String,
}

impl Entry {
    fn of(log: &LogFile) -> Self {
        Entry {
            bucket: log.object.bucket.clone(),
            key: log.object.key.clone(),
            hash_value: log.sha256.clone(),
            hash_algorithm: "SHA-256".to_owned(),
            newest_event_time: iso(log.newest),
            oldest_event_time: iso(log.oldest),
        }
    }
}

impl Document {
    /// The text that CloudTrail signs.
    pub(crate) fn to_sign(&self, content: &[u8]) -> String {
        format!(
            "{}\n{}/{}\n{}\n{}",
            self.digest_end_time,
            self.bucket,
            self.key,
            sha256(content),
            self.previous_digest_signature.as_deref().unwrap_or("null"),
        )
    }
}

/// A digest to write. Cases that only the holder of a key can make change it before.
#[derive(Debug, Clone)]
pub(crate) struct Digest {
    pub(crate) place: Place,
    pub(crate) bucket: String,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) logs: Vec<LogFile>,
    pub(crate) key: Key,
    /// The fingerprint that it names, if not that of its key.
    pub(crate) claims: Option<String>,
    pub(crate) starts_chain: bool,
    pub(crate) backfill: bool,
    /// Whether CloudTrail writes it at all.
    pub(crate) written: bool,
    /// What is changed in the JSON right before it is signed.
    pub(crate) edits: Vec<fn(&mut Document, &Plan<'_>)>,
    /// What becomes of it when it is signed; `None` if it is deleted.
    pub(crate) fate: fn(Stored) -> Option<Stored>,
    /// How it is signed, once it is: its hash and its signature.
    pub(crate) seal: Option<(String, String)>,
}

/// What an edit may want to know.
pub(crate) struct Plan<'a> {
    pub(crate) setup: &'a Setup,
    /// The digests of the chain that were written before, the oldest first.
    pub(crate) before: &'a [Object],
}

impl Digest {
    /// Where it lies.
    pub(crate) fn object(&self, setup: &Setup) -> Object {
        Object::new(
            &self.bucket,
            setup.digest_key(&self.place, self.end, self.backfill),
        )
    }

    /// Its signature.
    pub(crate) fn signature(&self) -> &str {
        self.seal.as_ref().map_or("", |(_, signature)| signature)
    }

    fn document(&self, setup: &Setup, previous: Option<&Digest>) -> Document {
        let Object { bucket, key } = self.object(setup);
        let previous = previous.filter(|_| !self.starts_chain);
        let object = previous.map(|digest| digest.object(setup));
        let seal = previous.and_then(|digest| digest.seal.as_ref());
        Document {
            aws_account_id: self.place.account.clone(),
            digest_start_time: iso(self.start),
            digest_end_time: iso(self.end),
            bucket,
            key,
            digest_public_key_fingerprint: self
                .claims
                .clone()
                .unwrap_or_else(|| self.key.fingerprint()),
            digest_signature_algorithm: ALGORITHM.to_owned(),
            newest_event_time: self.logs.iter().map(|log| log.newest).max().map(iso),
            oldest_event_time: self.logs.iter().map(|log| log.oldest).min().map(iso),
            previous_bucket: object.as_ref().map(|object| object.bucket.clone()),
            previous_key: object.map(|object| object.key),
            previous_digest_hash_value: seal.map(|(hash, _)| hash.clone()),
            previous_digest_hash_algorithm: seal.map(|_| "SHA-256".to_owned()),
            previous_digest_signature: seal.map(|(_, signature)| signature.clone()),
            log_files: self.logs.iter().map(Entry::of).collect(),
        }
    }

    /// Builds, signs and packs the digest that follows `previous`.
    pub(crate) fn write(&mut self, plan: &Plan<'_>, previous: Option<&Digest>) -> Stored {
        let mut document = self.document(plan.setup, previous);
        for edit in &self.edits {
            edit(&mut document, plan);
        }
        let content = serde_json::to_vec(&document).unwrap();
        let signature = self.key.sign(document.to_sign(&content).as_bytes());
        self.seal = Some((sha256(&content), signature.clone()));
        let mut stored = Stored::plain(gzip(&content, 1));
        stored.metadata = BTreeMap::from([
            ("signature".to_owned(), signature),
            ("signature-algorithm".to_owned(), ALGORITHM.to_owned()),
        ]);
        if self.backfill {
            let generated = iso(self.end + SignedDuration::from_hours(9));
            let name = "backfill-generation-timestamp".to_owned();
            stored.metadata.insert(name, generated);
        }
        stored
    }
}

/// The digests of one Region of one account, the oldest first.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    pub(crate) place: Place,
    pub(crate) digests: Vec<Digest>,
    pub(crate) backfills: Vec<Digest>,
}

impl Chain {
    /// A chain without log files.
    pub(crate) fn plan(setup: &Setup, place: &Place) -> Self {
        let mut random = Random::of(setup.seed, &["phase", &place.account, &place.region]);
        // The digests of a chain all end at the same minute and second of the hour.
        let phase = SignedDuration::from_secs(random.between(120, 3_300) as i64);
        let margin = SignedDuration::from_hours(15 * 24);
        let until = setup.start + HOUR * setup.hours as i32 + margin;
        let key = Key::new(&place.region, setup.start - margin, until);
        let digests = (0..setup.hours).map(|hour| {
            let start = setup.start + phase + HOUR * hour as i32;
            Digest {
                place: place.clone(),
                bucket: setup.bucket.clone(),
                start,
                end: start + HOUR,
                logs: Vec::new(),
                key: key.clone(),
                claims: None,
                starts_chain: hour == 0,
                backfill: false,
                written: true,
                edits: Vec::new(),
                fate: Some,
                seal: None,
            }
        });
        Chain {
            place: place.clone(),
            digests: digests.collect(),
            backfills: Vec::new(),
        }
    }

    /// Signs all digests, and hands each to `sink`.
    pub(crate) fn write(&mut self, setup: &Setup, sink: &mut dyn FnMut(Object, Stored)) {
        for sequence in [&mut self.digests, &mut self.backfills] {
            let mut before = Vec::new();
            let mut previous: Option<&Digest> = None;
            for digest in sequence.iter_mut().filter(|digest| digest.written) {
                let plan = Plan {
                    setup,
                    before: &before,
                };
                let stored = digest.write(&plan, previous);
                let object = digest.object(setup);
                before.push(object.clone());
                if let Some(stored) = (digest.fate)(stored) {
                    sink(object, stored);
                }
                previous = Some(digest);
            }
        }
    }

    /// The digests that CloudTrail wrote, backfill digests included.
    pub(crate) fn written(&self) -> impl Iterator<Item = &Digest> {
        let all = self.digests.iter().chain(&self.backfills);
        all.filter(|digest| digest.written)
    }
}
