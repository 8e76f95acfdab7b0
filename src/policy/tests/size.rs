//! Large inputs. None of these would end in a day if the time grew with the square, or the
//! power, of the size.

use super::*;

const MANY: usize = 10_000;

fn numbered(prefix: &str) -> Vec<String> {
    (0..MANY).map(|n| format!("{prefix}{n}")).collect()
}

#[test]
fn ten_thousand_statements_are_one_policy() {
    let statements = (0..MANY).map(|n| {
        allow("s3:GetObject", &format!("arn:aws:s3:::logs/{n}"))
            .when(json!({"StringEquals": {"k": format!("v{n}")}}))
    });
    let lab = holding(statements);
    assert_eq!(
        lab.may(CAROL, "s3:GetObject", "arn:aws:s3:::logs/7"),
        "conditional"
    );
    assert_eq!(
        lab.may(CAROL, "s3:PutObject", "arn:aws:s3:::logs/7"),
        "denied"
    );
}

#[test]
fn ten_thousand_values_are_one_condition() {
    for operator in [
        "StringEquals",
        "StringLike",
        "StringEqualsIgnoreCase",
        "ForAllValues:StringEquals",
        "ForAnyValue:StringNotLike",
    ] {
        let lab = holding([allow("*", "*")
            .when(json!({operator: {"k": numbered("value-")}, "Null": {"k": "false"}}))]);
        assert_eq!(
            lab.may(CAROL, "s3:GetObject", OBJECT),
            "conditional",
            "{operator}"
        );
    }
    let patterns: Vec<String> = numbered("*")
        .iter()
        .map(|text| format!("{text}*"))
        .collect();
    let lab = holding([allow("*", "*").when(json!({"StringLike": {"k": patterns}}))]);
    assert_eq!(lab.unclear(CAROL, "s3:GetObject", OBJECT), "conditional");
    let networks: Vec<String> = (0..MANY)
        .map(|n| format!("10.{}.{}.0/24", n / 256, n % 256))
        .collect();
    let lab = holding([allow("*", "*").when(json!({"IpAddress": {"aws:SourceIp": networks}}))]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "conditional");
}

#[test]
fn ten_thousand_keys_are_one_condition() {
    let keys: serde_json::Map<String, Value> = numbered("k")
        .into_iter()
        .map(|key| (key, json!("a")))
        .collect();
    for operator in ["StringEquals", "StringNotEquals", "Null"] {
        let lab = holding([allow("*", "*").when(json!({operator: keys}))]);
        let verdict = lab.unclear(CAROL, "s3:GetObject", OBJECT);
        assert_ne!(verdict, "denied", "{operator}");
    }
}

#[test]
fn ten_thousand_variables_are_one_value() {
    let value: String = numbered("k")
        .iter()
        .map(|key| format!("${{{key}}}"))
        .collect();
    let lab = holding([allow("*", "*").when(json!({"StringLike": {"k": value}}))]);
    assert_eq!(lab.unclear(CAROL, "s3:GetObject", OBJECT), "conditional");
    let lab = holding([allow("*", &format!("arn:aws:s3:::logs/{value}"))]);
    assert_eq!(lab.unclear(CAROL, "s3:GetObject", OBJECT), "conditional");
}

#[test]
fn ten_thousand_stars_are_one_pattern() {
    let stars = "*a".repeat(MANY) + "b";
    let text = "a".repeat(MANY);
    let lab = holding([allow("*", &format!("arn:aws:s3:::logs/{stars}"))]);
    assert_eq!(
        lab.may(CAROL, "s3:GetObject", &format!("arn:aws:s3:::logs/{text}")),
        "denied"
    );
    let others = "arn:aws:s3:::other/*";
    assert_eq!(lab.may(CAROL, "s3:GetObject", others), "denied");
    let questions = "*?".repeat(MANY);
    let lab = holding([
        allow(&format!("s3:{questions}"), "*"),
        allow(&format!("s3:{stars}"), "*"),
    ]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
    for operator in ["StringLike", "ArnLike", "StringNotLike"] {
        let lab =
            holding([allow("*", "*")
                .when(json!({operator: {"k": [stars, format!("{stars}c"), questions]}}))]);
        assert_eq!(
            lab.unclear(CAROL, "s3:GetObject", OBJECT),
            "conditional",
            "{operator}"
        );
    }
}

#[test]
fn ten_thousand_stars_are_held_against_a_long_value() {
    let text = "a".repeat(MANY);
    for (pattern, verdict) in [
        ("*a".repeat(MANY), "allowed"),
        ("*a".repeat(MANY) + "b", "denied"),
        ("*?".repeat(MANY), "allowed"),
    ] {
        let lab = holding([allow("*", "*").when(json!({"StringLike": {"k": pattern}}))]);
        let found = lab.concrete(CAROL, "s3:GetObject", OBJECT, json!({"k": text}));
        assert_eq!(found.word, verdict);
    }
}

#[test]
fn a_policy_may_have_ten_megabytes() {
    let long = "x".repeat(10 << 20);
    let lab = holding([
        allow("s3:Get*", &format!("arn:aws:s3:::logs/{long}")),
        allow("s3:Put*", "*").set("Sid", json!(long)),
    ]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
    assert_eq!(lab.may(CAROL, "s3:PutObject", OBJECT), "allowed");
    let actions: Vec<String> = (0..500_000).map(|n| format!("s3:Get{n}*")).collect();
    let lab = holding([allow("x", "*").set("Action", json!(actions))]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
}

/// Nesting that no policy has; it must not end in a stack overflow.
#[test]
fn deep_nesting_is_no_policy() {
    let deep = "[".repeat(MANY) + &"]".repeat(MANY);
    let as_text = format!(r#"{{"Statement": {deep}}}"#);
    let lab = holding([]).change(
        CAROL,
        "UserPolicyList",
        json!([{"PolicyName": "own", "PolicyDocument": as_text}]),
    );
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "conditional");
    let input = format!(r#"{{"accountId": "111122223333", "resources": {deep}}}"#);
    assert!(simulation::read(input.as_bytes()).is_err());
}

#[test]
fn ten_thousand_levels_of_policies_are_asked() {
    let mut lab = holding([allow("*", "*")]);
    for _ in 0..1_000 {
        lab = lab.scp([policy([allow("*", "*")])]);
    }
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECTS), "allowed");
}

/// As many values in the request as in the policy.
#[test]
fn ten_thousand_values_are_held_against_as_many() {
    let all = numbered("v");
    let lab = holding([allow("*", "*").when(json!({"ForAllValues:StringEquals": {"k": all}}))]);
    let verdict = lab.concrete(CAROL, "s3:GetObject", OBJECT, json!({"k": all[..1_000]}));
    assert_eq!(verdict, "allowed");
}
