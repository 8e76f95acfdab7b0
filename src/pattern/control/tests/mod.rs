mod judgement;
mod published;
mod samples;

use serde_json::Value;

use super::{Caught, Control, Sample, Setting, Table, Verdict, table};
use crate::pattern::{Answer, event};

/// What an event pattern catches, whatever the state of its rule.
fn caught_by_event(table: &Table, pattern: &str) -> Caught {
    let pattern = event::Pattern::parse(pattern).unwrap_or_else(|e| panic!("{pattern}: {e}"));
    table.catch(&|sample| pattern.matches(&sample.envelope(sample.region())))
}

/// Whether a sample is one of a control's. Where some hundred patterns are judged, each is asked
/// about the control's own events only, which is what decides.
fn is_of(control: &Control, sample: &Sample) -> bool {
    let mut own = control.samples().iter();
    own.any(|own| std::ptr::eq(own, sample))
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
