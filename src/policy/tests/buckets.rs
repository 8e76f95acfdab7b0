//! Buckets: access-control-block-public-access.html and create-s3-bucket-policy-for-cloudtrail.html.

use super::*;

fn restricted(statements: impl IntoIterator<Item = Value>) -> Lab {
    let resource = json!({"type": "AWS::S3::Bucket", "arn": BUCKET, "accountId": "111122223333",
        "bucketPolicy": policy(statements).to_string(), "publicAccessBlock": {"RestrictPublicBuckets": true}});
    holding([allow("s3:*", "*")])
        .add("resources", resource)
        .outsider([allow("*", "*")])
}

/// "Access [...] is limited to AWS service principals and authorized users within the bucket
/// owner's account", for all statements of the policy.
#[test]
fn a_restricted_public_bucket_is_closed_to_all_strangers() {
    let lab = restricted([
        allow("s3:GetObject", "arn:aws:s3:::logs/public/*").to(json!("*")),
        allow("s3:*", "*").to(aws(STRANGER)),
        allow("s3:*", "*").to(json!({"Service": CLOUDTRAIL})),
    ]);
    assert_eq!(
        lab.may(ANYBODY, "s3:GetObject", "arn:aws:s3:::logs/public/x"),
        "denied"
    );
    assert_eq!(lab.may(STRANGER, "s3:GetObject", OBJECT), "denied");
    assert_eq!(lab.may(CLOUDTRAIL, "s3:PutObject", OBJECT), "allowed");
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
    assert_eq!(lab.may(ROOT, "s3:GetObject", OBJECT), "allowed");
}

/// The same: a bucket that is not public is not restricted.
#[test]
fn a_restricted_bucket_that_is_not_public_lets_strangers_in() {
    let named = restricted([allow("s3:*", "*").to(aws(STRANGER))]);
    assert_eq!(named.may(STRANGER, "s3:GetObject", OBJECT), "allowed");
    let organization = json!({"StringEquals": {"aws:PrincipalOrgID": "o-other"}});
    let fixed = restricted([
        allow("s3:*", "*").to(json!("*")).when(organization),
        allow("s3:*", "*").to(aws(STRANGER)),
    ]);
    assert_eq!(fixed.may(STRANGER, "s3:GetObject", OBJECT), "allowed");
}

/// The same, "The meaning of public": a Deny makes nothing less public.
#[test]
fn a_deny_makes_no_bucket_less_public() {
    let lab = restricted([
        allow("s3:*", "*").to(json!("*")),
        deny("s3:GetObject", "*")
            .to(json!("*"))
            .when(json!({"Bool": {"aws:SecureTransport": "false"}})),
        allow("s3:*", "*").to(aws(STRANGER)),
    ]);
    assert_eq!(lab.may(STRANGER, "s3:PutObject", OBJECT), "denied");
}

/// The same: network conditions are fixed values, and still let in who has no credentials.
#[test]
fn a_bucket_open_to_an_endpoint_is_not_public_and_not_private() {
    let endpoint = json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}});
    let lab = restricted([allow("s3:*", "*").to(json!("*")).when(endpoint)]);
    let verdict = lab.may(ANYBODY, "s3:GetObject", OBJECT);
    assert_eq!(verdict.depends_on, ["aws:SourceVpce"]);
    assert_eq!(verdict.witness, json!({"aws:SourceVpce": ["vpce-1"]}));
}

/// As GetPublicAccessBlock answers.
#[test]
fn the_public_access_block_may_come_wrapped() {
    let block = json!({"PublicAccessBlockConfiguration": {"RestrictPublicBuckets": true, "BlockPublicAcls": null}});
    let resource = json!({"arn": BUCKET, "bucketPolicy": policy([allow("s3:*", "*").to(json!("*"))]), "publicAccessBlock": block});
    assert_eq!(
        lab()
            .add("resources", resource)
            .may(ANYBODY, "s3:GetObject", OBJECT),
        "denied"
    );
}

fn delivery(condition: Value) -> Value {
    allow("s3:PutObject", "arn:aws:s3:::logs/AWSLogs/111122223333/*")
        .to(json!({"Service": CLOUDTRAIL}))
        .when(condition)
}

/// create-s3-bucket-policy-for-cloudtrail.html: "the aws:SourceArn condition key".
#[test]
fn delivery_hangs_on_the_trail_that_asks() {
    let lab = bucket([delivery(json!({"StringEquals": {"aws:SourceArn": TRAIL}}))]);
    let verdict = lab.may(CLOUDTRAIL, "s3:PutObject", OBJECT);
    assert_eq!(verdict.depends_on, ["aws:SourceArn"]);
    assert_eq!(verdict.witness["aws:SourceArn"], json!([TRAIL]));
    assert_eq!(
        lab.may_with(
            CLOUDTRAIL,
            "s3:PutObject",
            OBJECT,
            json!({"aws:SourceArn": TRAIL})
        ),
        "allowed"
    );
    let other = json!({"aws:SourceArn": "arn:aws:cloudtrail:eu-west-1:444455556666:trail/main"});
    assert_eq!(
        lab.may_with(CLOUDTRAIL, "s3:PutObject", OBJECT, other),
        "denied"
    );
}

/// reference_policies_condition-keys.html: the account is that of the ARN.
#[test]
fn the_source_account_is_that_of_the_source_arn() {
    let any_trail = json!({"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:*:trail/*"},
        "StringEquals": {"aws:SourceAccount": "111122223333"}});
    let verdict = bucket([delivery(any_trail)]).may(CLOUDTRAIL, "s3:PutObject", OBJECT);
    assert_eq!(verdict, "conditional");
    let contradiction = json!({"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:444455556666:trail/*"},
        "StringEquals": {"aws:SourceAccount": "111122223333"}});
    let verdict = bucket([delivery(contradiction)]).may(CLOUDTRAIL, "s3:PutObject", OBJECT);
    assert_eq!(verdict, "denied");
    let govcloud = json!({"ArnLike": {"aws:SourceArn": "arn:aws-us-gov:cloudtrail:*:*:trail/*"},
        "StringEquals": {"aws:SourceAccount": "111122223333"}});
    assert_eq!(
        bucket([delivery(govcloud)]).may(CLOUDTRAIL, "s3:PutObject", OBJECT),
        "conditional"
    );
}

/// The same, aws:SourceOrgID: an account of the organization is in it.
#[test]
fn the_source_organization_is_that_of_the_source_account() {
    let both = |organization: &str| {
        let condition = json!({"StringEquals": {"aws:SourceOrgID": organization, "aws:SourceAccount": "111122223333"}});
        bucket([delivery(condition)]).may(CLOUDTRAIL, "s3:PutObject", OBJECT)
    };
    assert_eq!(both("o-example"), "conditional");
    assert_eq!(both("o-other"), "denied");
}

/// What a question fixes need not go together; then it is denied or allowed all the same.
#[test]
fn keys_that_do_not_go_together_are_no_reason_to_allow() {
    let condition = json!({"StringEquals": {"aws:SourceOrgID": "o-example"}});
    let lab = bucket([delivery(condition)]);
    let odd = json!({"aws:SourceArn": TRAIL, "aws:SourceAccount": "444455556666"});
    assert_eq!(
        lab.ask("may", CLOUDTRAIL, "s3:PutObject", OBJECT, odd),
        "conditional"
    );
    let either = [
        deny("s3:*", "*")
            .to(json!("*"))
            .when(json!({"StringEquals": {"aws:SourceOrgID": "o-example"}})),
        deny("s3:*", "*")
            .to(json!("*"))
            .when(json!({"StringNotEquals": {"aws:SourceOrgID": "o-example"}})),
    ];
    let lab = bucket([delivery(json!({}))].into_iter().chain(either));
    let odd = json!({"aws:SourceArn": TRAIL, "aws:SourceAccount": "444455556666"});
    assert_eq!(
        lab.may_with(CLOUDTRAIL, "s3:PutObject", OBJECT, odd),
        "denied"
    );
    let never = json!({"DateLessThan": {"aws:CurrentTime": "never"}});
    let lab = holding([allow("*", "*").when(never)]);
    assert_eq!(lab.unclear(CAROL, "s3:GetObject", OBJECT), "conditional");
}

/// Services call over TLS and from no network of a customer's.
#[test]
fn conditions_on_the_network_hit_services_as_absence_does() {
    let tls = deny("s3:*", "*")
        .to(json!("*"))
        .when(json!({"Bool": {"aws:SecureTransport": "false"}}));
    let open = allow("s3:PutObject", "arn:aws:s3:::logs/*").to(json!({"Service": CLOUDTRAIL}));
    assert_eq!(
        bucket([open.clone(), tls]).may(CLOUDTRAIL, "s3:PutObject", OBJECT),
        "allowed"
    );
    let range = deny("s3:*", "*")
        .to(json!("*"))
        .when(json!({"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}));
    assert_eq!(
        bucket([open.clone(), range]).may(CLOUDTRAIL, "s3:PutObject", OBJECT),
        "denied"
    );
    let endpoint = deny("s3:*", "*")
        .to(json!("*"))
        .when(json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}));
    assert_eq!(
        bucket([open.clone(), endpoint]).may(CLOUDTRAIL, "s3:PutObject", OBJECT),
        "denied"
    );
    let people = deny("s3:*", "*").to(json!("*")).when(json!({
        "StringNotEquals": {"aws:SourceVpce": "vpce-1"}, "Bool": {"aws:PrincipalIsAWSService": "false"}}));
    assert_eq!(
        bucket([open, people]).may(CLOUDTRAIL, "s3:PutObject", OBJECT),
        "allowed"
    );
}

/// reference_policies_condition-keys.html, aws:SourceArn: only services bring it.
#[test]
fn no_person_has_a_source_arn() {
    let lab = bucket([allow("s3:*", "*")
        .to(json!("*"))
        .when(json!({"StringEquals": {"aws:SourceArn": TRAIL}}))]);
    for who in [CAROL, SESSION, ANYBODY] {
        assert_eq!(lab.may(who, "s3:PutObject", OBJECT), "denied", "{who}");
    }
    assert_eq!(lab.may(CLOUDTRAIL, "s3:PutObject", OBJECT), "conditional");
}

/// bucket-policy-s3-access... the owner of the bucket is who it is: no restriction at all.
#[test]
fn the_account_of_the_resource_restricts_nobody() {
    let lab = bucket([allow("s3:*", "*").to(json!("*")).when(json!({"StringEquals": {
        "aws:ResourceAccount": "111122223333", "s3:ResourceAccount": "111122223333", "aws:ResourceOrgID": "o-example"}}))]);
    assert_eq!(lab.may(ANYBODY, "s3:GetObject", OBJECT), "allowed");
}

/// The caller writes them as he likes: reference_policies_condition-keys.html, aws:Referer.
#[test]
fn what_the_caller_writes_keeps_nobody_out() {
    for (key, value) in [
        ("aws:Referer", "https://example.com/"),
        ("aws:UserAgent", "us"),
        ("s3:x-amz-acl", "bucket-owner-full-control"),
    ] {
        let lab = bucket([allow("s3:*", "*")
            .to(json!("*"))
            .when(json!({"StringEquals": {key: value}}))]);
        let verdict = lab.may(ANYBODY, "s3:PutObject", OBJECT);
        assert_eq!(verdict.depends_on, [key]);
        assert_eq!(verdict.witness[key], json!([value]));
    }
}
