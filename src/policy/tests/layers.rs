//! How layers of one account go together: reference_policies_evaluation-logic.html unless
//! another page is named.

use super::*;

/// "By default, all requests are implicitly denied".
#[test]
fn nothing_is_allowed_that_nobody_allows() {
    for who in [CAROL, AUDIT, SESSION] {
        assert_eq!(
            holding([]).may(who, "s3:GetObject", OBJECT),
            "denied",
            "{who}"
        );
    }
}

/// "An explicit deny overrides any allows", wherever either stands.
#[test]
fn a_deny_wins_wherever_it_stands() {
    for statements in [
        [allow("*", "*"), deny("s3:*", "*")],
        [deny("s3:*", "*"), allow("*", "*")],
    ] {
        assert_eq!(
            holding(statements).may(CAROL, "s3:GetObject", OBJECT),
            "denied"
        );
    }
    let lab = bucket([
        allow("s3:*", "arn:aws:s3:::logs/*").to(aws(CAROL)),
        deny("s3:*", "arn:aws:s3:::logs/*").to(json!("*")),
    ]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
}

/// A Deny of which not all is met denies nothing.
#[test]
fn a_deny_for_others_denies_nothing() {
    let lab = holding([allow("*", "*")]).resource(
        BUCKET,
        policy([
            deny("s3:Put*", "arn:aws:s3:::logs/*").to(json!("*")),
            deny("s3:*", "arn:aws:s3:::logs/other/*").to(json!("*")),
            deny("s3:*", "arn:aws:s3:::logs/*").to(aws(AUDIT)),
            deny("s3:*", "*").to(json!("*")).when(json!({"Bool": {"aws:SecureTransport": "true"}, "Null": {"aws:SecureTransport": "true"}})),
        ]),
    );
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(lab.may(AUDIT, "s3:GetObject", OBJECT), "denied");
}

/// "Identity-based policies and resource-based policies grant together": one is enough.
#[test]
fn at_home_either_policy_is_enough() {
    let identity = holding([allow("s3:*", "*")]).resource(BUCKET, policy([]));
    assert_eq!(identity.may(CAROL, "s3:GetObject", OBJECT), "allowed");
    let resource = bucket([allow("s3:*", "*").to(aws(CAROL))]);
    assert_eq!(resource.may(CAROL, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(resource.may(AUDIT, "s3:GetObject", OBJECT), "denied");
}

/// reference_policies_elements_principal.html: naming the account delegates to it, and gives
/// nobody anything that it does not.
#[test]
fn naming_the_own_account_gives_nobody_anything() {
    for account in ["111122223333", ROOT] {
        let lab = bucket([allow("s3:*", "*").to(aws(account))]);
        assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
        assert_eq!(lab.may(AUDIT, "s3:GetObject", OBJECT), "denied");
    }
}

/// access_policies_managed-vs-inline.html: policies of groups are their members'.
#[test]
fn groups_give_to_their_members() {
    let group = json!({"Arn": "arn:aws:iam::111122223333:group/ops", "GroupName": "ops",
        "GroupPolicyList": [{"PolicyName": "own", "PolicyDocument": policy([allow("s3:Get*", "*")])}],
        "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::111122223333:policy/no"}]});
    let lab = holding([allow("s3:Put*", "*")])
        .detail("GroupDetailList", group)
        .managed(
            "arn:aws:iam::111122223333:policy/no",
            [deny("s3:GetObjectAcl", "*")],
        )
        .change(CAROL, "GroupList", json!(["ops"]));
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(lab.may(CAROL, "s3:PutObject", OBJECT), "allowed");
    assert_eq!(lab.may(CAROL, "s3:GetObjectAcl", OBJECT), "denied");
    assert_eq!(lab.may(AUDIT, "s3:GetObject", OBJECT), "denied");
}

/// API_GetAccountAuthorizationDetails.html: a group that is missing could hold anything.
#[test]
fn a_group_that_is_missing_leaves_all_open() {
    let lab = holding([]).change(CAROL, "GroupList", json!(["ops"]));
    let verdict = lab.may(CAROL, "s3:GetObject", OBJECT);
    assert_eq!(verdict, "conditional");
    assert_eq!(verdict.depends_on, ["policy that could not be read"]);
    let lab = holding([allow("*", "*")]).change(CAROL, "GroupList", json!(["ops"]));
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "conditional");
}

/// API_GetAccountAuthorizationDetails.html: so could a managed policy that is.
#[test]
fn an_attached_policy_that_is_missing_leaves_all_open() {
    let attached = json!([{"PolicyName": "x", "PolicyArn": "arn:aws:iam::aws:policy/x"}]);
    let lab = holding([]).change(CAROL, "AttachedManagedPolicies", attached.clone());
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "conditional");
    let lab = holding([deny("*", "*")]).change(CAROL, "AttachedManagedPolicies", attached);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
}

/// access_policies_managed-versioning.html: the default version is in force, not the newest.
#[test]
fn the_default_version_is_in_force() {
    let arn = "arn:aws:iam::111122223333:policy/versions";
    let version = |id: &str, default: bool, statement: Value| json!({"VersionId": id, "IsDefaultVersion": default, "Document": policy([statement])});
    let versions = json!([
        version("v3", false, allow("*", "*")),
        version("v2", true, allow("s3:Get*", "*"))
    ]);
    let lab = holding([])
        .detail(
            "Policies",
            json!({"Arn": arn, "DefaultVersionId": "v2", "PolicyVersionList": versions}),
        )
        .change(
            CAROL,
            "AttachedManagedPolicies",
            json!([{"PolicyArn": arn}]),
        );
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(lab.may(CAROL, "s3:PutObject", OBJECT), "denied");
    let none = holding([])
        .detail(
            "Policies",
            json!({"Arn": arn, "DefaultVersionId": "v9", "PolicyVersionList": versions}),
        )
        .change(
            CAROL,
            "AttachedManagedPolicies",
            json!([{"PolicyArn": arn}]),
        );
    assert_eq!(none.may(CAROL, "s3:PutObject", OBJECT), "denied");
}

/// id_roles_terms-and-concepts.html: what a session may, its role may.
#[test]
fn a_session_has_the_policies_of_its_role() {
    let lab = holding([allow("s3:Get*", "*")]);
    assert_eq!(lab.may(SESSION, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(lab.may(SESSION, "s3:PutObject", OBJECT), "denied");
    let gone = "arn:aws:sts::111122223333:assumed-role/gone/x";
    assert_eq!(lab.may(gone, "s3:GetObject", OBJECT), "conditional");
}

/// reference_policies_condition-keys.html, aws:PrincipalArn: "for IAM roles, the request
/// context returns the ARN of the role", with its path.
#[test]
fn the_principal_arn_of_a_session_is_that_of_its_role() {
    let with = |arn: &str| {
        let only = json!({"ArnEquals": {"aws:PrincipalArn": arn}});
        holding([allow("s3:*", "*").when(only)]).may(SESSION, "s3:GetObject", OBJECT)
    };
    assert_eq!(with(AUDIT), "allowed");
    assert_eq!(with(SESSION), "denied");
    assert_eq!(with("arn:aws:iam::111122223333:role/audit"), "denied");
}

/// Malformed pieces make an answer less certain: access-analyzer-reference-policy-checks.html.
#[test]
fn what_is_not_understood_may_allow_and_may_deny() {
    let odd = [
        json!({"Effect": "Maybe", "Action": "s3:*", "Resource": "*"}),
        json!({"Effect": "Allow", "Action": "s3:*", "NotAction": "s3:*", "Resource": "*"}),
        json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Unless": {}}),
        json!({"Effect": "Deny", "Action": {"s3": "*"}, "Resource": "*"}),
        json!("Allow"),
    ];
    for odd in odd {
        let alone = holding([odd.clone()]);
        assert_eq!(
            alone.may(CAROL, "s3:GetObject", OBJECT),
            "conditional",
            "{odd}"
        );
        let beside = holding([allow("*", "*"), odd.clone()]);
        assert_eq!(
            beside.may(CAROL, "s3:GetObject", OBJECT),
            "conditional",
            "{odd}"
        );
    }
    let denied = holding([deny("*", "*"), json!("Allow")]);
    assert_eq!(denied.may(CAROL, "s3:GetObject", OBJECT), "denied");
}

/// access-analyzer-reference-policy-checks.html, "Unsupported principal" and "Missing
/// principal".
#[test]
fn a_principal_in_the_wrong_place_is_unclear() {
    let lab = holding([allow("s3:*", "*").to(json!("*"))]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "conditional");
    let lab = bucket([allow("s3:*", "*")]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "conditional");
    assert_eq!(lab.may(ANYBODY, "s3:GetObject", OBJECT), "conditional");
}

/// API_GetCallerIdentity.html (STS): "No permissions are required", and a Deny is no use.
#[test]
fn everybody_may_ask_who_they_are() {
    let lab = holding([deny("*", "*")]);
    assert_eq!(lab.may(CAROL, "sts:GetCallerIdentity", "*"), "allowed");
    assert_eq!(lab.may(ANYBODY, "sts:GetCallerIdentity", "*"), "denied");
}

/// "Statement" may be one object, and may be empty.
#[test]
fn a_statement_may_stand_alone_or_be_missing() {
    let inline = |statement: Value| {
        let document = json!({"Version": "2012-10-17", "Statement": statement});
        let inline = json!([{"PolicyName": "own", "PolicyDocument": document}]);
        holding([])
            .change(CAROL, "UserPolicyList", inline)
            .may(CAROL, "s3:GetObject", OBJECT)
    };
    assert_eq!(inline(allow("s3:*", "*")), "allowed");
    assert_eq!(inline(json!([])), "denied");
    assert_eq!(inline(json!("")), "conditional");
}
