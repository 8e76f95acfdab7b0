//! `trailcheck audit`.

use std::path::Path;

use super::reports::Reports;
use super::settings::{self, Loaded};
use super::{collect, former, log, selection, stats};
use crate::audit::{audit, reweigh};
use crate::baseline::{Baseline, compare};
use crate::cli;
use crate::config::{Config, FailOn};
use crate::error::Error;
use crate::finding::Finding;
use crate::outcome::{Gate, Outcome};
use crate::report::Report;
use crate::report::former::Former;
use crate::rule::{Rule, Severity};
use crate::snapshot::Snapshot;
use crate::source::stats::Stats;
use crate::source::{demo, file};
use crate::suppression::{self, Entry};

/// Judges an account and reports on it.
pub(super) fn run(args: &cli::Audit) -> Result<Outcome, Error> {
    refuse_two_readers(args)?;
    let loaded = settings::load(args.config.as_deref(), args.source.demo)?;
    let selected = selection::with_settings(&args.selection, &loaded.config.select);
    let rules = selection::rules(&selected)?;
    let inputs = [
        ("snapshot", args.source.snapshot.as_deref()),
        ("settings file", loaded.path.as_deref()),
        ("baseline", args.gate.baseline.as_deref()),
    ];
    let reports = Reports::plan(&args.output, inputs)?;
    let former = args
        .gate
        .baseline
        .as_deref()
        .map(former::load)
        .transpose()?;
    log::start(&args.messages);
    settings::show(&loaded, args.messages.quiet || args.config.is_some());
    let mut requests = Stats::default();
    let audit = Audit {
        args,
        rules: &rules,
        loaded: &loaded,
        former: former.as_ref(),
    };
    let outcome = audit.judge(&reports, &mut requests);
    stats::show(&args.messages, &requests);
    outcome
}

/// What an audit starts from.
struct Audit<'a> {
    args: &'a cli::Audit,
    rules: &'a [&'static Rule],
    loaded: &'a Loaded,
    former: Option<&'a Former>,
}

impl Audit<'_> {
    fn judge(&self, reports: &Reports<'_>, requests: &mut Stats) -> Result<Outcome, Error> {
        let snapshot = self.take(requests)?;
        let (mut findings, entries) = judged(&snapshot, self.rules, &self.loaded.config);
        settings::show_ended(self.loaded, &entries);
        let baseline = self.compare(&mut findings, &snapshot)?;
        let report = Report::new(&snapshot, self.rules, &findings, self.gate())
            .accepting(&entries, baseline.as_ref());
        reports.write(&report)?;
        Ok(report.summary.outcome)
    }

    fn take(&self, requests: &mut Stats) -> Result<Snapshot, Error> {
        match &self.args.source.snapshot {
            _ if self.args.source.demo => demo::snapshot(),
            Some(path) if path == Path::new("-") => file::load_stdin(),
            Some(path) => file::load(path),
            None => {
                let mut connection = self.args.connection.clone();
                if connection.regions.is_empty() {
                    connection.regions.clone_from(&self.loaded.config.regions);
                }
                let reads = selection::reads(self.rules);
                collect::snapshot(&connection, &self.args.messages, reads, requests)
            }
        }
    }

    fn compare(
        &self,
        findings: &mut [Finding],
        snapshot: &Snapshot,
    ) -> Result<Option<Baseline>, Error> {
        let Some(former) = self.former else {
            return Ok(None);
        };
        let compared = compare(former, findings, snapshot).map_err(|reason| Error::Former {
            path: self.args.gate.baseline.clone().unwrap_or_default(),
            reason,
        })?;
        Ok(Some(compared))
    }

    /// The demo is an exhibit: it closes no gate unless one is asked for.
    fn gate(&self) -> Gate {
        let in_file = self.loaded.config.fail_on.map(FailOn::severity);
        let fail_on = match (self.args.gate.fail_on, in_file) {
            (Some(cli::FailOn(severity)), _) | (None, Some(severity)) => severity,
            (None, None) if self.args.source.demo => None,
            (None, None) => Some(Severity::High),
        };
        Gate {
            fail_on,
            allow_unknown: self.args.gate.allow_unknown,
        }
    }
}

/// What `rules` say of a snapshot, weighed and accepted as the settings have it.
pub(super) fn judged(
    snapshot: &Snapshot,
    rules: &[&'static Rule],
    config: &Config,
) -> (Vec<Finding>, Vec<Entry>) {
    let mut findings = audit(snapshot, rules, &config.rules);
    reweigh(&mut findings, &config.severity);
    let entries = suppression::apply(&config.suppress, &mut findings, snapshot, rules);
    (findings, entries)
}

/// Two files cannot both come from standard input.
fn refuse_two_readers(args: &cli::Audit) -> Result<(), Error> {
    let dash = Path::new("-");
    let read = |file: Option<&Path>| file == Some(dash);
    if read(args.source.snapshot.as_deref()) && read(args.gate.baseline.as_deref()) {
        return Err(Error::Usage(
            "snapshot and baseline cannot both come from standard input; give one of them a file"
                .to_owned(),
        ));
    }
    Ok(())
}
