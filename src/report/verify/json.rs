//! The JSON report: a contract, with its schema in `docs/schema/trailcheck-verify-1.json`.

use std::io;

use jiff::Timestamp;
use serde::Serialize;

use super::Render;
use super::summary::Summary;
use crate::digest::finding::Finding;
use crate::digest::verification::{ChainReport, JudgedObject, Range, Verification};
use crate::report::json::write_pretty;

/// The name of the report's schema. It is a name: nothing is fetched from it.
pub const SCHEMA: &str = "https://trailcheck.dev/schema/trailcheck-verify-1.json";

/// The version of the report's format.
pub const SCHEMA_VERSION: u32 = 1;

/// Renders the report for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Json {
    /// Whether every object and its verdict are in it.
    pub all: bool,
}

impl Render for Json {
    fn render(&self, verification: &Verification, out: &mut dyn io::Write) -> io::Result<()> {
        write_pretty(&Document::of(verification, self.all), out)
    }
}

/// What came of verifying a trail's log files and digests.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Verification"))]
pub(in crate::report) struct Document<'a> {
    /// The name of this format's schema.
    schema: &'static str,
    /// The version of this format; it grows when something is removed or changes its meaning.
    schema_version: u32,
    /// What wrote the report.
    tool: Tool,
    /// What was verified, as the user named it: a trail's ARN, an S3 URI, a directory.
    source: &'a str,
    /// When the run began.
    started: Timestamp,
    /// From when to when the log files were delivered that were asked about.
    range: Range,
    /// How the run ended: `valid`, `tampered` or `incomplete`.
    outcome: &'static str,
    /// The exit code of the run.
    exit_code: u8,
    /// The chains, in the order of their ids.
    chains: &'a [ChainReport],
    /// What all chains come to.
    summary: Summary<'a>,
    /// What is not as it should be, or could not be looked at.
    findings: &'a [Finding],
    /// What changes no verdict, and should be known.
    notes: &'a [String],
    /// Every object and its verdict; only there if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    objects: Option<&'a [JudgedObject]>,
}

/// The program.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Tool"))]
struct Tool {
    /// Its name.
    name: &'static str,
    /// Its version.
    version: &'static str,
}

impl<'a> Document<'a> {
    fn of(verification: &'a Verification, all: bool) -> Self {
        Document {
            schema: SCHEMA,
            schema_version: SCHEMA_VERSION,
            tool: Tool {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
            },
            source: &verification.source,
            started: verification.now,
            range: verification.range,
            outcome: verification.outcome_name(),
            exit_code: verification.outcome().exit_code(),
            chains: &verification.chains,
            summary: Summary::of(verification),
            findings: &verification.findings,
            notes: &verification.notes,
            objects: all.then_some(verification.objects.as_slice()),
        }
    }
}
