//! Intact trails of every sort.

use super::{Served, Verified, put, whole};
use crate::bucket_server::{Content, Operation};
use crate::trail::{Setup, generate};

/// Every object is asked for once, and nothing is asked that takes another permission.
#[test]
fn an_intact_trail_is_valid_and_each_of_its_objects_is_fetched_once() {
    let single = Setup {
        regions: vec!["eu-west-1".to_owned()],
        home_region: "eu-west-1".to_owned(),
        ..Setup::default()
    };
    let prefixed = Setup {
        prefix: "audit/trails".to_owned(),
        ..Setup::many_regions()
    };
    for (setup, chains) in [
        (Setup::default(), 1),
        (single, 1),
        (prefixed, 3),
        (Setup::organization(), 6),
    ] {
        let served = Served::intact(&setup);
        let report = served.verify(&[]).exits(0);
        assert_eq!(report.json["outcome"], "valid");
        assert_eq!(report.said(), [""; 0]);
        assert_eq!(report.json["chains"].as_array().map(Vec::len), Some(chains));
        let objects = served.trail.objects.len() as u64;
        let valid = report.count("log_files", "valid") + report.count("digests", "valid");
        assert_eq!(valid, objects);
        assert_eq!(served.server.gets(), served.each_object_once());
        served.asked_only_what_is_allowed();
        assert_eq!(served.server.count(Operation::DescribeTrails), 1);
        assert_eq!(
            served.server.count(Operation::ListPublicKeys),
            setup.regions.len()
        );
    }
}

#[test]
fn the_same_trails_are_valid_by_their_buckets_uri() {
    for setup in [Setup::default(), Setup::organization()] {
        let served = Served::intact(&setup);
        let report = Verified::of(served.by_uri().args(whole(&served.trail))).exits(0);
        assert_eq!(report.said(), [""; 0]);
        assert_eq!(served.server.gets(), served.each_object_once());
        assert_eq!(served.server.count(Operation::DescribeTrails), 0);
        served.asked_only_what_is_allowed();
    }
}

/// Another account's trail, tampered with, in the same bucket is none of this one's.
#[test]
fn what_another_account_delivers_to_the_bucket_is_not_looked_at_unless_the_bucket_is_asked_about() {
    let ours = generate(&Setup::default(), &[]);
    let setup = Setup {
        accounts: vec!["444455556666".to_owned()],
        trail_name: "theirs".to_owned(),
        ..Setup::default()
    };
    let theirs = generate(&setup, &[("log-modified", None)]);
    let mut content = Content::new();
    put(&mut content, &ours);
    put(&mut content, &theirs);
    let served = Served::with(ours, content);
    let report = served.verify(&[]).exits(0);
    assert_eq!(report.said(), [""; 0]);
    assert_eq!(served.server.gets(), served.each_object_once());
    let both = Verified::of(served.by_uri().args(whole(&served.trail))).exits(1);
    let modified = &theirs.truths[0].named["log-modified"][0];
    assert_eq!(both.said(), [format!("altered log-modified {modified}")]);
}

/// Log files do not tell which trail delivered them: those of the other trail are explained
/// by its digests.
#[test]
fn the_log_files_of_another_trail_in_the_same_place_are_explained_by_its_digests() {
    let ours = generate(&Setup::default(), &[]);
    let setup = Setup {
        trail_name: "data-events".to_owned(),
        seed: 2,
        ..Setup::default()
    };
    let other = generate(&setup, &[]);
    let mut content = Content::new();
    put(&mut content, &ours);
    put(&mut content, &other);
    let served = Served::with(ours, content);
    let report = served.verify(&[]).exits(0);
    assert_eq!(report.said(), [""; 0]);
    assert_eq!(report.json["chains"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        report.json["chains"][0]["trail"],
        served.trail.setup.trail_name
    );
    assert!(report.notes().contains("data-events"), "{}", report.notes());
    let gets = served.server.gets();
    assert!(gets.values().all(|times| *times == 1), "{gets:?}");
}

#[test]
fn listings_and_keys_of_many_pages_are_read_to_the_end() {
    let setup = Setup {
        files_per_hour: 400,
        events_per_file: 1,
        ..Setup::default()
    };
    let trail = generate(&setup, &[("key-rotated", None)]);
    let mut content = Content::new();
    put(&mut content, &trail);
    content.keys_per_page = 1;
    let served = Served::with(trail, content);
    let report = served.verify(&[]).exits(0);
    assert_eq!(report.count("log_files", "valid"), 2_400);
    assert_eq!(served.server.gets(), served.each_object_once());
    assert_eq!(served.server.count(Operation::ListPublicKeys), 2);
    let keys = report.json["chains"][0]["keys"].as_array().map(Vec::len);
    assert_eq!(keys, Some(2));
}

/// S3 answers 301 and names the Region; the permission to ask where the bucket is, is not
/// needed.
#[test]
fn a_bucket_in_another_region_is_found_by_what_s3_refuses() {
    let trail = generate(&Setup::many_regions(), &[]);
    let mut content = Content::new();
    content.bucket(&trail.setup.bucket, "eu-central-1");
    put(&mut content, &trail);
    let served = Served::with(trail, content);
    for run in [served.by_arn(), served.by_uri()] {
        served.server.reset_counts();
        let report = Verified::of(run.args(whole(&served.trail))).exits(0);
        assert_eq!(report.said(), [""; 0]);
        assert_eq!(served.server.gets(), served.each_object_once());
        served.asked_only_what_is_allowed();
    }
}

/// The chain leads from the new bucket to the old one, which may be elsewhere.
#[test]
fn a_former_bucket_in_another_region_is_followed_to() {
    let trail = generate(&Setup::default(), &[("bucket-changed", None)]);
    let mut content = Content::new();
    content.bucket(&format!("{}-old", trail.setup.bucket), "ap-southeast-2");
    put(&mut content, &trail);
    let served = Served::with(trail, content);
    let report = served.verify(&[]).exits(0);
    assert_eq!(report.said(), [""; 0]);
    let mut gets = served.each_object_once();
    // The one that the chain leads to first is asked for where it is not, and S3 tells where.
    let old = &served.trail.chains[0].digests[served.trail.setup.hours / 2 - 1];
    gets.insert(old.object(&served.trail.setup).to_string(), 2);
    assert_eq!(served.server.gets(), gets);
    let buckets = report.json["chains"][0]["buckets"].as_array().map(Vec::len);
    assert_eq!(buckets, Some(2));
}
