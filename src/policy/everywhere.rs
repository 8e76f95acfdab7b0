//! Whether a caller may do something on *every* resource of a class. The evaluator answers
//! whether some request is let through, which is the right question about an attacker;
//! whoever has a job to do needs all of them to be.

use super::answer::Answer;
use super::caller::Caller;
use super::case::Bearing;
use super::context::Context;
use super::document::Effect;
use super::glob::UNKNOWN;
use super::pattern::{Reach, Target};
use super::services;
use super::truth::{Doubt, Truth};
use super::world::World;

/// Whether all of it is let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Everywhere {
    /// All of it is.
    Permitted,
    /// A statement denies it, or part of it: the policy and statement, as messages name them.
    Denied(String),
    /// No statement allows it, or none all of it.
    NotAllowed,
    /// It depends on these keys and doubts.
    Open(Vec<String>),
}

/// Whether `caller` may do `action`, in lower case, on every resource whose ARN `class`
/// describes (`*` is any text), the keys of `fixed` being given. A class is allowed if one
/// statement allows all of it: what several allow piece by piece leaves out what is to come,
/// such as another Region's files.
pub fn permitted(
    world: &World,
    caller: &Caller,
    action: &str,
    class: &str,
    fixed: &Context,
) -> Everywhere {
    if let Some(denial) = denial(world, caller, action, class, fixed) {
        return Everywhere::Denied(denial);
    }
    // Text that only a star matches stands for all texts in an Allow.
    let any = class.replace('*', UNKNOWN.encode_utf8(&mut [0; 4]));
    match world.ask(caller, action, Target::One(any)).may(fixed) {
        Answer::Allowed => Everywhere::Permitted,
        Answer::Denied => Everywhere::NotAllowed,
        Answer::Conditional { depends_on, .. } => Everywhere::Open(depends_on),
    }
}

/// The statement that certainly denies the class or part of it, if there is one.
fn denial(
    world: &World,
    caller: &Caller,
    action: &str,
    class: &str,
    fixed: &Context,
) -> Option<String> {
    let target = match class.contains('*') {
        true => Target::Class(class.to_owned()),
        false => Target::One(class.to_owned()),
    };
    let question = world.ask(caller, action, target.clone());
    let mut context = question.certain();
    for (key, values) in fixed.iter() {
        context.set(key, values.iter().cloned());
    }
    let denies = |bearing: &&Bearing<'_>| {
        bearing.statement.effect == Some(Effect::Deny)
            && match bearing.denies(&target, &context) {
                Truth::Yes => true,
                Truth::No => false,
                Truth::Maybe(doubts) => Doubt::ALL
                    .into_iter()
                    .all(|doubt| doubts.has(doubt) == (doubt == Doubt::Resource)),
            }
    };
    let case = &question.case;
    let service = action.split(':').next().unwrap_or_default();
    let reached = services::resource_control_policies_reach(service) == Some(true);
    let layers = std::iter::once(&case.identity)
        .chain(&case.boundary)
        .chain(&case.service_controls)
        .chain(case.resource_controls.iter().filter(|_| reached))
        .chain(std::iter::once(&case.resource));
    layers
        .flat_map(|layer| layer.bearings())
        .find(denies)
        .map(|bearing| format!("{} of the {}", bearing.statement.name, bearing.policy))
}

/// Why the resource's policy does not allow it: what the first statement that is about the
/// caller and the action lacks, or that there is none.
pub fn near_miss(
    world: &World,
    caller: &Caller,
    action: &str,
    class: &str,
    fixed: &Context,
) -> String {
    let any = class.replace('*', UNKNOWN.encode_utf8(&mut [0; 4]));
    let target = Target::One(any);
    let question = world.ask(caller, action, target.clone());
    let mut context = question.certain();
    for (key, values) in fixed.iter() {
        context.set(key, values.iter().cloned());
    }
    let allows = |bearing: &&Bearing<'_>| bearing.statement.effect == Some(Effect::Allow);
    let Some(bearing) = question.case.resource.bearings().iter().find(allows) else {
        return "no statement allows it".to_owned();
    };
    let (name, statement) = (&bearing.statement.name, bearing.statement);
    if statement.resources.reach(&target, &context) != Reach::All {
        return format!(
            "{name} allows it on `{}`",
            statement.resources.spelled().join("`, `")
        );
    }
    let unmet = statement
        .conditions
        .iter()
        .find(|condition| !condition.met(&context).possible());
    match unmet {
        Some(condition) => {
            let values = condition.values.iter().map(|value| value.raw.as_str());
            let values: Vec<&str> = values.collect();
            format!(
                "{name} asks for {} `{}` `{}`",
                condition.spelled,
                condition.name,
                values.join("`, `")
            )
        }
        None => "no statement allows it".to_owned(),
    }
}
