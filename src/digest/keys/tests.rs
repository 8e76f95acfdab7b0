use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::digest::signature::tests::Signer;
use crate::digest::store::UnreadableKind;

/// Keys of one Region, and a count of the questions.
struct Source {
    keys: Vec<ListedKey>,
    failing: bool,
    /// Whether they are a saved answer.
    of_one_file: bool,
    questions: AtomicUsize,
}

impl Source {
    fn of(keys: Vec<ListedKey>) -> Self {
        Source {
            keys,
            failing: false,
            of_one_file: false,
            questions: AtomicUsize::new(0),
        }
    }
}

impl KeySource for Source {
    fn keys(
        &self,
        region: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<ListedKey>, Unreadable> {
        self.questions.fetch_add(1, Ordering::Relaxed);
        if self.failing {
            return Err(Unreadable::new(UnreadableKind::Denied, "AccessDenied"));
        }
        let asked = |key: &&ListedKey| {
            region == "us-east-1" && key.validity_start_time <= to && from <= key.validity_end_time
        };
        Ok(self.keys.iter().filter(asked).cloned().collect())
    }

    fn knows_regions(&self) -> bool {
        !self.of_one_file
    }
}

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-22T00:00:00Z")
}

fn claim<'a>(fingerprint: &'a str, signature: &'a str) -> Claim<'a> {
    Claim {
        region: "us-east-1",
        fingerprint,
        algorithm: "SHA256withRSA",
        made: Made::Then(at("2026-03-01T00:12:00Z"), at("2026-03-01T01:12:00Z")),
        message: b"message",
        signature,
        asked: (at("2026-03-01T00:00:00Z"), at("2026-03-01T06:00:00Z")),
    }
}

fn check(source: &Source, claim: &Claim<'_>) -> Signature {
    KeyRing::new(Some(source), now()).check(claim)
}

#[test]
fn a_regions_keys_are_asked_for_once() {
    let signer = Signer::new();
    let listed = signer.listed();
    let source = Source::of(vec![listed.clone()]);
    let signature = hex::encode(signer.sign(b"message"));
    let ring = KeyRing::new(Some(&source), now());
    for spelled in [signature.clone(), signature.to_uppercase()] {
        let answer = ring.check(&claim(&listed.fingerprint, &spelled));
        assert_eq!(answer, Signature::Good);
    }
    assert_eq!(source.questions.load(Ordering::Relaxed), 1);
}

#[test]
fn what_is_no_signature_of_the_digest_is_bad() {
    let signer = Signer::new();
    let listed = signer.listed();
    let source = Source::of(vec![listed.clone()]);
    let other = hex::encode(signer.sign(b"another"));
    for signature in ["", "a", "xy", "not-a-signature", &other, &other[..510]] {
        let answer = check(&source, &claim(&listed.fingerprint, signature));
        assert!(
            matches!(answer, Signature::Bad(_)),
            "{signature}: {answer:?}"
        );
    }
    let named = Claim {
        algorithm: "SHA1withRSA",
        ..claim(&listed.fingerprint, &other)
    };
    assert!(
        matches!(check(&source, &named), Signature::Bad(reason) if reason.contains("SHA1withRSA"))
    );
}

#[test]
fn an_old_key_is_expired_and_a_strange_one_unknown() {
    let (signer, stranger) = (Signer::new(), Signer::new().listed());
    let signature = hex::encode(signer.sign(b"message"));
    let old = ListedKey {
        validity_end_time: at("2026-03-01T00:11:59Z"),
        ..signer.listed()
    };
    let source = Source::of(vec![old.clone()]);
    let narrow = Claim {
        asked: (at("2026-03-01T05:00:00Z"), at("2026-03-01T06:00:00Z")),
        ..claim(&old.fingerprint, &signature)
    };
    let answer = check(&source, &narrow);
    assert!(
        matches!(&answer, Signature::Expired(reason) if reason.contains("2026-03-01T00:11:59Z")),
        "{answer:?}"
    );
    let answer = check(&source, &claim(&stranger.fingerprint, &signature));
    assert!(matches!(answer, Signature::Unverified(_)), "{answer:?}");
    let present = Source::of(vec![old.clone(), Signer::new().listed()]);
    let answer = check(&present, &claim(&stranger.fingerprint, &signature));
    assert!(matches!(answer, Signature::UnknownKey(_)), "{answer:?}");
    let elsewhere = Claim {
        region: "eu-west-1",
        ..claim(&old.fingerprint, &signature)
    };
    assert!(matches!(
        check(&source, &elsewhere),
        Signature::Unverified(_)
    ));
}

#[test]
fn a_backfill_digest_is_signed_with_the_key_of_the_time_it_was_made() {
    let signer = Signer::new();
    let later = ListedKey {
        validity_start_time: at("2026-03-20T00:00:00Z"),
        ..signer.listed()
    };
    let signature = hex::encode(signer.sign(b"message"));
    let source = Source::of(vec![later.clone()]);
    let regular = claim(&later.fingerprint, &signature);
    assert!(matches!(check(&source, &regular), Signature::Expired(_)));
    let backfill = Claim {
        made: Made::At(at("2026-03-20T12:00:00Z")),
        ..regular
    };
    assert_eq!(check(&source, &backfill), Signature::Good);
    assert_eq!(source.questions.load(Ordering::Relaxed), 4);
}

#[test]
fn of_a_backfill_digest_of_unknown_time_any_later_key_may_be_the_right_one() {
    let signer = Signer::new();
    let key = |from: &str, to: &str| ListedKey {
        validity_start_time: at(from),
        validity_end_time: at(to),
        ..signer.listed()
    };
    let signature = hex::encode(signer.sign(b"message"));
    let backfill = Claim {
        made: Made::After(at("2026-03-01T00:12:00Z")),
        ..claim("", &signature)
    };
    let checked = |key: ListedKey| {
        let source = Source::of(vec![key.clone()]);
        let fingerprint = &key.fingerprint;
        check(
            &source,
            &Claim {
                fingerprint,
                ..backfill
            },
        )
    };
    let later = key("2026-09-01T00:00:00Z", "2026-10-01T00:00:00Z");
    assert_eq!(checked(later), Signature::Good);
    let earlier = key("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z");
    assert!(matches!(checked(earlier), Signature::Expired(_)));
    // CloudTrail tells all keys of a Region; a saved answer has those of some time.
    let stranger = Signer::new().listed().fingerprint;
    let unknown = Claim {
        fingerprint: &stranger,
        ..backfill
    };
    let source = Source::of(vec![signer.listed()]);
    assert!(matches!(check(&source, &unknown), Signature::UnknownKey(_)));
    let file = Source {
        of_one_file: true,
        ..source
    };
    assert!(matches!(check(&file, &unknown), Signature::Unverified(_)));
}

#[test]
fn keys_that_cannot_be_had_accuse_nobody() {
    let signer = Signer::new();
    let fingerprint = signer.listed().fingerprint;
    let signature = hex::encode(signer.sign(b"message"));
    let claim = claim(&fingerprint, &signature);
    let source = Source {
        failing: true,
        ..Source::of(Vec::new())
    };
    let answer = check(&source, &claim);
    assert!(matches!(&answer, Signature::Unverified(reason) if reason.contains("AccessDenied")));
    let answer = KeyRing::new(None, now()).check(&claim);
    assert!(matches!(answer, Signature::Unverified(_)), "{answer:?}");
}

#[test]
fn a_damaged_key_accuses_nobody_by_either_of_its_names() {
    let (signer, other) = (Signer::new(), Signer::new());
    let signature = hex::encode(signer.sign(b"message"));
    let renamed = ListedKey {
        fingerprint: other.listed().fingerprint,
        ..signer.listed()
    };
    let source = Source::of(vec![renamed]);
    for fingerprint in [signer.listed().fingerprint, other.listed().fingerprint] {
        let answer = check(&source, &claim(&fingerprint, &signature));
        assert!(matches!(answer, Signature::Inconsistent(_)), "{answer:?}");
    }
}

#[test]
fn both_spellings_of_times_are_read() {
    for time in [
        "1772323200.0",
        "1772323200",
        "\"2026-03-01T00:00:00Z\"",
        "\"2026-03-01T09:00:00+09:00\"",
    ] {
        let json = format!(
            r#"{{"Value":"","ValidityStartTime":{time},"ValidityEndTime":{time},"Fingerprint":"ab"}}"#
        );
        let key: ListedKey = serde_json::from_str(&json).unwrap();
        assert_eq!(
            key.validity_start_time,
            at("2026-03-01T00:00:00Z"),
            "{time}"
        );
    }
    for time in ["1e300", "\"soon\"", "null"] {
        let json = format!(
            r#"{{"Value":"","ValidityStartTime":{time},"ValidityEndTime":{time},"Fingerprint":"ab"}}"#
        );
        assert!(serde_json::from_str::<ListedKey>(&json).is_err(), "{time}");
    }
}

#[test]
fn a_folder_of_keys_answers_for_its_regions_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    assert!(
        KeyFiles::open(folder.path())
            .unwrap_err()
            .to_string()
            .contains("holds no public keys")
    );
    write("eu-west-1.json", r#"{"PublicKeyList":[]}"#);
    let keys = KeyFiles::open(folder.path()).unwrap();
    assert_eq!(keys.keys("eu-west-1", now(), now()), Ok(Vec::new()));
    for region in ["us-east-1", "../eu-west-1", "", "."] {
        let failure = keys.keys(region, now(), now()).unwrap_err();
        assert!(
            failure.detail.contains(&format!("`{region}.json`")),
            "{failure:?}"
        );
    }
    write("broken.json", r#"{"Keys":[]}"#);
    let error = KeyFiles::open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("missing field `PublicKeyList`"), "{error}");
    assert!(KeyFiles::open(&folder.path().join("none")).is_err());
}
