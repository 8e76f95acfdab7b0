//! What access control lists of S3 let others do, as policies.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions>

use serde_json::{Value, json};

use super::case::Policy;
use super::public::{BlockSetting, blocked_by};
use crate::snapshot::{Account, AclGrant, Bucket, ObjectOwnership};

/// What the ACL of a bucket lets anybody do; `None` if it could not be read. A public grant
/// that may be ignored counts. The ACLs of objects are not read: CloudTrail writes its files
/// with one that grants the bucket's owner everything and nobody else anything.
pub(super) fn policies(account: &Account, bucket: &Bucket) -> Option<Vec<Policy>> {
    if bucket.ownership.if_known() == Some(&Some(ObjectOwnership::BucketOwnerEnforced)) {
        return Some(Vec::new());
    }
    let ignored = blocked_by(account, bucket, BlockSetting::IgnorePublicAcls);
    let ignored = matches!(ignored, Ok(Some(_)));
    let grants = bucket.acl.if_known()?;
    let grants = grants.iter().filter_map(|grant| of_grant(grant, ignored));
    let named = |statement| Policy::new("ACL", &json!({ "Statement": statement }).to_string());
    Some(grants.map(named).collect())
}

fn of_grant(grant: &AclGrant, ignored: bool) -> Option<Value> {
    let actions: &[&str] = match grant.permission.as_str() {
        "READ" => &READ,
        "WRITE" => &WRITE,
        "READ_ACP" => &["s3:GetBucketAcl"],
        "WRITE_ACP" => &["s3:PutBucketAcl"],
        _ => &ALL,
    };
    let group = grant
        .grantee
        .rsplit_once("/groups/")
        .map(|(_, group)| group);
    let (principal, condition) = match group {
        Some("global/AllUsers" | "global/AuthenticatedUsers") if ignored => return None,
        Some("global/AllUsers") => (json!("*"), json!({})),
        Some("global/AuthenticatedUsers") => (
            json!("*"),
            json!({ "StringNotEquals": { "aws:PrincipalType": "Anonymous" } }),
        ),
        // S3's own, which writes access logs.
        Some(_) => (json!({ "Service": "logging.s3.amazonaws.com" }), json!({})),
        None => (json!({ "CanonicalUser": grant.grantee }), json!({})),
    };
    Some(json!({
        "Effect": "Allow",
        "Principal": principal,
        "Action": actions,
        "Resource": "*",
        "Condition": condition,
    }))
}

const READ: [&str; 3] = [
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:ListBucketMultipartUploads",
];

const WRITE: [&str; 1] = ["s3:PutObject"];

const ALL: [&str; 6] = [
    "s3:GetBucketAcl",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListBucketVersions",
    "s3:PutBucketAcl",
    "s3:PutObject",
];
