//! An account with thousands of users and roles, made up the same way every time.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use trailcheck::snapshot::{
    Group, Identities, InlinePolicy, ManagedPolicy, Observed, Role, Snapshot, User,
};

const USERS: usize = 2000;
const ROLES: usize = 3000;
const POLICIES: usize = 3000;
const ACCOUNT: &str = "111122223333";

/// The pristine account with 5,000 users and roles and 3,000 managed policies in it: people
/// who read, who develop one application, who may do everything but IAM, and administrators
/// with and without MFA and boundaries.
pub(crate) fn snapshot() -> Snapshot {
    let mut snapshot: Snapshot =
        serde_json::from_str(include_str!("../../tests/stories/pristine.json")).expect("JSON");
    for account in &mut snapshot.accounts {
        let Observed::Known(identities) = &mut account.identities else {
            panic!("the pristine account's identities are known");
        };
        let random = &mut Random(1);
        identities
            .policies
            .extend((0..POLICIES).map(|number| policy(number, random)));
        identities.groups = (0..100).map(|number| group(number, random)).collect();
        fill(identities, random);
    }
    snapshot
}

fn fill(identities: &mut Identities, random: &mut Random) {
    for number in 0..USERS {
        let name = format!("person-{number:04}");
        identities.users.push(User {
            arn: format!("arn:aws:iam::{ACCOUNT}:user/{name}"),
            id: format!("AIDAEXAMPLE{number:08}"),
            inline: inline(number, random),
            attached: attached(random),
            groups: vec![format!("team-{}", random.below(100))],
            boundary: boundary(random),
            tags: tags(number),
            name,
        });
    }
    for number in 0..ROLES {
        let name = format!("service-{number:04}");
        let trusted = match number % 4 {
            0 => json!({ "AWS": format!("arn:aws:iam::{ACCOUNT}:root") }),
            1 => {
                json!({ "AWS": format!("arn:aws:iam::{ACCOUNT}:user/person-{:04}", number % USERS) })
            }
            _ => json!({ "Service": "lambda.amazonaws.com" }),
        };
        let trust = json!({ "Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole" } });
        identities.roles.push(Role {
            arn: format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
            id: format!("AROAEXAMPLE{number:08}"),
            trust: trust.to_string(),
            inline: inline(number, random),
            attached: attached(random),
            boundary: boundary(random),
            tags: tags(number),
            name,
        });
    }
}

fn tags(number: usize) -> BTreeMap<String, String> {
    [("team".to_owned(), format!("team-{}", number % 100))].into()
}

fn group(number: usize, random: &mut Random) -> Group {
    Group {
        arn: format!("arn:aws:iam::{ACCOUNT}:group/team-{number}"),
        name: format!("team-{number}"),
        inline: Vec::new(),
        attached: attached(random),
    }
}

/// Two to four of the managed policies; one in twenty is an administrator.
fn attached(random: &mut Random) -> Vec<String> {
    let count = 2 + random.below(3);
    let mut attached: Vec<String> = (0..count).map(|_| arn(random.below(POLICIES))).collect();
    if random.below(20) == 0 {
        attached.push("arn:aws:iam::aws:policy/AdministratorAccess".to_owned());
    }
    attached
}

fn inline(number: usize, random: &mut Random) -> Vec<InlinePolicy> {
    match random.below(3) {
        0 => vec![InlinePolicy {
            name: "own".to_owned(),
            document: document(vec![application(number)]),
        }],
        _ => Vec::new(),
    }
}

fn boundary(random: &mut Random) -> Option<String> {
    (random.below(5) == 0).then(|| arn(random.below(POLICIES / 10) * 10))
}

fn arn(number: usize) -> String {
    format!("arn:aws:iam::{ACCOUNT}:policy/policy-{number:04}")
}

fn policy(number: usize, random: &mut Random) -> ManagedPolicy {
    let mfa = json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } });
    let statements = match number % 10 {
        // Every tenth is wide enough for a boundary.
        0 => vec![
            json!({ "Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"],
            "Resource": "*" }),
        ],
        1 => vec![
            json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": mfa }),
            json!({ "Effect": "Deny", "Action": "s3:Delete*", "Resource": "*", "Condition":
                { "ArnNotLike": { "aws:PrincipalArn": format!("arn:aws:iam::{ACCOUNT}:role/service-00*") } } }),
        ],
        2 => vec![
            json!({ "Effect": "Allow", "Action": ["s3:*", "logs:*", "cloudwatch:*"],
            "Resource": "*", "Condition": { "IpAddress": { "aws:SourceIp": format!("192.0.2.{}/32", random.below(200)) } } }),
        ],
        3 | 4 => vec![application(number), tagged(), reading()],
        5 => vec![
            json!({ "Effect": "Allow", "Action": ["iam:ChangePassword", "iam:CreateAccessKey"],
            "Resource": format!("arn:aws:iam::{ACCOUNT}:user/${{aws:username}}") }),
            reading(),
        ],
        _ => vec![application(number), reading()],
    };
    ManagedPolicy {
        arn: arn(number),
        document: document(statements),
    }
}

fn document(statements: Vec<Value>) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

fn reading() -> Value {
    json!({ "Sid": "Read", "Effect": "Allow", "Resource": "*", "Action": [
        "ec2:Describe*", "s3:Get*", "s3:List*", "cloudtrail:Describe*", "cloudtrail:Get*",
        "cloudtrail:LookupEvents", "logs:Get*", "logs:FilterLogEvents", "kms:Describe*",
        "kms:List*", "iam:Get*", "iam:List*", "sns:Get*", "sns:List*", "events:Describe*",
    ] })
}

fn tagged() -> Value {
    json!({ "Effect": "Allow", "Action": ["kms:*", "sns:*"], "Resource": "*", "Condition":
        { "StringEquals": { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } } })
}

fn application(number: usize) -> Value {
    json!({ "Sid": "Application", "Effect": "Allow", "Action": [
        "s3:*", "dynamodb:*", "sqs:*", "lambda:InvokeFunction", "logs:Create*", "logs:Put*",
        "kms:Decrypt", "kms:GenerateDataKey", "iam:PassRole", "sts:AssumeRole",
    ], "Resource": [
        format!("arn:aws:s3:::application-{number}"),
        format!("arn:aws:s3:::application-{number}/*"),
        format!("arn:aws:dynamodb:*:{ACCOUNT}:table/application-{number}-*"),
        format!("arn:aws:logs:*:{ACCOUNT}:log-group:/application/{number}:*"),
        format!("arn:aws:iam::{ACCOUNT}:role/service-{:04}", number % ROLES),
    ] })
}

/// A linear congruential generator.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits fit") % bound
    }
}
