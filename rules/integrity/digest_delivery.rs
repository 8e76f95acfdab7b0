use jiff::{SignedDuration, Timestamp};

use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
    in_covered_regions, said,
};
use crate::snapshot::{Action, Gap, GapKind, Trail, TrailStatus};

/// Digest files really arrive, in every Region the trail covers.
pub(super) const RULE: Rule = Rule {
    id: "digest-delivery",
    title: "Digest files are delivered every hour",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::Integrity,
    description: "With log file validation on, CloudTrail delivers a signed digest file every hour \
        and Region, even when nothing happened. Where digests stop, log files from then on can \
        be changed, deleted or forged unnoticed: an intruder who may change the bucket policy or \
        the KMS key can break the chain that way without touching the trail, and so can an honest \
        mistake. An hour without a digest stays unprovable for good. AWS reports the delivery of \
        each Region only in that Region, so looking at the home Region is not enough.",
    criteria: "For a trail that logs with log file validation on, in every Region it covers \
        (GetTrailStatus answers for one Region at a time): fails if LatestDigestDeliveryError is \
        set, if LatestDigestDeliveryTime is more than 3 hours ago, or if there is none. AWS gives \
        no time for that error, so it counts even beside a recent digest. One failing Region fails \
        the trail. Unknown if a status, the list of enabled Regions or the start of logging could \
        not be read, or if the reply for an organization trail of another account leaves all \
        delivery fields out. Not applicable if validation is off, if the trail does not log, or \
        in a Region where it started logging less than 3 hours ago.",
    action: "Read the delivery error, then let CloudTrail write to the digest prefix again: the \
        bucket policy must allow cloudtrail.amazonaws.com s3:PutObject below \
        AWSLogs/ACCOUNT/CloudTrail-Digest/ as well as below CloudTrail/, and a KMS key must let \
        it kms:GenerateDataKey*. Then validate the log files of the hours in between as far as \
        the digests reach.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-cli.html",
    ],
    controls: &[
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: &[Action::GetTrailStatus],
    remedies: Remedies {
        cli: "aws cloudtrail get-trail-status --name {arn} --region {region}\n\
            aws s3api get-bucket-policy --bucket {bucket} --query Policy --output text",
        terraform: "data \"aws_iam_policy_document\" \"log_bucket\" {\n  \
            # beside the statement on s3:GetBucketAcl\n  \
            statement {\n    \
            actions   = [\"s3:PutObject\"]\n    \
            resources = [\"arn:{partition}:s3:::{bucket}/AWSLogs/{account}/*\"]\n    \
            principals {\n      type        = \"Service\"\n      identifiers = [\"cloudtrail.amazonaws.com\"]\n    }\n    \
            condition {\n      test     = \"StringEquals\"\n      variable = \"aws:SourceArn\"\n      values   = [\"{arn}\"]\n    }\n  \
            }\n}",
        cloudformation: "Type: AWS::S3::BucketPolicy\nProperties:\n  Bucket: {bucket}\n  PolicyDocument:\n    Statement:\n      \
            - Effect: Allow\n        Principal:\n          Service: cloudtrail.amazonaws.com\n        \
            Action: s3:PutObject\n        Resource: arn:{partition}:s3:::{bucket}/AWSLogs/{account}/*\n        \
            Condition:\n          StringEquals:\n            aws:SourceArn: {arn}",
    },
    check: Check::Trail(check),
};

/// Digests are hourly; two may be late before it is an alarm.
const OVERDUE: SignedDuration = SignedDuration::from_hours(3);

fn check(context: &Context<'_>, trail: &Trail) -> Judgement {
    if !*trail.log_file_validation.known()? {
        return Ok(Verdict::not_applicable(
            "log file validation is off, so there are no digests",
        ));
    }
    if !trail.is_logging()? {
        return Ok(Verdict::not_applicable(
            "the trail does not log, so there is nothing to sign",
        ));
    }
    let home = trail.home_status()?;
    let mut verdict = in_covered_regions(context, trail, |status| judge(context, home, status))?;
    if let Some(bucket) = trail.bucket.if_known() {
        verdict = verdict.evidence("bucket", bucket.as_str());
    }
    Ok(verdict)
}

fn judge(context: &Context<'_>, home: &TrailStatus, status: &TrailStatus) -> Judgement {
    let now = context.now;
    let started = home.started_logging.max(status.started_logging);
    if started.is_some_and(|started| now.duration_since(started) < OVERDUE) {
        return Ok(Verdict::not_applicable(
            "the trail started logging less than 3 hours ago, and no digest is overdue yet",
        ));
    }
    if let Some(error) = said(status.digest_error.as_deref()) {
        return Ok(failing(
            status,
            format!("digest files cannot be delivered: `{error}`"),
        ));
    }
    let latest = status.digest_time;
    if let Some(latest) = latest.filter(|latest| now.duration_since(*latest) <= OVERDUE) {
        return Ok(
            Verdict::pass(format!("the latest digest was delivered at {latest}"))
                .evidence("latest_digest_delivery_time", latest.to_string()),
        );
    }
    let Some(started) = started else {
        return Err(Gap::new(
            Action::GetTrailStatus,
            GapKind::Malformed,
            "no digest was delivered in the last 3 hours, and the reply does not tell when the \
             trail started logging",
        ));
    };
    let message = match latest {
        Some(latest) => format!(
            "the latest digest was delivered at {latest}, {} ago, though one is due every hour",
            age(now, latest)
        ),
        None => format!(
            "no digest was ever delivered, though the trail has been logging since {started}"
        ),
    };
    Ok(failing(status, message))
}

fn failing(status: &TrailStatus, message: String) -> Verdict {
    let mut verdict = Verdict::fail(message);
    if let Some(error) = said(status.digest_error.as_deref()) {
        verdict = verdict.evidence("latest_digest_delivery_error", error);
    }
    if let Some(latest) = status.digest_time {
        verdict = verdict.evidence("latest_digest_delivery_time", latest.to_string());
    }
    verdict
}

fn age(now: Timestamp, then: Timestamp) -> String {
    let age = now.duration_since(then);
    format!("{} h {} min", age.as_hours(), age.as_mins() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, Observed, story};

    fn ruling(account: &Account) -> Ruling {
        story::judge(&RULE, account).unwrap().ruling
    }

    fn at(time: &str) -> Option<Timestamp> {
        Some(time.parse().unwrap())
    }

    #[test]
    fn a_recent_digest_in_every_region_passes() {
        assert_eq!(ruling(&story::pristine_account()), Ruling::Pass);
    }

    #[test]
    fn an_overdue_digest_in_one_region_fails_with_its_age() {
        let mut account = story::pristine_account();
        account.trail_mut().status_mut("eu-west-1").digest_time = at("2026-11-22T08:30:00Z");
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert_eq!(
            verdict.message,
            "eu-west-1: the latest digest was delivered at 2026-11-22T08:30:00Z, 3 h 30 min ago, \
             though one is due every hour"
        );
        account.trail_mut().status_mut("eu-west-1").digest_time = at("2026-11-22T09:00:00Z");
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn another_region_does_not_matter_to_a_trail_of_one_region() {
        let mut account = story::pristine_account();
        account.trail_mut().multi_region = Observed::Known(false);
        account.trail_mut().status_mut("eu-west-1").digest_time = None;
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn a_digest_error_fails_even_beside_a_recent_digest() {
        let mut account = story::pristine_account();
        let status = account.trail_mut().status_mut("us-east-1");
        status.digest_error = Some("AccessDenied".to_owned());
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(verdict.message.contains("`AccessDenied`"));
    }

    #[test]
    fn an_empty_error_text_is_no_error() {
        let mut account = story::pristine_account();
        account.trail_mut().status_mut("us-east-1").digest_error = Some(String::new());
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn no_digest_at_all_fails_once_one_was_due() {
        let mut account = story::pristine_account();
        for region in ["us-east-1", "eu-west-1"] {
            account.trail_mut().status_mut(region).digest_time = None;
        }
        assert_eq!(ruling(&account), Ruling::Fail);
        account.trail_mut().status_mut("us-east-1").started_logging = at("2026-11-22T09:00:01Z");
        assert_eq!(ruling(&account), Ruling::NotApplicable);
    }

    #[test]
    fn no_digest_and_no_start_of_logging_is_unknown() {
        let mut account = story::pristine_account();
        for region in ["us-east-1", "eu-west-1"] {
            let status = account.trail_mut().status_mut(region);
            status.digest_time = None;
            status.started_logging = None;
        }
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.kind, GapKind::Malformed);
    }

    #[test]
    fn a_trail_that_does_not_log_or_does_not_validate_is_not_applicable() {
        let mut account = story::pristine_account();
        account.trail_mut().status_mut("us-east-1").is_logging = false;
        assert_eq!(ruling(&account), Ruling::NotApplicable);
        let mut account = story::pristine_account();
        account.trail_mut().log_file_validation = Observed::Known(false);
        assert_eq!(ruling(&account), Ruling::NotApplicable);
    }

    #[test]
    fn a_missing_status_is_unknown_unless_another_region_fails() {
        let mut account = story::pristine_account();
        account.trail_mut().status.insert(
            "eu-west-1".to_owned(),
            story::denied(Action::GetTrailStatus),
        );
        assert!(story::judge(&RULE, &account).is_err());
        account.trail_mut().status_mut("us-east-1").digest_error = Some("AccessDenied".to_owned());
        assert_eq!(ruling(&account), Ruling::Fail);
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
    fn an_organization_trail_whose_reply_tells_nothing_is_unknown_and_not_failing() {
        let mut account = story::pristine_account();
        let trail = account.trail_mut();
        trail.arn = trail.arn.replace("111122223333", "999988887777");
        trail.organization = Observed::Known(true);
        for region in ["us-east-1", "eu-west-1"] {
            *trail.status_mut(region) = TrailStatus {
                is_logging: true,
                started_logging: at("2025-03-01T08:00:00Z"),
                ..TrailStatus::default()
            };
        }
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert!(gap.detail.contains("999988887777"), "{}", gap.detail);
        for region in ["us-east-1", "eu-west-1"] {
            account.trail_mut().status_mut(region).delivery_time = at("2026-11-22T11:00:00Z");
        }
        assert_eq!(ruling(&account), Ruling::Fail);
    }
}
