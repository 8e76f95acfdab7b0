//! SARIF 2.1.0, written as the audit's is.

use std::collections::BTreeMap;
use std::io;

use serde_json::{Map, json};
use sha2::{Digest as _, Sha256};

use super::Render;
use super::page::advice;
use crate::digest::finding::{Finding, Kind, Verdict};
use crate::digest::verification::Verification;
use crate::outcome::Outcome;
use crate::report::json::write_pretty;
use crate::report::sarif::log::{
    self, AutomationDetails, Configuration, Descriptor, DescriptorProperties, Driver, Help,
    Invocation, Log, LogicalLocation, Notification, Reference, Run, SarifResult, Tool,
};
use crate::report::sarif::{limits, location, message};

/// Where AWS explains what is verified.
const HELP: &str = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html";

/// Renders the verification as a SARIF log with one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sarif {
    /// The file in the repository that every alert points at; without one an alert points
    /// at a path made from its object.
    pub anchor: Option<String>,
}

impl Render for Sarif {
    fn render(&self, verification: &Verification, out: &mut dyn io::Write) -> io::Result<()> {
        write_pretty(&self.log(verification), out)
    }

    /// What exceeds GitHub's limits, and what it would drop or reject.
    fn warnings(&self, verification: &Verification) -> Vec<String> {
        limits::exceeded(&self.log(verification), &[], self.anchor.as_deref())
    }
}

impl Sarif {
    fn log(&self, verification: &Verification) -> Log {
        let mut findings: Vec<&Finding> = verification.findings.iter().collect();
        // Of too many results GitHub keeps the first.
        findings.sort_by_key(|finding| (weight(finding.kind), finding.kind));
        let driver = Driver {
            name: env!("CARGO_PKG_NAME"),
            semantic_version: env!("CARGO_PKG_VERSION"),
            rules: Kind::ALL.iter().map(|kind| descriptor(*kind)).collect(),
        };
        let run = Run {
            tool: Tool { driver },
            automation_details: AutomationDetails {
                id: format!(
                    "trailcheck/verify/{}/",
                    location::encode(&verification.source)
                ),
            },
            invocations: vec![invocation(verification)],
            results: findings
                .into_iter()
                .map(|finding| self.result(finding))
                .collect(),
        };
        Log {
            schema: log::SCHEMA,
            version: log::VERSION,
            runs: vec![run],
        }
    }

    fn result(&self, finding: &Finding) -> SarifResult {
        let kinds = Kind::ALL.iter();
        let subject = subject(finding);
        let fingerprint = fingerprint(finding);
        SarifResult {
            rule_id: finding.kind.as_str(),
            rule_index: kinds.take_while(|kind| **kind != finding.kind).count(),
            kind: None,
            level: level(finding.kind),
            message: message(&format!("{}: {subject}", finding.detail)),
            locations: vec![location::at(
                self.anchor.as_deref(),
                || path(finding),
                LogicalLocation {
                    name: finding.chain.clone(),
                    fully_qualified_name: subject,
                    kind: "resource",
                },
            )],
            partial_fingerprints: BTreeMap::from([
                ("primaryLocationLineHash", fingerprint.clone()),
                ("trailcheck/v1", fingerprint),
            ]),
            suppressions: Vec::new(),
            properties: properties(finding),
        }
    }
}

fn properties(finding: &Finding) -> Map<String, serde_json::Value> {
    Map::from_iter([
        ("verdict".to_owned(), json!(finding.verdict)),
        ("object".to_owned(), json!(finding.object)),
        ("chain".to_owned(), json!(finding.chain)),
    ])
}

/// What the finding is about, in full.
fn subject(finding: &Finding) -> String {
    match &finding.object {
        Some(object) => object.to_string(),
        None => format!("chain {}", finding.chain),
    }
}

/// `s3/<bucket>/<key>`, or `aws/<account>/<region>/<trail>` for what is about a chain.
fn path(finding: &Finding) -> String {
    location::encode(&match &finding.object {
        Some(object) => format!("s3/{}/{}", object.bucket, object.key),
        None => format!("aws/{}", finding.chain),
    })
}

/// SHA-256, in hex, of what the finding is about. On a chain one kind may be found several
/// times; only the detail tells those apart.
fn fingerprint(finding: &Finding) -> String {
    let subject = subject(finding);
    let detail = match &finding.object {
        Some(_) => "",
        None => finding.detail.as_str(),
    };
    let mut hash = Sha256::new();
    for part in [finding.kind.as_str(), &finding.chain, &subject, detail] {
        // The length keeps ("ab", "c") and ("a", "bc") apart: a key may hold any character.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// The level of a kind's results.
fn level(kind: Kind) -> &'static str {
    match (kind, kind.verdict()) {
        (Kind::LogNotYetDigested, _) => "note",
        // What is allowed to an administrator looks the same.
        (Kind::ChainStart | Kind::DigestTimeHole, _) | (_, Verdict::Unverified) => "warning",
        (_, Verdict::Altered | Verdict::Missing | Verdict::Unexplained) => "error",
        (_, Verdict::Valid) => "none",
    }
}

/// What comes first.
fn weight(kind: Kind) -> (u8, Verdict) {
    let level = match level(kind) {
        "error" => 0,
        "warning" => 1,
        _ => 2,
    };
    (level, kind.verdict())
}

fn descriptor(kind: Kind) -> Descriptor {
    Descriptor {
        id: kind.as_str(),
        short_description: message(kind.about()),
        full_description: message(kind.about()),
        default_configuration: Configuration { level: level(kind) },
        help: Help {
            text: format!("{}\n\n{}", kind.about(), advice(kind)),
            markdown: format!("{}\n\n{}", kind.about(), advice(kind)),
        },
        help_uri: Some(HELP),
        properties: DescriptorProperties {
            tags: ["security", "cloudtrail", "integrity"]
                .map(str::to_owned)
                .to_vec(),
            precision: "very-high",
            security_severity: match level(kind) {
                "error" => "9.5",
                "warning" => "5.5",
                _ => "3.0",
            },
        },
    }
}

fn invocation(verification: &Verification) -> Invocation {
    let unverified = (verification.findings.iter())
        .any(|finding| finding.verdict == Verdict::Unverified && finding.kind.counts());
    let successful = !unverified && verification.outcome() != Outcome::Incomplete;
    let notes = verification.notes.iter().map(|note| Notification {
        descriptor: Reference { id: "note" },
        level: "note",
        message: message(note),
        properties: Map::new(),
    });
    Invocation {
        execution_successful: successful,
        start_time_utc: verification.now,
        end_time_utc: None,
        tool_execution_notifications: notes.collect(),
    }
}
