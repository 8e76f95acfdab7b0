use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Action, Existence, Trail};

/// Every trail's log bucket exists.
pub(super) const RULE: Rule = Rule {
    id: "log-bucket-exists",
    title: "The trail's log bucket exists",
    severity: Severity::Critical,
    worst: Severity::Critical,
    practice: Practice::Aggregation,
    description: "A trail keeps the name of its bucket when the bucket is deleted, and goes on \
        saying that it is logging while every log file is lost. Worse, bucket names are free for \
        anyone to take once nobody owns them: a stranger who makes a bucket of that name, with a \
        policy that lets CloudTrail write, receives the account's log files from then on.",
    criteria: "Fails if S3 answers 404 for the bucket's name. Passes for 200, for 301 (the bucket \
        is in another Region) and for 403 if S3 tells the bucket's Region (the bucket is there, \
        and not ours to look at; whose it is is judged by log-archive-account). Unknown for any \
        other answer. Judged once per trail, at its home Region, whether it is logging or not.",
    action: "Make a bucket of that name at once, in the account that should own it and with \
        CloudTrail's bucket policy, or point the trail at another bucket. Find out who deleted \
        the old one: DeleteBucket is a management event.",
    resources: &[
        "https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &[Action::HeadBucket],
    remedies: Remedies {
        cli: "aws s3 mb s3://{bucket} --region {region}\n\
            # the statements that CloudTrail needs: trailcheck rules explain log-delivery\n\
            aws s3api put-bucket-policy --bucket {bucket} --policy file://bucket-policy.json",
        terraform: "resource \"aws_s3_bucket\" \"logs\" {\n  bucket = \"{bucket}\"\n  lifecycle {\n    prevent_destroy = true\n  }\n}",
        cloudformation: "Type: AWS::S3::Bucket\nDeletionPolicy: Retain\nUpdateReplacePolicy: Retain\nProperties:\n  BucketName: {bucket}",
    },
    check: Check::Trail(check),
};

fn check(context: &Context<'_>, trail: &Trail) -> Judgement {
    let name = trail.bucket.known()?;
    let (answer, verdict) = match context.account.bucket(name)?.existence.known()? {
        Existence::Exists => (
            "exists",
            Verdict::pass(format!("the log bucket `{name}` exists")),
        ),
        Existence::ExistsElsewhere => (
            "exists-elsewhere",
            Verdict::pass(format!(
                "the log bucket `{name}` exists, in another Region than was asked (301)"
            )),
        ),
        Existence::ExistsForbidden => (
            "exists-forbidden",
            Verdict::pass(format!(
                "the log bucket `{name}` exists, but may not be looked at from here (403)"
            )),
        ),
        Existence::Absent => (
            "absent",
            Verdict::fail(format!(
                "the log bucket `{name}` does not exist (404): log files are lost, and a \
                 stranger could claim the name and receive them"
            )),
        ),
    };
    Ok(verdict
        .evidence("bucket", name.as_str())
        .evidence("existence", answer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{GapKind, Observed, story};

    #[test]
    fn a_bucket_that_is_there_passes_however_s3_says_so() {
        let mut account = story::pristine_account();
        for existence in [
            Existence::Exists,
            Existence::ExistsElsewhere,
            Existence::ExistsForbidden,
        ] {
            account.bucket_mut().existence = Observed::Known(existence);
            let verdict = story::judge(&RULE, &account).unwrap();
            assert_eq!(verdict.ruling, Ruling::Pass, "{existence:?}");
        }
    }

    #[test]
    fn a_name_that_a_stranger_could_claim_fails_and_is_named() {
        let mut account = story::pristine_account();
        account.bucket_mut().existence = Observed::Known(Existence::Absent);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(verdict.message.contains("`example-trail-logs`"));
        assert_eq!(verdict.evidence["bucket"], "example-trail-logs");
    }

    #[test]
    fn an_answer_that_says_nothing_is_unknown() {
        let mut account = story::pristine_account();
        account.bucket_mut().existence = story::denied(Action::HeadBucket);
        assert!(story::judge(&RULE, &account).is_err());
    }

    #[test]
    fn a_bucket_that_was_not_collected_or_is_not_named_is_unknown() {
        let mut account = story::pristine_account();
        account.buckets.clear();
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.kind, GapKind::NotCollected);
        account.trail_mut().bucket = story::denied(Action::DescribeTrails);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "cloudtrail:DescribeTrails");
    }
}
