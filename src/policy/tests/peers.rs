//! Traps that other tools have fallen into.

use super::*;

/// A substring of an action is no action: reference_policies_elements_action.html.
#[test]
fn a_star_in_an_action_is_not_every_action() {
    let lab = holding([allow("s3:Get*", "*")]);
    assert_eq!(lab.may(CAROL, "s3:DeleteObject", OBJECT), "denied");
    let lab = holding([allow("s3:Put*", "*")]);
    assert_eq!(lab.may(CAROL, "s3:PutBucketPolicy", BUCKET), "allowed");
}

/// An account id inside a longer one is another account's.
#[test]
fn an_account_is_no_substring_of_another() {
    let only = json!({"StringEquals": {"aws:PrincipalAccount": "11112222333"}});
    let lab = bucket([allow("s3:*", "*").to(json!("*")).when(only)]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
    let lab = bucket([allow("s3:*", "*").to(aws("arn:aws:iam::1111222233334:root"))]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
}

/// An Allow whose condition is not met denies nothing.
#[test]
fn an_allow_that_is_not_met_is_no_deny() {
    let lab = holding([
        allow("s3:*", "*").when(json!({"StringEquals": {"k": "a"}})),
        allow("s3:Get*", "*"),
    ]);
    assert_eq!(
        lab.concrete(CAROL, "s3:GetObject", OBJECT, json!({})),
        "allowed"
    );
}

/// reference_policies_elements_notresource.html: it limits all the same.
#[test]
fn not_resource_is_no_free_pass() {
    let but = allow("s3:*", "x")
        .without("Resource")
        .set("NotResource", json!("*"));
    assert_eq!(holding([but]).may(CAROL, "s3:GetObject", OBJECT), "denied");
}

/// A bucket without a policy lets no stranger in.
#[test]
fn a_missing_bucket_policy_lets_no_stranger_in() {
    let lab = holding([allow("*", "*")])
        .add("resources", json!({"arn": BUCKET, "bucketPolicy": null}))
        .outsider([allow("*", "*")]);
    assert_eq!(lab.may(STRANGER, "s3:GetObject", OBJECT), "denied");
    assert_eq!(lab.may(ANYBODY, "s3:GetObject", OBJECT), "denied");
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
}

/// TLS is enforced by one Deny for all, wherever it stands, however it is spelled.
#[test]
fn one_deny_of_plain_http_is_enough() {
    for value in [json!("false"), json!(false), json!(["False"])] {
        let tls = deny("s3:*", "arn:aws:s3:::logs/*")
            .to(json!("*"))
            .when(json!({"bool": {"AWS:securetransport": value}}));
        let lab = holding([allow("*", "*")])
            .resource(BUCKET, policy([allow("s3:*", "*").to(json!("*")), tls]));
        let plain = json!({"aws:SecureTransport": "false"});
        assert_eq!(
            lab.may_with(CAROL, "s3:GetObject", OBJECT, plain.clone()),
            "denied"
        );
        assert_eq!(
            lab.may_with(ANYBODY, "s3:GetObject", OBJECT, plain),
            "denied"
        );
        assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "conditional");
    }
}

/// amazon-s3-policy-keys.html: a TLS version does not exist for plain HTTP, and slips past.
#[test]
fn a_tls_version_lets_plain_http_through() {
    let old = deny("s3:*", "*")
        .to(json!("*"))
        .when(json!({"NumericLessThan": {"s3:TlsVersion": "1.2"}}));
    let lab = holding([allow("*", "*")]).resource(BUCKET, policy([old]));
    assert_eq!(
        lab.may_with(
            CAROL,
            "s3:GetObject",
            OBJECT,
            json!({"aws:SecureTransport": "false"})
        ),
        "allowed"
    );
}

/// Organizations are compared as a whole.
#[test]
fn an_organization_is_no_prefix_of_another() {
    let like = json!({"StringLike": {"aws:PrincipalOrgID": "o-exam*"}});
    let lab = bucket([allow("s3:*", "*").to(json!("*")).when(like)]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
    let equals = json!({"StringEquals": {"aws:PrincipalOrgID": "o-exam*"}});
    let lab = bucket([allow("s3:*", "*").to(json!("*")).when(equals)]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
}

/// CloudTrail's old Regional accounts are accounts like any other: cloudtrail page
/// create-s3-bucket-policy-for-cloudtrail.html, "older bucket policies".
#[test]
fn the_accounts_of_old_cloudtrail_are_named_as_accounts() {
    let lab = bucket([allow("s3:PutObject", "*").to(aws("arn:aws:iam::086441151436:root"))]);
    assert_eq!(
        lab.may("arn:aws:iam::086441151436:root", "s3:PutObject", OBJECT),
        "allowed"
    );
    assert_eq!(lab.may(CLOUDTRAIL, "s3:PutObject", OBJECT), "denied");
}

/// A role's ARN in a condition is compared with the role's, not the session's.
#[test]
fn a_pattern_of_roles_holds_their_sessions() {
    let only = json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/team/*"}});
    let lab = bucket([allow("s3:*", "*").to(json!("*")).when(only)]);
    assert_eq!(lab.may(SESSION, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
}
