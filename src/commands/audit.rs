//! `trailcheck audit`.

use std::path::Path;

use super::reports::Reports;
use super::settings::{self, Loaded};
use super::{collect, log, selection, stats};
use crate::audit::audit;
use crate::cli;
use crate::error::Error;
use crate::outcome::{Gate, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Severity};
use crate::snapshot::Snapshot;
use crate::source::stats::Stats;
use crate::source::{demo, file};

/// Judges an account and reports on it.
pub(super) fn run(args: &cli::Audit) -> Result<Outcome, Error> {
    let rules = selection::rules(&args.selection)?;
    let loaded = settings::load(args)?;
    let inputs = [
        ("snapshot", args.source.snapshot.as_deref()),
        ("settings file", loaded.path.as_deref()),
    ];
    let reports = Reports::plan(&args.output, inputs)?;
    log::start(&args.messages);
    settings::show(args, &loaded);
    let mut requests = Stats::default();
    let outcome = judge(args, &rules, &loaded, &reports, &mut requests);
    stats::show(&args.messages, &requests);
    outcome
}

fn judge(
    args: &cli::Audit,
    rules: &[&'static Rule],
    loaded: &Loaded,
    reports: &Reports<'_>,
    requests: &mut Stats,
) -> Result<Outcome, Error> {
    let snapshot = take(args, rules, requests)?;
    let findings = audit(&snapshot, rules, &loaded.settings);
    let report = Report::new(&snapshot, rules, &findings, gate(args));
    reports.write(&report)?;
    Ok(report.summary.outcome)
}

fn take(
    args: &cli::Audit,
    rules: &[&'static Rule],
    requests: &mut Stats,
) -> Result<Snapshot, Error> {
    match &args.source.snapshot {
        _ if args.source.demo => demo::snapshot(),
        Some(path) if path == Path::new("-") => file::load_stdin(),
        Some(path) => file::load(path),
        None => {
            let reads = selection::reads(rules);
            collect::snapshot(&args.connection, &args.messages, reads, requests)
        }
    }
}

/// The demo is an exhibit: it closes no gate unless one is asked for.
fn gate(args: &cli::Audit) -> Gate {
    let fail_on = match args.gate.fail_on {
        Some(cli::FailOn(severity)) => severity,
        None if args.source.demo => None,
        None => Some(Severity::High),
    };
    Gate {
        fail_on,
        allow_unknown: args.gate.allow_unknown,
    }
}
