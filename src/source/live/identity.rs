//! Who is asking.

use std::error::Error as StdError;

use aws_config::imds::client::error::ImdsError;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::gap::{self, CallError};
use super::session::Session;
use crate::error::Error;
use crate::snapshot::{Action, Gap, GapKind, Observed, arn};

const NO_CREDENTIALS: &str = "no AWS credentials found; name a profile with --profile, sign in \
     with `aws sso login`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";

/// The account and partition that the credentials belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    /// The 12-digit account id.
    pub(super) account: String,
    /// From the caller's ARN.
    pub(super) partition: String,
    /// The caller's ARN.
    pub(super) caller: String,
}

/// Asks STS who the credentials belong to. Nothing else makes sense without an answer.
///
/// # Errors
/// [`Error::Usage`] if there are no credentials; [`Error::Refused`] if AWS or the
/// network refuses.
pub(super) async fn ask(session: &Session) -> Result<Identity, Error> {
    let region = session.region();
    let call = session.sts(region).get_caller_identity().send();
    let answer = session
        .in_time(Action::GetCallerIdentity, region, call)
        .await
        .map_err(|late| Error::Refused(format!("AWS did not say who is asking: {late}")))?
        .map_err(|error| refusal(&error, session))?;
    let (Some(account), Some(caller)) = (answer.account, answer.arn) else {
        return Err(not_an_answer());
    };
    let partition = arn::parse(&caller)
        .ok_or_else(not_an_answer)?
        .partition
        .to_owned();
    Ok(Identity {
        account,
        partition,
        caller,
    })
}

/// The account's alias, for the head of the report.
pub(super) async fn alias(session: &Session) -> Observed<Option<String>> {
    let action = Action::ListAccountAliases;
    let region = session.region();
    let call = session.iam(region).list_account_aliases().send();
    session
        .ask(action, region, call)
        .await
        .and_then(|answer| answer.map_err(|error| gap::of(action, &error)))
        .map(|answer| answer.account_aliases.into_iter().next())
        .into()
}

fn not_an_answer() -> Error {
    Error::Refused("AWS's answer to who is asking names no account".to_owned())
}

/// Why STS did not answer, as an error of the run.
fn refusal<E>(error: &CallError<E>, session: &Session) -> Error
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    if let Some(error) = gap::chain(error).find_map(|error| error.downcast_ref()) {
        return no_credentials(error);
    }
    let Gap { kind, detail, .. } = gap::of(Action::GetCallerIdentity, error);
    let answered = error.raw_response().map(HttpResponse::status);
    Error::Refused(match error {
        _ if answered.is_some_and(StatusCode::is_success) => {
            format!("what answered in place of AWS cannot be understood: {detail}")
        }
        SdkError::ServiceError(_) if is_clock_skew(error.code(), error.message()) => format!(
            "AWS refuses the signature because this machine's clock is wrong; check the clock: {detail}"
        ),
        // AWS never says no without a code; a proxy or a gateway does.
        SdkError::ServiceError(_) if error.code().is_none() => format!(
            "something between here and AWS refuses the call {}: {detail}",
            session.whereabouts("STS")
        ),
        SdkError::ServiceError(_) if kind == GapKind::AccessDenied => format!(
            "AWS refuses these credentials: {detail}{}",
            elsewhere(error.code(), session)
        ),
        SdkError::ServiceError(_) => format!("AWS did not say who is asking: {detail}"),
        _ => format!(
            "AWS cannot be reached {}: {detail}",
            session.whereabouts("STS")
        ),
    })
}

/// AWS does not know an access key outside its partition, nor in a Region that its account
/// has not enabled, and says of both no more than that the token is not valid.
fn elsewhere(code: Option<&str>, session: &Session) -> String {
    if code != Some("InvalidClientTokenId") || session.overridden("STS") {
        return String::new();
    }
    let region = session.region();
    format!(
        "; asked in {region}: if they are of another partition, such as China's or GovCloud, \
         or {region} is not enabled in the account, name another Region with --region"
    )
}

/// Whether a refused signature is a matter of time, which AWS tells in the message only.
fn is_clock_skew(code: Option<&str>, message: Option<&str>) -> bool {
    match code {
        Some("RequestTimeTooSkewed" | "RequestExpired" | "RequestInTheFuture") => true,
        Some("InvalidSignatureException" | "SignatureDoesNotMatch") => {
            message.is_some_and(|text| {
                text.contains("Signature expired") || text.contains("not yet current")
            })
        }
        _ => false,
    }
}

fn no_credentials(error: &CredentialsError) -> Error {
    let detail = gap::innermost(error);
    // The last place to look is the EC2 metadata service. Off EC2 anything may answer in
    // its place, or nothing; either way there are no credentials.
    let only_metadata_left = gap::chain(error).any(|error| error.is::<ImdsError>());
    match error {
        CredentialsError::CredentialsNotLoaded(_) => Error::Usage(NO_CREDENTIALS.to_owned()),
        _ if only_metadata_left => Error::Usage(format!(
            "{NO_CREDENTIALS}; the EC2 metadata service, asked last: {detail}"
        )),
        CredentialsError::InvalidConfiguration(_) => Error::Usage(format!(
            "the AWS credentials are not set up right: {detail}"
        )),
        _ => Error::Refused(format!("AWS gave no credentials: {detail}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::canned::{Canned, Reply, request};
    use super::*;

    #[tokio::test]
    async fn who_sts_refuses_gets_awss_own_words() {
        let error = |code: &str, message: &str| {
            Reply::new(
                403,
                format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
                     <Message>{message}</Message></Error></ErrorResponse>"
                ),
            )
        };
        for (reply, words) in [
            (
                error(
                    "ExpiredToken",
                    "The security token included in the request is expired",
                ),
                "credentials: The security token included in the request is expired (ExpiredToken)",
            ),
            (
                error(
                    "SignatureDoesNotMatch",
                    "Signature expired: 20261122T000000Z is now earlier than 20261122T010000Z",
                ),
                "check the clock",
            ),
            (
                error(
                    "InvalidClientTokenId",
                    "The security token included in the request is invalid.",
                ),
                "(InvalidClientTokenId); asked in us-east-1: if they are of another partition",
            ),
            (
                error("Throttling", "Rate exceeded"),
                "AWS did not say who is asking: Rate exceeded (Throttling)",
            ),
            (
                Reply::new(407, ""),
                "between here and AWS refuses the call in us-east-1: HTTP 407",
            ),
            (Reply::new(200, ""), "the body is empty"),
            (
                Reply::new(200, "<html><body>hello</body></html>"),
                "cannot be understood",
            ),
            (
                Reply::new(
                    200,
                    "<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>",
                ),
                "names no account",
            ),
        ] {
            let canned = Canned::but(Action::GetCallerIdentity, reply);
            let error = canned.collect(&request()).await.unwrap_err();
            assert!(matches!(error, Error::Refused(_)), "{error:?}");
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
