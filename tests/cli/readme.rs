//! The README says what the program says: its generated blocks are compared with the
//! constants they come from. `UPDATE_README=1 cargo test readme` writes them anew.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;
use trailcheck::audit::audit;
use trailcheck::cli::text;
use trailcheck::config::{Config, Settings, parse, settings_of};
use trailcheck::outcome::Gate;
use trailcheck::report::{
    Render as _, Report, Style,
    table::{Details, Table},
    verify,
};
use trailcheck::rules::catalogue;
use trailcheck::source::demo;

use crate::verify_cases;

/// The chains of the example and what is wrong with them, without the summary: the keys in it
/// are made anew for every run.
fn verify_example() -> String {
    let table = verify::table::Table {
        style: Style {
            width: Some(160),
            unicode: true,
            colour: false,
        },
        verbose: false,
    };
    let mut bytes = Vec::new();
    verify::Render::render(&table, &verify_cases::example(), &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (found, summary) = text.split_once("\nSummary\n").unwrap();
    let outcome = summary.trim_end().lines().last().unwrap();
    let text = format!("{found}\n[...]\n{outcome}");
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    format!("```console\n{}\n```\n", lines.join("\n"))
}

/// The most lines of the demo's report that fit a first screen.
const SCREEN: usize = 30;

#[test]
fn the_readme_lists_the_rules_the_exit_codes_and_the_demo_as_they_are() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let fresh = [
        ("about", about()),
        ("demo", report()),
        ("exit-codes", exit_codes()),
        ("verify-example", verify_example()),
        ("verify-exit-codes", verify_exit_codes()),
        ("verify-permissions", verify_permissions()),
        ("settings", settings()),
        ("rules", rules()),
    ]
    .into_iter()
    .fold(readme.clone(), |text, (name, block)| {
        replace(&text, name, &block)
    });
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&path, &fresh).unwrap();
        return;
    }
    assert!(
        readme == fresh,
        "README.md is out of step; `UPDATE_README=1 cargo test readme` writes it anew"
    );
}

/// `text` with what stands between the marks of `name` replaced by `block`.
fn replace(text: &str, name: &str, block: &str) -> String {
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = text.split_once(&open).unwrap();
    let (_, after) = rest.split_once(&close).unwrap();
    format!("{before}{open}{block}{close}{after}")
}

fn about() -> String {
    format!("{}. {}\n", text::ABOUT, text::READS_ONLY)
}

/// The head of the demo's report, as a terminal of 110 columns shows it, and its last line.
fn report() -> String {
    let snapshot = demo::snapshot().unwrap();
    let rules = catalogue();
    let findings = audit(&snapshot, &rules, &Settings::default());
    let gate = Gate {
        fail_on: None,
        allow_unknown: false,
    };
    let table = Table {
        style: Style {
            width: Some(140),
            unicode: true,
            colour: false,
        },
        details: Details::Pointers,
        verbose: false,
    };
    let mut bytes = Vec::new();
    table
        .render(&Report::new(&snapshot, &rules, &findings, gate), &mut bytes)
        .unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let head = screen(&lines);
    let mut block = format!("```\n{}\n", head.join("\n"));
    if let (true, Some(last)) = (head.len() < lines.len(), lines.last()) {
        write!(block, "  …\n\n{last}\n").unwrap();
    }
    block + "```\n"
}

/// As many whole findings as fit a screen; the lines that carry one on are indented deeper
/// than the one it starts with.
fn screen<'a>(lines: &'a [&'a str]) -> &'a [&'a str] {
    let starts = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    let last = lines.iter().take(SCREEN + 1).rposition(starts);
    match last {
        Some(end) if lines.len() > SCREEN => &lines[..end],
        _ => lines,
    }
}

fn exit_codes() -> String {
    let mut block = String::from("| code | meaning |\n|--:|---|\n");
    for (code, meaning) in text::exit_codes() {
        let meaning = meaning.replace("--fail-on", "`--fail-on`");
        writeln!(block, "| {code} | {meaning} |").unwrap();
    }
    block
}

fn verify_exit_codes() -> String {
    let mut block = String::from("| code | meaning |\n|--:|---|\n");
    for (code, meaning) in text::verify_exit_codes() {
        writeln!(block, "| {code} | {meaning} |").unwrap();
    }
    block
}

fn verify_permissions() -> String {
    let mut block = String::from("| action | |\n|---|---|\n");
    for (action, why) in text::VERIFY_PERMISSIONS {
        let why = why.replace("--s3-uri", "`--s3-uri`");
        writeln!(block, "| `{action}` | {why} |").unwrap();
    }
    block
}

/// Every setting of every rule.
fn settings() -> String {
    let mut block = String::from("| rule | setting | default | |\n|---|---|---|---|\n");
    for rule in catalogue() {
        for setting in settings_of(rule.id) {
            let default = match &setting.default {
                Value::Null => "–".to_owned(),
                default => format!("`{default}`"),
            };
            let (key, description) = (setting.key, setting.description.replace('|', "\\|"));
            writeln!(
                block,
                "| `{}` | `{key}` | {default} | {description} |",
                rule.id
            )
            .unwrap();
        }
    }
    block
}

/// The first code block in TOML.
fn example(readme: &str) -> &str {
    let (_, rest) = readme.split_once("```toml\n").unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn the_readmes_settings_file_can_be_used_as_it_is() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let config = parse(example(&readme), &[]).unwrap();
    assert_ne!(config, Config::default());
}

#[test]
fn every_settings_file_in_the_readme_can_be_used_as_it_is() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let ids: Vec<&str> = catalogue().into_iter().map(|rule| rule.id).collect();
    let files = readme.split("```toml\n").skip(1);
    let read = files.map(|rest| parse(rest.split_once("```").unwrap().0, &ids).unwrap());
    assert_eq!(read.map(|config| config.suppress.len()).sum::<usize>(), 1);
}

fn rules() -> String {
    let mut block = String::new();
    let mut practice = None;
    for rule in catalogue() {
        if practice != Some(rule.practice) {
            practice = Some(rule.practice);
            writeln!(
                block,
                "\n**{}** (`{}`)\n",
                rule.practice.title(),
                rule.practice
            )
            .unwrap();
            block += "| rule | severity | judged per | good means |\n|---|---|---|---|\n";
        }
        writeln!(
            block,
            "| `{}` | {} | {} | {} |",
            rule.id,
            rule.severity,
            rule.check.grain(),
            rule.title.replace('|', "\\|")
        )
        .unwrap();
    }
    block + "\n"
}
