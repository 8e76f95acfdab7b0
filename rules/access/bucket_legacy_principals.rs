use crate::policy::grants::{BucketPolicy, legacy_region};
use crate::policy::principal::{Named, Principals};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict, listed,
};
use crate::snapshot::{Action, Bucket, arn};

/// CloudTrail is admitted by its service principal, not by its accounts of old.
pub(super) const RULE: Rule = Rule {
    id: "bucket-legacy-principals",
    title: "The log bucket admits CloudTrail as a service, not by its old account ids",
    severity: Severity::Low,
    worst: Severity::Low,
    practice: Practice::Access,
    description: "Before there was a service principal, CloudTrail wrote from an AWS account of its \
        own in each Region, and bucket policies listed these accounts. Such a list covers the \
        Regions it names and no others: from a Region that was opened since, nothing is \
        delivered, and nobody is told but by the trail's delivery error. Nor can a grant to an \
        account be bound to your trails by aws:SourceArn, as one to the service can.",
    criteria: "Fails if an Allow of the bucket policy names an account by which CloudTrail used to \
        write in a Region, by its id, its root user's ARN or the ARN of somebody in it. Passes if \
        no Allow does, or if there is no bucket policy. Unknown if the policy could not be read or \
        understood. Not applicable if the bucket does not exist. AWS no longer publishes the ids; \
        those that it did publish are known here.",
    action: "Replace the account ids by the service principal cloudtrail.amazonaws.com, which is \
        the same in every Region and partition, and bind it with aws:SourceArn.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-supported-regions.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: &[Action::GetBucketPolicy],
    remedies: Remedies {
        cli: "aws s3api get-bucket-policy --bucket {bucket} --query Policy --output text > policy.json\n\
            # In policy.json, put the Service cloudtrail.amazonaws.com in the place of the account ids.\n\
            aws s3api put-bucket-policy --bucket {bucket} --policy file://policy.json",
        terraform: "# in each statement of the bucket's policy document that names the accounts\n\
            data \"aws_iam_policy_document\" \"log_bucket\" {\n  statement {\n    sid       = \"AWSCloudTrailWrite\"\n    \
            actions   = [\"s3:PutObject\"]\n    resources = [\"arn:{partition}:s3:::{bucket}/AWSLogs/{account}/*\"]\n    \
            principals {\n      type        = \"Service\"\n      identifiers = [\"cloudtrail.amazonaws.com\"]\n    }\n  }\n}",
        cloudformation: "# This replaces the whole bucket policy: name its other statements here, too.\n\
            Type: AWS::S3::BucketPolicy\nProperties:\n  Bucket: {bucket}\n  PolicyDocument:\n    \
            Version: \"2012-10-17\"\n    Statement:\n      - Sid: AWSCloudTrailWrite\n        Effect: Allow\n        \
            Principal:\n          Service: cloudtrail.amazonaws.com\n        Action: s3:PutObject\n        \
            Resource: arn:{partition}:s3:::{bucket}/AWSLogs/{account}/*",
    },
    check: Check::Bucket(check),
};

fn check(context: &Context<'_>, bucket: &Bucket) -> Judgement {
    let Some(policy) = BucketPolicy::read(context.account, bucket)? else {
        return Ok(Verdict::pass(
            "the bucket has no policy, so it names no account of CloudTrail's",
        ));
    };
    let mut statements = Vec::new();
    let mut accounts = Vec::new();
    for statement in policy.allows() {
        let found = old_accounts(&statement.principals);
        if !found.is_empty() {
            statements.push(statement.name.as_str());
        }
        for account in found {
            if !accounts.contains(&account) {
                accounts.push(account);
            }
        }
    }
    if accounts.is_empty() {
        policy.understood()?;
        return Ok(Verdict::pass(
            "the bucket policy names no account by which CloudTrail used to write",
        ));
    }
    let named: Vec<String> = accounts
        .iter()
        .map(|(id, region)| format!("{id} ({region})"))
        .collect();
    Ok(Verdict::fail(format!(
        "{} {} CloudTrail by its old {} {}, so that no other Region's logs are delivered by it",
        listed(&statements),
        if statements.len() == 1 {
            "admits"
        } else {
            "admit"
        },
        if named.len() == 1 {
            "account"
        } else {
            "accounts"
        },
        listed(&named)
    ))
    .evidence("statements", statements)
    .evidence("accounts", named))
}

/// CloudTrail's old accounts among the principals, each with its Region.
fn old_accounts(principals: &Principals) -> Vec<(String, &'static str)> {
    let Principals::These(entries) = principals else {
        return Vec::new();
    };
    let account = |entry: &Named| match entry {
        Named::Account(id) => Some(id.clone()),
        Named::Arn(text) => arn::parse(text).map(|arn| arn.account.to_owned()),
        _ => None,
    };
    entries
        .iter()
        .filter_map(account)
        .filter_map(|id| legacy_region(&id).map(|region| (id, region)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, Observed, story};

    fn naming(effect: &str, principal: &str) -> Account {
        let mut account = story::pristine_account();
        account.bucket_mut().policy = Observed::Known(Some(format!(
            "{{\"Statement\": {{\"Sid\": \"Old\", \"Effect\": \"{effect}\", \"Principal\": {principal}, \
             \"Action\": \"s3:PutObject\", \"Resource\": \"*\"}}}}"
        )));
        account
    }

    #[test]
    fn an_old_account_of_any_partition_fails_however_it_is_spelled() {
        for (principal, region) in [
            (r#"{"AWS": "arn:aws:iam::086441151436:root"}"#, "us-east-1"),
            (
                r#"{"AWS": ["999999999999", "035351147821"]}"#,
                "eu-central-1",
            ),
            (
                r#"{"AWS": "arn:aws-us-gov:iam::608710470296:root"}"#,
                "us-gov-west-1",
            ),
            (
                r#"{"AWS": "arn:aws-cn:iam::193415116832:root"}"#,
                "cn-north-1",
            ),
        ] {
            let verdict = story::judge(&RULE, &naming("Allow", principal)).unwrap();
            assert_eq!(verdict.ruling, Ruling::Fail, "{principal}");
            assert!(verdict.message.contains(region), "{}", verdict.message);
            assert!(verdict.message.starts_with("statement `Old` admits"));
        }
    }

    #[test]
    fn other_accounts_the_service_and_a_deny_pass() {
        for (effect, principal) in [
            ("Allow", r#"{"AWS": "999999999999"}"#),
            ("Allow", r#"{"Service": "cloudtrail.amazonaws.com"}"#),
            ("Allow", r#""*""#),
            ("Deny", r#"{"AWS": "086441151436"}"#),
        ] {
            let verdict = story::judge(&RULE, &naming(effect, principal)).unwrap();
            assert_eq!(verdict.ruling, Ruling::Pass, "{effect} {principal}");
        }
    }

    #[test]
    fn a_certain_fail_stands_beside_what_is_not_understood_and_nothing_passes_there() {
        let odd = r#"{"Effect": "Maybe"}"#;
        let old = r#"{"Effect": "Allow", "Principal": {"AWS": "086441151436"}, "Action": "s3:*", "Resource": "*"}"#;
        let mut account = story::pristine_account();
        let policy =
            |statements: &str| Observed::Known(Some(format!("{{\"Statement\": [{statements}]}}")));
        account.bucket_mut().policy = policy(&format!("{odd}, {old}"));
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
        account.bucket_mut().policy = policy(odd);
        assert!(story::judge(&RULE, &account).is_err());
        account.bucket_mut().policy = story::denied(Action::GetBucketPolicy);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
