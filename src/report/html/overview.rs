//! Who was audited, when and how completely, the gate, the counts; and what could not be read.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{code, foreign};
use crate::outcome::Outcome;
use crate::report::resource::counted;
use crate::report::style::Mark;
use crate::report::table::{gate, suppressions};
use crate::report::{Report, Style, words};
use crate::rule::{Practice, Severity};
use crate::snapshot::{Account, Fact, GapKind};

/// What wrote the page.
pub(super) const TOOL: &str = concat!("trailcheck ", env!("CARGO_PKG_VERSION"));

/// With glyphs, which every browser shows.
pub(super) const GLYPHS: Style = Style {
    width: None,
    unicode: true,
    colour: false,
};

/// Every mark that a finding can have.
pub(super) fn marks() -> impl Iterator<Item = Mark> {
    Mark::ALL.iter().copied().chain([Mark::Suppressed])
}

/// The mark's name in attributes.
pub(super) fn name(mark: Mark) -> &'static str {
    match mark {
        Mark::Red => "red",
        Mark::Yellow => "yellow",
        Mark::Unknown => "unknown",
        Mark::Green => "green",
        Mark::NotApplicable => "none",
        Mark::Suppressed => "accepted",
    }
}

/// The top of the page.
pub(super) fn of(report: &Report<'_>) -> Markup {
    let facts = report.facts();
    html! {
        header {
            h1 { "CloudTrail audit" }
            (outcome(report))
            @for account in &report.snapshot.accounts { (who(report, account, &facts)) }
            (tiles(report))
            (practices(report))
            @let look = suppressions::to_look_at(report);
            @if !look.is_empty() {
                h2 { "Accepted findings to look at" }
                ul { @for sentence in &look { li { (foreign(sentence)) } } }
            }
        }
    }
}

fn outcome(report: &Report<'_>) -> Markup {
    let spotless = report.summary.flagged + report.summary.ignored == 0;
    let class = match report.summary.outcome {
        // What is let through is not good for that.
        Outcome::Clean if spotless => "green",
        Outcome::Clean => "none",
        Outcome::Findings => "red",
        Outcome::Incomplete => "unknown",
    };
    let exit = report.summary.outcome.exit_code();
    html! {
        p.gate.(class) { strong { "Gate" } ": " (gate::sentence(report)) ", exit code " (exit) }
    }
}

fn who(report: &Report<'_>, account: &Account, facts: &[Fact<'_>]) -> Markup {
    let snapshot = report.snapshot;
    let gate = report.gate;
    html! {
        dl.who {
            div { dt { "Account" } dd { (foreign(&words::account(account))) } }
            div { dt { "As of" } dd { (words::taken(snapshot)) ", read in " (words::took(snapshot)) } }
            div { dt { "Read by" } dd { (code(&account.caller)) } }
            div { dt { "Completeness" } dd { (words::completeness(facts, account)) } }
            div { dt { "Partition" } dd { (foreign(&account.partition)) } }
            div { dt { (words::regions(account)) } dd.regions {
                @for region in account.regions.keys() { (foreign(region)) " " }
            } }
            div { dt { "Gate" } dd {
                "fails on " (gate.fail_on.map_or("nothing", Severity::as_str))
                @if gate.fail_on.is_some() { " and above" }
                @if gate.allow_unknown { ", lets unknown findings through" }
            } }
            div { dt { "Judged by" } dd { (TOOL) ", " (counted(report.rules.len(), "rule")) } }
        }
    }
}

/// The traffic lights and Trusted Advisor's counts.
fn tiles(report: &Report<'_>) -> Markup {
    let summary = &report.summary;
    let of = |mark| {
        report
            .findings
            .iter()
            .filter(|f| Mark::of(f) == mark)
            .count()
    };
    html! {
        ul.tiles {
            @for mark in marks() {
                li.(name(mark)).idle[of(mark) == 0] {
                    span.glyph aria-hidden="true" { (mark.glyph(&GLYPHS)) }
                    span.count { (of(mark)) }
                    span { (mark.meaning()) }
                }
            }
        }
        p.counts {
            (summary.processed) " processed, " (summary.flagged) " flagged, "
            (summary.ignored) " ignored, " (summary.suppressed) " suppressed"
            @for (severity, count) in summary.by_severity.iter().rev() {
                "; " (count) " " (severity.as_str())
            }
        }
    }
}

/// A row per practice with its counts.
fn practices(report: &Report<'_>) -> Markup {
    let mut counts: BTreeMap<Practice, BTreeMap<Mark, usize>> = BTreeMap::new();
    for rule in report.rules {
        let own = counts.entry(rule.practice).or_default();
        for finding in report.findings.iter().filter(|f| f.rule == rule.id) {
            *own.entry(Mark::of(finding)).or_default() += 1;
        }
    }
    html! {
        table.practices {
            caption { "By practice" }
            thead {
                tr {
                    th scope="col" { "Practice" }
                    @for mark in marks() {
                        th scope="col" title=(mark.meaning()) {
                            span aria-hidden="true" { (mark.glyph(&GLYPHS)) }
                            span.unseen { (mark.meaning()) }
                        }
                    }
                }
            }
            tbody {
                @for practice in Practice::ALL.iter().filter(|p| counts.contains_key(p)) {
                    tr {
                        th scope="row" { a href={ "#" (practice.as_str()) } { (practice.title()) } }
                        @for mark in marks() {
                            @let count = counts.get(practice).and_then(|own| own.get(&mark));
                            td.(name(mark)).idle[count.is_none()] { (count.copied().unwrap_or(0)) }
                        }
                    }
                }
            }
        }
    }
}

/// Everything that could not be read, with AWS's words.
pub(super) fn gaps(report: &Report<'_>) -> Markup {
    let mut groups: BTreeMap<(GapKind, &str), BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    let facts = report.facts();
    for fact in &facts {
        if let Some(gap) = fact.gap {
            let answers = groups.entry((gap.kind, &gap.action)).or_default();
            let subject = format!("{} {}", fact.account, fact.subject);
            answers.entry(&gap.detail).or_default().push(subject);
        }
    }
    html! {
        section #gaps {
            h2 { "What could not be read" }
            @if groups.is_empty() { p { "Every fact that the rules rest on could be read." } }
            @for ((kind, action), answers) in &groups {
                details.gap {
                    summary {
                        span.badge.unknown { (kind.as_str()) } " " (code(action)) " "
                        span.weak { (counted(answers.values().map(Vec::len).sum(), "fact")) }
                    }
                    dl {
                        @for (answer, subjects) in answers {
                            dt { (foreign(answer)) }
                            @for subject in subjects { dd { (code(subject)) } }
                        }
                    }
                }
            }
        }
    }
}
