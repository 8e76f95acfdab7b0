//! `trailcheck who-can`.

mod action;
mod facts;
mod tampering;

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{collect, log, output, stats};
use crate::cli::{Destination, ListFormat, WhoCan};
use crate::error::Error;
use crate::outcome::Outcome;
use crate::policy::answer::Witness;
use crate::policy::matrix::Held;
use crate::policy::services;
use crate::policy::tampering::{nearest_action, of};
use crate::policy::truth::Truth;
use crate::policy::world::World;
use crate::report::text::visible;
use crate::snapshot::Snapshot;
use crate::source::stats::Stats;
use crate::source::{demo, file};

/// Answers who can do what.
pub(super) fn run(args: &WhoCan) -> Result<Outcome, Error> {
    let to = args.output.clone().unwrap_or(Destination::Stdout);
    output::check(&to)?;
    log::start(&args.messages);
    warn(args);
    let mut requests = Stats::default();
    let outcome = answer(args, &to, &mut requests);
    stats::show(&args.messages, &requests);
    outcome
}

/// A note on an action that may be a slip: of most services, not all actions are known.
fn warn(args: &WhoCan) {
    let Some(action) = &args.action else {
        return;
    };
    if of(action).is_some() || services::takes_resource(action).is_some() {
        return;
    }
    let Some(nearest) = nearest_action(action) else {
        return;
    };
    let same = nearest.split(':').next() == action.split(':').next();
    if same && !nearest.eq_ignore_ascii_case(action) {
        let line = format!("note: if `{action}` is no action, you may mean `{nearest}`");
        // Nobody is left to tell if standard error is gone.
        let _ = writeln!(io::stderr(), "{}", visible(&line));
    }
}

fn answer(args: &WhoCan, to: &Destination, requests: &mut Stats) -> Result<Outcome, Error> {
    let snapshot = take(args, requests)?;
    let worlds: Vec<World> = snapshot.accounts.iter().map(World::of).collect();
    let accounts = snapshot.accounts.iter().zip(&worlds);
    let (text, complete) = match &args.action {
        Some(action) => {
            let answers =
                accounts.map(|(account, world)| action::ask(account, world, action, args));
            let answers: Vec<action::Answers> = answers.collect();
            let complete = answers.iter().all(|one| one.gaps.is_empty());
            (render(args, &answers, action::table)?, complete)
        }
        None => {
            let asked: Vec<tampering::Asked<'_>> = accounts
                .map(|(account, world)| tampering::Asked::of(account, world))
                .collect();
            let answers: Vec<tampering::Answers<'_>> =
                asked.iter().map(|asked| asked.answers(args)).collect();
            let complete = answers.iter().all(|one| one.gaps.is_empty());
            (render(args, &answers, tampering::table)?, complete)
        }
    };
    output::write(to, text.as_bytes())?;
    Ok(match complete {
        true => Outcome::Clean,
        false => Outcome::Incomplete,
    })
}

fn take(args: &WhoCan, requests: &mut Stats) -> Result<Snapshot, Error> {
    match &args.snapshot {
        _ if args.demo => demo::snapshot(),
        Some(path) if path == Path::new("-") => file::load_stdin(),
        Some(path) => file::load(path),
        None => {
            let reads = facts::reads(args.action.as_deref());
            collect::snapshot(&args.connection, &args.messages, reads, requests)
        }
    }
}

/// The document that JSON holds.
#[derive(Serialize)]
struct Document<'a, T> {
    schema_version: u32,
    accounts: &'a [T],
}

/// The version of the JSON document.
const SCHEMA_VERSION: u32 = 1;

fn render<T: Serialize>(
    args: &WhoCan,
    answers: &[T],
    table: impl Fn(&T) -> String,
) -> Result<String, Error> {
    match args.format {
        ListFormat::Table => Ok(answers.iter().map(table).collect()),
        ListFormat::Json => {
            let document = Document {
                schema_version: SCHEMA_VERSION,
                accounts: answers,
            };
            let json = serde_json::to_string_pretty(&document);
            json.map(|json| json + "\n").map_err(|source| Error::Write {
                path: "-".into(),
                source: source.into(),
            })
        }
    }
}

/// An answer, as JSON shows it.
#[derive(Serialize)]
struct Answered<'h> {
    verdict: &'static str,
    /// Whether some request is certainly let through.
    certain: bool,
    depends_on: &'h [String],
    /// The keys of one such request; null for a key that it does not have.
    #[serde(serialize_with = "example_of")]
    example: Option<&'h Witness>,
}

impl<'h> Answered<'h> {
    fn of(held: &'h Held) -> Self {
        Answered {
            verdict: held.answer.as_str(),
            certain: held.can == Truth::Yes,
            depends_on: held.depends_on(),
            example: held.witness(),
        }
    }
}

fn example_of<S: Serializer>(witness: &Option<&Witness>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(witness.map(example).unwrap_or_default())
}

fn example(witness: &Witness) -> BTreeMap<String, Value> {
    let present = witness.present.iter().map(|(key, values)| {
        let value = match values.as_slice() {
            [value] => Value::String(value.clone()),
            _ => Value::from(values.clone()),
        };
        (key.clone(), value)
    });
    let absent = witness.absent.iter().map(|key| (key.clone(), Value::Null));
    present.chain(absent).collect()
}

/// The example in words: `without MFA, from 192.0.2.1`.
fn words(witness: Option<&Witness>) -> String {
    let example = witness.map(example).unwrap_or_default();
    let words = example.iter().map(|(key, value)| {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        match (key.to_lowercase().as_str(), value) {
            ("aws:multifactorauthpresent", Value::String(_)) if text == "true" => {
                "with MFA".to_owned()
            }
            ("aws:multifactorauthpresent", _) => "without MFA".to_owned(),
            ("aws:sourceip", Value::Null) => "through a VPC endpoint".to_owned(),
            ("aws:sourceip", _) => format!("from {text}"),
            ("aws:securetransport", _) if text == "false" => "without TLS".to_owned(),
            ("aws:securetransport", _) => "over TLS".to_owned(),
            (_, Value::Null) => format!("without {key}"),
            _ => format!("{key} = {text}"),
        }
    });
    words.collect::<Vec<_>>().join(", ")
}

/// What could not be read, below a table.
fn gaps_below(gaps: &[facts::Missing]) -> String {
    let mut text = String::new();
    if !gaps.is_empty() {
        text.push_str("\nNot read, so that answers may hang on it:\n");
    }
    for gap in gaps {
        let line = format!("{} ({}): {}", gap.action, gap.kind, gap.detail);
        text.push_str(&format!("  {}\n", visible(&line)));
    }
    text
}
