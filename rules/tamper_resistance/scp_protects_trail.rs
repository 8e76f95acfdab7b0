use std::collections::BTreeSet;

use crate::policy::caller::{Caller, Membership, Owner};
use crate::policy::case::Policy;
use crate::policy::context::Context as Request;
use crate::policy::document::{Effect, Statement};
use crate::policy::glob::UNKNOWN;
use crate::policy::operator::Comparison;
use crate::policy::pattern::{Reach, Target};
use crate::policy::principal::Principal;
use crate::policy::truth::{Doubt, Truth};
use crate::policy::world::of_level;
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict, listed,
};
use crate::snapshot::{Account, Action, Gap, GapKind, Organization, Trail, arn};

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

/// What turns a trail off or blinds it.
const ACTIONS: [(&str, &str); 4] = [
    ("cloudtrail:stoplogging", "StopLogging"),
    ("cloudtrail:deletetrail", "DeleteTrail"),
    ("cloudtrail:updatetrail", "UpdateTrail"),
    ("cloudtrail:puteventselectors", "PutEventSelectors"),
];

fn check(context: &Context<'_>) -> Judgement {
    let account = context.account;
    let listed_trails = account.all_trails();
    let organization = match account.organization.known()? {
        None => {
            listed_trails?;
            return Ok(Verdict::not_applicable("the account is in no organization"));
        }
        Some(organization) => organization,
    };
    if organization.management_account == account.id {
        listed_trails?;
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
    listed_trails?;
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

/// What the policies do for all trails together.
#[derive(Default)]
struct Protection {
    /// The actions that somebody can do, and on which trail.
    open: Vec<String>,
    /// Conditions that let principals through.
    escapes: BTreeSet<String>,
    /// Principals that are exempt by name.
    exempt: BTreeSet<String>,
    /// The statements that protect.
    by: BTreeSet<String>,
    /// What is not understood and may protect what seems open.
    doubt: Option<Gap>,
}

impl Protection {
    fn fault(&self) -> Option<String> {
        if self.open.is_empty() {
            return None;
        }
        let escapes: Vec<&String> = self.escapes.iter().collect();
        let why = match escapes.is_empty() {
            true => "no service control policy denies it to everybody".to_owned(),
            false => listed(&escapes),
        };
        Some(format!(
            "principals of the account can {}: {why}",
            listed(&self.open)
        ))
    }
}

fn protection(
    account: &Account,
    organization: &Organization,
    trails: &[&Trail],
    levels: &[Vec<Policy>],
) -> Protection {
    let mut protection = Protection::default();
    let principals = everybody(account, organization);
    for (action, name) in ACTIONS {
        for trail in trails {
            let target = Target::One(trail.arn.clone());
            for principal in &principals {
                match forbidden(levels, action, &target, principal) {
                    Forbidden::By { by, exempt } => {
                        protection.by.insert(by);
                        protection.exempt.extend(exempt);
                    }
                    Forbidden::Not {
                        doubt: Some(gap), ..
                    } => {
                        protection.doubt.get_or_insert(gap);
                    }
                    Forbidden::Not { escapes, .. } => {
                        let open = format!("`{name}` trail `{}`", trail.name);
                        if !protection.open.contains(&open) {
                            protection.open.push(open);
                        }
                        protection.escapes.extend(escapes);
                    }
                }
            }
        }
    }
    protection
}

/// A role, a user and the root user that stand for all: of their names no condition knows
/// more than the beginning.
fn everybody(account: &Account, organization: &Organization) -> Vec<Caller> {
    let arn = |rest: &str| format!("arn:{}:iam::{}:{rest}", account.partition, account.id);
    let principals = [
        Principal::Role(arn(&format!("role/{UNKNOWN}"))),
        Principal::User(arn(&format!("user/{UNKNOWN}"))),
        Principal::Root(arn("root")),
    ];
    let of = |principal| Caller {
        organization: Membership::In(organization.id.clone()),
        ..Caller::stranger(principal)
    };
    principals.map(of).into()
}

enum Forbidden {
    /// A statement denies it, to all but these principals.
    By { by: String, exempt: Vec<String> },
    /// None does: the conditions by which those that speak of it let principals through.
    Not {
        escapes: Vec<String>,
        doubt: Option<Gap>,
    },
}

fn forbidden(
    levels: &[Vec<Policy>],
    action: &str,
    target: &Target,
    principal: &Caller,
) -> Forbidden {
    let owner = Owner {
        account: principal.principal.account().map(str::to_owned),
        organization: principal.organization.clone(),
    };
    let request = principal.certain(&owner, target);
    for level in levels {
        if !level.is_empty()
            && !level
                .iter()
                .any(|policy| allows(policy, action, target, &request))
        {
            let policies: Vec<&str> = level.iter().map(|policy| policy.name.as_str()).collect();
            return Forbidden::By {
                by: format!("{}, which allows no such thing", listed(&policies)),
                exempt: Vec::new(),
            };
        }
    }
    let (mut escapes, mut doubt, mut best) = (Vec::new(), None, None::<(String, Vec<String>)>);
    for policy in levels.iter().flatten() {
        for statement in &policy.document.statements {
            let name = format!("{} of {}", statement.name, policy.name);
            match denies(statement, action, target, &request) {
                Denies::Nothing => {}
                Denies::AllBut(exempt) => {
                    if best
                        .as_ref()
                        .is_none_or(|(_, fewest)| exempt.len() < fewest.len())
                    {
                        best = Some((name, exempt));
                    }
                }
                Denies::Some(condition) => {
                    escapes.push(format!(
                        "{name} spares whoever meets its condition on `{condition}`"
                    ));
                }
                Denies::Unclear(reason) => {
                    doubt.get_or_insert(not_understood(&name, &reason));
                }
            }
        }
    }
    match best {
        Some((by, exempt)) => Forbidden::By { by, exempt },
        None => Forbidden::Not { escapes, doubt },
    }
}

fn not_understood(statement: &str, reason: &str) -> Gap {
    Gap::new(
        Action::DescribePolicy,
        GapKind::Malformed,
        format!("{statement} cannot be understood: {reason}"),
    )
}

fn allows(policy: &Policy, action: &str, target: &Target, request: &Request) -> bool {
    policy.document.statements.iter().any(|statement| {
        statement.effect != Some(Effect::Deny)
            && statement.actions.contain(action).possible()
            && statement.resources.reach(target, request) != Reach::None
    })
}

/// What a statement denies a principal that stands for all of its kind.
enum Denies {
    Nothing,
    /// To all but these.
    AllBut(Vec<String>),
    /// To some, by this condition key.
    Some(String),
    Unclear(String),
}

fn denies(statement: &Statement, action: &str, target: &Target, request: &Request) -> Denies {
    if let Some(doubt) = &statement.doubt {
        return Denies::Unclear(doubt.clone());
    }
    if statement.effect != Some(Effect::Deny) {
        return Denies::Nothing;
    }
    let spoken_of =
        statement
            .actions
            .contain(action)
            .and(match statement.resources.reach(target, request) {
                Reach::All => Truth::Yes,
                Reach::Open => Truth::maybe(Doubt::Key),
                _ => Truth::No,
            });
    match spoken_of {
        Truth::No => return Denies::Nothing,
        Truth::Maybe(_) => {
            return Denies::Unclear("what it speaks of depends on the request".to_owned());
        }
        Truth::Yes => {}
    }
    let mut exempt = Vec::new();
    for condition in &statement.conditions {
        let Some(operator) = condition.operator else {
            return Denies::Unclear(format!("it has an operator `{}`", condition.spelled));
        };
        if condition.met(request) != Truth::Yes {
            return Denies::Some(condition.name.clone());
        }
        if condition.key == "aws:principalarn" && operator.negated {
            let wild = matches!(operator.comparison, Comparison::Arn | Comparison::Like);
            for value in &condition.values {
                if !is_fixed(&value.raw, wild) {
                    return Denies::Some(format!("{}: {}", condition.name, value.raw));
                }
                exempt.push(format!("`{}`", value.raw));
            }
        }
    }
    Denies::AllBut(exempt)
}

/// Whether nobody in the account can take such a name who does not have it: it is written
/// out, path and all, or in a path that only AWS creates roles in.
fn is_fixed(name: &str, wild: bool) -> bool {
    if name.contains("${") {
        return false;
    }
    let name = arn::parse(name).map_or(name, |arn| arn.resource);
    let reserved = ["role/aws-reserved/", "role/aws-service-role/"];
    let of_aws = reserved.iter().any(|path| name.starts_with(path));
    of_aws || !wild || !name.contains(['*', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Observed, OrganizationPolicy, story};

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
