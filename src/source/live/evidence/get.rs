//! One object.

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_smithy_types::byte_stream::ByteStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout};

use super::again::{self, Failure};
use super::{Asker, BUDGET, refusal};
use crate::digest::object::Object;
use crate::digest::store::{Body, Metadata, Unreadable, UnreadableKind};

/// The largest object that is read. Log files are far smaller: CloudTrail packs 50 MB of
/// events into one at the most.
const LARGEST: u64 = 1 << 30;

/// An object, and its share of the bytes that may be held.
#[derive(Debug)]
pub(super) struct Got {
    pub(super) body: Body,
    pub(super) share: OwnedSemaphorePermit,
}

impl Asker {
    /// Reads the object, all of it or nothing.
    pub(super) async fn get(&self, object: &Object) -> Result<Got, Unreadable> {
        again::attempts(|| self.attempt(object)).await
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
            .map_err(|error| Failure::of(&error, refusal::of_object(object, &error)))?;
        if answer.e_tag.is_none() {
            // Every object has one. A page that a proxy sends in its place has not, and must
            // not be taken for what became of a log file.
            // <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
            let why = "the answer has no `ETag`, and is not S3's";
            return Err(Failure::Broken(why.to_owned()));
        }
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
