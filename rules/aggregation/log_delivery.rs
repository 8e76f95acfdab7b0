use jiff::Timestamp;

use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Ruling, Severity, Verdict,
    worst_region,
};
use crate::snapshot::{Action, Gap, GapKind, Trail, TrailStatus};

/// Every logging trail delivers its log files.
pub(super) const RULE: Rule = Rule {
    id: "log-delivery",
    title: "Log files are delivered",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::Aggregation,
    description: "A trail whose bucket policy, bucket or key no longer lets CloudTrail in still \
        says that it is logging, and its log files are lost for good: CloudTrail keeps trying for \
        a limited time only. Taking the bucket's permission away is the quiet way to stop a \
        trail, because no StopLogging is ever recorded. AWS answers for one Region at a time, so \
        a trail can deliver at home and fail everywhere else.",
    criteria: "For a logging trail, fails if LatestDeliveryError is current in a Region that the \
        trail covers. The error stays after deliveries succeed again, so it is history if the \
        latest attempt (LatestDeliveryAttemptTime) is the delivery of LatestDeliveryTime itself; \
        if that cannot be told, the error counts as current. A Region without an error passes, however old its \
        last delivery: an idle Region has nothing to deliver. Unknown if a covered Region's \
        status or the list of enabled Regions could not be read, or if no Region shows a delivery since logging started; then \
        not applicable while logging has been on for less than an hour. Not applicable for a trail \
        that is not logging.",
    action: "Read the error: AccessDenied points to the bucket policy or the key policy, \
        NoSuchBucket to a deleted bucket. Mend the policy as the pages below show, and look for \
        PutBucketPolicy, DeleteBucket, PutKeyPolicy or DisableKey events at the time of the last \
        delivery to learn who broke it.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html",
    ],
    controls: &[
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP01"),
        Control::config("cloudtrail-security-trail-enabled"),
    ],
    reads: &[Action::GetTrailStatus],
    remedies: Remedies {
        cli: "aws cloudtrail get-trail-status --name {arn} --region {region}\n\
            aws s3api get-bucket-policy --bucket {bucket} --query Policy --output text > bucket-policy.json\n\
            # add the statements that CloudTrail needs and keep the others in the file: the whole\n\
            # policy is replaced by\n\
            aws s3api put-bucket-policy --bucket {bucket} --policy file://bucket-policy.json",
        terraform: "# This replaces the whole bucket policy: name its other statements here, too. With a key\n\
            # prefix the objects lie below PREFIX/AWSLogs/, of an organization below AWSLogs/o-ID/.\n\
            data \"aws_iam_policy_document\" \"logs\" {\n  statement {\n    actions   = [\"s3:GetBucketAcl\"]\n    resources = [\"arn:{partition}:s3:::{bucket}\"]\n    principals {\n      type        = \"Service\"\n      identifiers = [\"cloudtrail.amazonaws.com\"]\n    }\n    condition {\n      test     = \"StringEquals\"\n      variable = \"aws:SourceArn\"\n      values   = [\"{arn}\"]\n    }\n  }\n  statement {\n    actions   = [\"s3:PutObject\"]\n    resources = [\"arn:{partition}:s3:::{bucket}/AWSLogs/{account}/*\"]\n    principals {\n      type        = \"Service\"\n      identifiers = [\"cloudtrail.amazonaws.com\"]\n    }\n    condition {\n      test     = \"StringEquals\"\n      variable = \"aws:SourceArn\"\n      values   = [\"{arn}\"]\n    }\n    condition {\n      test     = \"StringEquals\"\n      variable = \"s3:x-amz-acl\"\n      values   = [\"bucket-owner-full-control\"]\n    }\n  }\n}\n\nresource \"aws_s3_bucket_policy\" \"logs\" {\n  bucket = \"{bucket}\"\n  policy = data.aws_iam_policy_document.logs.json\n}",
        cloudformation: "# This replaces the whole bucket policy: name its other statements here, too. With a key\n\
            # prefix the objects lie below PREFIX/AWSLogs/, of an organization below AWSLogs/o-ID/.\n\
            Type: AWS::S3::BucketPolicy\nProperties:\n  Bucket: {bucket}\n  PolicyDocument:\n    Version: \"2012-10-17\"\n    Statement:\n      - Effect: Allow\n        Principal:\n          Service: cloudtrail.amazonaws.com\n        Action: s3:GetBucketAcl\n        Resource: arn:{partition}:s3:::{bucket}\n        Condition:\n          StringEquals:\n            aws:SourceArn: {arn}\n      - Effect: Allow\n        Principal:\n          Service: cloudtrail.amazonaws.com\n        Action: s3:PutObject\n        Resource: arn:{partition}:s3:::{bucket}/AWSLogs/{account}/*\n        Condition:\n          StringEquals:\n            aws:SourceArn: {arn}\n            s3:x-amz-acl: bucket-owner-full-control",
    },
    check: Check::Trail(check),
};

fn check(context: &Context<'_>, trail: &Trail) -> Judgement {
    let home = trail.home_status()?;
    if !home.is_logging {
        return Ok(Verdict::not_applicable("the trail is not logging"));
    }
    let covered = trail.covered_status(context.account);
    let deliveries: Vec<(&str, Timestamp)> = covered
        .iter()
        .filter_map(|(region, status)| Some((*region, delivered(status.as_ref().ok()?, home)?)))
        .collect();
    let judgements = covered
        .iter()
        .map(|(region, status)| {
            let judgement = match status {
                Err(gap) => Err(gap.clone()),
                Ok(status) => judge(status, context.now),
            };
            (*region, judgement)
        })
        .collect();
    let verdict = worst_region(judgements)?;
    let verdict = match verdict.ruling {
        Ruling::Pass if deliveries.is_empty() => silent(context, trail, home)?,
        Ruling::Pass => {
            let idle = covered.len() - deliveries.len();
            Verdict {
                message: ages(&deliveries, idle, context.now),
                ..verdict
            }
        }
        _ => verdict,
    };
    Ok(match trail.bucket.if_known() {
        Some(bucket) => verdict.evidence("bucket", bucket.as_str()),
        None => verdict,
    })
}

/// One Region. Whether anything was delivered at all is judged over all Regions.
fn judge(status: &TrailStatus, now: Timestamp) -> Judgement {
    let Some(error) = current_error(status) else {
        return Ok(Verdict::pass("no current delivery error"));
    };
    let (since, time) = match status.delivery_time {
        Some(time) => (
            format!("the last delivery succeeded {}", age(now, time)),
            time.to_string().into(),
        ),
        None => (
            "no delivery ever succeeded".to_owned(),
            serde_json::Value::Null,
        ),
    };
    Ok(
        Verdict::fail(format!("deliveries fail with `{error}`; {since}"))
            .evidence("latest_delivery_error", error)
            .evidence("latest_delivery_time", time),
    )
}

/// The delivery error, unless it is history.
///
/// AWS keeps `LatestDeliveryError` after deliveries succeed again, and dates neither it
/// nor its end. But it sends the time of the latest attempt: where that is the latest
/// delivery, the latest attempt succeeded. `LatestDeliveryAttemptTime` has whole seconds
/// and `LatestDeliveryTime` has not, so one and the same attempt reads as less than a second
/// earlier than itself, never as later. An attempt further back than that was not the
/// latest: AWS documents the field as no longer in use, so it may stand still.
/// An error that nothing proves to be past is current.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html>
fn current_error(status: &TrailStatus) -> Option<&str> {
    let error = status
        .delivery_error
        .as_deref()
        .filter(|error| !error.is_empty())?;
    match (status.delivery_time, status.delivery_attempt) {
        (Some(delivered), Some(attempted)) if attempted.as_second() == delivered.as_second() => {
            None
        }
        _ => Some(error),
    }
}

/// The latest delivery, if it was made since logging was last started: what a trail
/// delivered before it was stopped says nothing of today.
fn delivered(status: &TrailStatus, home: &TrailStatus) -> Option<Timestamp> {
    let started = status.started_logging.or(home.started_logging);
    status
        .delivery_time
        .filter(|time| started.is_none_or(|started| *time >= started))
}

/// No Region has an error, and none has delivered anything.
fn silent(context: &Context<'_>, trail: &Trail, home: &TrailStatus) -> Judgement {
    let started = match home.started_logging {
        Some(time) if context.now.duration_since(time).as_hours() < 1 => {
            return Ok(Verdict::not_applicable(format!(
                "logging started {}, too short a time to expect a log file",
                age(context.now, time)
            )));
        }
        Some(time) => format!("since logging started {}", age(context.now, time)),
        None => "ever".to_owned(),
    };
    let owner = trail.owner_account();
    let hint = if owner == context.account.id || owner.is_empty() {
        String::new()
    } else {
        format!("; it may keep them from member accounts, so ask in account {owner}, the owner")
    };
    Err(Gap::new(
        Action::GetTrailStatus,
        GapKind::NotFound,
        format!("AWS reports neither a delivery nor an error in any Region {started}{hint}"),
    ))
}

fn ages(deliveries: &[(&str, Timestamp)], idle: usize, now: Timestamp) -> String {
    let newest = deliveries.iter().max_by_key(|(_, time)| *time);
    let oldest = deliveries.iter().min_by_key(|(_, time)| *time);
    let mut message = match (newest, oldest) {
        (Some((region, new)), Some((other, old))) if age(now, *new) != age(now, *old) => {
            format!(
                "last delivery {} in {region}, {} in {other}",
                age(now, *new),
                age(now, *old)
            )
        }
        (Some((region, new)), _) if deliveries.len() == 1 => {
            format!("last delivery {} in {region}", age(now, *new))
        }
        (Some((_, new)), _) => format!(
            "last delivery {} in each of {} Regions",
            age(now, *new),
            deliveries.len()
        ),
        (None, _) => "no delivery".to_owned(),
    };
    match idle {
        0 => {}
        1 => message.push_str("; AWS reports none in 1 Region"),
        count => message.push_str(&format!("; AWS reports none in {count} Regions")),
    }
    message
}

fn age(now: Timestamp, time: Timestamp) -> String {
    let age = now.duration_since(time);
    match (age.as_mins(), age.as_hours()) {
        (..1, _) => "less than a minute ago".to_owned(),
        (minutes @ ..120, _) => format!("{minutes} min ago"),
        (_, hours @ ..48) => format!("{hours} h ago"),
        (_, hours) => format!("{} days ago", hours / 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Account, Observed, story};

    const HOME: &str = "us-east-1";
    const OTHER: &str = "eu-west-1";

    fn at(time: &str) -> Option<Timestamp> {
        Some(time.parse().unwrap())
    }

    fn status<'a>(account: &'a mut Account, region: &str) -> &'a mut TrailStatus {
        account.trail_mut().status_mut(region)
    }

    /// A trail of which AWS says nothing but that it has been logging since `started`.
    fn silent_since(started: Option<Timestamp>) -> Account {
        let mut account = story::pristine_account();
        for region in [HOME, OTHER] {
            *status(&mut account, region) = TrailStatus {
                is_logging: true,
                started_logging: started,
                ..TrailStatus::default()
            };
        }
        account
    }

    #[test]
    fn deliveries_without_an_error_pass_and_show_their_age() {
        let mut account = story::pristine_account();
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        assert_eq!(
            verdict.message,
            "last delivery 5 min ago in each of 2 Regions"
        );
        assert_eq!(verdict.evidence["bucket"], "example-trail-logs");
        status(&mut account, OTHER).delivery_time = at("2026-11-19T12:00:00Z");
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        assert_eq!(
            verdict.message,
            "last delivery 5 min ago in us-east-1, 3 days ago in eu-west-1"
        );
    }

    #[test]
    fn an_error_of_a_later_attempt_fails_with_its_text_and_the_last_success() {
        let mut account = story::pristine_account();
        let home = status(&mut account, HOME);
        home.delivery_error = Some("AccessDenied".to_owned());
        home.delivery_time = at("2026-11-22T09:00:00Z");
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert_eq!(
            verdict.message,
            "us-east-1: deliveries fail with `AccessDenied`; the last delivery succeeded 3 h ago"
        );
        assert_eq!(verdict.evidence["bucket"], "example-trail-logs");
    }

    #[test]
    fn an_error_older_than_the_last_delivery_is_history() {
        let mut account = story::pristine_account();
        let home = status(&mut account, HOME);
        home.delivery_error = Some("AccessDenied".to_owned());
        // One attempt, as AWS tells its time twice: with and without fractions.
        home.delivery_time = at("2026-11-22T11:55:00.869Z");
        home.delivery_attempt = at("2026-11-22T11:55:00Z");
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
    }

    #[test]
    fn an_error_that_nothing_proves_to_be_past_is_current() {
        for (time, attempt) in [
            (at("2026-11-22T11:55:00Z"), None),
            // The field stands still while deliveries go on, or fail.
            (at("2026-11-22T11:55:00Z"), at("2026-11-22T10:00:00Z")),
            (None, at("2026-11-22T11:55:00Z")),
            (None, None),
        ] {
            let mut account = story::pristine_account();
            let home = status(&mut account, HOME);
            home.delivery_error = Some("NoSuchBucket".to_owned());
            home.delivery_time = time;
            home.delivery_attempt = attempt;
            let verdict = story::judge(&RULE, &account).unwrap();
            assert_eq!(verdict.ruling, Ruling::Fail);
        }
    }

    #[test]
    fn an_error_in_a_shadow_region_fails_and_names_the_region() {
        let mut account = story::pristine_account();
        let other = status(&mut account, OTHER);
        other.delivery_error = Some("AccessDenied".to_owned());
        other.delivery_time = None;
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(verdict.message.starts_with("eu-west-1: "));
        account.trail_mut().multi_region = Observed::Known(false);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
    }

    #[test]
    fn an_idle_region_passes_as_long_as_another_delivers() {
        let mut account = story::pristine_account();
        status(&mut account, OTHER).delivery_time = None;
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        assert_eq!(
            verdict.message,
            "last delivery 5 min ago in us-east-1; AWS reports none in 1 Region"
        );
    }

    #[test]
    fn no_delivery_and_no_error_anywhere_is_no_evidence() {
        for started in [None, at("2026-11-22T10:59:00Z")] {
            let gap = story::judge(&RULE, &silent_since(started)).unwrap_err();
            assert_eq!(gap.kind, GapKind::NotFound);
            assert_eq!(gap.action, "cloudtrail:GetTrailStatus");
        }
    }

    #[test]
    fn a_trail_that_has_just_started_is_not_judged_yet() {
        let verdict = story::judge(&RULE, &silent_since(at("2026-11-22T11:20:00Z"))).unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
        assert!(verdict.message.contains("40 min ago"));
    }

    #[test]
    fn a_delivery_before_logging_was_last_started_says_nothing_of_today() {
        let mut account = story::pristine_account();
        for region in [HOME, OTHER] {
            status(&mut account, region).started_logging = at("2026-11-22T11:57:00Z");
        }
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
    }

    #[test]
    fn an_organization_trail_without_delivery_fields_in_a_member_account_is_unknown() {
        let mut account = silent_since(None);
        account.trail_mut().arn = "arn:aws:cloudtrail:us-east-1:999999999999:trail/org".to_owned();
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert!(gap.detail.contains("999999999999"));
    }

    #[test]
    fn a_region_whose_status_is_missing_is_unknown_but_hides_no_fail() {
        let mut account = story::pristine_account();
        let gone = story::denied(Action::GetTrailStatus);
        account.trail_mut().status.insert(OTHER.to_owned(), gone);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert!(gap.detail.starts_with("eu-west-1: "));
        let home = status(&mut account, HOME);
        home.delivery_error = Some("AccessDenied".to_owned());
        home.delivery_attempt = None;
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
    }

    #[test]
    fn a_trail_that_may_cover_other_regions_does_not_pass_on_its_home_alone() {
        let mut account = story::pristine_account();
        account.trail_mut().multi_region = story::denied(Action::DescribeTrails);
        assert!(story::judge(&RULE, &account).is_err());
    }

    #[test]
    fn regions_that_could_not_be_listed_keep_a_multi_region_trail_from_passing() {
        let mut account = story::pristine_account();
        account.enabled_regions = story::denied(Action::ListRegions);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "account:ListRegions");
        account.trail_mut().multi_region = Observed::Known(false);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
    }

    #[test]
    fn a_trail_that_does_not_log_is_not_judged_and_one_that_may_is_unknown() {
        let mut account = story::pristine_account();
        status(&mut account, HOME).is_logging = false;
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
        let gone = story::denied(Action::GetTrailStatus);
        account.trail_mut().status.insert(HOME.to_owned(), gone);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
