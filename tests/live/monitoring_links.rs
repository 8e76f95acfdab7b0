//! The way from an event to somebody who is told of it, whole and then broken at one link at
//! a time: each time the rule says that nobody is told, and where the way ends.

use aws_sdk_cloudwatch::types::ComparisonOperator;
use serde_json::Value;

use super::account::HOME;
use super::accounts::{TWO_REGIONS, complete};
use super::good::{Good, TRAIL, data_selector, selector};
use super::monitoring::{NAMESPACE, pattern};
use super::relay::{Documented, Relay};
use super::run::{Report, Trailcheck, text};

/// The control that is watched for, and nothing else is.
const RULE: &str = "alarm-cloudtrail-changes";
const REACHES: &str = "alarm-reaches-someone";

/// Events that are none of the control's.
const OTHER_EVENTS: &str = "{ $.eventName = \"ConsoleLogin\" }";

/// How one link breaks.
struct Break {
    by: fn(&Good),
    /// How the message goes on from there.
    words: &'static str,
    /// What becomes of the rule that asks whether alarms reach somebody.
    reaches: &'static str,
}

const fn before_the_alarm(by: fn(&Good), words: &'static str) -> Break {
    Break {
        by,
        words,
        reaches: "not-applicable",
    }
}

const fn behind_the_alarm(by: fn(&Good), words: &'static str) -> Break {
    Break {
        by,
        words,
        reaches: "fail",
    }
}

/// What can be mended by putting it there again.
const BREAKS: &[Break] = &[
    before_the_alarm(Good::delete_filter, "no metric filter of log group"),
    Break {
        by: |good| good.refilter(OTHER_EVENTS, NAMESPACE, RULE),
        words: "matches such events",
        // Others raise it.
        reaches: "pass",
    },
    before_the_alarm(
        |good| good.refilter(pattern(RULE), "Elsewhere", RULE),
        "no alarm in us-east-1 watches metric `alarm-cloudtrail-changes` in `Elsewhere`",
    ),
    before_the_alarm(
        |good| good.refilter(pattern(RULE), NAMESPACE, "Alarm-CloudTrail-Changes"),
        "no alarm in us-east-1 watches metric `Alarm-CloudTrail-Changes`",
    ),
    before_the_alarm(Good::delete_alarm, "no alarm in us-east-1 watches metric"),
    before_the_alarm(
        |good| good.alarm(RULE, |alarm| alarm.threshold(5.0)),
        "asks for Sum >= 5",
    ),
    before_the_alarm(
        |good| {
            let below = ComparisonOperator::LessThanThreshold;
            good.alarm(RULE, |alarm| alarm.comparison_operator(below));
        },
        "asks for Sum < 1",
    ),
    before_the_alarm(
        |good| good.alarm(RULE, |alarm| alarm.treat_missing_data("breaching")),
        "is always in the state ALARM",
    ),
    before_the_alarm(
        |good| good.alarm(RULE, |alarm| alarm.evaluation_periods(3)),
        "needs 3 breaching data points",
    ),
    behind_the_alarm(
        |good| good.alarm(RULE, |alarm| alarm.actions_enabled(false)),
        "has its actions switched off",
    ),
    behind_the_alarm(
        |good| good.alarm(RULE, |alarm| alarm.set_alarm_actions(Some(Vec::new()))),
        "has no action",
    ),
    behind_the_alarm(Good::unsubscribe_all, "has no subscription"),
    behind_the_alarm(Good::delete_alarm_topic, "topic `alarms` does not exist"),
];

#[test]
fn wherever_the_way_from_filter_to_subscriber_breaks_the_rule_names_the_link() {
    let good = Good::on_moto_with_one_alarm(RULE);
    let relay = Relay::start(Some(good.account.port()), complete());
    let look = || audit(&relay.url(), &good);
    assert_whole(&look());
    for broken in BREAKS {
        (broken.by)(&good);
        assert_broken(&look(), broken.words);
        let reaches = look().the(REACHES)["status"].clone();
        assert_eq!(reaches, broken.reaches, "{}", broken.words);
        good.delete_filter();
        good.watch_for(RULE);
    }
    assert_whole(&look());
}

#[test]
fn wherever_the_way_from_the_trail_to_its_log_group_breaks_the_rule_names_the_link() {
    let good = Good::on_moto_with_one_alarm(RULE);
    let account = &good.account;
    let cloudtrail = account.cloudtrail(HOME);
    let relay = Relay::start(Some(account.port()), complete());
    let look = || audit(&relay.url(), &good);
    assert_whole(&look());
    let one_region = |yes: bool| {
        let call = cloudtrail
            .update_trail()
            .name(TRAIL)
            .is_multi_region_trail(!yes);
        account.wait(call.send()).expect("UpdateTrail");
    };
    one_region(true);
    assert_broken(&look(), "is no multi-Region trail");
    one_region(false);
    good.select(vec![data_selector("AWS::S3::Object")]);
    assert_broken(
        &look(),
        "records no write events of `cloudtrail.amazonaws.com`",
    );
    good.select(vec![selector(
        "management",
        &[("eventCategory", "Management")],
    )]);
    assert_whole(&look());
    let call = cloudtrail.stop_logging().name(TRAIL);
    account.wait(call.send()).expect("StopLogging");
    // Without the documented reply, which says that it logs.
    assert_broken(&audit(&account.endpoint(), &good), "does not log");
    let call = cloudtrail.start_logging().name(TRAIL);
    account.wait(call.send()).expect("StartLogging");
    let logs = account.logs();
    let call = logs.delete_log_group().log_group_name(good.log_group());
    account.wait(call.send()).expect("DeleteLogGroup");
    assert_broken(&look(), "does not exist");
}

/// moto confirms every subscription at once.
#[test]
fn a_subscriber_who_has_not_confirmed_by_a_documented_reply_hears_nothing() {
    let good = Good::on_moto_with_one_alarm(RULE);
    let pending = format!(
        "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions><member>\
         <TopicArn>{}</TopicArn><Protocol>email</Protocol><Owner>{}</Owner>\
         <SubscriptionArn>PendingConfirmation</SubscriptionArn>\
         <Endpoint>security@example.com</Endpoint></member></Subscriptions>\
         </ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>",
        good.alarm_topic_arn(),
        good.account.id
    );
    let mut replies = complete();
    replies.push(Documented::xml(
        &["Action=ListSubscriptionsByTopic"],
        pending,
    ));
    let relay = Relay::start(Some(good.account.port()), replies);
    let report = audit(&relay.url(), &good);
    assert_broken(
        &report,
        "has no confirmed subscription: the only one is pending",
    );
    assert_eq!(report.the(REACHES)["status"], "fail");
}

fn audit(endpoint: &str, good: &Good) -> Report {
    let rules: &[&str] = &["--rule", RULE, "--rule", REACHES];
    Trailcheck::through(endpoint, &good.account).audit(&[TWO_REGIONS, rules].concat())
}

#[track_caller]
fn assert_whole(report: &Report) {
    for rule in [RULE, REACHES] {
        let finding: &Value = report.the(rule);
        assert_eq!(text(finding, "status"), "pass", "{finding:#}");
    }
}

#[track_caller]
fn assert_broken(report: &Report, words: &str) {
    let finding = report.the(RULE);
    assert_eq!(text(finding, "status"), "fail", "{words}: {finding:#}");
    let message = text(finding, "message");
    assert!(message.contains(words), "{words}: {message}");
}

impl Good {
    /// Another filter of that name; moto keeps the old one beside it unless that is deleted.
    fn refilter(&self, pattern: &str, namespace: &str, metric: &str) {
        self.delete_filter();
        self.filter(RULE, pattern, (namespace, metric));
    }

    /// Deletes the filter, if there is one.
    fn delete_filter(&self) {
        let client = self.account.logs();
        let call = client
            .delete_metric_filter()
            .log_group_name(self.log_group())
            .filter_name(RULE);
        if let Err(error) = self.account.wait(call.send()) {
            let error = error.into_service_error();
            assert!(error.is_resource_not_found_exception(), "{error:?}");
        }
    }

    fn delete_alarm(&self) {
        let client = self.account.cloudwatch();
        let call = client.delete_alarms().alarm_names(RULE);
        self.account.wait(call.send()).expect("DeleteAlarms");
    }

    fn unsubscribe_all(&self) {
        let sns = self.account.sns();
        let call = sns
            .list_subscriptions_by_topic()
            .topic_arn(self.alarm_topic_arn());
        let listed = self.account.wait(call.send());
        for found in listed.expect("ListSubscriptionsByTopic").subscriptions() {
            let call = sns
                .unsubscribe()
                .set_subscription_arn(found.subscription_arn.clone());
            self.account.wait(call.send()).expect("Unsubscribe");
        }
    }

    fn delete_alarm_topic(&self) {
        let sns = self.account.sns();
        let call = sns.delete_topic().topic_arn(self.alarm_topic_arn());
        self.account.wait(call.send()).expect("DeleteTopic");
    }
}
