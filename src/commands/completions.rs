//! `trailcheck completions`.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::output;
use crate::cli::Cli;
use crate::error::Error;
use crate::outcome::Outcome;

/// Prints a completion script.
pub(super) fn run(shell: Shell) -> Result<Outcome, Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "trailcheck", &mut script);
    output::stdout(&script)?;
    Ok(Outcome::Clean)
}
