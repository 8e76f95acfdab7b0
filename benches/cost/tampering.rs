//! Who can turn the trail off, in an account with thousands of users and roles; and what a
//! bucket policy comes to.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use trailcheck::policy::document::Document;
use trailcheck::policy::matrix::Matrix;
use trailcheck::policy::meaning_of_public::is_public;
use trailcheck::policy::world::World;

use super::child::{self, Cost};
use super::crowd;
use super::environment;
use super::figures::median;

/// How long it takes to hold everybody against every action, from the snapshot on.
pub(crate) fn matrix() -> Duration {
    let snapshot = crowd::snapshot();
    let account = snapshot.accounts.first().expect("an account");
    let once = || {
        let started = Instant::now();
        let world = World::of(account);
        let matrix = Matrix::of(&world, account);
        let took = started.elapsed();
        let powerful =
            (0..matrix.callers().count()).filter(|subject| matrix.direct(*subject).possible());
        assert!(powerful.count() > 1000, "many have power");
        took
    };
    median((0..5).map(|_| once()).collect())
}

/// What the program costs that shows it, beside those who could come to power.
pub(crate) fn program() -> Cost {
    let file = environment::scratch().join("crowd.json");
    let json = serde_json::to_vec(&crowd::snapshot()).expect("JSON");
    std::fs::write(&file, json).expect("target/tmp can be written");
    child::who_can(&file)
}

/// How long it takes to read a bucket policy of twenty statements, which is about as much as
/// S3 takes, and to tell whether it is public.
pub(crate) fn bucket_policy() -> Duration {
    let statements: Vec<Value> = (0..20).map(statement).collect();
    let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    let once = || {
        let started = Instant::now();
        let document = Document::parse(&text).expect("a policy");
        assert!(!is_public(&document).possible());
        started.elapsed()
    };
    median((0..101).map(|_| once()).collect())
}

fn statement(number: usize) -> Value {
    let account = format!("{number:012}");
    json!({
        "Sid": format!("Account{number}"), "Effect": "Allow",
        "Principal": { "AWS": [format!("arn:aws:iam::{account}:root"), format!("arn:aws:iam::{account}:role/reader")] },
        "Action": ["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"],
        "Resource": ["arn:aws:s3:::example-logs", format!("arn:aws:s3:::example-logs/AWSLogs/{account}/*")],
        "Condition": { "Bool": { "aws:SecureTransport": "true" },
            "StringEquals": { "aws:PrincipalOrgID": "o-exampleorgid" },
            "IpAddress": { "aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32", "198.51.100.0/24"] } },
    })
}
