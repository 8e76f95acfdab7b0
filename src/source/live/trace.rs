//! `tracing` events for `--log`: one per attempt of a call, and one per HTTP exchange.

use std::time::Instant;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, Metadata};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};

/// Emits an event per attempt: service, operation, Region, status, request id,
/// milliseconds. Headers and bodies stay out of it, because that is where credentials
/// and account data are.
#[derive(Debug)]
pub(super) struct Trace {
    region: String,
}

#[derive(Debug)]
struct Sent(Instant);

impl Storable for Sent {
    type Storer = StoreReplace<Self>;
}

impl Trace {
    /// A trace of calls to `region`.
    pub(super) fn new(region: &str) -> Self {
        Trace {
            region: region.to_owned(),
        }
    }
}

impl Intercept for Trace {
    fn name(&self) -> &'static str {
        "Trace"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(Sent(Instant::now()));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (service, operation) = config
            .load::<Metadata>()
            .map_or(("", ""), |call| (call.service(), call.name()));
        let ms = config
            .load::<Sent>()
            .map_or(0, |sent| sent.0.elapsed().as_millis());
        let region = self.region.as_str();
        match context.response() {
            Some(response) => tracing::debug!(
                target: "trailcheck",
                service,
                operation,
                region,
                status = response.status().as_u16(),
                request_id = request_id(response),
                ms,
                "answered"
            ),
            None => tracing::debug!(
                target: "trailcheck", service, operation, region, ms, "no answer"
            ),
        }
        Ok(())
    }
}

/// An HTTP client that emits an event per exchange, at the level `trace`. It sees what no
/// interceptor of ours does: the SDK's own calls for credentials.
#[derive(Debug)]
pub(super) struct Exchanges(pub(super) SharedHttpClient);

impl HttpClient for Exchanges {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.0.http_connector(settings, components);
        SharedHttpConnector::new(Exchange(connector))
    }
}

#[derive(Debug)]
struct Exchange(SharedHttpConnector);

impl HttpConnector for Exchange {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let host = host(request.uri()).to_owned();
        let sent = Instant::now();
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await;
            let ms = sent.elapsed().as_millis();
            match &answer {
                Ok(response) => tracing::trace!(
                    target: "trailcheck",
                    host,
                    status = response.status().as_u16(),
                    request_id = request_id(response),
                    ms,
                    "exchange"
                ),
                Err(_) => tracing::trace!(target: "trailcheck", host, ms, "no exchange"),
            }
            answer
        })
    }
}

/// The host and port of a URI: all of it that never holds a token.
fn host(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host)
}

/// The request id, under the names that JSON services, query services and S3 give it.
fn request_id(response: &HttpResponse) -> &str {
    ["x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id"]
        .iter()
        .find_map(|name| response.headers().get(*name))
        .unwrap_or("-")
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn nothing_but_the_host_of_a_uri_is_logged() {
        for uri in [
            "https://portal.sso.eu-west-1.amazonaws.com/federation/credentials?token=secret",
            "https://user:secret@portal.sso.eu-west-1.amazonaws.com",
            "portal.sso.eu-west-1.amazonaws.com/secret",
        ] {
            assert_eq!(host(uri), "portal.sso.eu-west-1.amazonaws.com");
        }
        assert_eq!(
            host("http://169.254.169.254:80/latest"),
            "169.254.169.254:80"
        );
    }
}
