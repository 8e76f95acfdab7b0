//! Metric filters of log groups: what turns log events into numbers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One metric filter, as `DescribeMetricFilters` tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MetricFilter {
    /// Its name, unique within the log group.
    pub name: String,
    /// `filterPattern`; empty matches every event.
    pub pattern: String,
    /// `metricTransformations`.
    pub metrics: Vec<MetricTransformation>,
    /// `fieldSelectionCriteria`: a second filter, on system fields such as `@aws.account`.
    pub field_selection: Option<String>,
    /// `applyOnTransformedLogs`: the pattern sees what a transformer makes of the events.
    pub on_transformed: bool,
    /// `emitSystemFieldDimensions`.
    pub system_dimensions: Vec<String>,
}

/// A metric that a filter feeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MetricTransformation {
    /// `metricNamespace`.
    pub namespace: String,
    /// `metricName`.
    pub name: String,
    /// `metricValue`: a number, or a field of the event such as `$.size`.
    pub value: String,
    /// `defaultValue`, reported when nothing matches.
    pub default_value: Option<f64>,
    /// `dimensions`: by name, the field of the event that gives the value.
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
    /// `unit`; `None` if AWS names none.
    pub unit: Option<String>,
}
