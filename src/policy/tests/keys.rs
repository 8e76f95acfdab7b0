//! KMS keys and the trust policies of roles, whose own policy comes first:
//! key-policies.html (KMS) and reference_policies_evaluation-logic.html.

use super::*;

fn key(statements: impl IntoIterator<Item = Value>) -> Lab {
    holding([allow("kms:* sts:*", "*")]).resource(KEY, policy(statements))
}

/// key-policy-default.html: without the statement for the account "IAM policies that allow
/// access to the key are ineffective".
#[test]
fn policies_of_callers_are_void_unless_the_key_admits_the_account() {
    let closed = key([allow("kms:*", "*").to(json!({"Service": CLOUDTRAIL}))]);
    assert_eq!(closed.may(CAROL, "kms:DisableKey", KEY), "denied");
    for account in [ROOT, "111122223333"] {
        let open = key([allow("kms:*", "*").to(aws(account))]);
        assert_eq!(open.may(CAROL, "kms:DisableKey", KEY), "allowed");
        assert_eq!(open.may(SESSION, "kms:DisableKey", KEY), "allowed");
    }
}

/// The same: of what it admits, and no more.
#[test]
fn a_key_admits_the_account_to_some_actions_only() {
    let lab = key([allow("kms:Decrypt", "*").to(aws(ROOT))]);
    assert_eq!(lab.may(CAROL, "kms:Decrypt", KEY), "allowed");
    assert_eq!(lab.may(CAROL, "kms:DisableKey", KEY), "denied");
}

/// The same: the account's statement lets nobody in whom no policy lets.
#[test]
fn the_statement_for_the_account_gives_nobody_anything() {
    let lab = holding([]).resource(KEY, policy([allow("kms:*", "*").to(aws(ROOT))]));
    assert_eq!(lab.may(CAROL, "kms:Decrypt", KEY), "denied");
}

/// The same, with a condition.
#[test]
fn the_statement_for_the_account_may_have_conditions() {
    let via = json!({"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}});
    let lab = key([allow("kms:*", "*").to(aws(ROOT)).when(via)]);
    let verdict = lab.may(CAROL, "kms:Decrypt", KEY);
    assert_eq!(verdict, "conditional");
    assert_eq!(verdict.depends_on, ["kms:ViaService"]);
    assert_eq!(
        lab.may_with(CAROL, "kms:Decrypt", KEY, json!({"kms:ViaService": []})),
        "denied"
    );
}

/// key-policy-default.html: whom the policy names it gives the key.
#[test]
fn whom_the_key_names_needs_no_policy() {
    let lab = holding([]).resource(
        KEY,
        policy([allow("kms:*", "*").to(aws(&format!("{CAROL} {AUDIT}")))]),
    );
    for who in [CAROL, AUDIT, SESSION] {
        assert_eq!(lab.may(who, "kms:DisableKey", KEY), "allowed", "{who}");
    }
}

/// access_policies_boundaries.html, of keys as of buckets.
#[test]
fn a_boundary_limits_what_a_key_gives_to_a_role() {
    let named = policy([allow("kms:*", "*").to(aws(&format!("{CAROL} {AUDIT}")))]);
    let lab = holding([])
        .resource(KEY, named)
        .boundary([allow("s3:*", "*")]);
    assert_eq!(lab.may(CAROL, "kms:Decrypt", KEY), "allowed");
    assert_eq!(lab.may(AUDIT, "kms:Decrypt", KEY), "denied");
}

/// key-policy-default.html: a key that does not admit the account is closed to its root, too.
#[test]
fn the_root_user_is_bound_by_the_key() {
    let closed = key([allow("kms:*", "*").to(aws(CAROL))]);
    assert_eq!(closed.may(ROOT, "kms:PutKeyPolicy", KEY), "denied");
    let open = key([allow("kms:*", "*").to(aws("111122223333"))]);
    assert_eq!(open.may(ROOT, "kms:PutKeyPolicy", KEY), "allowed");
    let denied = key([
        allow("kms:*", "*").to(aws(ROOT)),
        deny("kms:PutKeyPolicy", "*").to(aws(ROOT)),
    ]);
    assert_eq!(denied.may(ROOT, "kms:PutKeyPolicy", KEY), "denied");
}

/// A key always has a policy: what it says is not known.
#[test]
fn a_key_whose_policy_is_not_known_is_open() {
    let lab = holding([allow("kms:*", "*")]);
    assert_eq!(lab.may(CAROL, "kms:Decrypt", KEY), "conditional");
    assert_eq!(lab.may(STRANGER, "kms:Decrypt", KEY), "conditional");
    let listed = lab.add("resources", json!({"arn": KEY, "keyPolicy": null}));
    assert_eq!(listed.may(CAROL, "kms:Decrypt", KEY), "conditional");
    assert_eq!(listed.may(ROOT, "kms:Decrypt", KEY), "conditional");
}

/// list_awskeymanagementservice.html: CreateKey and ListKeys work on no key.
#[test]
fn actions_on_no_key_go_by_the_callers_policies() {
    let lab = key([]);
    assert_eq!(lab.may(CAROL, "kms:CreateKey", "*"), "allowed");
    assert_eq!(lab.may(CAROL, "kms:DeleteCustomKeyStore", "*"), "allowed");
}

/// key-policy-modifying-external-accounts.html: both sides, and only some operations.
#[test]
fn a_stranger_needs_both_sides_and_manages_no_key() {
    let shared = key([allow("kms:*", "*").to(aws("444455556666"))]);
    let able = shared.clone().outsider([allow("kms:*", "*")]);
    for action in [
        "kms:Decrypt",
        "kms:CreateGrant",
        "kms:DescribeKey",
        "kms:RevokeGrant",
    ] {
        assert_eq!(able.may(STRANGER, action, KEY), "allowed", "{action}");
    }
    for action in [
        "kms:ScheduleKeyDeletion",
        "kms:DisableKey",
        "kms:PutKeyPolicy",
        "kms:TagResource",
        "kms:ReplicateKey",
    ] {
        assert_eq!(able.may(STRANGER, action, KEY), "denied", "{action}");
    }
    assert_eq!(
        shared
            .clone()
            .outsider([])
            .may(STRANGER, "kms:Decrypt", KEY),
        "denied"
    );
    let unknown = shared.may(STRANGER, "kms:Decrypt", KEY);
    assert_eq!(unknown.depends_on, ["policies of the caller's account"]);
}

/// kms:CallerAccount, policy-conditions.html (KMS).
#[test]
fn everybody_of_one_account_is_told_by_the_caller_account() {
    let only = json!({"StringEquals": {"kms:CallerAccount": "111122223333"}});
    let lab = holding([])
        .resource(KEY, policy([allow("kms:*", "*").to(aws("*")).when(only)]))
        .outsider([allow("*", "*")]);
    assert_eq!(lab.may(CAROL, "kms:Decrypt", KEY), "allowed");
    assert_eq!(lab.may(STRANGER, "kms:Decrypt", KEY), "denied");
    assert_eq!(lab.may(ANYBODY, "kms:Decrypt", KEY), "denied");
}

/// grant-delete.html (KMS): resource control policies are no use against who retires grants.
#[test]
fn resource_control_policies_keep_nobody_from_retiring_grants() {
    let lab =
        key([allow("kms:*", "*").to(aws(ROOT))]).rcp([policy([deny("kms:*", "*").to(json!("*"))])]);
    assert_eq!(lab.may(CAROL, "kms:RetireGrant", KEY), "allowed");
    assert_eq!(lab.may(CAROL, "kms:RevokeGrant", KEY), "denied");
}

fn trust(statements: impl IntoIterator<Item = Value>) -> Lab {
    holding([allow("sts:*", "*")]).change(AUDIT, "AssumeRolePolicyDocument", policy(statements))
}

fn assume() -> Value {
    allow("sts:AssumeRole", "*").without("Resource")
}

/// id_roles_terms-and-concepts.html: a role's trust policy is a resource-based policy.
#[test]
fn a_role_must_trust_whoever_assumes_it() {
    let lab = trust([assume().to(json!({"Service": "ec2.amazonaws.com"}))]);
    assert_eq!(lab.may(CAROL, "sts:AssumeRole", AUDIT), "denied");
    assert_eq!(
        lab.may("ec2.amazonaws.com", "sts:AssumeRole", AUDIT),
        "allowed"
    );
    assert_eq!(lab.may(CLOUDTRAIL, "sts:AssumeRole", AUDIT), "denied");
}

/// The same: trusting the account leaves it to its policies, trusting a user does not.
#[test]
fn a_role_that_trusts_a_user_needs_nothing_more() {
    let account = trust([assume().to(aws(ROOT))]);
    assert_eq!(account.may(CAROL, "sts:AssumeRole", AUDIT), "allowed");
    let account = account.change(CAROL, "UserPolicyList", json!([]));
    assert_eq!(account.may(CAROL, "sts:AssumeRole", AUDIT), "denied");
    let user = trust([assume().to(aws(CAROL))]).change(CAROL, "UserPolicyList", json!([]));
    assert_eq!(user.may(CAROL, "sts:AssumeRole", AUDIT), "allowed");
    assert_eq!(user.may(CAROL, "sts:TagSession", AUDIT), "denied");
}

/// id_roles_create_for-user.html, "external ID".
#[test]
fn a_strangers_trust_hangs_on_the_external_id() {
    let only = json!({"StringEquals": {"sts:ExternalId": "1234"}});
    let lab =
        trust([assume().to(aws(STRANGE_ROOT)).when(only)]).outsider([allow("sts:AssumeRole", "*")]);
    let verdict = lab.may(STRANGER, "sts:AssumeRole", AUDIT);
    assert_eq!(verdict.depends_on, ["sts:ExternalId"]);
    assert_eq!(verdict.witness["sts:ExternalId"], json!(["1234"]));
}

/// API_AssumeRole.html (STS): "You cannot call AssumeRole by using AWS account root user
/// credentials; access is denied".
#[test]
fn the_root_user_assumes_no_role() {
    let lab = trust([assume().to(aws(ROOT))]);
    assert_eq!(lab.may(ROOT, "sts:AssumeRole", AUDIT), "denied");
}

/// A role whose trust policy is not given may trust anybody.
#[test]
fn a_role_whose_trust_is_not_known_is_open() {
    let lab = holding([allow("sts:*", "*")]).change(AUDIT, "AssumeRolePolicyDocument", Value::Null);
    assert_eq!(lab.may(CAROL, "sts:AssumeRole", AUDIT), "conditional");
    assert_eq!(lab.may(STRANGER, "sts:AssumeRole", AUDIT), "conditional");
}

/// Other actions on roles are IAM's, and do not go by their trust.
#[test]
fn what_is_done_to_a_role_does_not_hang_on_its_trust() {
    let lab = holding([allow("iam:*", "*")]).change(AUDIT, "AssumeRolePolicyDocument", policy([]));
    assert_eq!(
        lab.may(CAROL, "iam:UpdateAssumeRolePolicy", AUDIT),
        "allowed"
    );
    let strange = trust([allow("iam:*", "*").without("Resource").to(json!("*"))]);
    assert_eq!(strange.may(STRANGER, "iam:DeleteRole", AUDIT), "denied");
}
