//! Whether what is generated is what it is said to be.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Command;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use serde_json::Value;

use super::chain::{Chain, Document};
use super::packing::{bomb, bomb_of, gunzip, sha256};
use super::setup::HOUR;
use super::tampering::When;
use super::{Object, Setup, Stored, Trail, case, cases, generate, pairs, stream};

/// The cases that every source of test data for log file validation has here.
const REQUIRED: &str = "log-modified log-deleted log-swapped log-moved log-extra log-duplicated \
    log-truncated log-trailer-cut log-crc-broken log-appended-member log-appended-garbage \
    log-not-gzip log-empty log-recompressed log-archived logs-undigested digest-deleted \
    digest-run-deleted digest-and-logs-deleted digest-head-deleted digest-tail-deleted \
    digest-all-deleted digest-modified digest-and-log-modified digest-reformatted \
    digest-recompressed digest-signature-wrong digest-signature-missing \
    digest-signature-not-hex digest-signature-swapped digest-moved digest-replayed \
    digest-replayed-as-newest digest-truncated digest-not-json digest-field-missing \
    digest-appended-member previous-hash-wrong previous-signature-wrong previous-skipped \
    time-hole wrong-key forged-digest forged-chain expired-key chain-restarted \
    logging-stopped validation-stopped log-never-digested log-digested-twice empty-hours \
    key-rotated bucket-changed backfill backfill-log-modified backfill-wrong-key";

#[test]
fn every_required_case_is_there_once() {
    let names: Vec<&str> = cases().map(|case| case.name).collect();
    let distinct: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(distinct.len(), names.len());
    let required: BTreeSet<&str> = REQUIRED.split_whitespace().collect();
    assert_eq!(required.len(), 56);
    let lacking: Vec<_> = required.difference(&distinct).collect();
    assert!(lacking.is_empty(), "{lacking:?}");
}

#[test]
fn the_independent_generator_has_the_same_cases() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/tools/gen_trail_logs.py");
    let listed = Command::new("python3")
        .arg(&script)
        .arg("--list-tampers")
        .output();
    let listed = listed
        .ok()
        .filter(|output| script.exists() && output.status.success());
    let Some(listed) = listed else {
        let sentence = "LEFT OUT: the cases were not compared with those of the independent \
                        generator, which needs python3 with cryptography";
        // Not `eprintln`, which a test that passes keeps to itself.
        writeln!(std::io::stderr(), "{sentence}").unwrap();
        return;
    };
    let text = String::from_utf8(listed.stdout).unwrap();
    let theirs = text.lines().map(|line| {
        let mut words = line.split_whitespace();
        (words.next().unwrap(), words.next().unwrap() == "benign")
    });
    let mut count = 0;
    for (name, benign) in theirs {
        assert_eq!(case(name).benign, benign, "{name}");
        count += 1;
    }
    assert!(count >= 56);
}

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

fn assert_records(json: &[u8], trail: &Trail, chain: &Chain, entry: &super::chain::Entry) {
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
fn the_truth_of_each_case_is_so() {
    let setup = Setup::many_regions();
    let intact = generate(&setup, &[]);
    for case in cases() {
        let trail = generate(&setup, &[(case.name, None)]);
        let truth = &trail.truths[0];
        assert_eq!((truth.case, truth.benign), (case.name, case.benign));
        let mut named = BTreeSet::new();
        for (kind, objects) in &truth.named {
            for object in objects {
                let there = trail.objects.contains_key(object);
                assert_eq!(
                    there,
                    !kind.ends_with("-missing"),
                    "{}: {kind} {object}",
                    case.name
                );
                assert!(
                    named.insert(object),
                    "{}: {object} is named twice",
                    case.name
                );
            }
        }
        assert!(
            truth.or.keys().all(|object| named.contains(object)),
            "{}",
            case.name
        );
        assert!(truth.benign || !named.is_empty(), "{}", case.name);
        assert!(differs(&intact, &trail), "{} does nothing", case.name);
        assert!(
            !case.about.is_empty() && case.about.ends_with('.'),
            "{}",
            case.name
        );
    }
}

/// Whether anything in the buckets, or any key, is another.
fn differs(one: &Trail, other: &Trail) -> bool {
    one.objects != other.objects || one.keys != other.keys
}

#[test]
fn cases_leave_alone_what_lies_outside_their_hours() {
    let setup = Setup {
        hours: 12,
        ..Setup::many_regions()
    };
    let intact = generate(&setup, &[]);
    let stored = cases().filter(|case| case.when == When::Stored && case.regions == 1);
    for case in stored {
        let trail = generate(&setup, &[(case.name, Some(5))]);
        let hours = &trail.truths[0].hours;
        let digests = intact
            .chains
            .iter()
            .enumerate()
            .flat_map(|(chain, planned)| {
                let digests = planned.digests.iter().enumerate();
                digests.map(move |(hour, digest)| (chain, hour, digest))
            });
        for (chain, hour, digest) in digests {
            if chain == 0 && hours.contains(&hour) {
                continue;
            }
            let objects = digest.logs.iter().map(|log| log.object.clone());
            for object in objects.chain([digest.object(&setup)]) {
                assert_eq!(
                    trail.objects.get(&object),
                    intact.objects.get(&object),
                    "{}",
                    case.name
                );
            }
        }
    }
}

#[test]
fn what_a_case_alone_did_can_be_named_as_what_it_is() {
    for case in cases() {
        let trail = generate(&Setup::many_regions(), &[(case.name, None)]);
        for (kind, objects) in &trail.truths[0].named {
            for expected in trail.expected() {
                if objects.contains(&expected.object) {
                    // Nothing tells of log files whose digest is gone with them, nor of
                    // the digests of a chain that has none left.
                    let gone = ["digest-and-logs-deleted", "digest-all-deleted"];
                    let missing = kind.ends_with("-missing") && gone.contains(&case.name);
                    let about = format!("{}: {expected:?}", case.name);
                    assert!(expected.must || missing, "{about}");
                    assert!(expected.kinds.contains(kind) || missing, "{about}");
                }
            }
        }
    }
}

#[test]
fn digests_that_nothing_tells_of_are_not_asked_for() {
    let setup = Setup::default();
    let missing = |asked: &[(&str, Option<usize>)]| -> Vec<usize> {
        let trail = generate(&setup, asked);
        let named: Vec<Object> = trail
            .must_name()
            .into_iter()
            .map(|(object, _)| object)
            .collect();
        let digests = trail.chains[0].digests.iter().enumerate();
        let asked = digests.filter(|(_, digest)| named.contains(&digest.object(&setup)));
        asked.map(|(hour, _)| hour).collect()
    };
    assert_eq!(missing(&[("digest-run-deleted", Some(1))]), [2]);
    assert_eq!(missing(&[("digest-run-deleted", Some(2))]), [1, 2, 3]);
    assert_eq!(missing(&[("digest-run-deleted", Some(4))]), [3, 4, 5]);
    assert_eq!(missing(&[("digest-all-deleted", None)]), [0_usize; 0]);
    let restarted = [("digest-deleted", Some(2)), ("chain-restarted", Some(3))];
    assert_eq!(missing(&restarted), [3]);
    let forged = [("digest-deleted", Some(2)), ("forged-digest", Some(3))];
    assert_eq!(missing(&forged), [2, 3]);
}

#[test]
fn a_modified_log_file_of_a_lost_hour_cannot_be_told_from_others() {
    let lost = [("digest-deleted", Some(2)), ("log-modified", Some(2))];
    let trail = generate(&Setup::default(), &lost);
    let log = &trail.truths[1].named["log-modified"][0];
    let named = trail.must_name();
    let (_, kinds) = named.iter().find(|(object, _)| object == log).unwrap();
    assert_eq!(kinds, &["log-digest-missing"]);
    let gone = [("digest-deleted", Some(2)), ("log-deleted", Some(2))];
    let named = generate(&Setup::default(), &gone).must_name();
    assert_eq!(named.len(), 1, "{named:?}");
}

#[test]
fn pairs_are_of_many_kinds_and_can_be_made() {
    let chosen = pairs(7, 120);
    let names: BTreeSet<&str> = chosen
        .iter()
        .flat_map(|pair| pair.cases)
        .map(|(name, _)| name)
        .collect();
    assert!(names.len() > 70, "{}", names.len());
    for pair in &chosen {
        let trail = generate(&pair.setup, &pair.cases);
        for (truth, (name, _)) in trail.truths.iter().zip(pair.cases) {
            assert_eq!(truth.case, name);
        }
        for (object, kinds) in trail.must_name() {
            let missing = kinds.iter().any(|kind| kind.ends_with("-missing"));
            assert!(
                missing || trail.objects.contains_key(&object),
                "{:?} {object}",
                pair.cases
            );
        }
    }
    let again = pairs(7, 120);
    let cases =
        |pairs: &[super::pairs::Pair]| pairs.iter().map(|pair| pair.cases).collect::<Vec<_>>();
    assert_eq!(cases(&chosen), cases(&again));
    assert_ne!(cases(&chosen), cases(&pairs(8, 120)));
}

#[test]
fn the_same_set_up_gives_the_same_trail() {
    let asked = [("log-modified", Some(1)), ("digest-deleted", Some(4))];
    let one = generate(&Setup::default(), &asked);
    let other = generate(&Setup::default(), &asked);
    assert!(!differs(&one, &other));
    assert_eq!(one.truths, other.truths);
    let seeded = Setup {
        seed: 2,
        ..Setup::default()
    };
    assert!(differs(&one, &generate(&seeded, &asked)));
}

#[test]
fn a_streamed_trail_is_the_one_that_is_held_in_memory() {
    let setup = Setup::organization();
    let mut streamed: BTreeMap<Object, Stored> = BTreeMap::new();
    let trail = stream(&setup, &mut |object, stored| {
        assert!(streamed.insert(object, stored).is_none());
    });
    let held = generate(&setup, &[]);
    assert!(streamed == held.objects);
    assert_eq!((trail.start(), trail.end()), (held.start(), held.end()));
}

#[test]
fn a_folder_holds_every_object_and_what_aws_would_answer() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("log-archived", None),
        ("folder-markers", None),
        ("log-odd-name", None),
    ];
    let trail = generate(&Setup::organization(), &cases);
    trail.write(folder.path());
    for (object, stored) in &trail.objects {
        let path = folder.path().join(&object.bucket).join(&object.key);
        if object.key.ends_with('/') {
            assert!(path.is_dir());
        } else {
            assert!(std::fs::read(path).unwrap() == stored.body);
        }
    }
    let read = |name: &str| -> Value {
        serde_json::from_slice(&std::fs::read(folder.path().join(name)).unwrap()).unwrap()
    };
    let metadata = read("object-metadata.json");
    let archived = &trail.truths[0].named["log-unreadable"][0];
    assert_eq!(metadata[archived.to_string()]["storage_class"], "GLACIER");
    let digests = trail.chains.len() * trail.setup.hours;
    assert_eq!(metadata.as_object().unwrap().len(), digests + 1);
    assert_eq!(
        read("public-keys/eu-west-1.json"),
        trail.public_keys("eu-west-1")
    );
    assert_eq!(
        read("public-keys.json")["PublicKeyList"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(read("trail.json")["trailList"][0]["TrailARN"], trail.arn());
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
    assert!((177_000..197_000).contains(&unpacked), "{unpacked} bytes");
    assert!((18_400..22_400).contains(&packed), "{packed} bytes");
}
