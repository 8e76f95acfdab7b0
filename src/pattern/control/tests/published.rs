//! The patterns that CIS and AWS Security Hub print: whoever pasted one is covered.

use super::{Answer, Caught, Control, Verdict, control, is_of, misses, table};
use crate::pattern::filter;

/// Rule, where it is printed, and the pattern.
const PUBLISHED: &str = include_str!("published.tsv");

fn published() -> Vec<(&'static Control, &'static str, &'static str)> {
    let rows = PUBLISHED
        .lines()
        .map(|row| row.split('\t').collect::<Vec<_>>());
    rows.map(|row| match row.as_slice() {
        [rule, printed, pattern] => (control(rule), *printed, *pattern),
        _ => panic!("{row:?}"),
    })
    .collect()
}

fn caught_by_filter(pattern: &str) -> Caught {
    let pattern = filter::Pattern::parse(pattern).unwrap_or_else(|e| panic!("{pattern}: {e}"));
    table().catch(&|sample| pattern.matches(&sample.record))
}

#[test]
fn every_published_pattern_covers_its_control() {
    for (control, printed, pattern) in published() {
        let verdict = control.judge(&caught_by_filter(pattern));
        assert_eq!(verdict, Verdict::Covers, "{} of {printed}", control.rule);
    }
}

#[test]
fn every_control_of_cis_has_a_published_pattern() {
    for control in table().controls() {
        let printed = published()
            .iter()
            .filter(|row| row.0.rule == control.rule)
            .count();
        assert_eq!(
            printed == 0,
            control.rule == "alarm-trail-tampering",
            "{}",
            control.rule
        );
    }
}

#[test]
fn each_controls_own_filter_pattern_covers_it_and_no_other() {
    for control in table().controls() {
        let caught = caught_by_filter(control.filter_pattern());
        for other in table().controls() {
            let covers = other.judge(&caught) == Verdict::Covers;
            assert_eq!(
                covers,
                other.rule == control.rule,
                "{} by {}",
                other.rule,
                control.rule
            );
        }
    }
}

#[test]
fn the_filter_and_the_event_pattern_of_a_control_catch_the_same() {
    for control in table().controls() {
        let by_event = super::caught_by_event(table(), control.event_pattern());
        assert_eq!(
            caught_by_filter(control.filter_pattern()),
            by_event,
            "{}",
            control.rule
        );
    }
}

#[test]
fn a_published_pattern_with_one_name_spoiled_misses_exactly_that() {
    let mut spoiled = 0;
    for (control, printed, pattern) in published() {
        for sample in control.samples().iter().filter(|sample| sample.by_root) {
            let name = sample.event.as_str();
            let Some(less) = without(pattern, name) else {
                continue;
            };
            let less = filter::Pattern::parse(&less).unwrap();
            let verdict = control.judge(&table().catch(&|sample| match is_of(control, sample) {
                true => less.matches(&sample.record),
                false => Answer::No,
            }));
            assert_eq!(verdict, misses(&[name]), "{} of {printed}", control.rule);
            spoiled += 1;
        }
    }
    assert!(spoiled > 150, "{spoiled}");
}

/// The pattern with another event's name in the place of this one's.
fn without(pattern: &str, name: &str) -> Option<String> {
    [
        format!("= {name})"),
        format!("={name})"),
        format!("= \"{name}\")"),
    ]
    .iter()
    .find(|term| pattern.contains(term.as_str()))
    .map(|term| pattern.replace(term.as_str(), "= Nothing)"))
}

#[test]
fn terms_in_another_order_cover_as_well() {
    let backwards = "{ (($.eventName = StopLogging) || ($.eventName = StartLogging) || \
        ($.eventName = DeleteTrail) || ($.eventName = UpdateTrail) || \
        ($.eventName = CreateTrail)) && ($.eventSource = cloudtrail.amazonaws.com) }";
    let verdict = control("alarm-cloudtrail-changes").judge(&caught_by_filter(backwards));
    assert_eq!(verdict, Verdict::Covers);
}

#[test]
fn tautologies_impossible_terms_and_misspellings_are_told_apart() {
    let cloudtrail = control("alarm-cloudtrail-changes");
    let names = "($.eventName = CreateTrail) || ($.eventName = UpdateTrail) || \
        ($.eventName = DeleteTrail) || ($.eventName = StartLogging) || ($.eventName = StopLogging)";
    for (pattern, wanted) in [
        (format!("{{ {names} }}"), Verdict::Covers),
        (
            format!("{{ {names} || ($.eventName = \"*\") }}"),
            Verdict::OverBroad,
        ),
        (
            "{ ($.eventName != CreateTrail) || ($.eventName != StopLogging) }".to_owned(),
            Verdict::OverBroad,
        ),
        (
            "{ ($.eventName = CreateTrail) && ($.eventName = StopLogging) }".to_owned(),
            Verdict::NeverFires,
        ),
        (
            format!("{{ ({names}) && ($.eventType = AwsServiceEvent) }}"),
            Verdict::NeverFires,
        ),
        (
            format!("{{ ({names}) && ($.requestParameters = \"*\") }}"),
            Verdict::NeverFires,
        ),
        (
            "{ $.eventName = stoplogging }".to_owned(),
            Verdict::NeverFires,
        ),
        (
            "{ $.eventName = DisableKey }".to_owned(),
            Verdict::Unrelated,
        ),
        (
            "{ $.userIdentity.type = root }".to_owned(),
            Verdict::NeverFires,
        ),
        (
            "{ $.eventName = PutBucketLifecycleConfiguration }".to_owned(),
            Verdict::NeverFires,
        ),
    ] {
        assert_eq!(
            cloudtrail.judge(&caught_by_filter(&pattern)),
            wanted,
            "{pattern}"
        );
    }
}
