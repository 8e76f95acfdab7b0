use super::{gone, log_group_name, owned_elsewhere};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Action, LogGroup};

/// Log groups are encrypted with a KMS key of yours.
pub(super) const RULE: Rule = Rule {
    id: "log-group-encryption",
    title: "The log group is encrypted with a KMS key",
    severity: Severity::Low,
    worst: Severity::Low,
    practice: Practice::Monitoring,
    description: "CloudWatch Logs always encrypts events with a key of its own, which anybody who \
        may read the log group uses without noticing. With a KMS key of yours, reading takes a \
        second permission that the key policy grants, every use of the key is itself recorded by \
        CloudTrail, and access can be withdrawn for all readers at once. The events name people, \
        roles, addresses and resources: a map for whoever plans the next step.",
    criteria: "Fails if the log group has no kmsKeyId. Unknown if the log group could not be read. \
        Not applicable if the log group does not exist, or belongs to another account because an \
        organization's trail feeds it.",
    action: "Associate a symmetric KMS key whose policy lets the CloudWatch Logs service of that \
        Region use it for this log group. Events from before stay as they were.",
    resources: &[
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &[Action::DescribeLogGroups],
    remedies: Remedies {
        cli: "aws logs associate-kms-key --region {region} --log-group-name {log_group} \
            --kms-key-id arn:{partition}:kms:{region}:{account}:key/KEY_ID",
        terraform: "resource \"aws_cloudwatch_log_group\" \"trail\" {\n  name       = \"{log_group}\"\n  \
            kms_key_id = aws_kms_key.logs.arn\n}",
        cloudformation: "Type: AWS::Logs::LogGroup\nProperties:\n  LogGroupName: {log_group}\n  \
            KmsKeyId: !GetAtt LogKey.Arn",
    },
    check: Check::LogGroup(check),
};

fn check(context: &Context<'_>, group: &LogGroup) -> Judgement {
    if let Some(verdict) = owned_elsewhere(context, group)? {
        return Ok(verdict);
    }
    let Some(description) = group.description.known()? else {
        return Ok(gone());
    };
    let key = description
        .kms_key_id
        .as_deref()
        .filter(|key| !key.is_empty());
    let verdict = match key {
        Some(key) => Verdict::pass(format!("events are encrypted with the KMS key `{key}`")),
        None => Verdict::fail("events are encrypted with a key of CloudWatch Logs, not with yours"),
    };
    Ok(verdict
        .evidence("log_group", log_group_name(&group.arn))
        .evidence("kms_key_id", key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Observed, story};

    #[test]
    fn a_key_passes_and_none_fails() {
        let mut account = story::pristine_account();
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
        for key in [None, Some(String::new())] {
            if let Observed::Known(Some(group)) = &mut account.log_group_mut().description {
                group.kms_key_id = key;
            }
            assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
        }
    }

    #[test]
    fn an_unread_log_group_is_unknown_and_a_deleted_one_not_applicable() {
        let mut account = story::pristine_account();
        account.log_group_mut().description = story::denied(Action::DescribeLogGroups);
        assert!(story::judge(&RULE, &account).is_err());
        account.log_group_mut().description = Observed::Known(None);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
    }

    #[test]
    fn the_log_group_of_an_organization_trail_elsewhere_is_not_applicable() {
        let mut account = story::pristine_account();
        let arn = "arn:aws:logs:us-east-1:999988887777:log-group:org";
        arn.clone_into(&mut account.log_group_mut().arn);
        let trail = account.trail_mut();
        trail.log_group_arn = Some(arn.to_owned());
        trail.arn = trail.arn.replace("111122223333", "999988887777");
        trail.organization = Observed::Known(true);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
    }
}
