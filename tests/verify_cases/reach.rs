//! What cannot be read accuses nobody, and is never called valid.

use trailcheck::digest::finding::{Kind, Verdict};
use trailcheck::digest::object::Object;
use trailcheck::digest::store::UnreadableKind;
use trailcheck::digest::verification::{JudgedObject, Verification};

use super::inquiry::{Inquiry, assert_count, kinds, of_kind, told};
use super::truth::object;
use crate::trail::{Setup, Trail, generate};

/// Every failure but the answer that there is no such object.
const FAILURES: [UnreadableKind; 6] = [
    UnreadableKind::Archived,
    UnreadableKind::Denied,
    UnreadableKind::Throttled,
    UnreadableKind::Transient,
    UnreadableKind::TooLarge,
    UnreadableKind::Other,
];

fn intact() -> Trail {
    let setup = Setup {
        events_per_file: 2,
        ..Setup::many_regions()
    };
    generate(&setup, &[])
}

/// That the run is incomplete and nobody is accused.
fn assert_incomplete(found: &Verification) {
    assert_eq!(found.outcome_name(), "incomplete", "{}", told(found));
    let mut findings = found.findings.iter();
    let accused = findings.any(|finding| finding.verdict.is_tampering());
    assert!(!accused, "{}", told(found));
}

fn verdict(found: &Verification, object: &Object) -> Verdict {
    let mut judged = found.objects.iter();
    let of = judged.find(|judged| judged.object == *object);
    of.unwrap_or_else(|| panic!("{object} is not judged"))
        .verdict
}

#[test]
fn a_log_file_that_cannot_be_read_is_unverified() {
    let trail = intact();
    for kind in FAILURES {
        for hour in [0, 3, 5] {
            let log = object(&trail.chains[0].digests[hour].logs[0].object);
            let mut inquiry = Inquiry::about(&trail);
            inquiry.store.unreadable.insert(log.clone(), kind);
            let found = inquiry.run();
            assert_incomplete(&found);
            assert_eq!(kinds(&found, &log), ["log-unreadable"]);
            assert_eq!(found.findings.len(), 1, "{}", told(&found));
            assert_eq!(verdict(&found, &log), Verdict::Unverified);
        }
    }
}

#[test]
fn a_digest_that_cannot_be_read_leaves_its_hour_unverified() {
    let trail = intact();
    for kind in FAILURES {
        for hour in 0..trail.setup.hours {
            let digest = &trail.chains[0].digests[hour];
            let lost = object(&digest.object(&trail.setup));
            let mut inquiry = Inquiry::about(&trail);
            inquiry.store.unreadable.insert(lost.clone(), kind);
            let found = inquiry.run();
            assert_incomplete(&found);
            assert_eq!(kinds(&found, &lost), ["digest-unreadable"]);
            for log in &digest.logs {
                assert_eq!(verdict(&found, &object(&log.object)), Verdict::Unverified);
            }
        }
    }
}

#[test]
fn nothing_is_said_to_be_wrong_where_nothing_can_be_read() {
    let trail = intact();
    for part in ["/CloudTrail/", "/CloudTrail-Digest/", "/"] {
        for kind in FAILURES {
            let mut inquiry = Inquiry::about(&trail);
            let objects = trail.objects.keys().map(object);
            let unreadable = objects.filter(|object| object.key.contains(part));
            inquiry.store.unreadable = unreadable.map(|object| (object, kind)).collect();
            assert_incomplete(&inquiry.run());
        }
    }
}

#[test]
fn a_listing_that_breaks_off_is_said_and_accuses_nobody() {
    let trail = intact();
    let root = "AWSLogs/111122223333";
    for (prefix, regions) in [
        (format!("{root}/CloudTrail-Digest/eu-west-1/"), 1),
        (format!("{root}/CloudTrail/eu-west-1/"), 1),
        (format!("{root}/CloudTrail-Digest/"), 3),
        (format!("{root}/CloudTrail/"), 3),
        (root.to_owned(), 3),
    ] {
        for pages in [0, 1] {
            let mut inquiry = Inquiry::about(&trail);
            let broken = (prefix.clone(), pages, UnreadableKind::Transient);
            inquiry.store.unlistable.push(broken);
            let found = inquiry.run();
            assert_incomplete(&found);
            let mut failed: Vec<&str> = of_kind(&found, Kind::ListingFailed)
                .iter()
                .map(|finding| finding.chain.as_str())
                .collect();
            failed.dedup();
            assert_eq!(failed.len(), regions, "{}", told(&found));
        }
    }
}

#[test]
fn a_former_bucket_that_cannot_be_listed_is_followed_from_digest_to_digest() {
    let setup = Setup {
        hours: 12,
        events_per_file: 2,
        ..Setup::default()
    };
    let trail = generate(&setup, &[("bucket-changed", None)]);
    let mut inquiry = Inquiry::about(&trail);
    let former = format!("{}-old", setup.bucket);
    assert!(inquiry.store.buckets[&former].len() > 10);
    inquiry.request.bucket = Some(setup.bucket);
    inquiry.store.unlistable_buckets.insert(former);
    let found = inquiry.run();
    assert_incomplete(&found);
    // What the digests name was read, and is what they say.
    assert_eq!(found.objects.len(), trail.objects.len(), "{}", told(&found));
    let valid = |judged: &JudgedObject| judged.verdict == Verdict::Valid;
    assert!(found.objects.iter().all(valid), "{}", told(&found));
    let failed = of_kind(&found, Kind::ListingFailed);
    assert_eq!(failed.len(), 2, "{}", told(&found));
    // What cannot be read ends the way back.
    let oldest = &trail.chains[0].digests[3].object(&trail.setup);
    let unreadable = (object(oldest), UnreadableKind::Denied);
    inquiry.store.unreadable.extend([unreadable]);
    let found = inquiry.run();
    assert_incomplete(&found);
    assert_eq!(kinds(&found, &object(oldest)), ["digest-unreadable"]);
}

#[test]
fn digests_that_a_listing_lacks_are_followed_and_each_object_is_read_once() {
    let setup = Setup {
        hours: 8,
        events_per_file: 2,
        ..Setup::default()
    };
    for case in ["", "log-digested-twice"] {
        let cases: Vec<_> = [(case, None)]
            .into_iter()
            .filter(|(name, _)| !name.is_empty())
            .collect();
        let trail = generate(&setup, &cases);
        let mut inquiry = Inquiry::about(&trail);
        let digests = &trail.chains[0].digests[2..5];
        inquiry.store.unlisted = digests
            .iter()
            .map(|digest| object(&digest.object(&setup)))
            .collect();
        let found = inquiry.run();
        assert_eq!(found.outcome_name(), "valid", "{}", told(&found));
        let reads = inquiry.store.reads.lock().unwrap();
        assert_eq!(reads.len(), trail.objects.len());
        assert!(reads.values().all(|count| *count == 1), "{reads:?}");
    }
}

#[test]
fn a_forged_chain_in_a_new_bucket_is_known_by_the_genuine_one_in_the_former() {
    let setup = Setup {
        hours: 12,
        events_per_file: 2,
        ..Setup::default()
    };
    let cases = [("bucket-changed", Some(6)), ("forged-chain", Some(6))];
    let trail = generate(&setup, &cases);
    let mut inquiry = Inquiry::about(&trail);
    inquiry.keys.as_mut().unwrap().one_file = true;
    inquiry.request.bucket = Some(setup.bucket.clone());
    inquiry
        .store
        .unlistable_buckets
        .insert(format!("{}-old", setup.bucket));
    let found = inquiry.run();
    let forged = object(&trail.chains[0].digests[9].object(&setup));
    assert_eq!(
        kinds(&found, &forged),
        ["digest-unknown-key"],
        "{}",
        told(&found)
    );
    // Alone, the file's keys may as well be those of another Region.
    inquiry
        .store
        .buckets
        .remove(&format!("{}-old", setup.bucket));
    let found = inquiry.run();
    assert_count(&found, Kind::DigestUnknownKey, 0);
}

#[test]
fn folders_that_cannot_be_listed_are_said() {
    let trail = intact();
    for prefix in ["", "AWSLogs/", "AWSLogs/111122223333/CloudTrail-Digest/"] {
        let mut inquiry = Inquiry::about(&trail);
        inquiry.store.no_folders.insert(prefix.to_owned());
        let found = inquiry.run();
        assert_incomplete(&found);
        assert!(!of_kind(&found, Kind::ListingFailed).is_empty());
    }
}

#[test]
fn regions_whose_keys_are_not_at_hand_are_unverified_and_the_others_valid() {
    let trail = intact();
    let denied = |inquiry: &mut Inquiry| {
        let keys = inquiry.keys.as_mut().unwrap();
        keys.denied.insert("eu-west-1".to_owned());
    };
    let mut inquiry = Inquiry::about(&trail);
    denied(&mut inquiry);
    let found = inquiry.run();
    assert_incomplete(&found);
    for judged in &found.objects {
        let there = judged.object.key.contains("/eu-west-1/");
        let verdict = if there {
            Verdict::Unverified
        } else {
            Verdict::Valid
        };
        assert_eq!(judged.verdict, verdict, "{}", judged.object);
    }
    let mut findings = found.findings.iter();
    assert!(findings.all(|finding| finding.chain.contains("/eu-west-1/")));
    // What the links tell is told all the same.
    let log = object(&trail.chains[1].digests[2].logs[0].object);
    inquiry.store.remove(&log);
    let found = inquiry.run();
    assert_eq!(found.outcome_name(), "tampered");
    assert_eq!(kinds(&found, &log), ["log-missing"]);
}

#[test]
fn a_region_that_has_other_keys_than_its_digests_name_is_forged() {
    let trail = intact();
    let mut inquiry = Inquiry::about(&trail);
    let keys = &mut inquiry.keys.as_mut().unwrap().regions;
    // Without any key of the time nobody can tell.
    let own = keys.remove("eu-west-1").unwrap();
    assert_incomplete(&inquiry.run());
    let keys = &mut inquiry.keys.as_mut().unwrap().regions;
    let others = keys["us-east-1"].clone();
    assert_ne!(own, others);
    keys.insert("eu-west-1".to_owned(), others);
    let found = inquiry.run();
    assert_eq!(found.outcome_name(), "tampered");
    let unknown = of_kind(&found, Kind::DigestUnknownKey);
    assert_eq!(unknown.len(), trail.setup.hours);
}

#[test]
fn one_file_of_keys_accuses_no_region_that_it_may_not_be_of() {
    let trail = intact();
    let mut inquiry = Inquiry::about(&trail);
    let keys = inquiry.keys.as_mut().unwrap();
    keys.one_file = true;
    assert_eq!(inquiry.run().outcome_name(), "valid");
    let keys = inquiry.keys.as_mut().unwrap();
    keys.regions.remove("eu-west-1");
    let found = inquiry.run();
    assert_incomplete(&found);
    let unsigned = of_kind(&found, Kind::DigestSignatureUnverified);
    assert_eq!(unsigned.len(), 1, "{}", told(&found));
    // In a Region that it is of, a key that it lacks is nobody's.
    let forged = generate(&trail.setup, &[("forged-digest", None)]);
    let mut inquiry = Inquiry::about(&forged);
    inquiry.keys.as_mut().unwrap().one_file = true;
    let found = inquiry.run();
    assert_eq!(of_kind(&found, Kind::DigestUnknownKey).len(), 1);
}
