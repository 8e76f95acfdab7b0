//! Each part of the chain, broken once.

use super::*;
use crate::config::Settings;
use crate::pattern::control;
use crate::rule::Ruling;
use crate::snapshot::Observed::Known;
use crate::snapshot::{
    Account, Alarm, BasicSelector, EventRule, EventTarget, Key, KeyDescription, KeyManager,
    LogGroupClass, ReadWriteType, Selectors, Subscription, TopicAttributes, Watched, story,
};

mod composite_alarms;
mod event_rules;

use event_rules::{BOTH, event_rules};

const RULE: &str = "alarm-cloudtrail-changes";
const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:alarms";

/// The pristine account with the one chain for changes to trails, and no other.
fn account() -> Account {
    only(RULE)
}

fn only(rule: &str) -> Account {
    let mut account = story::pristine_account();
    account.metric_filters_mut().retain(|one| one.name == rule);
    account
        .alarms_mut("us-east-1")
        .retain(|one| one.name == rule);
    account
}

fn judged_by(rule: &str, account: &Account) -> Judgement {
    let context = Context {
        now: "2026-11-22T12:00:00Z".parse().unwrap(),
        account,
        settings: &Settings::default(),
    };
    judge(&context, rule, "it")
}

fn judged(account: &Account) -> Judgement {
    judged_by(RULE, account)
}

fn filter_of(account: &mut Account) -> &mut MetricFilter {
    account.metric_filters_mut().first_mut().unwrap()
}

fn alarm_of(account: &mut Account) -> &mut Alarm {
    account.alarms_mut("us-east-1").first_mut().unwrap()
}

fn condition_of(account: &mut Account) -> &mut crate::snapshot::MetricCondition {
    match &mut alarm_of(account).watches {
        Watched::Metric(condition) => condition,
        other => panic!("{other:?}"),
    }
}

fn topic_of(account: &mut Account) -> &mut TopicAttributes {
    match &mut account.alarm_topic_mut().attributes {
        Known(Some(attributes)) => attributes,
        other => panic!("{other:?}"),
    }
}

/// Fails, and says so where the chain breaks first.
#[track_caller]
fn breaks(change: impl Fn(&mut Account), why: &str) {
    let mut account = account();
    change(&mut account);
    fails(&account, why);
}

#[track_caller]
fn fails(account: &Account, why: &str) {
    let verdict = judged(account).unwrap();
    assert_eq!(verdict.ruling, Ruling::Fail, "{}", verdict.message);
    assert!(verdict.message.contains(why), "{}", verdict.message);
}

#[track_caller]
fn holds(change: impl Fn(&mut Account)) -> String {
    let mut account = account();
    change(&mut account);
    let verdict = judged(&account).unwrap();
    assert_eq!(verdict.ruling, Ruling::Pass, "{}", verdict.message);
    verdict.message
}

#[track_caller]
fn open(change: impl Fn(&mut Account), why: &str) {
    let mut account = account();
    change(&mut account);
    let gap = judged(&account).unwrap_err();
    let told = format!("{}: {}", gap.action, gap.detail);
    assert!(told.contains(why), "{told}");
}

#[test]
fn a_whole_chain_is_named_from_filter_to_topic() {
    assert_eq!(
        holds(|_| {}),
        "somebody is told of it by metric filter `alarm-cloudtrail-changes` and alarm \
         `alarm-cloudtrail-changes` (topic `alarms`)"
    );
}

#[test]
fn without_a_trail_that_logs_everywhere_nobody_is_told() {
    breaks(
        |account| account.trails.clear(),
        "nobody is told of it: there is no trail",
    );
    breaks(
        |account| account.trail_mut().status_mut("us-east-1").is_logging = false,
        "trail `main` does not log",
    );
    breaks(
        |account| account.trail_mut().multi_region = Known(false),
        "trail `main` is no multi-Region trail: it covers us-east-1 only",
    );
    breaks(
        |account| account.trail_mut().log_group_arn = None,
        "trail `main` feeds no log group",
    );
}

fn recording(account: &mut Account, read_write: ReadWriteType, excluded: &[&str]) {
    account.trail_mut().selectors = Known(Selectors::Basic(vec![BasicSelector {
        read_write,
        management_events: true,
        excluded_sources: excluded.iter().map(|one| (*one).to_owned()).collect(),
        data_resources: Vec::new(),
    }]));
}

#[test]
fn the_trail_must_record_the_events() {
    breaks(
        |account| recording(account, ReadWriteType::ReadOnly, &[]),
        "trail `main` records no write events of `cloudtrail.amazonaws.com`",
    );
    let mut kms = only("alarm-kms-key-deletion");
    let ruling = |account: &Account| judged_by("alarm-kms-key-deletion", account).unwrap().ruling;
    assert_eq!(ruling(&kms), Ruling::Pass);
    recording(&mut kms, ReadWriteType::All, &["kms.amazonaws.com"]);
    assert_eq!(ruling(&kms), Ruling::Fail);
    // Use of the root user shows in what is read, too.
    for rule in ["alarm-root-usage", "alarm-unauthorized-api-calls"] {
        let mut account = only(rule);
        assert_eq!(judged_by(rule, &account).unwrap().ruling, Ruling::Pass);
        recording(&mut account, ReadWriteType::WriteOnly, &[]);
        let verdict = judged_by(rule, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(verdict.message.contains("records no read events"), "{rule}");
    }
}

#[test]
fn the_log_group_must_exist_take_filters_and_get_the_events() {
    breaks(
        |account| account.log_group_mut().description = Known(None),
        "log group `trail-main` of trail `main` does not exist",
    );
    breaks(
        |account| match &mut account.log_group_mut().description {
            Known(Some(group)) => group.class = LogGroupClass::InfrequentAccess,
            other => panic!("{other:?}"),
        },
        "is of the class `INFREQUENT_ACCESS`, which takes no metric filters",
    );
    breaks(
        |account| {
            let status = account.trail_mut().status_mut("eu-west-1");
            status.log_group_error = Some("AccessDenied".to_owned());
        },
        "events cannot be delivered to CloudWatch Logs: `AccessDenied`",
    );
    open(
        |account| account.log_groups.clear(),
        "logs:DescribeLogGroups",
    );
}

#[test]
fn a_filter_must_match_all_the_events_and_not_everything() {
    breaks(
        |account| account.metric_filters_mut().clear(),
        "no metric filter of log group `trail-main` matches such events",
    );
    let pattern = |text: &'static str| {
        move |account: &mut Account| filter_of(account).pattern = text.to_owned()
    };
    breaks(
        pattern("{ ($.eventName = \"StopLogging\") || ($.eventName = \"DeleteTrail\") }"),
        "nobody is told of CreateTrail, UpdateTrail and StartLogging: ",
    );
    breaks(
        pattern("{ $.eventName = \"Stoplogging\" }"),
        "no metric filter of log group `trail-main` matches such events",
    );
    breaks(
        pattern("{ $.eventName = \"*\" }"),
        "metric filter `alarm-cloudtrail-changes` matches them, and ordinary events too",
    );
    let message = holds(pattern("cloudtrail.amazonaws.com"));
    assert!(message.contains("bare words"), "{message}");
}

#[test]
fn two_filters_share_the_work() {
    holds(|account| {
        let mut second = filter_of(account).clone();
        second.name = "second".to_owned();
        second.pattern = "{ ($.eventName = \"*Logging\") }".to_owned();
        filter_of(account).pattern = "{ ($.eventName = \"*Trail\") }".to_owned();
        account.metric_filters_mut().push(second);
    });
}

/// A filter that tells nothing stands beside one that does, and hides nothing.
#[test]
fn a_filter_that_matches_everything_harms_no_other() {
    holds(|account| {
        let mut second = filter_of(account).clone();
        second.pattern = "{ $.eventName = \"*\" }".to_owned();
        account.metric_filters_mut().insert(0, second);
    });
}

#[test]
fn a_filter_must_count_all_the_events() {
    breaks(
        |account| {
            let criteria = "@aws.region = \"us-east-1\"".to_owned();
            filter_of(account).field_selection = Some(criteria);
        },
        "takes only the events that `@aws.region = \"us-east-1\"` selects",
    );
    open(
        |account| filter_of(account).on_transformed = true,
        "reads what a transformer makes of the events",
    );
    breaks(
        |account| filter_of(account).metrics.clear(),
        "feeds no metric",
    );
}

#[test]
fn edge_case_15_names_repeat_across_namespaces_and_regions_and_a_filter_may_feed_several_metrics() {
    breaks(
        |account| condition_of(account).metric.namespace = "cloudtrail".to_owned(),
        "no alarm in us-east-1 watches metric `alarm-cloudtrail-changes` in `CloudTrail`, which \
         metric filter `alarm-cloudtrail-changes` feeds (alarm `alarm-cloudtrail-changes` \
         watches `alarm-cloudtrail-changes` in `cloudtrail`)",
    );
    breaks(
        |account| condition_of(account).metric.name = "Alarm-CloudTrail-Changes".to_owned(),
        "(alarm `alarm-cloudtrail-changes` watches `Alarm-CloudTrail-Changes` in `CloudTrail`)",
    );
    breaks(
        |account| {
            let alarms = std::mem::take(account.alarms_mut("us-east-1"));
            *account.alarms_mut("eu-west-1") = alarms;
        },
        "(alarm `alarm-cloudtrail-changes` does in eu-west-1, where it gets no data)",
    );
    holds(|account| {
        let filter = filter_of(account);
        let mut other = filter.metrics.first().unwrap().clone();
        other.name = "other".to_owned();
        filter.metrics.insert(0, other);
    });
}

fn by_dimension(account: &mut Account, fed: &[(&str, &str)], watched: &[(&str, &str)]) {
    let map = |pairs: &[(&str, &str)]| {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<BTreeMap<String, String>>()
    };
    let metric = filter_of(account).metrics.first_mut().unwrap();
    metric.dimensions = map(fed);
    condition_of(account).metric.dimensions = map(watched);
}

#[test]
fn a_metric_with_dimensions_is_another_metric() {
    breaks(
        |account| by_dimension(account, &[("Name", "$.eventName")], &[]),
        "watches `alarm-cloudtrail-changes` with no dimensions, and metric filter \
         `alarm-cloudtrail-changes` feeds it with the dimension `Name`",
    );
    breaks(
        |account| by_dimension(account, &[], &[("Name", "StopLogging")]),
        "with the dimension `Name`, and metric filter `alarm-cloudtrail-changes` feeds it with \
         no dimensions",
    );
    // One alarm sees one value's events only.
    breaks(
        |account| {
            by_dimension(
                account,
                &[("Name", "$.eventName")],
                &[("Name", "StopLogging")],
            );
        },
        "nobody is told of CreateTrail, UpdateTrail, DeleteTrail and StartLogging: alarm \
         `alarm-cloudtrail-changes` watches only events whose `$.eventName` is `StopLogging`",
    );
    let source = "cloudtrail.amazonaws.com";
    holds(|account| {
        by_dimension(
            account,
            &[("Source", "$.eventSource")],
            &[("Source", source)],
        );
    });
}

#[test]
fn the_alarm_must_fire_and_act() {
    breaks(
        |account| condition_of(account).threshold = Some(5.0),
        "alarm `alarm-cloudtrail-changes` asks for Sum >= 5, and one event, which counts 1, need",
    );
    breaks(
        |account| alarm_of(account).actions_enabled = false,
        "alarm `alarm-cloudtrail-changes` has its actions switched off",
    );
    breaks(
        |account| alarm_of(account).actions.clear(),
        "alarm `alarm-cloudtrail-changes` has no action",
    );
    open(
        |account| {
            let metric = condition_of(account).metric.clone();
            alarm_of(account).watches = Watched::Math(vec![metric]);
        },
        "watches an expression",
    );
    let message = holds(|account| {
        alarm_of(account).actions =
            vec!["arn:aws:lambda:us-east-1:111122223333:function:page".to_owned()];
    });
    assert!(message.contains("function:page"), "{message}");
}

#[test]
fn the_topic_must_reach_a_confirmed_subscriber() {
    breaks(
        |account| account.alarm_topic_mut().attributes = Known(None),
        "topic `alarms` does not exist",
    );
    breaks(
        |account| {
            account.alarm_topic_mut().subscriptions = Known(vec![Subscription {
                protocol: "email".to_owned(),
                confirmed: false,
            }]);
        },
        "topic `alarms` has no confirmed subscription: the only one is pending",
    );
    breaks(
        |account| {
            let attributes = topic_of(account);
            attributes.policy = attributes.policy.replace("cloudwatch.", "events.");
        },
        "CloudWatch cannot publish to topic `alarms`: its policy does not allow it",
    );
    breaks(
        |account| {
            let attributes = topic_of(account);
            attributes.policy = attributes
                .policy
                .replace("111122223333\"}}", "999988887777\"}}");
        },
        "CloudWatch cannot publish to topic `alarms`",
    );
    open(
        |account| alarm_of(account).actions = vec![TOPIC.replace("111122223333", "999988887777")],
        "belongs to account 999988887777",
    );
    open(
        |account| {
            account.alarm_topic_mut().subscriptions =
                story::denied(Action::ListSubscriptionsByTopic)
        },
        "not authorized",
    );
}

/// Every new topic has this policy, and alarms of its account publish to it.
#[test]
fn the_policy_of_a_new_topic_lets_alarms_of_its_account_publish() {
    holds(|account| {
        topic_of(account).policy = format!(
            r#"{{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{{"Sid":"__default_statement_ID","Effect":"Allow","Principal":{{"AWS":"*"}},"Action":["SNS:GetTopicAttributes","SNS:Publish","SNS:Subscribe"],"Resource":"{TOPIC}","Condition":{{"StringEquals":{{"AWS:SourceOwner":"111122223333"}}}}}}]}}"#
        );
    });
}

#[test]
fn an_encrypted_topics_key_must_let_cloudwatch_in() {
    const ID: &str = "arn:aws:kms:us-east-1:111122223333:key/topic";
    let encrypted = |actions: &'static str| {
        move |account: &mut Account| {
            let key = account.key_mut().clone();
            let policy = format!(
                r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"Service":"cloudwatch.amazonaws.com"}},"Action":[{actions}],"Resource":"*"}}]}}"#
            );
            topic_of(account).kms_key_id = Some(ID.to_owned());
            account.alarm_topic_mut().key = Some(Key {
                references: vec![ID.to_owned()],
                policy: Known(policy),
                description: key.description.map(|description| KeyDescription {
                    arn: ID.to_owned(),
                    ..description
                }),
                ..key
            });
        }
    };
    holds(encrypted(r#""kms:Decrypt","kms:GenerateDataKey*""#));
    breaks(
        encrypted(r#""kms:Decrypt""#),
        "the key policy does not allow it `kms:GenerateDataKey`",
    );
    breaks(
        encrypted(r#""kms:GenerateDataKey*""#),
        "the key policy does not allow it `kms:Decrypt`",
    );
    breaks(
        |account| topic_of(account).kms_key_id = Some("alias/aws/sns".to_owned()),
        "which `alias/aws/sns` encrypts: the policy of a key that AWS manages does not let it in",
    );
    breaks(
        |account| {
            encrypted(r#""kms:*""#)(account);
            let key = account.alarm_topic_mut().key.as_mut().unwrap();
            if let Known(description) = &mut key.description {
                description.manager = KeyManager::Aws;
            }
        },
        "a key that AWS manages",
    );
    open(
        |account| topic_of(account).kms_key_id = Some(ID.to_owned()),
        "is not in the snapshot",
    );
}

/// A Region may stand in text, and behind a wildcard, as well as in its field.
#[test]
fn a_filter_that_matches_in_one_region_only_does_not_match_the_events_of_others() {
    for pattern in [
        r#"{ ($.eventSource = "cloudtrail.amazonaws.com") && ($.awsRegion = "REGION") }"#,
        r#"{ ($.eventSource = "cloudtrail.amazonaws.com") && ($.* = "REGION") }"#,
        r#""cloudtrail.amazonaws.com" "REGION""#,
    ] {
        for region in BOTH {
            let mut account = account();
            filter_of(&mut account).pattern = pattern.replace("REGION", region);
            let ruling = judged(&account).map(|verdict| verdict.ruling);
            assert_ne!(ruling, Ok(Ruling::Pass), "{pattern} in {region}");
        }
    }
}

#[test]
fn a_gap_beside_a_whole_chain_hides_nothing_and_in_its_only_chain_leaves_it_open() {
    holds(|account| {
        account.regions.get_mut("eu-west-1").unwrap().event_rules =
            story::denied(Action::ListEventRules);
    });
    holds(|account| {
        let mut second = filter_of(account).clone();
        second.name = "second".to_owned();
        second.pattern = "{ not a pattern".to_owned();
        account.metric_filters_mut().push(second);
    });
    open(
        |account| {
            account.log_group_mut().metric_filters = story::denied(Action::DescribeMetricFilters)
        },
        "not authorized",
    );
    open(
        |account| filter_of(account).pattern = "{ not a pattern".to_owned(),
        "the pattern of metric filter `alarm-cloudtrail-changes` cannot be read",
    );
    open(
        |account| {
            account.regions.get_mut("us-east-1").unwrap().alarms =
                story::denied(Action::DescribeAlarms);
        },
        "not authorized",
    );
    open(
        |account| account.trail_mut().selectors = story::denied(Action::GetEventSelectors),
        "not authorized",
    );
    // What nobody saw may be a trail with a chain of its own.
    open(
        |account| {
            account.metric_filters_mut().clear();
            account.regions.get_mut("eu-west-1").unwrap().trails =
                story::denied(Action::DescribeTrails);
        },
        "the trails of eu-west-1 could not be listed",
    );
}

/// The trail becomes the organization's, with its log group in the management account.
fn of_organization(account: &mut Account) {
    let trail = account.trail_mut();
    trail.arn = trail.arn.replace("111122223333", "999999999999");
    trail.organization = Known(true);
    trail.log_group_arn =
        Some("arn:aws:logs:us-east-1:999999999999:log-group:trail-main:*".to_owned());
}

#[test]
fn edge_case_1_an_organization_trails_log_group_elsewhere_is_never_a_fail() {
    let mut account = account();
    of_organization(&mut account);
    let verdict = judged(&account).unwrap();
    assert_eq!(verdict.ruling, Ruling::NotApplicable);
    assert!(
        verdict.message.contains("999999999999"),
        "{}",
        verdict.message
    );
    account.trail_mut().organization = story::denied(Action::DescribeTrails);
    assert!(judged(&account).is_err());
}

#[test]
fn an_organization_trail_makes_events_heard_by_the_rules_of_the_member_account() {
    holds(|account| {
        of_organization(account);
        event_rules(account, RULE, "ENABLED", BOTH);
    });
}

/// Changes to another account's bucket are recorded there, and not here.
#[test]
fn edge_case_4_changes_to_a_log_bucket_of_another_account_are_not_asked_for() {
    let rule = "alarm-trail-tampering";
    let pattern = "{ ($.eventSource = \"cloudtrail.amazonaws.com\") }";
    let mut account = only(rule);
    filter_of(&mut account).pattern = pattern.to_owned();
    let ruling = |account: &Account| judged_by(rule, account).map(|verdict| verdict.ruling);
    assert_eq!(ruling(&account), Ok(Ruling::Pass));
    let owner = crate::snapshot::BucketOwner::Account(account.id.clone());
    account.bucket_mut().owner = Known(owner);
    assert_eq!(ruling(&account), Ok(Ruling::Fail));
    account.bucket_mut().owner = story::denied(Action::HeadBucket);
    assert!(ruling(&account).is_err());
    account.buckets.clear();
    account.trail_mut().bucket = story::denied(Action::DescribeTrails);
    assert!(ruling(&account).is_err());
}

#[test]
fn every_alarm_rule_has_its_events_and_prints_their_pattern_in_every_remedy() {
    let alarms = super::super::RULES
        .iter()
        .chain(super::super::alarms::RULES);
    let alarms = alarms.filter(|rule| rule.id.starts_with("alarm-"));
    let mut seen = 0;
    for rule in alarms {
        let control = control::table().control(rule.id).expect(rule.id);
        let remedies = &rule.remedies;
        for text in [remedies.cli, remedies.terraform, remedies.cloudformation] {
            assert!(text.contains(control.filter_pattern()), "{}", rule.id);
        }
        seen += 1;
    }
    assert_eq!(seen, 16);
}
