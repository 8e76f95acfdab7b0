//! `Principal` and `NotPrincipal`: reference_policies_elements_principal.html and
//! reference_policies_elements_notprincipal.html.

use super::*;

fn open_to(principal: Value) -> Lab {
    bucket([allow("s3:*", "*").to(principal)])
}

/// "{\"AWS\": \"*\"}" is as good as "*".
#[test]
fn everybody_may_be_spelled_in_two_ways() {
    for principal in [
        json!("*"),
        json!({"AWS": "*"}),
        json!({"AWS": ["999999999999", "*"]}),
    ] {
        let lab = open_to(principal).outsider([allow("*", "*")]);
        for who in [CAROL, SESSION, STRANGER, ANYBODY, CLOUDTRAIL] {
            assert_eq!(lab.may(who, "s3:GetObject", OBJECT), "allowed", "{who}");
        }
    }
}

/// The names of services tell them apart, in any case.
#[test]
fn a_service_is_named_by_its_principal() {
    let lab = open_to(json!({"Service": ["cloudtrail.amazonaws.com", "config.amazonaws.com"]}));
    assert_eq!(lab.may(CLOUDTRAIL, "s3:PutObject", OBJECT), "allowed");
    assert_eq!(
        lab.may("config.amazonaws.com", "s3:PutObject", OBJECT),
        "allowed"
    );
    assert_eq!(
        lab.may("delivery.logs.amazonaws.com", "s3:PutObject", OBJECT),
        "denied"
    );
    assert_eq!(lab.may(CAROL, "s3:PutObject", OBJECT), "denied");
    let odd = open_to(json!({"Service": "*"}));
    assert_eq!(odd.may(CLOUDTRAIL, "s3:PutObject", OBJECT), "conditional");
}

/// "IAM role principals" and "assumed-role session principals" are two things.
#[test]
fn a_session_is_named_by_itself_or_its_role() {
    assert_eq!(
        open_to(aws(AUDIT)).may(SESSION, "s3:GetObject", OBJECT),
        "allowed"
    );
    assert_eq!(
        open_to(aws(SESSION)).may(SESSION, "s3:GetObject", OBJECT),
        "allowed"
    );
    let without_path = "arn:aws:iam::111122223333:role/audit";
    assert_eq!(
        open_to(aws(without_path)).may(SESSION, "s3:GetObject", OBJECT),
        "denied"
    );
}

/// A session of another account's role: its ARN does not tell the role's path.
#[test]
fn a_strangers_session_may_be_of_the_role_that_is_named() {
    let session = "arn:aws:sts::444455556666:assumed-role/audit/x";
    let lab = open_to(aws("arn:aws:iam::444455556666:role/path/audit"));
    assert_eq!(lab.may(session, "s3:GetObject", OBJECT), "conditional");
    let other = "arn:aws:sts::444455556666:assumed-role/other/x";
    assert_eq!(lab.may(other, "s3:GetObject", OBJECT), "denied");
    let known = open_to(aws(STRANGER)).outsider([allow("*", "*")]);
    assert_eq!(known.may(session, "s3:GetObject", OBJECT), "allowed");
}

/// "You can specify AWS STS federated user sessions" by ARN.
#[test]
fn a_federated_user_is_named_by_its_session() {
    assert_eq!(
        open_to(aws(FEDERATED)).may(FEDERATED, "s3:GetObject", OBJECT),
        "conditional"
    );
    let verdict = open_to(aws(FEDERATED)).concrete(FEDERATED, "s3:GetObject", OBJECT, json!({}));
    assert_eq!(verdict.depends_on, ["policy that could not be read"]);
    assert_eq!(
        holding([]).may(FEDERATED, "s3:GetObject", OBJECT),
        "conditional"
    );
}

/// "If you delete and recreate the user or role, the new one has a new ID": the old one's id
/// stays in the policy and means nobody.
#[test]
fn the_id_of_somebody_deleted_is_nobody() {
    for id in ["AIDACKCEVSQ6C2EXAMPLE", "AROACKCEVSQ6C2EXAMPLE"] {
        let lab = open_to(aws(id)).outsider([allow("*", "*")]);
        for who in [CAROL, AUDIT, STRANGER, CLOUDTRAIL, ANYBODY] {
            assert_eq!(lab.may(who, "s3:GetObject", OBJECT), "denied", "{who}");
        }
    }
}

/// "You can't use a wildcard to match part of a principal name or ARN".
#[test]
fn a_wildcard_in_an_arn_is_unclear() {
    let lab = open_to(aws("arn:aws:iam::111122223333:role/*"));
    assert_eq!(lab.may(AUDIT, "s3:GetObject", OBJECT), "conditional");
    assert_eq!(lab.may(SESSION, "s3:GetObject", OBJECT), "conditional");
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
    assert_eq!(lab.may(ANYBODY, "s3:GetObject", OBJECT), "denied");
}

/// S3 s3-bucket-user-policy-specifying-principal-intro.html: whose canonical id it is nothing
/// here tells.
#[test]
fn a_canonical_id_is_some_account() {
    let lab = open_to(json!({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}))
        .outsider([allow("*", "*")]);
    assert_eq!(lab.may(STRANGER, "s3:GetObject", OBJECT), "conditional");
    assert_eq!(lab.may(ANYBODY, "s3:GetObject", OBJECT), "denied");
    assert_eq!(lab.may(CLOUDTRAIL, "s3:GetObject", OBJECT), "denied");
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
}

/// Web identities and SAML users come as sessions of roles; as such nobody asks here.
#[test]
fn an_identity_provider_is_none_of_our_callers() {
    let lab = open_to(json!({"Federated": "cognito-identity.amazonaws.com"}));
    for who in [CAROL, CLOUDTRAIL, ANYBODY] {
        assert_eq!(lab.may(who, "s3:GetObject", OBJECT), "denied", "{who}");
    }
}

/// access-analyzer-reference-policy-checks.html, "Invalid principal key".
#[test]
fn an_unknown_kind_of_principal_is_unclear() {
    for principal in [
        json!({"Aws": "*"}),
        json!("arn:aws:iam::111122223333:root"),
        json!(7),
    ] {
        assert_eq!(
            open_to(principal).may(CAROL, "s3:GetObject", OBJECT),
            "conditional"
        );
    }
}

/// access-analyzer-reference-policy-checks.html, "Empty array principal".
#[test]
fn a_list_without_principals_names_nobody() {
    assert_eq!(
        open_to(json!({"AWS": []})).may(CAROL, "s3:GetObject", OBJECT),
        "denied"
    );
    assert_eq!(
        open_to(json!({})).may(ANYBODY, "s3:GetObject", OBJECT),
        "denied"
    );
}

fn closed_but_to(principals: Value) -> Lab {
    holding([allow("*", "*")])
        .resource(
            BUCKET,
            policy([
                allow("s3:*", "*").to(json!("*")),
                deny("s3:*", "*").to_all_but(principals),
            ]),
        )
        .outsider([allow("*", "*")])
}

/// "When you use NotPrincipal with Deny, you must also specify the account ARN".
#[test]
fn not_principal_exempts_a_user_listed_with_the_account() {
    let lab = closed_but_to(aws(&format!("{CAROL} {ROOT}")));
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(lab.may(ROOT, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(lab.may(STRANGER, "s3:GetObject", OBJECT), "denied");
    assert_eq!(lab.may(ANYBODY, "s3:GetObject", OBJECT), "denied");
}

/// "Otherwise, the policy might deny access to the entire account": might.
#[test]
fn not_principal_of_a_user_alone_is_unclear() {
    let lab = closed_but_to(aws(CAROL));
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "conditional");
    assert_eq!(lab.may(AUDIT, "s3:GetObject", OBJECT), "denied");
}

/// Whether the account alone exempts its users AWS does not say.
#[test]
fn not_principal_of_the_account_alone_is_unclear_for_its_users() {
    let lab = closed_but_to(aws(ROOT));
    assert_eq!(lab.may(ROOT, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "conditional");
    assert_eq!(lab.may(AUDIT, "s3:GetObject", OBJECT), "conditional");
    assert_eq!(lab.may(STRANGER, "s3:GetObject", OBJECT), "denied");
}

/// "AWS might validate the account first, then the role, and then the assumed-role user".
#[test]
fn not_principal_exempts_a_session_listed_with_role_and_account() {
    let lab = closed_but_to(aws(&format!("{SESSION} {AUDIT} {ROOT}")));
    assert_eq!(lab.may(SESSION, "s3:GetObject", OBJECT), "allowed");
    let other = "arn:aws:sts::111122223333:assumed-role/audit/other";
    assert_eq!(lab.may(other, "s3:GetObject", OBJECT), "conditional");
    let lab = closed_but_to(aws(&format!("{AUDIT} {ROOT}")));
    assert_eq!(lab.may(SESSION, "s3:GetObject", OBJECT), "conditional");
}

/// Services that are not listed are hit, which stops delivery.
#[test]
fn not_principal_hits_services_that_are_not_listed() {
    let lab = closed_but_to(aws(&format!("{CAROL} {ROOT}")));
    assert_eq!(lab.may(CLOUDTRAIL, "s3:PutObject", OBJECT), "denied");
    let listed = closed_but_to(json!({"AWS": [CAROL, ROOT], "Service": CLOUDTRAIL}));
    assert_eq!(listed.may(CLOUDTRAIL, "s3:PutObject", OBJECT), "allowed");
    assert_eq!(
        listed.may("config.amazonaws.com", "s3:PutObject", OBJECT),
        "denied"
    );
}

/// "Using it with Allow [...] you might grant access to anonymous (unauthenticated) users".
#[test]
fn not_principal_with_allow_lets_in_everybody_else() {
    let lab = bucket([allow("s3:*", "*").to_all_but(aws(&format!("{CAROL} {ROOT}")))])
        .outsider([allow("*", "*")]);
    for who in [ANYBODY, STRANGER, CLOUDTRAIL] {
        assert_eq!(lab.may(who, "s3:GetObject", OBJECT), "allowed", "{who}");
    }
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
    let account = bucket([allow("s3:*", "*").to_all_but(aws(ROOT))]);
    assert_eq!(account.may(CAROL, "s3:GetObject", OBJECT), "conditional");
}

/// AWS refuses it, and what it would mean nobody knows.
#[test]
fn not_principal_of_nobody_is_unclear() {
    let lab = closed_but_to(json!({"AWS": []}));
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "conditional");
}

/// S3, SNS and SQS serve callers without credentials; KMS, STS and CloudTrail do not.
#[test]
fn only_some_services_let_in_the_anonymous() {
    let all = |arn: &str| holding([]).resource(arn, policy([allow("*", "*").to(json!("*"))]));
    assert_eq!(all(BUCKET).may(ANYBODY, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(all(TOPIC).may(ANYBODY, "sns:Publish", TOPIC), "allowed");
    let queue = "arn:aws:sqs:eu-west-1:111122223333:q";
    assert_eq!(all(queue).may(ANYBODY, "sqs:SendMessage", queue), "allowed");
    assert_eq!(all(KEY).may(ANYBODY, "kms:Decrypt", KEY), "denied");
    assert_eq!(lab().may(ANYBODY, "sts:AssumeRole", AUDIT), "denied");
}

/// reference_policies_condition-keys.html: of the anonymous only some keys are known.
#[test]
fn conditions_on_the_principal_keep_out_the_anonymous() {
    let only = |condition: Value| bucket([allow("s3:*", "*").to(json!("*")).when(condition)]);
    let arn = only(json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:*"}}));
    assert_eq!(arn.may(ANYBODY, "s3:GetObject", OBJECT), "denied");
    let organization = only(json!({"StringEquals": {"aws:PrincipalOrgID": "o-example"}}));
    assert_eq!(organization.may(ANYBODY, "s3:GetObject", OBJECT), "denied");
    let none = only(json!({"StringEquals": {"aws:PrincipalType": "Anonymous"}}));
    assert_eq!(none.may(ANYBODY, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(none.may(CAROL, "s3:GetObject", OBJECT), "denied");
    let account = only(json!({"StringNotEquals": {"aws:PrincipalAccount": "444455556666"}}));
    assert_eq!(account.may(ANYBODY, "s3:GetObject", OBJECT), "allowed");
}

/// id_root-user.html: no policy of the account's binds its root user.
#[test]
fn the_root_user_may_what_nobody_denies() {
    let lab = holding([deny("*", "*")]);
    assert_eq!(lab.may(ROOT, "cloudtrail:StopLogging", TRAIL), "allowed");
    assert_eq!(lab.may(ROOT, "s3:GetObject", OBJECT), "allowed");
    let denied = holding([]).resource(BUCKET, policy([deny("s3:*", "*").to(json!("*"))]));
    assert_eq!(denied.may(ROOT, "s3:GetObject", OBJECT), "denied");
}

/// API_PutBucketPolicy.html (S3): "the root principal in a bucket owner's account can perform
/// [these actions] even if their bucket policy explicitly denies" it.
#[test]
fn the_owners_root_user_mends_a_bucket_policy_that_denies_all() {
    let lab = holding([allow("*", "*")]).resource(BUCKET, policy([deny("*", "*").to(json!("*"))]));
    for action in [
        "s3:PutBucketPolicy",
        "s3:GetBucketPolicy",
        "s3:DeleteBucketPolicy",
    ] {
        assert_eq!(lab.may(ROOT, action, BUCKET), "allowed", "{action}");
        assert_eq!(lab.may(CAROL, action, BUCKET), "denied", "{action}");
    }
    assert_eq!(lab.may(ROOT, "s3:PutBucketAcl", BUCKET), "denied");
    let bound = lab.scp([policy([allow("*", "*"), deny("s3:*", "*")])]);
    assert_eq!(bound.may(ROOT, "s3:PutBucketPolicy", BUCKET), "denied");
}

/// using-service-linked-roles.html: their policies are AWS's own, and theirs all the same.
#[test]
fn a_service_linked_role_may_what_its_policies_allow() {
    let lab = lab().role(LINKED, vec![allow("s3:Get*", "*")]);
    assert_eq!(lab.may(LINKED, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(lab.may(LINKED, "s3:PutObject", OBJECT), "denied");
}
