//! Who in an account can tamper with its trails: everybody against every action of
//! [`TAMPERING`], on whatever of the trails' set-up it works on.
//!
//! Thousands of users and roles differ in few ways: what a policy says of one action on one
//! resource is worked out once, and whoever the policies say the same of is asked once. The
//! answers are those of [`World::ask`], which a test holds them to.

mod asker;
mod column;
mod indirect;
mod pool;
mod subject;
mod targets;
#[cfg(test)]
mod tests;
mod vocabulary;

use std::collections::BTreeMap;

use super::answer::{Answer, Witness};
use super::caller::Caller;
use super::tampering::{Effect, INDIRECT, Resource, TAMPERING, Tampering};
use super::truth::{Doubt, Truth};
use super::world::World;
use crate::snapshot::{Account, Observed};
use asker::{Asker, DENIED};

pub use indirect::{Step, admitted_from_outside};
pub use targets::{Thing, of as targets};

/// Everybody against every action that tampers with trails.
#[derive(Debug)]
pub struct Matrix<'w> {
    world: &'w World,
    asker: Asker<'w>,
    things: Vec<Thing>,
    /// By subject, then by action.
    cells: Vec<Vec<Cell>>,
    /// By action: whether it is tampering with the trail by itself.
    counted: Vec<Truth>,
}

/// An answer, and whether some request is certainly let through.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Held {
    /// The answer; a witness tells of the keys that the answer depends on.
    pub answer: Answer,
    /// Whether the subject can: certainly, under a condition that can be met; or maybe,
    /// because something is not known.
    pub can: Truth,
}

/// The weight of what is allowed whatever the request.
const MOST: u8 = 3;

impl Held {
    pub(super) fn denied() -> Self {
        Held {
            answer: Answer::Denied,
            can: Truth::No,
        }
    }

    /// The heavier answer is the one that an auditor should know.
    pub(super) fn weight(&self) -> u8 {
        match (&self.answer, self.can) {
            (_, Truth::No) => 0,
            (_, Truth::Maybe(_)) => 1,
            (Answer::Conditional { .. } | Answer::Denied, Truth::Yes) => 2,
            (Answer::Allowed, Truth::Yes) => MOST,
        }
    }

    /// The answer on a thing that may not be there, or not be what it is taken for.
    pub(super) fn on(world: &World, caller: &Caller, action: &str, thing: &Thing) -> Self {
        let mut held = Held::of(world, caller, action, &thing.target);
        if !thing.sure {
            held.can = held.can.and(Truth::maybe(Doubt::Unread));
        }
        held
    }

    /// The condition keys, and what else the answer depends on; empty without any condition.
    pub fn depends_on(&self) -> &[String] {
        match &self.answer {
            Answer::Conditional { depends_on, .. } => depends_on,
            Answer::Allowed | Answer::Denied => &[],
        }
    }

    /// A request that is let through, if the answer depends on something.
    pub fn witness(&self) -> Option<&Witness> {
        match &self.answer {
            Answer::Conditional { witness, .. } => Some(witness),
            Answer::Allowed | Answer::Denied => None,
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    held: u32,
    thing: u32,
}

/// What a subject may do of one action.
#[derive(Debug, Clone, Copy)]
pub struct Power<'m> {
    /// The action.
    pub entry: &'static Tampering,
    /// The heaviest answer.
    pub held: &'m Held,
    /// On what.
    pub thing: &'m Thing,
    /// Whether that alone is tampering with the trail.
    pub counts: Truth,
}

impl<'w> Matrix<'w> {
    /// Asks everybody in `world`, which is `account`'s.
    pub fn of(world: &'w World, account: &Account) -> Self {
        let actions = TAMPERING.iter().map(|entry| entry.action);
        let actions = actions.chain(INDIRECT.iter().map(|entry| entry.action));
        let actions = actions.map(str::to_lowercase);
        let mut matrix = Matrix {
            world,
            asker: Asker::new(world, actions.collect()),
            things: Vec::new(),
            cells: Vec::new(),
            counted: TAMPERING
                .iter()
                .map(|entry| counts(account, entry))
                .collect(),
        };
        let subjects = matrix.asker.subjects.len();
        matrix.cells = vec![vec![Cell::default(); TAMPERING.len()]; subjects];
        let mut things: BTreeMap<Resource, Vec<Thing>> = BTreeMap::new();
        for (place, entry) in TAMPERING.iter().enumerate() {
            for kind in std::iter::once(&entry.resource).chain(entry.also) {
                let things = things
                    .entry(*kind)
                    .or_insert_with(|| targets(account, *kind));
                for thing in things {
                    if !matrix.is_settled(place, thing) {
                        matrix.ask(place, thing.clone());
                    }
                }
            }
        }
        matrix
    }

    /// Whether nothing can come of asking: everybody who could do it on that can do it
    /// already on something else.
    fn is_settled(&mut self, place: usize, thing: &Thing) -> bool {
        let (closed, shut) = self.asker.is_closed(place, thing);
        if shut || !closed {
            return shut;
        }
        let mut subjects = self.asker.subjects.iter().zip(&self.cells);
        subjects.all(|(subject, row)| {
            let cell = row.get(place).copied().unwrap_or_default();
            let held = self.asker.held(cell.held);
            let own = self
                .things
                .get(cell.thing as usize)
                .is_some_and(|thing| thing.own);
            let done = (own || !thing.own) && held.is_some_and(|held| held.weight() == MOST);
            done || !(subject.unread || subject.is_root() || subject.allows.has(place))
        })
    }

    /// Asks everybody about one action on one thing.
    fn ask(&mut self, place: usize, thing: Thing) {
        let column = self.asker.column(place, &thing);
        let number = u32::try_from(self.things.len()).unwrap_or(u32::MAX);
        let everybody = self.asker.everybody(&column);
        let root = self.asker.ask(&column, everybody.len());
        for (row, held) in self.cells.iter_mut().zip(everybody.iter().chain([&root])) {
            let Some(cell) = row.get_mut(place) else {
                continue;
            };
            let held = *held;
            let weight = |held: u32, own: bool| {
                let weight = self.asker.held(held).map_or(0, Held::weight);
                (own && weight > 0, weight)
            };
            let own = self
                .things
                .get(cell.thing as usize)
                .is_some_and(|thing| thing.own);
            if held != DENIED && weight(held, thing.own) > weight(cell.held, own) {
                *cell = Cell {
                    held,
                    thing: number,
                };
            }
        }
        self.things.push(thing);
    }

    /// Everybody, by ARN; the root user last.
    pub fn callers(&self) -> impl Iterator<Item = &Caller> {
        self.asker.subjects.iter().map(|subject| &subject.caller)
    }

    /// The one at that place among them.
    pub fn caller(&self, subject: usize) -> Option<&Caller> {
        self.asker
            .subjects
            .get(subject)
            .map(|subject| &subject.caller)
    }

    /// What the subject, by its place among [`Matrix::callers`], may do at all.
    pub fn powers(&self, subject: usize) -> impl Iterator<Item = Power<'_>> {
        let cells = self.cells.get(subject).into_iter().flatten();
        let entries = TAMPERING.iter().zip(&self.counted).zip(cells);
        entries.filter_map(|((entry, counted), cell)| {
            let held = self
                .asker
                .held(cell.held)
                .filter(|held| held.can.possible())?;
            let thing = self.things.get(cell.thing as usize)?;
            Some(Power {
                entry,
                held,
                thing,
                counts: counted.and(Truth::from(thing.own || entry.resource == Resource::None)),
            })
        })
    }

    /// The world that was asked.
    pub fn world(&self) -> &'w World {
        self.world
    }

    /// Whether the subject can tamper with a trail by what it may do itself.
    pub fn direct(&self, subject: usize) -> Truth {
        Truth::any(
            self.powers(subject)
                .map(|power| power.counts.and(power.held.can)),
        )
    }
}

/// Whether the action tampers with a trail by itself, where it is done on the trail's own
/// things: to silence alarms hides nothing from the log, and what changes the organization
/// is the organization's affair; a tag matters only where a policy goes by it.
fn counts(account: &Account, entry: &Tampering) -> Truth {
    let harm = matches!(
        entry.effect,
        Effect::Stop
            | Effect::Delete
            | Effect::Blind
            | Effect::DestroyEvidence
            | Effect::ChangeBucket
            | Effect::DisableKey
    );
    if !harm || is_about_tags(entry.action) {
        return Truth::No;
    }
    match (entry.resource, entry.effect) {
        (Resource::None, Effect::DisableKey) => has_key_in_a_store(account),
        (Resource::None, _) => Truth::No,
        _ => Truth::Yes,
    }
}

fn is_about_tags(action: &str) -> bool {
    ["Tags", "TagResource", "UntagResource", "Tagging"]
        .iter()
        .any(|end| action.ends_with(end))
}

/// Whether a trail's key lies in a key store of the customer's, without which it is lost.
/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-store-overview.html>
fn has_key_in_a_store(account: &Account) -> Truth {
    let stores = ["AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"];
    Truth::any(account.keys.iter().map(|key| match &key.description {
        Observed::Known(found) => Truth::from(stores.contains(&found.origin.as_str())),
        Observed::Gap(_) => Truth::maybe(Doubt::Unread),
    }))
}
