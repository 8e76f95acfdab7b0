//! What a caller brings along: the condition keys whose values follow from who asks, on
//! what, and cannot be chosen.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

use std::collections::BTreeMap;

use super::context::Context;
use super::pattern::Target;
use super::principal::Principal;
use super::truth::{Doubt, Truth};
use crate::snapshot::arn;

/// A caller and the facts about it that conditions can ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who it is.
    pub principal: Principal,
    /// The unique id, `AIDA…` of a user and `AROA…` of a role, if it is known.
    pub id: Option<String>,
    /// Its tags, if they are known.
    pub tags: Option<BTreeMap<String, String>>,
    /// Whether whoever assumes the role may pass tags that take the place of the role's own.
    pub session_tags: bool,
    /// The organization that its account is in.
    pub organization: Membership,
}

/// Whether an account is in an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    /// In the one with that id.
    In(String),
    /// In none.
    Outside,
    /// It is not known.
    Unknown,
}

/// Whose the resource is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The account; `None` if it is not known.
    pub account: Option<String>,
    /// An account that is known not to be the owner.
    pub not: Option<String>,
    /// Its organization.
    pub organization: Membership,
}

impl Owner {
    /// The owner of that account's own resources.
    pub fn account(id: &str, organization: Membership) -> Self {
        Owner {
            account: Some(id.to_owned()),
            not: None,
            organization,
        }
    }

    /// Whether it is that account.
    pub fn is(&self, account: &str) -> Truth {
        match &self.account {
            Some(owner) => Truth::from(owner == account),
            None if self.not.as_deref() == Some(account) => Truth::No,
            None => Truth::maybe(Doubt::Unread),
        }
    }
}

/// Keys that only a request of an AWS service for itself has.
const OF_SERVICES: [&str; 6] = [
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:principalservicename",
    "aws:principalservicenameslist",
];

/// Keys that no request of a service for itself has: it comes from no address or endpoint
/// of a customer, and nobody signed in for it.
const NOT_OF_SERVICES: [&str; 19] = [
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:username",
    "aws:userid",
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:vpcsourceip",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "aws:multifactorauthpresent",
    "aws:multifactorauthage",
    "aws:tokenissuetime",
    "aws:sourceidentity",
    "aws:federatedprovider",
];

impl Caller {
    /// A caller of whom nothing but the name is known.
    pub fn stranger(principal: Principal) -> Self {
        Caller {
            principal,
            id: None,
            tags: None,
            session_tags: false,
            organization: Membership::Unknown,
        }
    }

    /// The keys whose values are certain; all others may have any value.
    pub fn certain(&self, owner: &Owner, target: &Target) -> Context {
        let mut context = Context::open();
        let mut certain = Certain(&mut context);
        match &self.principal {
            Principal::Service(name) => certain.of_service(name),
            Principal::Anonymous => certain.of_anonymous(),
            principal => self.of_identity(principal, &mut certain),
        }
        if !matches!(self.principal, Principal::Service(_)) {
            OF_SERVICES.iter().for_each(|key| certain.absent(key));
        }
        certain.of_resource(owner, target);
        context
    }

    fn of_identity(&self, principal: &Principal, certain: &mut Certain<'_>) {
        let account = principal.account().unwrap_or_default();
        certain.is("aws:principalaccount", account);
        certain.is("kms:calleraccount", account);
        certain.is("aws:principalisawsservice", "false");
        certain.membership("principal", &self.organization);
        let name = |arn: &str| {
            let last = arn.rsplit('/').next();
            last.unwrap_or_default().to_owned()
        };
        let (kind, arn, userid, username) = match principal {
            Principal::User(arn) => ("User", Some(arn), self.id.clone(), Some(name(arn))),
            Principal::Session { arn, role } => {
                let id = self.id.as_ref().map(|id| format!("{id}:{}", name(arn)));
                ("AssumedRole", role.as_ref(), id, None)
            }
            Principal::Federated(arn) => {
                let id = format!("{account}:{}", name(arn));
                ("FederatedUser", Some(arn), Some(id), None)
            }
            Principal::Root(arn) => ("Account", Some(arn), Some(account.to_owned()), None),
            role => ("AssumedRole", arn_of(role), None, None),
        };
        certain.is("aws:principaltype", kind);
        if let Some(arn) = arn {
            certain.is("aws:principalarn", arn);
        }
        if let Some(userid) = userid {
            certain.is("aws:userid", &userid);
        }
        match (username, principal) {
            (Some(name), _) => certain.is("aws:username", &name),
            _ => certain.absent("aws:username"),
        }
        if matches!(principal, Principal::User(_) | Principal::Root(_)) {
            certain.absent("aws:sourceidentity");
            certain.absent("aws:federatedprovider");
        }
    }

    /// The value of `aws:PrincipalTag/…`: `None` if it may be anything, `Some(None)` if the
    /// caller has no such tag. Tag keys are compared in any case, as all condition keys are.
    pub fn tag(&self, key: &str) -> Option<Option<&str>> {
        match self.principal {
            Principal::Root(_) | Principal::Service(_) | Principal::Anonymous => return Some(None),
            // GetFederationToken takes tags for its session.
            Principal::Federated(_) => return None,
            _ if self.session_tags => return None,
            _ => {}
        }
        let tags = self.tags.as_ref()?;
        let tag = tags.iter().find(|(name, _)| name.to_lowercase() == key);
        Some(tag.map(|(_, value)| value.as_str()))
    }

    /// What a role session's `aws:userid` begins with, if that is known.
    pub fn session_id_prefix(&self) -> Option<String> {
        match self.principal {
            Principal::Role(_) => self.id.as_ref().map(|id| format!("{id}:")),
            _ => None,
        }
    }
}

fn arn_of(principal: &Principal) -> Option<&String> {
    match principal {
        Principal::Role(arn) => Some(arn),
        _ => None,
    }
}

/// Fills in what is certain.
struct Certain<'c>(&'c mut Context);

impl Certain<'_> {
    fn is(&mut self, key: &str, value: &str) {
        self.0.set(key, [value.to_owned()]);
    }

    fn absent(&mut self, key: &str) {
        self.0.set(key, []);
    }

    fn of_service(&mut self, name: &str) {
        NOT_OF_SERVICES.iter().for_each(|key| self.absent(key));
        self.is("aws:principalisawsservice", "true");
        self.is("aws:principalservicename", name);
        self.is("aws:securetransport", "true");
        self.is("aws:viaawsservice", "false");
        for key in ["aws:calledvia", "aws:calledviafirst", "aws:calledvialast"] {
            self.absent(key);
        }
    }

    /// "Anonymous requests return `anonymous`" for the account, and have no ARN.
    fn of_anonymous(&mut self) {
        self.is("aws:principaltype", "Anonymous");
        self.is("aws:userid", "anonymous");
        self.is("aws:principalaccount", "anonymous");
        self.is("aws:viaawsservice", "false");
        for key in [
            "aws:principalarn",
            "aws:principalorgid",
            "aws:principalorgpaths",
            "aws:principalisawsservice",
            "aws:username",
            "aws:multifactorauthpresent",
            "aws:multifactorauthage",
            "aws:tokenissuetime",
            "aws:sourceidentity",
            "aws:federatedprovider",
            "aws:calledvia",
            "aws:calledviafirst",
            "aws:calledvialast",
        ] {
            self.absent(key);
        }
    }

    fn membership(&mut self, whose: &str, organization: &Membership) {
        let id = format!("aws:{whose}orgid");
        match organization {
            Membership::In(organization) => self.is(&id, organization),
            Membership::Outside => {
                self.absent(&id);
                self.absent(&format!("aws:{whose}orgpaths"));
            }
            Membership::Unknown => {}
        }
    }

    fn of_resource(&mut self, owner: &Owner, target: &Target) {
        if let Some(account) = &owner.account {
            self.is("aws:resourceaccount", account);
            self.is("s3:resourceaccount", account);
        }
        self.membership("resource", &owner.organization);
        if let Target::One(text) | Target::Class(text) = target {
            let region = arn::parse(text).map_or("", |arn| arn.region);
            if !region.is_empty() && !region.contains('*') {
                self.is("aws:requestedregion", region);
            }
        }
    }
}
