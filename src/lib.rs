//! trailcheck: can an AWS account's audit trail be trusted?
//!
//! Data flows one way:
//!
//! ```text
//! Source --collect--> Snapshot --audit(&[Rule], &Settings)--> Audit --> table | json | ...
//! live | file | demo  Observed<T>   Context, Verdict, Gap     Finding   Outcome --> exit code
//! ```
//!
//! * [`snapshot`] is what was seen: plain data, no I/O, no opinions. Every fact is
//!   an [`snapshot::Observed`]: known, or a [`snapshot::Gap`] that says why not.
//! * [`source`] is where a snapshot comes from: AWS itself (feature `live`), a saved
//!   file, or the embedded demo account.
//! * [`rules`] is judgement, one file per rule; [`rule`] is what a rule is made of.
//!   [`selector`], [`policy`] and [`retention`] are the languages the rules reason in:
//!   event selectors, policies, lifecycle rules; [`pattern`]: filter and event patterns.
//! * [`config`] is what a `trailcheck.toml` says: settings, and accepted findings.
//! * [`audit`] runs rules over a snapshot and yields [`finding`]s; [`suppression`] marks those
//!   that are accepted, and [`baseline`] those that a former report has.
//! * [`report`] renders them; [`outcome`] turns them into an exit code.
//! * [`commands`] is one file per subcommand, and the only place, with `main`, that
//!   touches the terminal or the clock.
//!
//! `use` never points backwards along that line; a test in [`rules`] holds the rules to it.

pub mod audit;
pub mod baseline;
pub mod cli;
pub mod commands;
pub mod config;
pub mod digest;
pub mod error;
pub mod finding;
pub mod outcome;
pub mod pattern;
pub mod policy;
pub mod report;
pub mod retention;
pub mod rule;
pub mod selector;
pub mod snapshot;
pub mod source;
pub mod spelling;
pub mod suppression;

#[path = "../rules/mod.rs"]
pub mod rules;
