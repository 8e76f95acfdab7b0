//! Custom endpoints: where they come from, and what must not be sent to them.

use std::net::IpAddr;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::service_config::ServiceConfigKey;
use http::Uri;

use super::profile::Profiles;
use crate::error::Error;

/// The services that a run may call, as `AWS_ENDPOINT_URL_<SERVICE>` names them.
const SERVICES: &[&str] = &[
    "Account",
    "CloudTrail",
    "CloudWatch Logs",
    "Config Service",
    "GuardDuty",
    "IAM",
    "KMS",
    "Organizations",
    "S3",
    "S3 Control",
    "SecurityHub",
    "SNS",
    "STS",
];

/// The services that the SDK may ask on the way to credentials. It asks them where the
/// environment or the profile says, `--endpoint-url` and
/// `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` notwithstanding.
const FOR_CREDENTIALS: &[&str] = &["STS", "SSO", "SSO OIDC"];

/// The custom endpoint of a service, by the SDK's own order of precedence: flag, then
/// the service's environment variable or profile entry, then the general ones.
pub(super) fn configured(config: &SdkConfig, service: &str) -> Option<String> {
    let general = config.endpoint_url().map(str::to_owned);
    if config.get_origin("endpoint_url").is_client_config() {
        return general;
    }
    let key = ServiceConfigKey::builder()
        .service_id(service)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok()?;
    config
        .service_config()
        .and_then(|configured| configured.load_config(key))
        .or(general)
}

/// Refuses custom endpoints that are no URL, or that would carry requests in the clear.
///
/// # Errors
/// [`Error::Usage`] naming the endpoint.
pub(super) fn check(
    config: &SdkConfig,
    profiles: &Profiles,
    allow_http: bool,
) -> Result<(), Error> {
    let asked = SERVICES
        .iter()
        .filter_map(|service| configured(config, service));
    let on_the_way = FOR_CREDENTIALS
        .iter()
        .filter_map(|service| profiles.endpoint(service));
    asked
        .chain(on_the_way)
        .try_for_each(|endpoint| check_one(&endpoint, allow_http))
}

pub(super) fn check_one(endpoint: &str, allow_http: bool) -> Result<(), Error> {
    let unusable = || {
        Error::Usage(format!(
            "endpoint `{endpoint}` is not a URL such as `https://host:port`"
        ))
    };
    // Anywhere, because a password that is not written as a URL must have it ends up in the
    // path or the port, and an endpoint has no other use for the character.
    if let Some((_, behind)) = endpoint.rsplit_once('@') {
        let host = behind.split(['/', '?', '#']).next().unwrap_or_default();
        // The rest is not repeated, because this goes to logs.
        return Err(Error::Usage(format!(
            "the endpoint at `{host}` comes with a user name or password, which AWS's protocols \
             have no use for; leave it out"
        )));
    }
    let uri: Uri = endpoint.parse().map_err(|_| unusable())?;
    let host = uri
        .host()
        .filter(|host| !host.is_empty())
        .ok_or_else(unusable)?;
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if allow_http || is_loopback(host) => Ok(()),
        Some("http") => Err(Error::Usage(format!(
            "endpoint `{endpoint}` is plain http on another machine, where anybody on the \
             way could read and change the answers; use https, or allow it with --allow-http"
        ))),
        _ => Err(unusable()),
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Takes the `ACCOUNT.` off the host that S3 Control puts before it, before the request
/// is signed: a custom endpoint has no such name.
#[derive(Debug)]
pub(super) struct NoAccountPrefix;

impl Intercept for NoAccountPrefix {
    fn name(&self) -> &'static str {
        "NoAccountPrefix"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        if let Some(uri) = without_account(request.uri()) {
            request.set_uri(uri)?;
        }
        Ok(())
    }
}

/// The URI without a 12-digit first label; `None` if it has none.
fn without_account(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once("://")?;
    let (label, host) = rest.split_once('.')?;
    let is_account = label.len() == 12 && label.bytes().all(|byte| byte.is_ascii_digit());
    is_account.then(|| format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only_unless_allowed() {
        for endpoint in [
            "http://localhost:4566",
            "http://127.0.0.1:1",
            "http://127.8.8.8",
            "http://[::1]:1",
            "https://example.com",
            "https://vpce-1.cloudtrail.us-east-1.vpce.amazonaws.com",
        ] {
            assert!(check_one(endpoint, false).is_ok(), "{endpoint}");
        }
        for endpoint in [
            "http://example.com",
            "http://10.0.0.1:4566",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "HTTP://example.com",
        ] {
            let error = check_one(endpoint, false).unwrap_err();
            assert!(matches!(error, Error::Usage(_)));
            assert!(error.to_string().contains("--allow-http"), "{error}");
            assert!(check_one(endpoint, true).is_ok(), "{endpoint}");
        }
    }

    #[test]
    fn what_is_no_url_is_refused_in_any_case() {
        for endpoint in ["", "example.com", "ftp://example.com", "https://", "a b"] {
            let error = check_one(endpoint, true).unwrap_err();
            assert!(error.to_string().contains("is not a URL"), "{error}");
        }
    }

    #[test]
    fn a_password_in_an_endpoint_is_refused_and_not_repeated() {
        for endpoint in [
            "https://user:secret@example.com",
            "http://user:secret@127.0.0.1:5000",
            "http://127.0.0.1:secret@example.com",
            "https://user:sec/secret@example.com",
            "https://user:12/secret@example.com",
            "https://user:pa#secret@example.com",
            "https:///user:secret@example.com",
            "user:secret w@example.com",
        ] {
            let error = check_one(endpoint, true).unwrap_err().to_string();
            assert!(error.contains("user name or password"), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn only_an_account_id_is_taken_off_the_host() {
        assert_eq!(
            without_account("http://111122223333.127.0.0.1:5000/v2?x=1").as_deref(),
            Some("http://127.0.0.1:5000/v2?x=1")
        );
        for uri in [
            "http://127.0.0.1:5000/",
            "http://localhost/",
            "https://s3-control.us-east-1.amazonaws.com/",
        ] {
            assert_eq!(without_account(uri), None, "{uri}");
        }
    }
}
