//! Each flagged rule, explained under Trusted Advisor's headings, in its order.

use crate::finding::{Finding, Status};
use crate::report::grid::paragraph;
use crate::report::style::{Mark, Paint, Style};
use crate::report::{Report, controls, remedy};
use crate::rule::Rule;

/// A block per flagged rule.
pub(super) fn whole(report: &Report<'_>, style: &Style) -> Vec<Vec<String>> {
    let flagged = flagged(report).into_iter();
    flagged
        .map(|(rule, findings)| explain(report, rule, &findings, style))
        .collect()
}

/// A block per flagged rule with the commands that mend it, and where to read on.
pub(super) fn actions(report: &Report<'_>, style: &Style) -> Vec<Vec<String>> {
    let flagged = flagged(report).into_iter();
    flagged
        .map(|(rule, findings)| {
            let id = style.paint(rule.id, paint(&findings));
            let heading = style.paint("Recommended action", Paint::Bold);
            let mut lines = vec![format!("  {id}   {heading}")];
            let commands = commands(report, rule, &findings);
            lines.extend(commands.iter().map(|line| indented(4, line, style)));
            lines.push(format!("    More: {}", pointer(rule)));
            lines
        })
        .collect()
}

/// A line per flagged rule: where to read on.
pub(super) fn pointers(report: &Report<'_>) -> Vec<String> {
    let flagged = flagged(report).into_iter();
    flagged
        .map(|(rule, _)| format!("  More: {}", pointer(rule)))
        .collect()
}

fn pointer(rule: &Rule) -> String {
    format!("trailcheck rules explain {}", rule.id)
}

/// One line as it is: addresses and commands are never wrapped, being there to be copied.
fn indented(by: usize, line: &str, style: &Style) -> String {
    format!("{:by$}{}", "", style.whole(line))
}

/// The flagged rules in the order of the catalogue, the ones with red findings first.
pub(in crate::report) fn flagged<'a>(
    report: &Report<'a>,
) -> Vec<(&'static Rule, Vec<&'a Finding>)> {
    let mut flagged: Vec<(&'static Rule, Vec<&'a Finding>)> = report
        .rules
        .iter()
        .map(|rule| {
            let findings = report.findings.iter();
            let fails = findings.filter(|finding| {
                finding.rule == rule.id
                    && finding.status == Status::Fail
                    && finding.suppressed.is_none()
            });
            (*rule, fails.collect())
        })
        .filter(|(_, fails): &(_, Vec<_>)| !fails.is_empty())
        .collect();
    flagged.sort_by_key(|(_, fails)| {
        std::cmp::Reverse(fails.iter().map(|finding| finding.severity).max())
    });
    flagged
}

fn paint(findings: &[&Finding]) -> Paint {
    let marks = findings.iter().map(|finding| Mark::of(finding));
    marks.min().map_or(Paint::Plain, Mark::paint)
}

fn explain(report: &Report<'_>, rule: &Rule, findings: &[&Finding], style: &Style) -> Vec<String> {
    let id = style.paint(rule.id, paint(findings));
    let mut lines = vec![format!("  {id}   {}", style.text(rule.title))];
    let prose = |text: &str| {
        let paragraphs = text
            .lines()
            .map(|line| paragraph(&style.text(line), 6, style));
        paragraphs.flatten().collect::<Vec<String>>()
    };
    let heading = |text: &str| format!("    {}", style.paint(text, Paint::Bold));
    lines.push(heading("Description"));
    lines.extend(prose(rule.description));
    lines.push(heading("Alert criteria"));
    lines.extend(prose(rule.criteria));
    lines.push(heading("Recommended action"));
    lines.extend(prose(rule.action));
    let commands = commands(report, rule, findings);
    if !commands.is_empty() {
        lines.push(String::new());
        lines.extend(commands.iter().map(|line| indented(6, line, style)));
        lines.push(String::new());
    }
    lines.push(heading("Additional resources"));
    lines.extend(rule.resources.iter().map(|url| indented(6, url, style)));
    if !rule.controls.is_empty() {
        lines.push(heading("Controls"));
        for control in controls::lines(rule.controls) {
            lines.extend(paragraph(&style.text(&control), 6, style));
        }
    }
    lines
}

/// The lines of the commands that mend the findings, each command once. With several
/// accounts each stands below the account it is for.
pub(in crate::report) fn commands(
    report: &Report<'_>,
    rule: &Rule,
    findings: &[&Finding],
) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for account in &report.snapshot.accounts {
        let own = findings.iter().filter(|f| f.account == account.id);
        let mut filled: Vec<String> = Vec::new();
        for command in own.map(|finding| remedy::fill(rule.remedies.cli, finding)) {
            if !command.trim().is_empty() && !filled.contains(&command) {
                filled.push(command);
            }
        }
        if report.snapshot.accounts.len() > 1 && !filled.is_empty() {
            filled.insert(0, remedy::heading(&account.id));
        }
        lines.extend(
            filled
                .iter()
                .flat_map(|command| command.lines())
                .map(str::to_owned),
        );
    }
    lines
}
