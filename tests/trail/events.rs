//! What log files hold: records of the shape and the redundancy that CloudTrail's have.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>

use jiff::{SignedDuration, Timestamp};

use super::random::Random;
use super::setup::{Place, Setup, iso};

/// An API call that turns up in log files.
struct Action {
    /// How often, among all.
    weight: u64,
    service: &'static str,
    name: &'static str,
    read_only: bool,
    /// JSON in which `%` and a letter stand for what [`Values`] has.
    request: &'static str,
    response: &'static str,
}

macro_rules! actions {
    ($($weight:literal $service:literal $name:literal $read_only:literal $request:literal $response:literal;)*) => {
        const ACTIONS: &[Action] = &[$(Action {
            weight: $weight,
            service: $service,
            name: $name,
            read_only: $read_only,
            request: $request,
            response: $response,
        }),*];
    };
}

actions! {
    20 "sts" "AssumeRole" true
        r#"{"roleArn":"arn:aws:iam::%a:role/%n","roleSessionName":"%n-%h","externalId":"%n-%a","durationSeconds":3600}"#
        r#"{"credentials":{"accessKeyId":"ASIA%t","sessionToken":"%s","expiration":"%d"},"assumedRoleUser":{"assumedRoleId":"AROA%t:%n-%h","arn":"arn:aws:sts::%a:assumed-role/%n/%n-%h"}}"#;
    13 "kms" "Decrypt" true
        r#"{"encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"aws:secretsmanager:arn":"arn:aws:secretsmanager:%r:%a:secret:%n"}}"# "null";
    11 "ec2" "DescribeNetworkInterfaces" true
        r#"{"networkInterfaceIdSet":{},"filterSet":{"items":[{"name":"group-name","valueSet":{"items":[{"value":"%n"}]}}]}}"# "null";
    9 "s3" "GetBucketLocation" true
        r#"{"bucketName":"%n-%a","location":"","Host":"%n-%a.s3.%r.amazonaws.com"}"# "null";
    9 "lambda" "GetFunction20150331v2" true
        r#"{"functionName":"arn:aws:lambda:%r:%a:function:%n"}"# "null";
    8 "logs" "CreateLogStream" false
        r#"{"logGroupName":"/ecs/%n","logStreamName":"ecs/%n/%h"}"# "null";
    7 "dynamodb" "DescribeTimeToLive" true r#"{"tableName":"%n"}"# "null";
    5 "elasticloadbalancing" "DescribeTargetHealth" true
        r#"{"targetGroupArn":"arn:aws:elasticloadbalancing:%r:%a:targetgroup/%n/%h"}"# "null";
    5 "ecr" "BatchGetImage" true
        r#"{"registryId":"%a","repositoryName":"%n","imageIds":[{"imageTag":"stable"}]}"# "null";
    4 "ssm" "GetParametersByPath" true
        r#"{"path":"/%n/","recursive":true,"withDecryption":true,"maxResults":10}"# "null";
    3 "ec2" "RunInstances" false
        r#"{"instancesSet":{"items":[{"imageId":"ami-0%h","minCount":1,"maxCount":1}]},"instanceType":"c7g.xlarge","blockDeviceMapping":{},"monitoring":{"enabled":false}}"#
        r#"{"requestId":"%u","reservationId":"r-0%h","ownerId":"%a","groupSet":{},"instancesSet":{"items":[{"instanceId":"i-0%h","imageId":"ami-0%h","instanceState":{"code":0,"name":"pending"},"subnetId":"subnet-0c2f6a914d8e7b305"}]}}"#;
    2 "iam" "PutRolePolicy" false
        r#"{"roleName":"%n","policyName":"inline","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::%n-%a/*\"}]}"}"# "null";
    2 "signin" "ConsoleLogin" false "null" r#"{"ConsoleLogin":"Success"}"#;
    1 "ec2" "CreateSecurityGroup" false
        r#"{"groupName":"%n","groupDescription":"made by a pipeline","vpcId":"vpc-0a41c7e2d95b38f60"}"#
        r#"{"requestId":"%u","_return":true,"groupId":"sg-0%h"}"#;
}

const WORK: &[&str] = &[
    "checkout-web",
    "checkout-jobs",
    "ledger-web",
    "ledger-jobs",
    "catalog-web",
    "catalog-index",
    "shipping-web",
    "shipping-jobs",
    "search-web",
    "search-index",
    "accounts-web",
    "accounts-mail",
    "reports-nightly",
    "reports-export",
    "build-runner",
    "build-cache",
    "gateway-edge",
    "gateway-auth",
    "metrics-agent",
    "metrics-store",
    "backup-daily",
    "backup-verify",
    "deploy-canary",
    "deploy-stable",
];

const AGENTS: &[&str] = &[
    "aws-sdk-java/2.29.9 md/io#async md/http#NettyNio ua/2.1 os/Linux#6.1.112 lang/java#21.0.5",
    "Boto3/1.35.54 md/Botocore#1.35.54 ua/2.0 os/linux#6.1.109 lang/python#3.12.7",
    "aws-sdk-go-v2/1.32.3 ua/2.1 os/linux lang/go#1.23.2 api/ec2#1.187.0",
    "APN/1.0 HashiCorp/1.0 Terraform/1.9.8 (+https://www.terraform.io) terraform-provider-aws/5.74.0",
    "aws-cli/2.18.18 ua/2.0 os/linux#6.8.0 md/arch#x86_64 lang/python#3.12.6",
];

const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Somebody who calls.
pub(crate) struct Caller {
    identity: String,
    address: String,
    agent: &'static str,
}

/// Who calls in an account.
pub(crate) fn callers(setup: &Setup, account: &str) -> Vec<Caller> {
    let mut random = Random::of(setup.seed, &["callers", account]);
    let mut callers: Vec<Caller> = WORK
        .iter()
        .map(|work| {
            let (role, key) = (random.letters(UPPER, 17), random.letters(UPPER, 16));
            Caller {
                identity: format!(
                    r#"{{"type":"AssumedRole","principalId":"AROA{role}:{work}","arn":"arn:aws:sts::{account}:assumed-role/{work}/{work}","accountId":"{account}","accessKeyId":"ASIA{key}","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROA{role}","arn":"arn:aws:iam::{account}:role/{work}","accountId":"{account}","userName":"{work}"}},"attributes":{{"creationDate":"2026-02-28T22:14:09Z","mfaAuthenticated":"false"}}}}}}"#
                ),
                address: address(&mut random, "10"),
                agent: random.pick(AGENTS),
            }
        })
        .collect();
    for user in ["ines", "jonas", "mei", "tariq"] {
        let (id, key) = (random.letters(UPPER, 17), random.letters(UPPER, 16));
        callers.push(Caller {
            identity: format!(
                r#"{{"type":"IAMUser","principalId":"AIDA{id}","arn":"arn:aws:iam::{account}:user/{user}","accountId":"{account}","accessKeyId":"AKIA{key}","userName":"{user}"}}"#
            ),
            address: address(&mut random, "203"),
            agent: random.pick(AGENTS),
        });
    }
    callers
}

fn address(random: &mut Random, first: &str) -> String {
    let mut part = || random.between(1, 255);
    format!("{first}.{}.{}.{}", part(), part(), part())
}

/// A log file's JSON, and the times of its oldest and its newest event.
pub(crate) struct Records {
    pub(crate) json: String,
    pub(crate) oldest: Timestamp,
    pub(crate) newest: Timestamp,
}

/// Events of the ten minutes before `newest`.
pub(crate) fn records(
    setup: &Setup,
    place: &Place,
    callers: &[Caller],
    newest: Timestamp,
    random: &mut Random,
) -> Records {
    let mut offsets: Vec<u64> = (0..setup.events_per_file)
        .map(|_| random.between(0, 600))
        .collect();
    offsets.sort_unstable_by(|one, other| other.cmp(one));
    let time = |offset: u64| newest - SignedDuration::from_secs(offset as i64);
    let mut json = String::with_capacity(64 + 1_500 * offsets.len());
    json.push_str(r#"{"Records":["#);
    for (index, offset) in offsets.iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        record(
            &mut json,
            place,
            &callers[random.between(0, callers.len() as u64) as usize],
            &iso(time(*offset)),
            random,
        );
    }
    json.push_str("]}");
    Records {
        json,
        oldest: time(offsets.first().copied().unwrap_or_default()),
        newest: time(offsets.last().copied().unwrap_or_default()),
    }
}

fn record(json: &mut String, place: &Place, caller: &Caller, time: &str, random: &mut Random) {
    let action = action(random);
    let denied = random.between(0, 40) == 0;
    let values = Values {
        place,
        time,
        work: random.pick(WORK),
        hex: format!("{:016x}", random.number()),
    };
    let mut add = |parts: &[&str]| parts.iter().for_each(|part| json.push_str(part));
    add(&[
        r#"{"eventVersion":"1.11","userIdentity":"#,
        &caller.identity,
    ]);
    add(&[
        r#","eventTime":""#,
        time,
        r#"","eventSource":""#,
        action.service,
    ]);
    add(&[r#".amazonaws.com","eventName":""#, action.name]);
    add(&[
        r#"","awsRegion":""#,
        &place.region,
        r#"","sourceIPAddress":""#,
        &caller.address,
    ]);
    add(&[r#"","userAgent":""#, caller.agent, "\","]);
    if denied {
        add(&[r#""errorCode":"AccessDenied","errorMessage":"User is not authorized to perform "#]);
        add(&[action.service, ":", action.name, r#" on this resource","#]);
    }
    json.push_str(r#""requestParameters":"#);
    values.fill(json, action.request, random);
    json.push_str(r#","responseElements":"#);
    values.fill(json, if denied { "null" } else { action.response }, random);
    json.push_str(r#","requestID":""#);
    uuid(json, random);
    json.push_str(r#"","eventID":""#);
    uuid(json, random);
    let mut add = |parts: &[&str]| parts.iter().for_each(|part| json.push_str(part));
    add(&[
        r#"","readOnly":"#,
        if action.read_only { "true" } else { "false" },
    ]);
    let kind = if action.service == "signin" {
        "AwsConsoleSignIn"
    } else {
        "AwsApiCall"
    };
    add(&[
        r#","eventType":""#,
        kind,
        r#"","managementEvent":true,"recipientAccountId":""#,
    ]);
    add(&[
        &place.account,
        r#"","eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.3","#,
    ]);
    add(&[r#""cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":""#]);
    add(&[action.service, ".", &place.region, r#".amazonaws.com"}}"#]);
}

fn action(random: &mut Random) -> &'static Action {
    let all: u64 = ACTIONS.iter().map(|action| action.weight).sum();
    let mut left = random.between(0, all);
    for action in ACTIONS {
        if left < action.weight {
            return action;
        }
        left -= action.weight;
    }
    &ACTIONS[0]
}

/// What an action's parameters name.
struct Values<'a> {
    place: &'a Place,
    time: &'a str,
    work: &'a str,
    hex: String,
}

impl Values<'_> {
    /// Adds the template with values in the place of its letters.
    fn fill(&self, json: &mut String, template: &str, random: &mut Random) {
        let mut parts = template.split('%');
        json.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let (letter, rest) = part.split_at(1);
            match letter {
                "a" => json.push_str(&self.place.account),
                "r" => json.push_str(&self.place.region),
                "n" => json.push_str(self.work),
                "h" => json.push_str(&self.hex),
                "d" => json.push_str(self.time),
                "u" => uuid(json, random),
                "t" => json.push_str(&self.hex.to_ascii_uppercase()),
                "s" => (0..2).for_each(|_| uuid(json, random)),
                _ => panic!("`%{letter}` stands for nothing"),
            }
            json.push_str(rest);
        }
    }
}

fn uuid(json: &mut String, random: &mut Random) {
    let (mut high, mut low) = (random.number(), random.number());
    for position in 0..32 {
        if matches!(position, 8 | 12 | 16 | 20) {
            json.push('-');
        }
        let bits = if position < 16 { &mut high } else { &mut low };
        let digit = match position {
            12 => b'4',
            16 => b'a',
            _ => HEX[(*bits & 15) as usize],
        };
        *bits >>= 4;
        json.push(char::from(digit));
    }
}
