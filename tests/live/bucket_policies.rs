//! Bucket policies, by the dozen: one bucket and one trail for each case of
//! `bucket_policies.json`, in each of three partitions, and one audit of them all.
//!
//! moto's `GetBucketPolicyStatus` takes every statement with a condition, and every one with
//! `NotPrincipal`, for private. Where that is wrong, our own evaluation decides.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::account::Account;
use super::run::{Trailcheck, text};

const CASES: &str = include_str!("bucket_policies.json");

/// Every rule about the policy; a case names the verdicts that are no pass.
const RULES: [&str; 6] = [
    "bucket-not-public",
    "bucket-policy-source-arn",
    "bucket-least-privilege",
    "bucket-legacy-principals",
    "bucket-tls-only",
    "deletion-protection",
];

/// A partition and the one Region of it in which everything is.
const PARTITIONS: [(&str, &str); 3] = [
    ("aws", "us-east-1"),
    ("aws-us-gov", "us-gov-west-1"),
    ("aws-cn", "cn-north-1"),
];

#[test]
fn every_bucket_policy_gets_its_verdict_from_every_rule() {
    let file: Value = serde_json::from_str(CASES).expect("cases in JSON");
    let cases = file["cases"].as_array().expect("cases");
    assert!(cases.len() >= 40, "{} cases", cases.len());
    let mut complaints = Vec::new();
    for (partition, region) in PARTITIONS {
        let account = Account::on_moto_in(partition, region);
        let of_partition = |case: &&Value| case["partition"].as_str().unwrap_or("aws") == partition;
        let here: Vec<&Value> = cases.iter().filter(of_partition).collect();
        assert!(!here.is_empty(), "{partition}");
        for case in &here {
            set_up(&account, partition, region, &file["base"], case);
        }
        let rules = RULES.iter().flat_map(|rule| ["--rule", rule]);
        let args: Vec<&str> = ["--regions", region].into_iter().chain(rules).collect();
        let report = Trailcheck::on(&account)
            .env("AWS_REGION", region)
            .audit(&args);
        let found: BTreeMap<(String, String), &Value> = report
            .findings()
            .iter()
            .map(|finding| ((text(finding, "rule"), text(finding, "resource")), finding))
            .collect();
        for case in here {
            let bucket = format!("arn:{partition}:s3:::{}", bucket(&account, case));
            for rule in RULES {
                let expected = case["expected"][rule].as_str().unwrap_or("pass");
                let finding = found.get(&(rule.to_owned(), bucket.clone()));
                let status = finding.map_or("absent", |finding| {
                    finding["status"].as_str().unwrap_or_default()
                });
                if status != expected {
                    complaints.push(format!(
                        "{} in {partition} ({}): {rule} is {status}, not {expected}: {}",
                        case["name"],
                        case["why"],
                        finding.map_or(&Value::Null, |finding| &finding["message"])
                    ));
                }
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

fn bucket(account: &Account, case: &Value) -> String {
    format!("{}-{}", text(case, "name"), account.id)
}

/// The case's bucket with its policy, and a trail that delivers there.
fn set_up(account: &Account, partition: &str, region: &'static str, base: &Value, case: &Value) {
    let (s3, bucket) = (account.s3_in(region), bucket(account, case));
    let mut create = s3.create_bucket().bucket(&bucket);
    if region != super::account::HOME {
        let place = aws_sdk_s3::types::CreateBucketConfiguration::builder()
            .location_constraint(region.into())
            .build();
        create = create.create_bucket_configuration(place);
    }
    account.wait(create.send()).expect("CreateBucket");
    let rule = aws_sdk_s3::types::OwnershipControlsRule::builder()
        .object_ownership(aws_sdk_s3::types::ObjectOwnership::BucketOwnerEnforced)
        .build()
        .expect("complete");
    let controls = aws_sdk_s3::types::OwnershipControls::builder().rules(rule);
    let owned = s3
        .put_bucket_ownership_controls()
        .bucket(&bucket)
        .ownership_controls(controls.build().expect("complete"));
    account
        .wait(owned.send())
        .expect("PutBucketOwnershipControls");
    let trail = text(case, "name");
    let arn = format!(
        "arn:{partition}:cloudtrail:{region}:{}:trail/{trail}",
        account.id
    );
    let policy = json!({ "Version": "2012-10-17", "Statement": statements(base, case) })
        .to_string()
        .replace("BUCKET", &bucket)
        .replace("TRAIL", &arn)
        .replace("ACCOUNT", &account.id)
        .replace("PARTITION", partition);
    let put = s3.put_bucket_policy().bucket(&bucket).policy(policy);
    account.wait(put.send()).expect("PutBucketPolicy");
    let cloudtrail = account.cloudtrail(region);
    let create = cloudtrail
        .create_trail()
        .name(&trail)
        .s3_bucket_name(&bucket);
    account.wait(create.send()).expect("CreateTrail");
}

/// The statements of every good policy without those that the case leaves out, and its own.
fn statements(base: &Value, case: &Value) -> Vec<Value> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let without = list(&case["without"]);
    let mut statements = list(base);
    statements.retain(|statement| !without.contains(&statement["Sid"]));
    statements.extend(list(&case["add"]));
    statements
}
