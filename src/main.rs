//! The command line: parse, dispatch, print an error chain, exit.

use std::error::Error as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser;
use trailcheck::cli::Cli;
use trailcheck::error::Error;
use trailcheck::outcome::{Outcome, USAGE};
use trailcheck::{commands, report::text::visible};

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        let _ = writeln!(
            io::stderr(),
            "internal error: {}",
            visible(&panic.to_string())
        );
    }));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(answer) => return print(&answer),
    };
    match commands::run(&cli.command) {
        Ok(outcome) => ExitCode::from(outcome.exit_code()),
        Err(error) => {
            // Nobody is left to tell if standard error is gone; the exit code stays.
            let _ = writeln!(io::stderr(), "error: {}", visible(&chain(&error)));
            ExitCode::from(error.exit_code())
        }
    }
}

/// Prints what clap has to say: help and version, which were asked for, or a usage error.
fn print(answer: &clap::Error) -> ExitCode {
    let written = match answer.print() {
        // A reader that has seen enough and left is no failure.
        Err(error) => error.kind() == io::ErrorKind::BrokenPipe,
        Ok(()) => true,
    };
    ExitCode::from(if answer.use_stderr() || !written {
        USAGE
    } else {
        Outcome::Clean.exit_code()
    })
}

/// The error and what caused it, as `a: b: c`.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
