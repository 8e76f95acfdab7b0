//! CloudTrail's public keys: who may have signed a digest.

mod files;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};

use super::name::HOUR;
use super::signature::{PublicKey, fingerprint_of};
use super::store::Unreadable;

pub use files::KeyFiles;

/// A public key as `ListPublicKeys` tells it.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html>
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedKey {
    /// The key: DER in base64, a `RSAPublicKey` (PKCS#1) or a `SubjectPublicKeyInfo`.
    pub value: String,
    /// When CloudTrail began to sign with it.
    #[serde(deserialize_with = "time")]
    pub validity_start_time: Timestamp,
    /// When CloudTrail ceases to.
    #[serde(deserialize_with = "time")]
    pub validity_end_time: Timestamp,
    /// What digests call it: the MD5 of the DER in hexadecimal.
    pub fingerprint: String,
}

/// Version 1 of the AWS CLI writes seconds since 1970, as the API does, and version 2 writes
/// RFC 3339.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Spelled {
        Seconds(f64),
        Text(Timestamp),
    }
    match Spelled::deserialize(deserializer)? {
        Spelled::Text(time) => Ok(time),
        Spelled::Seconds(seconds) => SignedDuration::try_from_secs_f64(seconds)
            .and_then(Timestamp::from_duration)
            .map_err(serde::de::Error::custom),
    }
}

/// Where public keys come from.
pub trait KeySource: Sync {
    /// The keys that CloudTrail signed with in the Region at some time from `from` to `to`.
    /// Keys are regional: a digest's is found in the Region that produced the digest.
    ///
    /// # Errors
    /// [`Unreadable`] if nobody can tell.
    fn keys(
        &self,
        region: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<ListedKey>, Unreadable>;

    /// Whether the answers are known to be of the Region that was asked for. A saved answer
    /// does not tell which Region it is of.
    fn knows_regions(&self) -> bool {
        true
    }
}

/// A digest's claim to be CloudTrail's.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The Region that produced the digest.
    pub region: &'a str,
    /// The key it says that it is signed with.
    pub fingerprint: &'a str,
    /// The algorithm it says.
    pub algorithm: &'a str,
    /// When it was made.
    pub made: Made,
    /// What is signed.
    pub message: &'a [u8],
    /// The signature, hexadecimal.
    pub signature: &'a str,
    /// The time for which keys are asked for at first, so that one answer does for many.
    pub asked: (Timestamp, Timestamp),
}

/// When a digest was made, which tells which keys CloudTrail may have signed it with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// In the time that it covers, or soon after: regular digests.
    Then(Timestamp, Timestamp),
    /// At that time: backfill digests, whose metadata tells.
    At(Timestamp),
    /// At some time after that: backfill digests of a copy without metadata.
    After(Timestamp),
}

/// What came of a claim; each with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// CloudTrail signed it.
    Good,
    /// It is not the signature of this digest.
    Bad(String),
    /// CloudTrail has no such key.
    UnknownKey(String),
    /// CloudTrail did not sign with the key at that time.
    Expired(String),
    /// What is listed as that key is another one, or none.
    Inconsistent(String),
    /// The keys could not be had.
    Unverified(String),
}

/// The keys of a run: each Region is asked as seldom as possible, and answers are kept.
pub struct KeyRing<'a> {
    source: Option<&'a dyn KeySource>,
    now: Timestamp,
    regions: Mutex<HashMap<String, Arc<Mutex<Keys>>>>,
}

/// What is known of a Region's keys.
#[derive(Debug, Default)]
struct Keys {
    usable: Vec<Arc<PublicKey>>,
    /// Fingerprints of keys that are not what they are listed as, and why.
    inconsistent: HashMap<String, String>,
    asked: Vec<(Timestamp, Timestamp)>,
    failure: Option<String>,
}

impl<'a> KeyRing<'a> {
    /// The keys of `source`; without one no signature can be verified.
    pub fn new(source: Option<&'a dyn KeySource>, now: Timestamp) -> Self {
        KeyRing {
            source,
            now,
            regions: Mutex::default(),
        }
    }

    /// Whether CloudTrail signed what is claimed.
    pub fn check(&self, claim: &Claim<'_>) -> Signature {
        if claim.algorithm != "SHA256withRSA" {
            return Signature::Bad(format!(
                "it names the signature algorithm `{}` where CloudTrail has `SHA256withRSA`",
                claim.algorithm
            ));
        }
        let signature = match hex::decode(claim.signature) {
            Ok(signature) => signature,
            Err(error) => {
                return Signature::Bad(format!("its signature is not hexadecimal ({error})"));
            }
        };
        let Some(source) = self.source else {
            return Signature::Unverified("no public keys were given".to_owned());
        };
        let named = match self.named(source, claim) {
            Ok(named) => named,
            Err(answer) => return answer,
        };
        if named
            .iter()
            .any(|key| key.verify(claim.message, &signature))
        {
            return Signature::Good;
        }
        Signature::Bad(format!(
            "its signature is not that of the key `{}`",
            claim.fingerprint
        ))
    }

    /// The keys that the claim may mean: nearly always one.
    fn named(
        &self,
        source: &dyn KeySource,
        claim: &Claim<'_>,
    ) -> Result<Vec<Arc<PublicKey>>, Signature> {
        let region = self.region(claim.region);
        // Held while CloudTrail is asked, so that it is asked once; not while keys are used.
        let mut keys = region.lock().unwrap_or_else(PoisonError::into_inner);
        for span in self.questions(claim) {
            keys.learn(source, claim.region, span);
            if keys.knows(claim.fingerprint) {
                break;
            }
        }
        keys.named(claim, source.knows_regions())
    }

    /// Whether a key that is not among those of a Region is none of CloudTrail's there.
    pub(super) fn knows_regions(&self) -> bool {
        self.source.is_none_or(KeySource::knows_regions)
    }

    fn region(&self, region: &str) -> Arc<Mutex<Keys>> {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        regions.entry(region.to_owned()).or_default().clone()
    }

    /// The times to ask for keys of, each if those before did not give the key: the run's
    /// range, the time that a backfill digest was made, and then all that CloudTrail ever
    /// had, so that an old key is called old and not unknown.
    fn questions(&self, claim: &Claim<'_>) -> Vec<(Timestamp, Timestamp)> {
        let around = |from: Timestamp, to: Timestamp, hours: i32| {
            let slack = HOUR * hours;
            (
                from.saturating_sub(slack).unwrap_or(from),
                to.saturating_add(slack).unwrap_or(to),
            )
        };
        let mut spans = vec![around(claim.asked.0, claim.asked.1, 2)];
        if let Made::At(time) = claim.made {
            spans.push(around(time, time, 1));
        }
        let first = Timestamp::from_second(FIRST_DIGESTS).unwrap_or(Timestamp::UNIX_EPOCH);
        spans.push((first, self.now));
        spans
    }
}

/// 2015-01-01: log file validation came later in that year.
const FIRST_DIGESTS: i64 = 1_420_070_400;

impl Keys {
    fn knows(&self, fingerprint: &str) -> bool {
        self.inconsistent.contains_key(fingerprint)
            || self.usable.iter().any(|key| key.fingerprint == fingerprint)
    }

    fn learn(&mut self, source: &dyn KeySource, region: &str, span: (Timestamp, Timestamp)) {
        let covered = |known: &(Timestamp, Timestamp)| known.0 <= span.0 && span.1 <= known.1;
        if self.asked.iter().any(covered) {
            return;
        }
        self.asked.push(span);
        match source.keys(region, span.0, span.1) {
            Ok(listed) => listed.iter().for_each(|key| self.add(key)),
            Err(failure) => self.failure = Some(failure.detail),
        }
    }

    fn add(&mut self, listed: &ListedKey) {
        match PublicKey::of(listed) {
            Ok(key) => self.usable.push(Arc::new(key)),
            Err(reason) => {
                self.inconsistent
                    .extend(fingerprint_of(listed).map(|other| (other, reason.clone())));
                self.inconsistent
                    .insert(listed.fingerprint.to_ascii_lowercase(), reason);
            }
        }
    }

    /// The keys of that name which were in use then, or what to say where there is none.
    /// `all` is whether these are all that CloudTrail has, if it could be asked.
    fn named(&self, claim: &Claim<'_>, all: bool) -> Result<Vec<Arc<PublicKey>>, Signature> {
        let fingerprint = claim.fingerprint;
        let mut named = self.usable.clone();
        named.retain(|key| key.fingerprint == fingerprint);
        let Some(first) = named.first() else {
            return Err(self.unknown(claim, all));
        };
        let expired = Signature::Expired(format!(
            "its key `{fingerprint}` was in use from {} to {}",
            first.from, first.to
        ));
        named.retain(|key| key.was_in_use(claim.made));
        if named.is_empty() {
            return Err(expired);
        }
        Ok(named)
    }

    fn unknown(&self, claim: &Claim<'_>, all: bool) -> Signature {
        let Claim {
            fingerprint,
            region,
            made,
            ..
        } = claim;
        if let Some(reason) = self.inconsistent.get(*fingerprint) {
            return Signature::Inconsistent(reason.clone());
        }
        if let Some(failure) = &self.failure {
            return Signature::Unverified(format!(
                "CloudTrail's public keys of {region} could not be had: {failure}"
            ));
        }
        // Whoever has no key of that time at hand cannot tell which ones there were, nor who
        // has some keys and does not know the time.
        let any = self.usable.iter().any(|key| key.was_in_use(*made));
        if !any || (!all && matches!(made, Made::After(_))) {
            return Signature::Unverified(format!(
                "it names the key `{fingerprint}`, and no key of {region} that was in use then is \
                 at hand"
            ));
        }
        Signature::UnknownKey(format!(
            "it names the key `{fingerprint}`, which CloudTrail does not have in {region}"
        ))
    }
}

impl PublicKey {
    /// Whether CloudTrail signed with it when it made the digest: at its end or soon after, or
    /// in the hour before.
    fn was_in_use(&self, made: Made) -> bool {
        let (start, end) = match made {
            Made::Then(start, end) => (start, end),
            Made::At(time) => (time, time),
            Made::After(start) => return start <= self.to,
        };
        self.from <= end.saturating_add(HOUR).unwrap_or(end) && start <= self.to
    }
}
