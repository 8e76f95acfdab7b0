//! CloudWatch Logs log groups that trails deliver to.

use serde::{Deserialize, Serialize};

use super::{Action, MetricFilter, Observed};

/// One log group that a trail delivers to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LogGroup {
    /// Its ARN, without the trailing `:*`.
    pub arn: String,
    /// What `DescribeLogGroups` tells in the group's Region; `Known(None)` if there is
    /// no such group.
    pub description: Observed<Option<LogGroupDescription>>,
    /// The CloudWatch Logs resource policies that can speak of this group: those of its
    /// account in its Region, and its own.
    #[serde(default = "no_policies")]
    pub resource_policies: Observed<Vec<LogResourcePolicy>>,
    /// `DescribeMetricFilters`; empty if there is no such group.
    #[serde(default = "no_filters")]
    pub metric_filters: Observed<Vec<MetricFilter>>,
}

fn no_filters() -> Observed<Vec<MetricFilter>> {
    Observed::not_collected(Action::DescribeMetricFilters)
}

fn no_policies() -> Observed<Vec<LogResourcePolicy>> {
    Observed::not_collected(Action::DescribeResourcePolicies)
}

/// `DescribeResourcePolicies`, one policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LogResourcePolicy {
    /// Its name; the group's ARN for the policy that is the group's own.
    pub name: String,
    /// The document, JSON text.
    pub document: String,
}

/// `DescribeLogGroups`, one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LogGroupDescription {
    /// Retention in days; `None` if events never expire.
    pub retention_days: Option<u32>,
    /// The KMS key, if one is associated.
    pub kms_key_id: Option<String>,
    /// The log class; AWS leaves it out for old groups, which are `STANDARD`.
    pub class: LogGroupClass,
}

/// `logGroupClass`; a class this build does not know keeps its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum LogGroupClass {
    /// Takes metric filters.
    #[serde(rename = "STANDARD")]
    Standard,
    /// Takes none.
    #[serde(rename = "INFREQUENT_ACCESS")]
    InfrequentAccess,
    /// Takes none.
    #[serde(rename = "DELIVERY")]
    Delivery,
    /// Something newer than this build.
    #[serde(untagged)]
    Other(String),
}
