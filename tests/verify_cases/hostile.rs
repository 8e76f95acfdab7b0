//! What somebody who can write to the bucket puts there to break the verifier: it never gives
//! up, and never calls it valid.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use trailcheck::digest::finding::Kind;
use trailcheck::digest::object::Object;

use super::inquiry::{Inquiry, kinds, of_kind, told};
use super::truth::object;
use crate::trail::{Setup, Stored, Trail, generate};

const BUCKET: &str = "example-trail-bucket";
const ROOT: &str = "AWSLogs/111122223333";
const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn intact() -> Trail {
    let setup = Setup {
        events_per_file: 1,
        ..Setup::default()
    };
    generate(&setup, &[])
}

fn packed(content: &[u8]) -> Stored {
    let mut writer = GzEncoder::new(Vec::new(), Compression::fast());
    writer.write_all(content).unwrap();
    Stored::plain(writer.finish().unwrap())
}

/// The key of a digest of the intact trail's chain that ends then.
fn key(end: Timestamp) -> String {
    format!(
        "{ROOT}/CloudTrail-Digest/us-east-1/{}/111122223333_CloudTrail-Digest_us-east-1_\
         management-events_us-east-1_{}.json.gz",
        end.strftime("%Y/%m/%d"),
        end.strftime("%Y%m%dT%H%M%SZ")
    )
}

/// A digest that says it is at its place, and whatever else it is told to.
fn document(end: Timestamp, previous: Option<&str>, logs: &str) -> Stored {
    let document = json!({
        "awsAccountId": "111122223333",
        "digestStartTime": (end - HOUR).to_string(),
        "digestEndTime": end.to_string(),
        "digestS3Bucket": BUCKET,
        "digestS3Object": key(end),
        "digestPublicKeyFingerprint": "0".repeat(32),
        "digestSignatureAlgorithm": "SHA256withRSA",
        "newestEventTime": null,
        "oldestEventTime": null,
        "previousDigestS3Bucket": previous.map(|_| BUCKET),
        "previousDigestS3Object": previous,
        "previousDigestHashValue": previous.map(|_| "0".repeat(64)),
        "previousDigestHashAlgorithm": previous.map(|_| "SHA-256"),
        "previousDigestSignature": previous.map(|_| "ab".repeat(256)),
    });
    let text = document.to_string();
    let text = text.strip_suffix('}').unwrap();
    packed(format!("{text},\"logFiles\":[{logs}]}}").as_bytes())
}

/// Looks at it with keys and without, with metadata and without.
fn never_valid(inquiry: &Inquiry) {
    let open = inquiry.clone().without_keys();
    for inquiry in [
        inquiry.clone(),
        inquiry.clone().without_metadata(),
        open.clone(),
        open.without_metadata(),
    ] {
        let found = inquiry.run();
        assert_ne!(found.outcome_name(), "valid");
    }
}

#[test]
fn odd_keys_among_digests_and_log_files_are_named() {
    let long = "x".repeat(1024 - 60);
    let trail = intact();
    for folder in ["CloudTrail", "CloudTrail-Digest"] {
        for name in [
            "..",
            "../../../../etc/passwd",
            "a\nb.json.gz",
            "a\u{1b}[2J.json.gz",
            "\u{202e}zg.nosj",
            "a\0b",
            "%2e%2e%2f",
            "111122223333_CloudTrail_us-east-1_99991231T2359Z_x.json.gz",
            "111122223333_CloudTrail_us-east-1_00000101T0000Z_x.json.gz",
            "111122223333_CloudTrail-Digest_us-east-1_t_us-east-1_99991231T235959Z.json.gz",
            "111122223333_CloudTrail-Digest_us-east-1_t_us-east-1_00000101T000000Z.json.gz",
            "111122223333_CloudTrail-Digest_us-east-1__us-east-1_20260301T030000Z.json.gz",
            &long,
        ] {
            if (folder, name) == ("CloudTrail-Digest", "..") {
                // Those who read a folder in bulk pass over names that begin with a dot.
                continue;
            }
            let odd = Object::new(
                BUCKET,
                format!("{ROOT}/{folder}/us-east-1/2026/03/01/{name}"),
            );
            let mut inquiry = Inquiry::about(&trail);
            inquiry.store.put(BUCKET, &odd.key, packed(b"{}"));
            let found = inquiry.run();
            assert_eq!(found.outcome_name(), "tampered", "{odd}: {}", told(&found));
            assert_eq!(kinds(&found, &odd).len(), 1, "{odd}: {}", told(&found));
            assert_eq!(found.findings.len(), 1, "{odd}: {}", told(&found));
        }
    }
}

#[test]
fn keys_that_are_nobodys_and_times_out_of_reach_change_nothing() {
    let trail = intact();
    let mut inquiry = Inquiry::about(&trail);
    for name in [
        "..",
        "../x",
        "AWSLogs",
        "AWSLogs/",
        "AWSLogs/../CloudTrail/us-east-1/x",
        "AWSLogs//CloudTrail/us-east-1/x",
        "AWSLogs/o-/x",
        "AWSLogs/o-x/1/CloudTrail/us-east-1/x",
        "/AWSLogs",
        "\n/\u{1b}/AWSLogs/x",
        &"a/".repeat(500),
    ] {
        inquiry.store.put(BUCKET, name, packed(b"{}"));
    }
    for year in ["9999", "0000", "1970", "2012"] {
        for (folder, name) in [
            (
                "CloudTrail",
                "111122223333_CloudTrail_us-east-1_YEAR0101T0000Z_x.json.gz",
            ),
            (
                "CloudTrail-Digest",
                "111122223333_CloudTrail-Digest_us-east-1_management-events_us-east-1_YEAR0101T000000Z.json.gz",
            ),
        ] {
            let name = name.replace("YEAR", year);
            let key = format!("{ROOT}/{folder}/us-east-1/{year}/01/01/{name}");
            inquiry.store.put(BUCKET, &key, packed(b"{}"));
        }
    }
    let found = inquiry.run();
    assert_eq!(found.outcome_name(), "valid", "{}", told(&found));
    // All there is: it must only end.
    inquiry.request.range = None;
    assert_eq!(inquiry.run().chains.len(), 1);
}

#[test]
fn ranges_at_the_ends_of_time_are_incomplete() {
    let trail = intact();
    // The very ends stand for those of what the store holds.
    let (first, last) = (Timestamp::MIN + HOUR, Timestamp::MAX - HOUR);
    for (start, end) in [
        (first, last),
        (first, first),
        (last, last),
        (trail.end(), trail.start()),
    ] {
        let found = Inquiry::about(&trail).between(start, end).run();
        assert_ne!(found.outcome_name(), "valid", "{start} {end}");
    }
    let ends = Inquiry::about(&trail).between(Timestamp::MIN, Timestamp::MAX);
    assert_eq!(ends.run().outcome_name(), "valid");
}

#[test]
fn digests_that_name_each_other_or_themselves_come_to_an_end() {
    let trail = intact();
    let newest = trail.end();
    for (first, second) in [(1, 1), (1, 2), (2, 1)] {
        let (one, other) = (newest + HOUR * first, newest + HOUR * second);
        let mut inquiry = Inquiry::about(&trail).between(trail.start(), newest + HOUR * 3);
        inquiry.request.now = newest + HOUR * 3;
        let to = document(one, Some(&key(other)), "");
        inquiry.store.put(BUCKET, &key(one), to);
        let back = document(other, Some(&key(one)), "");
        inquiry.store.put(BUCKET, &key(other), back);
        never_valid(&inquiry);
    }
}

#[test]
fn thousands_of_digests_of_one_hour_come_to_an_end() {
    let trail = intact();
    let genuine = trail.chains[0].digests[3].object(&trail.setup);
    let copy = trail.objects[&genuine].clone();
    let mut inquiry = Inquiry::about(&trail);
    let start = trail.chains[0].digests[3].start;
    for second in 1..3_600 {
        let end = start + SignedDuration::from_secs(second);
        inquiry.store.put(BUCKET, &key(end), copy.clone());
    }
    for trail in 0..1_400 {
        let other = key(start).replace("management-events", &format!("trail-{trail}"));
        inquiry.store.put(BUCKET, &other, copy.clone());
    }
    let found = inquiry.run();
    assert_eq!(found.outcome_name(), "tampered");
    assert_eq!(of_kind(&found, Kind::DigestMoved).len(), 3_599 + 1_400);
    assert!(kinds(&found, &object(&genuine)).is_empty());
}

#[test]
fn thousands_of_forged_digests_that_all_name_the_first_come_to_an_end() {
    let trail = intact();
    let start = trail.chains[0].digests[3].start;
    let mut inquiry = Inquiry::about(&trail);
    for second in 1..2_000 {
        let end = start + SignedDuration::from_secs(second);
        inquiry
            .store
            .put(BUCKET, &key(end), document(end, Some(&key(start)), ""));
    }
    never_valid(&inquiry);
}

/// So many log files that are not there.
fn entries(count: usize) -> String {
    let mut logs = String::new();
    for number in 0..count {
        let comma = if number == 0 { "" } else { "," };
        let entry = format!(
            r#"{comma}{{"s3Bucket":"b","s3Object":"{number}","hashValue":"","hashAlgorithm":""}}"#
        );
        logs.write_str(&entry).unwrap();
    }
    logs
}

#[test]
fn a_digest_of_very_many_log_files_that_are_not_there_is_read() {
    read_all(60_000);
}

#[test]
#[ignore = "takes a minute without optimisation"]
fn a_digest_of_a_million_log_files_that_are_not_there_is_read() {
    read_all(1_000_000);
}

fn read_all(count: usize) {
    let trail = intact();
    let end = trail.end() + HOUR;
    let mut inquiry = Inquiry::about(&trail)
        .between(trail.start(), end)
        .without_keys();
    inquiry.request.now = end + HOUR;
    inquiry.request.objects = false;
    inquiry
        .store
        .put(BUCKET, &key(end), document(end, None, &entries(count)));
    let found = inquiry.without_metadata().run();
    assert_eq!(found.outcome_name(), "tampered");
    let counted: u64 = found.chains[0].log_files.values().sum();
    assert_eq!(counted, count as u64 + 24);
    let missing = of_kind(&found, Kind::LogMissing);
    assert_eq!(missing.len(), 10_001);
    let rest = missing
        .iter()
        .find(|finding| finding.object.is_none())
        .unwrap();
    assert!(
        rest.detail.starts_with(&format!("{} more", count - 10_000)),
        "{}",
        rest.detail
    );
}

#[test]
fn a_digest_that_claims_a_gigabyte_or_names_nonsense_is_not_valid() {
    let trail = intact();
    let digest = object(&trail.chains[0].digests[3].object(&trail.setup));
    let mut inquiry = Inquiry::about(&trail);
    let body = &mut inquiry.store.get_mut(&digest).body;
    let length = body.len();
    body[length - 4..].copy_from_slice(&(1_u32 << 30).to_le_bytes());
    let found = inquiry.run();
    assert_eq!(kinds(&found, &digest), ["digest-bad-format"]);
    never_valid(&inquiry);
    let end = trail.end() + HOUR;
    for log in [
        r#"{"s3Bucket":"","s3Object":"","hashValue":"","hashAlgorithm":""}"#,
        r#"{"s3Bucket":"..","s3Object":"../../x","hashValue":"zz","hashAlgorithm":"SHA-256"}"#,
        r#"{"s3Bucket":"b\n","s3Object":"\u0000","hashValue":"","hashAlgorithm":"MD5"}"#,
        r#"{"s3Object":"x"}"#,
        "null",
        "[[[[]]]]",
        "1e999",
    ] {
        let mut inquiry = Inquiry::about(&trail).between(trail.start(), end);
        inquiry.request.now = end + HOUR;
        inquiry.store.put(
            BUCKET,
            &key(end),
            document(end, Some(&key(trail.end())), log),
        );
        never_valid(&inquiry);
    }
}

#[test]
fn more_log_files_without_digests_than_are_kept_are_all_judged_and_the_first_named() {
    const COUNT: usize = 10_050;
    let trail = intact();
    let mut inquiry = Inquiry::about(&trail);
    inquiry
        .store
        .retain(|key| !key.contains("CloudTrail-Digest"));
    let (log, stored) = inquiry.store.buckets[BUCKET].iter().next().unwrap();
    let (start, stored) = (log.rsplit_once('_').unwrap().0.to_owned(), stored.clone());
    for number in inquiry.store.buckets[BUCKET].len()..COUNT {
        let key = format!("{start}_{number:016}.json.gz");
        inquiry.store.put(BUCKET, &key, stored.clone());
    }
    let found = inquiry.run();
    assert_eq!(found.objects.len(), COUNT);
    assert_eq!(
        found.chains[0].log_files.values().sum::<u64>(),
        COUNT as u64
    );
    let named = of_kind(&found, Kind::LogDigestMissing);
    assert_eq!(named.len(), 10_001);
    assert_eq!(
        named
            .iter()
            .filter(|finding| finding.object.is_none())
            .count(),
        1
    );
    assert!(told(&found).contains("50 more of the same"));
    assert!(told(&found).contains(&format!("though {COUNT} log files were delivered")));
}
