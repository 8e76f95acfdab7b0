//! How the run ends, in one sentence.

use crate::finding::Status;
use crate::outcome::Outcome;
use crate::report::Report;
use crate::report::grid::paragraph;
use crate::report::resource::counted;
use crate::report::style::{Paint, Style};

/// The end of the report: one line, unless the terminal is too narrow for it.
pub(super) fn lines(report: &Report<'_>, style: &Style) -> Vec<String> {
    let outcome = report.summary.outcome;
    let paint = match outcome {
        Outcome::Clean => Paint::Green,
        Outcome::Findings => Paint::Red,
        Outcome::Incomplete => Paint::Yellow,
    };
    let line = format!("gate: {}, exit {}", sentence(report), outcome.exit_code());
    let lines = paragraph(&line, 2, style).into_iter();
    lines
        .map(|line| format!("  {}", style.paint(line.trim_start(), paint)))
        .collect()
}

/// Why the run ends as it does, and how it stands beside the baseline.
pub(in crate::report) fn sentence(report: &Report<'_>) -> String {
    why(report) + &beside_the_baseline(report)
}

/// How the findings stand beside the baseline, if there is one.
fn beside_the_baseline(report: &Report<'_>) -> String {
    let Some(baseline) = report.baseline else {
        return String::new();
    };
    let unknown = match baseline.known_unknown {
        0 => String::new(),
        unknown => format!(", {unknown} of them unknown then and now"),
    };
    format!(
        "; {} new, {} worse and {} known from the baseline of {}{unknown}",
        baseline.new,
        baseline.worsened,
        baseline.known,
        baseline.finished_at.strftime("%Y-%m-%d"),
    )
}

/// Why the run ends as it does.
fn why(report: &Report<'_>) -> String {
    let gate = report.gate;
    let fails = gate.count(report.findings, Status::Fail);
    let unknown = gate.count(report.findings, Status::Unknown);
    let level = gate
        .fail_on
        .map(|severity| format!("at or above `{severity}`"));
    match (report.summary.outcome, level) {
        (Outcome::Findings, level) => {
            let level = level.unwrap_or_default();
            let fails = counted(fails, "finding");
            match unknown {
                0 => format!("{fails} {level}"),
                more => format!("{fails} {level}, and {more} that could not be checked"),
            }
        }
        (Outcome::Incomplete, _) if report.findings.is_empty() => "nothing was audited".to_owned(),
        (Outcome::Incomplete, _) if report.summary.facts_read == 0 => {
            "nothing could be read".to_owned()
        }
        (Outcome::Incomplete, level) => format!(
            "no finding {}, but {unknown} could not be checked",
            level.unwrap_or_default()
        ),
        (Outcome::Clean, None) => format!(
            "open (`--fail-on never`), {} and {} unknown let through",
            counted(report.summary.flagged, "finding"),
            report.summary.ignored
        ),
        (Outcome::Clean, Some(level)) if unknown > 0 => format!(
            "no finding {level}, {unknown} that could not be checked let through \
             (`--allow-unknown`)"
        ),
        (Outcome::Clean, Some(level)) => format!("no finding {level}"),
    }
}
