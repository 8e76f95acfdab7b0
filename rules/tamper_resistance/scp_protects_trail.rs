use super::protection::protection;
use crate::policy::case::Policy;
use crate::policy::world::of_level;
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict, listed,
};
use crate::snapshot::{Account, Action, Trail};

/// The organization forbids the account's principals to stop or blind its trails.
pub(super) const RULE: Rule = Rule {
    id: "scp-protects-trail",
    title: "A service control policy protects the trails",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::TamperResistance,
    description: "Within an account its administrators can do anything, and whoever takes over one \
        of them stops the trail first. Only a service control policy, which comes from the \
        organization above, binds them all, the root user included. It must hold for everybody: \
        a condition that spares whoever has a certain tag, uses MFA or takes a certain role name \
        spares the attacker who can tag, sign in or create roles.",
    criteria: "Fails if one of StopLogging, DeleteTrail, UpdateTrail and PutEventSelectors on one of \
        the account's own trails is neither denied to every user, role and root user by a \
        service control policy of the organization's root, a unit or the account, nor left out of \
        what the policies of one level allow. Principals that aws:PrincipalArn exempts by their \
        full name, or that only AWS creates, are shown, and pass; an exemption by a pattern of \
        names, or any other condition that a principal can meet, protects nothing. Unknown if \
        the organization, its policies or the trails could not be read or understood. Not \
        applicable outside an organization, in the management account, which service control \
        policies never bind, and without a trail of its own: a member account other than the \
        delegated administrator's cannot change its organization's trail anyway.",
    action: "Attach a service control policy to the organization's root or to the unit that denies \
        the four actions on every trail, and exempt at most the one role that administers trails, \
        by its full ARN in ArnNotLike aws:PrincipalArn.",
    resources: &[
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html",
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &[
        Action::DescribeOrganization,
        Action::ListRoots,
        Action::ListParents,
        Action::ListPoliciesForTarget,
        Action::DescribePolicy,
    ],
    remedies: Remedies {
        cli: "# in the management account, or where policies are administered\n\
            aws organizations create-policy --type SERVICE_CONTROL_POLICY --name protect-trails --description 'Nobody stops or blinds a trail' --content '{\"Version\": \"2012-10-17\", \"Statement\": [{\"Sid\": \"ProtectTrails\", \"Effect\": \"Deny\", \"Action\": [\"cloudtrail:StopLogging\", \"cloudtrail:DeleteTrail\", \"cloudtrail:UpdateTrail\", \"cloudtrail:PutEventSelectors\"], \"Resource\": \"*\"}]}'\n\
            aws organizations attach-policy --target-id {account} --policy-id POLICY_ID",
        terraform: "resource \"aws_organizations_policy\" \"protect_trails\" {\n  name    = \"protect-trails\"\n  type    = \"SERVICE_CONTROL_POLICY\"\n  content = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [{\n      Sid      = \"ProtectTrails\"\n      Effect   = \"Deny\"\n      Action   = [\"cloudtrail:StopLogging\", \"cloudtrail:DeleteTrail\", \"cloudtrail:UpdateTrail\", \"cloudtrail:PutEventSelectors\"]\n      Resource = \"*\"\n    }]\n  })\n}\n\nresource \"aws_organizations_policy_attachment\" \"protect_trails\" {\n  policy_id = aws_organizations_policy.protect_trails.id\n  target_id = \"{account}\"\n}",
        cloudformation: "Type: AWS::Organizations::Policy\nProperties:\n  Name: protect-trails\n  Type: SERVICE_CONTROL_POLICY\n  TargetIds:\n    - \"{account}\"\n  Content:\n    Version: \"2012-10-17\"\n    Statement:\n      - Sid: ProtectTrails\n        Effect: Deny\n        Action:\n          - cloudtrail:StopLogging\n          - cloudtrail:DeleteTrail\n          - cloudtrail:UpdateTrail\n          - cloudtrail:PutEventSelectors\n        Resource: \"*\"",
    },
    check: Check::Account(check),
};

fn check(context: &Context<'_>) -> Judgement {
    let account = context.account;
    let Some(organization) = account.organization.known()? else {
        return Ok(Verdict::not_applicable("the account is in no organization"));
    };
    if organization.management_account == account.id {
        return Ok(Verdict::not_applicable(
            "this is the organization's management account, which service control policies never \
             bind",
        ));
    }
    let own: Vec<&Trail> = account
        .trails
        .iter()
        .filter(|trail| trail.owner_account() == account.id)
        .collect();
    let levels = account.service_control_policies.known()?;
    let levels: Vec<Vec<Policy>> = levels
        .iter()
        .map(|level| of_level("service", level))
        .collect();
    let protection = protection(account, organization, &own, &levels);
    if let Some(fault) = protection.fault() {
        return Ok(Verdict::fail(fault).evidence("service_control_policies", names(&levels)));
    }
    // A trail that nobody saw may be left unprotected.
    account.all_trails()?;
    if own.is_empty() {
        return Ok(without_trails(account));
    }
    if let Some(doubt) = protection.doubt {
        return Err(doubt);
    }
    let exempt: Vec<String> = protection.exempt.into_iter().collect();
    let by = listed(&protection.by.into_iter().collect::<Vec<_>>());
    let message = match exempt.is_empty() {
        true => format!("nobody in the account can stop or blind its trails, by {by}"),
        false => format!(
            "nobody in the account but {} can stop or blind its trails, by {by}",
            listed(&exempt)
        ),
    };
    Ok(Verdict::pass(message)
        .evidence("exempt", exempt)
        .evidence("service_control_policies", names(&levels)))
}

fn without_trails(account: &Account) -> Verdict {
    Verdict::not_applicable(match account.trails.is_empty() {
        true => "the account has no trail",
        false => {
            "the account has no trail of its own, and a member account cannot change its \
             organization's trail, unless it is the delegated administrator"
        }
    })
}

fn names(levels: &[Vec<Policy>]) -> Vec<&str> {
    levels
        .iter()
        .flatten()
        .map(|policy| policy.name.as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Observed, Organization, OrganizationPolicy, story};

    const FOUR: &str = r#"["cloudtrail:StopLogging","cloudtrail:DeleteTrail","cloudtrail:UpdateTrail","cloudtrail:PutEventSelectors"]"#;
    const FULL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;

    /// The pristine account below a root whose one policy has these statements.
    fn below(statements: &str) -> Account {
        let mut account = story::pristine_account();
        if let Observed::Known(levels) = &mut account.service_control_policies {
            levels[0].policies = vec![OrganizationPolicy {
                id: "p-1".to_owned(),
                name: "guard".to_owned(),
                content: format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#),
            }];
        }
        account
    }

    fn deny(rest: &str) -> Account {
        below(&format!(
            r#"{FULL},{{"Sid":"Guard","Effect":"Deny","Action":{FOUR},{rest}}}"#
        ))
    }

    fn ruling(account: &Account) -> Ruling {
        story::judge(&RULE, account).unwrap().ruling
    }

    #[test]
    fn a_denial_of_all_four_actions_to_everybody_passes() {
        let verdict = story::judge(&RULE, &deny(r#""Resource":"*""#)).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        assert!(
            verdict
                .message
                .contains("statement `Guard` of service control policy `guard`")
        );
        let trails = r#""Resource":"arn:aws:cloudtrail:*:*:trail/*""#;
        assert_eq!(ruling(&deny(trails)), Ruling::Pass);
        let all = r#"{"Effect":"Deny","NotAction":"s3:*","Resource":"*"}"#;
        assert_eq!(ruling(&below(&format!("{FULL},{all}"))), Ruling::Pass);
    }

    #[test]
    fn what_no_level_allows_is_denied() {
        let narrow = r#"{"Effect":"Allow","NotAction":"cloudtrail:*","Resource":"*"}"#;
        assert_eq!(ruling(&below(narrow)), Ruling::Pass);
        let reading = r#"{"Effect":"Allow","Action":["s3:*","cloudtrail:Get*"],"Resource":"*"}"#;
        assert_eq!(ruling(&below(reading)), Ruling::Pass);
    }

    #[test]
    fn an_action_or_a_trail_that_is_left_out_fails_and_is_named() {
        let three = FOUR.replace(r#""cloudtrail:UpdateTrail","#, "");
        let account = below(&format!(
            r#"{FULL},{{"Effect":"Deny","Action":{three},"Resource":"*"}}"#
        ));
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(verdict.message.contains("`UpdateTrail` trail `main`"));
        assert!(!verdict.message.contains("StopLogging"));
        let other = r#""Resource":"arn:aws:cloudtrail:*:*:trail/other""#;
        assert_eq!(ruling(&deny(other)), Ruling::Fail);
    }

    #[test]
    fn roles_that_are_exempt_by_their_full_name_are_shown_and_pass() {
        for (name, operator) in [
            ("arn:aws:iam::111122223333:role/ops/trails", "ArnNotEquals"),
            ("arn:aws:iam::*:role/AWSControlTowerExecution", "ArnNotLike"),
            (
                "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Admin_*",
                "ArnNotLike",
            ),
        ] {
            let account = deny(&format!(
                r#""Resource":"*","Condition":{{"{operator}":{{"aws:PrincipalARN":["{name}"]}}}}"#
            ));
            let verdict = story::judge(&RULE, &account).unwrap();
            assert_eq!(verdict.ruling, Ruling::Pass, "{name}");
            assert!(
                verdict.message.contains(&format!("but `{name}`")),
                "{}",
                verdict.message
            );
        }
    }

    #[test]
    fn a_condition_that_ordinary_principals_can_meet_protects_nothing() {
        for condition in [
            r#""ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/ops-*"}"#,
            r#""ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}"#,
            r#""ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:root"}"#,
            r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/dev"}"#,
            r#""StringNotEquals":{"aws:PrincipalTag/team":"security"}"#,
            r#""BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}"#,
            r#""StringEquals":{"aws:RequestedRegion":"eu-west-1"}"#,
            r#""StringEquals":{"aws:PrincipalAccount":"999999999999"}"#,
        ] {
            let account = deny(&format!(r#""Resource":"*","Condition":{{{condition}}}"#));
            let verdict = story::judge(&RULE, &account).unwrap();
            assert_eq!(verdict.ruling, Ruling::Fail, "{condition}");
            assert!(
                verdict.message.contains("statement `Guard`"),
                "{}",
                verdict.message
            );
        }
    }

    #[test]
    fn a_condition_that_holds_for_everybody_takes_nothing_away() {
        for condition in [
            r#""StringEquals":{"aws:PrincipalOrgID":"o-exampleorgid"}"#,
            r#""Bool":{"aws:PrincipalIsAWSService":"false"}"#,
            r#""StringEquals":{"aws:RequestedRegion":"us-east-1"}"#,
            r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:*"}"#,
        ] {
            let account = deny(&format!(r#""Resource":"*","Condition":{{{condition}}}"#));
            assert_eq!(ruling(&account), Ruling::Pass, "{condition}");
        }
    }

    #[test]
    fn one_statement_without_exemptions_makes_up_for_another_with_some() {
        let spared = r#""Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/ops-*"}}"#;
        let account = below(&format!(
            r#"{FULL},{{"Effect":"Deny","Action":{FOUR},{spared}}},{{"Effect":"Deny","Action":"cloudtrail:*","Resource":"*"}}"#
        ));
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn the_management_account_and_an_account_outside_are_not_applicable() {
        let mut account = story::pristine_account();
        account.organization = Observed::Known(None);
        assert_eq!(ruling(&account), Ruling::NotApplicable);
        account.organization = Observed::Known(Some(Organization {
            id: "o-exampleorgid".to_owned(),
            management_account: account.id.clone(),
        }));
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
        assert!(verdict.message.contains("never bind"));
    }

    #[test]
    fn trails_that_could_not_be_listed_do_not_matter_where_no_such_policy_binds() {
        let mut account = story::pristine_account();
        for region in account.regions.values_mut() {
            region.trails = story::denied(Action::DescribeTrails);
        }
        assert!(story::judge(&RULE, &account).is_err());
        account.organization = Observed::Known(Some(Organization {
            id: "o-exampleorgid".to_owned(),
            management_account: account.id.clone(),
        }));
        assert_eq!(ruling(&account), Ruling::NotApplicable);
        account.organization = Observed::Known(None);
        assert_eq!(ruling(&account), Ruling::NotApplicable);
    }

    #[test]
    fn an_organizations_trail_needs_no_protection_in_a_member_account() {
        let mut account = below(FULL);
        let trail = account.trail_mut();
        trail.arn = trail.arn.replace("111122223333", "999999999999");
        assert_eq!(ruling(&account), Ruling::NotApplicable);
    }

    #[test]
    fn what_could_not_be_read_or_understood_is_unknown() {
        let mut account = story::pristine_account();
        account.service_control_policies = story::denied(Action::ListPoliciesForTarget);
        assert!(story::judge(&RULE, &account).is_err());
        account.organization = story::denied(Action::DescribeOrganization);
        assert!(story::judge(&RULE, &account).is_err());
        assert!(story::judge(&RULE, &below(&format!(r#"{FULL},{{"Effect":"Forbid"}}"#))).is_err());
        let odd = deny(r#""Resource":"*","Condition":{"StringSounds":{"aws:PrincipalArn":"x"}}"#);
        assert!(story::judge(&RULE, &odd).is_err());
        let mut account = story::pristine_account();
        let region = account.regions.get_mut("eu-west-1").unwrap();
        region.trails = story::denied(Action::DescribeTrails);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
