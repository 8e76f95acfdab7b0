//! Who can do one action: everybody in the account, and whoever the resource's policy names.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::Answer;
use super::caller::Caller;
use super::case::Obstacle;
use super::context::Context;
use super::document::{Effect, Statement};
use super::matrix::{Held, Thing, targets};
use super::pattern::Target;
use super::principal::{Named, Principal, Principals};
use super::services;
use super::tampering;
use super::truth::{Doubt, Truth};
use super::world::{Resource, World, holder};
use crate::snapshot::{Account, arn};

/// Somebody, and the heaviest answer that any of the resources gives.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The ARN, account id, service or `*`.
    pub principal: String,
    /// What sort of principal that is, for example `role`.
    pub kind: &'static str,
    /// The answer.
    pub held: Held,
    /// On what.
    pub resource: String,
    /// The statements that grant it: policy and statement.
    pub by: Vec<(String, String)>,
    /// What refuses it, or some of it.
    pub obstacles: Vec<Obstacle>,
}

/// What `action` works on in the account, where nobody says on what: the trail's own things
/// for an action that tampers with trails, and else whatever its service has.
pub fn things(account: &Account, action: &str) -> Vec<Thing> {
    let class = |text: String| {
        vec![Thing {
            target: Target::Class(text),
            own: false,
            sure: true,
        }]
    };
    if let Some(entry) = tampering::of(action) {
        let kinds = std::iter::once(&entry.resource).chain(entry.also);
        return kinds.flat_map(|kind| targets(account, *kind)).collect();
    }
    if services::takes_resource(action) == Some(false) {
        return vec![Thing {
            target: Target::Nothing,
            own: true,
            sure: true,
        }];
    }
    let partition = &account.partition;
    match action.split(':').next().unwrap_or_default() {
        "sts" => class(format!("arn:{partition}:iam::{}:role/*", account.id)),
        service => class(format!("arn:{partition}:{service}:*:*:*")),
    }
}

/// The resource that somebody named, in which `*` is any text.
pub fn named(resource: &str) -> Thing {
    let text = resource.to_owned();
    Thing {
        target: match resource.contains('*') {
            true => Target::Class(text),
            false => Target::One(text),
        },
        own: !resource.contains('*'),
        sure: true,
    }
}

/// Everybody's answer; `action` is in lower case.
pub fn who_can(world: &World, action: &str, things: &[Thing]) -> Vec<Entry> {
    let root = Principal::Root(format!(
        "arn:{}:iam::{}:root",
        world.partition, world.account
    ));
    let people = world.people.values().map(|person| &person.caller.principal);
    let own: Vec<Asked> = people.chain([&root]).cloned().map(Asked::one).collect();
    let mut outside: BTreeMap<String, Asked> = BTreeMap::new();
    for asked in things
        .iter()
        .flat_map(|thing| named_by_resource(world, action, thing))
    {
        let known = outside
            .entry(asked.name.clone())
            .or_insert_with(|| asked.clone());
        let keys = known.open.iter().chain(&asked.open).flatten().cloned();
        let keys: BTreeSet<String> = keys.collect();
        known.open =
            (known.open.is_some() || asked.open.is_some()).then(|| keys.into_iter().collect());
    }
    let everybody = own.into_iter().chain(outside.into_values());
    everybody
        .filter_map(|asked| {
            let answers = things.iter().map(|thing| asked.entry(world, action, thing));
            // The first of the heaviest.
            answers.reduce(|one, other| {
                if other.held.weight() > one.held.weight() {
                    other
                } else {
                    one
                }
            })
        })
        .collect()
}

/// Somebody to ask about.
#[derive(Debug, Clone)]
struct Asked {
    name: String,
    kind: &'static str,
    /// In whose names questions are asked; the heaviest answer counts.
    principals: Vec<Principal>,
    /// The condition keys of the statements that name it, if no question tells for certain.
    open: Option<Vec<String>>,
}

impl Asked {
    fn one(principal: Principal) -> Self {
        Asked {
            name: principal.name().to_owned(),
            kind: match &principal {
                Principal::User(_) => "user",
                role @ Principal::Role(_) if role.is_service_linked() => "service-linked-role",
                Principal::Role(_) => "role",
                Principal::Session { .. } => "session",
                Principal::Federated(_) => "federated-user",
                Principal::Root(_) => "root",
                Principal::Service(_) => "service",
                Principal::Anonymous => "everybody",
            },
            principals: vec![principal],
            open: None,
        }
    }

    fn entry(&self, world: &World, action: &str, thing: &Thing) -> Entry {
        let callers = self
            .principals
            .iter()
            .map(|principal| world.caller(principal));
        let entries = callers.map(|caller| self.of_caller(world, &caller, action, thing));
        let heaviest = entries.max_by_key(|entry| entry.held.weight());
        let asked = heaviest.unwrap_or_else(|| Entry {
            principal: self.name.clone(),
            kind: self.kind,
            held: Held::denied(),
            resource: thing.name().to_owned(),
            by: Vec::new(),
            obstacles: Vec::new(),
        });
        match &self.open {
            Some(keys) if asked.held.answer == Answer::Denied => Entry {
                held: Held {
                    answer: Answer::Conditional {
                        depends_on: keys.clone(),
                        witness: Default::default(),
                    },
                    can: Truth::maybe(Doubt::Key),
                },
                ..asked
            },
            _ => asked,
        }
    }

    fn of_caller(&self, world: &World, caller: &Caller, action: &str, thing: &Thing) -> Entry {
        let question = world.ask(caller, action, thing.target.clone());
        let cited = question.cited(&Context::new());
        let grants = cited
            .iter()
            .filter(|bearing| bearing.statement.effect != Some(Effect::Deny));
        let by: Vec<(String, String)> = grants
            .map(|bearing| (bearing.policy.to_owned(), bearing.statement.name.clone()))
            .collect();
        let root = matches!(caller.principal, Principal::Root(_));
        // Of what the snapshot does not hold, only what its callers hold is looked at.
        let held = match !thing.own && by.is_empty() && !root {
            true => Held::denied(),
            false => Held::on(world, caller, action, thing),
        };
        Entry {
            principal: self.name.clone(),
            kind: self.kind,
            obstacles: match held.answer {
                Answer::Allowed => Vec::new(),
                _ => question.obstacles(),
            },
            held,
            resource: thing.name().to_owned(),
            by,
        }
    }
}

/// Whoever beside the account's own users and roles the policy of the resource speaks of.
fn named_by_resource(world: &World, action: &str, thing: &Thing) -> Vec<Asked> {
    let Some(resource) = resource(world, action, thing) else {
        return Vec::new();
    };
    let policies = resource
        .policies
        .iter()
        .flat_map(|policy| &policy.document.statements);
    let statements = policies.filter(|statement| {
        statement.effect != Some(Effect::Deny) && statement.actions.contain(action).possible()
    });
    statements
        .flat_map(|statement| {
            let entries = match &statement.principals {
                Principals::These(entries) => entries.clone(),
                Principals::AllBut(_) | Principals::Unstated => vec![Named::Everyone],
            };
            let entries = entries.into_iter();
            entries
                .filter_map(|entry| asked(world, &entry, statement))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn resource<'w>(world: &'w World, action: &str, thing: &Thing) -> Option<&'w Resource> {
    match &thing.target {
        Target::Nothing => None,
        Target::One(arn) | Target::Class(arn) => world.resources.get(holder(action, arn)),
    }
}

fn asked(world: &World, entry: &Named, statement: &Statement) -> Option<Asked> {
    let keys = || {
        let keys = statement
            .conditions
            .iter()
            .map(|condition| condition.name.clone());
        keys.collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    };
    let root = |id: &str| Principal::Root(format!("arn:{}:iam::{id}:root", world.partition));
    match entry {
        Named::Everyone => Some(Asked {
            name: "*".to_owned(),
            kind: "everybody",
            // Nobody in particular: without credentials, and with those of some account.
            principals: vec![Principal::Anonymous, root("000000000000")],
            // What a condition asks for, somebody may have.
            open: (!statement.conditions.is_empty()).then(keys),
        }),
        Named::Account(id) if *id == world.account => None,
        Named::Account(id) => Some(Asked {
            name: id.clone(),
            kind: "account",
            principals: vec![root(id)],
            open: None,
        }),
        Named::Arn(text) => {
            let principal = Principal::parse(text)?;
            let own = arn::parse(text).is_some_and(|arn| arn.account == world.account);
            let listed = world.people.contains_key(text);
            (!own || !listed).then(|| Asked::one(principal))
        }
        Named::Service(name) => Some(Asked::one(Principal::Service(name.clone()))),
        Named::Stale(_) => None,
        Named::Federated(text) | Named::Canonical(text) | Named::Unclear(text) => Some(Asked {
            name: text.clone(),
            kind: match entry {
                Named::Federated(_) => "identity-provider",
                Named::Canonical(_) => "canonical-user",
                _ => "unclear",
            },
            principals: Vec::new(),
            open: Some(keys()),
        }),
    }
}
