use crate::policy::public::{Path, acl_path, evaluated, policy_path};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Ruling, Severity, Verdict,
};
use crate::snapshot::{Action, Bucket, Gap};

/// The world can reach no log bucket, neither by its policy nor by its ACL.
pub(super) const RULE: Rule = Rule {
    id: "bucket-not-public",
    title: "The log bucket is not public",
    severity: Severity::Critical,
    worst: Severity::Critical,
    practice: Practice::Access,
    description: "Log files tell who did what, from where, with which user agent and on which \
        resource. In a public bucket anyone can read that map of the account, and with write \
        access anyone can plant, replace or delete log files. A bucket is public by its policy \
        or by its ACL, and S3 Block Public Access, set for the bucket, for the account that \
        owns it or by the organization, takes the effect of either away; so what is judged \
        here is what an outsider really gets, not what a single setting says.",
    criteria: "Fails if the bucket policy is public, by S3's published definition as trailcheck \
        evaluates it or by S3's own judgement (GetBucketPolicyStatus.IsPublic), and \
        RestrictPublicBuckets is off for the bucket and \
        its owner's account, or if the ACL grants anything to AllUsers or AuthenticatedUsers \
        while IgnorePublicAcls is off in both places and object ownership is not \
        BucketOwnerEnforced (never set means ObjectWriter). One open way \
        is enough to fail, whatever else could not be read; where the two judgements differ, the \
        message says so. Passes only if both ways are known \
        to be shut, the policy by both judgements or by a block. Unknown otherwise; the \
        account-wide settings are known only for buckets of the audited account. Not \
        applicable if the bucket does not exist. ACLs of single objects and policies \
        of access points are not read.",
    action: "Turn on all four Block Public Access settings for the bucket, or better for the \
        account that owns it, and turn ACLs off with BucketOwnerEnforced. Then remove the public \
        statement from the policy: the block only takes its effect away. Look in the bucket's \
        access logs for who has been there.",
    resources: &[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html",
    ],
    controls: &[
        Control::cis("1.2.0", "2.3"),
        Control::cis("1.3.0", "3.3"),
        Control::cis("1.4.0", "3.3"),
        Control::cis("1.5.0", "3.3"),
        Control::cis("2.0.0", "3.3"),
        Control::security_hub("CloudTrail.6"),
        Control::config("cloudtrail-s3-bucket-public-access-prohibited"),
        Control::cloudtrail_practices("preventive"),
    ],
    reads: &[
        Action::GetBucketPolicy,
        Action::GetBucketPolicyStatus,
        Action::GetBucketAcl,
        Action::GetBucketPublicAccessBlock,
        Action::GetAccountPublicAccessBlock,
        Action::GetBucketOwnershipControls,
    ],
    remedies: Remedies {
        cli: "aws s3api put-public-access-block --bucket {bucket} --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true\n\
            # ACLs can be turned off once they grant nothing to others. This takes all such grants\n\
            # away. Turn those that somebody needs into statements of the bucket policy first.\n\
            aws s3api put-bucket-acl --bucket {bucket} --acl private\n\
            aws s3api put-bucket-ownership-controls --bucket {bucket} --ownership-controls 'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'",
        terraform: "resource \"aws_s3_bucket_public_access_block\" \"logs\" {\n  bucket                  = \"{bucket}\"\n  block_public_acls       = true\n  ignore_public_acls      = true\n  block_public_policy     = true\n  restrict_public_buckets = true\n}",
        cloudformation: "Type: AWS::S3::Bucket\nProperties:\n  BucketName: {bucket}\n  PublicAccessBlockConfiguration:\n    BlockPublicAcls: true\n    IgnorePublicAcls: true\n    BlockPublicPolicy: true\n    RestrictPublicBuckets: true\n  OwnershipControls:\n    Rules:\n      - ObjectOwnership: BucketOwnerEnforced",
    },
    check: Check::Bucket(check),
};

fn check(context: &Context<'_>, bucket: &Bucket) -> Judgement {
    let paths = (
        policy_path(context.account, bucket),
        acl_path(context.account, bucket),
    );
    let verdict = judge(paths)?.evidence("bucket", bucket.name.as_str());
    if verdict.ruling != Ruling::Fail {
        return Ok(verdict);
    }
    let (ours, statements) = evaluated(bucket);
    Ok(verdict
        .evidence("public_as_evaluated", ours)
        .evidence("public_statements", statements)
        .evidence("is_public", bucket.policy_is_public.if_known().copied()))
}

/// A way that is open decides, else a gap on either way, else both are shut.
fn judge(paths: (Result<Path, Gap>, Result<Path, Gap>)) -> Judgement {
    let verdict = match paths {
        (Ok(Path::Open(policy)), Ok(Path::Open(acl))) => {
            Verdict::fail(format!("the bucket is public twice: {policy}; {acl}"))
                .evidence("open", vec!["policy", "acl"])
        }
        (Ok(Path::Open(policy)), _) => Verdict::fail(format!("the bucket is public: {policy}"))
            .evidence("open", vec!["policy"]),
        (_, Ok(Path::Open(acl))) => {
            Verdict::fail(format!("the bucket is public: {acl}")).evidence("open", vec!["acl"])
        }
        (Err(gap), _) | (_, Err(gap)) => return Err(gap),
        (Ok(Path::Shut(policy)), Ok(Path::Shut(acl))) if policy == acl => {
            Verdict::pass(format!("the bucket is not public: {policy}"))
        }
        (Ok(Path::Shut(policy)), Ok(Path::Shut(acl))) => {
            Verdict::pass(format!("the bucket is not public: {policy}, and {acl}"))
        }
    };
    Ok(verdict)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{
        Account, AclGrant, BucketOwner, Existence, ObjectOwnership, Observed, PublicAccessBlock,
        story,
    };

    fn ruling(account: &Account) -> Ruling {
        story::judge(&RULE, account).unwrap().ruling
    }

    fn public_acl(group: &str) -> Observed<Vec<AclGrant>> {
        Observed::Known(vec![AclGrant {
            grantee: format!("http://acs.amazonaws.com/groups/global/{group}"),
            permission: "READ".to_owned(),
            owner: None,
        }])
    }

    /// Our own bucket with nothing blocked, ACLs on, and as yet nothing public.
    fn unblocked() -> Account {
        let mut account = story::pristine_account();
        account.public_access_block = Observed::Known(PublicAccessBlock::default());
        let us = BucketOwner::Account(account.id.clone());
        let bucket = account.bucket_mut();
        bucket.owner = Observed::Known(us);
        bucket.public_access_block = Observed::Known(PublicAccessBlock::default());
        bucket.ownership = Observed::Known(None);
        account
    }

    #[test]
    fn a_private_policy_and_acl_pass_without_any_block() {
        assert_eq!(ruling(&unblocked()), Ruling::Pass);
    }

    #[test]
    fn a_public_policy_fails_and_names_the_setting_that_would_shut_it() {
        let mut account = unblocked();
        account.bucket_mut().policy_is_public = Observed::Known(true);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(verdict.message.contains("RestrictPublicBuckets"));
        assert_eq!(verdict.evidence["bucket"], "example-trail-logs");
    }

    #[test]
    fn a_policy_for_everybody_that_a_condition_binds_is_not_public_when_s3_says_so() {
        for condition in [
            r#"{"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
            r#"{"ArnEquals": {"aws:SourceArn": "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"}}"#,
            r#"{"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}"#,
        ] {
            let mut account = unblocked();
            account.bucket_mut().policy = Observed::Known(Some(format!(
                "{{\"Statement\": {{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \
                 \"s3:GetObject\", \"Resource\": \"*\", \"Condition\": {condition}}}}}"
            )));
            assert_eq!(ruling(&account), Ruling::Pass, "{condition}");
        }
    }

    #[test]
    fn a_public_acl_fails_and_names_group_and_permission() {
        for group in ["AllUsers", "AuthenticatedUsers"] {
            let mut account = unblocked();
            account.bucket_mut().acl = public_acl(group);
            let verdict = story::judge(&RULE, &account).unwrap();
            assert_eq!(verdict.ruling, Ruling::Fail);
            assert!(verdict.message.contains(&format!("READ to {group}")));
        }
    }

    #[test]
    fn an_account_level_block_wins_over_a_bucket_that_lacks_one() {
        let mut account = unblocked();
        account.bucket_mut().policy_is_public = Observed::Known(true);
        account.bucket_mut().acl = public_acl("AllUsers");
        assert_eq!(ruling(&account), Ruling::Fail);
        account.public_access_block = Observed::Known(PublicAccessBlock {
            ignore_public_acls: true,
            restrict_public_buckets: true,
            ..PublicAccessBlock::default()
        });
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn blocking_new_public_settings_does_not_shut_those_that_exist() {
        let mut account = unblocked();
        account.bucket_mut().public_access_block = Observed::Known(PublicAccessBlock {
            block_public_acls: true,
            block_public_policy: true,
            ..PublicAccessBlock::default()
        });
        account.bucket_mut().policy_is_public = Observed::Known(true);
        assert_eq!(ruling(&account), Ruling::Fail);
        account.bucket_mut().policy_is_public = Observed::Known(false);
        account.bucket_mut().acl = public_acl("AllUsers");
        assert_eq!(ruling(&account), Ruling::Fail);
    }

    #[test]
    fn acls_count_unless_ownership_is_bucket_owner_enforced() {
        let mut account = unblocked();
        account.bucket_mut().acl = public_acl("AllUsers");
        for (ownership, expected) in [
            (None, Ruling::Fail),
            (Some(ObjectOwnership::ObjectWriter), Ruling::Fail),
            (Some(ObjectOwnership::BucketOwnerPreferred), Ruling::Fail),
            (Some(ObjectOwnership::BucketOwnerEnforced), Ruling::Pass),
        ] {
            account.bucket_mut().ownership = Observed::Known(ownership);
            assert_eq!(ruling(&account), expected, "{ownership:?}");
        }
    }

    #[test]
    fn one_known_leak_fails_even_if_the_other_way_is_unknown() {
        let mut account = unblocked();
        account.bucket_mut().policy_is_public = story::denied(Action::GetBucketPolicyStatus);
        account.bucket_mut().acl = public_acl("AllUsers");
        assert_eq!(ruling(&account), Ruling::Fail);
        account.bucket_mut().policy_is_public = Observed::Known(true);
        account.bucket_mut().acl = story::denied(Action::GetBucketAcl);
        assert_eq!(ruling(&account), Ruling::Fail);
    }

    #[test]
    fn a_way_that_may_be_open_is_unknown_and_names_the_permission() {
        let mut account = unblocked();
        account.bucket_mut().policy_is_public = story::denied(Action::GetBucketPolicyStatus);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "s3:GetBucketPolicyStatus");
        let mut account = unblocked();
        account.bucket_mut().acl = story::denied(Action::GetBucketAcl);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "s3:GetBucketAcl");
        let mut account = unblocked();
        account.bucket_mut().acl = public_acl("AllUsers");
        account.bucket_mut().ownership = story::denied(Action::GetBucketOwnershipControls);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "s3:GetBucketOwnershipControls");
        let mut account = unblocked();
        account.bucket_mut().acl = public_acl("AllUsers");
        account.bucket_mut().public_access_block =
            story::denied(Action::GetBucketPublicAccessBlock);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "s3:GetBucketPublicAccessBlock");
    }

    #[test]
    fn a_block_alone_shuts_both_ways_without_the_policy_or_the_acl() {
        let mut account = story::pristine_account();
        let bucket = account.bucket_mut();
        bucket.policy_is_public = story::denied(Action::GetBucketPolicyStatus);
        bucket.acl = story::denied(Action::GetBucketAcl);
        bucket.ownership = story::denied(Action::GetBucketOwnershipControls);
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn the_audited_accounts_block_does_not_excuse_another_accounts_bucket() {
        let mut account = unblocked();
        account.public_access_block = story::pristine_account().public_access_block;
        account.bucket_mut().policy_is_public = Observed::Known(true);
        assert_eq!(ruling(&account), Ruling::Pass);
        let stranger = BucketOwner::NotAccount(account.id.clone());
        account.bucket_mut().owner = Observed::Known(stranger);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "s3:GetAccountPublicAccessBlock");
    }

    #[test]
    fn a_log_bucket_in_another_account_that_denies_everything_is_unknown_not_public() {
        let mut account = story::denied_account();
        account.bucket_mut().existence = Observed::Known(Existence::ExistsForbidden);
        assert!(story::judge(&RULE, &account).is_err());
    }

    #[test]
    fn a_bucket_that_does_not_exist_has_nothing_to_be_public() {
        let mut account = story::denied_account();
        account.bucket_mut().existence = Observed::Known(Existence::Absent);
        assert_eq!(ruling(&account), Ruling::NotApplicable);
    }

    #[test]
    fn nothing_passes_while_it_is_unknown_whether_the_bucket_exists() {
        let mut account = unblocked();
        account.bucket_mut().existence = story::denied(Action::HeadBucket);
        assert!(story::judge(&RULE, &account).is_err());
        account.bucket_mut().policy_is_public = Observed::Known(true);
        assert_eq!(ruling(&account), Ruling::Fail);
    }

    fn with_policy(statement: &str, is_public: Observed<bool>) -> Account {
        let mut account = unblocked();
        let text = format!("{{\"Statement\": {statement}}}");
        account.bucket_mut().policy = Observed::Known(Some(text));
        account.bucket_mut().policy_is_public = is_public;
        account
    }

    const FOR_ALL: &str = r#"{"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}"#;
    const FOR_ONE: &str = r#"{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:GetObject", "Resource": "*"}"#;
    const ODD: &str = r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*", "Condition": {"StringMatches": {"aws:SourceVpce": "vpce-1"}}}"#;

    #[test]
    fn a_policy_that_is_public_by_either_judgement_fails_and_a_contradiction_is_named() {
        for (statement, is_public, named) in [
            (
                FOR_ALL,
                true,
                "statement `Open` allows everybody `s3:GetObject`, and",
            ),
            (
                FOR_ALL,
                false,
                "though S3 itself (IsPublic) denies that it is public",
            ),
            (
                FOR_ONE,
                true,
                "though no statement of it is by S3's own definition",
            ),
            (ODD, true, "by S3's own judgement (IsPublic), and"),
        ] {
            let account = with_policy(statement, Observed::Known(is_public));
            let verdict = story::judge(&RULE, &account).unwrap();
            assert_eq!(verdict.ruling, Ruling::Fail, "{statement}");
            assert!(verdict.message.contains(named), "{}", verdict.message);
            assert_eq!(verdict.evidence["is_public"], is_public);
        }
    }

    #[test]
    fn neither_judgement_alone_is_evidence_that_the_policy_is_private() {
        let denied = || story::denied(Action::GetBucketPolicyStatus);
        let gap = story::judge(&RULE, &with_policy(FOR_ONE, denied())).unwrap_err();
        assert_eq!(gap.action, "s3:GetBucketPolicyStatus");
        let mut account = unblocked();
        account.bucket_mut().policy = story::denied(Action::GetBucketPolicy);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "s3:GetBucketPolicy");
        assert_eq!(ruling(&with_policy(FOR_ALL, denied())), Ruling::Fail);
        let gap = story::judge(&RULE, &with_policy(ODD, Observed::Known(false))).unwrap_err();
        assert_eq!(gap.action, "s3:GetBucketPolicy");
        let gap = story::judge(&RULE, &with_policy("[1]", Observed::Known(false))).unwrap_err();
        assert_eq!(gap.action, "s3:GetBucketPolicy");
    }
}
