//! `trailcheck rules`.

use serde::Serialize;

use super::{output, selection};
use crate::cli::{ListFormat, Selection};
use crate::error::Error;
use crate::outcome::Outcome;
use crate::rule::Rule;

/// A line of the list.
#[derive(Serialize)]
struct Line {
    id: &'static str,
    severity: &'static str,
    grain: &'static str,
    practice: &'static str,
    title: &'static str,
    /// Whether it runs only when it is named, or with `--history`.
    on_request: bool,
}

/// Lists the selected rules.
pub(super) fn run(flags: &Selection, format: ListFormat) -> Result<Outcome, Error> {
    let lines: Vec<Line> = selection::listed(flags)?.into_iter().map(line).collect();
    match format {
        ListFormat::Table => output::stdout(table(lines).as_bytes())?,
        ListFormat::Json => output::json(&lines)?,
    }
    Ok(Outcome::Clean)
}

fn line(rule: &'static Rule) -> Line {
    Line {
        id: rule.id,
        severity: rule.severity.as_str(),
        grain: rule.check.grain(),
        practice: rule.practice.as_str(),
        title: rule.title,
        on_request: rule.on_request(),
    }
}

fn table(mut lines: Vec<Line>) -> String {
    lines.insert(
        0,
        Line {
            id: "ID",
            severity: "SEVERITY",
            grain: "GRAIN",
            practice: "PRACTICE",
            title: "TITLE",
            on_request: false,
        },
    );
    let width = |column: fn(&Line) -> &str| lines.iter().map(|l| column(l).len()).max();
    let id = width(|line| line.id).unwrap_or(0);
    let severity = width(|line| line.severity).unwrap_or(0);
    let grain = width(|line| line.grain).unwrap_or(0);
    let practice = width(|line| line.practice).unwrap_or(0);
    let mut table = String::new();
    for line in &lines {
        let mark = match line.on_request {
            true => " (only with --history or by name)",
            false => "",
        };
        table.push_str(&format!(
            "{:id$}  {:severity$}  {:grain$}  {:practice$}  {}{mark}\n",
            line.id, line.severity, line.grain, line.practice, line.title
        ));
    }
    table
}
