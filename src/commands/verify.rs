//! `trailcheck verify`.

#[cfg(feature = "live")]
mod live;
mod progress;
mod range;

use std::io::{self, Write as _};
use std::path::Path;

use jiff::Timestamp;

use super::{log, output, stats, style};
use crate::cli::verify::VerifyOutput;
use crate::cli::{self, Destination, VerifyFormat};
use crate::digest::keys::{KeyFiles, KeySource};
use crate::digest::store::directory::Directory;
use crate::digest::verification::Verification;
use crate::digest::verify::{Request, verify};
use crate::error::Error;
use crate::outcome::Outcome;
use crate::report::text::visible;
use crate::report::verify::Render;
use crate::report::verify::json::Json;
use crate::report::verify::sarif::Sarif;
use crate::report::verify::table::Table;
use crate::source::stats::Stats;

/// Verifies a trail's log files and digests, and reports on them.
pub(super) fn run(args: &cli::Verify) -> Result<Outcome, Error> {
    refuse_idle_flags(&args.output)?;
    // clap does not ask for what conflicts with another flag that is there.
    if args.public_keys.is_some() && args.evidence.from_dir.is_none() {
        return Err(Error::Usage(
            "`--public-keys` goes with --from-dir; elsewhere the keys are CloudTrail's own"
                .to_owned(),
        ));
    }
    // A second is as exact as CloudTrail's own times are.
    let now = Timestamp::now();
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let asked = range::of(&args.scope, args.evidence.from_dir.is_some(), now)?;
    let to = (args.output.output.clone()).unwrap_or(Destination::Stdout);
    output::check(&to)?;
    refuse_inputs(args, &to)?;
    log::start(&args.messages);
    let request = Request {
        source: String::new(),
        range: asked.range,
        now,
        bucket: None,
        prefix: None,
        trail: None,
        started_logging: None,
        regions: args.scope.regions.clone(),
        accounts: args.scope.accounts.clone(),
        events: args.scope.events,
        objects: args.output.all,
        notes: asked.notes,
    };
    let verification = match &args.evidence.from_dir {
        Some(directory) => copy(args, directory, request)?,
        None => live(args, request)?,
    };
    write(&verification, &args.output, &to)?;
    Ok(verification.outcome())
}

/// Verifies a copy.
fn copy(args: &cli::Verify, directory: &Path, request: Request) -> Result<Verification, Error> {
    let store = Directory::open(directory)?;
    let keys = args
        .public_keys
        .as_deref()
        .map(KeyFiles::open)
        .transpose()?;
    let request = Request {
        source: directory.display().to_string(),
        ..request
    };
    let keys = keys.as_ref().map(|keys| keys as &dyn KeySource);
    let mut verification = progress::shown(&args.messages, |progress| {
        verify(&store, keys, &request, progress)
    });
    verification.notes.extend(store.notes());
    stats::show(&args.messages, &Stats::default());
    Ok(verification)
}

/// Verifies what lies in S3.
#[cfg(feature = "live")]
fn live(args: &cli::Verify, request: Request) -> Result<Verification, Error> {
    let mut requests = Stats::default();
    let verification = progress::shown(&args.messages, |progress| {
        live::run(args, request, progress, &mut requests)
    });
    stats::show(&args.messages, &requests);
    verification
}

/// Says that this build verifies copies only.
#[cfg(not(feature = "live"))]
fn live(_: &cli::Verify, _: Request) -> Result<Verification, Error> {
    Err(Error::Usage(
        "this build cannot verify what lies in S3; `trailcheck verify` takes --from-dir DIR"
            .to_owned(),
    ))
}

fn write(verification: &Verification, flags: &VerifyOutput, to: &Destination) -> Result<(), Error> {
    let renderer: Box<dyn Render> = match flags.format {
        VerifyFormat::Table => Box::new(Table {
            style: style::of(to, flags.color),
            verbose: flags.verbose,
        }),
        VerifyFormat::Json => Box::new(Json { all: flags.all }),
        VerifyFormat::Sarif => Box::new(Sarif {
            anchor: flags.anchor.clone(),
        }),
    };
    for warning in renderer.warnings(verification) {
        // A warning nobody can read must not change how the run ends.
        let _ = writeln!(io::stderr(), "warning: {}", visible(&warning));
    }
    let mut bytes = Vec::new();
    renderer
        .render(verification, &mut bytes)
        .map_err(|source| Error::Write {
            path: match to {
                Destination::Stdout => "-".into(),
                Destination::File(path) => path.clone(),
            },
            source,
        })?;
    output::write(to, &bytes)
}

/// Refuses flags that shape a report which is not asked for: whoever gives one means it to
/// do something.
fn refuse_idle_flags(flags: &VerifyOutput) -> Result<(), Error> {
    let format = flags.format;
    let idle = [
        (
            flags.all && format != VerifyFormat::Json,
            "`--all` lists every object, which only `--format json` does",
        ),
        (
            flags.verbose && format != VerifyFormat::Table,
            "`--verbose` shapes the table, and no table is asked for",
        ),
        (
            flags.anchor.is_some() && format != VerifyFormat::Sarif,
            "`--anchor` places SARIF results, and none is asked for",
        ),
    ];
    match idle.iter().find(|(idle, _)| *idle) {
        Some((_, why)) => Err(Error::Usage((*why).to_owned())),
        None => Ok(()),
    }
}

/// Refuses to write into the evidence, or in the place of the keys.
fn refuse_inputs(args: &cli::Verify, to: &Destination) -> Result<(), Error> {
    let Destination::File(path) = to else {
        return Ok(());
    };
    let target = output::identity(path);
    let inputs = [
        ("copy", args.evidence.from_dir.as_deref()),
        ("public keys", args.public_keys.as_deref()),
    ];
    for (what, input) in inputs {
        let Some(input) = input else { continue };
        let input = input.canonicalize().unwrap_or_else(|_| input.to_owned());
        if target.starts_with(&input) {
            return Err(Error::Usage(format!(
                "`{}` lies in the {what} that is read; write the report somewhere else",
                path.display()
            )));
        }
    }
    Ok(())
}
