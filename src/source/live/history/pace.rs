//! One request after another, and never sooner than AWS answers the next.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_cloudtrail::Client;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use tokio::time::{Instant, sleep_until};

/// The times at which requests may leave, as those share it that send them.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    apart: Duration,
    next: Arc<Mutex<Option<Instant>>>,
}

impl Pace {
    /// Requests that far apart.
    pub(super) fn new(apart: Duration) -> Self {
        Pace {
            apart,
            next: Arc::default(),
        }
    }

    /// The client with every request at this pace, also those that the SDK sends again.
    pub(super) fn keep(&self, client: Client, http: Option<SharedHttpClient>) -> Client {
        let Some(http) = http else { return client };
        let paced = Paced {
            client: http,
            pace: self.clone(),
        };
        let config = client.config().to_builder().http_client(paced);
        Client::from_conf(config.build())
    }

    /// Waits until a request could leave at once.
    pub(super) async fn free(&self) {
        let next = *self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(next) = next {
            sleep_until(next).await;
        }
    }

    /// When the next request may leave, which is from then on taken.
    fn take(&self, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = next.map_or(now, |next| next.max(now));
        *next = Some(turn + self.apart);
        turn
    }
}

/// An HTTP client that waits for its turn.
#[derive(Debug)]
struct Paced {
    client: SharedHttpClient,
    pace: Pace,
}

impl HttpClient for Paced {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(PacedConnector {
            connector: self.client.http_connector(settings, components),
            pace: self.pace.clone(),
        })
    }
}

#[derive(Debug)]
struct PacedConnector {
    connector: SharedHttpConnector,
    pace: Pace,
}

impl HttpConnector for PacedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (connector, pace) = (self.connector.clone(), self.pace.clone());
        HttpConnectorFuture::new(async move {
            sleep_until(pace.take(Instant::now())).await;
            connector.call(request).await
        })
    }
}

#[cfg(test)]
mod tests {
    use aws_config::retry::RetryConfig;
    use aws_credential_types::Credentials;
    use aws_sdk_cloudtrail::config::{BehaviorVersion, Config, Region};

    use super::super::super::canned::{Canned, Reply};
    use super::super::super::limit::BETWEEN_LOOKUPS;
    use super::*;

    #[test]
    fn no_more_than_two_requests_leave_in_any_second() {
        let pace = Pace::new(BETWEEN_LOOKUPS);
        let start = Instant::now();
        // Some are ready at once, some only later.
        let ready = [0, 0, 0, 100, 2_900, 2_950, 2_960, 9_000, 9_001];
        let turns: Vec<Instant> = ready
            .iter()
            .map(|ready| pace.take(start + Duration::from_millis(*ready)))
            .collect();
        for (turn, ready) in turns.iter().zip(ready) {
            assert!(*turn >= start + Duration::from_millis(ready));
        }
        for three in turns.windows(3) {
            assert!(three[2] - three[0] >= Duration::from_secs(1), "{turns:?}");
        }
        // Nobody waits for a turn that nobody took.
        assert_eq!(turns[7], start + Duration::from_millis(9_000));
    }

    #[tokio::test]
    async fn what_the_sdk_sends_again_takes_a_turn_as_well() {
        let canned = Canned::new(|_| Some(Reply::json_error("ThrottlingException", "slow down")));
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("AKIAEXAMPLE", "not", None, None, "test"))
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(3)
                    .with_initial_backoff(Duration::from_millis(1)),
            );
        let pace = Pace::new(Duration::from_millis(5));
        let start = Instant::now();
        let client = Client::from_conf(config.build());
        let client = pace.keep(client, Some(SharedHttpClient::new(canned.clone())));
        client.lookup_events().send().await.unwrap_err();
        assert_eq!(canned.seen().len(), 3);
        let next = pace.next.lock().unwrap().unwrap();
        assert!(next - start >= Duration::from_millis(5) * 3);
    }
}
