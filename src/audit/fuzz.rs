//! Snapshots as nobody would write them: parsed, judged and reported.
//!
//! Each input is a story's JSON with some changes: members dropped, types swapped, huge
//! numbers, odd strings, parts of it in places where they do not belong, and the same
//! within the JSON text of a bucket policy. Selectors, policies and lifecycle rules are all
//! reached that way. A run of the tests tries inputs for some seconds; more are tried with
//!
//! ```console
//! $ CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true TRAILCHECK_FUZZ=1000000 \
//!     cargo test --release --no-default-features --lib fuzz -- --nocapture
//! ```
//!
//! which takes some minutes. A failure names its input; `TRAILCHECK_FUZZ_FROM=N` begins
//! with the `N`th.

mod made;

use std::panic::{RefUnwindSafe, catch_unwind};
use std::path::Path;

use arbtest::arbitrary::{Result, Unstructured};
use arbtest::arbtest;
use serde_json::{Value, json};

use super::tests::{assert_no_better, judge, without};
use crate::outcome::Gate;
use crate::report::json::Json;
use crate::report::sarif::{Sarif, SarifProfile};
use crate::report::table::{Details, Table};
use crate::report::trusted_advisor::TrustedAdvisor;
use crate::report::{Render, Report, Style, text::visible};
use crate::rules::catalogue;
use crate::snapshot::{Snapshot, story};
use crate::source::file;

#[test]
fn no_changed_snapshot_makes_the_audit_panic_or_pass_what_could_not_be_read() {
    let stories: Vec<Value> = story::all()
        .iter()
        .map(|(_, snapshot)| serde_json::to_value(snapshot).unwrap())
        .collect();
    fuzz(|random| changed_story(&stories, random));
}

#[test]
fn no_selectors_policy_or_lifecycle_make_the_audit_panic_or_pass_what_could_not_be_read() {
    let pristine = serde_json::to_value(story::pristine()).unwrap();
    fuzz(|random| {
        let mut json = pristine.clone();
        made::over(&mut json["accounts"][0], random)?;
        let snapshot = serde_json::from_value(json).unwrap();
        judged(&snapshot, random)?;
        Ok(true)
    });
}

/// Tries inputs for some seconds, or as many as it is told to. `input` tells whether what
/// it tried was of use: a snapshot, say, and no error.
#[expect(
    clippy::print_stdout,
    reason = "whoever runs it by hand wants the figure"
)]
pub(crate) fn fuzz(input: impl Fn(&mut Unstructured<'_>) -> Result<bool> + RefUnwindSafe) {
    let Ok(inputs) = std::env::var("TRAILCHECK_FUZZ") else {
        arbtest(|random| input(random).map(drop)).budget_ms(2_000);
        return;
    };
    let from = std::env::var("TRAILCHECK_FUZZ_FROM").map_or(0, |from| from.parse().unwrap());
    let mut judged = 0_u64;
    for number in from..from + inputs.parse::<u64>().unwrap() {
        let bytes = noise(number);
        match catch_unwind(|| input(&mut Unstructured::new(&bytes))) {
            Ok(snapshot) => judged += u64::from(snapshot.unwrap_or(false)),
            Err(_) => panic!("input {number} is the one"),
        }
    }
    println!("{inputs} inputs, of which {judged} were of use");
}

/// The same kilobytes for the same number (SplitMix64).
fn noise(number: u64) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    std::iter::repeat_with(next)
        .take(256)
        .flat_map(u64::to_le_bytes)
        .collect()
}

/// Tries one input, and tells whether it was a snapshot.
fn changed_story(stories: &[Value], random: &mut Unstructured<'_>) -> Result<bool> {
    let mut json = random.choose(stories)?.clone();
    for _ in 0..random.int_in_range(1..=4)? {
        // What one story has may stand in another.
        let part = picked(random.choose(stories)?, random)?.clone();
        change(&mut json, part, random)?;
    }
    let bytes = serde_json::to_vec(&json).unwrap();
    let snapshot = match file::parse(&bytes, Path::new("fuzzed.json")) {
        Ok(snapshot) => snapshot,
        Err(refusal) => {
            assert_eq!(visible(&refusal.to_string()).lines().count(), 1);
            return Ok(false);
        }
    };
    let again = file::encode(&snapshot, false).unwrap();
    assert_eq!(
        file::parse(&again, Path::new("again.json")).unwrap(),
        snapshot
    );
    judged(&snapshot, random)?;
    Ok(true)
}

fn judged(snapshot: &Snapshot, random: &mut Unstructured<'_>) -> Result<()> {
    let findings = judge(snapshot);
    for rule in catalogue() {
        let of_rule = |account: &str| {
            let mut all = findings.iter();
            all.any(|finding| finding.rule == rule.id && finding.account == account)
        };
        for account in &snapshot.accounts {
            assert!(of_rule(&account.id), "{} is silent", rule.id);
        }
    }
    for finding in &findings {
        let mistake = finding
            .gap
            .as_ref()
            .filter(|gap| gap.action.starts_with("trailcheck:"));
        assert_eq!(mistake, None, "{} panicked", finding.rule);
    }
    let rules = catalogue();
    let report = Report::new(snapshot, &rules, &findings, Gate::default());
    let render = random.choose(&RENDERS)?();
    let mut out = Vec::new();
    render.render(&report, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let shown = |c: char| c == '\n' || !c.is_control();
    assert!(text.chars().all(shown), "a control character: {text:?}");
    let one_in = random.int_in_range(1..=16)?;
    let mut drawn = Ok(());
    let json = serde_json::to_value(snapshot).unwrap();
    let poorer = without(&json, || match random.ratio(1, one_in) {
        Ok(take) => take,
        Err(error) => {
            drawn = Err(error);
            false
        }
    });
    drawn?;
    assert_no_better("a fuzzed story", &findings, &poorer);
    Ok(())
}

const RENDERS: [fn() -> Box<dyn Render>; 4] = [
    || Box::new(Json),
    || {
        Box::new(Table {
            style: TERMINAL,
            details: Details::Whole,
            verbose: true,
        })
    },
    || Box::new(TrustedAdvisor { style: TERMINAL }),
    || {
        Box::new(Sarif {
            profile: SarifProfile::Full,
            anchor: None,
        })
    },
];

const TERMINAL: Style = Style {
    width: Some(100),
    unicode: true,
    colour: false,
};

/// Some part of `json`, on any level.
fn picked<'j>(json: &'j Value, random: &mut Unstructured<'_>) -> Result<&'j Value> {
    let mut at = json;
    loop {
        let below: Vec<&Value> = match at {
            Value::Object(members) => members.values().collect(),
            Value::Array(items) => items.iter().collect(),
            _ => Vec::new(),
        };
        if below.is_empty() || random.ratio(1, 8)? {
            return Ok(at);
        }
        at = *random.choose(&below)?;
    }
}

/// Changes something in `json`, on any level.
fn change(json: &mut Value, part: Value, random: &mut Unstructured<'_>) -> Result<()> {
    let here = random.ratio(1, 8)?;
    match json {
        Value::Object(members) if !here && !members.is_empty() => {
            let names: Vec<String> = members.keys().cloned().collect();
            let name = random.choose(&names)?;
            match random.int_in_range(0..=23)? {
                0 => {
                    members.remove(name);
                }
                1 => {
                    let value = members.remove(name).unwrap_or_default();
                    members.insert((*random.choose(TEXTS)?).to_owned(), value);
                }
                _ => {
                    if let Some(value) = members.get_mut(name) {
                        change(value, part, random)?;
                    }
                }
            }
        }
        Value::Array(items) if !here && !items.is_empty() => {
            let at = random.choose_index(items.len())?;
            match random.int_in_range(0..=11)? {
                0 => drop(items.remove(at)),
                1 => items.push(items[at].clone()),
                2 => items.reverse(),
                _ => change(&mut items[at], part, random)?,
            }
        }
        other => *other = changed(other, part, random)?,
    }
    Ok(())
}

/// What becomes of one value: mostly something of the same type.
fn changed(value: &Value, part: Value, random: &mut Unstructured<'_>) -> Result<Value> {
    let odd = random.int_in_range(0..=7)?;
    Ok(match (odd, value) {
        (0, _) => part,
        (1, _) => random.choose(&odd_values())?.clone(),
        (_, Value::Bool(is)) => json!(!is),
        (_, Value::Number(_)) => json!(random.choose(NUMBERS)?),
        (_, Value::String(text)) => json!(changed_text(text, part, random)?),
        (_, Value::Array(_)) => json!([part]),
        (_, Value::Object(members)) if members.contains_key("known") => json!({"known": part}),
        (_, other) => other.clone(),
    })
}

fn changed_text(text: &str, part: Value, random: &mut Unstructured<'_>) -> Result<String> {
    if let Ok(mut document @ Value::Object(_)) = serde_json::from_str(text) {
        change(&mut document, part, random)?;
        return Ok(document.to_string());
    }
    let at = random.choose_index(text.chars().count().max(1))?;
    let start: String = text.chars().take(at).collect();
    let end: String = text.chars().skip(at).collect();
    let odd = random.choose(TEXTS)?;
    Ok(match random.int_in_range(0..=3)? {
        0 => (*odd).to_owned(),
        1 => start,
        2 => end,
        _ => format!("{start}{odd}{end}"),
    })
}

fn odd_values() -> [Value; 9] {
    [
        Value::Null,
        json!(true),
        json!([]),
        json!({}),
        json!({"known": null}),
        json!({"gap": {"action": "s3:GetBucketAcl", "kind": "transient", "detail": "\u{1b}[2J"}}),
        json!(-1.5e300),
        json!("*"),
        json!([[], [[]]]),
    ]
}

const NUMBERS: &[i64] = &[
    0,
    1,
    -1,
    365,
    i32::MAX as i64,
    u32::MAX as i64,
    i64::MAX,
    i64::MIN,
];

const TEXTS: &[&str] = &[
    "",
    "*",
    "?",
    "/",
    ":",
    "a",
    "${aws:username}",
    "o-",
    "AWSLogs/",
    "arn:aws:s3:::",
    "arn:aws:kms:us-east-1:111122223333:alias/x",
    "arn:aws:logs:::log-group:",
    "eu-west-1",
    "us-east-1",
    "kms.amazonaws.com",
    "AWS::S3::Object",
    "eventCategory",
    "resources.ARN",
    "not_starts_with",
    "=cmd()|' /C calc'!A0",
    "<script>alert(1)</script>",
    "\u{1b}[2J\u{202e}\n\r\0\u{9b}",
    "ééé監査証跡🦀",
    "-009999-01-02T01:59:59Z",
    "9999-12-30T22:00:00.999999999Z",
    "2026-11-22T12:00:00Z",
    "111122223333",
];
