//! `Resource` and `NotResource`.

use super::*;

fn can(resource: &str, target: &str) -> Verdict {
    holding([allow("*", resource)]).may(CAROL, "s3:DeleteObject", target)
}

/// reference_policies_elements_resource.html: "you can't use a wildcard to match across
/// segments" before the resource's own part.
#[test]
fn a_star_crosses_no_colon_between_the_parts_of_an_arn() {
    let trail =
        |pattern: &str| holding([allow("*", pattern)]).may(CAROL, "cloudtrail:StopLogging", TRAIL);
    assert_eq!(
        trail("arn:aws:cloudtrail:*:111122223333:trail/*"),
        "allowed"
    );
    assert_eq!(trail("arn:*:cloudtrail:eu-*:*:trail/main"), "allowed");
    assert_eq!(trail("arn:aws:cloudtrail:*:trail/main:x:y"), "denied");
    assert_eq!(trail("arn:aws:cloudtrail:eu-west-2:*:trail/*"), "denied");
}

/// reference_policies_elements_resource.html: in the last part a wildcard crosses both.
#[test]
fn a_star_crosses_slashes_and_colons_in_the_last_part() {
    assert_eq!(can("arn:aws:s3:::logs/*", OBJECT), "allowed");
    assert_eq!(can("arn:aws:s3:::l*.gz", OBJECT), "allowed");
    assert_eq!(
        can("arn:aws:s3:::logs/*", "arn:aws:s3:::logs/a:b/c"),
        "allowed"
    );
}

/// reference-arns.html (AmazonS3): bucket ARNs have neither Region nor account.
#[test]
fn arns_of_buckets_have_empty_parts() {
    assert_eq!(can("arn:aws:s3:*:*:logs/*", OBJECT), "allowed");
    assert_eq!(can("arn:aws:s3::111122223333:logs/*", OBJECT), "denied");
    assert_eq!(can("arn:aws:s3:?::logs/*", OBJECT), "denied");
}

/// reference_identifiers.html: names of resources are case-sensitive.
#[test]
fn the_name_of_a_resource_is_compared_as_it_is_spelled() {
    assert_eq!(can("arn:aws:s3:::Logs/*", OBJECT), "denied");
}

/// reference-arns.html: GovCloud and China are partitions of their own.
#[test]
fn an_arn_of_another_partition_is_another_resource() {
    let in_china = "arn:aws-cn:s3:::logs/x";
    assert_eq!(can("arn:aws:s3:::logs/*", in_china), "denied");
    assert_eq!(can("arn:aws-cn:s3:::logs/*", in_china), "allowed");
    assert_eq!(
        can("arn:*:s3:::logs/*", "arn:aws-us-gov:s3:::logs/x"),
        "allowed"
    );
}

/// reference-arns.html (AmazonS3): objects and the bucket are two resources.
#[test]
fn a_bucket_is_none_of_its_objects() {
    let bucket =
        |pattern: &str| holding([allow("*", pattern)]).may(CAROL, "s3:PutBucketPolicy", BUCKET);
    assert_eq!(bucket("arn:aws:s3:::logs/*"), "denied");
    assert_eq!(bucket("arn:aws:s3:::logs"), "allowed");
    assert_eq!(bucket("arn:aws:s3:::logs*"), "allowed");
    assert_eq!(can("arn:aws:s3:::logs", OBJECT), "denied");
    assert_eq!(
        can("arn:aws:s3:::logs*", "arn:aws:s3:::logs-of-others/x"),
        "allowed"
    );
}

/// reference_policies_elements_notresource.html: all others, of whatever service.
#[test]
fn not_resource_is_every_other_resource_of_every_service() {
    let but = allow("*", "x")
        .without("Resource")
        .set("NotResource", json!("arn:aws:s3:::logs/*"));
    let lab = holding([but]);
    assert_eq!(lab.may(CAROL, "s3:DeleteObject", OBJECT), "denied");
    assert_eq!(lab.may(CAROL, "s3:PutBucketPolicy", BUCKET), "allowed");
    assert_eq!(lab.may(CAROL, "cloudtrail:StopLogging", TRAIL), "allowed");
    assert_eq!(lab.may(CAROL, "cloudtrail:LookupEvents", "*"), "allowed");
}

/// reference_policies_elements_notresource.html, with Deny.
#[test]
fn not_resource_with_deny_leaves_out_what_it_lists() {
    let but = deny("s3:*", "x").without("Resource").set(
        "NotResource",
        json!(["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"]),
    );
    let lab = holding([allow("*", "*"), but]);
    assert_eq!(lab.may(CAROL, "s3:DeleteObject", OBJECT), "allowed");
    assert_eq!(
        lab.may(CAROL, "s3:DeleteObject", "arn:aws:s3:::other/x"),
        "denied"
    );
}

/// reference_policies_actions-resources-contextkeys.html: "You must specify all resources
/// (\"*\")" for an action without a resource type.
#[test]
fn an_action_without_a_resource_needs_a_star() {
    for action in [
        "cloudtrail:LookupEvents",
        "config:DeleteDeliveryChannel",
        "s3:PutAccountPublicAccessBlock",
    ] {
        let with = |resource: &str| holding([allow("*", resource)]).may(CAROL, action, "*");
        assert_eq!(with("*"), "allowed", "{action}");
        assert_eq!(with("arn:aws:*:*:*:*"), "denied", "{action}");
        assert_eq!(with(TRAIL), "denied", "{action}");
    }
}

/// The same: a Deny on one resource does not hit it, either.
#[test]
fn an_action_without_a_resource_is_not_denied_by_an_arn() {
    let lab = holding([allow("*", "*"), deny("*", "arn:aws:*:*:*:*")]);
    assert_eq!(lab.may(CAROL, "cloudtrail:LookupEvents", "*"), "allowed");
    assert_eq!(lab.may(CAROL, "cloudtrail:StopLogging", TRAIL), "denied");
}

/// access-analyzer-reference-policy-checks.html, "Missing ARN field": what a shorter ARN
/// matches AWS does not say.
#[test]
fn a_short_arn_may_match_and_denies_nothing_for_certain() {
    assert_eq!(can("arn:aws:s3", OBJECT), "allowed");
    let lab = holding([allow("*", "*"), deny("*", "arn:aws:s3")]);
    assert_eq!(lab.may(CAROL, "s3:DeleteObject", OBJECT), "conditional");
    assert_eq!(lab.may(CAROL, "cloudtrail:StopLogging", TRAIL), "allowed");
}

/// access-analyzer-reference-policy-checks.html, "Missing resource".
#[test]
fn a_statement_without_resource_is_refused_by_aws_and_unclear_here() {
    let lab = holding([allow("*", "*"), deny("s3:*", "*").without("Resource")]);
    assert_eq!(lab.may(CAROL, "s3:DeleteObject", OBJECT), "conditional");
    let lab = holding([allow("s3:*", "*").without("Resource")]);
    assert_eq!(lab.may(CAROL, "s3:DeleteObject", OBJECT), "conditional");
}

/// access-analyzer-reference-policy-checks.html, "Empty array resource".
#[test]
fn a_statement_without_resources_says_nothing() {
    let lab = holding([allow("s3:*", "x").set("Resource", json!([]))]);
    assert_eq!(lab.may(CAROL, "s3:DeleteObject", OBJECT), "denied");
}

/// reference_policies_evaluation-logic.html, of every object at once: an Allow of some is
/// enough, a Deny must hit all.
#[test]
fn a_class_is_allowed_in_part_and_denied_as_a_whole() {
    let digests = "arn:aws:s3:::logs/AWSLogs/*/CloudTrail-Digest/*";
    let some = holding([allow("s3:*", digests)]);
    assert_eq!(some.may(CAROL, "s3:DeleteObject", OBJECTS), "allowed");
    let but = holding([allow("s3:*", "*"), deny("s3:*", digests)]);
    let verdict = but.may(CAROL, "s3:DeleteObject", OBJECTS);
    assert_eq!(verdict, "conditional");
    assert_eq!(verdict.depends_on, ["resource"]);
    let none = holding([allow("s3:*", "*"), deny("s3:*", "arn:aws:s3:::logs/*")]);
    assert_eq!(none.may(CAROL, "s3:DeleteObject", OBJECTS), "denied");
}

/// The same: two layers must allow one and the same object.
#[test]
fn two_layers_that_allow_different_parts_of_a_class_allow_nothing_for_certain() {
    let lab = holding([allow("s3:*", "arn:aws:s3:::logs/AWSLogs/a/*")])
        .boundary([allow("s3:*", "arn:aws:s3:::logs/AWSLogs/b/*")]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECTS), "conditional");
    let lab = holding([allow("s3:*", "arn:aws:s3:::logs/AWSLogs/a/*")]).boundary([allow("*", "*")]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECTS), "allowed");
}

/// The same: a class of several buckets goes by the policies of each.
#[test]
fn a_class_of_several_buckets_may_hold_one_that_lets_in() {
    let lab = bucket([allow("s3:*", "arn:aws:s3:::logs/*").to(json!("*"))]);
    assert_eq!(
        lab.may(ANYBODY, "s3:GetObject", "arn:aws:s3:::*"),
        "conditional"
    );
    assert_eq!(lab.may(ANYBODY, "s3:GetObject", "*"), "conditional");
    assert_eq!(
        lab.may(ANYBODY, "s3:GetObject", "arn:aws:s3:::other/*"),
        "denied"
    );
}

/// CWL_IAM (CloudWatch Logs): the ARN of a log stream holds that of its group.
#[test]
fn a_log_stream_goes_by_the_policy_of_its_group() {
    let group = "arn:aws:logs:eu-west-1:111122223333:log-group:trail";
    let grant = allow("logs:PutLogEvents", "*").to(json!({"Service": CLOUDTRAIL}));
    let lab = holding([]).resource(group, policy([grant]));
    for arn in [
        format!("{group}:log-stream:a"),
        format!("{group}:*"),
        group.to_owned(),
    ] {
        assert_eq!(
            lab.may(CLOUDTRAIL, "logs:PutLogEvents", &arn),
            "allowed",
            "{arn}"
        );
    }
    let other = "arn:aws:logs:eu-west-1:111122223333:log-group:trail2:log-stream:a";
    assert_eq!(lab.may(CLOUDTRAIL, "logs:PutLogEvents", other), "denied");
}

/// access-points-policies.html (AmazonS3): "both the access point and the underlying bucket
/// must permit the request".
#[test]
fn through_an_access_point_nothing_is_certain() {
    let object = "arn:aws:s3:eu-west-1:111122223333:accesspoint/team/object/x";
    let lab = holding([]);
    assert_eq!(lab.may(ANYBODY, "s3:GetObject", object), "conditional");
    assert_eq!(
        holding([allow("*", "*")]).may(CAROL, "s3:GetObject", object),
        "conditional"
    );
}

/// access_policies_managed-vs-inline.html: AWS managed policies have `aws` for an account.
#[test]
fn what_aws_holds_for_everybody_is_in_the_account() {
    let lab = holding([allow("iam:Get*", "*")]);
    let shared = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    assert_eq!(lab.may(CAROL, "iam:GetPolicy", shared), "allowed");
}
