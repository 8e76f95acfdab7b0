//! Callers of other accounts: reference_policies_evaluation-logic-cross-account.html.

use super::*;

/// "Both the account A's and account B's policies must allow".
#[test]
fn both_sides_must_allow() {
    let open = bucket([allow("s3:*", "*").to(aws(STRANGER))]);
    assert_eq!(
        open.clone()
            .outsider([allow("s3:*", "*")])
            .may(STRANGER, "s3:GetObject", OBJECT),
        "allowed"
    );
    assert_eq!(
        open.outsider([]).may(STRANGER, "s3:GetObject", OBJECT),
        "denied"
    );
    let closed = bucket([]).outsider([allow("s3:*", "*")]);
    assert_eq!(closed.may(STRANGER, "s3:GetObject", OBJECT), "denied");
}

/// reference_policies_elements_principal.html: naming the account is enough on this side.
#[test]
fn an_account_may_be_let_in_as_a_whole() {
    for account in ["444455556666", STRANGE_ROOT] {
        let lab = bucket([allow("s3:*", "*").to(aws(account))]).outsider([allow("s3:Get*", "*")]);
        assert_eq!(lab.may(STRANGER, "s3:GetObject", OBJECT), "allowed");
        assert_eq!(lab.may(STRANGER, "s3:PutObject", OBJECT), "denied");
        assert_eq!(
            lab.may("arn:aws:iam::777788889999:role/x", "s3:GetObject", OBJECT),
            "denied"
        );
    }
}

/// What another account lets its people do is not known here.
#[test]
fn a_stranger_of_whom_nothing_is_known_is_conditional() {
    let lab = bucket([allow("s3:*", "*").to(aws("444455556666"))]);
    let verdict = lab.may(STRANGER, "s3:GetObject", OBJECT);
    assert_eq!(verdict, "conditional");
    assert_eq!(verdict.depends_on, ["policies of the caller's account"]);
    assert_eq!(lab.may(STRANGE_ROOT, "s3:GetObject", OBJECT), "allowed");
}

/// API_PutBucketPolicy.html (S3): 405 Method Not Allowed for whoever does not "belong to the
/// bucket owner's account".
#[test]
fn a_strangers_bucket_policy_stays_out_of_reach() {
    let lab = bucket([allow("s3:*", "*").to(json!("*"))]).outsider([allow("*", "*")]);
    for action in [
        "s3:PutBucketPolicy",
        "s3:DeleteBucketPolicy",
        "s3:GetBucketPolicy",
    ] {
        assert_eq!(lab.may(STRANGER, action, BUCKET), "denied", "{action}");
        assert_eq!(lab.may(STRANGE_ROOT, action, BUCKET), "denied", "{action}");
        assert_eq!(lab.may(CAROL, action, BUCKET), "allowed", "{action}");
    }
    assert_eq!(
        lab.may(STRANGER, "s3:PutLifecycleConfiguration", BUCKET),
        "allowed"
    );
}

/// reference_aws-services-that-work-with-iam.html: IAM, CloudWatch and Config have no
/// resource policies that could let a stranger in.
#[test]
fn no_stranger_reaches_services_without_resource_policies() {
    let lab = holding([]).outsider([allow("*", "*")]);
    assert_eq!(lab.may(STRANGER, "iam:DeleteRole", AUDIT), "denied");
    assert_eq!(lab.may(STRANGER, "cloudtrail:StopLogging", TRAIL), "denied");
    let alarm = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:root";
    assert_eq!(
        lab.may(STRANGER, "cloudwatch:DeleteAlarms", alarm),
        "denied"
    );
}

/// cloudtrail-delegated-administrator.html: it works on the organization's trails, which the
/// management account owns; which account it is, is not known here.
#[test]
fn a_delegated_administrator_reaches_trails_of_the_management_account() {
    let theirs = "arn:aws:cloudtrail:eu-west-1:999999999999:trail/organization";
    let lab = holding([allow("cloudtrail:*", "*")]);
    let verdict = lab.may(CAROL, "cloudtrail:StopLogging", theirs);
    assert_eq!(
        verdict.depends_on,
        ["delegated administrator of the organization"]
    );
    assert_eq!(
        holding([]).may(CAROL, "cloudtrail:StopLogging", theirs),
        "denied"
    );
    let others = "arn:aws:cloudtrail:eu-west-1:777788889999:trail/main";
    assert_eq!(lab.may(CAROL, "cloudtrail:StopLogging", others), "denied");
}

/// The caller's own service control policies go along abroad.
#[test]
fn abroad_the_callers_service_control_policies_bind() {
    let theirs = json!({"arn": "arn:aws:s3:::theirs", "accountId": "444455556666",
        "policy": policy([allow("s3:*", "*").to(json!("*"))])});
    let lab = holding([allow("*", "*")]).add("resources", theirs);
    assert_eq!(
        lab.may(CAROL, "s3:GetObject", "arn:aws:s3:::theirs/x"),
        "allowed"
    );
    let perimeter =
        deny("s3:*", "*").when(json!({"StringNotEquals": {"aws:ResourceAccount": "111122223333"}}));
    let bound = lab.scp([policy([allow("*", "*"), perimeter])]);
    assert_eq!(
        bound.may(CAROL, "s3:GetObject", "arn:aws:s3:::theirs/x"),
        "denied"
    );
    assert_eq!(bound.may(CAROL, "s3:GetObject", OBJECT), "allowed");
}

/// Naming everybody needs the other side all the same.
#[test]
fn everybody_is_not_enough_for_a_stranger_without_policies() {
    let lab = bucket([allow("s3:*", "*").to(json!("*"))]).outsider([]);
    assert_eq!(lab.may(STRANGER, "s3:GetObject", OBJECT), "denied");
    // Who signs nothing needs nothing.
    assert_eq!(lab.may(ANYBODY, "s3:GetObject", OBJECT), "allowed");
}

/// reference_policies_condition-keys.html, aws:PrincipalOrgID.
#[test]
fn the_organization_of_a_stranger_decides_who_is_in_it() {
    let only = json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"}});
    let lab = |organization: Value| {
        bucket([allow("s3:*", "*").to(json!("*")).when(only.clone())]).add(
            "externalPrincipals",
            json!({"arn": STRANGER, "organizationId": organization, "identityPolicies": [policy([allow("*", "*")])]}),
        )
    };
    assert_eq!(
        lab(json!("o-example")).may(STRANGER, "s3:GetObject", OBJECT),
        "allowed"
    );
    assert_eq!(
        lab(json!("o-other")).may(STRANGER, "s3:GetObject", OBJECT),
        "denied"
    );
    assert_eq!(
        lab(Value::Null).may(STRANGER, "s3:GetObject", OBJECT),
        "denied"
    );
}

/// Services have no side of their own.
#[test]
fn a_service_needs_the_resources_policy_only() {
    let lab = bucket([allow("s3:*", "*").to(json!({"Service": CLOUDTRAIL}))]);
    assert_eq!(lab.may(CLOUDTRAIL, "s3:PutObject", OBJECT), "allowed");
    assert_eq!(bucket([]).may(CLOUDTRAIL, "s3:PutObject", OBJECT), "denied");
    assert_eq!(lab.may(CLOUDTRAIL, "s3:PutBucketPolicy", BUCKET), "allowed");
}
