mod fuzz;
mod reading;
mod semantics;

use serde_json::Value;

use super::super::Answer;
use super::Pattern;

fn read(pattern: &str) -> Pattern {
    Pattern::parse(pattern).unwrap_or_else(|mistake| panic!("{pattern}: {mistake}"))
}

/// How patterns answer on one event: `y`, `n`, or `o` for open.
fn told(event: &Value, rows: &[(&str, char)]) {
    for (pattern, expected) in rows {
        let answer = read(pattern).matches(event);
        let told = match &answer {
            Answer::Yes => 'y',
            Answer::No => 'n',
            Answer::Open(_) => 'o',
        };
        assert_eq!(told, *expected, "{pattern} on {event}: {answer:?}");
    }
}
