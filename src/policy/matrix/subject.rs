//! Everybody in an account, and what binds them, by number.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::vocabulary::Places;
use crate::policy::caller::Caller;
use crate::policy::condition::Condition;
use crate::policy::context::Context;
use crate::policy::pattern::Target;
use crate::policy::principal::Principal;
use crate::policy::template::Template;
use crate::policy::world::World;

/// Somebody who is asked about.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) caller: Caller,
    /// Places among the policies.
    pub(super) policies: Arc<[u32]>,
    /// Whether it holds more, which are not known.
    pub(super) unread: bool,
    pub(super) boundary: Boundary,
    /// The actions that some Allow among its own policies speaks of.
    pub(super) allows: Places,
    /// The keys that follow from who it is.
    context: OnceLock<Context>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Boundary {
    None,
    Unread,
    Policy(u32),
}

impl Subject {
    /// What the layers above go by: whether SCPs bind it, and which keys it has.
    pub(super) fn kind(&self) -> u32 {
        match &self.caller.principal {
            Principal::User(_) => 0,
            role if role.is_service_linked() => 1,
            _ => 2,
        }
    }

    /// The keys that follow from who it is, the tags that `condition` asks for among them.
    pub(super) fn context(&self, world: &World, condition: &Condition) -> Context {
        let certain = || self.caller.certain(&world.own(), &Target::Nothing);
        let mut context = self.context.get_or_init(certain).clone();
        let variables = condition.values.iter().flat_map(Template::variables);
        for key in variables.chain([condition.key.as_str()]) {
            if let Some(tag) = key.strip_prefix("aws:principaltag/")
                && let Some(value) = self.caller.tag(tag)
            {
                context.set(key, value.map(str::to_owned));
            }
        }
        context
    }

    pub(super) fn is_root(&self) -> bool {
        matches!(self.caller.principal, Principal::Root(_))
    }
}

/// Everybody in `world`, and the root user last; `places` and `allows` tell of its policies.
pub(super) fn subjects(
    world: &World,
    places: &HashMap<&str, u32>,
    allows: &[Places],
) -> Vec<Subject> {
    let mut subjects = Vec::with_capacity(world.people.len() + 1);
    for person in world.people.values() {
        let found = person
            .policies
            .iter()
            .map(|key| places.get(key.as_str()).copied());
        let missing = found.clone().any(|place| place.is_none());
        let mut policies: Vec<u32> = found.flatten().collect();
        policies.sort_unstable();
        policies.dedup();
        let granted = policies
            .iter()
            .filter_map(|place| allows.get(*place as usize));
        subjects.push(Subject {
            caller: world.caller(&person.caller.principal),
            unread: person.unread || missing,
            boundary: match &person.boundary {
                None => Boundary::None,
                Some(key) => places
                    .get(key.as_str())
                    .map_or(Boundary::Unread, |place| Boundary::Policy(*place)),
            },
            allows: granted.fold(Places::default(), |all, places| all.or(*places)),
            policies: policies.into(),
            context: OnceLock::new(),
        });
    }
    let root = Principal::Root(format!(
        "arn:{}:iam::{}:root",
        world.partition, world.account
    ));
    subjects.push(Subject {
        caller: world.caller(&root),
        policies: Arc::default(),
        unread: false,
        boundary: Boundary::None,
        allows: Places::default(),
        context: OnceLock::new(),
    });
    subjects
}
