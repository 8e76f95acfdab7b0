use super::{gone, log_group_name, owned_elsewhere};
use crate::policy::binding;
use crate::policy::case::Policy;
use crate::policy::document::{Document, Effect, Statement};
use crate::policy::everyone;
use crate::policy::pattern::Target;
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict, listed,
};
use crate::snapshot::{Action, Gap, GapKind, LogGroup, LogResourcePolicy};

/// No CloudWatch Logs resource policy opens a trail's log group to whoever comes.
pub(super) const RULE: Rule = Rule {
    id: "log-group-not-public",
    title: "The log group is not open to everybody",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::Monitoring,
    description: "Alarms believe what stands in the log group. CloudWatch Logs resource policies \
        let AWS services write into it, and AWS says that they hold for service principals only: \
        users, roles and other accounts need IAM policies. So a policy for everybody does not let \
        anybody read the group, but it lets every AWS service write into it for whichever \
        customer asks. Forged events can then trip alarms until nobody looks any more, and \
        flood the group at your cost.",
    criteria: "Fails if a resource policy of the group, or one of the account's in its Region whose \
        resources reach the group, allows logs:PutLogEvents or logs:CreateLogStream to everybody \
        (Principal * or NotPrincipal) without a condition that fixes who they are or for whom \
        the service acts (aws:SourceArn, aws:SourceAccount, aws:SourceOrgID, aws:PrincipalOrgID), \
        and no Deny keeps strangers out. A single service without such a condition passes. \
        Unknown if the policies could not be read, or one that may open the group is not \
        understood. Not applicable if the log group does not exist, or belongs to another account \
        because an organization's trail feeds it.",
    action: "Name the service that needs to write, with conditions on aws:SourceArn and \
        aws:SourceAccount, and the log group in Resource. CloudTrail itself needs no resource \
        policy: it writes by the role that the trail names.",
    resources: &[
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &[Action::DescribeLogGroups, Action::DescribeResourcePolicies],
    remedies: Remedies {
        cli: "aws logs describe-resource-policies --region {region}\n\
            # this takes the policy away from everybody whom it lets write\n\
            aws logs delete-resource-policy --region {region} --policy-name {policy}",
        terraform: "data \"aws_iam_policy_document\" \"writers\" {\n  statement {\n    actions   = [\"logs:CreateLogStream\", \"logs:PutLogEvents\"]\n    resources = [\"arn:{partition}:logs:{region}:{account}:log-group:OTHER_GROUP:*\"]\n    principals {\n      type        = \"Service\"\n      identifiers = [\"SERVICE.amazonaws.com\"]\n    }\n    condition {\n      test     = \"StringEquals\"\n      variable = \"aws:SourceAccount\"\n      values   = [\"{account}\"]\n    }\n  }\n}\n\nresource \"aws_cloudwatch_log_resource_policy\" \"writers\" {\n  policy_name     = \"{policy}\"\n  policy_document = data.aws_iam_policy_document.writers.json\n}",
        cloudformation: "Type: AWS::Logs::ResourcePolicy\nProperties:\n  PolicyName: {policy}\n  PolicyDocument: !Sub '{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"Service\": \"SERVICE.amazonaws.com\"}, \"Action\": [\"logs:CreateLogStream\", \"logs:PutLogEvents\"], \"Resource\": \"arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:OTHER_GROUP:*\", \"Condition\": {\"StringEquals\": {\"aws:SourceAccount\": \"${AWS::AccountId}\"}}}]}'",
    },
    check: Check::LogGroup(check),
};

fn check(context: &Context<'_>, group: &LogGroup) -> Judgement {
    if let Some(verdict) = owned_elsewhere(context, group)? {
        return Ok(verdict);
    }
    if group.description.if_known() == Some(&None) {
        return Ok(gone());
    }
    let policies = group.resource_policies.known()?;
    let (mut open, mut unclear, mut first) = (Vec::new(), None, None);
    for policy in policies {
        match open_statements(policy, &group.arn) {
            Ok(statements) if statements.is_empty() => {}
            Ok(statements) => {
                first.get_or_insert(policy.name.as_str());
                let statements = listed(&statements);
                open.push(format!("{statements} of `{}`", policy.name));
            }
            Err(gap) => unclear = unclear.or(Some(gap)),
        }
    }
    let name = log_group_name(&group.arn);
    if let Some(policy) = first {
        return Ok(Verdict::fail(format!(
            "any AWS service may write into the log group for any customer, by {}",
            listed(&open)
        ))
        .evidence("policy", policy)
        .evidence("log_group", name));
    }
    if let Some(gap) = unclear {
        return Err(gap);
    }
    // Whether the group exists makes no difference to a policy that is open, only to a pass.
    group.description.known()?;
    let message = match policies.len() {
        0 => "no resource policy speaks of the log group".to_owned(),
        1 => "the one resource policy opens the log group to nobody".to_owned(),
        count => format!("none of {count} resource policies opens the log group to everybody"),
    };
    Ok(Verdict::pass(message)
        .evidence("policies", policies.len())
        .evidence("log_group", name))
}

/// The statements of a policy that let every service write into the group.
fn open_statements(policy: &LogResourcePolicy, group: &str) -> Result<Vec<String>, Gap> {
    let not_understood = |reason: String| {
        Gap::new(
            Action::DescribeResourcePolicies,
            GapKind::Malformed,
            format!(
                "resource policy `{}` cannot be understood: {reason}",
                policy.name
            ),
        )
    };
    let mut document = Document::parse(&policy.document).map_err(not_understood)?;
    if let Some(doubt) = document.doubt() {
        return Err(not_understood(doubt));
    }
    // A statement whose conditions tie it to an account opens nothing, wildcards behind the
    // account or not.
    document.statements.retain(|statement| !tied(statement));
    let policy = Policy {
        name: policy.name.clone(),
        document,
    };
    let streams = Target::Class(format!("{group}:log-stream:*"));
    let questions = [
        ("logs:putlogevents", streams.clone()),
        ("logs:createlogstream", streams),
        ("logs:createlogstream", Target::Class(format!("{group}:*"))),
        ("logs:createlogstream", Target::One(group.to_owned())),
    ];
    let mut open: Vec<String> = Vec::new();
    for (action, target) in questions {
        let found = everyone::admitted(&policy, action, &target, &["aws:sourceorgid"])
            .map_err(not_understood)?;
        for statement in found {
            if !open.contains(&statement) {
                open.push(statement);
            }
        }
    }
    Ok(open)
}

/// Whether an Allow holds only for some accounts' or organizations' resources.
fn tied(statement: &Statement) -> bool {
    statement.effect == Some(Effect::Allow) && !binding::of_conditions(statement).anybody
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Observed, story};

    const GROUP: &str = "arn:aws:logs:us-east-1:111122223333:log-group:trail-main";

    fn judged(principal: &str, resource: &str, more: &str) -> Judgement {
        let mut account = story::pristine_account();
        account.log_group_mut().resource_policies = Observed::Known(vec![LogResourcePolicy {
            name: "writers".to_owned(),
            document: format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Write","Effect":"Allow","Principal":{principal},
                    "Action":["logs:PutLogEvents","logs:CreateLogStream"],"Resource":"{resource}"{more}}}]}}"#
            ),
        }]);
        story::judge(&RULE, &account)
    }

    fn ruling(principal: &str, resource: &str, more: &str) -> Ruling {
        judged(principal, resource, more).unwrap().ruling
    }

    #[test]
    fn everybody_is_every_service_for_any_customer() {
        for principal in [r#""*""#, r#"{"AWS":"*"}"#] {
            for resource in [
                "*",
                &format!("{GROUP}:*"),
                &format!("{GROUP}:log-stream:*"),
                GROUP,
            ] {
                let verdict = judged(principal, resource, "").unwrap();
                assert_eq!(verdict.ruling, Ruling::Fail, "{principal} {resource}");
                assert!(verdict.message.contains("statement `Write` of `writers`"));
            }
        }
    }

    #[test]
    fn a_service_by_name_or_another_group_opens_nothing() {
        let service = r#"{"Service":"delivery.logs.amazonaws.com"}"#;
        assert_eq!(ruling(service, "*", ""), Ruling::Pass);
        let other = "arn:aws:logs:us-east-1:111122223333:log-group:trail-main-2:*";
        assert_eq!(ruling(r#""*""#, other, ""), Ruling::Pass);
    }

    #[test]
    fn a_condition_on_the_source_or_the_organization_shuts_strangers_out() {
        for (condition, expected) in [
            (
                r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#,
                Ruling::Pass,
            ),
            (
                r#""ArnLike":{"aws:SourceArn":"arn:aws:events:us-east-1:111122223333:rule/*"}"#,
                Ruling::Pass,
            ),
            (
                r#""StringEquals":{"aws:SourceOrgID":"o-exampleorgid"}"#,
                Ruling::Pass,
            ),
            (
                r#""StringEquals":{"aws:PrincipalOrgID":"o-exampleorgid"}"#,
                Ruling::Pass,
            ),
            (
                r#""ArnLike":{"aws:SourceArn":"arn:aws:events:us-east-1:*:rule/*"}"#,
                Ruling::Fail,
            ),
            (r#""Bool":{"aws:SecureTransport":"true"}"#, Ruling::Fail),
        ] {
            let more = format!(r#","Condition":{{{condition}}}"#);
            assert_eq!(ruling(r#""*""#, "*", &more), expected, "{condition}");
        }
    }

    #[test]
    fn what_is_not_read_or_not_understood_is_unknown() {
        assert!(judged(r#"{"Planet":"*"}"#, "*", "").is_err());
        let mut account = story::pristine_account();
        account.log_group_mut().resource_policies = story::denied(Action::DescribeResourcePolicies);
        assert!(story::judge(&RULE, &account).is_err());
        let mut account = story::pristine_account();
        account.log_group_mut().description = story::denied(Action::DescribeLogGroups);
        assert!(story::judge(&RULE, &account).is_err());
    }

    #[test]
    fn an_open_policy_fails_beside_one_that_is_not_understood() {
        let mut account = story::neglected_account();
        match &mut account.log_group_mut().resource_policies {
            Observed::Known(policies) => policies.insert(
                0,
                LogResourcePolicy {
                    name: "odd".to_owned(),
                    document: "[]".to_owned(),
                },
            ),
            Observed::Gap(gap) => panic!("{gap:?}"),
        }
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
    }

    #[test]
    fn a_deleted_log_group_is_not_applicable() {
        let mut account = story::pristine_account();
        account.log_group_mut().description = Observed::Known(None);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
    }
}
