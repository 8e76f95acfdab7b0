use super::{log_group_arn, log_group_name};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::Trail;

/// Every trail feeds a log group in CloudWatch Logs.
pub(super) const RULE: Rule = Rule {
    id: "cloudwatch-logs-integration",
    title: "The trail feeds CloudWatch Logs",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::Monitoring,
    description: "Log files in a bucket tell what happened to those who go and look. Metric filters \
        and alarms on a CloudWatch Logs log group tell at once: root sign-ins, policy changes, \
        attempts to stop the trail itself. A trail that feeds no log group leaves an intruder \
        undisturbed until somebody reads the bucket. A log group is also a second copy of the \
        events that is out of reach of whoever controls the log bucket.",
    criteria: "Fails for a trail without CloudWatchLogsLogGroupArn, or without \
        CloudWatchLogsRoleArn, the role that CloudTrail needs to write there. Whether events \
        arrive is for cloudwatch-logs-delivery to say. Judged once per trail, at its home Region. \
        Unknown if a Region's trails could not be listed. Not applicable if no trail is visible.",
    action: "Create a log group of the Standard class in the trail's home Region and a role that \
        CloudTrail can assume to write to it, and name both in the trail. CloudWatch Logs charges \
        for what is ingested; management events alone are usually cheap.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html",
    ],
    controls: &[
        Control::cis("1.2.0", "2.4"),
        Control::cis("1.3.0", "3.4"),
        Control::cis("1.4.0", "3.4"),
        Control::cis("1.5.0", "3.4"),
        Control::cis("2.0.0", "3.4"),
        Control::security_hub("CloudTrail.5"),
        Control::config("cloud-trail-cloud-watch-logs-enabled"),
        Control::cloudtrail_practices("detective"),
    ],
    reads: &[],
    remedies: Remedies {
        cli: "aws logs create-log-group --region {region} --log-group-name cloudtrail-{trail}\n\
            aws cloudtrail update-trail --name {arn} --region {region} \
            --cloud-watch-logs-log-group-arn arn:{partition}:logs:{region}:{account}:log-group:cloudtrail-{trail}:\\* \
            --cloud-watch-logs-role-arn arn:{partition}:iam::{account}:role/CloudTrailDelivery",
        terraform: "resource \"aws_cloudtrail\" \"trail\" {\n  \
            cloud_watch_logs_group_arn = \"${aws_cloudwatch_log_group.trail.arn}:*\"\n  \
            cloud_watch_logs_role_arn  = aws_iam_role.cloudtrail_delivery.arn\n}",
        cloudformation: "Type: AWS::CloudTrail::Trail\nProperties:\n  \
            CloudWatchLogsLogGroupArn: !GetAtt TrailLogGroup.Arn\n  \
            CloudWatchLogsRoleArn: !GetAtt CloudTrailDeliveryRole.Arn",
    },
    check: Check::Trail(check),
};

fn check(_: &Context<'_>, trail: &Trail) -> Judgement {
    let role = trail.log_role_arn.as_deref().filter(|arn| !arn.is_empty());
    Ok(match (log_group_arn(trail), role) {
        (Some(group), Some(role)) => Verdict::pass(format!(
            "the trail feeds the log group `{}`",
            log_group_name(group)
        ))
        .evidence("log_group_arn", group)
        .evidence("log_role_arn", role),
        (Some(group), None) => Verdict::fail(format!(
            "the trail names the log group `{}`, and no role with which CloudTrail could write to it",
            log_group_name(group)
        ))
        .evidence("log_group_arn", group),
        (None, _) => {
            Verdict::fail("the trail feeds no log group, so no alarm can watch its events")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::audit;
    use crate::config::Settings;
    use crate::finding::Status;
    use crate::rule::Ruling;
    use crate::snapshot::{Action, story};

    #[test]
    fn a_log_group_and_a_role_pass() {
        let verdict = story::judge(&RULE, &story::pristine_account()).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        assert_eq!(
            verdict.message,
            "the trail feeds the log group `trail-main`"
        );
    }

    #[test]
    fn either_one_missing_or_empty_fails() {
        for (group, role) in [
            (None, Some("arn:aws:iam::111122223333:role/r")),
            (Some(""), Some("arn:aws:iam::111122223333:role/r")),
            (
                Some("arn:aws:logs:us-east-1:111122223333:log-group:g:*"),
                None,
            ),
            (
                Some("arn:aws:logs:us-east-1:111122223333:log-group:g:*"),
                Some(""),
            ),
        ] {
            let mut account = story::pristine_account();
            account.trail_mut().log_group_arn = group.map(str::to_owned);
            account.trail_mut().log_role_arn = role.map(str::to_owned);
            let verdict = story::judge(&RULE, &account).unwrap();
            assert_eq!(verdict.ruling, Ruling::Fail, "{group:?} {role:?}");
        }
    }

    #[test]
    fn trails_that_could_not_be_listed_are_unknown() {
        let mut snapshot = story::pristine();
        snapshot.accounts[0]
            .regions
            .get_mut("eu-west-1")
            .unwrap()
            .trails = story::denied(Action::DescribeTrails);
        let findings = audit(&snapshot, &[&RULE], &Settings::default());
        assert!(
            findings
                .iter()
                .any(|finding| finding.status == Status::Unknown)
        );
    }
}
