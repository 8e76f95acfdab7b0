use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Action, Bucket, ObjectOwnership};

/// ACLs are off in every log bucket.
pub(super) const RULE: Rule = Rule {
    id: "bucket-ownership-enforced",
    title: "ACLs are off in the log bucket",
    severity: Severity::Low,
    worst: Severity::Low,
    practice: Practice::Access,
    description: "With object ownership BucketOwnerEnforced, access control lists count for \
        nothing and the bucket's owner owns every object in it. With any other setting, a second, \
        older way of granting access stays open beside the policy: a single object can be opened \
        to the world or handed to another account by its own ACL, which no bucket policy shows, \
        and log files that another account wrote may not be the owner's to read.",
    criteria: "Fails if object ownership is not BucketOwnerEnforced; never set means \
        ObjectWriter. Unknown if it could not be read. Not applicable if the bucket does not \
        exist.",
    action: "Set object ownership to BucketOwnerEnforced. CloudTrail's deliveries go on: it \
        writes with the ACL bucket-owner-full-control, which S3 still accepts. Before that, turn \
        grants that somebody needs into statements of the bucket policy and take every grant to \
        others out of the bucket's ACL, or S3 refuses (InvalidBucketAclWithObjectOwnership).",
    resources: &[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-error-responses.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &[Action::GetBucketOwnershipControls],
    remedies: Remedies {
        cli: "# ACLs can be turned off once they grant nothing to others. This takes all such grants\n\
            # away. Turn those that somebody needs into statements of the bucket policy first.\n\
            aws s3api put-bucket-acl --bucket {bucket} --acl private\n\
            aws s3api put-bucket-ownership-controls --bucket {bucket} --ownership-controls 'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'",
        terraform: "resource \"aws_s3_bucket_ownership_controls\" \"logs\" {\n  bucket = \"{bucket}\"\n  rule {\n    object_ownership = \"BucketOwnerEnforced\"\n  }\n}",
        cloudformation: "Type: AWS::S3::Bucket\nProperties:\n  BucketName: {bucket}\n  OwnershipControls:\n    Rules:\n      - ObjectOwnership: BucketOwnerEnforced",
    },
    check: Check::Bucket(check),
};

fn check(_: &Context<'_>, bucket: &Bucket) -> Judgement {
    let (ownership, verdict) = match bucket.ownership.known()? {
        Some(ObjectOwnership::BucketOwnerEnforced) => (
            "BucketOwnerEnforced",
            Verdict::pass("object ownership is BucketOwnerEnforced, so ACLs are off"),
        ),
        Some(ObjectOwnership::BucketOwnerPreferred) => (
            "BucketOwnerPreferred",
            Verdict::fail("object ownership is BucketOwnerPreferred, so ACLs count"),
        ),
        Some(ObjectOwnership::ObjectWriter) => (
            "ObjectWriter",
            Verdict::fail("object ownership is ObjectWriter, so ACLs count"),
        ),
        None => (
            "ObjectWriter",
            Verdict::fail(
                "object ownership was never set, which means ObjectWriter, so ACLs count",
            ),
        ),
    };
    Ok(verdict
        .evidence("object_ownership", ownership)
        .evidence("bucket", bucket.name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Existence, Observed, story};

    #[test]
    fn only_bucket_owner_enforced_passes() {
        let mut account = story::pristine_account();
        for (ownership, expected) in [
            (Some(ObjectOwnership::BucketOwnerEnforced), Ruling::Pass),
            (Some(ObjectOwnership::BucketOwnerPreferred), Ruling::Fail),
            (Some(ObjectOwnership::ObjectWriter), Ruling::Fail),
            (None, Ruling::Fail),
        ] {
            account.bucket_mut().ownership = Observed::Known(ownership);
            let verdict = story::judge(&RULE, &account).unwrap();
            assert_eq!(verdict.ruling, expected, "{ownership:?}");
        }
    }

    #[test]
    fn denied_ownership_controls_are_unknown() {
        let mut account = story::pristine_account();
        account.bucket_mut().ownership = story::denied(Action::GetBucketOwnershipControls);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "s3:GetBucketOwnershipControls");
    }

    #[test]
    fn a_bucket_that_does_not_exist_is_not_judged() {
        let mut account = story::denied_account();
        account.bucket_mut().existence = Observed::Known(Existence::Absent);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
    }
}
