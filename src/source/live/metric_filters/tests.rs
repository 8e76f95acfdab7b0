use serde_json::{Value, json};

use super::super::canned::{Canned, Reply, good};
use super::super::tests::{collected, gaps};
use super::*;
use crate::snapshot::{GapKind, Observed};

fn page(filters: &[Value], next: &str) -> Reply {
    let body = json!({ "metricFilters": filters, "nextToken": next });
    Reply::new(200, body.to_string())
}

fn named(name: &str) -> Value {
    json!({ "filterName": name, "filterPattern": "", "logGroupName": "trail",
        "metricTransformations":
            [{ "metricName": "M", "metricNamespace": "N", "metricValue": "1" }] })
}

#[tokio::test]
async fn all_pages_are_read_and_every_setting_is_kept() {
    let canned = Canned::new(|seen| {
        let full = json!({ "filterName": "a", "filterPattern": "{ $.x = 1 }",
            "metricTransformations": [{ "metricName": "M", "metricNamespace": "N",
                "metricValue": "$.size", "defaultValue": 0.5, "unit": "Count",
                "dimensions": { "who": "$.userIdentity.arn" } }],
            "applyOnTransformedLogs": true, "fieldSelectionCriteria": "@aws.region = \"x\"",
            "emitSystemFieldDimensions": ["@aws.account"] });
        (seen.action == ACTION).then(|| match seen.body.contains("two") {
            false => page(&[named("b")], "two"),
            true => page(&[full], ""),
        })
    });
    let account = collected(&canned).await;
    let [a, b] = account.log_groups[0]
        .metric_filters
        .known()
        .unwrap()
        .as_slice()
    else {
        panic!("two filters");
    };
    assert_eq!((a.name.as_str(), b.name.as_str()), ("a", "b"));
    assert_eq!(
        (a.pattern.as_str(), b.pattern.as_str()),
        ("{ $.x = 1 }", "")
    );
    assert_eq!(a.field_selection.as_deref(), Some("@aws.region = \"x\""));
    assert!(a.on_transformed && !b.on_transformed);
    assert_eq!(a.system_dimensions, ["@aws.account"]);
    let metric = &a.metrics[0];
    assert_eq!(
        (metric.namespace.as_str(), metric.name.as_str()),
        ("N", "M")
    );
    assert_eq!(
        (metric.value.as_str(), metric.default_value),
        ("$.size", Some(0.5))
    );
    assert_eq!(metric.dimensions["who"], "$.userIdentity.arn");
    assert_eq!(metric.unit.as_deref(), Some("Count"));
    let asked = canned
        .seen()
        .into_iter()
        .filter(|seen| seen.action == ACTION);
    assert!(
        asked
            .into_iter()
            .all(|seen| seen.body.contains(r#""logGroupName":"trail""#))
    );
}

#[tokio::test]
async fn a_group_that_does_not_exist_has_no_filter() {
    let reply = Reply::json_error("ResourceNotFoundException", "no such group");
    let account = collected(&Canned::but(ACTION, reply)).await;
    assert_eq!(
        account.log_groups[0].metric_filters,
        Observed::Known(Vec::new())
    );
    assert_eq!(gaps(&account), []);
}

#[tokio::test]
async fn another_accounts_group_is_left_to_that_account() {
    let body = good(Action::DescribeTrails)
        .body
        .replace("logs:us-east-1:111122223333", "logs:us-east-1:999999999999");
    let canned = Canned::but(Action::DescribeTrails, Reply::new(200, body));
    let account = collected(&canned).await;
    let gap = account.log_groups[0].metric_filters.gap().unwrap();
    assert_eq!(gap.kind, GapKind::Unsupported);
    assert!(!canned.seen().iter().any(|seen| seen.action == ACTION));
}

#[tokio::test]
async fn half_an_answer_is_no_answer() {
    let without = |member: &str| {
        let mut filter = named("a");
        filter.as_object_mut().unwrap().remove(member);
        page(&[filter], "")
    };
    let metric_without = |member: &str| {
        let mut filter = named("a");
        let metric = filter["metricTransformations"][0].as_object_mut();
        metric.unwrap().remove(member);
        page(&[filter], "")
    };
    for (reply, words) in [
        (without("filterName"), "`filterName`"),
        (without("filterPattern"), "`filterPattern`"),
        (without("metricTransformations"), "`metricTransformations`"),
        (metric_without("metricNamespace"), "`metricNamespace`"),
        (metric_without("metricName"), "`metricName`"),
        (metric_without("metricValue"), "`metricValue`"),
        (page(&[], "again"), "pages of the answer repeat"),
    ] {
        let account = collected(&Canned::but(ACTION, reply)).await;
        let gap = account.log_groups[0].metric_filters.gap().unwrap();
        assert_eq!(gap.kind, GapKind::Malformed);
        assert!(gap.detail.contains(words), "{}", gap.detail);
    }
}
