//! The way to AWS: credentials, Region, endpoints, HTTP, retries.

use std::time::Duration;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::count::ForCredentials;
use super::profile::Profiles;
use super::{Progress, Request, endpoint, http_client, regions};
use crate::error::Error;
use crate::snapshot::arn;

/// Where the first calls go if nobody names a Region. The global services of the `aws`
/// partition live there.
const DEFAULT_REGION: &str = "us-east-1";

/// The role session's name, which the audited account's trails will show.
const SESSION_NAME: &str = "trailcheck";

/// How AWS is reached.
#[derive(Debug)]
pub(super) struct Connection {
    /// What all clients are made from.
    pub(super) config: SdkConfig,
    /// The Region that calls go to which are about no Region in particular.
    pub(super) region: String,
}

impl Connection {
    /// The service's custom endpoint, if it has one.
    pub(super) fn endpoint(&self, service: &str) -> Option<String> {
        endpoint::configured(&self.config, service)
    }

    /// Whether the service has a custom endpoint.
    pub(super) fn overridden(&self, service: &str) -> bool {
        self.endpoint(service).is_some()
    }
}

/// Reads the AWS configuration. Nothing is sent to AWS yet, except for the Region and
/// role that an EC2 instance is asked for when nothing else names one.
///
/// # Errors
/// [`Error::Usage`] for what the caller can mend: an unknown profile, a malformed
/// setting, a plain-http endpoint without leave.
pub(super) async fn connect(request: &Request, progress: &Progress) -> Result<Connection, Error> {
    if let Some(role) = request.role_arn.as_deref() {
        check_role(role)?;
    }
    let profiles = Profiles::load(request.profile.as_deref()).await?;
    let http = http_client::shared(profiles.ca_bundle())?;
    let for_credentials =
        SharedHttpClient::new(ForCredentials::new(http.clone(), progress.clone()));
    let (retries, timeouts) = (profiles.retries()?, timeouts(request.call_limit()));
    let region = region(request).await;
    regions::check_name(region.as_ref())?;
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(for_credentials.clone())
        .region(region.clone())
        .retry_config(retries.clone())
        .timeout_config(timeouts.clone());
    if let Ok(name) = AppName::new("trailcheck") {
        loader = loader.app_name(name);
    }
    if let Some(url) = &request.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    if let Some(profile) = &request.profile {
        let config = ProviderConfig::default()
            .with_http_client(for_credentials)
            .with_region(Some(region.clone()))
            .with_retry_config(retries)
            .with_timeout_config(timeouts);
        loader = loader
            .profile_name(profile)
            .credentials_provider(of_profile(profile, &config));
    }
    let config = loader.load().await;
    endpoint::check(&config, &profiles, request.allow_http)?;
    Ok(Connection {
        region: region.as_ref().to_owned(),
        // From here on the calls are ours, and counted as such.
        config: in_role(config, request)
            .await
            .into_builder()
            .http_client(http)
            .build(),
    })
}

fn check_role(role: &str) -> Result<(), Error> {
    let is_role = arn::parse(role)
        .is_some_and(|arn| arn.service == "iam" && arn.resource.starts_with("role/"));
    if is_role {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "`{role}` is not a role's ARN such as `arn:PARTITION:iam::ACCOUNT:role/NAME`"
    )))
}

/// `--region`, else the environment's or the profile's, else the EC2 instance's, else
/// [`DEFAULT_REGION`].
async fn region(request: &Request) -> Region {
    if let Some(region) = &request.region {
        return Region::new(region.clone());
    }
    let mut provider = aws_config::default_provider::region::Builder::default();
    if let Some(profile) = &request.profile {
        provider = provider.profile_name(profile);
    }
    RegionProviderChain::first_try(provider.build())
        .or_else(DEFAULT_REGION)
        .region()
        .await
        .unwrap_or_else(|| Region::from_static(DEFAULT_REGION))
}

/// Credentials of the profile that was named. The SDK's default chain would prefer
/// those in the environment, so that `--profile` would quietly audit another account.
fn of_profile(profile: &str, config: &ProviderConfig) -> CredentialsProviderChain {
    let provider = ProfileFileCredentialsProvider::builder()
        .profile_name(profile)
        .configure(config)
        .build();
    CredentialsProviderChain::first_try("Profile", provider)
        .or_else(
            "EcsContainer",
            EcsCredentialsProvider::builder().configure(config).build(),
        )
        .or_else(
            "Ec2InstanceMetadata",
            ImdsCredentialsProvider::builder().configure(config).build(),
        )
}

/// The same configuration with the credentials of `--role-arn`, if it was given.
async fn in_role(config: SdkConfig, request: &Request) -> SdkConfig {
    let Some(role) = &request.role_arn else {
        return config;
    };
    let mut builder = AssumeRoleProvider::builder(role)
        .session_name(SESSION_NAME)
        .configure(&config);
    if let Some(external_id) = &request.external_id {
        builder = builder.external_id(external_id);
    }
    let provider = builder.build().await;
    config
        .into_builder()
        .credentials_provider(SharedCredentialsProvider::new(provider))
        .build()
}

/// The SDK has a limit for connecting only; without more, one dead endpoint would hold
/// up the run.
fn timeouts(call: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .read_timeout(Duration::from_secs(20))
        .operation_timeout(call)
        .build()
}
