//! What service control policies forbid all principals of an account, whatever their names.

use std::collections::BTreeSet;

use crate::policy::caller::{Caller, Membership, Owner};
use crate::policy::case::Policy;
use crate::policy::context::Context as Request;
use crate::policy::document::{Effect, Statement};
use crate::policy::glob::UNKNOWN;
use crate::policy::operator::Comparison;
use crate::policy::pattern::{Reach, Target};
use crate::policy::principal::Principal;
use crate::policy::truth::{Doubt, Truth};
use crate::rule::listed;
use crate::snapshot::{Account, Action, Gap, GapKind, Organization, Trail, arn};

/// What turns a trail off or blinds it.
const ACTIONS: [(&str, &str); 4] = [
    ("cloudtrail:stoplogging", "StopLogging"),
    ("cloudtrail:deletetrail", "DeleteTrail"),
    ("cloudtrail:updatetrail", "UpdateTrail"),
    ("cloudtrail:puteventselectors", "PutEventSelectors"),
];

/// What the policies do for all trails together.
#[derive(Default)]
pub(super) struct Protection {
    /// The actions that somebody can do, and on which trail.
    open: Vec<String>,
    /// Conditions that let principals through.
    escapes: BTreeSet<String>,
    /// Principals that are exempt by name.
    pub(super) exempt: BTreeSet<String>,
    /// The statements that protect.
    pub(super) by: BTreeSet<String>,
    /// What is not understood and may protect what seems open.
    pub(super) doubt: Option<Gap>,
}

impl Protection {
    /// What somebody can do, and why; `None` if nobody can do anything.
    pub(super) fn fault(&self) -> Option<String> {
        if self.open.is_empty() {
            return None;
        }
        let escapes: Vec<&String> = self.escapes.iter().collect();
        let why = match escapes.is_empty() {
            true => "no service control policy denies it to everybody".to_owned(),
            false => listed(&escapes),
        };
        Some(format!(
            "principals of the account can {}: {why}",
            listed(&self.open)
        ))
    }
}

/// What policies, level by level, do for these trails.
pub(super) fn protection(
    account: &Account,
    organization: &Organization,
    trails: &[&Trail],
    levels: &[Vec<Policy>],
) -> Protection {
    let mut protection = Protection::default();
    let principals = everybody(account, organization);
    for (action, name) in ACTIONS {
        for trail in trails {
            let target = Target::One(trail.arn.clone());
            for principal in &principals {
                match forbidden(levels, action, &target, principal) {
                    Forbidden::By { by, exempt } => {
                        protection.by.insert(by);
                        protection.exempt.extend(exempt);
                    }
                    Forbidden::Not {
                        doubt: Some(gap), ..
                    } => {
                        protection.doubt.get_or_insert(gap);
                    }
                    Forbidden::Not { escapes, .. } => {
                        let open = format!("`{name}` trail `{}`", trail.name);
                        if !protection.open.contains(&open) {
                            protection.open.push(open);
                        }
                        protection.escapes.extend(escapes);
                    }
                }
            }
        }
    }
    protection
}

/// A role, a user and the root user that stand for all: of their names no condition knows
/// more than the beginning.
fn everybody(account: &Account, organization: &Organization) -> Vec<Caller> {
    let arn = |rest: &str| format!("arn:{}:iam::{}:{rest}", account.partition, account.id);
    let principals = [
        Principal::Role(arn(&format!("role/{UNKNOWN}"))),
        Principal::User(arn(&format!("user/{UNKNOWN}"))),
        Principal::Root(arn("root")),
    ];
    let of = |principal| Caller {
        organization: Membership::In(organization.id.clone()),
        ..Caller::stranger(principal)
    };
    principals.map(of).into()
}

enum Forbidden {
    /// A statement denies it, to all but these principals.
    By { by: String, exempt: Vec<String> },
    /// None does: the conditions by which those that speak of it let principals through.
    Not {
        escapes: Vec<String>,
        doubt: Option<Gap>,
    },
}

fn forbidden(
    levels: &[Vec<Policy>],
    action: &str,
    target: &Target,
    principal: &Caller,
) -> Forbidden {
    let owner = Owner {
        not: None,
        account: principal.principal.account().map(str::to_owned),
        organization: principal.organization.clone(),
    };
    let request = principal.certain(&owner, target);
    for level in levels {
        if !level.is_empty()
            && !level
                .iter()
                .any(|policy| allows(policy, action, target, &request))
        {
            let policies: Vec<&str> = level.iter().map(|policy| policy.name.as_str()).collect();
            return Forbidden::By {
                by: format!("{}, which allows no such thing", listed(&policies)),
                exempt: Vec::new(),
            };
        }
    }
    let (mut escapes, mut doubt, mut best) = (Vec::new(), None, None::<(String, Vec<String>)>);
    for policy in levels.iter().flatten() {
        for statement in &policy.document.statements {
            let name = format!("{} of {}", statement.name, policy.name);
            match denies(statement, action, target, &request) {
                Denies::Nothing => {}
                Denies::AllBut(exempt) => {
                    if best
                        .as_ref()
                        .is_none_or(|(_, fewest)| exempt.len() < fewest.len())
                    {
                        best = Some((name, exempt));
                    }
                }
                Denies::Some(condition) => {
                    escapes.push(format!(
                        "{name} spares whoever meets its condition on `{condition}`"
                    ));
                }
                Denies::Unclear(reason) => {
                    doubt.get_or_insert(not_understood(&name, &reason));
                }
            }
        }
    }
    match best {
        Some((by, exempt)) => Forbidden::By { by, exempt },
        None => Forbidden::Not { escapes, doubt },
    }
}

fn not_understood(statement: &str, reason: &str) -> Gap {
    Gap::new(
        Action::DescribePolicy,
        GapKind::Malformed,
        format!("{statement} cannot be understood: {reason}"),
    )
}

fn allows(policy: &Policy, action: &str, target: &Target, request: &Request) -> bool {
    policy.document.statements.iter().any(|statement| {
        statement.effect != Some(Effect::Deny)
            && statement.actions.contain(action).possible()
            && statement.resources.reach(target, request) != Reach::None
    })
}

/// What a statement denies a principal that stands for all of its kind.
enum Denies {
    Nothing,
    /// To all but these.
    AllBut(Vec<String>),
    /// To some, by this condition key.
    Some(String),
    Unclear(String),
}

fn denies(statement: &Statement, action: &str, target: &Target, request: &Request) -> Denies {
    if let Some(doubt) = &statement.doubt {
        return Denies::Unclear(doubt.clone());
    }
    if statement.effect != Some(Effect::Deny) {
        return Denies::Nothing;
    }
    let spoken_of =
        statement
            .actions
            .contain(action)
            .and(match statement.resources.reach(target, request) {
                Reach::All => Truth::Yes,
                Reach::Open => Truth::maybe(Doubt::Key),
                _ => Truth::No,
            });
    match spoken_of {
        Truth::No => return Denies::Nothing,
        Truth::Maybe(_) => {
            return Denies::Unclear("what it speaks of depends on the request".to_owned());
        }
        Truth::Yes => {}
    }
    let mut exempt = Vec::new();
    for condition in &statement.conditions {
        let Some(operator) = condition.operator else {
            return Denies::Unclear(format!("it has an operator `{}`", condition.spelled));
        };
        if condition.met(request) != Truth::Yes {
            return Denies::Some(condition.name.clone());
        }
        if condition.key == "aws:principalarn" && operator.negated {
            let wild = matches!(operator.comparison, Comparison::Arn | Comparison::Like);
            for value in &condition.values {
                if !is_fixed(&value.raw, wild) {
                    return Denies::Some(format!("{}: {}", condition.name, value.raw));
                }
                exempt.push(format!("`{}`", value.raw));
            }
        }
    }
    Denies::AllBut(exempt)
}

/// Whether nobody in the account can take such a name who does not have it: it is written
/// out, path and all, or in a path that only AWS creates roles in.
fn is_fixed(name: &str, wild: bool) -> bool {
    if name.contains("${") {
        return false;
    }
    let name = arn::parse(name).map_or(name, |arn| arn.resource);
    let reserved = ["role/aws-reserved/", "role/aws-service-role/"];
    let of_aws = reserved.iter().any(|path| name.starts_with(path));
    of_aws || !wild || !name.contains(['*', '?'])
}
