use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Action, Bucket};

/// Server access logging is on for every log bucket, to another bucket.
pub(super) const RULE: Rule = Rule {
    id: "bucket-access-logging",
    title: "Access to the log bucket is logged, in another bucket",
    severity: Severity::Low,
    worst: Severity::Low,
    practice: Practice::Access,
    description: "Server access logs tell who read, overwrote or deleted log files. A trail does \
        not record that by itself: object-level calls are data events, which are off by default. \
        Without either, an intruder who went through the logs to learn what is watched, or \
        deleted some, leaves no trace of it. Access logs kept in the log bucket itself fall \
        into the same hands as the logs, and every delivery of one causes the next.",
    criteria: "Fails if server access logging is off, or if its target is the log bucket \
        itself. Unknown if the setting could not be read. Not applicable if the bucket does not \
        exist.",
    action: "Turn server access logging on, with a target bucket of its own in the same Region \
        and account, whose policy lets logging.s3.amazonaws.com write there.",
    resources: &[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html",
    ],
    controls: &[
        Control::cis("1.2.0", "2.6"),
        Control::cis("1.3.0", "3.6"),
        Control::cis("1.4.0", "3.6"),
        Control::cis("1.5.0", "3.6"),
        Control::cis("2.0.0", "3.6"),
        Control::cis("3.0.0", "3.4"),
        Control::cis("4.0.0", "3.4"),
        Control::cis("5.0.0", "3.4"),
        Control::cis("6.0.0", "4.4"),
        Control::cis("7.0.0", "4.4"),
        Control::security_hub("CloudTrail.7"),
        Control::config("cloudtrail-s3-bucket-access-logging"),
    ],
    reads: &[Action::GetBucketLogging],
    remedies: Remedies {
        cli: "aws s3api put-bucket-logging --bucket {bucket} --bucket-logging-status '{\"LoggingEnabled\":{\"TargetBucket\":\"ACCESS-LOG-BUCKET\",\"TargetPrefix\":\"cloudtrail/\"}}'",
        terraform: "resource \"aws_s3_bucket_logging\" \"logs\" {\n  bucket        = \"{bucket}\"\n  target_bucket = aws_s3_bucket.access_logs.id\n  target_prefix = \"cloudtrail/\"\n}",
        cloudformation: "Type: AWS::S3::Bucket\nProperties:\n  BucketName: {bucket}\n  LoggingConfiguration:\n    DestinationBucketName: !Ref AccessLogBucket\n    LogFilePrefix: cloudtrail/",
    },
    check: Check::Bucket(check),
};

fn check(_: &Context<'_>, bucket: &Bucket) -> Judgement {
    let verdict = match bucket.access_logging.known()? {
        None => Verdict::fail(
            "server access logging is off, so nobody can tell who read or deleted log files",
        ),
        Some(logging) if logging.target_bucket == bucket.name => Verdict::fail(format!(
            "server access logging writes into the log bucket `{}` itself",
            bucket.name
        ))
        .evidence("target_bucket", logging.target_bucket.as_str()),
        Some(logging) => Verdict::pass(format!(
            "server access logging is on, to bucket `{}`",
            logging.target_bucket
        ))
        .evidence("target_bucket", logging.target_bucket.as_str()),
    };
    Ok(verdict.evidence("bucket", bucket.name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{AccessLogging, Existence, Observed, story};

    #[test]
    fn logging_to_another_bucket_passes_and_no_logging_fails() {
        let mut account = story::pristine_account();
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        assert_eq!(verdict.evidence["target_bucket"], "example-access-logs");
        account.bucket_mut().access_logging = Observed::Known(None);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
    }

    #[test]
    fn logging_into_the_log_bucket_itself_fails() {
        let mut account = story::pristine_account();
        account.bucket_mut().access_logging = Observed::Known(Some(AccessLogging {
            target_bucket: "example-trail-logs".to_owned(),
            target_prefix: "access/".to_owned(),
        }));
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
    }

    #[test]
    fn a_denied_setting_is_unknown() {
        let mut account = story::pristine_account();
        account.bucket_mut().access_logging = story::denied(Action::GetBucketLogging);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "s3:GetBucketLogging");
    }

    #[test]
    fn a_bucket_that_does_not_exist_is_not_judged() {
        let mut account = story::denied_account();
        account.bucket_mut().existence = Observed::Known(Existence::Absent);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
    }
}
