use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Action, Bucket, VersioningStatus};

/// Versioning is on for every log bucket.
pub(super) const RULE: Rule = Rule {
    id: "bucket-versioning",
    title: "Versioning is on",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::MfaDelete,
    description: "In a bucket with versioning, a log file that is overwritten or deleted stays as a \
        noncurrent version and can be brought back. Without versioning, one DeleteObject or \
        PutObject call destroys it for good, by accident or by an intruder who covers tracks. \
        Suspended versioning is no better: new log files then replace, and are replaced, as in a \
        bucket that never had it. MFA delete and Object Lock both rest on versioning.",
    criteria: "Fails unless GetBucketVersioning reports Status as Enabled: Suspended fails, and so \
        does a bucket that never had versioning, for which AWS sends no status. Unknown if the \
        versioning of the bucket could not be read. Not applicable if the bucket does not exist.",
    action: "Turn versioning on. Log files that were delivered before keep no earlier versions, but \
        are protected from then on. Add a lifecycle rule for noncurrent versions only if it keeps \
        them as long as log files must be kept.",
    resources: &[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/manage-versioning-examples.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &[Action::GetBucketVersioning],
    remedies: Remedies {
        cli: "aws s3api put-bucket-versioning --bucket {bucket} --versioning-configuration Status=Enabled",
        terraform: "resource \"aws_s3_bucket_versioning\" \"logs\" {\n  bucket = \"{bucket}\"\n  \
            versioning_configuration {\n    status = \"Enabled\"\n  }\n}",
        cloudformation: "Type: AWS::S3::Bucket\nProperties:\n  BucketName: {bucket}\n  \
            VersioningConfiguration:\n    Status: Enabled",
    },
    check: Check::Bucket(check),
};

fn check(_: &Context<'_>, bucket: &Bucket) -> Judgement {
    Ok(match bucket.versioning.known()?.status {
        VersioningStatus::Enabled => {
            Verdict::pass("versioning is on").evidence("versioning", "Enabled")
        }
        VersioningStatus::Suspended => Verdict::fail(
            "versioning is suspended, so log files written since can be destroyed by one call",
        )
        .evidence("versioning", "Suspended"),
        VersioningStatus::NeverEnabled => Verdict::fail(
            "versioning was never turned on, so log files can be destroyed by one call",
        )
        .evidence("versioning", "never enabled"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, Existence, Observed, Versioning, story};

    fn with(status: VersioningStatus) -> Account {
        let mut account = story::pristine_account();
        account.bucket_mut().versioning = Observed::Known(Versioning {
            status,
            mfa_delete: true,
        });
        account
    }

    #[test]
    fn only_enabled_passes() {
        for (status, ruling) in [
            (VersioningStatus::Enabled, Ruling::Pass),
            (VersioningStatus::Suspended, Ruling::Fail),
            (VersioningStatus::NeverEnabled, Ruling::Fail),
        ] {
            let verdict = story::judge(&RULE, &with(status)).unwrap();
            assert_eq!(verdict.ruling, ruling, "{status:?}");
        }
    }

    #[test]
    fn unread_versioning_is_unknown_also_in_another_accounts_bucket() {
        let mut account = story::pristine_account();
        account.bucket_mut().existence = Observed::Known(Existence::ExistsForbidden);
        account.bucket_mut().versioning = story::denied(Action::GetBucketVersioning);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "s3:GetBucketVersioning");
    }

    #[test]
    fn a_bucket_that_does_not_exist_is_not_applicable() {
        let mut account = story::denied_account();
        account.bucket_mut().existence = Observed::Known(Existence::Absent);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
    }
}
