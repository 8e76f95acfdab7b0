//! What statements come to where only some actions and one target count. Policies that come
//! to the same give the same answers, and need not be asked one by one.

use std::collections::HashMap;

use crate::policy::condition::Condition;
use crate::policy::context::Context;
use crate::policy::document::{Effect, Statement};
use crate::policy::pattern::{Reach, Resources, Target};
use crate::policy::template::Template;

/// What one statement says of one action on one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Atom {
    effect: u8,
    surely: bool,
    reach: u8,
    conditions: u32,
    /// The resources, where a variable in them leaves the reach to the caller.
    resources: Option<u32>,
}

/// What the statements of a policy say together.
#[derive(Debug, Default, Clone)]
pub(super) struct Said {
    /// Whether any of it can allow something.
    pub(super) grants: bool,
    /// Whether it differs from caller to caller beyond `conditions`.
    pub(super) personal: bool,
    /// The conditions whose outcome follows from who the caller is.
    pub(super) conditions: Vec<u32>,
}

/// Everything that was said, each once.
#[derive(Debug, Default)]
pub(super) struct Pool<'w> {
    lists: HashMap<&'w [Condition], u32>,
    /// By list: which of its conditions ask who the caller is.
    asking: Vec<Vec<u32>>,
    places: HashMap<&'w Condition, u32>,
    conditions: Vec<&'w Condition>,
    resources: HashMap<&'w Resources, u32>,
    sets: HashMap<Vec<Atom>, u32>,
    said: Vec<Said>,
}

/// The set of a policy that says nothing.
pub(super) const NOTHING: u32 = 0;

impl<'w> Pool<'w> {
    pub(super) fn new() -> Self {
        let mut pool = Pool::default();
        pool.sets.insert(Vec::new(), NOTHING);
        pool.said.push(Said::default());
        pool
    }

    pub(super) fn said(&self, set: u32) -> Option<&Said> {
        self.said.get(set as usize)
    }

    pub(super) fn condition(&self, place: u32) -> Option<&'w Condition> {
        self.conditions.get(place as usize).copied()
    }

    /// What these statements, each with whether it speaks of the action for certain, say of
    /// the target.
    pub(super) fn set(
        &mut self,
        statements: impl Iterator<Item = (&'w Statement, bool)>,
        target: &Target,
    ) -> u32 {
        let mut atoms: Vec<Atom> = Vec::new();
        for (statement, surely) in statements {
            atoms.extend(self.atom(statement, surely, target));
        }
        if atoms.is_empty() {
            return NOTHING;
        }
        atoms.sort_unstable();
        atoms.dedup();
        if let Some(known) = self.sets.get(&atoms) {
            return *known;
        }
        let said = self.said_by(&atoms);
        let place = u32::try_from(self.said.len()).unwrap_or(u32::MAX);
        self.said.push(said);
        self.sets.insert(atoms, place);
        place
    }

    fn said_by(&self, atoms: &[Atom]) -> Said {
        let mut said = Said::default();
        for atom in atoms {
            said.grants |= atom.effect != DENY;
            said.personal |= atom.resources.is_some();
            let asking = self.asking.get(atom.conditions as usize);
            said.conditions.extend(asking.into_iter().flatten());
        }
        said.conditions.sort_unstable();
        said.conditions.dedup();
        said
    }

    fn atom(&mut self, statement: &'w Statement, surely: bool, target: &Target) -> Option<Atom> {
        let Some(effect) = statement.effect else {
            // It may say anything, of anything.
            return Some(Atom {
                effect: UNCLEAR,
                surely,
                reach: 0,
                conditions: self.list(&[]),
                resources: None,
            });
        };
        let variable = statement.resources.variables().next().is_some();
        let reach = statement.resources.reach(target, &Context::open());
        let reach = match reach {
            Reach::None | Reach::NoValue => return None,
            _ if variable => 0,
            Reach::Part if effect == Effect::Allow => Reach::All as u8,
            reach => reach as u8,
        };
        Some(Atom {
            effect: match effect {
                Effect::Allow => ALLOW,
                Effect::Deny => DENY,
            },
            surely,
            reach,
            conditions: self.list(&statement.conditions),
            resources: variable.then(|| number(&mut self.resources, &statement.resources)),
        })
    }

    fn list(&mut self, list: &'w [Condition]) -> u32 {
        if let Some(known) = self.lists.get(list) {
            return *known;
        }
        let asking = list.iter().filter(|condition| asks_who(condition));
        let asking = asking.collect::<Vec<_>>();
        let asking = asking.into_iter().map(|condition| self.place(condition));
        let asking = asking.collect();
        self.asking.push(asking);
        number(&mut self.lists, list)
    }

    pub(super) fn place(&mut self, condition: &'w Condition) -> u32 {
        let place = number(&mut self.places, condition);
        if self.conditions.len() == place as usize {
            self.conditions.push(condition);
        }
        place
    }
}

const ALLOW: u8 = 0;
const DENY: u8 = 1;
const UNCLEAR: u8 = 2;

/// The number of `key`: a new one if it was not seen before.
fn number<'w, K: ?Sized + std::hash::Hash + Eq>(
    known: &mut HashMap<&'w K, u32>,
    key: &'w K,
) -> u32 {
    let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
    *known.entry(key).or_insert(next)
}

/// Whether the outcome can differ between two users, or two roles, of one account.
pub(super) fn asks_who(condition: &Condition) -> bool {
    let variables = condition.values.iter().flat_map(Template::variables);
    tells_who(&condition.key) || variables.into_iter().any(tells_who)
}

/// The keys that tell two users, or two roles, of one account apart.
fn tells_who(key: &str) -> bool {
    matches!(key, "aws:principalarn" | "aws:userid" | "aws:username")
        || key.starts_with("aws:principaltag/")
}
