//! What AWS does not allow.

use super::{Served, Verified, whole};
use crate::bucket_server::{Content, Fault, FaultKind, Operation};
use crate::trail::{Setup, generate};

/// From now on every call of the operation is denied.
fn deny(served: &Served, operation: Operation) {
    let (status, code) = match operation {
        Operation::ListObjectsV2 | Operation::GetObject => (403, "AccessDenied"),
        _ => (400, "AccessDeniedException"),
    };
    served.server.fault(Fault {
        operation,
        contains: None,
        kind: FaultKind::Status(status, code),
        times: None,
    });
}

#[test]
fn without_get_trail_status_the_verdict_is_the_same_and_a_note_says_so() {
    for tampers in [&[][..], &[("log-modified", None)]] {
        let served = Served::new(generate(&Setup::default(), tampers));
        let allowed = served.verify(&[]);
        deny(&served, Operation::GetTrailStatus);
        let denied = served.verify(&[]);
        assert_eq!(denied.run.code, allowed.run.code);
        assert_eq!(denied.json["findings"], allowed.json["findings"]);
        assert!(!allowed.notes().contains("GetTrailStatus"));
        assert!(
            denied.notes().contains("GetTrailStatus"),
            "{}",
            denied.notes()
        );
    }
}

#[test]
fn without_describe_trails_one_sentence_names_the_other_way_which_works() {
    let served = Served::intact(&Setup::organization());
    deny(&served, Operation::DescribeTrails);
    let run = served.by_arn().args(whole(&served.trail)).run().exits(3);
    let said = run.one_sentence();
    assert!(said.contains("--s3-uri"), "{said}");
    assert!(said.contains("cloudtrail:DescribeTrails"), "{said}");
    assert!(said.contains(&served.trail.arn()), "{said}");
    Verified::of(served.by_uri().args(whole(&served.trail))).exits(0);
}

#[test]
fn a_trail_that_is_not_there_is_said_with_the_other_way() {
    let served = Served::intact(&Setup::default());
    let arn = served.trail.arn() + "-of-last-year";
    let run = super::auditor(&served.server.url())
        .args(["verify", "--trail-arn", &arn])
        .run()
        .exits(3);
    let said = run.one_sentence();
    assert!(said.contains(&arn) && said.contains("--s3-uri"), "{said}");
}

#[test]
fn without_public_keys_signatures_are_unverified_and_nobody_is_blamed() {
    let served = Served::intact(&Setup::many_regions());
    deny(&served, Operation::ListPublicKeys);
    let report = served.verify(&[]).exits(3);
    assert_eq!(report.json["outcome"], "incomplete");
    report.blames_nobody();
    assert_eq!(report.count("digests", "valid"), 0);
    let said = report.json["findings"].to_string();
    assert!(said.contains("cloudtrail:ListPublicKeys"), "{said}");
    // What the keys are not needed for is found all the same.
    let served = Served::new(generate(&Setup::default(), &[("log-modified", None)]));
    deny(&served, Operation::ListPublicKeys);
    let report = served.verify(&[]);
    let modified = served.trail.truths[0].named["log-modified"][0].to_string();
    assert!(
        report.said().iter().any(|said| said.contains(&modified)),
        "{:#?}",
        report.said()
    );
    assert_ne!(report.run.code, Some(0));
}

#[test]
fn a_region_without_keys_leaves_the_others_judged() {
    let served = Served::intact(&Setup::many_regions());
    served.server.fault(Fault {
        operation: Operation::ListPublicKeys,
        contains: Some("eu-west-1".to_owned()),
        kind: FaultKind::Status(400, "AccessDeniedException"),
        times: None,
    });
    let report = served.verify(&[]).exits(3);
    report.blames_nobody();
    assert!(report.findings().iter().all(|finding| {
        let chain = finding["chain"].as_str().unwrap_or_default();
        chain.contains("eu-west-1")
    }));
    let hours = served.trail.setup.hours as u64;
    assert_eq!(report.count("digests", "valid"), 2 * hours);
}

#[test]
fn without_list_bucket_nothing_is_valid() {
    let served = Served::intact(&Setup::default());
    deny(&served, Operation::ListObjectsV2);
    for run in [served.by_arn(), served.by_uri()] {
        let report = Verified::of(run.args(whole(&served.trail))).exits(3);
        report.blames_nobody();
        let said = report.json["findings"].to_string();
        assert!(said.contains("s3:ListBucket"), "{said}");
        let said = report.said();
        let mut listings = said.iter();
        let failed = listings.any(|said| said.starts_with("unverified listing-failed"));
        assert!(failed, "{said:#?}");
    }
}

#[test]
fn without_get_object_nothing_is_valid() {
    let served = Served::intact(&Setup::default());
    deny(&served, Operation::GetObject);
    let report = served.verify(&[]).exits(3);
    report.blames_nobody();
    assert_eq!(report.count("digests", "valid"), 0);
    assert_eq!(report.count("log_files", "valid"), 0);
    let said = report.json["findings"].to_string();
    assert!(
        said.contains("s3:GetObject") && said.contains("kms:Decrypt"),
        "{said}"
    );
}

#[test]
fn a_bucket_that_is_gone_or_empty_is_never_valid() {
    let trail = generate(&Setup::default(), &[]);
    let gone = || {
        let mut content = Content::new();
        content.trails = trail.describe_trails();
        content
    };
    let mut empty = gone();
    empty.bucket(&trail.setup.bucket, "us-east-1");
    for content in [gone(), empty] {
        let served = Served::with(trail.clone(), content);
        let report = served.verify(&[]).exits(3);
        report.blames_nobody();
        assert!(!report.findings().is_empty());
    }
}
