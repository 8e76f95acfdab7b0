use serde_json::Value;

use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::Trail;

/// Every trail encrypts its log files with a KMS key of the customer's.
pub(super) const RULE: Rule = Rule {
    id: "trail-encryption",
    title: "Log files are encrypted with a KMS key of yours",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::Access,
    description: "Without a key of its own, a trail's log files are encrypted with a key that S3 \
        keeps and uses for whoever may read the object: the bucket policy is the only lock. With \
        SSE-KMS and a customer managed key, a reader needs kms:Decrypt from the key policy as \
        well, so that a bucket policy gone wrong, or credentials that reach S3 alone, do not \
        open the logs, and each use of the key is itself recorded.",
    criteria: "Fails for a trail without a KmsKeyId. Whether the key works, and is customer \
        managed, is judged by key-usable. Judged once per trail, at its home Region.",
    action: "Create a customer managed symmetric key in the bucket's Region, whose policy lets \
        CloudTrail generate data keys for this trail and the readers decrypt, and give it to the \
        trail. Log files that were delivered before stay as they are.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html",
    ],
    controls: &[
        Control::cis("1.2.0", "2.7"),
        Control::cis("1.3.0", "3.7"),
        Control::cis("1.4.0", "3.7"),
        Control::cis("1.5.0", "3.7"),
        Control::cis("2.0.0", "3.7"),
        Control::cis("3.0.0", "3.5"),
        Control::cis("4.0.0", "3.5"),
        Control::cis("5.0.0", "3.5"),
        Control::cis("6.0.0", "4.5"),
        Control::cis("7.0.0", "4.5"),
        Control::security_hub("CloudTrail.2"),
        Control::config("cloud-trail-encryption-enabled"),
        Control::cloudtrail_practices("preventive"),
    ],
    reads: &[],
    remedies: Remedies {
        cli: "aws cloudtrail update-trail --name {arn} --region {region} --kms-key-id alias/KEY-ALIAS",
        terraform: "resource \"aws_cloudtrail\" \"trail\" {\n  kms_key_id = aws_kms_key.trail.arn\n}",
        cloudformation: "Type: AWS::CloudTrail::Trail\nProperties:\n  KMSKeyId: !GetAtt TrailKey.Arn",
    },
    check: Check::Trail(check),
};

fn check(_: &Context<'_>, trail: &Trail) -> Judgement {
    let verdict = match trail.kms_key_id.as_deref() {
        None | Some("") => Verdict::fail(
            "log files are encrypted with a key that S3 manages, not with a KMS key of yours",
        )
        .evidence("kms_key_id", Value::Null),
        Some(key) => Verdict::pass(format!("log files are encrypted with KMS key `{key}`"))
            .evidence("kms_key_id", key),
    };
    Ok(match trail.bucket.if_known() {
        Some(bucket) => verdict.evidence("bucket", bucket.as_str()),
        None => verdict,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::story;

    #[test]
    fn a_key_by_any_kind_of_name_passes() {
        let mut account = story::pristine_account();
        for key in [
            "1111aaaa-22bb-33cc-44dd-5555eeee6666",
            "arn:aws:kms:us-east-1:111122223333:key/1111aaaa-22bb-33cc-44dd-5555eeee6666",
            "alias/trail",
            "arn:aws-cn:kms:cn-north-1:111122223333:alias/trail",
        ] {
            account.trail_mut().kms_key_id = Some(key.to_owned());
            let verdict = story::judge(&RULE, &account).unwrap();
            assert_eq!(verdict.ruling, Ruling::Pass);
            assert_eq!(verdict.evidence["kms_key_id"], key);
        }
    }

    #[test]
    fn no_key_fails_and_so_does_an_empty_one() {
        let mut account = story::pristine_account();
        for key in [None, Some(String::new())] {
            account.trail_mut().kms_key_id = key;
            let verdict = story::judge(&RULE, &account).unwrap();
            assert_eq!(verdict.ruling, Ruling::Fail);
            assert_eq!(verdict.evidence["bucket"], "example-trail-logs");
        }
    }
}
