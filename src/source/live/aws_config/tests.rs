use serde_json::{Value, json};

use super::super::canned::{Canned, Reply, good};
use super::super::tests::collected;
use super::*;
use crate::snapshot::{Account, GapKind, RegionFacts};

const RULES: Action = Action::DescribeConfigRules;
const COMPLIANCE: Action = Action::DescribeComplianceByConfigRule;
const STATUS: Action = Action::DescribeConfigurationRecorderStatus;

fn here(account: &Account) -> &RegionFacts {
    &account.regions["us-east-1"]
}

/// A rule as `DescribeConfigRules` has it.
fn entry(number: usize, owner: &str, identifier: &str) -> Value {
    json!({ "ConfigRuleName": format!("rule-{number}"), "ConfigRuleState": "ACTIVE",
        "ConfigRuleArn":
            format!("arn:aws:config:us-east-1:111122223333:config-rule/config-rule-{number:03}"),
        "Source": { "Owner": owner, "SourceIdentifier": identifier } })
}

/// The account with these rules, and what AWS finds of each one that is asked about.
fn with_rules(entries: Vec<Value>) -> Canned {
    Canned::new(move |seen| match seen.action {
        RULES => Some(Reply::new(
            200,
            json!({ "ConfigRules": entries }).to_string(),
        )),
        COMPLIANCE => {
            let body: Value = serde_json::from_str(&seen.body).unwrap();
            let names = body["ConfigRuleNames"].as_array().unwrap();
            let found: Vec<Value> = names
                .iter()
                .map(|name| {
                    json!({ "ConfigRuleName": name,
                        "Compliance": { "ComplianceType": "NON_COMPLIANT" } })
                })
                .collect();
            let reply = json!({ "ComplianceByConfigRules": found });
            Some(Reply::new(200, reply.to_string()))
        }
        _ => None,
    })
}

#[tokio::test]
async fn only_rules_about_trails_are_asked_what_they_found() {
    let canned = with_rules(vec![
        entry(1, "AWS", "CLOUD_TRAIL_ENABLED"),
        entry(2, "AWS", "IAM_PASSWORD_POLICY"),
        entry(
            3,
            "CUSTOM_LAMBDA",
            "arn:aws:lambda:us-east-1:111122223333:function:own",
        ),
        entry(4, "CUSTOM_POLICY", "CLOUD_TRAIL_ENABLED"),
    ]);
    let account = collected(&canned).await;
    let rules = here(&account).config_rules.known().unwrap();
    let names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(names, ["rule-1", "rule-2"]);
    assert_eq!(
        rules[0].compliance,
        Observed::Known("NON_COMPLIANT".to_owned())
    );
    let gap = rules[1].compliance.gap().unwrap();
    assert_eq!(gap.kind, GapKind::NotCollected);
}

#[tokio::test]
async fn rules_are_asked_in_batches_of_no_more_than_aws_takes() {
    let entries = (0..60).map(|n| entry(n, "AWS", "CLOUD_TRAIL_ENCRYPTION_ENABLED"));
    let canned = with_rules(entries.collect());
    let account = collected(&canned).await;
    let rules = here(&account).config_rules.known().unwrap();
    assert_eq!(rules.len(), 60);
    assert!(rules.iter().all(|rule| rule.compliance.gap().is_none()));
    let batches: Vec<usize> = canned
        .seen()
        .iter()
        .filter(|seen| seen.action == COMPLIANCE && seen.region == "us-east-1")
        .map(|seen| {
            let body: Value = serde_json::from_str(&seen.body).unwrap();
            body["ConfigRuleNames"].as_array().unwrap().len()
        })
        .collect();
    assert_eq!(batches, [25, 25, 10]);
}

#[tokio::test]
async fn rules_on_all_pages_are_read_and_a_page_that_repeats_is_no_answer() {
    let page = |number: usize, next: &str| {
        let rule = entry(number, "AWS", "CLOUD_TRAIL_ENABLED");
        Reply::new(
            200,
            json!({ "ConfigRules": [rule], "NextToken": next }).to_string(),
        )
    };
    let canned = Canned::new(move |seen| match (seen.action, seen.body.contains("two")) {
        (RULES, false) => Some(page(1, "two")),
        (RULES, true) => Some(page(2, "")),
        (COMPLIANCE, _) => {
            let found = ["rule-1", "rule-2"].map(|name| {
                json!({ "ConfigRuleName": name, "Compliance": { "ComplianceType": "COMPLIANT" } })
            });
            let reply = json!({ "ComplianceByConfigRules": found });
            Some(Reply::new(200, reply.to_string()))
        }
        _ => None,
    });
    let account = collected(&canned).await;
    let rules = here(&account).config_rules.known().unwrap();
    assert_eq!(rules.len(), 2);
    let account = collected(&Canned::but(RULES, page(1, "again"))).await;
    let gap = here(&account).config_rules.gap().unwrap();
    assert_eq!(gap.kind, GapKind::Malformed);
    assert!(gap.detail.contains("repeat"), "{}", gap.detail);
}

#[tokio::test]
async fn a_rule_of_which_nothing_is_told_has_a_gap_and_the_others_have_their_verdict() {
    let rules = json!({ "ConfigRules": [
        entry(1, "AWS", "CLOUD_TRAIL_ENABLED"), entry(2, "AWS", "CLOUD_TRAIL_ENABLED")] });
    let found = json!({ "ComplianceByConfigRules": [{ "ConfigRuleName": "rule-2",
        "Compliance": { "ComplianceType": "INSUFFICIENT_DATA" } }] });
    let canned = Canned::new(move |seen| match seen.action {
        RULES => Some(Reply::new(200, rules.to_string())),
        COMPLIANCE => Some(Reply::new(200, found.to_string())),
        _ => None,
    });
    let account = collected(&canned).await;
    let rules = here(&account).config_rules.known().unwrap();
    let gap = rules[0].compliance.gap().unwrap();
    assert_eq!(gap.kind, GapKind::Malformed);
    assert!(gap.detail.contains("`rule-1`"), "{}", gap.detail);
    let found = rules[1].compliance.known().unwrap();
    assert_eq!(found, "INSUFFICIENT_DATA");
}

#[tokio::test]
async fn a_recorder_whose_status_is_denied_or_not_told_is_listed_and_not_called_stopped() {
    let nobody = Reply::new(200, r#"{"ConfigurationRecordersStatus":[]}"#);
    for (reply, kind) in [
        (Reply::denial(STATUS), GapKind::AccessDenied),
        (nobody, GapKind::Malformed),
    ] {
        let account = collected(&Canned::but(STATUS, reply)).await;
        let recorders = here(&account).recorders.known().unwrap();
        assert_eq!(recorders[0].name, "default");
        assert_eq!(recorders[0].records, RecordingScope::All);
        let gap = recorders[0].recording.gap().unwrap();
        assert_eq!((gap.kind, gap.action.as_str()), (kind, STATUS.iam()));
    }
}

#[tokio::test]
async fn a_failure_in_capitals_is_a_failure_and_says_why() {
    let body = json!({ "ConfigurationRecordersStatus": [{ "name": "default", "recording": true,
        "lastStatus": "FAILURE", "lastErrorCode": "AccessDenied",
        "lastErrorMessage": "not authorized" }] });
    let account = collected(&Canned::but(STATUS, Reply::new(200, body.to_string()))).await;
    let recorders = here(&account).recorders.known().unwrap();
    let expected = Recording {
        on: true,
        last_status: Some("Failure".to_owned()),
        last_error: Some("AccessDenied: not authorized".to_owned()),
    };
    assert_eq!(recorders[0].recording, Observed::Known(expected));
    assert_eq!(spelled("NOT_APPLICABLE"), "NotApplicable");
    assert_eq!(spelled("Paused"), "Paused");
}

/// What the recorder with that recording group records.
async fn scope_of(group: Value) -> Result<RecordingScope, Gap> {
    let body =
        json!({ "ConfigurationRecorders": [{ "name": "default", "recordingGroup": group }] });
    let action = Action::DescribeConfigurationRecorders;
    let account = collected(&Canned::but(action, Reply::new(200, body.to_string()))).await;
    let recorders = here(&account).recorders.known()?;
    Ok(recorders[0].records.clone())
}

#[tokio::test]
async fn a_recording_group_records_what_its_strategy_says_and_an_empty_one_is_malformed() {
    let types = vec!["AWS::CloudTrail::Trail".to_owned()];
    for (group, expected) in [
        (json!({ "allSupported": true }), RecordingScope::All),
        (
            json!({ "allSupported": false, "resourceTypes": types }),
            RecordingScope::Only(types.clone()),
        ),
        (
            json!({ "recordingStrategy": { "useOnly": "INCLUSION_BY_RESOURCE_TYPES" },
                "resourceTypes": types }),
            RecordingScope::Only(types.clone()),
        ),
        (
            json!({ "allSupported": false, "resourceTypes": [],
                "recordingStrategy": { "useOnly": "EXCLUSION_BY_RESOURCE_TYPES" },
                "exclusionByResourceTypes": { "resourceTypes": types } }),
            RecordingScope::AllBut(types.clone()),
        ),
    ] {
        let what = group.to_string();
        assert_eq!(scope_of(group).await, Ok(expected), "{what}");
    }
    for hollow in [
        json!({}),
        json!({ "recordingStrategy": { "useOnly": "EXCLUSION_BY_RESOURCE_TYPES" } }),
    ] {
        let gap = scope_of(hollow).await.unwrap_err();
        assert_eq!(gap.kind, GapKind::Malformed, "{gap:?}");
    }
}

#[tokio::test]
async fn a_region_without_recorders_channels_and_rules_is_known_to_have_none() {
    let canned = Canned::new(|seen| {
        let member = match seen.action {
            Action::DescribeConfigurationRecorders => "ConfigurationRecorders",
            STATUS => "ConfigurationRecordersStatus",
            Action::DescribeDeliveryChannels => "DeliveryChannels",
            RULES => "ConfigRules",
            COMPLIANCE => panic!("there is no rule to ask about"),
            _ => return None,
        };
        Some(Reply::new(200, format!(r#"{{"{member}":[]}}"#)))
    });
    let account = collected(&canned).await;
    let facts = here(&account);
    assert_eq!(facts.recorders, Observed::Known(Vec::new()));
    assert_eq!(facts.delivery_channels, Observed::Known(Vec::new()));
    assert_eq!(facts.config_rules, Observed::Known(Vec::new()));
}

#[tokio::test]
async fn the_good_regions_config_is_read_whole() {
    let account = collected(&Canned::new(|_| None)).await;
    let facts = here(&account);
    assert_eq!(
        facts.delivery_channels,
        Observed::Known(vec!["default".to_owned()])
    );
    let rules = facts.config_rules.known().unwrap();
    assert!(good(RULES).body.contains(&rules[0].identifier));
    assert_eq!(rules[0].parameters.as_deref(), Some("{}"));
    assert_eq!(rules[0].compliance, Observed::Known("COMPLIANT".to_owned()));
}
