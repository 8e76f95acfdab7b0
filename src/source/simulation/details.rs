//! `GetAccountAuthorizationDetails`, as its answer looks in JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::policy::json::Json;
use crate::snapshot::{Group, Identities, InlinePolicy, ManagedPolicy, Role, User};

/// A list that may be missing or null.
pub(super) struct Listed<T>(pub(super) Vec<T>);

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Listed(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Listed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list: Option<Vec<T>> = Option::deserialize(deserializer)?;
        Ok(Listed(list.unwrap_or_default()))
    }
}

/// A policy document's JSON text: given as an object, as text, or as URL-encoded text, in
/// which IAM sends it.
pub(super) struct Document(pub(super) String);

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // What stands twice in a policy must reach those who judge it.
        text(Json::deserialize(deserializer)?)
            .map(Document)
            .ok_or_else(|| {
                serde::de::Error::custom(
                    "a policy document is an object, or a string of JSON, URL-encoded or not",
                )
            })
    }
}

fn text(document: Json) -> Option<String> {
    match document {
        Json::Scalar(Value::String(text)) => Some(decoded(text)),
        // There is a policy, and what it says is not given.
        Json::Scalar(Value::Null) => Some(String::new()),
        Json::Object(mut members) => {
            // A policy may come in the wrapping in which IAM lists it.
            let wrapping = |(name, _): &(String, Json)| {
                ["PolicyDocument", "Document"].contains(&name.as_str())
            };
            match members.iter().position(wrapping) {
                Some(at) => text(members.swap_remove(at).1),
                None => Some(Json::Object(members).to_string()),
            }
        }
        Json::Array(_) | Json::Scalar(_) => None,
    }
}

/// The text, URL-decoded if it is not JSON as it stands. What cannot be decoded stays, and
/// is later found not to be a policy.
fn decoded(text: String) -> String {
    if text.trim_start().starts_with('{') {
        return text;
    }
    let decode = |text: &str| {
        let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
        decoded.ok().map(std::borrow::Cow::into_owned)
    };
    let is_json = |text: &String| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    // IAM encodes as RFC 3986 says, in which a plus is one. Forms write it for a space.
    let plain = decode(&text);
    let of_form = || decode(&text.replace('+', " "));
    match plain.filter(is_json).or_else(|| of_form().filter(is_json)) {
        Some(decoded) => decoded,
        None => text,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Details {
    #[serde(default)]
    user_detail_list: Listed<UserDetail>,
    #[serde(default)]
    group_detail_list: Listed<GroupDetail>,
    #[serde(default)]
    role_detail_list: Listed<RoleDetail>,
    #[serde(default)]
    policies: Listed<PolicyDetail>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UserDetail {
    arn: String,
    user_name: Option<String>,
    user_id: Option<String>,
    #[serde(default)]
    user_policy_list: Listed<Inline>,
    #[serde(default)]
    attached_managed_policies: Listed<Attached>,
    #[serde(default)]
    group_list: Listed<String>,
    permissions_boundary: Option<Boundary>,
    #[serde(default)]
    tags: Listed<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GroupDetail {
    arn: String,
    group_name: Option<String>,
    #[serde(default)]
    group_policy_list: Listed<Inline>,
    #[serde(default)]
    attached_managed_policies: Listed<Attached>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RoleDetail {
    arn: String,
    role_name: Option<String>,
    role_id: Option<String>,
    assume_role_policy_document: Option<Document>,
    #[serde(default)]
    role_policy_list: Listed<Inline>,
    #[serde(default)]
    attached_managed_policies: Listed<Attached>,
    permissions_boundary: Option<Boundary>,
    #[serde(default)]
    tags: Listed<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyDetail {
    arn: String,
    default_version_id: Option<String>,
    #[serde(default)]
    policy_version_list: Listed<Version>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    document: Option<Document>,
    version_id: Option<String>,
    is_default_version: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inline {
    policy_name: Option<String>,
    policy_document: Document,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attached {
    policy_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Boundary {
    permissions_boundary_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

fn last(arn: &str) -> String {
    arn.rsplit('/').next().unwrap_or_default().to_owned()
}

fn inline(list: Listed<Inline>) -> Vec<InlinePolicy> {
    let named = list.0.into_iter().zip(1_usize..);
    named
        .map(|(policy, place)| InlinePolicy {
            name: policy.policy_name.unwrap_or_else(|| place.to_string()),
            document: policy.policy_document.0,
        })
        .collect()
}

fn attached(list: Listed<Attached>) -> Vec<String> {
    list.0.into_iter().map(|policy| policy.policy_arn).collect()
}

fn tags(list: Listed<Tag>) -> BTreeMap<String, String> {
    list.0.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

fn boundary(boundary: Option<Boundary>) -> Option<String> {
    boundary.map(|boundary| boundary.permissions_boundary_arn)
}

impl From<Details> for Identities {
    fn from(details: Details) -> Self {
        let users = details.user_detail_list.0.into_iter().map(|user| User {
            name: user.user_name.unwrap_or_else(|| last(&user.arn)),
            id: user.user_id.unwrap_or_default(),
            inline: inline(user.user_policy_list),
            attached: attached(user.attached_managed_policies),
            groups: user.group_list.0,
            boundary: boundary(user.permissions_boundary),
            tags: tags(user.tags),
            arn: user.arn,
        });
        let groups = details.group_detail_list.0.into_iter().map(|group| Group {
            name: group.group_name.unwrap_or_else(|| last(&group.arn)),
            inline: inline(group.group_policy_list),
            attached: attached(group.attached_managed_policies),
            arn: group.arn,
        });
        let roles = details.role_detail_list.0.into_iter().map(|role| Role {
            name: role.role_name.unwrap_or_else(|| last(&role.arn)),
            id: role.role_id.unwrap_or_default(),
            // A role without a trust policy does not exist; one that is not given may admit
            // anybody.
            trust: role
                .assume_role_policy_document
                .map(|document| document.0)
                .unwrap_or_default(),
            inline: inline(role.role_policy_list),
            attached: attached(role.attached_managed_policies),
            boundary: boundary(role.permissions_boundary),
            tags: tags(role.tags),
            arn: role.arn,
        });
        let policies = details.policies.0.into_iter().map(|policy| ManagedPolicy {
            document: in_force(&policy.policy_version_list.0, policy.default_version_id),
            arn: policy.arn,
        });
        Identities {
            users: users.collect(),
            groups: groups.collect(),
            roles: roles.collect(),
            policies: policies.collect(),
        }
    }
}

/// The document of the default version, which need not be the newest; no text if it is not
/// among the versions.
fn in_force(versions: &[Version], default: Option<String>) -> String {
    let flagged = |version: &&Version| version.is_default_version == Some(true);
    let named = |version: &&Version| default.is_some() && version.version_id == default;
    let found = versions.iter().find(flagged);
    let found = found.or_else(|| versions.iter().find(named));
    found
        .and_then(|version| version.document.as_ref())
        .map(|document| document.0.clone())
        .unwrap_or_default()
}
