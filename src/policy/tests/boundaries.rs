//! Permissions boundaries and what they do not limit: access_policies_boundaries.html.

use super::*;

#[test]
fn a_boundary_limits_and_grants_nothing() {
    let lab = holding([allow("s3:Get*", "*")]).boundary([allow("s3:*", "*")]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(lab.may(CAROL, "s3:PutObject", OBJECT), "denied");
    let lab = holding([allow("*", "*")]).boundary([allow("s3:Get*", "*")]);
    for who in [CAROL, AUDIT, SESSION] {
        assert_eq!(lab.may(who, "s3:GetObject", OBJECT), "allowed", "{who}");
        assert_eq!(lab.may(who, "s3:PutObject", OBJECT), "denied", "{who}");
    }
}

#[test]
fn a_deny_in_a_boundary_denies() {
    let lab =
        bucket([allow("s3:*", "*").to(aws(CAROL))]).boundary([allow("*", "*"), deny("s3:*", "*")]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
}

/// "Resource-based policies that grant permissions to an IAM user ARN [...] are not limited by
/// an implicit deny in a permissions boundary".
#[test]
fn a_grant_to_the_user_passes_the_boundary() {
    let lab = bucket([allow("s3:*", "*").to(aws(CAROL))]).boundary([allow("ec2:*", "*")]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
}

/// "[...] to an IAM role ARN are limited".
#[test]
fn a_grant_to_the_role_does_not() {
    let grant = bucket([allow("s3:*", "*").to(aws(AUDIT))]);
    let closed = grant.clone().boundary([allow("ec2:*", "*")]);
    let open = grant.boundary([allow("s3:*", "*")]);
    for who in [AUDIT, SESSION] {
        assert_eq!(closed.may(who, "s3:GetObject", OBJECT), "denied", "{who}");
        assert_eq!(open.may(who, "s3:GetObject", OBJECT), "allowed", "{who}");
    }
}

/// "[...] to an IAM role session ARN are not limited".
#[test]
fn a_grant_to_the_session_passes_the_boundary() {
    let lab = bucket([allow("s3:*", "*").to(aws(SESSION))]).boundary([allow("ec2:*", "*")]);
    assert_eq!(lab.may(SESSION, "s3:GetObject", OBJECT), "allowed");
    let other = "arn:aws:sts::111122223333:assumed-role/audit/other";
    assert_eq!(lab.may(other, "s3:GetObject", OBJECT), "denied");
    // Whoever may call himself dave gets in.
    assert_eq!(lab.unclear(AUDIT, "s3:GetObject", OBJECT), "conditional");
}

/// A statement may name the role and the session: what one way does not give, the other may.
#[test]
fn each_way_of_being_named_counts() {
    let named = format!("{SESSION} {AUDIT} 111122223333");
    let lab = bucket([allow("s3:*", "*").to(aws(&named))]).boundary([allow("ec2:*", "*")]);
    assert_eq!(lab.may(SESSION, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(lab.unclear(AUDIT, "s3:GetObject", OBJECT), "conditional");
}

/// reference_policies_elements_principal.html: `*`, and everybody of one ARN, is in person.
#[test]
fn a_grant_to_everybody_passes_the_boundary() {
    let lab = bucket([allow("s3:*", "*").to(json!("*"))]).boundary([allow("ec2:*", "*")]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
    let only = json!({"ArnEquals": {"aws:PrincipalArn": AUDIT}});
    let lab = bucket([allow("s3:*", "*").to(aws("*")).when(only)]).boundary([allow("ec2:*", "*")]);
    assert_eq!(lab.may(SESSION, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
}

#[test]
fn a_boundary_that_is_missing_leaves_all_open() {
    let boundary = json!({"PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/gone"});
    let lab = holding([allow("*", "*")]).change(CAROL, "PermissionsBoundary", boundary.clone());
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "conditional");
    let lab = holding([]).change(CAROL, "PermissionsBoundary", boundary);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
}

/// reference_policies_elements_notprincipal.html: "will always deny any IAM principal that
/// has a permissions boundary policy attached, regardless of the values specified".
#[test]
fn not_principal_hits_whoever_has_a_boundary() {
    let but = deny("s3:*", "*").to_all_but(aws(&format!("{CAROL} {ROOT}")));
    let lab = holding([allow("*", "*")]).resource(BUCKET, policy([but]));
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
    let bounded = lab.boundary([allow("*", "*")]);
    assert_eq!(bounded.may(CAROL, "s3:GetObject", OBJECT), "denied");
}

/// id_root-user.html and access_policies_boundaries.html: for users and roles only.
#[test]
fn the_root_user_has_no_boundary() {
    let lab = holding([]).boundary([]);
    assert_eq!(lab.may(ROOT, "s3:GetObject", OBJECT), "allowed");
}

/// From another account the caller's own side counts whatever the resource says.
#[test]
fn abroad_the_boundary_limits_every_grant() {
    let abroad = "arn:aws:s3:::theirs";
    let theirs = json!({"arn": abroad, "accountId": "444455556666",
        "policy": policy([allow("s3:*", "*").to(aws(CAROL))])});
    let lab = holding([allow("*", "*")]).add("resources", theirs);
    assert_eq!(
        lab.may(CAROL, "s3:GetObject", "arn:aws:s3:::theirs/x"),
        "allowed"
    );
    let lab = lab.boundary([allow("ec2:*", "*")]);
    assert_eq!(
        lab.may(CAROL, "s3:GetObject", "arn:aws:s3:::theirs/x"),
        "denied"
    );
}
