mod judgement;
mod samples;

use serde_json::Value;

use super::{Caught, Control, Setting, Table, Verdict, table};
use crate::pattern::{Answer, event};

/// What an event pattern catches, whatever the state of its rule.
fn caught_by_event(table: &Table, pattern: &str) -> Caught {
    let pattern = event::Pattern::parse(pattern).unwrap_or_else(|e| panic!("{pattern}: {e}"));
    table.catch(&|sample| pattern.matches(&sample.envelope(sample.region())))
}

fn control(rule: &str) -> &'static Control {
    table().control(rule).unwrap()
}

fn misses(names: &[&str]) -> Verdict {
    Verdict::Misses(names.iter().map(|name| (*name).to_owned()).collect())
}

/// A field of a record, by its path.
fn at<'r>(record: &'r Value, path: &str) -> &'r Value {
    record.pointer(path).unwrap_or(&Value::Null)
}
