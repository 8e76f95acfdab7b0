//! The edges of what is asked: of time, of the trail, of the bucket.

use jiff::{SignedDuration, Timestamp};
use trailcheck::digest::finding::{Kind, Verdict};
use trailcheck::digest::verification::Verification;
use trailcheck::digest::verify::Trail as Asked;

use super::inquiry::{Inquiry, assert_count, kinds, of_kind, told};
use super::memory::{Keys, Memory};
use super::truth::object;
use crate::trail::{Setup, Trail, generate};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A day and a night of one Region.
fn long() -> Trail {
    let setup = Setup {
        hours: 12,
        events_per_file: 2,
        ..Setup::default()
    };
    generate(&setup, &[])
}

fn many_regions() -> Trail {
    let setup = Setup {
        events_per_file: 2,
        ..Setup::many_regions()
    };
    generate(&setup, &[])
}

fn assert_outcome(found: &Verification, outcome: &str) {
    assert_eq!(found.outcome_name(), outcome, "{}", told(found));
}

/// That nobody is accused of anything.
fn assert_nobody_accused(found: &Verification) {
    let mut findings = found.findings.iter();
    assert!(
        !findings.any(|finding| finding.verdict.is_tampering()),
        "{}",
        told(found)
    );
}

/// Where the digest of that hour of the first chain lies.
fn digest(trail: &Trail, hour: usize) -> trailcheck::digest::object::Object {
    object(&trail.chains[0].digests[hour].object(&trail.setup))
}

/// Where the first log file of that hour of the first chain lies.
fn log(trail: &Trail, hour: usize) -> trailcheck::digest::object::Object {
    object(&trail.chains[0].digests[hour].logs[0].object)
}

/// The trail as it is asked about by its ARN.
fn asked(trail: &Trail) -> Asked {
    let setup = &trail.setup;
    Asked {
        name: setup.trail_name.clone(),
        home_region: setup.home_region.clone(),
        account: setup.accounts[0].clone(),
        is_organization: !setup.organization_id.is_empty(),
        is_multi_region: setup.regions.len() > 1,
    }
}

#[test]
fn a_range_may_begin_and_end_anywhere_inside_of_hours() {
    let trail = long();
    for minutes in (0..=240).step_by(7) {
        for length in [1, 13, 59, 60, 61, 150, 360] {
            let start = trail.start() + MINUTE * minutes;
            let end = (start + MINUTE * length).min(trail.end());
            let found = Inquiry::about(&trail).between(start, end).run();
            assert_outcome(&found, "valid");
            let covered = found.chains[0].covered.unwrap();
            assert_eq!((covered.start, covered.end), (start, end));
        }
    }
}

#[test]
fn what_is_wrong_within_the_hour_beyond_the_range_is_said() {
    let trail = long();
    let (start, end) = (trail.start() + HOUR * 4, trail.start() + HOUR * 6);
    for hour in [3, 6] {
        let mut inquiry = Inquiry::about(&trail).between(start, end);
        let log = log(&trail, hour);
        inquiry.store.remove(&log);
        let found = inquiry.run();
        assert_outcome(&found, "tampered");
        assert_eq!(kinds(&found, &log), ["log-missing"]);
    }
    for hour in [1, 9] {
        let mut inquiry = Inquiry::about(&trail).between(start, end);
        inquiry.store.remove(&log(&trail, hour));
        assert_outcome(&inquiry.run(), "valid");
    }
}

#[test]
fn what_begins_long_before_the_chain_is_not_covered_unless_logging_began_then() {
    let trail = long();
    let early = trail.start() - HOUR * 30;
    let mut inquiry = Inquiry::about(&trail).between(early, trail.end());
    let found = inquiry.run();
    assert_outcome(&found, "incomplete");
    assert_eq!(of_kind(&found, Kind::NotCovered).len(), 1);
    inquiry.request.started_logging = Some(trail.start() - MINUTE * 10);
    assert_outcome(&inquiry.run(), "valid");
    inquiry.request.started_logging = Some(early - HOUR);
    assert_outcome(&inquiry.run(), "incomplete");
    let little = Inquiry::about(&trail).between(trail.start() - MINUTE * 50, trail.end());
    assert_outcome(&little.run(), "valid");
}

#[test]
fn validation_that_was_switched_on_later_leaves_older_log_files_unsigned() {
    let trail = generate(&long().setup, &[("chain-restarted", Some(4))]);
    let mut inquiry = Inquiry::about(&trail);
    for hour in 0..4 {
        inquiry.store.remove(&digest(&trail, hour));
    }
    let found = inquiry.run();
    assert_outcome(&found, "tampered");
    assert_eq!(kinds(&found, &digest(&trail, 4)), ["chain-start"]);
    assert_count(&found, Kind::LogMissing, 0);
    assert_count(&found, Kind::DigestMissing, 0);
}

#[test]
fn a_restart_months_ago_is_none_of_the_range() {
    let trail = generate(&long().setup, &[("logging-stopped", Some(2))]);
    let late = trail.start() + HOUR * 8;
    let found = Inquiry::about(&trail).between(late, trail.end()).run();
    assert_outcome(&found, "valid");
    assert!(found.findings.is_empty(), "{}", told(&found));
    assert_outcome(&Inquiry::about(&trail).run(), "tampered");
}

#[test]
fn the_next_digest_is_missed_only_when_it_had_time_to_come() {
    let trail = long();
    let mut inquiry = Inquiry::about(&trail).between(trail.start(), trail.end() + HOUR * 24);
    for (minutes, outcome) in [
        (1, "valid"),
        (59, "valid"),
        (119, "valid"),
        (121, "tampered"),
    ] {
        inquiry.request.now = trail.end() + MINUTE * minutes;
        let found = inquiry.run();
        assert_outcome(&found, outcome);
        let missing = of_kind(&found, Kind::DigestMissing).len();
        assert_eq!(missing, usize::from(outcome == "tampered"));
    }
}

#[test]
fn log_files_may_wait_two_hours_for_their_digest_and_no_longer() {
    let trail = long();
    let mut inquiry = Inquiry::about(&trail);
    for hour in [9, 10, 11] {
        inquiry.store.remove(&digest(&trail, hour));
    }
    let newest = trail.chains[0].digests[8].end;
    for (minutes, outcome) in [(100, "valid"), (130, "tampered")] {
        let end = newest + MINUTE * minutes;
        let mut inquiry = inquiry.clone().between(trail.start(), end);
        inquiry.request.now = end;
        let found = inquiry.run();
        assert_outcome(&found, outcome);
        assert!(!of_kind(&found, Kind::LogNotYetDigested).is_empty());
        let missing = of_kind(&found, Kind::DigestMissing).len();
        assert_eq!(missing > 0, outcome == "tampered", "{}", told(&found));
    }
}

#[test]
fn a_range_behind_the_newest_digest_is_not_covered() {
    let trail = long();
    for (from, until) in [(0, 30), (5, 50), (5, 110)] {
        let end = trail.end() + MINUTE * until;
        let mut inquiry = Inquiry::about(&trail).between(trail.end() + MINUTE * from, end);
        inquiry.request.now = end;
        let found = inquiry.run();
        assert_outcome(&found, "incomplete");
        assert_count(&found, Kind::NotCovered, 1);
    }
}

/// Another trail that delivers into the same bucket, its objects and keys beside the first's.
fn beside(inquiry: &mut Inquiry, other: &Trail) {
    inquiry.store.add(Memory::of(other));
    for (region, keys) in Keys::of(other).regions {
        let known = &mut inquiry.keys.as_mut().unwrap().regions;
        known.entry(region).or_default().extend(keys);
    }
}

#[test]
fn two_trails_that_deliver_into_one_place_do_not_accuse_each_other() {
    let one = many_regions();
    let other = generate(
        &Setup {
            trail_name: "second_trail".to_owned(),
            home_region: "eu-west-1".to_owned(),
            seed: 9,
            ..one.setup.clone()
        },
        &[],
    );
    let mut inquiry = Inquiry::about(&one);
    beside(&mut inquiry, &other);
    for (trail, foreign) in [(&one, &other), (&other, &one)] {
        let mut inquiry = inquiry.clone().between(trail.start(), trail.end());
        inquiry.request.now = trail.end() + MINUTE * 90;
        inquiry.request.trail = Some(asked(trail));
        let found = inquiry.run();
        assert_outcome(&found, "valid");
        assert_eq!(found.chains.len(), 3);
        assert!(
            found
                .objects
                .iter()
                .all(|judged| judged.verdict == Verdict::Valid)
        );
        assert_eq!(found.notes.len(), 3, "{:?}", found.notes);
        // What becomes of the other is not asked.
        let mut harmed = inquiry.clone();
        harmed.store.remove(&digest(foreign, 2));
        harmed.store.remove(&log(foreign, 4));
        let found = harmed.run();
        assert_count(&found, Kind::DigestMissing, 0);
        assert_count(&found, Kind::LogMissing, 0);
    }
    // Both, as nobody asks for one.
    let found = inquiry.run();
    assert_eq!(found.chains.len(), 6);
    assert_nobody_accused(&found);
}

#[test]
fn other_accounts_trails_in_the_bucket_are_left_alone() {
    let trail = many_regions();
    let other = generate(
        &Setup {
            accounts: vec!["777788889999".to_owned()],
            ..trail.setup.clone()
        },
        &[],
    );
    let organization = generate(
        &Setup {
            prefix: String::new(),
            ..Setup::organization()
        },
        &[],
    );
    let mut inquiry = Inquiry::about(&trail);
    beside(&mut inquiry, &other);
    beside(&mut inquiry, &organization);
    inquiry.store.remove(&digest(&other, 3));
    inquiry.store.remove(&digest(&organization, 3));
    inquiry.request.trail = Some(asked(&trail));
    let found = inquiry.run();
    assert_outcome(&found, "valid");
    assert_eq!(found.chains.len(), 3);
    assert_eq!(found.objects.len(), trail.objects.len());
    inquiry.request.trail = Some(asked(&organization));
    let found = inquiry.run();
    assert_outcome(&found, "tampered");
    assert_eq!(found.chains.len(), 6);
    inquiry.request.accounts = vec!["444455556666".to_owned()];
    let found = inquiry.run();
    assert_outcome(&found, "valid");
    assert_eq!(found.chains.len(), 3);
}

#[test]
fn a_trail_of_one_region_is_not_asked_about_others() {
    let trail = long();
    let elsewhere = generate(
        &Setup {
            regions: vec!["eu-west-1".to_owned()],
            ..trail.setup.clone()
        },
        &[],
    );
    let mut inquiry = Inquiry::about(&trail);
    beside(&mut inquiry, &elsewhere);
    inquiry.store.remove(&digest(&elsewhere, 3));
    inquiry.request.trail = Some(asked(&trail));
    assert_outcome(&inquiry.run(), "valid");
    inquiry.request.trail = None;
    assert_outcome(&inquiry.run(), "tampered");
}

#[test]
fn regions_and_accounts_that_are_not_there_are_not_covered() {
    let trail = many_regions();
    let mut inquiry = Inquiry::about(&trail);
    inquiry.request.regions = vec!["us-east-1".to_owned(), "eu-south-2".to_owned()];
    let found = inquiry.run();
    assert_outcome(&found, "incomplete");
    assert_eq!(found.chains.len(), 1);
    let findings = of_kind(&found, Kind::NotCovered);
    assert!(
        findings[0].detail.contains("`eu-south-2`"),
        "{}",
        told(&found)
    );
    inquiry.request.regions.clear();
    inquiry.request.accounts = vec!["999999999999".to_owned()];
    assert_outcome(&inquiry.run(), "incomplete");
}

#[test]
fn an_empty_bucket_and_none_at_all_are_incomplete() {
    let trail = many_regions();
    let mut inquiry = Inquiry::about(&trail);
    inquiry.store.retain(|_| false);
    let found = inquiry.run();
    assert_outcome(&found, "incomplete");
    assert_eq!(of_kind(&found, Kind::NotCovered).len(), 1);
    inquiry.request.bucket = Some("no-such-bucket".to_owned());
    let found = inquiry.run();
    assert_outcome(&found, "incomplete");
    inquiry.request.range = None;
    assert_outcome(&inquiry.run(), "incomplete");
}

#[test]
fn a_region_with_nothing_in_the_range_is_not_covered() {
    let trail = many_regions();
    let months = SignedDuration::from_hours(24 * 60);
    let mut inquiry =
        Inquiry::about(&trail).between(trail.end() + months, trail.end() + months + HOUR);
    inquiry.request.now = trail.end() + months + HOUR * 4;
    let found = inquiry.run();
    assert_outcome(&found, "incomplete");
    assert_count(&found, Kind::NotCovered, 3);
}

#[test]
fn without_a_range_all_that_is_there_is_verified() {
    let trail = many_regions();
    let mut inquiry = Inquiry::about(&trail);
    inquiry.request.range = None;
    let found = inquiry.run();
    assert_outcome(&found, "valid");
    assert_eq!(found.objects.len(), trail.objects.len());
    assert_eq!(
        (found.range.start, found.range.end),
        (trail.start(), trail.end())
    );
}

#[test]
fn an_account_that_left_the_organization_ends_its_chain() {
    let trail = generate(&Setup::organization(), &[]);
    let mut inquiry = Inquiry::about(&trail);
    let left: Timestamp = trail.start() + HOUR * 3;
    // CloudTrail writes nothing of it any more, neither log files nor digests.
    for chain in trail
        .chains
        .iter()
        .filter(|chain| chain.place.account == "444455556666")
    {
        for digest in chain.digests.iter().filter(|digest| digest.end > left) {
            inquiry.store.remove(&object(&digest.object(&trail.setup)));
            for log in &digest.logs {
                inquiry.store.remove(&object(&log.object));
            }
        }
    }
    let found = inquiry.run();
    // From outside it looks as if the newest digests and their log files were deleted.
    assert_outcome(&found, "tampered");
    let missing = of_kind(&found, Kind::DigestMissing);
    assert!(
        missing
            .iter()
            .all(|finding| finding.chain.starts_with("444455556666/"))
    );
    inquiry.request.accounts = vec!["111122223333".to_owned()];
    assert_outcome(&inquiry.run(), "valid");
    inquiry.request.accounts.clear();
    let before = inquiry.between(trail.start(), left - HOUR).run();
    assert_outcome(&before, "valid");
}

#[test]
fn a_digest_that_is_gone_and_that_the_next_one_passes_over_is_missed_by_its_hour() {
    let setup = Setup {
        hours: 8,
        events_per_file: 2,
        ..Setup::default()
    };
    let trail = generate(&setup, &[("previous-skipped", Some(5))]);
    let mut inquiry = Inquiry::about(&trail);
    let gone = digest(&trail, 4);
    inquiry.store.remove(&gone);
    let found = inquiry.run();
    assert_eq!(kinds(&found, &gone), ["digest-missing"], "{}", told(&found));
    let next = kinds(&found, &digest(&trail, 5));
    assert!(next.contains(&"digest-time-hole"), "{next:?}");
    for log in &trail.chains[0].digests[4].logs {
        assert_eq!(kinds(&found, &object(&log.object)), ["log-digest-missing"]);
    }
}
