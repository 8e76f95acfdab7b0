use crate::policy::grants::{BucketPolicy, Escape, Protection};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict, listed,
};
use crate::snapshot::{Action, Bucket};

/// Nobody reaches a log bucket over plain HTTP.
pub(super) const RULE: Rule = Rule {
    id: "bucket-tls-only",
    title: "The log bucket is reached over TLS only",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::Access,
    description: "S3 answers plain HTTP unless the bucket policy forbids it. Whoever sits between a \
        reader and S3 can then read log files on their way, and change what the reader sees, \
        which no digest file reveals to somebody who fetches it by the same way. CloudTrail \
        itself always delivers over TLS, so that forbidding HTTP costs nothing.",
    criteria: "Passes if the Deny statements of the bucket policy, evaluated together, keep every \
        caller from every S3 action on the bucket and on all of its objects in a request without \
        TLS (aws:SecureTransport false, and then without s3:TlsVersion). Fails if they leave out \
        a caller, an action, the bucket or objects, or if there is no bucket policy. \
        NumericLessThan on s3:TlsVersion does not reach plain HTTP, which has no TLS version; \
        NumericLessThanIfExists does. AWS services need not be caught: they use TLS. Unknown if \
        the policy could not be read, or holds something that leaves the answer open. Not \
        applicable if the bucket does not exist.",
    action: "Add one statement that denies s3:* to everybody on the bucket and its objects where \
        aws:SecureTransport is false, with no other condition.",
    resources: &[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html",
        "https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-ssl-requests-only.html",
    ],
    controls: &[
        Control::cis("1.3.0", "2.1.2"),
        Control::cis("1.4.0", "2.1.2"),
        Control::cis("1.5.0", "2.1.2"),
        Control::cis("2.0.0", "2.1.1"),
        Control::cis("3.0.0", "2.1.1"),
        Control::cis("4.0.0", "2.1.1"),
        Control::cis("5.0.0", "2.1.1"),
        Control::cis("6.0.0", "3.1.1"),
        Control::cis("7.0.0", "3.1.1"),
        Control::security_hub("S3.5"),
        Control::config("s3-bucket-ssl-requests-only"),
    ],
    reads: &[Action::GetBucketPolicy],
    remedies: Remedies {
        cli: "aws s3api get-bucket-policy --bucket {bucket} --query Policy --output text > policy.json\n\
            # In policy.json, add a statement that denies all S3 actions to everybody on the bucket and its\n\
            # objects under the condition Bool, aws:SecureTransport, false.\n\
            aws s3api put-bucket-policy --bucket {bucket} --policy file://policy.json",
        terraform: "# in the bucket's policy document\n\
            data \"aws_iam_policy_document\" \"log_bucket\" {\n  statement {\n    sid       = \"TlsOnly\"\n    \
            effect    = \"Deny\"\n    actions   = [\"s3:*\"]\n    \
            resources = [\"arn:{partition}:s3:::{bucket}\", \"arn:{partition}:s3:::{bucket}/*\"]\n    \
            principals {\n      type        = \"*\"\n      identifiers = [\"*\"]\n    }\n    \
            condition {\n      test     = \"Bool\"\n      variable = \"aws:SecureTransport\"\n      \
            values   = [\"false\"]\n    }\n  }\n}",
        cloudformation: "# This replaces the whole bucket policy: name its other statements here, too.\n\
            Type: AWS::S3::BucketPolicy\nProperties:\n  Bucket: {bucket}\n  PolicyDocument:\n    \
            Version: \"2012-10-17\"\n    Statement:\n      # beside the statements that let CloudTrail write\n      \
            - Sid: TlsOnly\n        Effect: Deny\n        Principal: \"*\"\n        Action: s3:*\n        \
            Resource:\n          - arn:{partition}:s3:::{bucket}\n          - arn:{partition}:s3:::{bucket}/*\n        \
            Condition:\n          Bool:\n            aws:SecureTransport: \"false\"",
    },
    check: Check::Bucket(check),
};

fn check(context: &Context<'_>, bucket: &Bucket) -> Judgement {
    let Some(policy) = BucketPolicy::read(context.account, bucket)? else {
        return Ok(Verdict::fail(
            "the bucket has no policy, so nothing denies plain HTTP",
        ));
    };
    match policy.without_tls() {
        Protection::Complete(statements) => {
            let names: Vec<&str> = statements.iter().map(String::as_str).collect();
            let message = format!("plain HTTP is denied to everybody ({})", listed(&names));
            Ok(Verdict::pass(message).evidence("statements", names))
        }
        Protection::Open(escape) => Ok(Verdict::fail(format!(
            "plain HTTP is not denied to {}",
            left_out(&policy, &escape)
        ))
        .evidence("left_out", escape.who)
        .evidence("depends_on", escape.depends_on)),
        Protection::Unclear(escape) => {
            policy.understood()?;
            Err(BucketPolicy::undecided(format!(
                "it cannot be told whether plain HTTP is denied to {}: that hangs on {}",
                left_out(&policy, &escape),
                listed(&escape.depends_on)
            )))
        }
    }
}

fn left_out(policy: &BucketPolicy<'_>, escape: &Escape) -> String {
    let place = match escape.target == policy.arn() {
        true => "on the bucket",
        false => "on its objects",
    };
    format!("{} for {} {place}", escape.who, escape.action_title())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, GapKind, Observed, story};

    const BOTH: &str =
        r#"["arn:aws:s3:::example-trail-logs", "arn:aws:s3:::example-trail-logs/*"]"#;
    const BOOL: &str = r#"{"Bool": {"aws:SecureTransport": "false"}}"#;

    fn with(statements: &[String]) -> Account {
        let mut account = story::pristine_account();
        account.bucket_mut().policy = Observed::Known(Some(format!(
            "{{\"Version\": \"2012-10-17\", \"Statement\": [{}]}}",
            statements.join(", ")
        )));
        account
    }

    fn deny(principal: &str, actions: &str, resources: &str, condition: &str) -> String {
        format!(
            "{{\"Effect\": \"Deny\", {principal}, {actions}, {resources}, \"Condition\": {condition}}}"
        )
    }

    fn on_everything(condition: &str) -> String {
        deny(
            r#""Principal": "*""#,
            r#""Action": "s3:*""#,
            &format!("\"Resource\": {BOTH}"),
            condition,
        )
    }

    fn ruling(statements: &[String]) -> Ruling {
        story::judge(&RULE, &with(statements)).unwrap().ruling
    }

    #[test]
    fn every_spelling_of_the_condition_counts_and_no_weaker_one_does() {
        for (condition, expected) in [
            (BOOL, Ruling::Pass),
            (r#"{"Bool": {"aws:SecureTransport": false}}"#, Ruling::Pass),
            (
                r#"{"bool": {"AWS:securetransport": ["False"]}}"#,
                Ruling::Pass,
            ),
            (
                r#"{"BoolIfExists": {"aws:SecureTransport": "false"}}"#,
                Ruling::Pass,
            ),
            (
                r#"{"StringEquals": {"aws:SecureTransport": "false"}}"#,
                Ruling::Pass,
            ),
            (
                r#"{"StringNotEquals": {"aws:SecureTransport": "true"}}"#,
                Ruling::Pass,
            ),
            (
                r#"{"NumericLessThanIfExists": {"s3:TlsVersion": "1.2"}}"#,
                Ruling::Pass,
            ),
            (r#"{"Null": {"s3:TlsVersion": "true"}}"#, Ruling::Pass),
            (
                r#"{"NumericLessThan": {"s3:TlsVersion": 1.2}}"#,
                Ruling::Fail,
            ),
            (r#"{"Bool": {"aws:SecureTransport": "true"}}"#, Ruling::Fail),
            (
                r#"{"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:PrincipalAccount": "111122223333"}}"#,
                Ruling::Fail,
            ),
            (
                r#"{"Bool": {"aws:SecureTransport": "false"}, "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/old"}}"#,
                Ruling::Fail,
            ),
            (
                r#"{"Bool": {"aws:SecureTransport": "false"}, "NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#,
                Ruling::Fail,
            ),
            (
                r#"{"Bool": {"aws:SecureTransport": "false"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}"#,
                Ruling::Pass,
            ),
        ] {
            assert_eq!(ruling(&[on_everything(condition)]), expected, "{condition}");
        }
    }

    #[test]
    fn principals_actions_and_resources_must_all_be_covered() {
        let everyone = r#""Principal": {"AWS": "*"}"#;
        let all = r#""Action": "s3:*""#;
        let both = format!("\"Resource\": {BOTH}");
        for (principal, actions, resources, expected) in [
            (everyone, all, both.as_str(), Ruling::Pass),
            (
                everyone,
                r#""Action": "*""#,
                r#""Resource": "*""#,
                Ruling::Pass,
            ),
            (
                everyone,
                r#""NotAction": "iam:*""#,
                r#""NotResource": "arn:aws:s3:::other/*""#,
                Ruling::Pass,
            ),
            (
                r#""Principal": {"AWS": "111122223333"}"#,
                all,
                both.as_str(),
                Ruling::Fail,
            ),
            (
                r#""NotPrincipal": {"AWS": ["111122223333", "arn:aws:iam::111122223333:user/old"]}"#,
                all,
                both.as_str(),
                Ruling::Fail,
            ),
            (
                everyone,
                r#""Action": "s3:GetObject""#,
                both.as_str(),
                Ruling::Fail,
            ),
            (
                everyone,
                r#""Action": ["s3:Get*", "s3:Put*", "s3:List*", "s3:Delete*"]"#,
                both.as_str(),
                Ruling::Fail,
            ),
            (
                everyone,
                r#""NotAction": "s3:GetObject""#,
                both.as_str(),
                Ruling::Fail,
            ),
            (
                everyone,
                all,
                r#""Resource": "arn:aws:s3:::example-trail-logs/*""#,
                Ruling::Fail,
            ),
            (
                everyone,
                all,
                r#""Resource": "arn:aws:s3:::example-trail-logs""#,
                Ruling::Fail,
            ),
            (
                everyone,
                all,
                r#""Resource": ["arn:aws:s3:::example-trail-logs", "arn:aws:s3:::example-trail-logs/AWSLogs/*"]"#,
                Ruling::Fail,
            ),
            (
                everyone,
                all,
                r#""Resource": "arn:aws:s3:::example-trail-logs*""#,
                Ruling::Pass,
            ),
            (
                everyone,
                all,
                r#""NotResource": "arn:aws:s3:::example-trail-logs/*""#,
                Ruling::Fail,
            ),
        ] {
            let statement = deny(principal, actions, resources, BOOL);
            assert_eq!(
                ruling(std::slice::from_ref(&statement)),
                expected,
                "{statement}"
            );
        }
    }

    #[test]
    fn statements_may_complete_each_other() {
        let everyone = r#""Principal": "*""#;
        let on = |resource: &str, actions: &str| {
            let resource = format!("\"Resource\": \"arn:aws:s3:::example-trail-logs{resource}\"");
            deny(everyone, actions, &resource, BOOL)
        };
        let all = r#""Action": "s3:*""#;
        assert_eq!(ruling(&[on("", all), on("/*", all)]), Ruling::Pass);
        let both = format!("\"Resource\": {BOTH}");
        let but_get = deny(everyone, r#""NotAction": "s3:GetObject""#, &both, BOOL);
        let get = deny(everyone, r#""Action": "s3:GetObject""#, &both, BOOL);
        assert_eq!(ruling(&[but_get, get]), Ruling::Pass);
        let from_ours = r#"{"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:PrincipalAccount": "111122223333"}}"#;
        let from_others = r#"{"Bool": {"aws:SecureTransport": "false"}, "StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}"#;
        assert_eq!(
            ruling(&[on_everything(from_ours), on_everything(from_others)]),
            Ruling::Pass
        );
    }

    #[test]
    fn the_message_names_who_is_left_out_and_what_is_open_to_them() {
        let condition = r#"{"Bool": {"aws:SecureTransport": "false"}, "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/old"}}"#;
        let verdict = story::judge(&RULE, &with(&[on_everything(condition)])).unwrap();
        assert!(
            verdict
                .message
                .contains("`arn:aws:iam::111122223333:role/old`"),
            "{}",
            verdict.message
        );
        let objects = r#""Resource": "arn:aws:s3:::example-trail-logs""#;
        let only = deny(r#""Principal": "*""#, r#""Action": "s3:*""#, objects, BOOL);
        let verdict = story::judge(&RULE, &with(&[only])).unwrap();
        assert!(
            verdict.message.ends_with("on its objects"),
            "{}",
            verdict.message
        );
    }

    #[test]
    fn no_policy_fails_and_what_is_not_understood_is_unknown() {
        let mut account = story::pristine_account();
        account.bucket_mut().policy = Observed::Known(None);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
        for (policy, kind) in [
            (
                on_everything(r#"{"BoolMatches": {"aws:SecureTransport": "false"}}"#),
                GapKind::Unsupported,
            ),
            ("[1]".to_owned(), GapKind::Malformed),
        ] {
            let gap = story::judge(&RULE, &with(&[policy])).unwrap_err();
            assert_eq!(gap.kind, kind);
        }
        let mut account = story::pristine_account();
        account.bucket_mut().policy = story::denied(Action::GetBucketPolicy);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "s3:GetBucketPolicy");
    }
}
