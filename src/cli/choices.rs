//! What a flag's value is chosen from. The doc comments of the values are help texts.

use clap::ValueEnum;

use crate::rule::Severity;

/// A report's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// For programs; a JSON Schema is committed.
    Json,
    /// For GitHub code scanning.
    Sarif,
    /// For a GitHub job summary.
    Markdown,
    /// Annotations in the log of a GitHub Actions step.
    #[value(name = "github")]
    GitHub,
    /// For CI servers: a test suite per rule, a test case per finding.
    #[value(name = "junit")]
    JUnit,
    /// For spreadsheets: a row per finding.
    Csv,
    /// For auditors: one page to read, filter and print in any browser.
    Html,
}

/// The format of `trailcheck rules`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// The format of `trailcheck verify`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VerifyFormat {
    /// For people.
    Table,
    /// For programs; a JSON Schema is committed.
    Json,
    /// For code scanning.
    Sarif,
}

/// The format of `trailcheck diff`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For people.
    Table,
    /// For programs; a JSON Schema is committed.
    Json,
    /// For job summaries and pull requests.
    Markdown,
}

/// The format of `trailcheck rules explain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Another view of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum View {
    /// One row per Region, as Trusted Advisor's check `c25hn9x03v` shows them.
    TrustedAdvisor,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless the environment says otherwise.
    Auto,
    /// Even in a pipe.
    Always,
    /// Not even on a terminal.
    Never,
}

/// What a SARIF report holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SarifProfile {
    /// Fails and unknowns, as GitHub code scanning wants them.
    Github,
    /// Passes and suppressed findings too.
    Full,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// Only what went wrong.
    Error,
    /// What may be wrong, too.
    Warn,
    /// The steps of the run.
    Info,
    /// Every call.
    Debug,
    /// Everything.
    Trace,
}

/// The lowest severity that fails a run; `None` for `never`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailOn(pub Option<Severity>);
