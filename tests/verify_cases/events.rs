//! What events say, where they are asked for.

use trailcheck::digest::verification::Events;

use super::inquiry::{Inquiry, told};
use super::truth::object;
use crate::trail::{Setup, cases, generate};

#[test]
fn events_of_intact_log_files_are_counted_and_contradict_nothing() {
    let setup = Setup {
        events_per_file: 3,
        ..Setup::many_regions()
    };
    let trail = generate(&setup, &[]);
    let mut inquiry = Inquiry::about(&trail);
    inquiry.request.events = true;
    let found = inquiry.run();
    assert_eq!(found.outcome_name(), "valid", "{}", told(&found));
    for chain in &found.chains {
        let events: &Events = chain.events.as_ref().unwrap();
        let files = setup.hours * setup.files_per_hour;
        assert_eq!(events.count, (files * setup.events_per_file) as u64);
        assert!(
            events.contradictions.is_empty(),
            "{:?}",
            events.contradictions
        );
        assert!(events.oldest < events.newest);
    }
}

#[test]
fn reading_events_changes_no_verdict() {
    let setup = Setup {
        events_per_file: 3,
        ..Setup::many_regions()
    };
    for case in cases().filter(|case| !case.name.ends_with("-bomb")) {
        let trail = generate(&setup, &[(case.name, None)]);
        let mut inquiry = Inquiry::about(&trail);
        let without = inquiry.run();
        inquiry.request.events = true;
        let with = inquiry.run();
        assert_eq!(with.findings, without.findings, "{}", case.name);
        assert_eq!(with.objects, without.objects, "{}", case.name);
    }
}

#[test]
fn an_event_of_another_account_in_a_log_file_that_is_as_its_digest_says_is_told() {
    let setup = Setup {
        events_per_file: 3,
        ..Setup::many_regions()
    };
    let trail = generate(&setup, &[("event-of-another-account", None)]);
    let mut inquiry = Inquiry::about(&trail);
    inquiry.request.events = true;
    let found = inquiry.run();
    assert_eq!(found.outcome_name(), "valid", "{}", told(&found));
    let events = found
        .chains
        .iter()
        .filter_map(|chain| chain.events.as_ref());
    let contradictions: Vec<_> = events.flat_map(|events| &events.contradictions).collect();
    let [contradiction] = contradictions[..] else {
        panic!("not one: {contradictions:?}");
    };
    let log = &trail.chains[0].digests[setup.hours / 2].logs[0];
    assert_eq!(contradiction.object, object(&log.object));
    let detail = &contradiction.detail;
    assert!(detail.contains("999988887777"), "{detail}");
}
