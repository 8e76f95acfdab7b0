//! Whether the Denies of a bucket's policy leave somebody out.

use std::collections::BTreeSet;

use super::crowd::{Crowd, Hints, direct};
use super::{BucketPolicy, Probe, Weight, weigh_case};
use crate::policy::caller::{Caller, Membership};
use crate::policy::case::{Asked, Case, Layer, Policy};
use crate::policy::context::Context;
use crate::policy::document::Effect;
use crate::policy::glob::UNKNOWN;
use crate::policy::pattern::Target;
use crate::policy::principal::Principal;
use crate::policy::services;
use crate::policy::truth::Truth;

/// Somebody whom the Denies leave out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escape {
    /// Who: an ARN, or `everybody`.
    pub who: String,
    /// The action that is open to him.
    pub action: String,
    /// What he may do it on.
    pub target: String,
    /// The condition keys it hangs on.
    pub depends_on: Vec<String>,
}

impl Escape {
    /// The action as a message names it.
    pub fn action_title(&self) -> String {
        match self.action.contains(UNKNOWN) {
            true => "actions that no statement lists".to_owned(),
            false => format!("`{}`", services::spelled(&self.action)),
        }
    }
}

/// What the Denies make of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protection {
    /// They catch everybody; the statements that do it, by name.
    Complete(BTreeSet<String>),
    /// They certainly leave somebody out.
    Open(Escape),
    /// They may leave somebody out, which cannot be told.
    Unclear(Escape),
}

impl BucketPolicy<'_> {
    /// Whether the Denies keep everybody from `action` on all of `target`, in requests for
    /// which `fixed` is given. Services are asked too if `services`.
    pub fn protection(
        &self,
        action: &str,
        target: &str,
        fixed: &Context,
        services: bool,
    ) -> Protection {
        let mut unclear = None;
        let mut names = BTreeSet::new();
        for probe in self.crowd_before_denials(fixed, services) {
            let weight = self.undenied(&probe, action, target);
            let escape = || Escape {
                who: self.called(&probe),
                action: action.to_owned(),
                target: target.to_owned(),
                depends_on: weight.depends_on.clone(),
            };
            match weight.truth {
                Truth::Yes => return Protection::Open(escape()),
                Truth::Maybe(_) => unclear = unclear.or_else(|| Some(escape())),
                Truth::No => names.extend(self.catching(&probe, action, target)),
            }
        }
        unclear.map_or(Protection::Complete(names), Protection::Unclear)
    }

    /// Whether the Denies keep everybody from every S3 action on the bucket and its objects
    /// without TLS. Services need not be asked: they always use it.
    pub fn without_tls(&self) -> Protection {
        let fixed = {
            let mut fixed = Context::of(&[("aws:SecureTransport", "false")]);
            fixed.set("s3:TlsVersion", []);
            fixed
        };
        let bucket = self.arn();
        let mut names = BTreeSet::new();
        let mut unclear = None;
        for action in self.actions_told_apart() {
            for target in [bucket.clone(), format!("{bucket}/*")] {
                match self.protection(&action, &target, &fixed, false) {
                    Protection::Complete(found) => names.extend(found),
                    Protection::Unclear(escape) => unclear = unclear.or(Some(escape)),
                    open @ Protection::Open(_) => return open,
                }
            }
        }
        unclear.map_or(Protection::Complete(names), Protection::Unclear)
    }

    /// An S3 action of each sort that the Denies tell apart: of those that are listed in
    /// AWS's reference, and of those that are not.
    fn actions_told_apart(&self) -> Vec<String> {
        let known = services::actions_of("s3").map(str::to_lowercase);
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for action in std::iter::once(format!("s3:{UNKNOWN}")).chain(known) {
            let spoken_of: Vec<bool> = self
                .denials
                .document
                .statements
                .iter()
                .map(|statement| statement.actions.contain(&action) == Truth::Yes)
                .collect();
            if seen.insert(spoken_of) {
                found.push(action);
            }
        }
        found
    }

    /// Everybody whom the Denies can tell apart, those first whom they have in mind.
    fn crowd_before_denials(&self, fixed: &Context, services: bool) -> Vec<Probe> {
        let hints = Hints::of(&self.denials.document.statements, true);
        let mut probes = self.crowd().everybody(&hints);
        if services {
            let named = hints.services.iter().map(String::as_str);
            probes.extend(named.chain([ANY_SERVICE]).map(|name| {
                direct(Caller {
                    organization: Membership::Outside,
                    ..Caller::stranger(Principal::Service(name.to_owned()))
                })
            }));
        }
        for probe in &mut probes {
            // Whoever comes by an access point is caught or left out by the same keys.
            probe.fixed = fixed.clone();
        }
        probes
    }

    pub(super) fn crowd(&self) -> Crowd<'_> {
        Crowd {
            partition: &self.account.partition,
            own: &self.account.id,
            stranger: &self.stranger,
        }
    }

    /// Whether the caller gets past the Denies, everything being allowed to him.
    fn undenied(&self, probe: &Probe, action: &str, target: &str) -> Weight {
        self.weigh(
            [&self.everything, &self.denials],
            probe,
            action,
            target,
            false,
        )
    }

    /// The statements that may catch the caller.
    fn catching(&self, probe: &Probe, action: &str, target: &str) -> BTreeSet<String> {
        let asked = Asked {
            caller: &probe.caller.principal,
            action,
            bounded: false,
        };
        let layer = Layer::new([&self.denials], false, asked);
        let target = match target.contains('*') {
            true => Target::Class(target.to_owned()),
            false => Target::One(target.to_owned()),
        };
        let mut context = probe.caller.certain(&self.owner, &target);
        for (key, values) in probe.fixed.iter() {
            context.set(key, values.iter().cloned());
        }
        let bearings = layer.bearings().iter();
        bearings
            .filter(|bearing| bearing.denies(&target, &context).possible())
            .map(|bearing| bearing.statement.name.clone())
            .collect()
    }

    /// Whether service control policies keep everybody of the owner's account, its root user
    /// included, from `action` on all of `target`.
    pub fn kept_by_service_controls(
        &self,
        levels: &[Vec<Policy>],
        action: &str,
        target: &str,
    ) -> Truth {
        let statements = levels.iter().flatten();
        let statements = statements.flat_map(|policy| &policy.document.statements);
        let denying = statements.filter(|statement| statement.effect != Some(Effect::Allow));
        let hints = Hints::of(denying, false);
        let natives = self.crowd().everybody(&hints);
        let natives = natives
            .into_iter()
            .filter(|probe| probe.caller.principal.account() == Some(self.account.id.as_str()));
        let escapes = natives.map(|probe| self.controlled(levels, &probe, action, target));
        Truth::any(escapes).not()
    }

    /// Whether the service control policies let the caller through.
    fn controlled(
        &self,
        levels: &[Vec<Policy>],
        probe: &Probe,
        action: &str,
        target: &str,
    ) -> Truth {
        let caller = &probe.caller.principal;
        let asked = Asked {
            caller,
            action,
            bounded: false,
        };
        let case = Case {
            caller,
            action,
            target: Target::Class(target.to_owned()),
            same_account: Truth::Yes,
            identity: Layer::new([&self.everything], false, asked),
            foreign: false,
            boundary: None,
            service_controls: levels
                .iter()
                .map(|level| Layer::new(level, false, asked))
                .collect(),
            resource_controls: Vec::new(),
            resource: Layer::default(),
            delegating: false,
            restricted: Truth::No,
        };
        weigh_case(&case, probe, &self.owner).truth
    }

    /// The name of a caller in a message: those who stand for others are everybody.
    fn called(&self, probe: &Probe) -> String {
        if let Some(spelled) = &probe.spelled {
            return format!("`{spelled}`");
        }
        let caller = &probe.caller;
        let crowd = self.crowd();
        let stands_for = |account: &str| {
            let natives = crowd.natives(account);
            natives
                .iter()
                .any(|native| native.principal == caller.principal)
        };
        match &caller.principal {
            Principal::Anonymous => "everybody".to_owned(),
            Principal::Service(name) if name == ANY_SERVICE => "AWS services".to_owned(),
            principal => match principal.account() {
                Some(account) if account == self.stranger => "everybody".to_owned(),
                Some(account) if stands_for(account) => match principal {
                    Principal::Root(_) => format!("the root user of account {account}"),
                    _ => format!("account {account}"),
                },
                _ => format!("`{}`", principal.name()),
            },
        }
    }
}

const ANY_SERVICE: &str = "any-service.amazonaws.com";
