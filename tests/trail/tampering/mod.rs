//! What can happen to a trail, each with the truth of what a verifier should find.

mod backfill;
mod digests;
mod legitimate;
mod log_files;
mod places;
mod scene;
mod signed;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::objects::Object;
pub(crate) use scene::Scene;

/// One thing that can happen to a trail.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// What was done, in a sentence.
    pub(crate) about: &'static str,
    /// Whether nothing was tampered with.
    pub(crate) benign: bool,
    /// How many Regions the trail must have.
    pub(crate) regions: usize,
    pub(crate) reach: Reach,
    pub(crate) when: When,
    run: fn(&mut Scene<'_>, &mut Truth),
}

/// At which step of making a trail a case acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum When {
    /// Before everything else: it changes what the other cases find.
    Laid,
    /// Before the digests are signed: only CloudTrail, or who has its keys, can do it.
    Signed,
    /// Afterwards: whoever can write to the bucket can.
    Stored,
}

/// Which hours of the chain a case touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// So many before its hour, and so many behind it.
    Around(usize, usize),
    /// Its hour and all that follow.
    Onwards,
    /// The whole chain.
    All,
    /// The first hour.
    Oldest,
    /// So many hours at the end.
    Newest(usize),
}

impl Reach {
    /// The hours that are touched in a chain of that many, if it is done at that hour.
    pub(crate) fn hours(self, hour: usize, of: usize) -> RangeInclusive<usize> {
        match self {
            Reach::Around(before, behind) => hour - before..=hour + behind,
            Reach::Onwards => hour..=of - 1,
            Reach::All => 0..=of - 1,
            Reach::Oldest => 0..=0,
            Reach::Newest(count) => of - count..=of - 1,
        }
    }
}

impl Case {
    const fn new(
        when: When,
        name: &'static str,
        about: &'static str,
        run: fn(&mut Scene<'_>, &mut Truth),
    ) -> Self {
        Case {
            name,
            about,
            benign: false,
            regions: 1,
            reach: Reach::Around(0, 0),
            when,
            run,
        }
    }

    const fn stored(
        name: &'static str,
        about: &'static str,
        run: fn(&mut Scene<'_>, &mut Truth),
    ) -> Self {
        Case::new(When::Stored, name, about, run)
    }

    const fn signed(
        name: &'static str,
        about: &'static str,
        run: fn(&mut Scene<'_>, &mut Truth),
    ) -> Self {
        Case::new(When::Signed, name, about, run)
    }

    const fn laid(
        name: &'static str,
        about: &'static str,
        run: fn(&mut Scene<'_>, &mut Truth),
    ) -> Self {
        Case::new(When::Laid, name, about, run)
    }

    const fn benign(mut self) -> Self {
        self.benign = true;
        self
    }

    const fn two_regions(mut self) -> Self {
        self.regions = 2;
        self
    }

    const fn reach(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }

    /// Does it, and tells the truth about it.
    pub(super) fn run(&self, scene: &mut Scene<'_>) -> Truth {
        let hours = self.reach.hours(scene.hour(), scene.chain().digests.len());
        let mut truth = Truth {
            case: self.name,
            benign: self.benign,
            hours,
            named: BTreeMap::new(),
            or: BTreeMap::new(),
        };
        (self.run)(scene, &mut truth);
        truth
    }
}

/// What a case did, as a verifier should see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Truth {
    pub(crate) case: &'static str,
    pub(crate) benign: bool,
    /// The hours of the chain that it touched.
    pub(crate) hours: RangeInclusive<usize>,
    /// Objects by the kind of finding, spelled as the reports do.
    pub(crate) named: BTreeMap<&'static str, Vec<Object>>,
    /// Kinds that are as right for an object as the one that it is named with.
    pub(crate) or: BTreeMap<Object, Vec<&'static str>>,
}

impl Truth {
    fn note(&mut self, kind: &'static str, object: Object) {
        self.named.entry(kind).or_default().push(object);
    }

    /// Notes an object of which the specification allows more than one thing to be said.
    fn note_either(&mut self, kind: &'static str, others: &[&'static str], object: Object) {
        self.or.insert(object.clone(), others.to_vec());
        self.note(kind, object);
    }
}

/// Every case: first those of log files, then those of digests, of keys and of legitimate acts.
pub(crate) fn cases() -> impl Iterator<Item = &'static Case> {
    log_files::CASES
        .iter()
        .chain(places::CASES)
        .chain(digests::CASES)
        .chain(signed::CASES)
        .chain(backfill::CASES)
        .chain(legitimate::CASES)
}

/// The case of that name.
pub(crate) fn case(name: &str) -> &'static Case {
    cases()
        .find(|case| case.name == name)
        .unwrap_or_else(|| panic!("no case is called `{name}`"))
}
