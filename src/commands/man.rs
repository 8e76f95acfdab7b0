//! `trailcheck man`.

use clap::CommandFactory as _;
use clap_mangen::Man;

use super::output;
use crate::cli::Cli;
use crate::error::Error;
use crate::outcome::Outcome;

/// Prints the manual page of the subcommand that `path` leads to.
pub(super) fn run(path: &[String]) -> Result<Outcome, Error> {
    let mut root = Cli::command();
    // Fills in the full names of the subcommands, which the pages are headed with.
    root.build();
    let mut command = &root;
    for name in path {
        command = command.find_subcommand(name).ok_or_else(|| {
            Error::Usage(format!(
                "there is no command `{name}` under `{}`",
                command.get_bin_name().unwrap_or("trailcheck")
            ))
        })?;
    }
    let mut page = Vec::new();
    Man::new(command.clone())
        .render(&mut page)
        .map_err(|source| Error::Write {
            path: "-".into(),
            source,
        })?;
    output::stdout(&page)?;
    Ok(Outcome::Clean)
}
