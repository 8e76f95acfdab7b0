//! Each thing that can happen to a trail, alone.

use super::inquiry::{Inquiry, told};
use super::truth::wrong;
use crate::trail::{Setup, cases, generate};

/// A trail of one Region, one of many below a prefix, and an organization's.
fn setups() -> [Setup; 3] {
    let many = Setup {
        prefix: "audit/logs".to_owned(),
        ..Setup::many_regions()
    };
    [Setup::default(), many, Setup::organization()].map(|setup| Setup {
        events_per_file: 5,
        ..setup
    })
}

/// Fails with all that was judged wrong.
pub(super) fn assert_none(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn intact_trails_are_valid() {
    for setup in setups() {
        let trail = generate(&setup, &[]);
        let found = Inquiry::about(&trail).run();
        assert_eq!(found.outcome_name(), "valid", "{}", told(&found));
        assert!(found.findings.is_empty(), "{}", told(&found));
        let objects = found.objects.len();
        assert_eq!(objects, trail.objects.len());
        assert_eq!(found.chains.len(), trail.chains.len());
    }
}

#[test]
fn each_case_is_found_and_named_and_nothing_else_is_accused() {
    let mut failed = Vec::new();
    for (number, setup) in setups().iter().enumerate() {
        for case in cases().filter(|case| case.regions <= setup.regions.len()) {
            // A bomb takes seconds to unpack without optimisation.
            if number > 0 && case.name.ends_with("-bomb") {
                continue;
            }
            let trail = generate(setup, &[(case.name, None)]);
            let found = Inquiry::about(&trail).run();
            let wrong = wrong(&trail, &found);
            failed.extend(
                wrong
                    .iter()
                    .map(|wrong| format!("{number} {}: {wrong}", case.name)),
            );
        }
    }
    assert_none(&failed);
}
