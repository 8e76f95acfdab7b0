use super::permission::{Judged, places};
use crate::policy::document::Document;
use crate::retention::{self, Folder};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, of_existing,
};
use crate::snapshot::{Account, Action, Bucket, BucketOwner, Gap, GapKind, Trail};

/// The bucket and the key let CloudTrail deliver each trail's files.
pub(super) const RULE: Rule = Rule {
    id: "delivery-permitted",
    title: "Bucket and key let CloudTrail deliver",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::Aggregation,
    description: "A trail delivers as long as the bucket policy and the key policy let CloudTrail \
        in. What takes the permission away, a Deny that was meant for somebody else or a \
        condition that names a trail of yesterday, stops the log files and is recorded as a \
        change of a bucket, not of a trail. Here the policies are evaluated on the requests that \
        CloudTrail makes for this trail, so that the gap is seen before log files are missed.",
    criteria: "Fails if the bucket policy, evaluated for CloudTrail and this trail, does not allow \
        s3:GetBucketAcl on the bucket or s3:PutObject on all of its log files (and digests, if \
        validation is on), if a Deny or a resource control policy catches some, if the requester \
        pays, or if the trail's key does not allow kms:GenerateDataKey, or, a medium fault, \
        kms:DescribeKey. Organization policies of other accounts are never seen: a bucket or key \
        of another account, and a condition on what AWS does not say that CloudTrail sends, pass \
        only if files arrived within 24 hours, else they are unknown. Unknown if a policy, or in \
        your own account a resource control policy, could not be read or understood. An \
        organization's trail needs no path of the one account; AWS grants that for the day it \
        becomes one account's trail. Not applicable if the bucket does not exist.",
    action: "Add the statements that AWS documents for your kind of trail, with the trail's ARN in \
        aws:SourceArn (an organization trail's is the management account's), and except \
        cloudtrail.amazonaws.com from every Deny, for example by aws:PrincipalIsAWSService.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-create-and-update-an-organizational-trail-by-using-the-aws-cli.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html",
    ],
    controls: &[
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP01"),
        Control::config("cloudtrail-security-trail-enabled"),
    ],
    reads: &[
        Action::HeadBucket,
        Action::GetBucketPolicy,
        Action::GetBucketRequestPayment,
        Action::DescribeKey,
        Action::GetKeyPolicy,
        Action::GetTrailStatus,
        Action::DescribeOrganization,
        Action::ListRoots,
        Action::ListParents,
        Action::ListPoliciesForTarget,
        Action::DescribePolicy,
    ],
    remedies: Remedies {
        cli: "aws s3api get-bucket-policy --bucket {bucket} --query Policy --output text > bucket-policy.json\n\
            # add the statements that CloudTrail needs and keep the others in the file: the whole\n\
            # policy is replaced by\n\
            aws s3api put-bucket-policy --bucket {bucket} --policy file://bucket-policy.json",
        terraform: "# This replaces the whole bucket policy: name its other statements here, too.\n\
            data \"aws_iam_policy_document\" \"logs\" {\n  statement {\n    actions   = [\"s3:GetBucketAcl\"]\n    resources = [\"arn:{partition}:s3:::{bucket}\"]\n    principals {\n      type        = \"Service\"\n      identifiers = [\"cloudtrail.amazonaws.com\"]\n    }\n    condition {\n      test     = \"StringEquals\"\n      variable = \"aws:SourceArn\"\n      values   = [\"{arn}\"]\n    }\n  }\n  statement {\n    actions   = [\"s3:PutObject\"]\n    resources = [\"arn:{partition}:s3:::{bucket}/{prefix}*\"]\n    principals {\n      type        = \"Service\"\n      identifiers = [\"cloudtrail.amazonaws.com\"]\n    }\n    condition {\n      test     = \"StringEquals\"\n      variable = \"aws:SourceArn\"\n      values   = [\"{arn}\"]\n    }\n    condition {\n      test     = \"StringEquals\"\n      variable = \"s3:x-amz-acl\"\n      values   = [\"bucket-owner-full-control\"]\n    }\n  }\n}",
        cloudformation: "# This replaces the whole bucket policy: name its other statements here, too.\n\
            Type: AWS::S3::BucketPolicy\nProperties:\n  Bucket: {bucket}\n  PolicyDocument:\n    Version: \"2012-10-17\"\n    Statement:\n      - Effect: Allow\n        Principal:\n          Service: cloudtrail.amazonaws.com\n        Action: s3:GetBucketAcl\n        Resource: arn:{partition}:s3:::{bucket}\n        Condition:\n          StringEquals:\n            aws:SourceArn: {arn}\n      - Effect: Allow\n        Principal:\n          Service: cloudtrail.amazonaws.com\n        Action: s3:PutObject\n        Resource: arn:{partition}:s3:::{bucket}/{prefix}*\n        Condition:\n          StringEquals:\n            aws:SourceArn: {arn}\n            s3:x-amz-acl: bucket-owner-full-control",
    },
    check: Check::Trail(check),
};

fn check(context: &Context<'_>, trail: &Trail) -> Judgement {
    let bucket = context.account.bucket(trail.bucket.known()?)?;
    of_existing(bucket, || judge(context, trail, bucket))
}

fn judge(context: &Context<'_>, trail: &Trail, bucket: &Bucket) -> Judgement {
    let account = context.account;
    let document = Document::of_bucket(&bucket.policy)?;
    let document = document.unwrap_or(Document {
        statements: Vec::new(),
    });
    let of = |ours: bool| Judged::new(account, trail, bucket, document.clone(), ours);
    let judged = match ours(account, bucket) {
        Ok(ours) => of(ours),
        // The policy alone decides whoever owns the bucket; what may bind it in this account
        // and would stop the delivery keeps the question open.
        Err(gap) => {
            let (own, mut other) = (of(true), of(false));
            if other.faults.is_empty() && !own.faults.is_empty() {
                other.missing.get_or_insert(gap);
            }
            other.missing = other.missing.or(own.missing);
            other
        }
    };
    let verdict = judged.verdict(context)?;
    Ok(verdict
        .evidence("bucket", bucket.name.as_str())
        .evidence("prefix", base(account, trail)))
}

/// Whether the audited account owns the bucket.
fn ours(account: &Account, bucket: &Bucket) -> Result<bool, Gap> {
    match bucket.owner.known()? {
        BucketOwner::Account(id) => Ok(*id == account.id),
        BucketOwner::NotAccount(id) if *id == account.id => Ok(false),
        BucketOwner::NotAccount(id) => Err(Gap::new(
            Action::HeadBucket,
            GapKind::Unsupported,
            format!("all that is known of the bucket's owner is that it is not account {id}"),
        )),
    }
}

/// What the prefixes of a trail's files have in common, up to the account or organization.
fn base(account: &Account, trail: &Trail) -> String {
    let logs = retention::delivery(trail, Folder::Logs);
    let texts = places(account, logs.places()).into_iter();
    let texts = texts.map(|keys| {
        let text = keys.text('*');
        let known = text.split('*').next().unwrap_or_default();
        known
            .strip_suffix("CloudTrail/")
            .unwrap_or(known)
            .to_owned()
    });
    texts.min_by_key(String::len).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Observed, Organization, PolicyLevel, story};

    const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main";
    const BUCKET: &str = "arn:aws:s3:::example-trail-logs";

    /// The policy that AWS documents, for objects below these prefixes, and more statements.
    fn documented(prefixes: &[&str], source: &str, more: &str) -> String {
        let objects: Vec<String> = prefixes
            .iter()
            .map(|prefix| format!(r#""{BUCKET}/{prefix}""#))
            .collect();
        format!(
            r#"{{"Version":"2012-10-17","Statement":[
                {{"Sid":"Acl","Effect":"Allow","Principal":{{"Service":"cloudtrail.amazonaws.com"}},"Action":"s3:GetBucketAcl",
                  "Resource":"{BUCKET}","Condition":{{"StringEquals":{{"aws:SourceArn":"{source}"}}}}}},
                {{"Sid":"Write","Effect":"Allow","Principal":{{"Service":"cloudtrail.amazonaws.com"}},"Action":"s3:PutObject",
                  "Resource":[{}],"Condition":{{"StringEquals":{{"s3:x-amz-acl":"bucket-owner-full-control","aws:SourceArn":"{source}"}}}}}}
                {more}]}}"#,
            objects.join(",")
        )
    }

    /// The pristine account, owning its bucket, with this bucket policy.
    fn with(policy: String) -> Account {
        let mut account = story::pristine_account();
        let us = BucketOwner::Account(account.id.clone());
        let bucket = account.bucket_mut();
        bucket.owner = Observed::Known(us);
        bucket.policy = Observed::Known(Some(policy));
        account
    }

    fn with_statement(more: &str) -> Account {
        with(documented(
            &["AWSLogs/111122223333/*"],
            TRAIL,
            &format!(",{more}"),
        ))
    }

    fn with_key(policy: &str) -> Account {
        let mut account = with(documented(&["AWSLogs/111122223333/*"], TRAIL, ""));
        account.key_mut().policy = Observed::Known(policy.to_owned());
        account
    }

    fn ruling(account: &Account) -> Ruling {
        story::judge(&RULE, account).unwrap().ruling
    }

    fn fault(account: &Account) -> String {
        let verdict = story::judge(&RULE, account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail, "{}", verdict.message);
        verdict.message
    }

    fn unknown(account: &Account) -> String {
        story::judge(&RULE, account).unwrap_err().action
    }

    #[test]
    fn the_policies_that_aws_documents_let_cloudtrail_deliver() {
        for prefixes in [
            ["AWSLogs/111122223333/*"].as_slice(),
            &[
                "AWSLogs/111122223333/CloudTrail/*",
                "AWSLogs/111122223333/CloudTrail-Digest/*",
            ],
            &["*"],
        ] {
            let account = with(documented(prefixes, TRAIL, ""));
            let verdict = story::judge(&RULE, &account).unwrap();
            assert_eq!(verdict.ruling, Ruling::Pass, "{prefixes:?}");
            assert!(!verdict.message.contains("cannot be seen"));
        }
    }

    #[test]
    fn what_the_policy_leaves_out_fails_and_is_named() {
        let mut account = with(documented(
            &["AWSLogs/111122223333/CloudTrail/*"],
            TRAIL,
            "",
        ));
        let message = fault(&account);
        assert!(
            message.contains("`AWSLogs/111122223333/CloudTrail-Digest/us-east-1/*`"),
            "{message}"
        );
        assert!(message.contains("statement `Write` allows it on `arn:aws:s3:::example-trail-logs/AWSLogs/111122223333/CloudTrail/*`"), "{message}");
        account.trail_mut().log_file_validation = Observed::Known(false);
        assert_eq!(ruling(&account), Ruling::Pass);
        account.trail_mut().log_file_validation = story::denied(Action::DescribeTrails);
        assert_eq!(unknown(&account), "cloudtrail:DescribeTrails");
        account.trail_mut().key_prefix = Some("audit".to_owned());
        assert!(fault(&account).contains("`audit/AWSLogs/111122223333/CloudTrail/us-east-1/*`"));
    }

    #[test]
    fn a_policy_for_one_region_is_not_enough_for_a_trail_of_all() {
        let regional = ["AWSLogs/111122223333/*/us-east-1/*"];
        let mut account = with(documented(&regional, TRAIL, ""));
        assert!(fault(&account).contains("`AWSLogs/111122223333/CloudTrail/*`"));
        account.trail_mut().multi_region = Observed::Known(false);
        assert_eq!(ruling(&account), Ruling::Pass);
        account.trail_mut().multi_region = story::denied(Action::DescribeTrails);
        assert_eq!(unknown(&account), "cloudtrail:DescribeTrails");
    }

    #[test]
    fn a_policy_for_another_trail_or_none_at_all_fails() {
        let other = TRAIL.replace("main", "old");
        let message = fault(&with(documented(&["*"], &other, "")));
        assert!(
            message.contains("statement `Acl` asks for StringEquals `aws:SourceArn`"),
            "{message}"
        );
        let mut account = story::pristine_account();
        account.bucket_mut().policy = Observed::Known(None);
        assert!(fault(&account).contains("no statement allows it"));
    }

    #[test]
    fn a_deny_that_catches_cloudtrail_fails_and_is_named() {
        for deny in [
            // Meant for uploads by people: CloudTrail's have no organization of a principal.
            r#"{"Sid":"Org","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-exampleorgid"}}}"#,
            r#"{"Sid":"Org","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}"#,
            r#"{"Sid":"Org","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::example-trail-logs/*/eu-*"}"#,
            r#"{"Sid":"Org","Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"s3:*","Resource":"*"}"#,
        ] {
            let message = fault(&with_statement(deny));
            assert!(
                message.contains("statement `Org` of the bucket policy denies it"),
                "{message}"
            );
        }
    }

    #[test]
    fn a_deny_that_spares_aws_services_or_is_about_others_does_not_matter() {
        for deny in [
            r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-exampleorgid"},"Bool":{"aws:PrincipalIsAWSService":"false"}}}"#,
            r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#,
            r#"{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::example-trail-logs/other/*"}"#,
            r#"{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"*","Condition":{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}}"#,
        ] {
            assert_eq!(ruling(&with_statement(deny)), Ruling::Pass, "{deny}");
        }
    }

    #[test]
    fn a_condition_on_what_aws_does_not_tell_passes_only_if_files_arrive() {
        let deny = r#"{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"*","Condition":{"StringNotEquals":{"aws:UserAgent":"x"}}}"#;
        let mut account = with_statement(deny);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        assert!(
            verdict.message.contains("aws:UserAgent cannot be seen"),
            "{}",
            verdict.message
        );
        account.trail_mut().status_mut("us-east-1").delivery_time = None;
        assert_eq!(unknown(&account), "cloudtrail:GetTrailStatus");
    }

    #[test]
    fn deliveries_do_not_stand_in_for_a_fact_that_could_not_be_read() {
        let deny = |id: &str| {
            format!(
                r#"{{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"*","Condition":{{"StringNotEquals":{{"aws:SourceOrgID":"{id}"}}}}}}"#
            )
        };
        assert_eq!(
            ruling(&with_statement(&deny("o-exampleorgid"))),
            Ruling::Pass
        );
        let mut account = with_statement(&deny("o-another"));
        fault(&account);
        account.organization = story::denied(Action::DescribeOrganization);
        assert_eq!(unknown(&account), "organizations:DescribeOrganization");
    }

    #[test]
    fn another_accounts_organization_policies_are_never_seen_and_deliveries_decide() {
        let mut account = story::pristine_account();
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        assert!(
            verdict
                .message
                .contains("the organization policies of the bucket's account")
        );
        let status = account.trail_mut().status_mut("us-east-1");
        status.digest_time = Some("2026-11-20T00:00:00Z".parse().unwrap());
        assert_eq!(unknown(&account), "cloudtrail:GetTrailStatus");
        let status = account.trail_mut().status_mut("us-east-1");
        status.digest_time = status.delivery_time;
        status.delivery_error = Some("AccessDenied".to_owned());
        status.delivery_attempt = None;
        assert_eq!(unknown(&account), "cloudtrail:GetTrailStatus");
    }

    fn controlled(account: &mut Account, content: &str) {
        match &mut account.resource_control_policies {
            Observed::Known(levels) => {
                let level: &mut PolicyLevel = &mut levels[1];
                let mut policy = level.policies[0].clone();
                policy.name = "perimeter".to_owned();
                policy.content = content.to_owned();
                level.policies.push(policy);
            }
            Observed::Gap(gap) => panic!("{gap:?}"),
        }
    }

    #[test]
    fn resource_control_policies_of_the_account_count_for_its_own_bucket_and_key() {
        let mut account = with(documented(&["*"], TRAIL, ""));
        let perimeter = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Ours","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-exampleorgid"}}}]}"#;
        controlled(&mut account, perimeter);
        assert!(
            fault(&account).contains("statement `Ours` of the resource control policy `perimeter`")
        );
        // Whose bucket it is decides whether that policy binds it.
        account.bucket_mut().owner = story::denied(Action::HeadBucket);
        assert_eq!(unknown(&account), "s3:ListBucket");
        account.bucket_mut().owner = Observed::Known(BucketOwner::NotAccount(account.id.clone()));
        assert_eq!(ruling(&account), Ruling::Pass);
        let mut account = with(documented(&["*"], TRAIL, ""));
        account.resource_control_policies = story::denied(Action::ListPoliciesForTarget);
        assert_eq!(unknown(&account), "organizations:ListPoliciesForTarget");
        account.organization = Observed::Known(None);
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn a_bucket_whose_requester_pays_takes_no_log_files() {
        let mut account = with(documented(&["*"], TRAIL, ""));
        account.bucket_mut().requester_pays = Observed::Known(true);
        assert!(fault(&account).contains("the requester pays"));
        account.bucket_mut().requester_pays = story::denied(Action::GetBucketRequestPayment);
        assert_eq!(unknown(&account), "s3:GetBucketRequestPayment");
    }

    fn key_policy(action: &str, condition: &str) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Trail","Effect":"Allow","Principal":{{"Service":"cloudtrail.amazonaws.com"}},
                "Action":{action},"Resource":"*","Condition":{{{condition}}}}}]}}"#
        )
    }

    /// create-kms-key-policy-for-cloudtrail.html: the log file's encryption context is the
    /// trail's ARN, and describing the key has none.
    #[test]
    fn the_key_must_let_cloudtrail_encrypt_for_this_trail_and_describe_it() {
        let both = r#"["kms:GenerateDataKey*","kms:DescribeKey"]"#;
        assert_eq!(ruling(&with_key(&key_policy(both, ""))), Ruling::Pass);
        let source = format!(r#""StringEquals":{{"aws:SourceArn":"{TRAIL}"}}"#);
        assert_eq!(ruling(&with_key(&key_policy(both, &source))), Ruling::Pass);
        let context = r#""StringLike":{"kms:EncryptionContext:aws:cloudtrail:arn":"arn:aws:cloudtrail:*:111122223333:trail/*"}"#;
        let account = with_key(&key_policy(both, context));
        let message = fault(&account);
        let weight = story::judge(&RULE, &account).unwrap().severity;
        assert_eq!(weight, Some(Severity::Medium));
        assert!(
            message.contains("`kms:DescribeKey` on the key") && !message.contains("Generate"),
            "{message}"
        );
        let message = fault(&with_key(&key_policy(r#""kms:DescribeKey""#, "")));
        assert!(
            message.contains("`kms:GenerateDataKey` on the key: no statement allows it"),
            "{message}"
        );
        let other = source.replace("main", "old");
        assert!(fault(&with_key(&key_policy(both, &other))).contains("statement `Trail` asks for"));
    }

    #[test]
    fn what_is_not_read_or_not_understood_is_unknown() {
        let mut account = with(documented(&["*"], TRAIL, ""));
        account.key_mut().policy = story::denied(Action::GetKeyPolicy);
        assert_eq!(unknown(&account), "kms:GetKeyPolicy");
        account.bucket_mut().policy = story::denied(Action::GetBucketPolicy);
        assert_eq!(unknown(&account), "s3:GetBucketPolicy");
        assert!(story::judge(&RULE, &with_key("{}")).is_err());
        assert!(story::judge(&RULE, &with("[]".to_owned())).is_err());
        // A certain fault stands whatever else is missing.
        let mut account = with(documented(&["other/*"], TRAIL, ""));
        account.key_mut().policy = story::denied(Action::GetKeyPolicy);
        fault(&account);
    }

    /// An organization trail of this account, which is the management account.
    fn of_organization(prefixes: &[&str]) -> Account {
        let mut account = with(documented(prefixes, TRAIL, ""));
        account.trail_mut().organization = Observed::Known(true);
        account.organization = Observed::Known(Some(Organization {
            id: "o-exampleorgid".to_owned(),
            management_account: account.id.clone(),
        }));
        account
    }

    #[test]
    fn an_organizations_trail_needs_the_path_of_every_member() {
        let mut account = of_organization(&["AWSLogs/o-exampleorgid/*"]);
        // Nothing binds what the management account owns.
        account.resource_control_policies = story::denied(Action::ListPoliciesForTarget);
        assert_eq!(ruling(&account), Ruling::Pass);
        let one = of_organization(&["AWSLogs/o-exampleorgid/111122223333/*"]);
        assert!(fault(&one).contains("`AWSLogs/o-exampleorgid/*/CloudTrail/us-east-1/*`"));
        fault(&of_organization(&["AWSLogs/111122223333/*"]));
        fault(&of_organization(&["AWSLogs/o-another/*"]));
    }

    #[test]
    fn a_trail_that_may_be_an_organizations_is_judged_by_both_paths() {
        let mut account = of_organization(&["AWSLogs/o-exampleorgid/*"]);
        account.trail_mut().organization = story::denied(Action::DescribeTrails);
        assert_eq!(unknown(&account), "cloudtrail:DescribeTrails");
        let mut account = of_organization(&["AWSLogs/o-exampleorgid/*", "AWSLogs/111122223333/*"]);
        account.trail_mut().organization = story::denied(Action::DescribeTrails);
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn a_bucket_that_does_not_exist_is_not_applicable() {
        let mut account = story::pristine_account();
        account.bucket_mut().existence = Observed::Known(crate::snapshot::Existence::Absent);
        assert_eq!(ruling(&account), Ruling::NotApplicable);
    }
}
