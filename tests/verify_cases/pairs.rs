//! Two things that happen to one trail at different hours.

use std::fmt::Write as _;

use super::alone::assert_none;
use super::inquiry::{Inquiry, told};
use super::truth::wrong;
use crate::trail::{generate, pairs};

/// What is judged wrong of so many pairs of a seed.
fn judge(seed: u64, count: usize) -> Vec<String> {
    let mut failed = Vec::new();
    for pair in pairs(seed, count) {
        let trail = generate(&pair.setup, &pair.cases);
        let found = Inquiry::about(&trail).run();
        let wrong = wrong(&trail, &found);
        if !wrong.is_empty() {
            let mut text = format!("seed {seed}, {:?}:", pair.cases);
            for sentence in wrong {
                write!(text, "\n   {sentence}").unwrap();
            }
            failed.push(format!("{text}\n   found {}", told(&found)));
        }
    }
    failed
}

#[test]
fn pairs_of_cases_are_told_apart() {
    let failed: Vec<String> = (1..=5).flat_map(|seed| judge(seed, 6)).collect();
    assert_none(&failed);
}

/// Run with `cargo test --no-default-features --test main many_pairs -- --ignored`; the
/// environment's `PAIRS` tells how many of each of ten seeds, which are 40 otherwise.
#[test]
#[ignore = "takes a minute"]
fn many_pairs_of_cases_are_told_apart() {
    let count = std::env::var("PAIRS").map_or(40, |count| count.parse().unwrap());
    let failed: Vec<String> = (1..=10).flat_map(|seed| judge(seed, count)).collect();
    assert_none(&failed);
}
