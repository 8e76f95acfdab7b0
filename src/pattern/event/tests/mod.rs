mod cloudtrail;
mod fuzz;
mod matching;
mod reading;

use serde_json::Value;

use super::{Answer, Pattern};

/// Whether a pattern matches an event: yes, no, or `None` where that is open.
fn asked(pattern: &Value, event: &Value) -> Option<bool> {
    let read = Pattern::parse(&pattern.to_string()).unwrap_or_else(|e| panic!("{pattern}: {e}"));
    match read.matches(event) {
        Answer::Yes => Some(true),
        Answer::No => Some(false),
        Answer::Open(_) => None,
    }
}

/// Each row: a pattern's leaf for the field `x`, what matches it, and what does not.
fn rows(rows: &[(Value, Value, Value)]) {
    for (leaf, matching, other) in rows {
        let pattern = serde_json::json!({"x": leaf});
        for (values, wanted) in [(matching, true), (other, false)] {
            for value in values.as_array().unwrap() {
                let event = serde_json::json!({"x": value});
                assert_eq!(
                    asked(&pattern, &event),
                    Some(wanted),
                    "{pattern} of {event}"
                );
            }
        }
    }
}
