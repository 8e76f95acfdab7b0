//! `trailcheck rules explain`.

use serde::Serialize;
use serde_json::Value;

use super::{output, style};
use crate::cli::ExplainFormat;
use crate::config::{Setting, settings_of};
use crate::error::Error;
use crate::outcome::Outcome;
use crate::report::{controls, remedy};
use crate::rule::{Control, Practice, Rule, Severity};

/// The width of prose where there is no terminal to ask.
const WIDTH: usize = 80;
/// Longer lines are hard to read, however wide the terminal.
const WIDEST: usize = 100;

/// Explains a rule in Trusted Advisor's order.
pub(super) fn run(rule: &Rule, format: ExplainFormat) -> Result<Outcome, Error> {
    match format {
        ExplainFormat::Text => {
            let width = style::width().unwrap_or(WIDTH).min(WIDEST);
            output::stdout(text(rule, width).as_bytes())?;
        }
        ExplainFormat::Json => output::json(&explained(rule))?,
    }
    Ok(Outcome::Clean)
}

fn text(rule: &Rule, width: usize) -> String {
    let mut page = Page {
        text: format!("{}: {}\n", rule.id, rule.title),
        width,
    };
    page.text.push_str(&format!(
        "{} severity, judged per {}, practice `{}` ({})\n",
        rule.severity,
        rule.check.grain(),
        rule.practice,
        rule.practice.title()
    ));
    if rule.on_request() {
        page.text
            .push_str("runs only when it is named with `--rule`, or with `--history`\n");
    }
    page.heading("Description");
    page.prose(rule.description);
    page.heading("Alert criteria");
    page.prose(rule.criteria);
    page.heading("Recommended action");
    page.prose(rule.action);
    remedies(&mut page, rule);
    page.heading("Additional resources");
    rule.resources.iter().for_each(|link| page.item(link));
    page.heading("Controls");
    controls::lines(rule.controls)
        .iter()
        .for_each(|control| page.prose(control));
    settings(&mut page, rule);
    page.heading("Reads");
    reads(rule).iter().for_each(|action| page.item(action));
    page.text
}

/// The ways to mend it, in which what only an audit knows is left for the reader to fill in.
fn remedies(page: &mut Page, rule: &Rule) {
    let codes = [
        ("AWS CLI", remedy::outline(rule.remedies.cli)),
        (
            "Terraform",
            remedy::outline_document(rule.remedies.terraform),
        ),
        (
            "CloudFormation",
            remedy::outline_document(rule.remedies.cloudformation),
        ),
    ];
    let templates = [
        rule.remedies.cli,
        rule.remedies.terraform,
        rule.remedies.cloudformation,
    ];
    if codes.iter().map(|(_, code)| code).ne(templates) {
        page.text.push('\n');
        page.prose(
            "Words in angle brackets stand for values of yours; an audit prints the commands \
             with them filled in.",
        );
    }
    for (language, code) in &codes {
        page.code(language, code);
    }
}

/// What a `trailcheck.toml` can change about the rule, as it would stand there.
fn settings(page: &mut Page, rule: &Rule) {
    let settings = settings_of(rule.id);
    if settings.is_empty() {
        return;
    }
    page.heading("Settings");
    page.prose("In `trailcheck.toml`, with what holds without it:");
    page.text.push_str(&format!("\n    [rules.{}]\n", rule.id));
    for setting in settings {
        for line in wrap(&setting.description, page.width.saturating_sub(6)) {
            page.item(&format!("  # {line}"));
        }
        page.item(&match &setting.default {
            Value::Null => format!("  # {} = (none)", setting.key),
            default => format!("  {} = {default}", setting.key),
        });
    }
}

/// The IAM actions that the rule needs, or that it makes do with what every audit reads.
fn reads(rule: &Rule) -> Vec<&'static str> {
    let actions = rule.actions();
    if actions.is_empty() {
        return vec!["nothing beyond what every audit reads"];
    }
    actions.iter().map(|action| action.iam()).collect()
}

struct Page {
    text: String,
    width: usize,
}

impl Page {
    fn heading(&mut self, heading: &str) {
        self.text.push_str(&format!("\n{heading}\n"));
    }

    fn prose(&mut self, prose: &str) {
        for paragraph in prose.split("\n\n") {
            for line in wrap(paragraph, self.width.saturating_sub(2)) {
                self.text.push_str(&format!("  {line}\n"));
            }
        }
    }

    fn item(&mut self, item: &str) {
        self.text.push_str(&format!("  {item}\n"));
    }

    fn code(&mut self, language: &str, code: &str) {
        self.text.push_str(&format!("\n  {language}\n"));
        for line in code.lines() {
            self.text.push_str(format!("    {line}").trim_end());
            self.text.push('\n');
        }
    }
}

/// Breaks prose at spaces so that no line is longer than `width`, words excepted.
fn wrap(prose: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in prose.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The explanation as JSON.
#[derive(Serialize)]
struct Explained {
    id: &'static str,
    title: &'static str,
    severity: Severity,
    practice: Practice,
    grain: &'static str,
    description: &'static str,
    criteria: &'static str,
    action: &'static str,
    remedies: Remedies,
    resources: &'static [&'static str],
    controls: &'static [Control],
    settings: Vec<Setting>,
    reads: Vec<&'static str>,
}

#[derive(Serialize)]
struct Remedies {
    cli: &'static str,
    terraform: &'static str,
    cloudformation: &'static str,
}

fn explained(rule: &Rule) -> Explained {
    Explained {
        id: rule.id,
        title: rule.title,
        severity: rule.severity,
        practice: rule.practice,
        grain: rule.check.grain(),
        description: rule.description,
        criteria: rule.criteria,
        action: rule.action,
        remedies: Remedies {
            cli: rule.remedies.cli,
            terraform: rule.remedies.terraform,
            cloudformation: rule.remedies.cloudformation,
        },
        resources: rule.resources,
        controls: rule.controls,
        settings: settings_of(rule.id),
        reads: rule.actions().iter().map(|action| action.iam()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, parse};

    #[test]
    fn prose_is_broken_at_spaces_and_no_word_is_lost() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(
            wrap("https://example.com/long x", 5),
            ["https://example.com/long", "x"]
        );
        assert!(wrap("", 5).is_empty());
    }

    #[test]
    fn the_settings_of_a_rule_are_shown_as_a_file_could_hold_them() {
        let mut shown = 0;
        for rule in crate::rules::catalogue() {
            let text = text(rule, 80);
            let Some((_, settings)) = text.split_once("\nSettings\n") else {
                assert!(settings_of(rule.id).is_empty(), "{}", rule.id);
                continue;
            };
            let (settings, _) = settings.split_once("\nReads\n").unwrap();
            let (_, file) = settings.split_once("\n\n").unwrap();
            assert_eq!(parse(file, &[]), Ok(Config::default()), "{file}");
            for setting in settings_of(rule.id) {
                assert!(file.contains(&format!("{} = ", setting.key)), "{file}");
            }
            shown += 1;
        }
        assert!(shown >= 6, "{shown}");
    }

    #[test]
    fn a_reader_is_told_what_to_fill_in_and_is_shown_no_template() {
        for rule in crate::rules::catalogue() {
            let text = text(rule, 80);
            let told = text.contains("\n  Words in angle brackets");
            assert_eq!(told, text.contains('<'), "{}", rule.id);
            for place in ["{bucket}", "{arn}", "{region}", "{account}", "{partition}"] {
                assert!(!text.contains(place), "{}: {place}", rule.id);
            }
        }
    }
}
