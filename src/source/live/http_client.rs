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

use super::trace::Exchanges;
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
    let client = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
        builder.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            builder.set_sleep_impl(components.sleep_impl());
        }
        builder.set_proxy_config(Some(ProxyConfig::from_env()));
        if let Some(tls) = &tls {
            builder.set_tls_context(tls.clone());
        }
        builder.build()
    });
    Ok(SharedHttpClient::new(Exchanges(client)))
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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// A self-signed certificate of `localhost`; its key was thrown away.
    const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIDIjCCAgqgAwIBAgIUMtxFr6aKQiMbaIMQmq+aBCk9ZAowDQYJKoZIhvcNAQEL\n\
BQAwFDESMBAGA1UEAwwJbG9jYWxob3N0MB4XDTI2MTEyMjE3MjkwMFoXDTM2MTEx\n\
OTE3MjkwMFowFDESMBAGA1UEAwwJbG9jYWxob3N0MIIBIjANBgkqhkiG9w0BAQEF\n\
AAOCAQ8AMIIBCgKCAQEA0o4nmjBU96pqMYDsceCVSNYcBpqawz3aILoUxDLabXfj\n\
UvduZ2Rw2A6UCr2PH3NQII5ws3j2Q6NXyLpgQcQ9FWZL2OukH5j0gR4sPvAc9UBh\n\
XnkhAgmoVsNGXMDxtRvek8R2kkNIaMc8dDreROn9CvtazBaNo2dUc9eUdtx5Kcas\n\
uEOq0hPu8wf5xixP0YqbEc3sJ0VTaNoSJwS7XQRXMpbOkgpx+NuLSaa0CecfadFl\n\
cBLjz7veMoiHCuqzHNxGaD0Kk/0BB3WnA8sLdaKue9v1kHT+vbSQv7gH6iLtcf0b\n\
2kbvzQtiDvk8UlkAnr6bJgcIc1vEaKR/CU8aLJ1nFwIDAQABo2wwajAdBgNVHQ4E\n\
FgQUA6jZaP5ZDWHggfDu5kExerP+vlgwHwYDVR0jBBgwFoAUA6jZaP5ZDWHggfDu\n\
5kExerP+vlgwGgYDVR0RBBMwEYIJbG9jYWxob3N0hwR/AAABMAwGA1UdEwEB/wQC\n\
MAAwDQYJKoZIhvcNAQELBQADggEBAIAWenejNGy0v3T/Np38+UBa+uzepBQUyHnA\n\
yULh4L3k1otlc5vwFwwwA+Y2zlnLbt8xTLqgYupl3a81AiPcGXwggTQfSQra3FzL\n\
AqWGwuu/GV/hjPmwcEEeucy51K/jt3BV9zaSlDf9h2AKyXG3rgorbDzpoZ/dljYi\n\
BA60Wyw6t0thaMwVsS4SK3fz4TxvOIUef+xq4k2Ha+g0+NldiMvRDOBIrIkWPm/t\n\
TFi4jzHDkHnDxMzghNvBPl/Ued3UmPWmh1AiWSHqmghwGZ2TOoPJ9RTgb5q716E7\n\
vKU1fFKhmHC8oA/aXQD7Dw6b6Fpr989sLFNGOqFBExMaZPC/z5o=\n\
-----END CERTIFICATE-----\n\
";

    fn outcome(bundle: &str) -> Result<(), Error> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bundle.as_bytes()).unwrap();
        shared(Some(file.path().to_owned())).map(|_| ())
    }

    #[test]
    fn a_bundle_of_certificates_is_taken() {
        assert!(outcome(&CERTIFICATE.repeat(2)).is_ok());
    }

    #[test]
    fn what_the_client_could_not_parse_is_refused_before_it_tries() {
        let lines: Vec<&str> = CERTIFICATE.lines().collect();
        let cut_off = lines[..lines.len() / 2].join("\n");
        let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for bundle in ["", "hello", &cut_off, no_certificate] {
            let error = outcome(bundle).unwrap_err();
            assert!(matches!(error, Error::Usage(_)), "{bundle}");
            assert!(error.to_string().contains("certificate bundle"), "{error}");
        }
    }

    #[test]
    fn a_bundle_that_is_not_there_is_an_error_and_not_the_systems_trust() {
        let path = PathBuf::from("/nonexistent/bundle.pem");
        assert!(matches!(shared(Some(path)), Err(Error::Read { .. })));
    }
}
