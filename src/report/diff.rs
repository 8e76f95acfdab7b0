//! What changed from one JSON report to another.

mod markdown;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use jiff::Timestamp;
use serde::Serialize;

pub use markdown::markdown;
pub use table::table;

use super::former::{Former, FormerFinding};
use super::json::write_pretty;
use crate::finding::Status;
use crate::rule::Severity;

/// The name of the schema. It is a name: nothing is fetched from it.
pub const SCHEMA: &str = "https://trailcheck.dev/schema/trailcheck-diff-1.json";

/// The version of the format.
pub const SCHEMA_VERSION: u32 = 1;

/// What changed from report A to report B.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Difference {
    /// The name of this format's schema.
    schema: &'static str,
    /// The version of this format; it grows when something is removed or changes its meaning.
    schema_version: u32,
    /// Report A.
    pub before: Side,
    /// Report B.
    pub after: Side,
    /// How many changes there are of each kind, those there are none of with 0.
    pub counts: BTreeMap<Kind, usize>,
    /// The changes, by kind; within one the gravest first.
    pub changes: Vec<Change>,
}

/// A report that was compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Side {
    /// The time that it was judged by.
    pub finished_at: Timestamp,
    /// The version of the program that wrote it.
    pub tool_version: String,
    /// The accounts it is about.
    pub accounts: BTreeSet<String>,
}

/// What became of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A fail in B that was none in A.
    New,
    /// Unknown in B, and was not in A.
    NowUnknown,
    /// A fail or unknown of A that B has no word on: the rule did not run, or what it is
    /// about was not looked at or is gone. Nobody saw it mended.
    NoLongerLookedAt,
    /// A fail or unknown in both, or no longer either though nobody saw the good state
    /// replace a fail: what is said of it is different.
    Changed,
    /// A fail in A, and B saw the good state.
    Fixed,
}

impl Kind {
    /// All, in the order they are shown.
    pub const ALL: &'static [Kind] = &[
        Kind::New,
        Kind::NowUnknown,
        Kind::NoLongerLookedAt,
        Kind::Changed,
        Kind::Fixed,
    ];

    /// The kind as people read it.
    pub fn title(self) -> &'static str {
        match self {
            Kind::New => "New",
            Kind::NowUnknown => "Now unknown",
            Kind::NoLongerLookedAt => "No longer looked at",
            Kind::Changed => "Changed",
            Kind::Fixed => "Fixed",
        }
    }
}

/// A finding that the reports tell different things of.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Change {
    /// What became of it.
    pub kind: Kind,
    /// The rule's id.
    pub rule: String,
    /// The account's id.
    pub account: String,
    /// The Region, as B has it, or else A.
    pub region: String,
    /// The subject's ARN, as B has it, or else A.
    pub resource: String,
    /// What tells the finding from others, in both reports.
    pub fingerprint: String,
    /// What A says; null if nothing.
    pub before: Option<Said>,
    /// What B says; null if nothing.
    pub after: Option<Said>,
}

/// What a report says of a finding.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Said {
    /// What was found.
    pub status: Status,
    /// What it weighs.
    pub severity: Severity,
    /// The sentence.
    pub message: String,
    /// The observed values.
    pub evidence: serde_json::Map<String, serde_json::Value>,
    /// Why it is accepted; null if it is not.
    pub accepted: Option<String>,
}

impl Difference {
    /// Compares two reports.
    ///
    /// # Errors
    /// One sentence, if they are about different things.
    pub fn between(before: &Former, after: &Former) -> Result<Self, String> {
        let accounts = after.accounts.iter().map(String::as_str);
        before.comparable(&after.partition, accounts)?;
        let mut pairs: BTreeMap<&str, (Option<&FormerFinding>, Option<&FormerFinding>)> =
            BTreeMap::new();
        for finding in &before.findings {
            pairs.entry(&finding.fingerprint).or_default().0 = Some(finding);
        }
        for finding in &after.findings {
            pairs.entry(&finding.fingerprint).or_default().1 = Some(finding);
        }
        let mut changes: Vec<Change> = pairs
            .into_values()
            .filter_map(|(before, after)| Change::of(before, after))
            .collect();
        changes.sort_by(|a, b| a.place().cmp(&b.place()));
        let counts = Kind::ALL.iter().map(|kind| {
            let count = changes.iter().filter(|change| change.kind == *kind).count();
            (*kind, count)
        });
        Ok(Difference {
            schema: SCHEMA,
            schema_version: SCHEMA_VERSION,
            before: Side::of(before),
            after: Side::of(after),
            counts: counts.collect(),
            changes,
        })
    }

    /// The kinds there are any changes of, with those changes.
    fn by_kind(&self) -> impl Iterator<Item = (Kind, Vec<&Change>)> {
        Kind::ALL.iter().filter_map(|kind| {
            let changes: Vec<&Change> = (self.changes.iter())
                .filter(|change| change.kind == *kind)
                .collect();
            (!changes.is_empty()).then_some((*kind, changes))
        })
    }
}

impl Side {
    fn of(report: &Former) -> Self {
        Side {
            finished_at: report.finished_at,
            tool_version: report.tool_version.clone(),
            accounts: report.accounts.clone(),
        }
    }
}

impl Change {
    fn of(before: Option<&FormerFinding>, after: Option<&FormerFinding>) -> Option<Self> {
        let about = after.or(before)?;
        Some(Change {
            kind: kind(before, after)?,
            rule: about.rule.clone(),
            account: about.account.clone(),
            region: about.region.clone(),
            resource: about.resource.clone(),
            fingerprint: about.fingerprint.clone(),
            before: before.map(Said::of),
            after: after.map(Said::of),
        })
    }

    /// What it weighs in the later of the reports that say so.
    pub fn severity(&self) -> Option<Severity> {
        let said = self.after.as_ref().or(self.before.as_ref());
        said.map(|said| said.severity)
    }

    fn place(&self) -> impl Ord {
        (
            self.kind,
            std::cmp::Reverse(self.severity()),
            self.rule.clone(),
            self.account.clone(),
            self.region.clone(),
            self.resource.clone(),
        )
    }

    /// What there is to say of it in one sentence.
    fn sentence(&self) -> String {
        match (&self.before, &self.after) {
            (_, Some(after)) if self.kind != Kind::Changed => after.said(),
            (Some(before), None) => format!("was {}: {}", before.state(), before.said()),
            (Some(before), Some(after)) => {
                let (then, now) = (before.state(), after.state());
                let turned = if then == now {
                    now
                } else {
                    format!("{then}, now {now}")
                };
                if before.message == after.message {
                    format!("{turned}: {}", after.said())
                } else {
                    format!("{turned}: {} (before: {})", after.said(), before.message)
                }
            }
            (None, Some(after)) => after.said(),
            (None, None) => String::new(),
        }
    }
}

impl Said {
    fn of(finding: &FormerFinding) -> Self {
        Said {
            status: finding.status,
            severity: finding.severity,
            message: finding.message.clone(),
            evidence: finding.evidence.clone(),
            accepted: finding.suppressed.as_ref().map(|why| why.reason.clone()),
        }
    }

    /// Status and severity.
    fn state(&self) -> String {
        let accepted = if self.accepted.is_some() {
            "accepted "
        } else {
            ""
        };
        format!("{accepted}{} ({})", self.status.as_str(), self.severity)
    }

    /// The message, and why it is accepted if it is.
    fn said(&self) -> String {
        match &self.accepted {
            Some(reason) => format!("{} (accepted: {reason})", self.message),
            None => self.message.clone(),
        }
    }
}

/// What became of a finding; nothing, if there is nothing to tell. Only a pass where there
/// was a fail is called fixed: nothing else shows that somebody mended it.
fn kind(before: Option<&FormerFinding>, after: Option<&FormerFinding>) -> Option<Kind> {
    let was = before.map(|finding| finding.status);
    let is = after.map(|finding| finding.status);
    match (was, is) {
        (Some(Status::Fail | Status::Unknown), None) => Some(Kind::NoLongerLookedAt),
        (_, None) => None,
        (Some(Status::Fail), Some(Status::Fail))
        | (Some(Status::Unknown), Some(Status::Unknown)) => {
            let same = before.map(Said::of) == after.map(Said::of);
            (!same).then_some(Kind::Changed)
        }
        (_, Some(Status::Fail)) => Some(Kind::New),
        (_, Some(Status::Unknown)) => Some(Kind::NowUnknown),
        (Some(Status::Fail), Some(Status::Pass)) => Some(Kind::Fixed),
        (Some(Status::Fail), Some(Status::NotApplicable)) | (Some(Status::Unknown), Some(_)) => {
            Some(Kind::Changed)
        }
        (None | Some(Status::Pass | Status::NotApplicable), Some(_)) => None,
    }
}

/// The comparison for programs.
///
/// # Errors
/// None, unless memory runs out.
pub fn json(difference: &Difference) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    write_pretty(difference, &mut bytes)?;
    Ok(bytes)
}
