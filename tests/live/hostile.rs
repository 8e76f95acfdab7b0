//! Names and settings that a stranger chose to do harm, as a server holds them or sends
//! them: shown safely, weighed to their end, and never the end of a run.

use std::fs;

use aws_sdk_s3::types as s3;
use serde_json::{Value, json};

use super::accounts::TWO_REGIONS;
use super::good::Good;
use super::relay::{Documented, Relay};
use super::run::{Report, Trailcheck, text};

/// A formula, markup, an escape sequence, bidi marks, a line break and letters.
const PAYLOAD: &str = "=cmd()|' /C calc'!A0<script>alert(1)</script>\u{1b}[2J\u{202e}\r\né監";

/// [`PAYLOAD`] without the characters that XML cannot hold.
const IN_XML: &str = "=cmd()|' /C calc'!A0<script>alert(1)</script>\u{9b}31m\u{202e}é監";

/// Audits in every format at once, and asserts that none of them would make a terminal do
/// anything. Gives the JSON report.
fn audit(endpoint: &str, good: &Good) -> Report {
    let run = Trailcheck::through(endpoint, &good.account)
        .env("LC_ALL", "C.UTF-8")
        .args(["audit", "--log", "trace", "--verbose", "--details"])
        .args(["--report", "json=r.json", "--report", "sarif=r.sarif"])
        .args(["--sarif-profile", "full"])
        .args(TWO_REGIONS);
    let files = ["r.json", "r.sarif"].map(|name| run.home().join(name));
    let mut run = run.run();
    assert!(matches!(run.code, Some(1 | 3)), "{run:?}");
    let read = |path| fs::read_to_string(path).expect("a report");
    let [json, sarif] = files.map(read);
    for said in [&run.stdout, &run.stderr, &json, &sarif] {
        let acts = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}');
        assert!(!said.contains(acts), "{said:?}");
    }
    run.stdout = json;
    Report::of(&run)
}

#[test]
fn a_policy_of_ten_thousand_statements_with_hostile_names_is_weighed_to_its_last() {
    let good = Good::on_moto();
    good.object_lock(s3::ObjectLockRetentionMode::Governance);
    let statement = |sid: String, resource: String| {
        json!({ "Sid": sid, "Effect": "Deny", "Principal": "*", "Resource": resource,
            "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"] })
    };
    let bucket = format!("arn:aws:s3:::{}", good.bucket());
    // Longer ones are offline: this moto has other tests to serve.
    let stars = "*a".repeat(20);
    let mut statements: Vec<_> = (0..10_000)
        .map(|at| statement(format!("{at}"), format!("{bucket}/{stars}{at}/*")))
        .collect();
    good.policy(&statements);
    let report = audit(&good.account.endpoint(), &good);
    assert_eq!(text(report.the("deletion-protection"), "status"), "fail");
    statements.push(statement(PAYLOAD.to_owned(), format!("{bucket}/*")));
    good.policy(&statements);
    let report = audit(&good.account.endpoint(), &good);
    let finding = report.the("deletion-protection");
    assert_eq!(text(finding, "status"), "pass", "{finding:#}");
    assert!(text(finding, "message").contains(PAYLOAD), "{finding:#}");
}

#[test]
fn a_lifecycle_rule_and_an_account_with_hostile_names_are_shown_safely() {
    let good = Good::on_moto();
    let iam = good.account.iam();
    let call = iam.create_account_alias().account_alias(IN_XML);
    good.account.wait(call.send()).expect("CreateAccountAlias");
    let rule = s3::LifecycleRule::builder()
        .id(IN_XML)
        .status(s3::ExpirationStatus::Enabled)
        .filter(s3::LifecycleRuleFilter::builder().prefix("").build())
        .expiration(s3::LifecycleExpiration::builder().days(1).build())
        .build()
        .expect("complete");
    let rules = s3::BucketLifecycleConfiguration::builder().rules(rule);
    let s3 = good.account.s3();
    let call = s3
        .put_bucket_lifecycle_configuration()
        .bucket(good.bucket())
        .lifecycle_configuration(rules.build().expect("complete"));
    good.account
        .wait(call.send())
        .expect("PutBucketLifecycleConfiguration");
    let report = audit(&good.account.endpoint(), &good);
    let finding = report.the("log-retention");
    assert!(text(finding, "message").contains(IN_XML), "{finding:#}");
    assert_eq!(report.json["scope"]["accounts"][0]["alias"], IN_XML);
}

/// No server would hold such a trail.
#[test]
fn a_trail_and_an_error_with_hostile_names_by_documented_replies_are_shown_safely() {
    let good = Good::on_moto();
    let arn = format!("arn:aws:cloudtrail:us-east-1:123456789012:trail/{PAYLOAD}");
    let trail = json!({ "trailList": [{
        "Name": PAYLOAD, "S3BucketName": good.bucket(), "S3KeyPrefix": PAYLOAD,
        "IncludeGlobalServiceEvents": true, "IsMultiRegionTrail": true,
        "HomeRegion": "us-east-1", "TrailARN": arn, "LogFileValidationEnabled": false,
        "HasCustomEventSelectors": false, "HasInsightSelectors": false,
        "IsOrganizationTrail": false }] });
    let refusal = Documented {
        to: &["GetTrailStatus"],
        status: "400 Bad Request",
        content_type: "application/x-amz-json-1.1",
        header: "",
        body: json!({ "__type": "AccessDeniedException", "message": PAYLOAD }).to_string(),
    };
    let replies = vec![
        Documented::json(&["DescribeTrails"], trail.to_string()),
        refusal,
    ];
    let relay = Relay::start(Some(good.account.port()), replies);
    let report = audit(&relay.url(), &good);
    let finding = report.the("log-file-validation");
    assert_eq!(text(finding, "status"), "fail", "{finding:#}");
    assert_eq!(text(finding, "resource"), arn);
    let gap = &report.the("trail-logging")["gap"];
    assert!(text(gap, "detail").contains(PAYLOAD), "{gap:#}");
}

#[test]
fn replies_nested_a_hundred_thousand_levels_deep_are_gaps_or_ignored_and_never_a_crash() {
    let good = Good::on_moto();
    let deep = |open: &str, close: &str| {
        let (open, close) = (open.repeat(100_000), close.repeat(100_000));
        format!("{open}1{close}")
    };
    for nested in [deep("[", "]"), deep("{\"a\":", "}")] {
        let body = format!("{{\"Extra\": {nested}, \"trailList\": []}}");
        let replies = vec![
            Documented::json(&["DescribeTrails"], body),
            Documented::json(&["POST /listRegions"], nested.clone()),
        ];
        let relay = Relay::start(Some(good.account.port()), replies);
        let report = audit(&relay.url(), &good);
        let finding = report.the("trail-exists");
        assert_ne!(text(finding, "status"), "pass", "{finding:#}");
    }
    let replies = vec![
        Documented::xml(&["/logs-", "?acl"], deep("<a>", "</a>")),
        Documented::xml(
            &["/logs-", "?lifecycle"],
            format!(
                "<LifecycleConfiguration>{}</LifecycleConfiguration>",
                deep("<a>", "</a>")
            ),
        ),
        Documented::xml(&["/logs-", "?policy "], deep("[", "]")),
        Documented::xml(&["Action=GetAccountSummary"], deep("<entry>", "</entry>")),
    ];
    let relay = Relay::start(Some(good.account.port()), replies);
    let report = audit(&relay.url(), &good);
    for rule in ["log-retention", "root-mfa"] {
        let finding = report.the(rule);
        assert_eq!(text(finding, "status"), "unknown", "{finding:#}");
    }
}

/// What a snapshot says where these replies come, in two Regions.
fn snapshot(good: &Good, replies: Vec<Documented>) -> Value {
    let relay = Relay::start(Some(good.account.port()), replies);
    let run = Trailcheck::through(&relay.url(), &good.account)
        .args(["snapshot", "--quiet", "--output", "-"])
        .args(TWO_REGIONS)
        .run()
        .exits(0);
    let mut snapshot: Value = serde_json::from_str(&run.stdout).expect("a snapshot in JSON");
    snapshot["accounts"][0].take()
}

/// No server would hold such names, nor a document in half an encoding.
#[test]
fn identities_with_hostile_names_and_documents_by_documented_replies_are_kept_to_the_letter() {
    let good = Good::on_moto();
    let escaped = IN_XML.replace('<', "&lt;").replace('>', "&gt;");
    let arn = "arn:aws:iam::123456789012:role/";
    let role = |name: &str, document: &str| {
        format!(
            "<member><RoleName>{name}</RoleName><RoleId>AROA</RoleId><Arn>{arn}{name}</Arn>\
             <AssumeRolePolicyDocument>{document}</AssumeRolePolicyDocument></member>"
        )
    };
    let half = "%7B%22Statement%22%3A%5B%FF";
    let roles = role(&escaped, &escaped) + &role("half", half) + &role("none", "");
    let body = format!(
        "<GetAccountAuthorizationDetailsResponse><GetAccountAuthorizationDetailsResult>\
         <IsTruncated>false</IsTruncated><RoleDetailList>{roles}</RoleDetailList>\
         </GetAccountAuthorizationDetailsResult></GetAccountAuthorizationDetailsResponse>"
    );
    let reply = Documented::xml(&["Action=GetAccountAuthorizationDetails"], body);
    let seen = snapshot(&good, vec![reply]);
    let roles = &seen["identities"]["known"]["roles"];
    let trust = |at: usize| text(&roles[at], "trust");
    assert_eq!(text(&roles[0], "name"), IN_XML);
    assert_eq!([trust(0), trust(1), trust(2)], [IN_XML, half, ""]);
}

#[test]
fn replies_about_who_can_act_nested_a_hundred_thousand_levels_deep_are_gaps_and_never_a_crash() {
    let good = Good::on_moto();
    let deep = |open: &str, close: &str| {
        let (open, close) = (open.repeat(100_000), close.repeat(100_000));
        format!("{open}1{close}")
    };
    let xml = |to, root: &str| {
        let nested = deep("<a>", "</a>");
        Documented::xml(to, format!("<{root}>{nested}</{root}>"))
    };
    let json = |to| Documented::json(to, deep("{\"a\":", "}"));
    let seen = snapshot(
        &good,
        vec![
            xml(
                &["Action=GetAccountAuthorizationDetails"],
                "GetAccountAuthorizationDetailsResponse",
            ),
            xml(&["Action=GetTopicAttributes"], "GetTopicAttributesResponse"),
            xml(
                &["/logs-", "?requestPayment"],
                "RequestPaymentConfiguration",
            ),
            json(&["V20161128.DescribeOrganization"]),
            json(&["V20161128.ListParents"]),
            json(&["TrentService.ListGrants"]),
            json(&["Logs_20140328.DescribeResourcePolicies"]),
        ],
    );
    for fact in [
        &seen["identities"],
        &seen["topics"][0]["attributes"],
        &seen["buckets"][0]["requester_pays"],
        &seen["organization"],
        &seen["service_control_policies"],
        &seen["keys"][0]["grants"],
        &seen["log_groups"][0]["resource_policies"],
    ] {
        assert_eq!(fact["gap"]["kind"], "malformed", "{fact:#}");
    }
}
