use serde_json::{Value, json};

use super::{account, advanced, basic, buckets, management, objects};
use crate::selector::{Access, Coverage, KMS, RDS_DATA, Recorder, Source, Truth};
use crate::snapshot::{Action, Gap, GapKind, Observed, story};

fn letter(truth: &Truth<'_>) -> char {
    match truth {
        Truth::Yes => 'y',
        Truth::No => 'n',
        Truth::Unknown(_) => '?',
    }
}

/// Read and write of KMS, RDS Data and the rest, in that order.
fn cells(selectors: &Value) -> String {
    let account = account(std::slice::from_ref(selectors));
    let one = Recorder::new(account.trails.first().unwrap());
    let sources = [Source::Named(KMS), Source::Named(RDS_DATA), Source::Rest];
    let cell = |source| Access::ALL.map(|access| letter(&one.records(access, source)));
    sources.into_iter().flat_map(cell).collect()
}

#[test]
fn management_selectors_record_what_they_say() {
    let source = |operator: &str, value: &str| json!({"field": "eventSource", operator: [value]});
    let read_only = |operator: &str, value: &str| json!({"field": "readOnly", operator: [value]});
    let table = [
        // Nothing set: AWS's default.
        (json!({"basic": []}), "yyyyyy"),
        (json!({"advanced": []}), "yyyyyy"),
        // Basic.
        (basic("All", &[]), "yyyyyy"),
        (basic("ReadOnly", &[]), "ynynyn"),
        (basic("WriteOnly", &[]), "nynyny"),
        (basic("All", &[KMS]), "nnyyyy"),
        (basic("WriteOnly", &[KMS, RDS_DATA]), "nnnnny"),
        (basic("All", &["KMS.amazonaws.com"]), "yyyyyy"),
        (basic("All", &["kms"]), "yyyyyy"),
        (buckets("All", &["arn:aws:s3"]), "nnnnnn"),
        // Advanced, one operator after the other.
        (management(&[]), "yyyyyy"),
        (management(&[read_only("equals", "true")]), "ynynyn"),
        (management(&[read_only("equals", "false")]), "nynyny"),
        (management(&[source("not_equals", KMS)]), "nnyyyy"),
        (
            management(&[source("not_equals", "Kms.amazonaws.com")]),
            "yyyyyy",
        ),
        (management(&[source("equals", KMS)]), "yynnnn"),
        (
            management(&[source("not_equals", KMS), read_only("equals", "true")]),
            "nnynyn",
        ),
        // One field twice: both must hold.
        (
            management(&[source("not_equals", KMS), source("not_equals", RDS_DATA)]),
            "nnnnyy",
        ),
        (
            management(&[read_only("equals", "true"), read_only("equals", "false")]),
            "nnnnnn",
        ),
        // Parts of a source: what does not match is out, the rest is doubtful.
        (management(&[source("not_starts_with", "kms")]), "nn????"),
        (
            management(&[source("ends_with", ".amazonaws.com")]),
            "??????",
        ),
        (management(&[source("not_ends_with", ".com")]), "nnnn??"),
        (management(&[source("starts_with", "rds")]), "nn????"),
        // Other categories, and one in the wrong case.
        (objects(&[]), "nnnnnn"),
        (
            advanced(&json!([{"field": "eventCategory", "equals": ["management"]}])),
            "nnnnnn",
        ),
        (
            advanced(&json!([{"field": "eventCategory", "equals": ["NetworkActivity"]}])),
            "nnnnnn",
        ),
        (
            advanced(&json!([{"field": "eventCategory", "equals": ["Data", "Management"]}])),
            "yyyyyy",
        ),
        // What cannot be interpreted is doubtful as far as the rest does not settle it.
        (
            management(&[json!({"field": "eventName", "equals": ["RunInstances"]})]),
            "??????",
        ),
        (
            management(&[json!({"field": "readonly", "equals": ["true"]})]),
            "??????",
        ),
        (management(&[read_only("equals", "True")]), "??????"),
        (management(&[read_only("not_equals", "true")]), "??????"),
        (management(&[json!({"field": "readOnly"})]), "??????"),
        (
            management(&[json!({"field": "moon"}), read_only("equals", "true")]),
            "?n?n?n",
        ),
        (
            management(&[json!({"field": "moon", "equals": [""]})]),
            "??????",
        ),
        (
            objects(&[json!({"field": "moon", "equals": ["full"]})]),
            "nnnnnn",
        ),
        (advanced(&json!([])), "??????"),
        (
            advanced(&json!([{"field": "readOnly", "equals": ["true"]}])),
            "?n?n?n",
        ),
        (
            advanced(&json!([{"field": "EventCategory", "equals": ["Management"]}])),
            "??????",
        ),
        (
            advanced(&json!([{"field": "eventCategory", "not_equals": ["Data"]}])),
            "??????",
        ),
    ];
    for (selectors, expected) in table {
        assert_eq!(cells(&selectors), expected, "{selectors}");
    }
}

#[test]
fn a_selector_that_is_not_understood_takes_nothing_away_from_another() {
    let selectors = json!({"advanced": [
        {"name": "?", "fields": [{"field": "eventCategory", "equals": ["Management"]},
                                 {"field": "moon", "equals": ["full"]}]},
        {"name": null, "fields": [{"field": "eventCategory", "equals": ["Management"]},
                                  {"field": "readOnly", "equals": ["false"]}]}]});
    assert_eq!(cells(&selectors), "?y?y?y");
}

#[test]
fn a_doubt_names_the_selector_the_trail_and_the_field() {
    let account = account(&[management(&[json!({"field": "moon", "equals": ["full"]})])]);
    let one = Recorder::new(account.trails.first().unwrap());
    let gap = one.records(Access::Read, Source::Rest).known().unwrap_err();
    assert_eq!(gap.action, "cloudtrail:GetEventSelectors");
    assert_eq!(gap.kind, GapKind::Unsupported);
    assert!(
        gap.detail.contains("event selector 1 of trail `trail-0`"),
        "{}",
        gap.detail
    );
    assert!(gap.detail.contains("`moon`"), "{}", gap.detail);
}

#[test]
fn a_hidden_region_is_covered_by_a_multi_region_trail_only() {
    let mut account = account(&[json!({"basic": []})]);
    account.enabled_regions = story::denied(Action::ListRegions);
    let sources = [Source::Rest];
    assert!(
        Coverage::of(&account)
            .management(&sources)
            .doubtful
            .is_empty()
    );
    account.trail_mut().multi_region = Observed::Known(false);
    let coverage = Coverage::of(&account);
    let grid = coverage.management(&sources);
    let regions: Vec<_> = grid.missing.iter().map(|cell| cell.region).collect();
    assert_eq!(regions, [Some("eu-west-1"), Some("eu-west-1")]);
    assert!(grid.doubtful.iter().all(|(cell, _)| cell.region.is_none()));
    assert!(!grid.doubtful.is_empty());
}

#[test]
fn an_enabled_region_that_was_not_audited_is_a_gap() {
    let mut account = account(&[json!({"basic": []})]);
    account.trail_mut().multi_region = Observed::Known(false);
    account.regions.remove("eu-west-1");
    let coverage = Coverage::of(&account);
    let grid = coverage.management(&[Source::Rest]);
    assert!(grid.missing.is_empty());
    let gap: &Gap = grid.doubtful.first().unwrap().1;
    assert!(gap.detail.contains("eu-west-1"), "{}", gap.detail);
}

#[test]
fn trails_that_hide_in_one_region_leave_the_others_known() {
    let mut account = account(&[]);
    account.regions.get_mut("eu-west-1").unwrap().trails = story::denied(Action::DescribeTrails);
    let coverage = Coverage::of(&account);
    let grid = coverage.management(&[Source::Rest]);
    assert!(
        grid.missing
            .iter()
            .all(|cell| cell.region == Some("us-east-1"))
    );
    assert_eq!(grid.missing.len(), 2);
    assert!(
        grid.doubtful
            .iter()
            .all(|(cell, _)| cell.region == Some("eu-west-1"))
    );
    assert_eq!(grid.doubtful.len(), 2);
}
