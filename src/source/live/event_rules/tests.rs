use serde_json::{Value, json};

use super::super::canned::{Canned, Reply};
use super::super::tests::{collected, gaps};
use super::*;
use crate::snapshot::{Account, GapKind};

fn rules(account: &Account) -> &[EventRule] {
    account.regions["us-east-1"].event_rules.known().unwrap()
}

fn rule(name: &str, state: &str) -> Value {
    json!({ "Name": name, "Arn": format!("arn:aws:events:us-east-1:111122223333:rule/{name}"),
        "State": state, "EventPattern": r#"{"source":["aws.iam"]}"# })
}

fn page(member: &str, items: &[Value], next: &str) -> Reply {
    let body = json!({ member: items, "NextToken": next });
    Reply::new(200, body.to_string())
}

#[tokio::test]
async fn the_rules_on_all_pages_are_read_in_every_region_and_those_on_a_schedule_left_out() {
    let canned = Canned::new(|seen| {
        (seen.action == LIST).then(|| match seen.body.contains("two") {
            false => page("Rules", &[rule("b", "ENABLED")], "two"),
            true => {
                let nightly = json!({ "Name": "nightly", "Arn": "arn:aws:events:us-east-1:1:rule/n",
                    "State": "ENABLED", "ScheduleExpression": "rate(1 day)" });
                let all = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";
                page("Rules", &[nightly, rule("a", all)], "")
            }
        })
    });
    let account = collected(&canned).await;
    let names = |region: &str| -> Vec<String> {
        let rules = account.regions[region].event_rules.known().unwrap();
        rules.iter().map(|rule| rule.name.clone()).collect()
    };
    assert_eq!(names("us-east-1"), ["a", "b"]);
    assert_eq!(names("af-south-1"), ["a", "b"]);
    assert_eq!(rules(&account)[0].pattern, r#"{"source":["aws.iam"]}"#);
    let targets = rules(&account)[0].targets.known().unwrap();
    assert_eq!(targets.len(), 2);
    // The default bus is the one that is meant where none is named.
    let asked = canned.seen().into_iter().filter(|seen| seen.action == LIST);
    assert!(
        asked
            .into_iter()
            .all(|seen| !seen.body.contains("EventBusName"))
    );
}

#[tokio::test]
async fn a_rule_that_is_off_is_listed_and_its_targets_are_nobodys_concern() {
    let canned = Canned::but(LIST, page("Rules", &[rule("a", "DISABLED")], ""));
    let account = collected(&canned).await;
    assert_eq!(rules(&account)[0].state, "DISABLED");
    let gap = rules(&account)[0].targets.gap().unwrap();
    assert_eq!(gap.kind, GapKind::NotCollected);
    assert!(!canned.seen().iter().any(|seen| seen.action == TARGETS));
    assert_eq!(gaps(&account), []);
}

#[tokio::test]
async fn a_rule_that_no_event_of_cloudtrail_can_reach_is_asked_for_no_targets() {
    let on = |name: &str, pattern: &str| {
        let mut rule = rule(name, "ENABLED");
        rule["EventPattern"] = json!(pattern);
        rule
    };
    let findings = r#"{"source":["aws.guardduty"],"detail-type":["GuardDuty Finding"]}"#;
    let two = [on("a", findings), on("b", "{ unheard of")];
    let canned = Canned::but(LIST, page("Rules", &two, ""));
    let account = collected(&canned).await;
    let known = |at: usize| rules(&account)[at].targets.if_known().is_some();
    assert!(!known(0), "nothing that CloudTrail records is a finding");
    assert!(known(1), "who knows what it would see");
    assert_eq!(gaps(&account), []);
}

#[tokio::test]
async fn the_targets_on_all_pages_are_read_and_topics_among_them_are_looked_at() {
    const ELSEWHERE: &str = "arn:aws:sns:eu-west-1:999988887777:theirs";
    let canned = Canned::new(|seen| {
        (seen.action == TARGETS).then(|| match seen.body.contains("two") {
            false => page("Targets", &[json!({ "Id": "1", "Arn": ELSEWHERE })], "two"),
            true => {
                let role = "arn:aws:iam::111122223333:role/forward";
                let bus = "arn:aws:events:us-east-1:111122223333:event-bus/all";
                page(
                    "Targets",
                    &[json!({ "Id": "2", "Arn": bus, "RoleArn": role })],
                    "",
                )
            }
        })
    });
    let account = collected(&canned).await;
    let targets = rules(&account)[0].targets.known().unwrap();
    assert_eq!(targets.len(), 2);
    assert_eq!(
        targets[0].role.as_deref(),
        Some("arn:aws:iam::111122223333:role/forward")
    );
    assert_eq!(targets[1].arn, ELSEWHERE);
    assert!(account.alarm_topic(ELSEWHERE).is_ok());
    let topic = canned.seen().into_iter().find(|seen| {
        seen.action == Action::GetTopicAttributes && seen.body.contains("999988887777")
    });
    assert_eq!(topic.unwrap().region, "eu-west-1");
}

#[tokio::test]
async fn half_an_answer_is_no_answer() {
    let without = |member: &str| {
        let mut rule = rule("a", "ENABLED");
        rule.as_object_mut().unwrap().remove(member);
        page("Rules", &[rule], "")
    };
    for (reply, words) in [
        (without("Name"), "`Name`"),
        (without("Arn"), "`Arn`"),
        (without("State"), "`State`"),
        (page("Rules", &[], "again"), "pages of the answer repeat"),
    ] {
        let account = collected(&Canned::but(LIST, reply)).await;
        let gap = account.regions["us-east-1"].event_rules.gap().unwrap();
        assert_eq!(gap.kind, GapKind::Malformed);
        assert!(gap.detail.contains(words), "{}", gap.detail);
    }
    for (reply, words) in [
        (page("Targets", &[json!({ "Id": "1" })], ""), "`Arn`"),
        (page("Targets", &[], "again"), "pages of the answer repeat"),
    ] {
        let account = collected(&Canned::but(TARGETS, reply)).await;
        let gap = rules(&account)[0].targets.gap().unwrap();
        assert_eq!(gap.kind, GapKind::Malformed);
        assert!(gap.detail.contains(words), "{}", gap.detail);
    }
}
