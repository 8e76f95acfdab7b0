//! What tells somebody when the trail is tampered with: metric filters on its log group,
//! alarms, a topic and who hears of it; an event rule; what the log bucket tells.

use aws_sdk_cloudwatch::types as cloudwatch;
use aws_sdk_cloudwatchlogs::types as logs;
use aws_sdk_eventbridge::types as events;
use aws_sdk_s3::types as s3;
use serde_json::{Value, json};
use trailcheck::pattern::control;

use super::account::HOME;
use super::accounts::TWO_REGIONS;
use super::good::Good;
use super::run::Trailcheck;

/// The namespace of the filters' metrics.
pub(super) const NAMESPACE: &str = "CloudTrail";

/// The event rule.
const RULE: &str = "key-deletion";

/// Events that the rule hands on.
fn event_pattern() -> Value {
    json!({ "source": ["aws.kms"], "detail-type": ["AWS API Call via CloudTrail"],
        "detail": { "eventName": ["DisableKey", "ScheduleKeyDeletion"] } })
}

impl Good {
    /// A filter and an alarm for every control, and a topic with a subscriber.
    pub(super) fn alarms(&self) {
        for control in control::table().controls() {
            self.watch_for(control.rule);
        }
    }

    /// What tells somebody of one control's events; where it is there already, it is as at
    /// first afterwards.
    pub(super) fn watch_for(&self, rule: &str) {
        self.alarm_topic();
        self.filter(rule, pattern(rule), (NAMESPACE, rule));
        self.alarm(rule, |alarm| alarm);
    }

    /// What is told beside the alarms: a rule on the event bus, a queue of the bucket.
    pub(super) fn listeners(&self) {
        let (account, client) = (&self.account, self.account.events());
        let call = client
            .put_rule()
            .name(RULE)
            .event_pattern(event_pattern().to_string())
            .state(events::RuleState::Enabled);
        account.wait(call.send()).expect("PutRule");
        let target = events::Target::builder()
            .id("1")
            .arn(self.alarm_topic_arn())
            .build()
            .expect("complete");
        let call = client.put_targets().rule(RULE).targets(target);
        account.wait(call.send()).expect("PutTargets");
        let nightly = client
            .put_rule()
            .name("nightly")
            .schedule_expression("rate(1 day)");
        account.wait(nightly.send()).expect("PutRule");
        let name = s3::FilterRuleName::Prefix;
        let prefix = s3::FilterRule::builder().name(name).value("AWSLogs/");
        let key = s3::S3KeyFilter::builder().filter_rules(prefix.build());
        let filter = s3::NotificationConfigurationFilter::builder().key(key.build());
        let topic = s3::TopicConfiguration::builder()
            .topic_arn(self.alarm_topic_arn())
            .events(s3::Event::S3ObjectCreated)
            .filter(filter.build())
            .build()
            .expect("complete");
        let configuration = s3::NotificationConfiguration::builder().topic_configurations(topic);
        let client = account.s3();
        let call = client
            .put_bucket_notification_configuration()
            .bucket(self.bucket())
            .notification_configuration(configuration.build());
        account
            .wait(call.send())
            .expect("PutBucketNotificationConfiguration");
    }

    pub(super) fn alarm_topic_arn(&self) -> String {
        format!("arn:aws:sns:{HOME}:{}:alarms", self.account.id)
    }

    fn alarm_topic(&self) {
        let sns = self.account.sns();
        let call = sns.create_topic().name("alarms");
        self.account.wait(call.send()).expect("CreateTopic");
        self.subscribe(&self.alarm_topic_arn());
    }

    /// Puts a filter upon the log group that feeds the metric of that namespace and name.
    pub(super) fn filter(&self, name: &str, pattern: &str, (namespace, metric): (&str, &str)) {
        let metric = logs::MetricTransformation::builder()
            .metric_name(metric)
            .metric_namespace(namespace)
            .metric_value("1")
            .build()
            .expect("complete");
        let client = self.account.logs();
        let call = client
            .put_metric_filter()
            .log_group_name(self.log_group())
            .filter_name(name)
            .filter_pattern(pattern)
            .metric_transformations(metric);
        self.account.wait(call.send()).expect("PutMetricFilter");
    }

    /// Puts an alarm on the metric of that name, with other settings than the good ones.
    pub(super) fn alarm(&self, metric: &str, but: impl FnOnce(PutAlarm) -> PutAlarm) {
        let client = self.account.cloudwatch();
        let call = client
            .put_metric_alarm()
            .alarm_name(metric)
            .namespace(NAMESPACE)
            .metric_name(metric)
            .statistic(cloudwatch::Statistic::Sum)
            .period(300)
            .evaluation_periods(1)
            .threshold(1.0)
            .comparison_operator(cloudwatch::ComparisonOperator::GreaterThanOrEqualToThreshold)
            .treat_missing_data("notBreaching")
            .actions_enabled(true)
            .alarm_actions(self.alarm_topic_arn());
        self.account.wait(but(call).send()).expect("PutMetricAlarm");
    }
}

/// The filter pattern for a control.
pub(super) fn pattern(rule: &str) -> &'static str {
    let control = control::table().control(rule);
    control.expect("a control").filter_pattern()
}

pub(super) type PutAlarm =
    aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder;

#[test]
fn a_snapshot_on_moto_says_what_watches_the_trail() {
    let good = Good::on_moto();
    let run = Trailcheck::on(&good.account)
        .args(["snapshot", "--quiet", "--output", "-"])
        .args(TWO_REGIONS)
        .run()
        .exits(0);
    let snapshot: Value = serde_json::from_str(&run.stdout).expect("a snapshot in JSON");
    let seen = &snapshot["accounts"][0];
    let controls = control::table().controls();
    let mut names: Vec<&str> = controls.iter().map(|control| control.rule).collect();
    names.sort_unstable();
    let named = |facts: &Value| -> Vec<String> {
        let facts = facts["known"].as_array().expect("a list");
        let names = facts
            .iter()
            .map(|fact| fact["name"].as_str().expect("a name"));
        names.map(str::to_owned).collect()
    };
    let filters = &seen["log_groups"][0]["metric_filters"];
    assert_eq!(named(filters), names);
    let alarms = &seen["regions"][HOME]["alarms"];
    assert_eq!(named(alarms), names);
    for (at, name) in names.iter().enumerate() {
        assert_eq!(filters["known"][at]["pattern"], pattern(name));
        let condition = &alarms["known"][at]["watches"]["metric"];
        assert_eq!(condition["metric"]["namespace"], NAMESPACE);
        assert_eq!(condition["metric"]["name"], *name);
        assert_eq!(condition["threshold"], 1.0);
        assert_eq!(
            alarms["known"][at]["actions"],
            json!([good.alarm_topic_arn()])
        );
    }
    let elsewhere = &seen["regions"]["eu-west-1"];
    assert_eq!(elsewhere["alarms"]["gap"]["kind"], "not-collected");
    assert_eq!(elsewhere["event_rules"], json!({ "known": [] }));
    let rules = &seen["regions"][HOME]["event_rules"];
    assert_eq!(named(rules), [RULE]);
    let rule = &rules["known"][0];
    assert_eq!(rule["pattern"], event_pattern().to_string());
    assert_eq!(rule["targets"]["known"][0]["arn"], good.alarm_topic_arn());
    let topic = &seen["alarm_topics"][0];
    assert_eq!(topic["arn"], good.alarm_topic_arn());
    let told = json!({ "known": [{ "protocol": "sqs", "confirmed": true }] });
    assert_eq!(topic["subscriptions"], told);
    let told = &seen["buckets"][0]["notifications"]["known"];
    assert_eq!(told["event_bridge"], false);
    let destination = json!([{ "arn": good.alarm_topic_arn(), "events": ["s3:ObjectCreated:*"],
        "prefix": "AWSLogs/", "suffix": "" }]);
    assert_eq!(told["destinations"], destination);
    let trusted = json!({ "known": ["cloudtrail.amazonaws.com"] });
    assert_eq!(seen["trusted_services"], trusted);
    // moto knows no delegated administrator of CloudTrail, and says so.
    let gap = &seen["cloudtrail_administrators"]["gap"];
    assert_eq!(gap["action"], "organizations:ListDelegatedAdministrators");
}
