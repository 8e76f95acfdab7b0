//! EventBridge rules, as equals of filters and alarms.

use super::*;

/// An EventBridge rule for the control, in that state, in these Regions.
pub(super) fn event_rules(account: &mut Account, rule: &str, state: &str, regions: &[&str]) {
    account.metric_filters_mut().clear();
    let pattern = control::table().control(rule).unwrap().event_pattern();
    for region in regions {
        let target = "arn:aws:lambda:us-east-1:111122223333:function:page".to_owned();
        account.event_rules_mut(region).push(EventRule {
            arn: format!("arn:aws:events:{region}:111122223333:rule/watch"),
            name: "watch".to_owned(),
            pattern: pattern.to_owned(),
            state: state.to_owned(),
            targets: Known(vec![EventTarget {
                arn: target,
                role: None,
            }]),
        });
    }
}

pub(super) const BOTH: &[&str] = &["eu-west-1", "us-east-1"];

fn target_of<'a>(account: &'a mut Account, region: &str) -> &'a mut Vec<EventTarget> {
    match &mut account.event_rules_mut(region).first_mut().unwrap().targets {
        Known(targets) => targets,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_eventbridge_rule_in_each_region_is_an_equal() {
    let message = holds(|account| event_rules(account, RULE, "ENABLED", BOTH));
    assert!(message.contains("EventBridge rule `watch`"), "{message}");
    assert!(message.contains("function:page"), "{message}");
    breaks(
        |account| event_rules(account, RULE, "ENABLED", &["us-east-1"]),
        "no EventBridge rule in eu-west-1 matches, as `watch` does elsewhere",
    );
    breaks(
        |account| event_rules(account, RULE, "DISABLED", BOTH),
        "EventBridge rule `watch` is disabled",
    );
    breaks(
        |account| {
            event_rules(account, RULE, "ENABLED", BOTH);
            target_of(account, "eu-west-1").clear();
        },
        "EventBridge rule `watch` has no target",
    );
    open(
        |account| {
            event_rules(account, RULE, "ENABLED", BOTH);
            account
                .event_rules_mut("eu-west-1")
                .first_mut()
                .unwrap()
                .targets = story::denied(Action::ListTargetsByRule);
        },
        "not authorized",
    );
    open(
        |account| {
            event_rules(account, RULE, "ENABLED", &["us-east-1"]);
            account.regions.get_mut("eu-west-1").unwrap().event_rules =
                story::denied(Action::ListEventRules);
        },
        "not authorized",
    );
}

#[test]
fn global_events_are_told_in_the_leader_region_alone() {
    let rule = "alarm-iam-policy-changes";
    let mut account = only(rule);
    event_rules(&mut account, rule, "ENABLED", &["us-east-1"]);
    assert_eq!(judged_by(rule, &account).unwrap().ruling, Ruling::Pass);
    let mut account = only(rule);
    event_rules(&mut account, rule, "ENABLED", &["eu-west-1"]);
    assert_eq!(judged_by(rule, &account).unwrap().ruling, Ruling::Fail);
}

#[test]
fn a_rule_that_is_merely_enabled_is_shown_no_events_that_only_read() {
    let rule = "alarm-unauthorized-api-calls";
    let mut account = only(rule);
    event_rules(&mut account, rule, "ENABLED", BOTH);
    let verdict = judged_by(rule, &account).unwrap();
    assert_eq!(verdict.ruling, Ruling::Fail);
    assert!(
        verdict.message.contains("shown no events that only read"),
        "{}",
        verdict.message
    );
    let mut account = only(rule);
    let all = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";
    event_rules(&mut account, rule, all, BOTH);
    assert_eq!(judged_by(rule, &account).unwrap().ruling, Ruling::Pass);
}

#[test]
fn a_rule_may_forward_to_the_default_bus_of_a_region_that_has_such_a_rule() {
    let forwards = |account: &mut Account| {
        event_rules(account, RULE, "ENABLED", BOTH);
        target_of(account, "eu-west-1").first_mut().unwrap().arn =
            "arn:aws:events:us-east-1:111122223333:event-bus/default".to_owned();
    };
    holds(forwards);
    breaks(
        |account| {
            forwards(account);
            let rule = account.event_rules_mut("us-east-1").first_mut().unwrap();
            rule.pattern = rule
                .pattern
                .replacen('{', r#"{"region": ["us-east-1"],"#, 1);
        },
        "EventBridge rule `watch` forwards to us-east-1, where no rule takes it up",
    );
    open(
        |account| {
            forwards(account);
            target_of(account, "eu-west-1").first_mut().unwrap().arn =
                "arn:aws:events:us-east-1:999988887777:event-bus/default".to_owned();
        },
        "whose rules are not in the snapshot",
    );
}

#[test]
fn a_rule_hears_nothing_where_no_trail_logs() {
    breaks(
        |account| {
            event_rules(account, RULE, "ENABLED", BOTH);
            account.trail_mut().status_mut("us-east-1").is_logging = false;
        },
        "EventBridge hears of events in eu-west-1 only from a trail that logs them",
    );
}

#[test]
fn a_rules_topic_must_let_eventbridge_publish_and_have_a_subscriber() {
    let told = |account: &mut Account| {
        event_rules(account, RULE, "ENABLED", BOTH);
        for region in BOTH {
            target_of(account, region).first_mut().unwrap().arn = TOPIC.to_owned();
        }
    };
    breaks(told, "EventBridge cannot publish to topic `alarms`");
    holds(|account| {
        told(account);
        let attributes = topic_of(account);
        attributes.policy = attributes.policy.replace("cloudwatch.", "events.");
    });
    breaks(
        |account| {
            told(account);
            account.alarm_topic_mut().subscriptions = Known(Vec::new());
        },
        "EventBridge rule `watch`: topic `alarms` has no subscription",
    );
}
