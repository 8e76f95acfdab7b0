//! CloudTrail's, Organizations' and STS's operations.

use serde_json::{Value, json};

use super::operation::Operation;
use super::reply::Reply;
use super::request::Request;
use super::served::Served;

/// The reply to a call of a service that is asked by POST.
pub(super) fn answer(served: &Served, operation: Operation, request: &Request) -> Reply<'static> {
    let body: Value = serde_json::from_slice(request.body).unwrap_or_default();
    match operation {
        Operation::DescribeTrails => describe_trails(served, &body, request.region),
        Operation::GetTrailStatus => trail_status(served, &body, request.region),
        Operation::ListPublicKeys => public_keys(served, &body, request.region),
        Operation::DescribeOrganization => organization(served),
        Operation::GetCallerIdentity => identity(served),
        _ => Reply::json_error(400, "UnknownOperationException"),
    }
}

/// The trails that a Region has, or that are asked for by name or, from any Region, by ARN.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html>
fn describe_trails(served: &Served, body: &Value, region: &str) -> Reply<'static> {
    let names = body.get("trailNameList").and_then(Value::as_array);
    let names = names.filter(|names| !names.is_empty());
    let shadows = body.get("includeShadowTrails") != Some(&Value::Bool(false));
    let trails: Vec<&Value> = trails(served)
        .filter(|trail| match names {
            Some(names) if names.contains(arn(trail)) => true,
            Some(names) => names.contains(&trail["Name"]) && is_in(trail, region, shadows),
            None => is_in(trail, region, shadows),
        })
        .collect();
    Reply::json(200, &json!({"trailList": trails}))
}

fn trails(served: &Served) -> impl Iterator<Item = &Value> {
    let trails = served.trails["trailList"].as_array();
    trails.into_iter().flatten()
}

fn arn(trail: &Value) -> &Value {
    &trail["TrailARN"]
}

/// Whether a Region has the trail, or its shadow.
fn is_in(trail: &Value, region: &str, shadows: bool) -> bool {
    let at_home = trail["HomeRegion"] == region;
    at_home || shadows && trail["IsMultiRegionTrail"] == true
}

fn trail_status(served: &Served, body: &Value, region: &str) -> Reply<'static> {
    let name = &body["Name"];
    let found = trails(served)
        .any(|trail| arn(trail) == name || trail["Name"] == *name && is_in(trail, region, true));
    match found {
        true => Reply::json(200, &served.trail_status),
        false => Reply::json_error(400, "TrailNotFoundException"),
    }
}

/// The keys that were valid at some time of the range. Without one, AWS takes the current
/// time; so does nothing here, and all keys are listed.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html>
fn public_keys(served: &Served, body: &Value, region: &str) -> Reply<'static> {
    let time = |name: &str| body.get(name).and_then(Value::as_f64);
    let from = time("StartTime").unwrap_or(f64::MIN);
    let to = time("EndTime").unwrap_or(f64::MAX);
    let skipped = match body.get("NextToken").and_then(Value::as_str) {
        Some(token) => match token.parse::<usize>() {
            Ok(skipped) => skipped,
            Err(_) => return Reply::json_error(400, "InvalidTokenException"),
        },
        None => 0,
    };
    let keys = served.public_keys.get(region).into_iter().flatten();
    let mut keys = keys.filter(|key| {
        let starts = key["ValidityStartTime"].as_f64();
        let ends = key["ValidityEndTime"].as_f64();
        starts.is_none_or(|starts| starts <= to) && ends.is_none_or(|ends| ends >= from)
    });
    let page: Vec<&Value> = (&mut keys)
        .skip(skipped)
        .take(served.keys_per_page)
        .collect();
    let mut answer = json!({"PublicKeyList": page});
    if keys.next().is_some() {
        answer["NextToken"] = (skipped + page.len()).to_string().into();
    }
    Reply::json(200, &answer)
}

fn organization(served: &Served) -> Reply<'static> {
    let Some(id) = &served.organization_id else {
        return Reply::json_error(400, "AWSOrganizationsNotInUseException");
    };
    let account = &served.account;
    Reply::json(
        200,
        &json!({"Organization": {
            "Id": id,
            "Arn": format!("arn:aws:organizations::{account}:organization/{id}"),
            "FeatureSet": "ALL",
            "MasterAccountId": account,
            "MasterAccountArn": format!("arn:aws:organizations::{account}:account/{id}/{account}"),
            "MasterAccountEmail": "management@example.com",
        }}),
    )
}

fn identity(served: &Served) -> Reply<'static> {
    let account = &served.account;
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <GetCallerIdentityResult><Arn>arn:aws:iam::{account}:user/auditor</Arn>\
         <UserId>AIDAEXAMPLEAUDITOR</UserId><Account>{account}</Account>\
         </GetCallerIdentityResult><ResponseMetadata>\
         <RequestId>11111111-2222-3333-4444-555555555555</RequestId></ResponseMetadata>\
         </GetCallerIdentityResponse>"
    );
    Reply::with(200, "text/xml", "", body)
}
