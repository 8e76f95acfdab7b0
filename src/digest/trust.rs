//! Which digests can be trusted: by their own signature, or by what a later one that can be
//! trusted says of them.

use std::collections::HashMap;

use jiff::Timestamp;

use super::finding::Kind;
use super::keys::{Claim, KeyRing, Made, Signature};
use super::name::Place;
use super::object::Object;
use super::seen::{Contents, Seen, State, Stored};
use super::signature::string_to_sign;
use super::spelled::Hex;
use super::verification::Range;

/// What a digest's word is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trust {
    /// Nothing: it is not CloudTrail's, or not to be read.
    None,
    /// Nobody can tell: the signature could not be checked, and nothing speaks against it.
    Unproven,
    /// CloudTrail wrote it.
    Proven,
}

/// What is known of a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assessed {
    /// What its word is worth.
    pub(super) trust: Trust,
    /// What is wrong with it.
    pub(super) findings: Vec<(Kind, String)>,
    /// Its signature, where it was checked or could not be.
    pub(super) signature: Option<Hex>,
    /// Whether the signature that the next digest has of it does not verify, though the hash
    /// that it has is the right one.
    pub(super) disowned: bool,
}

/// What later digests prove about the content of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    Intact,
    Changed,
    Silent,
}

impl Proof {
    fn sentence(self) -> &'static str {
        match self {
            Proof::Intact => "the next digest proves that its content is intact",
            Proof::Changed => "the next digest proves that its content was changed",
            Proof::Silent => "no later digest tells whether its content is intact",
        }
    }
}

/// Assesses digests, the oldest first, which may be of one chain only. Those that are `known`
/// were assessed when others were not there yet.
pub(super) fn assess(
    seen: &[Seen],
    known: Vec<Option<Assessed>>,
    ring: &KeyRing<'_>,
    region: &str,
    asked: Range,
) -> Vec<Assessed> {
    let mut namers: HashMap<&Object, Vec<usize>> = HashMap::new();
    for (index, digest) in seen.iter().enumerate() {
        if let Some(previous) = digest.previous() {
            namers.entry(&previous.object).or_default().push(index);
        }
    }
    let mut assessor = Assessor {
        seen,
        ring,
        region,
        asked: (asked.start, asked.end),
        trust: vec![Trust::None; seen.len()],
        namers,
        other_region: false,
    };
    let again: Vec<Option<Assessed>> = known.iter().map(|_| None).collect();
    let assessed = assessor.all(known);
    if ring.knows_regions() || assessed.iter().any(|one| one.trust == Trust::Proven) {
        return assessed;
    }
    // Not one of them is signed with a key of the file, which may be another Region's.
    assessor.other_region = true;
    assessor.all(again)
}

struct Assessor<'a> {
    seen: &'a [Seen],
    ring: &'a KeyRing<'a>,
    region: &'a str,
    asked: (Timestamp, Timestamp),
    trust: Vec<Trust>,
    namers: HashMap<&'a Object, Vec<usize>>,
    /// Whether the keys at hand may be those of another Region.
    other_region: bool,
}

impl Assessor<'_> {
    /// Assesses all, the newest first, because a digest is vouched for by those that follow it.
    fn all(&mut self, known: Vec<Option<Assessed>>) -> Vec<Assessed> {
        let newest_first = known.into_iter().enumerate().rev();
        let mut assessed: Vec<Assessed> = newest_first
            .map(|(index, known)| {
                let assessed = known.unwrap_or_else(|| self.one(index));
                if let Some(trust) = self.trust.get_mut(index) {
                    *trust = assessed.trust;
                }
                assessed
            })
            .collect();
        assessed.reverse();
        assessed
    }

    fn one(&self, index: usize) -> Assessed {
        let nothing = |kind, reason: String| Assessed {
            trust: Trust::None,
            findings: vec![(kind, reason)],
            signature: None,
            disowned: false,
        };
        let Some(digest) = self.seen.get(index) else {
            return nothing(Kind::DigestMissing, String::new());
        };
        match &digest.state {
            State::Gone(why) => nothing(Kind::DigestMissing, why.clone()),
            State::Unreadable(failure) => nothing(Kind::DigestUnreadable, failure.detail.clone()),
            State::Broken(reason) => nothing(Kind::DigestBadFormat, reason.clone()),
            State::Read(contents) => match &contents.flaw {
                Some((Kind::DigestMoved, reason)) => nothing(Kind::DigestMoved, reason.clone()),
                _ => self.read(&digest.object, contents),
            },
        }
    }

    fn read(&self, object: &Object, contents: &Contents) -> Assessed {
        match &contents.stored {
            Stored::Known {
                signature: Some(signature),
                algorithm,
                ..
            } => {
                let answer = match algorithm.as_deref() {
                    Some("SHA256withRSA") => self.check(object, contents, signature),
                    other => Signature::Bad(format!(
                        "its metadata names the algorithm `{}` where CloudTrail has `SHA256withRSA`",
                        other.unwrap_or_default()
                    )),
                };
                self.signed(object, contents, answer, signature)
            }
            Stored::Known {
                signature: None, ..
            } => self.unsigned(object, contents),
            Stored::Lost => self.signed_elsewhere(object, contents),
        }
    }

    /// A digest with a signature of its own.
    fn signed(
        &self,
        object: &Object,
        contents: &Contents,
        answer: Signature,
        signature: &Hex,
    ) -> Assessed {
        let proof = self.proof(object, contents, Trust::Proven);
        let intact = proof == Proof::Intact || self.signed_by_namer(object, contents);
        let proof = if intact { Proof::Intact } else { proof };
        let comparable = matches!(
            answer,
            Signature::Good | Signature::Unverified(_) | Signature::Inconsistent(_)
        );
        let (trust, findings) = weigh(answer, proof, contents);
        Assessed {
            trust,
            findings,
            signature: comparable.then(|| signature.clone()),
            disowned: self.disowned(object, contents),
        }
    }

    /// A digest whose object has lost the metadata that it had.
    fn unsigned(&self, object: &Object, contents: &Contents) -> Assessed {
        let proof = self.proof(object, contents, Trust::Unproven);
        let intact = proof == Proof::Intact || self.signed_by_namer(object, contents);
        let proof = if intact { Proof::Intact } else { proof };
        let reason = format!("its metadata has no signature; {}", proof.sentence());
        let mut findings = vec![(Kind::DigestNoSignature, reason)];
        findings.extend(contents.flaw.clone());
        Assessed {
            trust: if self.signed_by_namer(object, contents) {
                Trust::Proven
            } else {
                self.vouching(object, contents)
            },
            findings,
            signature: None,
            disowned: self.disowned(object, contents),
        }
    }

    /// A digest of a copy without metadata: the next digest has its signature.
    fn signed_elsewhere(&self, object: &Object, contents: &Contents) -> Assessed {
        let Some((namer, signature)) = self.named(object).next() else {
            let (trust, findings) = weigh(
                self.unsigned_claim(object, contents),
                Proof::Silent,
                contents,
            );
            return Assessed {
                trust,
                findings,
                signature: None,
                disowned: false,
            };
        };
        let answer = self.check(object, contents, signature);
        let good = answer == Signature::Good;
        let proof = self.proof(object, contents, Trust::Proven);
        let (trust, findings) = match (&answer, proof) {
            // The hash that the next digest has proves as much as a signature does.
            (Signature::Bad(_), Proof::Intact) => weigh(Signature::Good, proof, contents),
            // The signature that does not verify is only what an untrusted digest says.
            (Signature::Bad(_), Proof::Silent) if self.trusts(namer) == Trust::None => weigh(
                Signature::Unverified(
                    "the next digest, which has its signature, cannot be trusted".to_owned(),
                ),
                proof,
                contents,
            ),
            _ => weigh(answer, proof, contents),
        };
        Assessed {
            trust,
            findings,
            signature: (good || trust == Trust::Unproven).then(|| signature.clone()),
            disowned: self.disowned(object, contents),
        }
    }

    /// What can be said of a digest whose signature nobody kept: the key that it names may be
    /// none of CloudTrail's.
    fn unsigned_claim(&self, object: &Object, contents: &Contents) -> Signature {
        match self.check(object, contents, &Hex::of("")) {
            answer @ (Signature::UnknownKey(_) | Signature::Expired(_)) => answer,
            _ => Signature::Unverified(
                "its metadata was not kept, and no later digest has its signature".to_owned(),
            ),
        }
    }

    /// The digests that name this one as the one before them, and the signature they have of it.
    fn named(&self, object: &Object) -> impl Iterator<Item = (usize, &Hex)> {
        let namers = self
            .namers
            .get(object)
            .map(Vec::as_slice)
            .unwrap_or_default();
        namers.iter().filter_map(|&index| {
            let previous = self.seen.get(index)?.previous()?;
            Some((index, &previous.signature))
        })
    }

    fn trusts(&self, index: usize) -> Trust {
        self.trust.get(index).copied().unwrap_or(Trust::None)
    }

    /// Whether the signature that a later digest has is CloudTrail's, whoever the later one is.
    fn signed_by_namer(&self, object: &Object, contents: &Contents) -> bool {
        self.named(object)
            .any(|(_, signature)| self.check(object, contents, signature) == Signature::Good)
    }

    /// Whether a digest that is CloudTrail's own has the right hash of this one, and a signature
    /// that is not this one's.
    fn disowned(&self, object: &Object, contents: &Contents) -> bool {
        let ours = hex::encode(contents.sha256);
        self.named(object)
            .filter(|&(index, _)| self.trusts(index) == Trust::Proven)
            .filter(|&(index, _)| {
                let previous = self.seen.get(index).and_then(Seen::previous);
                previous.is_some_and(|previous| *previous.sha256 == *ours)
            })
            .any(|(_, signature)| {
                matches!(self.check(object, contents, signature), Signature::Bad(_))
            })
    }

    /// What those that are trusted at least so much say about the content.
    fn proof(&self, object: &Object, contents: &Contents, least: Trust) -> Proof {
        let ours = hex::encode(contents.sha256);
        let said: Vec<bool> = self
            .named(object)
            .filter(|&(index, _)| self.trusts(index) >= least)
            .filter_map(|(index, _)| Some(*self.seen.get(index)?.previous()?.sha256 == *ours))
            .collect();
        if said.contains(&true) {
            Proof::Intact
        } else if said.contains(&false) {
            Proof::Changed
        } else {
            Proof::Silent
        }
    }

    /// The best of those that name this content.
    fn vouching(&self, object: &Object, contents: &Contents) -> Trust {
        [Trust::Proven, Trust::Unproven]
            .into_iter()
            .find(|&least| self.proof(object, contents, least) == Proof::Intact)
            .unwrap_or(Trust::None)
    }

    fn check(&self, object: &Object, contents: &Contents, signature: &Hex) -> Signature {
        let previous = contents.previous.as_ref();
        let message = string_to_sign(
            &contents.end_text,
            &object.bucket,
            &object.key,
            &hex::encode(contents.sha256),
            previous
                .map(|previous| previous.signature.text())
                .as_deref(),
        );
        let answer = self.ring.check(&Claim {
            region: self.region,
            fingerprint: &contents.fingerprint,
            algorithm: &contents.algorithm,
            made: made(object, contents),
            message: message.as_bytes(),
            signature: &signature.text(),
            asked: self.asked,
        });
        match answer {
            Signature::UnknownKey(_) if self.other_region => Signature::Unverified(format!(
                "the file of public keys has none that is used in {}",
                self.region
            )),
            other => other,
        }
    }
}

/// When the digest was made. Of a backfill its metadata tells, which nobody signs: so it counts
/// only for a digest that is a backfill by its signed name, and not for a time before its end.
fn made(object: &Object, contents: &Contents) -> Made {
    let name = Place::of(object).and_then(|place| place.digest(&object.key));
    let (start, Some(name)) = (contents.start, name) else {
        return Made::Then(contents.start, contents.start);
    };
    if !name.backfill {
        return Made::Then(start, name.end);
    }
    let told = match &contents.stored {
        Stored::Known { backfilled, .. } => backfilled.as_ref(),
        Stored::Lost => None,
    };
    match told.map(|time| time.parse()) {
        Some(Ok(time)) if time >= name.end => Made::At(time),
        // Nobody kept what tells.
        None => Made::After(start),
        Some(_) => Made::Then(start, name.end),
    }
}

/// What the digest's word is worth, by its signature and what follows it, and what is wrong.
fn weigh(answer: Signature, proof: Proof, contents: &Contents) -> (Trust, Vec<(Kind, String)>) {
    let vouched = if proof == Proof::Intact {
        Trust::Proven
    } else {
        Trust::None
    };
    let altered = |kind, reason: String| {
        let reason = format!("{reason}; {}", proof.sentence());
        (vouched, Some((kind, reason)))
    };
    let open = |kind, reason| (vouched.max(Trust::Unproven), Some((kind, reason)));
    let (trust, finding) = match answer {
        Signature::Good => (Trust::Proven, None),
        Signature::Bad(reason) => altered(Kind::DigestBadSignature, reason),
        Signature::UnknownKey(reason) => altered(Kind::DigestUnknownKey, reason),
        Signature::Expired(reason) => altered(Kind::DigestExpiredKey, reason),
        Signature::Inconsistent(reason) | Signature::Unverified(reason)
            if proof == Proof::Changed =>
        {
            altered(Kind::DigestBadSignature, reason)
        }
        Signature::Inconsistent(reason) => open(Kind::KeyInconsistent, reason),
        Signature::Unverified(reason) => open(Kind::DigestSignatureUnverified, reason),
    };
    (
        trust,
        finding.into_iter().chain(contents.flaw.clone()).collect(),
    )
}
