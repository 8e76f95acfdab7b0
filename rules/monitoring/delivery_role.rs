use jiff::Timestamp;

use super::{log_group_arn, log_group_name};
use crate::policy::cloudtrail;
use crate::policy::context::Context as Request;
use crate::policy::document::{Document, Effect, Statement};
use crate::policy::everywhere::{self, Everywhere};
use crate::policy::glob::UNKNOWN;
use crate::policy::pattern::{Reach, Target};
use crate::policy::principal::{Named, Principal, Principals};
use crate::policy::world::World;
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict, listed,
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
    let mut world = World::of_resources(account);
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

struct Judged<'a> {
    context: &'a Context<'a>,
    trail: &'a Trail,
    role: &'a Role,
    world: &'a World,
}

/// What is wrong, in words; nothing if all is well.
type Faults = Result<Vec<String>, Gap>;

impl Judged<'_> {
    /// Whether CloudTrail may assume the role.
    fn trust(&self) -> Faults {
        let ask = |request: &Request| {
            let caller = cloudtrail::caller();
            everywhere::permitted(
                self.world,
                &caller,
                "sts:assumerole",
                &self.role.arn,
                request,
            )
        };
        let mut without = Request::new();
        for key in [
            "aws:SourceArn",
            "aws:SourceAccount",
            "aws:SourceOrgID",
            "aws:SourceOrgPaths",
        ] {
            without.set(key, []);
        }
        match ask(&without) {
            Everywhere::Permitted => return Ok(Vec::new()),
            Everywhere::Open(keys) => return Err(self.open(&keys, "sts:AssumeRole")),
            Everywhere::NotAllowed | Everywhere::Denied(_) => {}
        }
        match ask(&cloudtrail::request(self.context.account, self.trail)) {
            Everywhere::Permitted => self.arriving().map(|_| Vec::new()),
            Everywhere::Open(keys) => Err(self.open(&keys, "sts:AssumeRole")),
            Everywhere::NotAllowed => Ok(vec![
                "its trust policy does not let CloudTrail assume it for this trail".to_owned(),
            ]),
            Everywhere::Denied(by) => Ok(vec![format!("{by} denies CloudTrail `sts:AssumeRole`")]),
        }
    }

    /// When events arrived lately, which shows that CloudTrail meets a condition that AWS says
    /// it does not support.
    fn arriving(&self) -> Result<Timestamp, Gap> {
        let status = self.trail.home_status()?;
        let recent = status.log_group_time.filter(|time| {
            let age = self.context.now.duration_since(*time);
            status
                .log_group_error
                .as_deref()
                .unwrap_or_default()
                .is_empty()
                && age.as_hours() < 24
        });
        recent.ok_or_else(|| {
            Gap::new(
                Action::GetTrailStatus,
                GapKind::NotFound,
                format!(
                    "the trust policy of `{}` has a condition on the source, which AWS says this \
                     role does not support, and no event that arrived in the last 24 h shows \
                     otherwise",
                    self.role.name
                ),
            )
        })
    }

    /// Who else may assume it.
    fn trusted_others(&self) -> Faults {
        let document = self.document(&self.role.trust, "its trust policy")?;
        let mut others: Vec<String> = Vec::new();
        let assume = [
            "sts:assumerole",
            "sts:assumerolewithsaml",
            "sts:assumerolewithwebidentity",
        ];
        for statement in &document.statements {
            let any = assume
                .iter()
                .any(|action| statement.actions.contain(action).possible());
            if statement.effect == Some(Effect::Allow) && any {
                others.extend(others_in(statement));
            }
        }
        others.sort();
        others.dedup();
        Ok(match others.is_empty() {
            true => Vec::new(),
            false => vec![format!("{} may assume it, too", listed(&others))],
        })
    }

    /// Whether the role may write into every stream of the trail's.
    fn can_write(&self, streams: &[(String, Result<(), Gap>)]) -> Faults {
        let role = self.world.caller(&Principal::Role(self.role.arn.clone()));
        let (mut faults, mut open) = (Vec::new(), None);
        for (action, name) in [
            ("logs:createlogstream", "logs:CreateLogStream"),
            ("logs:putlogevents", "logs:PutLogEvents"),
        ] {
            for (stream, certain) in streams {
                let nothing = Request::new();
                let answer = everywhere::permitted(self.world, &role, action, stream, &nothing);
                let why = match answer {
                    Everywhere::Permitted => continue,
                    Everywhere::Open(keys) => {
                        open.get_or_insert(self.open(&keys, name));
                        continue;
                    }
                    Everywhere::NotAllowed => "nothing allows it".to_owned(),
                    Everywhere::Denied(by) => format!("{by} denies it"),
                };
                // Streams of an organization that this trail may not be of prove nothing.
                if let Err(gap) = certain {
                    open.get_or_insert_with(|| gap.clone());
                    continue;
                }
                let stream = stream.rsplit(':').next().unwrap_or_default();
                faults.push(format!(
                    "it cannot `{name}` on the streams `{stream}`: {why}"
                ));
            }
        }
        match open {
            Some(gap) if faults.is_empty() => Err(gap),
            _ => Ok(faults),
        }
    }

    /// What the role may do beyond that. A boundary that allows no more leaves no more.
    fn excess(&self, group: &str) -> Faults {
        let mut found = Vec::new();
        for policy in &self.role.inline {
            let what = format!("inline policy `{}`", policy.name);
            found.extend(self.excess_of(&policy.document, &what, group)?);
        }
        for policy in &self.role.attached {
            let what = format!("policy `{}`", policy.rsplit('/').next().unwrap_or_default());
            found.extend(self.excess_of(self.managed(policy)?, &what, group)?);
        }
        if let (Some(boundary), false) = (&self.role.boundary, found.is_empty())
            && self
                .excess_of(self.managed(boundary)?, "its boundary", group)?
                .is_empty()
        {
            found.clear();
        }
        Ok(found)
    }

    fn managed(&self, arn: &str) -> Result<&str, Gap> {
        let identities = self.context.account.identities.known()?;
        let policy = identities.policies.iter().find(|policy| policy.arn == arn);
        policy
            .map(|policy| policy.document.as_str())
            .ok_or_else(|| {
                Gap::new(
                    Action::GetAccountAuthorizationDetails,
                    GapKind::NotFound,
                    format!("AWS did not tell what the role's policy `{arn}` says"),
                )
            })
    }

    fn excess_of(&self, text: &str, what: &str, group: &str) -> Faults {
        let document = self.document(text, what)?;
        let statements = document.statements.iter();
        Ok(statements
            .filter(|statement| statement.effect == Some(Effect::Allow))
            .filter_map(|statement| {
                let excess = excess_in(statement, group)?;
                Some(format!("{} of {what} lets it {excess}", statement.name))
            })
            .collect())
    }

    fn document(&self, text: &str, what: &str) -> Result<Document, Gap> {
        let parsed = Document::parse(text).and_then(|document| match document.doubt() {
            Some(doubt) => Err(doubt),
            None => Ok(document),
        });
        parsed.map_err(|reason| {
            Gap::new(
                Action::GetAccountAuthorizationDetails,
                GapKind::Malformed,
                format!(
                    "{what} of role `{}` cannot be understood: {reason}",
                    self.role.name
                ),
            )
        })
    }

    /// The gap that leaves a permission open.
    fn open(&self, keys: &[String], action: &str) -> Gap {
        let account = self.context.account;
        let unread = [
            (
                self.world.service_controls.is_none(),
                account.service_control_policies.gap(),
            ),
            (
                self.world.resource_controls.is_none(),
                account.resource_control_policies.gap(),
            ),
        ];
        let organization = account.organization.gap();
        let unread = unread
            .into_iter()
            .find_map(|(missing, gap)| gap.filter(|_| missing));
        unread.or(organization).cloned().unwrap_or_else(|| {
            Gap::new(
                Action::GetAccountAuthorizationDetails,
                GapKind::Malformed,
                format!(
                    "whether role `{}` allows `{action}` depends on {}",
                    self.role.name,
                    listed(keys)
                ),
            )
        })
    }
}

/// Whom a statement of the trust policy names beside CloudTrail. A deleted principal is
/// nobody.
fn others_in(statement: &Statement) -> Vec<String> {
    let entries = match &statement.principals {
        Principals::These(entries) => entries,
        Principals::AllBut(_) | Principals::Unstated => return vec!["everybody".to_owned()],
    };
    let named = entries.iter().filter_map(|entry| match entry {
        Named::Service(name) if name.eq_ignore_ascii_case(cloudtrail::SERVICE) => None,
        Named::Stale(_) => None,
        Named::Everyone => Some("everybody".to_owned()),
        Named::Account(name)
        | Named::Arn(name)
        | Named::Service(name)
        | Named::Federated(name)
        | Named::Canonical(name)
        | Named::Unclear(name) => Some(format!("`{name}`")),
    });
    named.collect()
}

/// What an Allow lets the role do beyond writing into the group; `None` if nothing.
fn excess_in(statement: &Statement, group: &str) -> Option<String> {
    let Some(actions) = statement.actions.listed() else {
        return Some("do all that `NotAction` does not list".to_owned());
    };
    let needed = |action: &&String| {
        ["logs:createlogstream", "logs:putlogevents"].contains(&action.as_str())
            || action.starts_with("logs:describe")
    };
    let more: Vec<String> = actions
        .iter()
        .filter(|action| !needed(action))
        .map(|action| format!("`{action}`"))
        .collect();
    if !more.is_empty() {
        return Some(format!("do {}", listed(&more)));
    }
    let writes = actions
        .iter()
        .any(|action| !action.starts_with("logs:describe"));
    (writes && every_group(statement, group)).then(|| "write into every log group".to_owned())
}

/// Whether the statement speaks of all groups of the group's account and Region.
fn every_group(statement: &Statement, group: &str) -> bool {
    let Some((place, _)) = group.split_once(":log-group:") else {
        return false;
    };
    let any = format!("{place}:log-group:{UNKNOWN}:log-stream:{UNKNOWN}");
    statement
        .resources
        .reach(&Target::One(any), &Request::open())
        == Reach::All
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
