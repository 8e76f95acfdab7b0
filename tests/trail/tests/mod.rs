//! Whether what is generated is what it is said to be.

mod combined;
mod shape;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::tampering::When;
use super::{Folder, Object, Setup, Stored, Trail, case, cases, generate, stream};

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
    let root = tempfile::tempdir().unwrap();
    let mut folder = Folder::new(root.path());
    let trail = stream(&setup, &mut |object, stored| {
        folder.put(&object, &stored);
        assert!(streamed.insert(object, stored).is_none());
    });
    folder.finish(&trail);
    assert!(root.path().join("public-keys/us-east-1.json").exists());
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
