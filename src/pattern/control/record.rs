//! Writes records in the format of "CloudTrail record contents".

use serde_json::{Value, json};

use super::sample::Sample;

/// Whose events they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting<'a> {
    /// The account that the events happen in.
    pub account: &'a str,
    /// The buckets that hold its trails' logs; where none is named, one that stands for any.
    pub buckets: &'a [&'a str],
}

impl Default for Setting<'_> {
    fn default() -> Self {
        Self {
            account: "111122223333",
            buckets: &[],
        }
    }
}

/// The Region of the events that AWS records in one Region only, and of most of the others.
pub(super) const LEADER: &str = "us-east-1";
/// Another Region, which a filter that names one leaves out.
pub(super) const ELSEWHERE: &str = "eu-west-1";

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    User,
    Role,
    Root,
    Service(&'static str),
}

/// A record in the making: an API call that succeeds, unless said otherwise.
pub(super) struct Draft {
    event: String,
    name: String,
    who: Who,
    record: Value,
}

impl Draft {
    pub(super) fn call(setting: &Setting<'_>, source: &str, name: &str, who: Who) -> Self {
        let mut record = json!({
            "eventVersion": "1.11",
            "userIdentity": identity(setting.account, who),
            "eventTime": "2026-03-14T09:26:53Z",
            "eventSource": format!("{source}.amazonaws.com"),
            "eventName": name,
            "awsRegion": LEADER,
            "sourceIPAddress": "192.0.2.17",
            "userAgent": "aws-cli/2.31.4 md/awscrt#0.27.6 lang/python#3.13.7",
            "requestParameters": null,
            "responseElements": null,
            "requestID": "6d3b1c2e-8f0a-4b7d-9c15-2e4f6a8b0c1d",
            "eventID": "b2a7c9d4-1e3f-4a5b-8c6d-7e8f90a1b2c3",
            "readOnly": false,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": setting.account,
            "eventCategory": "Management",
            "tlsDetails": {
                "tlsVersion": "TLSv1.3",
                "cipherSuite": "TLS_AES_128_GCM_SHA256",
                "clientProvidedHostHeader": format!("{source}.{LEADER}.amazonaws.com"),
            },
        });
        if let (Who::Service(host), Some(fields)) = (who, record.as_object_mut()) {
            fields.insert("sourceIPAddress".to_owned(), json!(host));
            fields.insert("userAgent".to_owned(), json!(host));
            fields.remove("tlsDetails");
        }
        Self {
            event: name.to_owned(),
            name: name.to_owned(),
            who,
            record,
        }
    }

    /// The event under which a control lists the sample, and the sample's own name.
    pub(super) fn named(mut self, event: &str, name: impl Into<String>) -> Self {
        event.clone_into(&mut self.event);
        self.name = name.into();
        self
    }

    pub(super) fn region(self, region: &str) -> Self {
        self.with("awsRegion", json!(region))
    }

    pub(super) fn read(self) -> Self {
        self.with("readOnly", json!(true))
    }

    pub(super) fn request(self, parameters: Value) -> Self {
        self.with("requestParameters", parameters)
    }

    pub(super) fn response(self, elements: Value) -> Self {
        self.with("responseElements", elements)
    }

    pub(super) fn refused(self, code: &str, message: &str) -> Self {
        self.with("errorCode", json!(code))
            .with("errorMessage", json!(message))
    }

    pub(super) fn with(mut self, field: &str, value: Value) -> Self {
        if let Some(fields) = self.record.as_object_mut() {
            fields.insert(field.to_owned(), value);
        }
        self
    }

    /// Names the caller beside the event.
    pub(super) fn of(self, whose: &str) -> Sample {
        let event = format!("{} by {whose}", self.event);
        let name = match self.record.get("awsRegion").and_then(Value::as_str) {
            Some(region) if region != LEADER => format!("{event} in {region}"),
            _ => event.clone(),
        };
        self.named(&name, name.clone()).done()
    }

    /// Nobody signs in to the console with an access key, or has a session before.
    pub(super) fn without_key(mut self) -> Self {
        let identity = self.record.get_mut("userIdentity");
        if let Some(fields) = identity.and_then(Value::as_object_mut) {
            fields.remove("accessKeyId");
            fields.remove("sessionContext");
        }
        self
    }

    pub(super) fn done(self) -> Sample {
        Sample {
            event: self.event,
            name: self.name,
            by_root: self.who == Who::Root,
            record: self.record,
        }
    }
}

/// The partition that the made-up ARNs name.
const PARTITION: &str = "aws";

fn identity(account: &str, who: Who) -> Value {
    let arn = |service: &str, rest: &str| format!("arn:{PARTITION}:{service}::{account}:{rest}");
    match who {
        Who::User => json!({
            "type": "IAMUser",
            "principalId": "AIDA6ON6E4XEGITEXAMPLE",
            "arn": arn("iam", "user/Mary"),
            "accountId": account,
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
            "userName": "Mary",
        }),
        Who::Role => json!({
            "type": "AssumedRole",
            "principalId": "AROAIDPPEZS35WEXAMPLE:carlos",
            "arn": arn("sts", "assumed-role/Operator/carlos"),
            "accountId": account,
            "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": "AROAIDPPEZS35WEXAMPLE",
                    "arn": arn("iam", "role/Operator"),
                    "accountId": account,
                    "userName": "Operator",
                },
                "attributes": {
                    "creationDate": "2026-03-14T08:12:40Z",
                    "mfaAuthenticated": "true",
                },
            },
        }),
        Who::Root => json!({
            "type": "Root",
            "principalId": account,
            "arn": arn("iam", "root"),
            "accountId": account,
            "accessKeyId": "ASIAI44QH8DHBEXAMPLE",
            "sessionContext": {
                "attributes": {
                    "creationDate": "2026-03-14T08:12:40Z",
                    "mfaAuthenticated": "true",
                },
            },
        }),
        Who::Service(host) => json!({"type": "AWSService", "invokedBy": host}),
    }
}

/// What a call asks for, as far as a pattern is likely to look at it.
pub(super) fn parameters(account: &str, source: &str, name: &str) -> Value {
    let arn =
        |service: &str, rest: &str| format!("arn:{PARTITION}:{service}:{LEADER}:{account}:{rest}");
    match source {
        "cloudtrail" if name.contains("EventDataStore") => json!({
            "eventDataStore": arn("cloudtrail", "eventdatastore/4a5b6c7d-8e9f-4a1b-8c2d-3e4f5a6b7c8d"),
        }),
        "cloudtrail" => json!({"name": arn("cloudtrail", "trail/demo")}),
        "kms" => json!({"keyId": arn("kms", "key/1234abcd-12ab-34cd-56ef-1234567890ab")}),
        "s3" => json!({
            "bucketName": "amzn-s3-demo-bucket",
            "Host": "amzn-s3-demo-bucket.s3.amazonaws.com",
        }),
        "iam" => json!({"policyName": "demo"}),
        "config" => json!({"configurationRecorderName": "default"}),
        "organizations" => json!({"policyId": "p-examplepolicyid111"}),
        _ => json!({"vpcId": "vpc-0e9801d129EXAMPLE"}),
    }
}

/// The record of a call on a bucket, on another bucket.
pub(super) fn bucket_named(mut record: Value, bucket: &str, account: &str) -> Value {
    if let Some(fields) = record.as_object_mut() {
        fields.insert(
            "requestParameters".to_owned(),
            json!({"bucketName": bucket, "Host": format!("{bucket}.s3.amazonaws.com")}),
        );
        fields.insert(
            "resources".to_owned(),
            json!([{
                "accountId": account,
                "type": "AWS::S3::Bucket",
                "ARN": format!("arn:{PARTITION}:s3:::{bucket}"),
            }]),
        );
    }
    record
}
