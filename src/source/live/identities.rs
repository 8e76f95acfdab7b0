//! Everybody in the account and every policy that binds them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput as Page;
use aws_sdk_iam::types as sdk;
use percent_encoding::percent_decode_str;

use super::gap;
use super::pages::Pages;
use super::session::Session;
use crate::snapshot::{Action, Gap, Group, Identities, InlinePolicy, ManagedPolicy, Role, User};

const ACTION: Action = Action::GetAccountAuthorizationDetails;

/// Entries to a page. By default IAM sends 100, which would be eighty replies one after the
/// other for an account of 5,000 roles and 3,000 policies; at most 1,000, each policy with
/// up to five versions of 6,144 characters, would be a reply of tens of megabytes.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>
const PAGE: i32 = 250;

/// Users, groups, roles and managed policies. Without a filter, because that leaves out
/// AWS's own policies, which may be somebody's permissions boundary.
pub(super) async fn of(session: &Session) -> Result<Identities, Gap> {
    let region = session.region();
    let client = session.iam(region);
    let mut found = Identities::default();
    let mut pages = Pages::of(ACTION);
    let mut marker = None;
    loop {
        let call = client
            .get_account_authorization_details()
            .max_items(PAGE)
            .set_marker(marker)
            .send();
        let mut page = session
            .ask(ACTION, region, call)
            .await?
            .map_err(|error| gap::of(ACTION, &error))?;
        let (truncated, next) = (page.is_truncated, page.marker.take());
        // A page is converted and gone before the next one comes: in an account of thousands
        // of policies all of them together, old versions included, would be what costs most.
        add(page, &mut found)?;
        marker = pages.after_truncated(truncated, next, "Marker")?;
        if marker.is_none() {
            break;
        }
    }
    found.users.sort_by(|a, b| a.arn.cmp(&b.arn));
    found.groups.sort_by(|a, b| a.arn.cmp(&b.arn));
    found.roles.sort_by(|a, b| a.arn.cmp(&b.arn));
    found.policies.sort_by(|a, b| a.arn.cmp(&b.arn));
    Ok(found)
}

/// Adds what a page holds.
fn add(page: Page, found: &mut Identities) -> Result<(), Gap> {
    let is_hollow = page.user_detail_list.is_none()
        && page.group_detail_list.is_none()
        && page.role_detail_list.is_none()
        && page.policies.is_none();
    if is_hollow {
        return Err(gap::without(ACTION, "UserDetailList"));
    }
    for entry in page.user_detail_list.unwrap_or_default() {
        found.users.push(user(entry)?);
    }
    for entry in page.group_detail_list.unwrap_or_default() {
        found.groups.push(group(entry)?);
    }
    for entry in page.role_detail_list.unwrap_or_default() {
        found.roles.push(role(entry)?);
    }
    for entry in page.policies.unwrap_or_default() {
        found.policies.push(managed(entry)?);
    }
    Ok(())
}

fn user(user: sdk::UserDetail) -> Result<User, Gap> {
    let mut groups = user.group_list.unwrap_or_default();
    groups.sort();
    Ok(User {
        arn: required(user.arn, "Arn")?,
        name: required(user.user_name, "UserName")?,
        id: required(user.user_id, "UserId")?,
        inline: inline(user.user_policy_list)?,
        attached: attached(user.attached_managed_policies)?,
        groups,
        boundary: boundary(user.permissions_boundary)?,
        tags: tags(user.tags),
    })
}

fn group(group: sdk::GroupDetail) -> Result<Group, Gap> {
    Ok(Group {
        arn: required(group.arn, "Arn")?,
        name: required(group.group_name, "GroupName")?,
        inline: inline(group.group_policy_list)?,
        attached: attached(group.attached_managed_policies)?,
    })
}

fn role(role: sdk::RoleDetail) -> Result<Role, Gap> {
    Ok(Role {
        arn: required(role.arn, "Arn")?,
        name: required(role.role_name, "RoleName")?,
        id: required(role.role_id, "RoleId")?,
        trust: decoded(role.assume_role_policy_document),
        inline: inline(role.role_policy_list)?,
        attached: attached(role.attached_managed_policies)?,
        boundary: boundary(role.permissions_boundary)?,
        tags: tags(role.tags),
    })
}

/// The policy with its version in force: the one that says so of itself or that the policy
/// names. Where none or more than one is it, the policy is kept without a document, which
/// nobody takes for a policy that allows nothing.
fn managed(policy: sdk::ManagedPolicyDetail) -> Result<ManagedPolicy, Gap> {
    let default = policy.default_version_id;
    let mut in_force = policy
        .policy_version_list
        .unwrap_or_default()
        .into_iter()
        .filter(|version| {
            version.is_default_version || (default.is_some() && version.version_id == default)
        });
    let document = match (in_force.next(), in_force.next()) {
        (Some(version), None) => version.document,
        _ => None,
    };
    Ok(ManagedPolicy {
        arn: required(policy.arn, "Arn")?,
        document: decoded(document),
    })
}

fn inline(policies: Option<Vec<sdk::PolicyDetail>>) -> Result<Vec<InlinePolicy>, Gap> {
    let mut inline = policies
        .unwrap_or_default()
        .into_iter()
        .map(|policy| {
            Ok(InlinePolicy {
                name: required(policy.policy_name, "PolicyName")?,
                document: decoded(policy.policy_document),
            })
        })
        .collect::<Result<Vec<_>, Gap>>()?;
    inline.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(inline)
}

fn attached(policies: Option<Vec<sdk::AttachedPolicy>>) -> Result<Vec<String>, Gap> {
    let mut attached = policies
        .unwrap_or_default()
        .into_iter()
        .map(|policy| required(policy.policy_arn, "PolicyArn"))
        .collect::<Result<Vec<_>, Gap>>()?;
    attached.sort();
    Ok(attached)
}

fn boundary(boundary: Option<sdk::AttachedPermissionsBoundary>) -> Result<Option<String>, Gap> {
    boundary
        .map(|boundary| required(boundary.permissions_boundary_arn, "PermissionsBoundaryArn"))
        .transpose()
}

fn tags(tags: Option<Vec<sdk::Tag>>) -> BTreeMap<String, String> {
    let tags = tags.unwrap_or_default().into_iter();
    tags.map(|tag| (tag.key, tag.value)).collect()
}

fn required(member: Option<String>, name: &str) -> Result<String, Gap> {
    member
        .filter(|text| !text.is_empty())
        .ok_or_else(|| gap::without(ACTION, name))
}

/// The document as JSON text. IAM sends it in the encoding of RFC 3986, where a plus is a
/// plus. What is not whole in that encoding is kept as it came: nobody will take it for a
/// policy, nor for the absence of one. Nor is there anything to decode in plain JSON, whose
/// first brace the encoding would have changed.
fn decoded(document: Option<String>) -> String {
    let document = document.unwrap_or_default();
    if document.trim_start().starts_with('{') || !is_whole(&document) {
        return document;
    }
    let mut text = match percent_decode_str(&document).decode_utf8() {
        Ok(Cow::Owned(text)) => text,
        Ok(Cow::Borrowed(_)) | Err(_) => return document,
    };
    text.shrink_to_fit();
    text
}

/// Whether every `%` begins an escape.
fn is_whole(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes();
        let mut digit = || digits.next().is_some_and(|byte| byte.is_ascii_hexdigit());
        digit() && digit()
    })
}

#[cfg(test)]
mod tests;
