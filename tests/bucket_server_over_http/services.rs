//! CloudTrail, Organizations and STS.

use serde_json::{Value, json};

use super::Client;
use crate::bucket_server::{BucketServer, Content, Operation};

const ARN: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/t";

/// The status and the body of a reply of a JSON service in a Region.
fn ask(client: &mut Client, region: &str, target: &str, body: &Value) -> (u16, Value) {
    let headers = format!(
        "X-Amz-Target: {target}\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=ID/20260301/{region}/cloudtrail/aws4_request\r\n"
    );
    let reply = client
        .ask("POST", "/", &headers, &body.to_string())
        .unwrap();
    (reply.status, serde_json::from_slice(&reply.body).unwrap())
}

fn cloudtrail(client: &mut Client, region: &str, operation: &str, body: &Value) -> (u16, Value) {
    // The CLI's target; the SDK for Rust has only its last two parts.
    let target = format!("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.{operation}");
    ask(client, region, &target, body)
}

fn content() -> Content {
    let mut content = Content::new();
    content.trails = json!({"trailList": [
        {"Name": "t", "TrailARN": ARN, "HomeRegion": "eu-west-1", "IsMultiRegionTrail": true},
        {"Name": "single", "TrailARN": "arn:single", "HomeRegion": "eu-west-1"},
    ]});
    content.trail_status = json!({"IsLogging": false});
    let key = |number: u32, from: u32, to: u32| json!({"Fingerprint": number, "ValidityStartTime": f64::from(from), "ValidityEndTime": f64::from(to)});
    let keys = vec![key(1, 0, 100), key(2, 90, 200), key(3, 190, 300)];
    content.public_keys.insert("eu-west-1".to_owned(), keys);
    content
}

fn names(reply: &Value) -> Vec<&str> {
    let trails = reply["trailList"].as_array().unwrap();
    trails
        .iter()
        .map(|trail| trail["Name"].as_str().unwrap())
        .collect()
}

fn fingerprints(reply: &Value) -> Vec<u64> {
    let keys = reply["PublicKeyList"].as_array().unwrap();
    keys.iter()
        .map(|key| key["Fingerprint"].as_u64().unwrap())
        .collect()
}

#[test]
fn a_region_has_its_own_trails_and_the_shadows_of_others() {
    let server = BucketServer::start(content());
    let mut client = Client::of(&server);
    let mut trails =
        |region: &str, body: Value| cloudtrail(&mut client, region, "DescribeTrails", &body).1;
    assert_eq!(names(&trails("eu-west-1", json!({}))), ["t", "single"]);
    assert_eq!(names(&trails("us-east-1", json!({}))), ["t"]);
    let none: [&str; 0] = [];
    assert_eq!(
        names(&trails("us-east-1", json!({"includeShadowTrails": false}))),
        none
    );
    assert_eq!(
        names(&trails(
            "us-east-1",
            json!({"trailNameList": ["arn:single"]})
        )),
        ["single"]
    );
    assert_eq!(
        names(&trails("us-east-1", json!({"trailNameList": ["single"]}))),
        none
    );
}

#[test]
fn the_status_is_of_a_trail_that_is_there() {
    let server = BucketServer::start(content());
    let mut client = Client::of(&server);
    let mut status = |name: &str| {
        let body = json!({"Name": name});
        ask(
            &mut client,
            "us-east-1",
            "CloudTrail_20131101.GetTrailStatus",
            &body,
        )
    };
    assert_eq!(status(ARN), (200, json!({"IsLogging": false})));
    assert_eq!(status("t").0, 200);
    let (code, error) = status("single");
    assert_eq!(
        (code, &error["__type"]),
        (400, &json!("TrailNotFoundException"))
    );
}

#[test]
fn keys_are_of_one_region_and_of_the_time_asked_for() {
    let server = BucketServer::start(content());
    let mut client = Client::of(&server);
    let mut keys = |region: &str, body: Value| {
        fingerprints(&cloudtrail(&mut client, region, "ListPublicKeys", &body).1)
    };
    assert_eq!(keys("eu-west-1", json!({})), [1, 2, 3]);
    assert_eq!(
        keys("eu-west-1", json!({"StartTime": 101, "EndTime": 189.5})),
        [2]
    );
    assert_eq!(
        keys("eu-west-1", json!({"StartTime": 100, "EndTime": 190})),
        [1, 2, 3]
    );
    assert_eq!(keys("us-east-1", json!({})), [0; 0]);
    let asked = server.asked();
    assert_eq!(asked.len(), 4);
    assert_eq!(
        (asked[3].operation, asked[3].region.as_str()),
        (Operation::ListPublicKeys, "us-east-1")
    );
    assert_eq!(asked[3].body, "{}");
}

#[test]
fn keys_come_in_pages() {
    let mut content = content();
    content.keys_per_page = 2;
    let server = BucketServer::start(content);
    let mut client = Client::of(&server);
    let mut page = |body: Value| cloudtrail(&mut client, "eu-west-1", "ListPublicKeys", &body);
    let (_, first) = page(json!({}));
    assert_eq!(fingerprints(&first), [1, 2]);
    let (_, second) = page(json!({"NextToken": first["NextToken"]}));
    assert_eq!(fingerprints(&second), [3]);
    assert_eq!(second.get("NextToken"), None);
    assert_eq!(page(json!({"NextToken": "x"})).0, 400);
}

#[test]
fn the_organization_is_told_only_where_there_is_one() {
    const TARGET: &str = "AWSOrganizationsV20161128.DescribeOrganization";
    let mut content = content();
    content.organization_id = Some("o-abcde12345".to_owned());
    let server = BucketServer::start(content);
    let (_, reply) = ask(&mut Client::of(&server), "us-east-1", TARGET, &json!({}));
    assert_eq!(reply["Organization"]["Id"], "o-abcde12345");
    let server = BucketServer::start(Content::new());
    let (_, reply) = ask(&mut Client::of(&server), "us-east-1", TARGET, &json!({}));
    assert_eq!(reply["__type"], "AWSOrganizationsNotInUseException");
}

#[test]
fn the_caller_is_of_the_account_and_other_operations_are_unknown() {
    let server = BucketServer::start(content());
    let mut client = Client::of(&server);
    let form = "Action=GetCallerIdentity&Version=2011-06-15";
    let reply = client.ask("POST", "/", "", form).unwrap();
    assert_eq!(reply.element("Account"), "111122223333");
    let (status, error) = cloudtrail(&mut client, "eu-west-1", "LookupEvents", &json!({}));
    assert_eq!(
        (status, &error["__type"]),
        (400, &json!("UnknownOperationException"))
    );
    assert_eq!(server.count(Operation::Unknown), 1);
}
