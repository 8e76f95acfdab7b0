//! Workflow commands of GitHub Actions: an annotation for each finding that is flagged or
//! could not be checked, and in the log every rule that ran. The escapes are those of
//! GitHub's own toolkit, <https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>.

use std::io::{self, Write};

use super::resource::counted;
use super::table::{gate, suppressions};
use super::text::visible;
use super::{Render, Report, words};
use crate::finding::{Finding, Status};
use crate::rule::Rule;

/// Renders annotations for the log of a GitHub Actions step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitHub {
    /// The file in the repository that every annotation points at; without one they point
    /// at none.
    pub anchor: Option<String>,
}

/// How many annotations of one level GitHub shows of a step,
/// <https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations>.
const SHOWN: usize = 10;

/// From how many characters on GitHub's runner cuts a message off.
const LONGEST: usize = 4096;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
}

struct Annotation {
    level: Level,
    title: String,
    message: String,
}

impl Render for GitHub {
    fn render(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        for account in &report.snapshot.accounts {
            let head = [
                words::account(account),
                account.partition.clone(),
                words::regions(account),
                words::taken(report.snapshot),
                words::completeness(&report.facts(), account),
            ];
            writeln!(out, "trailcheck: {}", harmless(&head.join(", ")))?;
        }
        let rules = counted(report.rules.len(), "rule");
        writeln!(out, "::group::{} ran", data(&rules))?;
        for rule in report.rules {
            writeln!(out, "{}", harmless(&line(report, rule)))?;
        }
        writeln!(out, "::endgroup::")?;
        for annotation in annotations(report) {
            writeln!(out, "{}", self.command(&annotation))?;
        }
        for sentence in suppressions::to_look_at(report) {
            writeln!(out, "accepted findings: {}", harmless(&sentence))?;
        }
        let exit = report.summary.outcome.exit_code();
        writeln!(out, "gate: {}, exit {exit}", gate::sentence(report))
    }

    /// What GitHub would not show.
    fn warnings(&self, report: &Report<'_>) -> Vec<String> {
        let annotations = annotations(report);
        let mut warnings = Vec::new();
        for (level, noun) in [(Level::Error, "errors"), (Level::Warning, "warnings")] {
            let all = annotations.iter().filter(|a| a.level == level).count();
            if all > SHOWN {
                warnings.push(format!(
                    "GitHub shows {SHOWN} {noun} of a step as annotations: the last {} of {all} \
                     are in its log only",
                    all - SHOWN
                ));
            }
        }
        let long = annotations.iter();
        let long = long.filter(|a| a.message.chars().count() > LONGEST).count();
        if long > 0 {
            warnings.push(format!(
                "GitHub shows the first {LONGEST} characters of an annotation, and {long} are \
                 longer"
            ));
        }
        warnings
    }
}

impl GitHub {
    fn command(&self, annotation: &Annotation) -> String {
        let level = match annotation.level {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        let mut properties = format!("title={}", property(&annotation.title));
        if let Some(anchor) = &self.anchor {
            let file = anchor.strip_prefix("./").unwrap_or(anchor);
            properties.push_str(&format!(",file={},line=1", property(&visible(file))));
        }
        format!("::{level} {properties}::{}", data(&annotation.message))
    }
}

/// The annotations, the heaviest first: of too many GitHub shows the first.
fn annotations(report: &Report<'_>) -> Vec<Annotation> {
    let findings = words::worst_first(report.findings.iter()).into_iter();
    findings
        .filter_map(|finding| annotation(report, finding))
        .collect()
}

fn annotation(report: &Report<'_>, finding: &Finding) -> Option<Annotation> {
    let closes = report
        .gate
        .count(std::slice::from_ref(finding), Status::Fail)
        > 0;
    let level = match finding.status {
        _ if finding.suppressed.is_some() => return None,
        Status::Fail if closes => Level::Error,
        Status::Fail | Status::Unknown => Level::Warning,
        Status::Pass | Status::NotApplicable => return None,
    };
    let what = match (finding.status, finding.baseline) {
        (Status::Unknown, _) => "could not look".to_owned(),
        (_, Some(standing)) => format!("{}, {}", finding.severity, standing.as_str()),
        (_, None) => finding.severity.to_string(),
    };
    let where_ = format!("{} in {}", finding.resource, finding.region);
    Some(Annotation {
        level,
        title: format!("{} ({what})", finding.rule),
        message: format!(
            "{}\n{}\ntrailcheck rules explain {}",
            visible(&finding.message),
            visible(&where_),
            finding.rule
        ),
    })
}

/// A rule that ran, with its counts.
fn line(report: &Report<'_>, rule: &Rule) -> String {
    let own = || report.findings.iter().filter(|f| f.rule == rule.id);
    let mut counts: Vec<String> = [
        Status::Fail,
        Status::Unknown,
        Status::Pass,
        Status::NotApplicable,
    ]
    .into_iter()
    .map(|status| {
        let live = own().filter(|f| f.status == status && f.suppressed.is_none());
        (live.count(), status.as_str())
    })
    .chain([(own().filter(|f| f.suppressed.is_some()).count(), "accepted")])
    .filter(|(count, _)| *count > 0)
    .map(|(count, name)| format!("{count} {name}"))
    .collect();
    if counts.is_empty() {
        counts.push("nothing found".to_owned());
    }
    format!("{}: {} ({})", rule.id, counts.join(", "), rule.title)
}

/// Text of a command, behind its second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property of a command, before its second `::`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A line of the log that is no command. The runner reads commands of an older kind,
/// `##[name]`, anywhere in a line.
fn harmless(line: &str) -> String {
    visible(line).replace("##[", "## [")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::outcome::Gate;
    use crate::report::fixture::{self, assert_visible, rendered, rendered_with};
    use crate::rule::Severity;

    const PLAIN: GitHub = GitHub { anchor: None };

    fn anchored() -> GitHub {
        GitHub {
            anchor: Some("./infra/a,b:c%.tf".to_owned()),
        }
    }

    #[test]
    fn each_flagged_or_unchecked_finding_is_annotated_and_each_rule_is_in_the_log() {
        let findings = fixture::accept(fixture::findings(&fixture::snapshot()), "trail-encryption");
        let text = rendered_with(&PLAIN, &fixture::snapshot(), &findings, Gate::default());
        assert_snapshot!(text);
        for rule in fixture::RULES {
            assert!(text.contains(&format!("\n{}: ", rule.id)), "{text}");
        }
    }

    #[test]
    fn the_gate_alone_makes_an_error_of_a_fail() {
        let snapshot = fixture::snapshot();
        let findings = fixture::findings(&snapshot);
        for (fail_on, errors) in [
            (Some(Severity::Critical), 1),
            (Some(Severity::High), 2),
            (Some(Severity::Low), 3),
            (None, 0),
        ] {
            let gate = Gate {
                fail_on,
                ..Gate::default()
            };
            let text = rendered_with(&PLAIN, &snapshot, &findings, gate);
            assert_eq!(text.matches("\n::error ").count(), errors, "{text}");
            assert_eq!(text.matches("\n::warning ").count(), 4 - errors, "{text}");
        }
    }

    #[test]
    fn a_property_is_escaped_as_the_toolkit_does() {
        let text = rendered(&anchored(), &fixture::snapshot());
        assert!(
            text.contains(",file=infra/a%2Cb%3Ac%25.tf,line=1::"),
            "{text}"
        );
        assert_eq!(property("a\r\n%:,b"), "a%0D%0A%25%3A%2Cb");
        assert_eq!(data("a\r\n%:,b"), "a%0D%0A%25:,b");
    }

    #[test]
    fn no_name_makes_a_command_of_its_own() {
        let mut snapshot = fixture::hostile();
        let name = "x\n::error::forged\r::add-mask::1##[error]%0A::warning::";
        snapshot.accounts[0].id = name.to_owned();
        snapshot.accounts[0].bucket_mut().name = name.to_owned();
        let text = rendered(&PLAIN, &snapshot);
        assert_visible(&text);
        assert!(text.contains("## [error]"), "{text}");
        for line in text.lines() {
            let ours = [
                "::error title=",
                "::warning title=",
                "::group::6",
                "::endgroup::",
            ];
            let command = line.trim_start().starts_with("::");
            assert_eq!(
                command,
                ours.iter().any(|ours| line.starts_with(ours)),
                "{line}"
            );
            assert!(command || !line.contains("##["), "{line}");
            assert!(!command || !line.contains("%0A::"), "{line}");
        }
    }

    #[test]
    fn what_github_does_not_show_is_said() {
        let snapshot = fixture::snapshot();
        let fail = fixture::findings(&snapshot)
            .into_iter()
            .find(|f| f.status == Status::Fail && f.severity >= Severity::High)
            .unwrap();
        let mut long = fail.clone();
        long.message = "x".repeat(LONGEST);
        let said = |findings: &[Finding]| {
            let report = Report::new(&snapshot, fixture::RULES, findings, Gate::default());
            PLAIN.warnings(&report)
        };
        assert!(said(&vec![fail.clone(); SHOWN]).is_empty());
        let many = said(&vec![fail; SHOWN + 3]);
        assert_eq!(many.len(), 1);
        assert!(many[0].contains("the last 3 of 13"), "{many:?}");
        assert!(said(&[long])[0].contains("1 are longer"));
    }
}
