use jiff::{SignedDuration, Timestamp};

use super::log_group_arn;
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Ruling, Severity, Verdict,
    in_covered_regions, said,
};
use crate::snapshot::{Action, Gap, GapKind, Trail, TrailStatus};

/// Events really arrive in CloudWatch Logs, from every Region the trail covers.
pub(super) const RULE: Rule = Rule {
    id: "cloudwatch-logs-delivery",
    title: "Events arrive in CloudWatch Logs",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::Monitoring,
    description: "A trail that names a log group may still write nothing to it: the role was \
        deleted, its policy changed, the log group removed. Alarms on that group then stay green \
        whatever happens, which is worse than having none, and a quiet way to blind those who \
        watch. AWS reports the delivery of each Region only in that Region.",
    criteria: "For a trail that logs and feeds a log group, in every Region it covers (GetTrailStatus \
        answers for one Region at a time): fails if LatestCloudWatchLogsDeliveryError is set, or if \
        the Region has had activity (a log file was delivered to the bucket, or tried to be, within \
        24 hours) and LatestCloudWatchLogsDeliveryTime is not within 24 hours. AWS gives no time \
        for that error, so it counts even beside a recent delivery; the message shows both. A \
        Region without activity passes if it ever delivered, else it does not count. Unknown if a status or the list of enabled Regions could \
        not be read, if failing deliveries to the bucket hide whether there was activity, or if \
        no Region tells of any delivery, nor of an error. Not applicable if the trail feeds no log \
        group, does not log, or started less than an hour ago.",
    action: "Read the delivery error. The log group must exist, and the role must trust \
        cloudtrail.amazonaws.com and allow logs:CreateLogStream and logs:PutLogEvents on the \
        trail's log streams; a KMS key of the log group must let CloudWatch Logs use it.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html",
    ],
    controls: &[
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: &[Action::GetTrailStatus],
    remedies: Remedies {
        cli: "aws cloudtrail get-trail-status --name {arn} --region {region}\n\
            aws cloudtrail update-trail --name {arn} --region {region} \
            --cloud-watch-logs-log-group-arn LOG_GROUP_ARN --cloud-watch-logs-role-arn ROLE_ARN",
        terraform: "data \"aws_iam_policy_document\" \"cloudtrail_delivery\" {\n  statement {\n    \
            actions   = [\"logs:CreateLogStream\", \"logs:PutLogEvents\"]\n    \
            resources = [\"${aws_cloudwatch_log_group.trail.arn}:log-stream:{account}_CloudTrail_{region}*\"]\n  }\n}",
        cloudformation: "Type: AWS::IAM::Role\nProperties:\n  AssumeRolePolicyDocument:\n    Statement:\n      \
            - Effect: Allow\n        Principal:\n          Service: cloudtrail.amazonaws.com\n        \
            Action: sts:AssumeRole\n        Condition:\n          StringEquals:\n            aws:SourceArn: {arn}\n  \
            Policies:\n    - PolicyName: deliver\n      PolicyDocument:\n        Statement:\n          \
            - Effect: Allow\n            Action: [\"logs:CreateLogStream\", \"logs:PutLogEvents\"]\n            \
            Resource: arn:{partition}:logs:{region}:{account}:log-group:LOG_GROUP:log-stream:{account}_CloudTrail_{region}*",
    },
    check: Check::Trail(check),
};

/// How long events may take before they count as missing.
const RECENT: SignedDuration = SignedDuration::from_hours(24);

/// How long the first events may take after logging was started.
const FIRST: SignedDuration = SignedDuration::from_hours(1);

pub(super) fn check(context: &Context<'_>, trail: &Trail) -> Judgement {
    if log_group_arn(trail).is_none() {
        return Ok(Verdict::not_applicable("the trail feeds no log group"));
    }
    let home = trail.home_status()?;
    if !home.is_logging {
        return Ok(Verdict::not_applicable(
            "the trail does not log, so there is nothing to deliver",
        ));
    }
    let started = home.started_logging;
    let fresh = started.is_some_and(|started| context.now.duration_since(started) < FIRST);
    let verdict = in_covered_regions(context, trail, |status| judge(context, fresh, status))?;
    if verdict.ruling == Ruling::NotApplicable && !fresh {
        return Err(Gap::new(
            Action::GetTrailStatus,
            GapKind::NotFound,
            "AWS reports neither a delivery to CloudWatch Logs nor an error in any Region",
        ));
    }
    Ok(verdict)
}

fn judge(context: &Context<'_>, fresh: bool, status: &TrailStatus) -> Judgement {
    let recent = |time: Option<Timestamp>| {
        time.is_some_and(|time| context.now.duration_since(time) <= RECENT)
    };
    let latest = match status.log_group_time {
        Some(time) => format!("the latest delivery to CloudWatch Logs was at {time}"),
        None => "nothing was ever delivered to CloudWatch Logs".to_owned(),
    };
    let verdict = if let Some(error) = said(status.log_group_error.as_deref()) {
        Verdict::fail(format!(
            "events cannot be delivered to CloudWatch Logs: `{error}` ({latest})"
        ))
        .evidence("latest_cloudwatch_logs_delivery_error", error)
    } else if recent(status.log_group_time) {
        Verdict::pass(latest)
    } else if fresh {
        Verdict::not_applicable("the trail started logging less than an hour ago")
    } else if let Some(active) = status.delivery_time.max(status.delivery_attempt)
        && recent(Some(active))
    {
        Verdict::fail(format!(
            "{latest}, though the Region was active at {active}"
        ))
    } else if let Some(error) = said(status.delivery_error.as_deref()) {
        return Err(Gap::new(
            Action::GetTrailStatus,
            GapKind::Unsupported,
            format!(
                "{latest}; whether the Region was active cannot be told, because log files do \
                 not arrive either: `{error}`"
            ),
        ));
    } else if status.log_group_time.is_some() {
        Verdict::pass(format!(
            "no activity within 24 hours, and no error; {latest}"
        ))
    } else {
        Verdict::not_applicable(format!("no activity, and no error; {latest}"))
    };
    Ok(match status.log_group_time {
        Some(time) => verdict.evidence("latest_cloudwatch_logs_delivery_time", time.to_string()),
        None => verdict,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Account, Observed, story};

    fn ruling(account: &Account) -> Ruling {
        story::judge(&RULE, account).unwrap().ruling
    }

    fn at(time: &str) -> Option<Timestamp> {
        Some(time.parse().unwrap())
    }

    #[test]
    fn recent_deliveries_from_every_region_pass() {
        assert_eq!(ruling(&story::pristine_account()), Ruling::Pass);
    }

    #[test]
    fn an_error_in_one_region_fails_even_beside_a_recent_delivery() {
        let mut account = story::pristine_account();
        account.trail_mut().status_mut("eu-west-1").log_group_error = Some("Denied".to_owned());
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert_eq!(
            verdict.message,
            "eu-west-1: events cannot be delivered to CloudWatch Logs: `Denied` (the latest \
             delivery to CloudWatch Logs was at 2026-11-22T11:56:00Z)"
        );
    }

    #[test]
    fn an_active_region_whose_events_do_not_arrive_fails() {
        let mut account = story::pristine_account();
        account.trail_mut().status_mut("eu-west-1").log_group_time = at("2026-11-21T11:59:00Z");
        assert_eq!(ruling(&account), Ruling::Fail);
        account.trail_mut().status_mut("eu-west-1").log_group_time = None;
        assert_eq!(ruling(&account), Ruling::Fail);
        account.trail_mut().status_mut("eu-west-1").log_group_time = at("2026-11-21T12:00:00Z");
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn an_idle_region_may_have_old_deliveries() {
        let mut account = story::pristine_account();
        let status = account.trail_mut().status_mut("eu-west-1");
        status.log_group_time = at("2026-10-01T00:00:00Z");
        status.delivery_time = at("2026-10-01T00:00:00Z");
        status.delivery_attempt = at("2026-10-01T00:00:00Z");
        assert_eq!(ruling(&account), Ruling::Pass);
        let status = account.trail_mut().status_mut("eu-west-1");
        status.delivery_attempt = at("2026-11-22T11:00:00Z");
        assert_eq!(ruling(&account), Ruling::Fail);
    }

    #[test]
    fn regions_that_tell_of_nothing_do_not_pass_but_do_not_count_beside_one_that_does() {
        let mut account = story::pristine_account();
        let silent = TrailStatus {
            is_logging: true,
            started_logging: at("2026-01-01T00:00:00Z"),
            ..TrailStatus::default()
        };
        *account.trail_mut().status_mut("eu-west-1") = silent.clone();
        assert_eq!(ruling(&account), Ruling::Pass);
        *account.trail_mut().status_mut("us-east-1") = silent;
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.kind, GapKind::NotFound);
    }

    #[test]
    fn a_trail_that_started_within_the_hour_is_given_time() {
        let mut account = story::pristine_account();
        for region in ["us-east-1", "eu-west-1"] {
            let status = account.trail_mut().status_mut(region);
            status.started_logging = at("2026-11-22T11:30:00Z");
            status.log_group_time = None;
        }
        assert_eq!(ruling(&account), Ruling::NotApplicable);
        let status = account.trail_mut().status_mut("us-east-1");
        status.started_logging = at("2026-11-22T10:59:00Z");
        assert_eq!(ruling(&account), Ruling::Fail);
    }

    #[test]
    fn failing_deliveries_to_the_bucket_hide_whether_a_region_is_idle() {
        let mut account = story::pristine_account();
        let status = account.trail_mut().status_mut("eu-west-1");
        status.log_group_time = None;
        status.delivery_time = None;
        status.delivery_attempt = None;
        status.delivery_error = Some("NoSuchBucket".to_owned());
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert!(gap.detail.contains("`NoSuchBucket`"));
    }

    #[test]
    fn without_log_group_or_logging_the_question_does_not_arise() {
        let mut account = story::pristine_account();
        account.trail_mut().status_mut("us-east-1").is_logging = false;
        assert_eq!(ruling(&account), Ruling::NotApplicable);
        let mut account = story::denied_account();
        account.trail_mut().log_group_arn = None;
        assert_eq!(ruling(&account), Ruling::NotApplicable);
    }

    #[test]
    fn a_missing_status_is_unknown() {
        let mut account = story::pristine_account();
        account.trail_mut().status.insert(
            "eu-west-1".to_owned(),
            story::denied(Action::GetTrailStatus),
        );
        assert!(story::judge(&RULE, &account).is_err());
    }

    #[test]
    fn regions_that_could_not_be_listed_keep_a_multi_region_trail_from_passing() {
        let mut account = story::pristine_account();
        account.enabled_regions = story::denied(Action::ListRegions);
        assert!(story::judge(&RULE, &account).is_err());
        account.trail_mut().multi_region = Observed::Known(false);
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn an_organization_trail_whose_reply_tells_nothing_is_unknown_and_not_passing() {
        let mut account = story::pristine_account();
        let trail = account.trail_mut();
        trail.arn = trail.arn.replace("111122223333", "999988887777");
        for region in ["us-east-1", "eu-west-1"] {
            *trail.status_mut(region) = TrailStatus {
                is_logging: true,
                ..TrailStatus::default()
            };
        }
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert!(gap.detail.contains("999988887777"), "{}", gap.detail);
    }
}
