//! An AWS account that exists as canned replies only, made from the examples in AWS's
//! API references, to try what no real server would answer.

pub(super) mod cbor;
mod good;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use jiff::Timestamp;
use tokio::time::Instant;

use super::connect::Connection;
use super::limit::Limits;
use super::{Progress, Request, account};
use crate::error::Error;
use crate::snapshot::{Account, Action};
use crate::source::stats::Stats;
pub(super) use good::good;

pub(super) const ACCOUNT: &str = "111122223333";

/// A call as it reached the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) action: Action,
    pub(super) region: String,
    pub(super) uri: String,
    pub(super) body: String,
    pub(super) expected_owner: bool,
}

/// A reply.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl Reply {
    pub(super) fn new(status: u16, body: impl Into<String>) -> Self {
        Reply {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// An S3 error. S3 Control puts it in an envelope of its own.
    pub(super) fn s3_error(action: Action, status: u16, code: &str, message: &str) -> Self {
        let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        if action == Action::GetAccountPublicAccessBlock {
            Reply::new(status, format!("<ErrorResponse>{error}</ErrorResponse>"))
        } else {
            Reply::new(status, error)
        }
    }

    /// A denial in the shape that the action's service uses.
    pub(super) fn denial(action: Action) -> Self {
        let message = "not authorized";
        match action.iam().split(':').next() {
            Some("s3") => Reply::s3_error(action, 403, "AccessDenied", message),
            Some("iam" | "sns" | "sts") => Reply::new(
                403,
                format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
                     <Message>{message}</Message></Error></ErrorResponse>"
                ),
            ),
            _ => Reply::json_error("AccessDeniedException", message),
        }
    }

    /// An error of a JSON service.
    pub(super) fn json_error(code: &'static str, message: &str) -> Self {
        let body = format!(r#"{{"__type":"{code}","message":"{message}"}}"#);
        Reply::new(400, body).with("x-amzn-errortype", code)
    }

    /// The body as the action's service writes it: CloudWatch has in CBOR what stands here
    /// as JSON.
    fn on_the_wire(&self, action: Action) -> Vec<u8> {
        match serde_json::from_str(&self.body) {
            Ok(value) if action.iam().starts_with("cloudwatch:") => cbor::encode(&value),
            _ => self.body.clone().into_bytes(),
        }
    }

    /// No reply at all.
    pub(super) fn never() -> Self {
        Reply::new(0, "")
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

type Answer = dyn Fn(&Seen) -> Option<Reply> + Send + Sync;

/// An HTTP client that answers from [`good`], except where `answer` has something else.
#[derive(Clone)]
pub(super) struct Canned {
    answer: Arc<Answer>,
    seen: Arc<Mutex<Vec<Seen>>>,
    progress: Progress,
    /// What goes over the wire in place of an action's reply.
    bytes: Option<(Action, Vec<u8>)>,
}

impl std::fmt::Debug for Canned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Canned")
    }
}

impl Canned {
    pub(super) fn new(answer: impl Fn(&Seen) -> Option<Reply> + Send + Sync + 'static) -> Self {
        Canned {
            answer: Arc::new(answer),
            seen: Arc::default(),
            progress: Progress::default(),
            bytes: None,
        }
    }

    /// The good account, where the body of the reply to one action is no text.
    pub(super) fn in_bytes(action: Action, body: Vec<u8>) -> Self {
        Canned {
            bytes: Some((action, body)),
            ..Canned::new(|_| None)
        }
    }

    /// The good account, with another reply to one action.
    pub(super) fn but(action: Action, reply: Reply) -> Self {
        Canned::new(move |seen| (seen.action == action).then(|| reply.clone()))
    }

    /// Every call so far.
    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// What was counted so far.
    pub(super) fn stats(&self) -> Stats {
        self.progress.stats()
    }

    /// Collects the account.
    pub(super) async fn collect(&self, request: &Request) -> Result<Account, Error> {
        self.collect_within(request.timeout, request).await
    }

    /// Collects the account, but in less time than the request's calls may take.
    pub(super) async fn collect_within(
        &self,
        timeout: Duration,
        request: &Request,
    ) -> Result<Account, Error> {
        self.collect_as(connection(self), timeout, request).await
    }

    /// Collects the account by way of that Region.
    pub(super) async fn collect_from(
        &self,
        region: &str,
        request: &Request,
    ) -> Result<Account, Error> {
        let connection = Connection {
            region: region.to_owned(),
            ..connection(self)
        };
        self.collect_as(connection, request.timeout, request).await
    }

    async fn collect_as(
        &self,
        mut connection: Connection,
        timeout: Duration,
        request: &Request,
    ) -> Result<Account, Error> {
        let limits = Limits::new(Instant::now(), timeout, self.progress.clone()).unpaced();
        let timeouts = TimeoutConfig::builder()
            .operation_timeout(request.call_limit())
            .build();
        connection.config = (connection.config.into_builder())
            .timeout_config(timeouts)
            .build();
        account(request, connection, limits).await
    }
}

/// A request for everything in every Region.
pub(super) fn request() -> Request {
    Request {
        profile: None,
        region: None,
        regions: Vec::new(),
        endpoint_url: None,
        allow_http: false,
        role_arn: None,
        external_id: None,
        call_timeout: Duration::from_secs(30),
        timeout: Duration::from_secs(60),
        actions: askable().collect(),
        clock: || Timestamp::UNIX_EPOCH,
    }
}

/// The calls that this build can make.
pub(super) fn askable() -> impl Iterator<Item = Action> {
    let left_out = |action: &Action| {
        let service = action.iam().split(':').next().unwrap();
        !cfg!(feature = "full") && ["guardduty", "securityhub"].contains(&service)
    };
    Action::ALL
        .iter()
        .copied()
        .filter(move |action| !left_out(action))
}

fn connection(canned: &Canned) -> Connection {
    let credentials = Credentials::new("AKIAEXAMPLE", "not-a-secret", None, None, "test");
    Connection {
        config: SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(SharedHttpClient::new(canned.clone()))
            .retry_config(RetryConfig::disabled())
            .build(),
        region: "us-east-1".to_owned(),
    }
}

impl HttpClient for Canned {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Canned {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let seen = see(&request);
        let reply = (self.answer)(&seen).unwrap_or_else(|| good(seen.action));
        let body = match &self.bytes {
            Some((action, body)) if *action == seen.action => body.clone(),
            _ => reply.on_the_wire(seen.action),
        };
        self.seen.lock().unwrap().push(seen);
        if reply.status == 0 {
            return HttpConnectorFuture::new(std::future::pending());
        }
        let status = reply.status.try_into().unwrap();
        let mut response = HttpResponse::new(status, SdkBody::from(body));
        for (name, value) in reply.headers {
            response.headers_mut().insert(name, value);
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

/// Which call a request is.
fn see(request: &HttpRequest) -> Seen {
    let header = |name: &str| request.headers().get(name).unwrap_or_default();
    // Credential=KEY/DATE/REGION/SERVICE/aws4_request
    let scope: Vec<&str> = header("authorization").split('/').collect();
    let (region, service) = (scope[2].to_owned(), scope[3]);
    let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
    let uri = request.uri();
    let operation = match service {
        "iam" | "sns" | "sts" => body.split(['=', '&']).nth(1).unwrap().to_owned(),
        "account" => "ListRegions".to_owned(),
        "guardduty" if uri.split('?').next().unwrap().ends_with("/detector") => {
            "ListDetectors".to_owned()
        }
        "guardduty" => "GetDetector".to_owned(),
        "securityhub" => "DescribeHub".to_owned(),
        "s3" => s3_operation(request.method(), uri).to_owned(),
        "monitoring" => uri.rsplit('/').next().unwrap().to_owned(),
        _ => header("x-amz-target")
            .rsplit('.')
            .next()
            .unwrap()
            .to_owned(),
    };
    let of_account = uri.contains("/v20180820/");
    let action = Action::ALL
        .iter()
        .find(|action| {
            action.operation() == operation
                && (**action == Action::GetAccountPublicAccessBlock) == of_account
        })
        .unwrap_or_else(|| panic!("unknown call {service} {operation} {uri}"));
    Seen {
        action: *action,
        region,
        uri: uri.to_owned(),
        body: body.into_owned(),
        expected_owner: !header("x-amz-expected-bucket-owner").is_empty(),
    }
}

fn s3_operation(method: &str, uri: &str) -> &'static str {
    if method == "HEAD" {
        return "HeadBucket";
    }
    let query = uri.split_once('?').map_or("", |(_, query)| query);
    match query.split(['=', '&']).next().unwrap_or_default() {
        "location" => "GetBucketLocation",
        "policy" => "GetBucketPolicy",
        "policyStatus" => "GetBucketPolicyStatus",
        "acl" => "GetBucketAcl",
        "ownershipControls" => "GetBucketOwnershipControls",
        "versioning" => "GetBucketVersioning",
        "object-lock" => "GetObjectLockConfiguration",
        "lifecycle" => "GetBucketLifecycleConfiguration",
        "encryption" => "GetBucketEncryption",
        "logging" => "GetBucketLogging",
        "requestPayment" => "GetBucketRequestPayment",
        "notification" => "GetBucketNotificationConfiguration",
        _ => "GetPublicAccessBlock",
    }
}
