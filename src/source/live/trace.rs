//! One `tracing` event per attempt of a call, for `--log`.

use std::time::Instant;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
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

/// The request id, under the names that JSON services, query services and S3 give it.
fn request_id(response: &HttpResponse) -> &str {
    ["x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id"]
        .iter()
        .find_map(|name| response.headers().get(*name))
        .unwrap_or("-")
}
