//! What is new or worse than in a former report.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde::Serialize;

use crate::finding::{Finding, GLOBAL, Standing, Status};
use crate::report::former::{Former, FormerFinding};
use crate::snapshot::Snapshot;

/// The former report that the findings were held against, and how they stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Baseline {
    /// The time that the former report was judged by.
    pub finished_at: Timestamp,
    /// The version of the program that wrote it.
    pub tool_version: String,
    /// Fails and unknowns that it does not have.
    pub new: usize,
    /// Fails and unknowns that are worse than it has them.
    pub worsened: usize,
    /// Fails and unknowns that it has, and that close no gate therefore.
    pub known: usize,
    /// Those of the known that could not be checked, neither then nor now.
    pub known_unknown: usize,
}

/// Marks every fail and unknown that is not accepted with how it stands beside `former`.
///
/// # Errors
/// One sentence, if `former` is about something else.
pub fn compare(
    former: &Former,
    findings: &mut [Finding],
    snapshot: &Snapshot,
) -> Result<Baseline, String> {
    let accounts = snapshot.accounts.iter();
    let partition = snapshot.accounts.first().map(|one| one.partition.as_str());
    former.comparable(
        partition.unwrap_or_default(),
        accounts.map(|account| account.id.as_str()),
    )?;
    let then: HashMap<&str, &FormerFinding> = (former.findings.iter())
        .map(|finding| (finding.fingerprint.as_str(), finding))
        .collect();
    let out_of_sight = out_of_sight(former, findings);
    for finding in findings.iter_mut() {
        let judged = matches!(finding.status, Status::Fail | Status::Unknown);
        if !judged || finding.suppressed.is_some() {
            continue;
        }
        let earlier = then.get(finding.fingerprint.as_str()).copied();
        let about = (finding.rule.to_owned(), finding.account.clone());
        finding.baseline = Some(
            if finding.status == Status::Unknown
                && finding.region == GLOBAL
                && out_of_sight.contains(&about)
            {
                Standing::Worsened
            } else {
                standing(finding, earlier)
            },
        );
    }
    let with = |standing| {
        let findings = findings.iter();
        findings.filter(move |one| one.baseline == Some(standing))
    };
    Ok(Baseline {
        finished_at: former.finished_at,
        tool_version: former.tool_version.clone(),
        new: with(Standing::New).count(),
        worsened: with(Standing::Worsened).count(),
        known: with(Standing::Known).count(),
        known_unknown: with(Standing::Known)
            .filter(|one| one.status == Status::Unknown)
            .count(),
    })
}

/// Rule and account of what `former` could judge and nobody can see any more, because it is
/// not even listed. A rule that could not list everything has one unknown on the account for
/// all that it missed, which may have been there before; these are behind it now, and what
/// passed then may fail by now.
fn out_of_sight(former: &Former, findings: &[Finding]) -> HashSet<(String, String)> {
    let seen: HashSet<&str> = findings
        .iter()
        .map(|one| one.fingerprint.as_str())
        .collect();
    (former.findings.iter())
        .filter(|one| matches!(one.status, Status::Fail | Status::Pass))
        .filter(|one| !seen.contains(one.fingerprint.as_str()))
        .map(|one| (one.rule.clone(), one.account.clone()))
        .collect()
}

fn standing(finding: &Finding, earlier: Option<&FormerFinding>) -> Standing {
    // What an entry `[[suppress]]` accepted, with an end, the baseline must not accept for
    // ever.
    let Some(earlier) = earlier.filter(|earlier| earlier.suppressed.is_none()) else {
        return Standing::New;
    };
    match earlier.status {
        Status::Pass | Status::NotApplicable => Standing::New,
        status if status != finding.status || earlier.severity < finding.severity => {
            Standing::Worsened
        }
        _ => Standing::Known,
    }
}

#[cfg(test)]
mod tests;
