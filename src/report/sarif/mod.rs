//! SARIF 2.1.0, as GitHub code scanning takes it.

mod descriptors;
pub(in crate::report) mod limits;
pub(in crate::report) mod location;
pub(in crate::report) mod log;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;

use serde_json::{Map, Value, json};

use self::log::{
    AutomationDetails, Driver, Invocation, Log, Notification, Reference, Run, SarifResult,
    Suppression, Text, Tool,
};
use super::json::write_pretty;
use super::text::visible;
use super::{Render, Report, remedy, words};
use crate::finding::{Finding, Status};
use crate::snapshot::{Account, Fact};

/// Renders the report as a SARIF log: one run per account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sarif {
    /// Which findings it holds.
    pub profile: SarifProfile,
    /// The file in the repository that every alert points at; without one an alert points
    /// at a path made from its resource.
    pub anchor: Option<String>,
}

/// Which findings a SARIF log holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SarifProfile {
    /// Fails and unknowns: GitHub shows every result as an alert, a pass too.
    #[default]
    Github,
    /// All, with `kind` and `suppressions`.
    Full,
}

impl Render for Sarif {
    fn render(&self, report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        write_pretty(&self.log(report), out)
    }

    /// What exceeds GitHub's limits, and what it would drop or reject.
    fn warnings(&self, report: &Report<'_>) -> Vec<String> {
        limits::exceeded(&self.log(report), report.rules, self.anchor.as_deref())
    }
}

impl Sarif {
    fn log(&self, report: &Report<'_>) -> Log {
        let facts = report.facts();
        let accounts = report.snapshot.accounts.iter();
        Log {
            schema: log::SCHEMA,
            version: log::VERSION,
            runs: accounts
                .map(|account| self.run(report, account, &facts))
                .collect(),
        }
    }

    fn run(&self, report: &Report<'_>, account: &Account, facts: &[Fact<'_>]) -> Run {
        let findings: Vec<&Finding> = (report.findings.iter())
            .filter(|finding| finding.account == account.id)
            .collect();
        let rules = report.rules.iter();
        let driver = Driver {
            name: env!("CARGO_PKG_NAME"),
            semantic_version: env!("CARGO_PKG_VERSION"),
            rules: rules.map(|rule| descriptors::of(rule, &findings)).collect(),
        };
        let own = facts.iter().filter(|fact| fact.account == account.id);
        Run {
            tool: Tool { driver },
            // GitHub takes what stands before the last slash for the category, and rejects
            // a file that has one category twice.
            automation_details: AutomationDetails {
                id: format!("trailcheck/{}/", account.id),
            },
            invocations: vec![invocation(report, own, &findings)],
            results: self.results(report, findings),
        }
    }

    /// The results, the heaviest first: of too many GitHub keeps the first.
    fn results(&self, report: &Report<'_>, mut findings: Vec<&Finding>) -> Vec<SarifResult> {
        findings.sort_by_key(|f| (f.status, std::cmp::Reverse(f.severity)));
        let findings = findings.into_iter().filter(|finding| match self.profile {
            SarifProfile::Full => true,
            SarifProfile::Github => {
                finding.suppressed.is_none()
                    && matches!(finding.status, Status::Fail | Status::Unknown)
            }
        });
        findings
            .filter_map(|finding| {
                let rule_index = report.rules.iter().position(|r| r.id == finding.rule)?;
                Some(self.result(report, finding, rule_index))
            })
            .collect()
    }

    fn result(&self, report: &Report<'_>, finding: &Finding, rule_index: usize) -> SarifResult {
        let level = match finding.status {
            Status::Fail => descriptors::level(finding.severity),
            Status::Unknown => descriptors::unknown_level(finding.severity),
            Status::Pass | Status::NotApplicable => "none",
        };
        // An unknown stays a `fail` to SARIF: kinds other than that have no level, and
        // what has no level GitHub takes for fixed.
        let kind = match finding.status {
            Status::Fail | Status::Unknown => "fail",
            Status::Pass => "pass",
            Status::NotApplicable => "notApplicable",
        };
        let suppressions = finding.suppressed.iter().map(|why| Suppression {
            kind: "external",
            justification: visible(&words::accepted(why)),
        });
        SarifResult {
            rule_id: finding.rule,
            rule_index,
            kind: (self.profile == SarifProfile::Full).then_some(kind),
            level,
            message: message(&format!("{}: {}", finding.message, finding.resource)),
            locations: vec![location::of(finding, self.anchor.as_deref())],
            partial_fingerprints: BTreeMap::from([
                ("primaryLocationLineHash", finding.fingerprint.clone()),
                ("trailcheck/v1", finding.fingerprint.clone()),
            ]),
            suppressions: suppressions.collect(),
            properties: properties(report, finding, rule_index),
        }
    }
}

fn properties(report: &Report<'_>, finding: &Finding, rule_index: usize) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut set = |name: &str, value: Value| {
        properties.insert(name.to_owned(), value);
    };
    set("status", json!(finding.status));
    set("severity", json!(finding.severity));
    set("account", json!(finding.account));
    set("region", json!(finding.region));
    set("resource", json!(finding.resource));
    set("evidence", json!(finding.evidence));
    if let Some(gap) = &finding.gap {
        set("gap", json!(gap));
    }
    if let Some(standing) = finding.baseline {
        set("baseline", json!(standing));
    }
    if let Some(rule) = report
        .rules
        .get(rule_index)
        .filter(|_| finding.status == Status::Fail)
    {
        set("remedy", json!(remedy::fill(rule.remedies.cli, finding)));
    }
    properties
}

fn invocation<'a>(
    report: &Report<'_>,
    facts: impl Iterator<Item = &'a Fact<'a>>,
    findings: &[&Finding],
) -> Invocation {
    let mut read = false;
    let mut notifications = Vec::new();
    for fact in facts {
        match fact.gap {
            Some(_) => notifications.extend(notification(fact)),
            None => read = true,
        }
    }
    let unknown = findings
        .iter()
        .any(|f| f.status == Status::Unknown && f.suppressed.is_none());
    Invocation {
        execution_successful: read && notifications.is_empty() && !unknown,
        start_time_utc: report.snapshot.started_at,
        end_time_utc: Some(report.snapshot.finished_at),
        tool_execution_notifications: notifications,
    }
}

fn notification(fact: &Fact<'_>) -> Option<Notification> {
    let gap = fact.gap?;
    let text = format!(
        "{} ({}) on {}: {}",
        gap.action, gap.kind, fact.subject, gap.detail
    );
    let mut properties = Map::new();
    properties.insert("subject".to_owned(), json!(fact.subject));
    properties.insert("action".to_owned(), json!(gap.action));
    Some(Notification {
        descriptor: Reference {
            id: gap.kind.as_str(),
        },
        level: "warning",
        message: message(&text),
        properties,
    })
}

/// A message that holds text from AWS. In SARIF `[text](target)` is a link, which nobody
/// shall be able to put into an alert by the name of a resource.
pub(in crate::report) fn message(text: &str) -> Text {
    Text {
        text: visible(text).replace("](", "] ("),
    }
}
