//! The parts of SARIF 2.1.0 that we write,
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

/// The name of the format's schema.
pub(in crate::report) const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// The format's version.
pub(in crate::report) const VERSION: &str = "2.1.0";

#[derive(Debug, Serialize)]
pub(in crate::report) struct Log {
    #[serde(rename = "$schema")]
    pub(in crate::report) schema: &'static str,
    pub(in crate::report) version: &'static str,
    pub(in crate::report) runs: Vec<Run>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Run {
    pub(in crate::report) tool: Tool,
    pub(in crate::report) automation_details: AutomationDetails,
    pub(in crate::report) invocations: Vec<Invocation>,
    pub(in crate::report) results: Vec<SarifResult>,
}

#[derive(Debug, Serialize)]
pub(in crate::report) struct Tool {
    pub(in crate::report) driver: Driver,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Driver {
    pub(in crate::report) name: &'static str,
    pub(in crate::report) semantic_version: &'static str,
    pub(in crate::report) rules: Vec<Descriptor>,
}

/// A `reportingDescriptor` of a rule.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Descriptor {
    pub(in crate::report) id: &'static str,
    pub(in crate::report) short_description: Text,
    pub(in crate::report) full_description: Text,
    pub(in crate::report) default_configuration: Configuration,
    pub(in crate::report) help: Help,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) help_uri: Option<&'static str>,
    pub(in crate::report) properties: DescriptorProperties,
}

#[derive(Debug, Serialize)]
pub(in crate::report) struct Configuration {
    pub(in crate::report) level: &'static str,
}

#[derive(Debug, Serialize)]
pub(in crate::report) struct Text {
    pub(in crate::report) text: String,
}

#[derive(Debug, Serialize)]
pub(in crate::report) struct Help {
    pub(in crate::report) text: String,
    pub(in crate::report) markdown: String,
}

#[derive(Debug, Serialize)]
pub(in crate::report) struct DescriptorProperties {
    pub(in crate::report) tags: Vec<String>,
    pub(in crate::report) precision: &'static str,
    #[serde(rename = "security-severity")]
    pub(in crate::report) security_severity: &'static str,
}

#[derive(Debug, Serialize)]
pub(in crate::report) struct AutomationDetails {
    pub(in crate::report) id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Invocation {
    pub(in crate::report) execution_successful: bool,
    pub(in crate::report) start_time_utc: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) end_time_utc: Option<Timestamp>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::report) tool_execution_notifications: Vec<Notification>,
}

#[derive(Debug, Serialize)]
pub(in crate::report) struct Notification {
    pub(in crate::report) descriptor: Reference,
    pub(in crate::report) level: &'static str,
    pub(in crate::report) message: Text,
    pub(in crate::report) properties: Map<String, Value>,
}

#[derive(Debug, Serialize)]
pub(in crate::report) struct Reference {
    pub(in crate::report) id: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct SarifResult {
    pub(in crate::report) rule_id: &'static str,
    pub(in crate::report) rule_index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) kind: Option<&'static str>,
    pub(in crate::report) level: &'static str,
    pub(in crate::report) message: Text,
    pub(in crate::report) locations: Vec<Location>,
    pub(in crate::report) partial_fingerprints: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::report) suppressions: Vec<Suppression>,
    pub(in crate::report) properties: Map<String, Value>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Location {
    pub(in crate::report) physical_location: PhysicalLocation,
    pub(in crate::report) logical_locations: Vec<LogicalLocation>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct PhysicalLocation {
    pub(in crate::report) artifact_location: ArtifactLocation,
    pub(in crate::report) region: Region,
}

#[derive(Debug, Serialize)]
pub(in crate::report) struct ArtifactLocation {
    pub(in crate::report) uri: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Region {
    pub(in crate::report) start_line: u32,
    pub(in crate::report) start_column: u32,
    pub(in crate::report) end_line: u32,
    pub(in crate::report) end_column: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct LogicalLocation {
    pub(in crate::report) name: String,
    pub(in crate::report) fully_qualified_name: String,
    pub(in crate::report) kind: &'static str,
}

#[derive(Debug, Serialize)]
pub(in crate::report) struct Suppression {
    pub(in crate::report) kind: &'static str,
    pub(in crate::report) justification: String,
}
