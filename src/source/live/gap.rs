//! From an SDK error to the gap that it leaves.

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

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
fn kind<E>(error: &CallError<E>) -> GapKind
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
            unusable(failure.raw().status().as_u16(), failure_source(error))
        }
        SdkError::TimeoutError(_) => "no answer within the time allowed for one call".to_owned(),
        _ => innermost(failure_source(error)),
    }
}

fn unusable(status: u16, error: &(dyn StdError + 'static)) -> String {
    format!("unusable answer, HTTP {status}: {}", innermost(error))
}

/// AWS repeats the canonical request in the message of a failed signature, session token
/// included, so everything from there on is dropped.
fn without_signature(message: &str) -> &str {
    let end = ["The Canonical String", "The String-to-Sign"]
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

/// The message of the error at the end of the chain: the others only say "failed".
pub(super) fn innermost(error: &(dyn StdError + 'static)) -> String {
    chain(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
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
