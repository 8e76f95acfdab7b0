//! Selectors as accounts have them, and what they record.

mod data_events;
mod management_events;

use serde_json::{Value, json};

use crate::snapshot::{Account, Observed, story};

/// A pristine account with one multi-Region trail per set of selectors.
fn account(selectors: &[Value]) -> Account {
    let mut account = story::pristine_account();
    let trail = account.trail_mut().clone();
    account.trails.clear();
    for (at, selectors) in selectors.iter().enumerate() {
        let mut twin = trail.twin(&format!("trail-{at}"), "us-east-1");
        twin.selectors = Observed::Known(serde_json::from_value(selectors.clone()).unwrap());
        account.trails.push(twin);
    }
    account
}

fn advanced(fields: &Value) -> Value {
    json!({"advanced": [{"name": "all management and data events", "fields": fields}]})
}

fn management(more: &[Value]) -> Value {
    let mut fields = vec![json!({"field": "eventCategory", "equals": ["Management"]})];
    fields.extend_from_slice(more);
    advanced(&json!(fields))
}

fn objects(more: &[Value]) -> Value {
    let mut fields = vec![
        json!({"field": "eventCategory", "equals": ["Data"]}),
        json!({"field": "resources.type", "equals": ["AWS::S3::Object"]}),
    ];
    fields.extend_from_slice(more);
    advanced(&json!(fields))
}

fn basic(read_write: &str, excluded: &[&str]) -> Value {
    json!({"basic": [{"read_write": read_write, "management_events": true,
        "excluded_sources": excluded, "data_resources": []}]})
}

fn buckets(read_write: &str, values: &[&str]) -> Value {
    json!({"basic": [{"read_write": read_write, "management_events": false,
        "excluded_sources": [],
        "data_resources": [{"type": "AWS::S3::Object", "values": values}]}]})
}
