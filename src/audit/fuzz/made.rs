//! Selectors, a bucket policy and lifecycle rules, put together from words that mean
//! something to the rules, so that every one of them is weighed.

use arbtest::arbitrary::{Result, Unstructured};
use serde_json::{Value, json};

/// Puts them in the place of those of the account's first trail and bucket.
pub(super) fn over(account: &mut Value, random: &mut Unstructured<'_>) -> Result<()> {
    let trail = &mut account["trails"][0];
    trail["selectors"] = json!({ "known": selectors(random)? });
    trail["organization"] = json!({ "known": random.ratio(1, 2)? });
    trail["key_prefix"] = json!(random.choose(&[None, None, None, Some("a"), Some("*?")])?);
    let bucket = &mut account["buckets"][0];
    bucket["object_lock"] = json!({ "known": null });
    bucket["versioning"]["known"]["mfa_delete"] = json!(random.ratio(1, 8)?);
    let statements = many(random, 4, statement)?;
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    bucket["policy"] = json!({ "known": policy.to_string() });
    bucket["lifecycle"] = json!({ "known": many(random, 4, lifecycle_rule)? });
    Ok(())
}

fn many<T>(
    random: &mut Unstructured<'_>,
    most: usize,
    one: fn(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let count = random.int_in_range(0..=most)?;
    (0..count).map(|_| one(random)).collect()
}

fn selectors(random: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match random.ratio(1, 3)? {
        true => json!({ "basic": many(random, 3, basic)? }),
        false => json!({ "advanced": many(random, 3, advanced)? }),
    })
}

fn basic(random: &mut Unstructured<'_>) -> Result<Value> {
    Ok(json!({
        "read_write": random.choose(&["All", "ReadOnly", "WriteOnly"])?,
        "management_events": random.ratio(1, 2)?,
        "excluded_sources": many(random, 2, value)?,
        "data_resources": many(random, 2, |random| {
            Ok(json!({ "type": value(random)?, "values": many(random, 3, value)? }))
        })?,
    }))
}

fn advanced(random: &mut Unstructured<'_>) -> Result<Value> {
    // Without a category the rest of a selector hardly matters.
    let category = random.choose(&["Management", "Data", "Data", ""])?;
    let mut fields = vec![json!({ "field": "eventCategory", "equals": [category] })];
    if *category == "Data" {
        let kind = random.choose(&["AWS::S3::Object", "AWS::Lambda::Function"])?;
        fields.push(json!({ "field": "resources.type", "equals": [kind] }));
    }
    fields.extend(many(random, 4, field)?);
    Ok(json!({ "name": value(random)?, "fields": fields }))
}

fn field(random: &mut Unstructured<'_>) -> Result<Value> {
    let mut field = json!({ "field": random.choose(FIELDS)? });
    for _ in 0..random.int_in_range(0..=2)? {
        field[*random.choose(OPERATORS)?] = json!(many(random, 3, value)?);
    }
    Ok(field)
}

fn value(random: &mut Unstructured<'_>) -> Result<&'static str> {
    random.choose(VALUES).copied()
}

/// Mostly one that denies everybody the deletion of something: others decide nothing.
fn statement(random: &mut Unstructured<'_>) -> Result<Value> {
    let mut statement = json!({
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:Delete*",
        "Resource": many(random, 3, |random| random.choose(RESOURCES).copied())?,
    });
    match random.int_in_range(0..=19)? {
        0 => statement["Condition"] = json!({ "Bool": { "aws:SecureTransport": "false" } }),
        1 => statement["Sid"] = json!("\u{1b}[2J"),
        2 => statement["Extra"] = json!(1),
        3 => statement["Effect"] = json!(random.choose(&["Allow", "deny"])?),
        4 => statement["Principal"] = json!({ "AWS": ["1", "*"] }),
        5 => statement["Principal"] = json!({ "AWS": "1" }),
        6 => turn_round(&mut statement, "Principal", "NotPrincipal"),
        7 => turn_round(&mut statement, "Action", "NotAction"),
        8 | 9 => turn_round(&mut statement, "Resource", "NotResource"),
        10..=12 => {
            let actions = many(random, 3, |random| random.choose(ACTIONS).copied())?;
            statement["Action"] = json!(actions);
        }
        _ => {}
    }
    Ok(statement)
}

fn turn_round(statement: &mut Value, these: &str, all_but: &str) {
    statement[all_but] = statement[these].take();
    if let Some(elements) = statement.as_object_mut() {
        elements.remove(these);
    }
}

fn lifecycle_rule(random: &mut Unstructured<'_>) -> Result<Value> {
    let sizes = [
        None,
        Some(0),
        Some(-1),
        Some(10),
        Some(i64::MAX),
        Some(i64::MIN),
    ];
    let days = [None, Some(0), Some(1), Some(365), Some(u32::MAX)];
    let expiration = [
        Value::Null,
        json!({ "days": random.choose(&days)?.unwrap_or(30) }),
        json!({ "date": "2026-11-22T12:00:00Z" }),
        json!({ "date": "-009999-01-02T01:59:59Z" }),
        json!({ "date": "9999-12-30T22:00:00.999999999Z" }),
        json!("delete-markers-only"),
    ];
    Ok(json!({
        "id": random.choose(&[None, Some("a"), Some("\u{202e}")])?,
        "enabled": random.ratio(7, 8)?,
        "filter": {
            "prefix": random.choose(PREFIXES)?,
            "larger_than": random.choose(&sizes)?,
            "smaller_than": random.choose(&sizes)?,
            "tags": [],
        },
        "expiration": random.choose(&expiration)?,
        "noncurrent_expiration_days": random.choose(&days)?,
        "newer_noncurrent_versions": random.choose(&days)?,
    }))
}

const FIELDS: &[&str] = &[
    "eventCategory",
    "eventName",
    "eventSource",
    "eventType",
    "readOnly",
    "resources.ARN",
    "resources.type",
    "sessionCredentialFromConsole",
    "userIdentity.arn",
    "no such field",
];

const OPERATORS: &[&str] = &[
    "equals",
    "not_equals",
    "starts_with",
    "not_starts_with",
    "ends_with",
    "not_ends_with",
];

const VALUES: &[&str] = &[
    "",
    "*",
    "a",
    "true",
    "false",
    "Management",
    "Data",
    "GetObject",
    "Put",
    "kms.amazonaws.com",
    "rdsdata.amazonaws.com",
    "s3.amazonaws.com",
    "AWS::S3::Object",
    "AWS::Lambda::Function",
    "arn:aws:s3",
    "arn:aws:s3:::",
    "arn:aws:s3:::example-trail-logs/",
    "arn:aws:lambda",
    "\u{e000}",
    "\u{1b}[2J監",
];

const ACTIONS: &[&str] = &[
    "*",
    "s3:*",
    "S3:Delete*",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:?eleteObject*",
    "*:*",
    "s3:Get*",
    "",
];

const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::example-trail-logs/*",
    "arn:aws:s3:::example-trail-logs/AWSLogs/*",
    "arn:aws:s3:::example-trail-logs/AWSLogs/111122223333/CloudTrail*",
    "arn:aws:s3:::example-trail-logs/*/CloudTrail-Digest/*",
    "arn:aws:s3:::example-trail-logs/AWSLogs/o-a1b2c3d4e5/*",
    "arn:aws:s3:::example-trail-logs/a/AWSLogs/*",
    "arn:*:s3:::ex?mple-trail-logs*",
    "arn:aws:s3:::example-trail-logs/${aws:username}*",
    "arn:aws:s3:::other/*",
    "",
];

const PREFIXES: &[Option<&str>] = &[
    None,
    Some(""),
    Some("AWS"),
    Some("AWSLogs/111122223333/CloudTrail"),
    Some("AWSLogs/111122223333/CloudTrail/"),
    Some("AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2020/"),
    Some("AWSLogs/o-a1b2c3d4e5/"),
    Some("AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail-Digest/"),
    Some("a/AWSLogs/"),
    Some("*"),
    Some("監/\u{1b}"),
];
