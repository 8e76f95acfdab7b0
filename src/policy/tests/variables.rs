//! Policy variables: reference_policies_variables.html throughout.

use super::*;

const HOME: &str = "arn:aws:s3:::logs/${aws:username}/*";

#[test]
fn a_variable_stands_for_the_callers_own_value() {
    let lab = holding([allow("s3:*", HOME)]);
    assert_eq!(
        lab.may(CAROL, "s3:PutObject", "arn:aws:s3:::logs/carol/x"),
        "allowed"
    );
    assert_eq!(
        lab.may(CAROL, "s3:PutObject", "arn:aws:s3:::logs/dave/x"),
        "denied"
    );
}

/// Roles have no `aws:username`; "the entry matches no resource".
#[test]
fn a_variable_without_a_value_matches_no_resource() {
    let lab = holding([allow("s3:*", HOME)]);
    assert_eq!(
        lab.may(AUDIT, "s3:PutObject", "arn:aws:s3:::logs/carol/x"),
        "denied"
    );
    let lab = holding([allow("s3:*", "*"), deny("s3:*", HOME)]);
    assert_eq!(
        lab.may(AUDIT, "s3:PutObject", "arn:aws:s3:::logs/carol/x"),
        "allowed"
    );
}

/// Whether NotResource then speaks of everything AWS does not say.
#[test]
fn a_variable_without_a_value_leaves_not_resource_unclear() {
    let but = |effect| {
        statement(effect, "s3:*", "x")
            .without("Resource")
            .set("NotResource", json!(HOME))
    };
    let target = "arn:aws:s3:::logs/carol/x";
    assert_eq!(
        holding([but("Allow")]).unclear(AUDIT, "s3:PutObject", target),
        "conditional"
    );
    let lab = holding([allow("s3:*", "*"), but("Deny")]);
    assert_eq!(lab.unclear(AUDIT, "s3:PutObject", target), "conditional");
    assert_eq!(lab.may(CAROL, "s3:PutObject", target), "allowed");
}

/// "If the version is 2008-10-17 or absent, variables are treated as literal strings".
#[test]
fn in_an_old_policy_a_variable_is_plain_text() {
    for version in [json!("2008-10-17"), Value::Null] {
        let mut old = policy([allow("s3:*", HOME)]).set("Version", version.clone());
        if version.is_null() {
            old = old.without("Version");
        }
        let inline = json!([{"PolicyName": "own", "PolicyDocument": old}]);
        let lab = holding([]).change(CAROL, "UserPolicyList", inline);
        assert_eq!(
            lab.may(CAROL, "s3:PutObject", "arn:aws:s3:::logs/carol/x"),
            "denied"
        );
        assert_eq!(
            lab.may(CAROL, "s3:PutObject", "arn:aws:s3:::logs/${aws:username}/x"),
            "allowed"
        );
    }
}

#[test]
fn a_default_takes_the_place_of_a_missing_value() {
    let lab = holding([allow("s3:*", "x").set(
        "Resource",
        json!("arn:aws:s3:::logs/${aws:PrincipalTag/team, 'none'}/*"),
    )]);
    let may = |path: &str, context: Value| {
        lab.may_with(
            CAROL,
            "s3:PutObject",
            &format!("arn:aws:s3:::logs/{path}/x"),
            context,
        )
    };
    assert_eq!(may("none", json!({})), "allowed");
    assert_eq!(may("red", json!({})), "denied");
    assert_eq!(
        may("red", json!({"aws:PrincipalTag/team": "red"})),
        "allowed"
    );
    assert_eq!(
        may("none", json!({"aws:PrincipalTag/team": "red"})),
        "denied"
    );
}

#[test]
fn escaped_wildcards_are_plain_characters() {
    let lab = holding([allow("s3:*", "arn:aws:s3:::logs/${*}${?}${$}x")]);
    assert_eq!(
        lab.may(CAROL, "s3:PutObject", "arn:aws:s3:::logs/ab$x"),
        "denied"
    );
    let context = json!({"s3:prefix": "a*?$"});
    let like = |pattern: &str| {
        let lab = holding([allow("s3:*", "*").when(json!({"StringLike": {"s3:prefix": pattern}}))]);
        lab.concrete(CAROL, "s3:ListBucket", BUCKET, context.clone())
    };
    assert_eq!(like("a${*}${?}${$}"), "allowed");
    assert_eq!(like("a${*}"), "denied");
    assert_eq!(like("b${*}*"), "denied");
}

/// A session name or a tag that holds a star must not become a pattern.
#[test]
fn what_a_variable_stands_for_is_no_pattern() {
    let lab = holding([allow(
        "s3:*",
        "arn:aws:s3:::logs/${aws:PrincipalTag/team}/*",
    )]);
    let star = json!({"aws:PrincipalTag/team": "*"});
    assert_eq!(
        lab.may_with(CAROL, "s3:PutObject", "arn:aws:s3:::logs/red/x", star),
        "denied"
    );
    let like =
        allow("s3:*", "*").when(json!({"StringLike": {"s3:prefix": "${aws:PrincipalTag/team}/*"}}));
    let request = json!({"s3:prefix": "red/x", "aws:PrincipalTag/team": "*"});
    assert_eq!(
        holding([like]).concrete(CAROL, "s3:ListBucket", BUCKET, request),
        "denied"
    );
}

/// A missing value compares as null: "negated" operators match.
#[test]
fn a_variable_without_a_value_is_null_in_a_condition() {
    let with = |operator: &str| {
        let condition = json!({operator: {"s3:prefix": "${aws:username}"}});
        holding([allow("s3:*", "*").when(condition)]).concrete(
            AUDIT,
            "s3:ListBucket",
            BUCKET,
            json!({"s3:prefix": "x"}),
        )
    };
    assert_eq!(with("StringEquals"), "denied");
    assert_eq!(with("StringLike"), "denied");
    assert_eq!(with("StringNotEquals"), "allowed");
    assert_eq!(with("StringNotLike"), "allowed");
}

/// "You cannot use a multivalued context key as a policy variable."
#[test]
fn a_variable_with_several_values_is_unclear() {
    let lab = holding([allow("s3:*", "arn:aws:s3:::logs/${aws:TagKeys}/*")]);
    let several = json!({"aws:TagKeys": ["a", "b"]});
    assert_eq!(
        lab.concrete(CAROL, "s3:PutObject", "arn:aws:s3:::logs/a/x", several),
        "conditional"
    );
}

/// reference_policies_elements_resource.html: none before the fifth colon.
#[test]
fn a_variable_in_place_of_the_account_is_unclear() {
    let lab = holding([allow(
        "iam:*",
        "arn:aws:iam::${aws:PrincipalAccount}:role/*",
    )]);
    assert_eq!(lab.unclear(CAROL, "iam:DeleteRole", AUDIT), "conditional");
    assert_eq!(lab.may(CAROL, "iam:DeleteRole", CAROL), "denied");
}

#[test]
fn a_variable_without_end_is_plain_text() {
    let lab = holding([allow("s3:*", "arn:aws:s3:::logs/${aws:username")]);
    assert_eq!(
        lab.may(CAROL, "s3:PutObject", "arn:aws:s3:::logs/carol"),
        "denied"
    );
}

/// Two open keys that must be alike, or differ, can be.
#[test]
fn keys_that_are_compared_with_each_other_are_tried_alike_and_unlike() {
    let condition =
        |operator: &str| json!({operator: {"aws:RequestTag/team": "${aws:PrincipalTag/team}"}});
    let guard = |operator: &str| deny("*", "*").when(condition(operator));
    let present = deny("*", "*").when(json!({"Null": {"aws:RequestTag/team": "true"}}));
    for operator in ["StringEquals", "StringNotEquals"] {
        let lab = bucket([
            allow("s3:*", "*").to(json!("*")),
            guard(operator).to(json!("*")),
            present.clone().to(json!("*")),
        ]);
        let verdict = lab.unclear(STRANGER, "s3:GetObject", OBJECT);
        assert_eq!(verdict, "conditional", "{operator}");
        assert_ne!(verdict.witness, json!({}), "{operator}");
    }
}

/// Without a tag the default must match.
#[test]
fn an_open_key_is_tried_against_a_default() {
    let lab = bucket([allow("s3:*", "*").to(json!("*")).when(json!({
        "StringEquals": {"s3:prefix": "${aws:PrincipalTag/team, 'none'}"},
        "Null": {"aws:PrincipalTag/team": "true"},
    }))]);
    assert_eq!(lab.may(STRANGER, "s3:ListBucket", BUCKET), "conditional");
    assert_eq!(lab.may(ANYBODY, "s3:ListBucket", BUCKET), "conditional");
}
