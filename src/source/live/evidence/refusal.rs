//! From an SDK error to why something is unreadable.

use std::error::Error as StdError;

use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::digest::object::Object;
use crate::digest::store::{Unreadable, UnreadableKind};
use crate::snapshot::GapKind;
use crate::source::live::gap::{self, CallError};

/// Why `GetObject` did not give the object.
pub(super) fn of_object(object: &Object, error: &CallError<GetObjectError>) -> Unreadable {
    if let Some(GetObjectError::InvalidObjectState(state)) = error.as_service_error() {
        let class = state.storage_class().map(|class| class.as_str());
        let tier = state.access_tier().map(|tier| tier.as_str());
        return Unreadable::new(UnreadableKind::Archived, archived(class.or(tier)));
    }
    let mut refusal = of(error, &format!("s3:GetObject` on `{object}"));
    if refusal.kind == UnreadableKind::Missing && is_hidden(error) {
        refusal.detail += "; a delete marker hides it, and the bucket may still hold the \
                           version before that";
    }
    refusal
}

fn archived(class: Option<&str>) -> String {
    let place = class.map_or("in an archive".to_owned(), |class| format!("in `{class}`"));
    format!("it lies {place} and has to be restored before it can be read (InvalidObjectState)")
}

/// Whether the newest version of the object is a delete marker.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html>
fn is_hidden<E>(error: &CallError<E>) -> bool {
    let marker = error
        .raw_response()
        .and_then(|response| response.headers().get("x-amz-delete-marker"));
    marker == Some("true")
}

/// Why a call failed, and if it was denied, that `permission` would allow it.
pub(super) fn of<E>(error: &CallError<E>, permission: &str) -> Unreadable
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    let code = error.code().unwrap_or_default();
    let status = error.raw_response().map(|raw| raw.status().as_u16());
    let detail = gap::detail(error);
    if let Some(of_key) = code.strip_prefix("KMS.") {
        return of_kms(of_key, detail);
    }
    let kind = match gap::kind(error) {
        GapKind::AccessDenied => UnreadableKind::Denied,
        GapKind::Throttled => UnreadableKind::Throttled,
        // S3 says `ServiceUnavailable` where it means `SlowDown`.
        // <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
        GapKind::Transient if status == Some(503) => UnreadableKind::Throttled,
        GapKind::Transient => UnreadableKind::Transient,
        // Nothing else that is not found is the object.
        GapKind::NotFound if matches!(code, "NoSuchKey" | "NoSuchBucket") => {
            UnreadableKind::Missing
        }
        _ => UnreadableKind::Other,
    };
    match kind {
        UnreadableKind::Denied if code == "AccessDenied" || code == "AccessDeniedException" => {
            let and_key = match permission.contains("GetObject") {
                true => ", and `kms:Decrypt` on the key if one encrypts it",
                false => "",
            };
            Unreadable::new(kind, format!("{detail}; it takes `{permission}`{and_key}"))
        }
        _ => Unreadable::new(kind, detail),
    }
}

/// What KMS says to S3, which repeats it with a 400: the key is disabled, about to be
/// deleted, gone, or not for the caller. Without it nobody can read the object, whatever
/// became of that.
fn of_kms(code: &str, detail: String) -> Unreadable {
    let code = code.strip_prefix("KMS").unwrap_or(code);
    let kind = if code.starts_with("Throttl") || code.starts_with("LimitExceeded") {
        UnreadableKind::Throttled
    } else if code.starts_with("Internal") || code.starts_with("DependencyTimeout") {
        UnreadableKind::Transient
    } else {
        UnreadableKind::Denied
    };
    let detail = match kind {
        UnreadableKind::Denied => format!(
            "{detail}; the object's KMS key has to be enabled and `kms:Decrypt` on it allowed"
        ),
        _ => detail,
    };
    Unreadable::new(kind, detail)
}
