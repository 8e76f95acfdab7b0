//! One object.

use std::time::Duration;

use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::byte_stream::ByteStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep, timeout};

use super::{Asker, BUDGET, refusal};
use crate::digest::object::Object;
use crate::digest::store::{Body, Metadata, Unreadable, UnreadableKind};
use crate::source::live::gap::CallError;

/// How often an object whose body breaks off is asked for. What fails before that, the SDK
/// has tried again already.
const ATTEMPTS: u32 = 3;

/// The pause before the second attempt; each further one is four times as long.
const PAUSE: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 200 });

/// The largest object that is read. Log files are far smaller: CloudTrail packs 50 MB of
/// events into one at the most.
const LARGEST: u64 = 1 << 30;

/// An object, and its share of the bytes that may be held.
#[derive(Debug)]
pub(super) struct Got {
    pub(super) body: Body,
    pub(super) share: OwnedSemaphorePermit,
}

/// Why an attempt gave nothing.
enum Failure {
    /// The answer broke off: worth another attempt.
    Broken(String),
    /// An answer that stays the same.
    Refused(Unreadable),
}

impl Asker {
    /// Reads the object, all of it or nothing.
    pub(super) async fn get(&self, object: &Object) -> Result<Got, Unreadable> {
        let mut pause = PAUSE;
        for _ in 1..ATTEMPTS {
            match self.attempt(object).await {
                Ok(got) => return Ok(got),
                Err(Failure::Refused(why)) => return Err(why),
                Err(Failure::Broken(_)) => sleep(pause).await,
            }
            pause *= 4;
        }
        self.attempt(object).await.map_err(|failure| match failure {
            Failure::Refused(why) => why,
            Failure::Broken(why) => Unreadable::new(
                UnreadableKind::Transient,
                format!("{why}, also at attempt {ATTEMPTS}"),
            ),
        })
    }

    async fn attempt(&self, object: &Object) -> Result<Got, Failure> {
        let began = Instant::now();
        let answer = self
            .of_bucket(&object.bucket, |client| {
                client
                    .get_object()
                    .bucket(&object.bucket)
                    .key(&object.key)
                    .send()
            })
            .await
            .map_err(|error| failure(object, &error))?;
        let left = self.call_limit.saturating_sub(began.elapsed());
        let length = length(&answer)?;
        let share = self.share(length).await?;
        let metadata = metadata(&answer);
        let bytes = timeout(left, whole(answer.body, length))
            .await
            .unwrap_or_else(|_| Err(Failure::Broken(format!("its {length} bytes did not come within the time allowed for one call (--call-timeout)"))))?;
        Ok(Got {
            body: Body { bytes, metadata },
            share,
        })
    }

    /// Waits until so many bytes may be held. What is larger than all that may be is held
    /// alone.
    async fn share(&self, length: u64) -> Result<OwnedSemaphorePermit, Failure> {
        let share = u32::try_from(length).unwrap_or(BUDGET).clamp(1, BUDGET);
        // Nobody closes the semaphore.
        let bytes = self.bytes.clone().acquire_many_owned(share).await;
        bytes.map_err(|closed| Failure::Broken(closed.to_string()))
    }
}

fn failure(object: &Object, error: &CallError<GetObjectError>) -> Failure {
    let refusal = refusal::of_object(object, error);
    match error {
        // The service's refusals are whole; this is one whose body broke off.
        SdkError::ResponseError(_) if refusal.kind == UnreadableKind::Transient => {
            Failure::Broken(refusal.detail)
        }
        _ => Failure::Refused(refusal),
    }
}

fn length(answer: &GetObjectOutput) -> Result<u64, Failure> {
    let length = answer
        .content_length
        .and_then(|length| u64::try_from(length).ok());
    match length {
        Some(length) if length > LARGEST => Err(Failure::Refused(Unreadable::new(
            UnreadableKind::TooLarge,
            format!("it has {length} bytes; no log file or digest has more than {LARGEST}"),
        ))),
        Some(length) => Ok(length),
        // Without it nobody could tell whether the body is whole.
        None => Err(Failure::Refused(Unreadable::new(
            UnreadableKind::Other,
            "S3's answer has no `Content-Length`",
        ))),
    }
}

/// The body, if it has exactly that many bytes.
async fn whole(mut body: ByteStream, length: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let room = usize::try_from(length).unwrap_or(usize::MAX);
    if let Err(error) = bytes.try_reserve_exact(room) {
        let detail = format!("there is no memory for its {length} bytes: {error}");
        return Err(Failure::Refused(Unreadable::new(
            UnreadableKind::TooLarge,
            detail,
        )));
    }
    let broke_off = |bytes: usize, why: &str| {
        Failure::Broken(format!(
            "the answer broke off after {bytes} of {length} bytes{why}"
        ))
    };
    while let Some(chunk) = body.next().await {
        match chunk {
            Ok(chunk) => bytes.extend_from_slice(&chunk),
            Err(error) => {
                let why = crate::source::live::gap::innermost(&error);
                return Err(broke_off(bytes.len(), &format!(" ({why})")));
            }
        }
        if bytes.len() > room {
            return Err(Failure::Broken(format!(
                "the answer has more than {length} bytes"
            )));
        }
    }
    if bytes.len() == room {
        Ok(bytes)
    } else {
        Err(broke_off(bytes.len(), ""))
    }
}

/// A digest's signature is in its user metadata, whose names HTTP has in lower case.
fn metadata(answer: &GetObjectOutput) -> Metadata {
    let value = |name: &str| answer.metadata.as_ref()?.get(name).cloned();
    Metadata::Known {
        signature: value("signature"),
        algorithm: value("signature-algorithm"),
        backfilled: value("backfill-generation-timestamp"),
    }
}
