use super::role::Judged;
use super::{log_group_arn, log_group_name};
use crate::policy::world::World;
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Account, Action, Gap, GapKind, Identities, Observed, Role, Trail, arn};

/// The role by which a trail feeds its log group can do that, and no more.
pub(super) const RULE: Rule = Rule {
    id: "delivery-role",
    title: "The delivery role can write events, and little else",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::Monitoring,
    description: "CloudTrail writes into CloudWatch Logs by a role of yours. When that role is \
        deleted, no longer trusts CloudTrail, or lost a permission, events stop to arrive and \
        alarms stay quiet, while the trail goes on. A role that can do more than write into its \
        log group, or that others may assume as well, is a way to forge events, and whatever \
        else it allows.",
    criteria: "Fails if the role does not exist, if CloudTrail may not assume it, if others may, if \
        it may not logs:CreateLogStream and logs:PutLogEvents on the streams \
        ACCOUNT_CloudTrail_REGION* of the log group (of an organization trail also o-ID_*), its \
        boundary and service control policies included, or if its policies allow other actions \
        (logs:Describe* aside) or reach every log group. No condition in the trust policy is \
        asked for: AWS says that this role does not support aws:SourceArn and aws:SourceAccount, \
        and a role can be handed to CloudTrail in its own account only. One that has such a \
        condition passes if events arrived within 24 hours, else it is unknown. Unknown if users \
        and roles, or organization policies, could not be read, or the role is another account's. \
        Not applicable if the trail feeds no log group, or is an organization's of another account.",
    action: "Let the role trust cloudtrail.amazonaws.com alone, with a policy of the two actions on \
        the trail's own streams. Move what else it is used for to another role.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
    ],
    controls: &[
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: &[
        Action::GetAccountAuthorizationDetails,
        Action::GetTrailStatus,
        Action::DescribeOrganization,
        Action::ListRoots,
        Action::ListParents,
        Action::ListPoliciesForTarget,
        Action::DescribePolicy,
    ],
    remedies: Remedies {
        cli: "aws iam update-assume-role-policy --role-name {role} --policy-document '{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"Service\": \"cloudtrail.amazonaws.com\"}, \"Action\": \"sts:AssumeRole\"}]}'\n\
            aws iam put-role-policy --role-name {role} --policy-name deliver --policy-document '{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": [\"logs:CreateLogStream\", \"logs:PutLogEvents\"], \"Resource\": \"{streams}\"}]}'\n\
            # then detach and delete what else the role has\n\
            aws iam list-attached-role-policies --role-name {role}\n\
            aws iam list-role-policies --role-name {role}",
        terraform: "resource \"aws_iam_role\" \"delivery\" {\n  name = \"{role}\"\n  assume_role_policy = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [{\n      Effect    = \"Allow\"\n      Principal = { Service = \"cloudtrail.amazonaws.com\" }\n      Action    = \"sts:AssumeRole\"\n    }]\n  })\n}\n\nresource \"aws_iam_role_policy\" \"deliver\" {\n  name = \"deliver\"\n  role = aws_iam_role.delivery.id\n  policy = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [{\n      Effect   = \"Allow\"\n      Action   = [\"logs:CreateLogStream\", \"logs:PutLogEvents\"]\n      Resource = \"{streams}\"\n    }]\n  })\n}",
        cloudformation: "Type: AWS::IAM::Role\nProperties:\n  RoleName: {role}\n  AssumeRolePolicyDocument:\n    Version: \"2012-10-17\"\n    Statement:\n      - Effect: Allow\n        Principal:\n          Service: cloudtrail.amazonaws.com\n        Action: sts:AssumeRole\n  Policies:\n    - PolicyName: deliver\n      PolicyDocument:\n        Version: \"2012-10-17\"\n        Statement:\n          - Effect: Allow\n            Action:\n              - logs:CreateLogStream\n              - logs:PutLogEvents\n            Resource: {streams}",
    },
    check: Check::Trail(check),
};

fn check(context: &Context<'_>, trail: &Trail) -> Judgement {
    let account = context.account;
    let Some(group) = log_group_arn(trail) else {
        return Ok(Verdict::not_applicable("the trail feeds no log group"));
    };
    let group = group.strip_suffix(":*").unwrap_or(group);
    let Some(name) = trail.log_role_arn.as_deref().filter(|arn| !arn.is_empty()) else {
        return Ok(Verdict::fail(format!(
            "the trail names no role by which CloudTrail could write into `{}`",
            log_group_name(group)
        )));
    };
    let owner = arn::parse(name).map_or("", |arn| arn.account);
    if owner != account.id {
        return elsewhere(trail, owner, name);
    }
    let identities = account.identities.known()?;
    let Some(role) = identities.roles.iter().find(|role| role.arn == name) else {
        return Ok(Verdict::fail(format!(
            "the role `{name}` does not exist, so no event arrives in CloudWatch Logs"
        ))
        .evidence("role", name.rsplit('/').next()));
    };
    let world = world(account, identities, role);
    let streams = streams(account, trail, group);
    let judged = Judged {
        context,
        trail,
        role,
        world: &world,
    };
    let answers = [
        judged.trust(),
        judged.trusted_others(),
        judged.can_write(&streams),
        judged.excess(group),
    ];
    let evidence = |verdict: Verdict| {
        verdict
            .evidence("role", role.name.as_str())
            .evidence("streams", streams.first().map(|(arn, _)| arn.as_str()))
    };
    let faults: Vec<String> = answers.iter().flatten().flatten().cloned().collect();
    if !faults.is_empty() {
        let faults = faults.join("; ");
        return Ok(evidence(Verdict::fail(format!(
            "role `{}`: {faults}",
            role.name
        ))));
    }
    for answer in answers {
        answer?;
    }
    for (_, certain) in &streams {
        certain.clone()?;
    }
    Ok(evidence(Verdict::pass(format!(
        "role `{}` lets CloudTrail alone write the trail's events, and nothing else",
        role.name
    ))))
}

/// A role that the audited account cannot describe.
fn elsewhere(trail: &Trail, owner: &str, name: &str) -> Judgement {
    if trail.owner_account() == owner && *trail.organization.known()? {
        return Ok(Verdict::not_applicable(format!(
            "the role of the organization's trail belongs to account {owner}; audit that account"
        ))
        .evidence("owner_account", owner));
    }
    Err(Gap::new(
        Action::GetAccountAuthorizationDetails,
        GapKind::Unsupported,
        format!("the role `{name}` belongs to another account, and AWS describes it only there"),
    ))
}

/// The account's organization policies, this role, and the policies that bind it.
fn world(account: &Account, identities: &Identities, role: &Role) -> World {
    let mut world = World::of_organization(account);
    // AWS enforces the resource policies of log groups for service principals only.
    world.complete = true;
    let binds =
        |policy: &String| role.attached.contains(policy) || role.boundary.as_ref() == Some(policy);
    world.add_identities(&Identities {
        roles: vec![role.clone()],
        policies: identities
            .policies
            .iter()
            .filter(|policy| binds(&policy.arn))
            .cloned()
            .collect(),
        ..Identities::default()
    });
    world
}

/// The streams that CloudTrail writes to, `*` being any text, each with why it is not certain
/// that it does. A trail's are named after its owner and home Region, and an organization's
/// members' after the organization.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html>
fn streams(account: &Account, trail: &Trail, group: &str) -> Vec<(String, Result<(), Gap>)> {
    let stream = |name: String| format!("{group}:log-stream:{name}");
    let (owner, home) = (trail.owner_account(), &trail.home_region);
    let own = stream(format!("{owner}_CloudTrail_{home}*"));
    let mut streams = vec![(own, Ok(()))];
    let of_members = match (&trail.organization, account.organization.known()) {
        (Observed::Known(false), _) => return streams,
        (Observed::Gap(gap), _) => (None, Err(gap.clone())),
        (_, Ok(Some(organization))) => (Some(organization.id.as_str()), Ok(())),
        (_, Ok(None)) => (None, Ok(())),
        (_, Err(gap)) => (None, Err(gap)),
    };
    let id = of_members.0.map_or("o-*".to_owned(), str::to_owned);
    streams.push((stream(format!("{id}_*")), of_members.1));
    streams
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{InlinePolicy, ManagedPolicy, Organization, story};

    const STREAMS: &str = "arn:aws:logs:us-east-1:111122223333:log-group:trail-main:log-stream:111122223333_CloudTrail_us-east-1*";

    fn role(account: &mut Account) -> &mut Role {
        let roles = &mut account.identities_mut().roles;
        let mut roles = roles.iter_mut();
        roles
            .find(|role| role.name == "trail-main-delivery")
            .unwrap()
    }

    fn ruling(account: &Account) -> Ruling {
        story::judge(&RULE, account).unwrap().ruling
    }

    /// The fail's message.
    fn fault(account: &Account) -> String {
        let verdict = story::judge(&RULE, account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail, "{}", verdict.message);
        verdict.message
    }

    fn may(actions: &str, resource: &str) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":{actions},"Resource":"{resource}"}}]}}"#
        )
    }

    const BOTH: &str = r#"["logs:CreateLogStream","logs:PutLogEvents"]"#;

    fn with_policy(document: String) -> Account {
        let mut account = story::pristine_account();
        role(&mut account).inline = vec![InlinePolicy {
            name: "deliver".to_owned(),
            document,
        }];
        account
    }

    fn with_trust(principal: &str, condition: &str) -> Account {
        let mut account = story::pristine_account();
        role(&mut account).trust = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole","Condition":{{{condition}}}}}]}}"#
        );
        account
    }

    const CLOUDTRAIL: &str = r#"{"Service":"cloudtrail.amazonaws.com"}"#;

    /// cloudtrail-required-policy-for-cloudwatch-logs.html: "Confused deputy prevention is
    /// not applicable to the role policy for CloudWatch Logs monitoring".
    #[test]
    fn a_trust_policy_without_conditions_passes_as_aws_writes_it() {
        assert_eq!(ruling(&with_trust(CLOUDTRAIL, "")), Ruling::Pass);
    }

    #[test]
    fn a_condition_on_the_source_passes_only_if_events_arrive_in_spite_of_it() {
        let trail = r#""StringEquals":{"aws:SourceArn":"arn:aws:cloudtrail:us-east-1:111122223333:trail/main"}"#;
        let mut account = with_trust(CLOUDTRAIL, trail);
        assert_eq!(ruling(&account), Ruling::Pass);
        let status = account.trail_mut().status_mut("us-east-1");
        status.log_group_time = Some("2026-11-20T00:00:00Z".parse().unwrap());
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert!(gap.detail.contains("does not support"), "{}", gap.detail);
        let other = trail.replace("main", "other");
        assert!(fault(&with_trust(CLOUDTRAIL, &other)).contains("for this trail"));
    }

    #[test]
    fn a_role_that_cloudtrail_may_not_assume_or_others_may_fails() {
        let lambda = r#"{"Service":"lambda.amazonaws.com"}"#;
        let message = fault(&with_trust(lambda, ""));
        assert!(message.contains("does not let CloudTrail assume it"));
        assert!(message.contains("`lambda.amazonaws.com` may assume it, too"));
        let account = r#"{"Service":"cloudtrail.amazonaws.com","AWS":"111122223333"}"#;
        assert!(fault(&with_trust(account, "")).contains("`111122223333` may assume it, too"));
        assert!(fault(&with_trust(r#""*""#, "")).contains("everybody may assume it, too"));
        let stale = r#"{"Service":"cloudtrail.amazonaws.com","AWS":"AROAEXAMPLEGONE000001"}"#;
        assert_eq!(ruling(&with_trust(stale, "")), Ruling::Pass);
    }

    #[test]
    fn a_role_that_does_not_exist_fails() {
        let mut account = story::pristine_account();
        account.identities_mut().roles.clear();
        assert!(fault(&account).contains("does not exist"));
        account.trail_mut().log_role_arn = None;
        assert!(fault(&account).contains("names no role"));
    }

    #[test]
    fn a_role_must_be_allowed_both_actions_on_all_the_trails_streams() {
        assert_eq!(ruling(&with_policy(may(BOTH, STREAMS))), Ruling::Pass);
        let group = "arn:aws:logs:us-east-1:111122223333:log-group:trail-main:*";
        assert_eq!(ruling(&with_policy(may(BOTH, group))), Ruling::Pass);
        let message = fault(&with_policy(may(r#""logs:PutLogEvents""#, STREAMS)));
        assert!(
            message.contains("`logs:CreateLogStream`") && !message.contains("logs:PutLogEvents")
        );
        let other = STREAMS.replace("trail-main", "trail-other");
        fault(&with_policy(may(BOTH, &other)));
        // CloudTrail adds a number to the name when there is much to write.
        fault(&with_policy(may(BOTH, STREAMS.trim_end_matches('*'))));
    }

    #[test]
    fn a_boundary_or_a_service_control_policy_can_take_the_permission_away() {
        let mut account = story::pristine_account();
        let boundary = "arn:aws:iam::111122223333:policy/boundary";
        role(&mut account).boundary = Some(boundary.to_owned());
        account.identities_mut().policies.push(ManagedPolicy {
            arn: boundary.to_owned(),
            document: may(r#""s3:*""#, "*"),
        });
        assert!(fault(&account).contains("nothing allows it"));
        let mut account = story::pristine_account();
        if let Observed::Known(levels) = &mut account.service_control_policies {
            let policy = &mut levels[0].policies[1];
            policy.content = may(r#""logs:*""#, "*").replace("Allow", "Deny");
        }
        assert!(fault(&account).contains("service control policy `guard-trail`"));
        account.service_control_policies = story::denied(Action::ListPoliciesForTarget);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "organizations:ListPoliciesForTarget");
    }

    #[test]
    fn other_actions_and_every_log_group_are_too_much() {
        for (actions, resource) in [
            (r#""logs:*""#, STREAMS),
            (
                r#"["logs:CreateLogStream","logs:PutLogEvents","s3:PutObject"]"#,
                STREAMS,
            ),
            (BOTH, "*"),
            (BOTH, "arn:aws:logs:*:*:log-group:*:log-stream:*"),
        ] {
            let message = fault(&with_policy(may(actions, resource)));
            assert!(
                message.contains("inline policy `deliver` lets it"),
                "{message}"
            );
        }
        let described = r#"["logs:CreateLogStream","logs:PutLogEvents","logs:DescribeLogStreams"]"#;
        assert_eq!(ruling(&with_policy(may(described, STREAMS))), Ruling::Pass);
        let mut account = story::pristine_account();
        let policy = "arn:aws:iam::aws:policy/AdministratorAccess";
        role(&mut account).attached.push(policy.to_owned());
        assert!(fault(&account).contains("policy `AdministratorAccess` lets it"));
        // What the boundary does not allow, the role cannot do.
        let boundary = "arn:aws:iam::111122223333:policy/boundary";
        role(&mut account).boundary = Some(boundary.to_owned());
        account.identities_mut().policies.push(ManagedPolicy {
            arn: boundary.to_owned(),
            document: may(BOTH, STREAMS),
        });
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    /// The same page: a role for an organization's trail needs the members' streams, too.
    #[test]
    fn an_organizations_trail_writes_to_its_members_streams_too() {
        let mut account = story::pristine_account();
        account.trail_mut().organization = Observed::Known(true);
        account.organization = Observed::Known(Some(Organization {
            id: "o-exampleorgid".to_owned(),
            management_account: account.id.clone(),
        }));
        assert!(fault(&account).contains("`o-exampleorgid_*`"));
        let members = STREAMS.replace("111122223333_CloudTrail_us-east-1", "o-exampleorgid_");
        let both = format!(r#"{STREAMS}","{members}"#);
        role(&mut account).inline[0].document =
            may(BOTH, &both).replace(&format!(r#""{both}""#), &format!(r#"["{both}"]"#));
        assert_eq!(ruling(&account), Ruling::Pass);
        account.trail_mut().organization = story::denied(Action::DescribeTrails);
        assert!(story::judge(&RULE, &account).is_err());
    }

    #[test]
    fn another_accounts_role_is_unknown_or_not_applicable_and_so_is_one_that_is_not_read() {
        let mut account = story::pristine_account();
        account.trail_mut().log_role_arn =
            Some("arn:aws:iam::999999999999:role/delivery".to_owned());
        assert!(story::judge(&RULE, &account).is_err());
        let trail = account.trail_mut();
        trail.arn = trail.arn.replace("111122223333", "999999999999");
        trail.organization = Observed::Known(true);
        assert_eq!(ruling(&account), Ruling::NotApplicable);
        let mut account = story::pristine_account();
        account.identities = story::denied(Action::GetAccountAuthorizationDetails);
        assert!(story::judge(&RULE, &account).is_err());
        account.trail_mut().log_group_arn = None;
        assert_eq!(ruling(&account), Ruling::NotApplicable);
    }

    #[test]
    fn a_policy_that_aws_did_not_tell_leaves_it_open() {
        let mut account = story::pristine_account();
        let policy = "arn:aws:iam::aws:policy/Unlisted";
        role(&mut account).attached.push(policy.to_owned());
        assert!(story::judge(&RULE, &account).is_err());
    }
}
