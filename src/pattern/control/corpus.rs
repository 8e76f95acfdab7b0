//! Ordinary events: what a pattern must not match all of.

use serde_json::{Value, json};

use super::Sample;
use super::record::{Draft, ELSEWHERE, Setting, Who};
use super::sign_in::console_login;

/// Reads of many services.
const READS: &[(&str, &str)] = &[
    ("ec2", "DescribeInstances"),
    ("ec2", "DescribeSecurityGroups"),
    ("s3", "ListBuckets"),
    ("s3", "GetBucketPolicy"),
    ("iam", "ListUsers"),
    ("iam", "GetPolicyVersion"),
    ("kms", "Decrypt"),
    ("kms", "ListKeys"),
    ("cloudtrail", "DescribeTrails"),
    ("cloudtrail", "LookupEvents"),
    ("config", "DescribeConfigurationRecorders"),
    ("logs", "DescribeLogGroups"),
    ("monitoring", "DescribeAlarms"),
    ("organizations", "DescribeOrganization"),
    ("sts", "GetCallerIdentity"),
    ("rds", "DescribeDBInstances"),
];

/// Changes of many services, none of which a control asks for.
const WRITES: &[(&str, &str)] = &[
    ("ec2", "RunInstances"),
    ("ec2", "StopInstances"),
    ("ec2", "CreateTags"),
    ("s3", "CreateBucket"),
    ("s3", "PutBucketTagging"),
    ("iam", "CreateRole"),
    ("iam", "TagUser"),
    ("kms", "CreateAlias"),
    ("cloudtrail", "AddTags"),
    ("config", "PutConfigRule"),
    ("logs", "CreateLogStream"),
    ("lambda", "UpdateFunctionCode20150331v2"),
    ("dynamodb", "CreateTable"),
    ("sns", "CreateTopic"),
    ("organizations", "TagResource"),
    ("ssm", "StartSession"),
];

pub(super) fn samples(setting: &Setting<'_>) -> Vec<Sample> {
    let call = |who| move |(source, name): &(&str, &str)| Draft::call(setting, source, name, who);
    let mut drafts: Vec<Draft> = READS.iter().map(call(Who::User)).map(Draft::read).collect();
    drafts.extend(READS.iter().map(call(Who::Role)).map(|draft| {
        draft
            .region(ELSEWHERE)
            .with("sourceIPAddress", json!("2001:db8::7"))
            .read()
    }));
    drafts.extend(WRITES.iter().map(call(Who::Role)));
    drafts.extend(WRITES.iter().map(call(Who::User)));
    drafts.extend(failures(setting));
    drafts.extend(services(setting));
    drafts.extend(console(setting));
    drafts.into_iter().map(Draft::done).collect()
}

/// Calls that fail, though nobody forbade them.
fn failures(setting: &Setting<'_>) -> Vec<Draft> {
    let call = |source, name| Draft::call(setting, source, name, Who::Role);
    vec![
        call("s3", "GetBucketLifecycle")
            .refused(
                "NoSuchLifecycleConfiguration",
                "The lifecycle configuration does not exist",
            )
            .read(),
        call("iam", "GetRole")
            .refused("NoSuchEntityException", "The role cannot be found")
            .read(),
        call("ec2", "RunInstances").refused(
            "Client.InstanceLimitExceeded",
            "You have requested more instances than your limit allows",
        ),
        call("ec2", "DescribeInstances")
            .refused("Client.RequestLimitExceeded", "Request limit exceeded.")
            .read(),
        call("dynamodb", "CreateTable").refused("ResourceInUseException", "Table already exists"),
    ]
}

/// What AWS's services do for themselves and for others.
fn services(setting: &Setting<'_>) -> Vec<Draft> {
    let own = Who::Service;
    vec![
        Draft::call(setting, "sts", "AssumeRole", own("lambda.amazonaws.com")).read(),
        Draft::call(setting, "sts", "AssumeRole", own("ec2.amazonaws.com")).read(),
        Draft::call(
            setting,
            "kms",
            "GenerateDataKey",
            own("cloudtrail.amazonaws.com"),
        )
        .read(),
        Draft::call(setting, "kms", "RotateKey", own("AWS Internal"))
            .with("eventType", json!("AwsServiceEvent"))
            .with(
                "userIdentity",
                json!({"accountId": setting.account, "invokedBy": "AWS Internal"}),
            )
            .with("requestParameters", Value::Null),
        Draft::call(setting, "autoscaling", "SetDesiredCapacity", Who::Role)
            .with("sourceIPAddress", json!("cloudformation.amazonaws.com")),
    ]
}

/// What people do in the console, all signed in as they should be.
fn console(setting: &Setting<'_>) -> Vec<Draft> {
    vec![
        console_login(setting, Who::User, "Yes", true),
        console_login(setting, Who::User, "Yes", true).region(ELSEWHERE),
        Draft::call(setting, "signin", "SwitchRole", Who::Role)
            .with("eventType", json!("AwsConsoleSignIn"))
            .response(json!({"SwitchRole": "Success"})),
        Draft::call(setting, "health", "DescribeEventAggregates", Who::User)
            .with("sessionCredentialFromConsole", json!("true"))
            .read(),
    ]
}
