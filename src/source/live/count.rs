//! Counts requests for `--stats`: an interceptor sees those of our calls, and an HTTP
//! client those that the SDK makes for credentials, where no interceptor of ours is.

use std::time::Instant;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
    FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, Metadata};
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};

use super::Progress;
use crate::source::stats::{CREDENTIALS, SlowestCall};

/// Counts the attempts of calls to one Region, and times the calls.
#[derive(Debug)]
pub(super) struct Count {
    region: String,
    progress: Progress,
}

impl Count {
    /// Counts into `progress`.
    pub(super) fn new(region: &str, progress: Progress) -> Self {
        Count {
            region: region.to_owned(),
            progress,
        }
    }
}

/// A call that runs. It ends when the SDK drops what it knows about it, which it also does
/// with a call that is given up in the middle: the slowest of all, and no other hook tells.
#[derive(Debug)]
struct Running {
    service: String,
    operation: String,
    region: String,
    since: Instant,
    progress: Progress,
}

impl Storable for Running {
    type Storer = StoreReplace<Self>;
}

impl Drop for Running {
    fn drop(&mut self) {
        self.progress.took(SlowestCall {
            service: std::mem::take(&mut self.service),
            operation: std::mem::take(&mut self.operation),
            region: std::mem::take(&mut self.region),
            took: self.since.elapsed(),
        });
    }
}

fn service(config: &ConfigBag) -> &str {
    config.load::<Metadata>().map_or("", Metadata::service)
}

impl Intercept for Count {
    fn name(&self) -> &'static str {
        "Count"
    }

    fn read_before_serialization(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let running = Running {
            service: service(config).to_owned(),
            operation: config
                .load::<Metadata>()
                .map_or("", Metadata::name)
                .to_owned(),
            region: self.region.clone(),
            since: Instant::now(),
            progress: self.progress.clone(),
        };
        config.interceptor_state().store_put(running);
        Ok(())
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let attempt = config
            .load::<RequestAttempts>()
            .map_or(1, RequestAttempts::attempts);
        self.progress.sent(service(config), attempt > 1);
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(response) = context.response() {
            let status = response.status().as_u16();
            self.progress.answered(service(config), status);
        }
        Ok(())
    }
}

/// An HTTP client for credentials, which counts every exchange.
#[derive(Debug)]
pub(super) struct ForCredentials {
    client: SharedHttpClient,
    progress: Progress,
}

impl ForCredentials {
    /// Counts what goes through `client` into `progress`.
    pub(super) fn new(client: SharedHttpClient, progress: Progress) -> Self {
        ForCredentials { client, progress }
    }
}

impl HttpClient for ForCredentials {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Counted {
            connector: self.client.http_connector(settings, components),
            progress: self.progress.clone(),
        })
    }
}

#[derive(Debug)]
struct Counted {
    connector: SharedHttpConnector,
    progress: Progress,
}

impl HttpConnector for Counted {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let retry = is_retry(request.headers().get("amz-sdk-request").unwrap_or_default());
        self.progress.sent(CREDENTIALS, retry);
        let (answer, progress) = (self.connector.call(request), self.progress.clone());
        HttpConnectorFuture::new(async move {
            let answer = answer.await;
            if let Ok(response) = &answer {
                progress.answered(CREDENTIALS, response.status().as_u16());
            }
            answer
        })
    }
}

/// Whether the SDK says in this header, as in `attempt=2; max=5`, that it tries again.
fn is_retry(header: &str) -> bool {
    header
        .split(';')
        .filter_map(|part| part.trim().strip_prefix("attempt="))
        .any(|attempt| attempt.parse().is_ok_and(|attempt: u32| attempt > 1))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::super::canned::{Canned, Reply, request};
    use super::*;
    use crate::snapshot::Action;

    #[tokio::test]
    async fn every_request_counts_for_its_service_and_no_other() {
        let canned = Canned::but(
            Action::GetBucketPolicy,
            Reply::s3_error(Action::GetBucketPolicy, 404, "NoSuchBucketPolicy", "none"),
        );
        canned.collect(&request()).await.unwrap();
        let mut expected: BTreeMap<&str, u64> = BTreeMap::new();
        for seen in canned.seen() {
            let service = match seen.action.iam().split(':').next().unwrap() {
                _ if seen.action == Action::GetAccountPublicAccessBlock => "S3 Control",
                "account" => "Account",
                "config" => "Config Service",
                "guardduty" => "GuardDuty",
                "securityhub" => "SecurityHub",
                "cloudtrail" => "CloudTrail",
                "cloudwatch" => "CloudWatch",
                "events" => "EventBridge",
                "iam" => "IAM",
                "kms" => "KMS",
                "logs" => "CloudWatch Logs",
                "organizations" => "Organizations",
                "s3" => "S3",
                "sns" => "SNS",
                _ => "STS",
            };
            *expected.entry(service).or_default() += 1;
        }
        let stats = canned.stats();
        let found: BTreeMap<&str, u64> = stats
            .services
            .iter()
            .map(|(service, requests)| (service.as_str(), requests.sent))
            .collect();
        assert_eq!(found, expected);
        let total = stats.total();
        assert_eq!((total.retries, total.unanswered()), (0, 0));
        assert_eq!((total.errors, stats.services["S3"].errors), (1, 1));
    }

    #[tokio::test]
    async fn a_call_that_is_given_up_is_the_slowest_and_its_request_has_no_answer() {
        let canned = Canned::but(Action::GetKeyPolicy, Reply::never());
        let mut request = request();
        request.call_timeout = Duration::from_secs(1);
        canned.collect(&request).await.unwrap();
        let stats = canned.stats();
        assert_eq!(stats.total().unanswered(), 1);
        assert_eq!(stats.services["KMS"].unanswered(), 1);
        let slowest = stats.slowest.unwrap();
        assert_eq!(
            (slowest.service.as_str(), slowest.operation.as_str()),
            ("KMS", "GetKeyPolicy")
        );
        assert_eq!(slowest.region, "us-east-1");
        assert!(slowest.took >= request.call_timeout);
    }

    #[test]
    fn the_sdk_tells_a_retry_by_its_header() {
        for (header, retry) in [
            ("attempt=1; max=3", false),
            ("ttl=20261122T150400Z; attempt=2; max=3", true),
            ("attempt=12", true),
            ("max=3", false),
            ("", false),
        ] {
            assert_eq!(is_retry(header), retry, "{header}");
        }
    }
}
