//! Asking one question after the other of everybody in an account. Whoever the policies
//! treat alike is asked once: the answers are those of [`World::ask`].

use std::cell::OnceCell;
use std::collections::HashMap;

use super::Held;
use super::pool::{NOTHING, Pool, asks_who};
use super::targets::Thing;
use super::vocabulary::{Places, Spoken, Vocabulary};
use crate::policy::answer::Answer;
use crate::policy::caller::Caller;
use crate::policy::case::Policy;
use crate::policy::context::{Context, Value};
use crate::policy::document::{Effect, Statement};
use crate::policy::pattern::Target;
use crate::policy::principal::{Named, Principal, Principals};
use crate::policy::template::Template;
use crate::policy::truth::{Doubt, Truth};
use crate::policy::world::{World, holder};

/// Somebody who is asked about.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) caller: Caller,
    /// Places among the policies.
    policies: Vec<u32>,
    /// Whether it holds more, which are not known.
    unread: bool,
    boundary: Boundary,
    /// The actions that some Allow among its own policies speaks of.
    allows: Places,
    /// The keys that follow from who it is.
    context: OnceCell<Context>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Boundary {
    None,
    Unread,
    Policy(u32),
}

impl Subject {
    /// What the layers above go by: whether SCPs bind it, and which keys it has.
    fn kind(&self) -> u32 {
        match &self.caller.principal {
            Principal::User(_) => 0,
            role if role.is_service_linked() => 1,
            _ => 2,
        }
    }

    fn is_root(&self) -> bool {
        matches!(self.caller.principal, Principal::Root(_))
    }
}

/// One action on one target, of which everybody is asked.
#[derive(Debug)]
pub(super) struct Column<'t, 'w> {
    action: usize,
    thing: &'t Thing,
    /// Statements of the resource's policy and the organization's that name some callers
    /// and not others.
    naming: Vec<&'w Statement>,
    /// The conditions of those policies whose outcome follows from who the caller is.
    conditions: Vec<u32>,
    /// Whether they differ from caller to caller beyond that.
    personal: bool,
    /// Whether the resource's policy may grant something to who has no policy that does.
    grants: bool,
    /// Answers by what was asked.
    known: HashMap<Vec<u32>, u32>,
    /// Tells what was worked out for this column from what was for others.
    epoch: u32,
}

/// Whoever and whatever there is to ask.
#[derive(Debug)]
pub(super) struct Asker<'w> {
    world: &'w World,
    vocabulary: Vocabulary<'w>,
    pub(super) subjects: Vec<Subject>,
    /// By policy: the statements that speak of any action.
    policies: Vec<Vec<(&'w Statement, Spoken)>>,
    /// The statements of the organization's policies, likewise.
    controls: Vec<(&'w Statement, Spoken)>,
    pool: Pool<'w>,
    /// By policy: what it says in the column of that epoch.
    sets: Vec<(u32, u32)>,
    epoch: u32,
    outcomes: HashMap<(usize, u32), Option<u32>>,
    pub(super) held: Vec<Held>,
    held_places: HashMap<Held, u32>,
}

/// The place of [`Held::denied`].
pub(super) const DENIED: u32 = 0;

impl<'w> Asker<'w> {
    /// Everybody in `world`, and the root user last; `actions` in lower case.
    pub(super) fn new(world: &'w World, actions: Vec<String>) -> Self {
        let mut vocabulary = Vocabulary::new(actions);
        let mut places: HashMap<&str, u32> = HashMap::new();
        let mut policies = Vec::with_capacity(world.policies.len());
        let mut allows = Vec::with_capacity(world.policies.len());
        for ((key, policy), place) in world.policies.iter().zip(0_u32..) {
            let spoken = spoken(policy, &mut vocabulary);
            allows.push(granting(&spoken));
            policies.push(spoken);
            places.insert(key, place);
        }
        let levels = [&world.service_controls, &world.resource_controls];
        let levels = levels.into_iter().flatten().flatten().flatten();
        let controls = levels
            .flat_map(|policy| spoken(policy, &mut vocabulary))
            .collect();
        let mut asker = Asker {
            world,
            subjects: subjects(world, &places, &allows),
            sets: vec![(0, NOTHING); policies.len()],
            vocabulary,
            policies,
            controls,
            pool: Pool::new(),
            epoch: 0,
            outcomes: HashMap::new(),
            held: Vec::new(),
            held_places: HashMap::new(),
        };
        asker.keep(Held::denied());
        asker
    }

    /// The action at `place`, on that.
    pub(super) fn column<'t>(&mut self, place: usize, thing: &'t Thing) -> Column<'t, 'w> {
        self.epoch += 1;
        let mut column = Column {
            action: place,
            thing,
            naming: Vec::new(),
            conditions: Vec::new(),
            personal: false,
            grants: false,
            known: HashMap::new(),
            epoch: self.epoch,
        };
        let resource = self.of_resource(&mut column);
        let controls = self.controls.iter();
        let controls = controls.filter(|(_, spoken)| spoken.possibly().has(place));
        let statements: Vec<&Statement> = resource
            .into_iter()
            .chain(controls.map(|(statement, _)| *statement))
            .collect();
        for statement in statements {
            let asking = statement
                .conditions
                .iter()
                .filter(|condition| asks_who(condition));
            for condition in asking {
                let place = self.pool.place(condition);
                column.conditions.push(place);
            }
            column.personal |= statement.resources.variables().next().is_some();
            if names_some(&statement.principals) {
                column.naming.push(statement);
            }
        }
        column
    }

    /// The statements of the resource's own policy that speak of the action.
    fn of_resource(&self, column: &mut Column<'_, 'w>) -> Vec<&'w Statement> {
        let action = self.vocabulary.action(column.action);
        let arn = match &column.thing.target {
            Target::Nothing => return Vec::new(),
            Target::One(arn) | Target::Class(arn) => arn,
        };
        let Some(resource) = self.world.resources.get(holder(action, arn)) else {
            // Of what the snapshot does not hold, only what its callers hold is looked at.
            column.grants = column.thing.own && self.world.may_have_policy(action, arn);
            return Vec::new();
        };
        let statements = resource
            .policies
            .iter()
            .flat_map(|policy| &policy.document.statements);
        let statements: Vec<&Statement> = statements
            .filter(|statement| statement.actions.contain(action).possible())
            .collect();
        column.grants = resource.unread || statements.iter().any(|one| grants_to_all(one));
        statements
    }

    /// Whether the subject may do what the column asks: the place of the answer.
    pub(super) fn ask(&mut self, column: &mut Column<'_, 'w>, subject: usize) -> u32 {
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
        if let Some(known) = column.known.get(&key) {
            return *known;
        }
        let answer = self.fresh(column, subject);
        column.known.insert(key, answer);
        answer
    }

    /// Everything that the answer goes by; `None` if nobody grants anything.
    fn key(&mut self, column: &Column<'_, 'w>, place: usize) -> Option<Vec<u32>> {
        let subject = self.subjects.get(place)?;
        let (kind, unread, boundary) = (subject.kind(), subject.unread, subject.boundary);
        let mut sets = Vec::new();
        let mut grants = unread || column.grants;
        let mut named = Vec::new();
        for statement in &column.naming {
            let (code, granted) = naming(statement, subject);
            grants |= granted;
            named.push(code);
        }
        let own = subject.policies.len();
        let policies = subject.policies.clone();
        let bound = match boundary {
            Boundary::Policy(policy) => Some(policy),
            _ => None,
        };
        let mut conditions = column.conditions.clone();
        let mut personal = column.personal;
        for (number, policy) in policies.into_iter().chain(bound).enumerate() {
            let set = self.set(column, policy);
            let Some(said) = self.pool.said(set).filter(|_| set != NOTHING) else {
                continue;
            };
            grants |= said.grants && number < own;
            personal |= said.personal;
            conditions.extend(&said.conditions);
            if number < own {
                sets.push(set);
            }
        }
        if !grants {
            return None;
        }
        sets.sort_unstable();
        sets.dedup();
        let mut key = sets;
        key.push(u32::MAX);
        key.push(kind << 1 | u32::from(unread));
        key.push(match boundary {
            Boundary::None => 0,
            Boundary::Unread => 1,
            Boundary::Policy(policy) => self.set(column, policy) + 2,
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
        let action = column.action;
        let statements = self.policies.get(place).into_iter().flatten();
        let statements = statements
            .filter(|(_, spoken)| spoken.possibly().has(action))
            .map(|(statement, spoken)| (*statement, spoken.surely(action)));
        let set = self.pool.set(statements, &column.thing.target);
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
        let subject = self.subjects.get(place)?;
        let outcome = self.pool.condition(condition).and_then(|condition| {
            let mut context = subject
                .context
                .get_or_init(|| certain(self.world, subject))
                .clone();
            let variables: Vec<&str> = condition
                .values
                .iter()
                .flat_map(Template::variables)
                .collect();
            for key in variables.iter().chain([&condition.key.as_str()]) {
                if let Some(tag) = key.strip_prefix("aws:principaltag/")
                    && let Some(value) = subject.caller.tag(tag)
                {
                    context.set(key, value.map(str::to_owned));
                }
            }
            let open = |key: &str| context.get(key) == Value::Open;
            match open(&condition.key) {
                // Which values stand for the session's depends on the role's id.
                true if condition.key == "aws:userid" || !variables.is_empty() => None,
                true => Some(u32::MAX),
                false if variables.into_iter().any(open) => None,
                false => Some(code(condition.met(&context))),
            }
        });
        self.outcomes.insert((place, condition), outcome);
        outcome
    }

    /// Asks the world itself.
    fn fresh(&mut self, column: &Column<'_, 'w>, place: usize) -> u32 {
        let Some(subject) = self.subjects.get(place) else {
            return DENIED;
        };
        let action = self.vocabulary.action(column.action);
        let mut held = Held::of(self.world, &subject.caller, action, &column.thing.target);
        if !column.thing.sure {
            held.can = held.can.and(Truth::maybe(Doubt::Unread));
        }
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

fn spoken<'w>(policy: &'w Policy, vocabulary: &mut Vocabulary<'w>) -> Vec<(&'w Statement, Spoken)> {
    let statements = policy.document.statements.iter();
    statements
        .map(|statement| (statement, vocabulary.spoken(&statement.actions)))
        .filter(|(_, spoken)| spoken.possibly().any())
        .collect()
}

fn granting(statements: &[(&Statement, Spoken)]) -> Places {
    let allows = statements
        .iter()
        .filter(|(statement, _)| statement.effect != Some(Effect::Deny));
    allows.fold(Places::default(), |all, (_, spoken)| {
        all.or(spoken.possibly())
    })
}

fn subjects(world: &World, places: &HashMap<&str, u32>, allows: &[Places]) -> Vec<Subject> {
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
            policies,
            context: OnceCell::new(),
        });
    }
    let root = Principal::Root(format!(
        "arn:{}:iam::{}:root",
        world.partition, world.account
    ));
    subjects.push(Subject {
        caller: world.caller(&root),
        policies: Vec::new(),
        unread: false,
        boundary: Boundary::None,
        allows: Places::default(),
        context: OnceCell::new(),
    });
    subjects
}

fn certain(world: &World, subject: &Subject) -> Context {
    subject.caller.certain(&world.own(), &Target::Nothing)
}

/// Whether the principals are some of the account's users and roles and not others.
fn names_some(principals: &Principals) -> bool {
    let same_for_all = |named: &Named| {
        matches!(
            named,
            Named::Everyone
                | Named::Account(_)
                | Named::Service(_)
                | Named::Federated(_)
                | Named::Stale(_)
        )
    };
    match principals {
        Principals::Unstated => false,
        Principals::These(entries) => !entries.iter().all(same_for_all),
        Principals::AllBut(_) => true,
    }
}

/// Whether an Allow of a resource's policy admits callers that hold no policy themselves. To
/// name an account is to leave it to the account's own policies.
fn grants_to_all(statement: &Statement) -> bool {
    statement.effect != Some(Effect::Deny)
        && (statement.principals == Principals::Unstated || statement.principals.everyone())
}

/// How the statement names the subject, as a number, and whether that may grant something.
fn naming(statement: &Statement, subject: &Subject) -> (u32, bool) {
    let caller = &subject.caller.principal;
    if statement.effect == Some(Effect::Deny) {
        let bounded = subject.boundary != Boundary::None;
        return (code(statement.principals.hit(caller, bounded)), false);
    }
    match statement.principals.mention(caller) {
        None => (0, false),
        Some((mention, truth)) => (code(truth) << 2 | (mention as u32 + 1), true),
    }
}

fn code(truth: Truth) -> u32 {
    match truth {
        Truth::No => 0,
        Truth::Yes => 1,
        Truth::Maybe(doubts) => Doubt::ALL
            .into_iter()
            .filter(|doubt| doubts.has(*doubt))
            .fold(2, |code, doubt| code | 4 << doubt as u32),
    }
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
