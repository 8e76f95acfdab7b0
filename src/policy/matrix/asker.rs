//! Asking one question after the other of everybody in an account. Whoever the policies
//! treat alike is asked once: the answers are those of [`World::ask`].

use std::collections::HashMap;
use std::sync::Arc;

use super::Held;
use super::column::{Column, code, naming};
use super::pool::{Line, NOTHING, Pool};
use super::subject::{Boundary, Subject, subjects};
use super::vocabulary::{Places, Vocabulary};
use crate::policy::answer::Answer;
use crate::policy::caller::Caller;
use crate::policy::case::Policy;
use crate::policy::context::{Context, Value};
use crate::policy::document::Effect;
use crate::policy::pattern::Target;
use crate::policy::template::Filled;
use crate::policy::truth::Truth;
use crate::policy::world::{Resource, World};

/// Whoever and whatever there is to ask.
#[derive(Debug)]
pub(super) struct Asker<'w> {
    pub(super) world: &'w World,
    pub(super) vocabulary: Vocabulary<'w>,
    pub(super) subjects: Vec<Subject>,
    /// By policy: the statements that speak of any action.
    policies: Vec<Vec<Line<'w>>>,
    /// The statements of the organization's policies, level by level, likewise.
    pub(super) controls: Arc<[Lines<'w>]>,
    /// Those of the resources' policies, by ARN.
    resources: HashMap<&'w str, Lines<'w>>,
    pub(super) pool: Pool<'w>,
    /// By policy: what it says in the column of that epoch.
    sets: Vec<(u32, u32)>,
    epoch: u32,
    targets: HashMap<Target, u32>,
    texts: HashMap<String, u32>,
    bases: HashMap<Vec<u32>, u32>,
    /// By subject and condition: how it comes out.
    outcomes: HashMap<(usize, u32), Option<u32>>,
    /// Answers by what was asked.
    known: HashMap<Vec<u32>, u32>,
    /// Everybody's answers by what all policies say.
    columns: HashMap<Vec<u32>, Arc<[u32]>>,
    held: Vec<Held>,
    held_places: HashMap<Held, u32>,
}

/// The statements of one or more policies.
pub(super) type Lines<'w> = Arc<[Line<'w>]>;

/// Marks a condition whose key is open, beside what its values come to.
const OPEN: u32 = 1 << 31;

/// The place of [`Held::denied`].
pub(super) const DENIED: u32 = 0;

impl<'w> Asker<'w> {
    /// Everybody in `world`, and the root user last; `actions` in lower case.
    pub(super) fn new(world: &'w World, actions: Vec<String>) -> Self {
        let mut vocabulary = Vocabulary::new(actions);
        let mut pool = Pool::new();
        let mut lines = |policy: &'w Policy| lines(policy, &mut vocabulary, &mut pool);
        let mut places: HashMap<&str, u32> = HashMap::new();
        let mut policies = Vec::with_capacity(world.policies.len());
        for ((key, policy), place) in world.policies.iter().zip(0_u32..) {
            policies.push(lines(policy));
            places.insert(key, place);
        }
        let levels = [&world.service_controls, &world.resource_controls];
        let levels = levels.into_iter().flatten().flatten();
        let controls = levels.map(|level| level.iter().flat_map(&mut lines).collect());
        let controls = controls.collect();
        let allows: Vec<Places> = policies.iter().map(|lines| granting(lines)).collect();
        let mut asker = Asker {
            world,
            subjects: subjects(world, &places, &allows),
            sets: vec![(0, NOTHING); policies.len()],
            vocabulary,
            policies,
            controls,
            resources: HashMap::new(),
            pool,
            epoch: 0,
            targets: HashMap::new(),
            texts: HashMap::new(),
            bases: HashMap::new(),
            outcomes: HashMap::new(),
            known: HashMap::new(),
            columns: HashMap::new(),
            held: Vec::new(),
            held_places: HashMap::new(),
        };
        asker.keep(Held::denied());
        asker
    }

    pub(super) fn next_epoch(&mut self) -> u32 {
        self.epoch += 1;
        self.epoch
    }

    pub(super) fn number_of(&mut self, target: &Target) -> u32 {
        if let Some(known) = self.targets.get(target) {
            return *known;
        }
        let next = u32::try_from(self.targets.len()).unwrap_or(u32::MAX);
        self.targets.insert(target.clone(), next);
        next
    }

    pub(super) fn number_of_text(&mut self, text: &str) -> u32 {
        let next = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        *self.texts.entry(text.to_owned()).or_insert(next)
    }

    pub(super) fn base(&mut self, base: Vec<u32>) -> u32 {
        let next = u32::try_from(self.bases.len()).unwrap_or(u32::MAX);
        *self.bases.entry(base).or_insert(next)
    }

    /// The resource with that ARN, and what its policies say.
    pub(super) fn lines_of(&mut self, arn: &str) -> Option<(&'w Resource, Lines<'w>)> {
        let (arn, resource) = self.world.resources.get_key_value(arn)?;
        if let Some(known) = self.resources.get(arn.as_str()) {
            return Some((resource, known.clone()));
        }
        let policies = resource.policies.iter();
        let policies = policies.chain(resource.acl.iter().flatten());
        let found = policies.flat_map(|policy| lines(policy, &mut self.vocabulary, &mut self.pool));
        let found: Lines<'w> = found.collect();
        self.resources.insert(arn, found.clone());
        Some((resource, found))
    }

    /// What [`Asker::ask`] answers of everybody but the root user, who is last. Where every
    /// policy says what it said in another column, so do the answers.
    pub(super) fn everybody(&mut self, column: &Column<'_, 'w>) -> Arc<[u32]> {
        let mut key = vec![column.base, u32::from(column.grants)];
        let mut personal = false;
        for policy in (0..self.policies.len()).filter_map(|policy| u32::try_from(policy).ok()) {
            let set = self.set(column, policy);
            personal |= self.pool.said(set).is_some_and(|said| said.personal);
            key.push(set);
        }
        if personal {
            key.push(column.target);
        }
        if let Some(known) = self.columns.get(&key) {
            return known.clone();
        }
        let others = self.subjects.len().saturating_sub(1);
        let answers: Arc<[u32]> = (0..others)
            .map(|subject| self.ask(column, subject))
            .collect();
        self.columns.insert(key, answers.clone());
        answers
    }

    /// Whether the subject may do what the column asks: the place of the answer.
    pub(super) fn ask(&mut self, column: &Column<'_, 'w>, subject: usize) -> u32 {
        let Some(asked) = self.subjects.get(subject) else {
            return DENIED;
        };
        if asked.is_root() {
            return self.fresh(column, subject);
        }
        let speaks = asked.unread || asked.allows.has(column.action);
        if !speaks && !column.grants && column.naming.is_empty() {
            return DENIED;
        }
        let Some(key) = self.key(column, subject) else {
            return DENIED;
        };
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let answer = self.fresh(column, subject);
        self.known.insert(key, answer);
        answer
    }

    /// Everything that the answer goes by; `None` if nobody grants anything.
    fn key(&mut self, column: &Column<'_, 'w>, place: usize) -> Option<Vec<u32>> {
        let subject = self.subjects.get(place)?;
        let (kind, unread, boundary) = (subject.kind(), subject.unread, subject.boundary);
        let mut grants = unread || column.grants;
        let mut named = Vec::new();
        for statement in &column.naming {
            let (code, granted) = naming(statement, subject);
            grants |= granted;
            named.push(code);
        }
        let policies = subject.policies.clone();
        let mut sets: Vec<u32> = Vec::with_capacity(policies.len());
        sets.extend(policies.iter().map(|policy| self.set(column, *policy)));
        sets.retain(|set| *set != NOTHING);
        let said = |set: &u32| self.pool.said(*set);
        grants |= sets.iter().filter_map(said).any(|said| said.grants);
        let sweeping = sets.iter().filter_map(said).any(|said| said.sweeping);
        if sweeping {
            let rest =
                |set: &mut u32| *set = self.pool.said(*set).map_or(NOTHING, |said| said.rest);
            sets.iter_mut().for_each(rest);
            sets.retain(|set| *set != NOTHING);
        }
        if !grants {
            return None;
        }
        sets.sort_unstable();
        sets.dedup();
        let bound = match boundary {
            Boundary::Policy(policy) => Some(self.set(column, policy)),
            _ => None,
        };
        let mut conditions = column.conditions.clone();
        let mut personal = column.personal;
        for said in sets
            .iter()
            .chain(&bound)
            .filter_map(|set| self.pool.said(*set))
        {
            personal |= said.personal;
            conditions.extend(&said.conditions);
        }
        let mut key = sets;
        key.push(u32::MAX);
        key.push(column.base);
        key.push(kind << 2 | u32::from(unread) << 1 | u32::from(sweeping));
        key.push(match boundary {
            Boundary::None => 0,
            Boundary::Unread => 1,
            Boundary::Policy(_) => bound.map_or(0, |set| set + 2),
        });
        conditions.sort_unstable();
        conditions.dedup();
        for condition in conditions {
            match self.outcome(condition, place) {
                Some(outcome) => key.push(outcome),
                None => personal = true,
            }
        }
        key.extend(named);
        if personal {
            key.push(u32::MAX);
            key.push(column.target);
            key.push(u32::try_from(place).unwrap_or(u32::MAX));
        }
        Some(key)
    }

    /// What the policy says in the column.
    fn set(&mut self, column: &Column<'_, 'w>, policy: u32) -> u32 {
        let place = policy as usize;
        match self.sets.get(place) {
            Some((epoch, set)) if *epoch == column.epoch => return *set,
            _ => {}
        }
        let lines = self.policies.get(place).into_iter().flatten();
        let target = (column.target, &column.thing.target);
        let set = self.pool.set(lines, column.action, target);
        if let Some(known) = self.sets.get_mut(place) {
            *known = (column.epoch, set);
        }
        set
    }

    /// How a condition that asks who the caller is comes out for the subject; `None` if that
    /// is not to be told beforehand.
    fn outcome(&mut self, condition: u32, place: usize) -> Option<u32> {
        if let Some(known) = self.outcomes.get(&(place, condition)) {
            return *known;
        }
        let outcome = self.work_out(condition, place);
        self.outcomes.insert((place, condition), outcome);
        outcome
    }

    fn work_out(&mut self, condition: u32, place: usize) -> Option<u32> {
        let subject = self.subjects.get(place)?;
        let condition = self.pool.condition(condition)?;
        let context = subject.context(self.world, condition);
        let mut values = Vec::with_capacity(condition.values.len());
        for value in &condition.values {
            match value.fill(&context) {
                Filled::Text(text) => values.push(Some(text)),
                Filled::NoValue => values.push(None),
                Filled::Open(_) => return None,
            }
        }
        match context.get(&condition.key) {
            // Which values stand for the session's depends on the role's id.
            Value::Open if condition.key == "aws:userid" => None,
            Value::Open => Some(OPEN | self.pool.filled(values)),
            Value::Known(_) | Value::Absent => Some(code(condition.met(&context))),
        }
    }

    /// Asks the world itself.
    fn fresh(&mut self, column: &Column<'_, 'w>, place: usize) -> u32 {
        let Some(subject) = self.subjects.get(place) else {
            return DENIED;
        };
        let action = self.vocabulary.action(column.action);
        let held = Held::on(self.world, &subject.caller, action, column.thing);
        self.keep(held)
    }

    fn keep(&mut self, held: Held) -> u32 {
        if let Some(known) = self.held_places.get(&held) {
            return *known;
        }
        let place = u32::try_from(self.held.len()).unwrap_or(u32::MAX);
        self.held.push(held.clone());
        self.held_places.insert(held, place);
        place
    }

    pub(super) fn held(&self, place: u32) -> Option<&Held> {
        self.held.get(place as usize)
    }
}

/// The statements of a policy that speak of any action.
fn lines<'w>(
    policy: &'w Policy,
    vocabulary: &mut Vocabulary<'w>,
    pool: &mut Pool<'w>,
) -> Vec<Line<'w>> {
    let statements = policy.document.statements.iter();
    let spoken = statements.map(|statement| (statement, vocabulary.spoken(&statement.actions)));
    spoken
        .filter(|(_, spoken)| spoken.possibly().any())
        .map(|(statement, spoken)| pool.line(statement, spoken))
        .collect()
}

fn granting(lines: &[Line<'_>]) -> Places {
    let allows = lines
        .iter()
        .filter(|line| line.statement.effect != Some(Effect::Deny));
    allows.fold(Places::default(), |all, line| {
        all.or(line.spoken.possibly())
    })
}

impl Held {
    /// What `World::ask` answers.
    pub(super) fn of(world: &World, caller: &Caller, action: &str, target: &Target) -> Self {
        let question = world.ask(caller, action, target.clone());
        let mut answer = question.may(&Context::new());
        let can = match &answer {
            Answer::Allowed => Truth::Yes,
            Answer::Denied => Truth::No,
            Answer::Conditional { witness, .. } => question.lets_through(witness),
        };
        if let Answer::Conditional {
            depends_on,
            witness,
        } = &mut answer
        {
            // The other keys follow from who asks, or change nothing.
            witness.present.retain(|key, _| depends_on.contains(key));
            witness.absent.retain(|key| depends_on.contains(key));
        }
        Held { answer, can }
    }
}
