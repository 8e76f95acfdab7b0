//! The pages of `docs/rules/`: what `trailcheck rules explain` says, one page per practice,
//! and an index that tells which clause of which standard which rule speaks to.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::{controls, remedy};
use crate::config::settings_of;
use crate::rule::{Control, Practice, Rule};

/// Every page, by its file name: the index `README.md`, then one per practice that has
/// rules, in Markdown.
pub fn pages(rules: &[&'static Rule]) -> Vec<(String, String)> {
    let mut pages = vec![("README.md".to_owned(), index(rules))];
    for practice in Practice::ALL {
        let own: Vec<&Rule> = rules
            .iter()
            .filter(|rule| rule.practice == *practice)
            .copied()
            .collect();
        if !own.is_empty() {
            pages.push((file(*practice), page(*practice, &own)));
        }
    }
    pages
}

fn file(practice: Practice) -> String {
    format!("{practice}.md")
}

fn index(rules: &[&'static Rule]) -> String {
    let mut text = String::from(
        "# The rules\n\nWritten from the program's own texts, which `trailcheck rules explain ID` \
         prints as well.\n\n| practice | rules |\n|---|---|\n",
    );
    for practice in Practice::ALL {
        let own = rules.iter().filter(|rule| rule.practice == *practice);
        let links: Vec<String> = own.map(|rule| link(rule)).collect();
        if !links.is_empty() {
            line(
                &mut text,
                &format!(
                    "| [{}]({}) | {} |",
                    practice.title(),
                    file(*practice),
                    links.join(", ")
                ),
            );
        }
    }
    text.push_str("\n## Controls\n\nThe clauses of outside standards that the rules speak to.\n");
    for ((framework, version), clauses) in by_framework(rules) {
        let name = format!("{framework} {version}");
        line(&mut text, &format!("\n### {}\n", name.trim_end()));
        text.push_str("| control | rules |\n|---|---|\n");
        for (Clause(id), links) in clauses {
            line(&mut text, &format!("| {id} | {} |", links.join(", ")));
        }
    }
    text
}

fn link(rule: &Rule) -> String {
    format!("[`{0}`]({1}#{0})", rule.id, file(rule.practice))
}

/// A clause's id, ordered by its numbers as numbers.
#[derive(PartialEq, Eq)]
struct Clause<'a>(&'a str);

impl Clause<'_> {
    fn key(&self) -> Vec<(u64, &str)> {
        let parts = self.0.split(['.', ' ', '-']);
        parts
            .map(|part| (part.parse().unwrap_or(u64::MAX), part))
            .collect()
    }
}

impl Ord for Clause<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Clause<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

type Clauses = BTreeMap<Clause<'static>, Vec<String>>;

/// Every version of every framework, with its clauses and the rules that cite them.
fn by_framework(rules: &[&'static Rule]) -> BTreeMap<(&'static str, &'static str), Clauses> {
    let mut frameworks: BTreeMap<_, Clauses> = BTreeMap::new();
    for rule in rules {
        for Control {
            framework,
            version,
            id,
        } in rule.controls
        {
            let clauses = frameworks.entry((*framework, *version)).or_default();
            clauses.entry(Clause(id)).or_default().push(link(rule));
        }
    }
    frameworks
}

fn page(practice: Practice, rules: &[&Rule]) -> String {
    let mut text = format!("# {}\n", practice.title());
    for rule in rules {
        section(&mut text, rule);
    }
    text
}

fn section(text: &mut String, rule: &Rule) {
    line(
        text,
        &format!(
            "\n<a id=\"{0}\"></a>\n## `{0}`\n\n{1}.\n",
            rule.id, rule.title
        ),
    );
    line(
        text,
        &format!(
            "Severity {}, judged per {}.{}\n",
            rule.severity,
            rule.check.grain(),
            if rule.on_request() {
                " Runs only when it is named with `--rule`, or with `--history`."
            } else {
                ""
            }
        ),
    );
    line(text, &format!("{}\n", prose(rule.description)));
    line(
        text,
        &format!("**Alert criteria.** {}\n", prose(rule.criteria)),
    );
    line(
        text,
        &format!("**Recommended action.** {}\n", prose(rule.action)),
    );
    let remedies = &rule.remedies;
    code(text, "AWS CLI", "sh", &remedy::outline(remedies.cli));
    let terraform = remedy::outline_document(remedies.terraform);
    code(text, "Terraform", "hcl", &terraform);
    let cloudformation = remedy::outline_document(remedies.cloudformation);
    code(text, "CloudFormation", "yaml", &cloudformation);
    settings(text, rule);
    let cited = controls::lines(rule.controls);
    list(text, "Controls", cited.into_iter());
    let actions = rule.actions();
    let reads = actions.iter().map(|action| format!("`{}`", action.iam()));
    list(text, "Reads, beyond what every audit reads", reads);
    let links = rule.resources.iter().map(|link| format!("<{link}>"));
    list(text, "More", links);
}

/// Prose in which `kms:GenerateDataKey*` and `<name>` stay what they are.
fn prose(text: &str) -> String {
    text.replace('*', "\\*").replace('<', "\\<")
}

fn code(text: &mut String, title: &str, language: &str, code: &str) {
    line(text, &format!("{title}:\n\n```{language}\n{code}\n```\n"));
}

fn settings(text: &mut String, rule: &Rule) {
    let settings = settings_of(rule.id);
    let entries = settings.into_iter().map(|setting| match setting.default {
        Value::Null => format!("`{}`: {}", setting.key, setting.description),
        default => format!(
            "`{}` (default `{default}`): {}",
            setting.key, setting.description
        ),
    });
    let title = format!("Settings, in the table `[rules.{}]`", rule.id);
    list(text, &title, entries);
}

fn list(text: &mut String, title: &str, entries: impl Iterator<Item = String>) {
    let entries: Vec<String> = entries.map(|entry| format!("- {entry}")).collect();
    if !entries.is_empty() {
        line(text, &format!("{title}:\n\n{}\n", entries.join("\n")));
    }
}

fn line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::catalogue;

    #[test]
    fn every_rule_has_a_section_with_all_its_texts_and_a_link_from_the_index() {
        let pages: BTreeMap<String, String> = pages(&catalogue()).into_iter().collect();
        for rule in catalogue() {
            let page = &pages[&file(rule.practice)];
            for part in [rule.title, rule.description, rule.criteria, rule.action] {
                assert!(page.contains(&prose(part)), "{}: {part}", rule.id);
            }
            assert!(page.contains(&format!("## `{}`\n", rule.id)));
            assert!(pages["README.md"].contains(&link(rule)), "{}", rule.id);
        }
    }

    #[test]
    fn clauses_stand_in_the_order_of_their_numbers() {
        let mut clauses = ["4.10", "4.9", "4.2", "CloudTrail.10", "CloudTrail.2"].map(Clause);
        clauses.sort();
        let ids = clauses.map(|Clause(id)| id);
        assert_eq!(ids, ["4.2", "4.9", "4.10", "CloudTrail.2", "CloudTrail.10"]);
    }

    #[test]
    fn each_version_of_a_framework_is_mapped_on_its_own() {
        let index = index(&catalogue());
        let (_, section) = index.split_once("### CIS AWS Foundations 3.0.0\n").unwrap();
        let (section, _) = section.split_once("\n### ").unwrap();
        assert!(
            section.contains("| 3.2 | [`log-file-validation`]"),
            "{section}"
        );
    }
}
