use serde_json::{Value, json};

use super::super::canned::{Canned, Reply, cbor, good};
use super::super::tests::{collected, gaps};
use super::*;
use crate::snapshot::{Account, GapKind};

fn found(account: &Account) -> &[Alarm] {
    account.regions["us-east-1"].alarms.known().unwrap()
}

fn good_alarm() -> Value {
    let body: Value = serde_json::from_str(&good(ACTION).body).unwrap();
    body["MetricAlarms"][0].clone()
}

/// The good alarm with other settings; `null` takes one away.
fn alarm(settings: Value) -> Value {
    let mut alarm = good_alarm();
    for (name, value) in settings.as_object().unwrap() {
        alarm[name] = value.clone();
    }
    let members = alarm.as_object_mut().unwrap();
    members.retain(|_, value| !value.is_null());
    alarm
}

fn composite(name: &str) -> Value {
    json!({ "AlarmName": name, "AlarmRule": "ALARM(trail-changes)", "ActionsEnabled": true,
        "AlarmArn": format!("arn:aws:cloudwatch:us-east-1:111122223333:alarm:{name}"),
        "AlarmActions": ["arn:aws:sns:us-east-1:111122223333:composite"] })
}

fn page(metric: &[Value], composite: &[Value], next: Option<&str>) -> Reply {
    let body = json!({ "MetricAlarms": metric, "CompositeAlarms": composite, "NextToken": next });
    Reply::new(200, body.to_string())
}

/// What the one alarm with these settings watches.
async fn watched_with(settings: Value) -> Watched {
    let canned = Canned::but(ACTION, page(&[alarm(settings)], &[], None));
    let account = collected(&canned).await;
    found(&account)[0].watches.clone()
}

fn query(id: &str, namespace: &str, account: Option<&str>) -> Value {
    let metric = json!({ "Namespace": namespace, "MetricName": "TrailChanges" });
    let mut query = json!({ "Id": id,
        "MetricStat": { "Metric": metric, "Period": 60, "Stat": "Sum" } });
    if let Some(account) = account {
        query["AccountId"] = json!(account);
    }
    query
}

#[tokio::test]
async fn alarms_of_both_types_on_all_pages_are_read() {
    let canned = Canned::new(|seen| {
        (seen.action == ACTION).then(|| match seen.body.contains("two") {
            false => page(&[good_alarm()], &[], Some("two")),
            true => page(&[], &[composite("any")], None),
        })
    });
    let account = collected(&canned).await;
    let [any, changes] = found(&account) else {
        panic!("two alarms");
    };
    assert_eq!(
        any.watches,
        Watched::Composite("ALARM(trail-changes)".to_owned())
    );
    assert!(any.actions_enabled);
    let Watched::Metric(condition) = &changes.watches else {
        panic!("a metric");
    };
    assert_eq!(condition.metric.namespace, "Security");
    assert_eq!(condition.metric.name, "TrailChanges");
    assert_eq!(condition.statistic.as_deref(), Some("Sum"));
    assert_eq!((condition.period, condition.evaluation_periods), (300, 1));
    assert_eq!(condition.threshold, Some(1.0));
    assert_eq!(condition.comparison, "GreaterThanOrEqualToThreshold");
    assert_eq!(condition.missing_data.as_deref(), Some("notBreaching"));
    assert_eq!(
        (condition.datapoints_to_alarm, condition.unit.as_deref()),
        (None, None)
    );
    for asked in canned.seen().iter().filter(|seen| seen.action == ACTION) {
        assert!(asked.body.contains("MetricAlarm"), "{}", asked.body);
        assert!(asked.body.contains("CompositeAlarm"), "{}", asked.body);
    }
}

#[tokio::test]
async fn only_regions_with_a_trails_log_group_are_asked() {
    let canned = Canned::new(|_| None);
    let account = collected(&canned).await;
    let gap = account.regions["af-south-1"].alarms.gap().unwrap();
    assert_eq!(gap.kind, GapKind::NotCollected);
    // Nor is another account's group a reason to ask.
    let body = good(Action::DescribeTrails)
        .body
        .replace("logs:us-east-1:111122223333", "logs:us-east-1:999999999999");
    let canned = Canned::but(Action::DescribeTrails, Reply::new(200, body));
    collected(&canned).await;
    assert!(!canned.seen().iter().any(|seen| seen.action == ACTION));
}

#[tokio::test]
async fn a_query_for_one_metric_is_an_alarm_on_that_metric() {
    let gone = json!({ "MetricName": null, "Namespace": null, "Statistic": null, "Period": null });
    for account in [None, Some("111122223333")] {
        let mut settings = gone.clone();
        settings["Metrics"] = json!([query("m", "Security", account)]);
        let Watched::Metric(condition) = watched_with(settings).await else {
            panic!("a metric");
        };
        assert_eq!(
            (condition.statistic.as_deref(), condition.period),
            (Some("Sum"), 60)
        );
        assert_eq!(condition.metric.namespace, "Security");
    }
    // That of another account is none of ours.
    let mut settings = gone;
    settings["Metrics"] = json!([query("m", "Security", Some("999999999999"))]);
    assert_eq!(watched_with(settings).await, Watched::Math(Vec::new()));
}

#[tokio::test]
async fn expressions_over_metrics_name_the_metrics() {
    let expression = json!({ "Id": "e", "Expression": "a + b", "ReturnData": true });
    let metrics = [
        query("a", "Security", None),
        query("b", "Other", None),
        expression,
    ];
    let settings = json!({ "MetricName": null, "Namespace": null, "Metrics": metrics });
    let Watched::Math(metrics) = watched_with(settings).await else {
        panic!("expressions");
    };
    let namespaces: Vec<&str> = metrics
        .iter()
        .map(|metric| metric.namespace.as_str())
        .collect();
    assert_eq!(namespaces, ["Security", "Other"]);
}

#[tokio::test]
async fn dimensions_and_percentiles_are_kept() {
    let settings = json!({ "Dimensions": [{ "Name": "a", "Value": "b" }], "Statistic": null,
        "ExtendedStatistic": "p99", "DatapointsToAlarm": 1, "Unit": "Count" });
    let Watched::Metric(condition) = watched_with(settings).await else {
        panic!("a metric");
    };
    assert_eq!(condition.metric.dimensions["a"], "b");
    assert_eq!(condition.statistic.as_deref(), Some("p99"));
    assert_eq!(condition.datapoints_to_alarm, Some(1));
    assert_eq!(condition.unit.as_deref(), Some("Count"));
}

#[tokio::test]
async fn only_topics_of_alarms_that_may_watch_the_trail_are_looked_at() {
    let topic = |name: &str| format!("arn:aws:sns:us-east-1:111122223333:{name}");
    let on = |name: &str, metric: &str, to: &str| {
        alarm(json!({ "AlarmName": name, "MetricName": metric,
            "AlarmActions": [topic(to), "arn:aws:automate:us-east-1:ec2:stop"] }))
    };
    let alarms = [
        on("ours", "TrailChanges", "ours"),
        on("other", "CPUUtilization", "other"),
    ];
    let reply = page(&alarms, &[composite("any")], None);
    let named = |account: &Account| -> Vec<String> {
        let topics = account.alarm_topics.iter();
        topics
            .map(|topic| topic.arn.rsplit(':').next().unwrap().to_owned())
            .collect()
    };
    let account = collected(&Canned::but(ACTION, reply.clone())).await;
    // One of them is the event rule's.
    assert_eq!(named(&account), ["alarm", "composite", "ours"]);
    // Any could be where the filters are not known.
    let canned = Canned::new(move |seen| match seen.action {
        Action::DescribeMetricFilters => Some(Reply::denial(seen.action)),
        ACTION => Some(reply.clone()),
        _ => None,
    });
    let account = collected(&canned).await;
    assert_eq!(named(&account), ["alarm", "composite", "other", "ours"]);
}

#[tokio::test]
async fn an_answer_that_is_cut_off_anywhere_is_malformed() {
    let body: Value = serde_json::from_str(&good(ACTION).body).unwrap();
    let whole = cbor::encode(&body);
    assert_eq!(
        gaps(&collected(&Canned::in_bytes(ACTION, whole.clone())).await),
        []
    );
    for end in (0..whole.len()).step_by(7) {
        let account = collected(&Canned::in_bytes(ACTION, whole[..end].to_vec())).await;
        let gap = account.regions["us-east-1"].alarms.gap().unwrap();
        assert_eq!(gap.kind, GapKind::Malformed, "{end}: {}", gap.detail);
    }
}

#[tokio::test]
async fn half_an_answer_is_no_answer() {
    let without = |member: &str| page(&[alarm(json!({ member: null }))], &[], None);
    let composite_without = |member: &str| {
        let mut alarm = composite("any");
        alarm.as_object_mut().unwrap().remove(member);
        page(&[], &[alarm], None)
    };
    for (reply, words) in [
        (without("AlarmArn"), "`AlarmArn`"),
        (without("AlarmName"), "`AlarmName`"),
        (without("ActionsEnabled"), "`ActionsEnabled`"),
        (without("MetricName"), "`MetricName`"),
        (without("Namespace"), "`Namespace`"),
        (without("Period"), "`Period`"),
        (without("EvaluationPeriods"), "`EvaluationPeriods`"),
        (without("ComparisonOperator"), "`ComparisonOperator`"),
        (composite_without("AlarmRule"), "`AlarmRule`"),
        (composite_without("ActionsEnabled"), "`ActionsEnabled`"),
        (page(&[], &[], Some("again")), "pages of the answer repeat"),
    ] {
        let account = collected(&Canned::but(ACTION, reply)).await;
        let gap = account.regions["us-east-1"].alarms.gap().unwrap();
        assert_eq!(gap.kind, GapKind::Malformed);
        assert!(gap.detail.contains(words), "{}", gap.detail);
    }
}
