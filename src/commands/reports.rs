//! Which reports a run writes, and where to.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::Path;

use super::{output, style};
use crate::cli::{self, Destination, Format, Target};
use crate::error::Error;
use crate::report::csv::Csv;
use crate::report::github::GitHub;
use crate::report::html::Html;
use crate::report::json::Json;
use crate::report::junit::JUnit;
use crate::report::markdown::Markdown;
use crate::report::sarif::{Sarif, SarifProfile};
use crate::report::table::{Details, Table};
use crate::report::text::visible;
use crate::report::trusted_advisor::TrustedAdvisor;
use crate::report::{Render, Report};

/// The reports of one run.
pub(super) struct Reports<'a> {
    targets: Vec<Target>,
    flags: &'a cli::Output,
}

impl<'a> Reports<'a> {
    /// Works out what the flags ask for, and whether it can be written: better now than
    /// after a minute of calls.
    ///
    /// `inputs` are the files that the run reads, each with what it is.
    pub(super) fn plan(
        flags: &'a cli::Output,
        inputs: [(&str, Option<&Path>); 3],
    ) -> Result<Self, Error> {
        let targets = targets(flags);
        refuse_collisions(&targets)?;
        refuse_inputs(&targets, inputs)?;
        refuse_idle_flags(flags, &targets)?;
        for target in &targets {
            output::check(&target.to)?;
        }
        Ok(Reports { targets, flags })
    }

    /// Writes them all. Files come first, and one that fails does not keep the others
    /// from being written; the first failure is what is reported.
    pub(super) fn write(&self, report: &Report<'_>) -> Result<(), Error> {
        let (screen, files): (Vec<&Target>, Vec<&Target>) = self
            .targets
            .iter()
            .partition(|target| target.to == Destination::Stdout);
        let mut result = Ok(());
        for target in files.into_iter().chain(screen) {
            let written = self.write_one(target, report);
            result = result.and(written);
        }
        result
    }

    fn write_one(&self, target: &Target, report: &Report<'_>) -> Result<(), Error> {
        let mut bytes = Vec::new();
        let renderer = self.renderer(target);
        for warning in renderer.warnings(report) {
            // A warning nobody can read must not change how the run ends.
            let _ = writeln!(io::stderr(), "warning: {}", visible(&warning));
        }
        renderer
            .render(report, &mut bytes)
            .map_err(|source| Error::Write {
                path: match &target.to {
                    Destination::Stdout => "-".into(),
                    Destination::File(path) => path.clone(),
                },
                source,
            })?;
        output::write(&target.to, &bytes)
    }

    fn details(&self) -> Details {
        match (self.flags.details, self.flags.no_details) {
            (true, _) => Details::Whole,
            (_, true) => Details::Pointers,
            _ => Details::Commands,
        }
    }

    fn renderer(&self, target: &Target) -> Box<dyn Render> {
        match target.format {
            Format::Table => self.table(target),
            Format::Json => Box::new(Json),
            Format::Sarif => Box::new(Sarif {
                profile: match self.flags.sarif_profile {
                    None | Some(cli::SarifProfile::Github) => SarifProfile::Github,
                    Some(cli::SarifProfile::Full) => SarifProfile::Full,
                },
                anchor: self.flags.anchor.clone(),
            }),
            Format::Markdown => Box::new(Markdown),
            Format::GitHub => Box::new(GitHub {
                anchor: self.flags.anchor.clone(),
            }),
            Format::JUnit => Box::new(JUnit),
            Format::Csv => Box::new(Csv),
            Format::Html => Box::new(Html),
        }
    }

    fn table(&self, target: &Target) -> Box<dyn Render> {
        let style = style::of(&target.to, self.flags.color);
        match self.flags.view {
            Some(cli::View::TrustedAdvisor) => Box::new(TrustedAdvisor { style }),
            None => Box::new(Table {
                style,
                details: self.details(),
                verbose: self.flags.verbose,
            }),
        }
    }
}

/// Every report that is asked for: `--format` to `--output` or standard output, and the
/// ones of `--report`. A `--report` to standard output takes the place of the table that
/// nobody named.
fn targets(flags: &cli::Output) -> Vec<Target> {
    let replaced = flags.format.is_none()
        && flags.output.is_none()
        && flags
            .report
            .iter()
            .any(|target| target.to == Destination::Stdout);
    let main = (!replaced).then(|| Target {
        format: flags.format.unwrap_or(Format::Table),
        to: flags.output.clone().unwrap_or(Destination::Stdout),
    });
    main.into_iter()
        .chain(flags.report.iter().cloned())
        .collect()
}

fn refuse_collisions(targets: &[Target]) -> Result<(), Error> {
    let mut taken = BTreeSet::new();
    let mut to_stdout = false;
    for target in targets {
        match &target.to {
            Destination::Stdout if to_stdout => {
                return Err(Error::Usage(
                    "two reports cannot both go to standard output; give one of them a file"
                        .to_owned(),
                ));
            }
            Destination::Stdout => to_stdout = true,
            Destination::File(path) => {
                if !taken.insert(output::identity(path)) {
                    return Err(Error::Usage(format!(
                        "two reports cannot both go to `{}`",
                        path.display()
                    )));
                }
            }
        }
    }
    Ok(())
}

/// Refuses to replace a file that is read.
fn refuse_inputs(targets: &[Target], inputs: [(&str, Option<&Path>); 3]) -> Result<(), Error> {
    for (what, input) in inputs {
        let Some(input) = input.map(output::identity) else {
            continue;
        };
        for target in targets {
            if let Destination::File(path) = &target.to
                && output::identity(path) == input
            {
                return Err(Error::Usage(format!(
                    "`{}` is the {what} that is read, and a report would replace it",
                    path.display()
                )));
            }
        }
    }
    Ok(())
}

/// Refuses flags that shape a report which is not asked for: whoever gives one means it
/// to do something.
fn refuse_idle_flags(flags: &cli::Output, targets: &[Target]) -> Result<(), Error> {
    let any = |format| targets.iter().any(|target| target.format == format);
    let (table, sarif) = (any(Format::Table), any(Format::Sarif));
    let placed = sarif || any(Format::GitHub);
    let own_table = flags.view.is_none();
    let idle = [
        ("--view", !own_table && !table, NO_TABLE),
        ("--details", flags.details && !table, NO_TABLE),
        ("--no-details", flags.no_details && !table, NO_TABLE),
        ("--verbose", flags.verbose && !table, NO_TABLE),
        ("--details", flags.details && !own_table, NOT_IN_VIEW),
        ("--no-details", flags.no_details && !own_table, NOT_IN_VIEW),
        ("--verbose", flags.verbose && !own_table, NOT_IN_VIEW),
        (
            "--anchor",
            flags.anchor.is_some() && !placed,
            NOTHING_PLACED,
        ),
        (
            "--sarif-profile",
            flags.sarif_profile.is_some() && !sarif,
            NO_SARIF,
        ),
    ];
    match idle.iter().find(|(_, idle, _)| *idle) {
        Some((flag, _, why)) => Err(Error::Usage(format!("`{flag}` {why}"))),
        None => Ok(()),
    }
}

const NO_TABLE: &str = "shapes the table, and no table is asked for";
const NOT_IN_VIEW: &str = "shapes our own table, and `--view` asks for another one";
const NOTHING_PLACED: &str = "places SARIF results and GitHub annotations, and none is asked for";
const NO_SARIF: &str = "shapes the SARIF report, and none is asked for";
