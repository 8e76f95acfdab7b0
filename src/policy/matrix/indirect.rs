//! Who can come to tamper with a trail without being able to by itself: by becoming somebody
//! who can, or by giving the power to itself or another. One step, and from there on as
//! many roles as can be assumed one after the other.

use super::Matrix;
use super::subject::Boundary;
use super::targets::Thing;
use crate::policy::document::{Document, Effect, Statement};
use crate::policy::pattern::Target;
use crate::policy::principal::{Named, Principal, Principals};
use crate::policy::tampering::{Gain, INDIRECT, IdentityKind, Indirect, TAMPERING};
use crate::policy::truth::Truth;
use crate::snapshot::{Account, Identities, arn};

/// What somebody can do to come to power.
#[derive(Debug, Clone)]
pub struct Step {
    /// The action.
    pub entry: &'static Indirect,
    /// The ARN of the user, group, role or policy that it is done to.
    pub on: String,
    /// Whether it certainly can be done.
    pub can: Truth,
}

impl Step {
    /// The step in a sentence, after "can".
    pub fn text(&self) -> String {
        let name = arn::parse(&self.on).map_or(self.on.as_str(), |arn| arn.resource);
        format!(
            "{} `{name}` by `{}`",
            self.entry.gain.title(),
            self.entry.action
        )
    }
}

/// Who can be a session of a role from outside the account.
pub fn admitted_from_outside(account: &Account, trust: &str) -> Vec<String> {
    let Ok(document) = Document::parse(trust) else {
        return Vec::new();
    };
    let admits = |statement: &&Statement| statement.effect != Some(Effect::Deny);
    let mut found: Vec<String> = Vec::new();
    for statement in document.statements.iter().filter(admits) {
        let entries = match &statement.principals {
            Principals::These(entries) => entries.as_slice(),
            Principals::AllBut(_) => &[Named::Everyone],
            Principals::Unstated => &[],
        };
        found.extend(entries.iter().filter_map(|entry| match entry {
            Named::Everyone => Some("*".to_owned()),
            Named::Account(id) if *id != account.id => Some(id.clone()),
            Named::Arn(text) if arn::parse(text).is_some_and(|arn| arn.account != account.id) => {
                Some(text.clone())
            }
            Named::Federated(provider) => Some(provider.clone()),
            Named::Unclear(text) => Some(text.clone()),
            _ => None,
        }));
    }
    found.sort_unstable();
    found.dedup();
    found
}

impl Matrix<'_> {
    /// By subject: the first step found by which it comes to tamper with a trail; none for
    /// those who can by themselves, service-linked roles and the root user.
    pub fn indirect(&mut self, account: &Account) -> Vec<Option<Step>> {
        let subjects = self.asker.subjects.len();
        let mut search = Search {
            direct: (0..subjects)
                .map(|subject| self.direct(subject).possible())
                .collect(),
            steps: vec![None; subjects],
            matrix: self,
        };
        let Some(identities) = account.identities.if_known() else {
            return search.steps;
        };
        // Where not even the root user can, no permissions that somebody gives himself help.
        if search.direct.iter().any(|direct| *direct) {
            for (place, entry) in INDIRECT.iter().enumerate() {
                search.step(place, entry, identities);
            }
            search.assume();
        }
        search.steps
    }
}

struct Search<'m, 'w> {
    matrix: &'m mut Matrix<'w>,
    direct: Vec<bool>,
    steps: Vec<Option<Step>>,
}

impl Search<'_, '_> {
    fn arn(&self, subject: usize) -> &str {
        let subject = self.matrix.asker.subjects.get(subject);
        subject.map_or("", |subject| subject.caller.principal.name())
    }

    fn is(&self, subject: usize, kind: IdentityKind) -> bool {
        let subject = self.matrix.asker.subjects.get(subject);
        subject.is_some_and(|subject| match &subject.caller.principal {
            Principal::User(_) => kind == IdentityKind::User,
            Principal::Role(_) => kind == IdentityKind::Role,
            _ => false,
        })
    }

    /// Those without power so far who could have the action on something of that kind.
    fn candidates(&mut self, place: usize, class: &str) -> Vec<usize> {
        let all = self.ask_all(place, Target::Class(class.to_owned()), None);
        all.into_iter().map(|(subject, _)| subject).collect()
    }

    /// Who of `among`, or of everybody without power so far, may do the action on that.
    fn ask_all(
        &mut self,
        place: usize,
        target: Target,
        among: Option<&[usize]>,
    ) -> Vec<(usize, Truth)> {
        let thing = Thing {
            target,
            own: true,
            sure: true,
        };
        let asker = &mut self.matrix.asker;
        let column = asker.column(TAMPERING.len() + place, &thing);
        let everybody: Vec<usize>;
        let among = match among {
            Some(among) => among,
            None => {
                everybody = (0..asker.subjects.len()).collect();
                &everybody
            }
        };
        let mut found = Vec::new();
        for subject in among {
            let powerful = self.direct.get(*subject) == Some(&true)
                || self.steps.get(*subject).is_some_and(Option::is_some);
            let linked = asker.subjects.get(*subject).is_none_or(|subject| {
                subject.is_root() || subject.caller.principal.is_service_linked()
            });
            if powerful || linked {
                continue;
            }
            let held = asker.ask(&column, *subject);
            let can = asker.held(held).map_or(Truth::No, |held| held.can);
            if can.possible() {
                found.push((*subject, can));
            }
        }
        found
    }

    fn take(&mut self, entry: &'static Indirect, on: &str, found: Vec<(usize, Truth)>) {
        for (subject, can) in found {
            if let Some(step) = self.steps.get_mut(subject) {
                step.get_or_insert_with(|| Step {
                    entry,
                    on: on.to_owned(),
                    can,
                });
            }
        }
    }

    fn step(&mut self, place: usize, entry: &'static Indirect, identities: &Identities) {
        let kind = match entry.on {
            IdentityKind::User => "user",
            IdentityKind::Group => "group",
            IdentityKind::Role => "role",
            IdentityKind::Policy => "policy",
            // It works on other accounts of the organization, whose trails are not these.
            IdentityKind::Root => return,
        };
        let world = self.matrix.world;
        let class = format!("arn:{}:iam::{}:{kind}/*", world.partition, world.account);
        if entry.gain == Gain::Assume {
            return;
        }
        let mut candidates = self.candidates(place, &class);
        for subject in candidates.clone() {
            for own in self.own(subject, entry, identities) {
                let found = self.ask_all(place, Target::One(own.clone()), Some(&[subject]));
                self.take(entry, &own, found);
            }
        }
        let others = self.others(entry, identities);
        for other in others {
            candidates.retain(|subject| self.steps.get(*subject).is_some_and(Option::is_none));
            if candidates.is_empty() {
                return;
            }
            let found = self.ask_all(place, Target::One(other.clone()), Some(&candidates));
            self.take(entry, &other, found);
        }
    }

    /// What of its own the subject would do it to: itself, its groups and policies.
    fn own(&self, subject: usize, entry: &Indirect, identities: &Identities) -> Vec<String> {
        let arn = self.arn(subject);
        let held_back = self.is_held_back(subject);
        let useful = match entry.gain {
            Gain::RewritePolicies => true,
            Gain::LiftDenial | Gain::Retag => held_back,
            Gain::TakeOver | Gain::Assume | Gain::Pass => false,
        };
        if !useful {
            return Vec::new();
        }
        let user = identities.users.iter().find(|user| user.arn == arn);
        let role = identities.roles.iter().find(|role| role.arn == arn);
        let names = user.map_or([].as_slice(), |user| &user.groups);
        let groups = identities.groups.iter();
        let groups = groups.filter(|group| names.contains(&group.name));
        match entry.on {
            IdentityKind::User | IdentityKind::Role => {
                Vec::from_iter(self.is(subject, entry.on).then(|| arn.to_owned()))
            }
            IdentityKind::Group => groups.map(|group| group.arn.clone()).collect(),
            IdentityKind::Policy => {
                let own = user
                    .map(|user| &user.attached)
                    .or(role.map(|role| &role.attached));
                let attached = own.into_iter().chain(groups.map(|group| &group.attached));
                attached
                    .flatten()
                    .filter(|arn| !is_of_aws(arn))
                    .cloned()
                    .collect()
            }
            IdentityKind::Root => Vec::new(),
        }
    }

    /// Whether its own policies allow it something of which something else keeps it.
    fn is_held_back(&self, subject: usize) -> bool {
        let subject = self.matrix.asker.subjects.get(subject);
        let counted = self.matrix.counted.iter().enumerate();
        let mut counted = counted.filter(|(_, counts)| counts.possible());
        subject.is_some_and(|subject| {
            counted.any(|(place, _)| subject.allows.has(place))
                || subject.boundary != Boundary::None
        })
    }

    /// Whom else it would be done to: those who have the power, where it gives a share in
    /// theirs; anybody, where it gives power to whoever it is done to.
    fn others(&self, entry: &Indirect, identities: &Identities) -> Vec<String> {
        let powerful = (0..self.direct.len()).filter(|subject| {
            self.direct.get(*subject) == Some(&true) && self.is(*subject, entry.on)
        });
        let powerful = powerful.map(|subject| self.arn(subject).to_owned());
        let users = || identities.users.iter().map(|user| user.arn.clone());
        let roles = || identities.roles.iter().map(|role| role.arn.clone());
        match (entry.gain, entry.on) {
            (Gain::TakeOver, _) => powerful.collect(),
            (Gain::Pass, _) => {
                let services = |arn: &String| {
                    let role = identities.roles.iter().find(|role| role.arn == *arn);
                    role.is_some_and(|role| admits_services(&role.trust))
                };
                powerful.filter(services).collect()
            }
            (Gain::RewritePolicies, IdentityKind::User) => users().collect(),
            (Gain::RewritePolicies, IdentityKind::Role) => roles()
                .filter(|arn| !Principal::Role(arn.clone()).is_service_linked())
                .collect(),
            (Gain::RewritePolicies, IdentityKind::Group) => identities
                .groups
                .iter()
                .map(|group| group.arn.clone())
                .collect(),
            (Gain::RewritePolicies, IdentityKind::Policy) => {
                let arns = identities.policies.iter().map(|policy| policy.arn.clone());
                arns.filter(|arn| !is_of_aws(arn)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// From role to role: whoever can assume a role that has come to power has, too.
    fn assume(&mut self) {
        let place = INDIRECT
            .iter()
            .position(|entry| entry.action == "sts:AssumeRole");
        let (Some(place), Some(entry)) = (place, place.and_then(|place| INDIRECT.get(place)))
        else {
            return;
        };
        let has_come = |search: &Self, subject: usize| {
            search.direct.get(subject) == Some(&true)
                || search.steps.get(subject).is_some_and(Option::is_some)
        };
        let mut roles: Vec<usize> = (0..self.direct.len())
            .filter(|subject| self.is(*subject, IdentityKind::Role) && has_come(self, *subject))
            .collect();
        while let Some(role) = roles.pop() {
            let arn = self.arn(role).to_owned();
            let found = self.ask_all(place, Target::One(arn.clone()), None);
            let new = found.iter().map(|(subject, _)| *subject);
            roles.extend(new.filter(|subject| self.is(*subject, IdentityKind::Role)));
            self.take(entry, &arn, found);
        }
    }
}

/// AWS's own managed policies nobody can change.
fn is_of_aws(arn: &str) -> bool {
    arn::parse(arn).is_some_and(|arn| arn.account == "aws")
}

/// Whether a trust policy lets a service have a session.
fn admits_services(trust: &str) -> bool {
    let Ok(document) = Document::parse(trust) else {
        return true;
    };
    document.statements.iter().any(|statement| {
        statement.effect != Some(Effect::Deny)
            && match &statement.principals {
                Principals::These(entries) => entries.iter().any(|entry| {
                    matches!(
                        entry,
                        Named::Service(_) | Named::Everyone | Named::Unclear(_)
                    )
                }),
                Principals::AllBut(_) => true,
                Principals::Unstated => false,
            }
    })
}
