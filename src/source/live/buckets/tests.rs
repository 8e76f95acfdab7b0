//! Log buckets over canned replies: here, elsewhere, somebody else's, gone.

use super::super::canned::{ACCOUNT, Canned, Reply, good, request};
use super::super::tests::{collected, gaps};
use super::*;

#[tokio::test]
async fn a_bucket_elsewhere_is_followed_and_asked_there() {
    let canned = Canned::new(|seen| {
        let is_s3 = seen.action.iam().starts_with("s3:")
            && seen.action != Action::GetAccountPublicAccessBlock;
        match seen.action {
            Action::HeadBucket if seen.region == "eu-west-1" => {
                Some(Reply::new(200, "").with("x-amz-bucket-region", "eu-west-1"))
            }
            _ if is_s3 && seen.region != "eu-west-1" => {
                Some(Reply::new(301, "").with("x-amz-bucket-region", "eu-west-1"))
            }
            _ => None,
        }
    });
    let account = collected(&canned).await;
    assert_eq!(gaps(&account), []);
    let bucket = &account.buckets[0];
    assert_eq!(bucket.existence, Observed::Known(Existence::Exists));
    assert_eq!(bucket.region, Observed::Known("eu-west-1".to_owned()));
    // Nobody asks for settings in the wrong Region once the right one is known.
    let policy = canned.seen().into_iter();
    let policy: Vec<String> = policy
        .filter(|seen| seen.action == Action::GetBucketPolicy)
        .map(|seen| seen.region)
        .collect();
    assert_eq!(policy, ["eu-west-1"]);
}

/// S3's certificates cover one label before `.s3`, so a name with dots goes in the path.
#[tokio::test]
async fn a_bucket_with_dots_in_its_name_is_asked_by_path() {
    let canned = Canned::new(|seen| {
        (seen.action == Action::DescribeTrails).then(|| {
            let body = good(Action::DescribeTrails).body;
            Reply::new(200, body.replace("example-logs", "logs.example.com"))
        })
    });
    assert_eq!(gaps(&collected(&canned).await), []);
    let seen = canned.seen().into_iter();
    let uris: Vec<String> = seen
        .filter(|seen| seen.action == Action::GetBucketPolicy)
        .map(|seen| seen.uri)
        .collect();
    assert_eq!(
        uris,
        ["https://s3.us-east-1.amazonaws.com/logs.example.com/?policy"]
    );
}

#[tokio::test]
async fn without_head_bucket_a_call_still_finds_the_buckets_region() {
    let canned = Canned::new(|seen| {
        (seen.action == Action::GetBucketPolicy && seen.region == "us-east-1").then(|| {
            Reply::new(301, "<Error><Code>PermanentRedirect</Code></Error>")
                .with("x-amz-bucket-region", "eu-west-1")
        })
    });
    let mut request = request();
    request.actions = BTreeSet::from([Action::GetBucketPolicy]);
    let account = canned.collect(&request).await.unwrap();
    assert!(account.buckets[0].policy.if_known().is_some());
}

#[tokio::test]
async fn a_region_told_only_in_the_body_of_a_refusal_is_followed_too() {
    let canned = Canned::new(|seen| match seen.action {
        Action::HeadBucket if seen.region == "us-east-1" => Some(Reply::new(400, "")),
        Action::GetBucketLocation | Action::GetBucketAcl if seen.region == "us-east-1" => {
            Some(Reply::new(
                400,
                "<Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization \
                 header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'\
                 </Message><Region>eu-west-1</Region></Error>",
            ))
        }
        _ => None,
    });
    let account = collected(&canned).await;
    let bucket = &account.buckets[0];
    assert_eq!(bucket.region, Observed::Known("eu-west-1".to_owned()));
    assert!(bucket.acl.if_known().is_some());
}

#[tokio::test]
async fn the_bucket_location_speaks_where_no_header_does() {
    for (body, region) in [
        ("<LocationConstraint/>", "us-east-1"),
        ("<LocationConstraint>EU</LocationConstraint>", "eu-west-1"),
        (
            "<LocationConstraint>eu-north-1</LocationConstraint>",
            "eu-north-1",
        ),
    ] {
        let canned = Canned::new(move |seen| match seen.action {
            Action::HeadBucket => Some(Reply::new(200, "")),
            Action::GetBucketLocation => Some(Reply::new(200, body)),
            _ => None,
        });
        let account = collected(&canned).await;
        let found = account.buckets[0].region.known().unwrap().clone();
        assert_eq!(found, region);
    }
    for body in [
        "",
        "<LocationConstraint",
        "<LocationConstraint>no host/</LocationConstraint>",
        "<html><body>Please log in</body></html>",
    ] {
        let canned = Canned::new(move |seen| match seen.action {
            Action::HeadBucket => Some(Reply::new(200, "")),
            Action::GetBucketLocation => Some(Reply::new(200, body)),
            _ => None,
        });
        let account = collected(&canned).await;
        let gap = account.buckets[0].region.gap().unwrap().clone();
        assert_eq!(gap.kind, GapKind::Malformed, "{body}");
    }
}

#[tokio::test]
async fn the_owner_is_told_by_two_requests_that_differ_only_in_whom_they_expect() {
    let here = |status: u16| Reply::new(status, "").with("x-amz-bucket-region", "us-east-1");
    let account = ACCOUNT.to_owned();
    for (plain, expecting, existence, owner) in [
        (
            200,
            200,
            Some(Existence::Exists),
            Some(BucketOwner::Account(account.clone())),
        ),
        (
            200,
            403,
            Some(Existence::Exists),
            Some(BucketOwner::NotAccount(account)),
        ),
        (403, 403, Some(Existence::ExistsForbidden), None),
        (301, 301, Some(Existence::ExistsElsewhere), None),
        (400, 400, None, None),
        (500, 403, None, None),
    ] {
        let canned = Canned::new(move |seen| {
            let status = if seen.expected_owner {
                expecting
            } else {
                plain
            };
            (seen.action == Action::HeadBucket).then(|| here(status))
        });
        let account = collected(&canned).await;
        let bucket = &account.buckets[0];
        assert_eq!(
            bucket.existence.if_known(),
            existence.as_ref(),
            "{plain} {expecting}"
        );
        assert_eq!(
            bucket.owner.if_known(),
            owner.as_ref(),
            "{plain} {expecting}"
        );
    }
}

/// Rejected keys, a wrong clock and a proxy are answered with 403 as well, but only S3 itself
/// knows where a bucket is.
#[tokio::test]
async fn a_403_proves_a_bucket_only_where_its_region_is_told() {
    for (header, located, proven) in [
        (None, false, false),
        (None, true, true),
        (Some("us-east-1"), false, true),
    ] {
        let canned = Canned::new(move |seen| match (seen.action, header) {
            (Action::HeadBucket, Some(region)) => {
                Some(Reply::new(403, "").with("x-amz-bucket-region", region))
            }
            (Action::HeadBucket, None) => Some(Reply::new(403, "")),
            (Action::GetBucketLocation, _) if !located => Some(Reply::denial(seen.action)),
            _ => None,
        });
        let account = collected(&canned).await;
        match &account.buckets[0].existence {
            Observed::Known(existence) => {
                assert_eq!((existence, proven), (&Existence::ExistsForbidden, true));
            }
            Observed::Gap(gap) => {
                assert_eq!((gap.kind, proven), (GapKind::AccessDenied, false));
            }
        }
    }
}

#[tokio::test]
async fn nothing_more_is_asked_of_a_bucket_that_is_not_there() {
    let canned = Canned::but(Action::HeadBucket, Reply::new(404, ""));
    let account = collected(&canned).await;
    let bucket = &account.buckets[0];
    assert_eq!(bucket.existence, Observed::Known(Existence::Absent));
    // Nobody could have asked, so that the account is still completely read.
    assert_eq!(gaps(&account), []);
    let gap = bucket.policy.gap().unwrap();
    assert_eq!(gap.kind, GapKind::NotCollected);
    assert_eq!(gap.detail, "the bucket does not exist");
    let settings = canned.seen().into_iter();
    assert!(
        !settings
            .map(|seen| seen.action)
            .any(|action| action == Action::GetBucketPolicy)
    );
}

#[tokio::test]
async fn s3s_codes_for_not_configured_are_known_facts() {
    let canned = Canned::new(move |seen| {
        let code = match seen.action {
            Action::GetBucketPolicy | Action::GetBucketPolicyStatus => "NoSuchBucketPolicy",
            Action::GetBucketPublicAccessBlock | Action::GetAccountPublicAccessBlock => {
                "NoSuchPublicAccessBlockConfiguration"
            }
            Action::GetBucketOwnershipControls => "OwnershipControlsNotFoundError",
            Action::GetObjectLockConfiguration => "ObjectLockConfigurationNotFoundError",
            Action::GetBucketLifecycle => "NoSuchLifecycleConfiguration",
            Action::GetBucketEncryption => "ServerSideEncryptionConfigurationNotFoundError",
            Action::GetBucketVersioning => {
                return Some(Reply::new(200, "<VersioningConfiguration/>"));
            }
            Action::GetBucketLogging => return Some(Reply::new(200, "<BucketLoggingStatus/>")),
            _ => return None,
        };
        Some(Reply::s3_error(seen.action, 404, code, "-"))
    });
    let account = collected(&canned).await;
    assert_eq!(gaps(&account), []);
    let bucket = &account.buckets[0];
    assert_eq!(bucket.policy, Observed::Known(None));
    assert_eq!(bucket.policy_is_public, Observed::Known(false));
    assert_eq!(bucket.lifecycle, Observed::Known(Vec::new()));
    assert_eq!(bucket.access_logging, Observed::Known(None));
    assert_eq!(
        account.public_access_block,
        Observed::Known(Default::default())
    );
    assert!(!bucket.versioning.known().unwrap().mfa_delete);
}
