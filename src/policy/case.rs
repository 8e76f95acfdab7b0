//! One question and every policy that bears on it: may this caller do this action on this
//! resource? How the layers are put together is the heart of the matter:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

mod obstacles;

pub use obstacles::Obstacle;

use super::context::Context;
use super::document::{Document, Effect, Statement};
use super::pattern::{Reach, Resources, Target};
use super::principal::{ANYHOW, Mention, Mentions, Principal, Principals};
use super::services;
use super::truth::{Doubt, Truth};

/// A policy and what to call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// As messages name it, for example ``policy `AdministratorAccess` ``.
    pub name: String,
    /// What it says.
    pub document: Document,
}

impl Policy {
    /// Reads a policy; one that cannot be read may say anything.
    pub fn new(name: impl Into<String>, text: &str) -> Self {
        Policy {
            name: name.into(),
            document: Document::parse(text)
                .unwrap_or_else(|reason| Document::not_understood(&reason)),
        }
    }
}

/// The statements of one layer that speak of the action and may speak of the caller.
#[derive(Debug, Clone, Default)]
pub struct Layer<'a> {
    bearings: Vec<Bearing<'a>>,
    /// Why the layer may say more than its statements do.
    open: Option<Doubt>,
}

/// A statement that bears on the question.
#[derive(Debug, Clone, Copy)]
pub struct Bearing<'a> {
    /// The policy's name.
    pub policy: &'a str,
    /// The statement.
    pub statement: &'a Statement,
    /// Whether it speaks of the action.
    action: Truth,
    /// Whether it names the caller, and how.
    mentions: Mentions,
}

/// Whom a layer's statements are held against.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'q> {
    /// The caller.
    pub caller: &'q Principal,
    /// The action, `service:name` in lower case.
    pub action: &'q str,
    /// Whether the caller has a permissions boundary.
    pub bounded: bool,
    /// Where the layer's policies are.
    pub place: Place,
}

/// Where a policy is, which decides what its statements must say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Attached to users, groups and roles, as a boundary, or a service control policy: its
    /// statements name resources and no principals.
    Caller,
    /// A resource control policy: its statements name both.
    ResourceControl,
    /// On a resource: its statements name principals, and may leave out the resource.
    Resource,
}

impl Place {
    /// Whether AWS takes a statement with these elements there.
    fn suits(self, statement: &Statement) -> bool {
        let principals = statement.principals != Principals::Unstated;
        let resources = statement.resources != Resources::Unstated;
        match self {
            Place::Caller => !principals && resources,
            Place::ResourceControl => principals && resources,
            Place::Resource => principals,
        }
    }
}

impl<'a> Layer<'a> {
    /// The layer of these policies; `unread` if there are more that could not be read.
    pub fn new(
        policies: impl IntoIterator<Item = &'a Policy>,
        unread: bool,
        asked: Asked<'_>,
    ) -> Self {
        let mut layer = Layer {
            bearings: Vec::new(),
            open: unread.then_some(Doubt::Unread),
        };
        for policy in policies {
            let statements = &policy.document.statements;
            let bearings = statements
                .iter()
                .filter_map(|statement| Bearing::new(&policy.name, statement, asked));
            layer.bearings.extend(bearings);
        }
        layer
    }

    /// A layer of which nothing is known, because of `doubt`.
    pub fn open(doubt: Doubt) -> Self {
        Layer {
            bearings: Vec::new(),
            open: Some(doubt),
        }
    }

    /// The statements that bear on the question.
    pub fn bearings(&self) -> &[Bearing<'a>] {
        &self.bearings
    }

    /// Whether a statement that names the caller so allows it; `part` is what allowing it on
    /// a part of the target counts for.
    fn allows(
        &self,
        case: &Case<'_>,
        context: &Context,
        mentions: &[Mention],
        part: Truth,
    ) -> Truth {
        let bearings = self.bearings.iter();
        let allows = bearings.map(|bearing| {
            let (allows, reach) = bearing.allows_as(mentions, &case.target, context);
            match reach {
                Reach::Part => allows.and(part),
                _ => allows,
            }
        });
        Truth::any(allows).or(self.beyond())
    }

    fn denies(&self, case: &Case<'_>, context: &Context) -> Truth {
        let bearings = self.bearings.iter();
        Truth::any(bearings.map(|bearing| bearing.denies(&case.target, context))).or(self.beyond())
    }

    /// What it may say beside its statements.
    fn beyond(&self) -> Truth {
        self.open.map_or(Truth::No, Truth::maybe)
    }
}

impl<'a> Bearing<'a> {
    /// `None` if the statement does not speak of the action or the caller.
    fn new(policy: &'a str, statement: &'a Statement, asked: Asked<'_>) -> Option<Self> {
        let action = statement.actions.contain(asked.action);
        if !action.possible() {
            return None;
        }
        let mentions = match statement.effect {
            Some(Effect::Deny) => {
                Mentions::direct(statement.principals.hit(asked.caller, asked.bounded))
            }
            Some(Effect::Allow) => statement.principals.mentions(asked.caller),
            // It may be either, and may name whomever it likes.
            None => Mentions::direct(Truth::Yes),
        };
        let mentions = match asked.place.suits(statement) {
            true => mentions,
            false => mentions.and(Truth::maybe(Doubt::Unclear)),
        };
        mentions.as_one_of(ANYHOW).possible().then_some(Bearing {
            policy,
            statement,
            action,
            mentions,
        })
    }

    /// Whether it speaks of some of the target, whatever the request.
    pub(super) fn concerns(&self, target: &Target) -> bool {
        self.statement.resources.reach(target, &Context::open()) != Reach::None
    }

    /// Whether it allows the action on some of the target.
    pub fn allows(&self, target: &Target, context: &Context) -> Truth {
        self.allows_as(ANYHOW, target, context).0
    }

    /// Whether it allows the action to a caller that it names so, and on how much.
    fn allows_as(
        &self,
        mentions: &[Mention],
        target: &Target,
        context: &Context,
    ) -> (Truth, Reach) {
        let named = self.mentions.as_one_of(mentions);
        if !named.possible() {
            return (Truth::No, Reach::None);
        }
        let found = self.statement.resources.reach(target, context);
        let reach = match found {
            Reach::None | Reach::NoValue => Truth::No,
            Reach::Open => Truth::maybe(Doubt::Key),
            Reach::Part | Reach::All => Truth::Yes,
        };
        (self.holds(Effect::Allow, named.and(reach), context), found)
    }

    /// Whether it denies the action on all of the target.
    pub fn denies(&self, target: &Target, context: &Context) -> Truth {
        let reach = match self.statement.resources.reach(target, context) {
            Reach::None | Reach::NoValue => Truth::No,
            Reach::Open => Truth::maybe(Doubt::Key),
            Reach::Part => Truth::maybe(Doubt::Resource),
            Reach::All => Truth::Yes,
        };
        let hit = self.mentions.as_one_of(ANYHOW);
        self.holds(Effect::Deny, hit.and(reach), context)
    }

    fn holds(&self, effect: Effect, concerned: Truth, context: &Context) -> Truth {
        match self.statement.effect {
            None => Truth::maybe(Doubt::Unclear),
            Some(found) if found != effect || !concerned.possible() => Truth::No,
            Some(_) => {
                let conditions = self.statement.conditions.iter();
                concerned.and(self.action).and(Truth::all(
                    conditions.map(|condition| condition.met(context)),
                ))
            }
        }
    }
}

/// How layers are looked at.
#[derive(Clone, Copy)]
struct View<'c> {
    context: &'c Context,
    /// The number of the only layer for which part of the target is enough; `None` if it is
    /// for all.
    lenient: Option<usize>,
}

/// A layer of a case.
#[derive(Clone, Copy)]
enum Slot {
    Identity,
    Boundary,
    Resource,
    Acl,
    Level(usize),
}

impl Slot {
    fn number(self) -> usize {
        match self {
            Slot::Identity => 0,
            Slot::Boundary => 1,
            Slot::Resource => 2,
            Slot::Acl => 3,
            Slot::Level(at) => 4 + at,
        }
    }
}

/// A question with every policy that bears on it.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// The caller.
    pub caller: &'a Principal,
    /// The action, `service:name` in lower case.
    pub action: &'a str,
    /// What it is to be done on.
    pub target: Target,
    /// Whether the resource belongs to the caller's account.
    pub same_account: Truth,
    /// The caller's own policies, and those of its groups.
    pub identity: Layer<'a>,
    /// Whether the caller is known to its own account only, so that nothing is known of
    /// what binds it there.
    pub foreign: bool,
    /// The caller's permissions boundary, if it has one.
    pub boundary: Option<Layer<'a>>,
    /// The service control policies that bind the caller, level by level.
    pub service_controls: Vec<Layer<'a>>,
    /// The resource control policies that bind the resource.
    pub resource_controls: Vec<Layer<'a>>,
    /// The resource's own policy.
    pub resource: Layer<'a>,
    /// Its access control list, and those of the objects in it.
    pub acl: Layer<'a>,
    /// Whether the caller's account may be the one that administers the resource on behalf
    /// of the organization.
    pub administered: Truth,
    /// Whether the resource is a KMS key or a role to assume: policies of the caller count
    /// only if the resource's policy lets the account decide.
    pub delegating: bool,
    /// Whether S3 keeps everybody but the owner's account and AWS services out, because
    /// RestrictPublicBuckets is on and the policy is public.
    pub restricted: Truth,
    /// Whether the resource is a key that has grants, or may have.
    pub has_grants: bool,
}

impl<'a> Case<'a> {
    /// Every layer.
    pub fn layers(&self) -> impl Iterator<Item = &Layer<'a>> {
        std::iter::once(&self.identity)
            .chain(&self.boundary)
            .chain(&self.service_controls)
            .chain(&self.resource_controls)
            .chain([&self.resource, &self.acl])
    }

    /// Whether the request is let through in `context`.
    pub fn allowed(&self, context: &Context) -> Truth {
        let identity = self.caller.account().is_some();
        if self.action == "sts:getcalleridentity" && identity {
            // "No permissions are required", and no Deny keeps anybody from it.
            return Truth::Yes;
        }
        if self.action == "kms:retiregrant" && identity && self.has_grants {
            return self.may_retire_grants(context);
        }
        let granted = self.granted_somewhere(context);
        if !granted.possible() {
            return Truth::No;
        }
        granted.and(self.denied(context).not())
    }

    /// The grant says who may retire it; beside them, the account that made it may.
    /// "The kms:RetireGrant permission is not effective in a key policy or resource control
    /// policy", and a Deny of it is in IAM policies.
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/grant-delete.html>
    fn may_retire_grants(&self, context: &Context) -> Truth {
        let view = View {
            context,
            lenient: None,
        };
        // "The AWS account that owns the KMS key can delegate the permission" by its policies.
        let account = self.same_account.and(self.own_policies(view));
        account
            .or(Truth::maybe(Doubt::Grants))
            .and(self.denied_by_own(context).not())
    }

    /// Whether somebody grants it on one and the same part of the target, before any Deny.
    fn granted_somewhere(&self, context: &Context) -> Truth {
        let granted = |lenient| {
            let view = View { context, lenient };
            self.granted(view).and(self.within_service_controls(view))
        };
        let all = granted(None);
        if all != Truth::Yes || !matches!(self.target, Target::Class(_)) {
            return all;
        }
        // Two layers that each allow a part need not allow the same.
        let layers = 0..Slot::Level(self.service_controls.len()).number();
        let one = Truth::any(layers.map(|layer| granted(Some(layer))));
        one.or(Truth::maybe(Doubt::Resource))
    }

    /// What `layer` says: part of the target is enough for the one that `view` is lenient
    /// with.
    fn says(&self, slot: Slot, layer: &Layer<'a>, view: View<'_>, mentions: &[Mention]) -> Truth {
        let part = match view.lenient {
            Some(lenient) if lenient != slot.number() => Truth::maybe(Doubt::Resource),
            _ => Truth::Yes,
        };
        layer.allows(self, view.context, mentions, part)
    }

    /// The resource's policy lets the caller in, named so.
    fn admitted(&self, view: View<'_>, mentions: &[Mention]) -> Truth {
        self.says(Slot::Resource, &self.resource, view, mentions)
    }

    /// The resource's ACL does; ACLs name accounts and groups of everybody.
    fn listed(&self, view: View<'_>, mentions: &[Mention]) -> Truth {
        self.says(Slot::Acl, &self.acl, view, mentions)
    }

    /// Whether somebody grants it, before any Deny.
    fn granted(&self, view: View<'_>) -> Truth {
        match self.caller {
            Principal::Service(_) => {
                let admitted = self.admitted(view, ANYHOW);
                admitted.or(self.listed(view, &[Mention::Direct]))
            }
            Principal::Anonymous => {
                let service = self.action.split(':').next().unwrap_or_default();
                let admitted = self.admitted(view, &[Mention::Direct]);
                let open = services::anonymous_can_call(service)
                    && !services::refused_across_accounts(self.action);
                Truth::from(open).and(
                    admitted
                        .and(self.restricted.not())
                        .or(self.listed(view, &[Mention::Direct])),
                )
            }
            // "You cannot call AssumeRole by using AWS account root user credentials".
            Principal::Root(_) if self.action == "sts:assumerole" => Truth::No,
            _ => match self.same_account {
                Truth::Yes => self.granted_at_home(view),
                Truth::No => self.granted_from_elsewhere(view),
                Truth::Maybe(doubts) => {
                    let home = self.granted_at_home(view);
                    let elsewhere = self.granted_from_elsewhere(view);
                    if home == elsewhere {
                        home
                    } else {
                        Truth::Maybe(doubts)
                    }
                }
            },
        }
    }

    /// A caller of another account: both the resource's policy and the caller's own must
    /// grant it.
    fn granted_from_elsewhere(&self, view: View<'_>) -> Truth {
        if services::refused_across_accounts(self.action) {
            return Truth::No;
        }
        self.admitted(view, ANYHOW)
            .and(self.restricted.not())
            .or(self.listed(view, ANYHOW))
            .or(self.administered)
            .and(self.own_policies(view))
    }

    /// A caller of the account that the resource belongs to.
    fn granted_at_home(&self, view: View<'_>) -> Truth {
        if let Principal::Root(_) = self.caller {
            // No policy of the account's own binds its root user; a key's policy does.
            return match self.delegating {
                true => self.admitted(view, &[Mention::Direct]),
                false => Truth::Yes,
            };
        }
        let own = match self.delegating {
            true => self
                .admitted(view, &[Mention::Account])
                .and(self.own_policies(view)),
            false => self.own_policies(view),
        };
        let role = self
            .admitted(view, &[Mention::Role])
            .and(self.within_boundary(view));
        // A grant in person is not limited by what a boundary fails to allow.
        self.admitted(view, &[Mention::Direct])
            .or(self.listed(view, &[Mention::Direct]))
            .or(role)
            .or(own)
    }

    /// The caller's own policies and boundary allow it.
    fn own_policies(&self, view: View<'_>) -> Truth {
        if let Principal::Root(_) = self.caller {
            return Truth::Yes;
        }
        if self.foreign {
            return Truth::maybe(Doubt::OtherAccount);
        }
        self.says(Slot::Identity, &self.identity, view, ANYHOW)
            .and(self.within_boundary(view))
    }

    fn within_boundary(&self, view: View<'_>) -> Truth {
        self.boundary.as_ref().map_or(Truth::Yes, |boundary| {
            self.says(Slot::Boundary, boundary, view, ANYHOW)
        })
    }

    /// At every level from the organization's root down, a policy allows it.
    fn within_service_controls(&self, view: View<'_>) -> Truth {
        let levels = self.service_controls.iter().enumerate();
        Truth::all(levels.map(|(at, level)| self.says(Slot::Level(at), level, view, ANYHOW)))
    }

    /// The statements that decide in `context`: grants of the caller's and the resource's
    /// policies, and every Deny; what organizations and boundaries allow grants nothing.
    pub fn cited(&self, context: &Context) -> Vec<Bearing<'a>> {
        let layers = [&self.identity, &self.resource, &self.acl];
        let grants = layers.into_iter().flat_map(|layer| &layer.bearings);
        let grants = grants.filter(|bearing| bearing.allows(&self.target, context).possible());
        let denials = self.layers().flat_map(|layer| &layer.bearings);
        let denials = denials.filter(|bearing| {
            bearing.statement.effect == Some(Effect::Deny)
                && bearing.denies(&self.target, context).possible()
        });
        grants.chain(denials).copied().collect()
    }

    fn denied(&self, context: &Context) -> Truth {
        let service = self.action.split(':').next().unwrap_or_default();
        let reached = match services::resource_control_policies_reach(service) {
            // That they bind what is done on no resource AWS does not say.
            Some(true) if self.target == Target::Nothing => Truth::maybe(Doubt::Unclear),
            Some(reached) => Truth::from(reached && self.action != "kms:retiregrant"),
            None => Truth::maybe(Doubt::Unclear),
        };
        let resource_controls = self.resource_controls.iter();
        let resource_controls =
            Truth::any(resource_controls.map(|layer| layer.denies(self, context)));
        let mends = self.owner_may_mend();
        let resource = mends.not().and(self.resource.denies(self, context));
        self.denied_by_own(context)
            .or(reached.and(resource_controls))
            .or(resource)
    }

    /// Whether what binds the caller denies it.
    fn denied_by_own(&self, context: &Context) -> Truth {
        let own = self
            .service_controls
            .iter()
            .chain(std::iter::once(&self.identity))
            .chain(&self.boundary);
        Truth::any(own.map(|layer| layer.denies(self, context)))
    }

    /// "The root user of the bucket owner's account can always perform GetBucketPolicy,
    /// PutBucketPolicy and DeleteBucketPolicy", whatever the policy denies.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>
    fn owner_may_mend(&self) -> Truth {
        let mending = [
            "s3:getbucketpolicy",
            "s3:putbucketpolicy",
            "s3:deletebucketpolicy",
        ];
        let root = matches!(self.caller, Principal::Root(_));
        self.same_account
            .and(Truth::from(root && mending.contains(&self.action)))
    }
}
