//! `trailcheck rules permissions`.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{output, selection};
use crate::cli::Selection;
use crate::error::Error;
use crate::outcome::Outcome;
use crate::snapshot::Action;

/// An IAM policy document.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    version: &'static str,
    statement: Vec<Statement>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    sid: &'static str,
    effect: &'static str,
    action: BTreeSet<&'static str>,
    resource: &'static str,
}

/// Prints the least-privilege IAM policy of the selected rules.
pub(super) fn run(flags: &Selection) -> Result<Outcome, Error> {
    let mut actions = selection::reads(&selection::rules(flags)?);
    actions.extend(Action::ALWAYS);
    output::json(&policy(&actions))?;
    Ok(Outcome::Clean)
}

fn policy(actions: &BTreeSet<Action>) -> Policy {
    let (wide, narrowable): (Vec<Action>, Vec<Action>) = actions
        .iter()
        .filter(|action| needs_permission(**action))
        .partition(|action| is_account_wide(**action));
    let statements = [("AccountWide", wide), ("Narrowable", narrowable)];
    Policy {
        version: "2012-10-17",
        statement: statements
            .into_iter()
            .filter(|(_, actions)| !actions.is_empty())
            .map(|(sid, actions)| Statement {
                sid,
                effect: "Allow",
                action: actions.into_iter().map(Action::iam).collect(),
                resource: "*",
            })
            .collect(),
    }
}

/// "No permissions are required to perform this operation", even under an explicit deny:
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>.
fn needs_permission(action: Action) -> bool {
    action != Action::GetCallerIdentity
}

/// Whether the action knows no resource but `*`, by the Service Authorization Reference.
/// Two know one that does not help: `ListRegions` is asked without an account id, which
/// AWS authorizes as `*`, and `DescribeLogGroups` is authorized for the log groups of the
/// whole Region, whatever prefix it is asked for.
fn is_account_wide(action: Action) -> bool {
    matches!(
        action,
        Action::ListRegions
            | Action::ListAccountAliases
            | Action::GetAccountSummary
            | Action::DescribeTrails
            | Action::GetAccountPublicAccessBlock
            | Action::DescribeLogGroups
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_but_the_callers_own_identity_is_granted_once() {
        let policy = policy(&Action::ALL.iter().copied().collect());
        let granted: Vec<&str> = policy
            .statement
            .iter()
            .flat_map(|statement| statement.action.iter().copied())
            .collect();
        let distinct: BTreeSet<&str> = granted.iter().copied().collect();
        assert_eq!(granted.len(), distinct.len());
        let needed: BTreeSet<&str> = Action::ALL.iter().map(|action| action.iam()).collect();
        assert_eq!(
            needed.difference(&distinct).collect::<Vec<_>>(),
            [&"sts:GetCallerIdentity"]
        );
    }
}
