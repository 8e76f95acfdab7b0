//! Patterns that nobody would write.

use std::time::Duration;

use arbtest::arbitrary::{Result, Unstructured};
use arbtest::arbtest;
use serde_json::json;

use super::super::LONGEST;
use super::Pattern;

const BUDGET: Duration = Duration::from_millis(300);

const TOKENS: [&str; 40] = [
    "{", "}", "(", ")", "[", "]", "&&", "||", "=", "!=", "<", ">=", " ", "$.a", "$.b.c", "$.l[0]",
    "$.l[*]", "$.*", "$['x.y']", "$", ".", "\"", "\\", "\"x*\"", "\"\"", "*", "x", "12", "-1.5e3",
    "%x+%", "%[%", "%", "IS", "NULL", "not", "EXISTS", "?", "-", "é", "\u{1b}",
];

fn soup(random: &mut Unstructured<'_>) -> Result<String> {
    let mut text = String::new();
    for _ in 0..random.int_in_range(0..=30)? {
        text += random.choose(&TOKENS)?;
    }
    Ok(text)
}

/// Conditions joined and nested at random: always a pattern.
fn logic(random: &mut Unstructured<'_>, depth: usize) -> Result<String> {
    let choices = if depth == 0 { 0 } else { 3 };
    Ok(match random.int_in_range(0..=choices)? {
        0 => {
            let field = *random.choose(&["$.a", "$.b.c", "$.l[0]", "$['x.y']", "$.absent"])?;
            let tests = [
                "=x",
                "!=\"x*\"",
                "= 12",
                "=\"12\"",
                ">=-1.5e3",
                " is null",
                " NOT EXISTS",
            ];
            format!("{field}{}", random.choose(&tests)?)
        }
        1 => format!("({})", logic(random, depth - 1)?),
        _ => {
            let with = *random.choose(&["&&", " || "])?;
            format!(
                "{}{with}{}",
                logic(random, depth - 1)?,
                logic(random, depth - 1)?
            )
        }
    })
}

#[test]
fn any_text_is_read_or_refused_at_a_place_within_it() {
    arbtest(|random| {
        let mut text = soup(random)?;
        if random.ratio(1, 2)? {
            text = format!("{{ $.a = {text}");
        }
        if let Err(mistake) = Pattern::parse(&text) {
            let end = text.chars().count() + 1;
            assert!((1..=end).contains(&mistake.position), "{text}: {mistake}");
            assert!(!mistake.reason.is_empty());
        }
        Ok(())
    })
    .budget(BUDGET);
}

#[test]
fn the_canonical_form_is_stable_and_means_the_same() {
    let events = [
        json!({}),
        json!({"a": "x", "b": {"c": 12}, "l": ["xy", 1.5], "x.y": null}),
        json!({"a": 12, "b": {"c": "12"}, "l": {}, "x.y": ["x"]}),
    ];
    arbtest(|random| {
        let text = if random.ratio(1, 3)? {
            soup(random)?
        } else {
            format!("{{{}}}", logic(random, 5)?)
        };
        let Ok(pattern) = Pattern::parse(&text) else {
            return Ok(());
        };
        let canonical = pattern.to_string();
        // The canonical form may be longer than a pattern may be.
        if canonical.chars().count() > LONGEST {
            return Ok(());
        }
        let again = Pattern::parse(&canonical);
        let again = again.unwrap_or_else(|mistake| panic!("{text:?}: {canonical:?}: {mistake}"));
        assert_eq!(again, pattern, "{text:?}");
        assert_eq!(again.to_string(), canonical, "{text:?}");
        for event in &events {
            assert_eq!(again.matches(event), pattern.matches(event), "{text:?}");
        }
        Ok(())
    })
    .budget(BUDGET);
}
