//! Rules as SARIF describes them.

use super::log::{Configuration, Descriptor, DescriptorProperties, Help, Text};
use crate::finding::{Finding, Status};
use crate::report::remedy;
use crate::rule::{Rule, Severity};

/// The longest description that GitHub takes.
pub(super) const DESCRIPTION: usize = 1024;

/// The most tags of a rule: GitHub takes 20, and more than ten tell nobody anything.
pub(super) const TAGS: usize = 10;

/// The rule as an entry of `tool.driver.rules`.
pub(super) fn of(rule: &'static Rule, findings: &[&Finding]) -> Descriptor {
    let severity = weight(rule, findings);
    Descriptor {
        id: rule.id,
        short_description: text(rule.title),
        full_description: text(&shortened(rule.description)),
        default_configuration: Configuration {
            level: level(rule.severity),
        },
        help: Help {
            text: help_text(rule),
            markdown: help_markdown(rule),
        },
        help_uri: rule.resources.first().copied(),
        properties: DescriptorProperties {
            tags: tags(rule),
            precision: "very-high",
            security_severity: security_severity(severity),
        },
    }
}

/// What the rule weighs in this run. GitHub knows one severity per rule, our findings
/// differ: the heaviest counts, since the others are better shown too high than too low.
fn weight(rule: &Rule, findings: &[&Finding]) -> Severity {
    let own = findings.iter().filter(|finding| {
        finding.rule == rule.id
            && finding.suppressed.is_none()
            && matches!(finding.status, Status::Fail | Status::Unknown)
    });
    own.map(|finding| finding.severity)
        .max()
        .unwrap_or(rule.severity)
}

/// The level of a fail.
pub(super) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// The level of an unknown: below its fail, and never nothing.
pub(super) fn unknown_level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "warning",
        Severity::Medium | Severity::Low => "note",
    }
}

/// GitHub's scale, a string: over 9.0 critical, over 7.0 high, over 4.0 medium.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
    }
}

/// `security` makes GitHub read the severity; the practice groups; then of each framework
/// the clause of its newest version.
fn tags(rule: &Rule) -> Vec<String> {
    let mut tags = vec![
        "security".to_owned(),
        "cloudtrail".to_owned(),
        rule.practice.as_str().to_owned(),
    ];
    for (index, control) in rule.controls.iter().enumerate() {
        let mut later = rule.controls.iter().skip(index + 1);
        if !later.any(|other| other.framework == control.framework) {
            tags.push(control.to_string());
        }
    }
    tags.truncate(TAGS);
    tags
}

fn help_text(rule: &Rule) -> String {
    let resources = rule.resources.join("\n");
    format!(
        "{}\n\nAlert criteria: {}\n\nRecommended action: {}\n\n{}\n\nAdditional resources:\n{resources}",
        rule.description,
        rule.criteria,
        rule.action,
        remedy::outline(rule.remedies.cli)
    )
}

fn help_markdown(rule: &Rule) -> String {
    let resources = rule.resources.iter().map(|url| format!("- <{url}>\n"));
    let controls = rule.controls.iter().map(|control| format!("- {control}\n"));
    format!(
        "{}\n\n## Alert criteria\n\n{}\n\n## Recommended action\n\n{}\n\n```sh\n{}\n```\n\n\
         ## Additional resources\n\n{}\n## Controls\n\n{}",
        rule.description,
        rule.criteria,
        rule.action,
        remedy::outline(rule.remedies.cli),
        resources.collect::<String>(),
        controls.collect::<String>(),
    )
}

/// The description as far as GitHub takes it; [`super::Sarif::warnings`] says what is lost,
/// and `help` has it whole.
fn shortened(description: &str) -> String {
    if description.chars().count() <= DESCRIPTION {
        return description.to_owned();
    }
    let start: String = description.chars().take(DESCRIPTION - 3).collect();
    format!("{start}...")
}

/// A SARIF message object.
pub(super) fn text(text: &str) -> Text {
    Text {
        text: text.to_owned(),
    }
}
