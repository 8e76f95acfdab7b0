//! Which rules run, and what those read.

use std::collections::BTreeSet;

use crate::cli::Selection;
use crate::error::Error;
use crate::rule::Rule;
use crate::rules::catalogue;
use crate::snapshot::Action;

/// The selected rules, in the order of the catalogue.
pub(super) fn rules(selection: &Selection) -> Result<Vec<&'static Rule>, Error> {
    let everything = selection.rule.is_empty() && selection.practice.is_empty();
    let named = |rules: &[&'static Rule], rule: &Rule| rules.iter().any(|one| one.id == rule.id);
    let rules: Vec<&'static Rule> = catalogue()
        .into_iter()
        .filter(|rule| {
            everything
                || named(&selection.rule, rule)
                || selection.practice.contains(&rule.practice)
        })
        .filter(|rule| !named(&selection.skip_rule, rule))
        .collect();
    if rules.is_empty() {
        return Err(Error::Usage(
            "no rule is left: --skip-rule leaves out all that the other flags select".to_owned(),
        ));
    }
    Ok(rules)
}

/// What a snapshot is to hold: what the selected rules read, or everything that trailcheck
/// can read if nothing is selected, for rules that judge it later may be newer.
pub(super) fn actions(selection: &Selection) -> Result<BTreeSet<Action>, Error> {
    let rules = rules(selection)?;
    if rules.len() == catalogue().len() {
        return Ok(Action::ALL.iter().copied().collect());
    }
    Ok(reads(&rules))
}

/// The calls that `rules` need beyond those that every audit makes.
pub(super) fn reads(rules: &[&'static Rule]) -> BTreeSet<Action> {
    rules.iter().flat_map(|rule| rule.actions()).collect()
}
