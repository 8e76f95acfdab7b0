//! `trailcheck simulate`: an account in a file in, answers out.

use std::fs;

use predicates::str::{contains, is_empty};
use serde_json::{Value, json};

use super::{home, trailcheck};

const CAROL: &str = "arn:aws:iam::111122223333:user/carol";

/// An account in which a user may stop trails if she has signed in with MFA, and whose
/// organization keeps everybody from deleting them.
fn account() -> Value {
    let everything = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    let guard = json!({"Version": "2012-10-17", "Statement": {
        "Sid": "Guard", "Effect": "Deny", "Action": "cloudtrail:DeleteTrail", "Resource": "*"}});
    json!({
        "accountId": "111122223333",
        "organizationId": "o-example",
        "managementAccountId": "999999999999",
        "accountAuthorizationDetails": {
            "UserDetailList": [{
                "Arn": CAROL, "UserName": "carol", "UserId": "AIDAEXAMPLE",
                "UserPolicyList": [{"PolicyName": "operate", "PolicyDocument":
                    // As IAM sends it: URL-encoded.
                    "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C\
                     %22Action%22%3A%22cloudtrail%3A*%22%2C%22Resource%22%3A%22*%22%2C%22Condition%22%3A%7B\
                     %22Bool%22%3A%7B%22aws%3AMultiFactorAuthPresent%22%3Atrue%7D%7D%7D%7D"}],
            }],
        },
        "scpLevels": [{"target": {"Id": "r-root"}, "policies": [
            {"PolicySummary": {"Name": "FullAWSAccess"}, "Content": everything.to_string()},
            {"PolicySummary": {"Name": "Guard"}, "Content": guard.to_string()},
        ]}],
        "rcpLevels": null,
        "resources": [],
        "externalPrincipals": null,
        "queries": [],
    })
}

fn query(mode: &str, action: &str, context: Value) -> Value {
    json!({
        "id": action, "mode": mode, "principal": CAROL, "action": action,
        "resource": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main", "context": context,
    })
}

fn answers(input: &Value) -> Value {
    let output = trailcheck(&home())
        .args(["simulate", "-", "--format", "json"])
        .write_stdin(input.to_string())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn an_answer_names_what_it_depends_on_the_statements_and_a_request_that_is_let_through() {
    let mut input = account();
    input["queries"] = json!([
        query("may", "cloudtrail:StopLogging", json!({})),
        query("may", "cloudtrail:DeleteTrail", json!({})),
        query(
            "may",
            "cloudtrail:UpdateTrail",
            json!({"aws:multifactorauthpresent": "true"})
        ),
    ]);
    let answers = answers(&input);
    let results = &answers["results"];
    assert_eq!(
        results[0],
        json!({
            "id": "cloudtrail:StopLogging",
            "verdict": "conditional",
            "depends_on": ["aws:MultiFactorAuthPresent"],
            "witness": {"aws:MultiFactorAuthPresent": "true"},
            "statements": [
                {"policy": "inline policy `operate`", "statement": "statement 1", "effect": "Allow"},
            ],
        })
    );
    assert_eq!(results[1]["verdict"], "denied");
    assert_eq!(
        results[1]["statements"][1],
        json!({
            "policy": "service control policy `Guard` of `r-root`",
            "statement": "statement `Guard`",
            "effect": "Deny",
        })
    );
    assert_eq!(results[2]["verdict"], "allowed");
}

#[test]
fn a_witness_is_a_request_that_concrete_lets_through() {
    let mut input = account();
    input["queries"] = json!([query("may", "cloudtrail:StopLogging", json!({}))]);
    let witness = answers(&input)["results"][0]["witness"].clone();
    input["queries"] = json!([
        query("concrete", "cloudtrail:StopLogging", witness),
        query("concrete", "cloudtrail:StopLogging", json!({})),
    ]);
    let answers = answers(&input);
    assert_eq!(answers["results"][0]["verdict"], "allowed");
    assert_eq!(answers["results"][1]["verdict"], "denied");
}

#[test]
fn the_table_says_the_same_and_every_verdict_ends_with_0() {
    let home = home();
    let mut input = account();
    input["queries"] = json!([query("may", "cloudtrail:StopLogging", json!({}))]);
    fs::write(home.path().join("account.json"), input.to_string()).unwrap();
    trailcheck(&home)
        .args(["simulate", "account.json"])
        .assert()
        .code(0)
        .stdout(contains("conditional"))
        .stdout(contains("aws:MultiFactorAuthPresent = true"))
        .stderr(is_empty());
}

#[test]
fn a_mistake_is_named_by_its_place() {
    let with = |pointer: &str, value: Value| {
        let mut input = account();
        input["queries"] = json!([query("may", "cloudtrail:StopLogging", json!({}))]);
        match input.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => panic!("{pointer}"),
        }
        input.to_string()
    };
    let whole = account().to_string();
    for (input, said) in [
        (String::new(), "it is no JSON object"),
        ("[]".to_owned(), "it is no JSON object"),
        ("{}".to_owned(), "missing field `accountId`"),
        (whole[..whole.len() / 2].to_owned(), "EOF while parsing"),
        (format!("{whole} x"), "trailing characters"),
        (
            with("/accountId", json!("1")),
            "at `accountId`: `1` is not an account id of 12 digits",
        ),
        (
            with(
                "/accountAuthorizationDetails/UserDetailList/0/Arn",
                json!(1),
            ),
            "at `accountAuthorizationDetails.UserDetailList[0].Arn`: invalid type: integer `1`",
        ),
        (
            with("/scpLevels/0/policies/1/Content", json!(1)),
            "at `scpLevels[0].policies[1].Content`: a policy document is an object",
        ),
        (
            with("/queries/0/mode", json!("maybe")),
            "at `queries[0].mode`: unknown variant `maybe`",
        ),
        (
            with("/queries/0/principal", json!("carol")),
            "at `queries[0].principal`: `carol` is no principal",
        ),
        (
            with("/queries/0/action", json!("*")),
            "at `queries[0].action`: `*` is no action",
        ),
        (
            with("/queries/0/context", json!({"aws:SourceIp": {}})),
            "at `queries[0].context.aws:SourceIp`: a context value is a string or an array",
        ),
    ] {
        trailcheck(&home())
            .args(["simulate", "-"])
            .write_stdin(input.clone())
            .assert()
            .code(2)
            .stdout(is_empty())
            .stderr(contains(
                "error: standard input is not an input that `simulate` understands: ",
            ))
            .stderr(contains(said));
    }
}

#[test]
fn a_missing_file_is_one_clear_sentence() {
    trailcheck(&home())
        .args(["simulate", "missing.json"])
        .assert()
        .code(2)
        .stdout(is_empty())
        .stderr(contains("error: cannot read `missing.json`: "));
}

#[test]
fn what_means_nothing_at_the_top_of_the_input_is_said() {
    let mut input = account();
    input["scplevels"] = json!([]);
    trailcheck(&home())
        .args(["simulate", "-"])
        .write_stdin(input.to_string())
        .assert()
        .code(0)
        .stderr(contains(
            "note: `scplevels` is no part of the input that is known",
        ));
}

#[test]
fn hostile_names_reach_the_terminal_made_visible() {
    let mut input = account();
    let mut query = query("may", "cloudtrail:StopLogging", json!({}));
    query["id"] = json!("\u{1b}[2Jgone");
    input["queries"] = json!([query]);
    let output = trailcheck(&home())
        .args(["simulate", "-"])
        .write_stdin(input.to_string())
        .output()
        .unwrap();
    assert!(!output.stdout.contains(&0x1b), "{output:?}");
}
