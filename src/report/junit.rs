//! JUnit's XML, as CI servers read it: a test suite per rule, a test case per finding. Of the
//! dialects it keeps to what Jenkins' schema and Ant's have in common, with the attribute
//! `skipped` of the former.

use std::io::{self, Write};

use super::table::{gate, suppressions};
use super::text::visible;
use super::{Render, Report, controls, remedy, words};
use crate::finding::{Finding, Status};
use crate::rule::Rule;

/// Renders the report for CI servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JUnit;

/// How a CI server counts a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Passed,
    Failure,
    Error,
    Skipped,
}

impl Render for JUnit {
    fn render(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        let all: Vec<&Finding> = report.findings.iter().collect();
        writeln!(
            out,
            "<testsuites name=\"trailcheck\"{}>",
            counts(&all, false)
        )?;
        for rule in report.rules {
            suite(report, rule, out)?;
        }
        writeln!(out, "</testsuites>")
    }
}

fn suite(report: &Report<'_>, rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    let own = report.findings.iter().filter(|f| f.rule == rule.id);
    let own: Vec<&Finding> = own.collect();
    // The schemas want a time without a zone.
    let taken = report.snapshot.finished_at.strftime("%Y-%m-%dT%H:%M:%S");
    let (id, counts) = (xml(rule.id), counts(&own, true));
    writeln!(
        out,
        "  <testsuite name=\"{id}\" timestamp=\"{taken}\"{counts}>"
    )?;
    writeln!(out, "    <properties>")?;
    for (name, value) in properties(report, rule) {
        let (name, value) = (xml(name), xml(&value));
        writeln!(out, "      <property name=\"{name}\" value=\"{value}\"/>")?;
    }
    writeln!(out, "    </properties>")?;
    for finding in own {
        case(rule, finding, out)?;
    }
    writeln!(out, "  </testsuite>")
}

/// What a file with a single suite in it still has to tell.
fn properties(report: &Report<'_>, rule: &Rule) -> Vec<(&'static str, String)> {
    let mut properties = vec![
        (
            "tool",
            concat!("trailcheck ", env!("CARGO_PKG_VERSION")).to_owned(),
        ),
        ("title", rule.title.to_owned()),
        ("practice", rule.practice.to_string()),
        ("severity", rule.severity.to_string()),
    ];
    for control in controls::lines(rule.controls) {
        properties.push(("control", control));
    }
    for account in &report.snapshot.accounts {
        let read = words::completeness(&report.facts(), account);
        properties.push(("account", format!("{}: {read}", words::account(account))));
    }
    for sentence in suppressions::to_look_at(report) {
        properties.push(("accepted-findings", sentence));
    }
    properties.push(("gate", gate::sentence(report)));
    properties
}

fn case(rule: &Rule, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let class = xml(&format!("trailcheck.{}.{}", rule.practice, rule.id));
    let name = format!(
        "{} {} {}",
        finding.account, finding.region, finding.resource
    );
    write!(
        out,
        "    <testcase classname=\"{class}\" name=\"{}\" time=\"0\">",
        xml(&name)
    )?;
    let message = xml(&finding.message);
    match kind(finding) {
        Kind::Passed => {}
        Kind::Failure => {
            let weight = finding.severity;
            write!(out, "<failure type=\"{weight}\" message=\"{message}\">")?;
            write!(out, "{}</failure>", body(rule, finding))?;
        }
        Kind::Error => {
            let reason = finding
                .gap
                .as_ref()
                .map_or("unknown", |gap| gap.kind.as_str());
            write!(out, "<error type=\"{reason}\" message=\"{message}\">")?;
            write!(out, "{}</error>", body(rule, finding))?;
        }
        Kind::Skipped => {
            let why = match &finding.suppressed {
                Some(why) => xml(&format!(
                    "accepted: {}; {}: {}",
                    words::accepted(why),
                    finding.status.as_str(),
                    finding.message
                )),
                None => format!("not applicable: {message}"),
            };
            write!(out, "<skipped message=\"{why}\"/>")?;
        }
    }
    writeln!(out, "<system-out>{}</system-out></testcase>", seen(finding))
}

/// What is shown below a failure: the commands that mend it, and where to read on.
fn body(rule: &Rule, finding: &Finding) -> String {
    let mut lines = vec![format!("severity {}", finding.severity)];
    if let Some(standing) = finding.baseline {
        lines.push(format!("beside the baseline: {}", standing.as_str()));
    }
    if finding.status == Status::Fail {
        lines.push(rule.action.to_owned());
        let commands = remedy::fill(rule.remedies.cli, finding);
        lines.extend(commands.lines().map(str::to_owned));
    }
    lines.push(format!("trailcheck rules explain {}", rule.id));
    paragraph(&lines)
}

/// What the verdict rests on. A case that passed has it, too: the message of a pass has no
/// other place in this format.
fn seen(finding: &Finding) -> String {
    let mut lines = vec![finding.message.clone()];
    lines.extend(words::evidence(finding).map(|(name, value)| format!("{name}: {value}")));
    lines.push(format!("fingerprint: {}", finding.fingerprint));
    paragraph(&lines)
}

fn paragraph(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| xml(line)).collect();
    lines.join("\n")
}

fn kind(finding: &Finding) -> Kind {
    match finding.status {
        _ if finding.suppressed.is_some() => Kind::Skipped,
        Status::Pass => Kind::Passed,
        Status::Fail => Kind::Failure,
        Status::Unknown => Kind::Error,
        Status::NotApplicable => Kind::Skipped,
    }
}

fn counts(findings: &[&Finding], skipped: bool) -> String {
    let with = |wanted| findings.iter().filter(|f| kind(f) == wanted).count();
    let mut text = format!(
        " tests=\"{}\" failures=\"{}\" errors=\"{}\"",
        findings.len(),
        with(Kind::Failure),
        with(Kind::Error)
    );
    if skipped {
        text.push_str(&format!(" skipped=\"{}\"", with(Kind::Skipped)));
    }
    text + " time=\"0\""
}

/// `text` for an attribute or an element. XML 1.0 has no way to write most control characters
/// at all, so they are spelled out.
fn xml(text: &str) -> String {
    let mut escaped = String::new();
    for c in visible(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use insta::assert_snapshot;

    use super::*;
    use crate::finding::Suppressed;
    use crate::outcome::Gate;
    use crate::report::fixture::{self, assert_visible, rendered, rendered_with};

    /// An element of the file: its path from the root, and its attributes.
    type Element = (String, BTreeMap<String, String>);

    /// The elements of `text`, which must be well-formed XML of the few kinds written here.
    fn elements(text: &str) -> Vec<Element> {
        let mut open: Vec<String> = Vec::new();
        let mut elements = Vec::new();
        let rest = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        for piece in rest.unwrap().split('<').skip(1) {
            let (tag, content) = piece.split_once('>').unwrap();
            assert!(!content.contains('>'), "{content}");
            assert_references(content);
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop().as_deref(), Some(name));
                continue;
            }
            let empty = tag.ends_with('/');
            let tag = tag.trim_end_matches('/');
            let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
            open.push(name.to_owned());
            elements.push((open.join("/"), attributes_of(attributes)));
            if empty {
                open.pop();
            }
        }
        assert!(open.is_empty(), "{open:?}");
        elements
    }

    fn attributes_of(mut text: &str) -> BTreeMap<String, String> {
        let mut attributes = BTreeMap::new();
        while let Some((name, rest)) = text.split_once("=\"") {
            let (value, rest) = rest.split_once('"').unwrap();
            assert!(
                name.trim().chars().all(|c| c.is_ascii_lowercase()),
                "{name}"
            );
            assert_references(value);
            let before = attributes.insert(name.trim().to_owned(), value.to_owned());
            assert_eq!(before, None, "{name} stands twice");
            text = rest;
        }
        assert_eq!(text.trim(), "");
        attributes
    }

    /// Every `&` starts one of the five references that XML knows.
    fn assert_references(text: &str) {
        for (at, _) in text.match_indices('&') {
            let known = ["&amp;", "&lt;", "&gt;", "&quot;", "&apos;"];
            assert!(known.iter().any(|k| text[at..].starts_with(k)), "{text}");
        }
    }

    /// Asserts what the schemas of Jenkins and Ant have in common.
    fn assert_shape(text: &str) {
        let mut suite = BTreeMap::new();
        for (path, attributes) in elements(text) {
            let (required, optional): (&[&str], &[&str]) = match path.as_str() {
                "testsuites" => (&["name", "tests", "failures", "errors", "time"], &[]),
                "testsuites/testsuite" => (
                    &[
                        "name",
                        "tests",
                        "failures",
                        "errors",
                        "skipped",
                        "time",
                        "timestamp",
                    ],
                    &[],
                ),
                "testsuites/testsuite/properties" => (&[], &[]),
                "testsuites/testsuite/properties/property" => (&["name", "value"], &[]),
                "testsuites/testsuite/testcase" => (&["classname", "name", "time"], &[]),
                "testsuites/testsuite/testcase/failure" => (&["type", "message"], &[]),
                "testsuites/testsuite/testcase/error" => (&["type", "message"], &[]),
                "testsuites/testsuite/testcase/skipped" => (&["message"], &[]),
                "testsuites/testsuite/testcase/system-out" => (&[], &[]),
                other => panic!("no schema knows {other}"),
            };
            for name in required {
                assert!(attributes.contains_key(*name), "{path} lacks {name}");
            }
            let known = |name: &String| {
                required.contains(&name.as_str()) || optional.contains(&name.as_str())
            };
            assert!(attributes.keys().all(known), "{path}: {attributes:?}");
            if path == "testsuites/testsuite" {
                suite = attributes;
            } else if path.ends_with("/failure") {
                assert_ne!(suite["failures"], "0");
            }
        }
    }

    #[test]
    fn each_rule_is_a_suite_and_each_finding_a_case() {
        let snapshot = fixture::snapshot();
        let findings = fixture::accept(fixture::findings(&snapshot), "trail-encryption");
        let text = rendered_with(&JUnit, &snapshot, &findings, Gate::default());
        assert_snapshot!(text);
        assert_shape(&text);
        let paths: Vec<String> = elements(&text).into_iter().map(|(path, _)| path).collect();
        let count = |end: &str| paths.iter().filter(|path| path.ends_with(end)).count();
        assert_eq!(count("/testsuite"), fixture::RULES.len());
        assert_eq!(count("/testcase"), findings.len());
        let with = |status| {
            let live = findings.iter().filter(|f| f.suppressed.is_none());
            live.filter(|f| f.status == status).count()
        };
        assert_eq!(count("/failure"), with(Status::Fail));
        assert_eq!(count("/error"), with(Status::Unknown));
        assert_eq!(count("/skipped"), with(Status::NotApplicable) + 1);
    }

    #[test]
    fn the_totals_of_the_suites_are_those_of_the_file() {
        let text = rendered(&JUnit, &fixture::two_accounts());
        let elements = elements(&text);
        for name in ["tests", "failures", "errors"] {
            let of = |wanted: &str| -> Vec<usize> {
                let own = elements.iter().filter(|(path, _)| path == wanted);
                own.map(|(_, attributes)| attributes[name].parse().unwrap())
                    .collect()
            };
            let sum: usize = of("testsuites/testsuite").iter().sum();
            assert_eq!(of("testsuites"), [sum], "{name}");
            assert!(sum > 0, "{name}");
        }
    }

    #[test]
    fn two_cases_of_a_suite_never_share_a_name() {
        let mut names = std::collections::BTreeSet::new();
        for (path, attributes) in elements(&rendered(&JUnit, &fixture::two_accounts())) {
            if path.ends_with("/testcase") {
                let name = (attributes["classname"].clone(), attributes["name"].clone());
                assert!(names.insert(name.clone()), "{name:?}");
            }
        }
    }

    #[test]
    fn an_accepted_finding_is_skipped_with_its_reason_owner_and_last_day() {
        let mut finding = fixture::finding();
        finding.suppressed = Some(Suppressed {
            reason: "moves <soon>".to_owned(),
            owner: Some("A & B".to_owned()),
            until: Some(jiff::civil::date(2027, 1, 31)),
        });
        let text = rendered_with(&JUnit, &fixture::snapshot(), &[finding], Gate::default());
        let said = "accepted: moves &lt;soon&gt;, says A &amp; B, until 2027-01-31; ";
        assert!(
            text.contains(&format!("<skipped message=\"{said}")),
            "{text}"
        );
    }

    #[test]
    fn hostile_text_stays_text() {
        let mut snapshot = fixture::hostile();
        let end = "]]></system-out><testcase name=\"x\"><!-- &#0; &x;";
        snapshot.accounts[0].bucket_mut().name = end.to_owned();
        let text = rendered(&JUnit, &snapshot);
        assert_visible(&text);
        assert_shape(&text);
        let cases = elements(&text);
        let cases = cases.iter().filter(|(path, _)| path.ends_with("/testcase"));
        assert_eq!(cases.count(), fixture::findings(&snapshot).len());
    }

    #[test]
    fn every_character_can_be_written() {
        for c in '\0'..=char::MAX {
            let shown = xml(&c.to_string());
            let allowed =
                |c| matches!(c, ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
            assert!(shown.chars().all(allowed), "{:x}", c as u32);
            assert!(!shown.contains(['<', '>', '"']), "{shown}");
        }
    }
}
