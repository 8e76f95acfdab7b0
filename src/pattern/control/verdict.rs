//! What a pattern does for a control.

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

/// Which of the samples a pattern matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caught {
    controls: Vec<(&'static str, Vec<Answer>)>,
    corpus: Vec<Answer>,
}

impl Caught {
    pub(super) fn of(table: &Table, answer: &dyn Fn(&Sample) -> Answer) -> Self {
        Self {
            controls: table
                .controls()
                .iter()
                .map(|control| (control.rule, control.all().map(answer).collect()))
                .collect(),
            corpus: table.corpus().iter().map(answer).collect(),
        }
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
            Verdict::Misses(self.names(&missed))
        }
    }

    /// What to call these of its samples: an event once if none of its samples is left out,
    /// else each by its own name.
    #[must_use]
    pub fn names(&self, missed: &[&Sample]) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for sample in missed {
            let same = |other: &Sample| other.event == sample.event;
            let wholly = missed.iter().filter(|other| same(other)).count()
                == self.samples().iter().filter(|other| same(other)).count();
            let name = if wholly { &sample.event } else { &sample.name };
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    /// Whether what matches is all that the root user did, and no more: a pattern about the
    /// root user, not about these events.
    fn only_root(&self, missed: &[&Sample]) -> bool {
        let others = self.samples().iter().filter(|sample| !sample.by_root);
        missed.iter().all(|sample| !sample.by_root) && missed.len() == others.count()
    }
}
