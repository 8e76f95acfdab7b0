//! What several formats say in the same words: who was audited, when and how completely, in
//! which order findings come, and why one is accepted. Names are as AWS gave them; each
//! format escapes them for its own medium.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::Value;

use super::resource::counted;
use crate::finding::{Finding, Suppressed};
use crate::snapshot::{Account, AccountStatus, Fact, GapKind, Snapshot};

/// `111122223333 (acme-prod)`, and what is odd about the account.
pub(super) fn account(account: &Account) -> String {
    let alias = account.alias.if_known().and_then(Option::as_deref);
    let alias = alias.map_or(String::new(), |alias| format!(" ({alias})"));
    let suspended = match account.status {
        AccountStatus::Suspended => ", suspended",
        AccountStatus::Active => "",
    };
    format!("{}{alias}{suspended}", account.id)
}

/// `17 Regions`, and which ones if not all.
pub(super) fn regions(account: &Account) -> String {
    let which = match (account.regions_named, account.regions_known()) {
        (true, _) => " (as asked)",
        (false, Ok(())) => "",
        (false, Err(_)) => " (those without opt-in)",
    };
    counted(account.regions.len(), "Region") + which
}

/// The minute by which everything is judged.
pub(super) fn taken(snapshot: &Snapshot) -> String {
    let minute = snapshot.finished_at.strftime("%Y-%m-%d %H:%M UTC");
    minute.to_string()
}

/// How long collecting took.
pub(super) fn took(snapshot: &Snapshot) -> String {
    let seconds = snapshot.finished_at.as_second() - snapshot.started_at.as_second();
    match seconds.max(0) {
        seconds @ 0..=119 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    }
}

/// How many of the account's facts could be read, and how the others failed.
pub(super) fn completeness(facts: &[Fact<'_>], account: &Account) -> String {
    let own = || facts.iter().filter(|fact| fact.account == account.id);
    let mut missing: BTreeMap<GapKind, usize> = BTreeMap::new();
    for gap in own().filter_map(|fact| fact.gap) {
        *missing.entry(gap.kind).or_default() += 1;
    }
    let asked = own().count();
    let read = asked - missing.values().sum::<usize>();
    if missing.is_empty() {
        return format!("{read} of {asked} facts read");
    }
    let missing: Vec<String> = missing
        .into_iter()
        .map(|(kind, count)| match kind {
            GapKind::AccessDenied => format!("{count} denied"),
            kind => format!("{count} {}", kind.as_str().replace('-', " ")),
        })
        .collect();
    format!("{read} of {asked} facts read; {}", missing.join(", "))
}

/// The reason given, who answers for it, and its last day.
pub(super) fn accepted(why: &Suppressed) -> String {
    let mut text = why.reason.clone();
    if let Some(owner) = &why.owner {
        text.push_str(&format!(", says {owner}"));
    }
    if let Some(until) = why.until {
        text.push_str(&format!(", until {until}"));
    }
    text
}

/// The findings, the worst first; within one weight in the order of the catalogue.
pub(super) fn worst_first<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<&'a Finding> {
    let mut sorted: Vec<&Finding> = findings.collect();
    sorted.sort_by_key(|f| (f.suppressed.is_some(), f.status, Reverse(f.severity)));
    sorted
}

/// The observed values as lines of text: what is text as it is, the rest as JSON.
pub(super) fn evidence(finding: &Finding) -> impl Iterator<Item = (&str, String)> {
    finding.evidence.iter().map(|(name, value)| {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        (name.as_str(), value)
    })
}
