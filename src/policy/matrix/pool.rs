//! What statements come to where only some actions and one target count. Policies that come
//! to the same give the same answers, and need not be asked one by one.

use std::collections::HashMap;

use crate::policy::condition::Condition;
use crate::policy::context::Context;
use crate::policy::document::{Effect, Statement};
use crate::policy::pattern::{Reach, Resources, Target};
use crate::policy::principal::Principals;
use crate::policy::template::Template;

use super::vocabulary::Spoken;

/// What one statement says of one action on one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Atom {
    effect: u8,
    surely: bool,
    reach: u8,
    conditions: u32,
    /// The resources, where a variable in them leaves the reach to the caller.
    resources: Option<u32>,
    /// Whom it names.
    principals: u32,
}

/// What the statements of a policy say together.
#[derive(Debug, Default, Clone)]
pub(super) struct Said {
    /// Whether any of it can allow something.
    pub(super) grants: bool,
    /// Whether it allows it whatever the request, so that nothing else that allows counts.
    pub(super) sweeping: bool,
    /// The set of what is not an Allow.
    pub(super) rest: u32,
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
    principals: HashMap<&'w Principals, u32>,
    sets: HashMap<Vec<Atom>, u32>,
    said: Vec<Said>,
    filled: HashMap<Vec<Option<String>>, u32>,
    /// By target and resources.
    reaches: HashMap<(u32, u32), Reach>,
    open: Context,
}

/// A statement, with what of it does not change from question to question.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'w> {
    pub(super) statement: &'w Statement,
    pub(super) spoken: Spoken,
    conditions: u32,
    resources: u32,
    principals: u32,
    pub(super) variable: bool,
}

/// The list without any condition.
const NO_CONDITION: u32 = 0;

/// The principals of a statement that names none.
const UNSTATED: u32 = 0;

/// The set of a policy that says nothing.
pub(super) const NOTHING: u32 = 0;

impl<'w> Pool<'w> {
    pub(super) fn new() -> Self {
        let mut pool = Pool {
            open: Context::open(),
            ..Pool::default()
        };
        pool.list(&[]);
        number(&mut pool.principals, &Principals::Unstated);
        pool.sets.insert(Vec::new(), NOTHING);
        pool.said.push(Said::default());
        pool
    }

    pub(super) fn said(&self, set: u32) -> Option<&Said> {
        self.said.get(set as usize)
    }

    /// The number of what a condition's values come to.
    pub(super) fn filled(&mut self, values: Vec<Option<String>>) -> u32 {
        let next = u32::try_from(self.filled.len()).unwrap_or(u32::MAX);
        *self.filled.entry(values).or_insert(next)
    }

    pub(super) fn condition(&self, place: u32) -> Option<&'w Condition> {
        self.conditions.get(place as usize).copied()
    }

    /// A statement, prepared to be asked about over and over.
    pub(super) fn line(&mut self, statement: &'w Statement, spoken: Spoken) -> Line<'w> {
        Line {
            statement,
            spoken,
            conditions: self.list(&statement.conditions),
            resources: number(&mut self.resources, &statement.resources),
            principals: number(&mut self.principals, &statement.principals),
            variable: statement.resources.variables().next().is_some(),
        }
    }

    /// What one statement says of the action at `place` on the target of that number;
    /// `None` if it says nothing.
    pub(super) fn single(
        &mut self,
        line: &Line<'w>,
        place: usize,
        target: (u32, &Target),
    ) -> Option<u32> {
        let speaks = line.spoken.possibly().has(place);
        let atom = speaks.then(|| self.atom(line, place, target)).flatten()?;
        Some(self.add(vec![atom], None))
    }

    /// What these statements say of the action at `place` on the target of that number.
    pub(super) fn set<'l>(
        &mut self,
        lines: impl Iterator<Item = &'l Line<'w>>,
        place: usize,
        target: (u32, &Target),
    ) -> u32
    where
        'w: 'l,
    {
        let mut atoms: Vec<Atom> = Vec::new();
        for line in lines.filter(|line| line.spoken.possibly().has(place)) {
            atoms.extend(self.atom(line, place, target));
        }
        if atoms.is_empty() {
            return NOTHING;
        }
        atoms.sort_unstable();
        atoms.dedup();
        if let Some(known) = self.sets.get(&atoms) {
            return *known;
        }
        let rest = atoms.iter().filter(|atom| atom.effect != ALLOW);
        let rest: Vec<Atom> = rest.copied().collect();
        let rest = (rest.len() < atoms.len()).then(|| self.add(rest, None));
        self.add(atoms, rest)
    }

    /// The number of a set, which is its own rest if none is given.
    fn add(&mut self, atoms: Vec<Atom>, rest: Option<u32>) -> u32 {
        if let Some(known) = self.sets.get(&atoms) {
            return *known;
        }
        let place = u32::try_from(self.said.len()).unwrap_or(u32::MAX);
        let mut said = self.said_by(&atoms);
        said.rest = rest.unwrap_or(place);
        self.said.push(said);
        self.sets.insert(atoms, place);
        place
    }

    fn said_by(&self, atoms: &[Atom]) -> Said {
        let mut said = Said::default();
        for atom in atoms {
            said.grants |= atom.effect != DENY;
            said.sweeping |= atom.effect == ALLOW
                && atom.surely
                && atom.reach == Reach::All as u8
                && atom.resources.is_none()
                && atom.principals == UNSTATED
                && atom.conditions == NO_CONDITION;
            said.personal |= atom.resources.is_some() || atom.principals != UNSTATED;
            let asking = self.asking.get(atom.conditions as usize);
            said.conditions.extend(asking.into_iter().flatten());
        }
        said.conditions.sort_unstable();
        said.conditions.dedup();
        said
    }

    fn atom(&mut self, line: &Line<'w>, place: usize, target: (u32, &Target)) -> Option<Atom> {
        let surely = line.spoken.surely(place);
        let Some(effect) = line.statement.effect else {
            // It may say anything, of anything.
            return Some(Atom {
                effect: UNCLEAR,
                surely,
                reach: 0,
                conditions: line.conditions,
                resources: None,
                principals: line.principals,
            });
        };
        let reach = match self.reach(line, target) {
            Reach::None | Reach::NoValue => return None,
            _ if line.variable => 0,
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
            conditions: line.conditions,
            resources: line.variable.then_some(line.resources),
            principals: line.principals,
        })
    }

    /// How much of the target a statement may speak of, whoever asks.
    fn reach(&mut self, line: &Line<'w>, (number, target): (u32, &Target)) -> Reach {
        let reach = self.reaches.entry((number, line.resources));
        *reach.or_insert_with(|| line.statement.resources.reach(target, &self.open))
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
