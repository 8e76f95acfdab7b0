//! Markdown as GitHub shows it: the summary of a job, or a comment.

mod escape;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use self::escape::{block, code, text};
use super::resource::{counted, short};
use super::style::Mark;
use super::table::{anatomy, gate, suppressions};
use super::{Render, Report, Style, controls, words};
use crate::finding::{Finding, Status};
use crate::rule::{Practice, Rule};

/// Renders the report for a GitHub job summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Markdown;

/// The largest summary of a step that GitHub takes: a larger one it drops whole.
const LIMIT: usize = 1024 * 1024;

/// What is kept free for the sentences that say what is left out.
const RESERVE: usize = 2_000;

/// How many sentences about accepted findings are printed.
const SENTENCES: usize = 20;

/// With glyphs, for whoever shows Markdown shows Unicode.
const STYLE: Style = Style {
    width: None,
    unicode: true,
    colour: false,
};

/// Entries that there is room for, and how many are left out.
struct Fitted {
    entries: String,
    left_out: usize,
}

/// The parts of the document.
struct Parts {
    head: String,
    accounts: Fitted,
    counts: String,
    rows: Fitted,
    details: Fitted,
    rules: String,
    end: String,
}

impl Render for Markdown {
    fn render(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(document(report, &Parts::of(report, LIMIT)).as_bytes())
    }

    fn warnings(&self, report: &Report<'_>) -> Vec<String> {
        left_out(&Parts::of(report, LIMIT))
            .into_iter()
            .map(|what| format!("the Markdown report leaves {what} out, because GitHub drops a summary of more than 1 MiB"))
            .collect()
    }
}

impl Parts {
    /// The parts, such that the whole is no longer than `limit`. The head, the counts and the
    /// list of rules are always there; the flagged findings come before their details.
    fn of(report: &Report<'_>, limit: usize) -> Self {
        let head = format!(
            "## CloudTrail audit: {}\n\n**Gate:** {}, exit {}\n\n\
             | Account | Partition | Regions | As of | Read |\n|---|---|---|---|---|\n",
            outcome(report),
            gate::sentence(report),
            report.summary.outcome.exit_code(),
        );
        let (counts, rules, end) = (counts(report), rules(report), end(report));
        let fixed = head.len() + counts.len() + rules.len() + end.len() + RESERVE;
        let room = limit.saturating_sub(fixed);
        let accounts = fit(accounts(report), room / 4);
        let room = room.saturating_sub(accounts.entries.len());
        let rows = fit(rows(report), room / 3 * 2);
        let room = room.saturating_sub(rows.entries.len());
        let details = fit(details(report), room);
        Parts {
            head,
            accounts,
            counts,
            rows,
            details,
            rules,
            end,
        }
    }
}

/// The first of `entries` that fit into `room` bytes; one that is too long for itself is left
/// out without those behind it.
fn fit(entries: Vec<String>, room: usize) -> Fitted {
    let mut fitted = Fitted {
        entries: String::new(),
        left_out: 0,
    };
    for entry in entries {
        if fitted.entries.len() + entry.len() <= room {
            fitted.entries.push_str(&entry);
        } else {
            fitted.left_out += 1;
        }
    }
    fitted
}

fn document(report: &Report<'_>, parts: &Parts) -> String {
    let mut document = parts.head.clone() + &parts.accounts.entries + "\n" + &parts.counts;
    let left_out = left_out(parts);
    if !left_out.is_empty() {
        document.push_str(&format!(
            "> **Not everything is here.** GitHub takes 1 MiB, so this leaves out {}. \
             The JSON and HTML reports have everything.\n\n",
            left_out.join(", ")
        ));
    }
    if !parts.rows.entries.is_empty() {
        let account = if several(report) { "| Account " } else { "" };
        let line = if several(report) { "|---" } else { "" };
        document.push_str(&format!(
            "### Flagged, or could not be checked\n\n\
             | Status | Severity | Rule {account}| Region | Resource | Finding |\n\
             |---|---|---{line}|---|---|---|\n{}\n",
            parts.rows.entries
        ));
    }
    if !parts.details.entries.is_empty() {
        document.push_str("### What to do\n\n");
        document.push_str(&parts.details.entries);
    }
    document + &parts.rules + &parts.end
}

fn left_out(parts: &Parts) -> Vec<String> {
    [
        (parts.accounts.left_out, "account"),
        (parts.rows.left_out, "row of flagged finding"),
        (parts.details.left_out, "explanation of flagged rule"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, noun)| match noun.split_once(' ') {
        None => counted(count, noun),
        Some((noun, of)) => format!("{} {of}s", counted(count, noun)),
    })
    .collect()
}

fn several(report: &Report<'_>) -> bool {
    report.snapshot.accounts.len() > 1
}

fn outcome(report: &Report<'_>) -> &'static str {
    use crate::outcome::Outcome;
    match report.summary.outcome {
        Outcome::Clean => "clean",
        Outcome::Findings => "findings",
        Outcome::Incomplete => "incomplete",
    }
}

fn accounts(report: &Report<'_>) -> Vec<String> {
    let facts = report.facts();
    let accounts = report.snapshot.accounts.iter();
    accounts
        .map(|account| {
            row(&[
                text(&words::account(account)),
                text(&account.partition),
                text(&words::regions(account)),
                text(&words::taken(report.snapshot)),
                text(&words::completeness(&facts, account)),
            ])
        })
        .collect()
}

fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// The traffic lights, Trusted Advisor's counts, and a row per practice.
fn counts(report: &Report<'_>) -> String {
    let findings = || report.findings.iter();
    let of = |mark: Mark| findings().filter(|f| Mark::of(f) == mark).count();
    let lights: Vec<String> = Mark::ALL
        .iter()
        .map(|mark| format!("{} {} {}", mark.glyph(&STYLE), of(*mark), mark.meaning()))
        .collect();
    let summary = &report.summary;
    let mut counts = format!(
        "**{}**\n\n{} processed, {} flagged, {} ignored, {} suppressed\n\n",
        lights.join(" · "),
        summary.processed,
        summary.flagged,
        summary.ignored,
        summary.suppressed
    );
    let glyphs = Mark::ALL.iter().map(|mark| mark.glyph(&STYLE).to_owned());
    let header: Vec<String> = std::iter::once("Practice".to_owned())
        .chain(glyphs)
        .collect();
    counts.push_str(&row(&header));
    counts.push_str(&format!("|---{}|\n", "|--:".repeat(Mark::ALL.len())));
    for practice in Practice::ALL {
        let rules = report.rules.iter().filter(|r| r.practice == *practice);
        let ids: BTreeSet<&str> = rules.map(|rule| rule.id).collect();
        if ids.is_empty() {
            continue;
        }
        let own = || findings().filter(|finding| ids.contains(finding.rule));
        let cells = Mark::ALL.iter().map(|mark| {
            let count = own().filter(|f| Mark::of(f) == *mark).count();
            STYLE.count(count)
        });
        let cells: Vec<String> = std::iter::once(text(practice.title()))
            .chain(cells)
            .collect();
        counts.push_str(&row(&cells));
    }
    counts + "\n"
}

/// A row for each flagged finding, the worst first. Findings that differ in their Region alone
/// share one.
fn rows(report: &Report<'_>) -> Vec<String> {
    let flagged = report
        .findings
        .iter()
        .filter(|finding| matches!(Mark::of(finding), Mark::Red | Mark::Yellow | Mark::Unknown));
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    let mut group_of = BTreeMap::new();
    for finding in words::worst_first(flagged) {
        let like = (
            (
                finding.rule,
                finding.status,
                finding.severity,
                finding.baseline,
            ),
            (&finding.account, &finding.resource, &finding.message),
        );
        let index = *group_of.entry(like).or_insert(groups.len());
        match groups.get_mut(index) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    let groups = groups.iter();
    groups
        .filter_map(|group| flagged_row(report, group))
        .collect()
}

fn flagged_row(report: &Report<'_>, group: &[&Finding]) -> Option<String> {
    let finding = group.first()?;
    let regions: Vec<String> = group.iter().map(|f| text(&f.region)).collect();
    let regions = match regions.len() {
        1 => regions.concat(),
        many => format!("{many} Regions: {}", regions.join(", ")),
    };
    let standing = finding.baseline.map(|standing| standing.as_str());
    let standing = standing.map_or(String::new(), |word| format!(" ({word})"));
    let mut cells = vec![
        Mark::of(finding).label(&STYLE) + &standing,
        finding.severity.to_string(),
        code(finding.rule),
    ];
    if several(report) {
        cells.push(text(&finding.account));
    }
    cells.extend([regions, code(short(finding)), text(&finding.message)]);
    Some(row(&cells))
}

/// A foldable explanation of each flagged rule.
fn details(report: &Report<'_>) -> Vec<String> {
    let flagged = anatomy::flagged(report).into_iter();
    flagged
        .map(|(rule, fails)| explanation(report, rule, &fails))
        .collect()
}

fn explanation(report: &Report<'_>, rule: &Rule, fails: &[&Finding]) -> String {
    let mut explanation = format!(
        "<details><summary>{}: {} ({})</summary>\n\n{}\n\n**Alert criteria.** {}\n\n\
         **Recommended action.** {}\n\n",
        code(rule.id),
        text(rule.title),
        counted(fails.len(), "finding"),
        text(rule.description),
        text(rule.criteria),
        text(rule.action)
    );
    let commands = anatomy::commands(report, rule, fails).join("\n");
    if !commands.is_empty() {
        explanation.push_str(&block("sh", &commands));
    }
    let links = rule.resources.iter().map(|url| format!("- <{url}>\n"));
    let controls = controls::lines(rule.controls);
    let controls = controls.iter().map(|line| format!("- {}\n", text(line)));
    explanation.extend(links.chain(controls));
    explanation + "\n</details>\n\n"
}

/// Every rule that ran, with what it came to.
fn rules(report: &Report<'_>) -> String {
    let mut marks: BTreeMap<&str, BTreeMap<Mark, usize>> = BTreeMap::new();
    for finding in report.findings {
        let counts = marks.entry(finding.rule).or_default();
        *counts.entry(Mark::of(finding)).or_default() += 1;
    }
    let mut rules = format!(
        "<details><summary>Every rule that ran ({})</summary>\n\n\
         | Rule | Severity | Came to |\n|---|---|---|\n",
        report.rules.len()
    );
    for rule in report.rules {
        let counts = marks.get(rule.id).into_iter().flatten();
        let counts: Vec<String> = counts
            .map(|(mark, count)| format!("{} {count} {}", mark.glyph(&STYLE), mark.meaning()))
            .collect();
        let id = format!("{} {}", code(rule.id), text(rule.title));
        rules.push_str(&row(&[id, rule.severity.to_string(), counts.join(", ")]));
    }
    rules + "\n</details>\n\n" + &accepted(report)
}

/// How many findings are accepted and why, and which entries somebody should look at.
fn accepted(report: &Report<'_>) -> String {
    let all = || report.findings.iter().filter_map(|f| f.suppressed.as_ref());
    let reasons: BTreeSet<String> = all().map(words::accepted).collect();
    let look: BTreeSet<String> = suppressions::to_look_at(report).into_iter().collect();
    let count = counted(all().count(), "finding");
    list(&format!("Accepted, {count}"), &reasons) + &list("Accepted findings to look at", &look)
}

/// A list of `sentences`, or how many they are if they are many.
fn list(title: &str, sentences: &BTreeSet<String>) -> String {
    let items = sentences.iter().take(SENTENCES);
    // What starts a line could start a list or a heading, so a word of ours does.
    let items: String = items
        .map(|item| format!("- for: {}\n", text(item)))
        .collect();
    match sentences.len().checked_sub(SENTENCES) {
        _ if sentences.is_empty() => String::new(),
        None | Some(0) => format!("{title}:\n\n{items}\n"),
        Some(more) => format!("{title}:\n\n{items}- and {more} more, in the JSON report\n\n"),
    }
}

fn end(report: &Report<'_>) -> String {
    let unknown = report
        .findings
        .iter()
        .any(|f| f.status == Status::Unknown && f.suppressed.is_none());
    let hint = match unknown {
        true => " What could not be checked is neither good nor bad: nobody could look.",
        false => "",
    };
    format!(
        "trailcheck {}; `trailcheck rules explain RULE` says more about a rule.{hint}\n",
        env!("CARGO_PKG_VERSION")
    )
}
