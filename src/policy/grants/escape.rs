//! Whether the Denies of a bucket's policy leave somebody out.

use std::collections::BTreeSet;

use super::crowd::{Crowd, Hints, direct};
use super::{BucketPolicy, Probe, aimed, any_of, weigh_case};
use crate::policy::caller::{Caller, Membership};
use crate::policy::case::{Asked, Case, Layer, Place, Policy};
use crate::policy::context::Context;
use crate::policy::document::{Effect, Statement};
use crate::policy::glob::UNKNOWN;
use crate::policy::pattern::Reach;
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
        if let Some(name) = self.blanket(action, target, fixed) {
            return Protection::Complete(BTreeSet::from([name]));
        }
        if target.contains('*')
            && let open @ Protection::Open(_) =
                self.protection_of(action, &any_of(target), fixed, services)
        {
            return open;
        }
        self.protection_of(action, target, fixed, services)
    }

    /// A statement that catches everybody by itself, with no condition on who it is.
    fn blanket(&self, action: &str, target: &str, fixed: &Context) -> Option<String> {
        let aim = aimed(target);
        // What is not given may be anything, which a policy variable could stand for.
        let mut context = Context::open();
        for (key, values) in fixed.iter() {
            context.set(key, values.iter().cloned());
        }
        let catches = |statement: &&Statement| {
            statement.effect == Some(Effect::Deny)
                && statement.principals.everyone()
                && statement.actions.contain(action) == Truth::Yes
                && statement
                    .conditions
                    .iter()
                    .all(|condition| condition.met(&context) == Truth::Yes)
                && statement.resources.reach(&aim, &context) == Reach::All
        };
        let mut statements = self.denials.document.statements.iter();
        statements.find(catches).map(|found| found.name.clone())
    }

    fn protection_of(
        &self,
        action: &str,
        target: &str,
        fixed: &Context,
        services: bool,
    ) -> Protection {
        let mut unclear = None;
        let mut names = BTreeSet::new();
        let denials = self.denials_of(action, target);
        for probe in self.crowd_before(&denials, fixed, services) {
            let weight = self.weigh(&self.everything, &probe, action, target, false);
            let escape = || Escape {
                who: self.called(&probe),
                action: action.to_owned(),
                target: target.to_owned(),
                depends_on: weight.depends_on.clone(),
            };
            match weight.truth {
                Truth::Yes => return Protection::Open(escape()),
                Truth::Maybe(_) => unclear = unclear.or_else(|| Some(escape())),
                Truth::No => names.extend(self.catching(&denials, &probe, action, target)),
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
    fn crowd_before(&self, denials: &Policy, fixed: &Context, services: bool) -> Vec<Probe> {
        let hints = Hints::of(&denials.document.statements, true);
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

    /// The statements that catch the caller.
    fn catching(
        &self,
        denials: &Policy,
        probe: &Probe,
        action: &str,
        target: &str,
    ) -> BTreeSet<String> {
        let asked = Asked {
            caller: &probe.caller.principal,
            action,
            bounded: false,
            place: Place::Resource,
        };
        let layer = Layer::new([denials], false, asked);
        let target = aimed(target);
        let mut context = probe.caller.certain(&self.owner, &target);
        for (key, values) in probe.fixed.iter() {
            context.set(key, values.iter().cloned());
        }
        let catching = |wanted: fn(Truth) -> bool| -> BTreeSet<String> {
            let bearings = layer.bearings().iter();
            bearings
                .filter(|bearing| wanted(bearing.denies(&target, &context)))
                .map(|bearing| bearing.statement.name.clone())
                .collect()
        };
        // One that catches him in any case makes the others superfluous.
        let certain = catching(|truth| truth == Truth::Yes);
        match certain.is_empty() {
            true => catching(Truth::possible),
            false => certain,
        }
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
            place: Place::Caller,
        };
        let case = Case {
            caller,
            action,
            target: aimed(target),
            same_account: Truth::Yes,
            identity: Layer::new([&self.unlimited], false, asked),
            foreign: false,
            boundary: None,
            service_controls: levels
                .iter()
                .map(|level| Layer::new(level, false, asked))
                .collect(),
            resource_controls: Vec::new(),
            resource: Layer::default(),
            acl: Layer::default(),
            administered: Truth::No,
            delegating: false,
            restricted: Truth::No,
            has_grants: false,
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
