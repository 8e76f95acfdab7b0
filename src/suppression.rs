//! Accepted fails: which findings the entries `[[suppress]]` of a `trailcheck.toml` cover,
//! and which of the entries need a look.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde::Serialize;

use crate::config::{Suppression, Until};
use crate::finding::{Finding, Status, Suppressed};
use crate::policy::glob::glob;
use crate::rule::Rule;
use crate::snapshot::Snapshot;

/// An entry `[[suppress]]`, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Entry {
    /// The line of the settings file that it begins in.
    pub line: usize,
    /// The rule's id; null if the fingerprint alone says what is accepted.
    pub rule: Option<String>,
    /// The ARNs it holds for, as a pattern.
    pub resource: String,
    /// The account it holds in; null for every one.
    pub account: Option<String>,
    /// The Region it holds in; null for every one.
    pub region: Option<String>,
    /// The one finding it holds for; null if there is no such limit.
    pub fingerprint: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// Who answers for it; null if nobody is named.
    pub owner: Option<String>,
    /// The last day it holds, as it stands in the file; null if it has no end.
    pub until: Option<String>,
    /// What came of it.
    pub state: State,
    /// How many findings it covers, or would cover were it not for its end.
    pub findings: usize,
}

/// What came of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It covers findings.
    InUse,
    /// Its last day has passed: it covers nothing.
    Expired,
    /// Its last day is no date: it covers nothing.
    UnreadableDate,
    /// Whether what it accepts is still there could not be checked, which it does not cover.
    Unseen,
    /// Everything it could be about was judged, and nothing it accepts was found.
    Unused,
    /// What it is about was not looked at.
    NotJudged,
}

impl State {
    /// The state as JSON spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            State::InUse => "in-use",
            State::Expired => "expired",
            State::UnreadableDate => "unreadable-date",
            State::Unseen => "unseen",
            State::Unused => "unused",
            State::NotJudged => "not-judged",
        }
    }
}

/// Marks the findings that `suppressions` cover, and tells what came of each of those.
/// The time is the snapshot's.
pub fn apply(
    suppressions: &[Suppression],
    findings: &mut [Finding],
    snapshot: &Snapshot,
    rules: &[&'static Rule],
) -> Vec<Entry> {
    let today = day(snapshot.finished_at);
    let entries = suppressions
        .iter()
        .map(|suppression| entry(suppression, findings, snapshot, rules, today))
        .collect();
    for finding in findings {
        let mut holding = suppressions
            .iter()
            .filter(|one| ended(one, today).is_none());
        if let Some(suppression) = holding.find(|one| covers(one, finding)) {
            finding.suppressed = Some(Suppressed {
                reason: suppression.reason.clone(),
                owner: suppression.owner.clone(),
                until: match suppression.until {
                    Some(Until::Day(day)) => Some(day),
                    _ => None,
                },
            });
        }
    }
    entries
}

fn day(now: Timestamp) -> Date {
    Offset::UTC.to_datetime(now).date()
}

/// Why a suppression no longer holds, if it does not.
fn ended(suppression: &Suppression, today: Date) -> Option<State> {
    match suppression.until {
        None => None,
        Some(Until::Day(last)) => (last < today).then_some(State::Expired),
        Some(Until::Unreadable(_)) => Some(State::UnreadableDate),
    }
}

/// Whether a suppression is about a finding, whatever the finding says.
fn is_about(suppression: &Suppression, finding: &Finding) -> bool {
    let same = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|one| one == is);
    same(&suppression.rule, finding.rule)
        && same(&suppression.account, &finding.account)
        && same(&suppression.region, &finding.region)
        && same(&suppression.fingerprint, &finding.fingerprint)
        && glob(&suppression.resource, &finding.resource)
}

/// Whether a suppression accepts a finding. What is accepted is a fail that somebody has
/// seen. That it can no longer be seen is another matter, and accepted only expressly: or
/// taking a permission away would open the gate.
fn covers(suppression: &Suppression, finding: &Finding) -> bool {
    let accepted = match finding.status {
        Status::Fail => true,
        Status::Unknown => suppression.accept_unknown,
        Status::Pass | Status::NotApplicable => false,
    };
    accepted && is_about(suppression, finding)
}

fn entry(
    suppression: &Suppression,
    findings: &[Finding],
    snapshot: &Snapshot,
    rules: &[&'static Rule],
    today: Date,
) -> Entry {
    let covered = findings.iter().filter(|one| covers(suppression, one));
    let covered = covered.count();
    let mut about = findings.iter().filter(|one| is_about(suppression, one));
    let state = if let Some(ended) = ended(suppression, today) {
        ended
    } else if covered > 0 {
        State::InUse
    } else if about.any(|one| one.status == Status::Unknown) {
        State::Unseen
    } else if was_judged(suppression, findings, snapshot, rules) {
        State::Unused
    } else {
        State::NotJudged
    };
    Entry {
        line: suppression.line,
        rule: suppression.rule.clone(),
        resource: suppression.resource.clone(),
        account: suppression.account.clone(),
        region: suppression.region.clone(),
        fingerprint: suppression.fingerprint.clone(),
        reason: suppression.reason.clone(),
        owner: suppression.owner.clone(),
        until: suppression.until.as_ref().map(Until::to_string),
        state,
        findings: covered,
    }
}

/// Whether everything that a suppression could be about was judged: only then does finding
/// nothing mean that there is nothing.
fn was_judged(
    suppression: &Suppression,
    findings: &[Finding],
    snapshot: &Snapshot,
    rules: &[&'static Rule],
) -> bool {
    if findings.iter().any(|one| is_about(suppression, one)) {
        return true;
    }
    // A fingerprint does not tell its rule, which may be one that did not run.
    let Some(rule) = &suppression.rule else {
        return false;
    };
    let mut accounts = snapshot.accounts.iter().filter(|account| {
        let wanted = suppression.account.as_ref();
        wanted.is_none_or(|wanted| *wanted == account.id)
    });
    let looked_at = |region: &String| {
        let wanted = suppression.region.as_ref();
        wanted.is_none_or(|wanted| wanted == region)
    };
    let unseen = findings.iter().any(|one| {
        one.rule == rule
            && one.status == Status::Unknown
            && (suppression.account.as_ref()).is_none_or(|wanted| *wanted == one.account)
    });
    rules.iter().any(|one| one.id == rule)
        && !unseen
        && accounts.any(|account| !account.regions_named && account.regions.keys().any(looked_at))
}

#[cfg(test)]
mod tests;
