//! The organization above the account and the policies that come down from it.
//!
//! A member may ask which organization it is in; the rest is for the management account and
//! delegated administrators. The SDK knows where each partition's one endpoint is.
//! <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPoliciesForTarget.html>

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::types as sdk;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::convert::setting;
use super::gap::{self, CallError};
use super::pages::Pages;
use super::session::{Shared, all};
use super::trusted;
use crate::snapshot::{Action, Gap, Observed, Organization, OrganizationPolicy, PolicyLevel};

/// With which code an account is told that it is in no organization.
const NOT_IN_USE: &str = "AWSOrganizationsNotInUseException";

/// More than the five organizational units that may lie above one another.
const DEEPEST: usize = 16;

/// What is known of the organization.
#[derive(Debug)]
pub(super) struct Above {
    pub(super) organization: Observed<Option<Organization>>,
    pub(super) service_control: Observed<Vec<PolicyLevel>>,
    pub(super) resource_control: Observed<Vec<PolicyLevel>>,
    pub(super) trusted_services: Observed<Vec<String>>,
    pub(super) administrators: Observed<Vec<String>>,
}

/// Asks for the organization and then, if there is one or that is not known, its policies
/// and whom it trusts.
pub(super) async fn of(session: &Shared, account: &str) -> Above {
    let organization = describe(session).await;
    let alone = organization == Ok(None);
    let ((service_control, resource_control), trusted_services, administrators) = tokio::join!(
        async {
            match session.wanted(Action::ListPoliciesForTarget) {
                Err(gap) => (Err(gap.clone()), Err(gap)),
                Ok(()) if alone => (Ok(Vec::new()), Ok(Vec::new())),
                Ok(()) => policies(session, account).await,
            }
        },
        unless(
            alone,
            session.wanted(Action::ListServiceAccess),
            trusted::services(session)
        ),
        unless(
            alone,
            session.wanted(Action::ListDelegatedAdministrators),
            trusted::administrators(session)
        ),
    );
    Above {
        organization: organization.into(),
        service_control: service_control.into(),
        resource_control: resource_control.into(),
        trusted_services: trusted_services.into(),
        administrators: administrators.into(),
    }
}

/// The answer if it is wanted; nothing, unasked, where there is no organization.
async fn unless(
    alone: bool,
    wanted: Result<(), Gap>,
    ask: impl Future<Output = Result<Vec<String>, Gap>>,
) -> Result<Vec<String>, Gap> {
    wanted?;
    if alone {
        return Ok(Vec::new());
    }
    ask.await
}

async fn describe(session: &Shared) -> Result<Option<Organization>, Gap> {
    let action = Action::DescribeOrganization;
    let region = session.region();
    let call = session.organizations(region).describe_organization().send();
    let Some(answer) = unless_not_in_use(action, session.ask(action, region, call).await?)? else {
        return Ok(None);
    };
    let without = |member| gap::without(action, member);
    let organization = answer.organization.ok_or_else(|| without("Organization"))?;
    Ok(Some(Organization {
        id: setting(organization.id).ok_or_else(|| without("Id"))?,
        management_account: setting(organization.master_account_id)
            .ok_or_else(|| without("MasterAccountId"))?,
    }))
}

/// The answer, or `None` if it is that the account is in no organization.
pub(super) fn unless_not_in_use<T, E>(
    action: Action,
    answer: Result<T, CallError<E>>,
) -> Result<Option<T>, Gap>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.code() == Some(NOT_IN_USE) => Ok(None),
        Err(error) => Err(gap::of(action, &error)),
    }
}

type Levels = Result<Vec<PolicyLevel>, Gap>;

/// The service control policies and the resource control policies.
async fn policies(session: &Shared, account: &str) -> (Levels, Levels) {
    let (path, roots) = tokio::join!(path(session, account), roots(session));
    let place = match (path, roots) {
        (Ok(None), _) | (_, Ok(None)) => return (Ok(Vec::new()), Ok(Vec::new())),
        (Ok(Some(path)), Ok(Some(roots))) => Place { path, roots },
        (Err(gap), _) | (_, Err(gap)) => return (Err(gap.clone()), Err(gap)),
    };
    tokio::join!(
        levels(session, &place, sdk::PolicyType::ServiceControlPolicy),
        levels(session, &place, sdk::PolicyType::ResourceControlPolicy),
    )
}

/// Where an account is in its organization.
#[derive(Debug)]
struct Place {
    /// The ids from the root down to the account.
    path: Vec<String>,
    /// The policy types that are on, by root.
    roots: BTreeMap<String, Vec<sdk::PolicyType>>,
}

/// From the root down to the account; `None` outside an organization.
async fn path(session: &Shared, account: &str) -> Result<Option<Vec<String>>, Gap> {
    let action = Action::ListParents;
    let mut path = vec![account.to_owned()];
    let mut child = account.to_owned();
    while path.len() < DEEPEST {
        let Some(parent) = parent(session, &child).await? else {
            return Ok(None);
        };
        let id = setting(parent.id).ok_or_else(|| gap::without(action, "Id"))?;
        path.push(id.clone());
        match parent.r#type {
            Some(sdk::ParentType::Root) => {
                path.reverse();
                return Ok(Some(path));
            }
            Some(sdk::ParentType::OrganizationalUnit) => child = id,
            Some(_) | None => return Err(gap::without(action, "Type")),
        }
    }
    let detail = format!("account {account} is under no root, but under {child} and so on");
    Err(gap::malformed(action, detail))
}

/// The one parent; `None` outside an organization.
async fn parent(session: &Shared, child: &str) -> Result<Option<sdk::Parent>, Gap> {
    let action = Action::ListParents;
    let region = session.region();
    let client = session.organizations(region);
    let mut pages = Pages::of(action);
    let mut token = None;
    loop {
        let call = client
            .list_parents()
            .child_id(child)
            .set_next_token(token)
            .send();
        let Some(page) = unless_not_in_use(action, session.ask(action, region, call).await?)?
        else {
            return Ok(None);
        };
        // "In the current release, a child can have only a single parent", but pages may be
        // empty before the last.
        if let Some(parent) = page.parents.unwrap_or_default().into_iter().next() {
            return Ok(Some(parent));
        }
        token = pages.after(page.next_token)?;
        if token.is_none() {
            return Err(gap::malformed(action, format!("{child} has no parent")));
        }
    }
}

/// Which policy types are on, by root; `None` outside an organization.
async fn roots(session: &Shared) -> Result<Option<BTreeMap<String, Vec<sdk::PolicyType>>>, Gap> {
    let action = Action::ListRoots;
    let region = session.region();
    let client = session.organizations(region);
    let mut roots = BTreeMap::new();
    let mut pages = Pages::of(action);
    let mut token = None;
    loop {
        let call = client.list_roots().set_next_token(token).send();
        let Some(page) = unless_not_in_use(action, session.ask(action, region, call).await?)?
        else {
            return Ok(None);
        };
        for root in page.roots.unwrap_or_default() {
            let id = setting(root.id).ok_or_else(|| gap::without(action, "Id"))?;
            let types = root
                .policy_types
                .ok_or_else(|| gap::without(action, "PolicyTypes"))?;
            roots.insert(id, types.into_iter().filter_map(switched_on).collect());
        }
        token = pages.after(page.next_token)?;
        if token.is_none() {
            return Ok(Some(roots));
        }
    }
}

/// The type, if its policies hold: one that is being switched on or off may not.
fn switched_on(summary: sdk::PolicyTypeSummary) -> Option<sdk::PolicyType> {
    let is_on = summary.status == Some(sdk::PolicyTypeStatus::Enabled);
    summary.r#type.filter(|_| is_on)
}

/// The policies of one type on the way from the root to the account.
async fn levels(session: &Shared, place: &Place, kind: sdk::PolicyType) -> Levels {
    let Place { path, roots } = place;
    let on = path
        .first()
        .and_then(|root| roots.get(root))
        .ok_or_else(|| gap::malformed(Action::ListRoots, "the account's root is not listed"))?;
    if !on.contains(&kind) {
        return Ok(Vec::new());
    }
    let attached = all(path.iter().cloned().map(|target| {
        let (session, kind) = (session.clone(), kind.clone());
        async move {
            let policies = attached(&session, &target, &kind).await;
            policies.map(|policies| (target, policies))
        }
    }))
    .await
    .into_iter()
    .collect::<Result<BTreeMap<_, _>, Gap>>()?;
    let distinct: BTreeSet<&String> = attached.values().flatten().collect();
    let policies = all(distinct.into_iter().cloned().map(|id| {
        let session = session.clone();
        async move { policy(&session, id).await }
    }))
    .await
    .into_iter()
    .map(|policy| policy.map(|policy| (policy.id.clone(), policy)))
    .collect::<Result<BTreeMap<_, _>, Gap>>()?;
    let level = |target: &String| {
        let ids = attached.get(target).into_iter().flatten();
        PolicyLevel {
            target: target.clone(),
            policies: ids.filter_map(|id| policies.get(id)).cloned().collect(),
        }
    };
    Ok(path.iter().map(level).collect())
}

/// The ids of the policies attached to one target.
async fn attached(
    session: &Shared,
    target: &str,
    kind: &sdk::PolicyType,
) -> Result<BTreeSet<String>, Gap> {
    let action = Action::ListPoliciesForTarget;
    let region = session.region();
    let client = session.organizations(region);
    let mut ids = BTreeSet::new();
    let mut pages = Pages::of(action);
    let mut token = None;
    loop {
        let call = client
            .list_policies_for_target()
            .target_id(target)
            .filter(kind.clone())
            .set_next_token(token)
            .send();
        let page = session
            .ask(action, region, call)
            .await?
            .map_err(|error| gap::of(action, &error))?;
        for policy in page.policies.unwrap_or_default() {
            ids.insert(setting(policy.id).ok_or_else(|| gap::without(action, "Id"))?);
        }
        token = pages.after(page.next_token)?;
        if token.is_none() {
            return Ok(ids);
        }
    }
}

/// What a policy says.
async fn policy(session: &Shared, id: String) -> Result<OrganizationPolicy, Gap> {
    let action = Action::DescribePolicy;
    let region = session.region();
    let call = session
        .organizations(region)
        .describe_policy()
        .policy_id(&id)
        .send();
    let without = |member| gap::without(action, member);
    let policy = session
        .ask(action, region, call)
        .await?
        .map_err(|error| gap::of(action, &error))?
        .policy
        .ok_or_else(|| without("Policy"))?;
    Ok(OrganizationPolicy {
        id,
        name: policy
            .policy_summary
            .and_then(|summary| setting(summary.name))
            .ok_or_else(|| without("Name"))?,
        content: setting(policy.content).ok_or_else(|| without("Content"))?,
    })
}

#[cfg(test)]
mod tests;
