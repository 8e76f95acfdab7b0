//! The organization above an account and the policies that come down from it.

use serde::{Deserialize, Serialize};

/// `DescribeOrganization`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Organization {
    /// Its id, `o-` and so on.
    pub id: String,
    /// The management account's id.
    pub management_account: String,
}

/// The policies of one type attached at one level between the organization's root and the
/// account. An action must be allowed at every level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PolicyLevel {
    /// The root's, organizational unit's or account's id.
    pub target: String,
    /// What is attached there.
    pub policies: Vec<OrganizationPolicy>,
}

/// A service control policy or resource control policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OrganizationPolicy {
    /// Its id, `p-` and so on.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The document, JSON text.
    pub content: String,
}
