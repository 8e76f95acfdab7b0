use super::tampering::{Evidence, Found};
use crate::policy::matrix::Matrix;
use crate::policy::truth::Doubt;
use crate::policy::world::World;
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Account, Action, Gap, GapKind};

/// Few can turn the trail off.
pub(super) const RULE: Rule = Rule {
    id: "tamper-principals",
    title: "Few can turn the trail off or destroy its logs",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::TamperResistance,
    description: "Whoever takes over an identity that may stop the trail, blind it, delete its log \
        files, change the log bucket or disable the key works unseen from then on. Every such \
        identity is a way to do that, and most accounts have far more than anybody knows: \
        administrators, deployment roles, wildcards in policies. trailcheck evaluates every \
        user's and role's policies, boundary and organization against every such action.",
    criteria: "Counts users and roles that can stop, delete or blind a trail of the account, delete \
        or overwrite its logs, change the log bucket or disable the key, be it under a condition \
        such as MFA. Not counted: the root user, service-linked roles, ARNs that match `allow`, \
        tagging, alarms, what works on no trail's own resources, and who only could come to such \
        power (listed as indirect). An organization trail of another account is not its members' \
        to change, unless a delegated administrator's. Fails with more than `max` (5 by default). \
        Unknown if identities or trails could not be read, or if what could not be read or is not \
        understood decides whether there are more: policies of organizations only take away, so \
        without them few enough still pass. Not applicable without a trail.",
    action: "Take the permissions from whoever does not administer the trail: narrow wildcards, use a \
        permissions boundary, and deny tampering to all but one role in a service control policy. \
        Put the few who are to have them in `allow`.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC03-BP02"),
    ],
    reads: &[
        Action::GetAccountAuthorizationDetails,
        Action::DescribeOrganization,
        Action::ListRoots,
        Action::ListParents,
        Action::ListPoliciesForTarget,
        Action::DescribePolicy,
        Action::HeadBucket,
        Action::GetBucketPolicy,
        Action::GetBucketPolicyStatus,
        Action::GetBucketPublicAccessBlock,
        Action::GetAccountPublicAccessBlock,
        Action::GetBucketAcl,
        Action::GetBucketOwnershipControls,
        Action::DescribeKey,
        Action::GetKeyPolicy,
        Action::ListGrants,
        Action::DescribeLogGroups,
        Action::DescribeResourcePolicies,
        Action::GetTopicAttributes,
    ],
    remedies: Remedies {
        cli: "# Attach it to the organizational unit, and name the one role that administers the trail.\n\
            aws organizations create-policy --type SERVICE_CONTROL_POLICY --name guard-trail \
            --description 'Nobody turns the trail off' --content '{\"Version\":\"2012-10-17\",\
            \"Statement\":[{\"Effect\":\"Deny\",\"Action\":[\"cloudtrail:StopLogging\",\
            \"cloudtrail:DeleteTrail\",\"cloudtrail:UpdateTrail\",\"cloudtrail:PutEventSelectors\",\
            \"s3:PutBucketPolicy\",\"s3:DeleteBucketPolicy\",\"s3:PutLifecycleConfiguration\",\
            \"kms:ScheduleKeyDeletion\",\"kms:DisableKey\",\"kms:PutKeyPolicy\"],\"Resource\":\"*\",\
            \"Condition\":{\"ArnNotLike\":{\"aws:PrincipalArn\":\"arn:*:iam::*:role/trail-admin\"}}}]}'",
        terraform: "resource \"aws_organizations_policy\" \"guard_trail\" {\n  name    = \"guard-trail\"\n  \
            content = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [{\n      \
            Effect   = \"Deny\"\n      Action   = [\"cloudtrail:StopLogging\", \"cloudtrail:DeleteTrail\", \
            \"cloudtrail:UpdateTrail\", \"cloudtrail:PutEventSelectors\", \"s3:PutBucketPolicy\", \
            \"s3:DeleteBucketPolicy\", \"s3:PutLifecycleConfiguration\", \"kms:ScheduleKeyDeletion\", \
            \"kms:DisableKey\", \"kms:PutKeyPolicy\"]\n      Resource = \"*\"\n      Condition = { ArnNotLike = \
            { \"aws:PrincipalArn\" = \"arn:*:iam::*:role/trail-admin\" } }\n    }]\n  })\n}",
        cloudformation: "Type: AWS::Organizations::Policy\nProperties:\n  Name: guard-trail\n  \
            Type: SERVICE_CONTROL_POLICY\n  Content:\n    Version: \"2012-10-17\"\n    Statement:\n      \
            - Effect: Deny\n        Action: [\"cloudtrail:StopLogging\", \"cloudtrail:DeleteTrail\", \
            \"cloudtrail:UpdateTrail\", \"cloudtrail:PutEventSelectors\", \"s3:PutBucketPolicy\", \
            \"s3:DeleteBucketPolicy\", \"s3:PutLifecycleConfiguration\", \"kms:ScheduleKeyDeletion\", \
            \"kms:DisableKey\", \"kms:PutKeyPolicy\"]\n        Resource: \"*\"\n        Condition:\n          \
            ArnNotLike:\n            aws:PrincipalArn: arn:*:iam::*:role/trail-admin",
    },
    check: Check::Account(check),
};

fn check(context: &Context<'_>) -> Judgement {
    let account = context.account;
    if account.all_trails().is_ok_and(<[_]>::is_empty) {
        return Ok(Verdict::not_applicable("there is no trail to tamper with"));
    }
    let world = World::of(account);
    let mut matrix = Matrix::of(&world, account);
    let steps = matrix.indirect(account);
    let found = Found::of(&matrix, &context.settings.tamper_principals.allow);
    let max = usize::try_from(context.settings.tamper_principals.max).unwrap_or(usize::MAX);
    let evidence = Evidence {
        account,
        matrix: &matrix,
        found: &found,
        steps: &steps,
    };
    if found.certain.len() > max {
        return Ok(evidence.add(Verdict::fail(format!(
            "{} users and roles can stop or blind the trail, destroy its logs, or change what \
             keeps them, where at most {max} may: {}",
            found.certain.len(),
            evidence.names(&found.certain)
        ))));
    }
    known(account)?;
    if found.certain.len() + found.open.len() > max {
        return Err(open(account, &evidence));
    }
    let count = found.certain.len() + found.open.len();
    let others = match found.allowed.len() {
        0 => String::new(),
        allowed => format!(", beside {allowed} of the allow-list"),
    };
    Ok(evidence.add(Verdict::pass(format!(
        "{count} users and roles can tamper with the trail or its logs{others}; at most {max} may"
    ))))
}

/// What must be known for few to be few: everybody, and every trail and its bucket.
fn known(account: &Account) -> Result<(), Gap> {
    account.identities.known()?;
    for trail in account.all_trails()? {
        let bucket = trail.bucket.known()?;
        account.bucket(bucket)?;
        if let Some(key) = &trail.kms_key_id {
            account.key(key)?;
        }
        if let Some(group) = &trail.log_group_arn {
            account.log_group(group)?;
        }
    }
    Ok(())
}

/// Why it is open whether there are too many.
fn open(account: &Account, evidence: &Evidence<'_, '_>) -> Gap {
    let found = evidence.found;
    let who = evidence.names(&found.open);
    let unread = found.doubts.contains(&Doubt::Unread);
    match missing(account).filter(|_| unread) {
        Some(gap) => Gap {
            detail: format!(
                "whether {who} can tamper with the trail is not known: {}",
                gap.detail
            ),
            ..gap
        },
        None => Gap::new(
            Action::GetAccountAuthorizationDetails,
            GapKind::Malformed,
            format!(
                "whether {who} can tamper with the trail hangs on policies that are not in AWS's \
                 answer or cannot be understood"
            ),
        ),
    }
}

/// The first fact that is missing among those that decide about power.
fn missing(account: &Account) -> Option<Gap> {
    let first = [
        account.organization.gap(),
        account.service_control_policies.gap(),
        account.resource_control_policies.gap(),
    ];
    let buckets = account.buckets.iter().flat_map(|bucket| {
        [
            bucket.existence.gap(),
            bucket.owner.gap(),
            bucket.policy.gap(),
            bucket.public_access_block.gap(),
        ]
    });
    let keys = account.keys.iter();
    let keys = keys.flat_map(|key| [key.description.gap(), key.policy.gap(), key.grants.gap()]);
    let groups = account.log_groups.iter();
    let groups = groups.flat_map(|group| [group.description.gap(), group.resource_policies.gap()]);
    let trails = account.trails.iter().map(|trail| trail.organization.gap());
    let rest = buckets.chain(keys).chain(groups).chain(trails);
    let block = std::iter::once(account.public_access_block.gap());
    first
        .into_iter()
        .chain(rest)
        .chain(block)
        .flatten()
        .next()
        .cloned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Map, Value, json};

    use super::*;
    use crate::config::{Settings, TamperPrincipals};
    use crate::rule::Ruling;
    use crate::snapshot::{InlinePolicy, Observed::Known, Role, story};

    fn judged(account: &Account) -> Judgement {
        story::judge(&RULE, account)
    }

    fn with(account: &Account, max: u32, allow: &[&str]) -> Judgement {
        let settings = Settings {
            tamper_principals: TamperPrincipals {
                max,
                allow: allow.iter().map(|text| (*text).to_owned()).collect(),
            },
            ..Settings::default()
        };
        story::judge_with(&RULE, account, &settings)
    }

    fn ruling(judgement: Judgement) -> Ruling {
        judgement.unwrap().ruling
    }

    /// Adds a role that `trust` lets be assumed and that may do what `statement` says.
    fn add_role(account: &mut Account, name: &str, trust: &Value, statement: &Value) {
        let document = |statement: &Value| {
            json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
        };
        let model = account.identities_mut().roles[0].clone();
        account.identities_mut().roles.push(Role {
            arn: format!("arn:aws:iam::111122223333:role/{name}"),
            name: name.to_owned(),
            id: format!("AROA{name}"),
            trust: document(trust),
            inline: vec![InlinePolicy {
                name: "own".to_owned(),
                document: document(statement),
            }],
            attached: Vec::new(),
            ..model
        });
    }

    fn nobody() -> Value {
        json!({ "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" },
            "Action": "sts:AssumeRole" })
    }

    fn evidence(account: &Account) -> Map<String, Value> {
        judged(account).unwrap().evidence
    }

    #[test]
    fn an_administrator_is_told_with_what_it_can_do_and_what_keeps_it_from_more() {
        let evidence = evidence(&story::pristine_account());
        assert_eq!(evidence["direct_count"], 1);
        let one = &evidence["direct"][0];
        assert_eq!(one["arn"], "arn:aws:iam::111122223333:role/administrator");
        let key = &one["can"]["disable-key"];
        let actions = key["actions"].as_array().unwrap();
        assert!(actions.contains(&json!("kms:ScheduleKeyDeletion")));
        assert!(
            key["by"][0]
                .as_str()
                .unwrap()
                .contains("`AdministratorAccess`")
        );
        let stop = one["can"]["stop"].to_string();
        assert!(!stop.contains("cloudtrail:StopLogging"), "an SCP denies it");
        assert_eq!(evidence["root"][0]["arn"], "arn:aws:iam::111122223333:root");
        assert_eq!(
            evidence["reachable_from_outside"][0]["admits"],
            json!(["arn:aws:iam::111122223333:saml-provider/example"])
        );
    }

    #[test]
    fn more_than_max_fail_and_the_allow_list_is_not_counted() {
        let account = story::neglected_account();
        let verdict = judged(&account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(
            verdict.message.starts_with("14 users and roles"),
            "{}",
            verdict.message
        );
        assert!(
            verdict.message.contains("and 11 more"),
            "{}",
            verdict.message
        );
        assert_eq!(ruling(with(&account, 14, &[])), Ruling::Pass);
        assert_eq!(ruling(with(&account, 13, &[])), Ruling::Fail);
        assert_eq!(
            ruling(with(&account, 2, &["*:role/administrator*"])),
            Ruling::Pass
        );
        assert_eq!(
            ruling(with(&account, 3, &["*:role/administrator-*"])),
            Ruling::Pass
        );
        assert_eq!(
            ruling(with(&account, 2, &["*:role/administrator-*"])),
            Ruling::Fail
        );
    }

    #[test]
    fn who_can_only_under_a_condition_is_counted_with_the_condition() {
        let mut account = story::pristine_account();
        let mfa = json!({ "Effect": "Allow", "Action": "kms:DisableKey", "Resource": "*",
            "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "true" } } });
        add_role(&mut account, "breaker", &nobody(), &mfa);
        assert_eq!(ruling(with(&account, 1, &[])), Ruling::Fail);
        let told = evidence(&account)["direct"][1]["can"]["disable-key"].clone();
        assert_eq!(told["depends_on"], json!(["aws:MultiFactorAuthPresent"]));
    }

    /// Access to other things of the same sort is no power over the trail.
    #[test]
    fn power_over_other_buckets_keys_and_topics_does_not_count() {
        let mut account = story::pristine_account();
        let statement = json!({ "Effect": "Allow",
            "Action": ["s3:*", "kms:*", "logs:*", "sns:*", "cloudwatch:*", "events:*"],
            "Resource": ["arn:aws:s3:::other*", "arn:aws:kms:*:*:key/other",
                "arn:aws:logs:*:*:log-group:other:*", "arn:aws:sns:*:*:*",
                "arn:aws:cloudwatch:*:*:alarm:*", "arn:aws:events:*:*:rule/*"] });
        add_role(&mut account, "other", &nobody(), &statement);
        assert_eq!(ruling(with(&account, 1, &[])), Ruling::Pass);
        let tags = json!({ "Effect": "Allow", "Resource": "*",
            "Action": ["kms:TagResource", "cloudtrail:AddTags", "s3:PutObjectTagging"] });
        add_role(&mut account, "tags", &nobody(), &tags);
        assert_eq!(ruling(with(&account, 1, &[])), Ruling::Pass);
    }

    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html>
    #[test]
    fn members_have_no_power_over_an_organizations_trail() {
        let mut account = story::pristine_account();
        account.service_control_policies = Known(Vec::new());
        let trail = account.trail_mut();
        trail.arn = trail.arn.replace("111122223333", "999999999999");
        trail.organization = Known(true);
        trail.kms_key_id = None;
        trail.log_group_arn = None;
        account.keys.clear();
        account.log_groups.clear();
        assert_eq!(ruling(with(&account, 0, &[])), Ruling::Pass);
    }

    #[test]
    fn without_the_organizations_policies_few_pass_and_many_are_unknown() {
        let mut account = story::neglected_account();
        account.service_control_policies = story::denied(Action::ListPoliciesForTarget);
        let gap = judged(&account).unwrap_err();
        assert_eq!(gap.action, "organizations:ListPoliciesForTarget");
        assert!(
            gap.detail.contains("`role/administrator`"),
            "{}",
            gap.detail
        );
        assert_eq!(ruling(with(&account, 14, &[])), Ruling::Pass);
    }

    #[test]
    fn without_the_keys_policy_everybody_may() {
        let mut account = story::pristine_account();
        account.key_mut().policy = story::denied(Action::GetKeyPolicy);
        assert_eq!(
            with(&account, 1, &[]).unwrap_err().action,
            "kms:GetKeyPolicy"
        );
        assert_eq!(ruling(with(&account, 3, &[])), Ruling::Pass);
    }

    #[test]
    fn a_fail_stands_whatever_else_is_not_known() {
        let mut account = story::neglected_account();
        account.key_mut().policy = story::denied(Action::GetKeyPolicy);
        account.regions.values_mut().for_each(|region| {
            region.trails = story::denied(Action::DescribeTrails);
        });
        assert_eq!(ruling(judged(&account)), Ruling::Fail);
    }

    fn steps(account: &Account) -> BTreeMap<String, String> {
        let evidence = evidence(account);
        let told = evidence["indirect"].as_array().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        told.iter()
            .map(|one| (text(&one["arn"]), text(&one["can"])))
            .collect()
    }

    #[test]
    fn who_can_become_or_empower_somebody_is_told_apart_with_the_step() {
        let trusting = |whom: &str| {
            json!({ "Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": { "AWS": format!("arn:aws:iam::111122223333:{whom}") } })
        };
        let allow = |action: &str, on: &str| {
            json!({ "Effect": "Allow", "Action": action,
                "Resource": format!("arn:aws:iam::111122223333:{on}") })
        };
        let mut account = story::pristine_account();
        let nothing = allow("s3:ListAllMyBuckets", "x");
        let killer = json!({ "Effect": "Allow", "Action": "kms:DisableKey", "Resource": "*" });
        add_role(&mut account, "killer", &trusting("role/friend"), &killer);
        // Named in the trust policy: no permission of its own is needed.
        add_role(&mut account, "friend", &trusting("root"), &nothing);
        add_role(
            &mut account,
            "second",
            &nobody(),
            &allow("sts:AssumeRole", "role/friend"),
        );
        add_role(
            &mut account,
            "giver",
            &nobody(),
            &allow("iam:PutRolePolicy", "role/giver"),
        );
        add_role(
            &mut account,
            "taker",
            &nobody(),
            &allow("iam:UpdateAssumeRolePolicy", "role/k*"),
        );
        add_role(
            &mut account,
            "harmless",
            &nobody(),
            &allow("iam:PassRole", "role/killer"),
        );
        let steps = steps(&account);
        let step = |name: &str| steps.get(&format!("arn:aws:iam::111122223333:role/{name}"));
        for (name, text) in [
            ("friend", "assume `role/killer` by `sts:AssumeRole`"),
            ("second", "assume `role/friend` by `sts:AssumeRole`"),
            (
                "giver",
                "rewrite the policies of `role/giver` by `iam:PutRolePolicy`",
            ),
            (
                "taker",
                "take over the credentials of `role/killer` by `iam:UpdateAssumeRolePolicy`",
            ),
        ] {
            assert_eq!(step(name).map(String::as_str), Some(text), "{name}");
        }
        // No service is let into that role, which is what passing it would take.
        assert_eq!(step("harmless"), None);
        assert_eq!(step("killer"), None, "it can by itself");
        assert_eq!(steps.len(), 4);
    }
}
