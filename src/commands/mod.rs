//! One file per subcommand.

mod audit;
mod collect;
mod completions;
mod diff;
mod explain;
mod former;
mod log;
mod man;
mod output;
mod pattern;
mod permissions;
mod reports;
mod rules;
mod selection;
mod settings;
mod simulate;
mod snapshot;
mod stats;
mod style;
mod suppress;
mod verify;
mod who_can;

use crate::cli::{Command, RulesCommand};
use crate::error::Error;
use crate::outcome::Outcome;

/// Does what the command line asks for.
///
/// # Errors
/// Whatever keeps the command from doing its work.
pub fn run(command: &Command) -> Result<Outcome, Error> {
    match command {
        Command::Audit(args) => audit::run(args),
        Command::Snapshot(args) => snapshot::run(args),
        Command::Verify(args) => verify::run(args),
        Command::WhoCan(args) => who_can::run(args),
        Command::Simulate(args) => simulate::run(args),
        Command::Pattern(args) => pattern::run(args),
        Command::Suppress(args) => suppress::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Rules(args) => match &args.command {
            None => rules::run(&args.selection, args.format),
            Some(RulesCommand::Explain { rule, format }) => explain::run(rule, *format),
            Some(RulesCommand::Permissions { selection }) => permissions::run(selection),
        },
        Command::Completions { shell } => completions::run(*shell),
        Command::Man { command } => man::run(command),
    }
}
