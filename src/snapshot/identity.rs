//! Users, groups, roles and managed policies, as `GetAccountAuthorizationDetails` tells
//! them. Documents are JSON text, decoded from the URL encoding in which IAM sends them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Everybody in an account and every policy that binds them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Identities {
    /// Sorted by ARN.
    pub users: Vec<User>,
    /// Sorted by ARN.
    pub groups: Vec<Group>,
    /// Sorted by ARN.
    pub roles: Vec<Role>,
    /// Every customer-managed policy, and those of AWS that are attached to somebody or
    /// bound somebody, sorted by ARN.
    pub policies: Vec<ManagedPolicy>,
}

/// An IAM user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct User {
    /// Its ARN, path included.
    pub arn: String,
    /// Its name, unique in the account.
    pub name: String,
    /// `UserId`, which begins with `AIDA`.
    pub id: String,
    /// Policies that are part of the user.
    pub inline: Vec<InlinePolicy>,
    /// ARNs of the managed policies attached to it.
    pub attached: Vec<String>,
    /// Names of the groups it is in.
    pub groups: Vec<String>,
    /// ARN of its permissions boundary, if it has one.
    pub boundary: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// An IAM group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Group {
    /// Its ARN, path included.
    pub arn: String,
    /// Its name, unique in the account.
    pub name: String,
    /// Policies that are part of the group.
    pub inline: Vec<InlinePolicy>,
    /// ARNs of the managed policies attached to it.
    pub attached: Vec<String>,
}

/// An IAM role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Role {
    /// Its ARN, path included.
    pub arn: String,
    /// Its name, unique in the account.
    pub name: String,
    /// `RoleId`, which begins with `AROA`.
    pub id: String,
    /// The trust policy: who may assume it.
    pub trust: String,
    /// Policies that are part of the role.
    pub inline: Vec<InlinePolicy>,
    /// ARNs of the managed policies attached to it.
    pub attached: Vec<String>,
    /// ARN of its permissions boundary, if it has one.
    pub boundary: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// A policy that is part of a user, group or role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct InlinePolicy {
    /// Its name, unique in whom it is part of.
    pub name: String,
    /// The document.
    pub document: String,
}

/// A managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ManagedPolicy {
    /// Its ARN; the account in it is `aws` for AWS's own.
    pub arn: String,
    /// The document of the default version (`IsDefaultVersion`), which is the one in force
    /// and need not be the newest.
    pub document: String,
}
