//! Every rule that ran, by practice, and below it every finding.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::overview::{GLYPHS, marks, name};
use super::{code, foreign};
use crate::finding::{Finding, Status};
use crate::report::resource::{counted, short};
use crate::report::style::Mark;
use crate::report::text::visible;
use crate::report::{Report, controls, remedy, words};
use crate::rule::{Practice, Rule};

/// The form that the script fills with life; without the script it stays hidden.
pub(super) fn filters(report: &Report<'_>) -> Markup {
    let practices: BTreeSet<Practice> = report.rules.iter().map(|rule| rule.practice).collect();
    let regions: BTreeSet<String> = report.findings.iter().map(|f| visible(&f.region)).collect();
    html! {
        form #filters hidden role="search" aria-label="Filter the findings" {
            label { "Practice " select name="practice" {
                option value="" { "all" }
                @for practice in &practices {
                    option value=(practice.as_str()) { (practice.title()) }
                }
            } }
            label { "Status " select name="status" {
                option value="" { "all" }
                option value="red yellow unknown" { "flagged or unknown" }
                @for mark in marks() {
                    option value=(name(mark)) { (mark.glyph(&GLYPHS)) " " (mark.meaning()) }
                }
            } }
            label { "Region " select name="where" {
                option value="" { "all" }
                @for region in &regions { option value=(region) { (region) } }
            } }
            label.wide { "Text " input type="search" name="text" autocomplete="off" spellcheck="false"; }
            span.buttons {
                button type="reset" { "Reset" }
                button type="button" name="open" { "Open all" }
                button type="button" name="close" { "Close all" }
            }
        }
    }
}

/// All findings.
pub(super) fn of(report: &Report<'_>) -> Markup {
    let mut by_rule: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in words::worst_first(report.findings.iter()) {
        by_rule.entry(finding.rule).or_default().push(finding);
    }
    let several = report.snapshot.accounts.len() > 1;
    html! {
        section #findings tabindex="-1" {
            h2 { "Findings" }
            p #shown role="status" { "All " (counted(report.findings.len(), "finding")) }
            @for practice in Practice::ALL {
                @let rules: Vec<&Rule> = report.rules.iter().copied()
                    .filter(|rule| rule.practice == *practice).collect();
                @if !rules.is_empty() {
                    section.practice #(practice.as_str()) data-practice=(practice.as_str()) {
                        h3 { (practice.title()) }
                        @for rule in rules {
                            @let own = by_rule.get(rule.id).map_or(&[][..], Vec::as_slice);
                            (of_rule(rule, own, several))
                        }
                    }
                }
            }
        }
    }
}

fn of_rule(rule: &Rule, findings: &[&Finding], several: bool) -> Markup {
    html! {
        article.rule #(rule.id) {
            h4 { code { (rule.id) } " " (rule.title) }
            details.about {
                summary { "About this rule " span.weak { "severity " (rule.severity.as_str()) } }
                p { (rule.description) }
                h5 { "Alert criteria" }
                p { (rule.criteria) }
                h5 { "Recommended action" }
                p { (rule.action) }
                @if !rule.controls.is_empty() {
                    h5 { "Controls" }
                    ul { @for line in controls::lines(rule.controls) { li { (line) } } }
                }
                h5 { "Additional resources" }
                ul {
                    @for url in rule.resources {
                        li { a href=(url) rel="noopener noreferrer" { (url) } }
                    }
                }
            }
            @for finding in findings { (of_finding(rule, finding, several)) }
        }
    }
}

fn of_finding(rule: &Rule, finding: &Finding, several: bool) -> Markup {
    let mark = Mark::of(finding);
    html! {
        details.finding.(name(mark)) data-status=(name(mark)) data-region=(visible(&finding.region)) {
            summary {
                span.badge.(name(mark)) {
                    span aria-hidden="true" { (mark.glyph(&GLYPHS)) } " " (mark.meaning())
                }
                @if matches!(finding.status, Status::Fail | Status::Unknown) {
                    " " span.severity { (finding.severity.as_str()) }
                }
                @if let Some(standing) = finding.baseline {
                    " " span.standing { (standing.as_str()) }
                }
                " " span.region { (foreign(&finding.region)) }
                @if several { " " span.region { (foreign(&finding.account)) } }
                " " (code(short(finding))) " "
                span.message { (foreign(&finding.message)) }
            }
            (rests_on(rule, finding))
        }
    }
}

/// What the finding rests on, and what to do about it.
fn rests_on(rule: &Rule, finding: &Finding) -> Markup {
    let commands = match finding.status {
        Status::Fail => remedy::fill(rule.remedies.cli, finding),
        _ => String::new(),
    };
    html! {
        dl {
            div { dt { "Resource" } dd { (code(&finding.resource)) } }
            div { dt { "Account, Region" } dd {
                (foreign(&finding.account)) ", " (foreign(&finding.region))
            } }
            @if let Some(why) = &finding.suppressed {
                div { dt { "Accepted" } dd {
                    (foreign(&words::accepted(why))) " (" (finding.status.as_str()) ", "
                    (finding.severity.as_str()) ")"
                } }
            }
            @if let Some(gap) = &finding.gap {
                div { dt { "Could not look" } dd {
                    (code(&gap.action)) " " (gap.kind.as_str()) ": " (foreign(&gap.detail))
                } }
            }
            @for (name, value) in words::evidence(finding) {
                div { dt { "Evidence: " (foreign(name)) } dd { (code(&value)) } }
            }
            @if !commands.trim().is_empty() {
                div.fix { dt { "Fix" } dd { pre tabindex="0" { (commands) } } }
            }
            div { dt { "Fingerprint" } dd { code { (finding.fingerprint) } } }
        }
    }
}
