//! What access control lists of S3 let others do, as policies.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions>

use serde_json::{Value, json};

use super::case::Policy;
use super::public::{BlockSetting, blocked_by};
use crate::snapshot::{Account, AclGrant, Bucket, ObjectOwnership};

/// Everything that ACLs of a bucket and of the objects in it let anybody do; `None` if that
/// could not be read. A public grant that may be ignored counts.
pub(super) fn policies(account: &Account, bucket: &Bucket) -> Option<Vec<Policy>> {
    if bucket.ownership.if_known() == Some(&Some(ObjectOwnership::BucketOwnerEnforced)) {
        return Some(Vec::new());
    }
    let ignored = blocked_by(account, bucket, BlockSetting::IgnorePublicAcls);
    let ignored = matches!(ignored, Ok(Some(_)));
    let grants = bucket.acl.if_known()?;
    let grants = grants.iter().filter_map(|grant| of_grant(grant, ignored));
    let grants = grants.map(|statement| policy("ACL", statement));
    Some(grants.chain([of_objects(ignored)]).collect())
}

fn policy(name: &str, statement: Value) -> Policy {
    Policy::new(name, &json!({ "Statement": statement }).to_string())
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

/// Objects have ACLs of their own, which may let in whoever their writer liked.
fn of_objects(ignored: bool) -> Policy {
    let principal = match ignored {
        true => json!({ "CanonicalUser": "unknown" }),
        false => json!("*"),
    };
    let statement = json!({
        "Effect": "Allow",
        "Principal": principal,
        "Action": OF_OBJECTS,
        "Resource": "*",
        // Nobody can tell, as with a condition without values.
        "Condition": { "StringEquals": { "s3:x-amz-acl": [] } },
    });
    policy("ACLs of objects", statement)
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

const OF_OBJECTS: [&str; 6] = [
    "s3:GetObject",
    "s3:GetObjectAcl",
    "s3:GetObjectVersion",
    "s3:GetObjectVersionAcl",
    "s3:PutObjectAcl",
    "s3:PutObjectVersionAcl",
];
