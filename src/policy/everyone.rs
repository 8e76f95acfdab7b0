//! Which statements of a resource's policy let in whoever comes, once the policy's own
//! denials are taken away.

use super::caller::{Caller, Membership, Owner};
use super::case::{Asked, Layer, Place, Policy};
use super::document::{Effect, Statement};
use super::meaning_of_public::admits_whoever_comes;
use super::pattern::{Reach, Target};
use super::principal::Principal;
use super::truth::Truth;

/// An account that is nobody's: AWS gives out no id of zeros.
const STRANGER: &str = "000000000000";

/// The statements of `policy` that let everybody do `action`, in lower case, on some of
/// `target`. Beside the keys that S3 counts, fixed values of those in `limiting` keep
/// strangers out; so does a Deny that hits every stranger.
///
/// # Errors
/// The name of the statement of which that cannot be told, and why.
pub fn admitted(
    policy: &Policy,
    action: &str,
    target: &Target,
    limiting: &[&str],
) -> Result<Vec<String>, String> {
    if let Some(doubt) = policy.document.doubt() {
        return Err(doubt);
    }
    let (mut open, mut doubt) = (Vec::new(), None);
    for statement in &policy.document.statements {
        match admits(statement, action, target, limiting) {
            Truth::No => {}
            Truth::Yes => open.push(statement.name.clone()),
            Truth::Maybe(_) => {
                doubt.get_or_insert(format!("{} is not understood", statement.name));
            }
        }
    }
    if open.is_empty() && doubt.is_none() || strangers_denied(policy, action, target) {
        return Ok(Vec::new());
    }
    match doubt {
        Some(doubt) if open.is_empty() => Err(doubt),
        _ => Ok(open),
    }
}

fn admits(statement: &Statement, action: &str, target: &Target, limiting: &[&str]) -> Truth {
    let context = stranger(target).certain(&nobody(), target);
    let reach = match statement.resources.reach(target, &context) {
        Reach::None | Reach::NoValue => Truth::No,
        Reach::Part | Reach::All => Truth::Yes,
        Reach::Open => Truth::maybe(super::truth::Doubt::Key),
    };
    reach
        .and(statement.actions.contain(action))
        .and(admits_whoever_comes(statement, limiting))
}

/// Whether a Deny of the same policy hits every stranger, whatever name he takes.
fn strangers_denied(policy: &Policy, action: &str, target: &Target) -> bool {
    let caller = stranger(target);
    let asked = Asked {
        caller: &caller.principal,
        action,
        bounded: false,
        place: Place::Resource,
    };
    let layer = Layer::new([policy], false, asked);
    let certain = caller.certain(&nobody(), target);
    layer.bearings().iter().any(|bearing| {
        bearing.statement.effect == Some(Effect::Deny)
            && names(bearing.statement, caller.principal.name())
                .into_iter()
                .all(|name| {
                    let mut context = certain.clone();
                    context.set("aws:PrincipalArn", [name]);
                    bearing.denies(target, &context) == Truth::Yes
                })
    })
}

/// ARNs that a stranger can have, so chosen that the statement's conditions tell them apart:
/// he can name his roles as he likes, in his own account.
fn names(statement: &Statement, root: &str) -> Vec<String> {
    let of_arn = statement
        .conditions
        .iter()
        .filter(|condition| condition.key == "aws:principalarn");
    let patterns = of_arn.flat_map(|condition| &condition.values);
    let chosen = patterns.map(|pattern| {
        let account = |(place, part): (usize, &str)| match place {
            4 if part.contains(['*', '?']) => STRANGER.to_owned(),
            _ => part.replace(['*', '?'], "x"),
        };
        let parts: Vec<String> = pattern.raw.split(':').enumerate().map(account).collect();
        parts.join(":")
    });
    let own = |name: &String| name.split(':').nth(4).is_none_or(|part| part == STRANGER);
    std::iter::once(root.to_owned())
        .chain(chosen.filter(own))
        .collect()
}

fn stranger(target: &Target) -> Caller {
    let partition = match target {
        Target::One(arn) | Target::Class(arn) => arn.split(':').nth(1),
        Target::Nothing => None,
    };
    let arn = format!("arn:{}:iam::{STRANGER}:root", partition.unwrap_or_default());
    Caller {
        organization: Membership::In("o-stranger".to_owned()),
        ..Caller::stranger(Principal::Root(arn))
    }
}

fn nobody() -> Owner {
    Owner {
        account: None,
        not: None,
        organization: Membership::Unknown,
    }
}
