//! `trailcheck diff`.

use std::path::Path;

use super::{former, output};
use crate::cli;
use crate::error::Error;
use crate::outcome::Outcome;
use crate::report::diff::{Difference, json, markdown, table};

/// Compares two reports.
pub(super) fn run(args: &cli::Diff) -> Result<Outcome, Error> {
    let dash = Path::new("-");
    if args.before == dash && args.after == dash {
        return Err(Error::Usage(
            "A and B cannot both come from standard input; give one of them a file".to_owned(),
        ));
    }
    let to = args.output.clone().unwrap_or(cli::Destination::Stdout);
    output::check(&to)?;
    if let cli::Destination::File(path) = &to {
        for (name, input) in [("A", &args.before), ("B", &args.after)] {
            if output::identity(path) == output::identity(input) {
                return Err(Error::Usage(format!(
                    "`{}` is {name}, and the comparison would replace it",
                    path.display()
                )));
            }
        }
    }
    let before = former::load(&args.before)?;
    let after = former::load(&args.after)?;
    let difference = Difference::between(&before, &after).map_err(|reason| Error::Former {
        path: args.before.clone(),
        reason,
    })?;
    let bytes = match args.format {
        cli::DiffFormat::Table => Ok(table(&difference).into_bytes()),
        cli::DiffFormat::Json => json(&difference),
        cli::DiffFormat::Markdown => Ok(markdown(&difference).into_bytes()),
    };
    let bytes = bytes.map_err(|source| Error::Write {
        path: "-".into(),
        source,
    })?;
    output::write(&to, &bytes)?;
    Ok(Outcome::Clean)
}
