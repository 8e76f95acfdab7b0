//! Accounts that no server can hold, in replies made from AWS's documentation.

use serde_json::json;

use super::account::Account;
use super::relay::{Documented, Relay};
use super::run::{Trailcheck, text};

/// An organization trail belongs to the management account. A member sees it, and may be
/// told that it does not exist, or nothing, when it asks for more.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html>
#[test]
fn an_organization_trail_seen_from_a_member_by_documented_replies_is_kept_and_never_called_stopped()
{
    let account = Account::on_moto();
    let arn = "arn:aws:cloudtrail:us-east-1:999988887777:trail/organization";
    let trail = json!({ "trailList": [{
        "Name": "organization", "S3BucketName": "logs-of-another-account",
        "IncludeGlobalServiceEvents": true, "IsMultiRegionTrail": true,
        "HomeRegion": "us-east-1", "TrailARN": arn, "LogFileValidationEnabled": true,
        "HasCustomEventSelectors": false, "HasInsightSelectors": false,
        "IsOrganizationTrail": true }] });
    let relay = Relay::start(
        Some(account.port()),
        vec![
            Documented::json(&["DescribeTrails"], trail.to_string()),
            refusal(&["GetTrailStatus"], "TrailNotFoundException"),
            refusal(&["GetEventSelectors"], "TrailNotFoundException"),
            refusal(&["GetInsightSelectors"], "TrailNotFoundException"),
            Documented {
                to: &["/logs-of-another-account"],
                status: "403 Forbidden",
                content_type: "application/xml",
                header: "x-amz-bucket-region: us-east-1\r\n",
                body: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
                    <Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
                    .to_owned(),
            },
        ],
    );
    let report = Trailcheck::through(&relay.url(), &account).audit(&[
        "--regions",
        "us-east-1,eu-west-1",
        "--skip-rule",
        // The trail has no log group, and nobody else would be told of tampering.
        "root-mfa,alarm-trail-tampering",
    ]);
    let status = |rule| text(report.the(rule), "status");
    assert_eq!(status("trail-exists"), "pass");
    assert_eq!(status("log-file-validation"), "pass");
    assert_eq!(text(report.the("log-file-validation"), "resource"), arn);
    for rule in [
        "trail-logging",
        "multi-region-trail",
        "management-events",
        "bucket-versioning",
        "bucket-block-public-access",
        "bucket-not-public",
    ] {
        assert_eq!(status(rule), "unknown", "{:#}", report.the(rule));
    }
    // A 403 that tells the Region proves that the bucket is there, and nothing else.
    assert_eq!(status("log-bucket-exists"), "pass");
    assert_eq!((report.code, report.outcome()), (Some(3), "incomplete"));
}

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
#[test]
fn the_partition_is_the_callers_by_a_documented_reply_from_govcloud() {
    let account = Account::on_moto();
    let identity = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <GetCallerIdentityResult><Arn>arn:aws-us-gov:iam::{id}:user/Alice</Arn>\
         <UserId>AIDACKCEVSQ6C2EXAMPLE</UserId><Account>{id}</Account>\
         </GetCallerIdentityResult><ResponseMetadata>\
         <RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata>\
         </GetCallerIdentityResponse>",
        id = account.id
    );
    let relay = Relay::start(
        Some(account.port()),
        vec![Documented::xml(&["Action=GetCallerIdentity"], identity)],
    );
    let report = Trailcheck::through(&relay.url(), &account)
        .env("AWS_REGION", "us-gov-west-1")
        .audit(&["--rule", "trail-exists,region-coverage"]);
    assert_eq!(report.json["scope"]["partition"], "aws-us-gov");
    let root = format!("arn:aws-us-gov:iam::{}:root", account.id);
    for finding in report.findings() {
        assert_eq!(text(finding, "resource"), root);
    }
    // Without ListRegions: the Regions of that partition, and of no other.
    let regions = json!(["us-gov-east-1", "us-gov-west-1"]);
    assert_eq!(report.json["scope"]["regions"], regions);
}

fn refusal(to: &'static [&'static str], code: &str) -> Documented {
    Documented {
        to,
        status: "400 Bad Request",
        content_type: "application/x-amz-json-1.1",
        header: "",
        body: json!({ "__type": code, "message": "Unknown trail" }).to_string(),
    }
}
