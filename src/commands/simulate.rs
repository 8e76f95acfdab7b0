//! `trailcheck simulate`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use comfy_table::Table;
use serde::Serialize;
use serde_json::Value;

use super::output;
use crate::cli::{ListFormat, Simulate};
use crate::error::Error;
use crate::outcome::Outcome;
use crate::policy::answer::Answer;
use crate::policy::document::Effect;
use crate::policy::world::World;
use crate::report::text::visible;
use crate::source::simulation::{self, Mode, Query, Simulation};

/// Answers the questions of an input file.
pub(super) fn run(args: &Simulate) -> Result<Outcome, Error> {
    let simulation = read(&args.file)?;
    for name in &simulation.ignored {
        let line = format!("note: `{name}` is no part of the input that is known, and is ignored");
        // Nobody is left to tell if standard error is gone.
        let _ = writeln!(io::stderr(), "{}", visible(&line));
    }
    let results: Vec<Answered> = simulation
        .queries
        .iter()
        .map(|query| answer(&simulation.world, query))
        .collect();
    match args.format {
        ListFormat::Json => output::json(&Answers { results })?,
        ListFormat::Table => output::stdout(table(&results).as_bytes())?,
    }
    Ok(Outcome::Clean)
}

fn read(path: &Path) -> Result<Simulation, Error> {
    let read = if path == Path::new("-") {
        simulation::read(io::stdin().lock())
    } else {
        let file = File::open(path).map_err(|source| Error::Read {
            path: path.to_owned(),
            source,
        })?;
        simulation::read(file)
    };
    read.map_err(|reason| Error::Simulation {
        path: path.to_owned(),
        reason,
    })
}

#[derive(Serialize)]
struct Answers {
    results: Vec<Answered>,
}

/// One question's answer, as JSON shows it.
#[derive(Serialize)]
struct Answered {
    id: String,
    verdict: &'static str,
    depends_on: Vec<String>,
    /// A context that `concrete` takes; a key with one value holds it bare.
    witness: BTreeMap<String, Value>,
    statements: Vec<Cited>,
    #[serde(skip)]
    absent: Vec<String>,
}

/// A statement that allows or denies some request.
#[derive(Serialize)]
struct Cited {
    policy: String,
    statement: String,
    effect: &'static str,
}

fn answer(world: &World, query: &Query) -> Answered {
    let caller = world.caller(&query.principal);
    let question = world.ask(&caller, &query.action, query.target.clone());
    let (answer, bearings) = match query.mode {
        Mode::Concrete => (
            question.of_request(&query.context),
            question.case.cited(&query.context),
        ),
        Mode::May => (question.may(&query.context), question.cited(&query.context)),
    };
    let cited = bearings.iter().map(|bearing| Cited {
        policy: bearing.policy.to_owned(),
        statement: bearing.statement.name.clone(),
        effect: match bearing.statement.effect {
            Some(Effect::Allow) => "Allow",
            Some(Effect::Deny) => "Deny",
            None => "unknown",
        },
    });
    let statements = cited.collect();
    let verdict = answer.as_str();
    let (depends_on, witness) = match answer {
        Answer::Conditional {
            depends_on,
            witness,
        } => (depends_on, witness),
        Answer::Allowed | Answer::Denied => Default::default(),
    };
    Answered {
        id: query.id.clone(),
        verdict,
        depends_on,
        witness: witness.present.into_iter().map(bare).collect(),
        statements,
        absent: witness.absent,
    }
}

fn bare((key, values): (String, Vec<String>)) -> (String, Value) {
    match values.as_slice() {
        [value] => (key, Value::String(value.clone())),
        _ => (key, Value::from(values)),
    }
}

fn table(results: &[Answered]) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_content_arrangement(comfy_table::ContentArrangement::Disabled);
    table.set_header(["Id", "Verdict", "Depends on", "For example"]);
    for result in results {
        table.add_row([
            visible(&result.id),
            result.verdict.to_owned(),
            visible(&result.depends_on.join(", ")),
            visible(&example(result)),
        ]);
    }
    format!("{}\n", table.trim_fmt())
}

/// The witness in words: `aws:SourceIp = 192.0.2.1, without aws:SourceVpce`.
fn example(result: &Answered) -> String {
    let named = |key: &&String| result.depends_on.contains(key);
    let present = result.witness.iter().filter(|(key, _)| named(key));
    let present = present.map(|(key, value)| match value {
        Value::String(value) => format!("{key} = {value}"),
        other => format!("{key} = {other}"),
    });
    let absent = result.absent.iter().filter(named);
    present
        .chain(absent.map(|key| format!("without {key}")))
        .collect::<Vec<_>>()
        .join(", ")
}
