//! Who may use a KMS key by a grant, whatever IAM policies allow.

use aws_sdk_kms::types as sdk;

use super::convert::setting;
use super::gap;
use super::pages::Pages;
use super::session::Session;
use crate::snapshot::{Action, Gap, KeyGrant};

const ACTION: Action = Action::ListGrants;

/// The key's grants, sorted by id. `arn` is a key's, because an alias's is not taken.
pub(super) async fn of(session: &Session, region: &str, arn: &str) -> Result<Vec<KeyGrant>, Gap> {
    let client = session.kms(region);
    let mut grants = Vec::new();
    let mut pages = Pages::of(ACTION);
    let mut marker = None;
    loop {
        let call = client.list_grants().key_id(arn).set_marker(marker).send();
        let page = session
            .ask(ACTION, region, call)
            .await?
            .map_err(|error| gap::of(ACTION, &error))?;
        for entry in page.grants.unwrap_or_default() {
            grants.push(grant(entry)?);
        }
        marker = pages.after_truncated(page.truncated, page.next_marker, "NextMarker")?;
        if marker.is_none() {
            break;
        }
    }
    grants.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(grants)
}

fn grant(entry: sdk::GrantListEntry) -> Result<KeyGrant, Gap> {
    let without = |member| gap::without(ACTION, member);
    let operations = entry.operations.ok_or_else(|| without("Operations"))?;
    let mut operations: Vec<String> = operations
        .iter()
        .map(|operation| operation.as_str().to_owned())
        .collect();
    operations.sort();
    Ok(KeyGrant {
        id: setting(entry.grant_id).ok_or_else(|| without("GrantId"))?,
        grantee: setting(entry.grantee_principal)
            .or(setting(entry.grantee_service_principal))
            .ok_or_else(|| without("GranteePrincipal"))?,
        operations,
        constrained: entry.constraints.is_some_and(constrains),
    })
}

fn constrains(constraints: sdk::GrantConstraints) -> bool {
    let context = [
        constraints.encryption_context_subset,
        constraints.encryption_context_equals,
    ];
    context.iter().flatten().any(|pairs| !pairs.is_empty())
        || setting(constraints.source_arn).is_some()
}
