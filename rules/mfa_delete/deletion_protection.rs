use crate::policy::deletion::{Deleting, denied_by_organization, denied_by_policy};
use crate::retention::in_days;
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Action, Bucket, BucketOwner, Gap, GapKind, LockMode, VersioningStatus};

/// At least one thing keeps log files from being deleted.
pub(super) const RULE: Rule = Rule {
    id: "deletion-protection",
    title: "Log files are protected from deletion",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::MfaDelete,
    description: "Whoever breaks into an account tries to delete the record of it. Something other \
        than the intruder's own lack of rights must stand in the way: MFA delete, Object Lock in \
        compliance mode, or a Deny on deletion that binds everybody. MFA delete and lifecycle rules \
        exclude each other, so no particular one is demanded. A Deny can be lifted by whoever may \
        change the bucket policy; it is the weakest of the three, and stops accidents best.",
    criteria: "Passes if at least one is known to hold: MFA delete is Enabled on a bucket whose \
        versioning is Enabled; Object Lock has a default retention in COMPLIANCE mode of at least \
        retention-days (365 by default); the Denies of the bucket policy, evaluated together, keep \
        every caller from s3:DeleteObject and s3:DeleteObjectVersion on all log and digest files \
        of the trails that deliver there; or service control policies do so for the audited \
        account, if it is a member account that owns the bucket and nobody else is granted \
        deletion. Fails if all are known not to hold. Unknown if none is known to hold and one \
        could not be read or proven, or if a declared log archive account may own the bucket: its \
        service control policies cannot be seen. Not applicable if the bucket does not exist.",
    action: "Choose one: Object Lock in compliance mode (the strongest), MFA delete (where no \
        lifecycle rule is needed), or a Deny on deletion in the bucket policy, best together with \
        a service control policy that keeps the policy itself from being changed.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &[
        Action::GetBucketVersioning,
        Action::GetObjectLockConfiguration,
        Action::GetBucketPolicy,
        Action::DescribeOrganization,
        Action::ListRoots,
        Action::ListParents,
        Action::ListPoliciesForTarget,
        Action::DescribePolicy,
    ],
    remedies: Remedies {
        cli: "# Nobody can undo this: Object Lock stays on, and a compliance retention cannot be\n\
            # shortened, not even by AWS. Try it on a test bucket first. It needs versioning.\n\
            aws s3api put-object-lock-configuration --bucket {bucket} --object-lock-configuration \
            'ObjectLockEnabled=Enabled,Rule={DefaultRetention={Mode=COMPLIANCE,Days={demanded_days}}}'",
        terraform: "# Nobody can undo this: Object Lock stays on, and a compliance retention cannot be\n\
            # shortened, not even by AWS. Try it on a test bucket first. It needs versioning.\n\
            resource \"aws_s3_bucket_object_lock_configuration\" \"logs\" {\n  bucket = \"{bucket}\"\n  \
            rule {\n    default_retention {\n      mode = \"COMPLIANCE\"\n      days = 365\n    }\n  }\n}\n\n\
            # or, in the bucket's policy document\n\
            data \"aws_iam_policy_document\" \"log_bucket\" {\n  statement {\n    sid       = \"NobodyDeletesLogs\"\n    \
            effect    = \"Deny\"\n    actions   = [\"s3:DeleteObject\", \"s3:DeleteObjectVersion\"]\n    \
            resources = [\"arn:{partition}:s3:::{bucket}/*\"]\n    \
            principals {\n      type        = \"*\"\n      identifiers = [\"*\"]\n    }\n  }\n}",
        cloudformation: "# This replaces the whole bucket policy: name its other statements here, too.\n\
            Type: AWS::S3::BucketPolicy\nProperties:\n  Bucket: {bucket}\n  PolicyDocument:\n    \
            Version: \"2012-10-17\"\n    Statement:\n      # beside the statements that let CloudTrail write\n      \
            - Sid: NobodyDeletesLogs\n        Effect: Deny\n        Principal: \"*\"\n        \
            Action: [\"s3:DeleteObject\", \"s3:DeleteObjectVersion\"]\n        \
            Resource: arn:{partition}:s3:::{bucket}/*",
    },
    check: Check::Bucket(check),
};

/// What a protection says of itself: what holds, that it does not, or why that is open.
type Protection = Result<Option<String>, Gap>;

fn check(context: &Context<'_>, bucket: &Bucket) -> Judgement {
    let demanded = context.settings.deletion_protection.days;
    let by_policy = denied_by_policy(context.account, bucket);
    let protections: [Protection; 5] = [
        object_lock(bucket, demanded),
        mfa_delete(bucket),
        policy(&by_policy),
        organization(context, bucket),
        archive_account(context, bucket),
    ];
    let holding: Vec<String> = protections
        .iter()
        .filter_map(|protection| protection.clone().ok().flatten())
        .collect();
    if !holding.is_empty() {
        return Ok(Verdict::pass(format!(
            "log files are protected by {}",
            holding.join(" and by ")
        ))
        .evidence("protections", holding));
    }
    // None is known to hold: the first that is open decides.
    for protection in protections {
        protection?;
    }
    let exempt = match &by_policy {
        Ok(Deleting::Open(Some(escape))) => {
            format!(": the Denies of the bucket policy leave out {}", escape.who)
        }
        _ => String::new(),
    };
    Ok(Verdict::fail(format!(
        "nothing keeps log files from being deleted: no MFA delete, no Object Lock in compliance \
         mode for {}, and no Deny that keeps everybody from deleting them{exempt}",
        in_days(demanded)
    ))
    .evidence("demanded_days", demanded))
}

/// MFA delete asks for a code when a *version* is deleted, so it protects nothing that has
/// no version: with versioning suspended a plain DELETE removes the one there is.
fn mfa_delete(bucket: &Bucket) -> Protection {
    let versioning = bucket.versioning.known()?;
    let holds = versioning.mfa_delete && versioning.status == VersioningStatus::Enabled;
    Ok(holds.then(|| "MFA delete".to_owned()))
}

fn object_lock(bucket: &Bucket, demanded: u32) -> Protection {
    let retention = bucket
        .object_lock
        .known()?
        .and_then(|lock| lock.default_retention);
    Ok(retention
        .filter(|retention| {
            retention.mode == LockMode::Compliance && retention.period.days() >= demanded
        })
        .map(|retention| {
            format!(
                "Object Lock in compliance mode for {}",
                in_days(retention.period.days())
            )
        }))
}

fn policy(by_policy: &Result<Deleting, Gap>) -> Protection {
    match by_policy {
        Err(gap) => Err(gap.clone()),
        Ok(Deleting::Open(_)) => Ok(None),
        Ok(Deleting::Denied(names)) => Ok(Some(format!(
            "a Deny for everybody ({}), which whoever may change the bucket policy can lift",
            names.join(", ")
        ))),
    }
}

fn organization(context: &Context<'_>, bucket: &Bucket) -> Protection {
    let names = denied_by_organization(context.account, bucket)?;
    Ok(names.map(|names| {
        format!(
            "a Deny for everybody in the account ({}), which whoever administers the organization \
             can lift",
            names.join(", ")
        )
    }))
}

/// A declared archive account may be kept from deleting by its organization, which is not
/// read yet. That is never a pass, and no reason to fail either.
fn archive_account(context: &Context<'_>, bucket: &Bucket) -> Protection {
    let Some(archive) = &context.settings.log_archive_account.account else {
        return Ok(None);
    };
    let may_own = match bucket.owner.if_known() {
        Some(BucketOwner::Account(owner)) => owner == archive,
        Some(BucketOwner::NotAccount(other)) => other != archive,
        None => true,
    };
    if !may_own {
        return Ok(None);
    }
    Err(Gap {
        action: "organizations:ListPoliciesForTarget".to_owned(),
        kind: GapKind::Unsupported,
        detail: format!(
            "nothing on the bucket itself keeps log files from being deleted, and whether a \
             service control policy of the log archive account {archive} does is not read"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{LogArchiveAccount, Retention, Settings};
    use crate::rule::Ruling;
    use crate::snapshot::{
        Account, Existence, LockRetention, ObjectLock, Observed, RetentionPeriod, Versioning, story,
    };

    /// The pristine account with all three protections known to be missing.
    fn unprotected() -> Account {
        let mut account = story::pristine_account();
        let bucket = account.bucket_mut();
        bucket.versioning = versioning(VersioningStatus::Enabled, false);
        bucket.object_lock = Observed::Known(None);
        bucket.policy = Observed::Known(None);
        account
    }

    fn versioning(status: VersioningStatus, mfa_delete: bool) -> Observed<Versioning> {
        Observed::Known(Versioning { status, mfa_delete })
    }

    fn locked(mode: LockMode, days: u32) -> Observed<Option<ObjectLock>> {
        Observed::Known(Some(ObjectLock {
            default_retention: Some(LockRetention {
                mode,
                period: RetentionPeriod::Days(days),
            }),
        }))
    }

    fn ruling(account: &Account) -> Ruling {
        story::judge(&RULE, account).unwrap().ruling
    }

    #[test]
    fn no_protection_fails() {
        assert_eq!(ruling(&unprotected()), Ruling::Fail);
    }

    #[test]
    fn each_protection_alone_passes_and_is_named() {
        let mut mfa = unprotected();
        mfa.bucket_mut().versioning = versioning(VersioningStatus::Enabled, true);
        let mut lock = unprotected();
        lock.bucket_mut().object_lock = locked(LockMode::Compliance, 365);
        let mut deny = unprotected();
        deny.bucket_mut().policy = story::pristine_account().bucket_mut().policy.clone();
        for (account, name) in [
            (mfa, "MFA delete"),
            (lock, "Object Lock in compliance mode for 365 days"),
            (
                deny,
                "a Deny for everybody (statement `NoDelete`), which whoever may change the bucket policy can lift",
            ),
        ] {
            let verdict = story::judge(&RULE, &account).unwrap();
            assert_eq!(verdict.ruling, Ruling::Pass);
            assert_eq!(
                verdict.message,
                format!("log files are protected by {name}")
            );
        }
    }

    #[test]
    fn mfa_delete_without_versioning_protects_nothing() {
        let mut account = unprotected();
        account.bucket_mut().versioning = versioning(VersioningStatus::Suspended, true);
        assert_eq!(ruling(&account), Ruling::Fail);
    }

    #[test]
    fn governance_mode_and_too_short_a_lock_protect_nothing() {
        let mut account = unprotected();
        account.bucket_mut().object_lock = locked(LockMode::Governance, 3650);
        assert_eq!(ruling(&account), Ruling::Fail);
        account.bucket_mut().object_lock = locked(LockMode::Compliance, 30);
        assert_eq!(ruling(&account), Ruling::Fail);
        let settings = Settings {
            deletion_protection: Retention { days: 30 },
            ..Settings::default()
        };
        let verdict = story::judge_with(&RULE, &account, &settings).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
    }

    #[test]
    fn one_protection_that_holds_is_enough_whatever_is_missing() {
        let mut account = story::denied_account();
        account.bucket_mut().existence = Observed::Known(Existence::Exists);
        account.bucket_mut().object_lock = locked(LockMode::Compliance, 365);
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn a_missing_fact_is_unknown_where_nothing_else_holds() {
        for take in [
            |bucket: &mut Bucket| bucket.versioning = story::denied(Action::GetBucketVersioning),
            |bucket: &mut Bucket| {
                bucket.object_lock = story::denied(Action::GetObjectLockConfiguration);
            },
            |bucket: &mut Bucket| bucket.policy = story::denied(Action::GetBucketPolicy),
        ] {
            let mut account = unprotected();
            take(account.bucket_mut());
            assert!(story::judge(&RULE, &account).is_err());
        }
    }

    #[test]
    fn a_policy_that_cannot_be_understood_is_unknown() {
        let mut account = unprotected();
        account.bucket_mut().policy = Observed::Known(Some("{".to_owned()));
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.kind, GapKind::Malformed);
    }

    #[test]
    fn an_archive_account_that_may_own_the_bucket_is_unknown_and_never_a_pass() {
        let mut account = unprotected();
        let archive = |id: &str| Settings {
            log_archive_account: LogArchiveAccount {
                account: Some(id.to_owned()),
            },
            ..Settings::default()
        };
        let elsewhere = archive("444455556666");
        let gap = story::judge_with(&RULE, &account, &elsewhere).unwrap_err();
        assert_eq!(gap.kind, GapKind::Unsupported);
        account.bucket_mut().owner = story::denied(Action::HeadBucket);
        assert!(story::judge_with(&RULE, &account, &elsewhere).is_err());
        account.bucket_mut().owner =
            Observed::Known(BucketOwner::Account("111122223333".to_owned()));
        let verdict = story::judge_with(&RULE, &account, &elsewhere).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(story::judge_with(&RULE, &account, &archive("111122223333")).is_err());
    }

    #[test]
    fn a_bucket_that_does_not_exist_is_not_applicable() {
        let mut account = story::denied_account();
        account.bucket_mut().existence = Observed::Known(Existence::Absent);
        assert_eq!(ruling(&account), Ruling::NotApplicable);
    }
}
