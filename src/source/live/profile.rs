//! The AWS configuration files, as far as trailcheck has to look into them itself.

use std::collections::BTreeSet;
use std::path::PathBuf;

use aws_config::profile::ProfileSet;
use aws_runtime::env_config::EnvConfigValue;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_smithy_types::retry::RetryConfig;
use aws_types::os_shim_internal::{Env, Fs};

use super::gap;
use crate::error::Error;

/// Attempts per call unless `AWS_MAX_ATTEMPTS` or the profile says otherwise: an audit
/// asks each thing once, so a throttled call is worth two more tries than the SDK makes.
const ATTEMPTS: u32 = 5;

/// The most attempts that may be asked for. More would outlast any limit on a call, and
/// the SDK adds up the pauses between all of them beforehand, one by one.
const MOST_ATTEMPTS: u32 = 100;

/// The longest pause between two attempts.
const MAX_BACKOFF: std::time::Duration = std::time::Duration::from_secs(8);

/// The configuration files, with one profile chosen.
#[derive(Debug)]
pub(super) struct Profiles {
    set: ProfileSet,
    env: Env,
}

impl Profiles {
    /// Reads `~/.aws/config` and `~/.aws/credentials`, or what the environment names in
    /// their place, and makes sure that the profile is one that can be used.
    ///
    /// # Errors
    /// [`Error::Usage`] for files that do not parse, an unknown profile, or one that
    /// needs an MFA code.
    pub(super) async fn load(profile: Option<&str>) -> Result<Self, Error> {
        Self::load_from(&Fs::real(), Env::real(), profile).await
    }

    async fn load_from(fs: &Fs, env: Env, profile: Option<&str>) -> Result<Self, Error> {
        let chosen = profile
            .map(str::to_owned)
            .or_else(|| env.get("AWS_PROFILE").ok())
            .filter(|name| !name.is_empty());
        let set = aws_config::profile::load(
            fs,
            &env,
            &EnvConfigFiles::default(),
            chosen.clone().map(Into::into),
        )
        .await
        .map_err(|error| {
            Error::Usage(format!(
                "the AWS configuration files cannot be read: {}",
                gap::innermost(&error)
            ))
        })?;
        if let Some(name) = chosen {
            check(&set, &name)?;
            // Credentials in the environment go before AWS_PROFILE, though not before
            // --profile, and need no role and no code.
            let assumed = profile.is_some() || env.get("AWS_ACCESS_KEY_ID").is_err();
            if assumed && let Some(asking) = asks_for_mfa(&set, &name) {
                return Err(needs_mfa(&name, asking));
            }
        }
        Ok(Profiles { set, env })
    }

    /// `AWS_CA_BUNDLE`, or the profile's `ca_bundle`.
    pub(super) fn ca_bundle(&self) -> Option<PathBuf> {
        self.either("AWS_CA_BUNDLE", "ca_bundle").map(PathBuf::from)
    }

    /// The SDK's standard retries, with jitter and a bounded pause.
    ///
    /// # Errors
    /// [`Error::Usage`] if the number of attempts is not one. (The SDK would panic.)
    pub(super) fn retries(&self) -> Result<RetryConfig, Error> {
        let attempts = match self.either("AWS_MAX_ATTEMPTS", "max_attempts") {
            None => ATTEMPTS,
            Some(text) => text
                .trim()
                .parse()
                .ok()
                .filter(|attempts| (1..=MOST_ATTEMPTS).contains(attempts))
                .ok_or_else(|| {
                    Error::Usage(format!(
                        "AWS_MAX_ATTEMPTS (`max_attempts` in a profile) is `{text}`; \
                         it must be a number from 1 to {MOST_ATTEMPTS}"
                    ))
                })?,
        };
        Ok(RetryConfig::standard()
            .with_max_attempts(attempts)
            .with_max_backoff(MAX_BACKOFF))
    }

    /// The endpoint that the environment or the profile sets for a service, or for all.
    pub(super) fn endpoint(&self, service: &str) -> Option<String> {
        let (endpoint, _) = EnvConfigValue::new()
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .service_id(service)
            .load(&self.env, Some(&self.set))?;
        Some(endpoint.into_owned()).filter(|endpoint| !endpoint.is_empty())
    }

    fn either(&self, variable: &str, property: &str) -> Option<String> {
        self.env
            .get(variable)
            .ok()
            .or_else(|| self.set.get(property).map(str::to_owned))
            .filter(|value| !value.is_empty())
    }
}

fn check(set: &ProfileSet, name: &str) -> Result<(), Error> {
    // Everybody has a profile `default`, written down or not.
    if name == "default" || set.get_profile(name).is_some() {
        return Ok(());
    }
    let near = nearest(name, set.profiles());
    Err(Error::Usage(format!(
        "profile `{name}` is not in the AWS configuration files{near}"
    )))
}

/// The first profile on the way from `name` to its credentials whose role asks for an MFA
/// code. A profile without a role uses its keys as they are, and `mfa_serial` in it is for
/// other tools.
fn asks_for_mfa<'a>(set: &'a ProfileSet, name: &'a str) -> Option<&'a str> {
    let mut seen = BTreeSet::new();
    let mut next = Some(name);
    while let Some(name) = next.filter(|name| seen.insert(*name)) {
        let profile = set.get_profile(name)?;
        profile.get("role_arn")?;
        if profile.get("mfa_serial").is_some() {
            return Some(name);
        }
        next = profile.get("source_profile");
    }
    None
}

fn needs_mfa(name: &str, asking: &str) -> Error {
    let by = if asking == name {
        String::new()
    } else {
        format!(" by way of its source profile `{asking}`")
    };
    Error::Usage(format!(
        "profile `{name}` asks for an MFA code{by}, which trailcheck cannot; get credentials \
         with `aws configure export-credentials --profile {name} --format env`, export them, \
         and leave out --profile"
    ))
}

/// `; did you mean ...?` if something known is spelled nearly like `name`.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    known
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| format!("; did you mean `{candidate}`?"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use aws_config::SdkConfig;

    use super::super::endpoint;
    use super::*;

    const CONFIG: &str = "\
        [profile prod]\n\
        max_attempts = 9\n\
        ca_bundle = /etc/prod.pem\n\
        [profile mfa]\n\
        role_arn = arn:aws:iam::111122223333:role/auditor\n\
        source_profile = keys\n\
        mfa_serial = GAHT12345678\n\
        [profile behind]\n\
        role_arn = arn:aws:iam::111122223333:role/reader\n\
        source_profile = mfa\n\
        [profile keys]\n\
        aws_access_key_id = AKIAEXAMPLE\n\
        aws_secret_access_key = not-a-secret\n\
        mfa_serial = GAHT12345678\n\
        [profile clear]\n\
        services = clear\n\
        [services clear]\n\
        sso =\n\
        \x20 endpoint_url = http://example.com\n\
        [profile circle]\n\
        role_arn = arn:aws:iam::111122223333:role/reader\n\
        source_profile = circle\n";

    async fn load(variables: &[(&str, &str)], profile: Option<&str>) -> Result<Profiles, Error> {
        let mut variables = variables.to_vec();
        variables.push(("AWS_CONFIG_FILE", "config"));
        let fs = Fs::from_slice(&[("config", CONFIG)]);
        Profiles::load_from(&fs, Env::from_slice(&variables), profile).await
    }

    #[tokio::test]
    async fn a_variable_goes_before_the_profile_and_the_profile_before_our_default() {
        for (variables, profile, attempts) in [
            (&[("AWS_MAX_ATTEMPTS", "2")][..], Some("prod"), 2),
            (&[], Some("prod"), 9),
            (&[("AWS_PROFILE", "prod")], None, 9),
            (&[], None, ATTEMPTS),
        ] {
            let profiles = load(variables, profile).await.unwrap();
            assert_eq!(profiles.retries().unwrap().max_attempts(), attempts);
        }
        let profiles = load(&[], Some("prod")).await.unwrap();
        assert_eq!(profiles.ca_bundle(), Some("/etc/prod.pem".into()));
    }

    #[tokio::test]
    async fn a_number_of_attempts_that_is_none_is_the_callers_to_mend() {
        for text in ["0", "-1", "many", "1.5", "101", "4294967295"] {
            let profiles = load(&[("AWS_MAX_ATTEMPTS", text)], None).await.unwrap();
            let error = profiles.retries().unwrap_err();
            assert!(matches!(error, Error::Usage(_)));
            assert!(error.to_string().contains(&format!("`{text}`")), "{error}");
        }
    }

    #[tokio::test]
    async fn an_unknown_profile_is_named_with_its_neighbour() {
        assert!(load(&[], Some("default")).await.is_ok());
        for (variables, profile) in [
            (&[("AWS_PROFILE", "prd")][..], None),
            (&[("AWS_PROFILE", "prod")], Some("prd")),
        ] {
            let error = load(variables, profile).await.unwrap_err();
            assert!(matches!(error, Error::Usage(_)));
            let error = error.to_string();
            assert!(error.contains("`prd`"), "{error}");
            assert!(error.contains("did you mean `prod`?"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_profile_that_wants_an_mfa_code_gets_advice() {
        for profile in ["mfa", "behind"] {
            let error = load(&[], Some(profile)).await.unwrap_err();
            assert!(matches!(error, Error::Usage(_)));
            let error = error.to_string();
            assert!(error.contains("export-credentials"), "{error}");
            assert!(error.contains(&format!("`{profile}`")), "{error}");
            assert!(error.contains("`mfa`"), "{error}");
        }
        assert!(load(&[("AWS_PROFILE", "mfa")], None).await.is_err());
    }

    #[tokio::test]
    async fn whoever_followed_the_advice_gets_on() {
        let exported = [("AWS_PROFILE", "mfa"), ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE")];
        assert!(load(&exported, None).await.is_ok());
        // --profile goes before the environment, so the code is asked for all the same.
        assert!(load(&exported, Some("mfa")).await.is_err());
    }

    #[tokio::test]
    async fn a_serial_without_a_role_asks_for_nothing() {
        for profile in ["keys", "circle"] {
            assert!(load(&[], Some(profile)).await.is_ok(), "{profile}");
        }
    }

    #[tokio::test]
    async fn plain_http_on_the_way_to_credentials_is_refused_whatever_the_flag_names() {
        use aws_types::origin::Origin;

        // As with --endpoint-url https://example.com.
        let mut flag = SdkConfig::builder().endpoint_url("https://example.com");
        flag.insert_origin("endpoint_url", Origin::shared_config());
        let flag = flag.build();
        let plain = "http://example.com";
        for (variables, profile) in [
            (&[("AWS_ENDPOINT_URL", plain)][..], None),
            (&[("AWS_ENDPOINT_URL_STS", plain)], None),
            (&[("AWS_ENDPOINT_URL_SSO_OIDC", plain)], None),
            (&[], Some("clear")),
        ] {
            let profiles = load(variables, profile).await.unwrap();
            let error = endpoint::check(&flag, &profiles, false).unwrap_err();
            assert!(
                error.to_string().contains("`http://example.com`"),
                "{error}"
            );
            assert!(endpoint::check(&flag, &profiles, true).is_ok());
        }
        let profiles = load(&[("AWS_ENDPOINT_URL_S3", plain)], None).await.unwrap();
        assert!(endpoint::check(&flag, &profiles, false).is_ok());
    }
}
