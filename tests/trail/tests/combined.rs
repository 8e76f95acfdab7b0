//! What several cases come to together.

use std::collections::BTreeSet;

use super::super::pairs::Pair;
use super::super::{Object, Setup, cases, generate, pairs};

#[test]
fn what_a_case_alone_did_can_be_named_as_what_it_is() {
    for case in cases() {
        let trail = generate(&Setup::many_regions(), &[(case.name, None)]);
        for (kind, objects) in &trail.truths[0].named {
            for expected in trail.expected() {
                if objects.contains(&expected.object) {
                    // Nothing tells of log files whose digest is gone with them, nor of
                    // the digests of a chain that has none left.
                    let gone = ["digest-and-logs-deleted", "digest-all-deleted"];
                    let missing = kind.ends_with("-missing") && gone.contains(&case.name);
                    let about = format!("{}: {expected:?}", case.name);
                    assert!(expected.must || missing, "{about}");
                    assert!(expected.kinds.contains(kind) || missing, "{about}");
                }
            }
        }
    }
}

#[test]
fn digests_that_nothing_tells_of_are_not_asked_for() {
    let setup = Setup::default();
    let missing = |asked: &[(&str, Option<usize>)]| -> Vec<usize> {
        let trail = generate(&setup, asked);
        let named: Vec<Object> = trail
            .must_name()
            .into_iter()
            .map(|(object, _)| object)
            .collect();
        let digests = trail.chains[0].digests.iter().enumerate();
        let asked = digests.filter(|(_, digest)| named.contains(&digest.object(&setup)));
        asked.map(|(hour, _)| hour).collect()
    };
    assert_eq!(missing(&[("digest-run-deleted", Some(1))]), [2]);
    assert_eq!(missing(&[("digest-run-deleted", Some(2))]), [1, 2, 3]);
    assert_eq!(missing(&[("digest-run-deleted", Some(4))]), [3, 4, 5]);
    assert_eq!(missing(&[("digest-all-deleted", None)]), [0_usize; 0]);
    let restarted = [("digest-deleted", Some(2)), ("chain-restarted", Some(3))];
    assert_eq!(missing(&restarted), [3]);
    let forged = [("digest-deleted", Some(2)), ("forged-digest", Some(3))];
    assert_eq!(missing(&forged), [2, 3]);
}

#[test]
fn a_modified_log_file_of_a_lost_hour_cannot_be_told_from_others() {
    let lost = [("digest-deleted", Some(2)), ("log-modified", Some(2))];
    let trail = generate(&Setup::default(), &lost);
    let log = &trail.truths[1].named["log-modified"][0];
    let named = trail.must_name();
    let (_, kinds) = named.iter().find(|(object, _)| object == log).unwrap();
    assert_eq!(kinds, &["log-digest-missing"]);
    let gone = [("digest-deleted", Some(2)), ("log-deleted", Some(2))];
    let named = generate(&Setup::default(), &gone).must_name();
    assert_eq!(named.len(), 1, "{named:?}");
}

#[test]
fn pairs_are_of_many_kinds_and_can_be_made() {
    let chosen = pairs(7, 120);
    let names: BTreeSet<&str> = chosen
        .iter()
        .flat_map(|pair| pair.cases)
        .map(|(name, _)| name)
        .collect();
    assert!(names.len() > 70, "{}", names.len());
    for pair in &chosen {
        let trail = generate(&pair.setup, &pair.cases);
        for (truth, (name, _)) in trail.truths.iter().zip(pair.cases) {
            assert_eq!(truth.case, name);
        }
        for (object, kinds) in trail.must_name() {
            let missing = kinds.iter().any(|kind| kind.ends_with("-missing"));
            assert!(
                missing || trail.objects.contains_key(&object),
                "{:?} {object}",
                pair.cases
            );
        }
    }
    let again = pairs(7, 120);
    let cases = |pairs: &[Pair]| pairs.iter().map(|pair| pair.cases).collect::<Vec<_>>();
    assert_eq!(cases(&chosen), cases(&again));
    assert_ne!(cases(&chosen), cases(&pairs(8, 120)));
}
