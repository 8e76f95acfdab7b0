//! Snapshots: what was seen is saved, and judged later as it would have been at once.

use std::fs;
use std::io::Read;

use super::accounts::TWO_REGIONS;
use super::good::Good;
use super::run::{Report, Trailcheck, assert_changes};

#[test]
fn a_saved_snapshot_is_judged_like_the_live_account_without_credentials_or_network() {
    let good = Good::on_moto();
    let live = Trailcheck::on(&good.account).audit(TWO_REGIONS);
    let folder = tempfile::tempdir().expect("a folder");
    let plain = folder.path().join("seen.json");
    let zipped = folder.path().join("seen.json.gz");
    for file in [&plain, &zipped] {
        let run = Trailcheck::on(&good.account)
            .args(["snapshot", "--output"])
            .args([file])
            .args(TWO_REGIONS)
            .run()
            .exits(0);
        assert_eq!(run.stdout, "");
    }
    for file in [&plain, &zipped] {
        let args = ["--snapshot", file.to_str().expect("a UTF-8 path")];
        let offline = Trailcheck::bare().audit(&args);
        assert_changes(&live, &offline, &[]);
        assert_eq!(
            (offline.code, offline.outcome()),
            (live.code, live.outcome())
        );
        for part in ["rules", "summary"] {
            assert_eq!(offline.json[part], live.json[part], "{part}");
        }
    }
    // The file holds more than today's rules read, and the report does not show it.
    let text = fs::read_to_string(&plain).expect("the snapshot");
    let seen: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let account = &seen["accounts"][0];
    for fact in [
        &account["trails"][0]["tags"],
        &account["keys"][0]["policy"],
        &account["buckets"][0]["encryption"],
    ] {
        assert!(fact.get("known").is_some(), "{fact}");
    }
    let mut start = [0; 2];
    let mut file = fs::File::open(&zipped).expect("the snapshot");
    file.read_exact(&mut start).expect("two bytes");
    assert_eq!(start, [0x1f, 0x8b], "gzip, by the name's suffix");
}

#[test]
fn a_saved_snapshot_gives_the_same_report_byte_for_byte_whenever_it_is_judged() {
    let good = Good::on_moto();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("seen.json.gz");
    Trailcheck::on(&good.account)
        .args(["snapshot", "-o"])
        .args([&file])
        .args(TWO_REGIONS)
        .run()
        .exits(0);
    for format in ["json", "table", "sarif"] {
        let judge = || {
            Trailcheck::bare()
                .args(["audit", "--format", format, "--snapshot"])
                .args([&file])
                .run()
                .exits(3)
                .stdout
        };
        assert_eq!(judge(), judge(), "{format}");
    }
}

#[test]
fn a_snapshot_taken_for_one_rule_is_unknown_under_another() {
    let good = Good::on_moto();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("seen.json");
    Trailcheck::on(&good.account)
        .args(["snapshot", "--rule", "trail-logging", "-o"])
        .args([&file])
        .args(TWO_REGIONS)
        .run()
        .exits(0);
    let path = file.to_str().expect("a UTF-8 path");
    let run = Trailcheck::bare()
        .args(["audit", "--format", "json", "--snapshot", path])
        .args(["--rule", "trail-logging,root-mfa"])
        .run()
        .exits(3);
    let report = Report::of(&run);
    assert_eq!(report.the("trail-logging")["status"], "pass");
    assert_eq!(report.the("root-mfa")["status"], "unknown");
    assert_eq!(report.the("root-mfa")["gap"]["kind"], "not-collected");
}
