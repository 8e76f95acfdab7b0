//! What an audit says about one subject under one rule.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::rule::{Rule, Severity};
use crate::snapshot::Gap;

/// The word of one rule on one subject.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Finding {
    /// The rule's id.
    pub rule: &'static str,
    /// Pass, fail, unknown or not applicable.
    pub status: Status,
    /// What it weighs; for an unknown, the most its rule's fail could weigh.
    pub severity: Severity,
    /// The audited account's id.
    pub account: String,
    /// The subject's home Region; `global` for the account.
    pub region: String,
    /// The subject's ARN; the account's for findings on the account or a Region.
    pub resource: String,
    /// One sentence with the observed value.
    pub message: String,
    /// The observed values that decided.
    pub evidence: Map<String, Value>,
    /// For an unknown: the fact that is missing and why. Else null.
    pub gap: Option<Gap>,
    /// For an accepted finding: why. Else null.
    pub suppressed: Option<Suppressed>,
    /// For a fail or an unknown that is not accepted: how it stands beside the baseline.
    /// Null for every other, and where no baseline was given.
    pub baseline: Option<Standing>,
    /// SHA-256 over rule id, account, Region and resource (of a bucket without its Region,
    /// of a key by the name that its trails use): stays the same from run to run whatever
    /// the verdict, and whatever could not be read.
    pub fingerprint: String,
}

/// Why a finding is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Suppressed {
    /// The reason given.
    pub reason: String,
    /// Who answers for it; null if nobody is named.
    pub owner: Option<String>,
    /// The last day it holds, in UTC; null if it has no end.
    pub until: Option<Date>,
}

/// How a fail or an unknown stands beside a former report. Only a new or a worsened one can
/// close the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It was neither a fail nor an unknown there, or it was an accepted one.
    New,
    /// It weighs more than it did, was an unknown and is a fail, or was a fail and can no
    /// longer be checked.
    Worsened,
    /// It was there, and weighed as much or more.
    Known,
}

impl Standing {
    /// The standing as JSON spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::New => "new",
            Standing::Worsened => "worsened",
            Standing::Known => "known",
        }
    }
}

/// The status of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The bad state was seen.
    Fail,
    /// A fact that the verdict needs could not be read.
    Unknown,
    /// The good state was seen.
    Pass,
    /// The question does not arise.
    NotApplicable,
}

impl Status {
    /// The status as JSON spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Fail => "fail",
            Status::Unknown => "unknown",
            Status::Pass => "pass",
            Status::NotApplicable => "not-applicable",
        }
    }
}

/// The Region of findings on the account as a whole.
pub const GLOBAL: &str = "global";

/// SHA-256, in hex, of what a finding is about: rule id, account, Region and ARN.
pub fn fingerprint(rule: &Rule, account: &str, region: &str, resource: &str) -> String {
    let mut hash = Sha256::new();
    for part in [rule.id, account, region, resource] {
        hash.update(part.as_bytes());
        // A separator that no part can contain keeps ("ab", "c") and ("a", "bc") apart.
        hash.update([0]);
    }
    let digits = hash
        .finalize()
        .into_iter()
        .flat_map(|byte| [byte >> 4, byte & 0xf]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
