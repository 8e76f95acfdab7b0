//! How a run ends: the only place that knows the exit codes.

use serde::Serialize;

use crate::finding::{Finding, Standing, Status};
use crate::rule::Severity;

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing at or above the gate, and nothing that matters unknown.
    Clean,
    /// Findings at or above the gate.
    Findings,
    /// Something that matters could not be looked at.
    Incomplete,
}

/// Exit code of a usage or configuration error: nothing was audited.
pub const USAGE: u8 = 2;

/// Exit code after Ctrl-C: 128 + SIGINT, as shells expect.
pub const INTERRUPTED: u8 = 130;

impl Outcome {
    /// The process exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Outcome::Clean => 0,
            Outcome::Findings => 1,
            Outcome::Incomplete => 3,
        }
    }

    /// The outcome as reports spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Clean => "clean",
            Outcome::Findings => "findings",
            Outcome::Incomplete => "incomplete",
        }
    }
}

/// What closes the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate {
    /// Fails of this severity and above close it; `None` (`never`) lets every fail through.
    pub fail_on: Option<Severity>,
    /// Let unknown findings through.
    pub allow_unknown: bool,
}

impl Default for Gate {
    /// `--fail-on high`, unknown findings held.
    fn default() -> Self {
        Gate {
            fail_on: Some(Severity::High),
            allow_unknown: false,
        }
    }
}

impl Gate {
    /// How a run with these findings ends; `anything_read` tells whether at least one
    /// fact was read. Without one there is nothing to stand on, so not even `never`
    /// ends clean. A known fail weighs more than something unknown.
    pub fn outcome(&self, findings: &[Finding], anything_read: bool) -> Outcome {
        let nothing_seen = !anything_read || findings.is_empty();
        let unknown = !self.allow_unknown && self.closed_by(findings, Status::Unknown);
        if self.closed_by(findings, Status::Fail) {
            Outcome::Findings
        } else if nothing_seen || unknown {
            Outcome::Incomplete
        } else {
            Outcome::Clean
        }
    }

    /// How many findings of that status are at or above the gate.
    pub fn count(&self, findings: &[Finding], status: Status) -> usize {
        findings
            .iter()
            .filter(|finding| self.holds(finding, status))
            .count()
    }

    fn closed_by(&self, findings: &[Finding], status: Status) -> bool {
        findings.iter().any(|finding| self.holds(finding, status))
    }

    fn holds(&self, finding: &Finding, status: Status) -> bool {
        finding.suppressed.is_none()
            && finding.baseline != Some(Standing::Known)
            && finding.status == status
            && self.fail_on.is_some_and(|gate| finding.severity >= gate)
    }
}
