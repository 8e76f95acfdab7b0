//! `Action` and `NotAction`.

use super::*;

fn can(statement: Value, action: &str) -> Verdict {
    holding([statement]).may(CAROL, action, OBJECT)
}

/// reference_policies_elements_action.html: prefix and name "are case insensitive".
#[test]
fn actions_are_compared_in_any_case() {
    assert_eq!(can(allow("S3:getOBJECT", "*"), "s3:GetObject"), "allowed");
    assert_eq!(can(allow("s3:GETOBJECT", "*"), "S3:getobject"), "allowed");
}

/// reference_policies_elements_action.html: `*` is any run of characters.
#[test]
fn a_star_is_any_run_of_characters() {
    for pattern in [
        "*",
        "s3:*",
        "s3:Get*",
        "s3:*Object",
        "s3:G*t*Object",
        "s3:GetObject*",
    ] {
        assert_eq!(
            can(allow(pattern, "*"), "s3:GetObject"),
            "allowed",
            "{pattern}"
        );
    }
    for pattern in [
        "s3:Put*",
        "s3:*Version",
        "s3-object-lambda:*",
        "iam:*",
        "s3:Get*x",
    ] {
        assert_eq!(
            can(allow(pattern, "*"), "s3:GetObject"),
            "denied",
            "{pattern}"
        );
    }
}

/// reference_policies_elements_resource.html: `?` is "any single character".
#[test]
fn a_question_mark_is_one_character() {
    assert_eq!(can(allow("s3:?etObject", "*"), "s3:GetObject"), "allowed");
    assert_eq!(can(allow("s3:?GetObject", "*"), "s3:GetObject"), "denied");
    assert_eq!(can(allow("s3:GetObject?", "*"), "s3:GetObject"), "denied");
}

/// reference_policies_elements_action.html documents wildcards in the name only.
#[test]
fn a_wildcard_in_the_services_name_is_unclear() {
    assert_eq!(
        can(allow("s?:GetObject", "*"), "s3:GetObject"),
        "conditional"
    );
    assert_eq!(
        can(allow("*:GetObject", "*"), "s3:GetObject"),
        "conditional"
    );
    let both = holding([allow("*", "*"), deny("*:GetObject", "*")]);
    assert_eq!(both.may(CAROL, "s3:GetObject", OBJECT), "conditional");
}

/// reference_policies_elements_notaction.html: with Allow "all applicable actions [...] that
/// are not specified", of every service.
#[test]
fn not_action_is_every_other_action_of_every_service() {
    let but_iam = allow("x", "*")
        .without("Action")
        .set("NotAction", json!("iam:*"));
    assert_eq!(can(but_iam.clone(), "s3:DeleteObject"), "allowed");
    assert_eq!(can(but_iam.clone(), "cloudtrail:LookupEvents"), "allowed");
    assert_eq!(can(but_iam, "iam:CreateUser"), "denied");
}

/// reference_policies_elements_notaction.html; a name that means nothing leaves out nothing.
#[test]
fn not_action_of_an_unknown_action_is_everything() {
    let typo = allow("x", "*")
        .without("Action")
        .set("NotAction", json!(["s3:GetObjectt"]));
    assert_eq!(can(typo, "s3:GetObject"), "allowed");
}

/// reference_policies_elements_notaction.html, "NotAction with Deny".
#[test]
fn not_action_with_deny_leaves_out_what_it_lists() {
    let only_read = deny("x", "*")
        .without("Action")
        .set("NotAction", json!(["s3:Get*", "s3:List*"]));
    let lab = holding([allow("*", "*"), only_read]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(lab.may(CAROL, "s3:DeleteObject", OBJECT), "denied");
    assert_eq!(lab.may(CAROL, "cloudtrail:StopLogging", TRAIL), "denied");
}

/// access-analyzer-reference-policy-checks.html, "Empty array action".
#[test]
fn a_statement_without_actions_says_nothing() {
    let none = allow("x", "*").set("Action", json!([]));
    assert_eq!(can(none, "s3:GetObject"), "denied");
    let none = deny("x", "*").set("Action", json!([]));
    let lab = holding([allow("*", "*"), none]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
}

/// list_amazons3.html (Service Authorization Reference): what S3's API calls
/// PutBucketLifecycleConfiguration needs s3:PutLifecycleConfiguration.
#[test]
fn permissions_are_not_names_of_api_calls() {
    let lab = holding([deny("s3:PutBucketLifecycle*", "*"), allow("s3:*", "*")]);
    assert_eq!(
        lab.may(CAROL, "s3:PutLifecycleConfiguration", BUCKET),
        "allowed"
    );
}

/// reference_policies_elements_action.html: a list is as good as many statements.
#[test]
fn one_of_several_actions_is_enough() {
    assert_eq!(can(allow("iam:* s3:Get*", "*"), "s3:GetObject"), "allowed");
}
