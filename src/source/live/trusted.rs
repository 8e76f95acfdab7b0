//! Whom the organization trusts: services, and the accounts that administer CloudTrail for
//! it. AWS tells the management account and delegated administrators only.
//! <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListDelegatedAdministrators.html>

use super::convert::setting;
use super::gap;
use super::organization::unless_not_in_use;
use super::pages::Pages;
use super::session::Session;
use crate::snapshot::{Action, Gap};

/// CloudTrail's name towards Organizations, the same in every partition.
const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";

/// The service principals with trusted access, sorted; none outside an organization.
pub(super) async fn services(session: &Session) -> Result<Vec<String>, Gap> {
    let action = Action::ListServiceAccess;
    let region = session.region();
    let client = session.organizations(region);
    let mut services = Vec::new();
    let mut pages = Pages::of(action);
    let mut token = None;
    loop {
        let call = client
            .list_aws_service_access_for_organization()
            .set_next_token(token)
            .send();
        let Some(page) = unless_not_in_use(action, session.ask(action, region, call).await?)?
        else {
            return Ok(Vec::new());
        };
        for service in page.enabled_service_principals.unwrap_or_default() {
            let name = setting(service.service_principal);
            services.push(name.ok_or_else(|| gap::without(action, "ServicePrincipal"))?);
        }
        token = pages.after(page.next_token)?;
        if token.is_none() {
            services.sort();
            return Ok(services);
        }
    }
}

/// The ids of CloudTrail's delegated administrators, sorted; none outside an organization.
pub(super) async fn administrators(session: &Session) -> Result<Vec<String>, Gap> {
    let action = Action::ListDelegatedAdministrators;
    let region = session.region();
    let client = session.organizations(region);
    let mut accounts = Vec::new();
    let mut pages = Pages::of(action);
    let mut token = None;
    loop {
        let call = client
            .list_delegated_administrators()
            .service_principal(CLOUDTRAIL)
            .set_next_token(token)
            .send();
        let Some(page) = unless_not_in_use(action, session.ask(action, region, call).await?)?
        else {
            return Ok(Vec::new());
        };
        for account in page.delegated_administrators.unwrap_or_default() {
            accounts.push(setting(account.id).ok_or_else(|| gap::without(action, "Id"))?);
        }
        token = pages.after(page.next_token)?;
        if token.is_none() {
            accounts.sort();
            return Ok(accounts);
        }
    }
}

#[cfg(test)]
mod tests;
