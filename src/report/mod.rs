//! One set of findings, many renderings. Which format is asked for changes what is
//! printed, never what is found or how the run ends.

pub mod controls;
pub mod csv;
pub mod diff;
#[cfg(test)]
mod fixture;
pub mod former;
pub mod github;
mod grid;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod remedy;
mod resource;
pub mod rule_pages;
pub mod sarif;
#[cfg(test)]
mod schema;
mod style;
pub mod table;
pub mod text;
pub mod trusted_advisor;
pub mod verify;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

pub use style::Style;

use crate::baseline::Baseline;
use crate::finding::{Finding, Status};
use crate::outcome::{Gate, Outcome};
use crate::rule::{Practice, Rule, Severity};
use crate::snapshot::{Action, Fact, Snapshot};
use crate::suppression::Entry;

/// What an audit came to: everything a format needs to render it.
#[derive(Debug)]
pub struct Report<'a> {
    /// What was seen.
    pub snapshot: &'a Snapshot,
    /// The rules that ran, in the order of the catalogue.
    pub rules: &'a [&'static Rule],
    /// What they said, in the order of the rules and subjects.
    pub findings: &'a [Finding],
    /// What closes the gate.
    pub gate: Gate,
    /// What came of the entries `[[suppress]]`, in the order of the settings file.
    pub suppressions: &'a [Entry],
    /// The former report that the findings were held against, if any.
    pub baseline: Option<&'a Baseline>,
    /// The counts.
    pub summary: Summary,
}

/// Trusted Advisor's counts, and what follows from them.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Findings that are pass, fail or unknown: everything that was examined.
    pub processed: usize,
    /// Fails that are not suppressed.
    pub flagged: usize,
    /// Unknowns: Trusted Advisor's "ignored".
    pub ignored: usize,
    /// Accepted findings.
    pub suppressed: usize,
    /// Flagged findings by severity.
    pub by_severity: BTreeMap<Severity, usize>,
    /// Findings by practice and status, suppressed ones left out.
    pub by_practice: BTreeMap<Practice, BTreeMap<Status, usize>>,
    /// Facts that were asked for.
    pub facts: usize,
    /// Facts that could be read.
    pub facts_read: usize,
    /// Whether every fact that was asked for could be read and nothing is unknown.
    pub complete: bool,
    /// How the run ends.
    pub outcome: Outcome,
}

/// A way to render a report. One file per format.
pub trait Render {
    /// Writes the whole report to `out`.
    ///
    /// # Errors
    /// Whatever `out` says.
    fn render(&self, report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()>;

    /// What the format leaves out, or what those it is made for would drop or refuse: one
    /// sentence each.
    fn warnings(&self, _: &Report<'_>) -> Vec<String> {
        Vec::new()
    }
}

impl<'a> Report<'a> {
    /// Sums up what `rules` found in `snapshot`, and how that leaves `gate`.
    pub fn new(
        snapshot: &'a Snapshot,
        rules: &'a [&'static Rule],
        findings: &'a [Finding],
        gate: Gate,
    ) -> Self {
        let summary = Summary::of(&needed(snapshot, rules), rules, findings, gate);
        Report {
            snapshot,
            rules,
            findings,
            gate,
            suppressions: &[],
            baseline: None,
            summary,
        }
    }

    /// The report with what a team has accepted: entry by entry, and as a baseline.
    pub fn accepting(self, suppressions: &'a [Entry], baseline: Option<&'a Baseline>) -> Self {
        Report {
            suppressions,
            baseline,
            ..self
        }
    }

    /// The facts that the rules which ran rest on, in the snapshot's order.
    pub fn facts(&self) -> Vec<Fact<'a>> {
        needed(self.snapshot, self.rules)
    }
}

/// The facts that the rules which ran rest on. A snapshot may hold more, taken for other
/// rules, which must not make this report look better or worse read.
fn needed<'a>(snapshot: &'a Snapshot, rules: &[&'static Rule]) -> Vec<Fact<'a>> {
    let mut actions: BTreeSet<Action> = rules.iter().flat_map(|rule| rule.actions()).collect();
    actions.extend(Action::ALWAYS);
    let facts = snapshot.facts().into_iter();
    facts
        .filter(|fact| actions.contains(&fact.action))
        .filter(|fact| fact.by_way_of.is_none_or(|call| actions.contains(&call)))
        .collect()
}

impl Summary {
    fn of(facts: &[Fact<'_>], rules: &[&'static Rule], findings: &[Finding], gate: Gate) -> Self {
        let facts_read = facts.iter().filter(|fact| fact.gap.is_none()).count();
        let live: Vec<&Finding> = findings.iter().filter(|f| f.suppressed.is_none()).collect();
        let with = |status| live.iter().filter(|f| f.status == status).count();
        let mut by_severity = BTreeMap::new();
        for finding in live.iter().filter(|f| f.status == Status::Fail) {
            *by_severity.entry(finding.severity).or_default() += 1;
        }
        let mut by_practice: BTreeMap<Practice, BTreeMap<Status, usize>> = BTreeMap::new();
        for rule in rules {
            let counts = by_practice.entry(rule.practice).or_default();
            for finding in live.iter().filter(|f| f.rule == rule.id) {
                *counts.entry(finding.status).or_default() += 1;
            }
        }
        Summary {
            processed: findings
                .iter()
                .filter(|f| f.status != Status::NotApplicable)
                .count(),
            flagged: with(Status::Fail),
            ignored: with(Status::Unknown),
            suppressed: findings.len() - live.len(),
            by_severity,
            by_practice,
            facts: facts.len(),
            facts_read,
            complete: facts_read == facts.len() && with(Status::Unknown) == 0,
            outcome: gate.outcome(findings, facts_read > 0),
        }
    }
}
