//! Patterns and events that nobody would write.

use std::time::Duration;

use arbtest::arbitrary::{Result, Unstructured};
use arbtest::arbtest;
use serde_json::{Value, json};

use super::super::{Answer, Pattern};

const BUDGET: Duration = Duration::from_millis(300);

const KEYS: [&str; 6] = ["a", "b", "a.b", "$or", "detail", ""];
const TEXTS: [&str; 6] = ["", "a", "A", "ab*", "10.0.0.1", "é"];
const OPERATORS: [&str; 9] = [
    "prefix",
    "suffix",
    "anything-but",
    "equals-ignore-case",
    "wildcard",
    "numeric",
    "cidr",
    "exists",
    "regex",
];

fn value(random: &mut Unstructured<'_>, depth: usize) -> Result<Value> {
    Ok(
        match random.int_in_range(0..=if depth == 0 { 4 } else { 7 })? {
            0 => Value::Null,
            1 => json!(random.ratio(1, 2)?),
            2 => json!(random.int_in_range(-2..=2)?),
            3 => json!(0.5),
            4 => json!(random.choose(&TEXTS)?),
            5 => {
                let count = random.int_in_range(0..=3)?;
                let values: Result<Vec<Value>> =
                    (0..count).map(|_| value(random, depth - 1)).collect();
                Value::Array(values?)
            }
            6 => json!({*random.choose(&OPERATORS)?: value(random, depth - 1)?}),
            _ => {
                let mut object = json!({});
                for _ in 0..random.int_in_range(0..=3)? {
                    object[*random.choose(&KEYS)?] = value(random, depth - 1)?;
                }
                object
            }
        },
    )
}

#[test]
fn any_text_is_read_or_refused_at_a_place_within_it() {
    arbtest(|random| {
        let mut text = value(random, 4)?.to_string();
        if random.ratio(1, 2)? {
            let characters: Vec<char> = text.chars().collect();
            let at = random.choose_index(characters.len())?;
            text = characters[..at].iter().collect::<String>();
            text += random.choose(&["", "\"", "{", "]", "é", ",", "1e999"])?;
            text.extend(&characters[(at + 1).min(characters.len())..]);
        }
        if let Err(mistake) = Pattern::parse(&text) {
            let end = text.chars().count() + 1;
            assert!((1..=end).contains(&mistake.position), "{text}: {mistake}");
            assert!(!mistake.reason.contains(" line "), "{text}: {mistake}");
        }
        Ok(())
    })
    .budget(BUDGET);
}

#[test]
fn the_canonical_form_means_the_same() {
    arbtest(|random| {
        let (source, event) = (value(random, 4)?, value(random, 3)?);
        if let Ok(pattern) = Pattern::parse(&source.to_string()) {
            let again = Pattern::parse(&pattern.to_string()).unwrap();
            assert_eq!(again, pattern);
            assert_eq!(again.matches(&event), pattern.matches(&event));
        }
        Ok(())
    })
    .budget(BUDGET);
}

#[test]
fn a_leaf_and_its_opposite_never_both_hold_of_one_value() {
    arbtest(|random| {
        let (excluded, found) = (random.choose(&TEXTS)?, value(random, 0)?);
        let event = json!({"x": found});
        let ask = |leaf: Value| {
            Pattern::parse(&json!({"x": [leaf]}).to_string())
                .unwrap()
                .matches(&event)
        };
        let plain = ask(json!(excluded)) == Answer::Yes;
        let opposite = ask(json!({"anything-but": excluded})) == Answer::Yes;
        assert_ne!(plain, opposite, "{excluded} {event}");
        Ok(())
    })
    .budget(BUDGET);
}
