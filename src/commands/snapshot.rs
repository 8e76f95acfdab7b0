//! `trailcheck snapshot`.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::Path;

use super::{collect, log, output, selection, stats};
use crate::cli::{Destination, TakeSnapshot};
use crate::error::Error;
use crate::outcome::Outcome;
use crate::report::text::visible;
use crate::snapshot::{Action, Snapshot};
use crate::source::file;
use crate::source::stats::Stats;

/// Collects a snapshot and saves it.
pub(super) fn run(args: &TakeSnapshot) -> Result<Outcome, Error> {
    let actions = selection::actions(&args.selection)?;
    output::check(&args.output)?;
    log::start(&args.messages);
    let mut requests = Stats::default();
    let outcome = save(args, actions, &mut requests);
    stats::show(&args.messages, &requests);
    outcome
}

fn save(
    args: &TakeSnapshot,
    actions: BTreeSet<Action>,
    requests: &mut Stats,
) -> Result<Outcome, Error> {
    let snapshot = collect::snapshot(&args.connection, &args.messages, actions, requests)?;
    output::write(&args.output, &file::encode(&snapshot, gzip(&args.output))?)?;
    let facts = snapshot.facts();
    let read = facts.iter().filter(|fact| fact.gap.is_none()).count();
    if !args.messages.quiet {
        // The snapshot is saved; a line nobody can read must not change how the run ends.
        let _ = writeln!(io::stderr(), "{}", saved(&snapshot, read, facts.len()));
    }
    // What could be seen is saved, gaps and all, and judging it later will name them. A
    // snapshot in which nothing could be read is not worth a zero.
    Ok(if read == 0 {
        Outcome::Incomplete
    } else {
        Outcome::Clean
    })
}

fn gzip(to: &Destination) -> bool {
    match to {
        Destination::Stdout => false,
        Destination::File(path) => Path::extension(path).is_some_and(|suffix| suffix == "gz"),
    }
}

fn saved(snapshot: &Snapshot, read: usize, asked: usize) -> String {
    let accounts: Vec<&str> = snapshot.accounts.iter().map(|a| a.id.as_str()).collect();
    visible(&format!(
        "account {}: {read} of {asked} facts read",
        accounts.join(", ")
    ))
}
