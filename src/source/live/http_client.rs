//! The one HTTP client that all calls share.

use std::path::{Path, PathBuf};

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::Error;

/// A client that honours `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, and trusts the
/// certificates in `ca_bundle` instead of the system's, if it is given.
///
/// # Errors
/// [`Error::Read`] or [`Error::Usage`] if the bundle is not there or not one.
pub(super) fn shared(ca_bundle: Option<PathBuf>) -> Result<SharedHttpClient, Error> {
    let tls = match ca_bundle {
        Some(path) => Some(trusting(&path)?),
        None => None,
    };
    // The builder's own `build_https` silently drops the proxy settings that the SDK's
    // default client honours, so the connector is put together here as the SDK does it.
    Ok(
        Builder::new().build_with_connector_fn(move |settings, components| {
            let mut builder =
                Connector::builder().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
            builder.set_connector_settings(settings.cloned());
            if let Some(components) = components {
                builder.set_sleep_impl(components.sleep_impl());
            }
            builder.set_proxy_config(Some(ProxyConfig::from_env()));
            if let Some(tls) = &tls {
                builder.set_tls_context(tls.clone());
            }
            builder.build()
        }),
    )
}

/// Trusts exactly the certificates in the file, as the AWS CLI does.
fn trusting(path: &Path) -> Result<TlsContext, Error> {
    let pem = std::fs::read(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    let unusable = |why: String| {
        Error::Usage(format!(
            "the certificate bundle `{}` cannot be used: {why}",
            path.display()
        ))
    };
    // The HTTP client panics on a certificate it cannot parse, so they are tried first.
    let certificates = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| unusable(error.to_string()))?;
    if certificates.is_empty() {
        return Err(unusable("it holds no PEM certificate".to_owned()));
    }
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots
            .add(certificate)
            .map_err(|error| unusable(error.to_string()))?;
    }
    let store = TrustStore::empty().with_pem_certificate(pem);
    TlsContext::builder()
        .with_trust_store(store)
        .build()
        .map_err(|error| unusable(error.to_string()))
}
