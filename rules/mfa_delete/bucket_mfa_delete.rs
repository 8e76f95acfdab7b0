use crate::retention::in_days;
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Action, Bucket, LockMode, VersioningStatus};

/// MFA delete is on for every log bucket.
pub(super) const RULE: Rule = Rule {
    id: "bucket-mfa-delete",
    title: "MFA delete is on",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::MfaDelete,
    description: "With MFA delete on, nobody can delete a version of a log file for good, or turn \
        versioning off, without a code from the root user's MFA device. Stolen access keys are \
        then not enough to wipe the traces of what was done with them, whatever IAM allows those \
        keys to do. Object Lock in compliance mode serves the same purpose by other means.",
    criteria: "Fails if GetBucketVersioning does not report MFADelete as Enabled; the key is absent \
        on a bucket that never had versioning. The message says if an Object Lock default retention \
        in compliance mode serves the purpose instead; deletion-protection accepts either. Unknown \
        if the versioning of the bucket could not be read. Not applicable if the bucket does not \
        exist.",
    action: "Turn MFA delete on with the root user's credentials and MFA device: no IAM user, role \
        or console can do it. S3 refuses MFA delete and lifecycle rules on one bucket, so remove \
        the lifecycle rules first, or choose Object Lock in compliance mode instead and suppress \
        this rule.",
    resources: &[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-and-other-bucket-config.html",
    ],
    controls: &[
        Control::cis("1.4.0", "2.1.3"),
        Control::cis("1.5.0", "2.1.3"),
        Control::cis("2.0.0", "2.1.2"),
        Control::cis("3.0.0", "2.1.2"),
        Control::cis("4.0.0", "2.1.2"),
        Control::cis("5.0.0", "2.1.2"),
        Control::cis("6.0.0", "3.1.2"),
        Control::cis("7.0.0", "3.1.2"),
        Control::security_hub("S3.20"),
        Control::config("s3-bucket-mfa-delete-enabled"),
        Control::cloudtrail_practices("preventive"),
    ],
    reads: &[
        Action::GetBucketVersioning,
        Action::GetObjectLockConfiguration,
    ],
    remedies: Remedies {
        cli: "# with an access key of the root user, made for this and deleted afterwards. S3\n\
            # refuses to turn MFA delete on while the bucket has lifecycle rules\n\
            aws s3api put-bucket-versioning --bucket {bucket} --versioning-configuration Status=Enabled,MFADelete=Enabled \
            --mfa 'arn:{partition}:iam::ROOT_ACCOUNT:mfa/DEVICE CODE'",
        terraform: "resource \"aws_s3_bucket_versioning\" \"logs\" {\n  bucket = \"{bucket}\"\n  \
            mfa    = \"MFA_SERIAL CODE\" # the root user's device, at apply time\n  \
            versioning_configuration {\n    status     = \"Enabled\"\n    mfa_delete = \"Enabled\"\n  }\n}",
        cloudformation: "# CloudFormation cannot turn MFA delete on: only the root user can, with the AWS CLI.\n\
            # It can declare the alternative, Object Lock:\n\
            Type: AWS::S3::Bucket\nProperties:\n  BucketName: {bucket}\n  ObjectLockEnabled: true\n  \
            ObjectLockConfiguration:\n    ObjectLockEnabled: Enabled\n    Rule:\n      DefaultRetention:\n        \
            Mode: COMPLIANCE\n        Days: 365",
    },
    check: Check::Bucket(check),
};

fn check(_: &Context<'_>, bucket: &Bucket) -> Judgement {
    let versioning = bucket.versioning.known()?;
    let verdict = match (versioning.mfa_delete, versioning.status) {
        (true, VersioningStatus::Enabled) => Verdict::pass("MFA delete is on"),
        (true, _) => {
            Verdict::pass("MFA delete is on, but protects no new log file while versioning is not")
        }
        (false, _) => Verdict::fail(format!(
            "MFA delete is off (it cannot be combined with lifecycle rules); {}",
            alternative(bucket)
        )),
    };
    Ok(verdict.evidence("mfa_delete", versioning.mfa_delete))
}

/// Whether Object Lock serves the purpose instead. It changes the message, never the ruling.
fn alternative(bucket: &Bucket) -> String {
    let Some(lock) = bucket.object_lock.if_known() else {
        return "whether Object Lock makes up for it could not be read".to_owned();
    };
    match lock.and_then(|lock| lock.default_retention) {
        Some(retention) if retention.mode == LockMode::Compliance => format!(
            "Object Lock in compliance mode serves the same purpose for {}",
            in_days(retention.period.days())
        ),
        _ => "no Object Lock in compliance mode makes up for it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, Existence, Observed, Versioning, story};

    fn versioning(status: VersioningStatus, mfa_delete: bool) -> Observed<Versioning> {
        Observed::Known(Versioning { status, mfa_delete })
    }

    #[test]
    fn mfa_delete_on_passes_and_off_fails() {
        let mut account = story::pristine_account();
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
        account.bucket_mut().versioning = versioning(VersioningStatus::Enabled, false);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
    }

    #[test]
    fn a_bucket_that_never_had_versioning_fails() {
        let mut account = story::pristine_account();
        account.bucket_mut().versioning = versioning(VersioningStatus::NeverEnabled, false);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
    }

    #[test]
    fn suspended_versioning_is_said_beside_the_pass() {
        let mut account = story::pristine_account();
        account.bucket_mut().versioning = versioning(VersioningStatus::Suspended, true);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        assert!(verdict.message.contains("while versioning is not"));
    }

    #[test]
    fn the_alternative_is_said_and_not_hidden() {
        let mut account = story::pristine_account();
        account.bucket_mut().versioning = versioning(VersioningStatus::Enabled, false);
        let message = |account: &Account| story::judge(&RULE, account).unwrap().message;
        assert!(message(&account).contains("compliance mode serves the same purpose for 365 days"));
        account.bucket_mut().object_lock = Observed::Known(None);
        assert!(message(&account).contains("no Object Lock in compliance mode"));
        account.bucket_mut().object_lock = story::denied(Action::GetObjectLockConfiguration);
        assert!(message(&account).contains("could not be read"));
    }

    #[test]
    fn unread_versioning_is_unknown() {
        let mut account = story::pristine_account();
        account.bucket_mut().versioning = story::denied(Action::GetBucketVersioning);
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
