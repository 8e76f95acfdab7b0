//! Everybody and everything a question can be about: the callers of one account, the
//! organization above it, and the resources that have policies of their own.

mod observed;

pub use observed::of_level;

use std::collections::BTreeMap;

use super::answer::{self, Answer, Witness};
use super::caller::{Caller, Membership, Owner};
use super::case::{Asked, Bearing, Case, Layer, Obstacle, Place, Policy};
use super::context::Context;
use super::pattern::{Target, share};
use super::principal::Principal;
use super::services::{self, ResourcePolicyKind};
use super::truth::{Doubt, Truth};
use crate::snapshot::arn;

/// One account's callers and resources, and what binds them.
#[derive(Debug, Clone)]
pub struct World {
    /// The account's id.
    pub account: String,
    /// Its partition.
    pub partition: String,
    /// The organization it is in.
    pub organization: Membership,
    /// The organization's management account, if that is known.
    pub management: Option<String>,
    /// Users and roles, by ARN; whether these are all is told by `everybody_known`.
    pub people: BTreeMap<String, Person>,
    /// Whether the account's users and roles could be read.
    pub everybody_known: bool,
    /// Callers of other accounts whose policies are known, by ARN.
    pub strangers: BTreeMap<String, Person>,
    /// Managed policies, by ARN, and all others under names of their own.
    pub policies: BTreeMap<String, Policy>,
    /// Service control policies, level by level from the organization's root.
    pub service_controls: Levels,
    /// Resource control policies, likewise.
    pub resource_controls: Levels,
    /// Resources with policies of their own, by ARN.
    pub resources: BTreeMap<String, Resource>,
    /// Whether a resource that is not listed has no policy; else that is not known.
    pub complete: bool,
}

/// A user or role and the policies that bind it.
#[derive(Debug, Clone)]
pub struct Person {
    /// Who it is.
    pub caller: Caller,
    /// Keys into [`World::policies`]: its own, and those of a user's groups.
    pub policies: Vec<String>,
    /// Whether it has more policies, which are not known.
    pub unread: bool,
    /// Key of its permissions boundary.
    pub boundary: Option<String>,
}

/// The policies of each level; `None` if they could not be read.
pub type Levels = Option<Vec<Vec<Policy>>>;

/// A resource and its own policies.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Whose it is.
    pub owner: Owner,
    /// Its policy and its grants, each as a policy.
    pub policies: Vec<Policy>,
    /// Whether it has a policy that could not be read.
    pub unread: bool,
    /// What ACLs let others do with it, as policies; `None` if that could not be read.
    pub acl: Option<Vec<Policy>>,
    /// Whether S3 keeps strangers out whatever the policy says.
    pub restricted: Truth,
    /// Whether it is a key that has grants, or may have.
    pub has_grants: bool,
}

/// A question with everything that bears on it, ready to be answered.
#[derive(Debug, Clone)]
pub struct Question<'w> {
    /// The question and the policies.
    pub case: Case<'w>,
    caller: &'w Caller,
    owner: Owner,
}

impl Question<'_> {
    /// Whether some request of the caller's is let through, the keys of `fixed` being given.
    pub fn may(&self, fixed: &Context) -> Answer {
        answer::may(&self.case, self.caller, &self.owner, fixed)
    }

    /// Whether the one request that `context` describes is let through.
    pub fn of_request(&self, context: &Context) -> Answer {
        answer::of_request(&self.case, context)
    }

    /// The keys whose values follow from who asks and on what; all others are open.
    pub fn certain(&self) -> Context {
        self.caller.certain(&self.owner, &self.case.target)
    }

    /// Whether the request that a witness describes is let through, whatever else is in it.
    pub fn lets_through(&self, witness: &Witness) -> Truth {
        let mut context = self.caller.certain(&self.owner, &self.case.target);
        for (key, values) in &witness.present {
            context.set(key, values.iter().cloned());
        }
        for key in &witness.absent {
            context.set(key, []);
        }
        self.case.allowed(&context)
    }

    /// What refuses requests, the keys beside those that are certain left open.
    pub fn obstacles(&self) -> Vec<Obstacle> {
        let context = self.caller.certain(&self.owner, &self.case.target);
        self.case.obstacles(&context)
    }

    /// The statements that allow or deny some request, the keys of `fixed` being given.
    pub fn cited(&self, fixed: &Context) -> Vec<Bearing<'_>> {
        let mut context = self.certain();
        for (key, values) in fixed.iter() {
            context.set(key, values.iter().cloned());
        }
        self.case.cited(&context)
    }
}

/// What is not in a world, and therefore binds nobody or binds unseen.
static NOBODY: &[&Policy] = &[];

impl World {
    /// The caller of that name as this world knows it: with its tags and policies, or as a
    /// stranger.
    pub fn caller(&self, principal: &Principal) -> Caller {
        let principal = self.with_role(principal);
        let person = self.person(&principal);
        let mut caller = match person {
            Some(person) => Caller {
                principal: principal.clone(),
                ..person.caller.clone()
            },
            None => Caller::stranger(principal.clone()),
        };
        if person.is_none() && principal.account() == Some(self.account.as_str()) {
            caller.organization = self.organization.clone();
        }
        if let Principal::Service(_) | Principal::Anonymous = principal {
            caller.organization = Membership::Outside;
        }
        caller
    }

    /// A session with the ARN of its role, which tells more than the session's own.
    fn with_role(&self, principal: &Principal) -> Principal {
        let Principal::Session { arn, role: None } = principal else {
            return principal.clone();
        };
        let name = arn::parse(arn).and_then(|arn| arn.resource.split('/').nth(1));
        let account = principal.account();
        let is_role = |person: &&Person| {
            matches!(person.caller.principal, Principal::Role(_))
                && person.caller.principal.account() == account
                && person.caller.principal.name().rsplit('/').next() == name
        };
        let role = self
            .people
            .values()
            .chain(self.strangers.values())
            .find(is_role)
            .map(|person| person.caller.principal.name().to_owned());
        Principal::Session {
            arn: arn.clone(),
            role,
        }
    }

    fn person(&self, principal: &Principal) -> Option<&Person> {
        let name = match principal {
            Principal::Session { role, .. } => role.as_deref()?,
            principal => principal.name(),
        };
        self.people.get(name).or_else(|| self.strangers.get(name))
    }

    /// The question whether `caller` may do `action`, `service:name` in lower case, on `target`.
    pub fn ask<'w>(&'w self, caller: &'w Caller, action: &'w str, target: Target) -> Question<'w> {
        let principal = &caller.principal;
        let person = self.person(principal);
        let bounded = person.is_some_and(|person| person.boundary.is_some());
        let target = &match services::takes_resource(action) {
            Some(false) => Target::Nothing,
            _ => target,
        };
        let asked = Asked {
            caller: principal,
            action,
            bounded,
            place: Place::Caller,
        };
        let at = |place| Asked { place, ..asked };
        let (owner, resource, acl, restricted) = self.resource(action, target, at(Place::Resource));
        let account = principal.account();
        let same_account = account.map_or(Truth::No, |account| owner.is(account));
        let foreign = person.is_none_or(|person| person.unread)
            && account.is_some_and(|account| account != self.account);
        let controls = |levels: &'w Levels, bind: bool, place| match levels {
            _ if !bind => Vec::new(),
            None => vec![Layer::open(Doubt::Unread)],
            Some(levels) => levels
                .iter()
                .map(|level| Layer::new(level, false, at(place)))
                .collect(),
        };
        let service = action.split(':').next().unwrap_or_default();
        let case = Case {
            caller: principal,
            action,
            same_account,
            foreign,
            identity: match person {
                Some(person) if !foreign => self.identity(person, asked),
                None if self.is_stated(principal) => Layer::default(),
                None if !foreign => Layer::open(Doubt::Unread),
                _ => Layer::open(Doubt::OtherAccount),
            },
            boundary: person
                .and_then(|person| person.boundary.as_ref())
                .map(|boundary| match self.policies.get(boundary) {
                    Some(policy) => Layer::new([policy], false, asked),
                    None => Layer::open(Doubt::Unread),
                }),
            service_controls: controls(
                &self.service_controls,
                self.service_controls_bind(principal),
                Place::Caller,
            ),
            resource_controls: controls(
                &self.resource_controls,
                self.resource_controls_bind(principal, &owner),
                Place::ResourceControl,
            ),
            resource,
            acl,
            administered: self.administered(principal, service, &owner),
            delegating: services::resource_policy_of(service) == ResourcePolicyKind::Admits
                && has_policy(target),
            restricted,
            has_grants: self.may_have_grants(target),
            target: target.clone(),
        };
        Question {
            case,
            caller,
            owner,
        }
    }

    /// Whether what binds the caller is known to be nothing.
    fn is_stated(&self, principal: &Principal) -> bool {
        match principal {
            Principal::Service(_) | Principal::Anonymous | Principal::Root(_) => true,
            Principal::User(_) | Principal::Role(_) => {
                // Somebody who does not exist holds no policy.
                self.everybody_known && principal.account() == Some(self.account.as_str())
            }
            Principal::Session { .. } | Principal::Federated(_) => false,
        }
    }

    fn identity<'w>(&'w self, person: &'w Person, asked: Asked<'_>) -> Layer<'w> {
        let known = person
            .policies
            .iter()
            .filter_map(|key| self.policies.get(key));
        let missing = person
            .policies
            .iter()
            .any(|key| !self.policies.contains_key(key));
        Layer::new(known, person.unread || missing, asked)
    }

    /// "SCPs don't affect users or roles in the management account", nor service-linked roles,
    /// and bind everybody else of a member account, its root user included.
    /// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html>
    fn service_controls_bind(&self, principal: &Principal) -> bool {
        principal.account() == Some(self.account.as_str())
            && !principal.is_service_linked()
            && self.is_member()
    }

    /// RCPs bind whoever comes to a resource of a member account.
    /// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
    fn resource_controls_bind(&self, principal: &Principal, owner: &Owner) -> bool {
        owner.account.as_ref() == Some(&self.account)
            && !principal.is_service_linked()
            && self.is_member()
    }

    fn is_member(&self) -> bool {
        self.management.as_ref() != Some(&self.account)
    }

    /// Whether the caller's account may look after the target for the organization. Which
    /// account is CloudTrail's delegated administrator is not known; it works on the
    /// organization's trails, which are the management account's.
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delegated-administrator.html>
    fn administered(&self, principal: &Principal, service: &str, owner: &Owner) -> Truth {
        let ours = principal.account() == Some(self.account.as_str());
        let theirs = owner.account.is_some() && owner.account == self.management;
        match service == "cloudtrail" && ours && theirs {
            true => Truth::maybe(Doubt::Administrator),
            false => Truth::No,
        }
    }

    /// Whose the target is, the layers of its own policies and ACLs, and whether S3 shuts
    /// strangers out.
    fn resource<'w>(
        &'w self,
        action: &str,
        target: &Target,
        asked: Asked<'_>,
    ) -> (Owner, Layer<'w>, Layer<'w>, Truth) {
        let none = |unread: bool| Layer::new(NOBODY.iter().copied(), unread, asked);
        let arn = match target {
            Target::Nothing => return (self.own(), none(false), none(false), Truth::No),
            Target::One(arn) | Target::Class(arn) => arn,
        };
        let service = action.split(':').next().unwrap_or_default();
        if services::resource_policy_of(service) == ResourcePolicyKind::Never || has_no_policy(arn)
        {
            // A role's trust policy says nothing of who may change the role.
            return (self.owner_of(arn), none(false), none(false), Truth::No);
        }
        // An access point's policy decides together with that of its bucket.
        let shared = action.starts_with("s3:") && arn.contains(":accesspoint/");
        if let Some(resource) = self.resources.get(holder(action, arn)) {
            let layer = Layer::new(&resource.policies, resource.unread || shared, asked);
            let acl = match &resource.acl {
                Some(acl) => Layer::new(acl, false, asked),
                None => none(true),
            };
            return (resource.owner.clone(), layer, acl, resource.restricted);
        }
        let unread = self.may_have_policy(action, arn);
        let layer = match matches!(target, Target::Class(_)) && self.holds_some(service, arn) {
            // Some have policies, and each its own.
            true => Layer::open(Doubt::Resource),
            false => none(unread),
        };
        (self.owner_of(arn), layer, none(false), Truth::No)
    }

    fn may_have_grants(&self, target: &Target) -> bool {
        let known = match target {
            Target::Nothing => None,
            Target::One(arn) | Target::Class(arn) => self.resources.get(arn),
        };
        known.map_or(!self.complete, |resource| resource.has_grants)
    }

    /// Whether some resources of a class are known, with policies that decide.
    fn holds_some(&self, service: &str, class: &str) -> bool {
        let of_service = |arn: &str| {
            let found = arn::parse(arn).map_or("", |arn| arn.service);
            found == service || (found == "iam" && service == "sts")
        };
        let within = |arn: &str| {
            // A part of an ARN ends at the colon, and what lies below a resource is its own.
            let below = format!("{arn}*");
            let parts = below.splitn(6, ':').zip(class.splitn(6, ':'));
            parts.into_iter().all(|(part, class)| share(part, class))
        };
        let decides = |resource: &Resource| {
            let acl = resource.acl.as_ref().is_none_or(|acl| !acl.is_empty());
            acl || resource.unread || !resource.policies.is_empty()
        };
        let mut known = self.resources.iter();
        known.any(|(arn, resource)| of_service(arn) && decides(resource) && within(arn))
    }

    /// Whether a resource that is not listed may have a policy all the same.
    pub(super) fn may_have_policy(&self, action: &str, arn: &str) -> bool {
        let service = action.split(':').next().unwrap_or_default();
        match services::resource_policy_of(service) {
            _ if has_no_policy(arn) => false,
            ResourcePolicyKind::Never => false,
            ResourcePolicyKind::Admits => true,
            // An access point's policy decides together with that of its bucket.
            _ => !self.complete || (service == "s3" && arn.contains(":accesspoint/")),
        }
    }

    /// Whether that resource's policy bears on the action, and is not held here.
    pub fn lacks_policy_of(&self, action: &str, arn: &str) -> bool {
        !self.resources.contains_key(holder(action, arn)) && self.may_have_policy(action, arn)
    }

    pub(super) fn own(&self) -> Owner {
        Owner::account(&self.account, self.organization.clone())
    }

    /// The organization of another account, if one of its callers tells.
    pub fn organization_of(&self, account: &str) -> Membership {
        let mut strangers = self.strangers.values().map(|person| &person.caller);
        strangers
            .find(|caller| caller.principal.account() == Some(account))
            .map_or(Membership::Unknown, |caller| caller.organization.clone())
    }

    /// The owner that an ARN names; a bucket that is not listed is the account's own.
    pub(super) fn owner_of(&self, arn: &str) -> Owner {
        match arn::parse(arn).map(|arn| arn.account) {
            // What AWS holds for everybody, as its managed policies, is in every account.
            Some("" | "aws") | None => self.own(),
            Some(account) if account == self.account || account.contains('*') => self.own(),
            Some(account) => Owner::account(account, Membership::Unknown),
        }
    }
}

/// Whether the resource is of a kind that has no policy, though others of its service have:
/// trails, of CloudTrail's resources, and aliases, of which a key's policy says nothing.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/security_iam_service-with-iam.html>
/// <https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html>
fn has_no_policy(arn: &str) -> bool {
    arn::parse(arn).is_some_and(|arn| match arn.service {
        "cloudtrail" => arn.resource.starts_with("trail/"),
        "kms" => arn.resource.starts_with("alias/"),
        _ => false,
    })
}

pub(super) fn has_policy(target: &Target) -> bool {
    match target {
        Target::Nothing => false,
        Target::One(arn) | Target::Class(arn) => !has_no_policy(arn),
    }
}

/// The ARN of the resource whose policy decides: an object's is its bucket's or its access
/// point's, a log stream's its log group's.
pub(super) fn holder<'a>(action: &str, arn: &'a str) -> &'a str {
    let rest = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let (separator, parts) = match action.split(':').next() {
        Some("s3") if rest.starts_with("accesspoint/") => ('/', 2),
        Some("s3") => ('/', 1),
        Some("logs") if rest.starts_with("log-group:") => (':', 2),
        _ => return arn,
    };
    let kept: usize = rest
        .split(separator)
        .take(parts)
        .map(|part| part.len() + 1)
        .sum();
    let before = arn.len() - rest.len();
    arn.get(..before + kept.saturating_sub(1)).unwrap_or(arn)
}
