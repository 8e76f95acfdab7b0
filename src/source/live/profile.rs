//! The AWS configuration files, as far as trailcheck has to look into them itself.

use std::path::PathBuf;

use aws_config::profile::ProfileSet;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_smithy_types::retry::RetryConfig;
use aws_types::os_shim_internal::{Env, Fs};

use super::gap;
use crate::error::Error;

/// Attempts per call unless `AWS_MAX_ATTEMPTS` or the profile says otherwise: an audit
/// asks each thing once, so a throttled call is worth two more tries than the SDK makes.
const ATTEMPTS: u32 = 5;

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
                .filter(|&attempts| attempts > 0)
                .ok_or_else(|| {
                    Error::Usage(format!(
                        "AWS_MAX_ATTEMPTS (`max_attempts` in a profile) is `{text}`; \
                         it must be a number from 1"
                    ))
                })?,
        };
        Ok(RetryConfig::standard()
            .with_max_attempts(attempts)
            .with_max_backoff(MAX_BACKOFF))
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
    let Some(profile) = set.get_profile(name) else {
        // Everybody has a profile `default`, written down or not.
        if name == "default" {
            return Ok(());
        }
        let near = nearest(name, set.profiles());
        return Err(Error::Usage(format!(
            "profile `{name}` is not in the AWS configuration files{near}"
        )));
    };
    if profile.get("mfa_serial").is_some() {
        return Err(Error::Usage(format!(
            "profile `{name}` asks for an MFA code, which trailcheck cannot; get credentials \
             with `aws configure export-credentials --profile {name} --format env` and export them"
        )));
    }
    Ok(())
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
    use super::*;

    const CONFIG: &str = "\
        [profile prod]\n\
        max_attempts = 9\n\
        ca_bundle = /etc/prod.pem\n\
        [profile mfa]\n\
        mfa_serial = GAHT12345678\n";

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
        for text in ["0", "-1", "many", "1.5"] {
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
        let error = load(&[], Some("mfa")).await.unwrap_err();
        assert!(error.to_string().contains("export-credentials"), "{error}");
    }
}
