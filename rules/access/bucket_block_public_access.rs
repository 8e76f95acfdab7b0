use crate::policy::public::{BlockSetting, BlockedBy, blocked_by};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Action, Bucket};

/// All four block-public-access settings hold for every log bucket.
pub(super) const RULE: Rule = Rule {
    id: "bucket-block-public-access",
    title: "All four Block Public Access settings hold for the log bucket",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::Access,
    description: "A bucket that is private today is one careless policy or ACL away from being \
        public. S3 Block Public Access refuses new public policies and ACLs (BlockPublicPolicy, \
        BlockPublicAcls) and takes the effect away from those that exist (RestrictPublicBuckets, \
        IgnorePublicAcls), whoever wrote them. Nobody needs a public log bucket, so nothing is \
        lost; without the block, whoever can write the bucket's policy can publish the logs \
        with one call.",
    criteria: "Fails if any of the four settings is off both for the bucket and for the account \
        that owns it (a bucket without a configuration has all four off). A setting that is on \
        in either place is on. Unknown if none is known to be off in both places, but one is \
        not known to be on: for a bucket of another account only the bucket's own settings can \
        be known. Not applicable if the bucket does not exist.",
    action: "Turn all four settings on for the bucket. For the account that owns it, turn them \
        on account-wide as well, or by an organization policy, so that a bucket made tomorrow \
        is covered.",
    resources: &[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/configuring-block-public-access-bucket.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/configuring-block-public-access-account.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &[
        Action::GetBucketPublicAccessBlock,
        Action::GetAccountPublicAccessBlock,
    ],
    remedies: Remedies {
        cli: "aws s3api put-public-access-block --bucket {bucket} --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
        terraform: "resource \"aws_s3_bucket_public_access_block\" \"logs\" {\n  bucket                  = \"{bucket}\"\n  block_public_acls       = true\n  ignore_public_acls      = true\n  block_public_policy     = true\n  restrict_public_buckets = true\n}",
        cloudformation: "Type: AWS::S3::Bucket\nProperties:\n  BucketName: {bucket}\n  PublicAccessBlockConfiguration:\n    BlockPublicAcls: true\n    IgnorePublicAcls: true\n    BlockPublicPolicy: true\n    RestrictPublicBuckets: true",
    },
    check: Check::Bucket(check),
};

fn check(context: &Context<'_>, bucket: &Bucket) -> Judgement {
    let settings: Vec<_> = BlockSetting::ALL
        .iter()
        .map(|setting| (*setting, blocked_by(context.account, bucket, *setting)))
        .collect();
    let off: Vec<&str> = settings
        .iter()
        .filter(|(_, on)| *on == Ok(None))
        .map(|(setting, _)| setting.as_str())
        .collect();
    if !off.is_empty() {
        return Ok(Verdict::fail(sentence(&off))
            .evidence("off", off)
            .evidence("bucket", bucket.name.as_str()));
    }
    let mut by_account = Vec::new();
    for (setting, on) in settings {
        if on? == Some(BlockedBy::Account) {
            by_account.push(setting.as_str());
        }
    }
    let message = match by_account.as_slice() {
        [] => "all four Block Public Access settings are on for the bucket".to_owned(),
        [_, _, _, _] => {
            "all four Block Public Access settings are on for the account that owns the bucket"
                .to_owned()
        }
        some => format!(
            "all four Block Public Access settings are on, {} by the account that owns the bucket",
            some.join(" and ")
        ),
    };
    Ok(Verdict::pass(message).evidence("bucket", bucket.name.as_str()))
}

fn sentence(off: &[&str]) -> String {
    match off {
        [setting] => format!("{setting} is off, for the bucket and for its owner's account"),
        [_, _, _, _] => {
            "all four Block Public Access settings are off, for the bucket and for its owner's \
             account"
                .to_owned()
        }
        some => format!(
            "{} are off, for the bucket and for its owner's account",
            some.join(" and ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::audit;
    use crate::config::Settings;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, BucketOwner, Existence, Observed, PublicAccessBlock, story};

    fn ruling(account: &Account) -> Ruling {
        story::judge(&RULE, account).unwrap().ruling
    }

    fn ours(bucket: PublicAccessBlock, of_account: PublicAccessBlock) -> Account {
        let mut account = story::pristine_account();
        account.public_access_block = Observed::Known(of_account);
        let us = BucketOwner::Account(account.id.clone());
        account.bucket_mut().owner = Observed::Known(us);
        account.bucket_mut().public_access_block = Observed::Known(bucket);
        account
    }

    fn acls_only() -> PublicAccessBlock {
        PublicAccessBlock {
            block_public_acls: true,
            ignore_public_acls: true,
            ..PublicAccessBlock::default()
        }
    }

    fn policies_only() -> PublicAccessBlock {
        PublicAccessBlock {
            block_public_policy: true,
            restrict_public_buckets: true,
            ..PublicAccessBlock::default()
        }
    }

    #[test]
    fn all_four_on_passes_wherever_each_is_on() {
        assert_eq!(ruling(&story::pristine_account()), Ruling::Pass);
        assert_eq!(ruling(&ours(acls_only(), policies_only())), Ruling::Pass);
    }

    #[test]
    fn one_setting_off_in_both_places_fails_by_name() {
        let bucket = PublicAccessBlock {
            block_public_policy: true,
            ..acls_only()
        };
        let verdict = story::judge(&RULE, &ours(bucket, acls_only())).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert_eq!(
            verdict.message,
            "RestrictPublicBuckets is off, for the bucket and for its owner's account"
        );
    }

    #[test]
    fn a_bucket_without_a_configuration_has_all_four_off() {
        let none = PublicAccessBlock::default();
        let verdict = story::judge(&RULE, &ours(none, none)).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert_eq!(verdict.evidence["off"].as_array().unwrap().len(), 4);
    }

    #[test]
    fn a_setting_off_in_another_accounts_bucket_is_unknown() {
        let mut account = ours(acls_only(), policies_only());
        let stranger = BucketOwner::NotAccount(account.id.clone());
        account.bucket_mut().owner = Observed::Known(stranger);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "s3:GetAccountPublicAccessBlock");
        let findings = audit(&story::snapshot_of(account), &[&RULE], &Settings::default());
        assert_eq!(
            findings[0].message,
            "could not look: s3:GetAccountPublicAccessBlock has no answer here: BlockPublicPolicy \
             is off for the bucket, which belongs to another account, and AWS shows account-wide \
             settings only to the account itself; audit that account, or turn BlockPublicPolicy \
             on for the bucket itself"
        );
    }

    #[test]
    fn denied_settings_are_unknown_with_the_permission_to_grant() {
        let mut account = ours(acls_only(), acls_only());
        account.bucket_mut().public_access_block =
            story::denied(Action::GetBucketPublicAccessBlock);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "s3:GetBucketPublicAccessBlock");
    }

    #[test]
    fn a_bucket_that_does_not_exist_is_not_judged() {
        let mut account = story::denied_account();
        account.bucket_mut().existence = Observed::Known(Existence::Absent);
        assert_eq!(ruling(&account), Ruling::NotApplicable);
    }
}
