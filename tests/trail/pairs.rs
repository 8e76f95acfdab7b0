//! Two things that happen to one trail at different hours.

use jiff::Timestamp;

use super::Setup;
use super::random::Random;
use super::tampering::{Case, Reach, When, cases};

/// Hours of a trail that pairs happen to.
const HOURS: usize = 12;

/// A trail and what happens to it.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) setup: Setup,
    pub(crate) cases: [(&'static str, Option<usize>); 2],
}

/// So many pairs, chosen by the seed.
pub(crate) fn pairs(seed: u64, count: usize) -> Vec<Pair> {
    let mut random = Random::of(seed, &["pairs"]);
    let all: Vec<&Case> = cases().filter(|case| pairs_well(case)).collect();
    let mut found = Vec::new();
    while found.len() < count {
        let setup = setup(&mut random, found.len());
        let one = placed(random.pick(&all), &mut random);
        let other = placed(random.pick(&all), &mut random);
        let regions = one.case.regions.max(other.case.regions);
        if regions <= setup.regions.len() && get_along(&one, &other) {
            let cases = [one, other].map(|placed| (placed.case.name, Some(placed.hour)));
            found.push(Pair { setup, cases });
        }
    }
    found
}

/// Whether the case leaves room for another. Left out are those that take away the whole
/// chain or its key, and the bombs, which take seconds to unpack without optimisation.
fn pairs_well(case: &Case) -> bool {
    let total = case.reach == Reach::All && !is_background(case);
    !total && !case.name.ends_with("-bomb")
}

/// Whether the case is a property of the trail rather than something at an hour.
fn is_background(case: &Case) -> bool {
    case.when == When::Laid && case.name != "key-inconsistent"
}

/// A trail with what organizations, prefixes, many Regions and midnight bring along.
fn setup(random: &mut Random, number: usize) -> Setup {
    let base = match number % 4 {
        0 => Setup::default(),
        1 => Setup::many_regions(),
        2 => Setup::organization(),
        _ => Setup {
            prefix: "AWSLogs/copies".to_owned(),
            home_region: "eu-west-1".to_owned(),
            ..Setup::many_regions()
        },
    };
    let evening: Timestamp = "2026-02-28T18:00:00Z".parse().unwrap();
    Setup {
        start: random.pick(&[base.start, evening]),
        hours: HOURS,
        events_per_file: 5,
        seed: random.between(1, 4),
        ..base
    }
}

struct Placed {
    case: &'static Case,
    hour: usize,
}

/// The case at an hour that it can happen at.
fn placed(case: &'static Case, random: &mut Random) -> Placed {
    let (first, last) = match case.reach {
        Reach::Around(before, behind) => (before, HOURS - 1 - behind),
        Reach::Onwards | Reach::All => (2, HOURS - 2),
        Reach::Oldest | Reach::Newest(_) => (HOURS / 2, HOURS / 2),
    };
    let hour = random.between(first as u64, last as u64 + 1) as usize;
    Placed { case, hour }
}

/// Whether each still finds what it needs when the other has acted.
fn get_along(one: &Placed, other: &Placed) -> bool {
    let backfills = |placed: &Placed| placed.case.name.contains("backfill");
    if backfills(one) && backfills(other) {
        // They would be one chain, in which the later names what the earlier lost.
        return false;
    }
    match (is_background(one.case), is_background(other.case)) {
        (false, false) => apart(one, other),
        (true, false) => stands_behind(one, other),
        (false, true) => stands_behind(other, one),
        (true, true) => one.case.name != other.case.name,
    }
}

/// Whether they touch different hours.
fn apart(one: &Placed, other: &Placed) -> bool {
    let hours = |placed: &Placed| placed.case.reach.hours(placed.hour, HOURS);
    let (one, other) = (hours(one), hours(other));
    one.end() < other.start() || other.end() < one.start()
}

/// Whether a property of the trail leaves the case as it is. Only the first digest in a new
/// bucket tells of the old one, so that nothing may happen to it; and what is put beside
/// another Region's chain must be put into the bucket that this chain is in.
fn stands_behind(background: &Placed, case: &Placed) -> bool {
    if background.case.name != "bucket-changed" {
        return true;
    }
    let boundary = background.hour - 1..=background.hour + 1;
    let touched = case.case.reach.hours(case.hour, HOURS);
    let apart = touched.end() < boundary.start() || boundary.end() < touched.start();
    case.case.regions == 1 && apart
}
