//! What goes wrong on the way: it is tried again, or it is unverified, and never tampering.

use super::{Served, Verified, whole};
use crate::bucket_server::{Fault, FaultKind, Operation};
use crate::trail::{Setup, Trail, generate};

/// What goes wrong, whether another attempt is worth it, and a word of why.
struct Row {
    kind: FaultKind,
    again: bool,
    says: &'static str,
}

const fn row(kind: FaultKind, again: bool, says: &'static str) -> Row {
    Row { kind, again, says }
}

/// With an object.
const OBJECTS: [Row; 10] = [
    row(FaultKind::Reset, true, "connection"),
    row(FaultKind::Hang, false, "--call-timeout"),
    row(FaultKind::Truncated, true, "broke off"),
    row(FaultKind::Status(503, "SlowDown"), true, "SlowDown"),
    row(
        FaultKind::Status(500, "InternalError"),
        true,
        "InternalError",
    ),
    row(FaultKind::Empty200, true, "no `ETag`"),
    row(FaultKind::WrongXml, true, "no `ETag`"),
    row(
        FaultKind::Status(403, "AccessDenied"),
        false,
        "s3:GetObject",
    ),
    row(
        FaultKind::Status(403, "InvalidObjectState"),
        false,
        "InvalidObjectState",
    ),
    row(
        FaultKind::Status(400, "KMS.DisabledException"),
        false,
        "KMS.DisabledException",
    ),
];

/// With a page of a listing.
const LISTINGS: [Row; 8] = [
    row(FaultKind::Reset, true, "connection"),
    row(FaultKind::Hang, false, "--call-timeout"),
    row(FaultKind::Truncated, true, ""),
    row(FaultKind::Status(503, "SlowDown"), true, "SlowDown"),
    row(
        FaultKind::Status(500, "InternalError"),
        true,
        "InternalError",
    ),
    row(FaultKind::Empty200, false, ""),
    row(FaultKind::WrongXml, false, ""),
    row(
        FaultKind::Status(403, "AccessDenied"),
        false,
        "s3:ListBucket",
    ),
];

/// With the list of public keys.
const KEYS: [Row; 8] = [
    row(FaultKind::Reset, true, "connection"),
    row(FaultKind::Hang, false, "--call-timeout"),
    row(FaultKind::Truncated, true, ""),
    row(
        FaultKind::Status(400, "ThrottlingException"),
        true,
        "ThrottlingException",
    ),
    row(
        FaultKind::Status(500, "InternalFailure"),
        true,
        "InternalFailure",
    ),
    row(FaultKind::Empty200, false, ""),
    row(FaultKind::WrongXml, false, ""),
    row(
        FaultKind::Status(400, "AccessDeniedException"),
        false,
        "cloudtrail:ListPublicKeys",
    ),
];

/// A trail and a fault that meets part of it, so often.
fn faulty(
    trail: &Trail,
    row: &Row,
    operation: Operation,
    part: &str,
    times: Option<usize>,
) -> Served {
    let served = Served::new(trail.clone());
    served.server.fault(Fault {
        operation,
        contains: Some(part.to_owned()),
        kind: row.kind,
        times,
    });
    served
}

fn verify(served: &Served, row: &Row) -> Verified {
    let run = served.by_arn().args(whole(&served.trail)).args(["--all"]);
    // One attempt more is enough to tell, and the third is a long time coming.
    Verified::of(run.args(patience(row)).env("AWS_MAX_ATTEMPTS", "2"))
}

/// What never answers is not waited for long. All attempts at a call share that time.
fn patience(row: &Row) -> &'static [&'static str] {
    match row.kind {
        FaultKind::Hang => &["--call-timeout", "1s"],
        _ => &[],
    }
}

/// Eight hours of a trail, to have something else beside what goes wrong.
fn trail() -> Trail {
    let setup = Setup {
        hours: 8,
        ..Setup::default()
    };
    generate(&setup, &[])
}

/// The key of the fourth digest, and of a log file that it names.
fn objects(trail: &Trail) -> (String, String) {
    let digest = &trail.chains[0].digests[3];
    (
        digest.object(&trail.setup).key,
        digest.logs[1].object.key.clone(),
    )
}

/// The details of all findings.
fn details(report: &Verified) -> String {
    let details = report.findings().iter();
    let details = details.filter_map(|finding| finding["detail"].as_str());
    details.collect::<Vec<_>>().join("\n")
}

/// Once: what is worth another attempt is read in the end, at the cost of one more request.
fn once(trail: &Trail, key: &str, kind_of_object: &str) {
    let url = format!("s3://{}/{key}", trail.setup.bucket);
    for row in &OBJECTS {
        let served = faulty(trail, row, Operation::GetObject, key, Some(1));
        let report = verify(&served, row);
        report.blames_nobody();
        let gets = served.server.gets();
        if row.again {
            let mut twice = served.each_object_once();
            twice.insert(url.clone(), 2);
            assert_eq!(
                report.run.code,
                Some(0),
                "{:?}: {}",
                row.kind,
                details(&report)
            );
            assert_eq!(report.said(), [""; 0]);
            assert_eq!(gets, twice, "{:?}", row.kind);
        } else {
            assert_eq!(report.run.code, Some(3), "{:?}", row.kind);
            let unreadable = format!("unverified {kind_of_object} {url}");
            assert!(
                report.said().contains(&unreadable),
                "{:?}: {:#?}",
                row.kind,
                report.said()
            );
        }
        // The log files of a digest that is unreadable are not asked for.
        assert!(
            gets.values().all(|times| *times == 1) != row.again,
            "{gets:?}"
        );
    }
}

#[test]
fn a_log_file_that_comes_at_the_second_attempt_is_valid() {
    let trail = trail();
    let (_, log) = objects(&trail);
    once(&trail, &log, "log-unreadable");
}

#[test]
fn a_digest_that_comes_at_the_second_attempt_is_valid() {
    let trail = trail();
    let (digest, _) = objects(&trail);
    once(&trail, &digest, "digest-unreadable");
}

#[test]
fn a_log_file_that_never_comes_is_unverified_and_all_others_are_judged() {
    let trail = trail();
    let (_, log) = objects(&trail);
    let url = format!("s3://{}/{log}", trail.setup.bucket);
    for row in &OBJECTS {
        let served = faulty(&trail, row, Operation::GetObject, &log, None);
        let report = verify(&served, row).exits(3);
        let said = format!("unverified log-unreadable {url}");
        assert_eq!(report.said(), [said], "{:?}", row.kind);
        assert!(
            details(&report).contains(row.says),
            "{:?}: {}",
            row.kind,
            details(&report)
        );
        let others = trail.objects.len() as u64 - 1;
        let valid = report.count("log_files", "valid") + report.count("digests", "valid");
        assert_eq!(valid, others, "{:?}", row.kind);
    }
}

/// The next digest tells its hash, so that only its own log files are left open.
#[test]
fn a_digest_that_never_comes_is_unverified_with_its_log_files_and_all_others_are_judged() {
    let trail = trail();
    let (digest, _) = objects(&trail);
    let url = format!("s3://{}/{digest}", trail.setup.bucket);
    for row in &OBJECTS {
        let served = faulty(&trail, row, Operation::GetObject, &digest, None);
        let report = verify(&served, row).exits(3);
        report.blames_nobody();
        let said = report.said();
        assert!(
            said.contains(&format!("unverified digest-unreadable {url}")),
            "{said:#?}"
        );
        assert!(
            details(&report).contains(row.says),
            "{:?}: {}",
            row.kind,
            details(&report)
        );
        let (hours, files) = (trail.setup.hours as u64, trail.setup.files_per_hour as u64);
        assert_eq!(
            report.count("digests", "valid"),
            hours - 1,
            "{:?}",
            row.kind
        );
        let valid = report.count("log_files", "valid");
        assert_eq!(valid, (hours - 1) * files, "{:?}: {said:#?}", row.kind);
    }
}

#[test]
fn many_objects_that_never_come_are_each_unverified() {
    let trail = trail();
    let day = "/CloudTrail/us-east-1/";
    let slow = row(FaultKind::Status(503, "SlowDown"), true, "");
    let served = faulty(&trail, &slow, Operation::GetObject, day, None);
    let report = verify(&served, &slow).exits(3);
    report.blames_nobody();
    let files = (trail.setup.hours * trail.setup.files_per_hour) as u64;
    assert_eq!(report.count("log_files", "unverified"), files);
    assert_eq!(report.count("digests", "valid"), trail.setup.hours as u64);
}

/// Something altered stays altered, whatever else cannot be read.
#[test]
fn what_is_altered_is_told_apart_from_what_does_not_come() {
    let trail = generate(&Setup::default(), &[("log-modified", None)]);
    let other = trail.chains[0].digests[1].logs[0].object.clone();
    let reset = row(FaultKind::Reset, true, "");
    let served = faulty(&trail, &reset, Operation::GetObject, &other.key, None);
    let report = verify(&served, &reset).exits(1);
    let modified = &trail.truths[0].named["log-modified"][0];
    let mut said = report.said();
    said.sort();
    let expected = [
        format!("altered log-modified {modified}"),
        format!("unverified log-unreadable {other}"),
    ];
    assert_eq!(said, expected);
}

/// The regular digest of the time is there and does not name the log file: the backfill digest
/// that cannot be read may.
#[test]
fn a_backfill_digest_that_never_comes_leaves_its_log_file_unverified() {
    let trail = generate(&Setup::default(), &[("backfill", None)]);
    let backfill = trail.chains[0].backfills[1].clone();
    let key = backfill.object(&trail.setup).key;
    let reset = row(FaultKind::Reset, true, "");
    let served = faulty(&trail, &reset, Operation::GetObject, &key, None);
    let report = verify(&served, &reset).exits(3);
    report.blames_nobody();
    let log = backfill.logs[0].object.to_string();
    let unverified = report.objects_where(|verdict, _| verdict == "unverified");
    assert!(unverified.contains(&log), "{unverified:#?}");
}

/// The listings: of accounts, of digests and of log files.
#[test]
fn a_listing_that_comes_at_the_second_attempt_costs_nothing() {
    let trail = trail();
    for part in [
        "AWSLogs/",
        "CloudTrail-Digest/us-east-1/",
        "CloudTrail/us-east-1/",
    ] {
        for row in LISTINGS.iter().filter(|row| row.again) {
            let served = faulty(&trail, row, Operation::ListObjectsV2, part, Some(1));
            let report = verify(&served, row);
            assert_eq!(
                report.run.code,
                Some(0),
                "{part} {:?}: {}",
                row.kind,
                details(&report)
            );
            assert_eq!(served.server.gets(), served.each_object_once());
        }
    }
}

#[test]
fn a_listing_that_never_comes_is_said_and_blames_nobody() {
    let trail = trail();
    for part in [
        "AWSLogs/",
        "CloudTrail-Digest/us-east-1/",
        "CloudTrail/us-east-1/",
    ] {
        for row in &LISTINGS {
            let served = faulty(&trail, row, Operation::ListObjectsV2, part, None);
            let report = verify(&served, row);
            assert_eq!(
                report.run.code,
                Some(3),
                "{part} {:?}: {:#?}",
                row.kind,
                report.said()
            );
            report.blames_nobody();
            let said = report.said();
            let failed = said
                .iter()
                .any(|said| said.starts_with("unverified listing-failed"));
            assert!(failed, "{part} {:?}: {said:#?}", row.kind);
            assert!(
                details(&report).contains(row.says),
                "{:?}: {}",
                row.kind,
                details(&report)
            );
        }
    }
}

#[test]
fn keys_that_come_at_the_second_attempt_cost_nothing() {
    let trail = trail();
    for row in KEYS.iter().filter(|row| row.again) {
        let served = faulty(&trail, row, Operation::ListPublicKeys, "us-east-1", Some(1));
        let report = verify(&served, row);
        assert_eq!(
            report.run.code,
            Some(0),
            "{:?}: {}",
            row.kind,
            details(&report)
        );
        assert_eq!(served.server.count(Operation::ListPublicKeys), 2);
    }
}

#[test]
fn keys_that_never_come_leave_signatures_unverified() {
    let trail = trail();
    for row in &KEYS {
        let served = faulty(&trail, row, Operation::ListPublicKeys, "us-east-1", None);
        let report = verify(&served, row);
        assert_eq!(
            report.run.code,
            Some(3),
            "{:?}: {:#?}",
            row.kind,
            report.said()
        );
        report.blames_nobody();
        assert_eq!(report.count("digests", "valid"), 0, "{:?}", row.kind);
        assert!(
            details(&report).contains(row.says),
            "{:?}: {}",
            row.kind,
            details(&report)
        );
    }
}

#[test]
fn a_trail_that_cannot_be_described_in_time_is_refused_in_a_sentence() {
    let trail = trail();
    for row in &KEYS {
        let served = faulty(&trail, row, Operation::DescribeTrails, "", None);
        let run = served
            .by_arn()
            .args(whole(&trail))
            .args(patience(row))
            .run();
        assert_eq!(run.code, Some(3), "{:?}: {}", row.kind, run.stderr);
        run.one_sentence();
    }
}
