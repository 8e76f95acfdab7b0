//! `trailcheck rules`: the list, the explanations, the policy.

use std::collections::BTreeSet;

use predicates::str::{contains, is_empty};
use serde_json::Value;
use trailcheck::rules::catalogue;
use trailcheck::snapshot::Action;

use super::{RULE, home, trailcheck};

/// What `trailcheck rules` prints as JSON with `flags`.
fn listed(flags: &[&str]) -> Vec<Value> {
    let output = trailcheck(&home())
        .args(["rules", "--format", "json"])
        .args(flags)
        .assert()
        .code(0)
        .stderr(is_empty())
        .get_output()
        .stdout
        .clone();
    serde_json::from_slice(&output).unwrap()
}

fn ids(rules: &[Value]) -> Vec<&str> {
    rules
        .iter()
        .map(|rule| rule["id"].as_str().unwrap())
        .collect()
}

#[test]
fn every_rule_is_listed_in_both_formats() {
    let catalogue = catalogue();
    let expected: Vec<&str> = catalogue.iter().map(|rule| rule.id).collect();
    assert_eq!(ids(&listed(&[])), expected);
    let table = trailcheck(&home()).arg("rules").output().unwrap().stdout;
    let table = String::from_utf8(table).unwrap();
    assert_eq!(table.lines().count(), expected.len() + 1);
    for (line, rule) in table.lines().skip(1).zip(catalogue) {
        let mark = match rule.on_request() {
            true => " (only with --history or by name)",
            false => "",
        };
        let end = format!("  {}{mark}", rule.title);
        assert!(line.starts_with(rule.id) && line.ends_with(&end), "{line}");
    }
}

#[test]
fn rules_are_selected_by_id_and_practice_and_left_out_by_id() {
    assert_eq!(ids(&listed(&["--rule", RULE])), [RULE]);
    for rule in listed(&["--practice", "integrity"]) {
        assert_eq!(rule["practice"], "integrity");
    }
    let twice = format!("{RULE},{RULE}");
    assert_eq!(ids(&listed(&["--rule", &twice, "--rule", RULE])), [RULE]);
    if catalogue().len() > 1 {
        assert!(!ids(&listed(&["--skip-rule", RULE])).contains(&RULE));
    }
}

#[test]
fn every_rule_is_explained_in_trusted_advisors_order() {
    let home = home();
    for rule in catalogue() {
        let output = trailcheck(&home)
            .args(["rules", "explain", rule.id])
            .assert()
            .code(0)
            .get_output()
            .stdout
            .clone();
        let text = String::from_utf8(output).unwrap();
        let mut rest = text.as_str();
        for heading in [
            "Description",
            "Alert criteria",
            "Recommended action",
            "  AWS CLI",
            "  Terraform",
            "  CloudFormation",
            "Additional resources",
            "Controls",
            "Reads",
        ] {
            let heading = format!("\n{heading}\n");
            let at = rest.find(&heading);
            assert!(at.is_some(), "{}: no {heading:?}", rule.id);
            rest = &rest[at.unwrap()..];
        }
    }
}

#[test]
fn an_explanation_is_to_be_had_as_json() {
    let output = trailcheck(&home())
        .args(["rules", "explain", RULE, "--format", "json"])
        .assert()
        .code(0)
        .get_output()
        .stdout
        .clone();
    let rule: Value = serde_json::from_slice(&output).unwrap();
    assert_eq!(rule["id"], RULE);
    assert_eq!(rule["severity"], "high");
    for text in ["description", "criteria", "action"] {
        assert!(rule[text].as_str().is_some_and(|text| !text.is_empty()));
    }
    assert!(rule["remedies"]["terraform"].is_string());
}

/// The actions that the printed policy grants.
fn granted(flags: &[&str]) -> BTreeSet<String> {
    let output = trailcheck(&home())
        .args(["rules", "permissions"])
        .args(flags)
        .assert()
        .code(0)
        .get_output()
        .stdout
        .clone();
    let policy: Value = serde_json::from_slice(&output).unwrap();
    assert_eq!(policy["Version"], "2012-10-17");
    let mut granted = BTreeSet::new();
    for statement in policy["Statement"].as_array().unwrap() {
        assert_eq!(statement["Effect"], "Allow");
        assert_eq!(statement["Resource"], "*");
        let actions = statement["Action"].as_array().unwrap();
        assert!(actions.is_sorted_by_key(|action| action.as_str()));
        granted.extend(
            actions
                .iter()
                .map(|action| action.as_str().unwrap().to_owned()),
        );
    }
    granted
}

#[test]
fn the_policy_grants_what_the_selected_rules_read_and_no_more() {
    let always = || Action::ALWAYS.iter().copied();
    let rules = catalogue();
    let ordinary = rules.iter().filter(|rule| !rule.on_request());
    let needed = |actions: &mut dyn Iterator<Item = Action>| -> BTreeSet<String> {
        actions
            .filter(|action| *action != Action::GetCallerIdentity)
            .map(|action| action.iam().to_owned())
            .collect()
    };
    let reads = ordinary.flat_map(|rule| rule.actions());
    assert_eq!(granted(&[]), needed(&mut always().chain(reads)));
    let reads = rules.iter().flat_map(|rule| rule.actions());
    let with_history = needed(&mut always().chain(reads));
    assert_eq!(granted(&["--history"]), with_history);
    assert_eq!(
        with_history.difference(&granted(&[])).collect::<Vec<_>>(),
        ["cloudtrail:LookupEvents"]
    );
    let one = rules.iter().find(|rule| rule.id == RULE).unwrap();
    assert_eq!(
        granted(&["--rule", RULE]),
        needed(&mut always().chain(one.actions()))
    );
}

#[test]
fn the_policy_only_reads() {
    for action in granted(&[]) {
        let (_, name) = action.split_once(':').unwrap();
        assert!(
            ["Describe", "Get", "List"]
                .iter()
                .any(|verb| name.starts_with(verb)),
            "{action}"
        );
    }
}

#[test]
fn the_help_of_permissions_says_what_it_leaves_out() {
    trailcheck(&home())
        .args(["rules", "permissions", "--help"])
        .assert()
        .code(0)
        .stdout(contains("sts:GetCallerIdentity"));
}
