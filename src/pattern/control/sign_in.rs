//! Controls about who comes in and how: sign-in without MFA, failed sign-in, the root user,
//! and calls that are refused.

use serde_json::json;

use super::record::{Draft, ELSEWHERE, LEADER, Setting, Who};
use super::{Control, Sample};

pub(super) fn controls(setting: &Setting<'_>) -> Vec<Control> {
    vec![unauthorized(setting), without_mfa(setting), root(setting)]
}

/// The refusals that AWS's services write, by reading and by changing calls. No call here is
/// one that another control asks for.
const REFUSED: &[(&str, &str, bool, &str)] = &[
    ("s3", "ListBuckets", true, "AccessDenied"),
    ("iam", "CreateUser", false, "AccessDenied"),
    (
        "secretsmanager",
        "GetSecretValue",
        true,
        "AccessDeniedException",
    ),
    (
        "lambda",
        "CreateFunction20150331",
        false,
        "AccessDeniedException",
    ),
    (
        "ec2",
        "DescribeInstances",
        true,
        "Client.UnauthorizedOperation",
    ),
    (
        "ec2",
        "TerminateInstances",
        false,
        "Client.UnauthorizedOperation",
    ),
];

fn unauthorized(setting: &Setting<'_>) -> Control {
    let refused = |who, region: &str, whose: &str| -> Vec<Sample> {
        let sample = |(source, name, read, code): &(&str, &str, bool, &str)| {
            let call = Draft::call(setting, source, name, who)
                .region(region)
                .refused(code, "is not authorized to perform this operation");
            let call = if *read { call.read() } else { call };
            let event = format!("{name} refused with {code}");
            call.named(&event, format!("{event} to {whose}")).done()
        };
        REFUSED.iter().map(sample).collect()
    };
    let mut samples = refused(Who::User, LEADER, "an IAM user");
    samples.extend(refused(
        Who::Role,
        ELSEWHERE,
        &format!("an assumed role in {ELSEWHERE}"),
    ));
    Control {
        rule: "alarm-unauthorized-api-calls",
        samples,
        optional: Vec::new(),
        filter: "{ ($.errorCode = \"*UnauthorizedOperation\") || \
                 ($.errorCode = \"AccessDenied*\") }"
            .to_owned(),
        event: json!({
            "detail-type": ["AWS API Call via CloudTrail"],
            "detail": {
                "errorCode": [{"suffix": "UnauthorizedOperation"}, {"prefix": "AccessDenied"}],
            },
        })
        .to_string(),
    }
}

fn without_mfa(setting: &Setting<'_>) -> Control {
    let event = "ConsoleLogin by an IAM user without MFA";
    let sample = |region: &str| {
        console_login(setting, Who::User, "No", true)
            .region(region)
            .named(event, format!("{event} in {region}"))
            .done()
    };
    Control {
        rule: "alarm-console-sign-in-without-mfa",
        samples: vec![sample(LEADER), sample(ELSEWHERE)],
        optional: Vec::new(),
        filter: "{ ($.eventName = \"ConsoleLogin\") && ($.additionalEventData.MFAUsed != \"Yes\") \
                 && ($.userIdentity.type = \"IAMUser\") && \
                 ($.responseElements.ConsoleLogin = \"Success\") }"
            .to_owned(),
        event: json!({
            "detail-type": ["AWS Console Sign In via CloudTrail"],
            "detail": {
                "eventName": ["ConsoleLogin"],
                "userIdentity": {"type": ["IAMUser"]},
                "additionalEventData": {"MFAUsed": [{"anything-but": "Yes"}]},
                "responseElements": {"ConsoleLogin": ["Success"]},
            },
        })
        .to_string(),
    }
}

fn root(setting: &Setting<'_>) -> Control {
    let call = |source, name| Draft::call(setting, source, name, Who::Root);
    let samples = [
        console_login(setting, Who::Root, "Yes", true),
        call("s3", "ListBuckets").read(),
        call("ec2", "RunInstances"),
        call("ec2", "DescribeInstances").region(ELSEWHERE).read(),
        call(
            "billingconsole",
            "AWSPaymentPortalService.DescribePaymentsDashboard",
        )
        .with("eventType", json!("AwsConsoleAction"))
        .read(),
    ];
    Control {
        rule: "alarm-root-usage",
        samples: samples.map(|draft| draft.of("the root user")).into(),
        optional: Vec::new(),
        filter: "{ ($.userIdentity.type = \"Root\") && ($.userIdentity.invokedBy NOT EXISTS) \
                 && ($.eventType != \"AwsServiceEvent\") }"
            .to_owned(),
        event: json!({
            "detail-type": [
                "AWS API Call via CloudTrail",
                "AWS Console Sign In via CloudTrail",
                "AWS Console Action via CloudTrail",
            ],
            "detail": {
                "eventType": [{"anything-but": "AwsServiceEvent"}],
                "userIdentity": {"type": ["Root"], "invokedBy": [{"exists": false}]},
            },
        })
        .to_string(),
    }
}

pub(super) fn failures(setting: &Setting<'_>) -> Control {
    let failed = |who, mfa, whose: &str| {
        console_login(setting, who, mfa, false).named(
            "failed ConsoleLogin",
            format!("failed ConsoleLogin {whose}"),
        )
    };
    let elsewhere = format!("of an IAM user in {ELSEWHERE}");
    Control {
        rule: "alarm-console-authentication-failures",
        samples: vec![
            failed(Who::User, "No", "of an IAM user without MFA").done(),
            failed(Who::User, "Yes", "of an IAM user with MFA").done(),
            failed(Who::User, "No", &elsewhere).region(ELSEWHERE).done(),
            failed(Who::Root, "No", "of the root user").done(),
        ],
        optional: Vec::new(),
        filter: "{ ($.eventName = \"ConsoleLogin\") && \
                 ($.errorMessage = \"Failed authentication\") }"
            .to_owned(),
        event: json!({
            "detail-type": ["AWS Console Sign In via CloudTrail"],
            "detail": {
                "eventName": ["ConsoleLogin"],
                "errorMessage": ["Failed authentication"],
            },
        })
        .to_string(),
    }
}

/// A sign-in to the console, in the format of "AWS Management Console sign-in events".
pub(super) fn console_login(setting: &Setting<'_>, who: Who, mfa: &str, success: bool) -> Draft {
    let outcome = if success { "Success" } else { "Failure" };
    let login = Draft::call(setting, "signin", "ConsoleLogin", who)
        .without_key()
        .with("eventType", json!("AwsConsoleSignIn"))
        .with(
            "userAgent",
            json!("Mozilla/5.0 (X11; Linux x86_64) Firefox/148.0"),
        )
        .with(
            "additionalEventData",
            json!({
                "LoginTo": "https://console.aws.amazon.com/console/home?nc2=h_ct",
                "MobileVersion": "No",
                "MFAUsed": mfa,
            }),
        )
        .response(json!({"ConsoleLogin": outcome}));
    if success {
        login
    } else {
        // A failed sign-in has an error's message, but no code.
        login.with("errorMessage", json!("Failed authentication"))
    }
}
