//! What a pattern, or several together, does for a control.

use super::super::Answer;
use super::sample::Sample;
use super::{Control, Table};

/// What a pattern does for a control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every event that the control asks for matches.
    Covers,
    /// Some do; these do not.
    Misses(Vec<String>),
    /// None of the control's events matches, though others do.
    Unrelated,
    /// All the ordinary events match too, so that it tells nothing.
    OverBroad,
    /// Nothing at all matches.
    NeverFires,
    /// AWS leaves open what decides it; the text names the term.
    Unknown(String),
}

/// Which of the samples a pattern matches; or several patterns together, each of which may
/// do a part of the work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caught {
    controls: Vec<(&'static str, Vec<Answer>)>,
    corpus: Vec<Answer>,
}

impl Caught {
    pub(super) fn of(
        table: &Table,
        answer: &dyn Fn(&Sample) -> Answer,
        ordinary: &dyn Fn(&Sample) -> Answer,
    ) -> Self {
        Self {
            controls: table
                .controls()
                .iter()
                .map(|control| (control.rule, control.all().map(answer).collect()))
                .collect(),
            corpus: table.corpus().iter().map(ordinary).collect(),
        }
    }

    /// What is caught wherever it happens, from what is caught in each Region: events that
    /// AWS records in the leader Region only must be caught there, and all others everywhere.
    #[must_use]
    pub fn everywhere(table: &Table, leader: &Caught, others: &[&Caught]) -> Caught {
        let mut caught = leader.clone();
        for other in others {
            let controls = caught.controls.iter_mut().zip(&other.controls);
            for (((_, mine), (_, theirs)), control) in controls.zip(table.controls()) {
                both(mine, theirs, control.all());
            }
            both(&mut caught.corpus, &other.corpus, table.corpus().iter());
        }
        caught
    }

    /// What the two catch together.
    ///
    /// Leave out what [`Caught::everything`] holds of: in a union, a pattern that tells
    /// nothing would hide one that does.
    #[must_use]
    pub fn union(mut self, other: &Caught) -> Caught {
        for ((_, mine), (_, theirs)) in self.controls.iter_mut().zip(&other.controls) {
            join(mine, theirs);
        }
        join(&mut self.corpus, &other.corpus);
        self
    }

    /// Whether all the ordinary events match for certain.
    #[must_use]
    pub fn everything(&self) -> bool {
        self.corpus.iter().all(|answer| *answer == Answer::Yes)
    }

    fn nothing(&self, open: bool) -> bool {
        let mut all = self.controls.iter().flat_map(|(_, answers)| answers);
        !all.any(|answer| holds(answer, open)) && !self.corpus.iter().any(|one| holds(one, open))
    }

    fn answers(&self, rule: &str) -> &[Answer] {
        self.controls
            .iter()
            .find(|(name, _)| *name == rule)
            .map_or(&[], |(_, answers)| answers)
    }

    /// The first open answer of those that the verdict rests on.
    fn open(&self, rule: &str) -> String {
        let rest = self.controls.iter().flat_map(|(_, answers)| answers);
        let all = self.answers(rule).iter().chain(&self.corpus).chain(rest);
        all.filter_map(|answer| match answer {
            Answer::Open(why) => Some(why.clone()),
            Answer::Yes | Answer::No => None,
        })
        .next()
        .unwrap_or_default()
    }
}

fn join(mine: &mut [Answer], theirs: &[Answer]) {
    for (mine, theirs) in mine.iter_mut().zip(theirs) {
        let one = std::mem::replace(mine, Answer::No);
        *mine = one.or(theirs.clone());
    }
}

fn both<'s>(mine: &mut [Answer], theirs: &[Answer], samples: impl Iterator<Item = &'s Sample>) {
    for ((mine, theirs), sample) in mine.iter_mut().zip(theirs).zip(samples) {
        if !sample.global() {
            let one = std::mem::replace(mine, Answer::No);
            *mine = one.and(theirs.clone());
        }
    }
}

/// Whether it matches, if every open answer were `open`.
fn holds(answer: &Answer, open: bool) -> bool {
    match answer {
        Answer::Yes => true,
        Answer::No => false,
        Answer::Open(_) => open,
    }
}

impl Control {
    /// What that which is caught does for this control.
    ///
    /// Each open answer may turn out either way. More matches only ever move a verdict on, so
    /// that it is certain if it is the same with all of them and with none.
    #[must_use]
    pub fn judge(&self, caught: &Caught) -> Verdict {
        let least = self.supposing(caught, false);
        let most = self.supposing(caught, true);
        if std::mem::discriminant(&least) == std::mem::discriminant(&most) {
            most
        } else {
            Verdict::Unknown(caught.open(self.rule))
        }
    }

    fn supposing(&self, caught: &Caught, open: bool) -> Verdict {
        if caught.corpus.iter().all(|one| holds(one, open)) {
            return Verdict::OverBroad;
        }
        if caught.nothing(open) {
            return Verdict::NeverFires;
        }
        let mut seen = self.samples().iter().zip(caught.answers(self.rule));
        let (hit, missed): (Vec<_>, Vec<_>) =
            seen.by_ref().partition(|(_, answer)| holds(answer, open));
        let missed: Vec<&Sample> = missed.into_iter().map(|(sample, _)| sample).collect();
        if missed.is_empty() {
            Verdict::Covers
        } else if hit.is_empty() || self.only_root(&missed) {
            Verdict::Unrelated
        } else {
            Verdict::Misses(names(self.samples(), &missed))
        }
    }

    /// Whether what matches is all that the root user did, and no more: a pattern about the
    /// root user, not about these events.
    fn only_root(&self, missed: &[&Sample]) -> bool {
        let others = self.samples().iter().filter(|sample| !sample.by_root);
        missed.iter().all(|sample| !sample.by_root) && missed.len() == others.count()
    }
}

/// An event once, if no sample of it matches; else the samples that do not.
fn names(samples: &[Sample], missed: &[&Sample]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for sample in missed {
        let same = |other: &Sample| other.event == sample.event;
        let wholly = missed.iter().filter(|other| same(other)).count()
            == samples.iter().filter(|other| same(other)).count();
        let name = if wholly { &sample.event } else { &sample.name };
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}
