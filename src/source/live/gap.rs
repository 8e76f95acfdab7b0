//! From an SDK error to the gap that it leaves.

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::reply::Broken;
use crate::snapshot::{Action, Gap, GapKind};

/// An SDK error with its HTTP response.
pub(super) type CallError<E> = SdkError<E, HttpResponse>;

/// The gap left by a call that failed.
pub(super) fn of<E>(action: Action, error: &CallError<E>) -> Gap
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    Gap::new(action, kind(error), detail(error))
}

/// The gap left by an answer without something that AWS documents as always there.
pub(super) fn malformed(action: Action, detail: impl Into<String>) -> Gap {
    Gap::new(action, GapKind::Malformed, detail)
}

/// The gap left by an answer that lacks `member`.
pub(super) fn without(action: Action, member: &str) -> Gap {
    let operation = action.operation();
    malformed(action, format!("{operation}'s answer has no `{member}`"))
}

/// What sort of failure it was.
pub(super) fn kind<E>(error: &CallError<E>) -> GapKind
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match error {
        SdkError::ServiceError(failure) => {
            let status = failure.raw().status();
            if status.is_success() {
                // The service said yes, and the SDK could not make sense of the rest.
                return GapKind::Malformed;
            }
            let code = failure.err().code();
            kind_of_code(code.unwrap_or_default())
                .unwrap_or_else(|| kind_of_status(status.as_u16(), code.is_some()))
        }
        // A body that was read to its end is in memory; one that broke off is not.
        SdkError::ResponseError(failure) if failure.raw().body().bytes().is_some() => {
            let status = failure.raw().status();
            if status.is_success() {
                GapKind::Malformed
            } else {
                // An error in a shape that the service does not use, for example the
                // HTML page of something that is not AWS.
                kind_of_status(status.as_u16(), false)
            }
        }
        // Before anything was sent: mostly an endpoint that the partition or Region
        // does not have.
        SdkError::ConstructionFailure(_) => GapKind::Unsupported,
        _ => GapKind::Transient,
    }
}

/// What an error code means; `None` if only the HTTP status can tell.
fn kind_of_code(code: &str) -> Option<GapKind> {
    // Some services append `Exception` to the code, some do not.
    let stem = code
        .strip_suffix("Exception")
        .or_else(|| code.strip_suffix("Fault"))
        .unwrap_or(code);
    Some(match stem {
        "AccessDenied"
        | "AllAccessDisabled"
        | "AuthFailure"
        | "AuthorizationError"
        | "ExpiredToken"
        | "Forbidden"
        | "IncompleteSignature"
        | "InvalidAccessKeyId"
        | "InvalidClientTokenId"
        | "InvalidSignature"
        | "InvalidToken"
        | "MissingAuthenticationToken"
        | "NotAuthorized"
        | "OperationNotPermitted"
        | "RequestExpired"
        | "RequestTimeTooSkewed"
        | "SignatureDoesNotMatch"
        | "UnauthorizedAccess"
        | "UnauthorizedOperation"
        | "UnrecognizedClient" => GapKind::AccessDenied,
        "BandwidthLimitExceeded"
        | "PriorRequestNotComplete"
        | "ProvisionedThroughputExceeded"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "SlowDown"
        | "TooManyRequests" => GapKind::Throttled,
        "InvalidAction" | "NotImplemented" | "UnknownOperation" | "UnsupportedOperation" => {
            GapKind::Unsupported
        }
        "InternalError"
        | "InternalFailure"
        | "InternalServerError"
        | "RequestTimeout"
        | "ServiceUnavailable" => GapKind::Transient,
        _ if stem.starts_with("Throttl") => GapKind::Throttled,
        _ if stem.starts_with("NoSuch") || stem.contains("NotFound") => GapKind::NotFound,
        _ => return None,
    })
}

/// What a bare HTTP status means.
fn kind_of_status(status: u16, has_code: bool) -> GapKind {
    match status {
        401 | 403 => GapKind::AccessDenied,
        // With a code it is the service that misses the resource; without one it is a
        // server that does not know the call.
        404 if has_code => GapKind::NotFound,
        408 => GapKind::Transient,
        429 => GapKind::Throttled,
        501 => GapKind::Unsupported,
        500.. => GapKind::Transient,
        // Everything else says that this endpoint does not take the call as we make it.
        _ => GapKind::Unsupported,
    }
}

/// The service's own message with its code, or what went wrong on the way.
pub(super) fn detail<E>(error: &CallError<E>) -> String
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match error {
        SdkError::ServiceError(failure) => {
            let status = failure.raw().status().as_u16();
            match (failure.err().code(), failure.err().message()) {
                _ if failure.raw().status().is_success() => unusable(status, failure.err()),
                (Some(code), Some(message)) => {
                    format!("{} ({code})", without_signature(message))
                }
                (Some(code), None) => format!("{code}, HTTP {status}"),
                (None, Some(message)) => {
                    format!("{} (HTTP {status})", without_signature(message))
                }
                (None, None) => format!("HTTP {status} without an error code"),
            }
        }
        SdkError::ResponseError(failure) => {
            let status = failure.raw().status().as_u16();
            if failure.raw().body().bytes().is_some() {
                unusable(status, failure_source(error))
            } else {
                let why = innermost(failure_source(error));
                format!("the answer broke off, HTTP {status}: {why}")
            }
        }
        SdkError::TimeoutError(_) => {
            "no answer within the time allowed for one call (--call-timeout, and at most a \
             quarter of --timeout)"
                .to_owned()
        }
        _ => innermost(failure_source(error)),
    }
}

/// An answer with a body that is not one. The SDK's own words are about its parser.
fn unusable(status: u16, error: &(dyn StdError + 'static)) -> String {
    let broken = chain(error).find_map(|error| error.downcast_ref::<Broken>());
    let broken = broken.unwrap_or(&Broken::CutOff);
    format!("unusable answer, HTTP {status}: {broken}")
}

/// AWS repeats the canonical request in the message of a failed signature, session token
/// included, so everything from there on is dropped.
fn without_signature(message: &str) -> &str {
    let end = [
        "The Canonical String",
        "The String-to-Sign",
        "Authorization=",
    ]
    .iter()
    .filter_map(|marker| message.find(marker))
    .min();
    end.and_then(|end| message.get(..end))
        .unwrap_or(message)
        .trim_end()
}

fn failure_source<E: StdError + 'static>(error: &CallError<E>) -> &(dyn StdError + 'static) {
    error.source().unwrap_or(error)
}

/// The message of the error at the end of the chain: the others only say "failed". What
/// AWS itself answered is given as its code and words, not as the SDK's debug rendering.
pub(super) fn innermost(error: &(dyn StdError + 'static)) -> String {
    let Some(last) = chain(error).last() else {
        return String::new();
    };
    let answer = last
        .downcast_ref::<ErrorMetadata>()
        .and_then(|answer| Some((answer.code()?, answer.message()?)));
    match answer {
        Some((code, message)) => format!("{code}: {}", without_signature(message)),
        None => without_stderr(&last.to_string()),
    }
}

/// The SDK repeats what a `credential_process` wrote to standard error before it failed.
/// That program handles secrets, and AWS tells its author nowhere that we would print that.
fn without_stderr(message: &str) -> String {
    match message.split_once(". Stderr: ") {
        Some((failure, _)) => format!("{failure}; run it by itself to see what it says"),
        None => message.to_owned(),
    }
}

/// The error and its sources, outermost first.
pub(super) fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    fn source<'a>(error: &&'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
        (*error).source()
    }
    std::iter::successors(Some(error), source)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::canned::{Canned, Reply, request};
    use super::*;

    /// The gap that a reply to `DescribeKey` leaves.
    async fn gap(reply: Reply) -> Gap {
        let canned = Canned::but(Action::DescribeKey, reply);
        let mut request = request();
        request.actions = BTreeSet::from([Action::DescribeKey]);
        let account = canned.collect(&request).await.unwrap();
        account.keys[0].description.gap().unwrap().clone()
    }

    #[tokio::test]
    async fn an_error_code_tells_the_kind_whatever_the_status() {
        for (code, kind) in [
            ("AccessDeniedException", GapKind::AccessDenied),
            ("AccessDenied", GapKind::AccessDenied),
            ("UnauthorizedOperation", GapKind::AccessDenied),
            ("AuthorizationError", GapKind::AccessDenied),
            ("ExpiredTokenException", GapKind::AccessDenied),
            ("UnrecognizedClientException", GapKind::AccessDenied),
            ("ThrottlingException", GapKind::Throttled),
            ("Throttling", GapKind::Throttled),
            ("TooManyRequestsException", GapKind::Throttled),
            ("RequestLimitExceeded", GapKind::Throttled),
            ("SlowDown", GapKind::Throttled),
            ("NotFoundException", GapKind::NotFound),
            ("TrailNotFoundException", GapKind::NotFound),
            ("NoSuchBucket", GapKind::NotFound),
            ("UnknownOperationException", GapKind::Unsupported),
            ("UnsupportedOperationException", GapKind::Unsupported),
            ("InternalFailure", GapKind::Transient),
            ("ServiceUnavailable", GapKind::Transient),
        ] {
            let gap = gap(Reply::json_error(code, "as it is")).await;
            assert_eq!(gap.kind, kind, "{code}");
            assert_eq!(gap.detail, format!("as it is ({code})"));
        }
    }

    #[tokio::test]
    async fn a_status_tells_the_kind_where_there_is_no_code() {
        for (status, kind) in [
            (400, GapKind::Unsupported),
            (401, GapKind::AccessDenied),
            (403, GapKind::AccessDenied),
            (404, GapKind::Unsupported),
            (429, GapKind::Throttled),
            (500, GapKind::Transient),
            (501, GapKind::Unsupported),
            (503, GapKind::Transient),
        ] {
            for body in ["", "{}", "<html><body>nginx</body></html>"] {
                let gap = gap(Reply::new(status, body)).await;
                assert_eq!(gap.kind, kind, "{status} {body}: {}", gap.detail);
                assert!(gap.detail.contains(&status.to_string()), "{}", gap.detail);
            }
        }
    }

    #[test]
    fn a_status_of_404_with_an_unknown_code_is_about_the_resource() {
        assert_eq!(kind_of_status(404, true), GapKind::NotFound);
    }

    #[tokio::test]
    async fn the_signed_request_in_a_message_is_left_out() {
        let message = "The request signature we calculated does not match. \
                       The Canonical String for this request should have been \
                       POST x-amz-security-token:SECRET";
        let gap = gap(Reply::json_error("InvalidSignatureException", message)).await;
        assert_eq!(
            gap.detail,
            "The request signature we calculated does not match. (InvalidSignatureException)"
        );
    }
}
