//! A CloudTrail record made up after AWS's documented record format, for patterns to be
//! asked about.

use serde_json::{Value, json};

/// One synthetic event: what CloudTrail would write to a log file and a log group.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The event as a control lists it, such as `StopLogging`. Several samples can show one
    /// event, made by different callers.
    pub event: String,
    /// The sample's own name, such as `StopLogging by the root user`.
    pub name: String,
    /// The CloudTrail record.
    pub record: Value,
    /// Whether the root user made it, which is an alarm of its own.
    pub by_root: bool,
}

impl Sample {
    /// `readOnly`: whether EventBridge rules in the state `ENABLED` are not shown it, being
    /// a management event that changes nothing.
    #[must_use]
    pub fn read_only(&self) -> bool {
        self.record.get("readOnly") == Some(&Value::Bool(true))
    }

    /// Whether AWS records it in the partition's leader Region only: what IAM and Organizations
    /// do, and the root user's sign-in.
    #[must_use]
    pub fn global(&self) -> bool {
        match self.text("eventSource") {
            "iam.amazonaws.com" | "organizations.amazonaws.com" => true,
            "signin.amazonaws.com" => self.by_root,
            _ => false,
        }
    }

    /// The Region that recorded it.
    #[must_use]
    pub fn region(&self) -> &str {
        self.text("awsRegion")
    }

    /// The `detail-type` under which EventBridge delivers it.
    #[must_use]
    pub fn detail_type(&self) -> &'static str {
        match self.text("eventType") {
            "AwsConsoleSignIn" => "AWS Console Sign In via CloudTrail",
            "AwsConsoleAction" => "AWS Console Action via CloudTrail",
            "AwsServiceEvent" => "AWS Service Event via CloudTrail",
            _ => "AWS API Call via CloudTrail",
        }
    }

    /// The event that EventBridge makes of the record in `region`.
    #[must_use]
    pub fn envelope(&self, region: &str) -> Value {
        let mut detail = self.record.clone();
        if let Some(fields) = detail.as_object_mut() {
            fields.insert("awsRegion".to_owned(), json!(region));
        }
        let host = self.text("eventSource");
        let service = host.split_once('.').map_or(host, |(service, _)| service);
        json!({
            "version": "0",
            "id": self.text("eventID"),
            "detail-type": self.detail_type(),
            "source": format!("aws.{service}"),
            "account": self.text("recipientAccountId"),
            "time": self.text("eventTime"),
            "region": region,
            "resources": [],
            "detail": detail,
        })
    }

    fn text(&self, field: &str) -> &str {
        self.record
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}
