//! Which rules run, and what those read.

use std::collections::BTreeSet;

use crate::cli::Selection;
use crate::config::Select;
use crate::error::Error;
use crate::rule::Rule;
use crate::rules::catalogue;
use crate::snapshot::Action;

/// The rules to run, in the order of the catalogue. Those that run on request only need
/// their name or `--history`.
pub(super) fn rules(selection: &Selection) -> Result<Vec<&'static Rule>, Error> {
    chosen(selection, selection.history)
}

/// The rules that can be run, in the order of the catalogue, with those on request.
pub(super) fn listed(selection: &Selection) -> Result<Vec<&'static Rule>, Error> {
    chosen(selection, true)
}

fn chosen(selection: &Selection, on_request: bool) -> Result<Vec<&'static Rule>, Error> {
    let everything = selection.rule.is_empty() && selection.practice.is_empty();
    let named = |rules: &[&'static Rule], rule: &Rule| rules.iter().any(|one| one.id == rule.id);
    let rules: Vec<&'static Rule> = catalogue()
        .into_iter()
        .filter(|rule| {
            let of_practice = selection.practice.contains(&rule.practice);
            named(&selection.rule, rule)
                || (selection.history && rule.on_request())
                || ((everything || of_practice) && (on_request || !rule.on_request()))
        })
        .filter(|rule| !named(&selection.skip_rule, rule))
        .collect();
    if rules.is_empty() {
        return Err(Error::Usage(
            "no rule is left: everything that is selected is skipped as well".to_owned(),
        ));
    }
    Ok(rules)
}

/// What the command line selects, or where it selects nothing, what the settings file does.
/// What the command line leaves out is left out in any case.
pub(super) fn with_settings(selection: &Selection, select: &Select) -> Selection {
    if !selection.rule.is_empty() || !selection.practice.is_empty() {
        return selection.clone();
    }
    let named = |ids: &[String]| {
        let rules = catalogue().into_iter();
        rules
            .filter(|rule| ids.iter().any(|id| id == rule.id))
            .collect::<Vec<_>>()
    };
    let mut skip_rule = selection.skip_rule.clone();
    skip_rule.extend(named(&select.skip_rules));
    Selection {
        rule: named(&select.rules),
        practice: select.practices.clone(),
        skip_rule,
        ..selection.clone()
    }
}

/// What a snapshot is to hold: what the selected rules read, or everything that trailcheck
/// can read if nothing is selected, for rules that judge it later may be newer. What only
/// rules on request read is left out with them: it takes minutes.
pub(super) fn actions(selection: &Selection) -> Result<BTreeSet<Action>, Error> {
    let rules = rules(selection)?;
    let (on_request, ordinary): (Vec<_>, Vec<_>) =
        catalogue().into_iter().partition(|rule| rule.on_request());
    let selected = |rule: &&'static Rule| rules.iter().any(|one| one.id == rule.id);
    if !ordinary.iter().all(selected) {
        return Ok(reads(&rules));
    }
    let mut left_out = reads(&on_request);
    let read = reads(&rules);
    left_out.retain(|action| !read.contains(action));
    let all = Action::ALL.iter().copied();
    Ok(all.filter(|action| !left_out.contains(action)).collect())
}

/// The calls that `rules` need beyond those that every audit makes.
pub(super) fn reads(rules: &[&'static Rule]) -> BTreeSet<Action> {
    rules.iter().flat_map(|rule| rule.actions()).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Flags {
        #[command(flatten)]
        selection: Selection,
    }

    fn selection(flags: &str) -> Selection {
        let flags = ["trailcheck"].into_iter().chain(flags.split_whitespace());
        Flags::try_parse_from(flags).unwrap().selection
    }

    fn runs(flags: &str, id: &str) -> bool {
        let rules = rules(&selection(flags)).unwrap();
        rules.iter().any(|rule| rule.id == id)
    }

    fn collects(flags: &str, action: Action) -> bool {
        actions(&selection(flags)).unwrap().contains(&action)
    }

    #[test]
    fn what_reads_the_history_runs_only_by_name_or_with_history() {
        for flags in [
            "",
            "--practice tamper-resistance",
            "--rule trail-exists",
            "--history --skip-rule no-recent-tampering",
        ] {
            assert!(!runs(flags, "no-recent-tampering"), "{flags}");
            assert!(!collects(flags, Action::LookupEvents), "{flags}");
        }
        for flags in [
            "--history",
            "--rule no-recent-tampering",
            "--history --practice coverage",
            "--history --rule trail-exists",
        ] {
            assert!(runs(flags, "no-recent-tampering"), "{flags}");
            assert!(collects(flags, Action::LookupEvents), "{flags}");
        }
        assert!(runs("--history --practice coverage", "trail-exists"));
        assert!(!runs("--history --practice coverage", "root-mfa"));
    }

    #[test]
    fn a_snapshot_for_every_rule_holds_everything_but_the_history() {
        let everything: BTreeSet<Action> = Action::ALL.iter().copied().collect();
        assert_eq!(actions(&selection("--history")).unwrap(), everything);
        let missing: Vec<Action> = everything
            .difference(&actions(&selection("")).unwrap())
            .copied()
            .collect();
        assert_eq!(missing, [Action::LookupEvents]);
    }

    #[test]
    fn the_list_shows_rules_on_request_too() {
        for flags in ["", "--practice tamper-resistance"] {
            let listed = listed(&selection(flags)).unwrap();
            assert!(listed.iter().any(|rule| rule.on_request()), "{flags}");
        }
        let listed = listed(&selection("--practice coverage")).unwrap();
        assert!(!listed.iter().any(|rule| rule.on_request()));
    }
}
