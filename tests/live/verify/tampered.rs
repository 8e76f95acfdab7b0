//! Trails that were tampered with: what is found in S3 is what is found in a copy.

use super::{Served, Verified, auditor, whole};
use crate::trail::{Setup, case, generate};

/// One and more of each sort, and how the run ends.
const CASES: [(&str, i32); 20] = [
    ("log-modified", 1),
    ("log-deleted", 1),
    ("log-swapped-across-regions", 1),
    ("log-moved-to-other-region", 1),
    ("log-odd-name", 1),
    ("log-appended-member", 1),
    ("log-gzip-bomb", 1),
    ("log-archived", 3),
    ("digest-run-deleted", 1),
    ("digest-all-deleted", 1),
    ("digest-and-log-modified", 1),
    ("digest-signature-missing", 1),
    ("digest-signature-not-hex", 1),
    ("digest-moved", 1),
    ("digest-nested", 1),
    ("previous-hash-wrong", 1),
    ("forged-digest", 1),
    ("validation-stopped", 1),
    ("backfill-deleted", 1),
    ("bucket-changed", 0),
];

#[test]
fn the_findings_over_the_wire_are_those_in_a_copy() {
    for (name, code) in CASES {
        let setup = match case(name).regions {
            1 => Setup::default(),
            _ => Setup::organization(),
        };
        let served = Served::new(generate(&setup, &[(name, None)]));
        let times = whole(&served.trail);
        let wire = Verified::of(served.by_uri().args(["--all"]).args(&times)).exits(code);
        let copy = tempfile::tempdir().expect("a folder");
        served.trail.write(copy.path());
        let keys = copy.path().join("public-keys");
        let offline = auditor("http://127.0.0.1:1")
            .args(["verify", "--all", "--from-dir"])
            .args([copy.path()])
            .args(["--public-keys"])
            .args([&keys])
            .args(&times);
        let offline = Verified::of(offline).exits(code);
        assert_eq!(wire.said(), offline.said(), "{name}");
        for member in ["chains", "objects", "summary"] {
            assert_eq!(wire.json[member], offline.json[member], "{name}: {member}");
        }
        // S3 refuses what is archived; a copy only tells that it was.
        if name != "log-archived" {
            assert_eq!(wire.json["findings"], offline.json["findings"], "{name}");
        }
        served.asked_only_what_is_allowed();
        // Not even what is not there is asked for twice.
        let gets = served.server.gets();
        assert!(gets.values().all(|times| *times == 1), "{name}: {gets:?}");
        // Asked about the trail, it says the same, under the trail's name also where no digest
        // is left to tell it.
        let by_arn = served.verify(&[]).exits(code);
        assert_eq!(by_arn.said().len(), wire.said().len(), "{name}");
        assert_eq!(
            by_arn.objects_where(|_, _| true),
            wire.objects_where(|_, _| true),
            "{name}"
        );
        for expected in served.trail.must_name() {
            let (object, kinds) = (expected.0.to_string(), expected.1);
            let named = wire.findings().iter().any(|finding| {
                finding["object"] == object && kinds.iter().any(|kind| finding["kind"] == *kind)
            });
            assert!(
                named,
                "{name}: {object} is not {kinds:?} in {:#?}",
                wire.said()
            );
        }
    }
}
