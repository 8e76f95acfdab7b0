//! Service and resource control policies: orgs_manage_policies_scps.html and
//! orgs_manage_policies_rcps.html (Organizations).

use super::*;

fn full() -> Value {
    policy([allow("*", "*")])
}

fn except(actions: &str) -> Value {
    policy([deny(actions, "*")])
}

/// orgs_manage_policies_scps_evaluation.html: "an explicit Allow statement at every level".
#[test]
fn every_level_must_allow() {
    let lab = holding([allow("*", "*")]).scp([full()]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
    let lab = lab.scp([policy([allow("s3:Get*", "*")])]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(lab.may(CAROL, "s3:PutObject", OBJECT), "denied");
    let lab = lab.scp([policy([allow("s3:Put*", "*")])]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
}

/// The same: of the policies of one level one is enough.
#[test]
fn one_policy_of_a_level_is_enough() {
    let lab = holding([allow("*", "*")])
        .scp([policy([allow("s3:*", "*")]), policy([allow("ec2:*", "*")])]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(lab.may(CAROL, "sns:Publish", TOPIC), "denied");
}

/// The same: with FullAWSAccess detached and nothing else attached nobody may anything.
#[test]
fn a_level_without_policies_denies_all() {
    let lab = holding([allow("*", "*")]).scp([full()]).scp([]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
    assert_eq!(lab.may(ROOT, "s3:GetObject", OBJECT), "denied");
    let lab = holding([allow("*", "*")])
        .scp([full()])
        .scp([except("s3:Put*")]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
}

#[test]
fn a_deny_at_any_level_denies() {
    for levels in [[except("s3:*"), full()], [full(), except("s3:*")]] {
        let [first, second] = levels;
        let lab = holding([allow("*", "*")])
            .scp([full(), first])
            .scp([full(), second]);
        assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
        assert_eq!(lab.may(CAROL, "sns:Publish", TOPIC), "allowed");
    }
}

/// "SCPs do not grant permissions".
#[test]
fn a_service_control_policy_grants_nothing() {
    assert_eq!(
        holding([]).scp([full()]).may(CAROL, "s3:GetObject", OBJECT),
        "denied"
    );
}

/// "SCPs limit [...] including the root user" of member accounts.
#[test]
fn the_root_user_of_a_member_account_is_bound() {
    let lab = holding([]).scp([full(), except("cloudtrail:*")]);
    assert_eq!(lab.may(ROOT, "cloudtrail:StopLogging", TRAIL), "denied");
    assert_eq!(lab.may(ROOT, "s3:GetObject", OBJECT), "allowed");
}

/// "SCPs don't affect users or roles in the management account".
#[test]
fn the_management_account_is_not_bound() {
    let lab = holding([allow("*", "*")])
        .scp([except("*")])
        .rcp([policy([deny("*", "*").to(json!("*"))])])
        .set("managementAccountId", json!("111122223333"));
    for who in [CAROL, AUDIT, ROOT] {
        assert_eq!(
            lab.may(who, "cloudtrail:StopLogging", TRAIL),
            "allowed",
            "{who}"
        );
        assert_eq!(lab.may(who, "s3:GetObject", OBJECT), "allowed", "{who}");
    }
}

/// "SCPs do not affect any service-linked role".
#[test]
fn service_linked_roles_are_not_bound() {
    let lab = lab()
        .role(LINKED, vec![allow("s3:*", "*")])
        .scp([except("*")])
        .rcp([policy([deny("*", "*").to(json!("*"))])]);
    assert_eq!(lab.may(LINKED, "s3:GetObject", OBJECT), "allowed");
    let session = "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForConfig/x";
    assert_eq!(lab.may(session, "s3:GetObject", OBJECT), "allowed");
    let unknown = "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForBackup/x";
    assert_eq!(lab.may(unknown, "s3:GetObject", OBJECT), "conditional");
}

/// "SCPs affect only [...] principals managed by accounts that are part of the organization".
#[test]
fn service_control_policies_do_not_bind_strangers_and_services() {
    let lab = bucket([allow("s3:*", "*").to(json!("*"))])
        .scp([except("*")])
        .outsider([allow("*", "*")]);
    assert_eq!(lab.may(STRANGER, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(lab.may(CLOUDTRAIL, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(lab.may(ANYBODY, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
}

/// orgs_manage_policies_scps_syntax.html: conditions in SCPs leave some requests.
#[test]
fn a_conditional_service_control_policy_names_its_key() {
    let but_break_glass = deny("cloudtrail:*", "*")
        .when(json!({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/team/*"}}));
    let lab = holding([allow("*", "*")]).scp([full(), policy([but_break_glass])]);
    assert_eq!(lab.may(CAROL, "cloudtrail:StopLogging", TRAIL), "denied");
    assert_eq!(lab.may(AUDIT, "cloudtrail:StopLogging", TRAIL), "allowed");
    let mfa = deny("*", "*").when(json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}));
    let lab = holding([allow("*", "*")]).scp([full(), policy([mfa])]);
    assert_eq!(
        lab.may(CAROL, "cloudtrail:StopLogging", TRAIL).depends_on,
        ["aws:MultiFactorAuthPresent"]
    );
}

/// orgs_manage_policies_rcps.html: they bind whoever comes, from wherever.
#[test]
fn a_resource_control_policy_binds_everybody() {
    let lab = holding([allow("*", "*")])
        .resource(BUCKET, policy([allow("s3:*", "*").to(json!("*"))]))
        .outsider([allow("*", "*")])
        .rcp([policy([
            allow("*", "*").to(json!("*")),
            deny("s3:*", "*").to(json!("*")),
        ])]);
    for who in [CAROL, AUDIT, SESSION, ROOT, STRANGER, ANYBODY, CLOUDTRAIL] {
        assert_eq!(lab.may(who, "s3:GetObject", OBJECT), "denied", "{who}");
    }
}

/// The same, "Resources and entities not restricted by RCPs" and the list of services.
#[test]
fn a_resource_control_policy_reaches_some_services_only() {
    let lab = holding([allow("*", "*")]).rcp([policy([deny("*", "*").to(json!("*"))])]);
    assert_eq!(lab.may(CAROL, "cloudtrail:StopLogging", TRAIL), "allowed");
    assert_eq!(lab.may(CAROL, "sns:DeleteTopic", TOPIC), "allowed");
    assert_eq!(lab.may(CAROL, "iam:DeleteRole", AUDIT), "allowed");
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
    assert_eq!(
        lab.may(
            CAROL,
            "sqs:SendMessage",
            "arn:aws:sqs:eu-west-1:111122223333:q"
        ),
        "denied"
    );
    // Our data does not tell.
    assert_eq!(
        lab.may(
            CAROL,
            "ec2:RunInstances",
            "arn:aws:ec2:eu-west-1:111122223333:instance/i-1"
        ),
        "conditional"
    );
}

/// The same: whether they bind an action that works on no resource AWS does not say.
#[test]
fn a_resource_control_policy_on_no_resource_is_unclear() {
    let lab = holding([allow("*", "*")]).rcp([policy([deny("*", "*").to(json!("*"))])]);
    assert_eq!(
        lab.may(CAROL, "s3:PutAccountPublicAccessBlock", "*"),
        "conditional"
    );
}

/// The same: "RCPs [...] don't grant permissions", and RCPFullAWSAccess is always there.
#[test]
fn a_resource_control_policy_needs_no_allow_and_grants_nothing() {
    let lab = holding([allow("*", "*")]).rcp([]).rcp([policy([])]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
    let lab = holding([]).rcp([policy([allow("*", "*").to(json!("*"))])]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
}

/// The same: resources of other accounts have RCPs of their own.
#[test]
fn a_resource_control_policy_does_not_reach_other_accounts() {
    let theirs = json!({"arn": "arn:aws:s3:::theirs", "accountId": "444455556666",
        "policy": policy([allow("s3:*", "*").to(json!("*"))])});
    let lab = holding([allow("*", "*")])
        .add("resources", theirs)
        .rcp([policy([deny("*", "*").to(json!("*"))])]);
    assert_eq!(
        lab.may(CAROL, "s3:GetObject", "arn:aws:s3:::theirs/x"),
        "allowed"
    );
}

/// AWS's example for a data perimeter: services are exempted by `aws:PrincipalIsAWSService`.
#[test]
fn a_perimeter_lets_the_organization_and_services_in() {
    let perimeter = deny("s3:*", "*").to(json!("*")).when(json!({
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-example"},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }));
    let lab = holding([allow("*", "*")])
        .resource(BUCKET, policy([allow("s3:*", "*").to(json!("*"))]))
        .outsider([allow("*", "*")])
        .rcp([policy([perimeter])]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(lab.may(CLOUDTRAIL, "s3:PutObject", OBJECT), "allowed");
    assert_eq!(lab.may(STRANGER, "s3:GetObject", OBJECT), "denied");
    assert_eq!(lab.may(ANYBODY, "s3:GetObject", OBJECT), "denied");
}

/// orgs_manage_policies_rcps.html: RCPs need a principal, SCPs must not have one.
#[test]
fn control_policies_with_a_principal_in_the_wrong_place_are_unclear() {
    let lab = holding([allow("*", "*")]).scp([full(), policy([deny("s3:*", "*").to(json!("*"))])]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "conditional");
    let lab = holding([allow("*", "*")]).rcp([policy([deny("s3:*", "*")])]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "conditional");
}

/// A level whose policies are not given may allow and deny.
#[test]
fn a_level_that_is_not_given_leaves_all_open() {
    let lab = holding([allow("*", "*")]).add(
        "scpLevels",
        json!({"target": {"Id": "r-1"}, "policies": null}),
    );
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "conditional");
    let lab = holding([]).add("scpLevels", json!({"target": null}));
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
}
