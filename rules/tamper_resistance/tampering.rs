//! Who can tamper with a trail, sorted, and told as evidence.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::policy::context::Context as Request;
use crate::policy::document::Effect;
use crate::policy::glob::glob;
use crate::policy::matrix::{Matrix, Power, Step, admitted_from_outside};
use crate::policy::principal::Principal;
use crate::policy::truth::{Doubt, Truth};
use crate::rule::{Verdict, listed};
use crate::snapshot::{Account, arn};

/// As many principals are told of one by one, of each sort; the others are counted.
const MOST_LISTED: usize = 50;

/// Users and roles by whether they can tamper with a trail by themselves.
#[derive(Default)]
pub(super) struct Found {
    pub(super) certain: Vec<usize>,
    /// Who may, for all that is known.
    pub(super) open: Vec<usize>,
    pub(super) allowed: Vec<usize>,
    linked: Vec<usize>,
    root: Option<usize>,
    pub(super) doubts: Vec<Doubt>,
}

impl Found {
    pub(super) fn of(matrix: &Matrix<'_>, allow: &[String]) -> Self {
        let mut found = Found::default();
        for (subject, caller) in matrix.callers().enumerate() {
            let can = matrix.direct(subject);
            let arn = caller.principal.name();
            let place = match (&caller.principal, can) {
                (Principal::Root(_), _) => {
                    found.root = Some(subject);
                    continue;
                }
                (_, Truth::No) => continue,
                (principal, _) if principal.is_service_linked() => &mut found.linked,
                _ if allow.iter().any(|pattern| glob(pattern, arn)) => &mut found.allowed,
                (_, Truth::Yes) => &mut found.certain,
                (_, Truth::Maybe(doubts)) => {
                    let all = Doubt::ALL.into_iter();
                    found.doubts.extend(all.filter(|doubt| doubts.has(*doubt)));
                    &mut found.open
                }
            };
            place.push(subject);
        }
        found
    }
}

/// What a verdict tells.
pub(super) struct Evidence<'e, 'w> {
    pub(super) account: &'e Account,
    pub(super) matrix: &'e Matrix<'w>,
    pub(super) found: &'e Found,
    pub(super) steps: &'e [Option<Step>],
}

impl Evidence<'_, '_> {
    fn arn(&self, subject: usize) -> &str {
        let caller = self.matrix.caller(subject);
        caller.map_or("", |caller| caller.principal.name())
    }

    /// Their ARNs without what all of the account's have in common.
    pub(super) fn names(&self, subjects: &[usize]) -> String {
        let names = subjects.iter().map(|subject| self.arn(*subject));
        let names = names.map(|arn| arn::parse(arn).map_or(arn, |arn| arn.resource));
        let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
        listed(&names.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Adds everybody who has to do with tampering to what the verdict tells.
    pub(super) fn add(&self, verdict: Verdict) -> Verdict {
        let indirect: Vec<usize> = (0..self.steps.len())
            .filter(|subject| self.steps.get(*subject).is_some_and(Option::is_some))
            .collect();
        let found = self.found;
        let root: Vec<usize> = found.root.into_iter().collect();
        let sorts: [(&str, &[usize]); 5] = [
            ("direct", &found.certain),
            ("possible", &found.open),
            ("allowed", &found.allowed),
            ("service_linked", &found.linked),
            ("root", &root),
        ];
        let mut verdict = verdict;
        for (sort, subjects) in sorts {
            let told = subjects.iter().take(MOST_LISTED);
            let told: Vec<Value> = told.map(|subject| self.direct(*subject)).collect();
            verdict = verdict.evidence(sort, told);
            if sort != "root" {
                verdict = verdict.evidence(&format!("{sort}_count"), subjects.len());
            }
        }
        let told = indirect.iter().take(MOST_LISTED);
        let told: Vec<Value> = told.filter_map(|subject| self.indirect(*subject)).collect();
        verdict
            .evidence("indirect", told)
            .evidence("indirect_count", indirect.len())
            .evidence("reachable_from_outside", self.outside())
    }

    /// What the subject can do, by effect, and what lets it.
    fn direct(&self, subject: usize) -> Value {
        let mut effects: BTreeMap<_, Vec<Power<'_>>> = BTreeMap::new();
        for power in self.matrix.powers(subject) {
            effects.entry(power.entry.effect).or_default().push(power);
        }
        let can: Map<String, Value> = effects
            .iter()
            .map(|(effect, powers)| (effect.as_str().to_owned(), self.powers(subject, powers)))
            .collect();
        json!({ "arn": self.arn(subject), "can": can })
    }

    /// Powers of one effect; the path is that of the one that weighs most.
    fn powers(&self, subject: usize, powers: &[Power<'_>]) -> Value {
        let actions: Vec<&str> = powers.iter().map(|power| power.entry.action).collect();
        let Some(first) = powers.iter().max_by_key(|power| power.counts == Truth::Yes) else {
            return Value::Null;
        };
        let (world, action) = (self.matrix.world(), first.entry.action.to_lowercase());
        let Some(caller) = self.matrix.caller(subject) else {
            return Value::Null;
        };
        let question = world.ask(caller, &action, first.thing.target.clone());
        let mut path = Vec::new();
        let mut restrained = Vec::new();
        for bearing in question.cited(&Request::new()) {
            let text = format!("{} of {}", bearing.statement.name, bearing.policy);
            match bearing.statement.effect {
                Some(Effect::Deny) => restrained.push(text),
                _ => path.push(text),
            }
        }
        json!({
            "actions": actions,
            "on": first.thing.name(),
            "by": path,
            "depends_on": first.held.depends_on(),
            "denied_in_part_by": restrained,
        })
    }

    fn indirect(&self, subject: usize) -> Option<Value> {
        let step = self.steps.get(subject)?.as_ref()?;
        let arn = self.arn(subject);
        Some(json!({
            "arn": arn,
            "can": step.text(),
            "action": step.entry.action,
            "on": step.on,
            "certain": step.can == Truth::Yes,
        }))
    }

    /// Who can become one of those with power from other accounts and by federation, as far
    /// as trust policies tell.
    fn outside(&self) -> Vec<Value> {
        let identities = self.account.identities.if_known();
        let roles = identities
            .into_iter()
            .flat_map(|identities| &identities.roles);
        let powerful: Vec<&str> = (0..self.steps.len())
            .filter(|subject| {
                self.matrix.direct(*subject).possible()
                    || self.steps.get(*subject).is_some_and(Option::is_some)
            })
            .map(|subject| self.arn(subject))
            .collect();
        let roles = roles.filter(|role| powerful.binary_search(&role.arn.as_str()).is_ok());
        let admitted = roles.map(|role| (role, admitted_from_outside(self.account, &role.trust)));
        let admitted = admitted.filter(|(_, names)| !names.is_empty());
        admitted
            .take(MOST_LISTED)
            .map(|(role, names)| json!({ "role": role.arn, "admits": names }))
            .collect()
    }
}
