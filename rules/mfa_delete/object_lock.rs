use crate::retention::in_days;
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Action, Bucket, LockMode, LockRetention};

/// Object Lock keeps every new log file, in compliance mode, for long enough.
pub(super) const RULE: Rule = Rule {
    id: "object-lock",
    title: "Object Lock keeps log files in compliance mode",
    severity: Severity::Low,
    worst: Severity::Low,
    practice: Practice::MfaDelete,
    description: "An Object Lock default retention in compliance mode makes every new log file \
        undeletable for a set period: nobody can delete a version or shorten its retention, not \
        the root user, not AWS Support. It is the only protection that also holds against someone \
        with full rights over the bucket. Governance mode is weaker: whoever has \
        s3:BypassGovernanceRetention, administrators and the root user among them, can lift it.",
    criteria: "Fails if the bucket has no Object Lock, or one without a default retention (objects \
        are then locked one by one, which CloudTrail does not do), or a default retention in \
        governance mode, or for less than retention-days (365 by default; a year counts 365 days). \
        Log files from before the setting are not locked. Unknown if the Object Lock configuration \
        could not be read. Not applicable if the bucket does not exist.",
    action: "Set a default retention in compliance mode for as long as log files must be kept. Try \
        it on a test bucket first: a compliance retention cannot be shortened, and storage is paid \
        for until it ends.",
    resources: &[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/API/API_DefaultRetention.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &[Action::GetObjectLockConfiguration],
    remedies: Remedies {
        cli: "# Nobody can undo this: Object Lock stays on, and a compliance retention cannot be\n\
            # shortened, not even by AWS. Try it on a test bucket first. It needs versioning.\n\
            aws s3api put-object-lock-configuration --bucket {bucket} --object-lock-configuration \
            'ObjectLockEnabled=Enabled,Rule={DefaultRetention={Mode=COMPLIANCE,Days={demanded_days}}}'",
        terraform: "# Nobody can undo this: Object Lock stays on, and a compliance retention cannot be\n\
            # shortened, not even by AWS. Try it on a test bucket first. It needs versioning.\n\
            resource \"aws_s3_bucket_object_lock_configuration\" \"logs\" {\n  bucket = \"{bucket}\"\n  \
            rule {\n    default_retention {\n      mode = \"COMPLIANCE\"\n      days = 365\n    }\n  }\n}",
        cloudformation: "# Nobody can undo this: Object Lock stays on, and a compliance retention cannot be\n\
            # shortened, not even by AWS. Try it on a test bucket first. It needs versioning.\n\
            Type: AWS::S3::Bucket\nProperties:\n  BucketName: {bucket}\n  ObjectLockEnabled: true\n  \
            ObjectLockConfiguration:\n    ObjectLockEnabled: Enabled\n    Rule:\n      DefaultRetention:\n        \
            Mode: COMPLIANCE\n        Days: 365",
    },
    check: Check::Bucket(check),
};

fn check(context: &Context<'_>, bucket: &Bucket) -> Judgement {
    let demanded = context.settings.object_lock.days;
    Ok(locked(bucket, demanded)?.evidence("demanded_days", demanded))
}

fn locked(bucket: &Bucket, demanded: u32) -> Judgement {
    let Some(lock) = bucket.object_lock.known()? else {
        return Ok(Verdict::fail("the bucket has no Object Lock"));
    };
    let Some(retention) = lock.default_retention else {
        return Ok(Verdict::fail(
            "Object Lock is on without a default retention, so new log files are not locked",
        ));
    };
    let verdict = judge(retention, demanded);
    let mode = match retention.mode {
        LockMode::Compliance => "COMPLIANCE",
        LockMode::Governance => "GOVERNANCE",
    };
    Ok(verdict
        .evidence("lock_mode", mode)
        .evidence("lock_days", retention.period.days()))
}

fn judge(retention: LockRetention, demanded: u32) -> Verdict {
    let days = retention.period.days();
    let period = in_days(days);
    match retention.mode {
        LockMode::Governance => Verdict::fail(format!(
            "log files are locked for {period} in governance mode only: the root user, and \
             every principal that is allowed s3:BypassGovernanceRetention, may delete them"
        )),
        LockMode::Compliance if days < demanded => Verdict::fail(format!(
            "log files are locked in compliance mode for {period}, fewer than {demanded}"
        )),
        LockMode::Compliance => Verdict::pass(format!(
            "log files are locked in compliance mode for {period}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Retention, Settings};
    use crate::rule::Ruling;
    use crate::snapshot::{Account, Existence, ObjectLock, Observed, RetentionPeriod, story};

    fn with(default_retention: Option<(LockMode, RetentionPeriod)>) -> Account {
        let mut account = story::pristine_account();
        account.bucket_mut().object_lock = Observed::Known(Some(ObjectLock {
            default_retention: default_retention
                .map(|(mode, period)| LockRetention { mode, period }),
        }));
        account
    }

    #[test]
    fn compliance_mode_for_long_enough_passes_in_days_or_years() {
        for (period, ruling) in [
            (RetentionPeriod::Days(365), Ruling::Pass),
            (RetentionPeriod::Days(364), Ruling::Fail),
            (RetentionPeriod::Years(1), Ruling::Pass),
            (RetentionPeriod::Years(0), Ruling::Fail),
        ] {
            let account = with(Some((LockMode::Compliance, period)));
            let verdict = story::judge(&RULE, &account).unwrap();
            assert_eq!(verdict.ruling, ruling, "{period:?}");
        }
    }

    #[test]
    fn governance_mode_fails_and_says_who_may_bypass_it() {
        let account = with(Some((LockMode::Governance, RetentionPeriod::Years(10))));
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(verdict.message.contains("s3:BypassGovernanceRetention"));
    }

    #[test]
    fn no_lock_and_no_default_retention_fail() {
        assert_eq!(
            story::judge(&RULE, &with(None)).unwrap().ruling,
            Ruling::Fail
        );
        let mut account = story::pristine_account();
        account.bucket_mut().object_lock = Observed::Known(None);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
    }

    #[test]
    fn the_period_can_be_set() {
        let settings = Settings {
            object_lock: Retention { days: 30 },
            ..Settings::default()
        };
        let account = with(Some((LockMode::Compliance, RetentionPeriod::Days(30))));
        let verdict = story::judge_with(&RULE, &account, &settings).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
    }

    #[test]
    fn an_unread_lock_is_unknown() {
        let mut account = story::pristine_account();
        account.bucket_mut().object_lock = story::denied(Action::GetObjectLockConfiguration);
        assert!(story::judge(&RULE, &account).is_err());
    }

    #[test]
    fn a_bucket_that_does_not_exist_is_not_applicable() {
        let mut account = story::denied_account();
        account.bucket_mut().existence = Observed::Known(Existence::Absent);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
    }
}
