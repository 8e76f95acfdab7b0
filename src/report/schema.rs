//! The committed JSON Schemas are those of the types.

use std::path::Path;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use super::diff::Difference;
use super::json::{Document, SCHEMA};
use crate::config::Config;
use crate::snapshot::{SCHEMA_VERSION, Snapshot};

/// `docs/schema/NAME`, which is also the last part of the schema's `$id`.
fn check(name: &str, mut schema: Schema) {
    schema.insert(
        "$id".to_owned(),
        json!(format!("https://trailcheck.dev/schema/{name}")),
    );
    let generated = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs/schema")
        .join(name);
    if std::env::var_os("UPDATE_SCHEMAS").is_some_and(|value| value == "1") {
        std::fs::write(&file, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == generated,
        "docs/schema/{name} is not the schema of the types; \
         run `UPDATE_SCHEMAS=1 cargo test --no-default-features --lib schema`, \
         and think about the version: readers rely on this format"
    );
}

fn schema_of<T: JsonSchema>(settings: SchemaSettings) -> Schema {
    settings.into_generator().into_root_schema_for::<T>()
}

#[test]
fn the_reports_schema_is_that_of_its_types() {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    check(
        "trailcheck-report-1.json",
        schema_of::<Document<'_>>(settings),
    );
    assert!(SCHEMA.ends_with("/trailcheck-report-1.json"));
}

#[test]
fn the_comparisons_schema_is_that_of_its_types() {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    check("trailcheck-diff-1.json", schema_of::<Difference>(settings));
    assert!(super::diff::SCHEMA.ends_with("/trailcheck-diff-1.json"));
}

#[test]
fn the_verifications_schema_is_that_of_its_types() {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    check(
        "trailcheck-verify-1.json",
        schema_of::<super::verify::json::Document<'_>>(settings),
    );
    assert!(super::verify::json::SCHEMA.ends_with("/trailcheck-verify-1.json"));
}

#[test]
fn a_verification_has_what_its_schema_requires() {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let schema = schema_of::<super::verify::json::Document<'_>>(settings).to_value();
    conforms(&super::verify::tests::document(), &schema, &schema);
}

#[test]
fn the_snapshots_schema_is_that_of_its_types() {
    // A snapshot is input as well: what may be left out of it need not be there.
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    check(
        "trailcheck-snapshot-1.json",
        schema_of::<Snapshot>(settings),
    );
    assert_eq!(SCHEMA_VERSION, 1);
}

#[test]
fn the_settings_files_schema_is_that_of_its_types() {
    // Without references: the program itself reads it, to tell which settings there are.
    let mut settings = SchemaSettings::draft2020_12().for_deserialize();
    settings.inline_subschemas = true;
    check("trailcheck-config-1.json", schema_of::<Config>(settings));
}

/// Every name that a schema's object requires, and every value it has in the document,
/// as far as objects, arrays and references go.
#[test]
fn a_report_has_what_its_schema_requires() {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let schema = schema_of::<Document<'_>>(settings).to_value();
    let text = super::fixture::rendered(&super::json::Json, &super::fixture::snapshot());
    let report: Value = serde_json::from_str(&text).unwrap();
    conforms(&report, &schema, &schema);
}

fn conforms(value: &Value, schema: &Value, root: &Value) {
    let target = schema["$ref"].as_str().map(|r| r.trim_start_matches('#'));
    if let Some(target) = target {
        return conforms(value, root.pointer(target).unwrap(), root);
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(
            value.get(name.as_str().unwrap()).is_some(),
            "{name} is not in {value}"
        );
    }
    if let (Some(properties), Some(object)) = (schema["properties"].as_object(), value.as_object())
    {
        for (name, member) in object {
            let known = properties.get(name);
            let known = known.unwrap_or_else(|| panic!("{name} is not in the schema"));
            conforms(member, known, root);
        }
    }
    for item in value.as_array().into_iter().flatten() {
        conforms(item, &schema["items"], root);
    }
}
