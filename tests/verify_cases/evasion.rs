//! Ways around the verifier that an independent reading found.

use jiff::SignedDuration;
use trailcheck::digest::finding::Kind;
use trailcheck::digest::object::Object;
use trailcheck::digest::verify;

use super::inquiry::{Inquiry, assert_count, kinds, of_kind, told};
use super::truth::object;
use crate::trail::{Setup, Trail, generate};

fn many_regions() -> Trail {
    let setup = Setup {
        events_per_file: 2,
        ..Setup::many_regions()
    };
    generate(&setup, &[])
}

fn asked_about(trail: &Trail) -> Inquiry {
    let mut inquiry = Inquiry::about(trail);
    inquiry.request.trail = Some(verify::Trail {
        name: trail.setup.trail_name.clone(),
        home_region: trail.setup.home_region.clone(),
        account: trail.setup.accounts[0].clone(),
        is_organization: false,
        is_multi_region: true,
    });
    inquiry
}

#[test]
fn a_stamp_of_a_backfill_makes_no_expired_key_valid_on_a_regular_digest() {
    let trail = generate(&Setup::default(), &[("expired-key", None)]);
    let mut inquiry = Inquiry::about(&trail);
    let stamp = (trail.start() - SignedDuration::from_hours(24)).to_string();
    for objects in inquiry.store.buckets.values_mut() {
        for stored in objects.values_mut() {
            if stored.metadata.contains_key("signature") {
                let name = "backfill-generation-timestamp".to_owned();
                stored.metadata.insert(name, stamp.clone());
            }
        }
    }
    let found = inquiry.run();
    assert_count(&found, Kind::DigestExpiredKey, 1);
}

#[test]
fn a_trail_without_a_trace_at_home_is_not_valid() {
    let trail = many_regions();
    let mut inquiry = asked_about(&trail);
    assert_eq!(inquiry.run().outcome_name(), "valid");
    let home = format!("/{}/", trail.setup.home_region);
    inquiry.store.retain(|key| !key.contains(&home));
    let found = inquiry.run();
    assert_eq!(found.outcome_name(), "incomplete", "{}", told(&found));
}

#[test]
fn the_newest_digests_of_a_copy_are_missed_by_the_log_files_of_their_hours() {
    let trail = generate(
        &Setup {
            hours: 12,
            ..Setup::default()
        },
        &[],
    );
    let mut inquiry = Inquiry::about(&trail);
    inquiry.request.range = None;
    for digest in &trail.chains[0].digests[6..] {
        inquiry.store.remove(&object(&digest.object(&trail.setup)));
    }
    let found = inquiry.run();
    assert!(
        of_kind(&found, Kind::DigestMissing).len() >= 4,
        "{}",
        told(&found)
    );
}

#[test]
fn a_log_file_that_is_named_minutes_before_it_is_delivered_waits_for_the_next_digest() {
    let trail = generate(&Setup::default(), &[]);
    let mut inquiry = Inquiry::about(&trail);
    let newest = trail.chains[0].digests.last().unwrap();
    let (late, stored) = {
        let log = object(&newest.logs[0].object);
        let stored = inquiry.store.buckets[&log.bucket][&log.key].clone();
        let minute = (trail.end() - SignedDuration::from_mins(9)).strftime("%Y%m%dT%H%MZ");
        let (start, _) = log.key.rsplit_once('/').unwrap();
        let day = trail.end() - SignedDuration::from_mins(9);
        let folder = start.rsplitn(4, '/').last().unwrap();
        let account = &trail.setup.accounts[0];
        let region = &trail.setup.home_region;
        let key = format!(
            "{folder}/{}/{account}_CloudTrail_{region}_{minute}_abcdefgh12345678.json.gz",
            day.strftime("%Y/%m/%d")
        );
        ((log.bucket, key), stored)
    };
    inquiry.store.put(&late.0, &late.1, stored);
    let found = inquiry.run();
    assert_count(&found, Kind::LogNotYetDigested, 1);
    assert_eq!(found.outcome_name(), "valid");
    inquiry.request.now = trail.end() + SignedDuration::from_hours(48);
    let found = inquiry.run();
    assert_count(&found, Kind::LogUnreferenced, 1);
}

#[test]
fn what_lies_beside_the_folders_of_the_years_is_seen() {
    let trail = generate(&Setup::default(), &[]);
    let log = object(&trail.chains[0].digests[0].logs[0].object);
    let (region, _) = log.key.split_once("/2026/").unwrap();
    for name in ["!evil.json.gz", "zzz.json.gz", "folder/"] {
        let mut inquiry = Inquiry::about(&trail);
        let stored = inquiry.store.buckets[&log.bucket][&log.key].clone();
        inquiry
            .store
            .put(&log.bucket, &format!("{region}/{name}"), stored);
        let found = inquiry.run();
        assert_count(&found, Kind::LogUnreferenced, 1);
    }
}

#[test]
fn what_lies_beside_the_folders_of_the_regions_is_seen() {
    let trail = generate(&Setup::many_regions(), &[]);
    let log = object(&trail.chains[0].digests[0].logs[0].object);
    let digest = object(&trail.chains[0].digests[0].object(&trail.setup));
    for (copied, kind) in [(&log, Kind::LogUnreferenced), (&digest, Kind::DigestMoved)] {
        let (account, _) = copied.key.split_once("us-east-1/").unwrap();
        let key = format!("{account}evil.json.gz");
        let mut inquiry = Inquiry::about(&trail);
        let stored = inquiry.store.buckets[&copied.bucket][&copied.key].clone();
        inquiry.store.put(&copied.bucket, &key, stored.clone());
        inquiry
            .store
            .put(&copied.bucket, &format!("{account}.hidden"), stored);
        let found = inquiry.run();
        assert_eq!(found.findings.len(), 1, "{}", told(&found));
        let named = &of_kind(&found, kind)[0].object;
        assert_eq!(named.as_ref().unwrap().key, key);
        assert_eq!(found.objects.len(), trail.objects.len() + 1);
        // Nobody asked about what is of no Region.
        inquiry.request.regions = vec!["eu-west-1".to_owned()];
        let found = inquiry.run();
        assert_eq!(found.outcome_name(), "valid", "{}", told(&found));
        // An account that has nothing else.
        inquiry.request.regions = Vec::new();
        inquiry.store.retain(|other| other == key);
        let found = inquiry.run();
        assert_eq!(found.outcome_name(), "tampered", "{}", told(&found));
        assert_eq!(kinds(&found, &Object::new(&copied.bucket, &key)).len(), 1);
    }
}

#[test]
fn a_digest_of_a_time_to_come_does_not_make_the_chain_look_cut_off() {
    let trail = generate(&Setup::default(), &[]);
    let digest = &trail.chains[0].digests[0];
    let digest = object(&digest.object(&trail.setup));
    let mut inquiry = Inquiry::about(&trail);
    inquiry.request.range = None;
    let stored = inquiry.store.buckets[&digest.bucket][&digest.key].clone();
    let (start, _) = digest.key.rsplit_once("/2026/").unwrap();
    let (account, region) = (&trail.setup.accounts[0], &trail.setup.home_region);
    let key = format!(
        "{start}/2199/12/31/{account}_CloudTrail-Digest_{region}_{}_{region}_21991231T233136Z.json.gz",
        trail.setup.trail_name
    );
    inquiry.store.put(&digest.bucket, &key, stored);
    let found = inquiry.run();
    assert_count(&found, Kind::DigestMissing, 0);
    assert_eq!(found.findings.len(), 1, "{}", told(&found));
}

#[test]
fn a_chain_that_ends_before_the_range_is_missed_beside_one_that_goes_on() {
    let setup = Setup {
        hours: 12,
        ..Setup::default()
    };
    let trail = generate(&setup, &[]);
    let other = generate(
        &Setup {
            trail_name: "another".to_owned(),
            seed: 7,
            ..setup
        },
        &[],
    );
    let from = trail.start() + SignedDuration::from_hours(7);
    let mut inquiry = Inquiry::about(&trail).between(from, trail.end());
    for digest in &trail.chains[0].digests[4..] {
        inquiry.store.remove(&object(&digest.object(&trail.setup)));
        for log in &digest.logs {
            inquiry.store.remove(&object(&log.object));
        }
    }
    inquiry.store.add(super::memory::Memory::of(&other));
    let found = inquiry.run();
    assert_ne!(found.outcome_name(), "valid", "{}", told(&found));
    let chain = format!("/{}", trail.setup.trail_name);
    let missed = found
        .findings
        .iter()
        .any(|finding| finding.chain.ends_with(&chain));
    assert!(missed, "{}", told(&found));
}
