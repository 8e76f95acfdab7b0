//! Judging a saved snapshot: what is read, and what is refused.

use std::fs;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use predicates::str::{contains, is_empty};
use serde_json::json;

use super::{home, pristine, save, trailcheck, unvalidated};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

#[test]
fn plain_packed_and_piped_snapshots_give_the_same_report() {
    let home = home();
    let json = serde_json::to_vec(&unvalidated()).unwrap();
    save(&home, &unvalidated());
    fs::write(home.path().join("snapshot.json.gz"), gzip(&json)).unwrap();
    let audit = |name: &str| {
        let mut command = trailcheck(&home);
        command.args(["audit", "--format", "json", "--snapshot", name]);
        command
    };
    let plain = audit("snapshot.json").output().unwrap();
    assert_eq!(plain.status.code(), Some(1));
    for other in [
        audit("snapshot.json.gz").output().unwrap(),
        audit("-").write_stdin(json.clone()).output().unwrap(),
        audit("-").write_stdin(gzip(&json)).output().unwrap(),
    ] {
        assert_eq!(other, plain);
    }
}

#[test]
fn a_missing_snapshot_is_one_clear_sentence() {
    trailcheck(&home())
        .args(["audit", "--snapshot", "missing.json"])
        .assert()
        .code(2)
        .stdout(is_empty())
        .stderr(contains("error: cannot read `missing.json`: "));
}

#[test]
fn what_is_no_snapshot_is_refused_with_the_reason() {
    let mut newer = pristine();
    newer["schema_version"] = json!(2);
    let mut older = pristine();
    older["schema_version"] = json!(0);
    let whole = serde_json::to_vec(&pristine()).unwrap();
    for (bytes, reason) in [
        (b"".to_vec(), "it is no JSON object"),
        (b"no trails here".to_vec(), "it is no JSON object"),
        (b"[1, 2]".to_vec(), "it is no JSON object"),
        (b"{}".to_vec(), "it has no `schema_version`"),
        (br#"{"schema_version": 1}"#.to_vec(), "missing field"),
        (whole[..whole.len() / 2].to_vec(), "EOF while parsing"),
        (gzip(&whole)[..100].to_vec(), "it is damaged gzip"),
        (
            serde_json::to_vec(&newer).unwrap(),
            "a newer trailcheck will",
        ),
        (
            serde_json::to_vec(&older).unwrap(),
            "there is no schema version 0",
        ),
    ] {
        let home = home();
        fs::write(home.path().join("bad.json"), bytes).unwrap();
        trailcheck(&home)
            .args(["audit", "--snapshot", "bad.json"])
            .assert()
            .code(2)
            .stdout(is_empty())
            .stderr(contains(
                "error: `bad.json` is not a snapshot that this build can read: ",
            ))
            .stderr(contains(reason));
    }
}

#[test]
fn a_folder_is_no_snapshot() {
    trailcheck(&home())
        .args(["audit", "--snapshot", "."])
        .assert()
        .code(2)
        .stderr(contains("error: cannot read `.`: "));
}

#[test]
fn a_snapshot_that_could_not_be_saved_is_never_collected() {
    // There are no credentials either: that the folder is named shows the order.
    trailcheck(&home())
        .args(["snapshot", "-o", "missing/prod.json.gz"])
        .assert()
        .code(2)
        .stderr(contains("there is no folder `missing`"));
}

#[cfg(not(feature = "live"))]
#[test]
fn a_build_without_aws_says_so() {
    for args in [&["audit"][..], &["snapshot", "-o", "x.json"]] {
        trailcheck(&home())
            .args(args)
            .assert()
            .code(2)
            .stdout(is_empty())
            .stderr(contains("this build cannot talk to AWS"));
    }
}
