//! How a grant to an AWS service is bound: for whose resources the service may use it.
//!
//! A service acts for every customer. A grant to `cloudtrail.amazonaws.com` that says no more
//! lets anybody have CloudTrail use it, by a trail of his own that names your bucket, key or
//! topic; a condition on the trail, its account or its organization is what tells yours from
//! a stranger's.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>

use std::collections::BTreeSet;

use super::caller::{Caller, Owner};
use super::condition::Condition;
use super::context::Context;
use super::document::{Document, Effect, Statement};
use super::operator::{Comparison, Quantifier};
use super::pattern::{Reach, Target};
use super::template::{Filled, plain};
use super::truth::Truth;
use crate::snapshot::{Account, Gap, arn};

/// For whose resources a service may use a grant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// For anybody's.
    pub anybody: bool,
    /// For those of organizations, by id.
    pub organizations: BTreeSet<String>,
    /// For those of accounts, by id.
    pub accounts: BTreeSet<String>,
    /// For these alone, by ARN.
    pub resources: BTreeSet<String>,
}

impl Scope {
    fn anybody() -> Self {
        Scope {
            anybody: true,
            ..Scope::default()
        }
    }

    /// What either lets in.
    fn or(mut self, other: Scope) -> Self {
        self.anybody |= other.anybody;
        self.organizations.extend(other.organizations);
        self.accounts.extend(other.accounts);
        self.resources.extend(other.resources);
        self
    }

    /// The narrower of two that both must be met.
    fn and(self, other: Scope) -> Self {
        if other.width() < self.width() {
            other
        } else {
            self
        }
    }

    fn width(&self) -> u8 {
        match self {
            Scope { anybody: true, .. } => 4,
            scope if !scope.organizations.is_empty() => 3,
            scope if !scope.accounts.is_empty() => 2,
            scope if !scope.resources.is_empty() => 1,
            _ => 0,
        }
    }

    /// The accounts that it names, by themselves or in ARNs.
    pub fn named_accounts(&self) -> BTreeSet<&str> {
        let of_arns = self.resources.iter().filter_map(|text| arn::parse(text));
        let accounts = self.accounts.iter().map(String::as_str);
        accounts.chain(of_arns.map(|arn| arn.account)).collect()
    }
}

/// A statement that lets a service do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant<'d> {
    /// The statement's name.
    pub statement: &'d str,
    /// For whose resources.
    pub scope: Scope,
}

/// What is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Use<'q> {
    /// The service.
    pub service: &'q Caller,
    /// The action, in lower case.
    pub action: &'q str,
    /// On what.
    pub target: &'q Target,
    /// Whose that is.
    pub owner: &'q Owner,
}

/// The statements by which a service may do something, and how each is bound: by its own
/// conditions, or by a Deny that hits the service whenever it acts for others.
///
/// # Errors
/// The name of a statement that is not understood, and why.
pub fn grants<'d>(document: &'d Document, of: Use<'_>) -> Result<Vec<Grant<'d>>, String> {
    if let Some(doubt) = document.doubt() {
        return Err(doubt);
    }
    let certain = of.service.certain(of.owner, of.target);
    let statements = || document.statements.iter();
    let denied = statements()
        .filter_map(|statement| spared(statement, of, &certain))
        .fold(Scope::anybody(), Scope::and);
    let mut grants = Vec::new();
    for statement in statements().filter(|statement| allows(statement, of, &certain)) {
        if let Some(condition) = statement.conditions.iter().find(|c| c.operator.is_none()) {
            return Err(format!(
                "{} has an unknown condition operator `{}`",
                statement.name, condition.spelled
            ));
        }
        let own = by_conditions(statement, &certain);
        grants.push(Grant {
            statement: &statement.name,
            scope: own.and(denied.clone()),
        });
    }
    Ok(grants)
}

/// How the conditions of an Allow bind any service, whatever it is about.
pub fn of_conditions(statement: &Statement) -> Scope {
    by_conditions(statement, &Context::open())
}

fn by_conditions(statement: &Statement, certain: &Context) -> Scope {
    let limits = statement
        .conditions
        .iter()
        .filter_map(|condition| limit(condition, certain));
    limits.fold(Scope::anybody(), Scope::and)
}

/// Whether the statement may let the service do it, for somebody or other.
fn allows(statement: &Statement, of: Use<'_>, certain: &Context) -> bool {
    let reach = statement.resources.reach(of.target, certain);
    statement.effect == Some(Effect::Allow)
        && statement.actions.contain(of.action).possible()
        && statement
            .principals
            .mention(&of.service.principal)
            .is_some_and(|(_, truth)| truth.possible())
        && !matches!(reach, Reach::None | Reach::NoValue)
        && statement
            .conditions
            .iter()
            .all(|condition| kind(&condition.key).is_some() || condition.met(certain).possible())
}

/// Whom a Deny spares, if it certainly hits the service acting for anybody else.
fn spared(statement: &Statement, of: Use<'_>, certain: &Context) -> Option<Scope> {
    let hits = statement.effect == Some(Effect::Deny)
        && statement.actions.contain(of.action) == Truth::Yes
        && statement.principals.hit(&of.service.principal, false) == Truth::Yes
        && statement.resources.reach(of.target, certain) == Reach::All;
    if !hits {
        return None;
    }
    // Requests of the service have these keys; `Null` asks for no more than that.
    let mut acting = certain.clone();
    for key in ["aws:SourceArn", "aws:SourceAccount"] {
        acting.set(key, ["a stranger's".to_owned()]);
    }
    let mut spared: Option<Scope> = None;
    for condition in &statement.conditions {
        match exception(condition, certain) {
            Some(scope) => spared = Some(spared.unwrap_or_default().or(scope)),
            None if condition.met(&acting) == Truth::Yes => {}
            None => return None,
        }
    }
    spared
}

/// The values that a negated condition on the source excepts.
fn exception(condition: &Condition, certain: &Context) -> Option<Scope> {
    let operator = condition.operator?;
    let kind = kind(&condition.key)?;
    (operator.negated && operator.quantifier.is_none())
        .then(|| scope(condition, kind, operator.comparison, certain))
}

/// How far a condition of an Allow limits the service; `None` if it does not.
fn limit(condition: &Condition, certain: &Context) -> Option<Scope> {
    let operator = condition.operator?;
    let kind = kind(&condition.key)?;
    let comparable = matches!(
        operator.comparison,
        Comparison::Exact | Comparison::IgnoreCase | Comparison::Like | Comparison::Arn
    );
    // A request without the key gets past these.
    let open = operator.negated
        || operator.if_exists
        || operator.quantifier == Some(Quantifier::ForAllValues);
    (comparable && !open).then(|| scope(condition, kind, operator.comparison, certain))
}

/// What a condition key tells of the source.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Resource,
    Account,
    Organization,
    Paths,
}

fn kind(key: &str) -> Option<Kind> {
    Some(match key {
        "aws:sourcearn" | "kms:encryptioncontext:aws:cloudtrail:arn" => Kind::Resource,
        "aws:sourceaccount" | "aws:sourceowner" | "kms:calleraccount" => Kind::Account,
        "aws:sourceorgid" => Kind::Organization,
        "aws:sourceorgpaths" => Kind::Paths,
        _ => return None,
    })
}

fn scope(condition: &Condition, kind: Kind, comparison: Comparison, certain: &Context) -> Scope {
    let wild = matches!(comparison, Comparison::Like | Comparison::Arn);
    let values = condition.values.iter();
    values
        .map(|value| match value.fill(certain) {
            Filled::Text(text) => scope_of(&text, kind, wild),
            // The value of a variable that the requester chooses binds nobody.
            Filled::Open(text) => scope_of(&text, kind, true),
            Filled::NoValue => Scope::default(),
        })
        .fold(Scope::default(), Scope::or)
}

fn scope_of(text: &str, kind: Kind, wild: bool) -> Scope {
    let mut scope = Scope::default();
    let has_wildcard = wild && text.contains(['*', '?']);
    let literal = plain(text);
    match kind {
        Kind::Resource if has_wildcard => match account_of(text) {
            Some(account) => _ = scope.accounts.insert(account.to_owned()),
            None => scope.anybody = true,
        },
        Kind::Paths => match text.split('/').next() {
            Some(id) if !id.contains(['*', '?']) => _ = scope.organizations.insert(id.to_owned()),
            _ => scope.anybody = true,
        },
        Kind::Account | Kind::Organization if has_wildcard => scope.anybody = true,
        Kind::Resource => _ = scope.resources.insert(literal),
        Kind::Account => _ = scope.accounts.insert(literal),
        Kind::Organization => _ = scope.organizations.insert(literal),
    }
    scope
}

/// The account to which a pattern of ARNs is bound, if it is to one. The resource of a trail
/// holds no colon, so that no star reaches over one where all six parts are written, or
/// where the last begins with a letter.
fn account_of(pattern: &str) -> Option<&str> {
    let mut parts = pattern.rsplit(':');
    let (resource, account) = (parts.next()?, parts.next()?);
    let whole = parts.count() == 4 || resource.starts_with(|c: char| c.is_ascii_lowercase());
    let is_id = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    (whole && is_id).then_some(account)
}

/// Whose resources those of a scope are, seen from an audited account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// The account's, its trails' owners' and its organization's, and those of the accounts
    /// that are named.
    To(Vec<String>),
    /// Another organization's, by id.
    ToStrangers(String),
    /// Anybody's.
    Unbound,
}

/// Whose they are. Other accounts that a policy names one by one are no strangers to whoever
/// wrote it; they are told.
///
/// # Errors
/// The gap in the organization, if that alone decides.
pub fn bound(scope: &Scope, account: &Account) -> Result<Bound, Gap> {
    if scope.anybody {
        return Ok(Bound::Unbound);
    }
    let organization = match scope.organizations.is_empty() {
        true => None,
        false => account.organization.known()?.as_ref(),
    };
    for id in &scope.organizations {
        if organization.is_none_or(|organization| organization.id != *id) {
            return Ok(Bound::ToStrangers(id.clone()));
        }
    }
    let ours = |id: &str| {
        id == account.id
            || account
                .trails
                .iter()
                .any(|trail| trail.owner_account() == id)
    };
    let others = scope.named_accounts().into_iter().filter(|id| !ours(id));
    Ok(Bound::To(others.map(str::to_owned).collect()))
}
