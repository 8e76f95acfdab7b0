//! CloudWatch alarms.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One alarm, as `DescribeAlarms` tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Alarm {
    /// Its ARN.
    pub arn: String,
    /// Its name, unique within account and Region.
    pub name: String,
    /// `ActionsEnabled`.
    pub actions_enabled: bool,
    /// `AlarmActions`: what is told when it goes into the state ALARM.
    pub actions: Vec<String>,
    /// What it looks at.
    pub watches: Watched,
}

/// What an alarm looks at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Watched {
    /// One metric against a fixed threshold.
    Metric(MetricCondition),
    /// Other alarms: the `AlarmRule` of a composite alarm.
    Composite(String),
    /// Expressions over metrics, whose values cannot be foretold here: anomaly detection,
    /// metric math, queries.
    Math(Vec<Metric>),
}

/// A metric's full name. Two metrics are the same only if all three parts are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Metric {
    /// The namespace.
    pub namespace: String,
    /// The name within it.
    pub name: String,
    /// The dimensions, by name.
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
}

/// When a metric alarm goes into the state ALARM.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MetricCondition {
    /// The metric.
    pub metric: Metric,
    /// `Statistic` (`Sum`, `Average`, ...), or `ExtendedStatistic` (`p99`, ...); `None` if
    /// AWS names neither.
    pub statistic: Option<String>,
    /// `Period`, in seconds.
    pub period: u32,
    /// `EvaluationPeriods`.
    pub evaluation_periods: u32,
    /// `DatapointsToAlarm`; `None` means all of the evaluation periods.
    pub datapoints_to_alarm: Option<u32>,
    /// `ComparisonOperator`, as AWS spells it.
    pub comparison: String,
    /// `Threshold`; `None` for an alarm on a band of anomaly detection.
    pub threshold: Option<f64>,
    /// `TreatMissingData`; `None` means `missing`.
    pub missing_data: Option<String>,
    /// `Unit`; an alarm with one sees only data points of that unit.
    pub unit: Option<String>,
}
