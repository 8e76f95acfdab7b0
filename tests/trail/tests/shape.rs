//! What lies in an intact trail's buckets, by the documentation.

use std::io::Read as _;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use serde_json::Value;

use super::super::chain::{Chain, Document, Entry};
use super::super::packing::{bomb, bomb_of, gunzip, sha256};
use super::super::setup::HOUR;
use super::super::{Object, Setup, Trail, generate};

#[test]
fn intact_trails_have_the_documented_shape() {
    let single = Setup {
        hours: 26,
        events_per_file: 2,
        ..Setup::default()
    };
    for setup in [
        Setup::default(),
        Setup::many_regions(),
        Setup::organization(),
        single,
    ] {
        let trail = generate(&setup, &[]);
        assert_eq!(
            trail.chains.len(),
            setup.accounts.len() * setup.regions.len()
        );
        let logs: usize = trail.chains.iter().map(|chain| follow(&trail, chain)).sum();
        let digests = trail.chains.len() * setup.hours;
        assert_eq!(logs, digests * setup.files_per_hour);
        assert_eq!(trail.objects.len(), logs + digests);
    }
}

/// Follows a chain as AWS documents it, and returns how many log files it names.
fn follow(trail: &Trail, chain: &Chain) -> usize {
    let mut previous: Option<(Object, Document, Vec<u8>, String)> = None;
    let mut logs = 0;
    for digest in &chain.digests {
        let object = digest.object(&trail.setup);
        let stored = &trail.objects[&object];
        let content = gunzip(&stored.body);
        let document: Document = serde_json::from_slice(&content).unwrap();
        assert_eq!(
            (&document.bucket, &document.key),
            (&object.bucket, &object.key)
        );
        assert_eq!(document.aws_account_id, chain.place.account);
        assert!(
            object
                .key
                .ends_with(&format!("_{}.json.gz", compact(&document.digest_end_time)))
        );
        let start: Timestamp = document.digest_start_time.parse().unwrap();
        assert_eq!((start + HOUR).to_string(), document.digest_end_time);
        assert_signed(
            trail,
            &chain.place.region,
            &document,
            &content,
            &stored.metadata["signature"],
        );
        match &previous {
            None => assert_eq!(document.previous_key, None),
            Some((object, before, content, signature)) => {
                assert_eq!(document.previous_bucket.as_ref(), Some(&object.bucket));
                assert_eq!(document.previous_key.as_ref(), Some(&object.key));
                assert_eq!(document.previous_digest_hash_value, Some(sha256(content)));
                assert_eq!(document.previous_digest_signature.as_ref(), Some(signature));
                assert_eq!(before.digest_end_time, document.digest_start_time);
            }
        }
        for entry in &document.log_files {
            let log = Object::new(&entry.bucket, entry.key.clone());
            let json = gunzip(&trail.objects[&log].body);
            assert_eq!(sha256(&json), entry.hash_value);
            assert_records(&json, trail, chain, entry);
            logs += 1;
        }
        let signature = stored.metadata["signature"].clone();
        previous = Some((object, document, content, signature));
    }
    logs
}

fn assert_records(json: &[u8], trail: &Trail, chain: &Chain, entry: &Entry) {
    let read: Value = serde_json::from_slice(json).unwrap();
    let records = read["Records"].as_array().unwrap();
    assert_eq!(records.len(), trail.setup.events_per_file);
    let times: Vec<&str> = records
        .iter()
        .map(|record| record["eventTime"].as_str().unwrap())
        .collect();
    assert_eq!(times.iter().min(), Some(&entry.oldest_event_time.as_str()));
    assert_eq!(times.iter().max(), Some(&entry.newest_event_time.as_str()));
    for record in records {
        assert_eq!(record["awsRegion"], chain.place.region);
        assert_eq!(record["recipientAccountId"], chain.place.account);
    }
}

fn compact(time: &str) -> String {
    time.replace(['-', ':'], "")
}

fn assert_signed(
    trail: &Trail,
    region: &str,
    document: &Document,
    content: &[u8],
    signature: &str,
) {
    let listed = trail.public_keys(region);
    let keys = listed["PublicKeyList"].as_array().unwrap();
    let named = |key: &&Value| key["Fingerprint"] == document.digest_public_key_fingerprint;
    let key = keys.iter().find(named).unwrap();
    let der = STANDARD.decode(key["Value"].as_str().unwrap()).unwrap();
    assert_eq!(key["Fingerprint"], hex::encode(Md5::digest(&der)));
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der);
    let message = format!(
        "{}\n{}/{}\n{}\n{}",
        document.digest_end_time,
        document.bucket,
        document.key,
        sha256(content),
        document
            .previous_digest_signature
            .as_deref()
            .unwrap_or("null"),
    );
    key.verify(message.as_bytes(), &hex::decode(signature).unwrap())
        .unwrap();
}

#[test]
fn digests_have_the_members_that_cloudtrail_writes_in_its_order() {
    let trail = generate(&Setup::default(), &[]);
    let object = trail.chains[0].digests[1].object(&trail.setup);
    let text = String::from_utf8(gunzip(&trail.objects[&object].body)).unwrap();
    let members = [
        "awsAccountId",
        "digestStartTime",
        "digestEndTime",
        "digestS3Bucket",
        "digestS3Object",
        "digestPublicKeyFingerprint",
        "digestSignatureAlgorithm",
        "newestEventTime",
        "oldestEventTime",
        "previousDigestS3Bucket",
        "previousDigestS3Object",
        "previousDigestHashValue",
        "previousDigestHashAlgorithm",
        "previousDigestSignature",
        "logFiles",
        "s3Bucket",
        "s3Object",
        "hashValue",
        "hashAlgorithm",
    ];
    let places = members.map(|member| text.find(&format!("\"{member}\":")));
    assert!(places.is_sorted(), "{text}");
    assert!(places[0].is_some());
}

#[test]
fn keys_lie_where_cloudtrail_puts_them() {
    let setup = Setup::organization();
    let trail = generate(&setup, &[]);
    let digest = &trail.chains[4].digests[0];
    assert_eq!(digest.place.region, "eu-west-1");
    let end = compact(&digest.end.to_string());
    assert_eq!(
        digest.object(&setup).key,
        format!(
            "audit/trails/AWSLogs/o-exampleorg1/444455556666/CloudTrail-Digest/eu-west-1/2026/03/01/\
             444455556666_CloudTrail-Digest_eu-west-1_management-events_us-east-1_{end}.json.gz"
        )
    );
    let log = &digest.logs[0].object.key;
    let start = "audit/trails/AWSLogs/o-exampleorg1/444455556666/CloudTrail/eu-west-1/2026/03/01/\
                 444455556666_CloudTrail_eu-west-1_20260301T0";
    assert!(log.starts_with(start), "{log}");
    assert_eq!(
        log.len(),
        start.len() + "005Z_0123456789abcdef.json.gz".len()
    );
}

#[test]
fn a_bomb_is_a_whole_gzip_file() {
    let (small, size) = (bomb_of(3), 3 << 20);
    let mut unpacked = Vec::with_capacity(size);
    let read = flate2::read::GzDecoder::new(&small[..]).read_to_end(&mut unpacked);
    assert_eq!(read.unwrap(), size);
    assert!(bomb().len() < 1 << 20);
}

#[test]
fn log_files_of_the_benchmarks_are_as_large_as_real_ones() {
    let setup = Setup {
        events_per_file: 140,
        compression: 6,
        hours: 1,
        ..Setup::default()
    };
    let trail = generate(&setup, &[]);
    let logs = || {
        trail.chains[0].digests[0]
            .logs
            .iter()
            .map(|log| &trail.objects[&log.object].body)
    };
    let packed = logs().map(Vec::len).sum::<usize>() / setup.files_per_hour;
    let unpacked = logs().map(|body| gunzip(body).len()).sum::<usize>() / setup.files_per_hour;
    assert!((181_000..197_000).contains(&unpacked), "{unpacked} bytes");
    assert!((19_500..22_500).contains(&packed), "{packed} bytes");
}
