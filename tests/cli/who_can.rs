//! `trailcheck who-can`: who may do what, by the policies in a snapshot.

use std::fs;

use predicates::str::contains;
use serde_json::{Value, json};

use super::{home, pristine, trailcheck};

const ADMINISTRATOR: &str = "arn:aws:iam::111122223333:role/administrator";
const AUDITOR: &str = "arn:aws:iam::111122223333:role/auditor";

/// Lets the auditor disable keys, if signed in with MFA.
fn with_condition() -> Value {
    let mut snapshot = pristine();
    let identities = &mut snapshot["accounts"][0]["identities"]["known"];
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Sid": "Break", "Effect": "Allow", "Action": "kms:DisableKey", "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}});
    let role = &mut identities["roles"][1];
    assert_eq!(role["arn"], AUDITOR);
    let inline = role["inline"].as_array_mut().unwrap();
    inline.push(json!({"name": "break", "document": policy.to_string()}));
    snapshot
}

fn denied(action: &str) -> Value {
    json!({"gap": {"action": action, "kind": "access-denied", "detail": "not authorized"}})
}

/// The exit code and the answer about the one account.
fn answer(snapshot: &Value, arguments: &[&str]) -> (i32, Value) {
    let output = trailcheck(&home())
        .args(["who-can", "--snapshot", "-", "--format", "json"])
        .args(arguments)
        .write_stdin(snapshot.to_string())
        .output()
        .unwrap();
    let mut document: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?}"));
    assert_eq!(document["schema_version"], 1);
    (
        output.status.code().unwrap(),
        document["accounts"][0].take(),
    )
}

fn of<'a>(answer: &'a Value, principal: &str) -> &'a Value {
    let principals = answer["principals"].as_array().unwrap();
    let found = principals
        .iter()
        .find(|line| line["principal"] == principal);
    found.unwrap_or(&Value::Null)
}

#[test]
fn those_who_can_are_listed_with_the_way_and_the_condition() {
    let (code, answer) = answer(&with_condition(), &["kms:DisableKey"]);
    assert_eq!(code, 0);
    assert_eq!(of(&answer, ADMINISTRATOR)["verdict"], "allowed");
    assert_eq!(
        *of(&answer, AUDITOR),
        json!({
            "principal": AUDITOR,
            "kind": "role",
            "verdict": "conditional",
            "certain": true,
            "depends_on": ["aws:MultiFactorAuthPresent"],
            "example": {"aws:MultiFactorAuthPresent": "true"},
            "resource": "arn:aws:kms:us-east-1:111122223333:key/1111aaaa-22bb-33cc-44dd-5555eeee6666",
            "by": [
                {"policy": "inline policy `break`", "statement": "statement `Break`"},
                {"policy": "key policy", "statement": "statement `Administer`"},
            ],
            "blocked_by": [],
        })
    );
    assert_eq!(
        of(&answer, "arn:aws:iam::111122223333:root")["verdict"],
        "allowed"
    );
    assert_eq!(answer["left_out"], 1);
    assert_eq!(answer["gaps"], json!([]));
}

#[test]
fn those_who_cannot_are_shown_on_demand_with_what_refuses_them() {
    let (code, answer) = answer(&pristine(), &["cloudtrail:stoplogging", "--all"]);
    assert_eq!(code, 0);
    let line = of(&answer, ADMINISTRATOR);
    assert_eq!(line["verdict"], "denied");
    assert_eq!(
        line["blocked_by"],
        json!([
            "statement `GuardTrail` of service control policy `guard-trail` of `r-exmp` denies it"
        ])
    );
    let auditor = of(&answer, AUDITOR)["blocked_by"].to_string();
    assert!(auditor.contains("no policy grants it"), "{auditor}");
    assert_eq!(answer["left_out"], 0);
}

#[test]
fn whoever_the_resources_policy_names_is_among_them() {
    let mut snapshot = pristine();
    let key = &mut snapshot["accounts"][0]["keys"][0]["policy"];
    *key = json!({"known": json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "kms:CreateGrant", "Resource": "*",
         "Principal": {"AWS": ["444455556666", "arn:aws:iam::777788889999:role/other"],
                       "Service": "lambda.amazonaws.com"}},
        {"Effect": "Allow", "Action": "kms:CreateGrant", "Resource": "*", "Principal": "*",
         "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}}},
    ]}).to_string()});
    let (_, answer) = answer(&snapshot, &["kms:CreateGrant"]);
    let kind = |principal: &str| {
        let line = of(&answer, principal);
        (
            line["kind"].as_str().unwrap(),
            line["verdict"].as_str().unwrap(),
        )
    };
    assert_eq!(kind("444455556666"), ("account", "allowed"));
    assert_eq!(
        kind("arn:aws:iam::777788889999:role/other"),
        ("role", "conditional")
    );
    assert_eq!(kind("lambda.amazonaws.com"), ("service", "allowed"));
    assert_eq!(kind("*"), ("everybody", "conditional"));
    assert_eq!(
        of(&answer, "*")["depends_on"],
        json!(["aws:PrincipalOrgID"])
    );
}

#[test]
fn a_resource_can_be_named_and_one_whose_policy_was_not_read_leaves_a_gap() {
    let role = ["sts:AssumeRole", "--resource", AUDITOR];
    let (code, answer_of_role) = answer(&pristine(), &role);
    assert_eq!(code, 0);
    assert_eq!(of(&answer_of_role, ADMINISTRATOR)["verdict"], "allowed");
    let other = ["s3:GetObject", "--resource", "arn:aws:s3:::other/*"];
    let (code, answer) = answer(&pristine(), &other);
    assert_eq!(code, 3);
    assert_eq!(answer["gaps"][0]["kind"], "not-collected");
    assert_eq!(of(&answer, ADMINISTRATOR)["verdict"], "conditional");
}

#[test]
fn the_matrix_holds_every_action_that_is_not_denied() {
    let (code, answer) = answer(&with_condition(), &["--tampering"]);
    assert_eq!(code, 0);
    let auditor = of(&answer, AUDITOR);
    assert_eq!(auditor["direct"], "yes");
    assert_eq!(auditor["can"].as_array().unwrap().len(), 1);
    assert_eq!(auditor["can"][0]["action"], "kms:DisableKey");
    assert_eq!(auditor["can"][0]["effect"], "disable-key");
    assert_eq!(auditor["can"][0]["counts"], true);
    let administrator = of(&answer, ADMINISTRATOR)["can"].to_string();
    assert!(administrator.contains("kms:ScheduleKeyDeletion"));
    assert!(!administrator.contains("cloudtrail:StopLogging"));
    assert_eq!(answer["left_out"], 1);
}

#[test]
fn what_could_not_be_read_is_listed_with_the_action_to_grant_and_ends_with_3() {
    let mut snapshot = pristine();
    let identities = "iam:GetAccountAuthorizationDetails";
    snapshot["accounts"][0]["identities"] = denied(identities);
    for question in ["cloudtrail:StopLogging", "--tampering"] {
        let (code, answer) = answer(&snapshot, &[question]);
        assert_eq!(code, 3, "{question}");
        assert_eq!(answer["gaps"][0]["action"], identities);
    }
    // Of other services' resources nothing needs to be known.
    let mut snapshot = pristine();
    snapshot["accounts"][0]["keys"][0]["policy"] = denied("kms:GetKeyPolicy");
    assert_eq!(answer(&snapshot, &["logs:DeleteLogGroup"]).0, 0);
    assert_eq!(answer(&snapshot, &["kms:DisableKey"]).0, 3);
}

#[test]
fn the_tables_are_for_people() {
    let home = home();
    fs::write(
        home.path().join("account.json"),
        with_condition().to_string(),
    )
    .unwrap();
    let ask = |question: &str| {
        let mut command = trailcheck(&home);
        command.args(["who-can", question, "--snapshot", "account.json"]);
        command.assert().success()
    };
    ask("kms:DisableKey")
        .stdout(contains(AUDITOR))
        .stdout(contains("with MFA"))
        .stdout(contains("1 others cannot; --all shows them"));
    ask("--tampering")
        .stdout(contains("1 if"))
        .stdout(contains("others can do none"));
}

#[test]
fn what_is_no_question_is_refused() {
    for (arguments, message) in [
        (vec![], "ACTION"),
        (vec!["StopLogging"], "write SERVICE:ACTION"),
        (vec!["s3:Delete*"], "a pattern is many actions"),
        (
            vec!["cloudtrail:StopLoging"],
            "did you mean `cloudtrail:StopLogging`?",
        ),
        (
            vec!["s3:DeleteObject", "--resource", "logs"],
            "it is no ARN",
        ),
        (
            vec!["s3:DeleteObject", "--tampering"],
            "cannot be used with",
        ),
        (
            vec!["--tampering", "--resource", "arn:aws:s3:::logs"],
            "cannot be used with",
        ),
    ] {
        trailcheck(&home())
            .args(["who-can", "--demo"])
            .args(arguments)
            .assert()
            .code(2)
            .stderr(contains(message));
    }
    trailcheck(&home())
        .args(["who-can", "s3:DeletObject", "--demo"])
        .assert()
        .stderr(contains("you may mean `s3:DeleteObject`"));
}
