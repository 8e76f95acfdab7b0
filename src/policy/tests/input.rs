//! What `trailcheck simulate` takes, and what it says of the rest.

use super::*;

fn query() -> Value {
    json!({"id": "1", "mode": "may", "principal": CAROL, "action": "s3:GetObject", "resource": OBJECT})
}

/// The complaint about an input.
fn refused(input: Value) -> String {
    simulation::read(input.to_string().as_bytes()).unwrap_err()
}

#[test]
fn everything_but_the_account_may_be_missing_or_null() {
    let least = json!({"accountId": "111122223333", "queries": [query()]});
    assert_eq!(answered(&least), "conditional");
    let nulls = json!({"accountId": "111122223333", "organizationId": null, "managementAccountId": null,
        "accountAuthorizationDetails": {"UserDetailList": null, "GroupDetailList": null, "RoleDetailList": null, "Policies": null},
        "scpLevels": null, "rcpLevels": null, "resources": null, "externalPrincipals": null, "queries": [query()]});
    assert_eq!(answered(&nulls), "denied");
    let user = json!({"Arn": CAROL, "UserName": null, "UserId": null, "UserPolicyList": null, "AttachedManagedPolicies": null,
        "GroupList": null, "PermissionsBoundary": null, "Tags": null});
    let mut few = nulls;
    few["accountAuthorizationDetails"]["UserDetailList"] = json!([user]);
    few["resources"] = json!([{"type": null, "arn": BUCKET, "accountId": null, "bucketPolicy": null, "keyPolicy": null, "publicAccessBlock": null}]);
    few["queries"][0]["context"] = Value::Null;
    assert_eq!(answered(&few), "denied");
    few["queries"][0]["resource"] = Value::Null;
    assert_eq!(answered(&few), "denied");
}

/// A policy that is null is one that is not given, not one that says nothing.
#[test]
fn a_policy_that_is_null_may_say_anything() {
    let inline = json!([{"PolicyName": "own", "PolicyDocument": null}]);
    let lab = holding([]).change(CAROL, "UserPolicyList", inline);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "conditional");
    let abroad = bucket([allow("s3:*", "*").to(aws(STRANGER))]).add(
        "externalPrincipals",
        json!({"arn": STRANGER, "identityPolicies": null}),
    );
    assert_eq!(abroad.may(STRANGER, "s3:GetObject", OBJECT), "conditional");
}

#[test]
fn a_mistake_is_named_by_its_path() {
    let mut input = lab().0;
    input["queries"] = json!([query()]);
    let with = |path: &str, value: Value| {
        let mut input = input.clone();
        *input.pointer_mut(path).unwrap() = value;
        refused(input)
    };
    for (path, value, named) in [
        ("/accountId", json!(5), "at `accountId`: "),
        (
            "/accountId",
            json!("1"),
            "at `accountId`: `1` is not an account id of 12 digits",
        ),
        (
            "/accountAuthorizationDetails/UserDetailList",
            json!([{"Arn": 1}]),
            "at `accountAuthorizationDetails.UserDetailList[0].Arn`: ",
        ),
        (
            "/scpLevels",
            json!([{"policies": [{"Content": 1}]}]),
            "at `scpLevels[0].policies[0].Content`: a policy document is",
        ),
        ("/rcpLevels", json!({}), "at `rcpLevels`: "),
        (
            "/resources",
            json!([{}]),
            "at `resources[0]`: missing field `arn`",
        ),
        (
            "/externalPrincipals",
            json!([{"arn": "x"}]),
            "at `externalPrincipals[0].arn`: `x` is no principal",
        ),
        ("/queries/0/mode", json!("maybe"), "at `queries[0].mode`: "),
        (
            "/queries/0/principal",
            json!("carol"),
            "at `queries[0].principal`: `carol` is no principal",
        ),
        (
            "/queries/0/action",
            json!("GetObject"),
            "at `queries[0].action`: `GetObject` is no action",
        ),
        (
            "/queries/0/action",
            json!("s3:*"),
            "at `queries[0].action`: `s3:*` is no action",
        ),
        (
            "/queries/0",
            json!({"id": "1", "mode": "may", "principal": CAROL, "action": "s3:GetObject", "context": {"k": {}}}),
            "at `queries[0].context.k`: a context value is a string or an array of strings",
        ),
        (
            "/queries/0",
            json!({"id": "1"}),
            "at `queries[0]`: missing field `mode`",
        ),
    ] {
        let complaint = with(path, value);
        assert!(complaint.starts_with(named), "{complaint}");
    }
}

#[test]
fn what_is_no_object_is_refused() {
    for text in ["", "null", "[]", "\"x\"", "{", "{} {}", "\u{feff}{}"] {
        assert!(simulation::read(text.as_bytes()).is_err(), "{text}");
    }
    assert!(simulation::read(&[0x7b, 0xff][..]).is_err());
}

/// A condition key that is given twice has no one value.
#[test]
fn a_key_that_is_given_twice_is_a_mistake() {
    let context = r#""context": {"aws:SourceIp": "192.0.2.1", "AWS:sourceip": "192.0.2.2"}"#;
    let text = format!(
        r#"{{"accountId": "111122223333", "queries": [{{"id": "1", "mode": "may", "principal": "{CAROL}", "action": "s3:GetObject", "resource": "*", {context}}}]}}"#
    );
    let complaint = simulation::read(text.as_bytes()).unwrap_err();
    assert!(
        complaint.starts_with("at `queries[0].context"),
        "{complaint}"
    );
    assert!(
        complaint.contains("`AWS:sourceip` is given twice"),
        "{complaint}"
    );
}

/// access-analyzer-reference-policy-checks.html: a policy that names a member twice is none
/// that AWS takes; read as usual, its last member would stand for both.
#[test]
fn a_statement_that_stands_twice_is_not_lost() {
    let twice = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}, "Statement": []}"#;
    let as_text = holding([]).change(
        CAROL,
        "UserPolicyList",
        json!([{"PolicyName": "own", "PolicyDocument": twice}]),
    );
    assert_eq!(as_text.may(CAROL, "s3:GetObject", OBJECT), "conditional");
    let marked = holding([]).change(
        CAROL,
        "UserPolicyList",
        json!([{"PolicyName": "own", "PolicyDocument": "TWICE"}]),
    );
    let mut input = marked.0;
    input["queries"] = json!([query()]);
    let text = input.to_string().replace("\"TWICE\"", twice);
    let simulation = simulation::read(text.as_bytes()).unwrap();
    let caller = simulation.world.caller(&simulation.queries[0].principal);
    let question = simulation.world.ask(
        &caller,
        "s3:getobject",
        simulation.queries[0].target.clone(),
    );
    assert_eq!(question.may(&Context::new()).as_str(), "conditional");
}

/// API_GetAccountAuthorizationDetails.html: documents "are URL-encoded compliant with RFC
/// 3986", in which a plus is a plus; forms write it for a space.
#[test]
fn documents_may_be_encoded_in_two_ways() {
    let encoded = |text: &str| {
        let lab = holding([]).change(
            CAROL,
            "UserPolicyList",
            json!([{"PolicyName": "own", "PolicyDocument": text}]),
        );
        lab.may(CAROL, "s3:GetObject", "arn:aws:s3:::logs/a+b c")
    };
    let plus = "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3A%2A%22%2C%22Resource%22%3A%22arn%3Aaws%3As3%3A%3A%3Alogs%2Fa+b%20c%22%7D%7D";
    assert_eq!(encoded(plus), "allowed");
    let form = "%7B+%22Statement%22%3A+%7B%22Effect%22%3A+%22Allow%22%2C+%22Action%22%3A+%22s3%3A%2A%22%2C+%22Resource%22%3A+%22arn%3Aaws%3As3%3A%3A%3Alogs%2Fa%2Bb+c%22%7D%7D";
    assert_eq!(encoded(form), "allowed");
    let percent = r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::logs/%2A"}}"#;
    assert_eq!(encoded(percent), "denied");
    assert_eq!(encoded("%7B%22Statement"), "conditional");
    assert_eq!(encoded("%ff%fe"), "conditional");
}

/// A document may be an object, text, and wrapped as ListPolicies wraps it.
#[test]
fn documents_may_be_wrapped() {
    let inside = policy([allow("s3:*", "*")]);
    for document in [
        inside.clone(),
        json!(inside.to_string()),
        json!({"PolicyName": "x", "PolicyDocument": inside}),
        json!({"Document": inside.to_string()}),
    ] {
        let lab = bucket([allow("s3:*", "*").to(aws(STRANGER))]).add(
            "externalPrincipals",
            json!({"arn": STRANGER, "identityPolicies": [document]}),
        );
        assert_eq!(lab.may(STRANGER, "s3:GetObject", OBJECT), "allowed");
    }
}

/// Two inline policies of one name cannot be; if they are, none is lost.
#[test]
fn inline_policies_of_one_name_are_two() {
    let inline =
        |statement: Value| json!({"PolicyName": "own", "PolicyDocument": policy([statement])});
    let lab = holding([]).change(
        CAROL,
        "UserPolicyList",
        json!([inline(allow("s3:*", "*")), inline(deny("s3:Put*", "*"))]),
    );
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(lab.may(CAROL, "s3:PutObject", OBJECT), "denied");
}

/// Values may be bare, alone or in lists.
#[test]
fn context_values_may_be_alone_or_in_lists() {
    let lab = holding([allow("*", "*").when(
        json!({"Bool": {"aws:SecureTransport": "true"}, "NumericLessThan": {"s3:max-keys": "5"}}),
    )]);
    for context in [
        json!({"aws:SecureTransport": "true", "s3:max-keys": "4"}),
        json!({"aws:SecureTransport": ["true"], "s3:max-keys": ["4"]}),
        json!({"aws:SecureTransport": true, "s3:max-keys": 4}),
    ] {
        assert_eq!(
            lab.concrete(CAROL, "s3:ListBucket", BUCKET, context),
            "allowed"
        );
    }
}

/// Names that mean something to a pattern, a path or a terminal mean nothing here.
#[test]
fn hostile_names_are_names() {
    for name in [
        "*",
        "a b",
        "\u{1b}[31m",
        "../..",
        "${aws:username}",
        "é",
        "x/y:z",
        "\u{f8f0}",
    ] {
        let arn = format!("arn:aws:iam::111122223333:user/{name}");
        let lab = lab().user(&arn, vec![allow("s3:Get*", "*")]);
        assert_eq!(lab.may(&arn, "s3:GetObject", OBJECT), "allowed", "{name}");
        assert_eq!(lab.may(&arn, "s3:PutObject", OBJECT), "denied", "{name}");
        assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied", "{name}");
    }
    let object = "arn:aws:s3:::logs/*";
    let lab = holding([allow("s3:*", "arn:aws:s3:::logs/x")]);
    assert_eq!(
        lab.concrete(CAROL, "s3:GetObject", object, json!({})),
        "denied"
    );
}
