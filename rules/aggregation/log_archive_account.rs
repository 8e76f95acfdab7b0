use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Action, Bucket, BucketOwner, Gap, GapKind};

/// Every log bucket belongs to another account than the one it watches.
pub(super) const RULE: Rule = Rule {
    id: "log-archive-account",
    title: "The log bucket belongs to a log archive account",
    severity: Severity::Low,
    worst: Severity::Low,
    practice: Practice::Aggregation,
    description: "In the account that the logs are about, an intruder who becomes administrator \
        administers the evidence too: the bucket, its policy, its lifecycle rules and its key. \
        In a separate log archive account, which few people can enter and no workload runs in, \
        the logs outlive the account they watch.",
    criteria: "Passes if another account than the audited one is proven to own the bucket, and \
        fails if the audited account does. With [rules.log-archive-account] account set, passes \
        only if that account is proven to own it. The proof is HeadBucket with \
        ExpectedBucketOwner: 200 proves the owner, and 403 proves another one only if the same \
        call without it gives 200. Unknown without a proof. Not applicable if the bucket does \
        not exist.",
    action: "Make the log bucket in an account of its own, as AWS Control Tower's log archive \
        account, let CloudTrail write there by its bucket policy, and point the trail at it; an \
        organization trail does so for all accounts at once. Then declare the account in \
        [rules.log-archive-account].",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-receive-logs-from-multiple-accounts.html",
        "https://docs.aws.amazon.com/prescriptive-guidance/latest/security-reference-architecture/log-archive.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC04-BP02"),
        Control::config("cloudtrail-security-trail-enabled"),
    ],
    reads: &[],
    remedies: Remedies {
        cli: "aws cloudtrail update-trail --name TRAIL-ARN --region TRAIL-HOME-REGION --s3-bucket-name LOG-ARCHIVE-BUCKET",
        terraform: "resource \"aws_cloudtrail\" \"trail\" {\n  s3_bucket_name = \"LOG-ARCHIVE-BUCKET\" # in the log archive account\n}",
        cloudformation: "Type: AWS::CloudTrail::Trail\nProperties:\n  S3BucketName: LOG-ARCHIVE-BUCKET # in the log archive account",
    },
    check: Check::Bucket(check),
};

fn check(context: &Context<'_>, bucket: &Bucket) -> Judgement {
    let owner = bucket.owner.known()?;
    let audited = context.account.id.as_str();
    let verdict = match context.settings.log_archive_account.account.as_deref() {
        Some(declared) => by_declared(owner, declared),
        None => by_any_other(owner, audited),
    }?;
    Ok(verdict.evidence("bucket", bucket.name.as_str()))
}

fn by_any_other(owner: &BucketOwner, audited: &str) -> Judgement {
    match owner {
        BucketOwner::Account(id) if id == audited => Ok(Verdict::fail(format!(
            "the log bucket belongs to the audited account {id} itself"
        ))
        .evidence("owner", id.as_str())),
        BucketOwner::Account(id) => Ok(Verdict::pass(format!(
            "the log bucket belongs to another account, {id}"
        ))
        .evidence("owner", id.as_str())),
        BucketOwner::NotAccount(id) if id == audited => Ok(Verdict::pass(format!(
            "the log bucket belongs to another account than the audited {id}"
        ))
        .evidence("owner_is_not", id.as_str())),
        BucketOwner::NotAccount(id) => Err(not_proven(id, &format!("not account {audited}"))),
    }
}

fn by_declared(owner: &BucketOwner, declared: &str) -> Judgement {
    match owner {
        BucketOwner::Account(id) if id == declared => Ok(Verdict::pass(format!(
            "the log bucket belongs to the declared log archive account {id}"
        ))
        .evidence("owner", id.as_str())),
        BucketOwner::Account(id) => Ok(Verdict::fail(format!(
            "the log bucket belongs to account {id}, not to the declared log archive account \
             {declared}"
        ))
        .evidence("owner", id.as_str())),
        BucketOwner::NotAccount(id) if id == declared => Ok(Verdict::fail(format!(
            "the log bucket does not belong to the declared log archive account {id}"
        ))
        .evidence("owner_is_not", id.as_str())),
        BucketOwner::NotAccount(id) => Err(not_proven(id, &format!("account {declared}"))),
    }
}

fn not_proven(id: &str, wanted: &str) -> Gap {
    Gap::new(
        Action::HeadBucket,
        GapKind::Unsupported,
        format!(
            "all that is known of the owner is that it is not account {id}, which does not prove \
             that it is {wanted}"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{LogArchiveAccount, Settings};
    use crate::rule::Ruling;
    use crate::snapshot::{Account, Existence, Observed, story};

    const US: &str = "111122223333";
    const ARCHIVE: &str = "444455556666";

    fn owned_by(owner: BucketOwner) -> Account {
        let mut account = story::pristine_account();
        account.bucket_mut().owner = Observed::Known(owner);
        account
    }

    fn declared(account: &str) -> Settings {
        Settings {
            log_archive_account: LogArchiveAccount {
                account: Some(account.to_owned()),
            },
            ..Settings::default()
        }
    }

    #[test]
    fn any_other_account_passes_and_our_own_fails() {
        for (owner, expected) in [
            (BucketOwner::NotAccount(US.to_owned()), Ruling::Pass),
            (BucketOwner::Account(ARCHIVE.to_owned()), Ruling::Pass),
            (BucketOwner::Account(US.to_owned()), Ruling::Fail),
        ] {
            let verdict = story::judge(&RULE, &owned_by(owner.clone())).unwrap();
            assert_eq!(verdict.ruling, expected, "{owner:?}");
        }
        let other = owned_by(BucketOwner::NotAccount(ARCHIVE.to_owned()));
        assert!(story::judge(&RULE, &other).is_err());
    }

    #[test]
    fn the_declared_account_passes_and_another_fails() {
        for (owner, settings, expected) in [
            (
                BucketOwner::Account(ARCHIVE.to_owned()),
                ARCHIVE,
                Ruling::Pass,
            ),
            (BucketOwner::Account(US.to_owned()), ARCHIVE, Ruling::Fail),
            (BucketOwner::Account(US.to_owned()), US, Ruling::Pass),
            (BucketOwner::NotAccount(US.to_owned()), US, Ruling::Fail),
        ] {
            let account = owned_by(owner.clone());
            let verdict = story::judge_with(&RULE, &account, &declared(settings)).unwrap();
            assert_eq!(verdict.ruling, expected, "{owner:?}, declared {settings}");
        }
    }

    #[test]
    fn a_stranger_is_not_taken_for_the_declared_account() {
        let account = owned_by(BucketOwner::NotAccount(US.to_owned()));
        let gap = story::judge_with(&RULE, &account, &declared(ARCHIVE)).unwrap_err();
        assert_eq!(gap.kind, GapKind::Unsupported);
        assert!(gap.detail.contains(ARCHIVE));
    }

    #[test]
    fn a_log_bucket_in_another_account_that_denies_head_bucket_is_unknown() {
        let mut account = story::pristine_account();
        account.bucket_mut().existence = Observed::Known(Existence::ExistsForbidden);
        account.bucket_mut().owner = story::denied(Action::HeadBucket);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "s3:ListBucket");
    }

    #[test]
    fn a_bucket_that_does_not_exist_has_no_owner() {
        let mut account = story::denied_account();
        account.bucket_mut().existence = Observed::Known(Existence::Absent);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
    }

    #[test]
    fn nothing_passes_while_it_is_unknown_whether_the_bucket_exists() {
        let mut account = story::pristine_account();
        account.bucket_mut().existence = story::denied(Action::HeadBucket);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
