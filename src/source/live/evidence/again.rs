//! Answers that break off, and are worth another attempt. What fails before there is an
//! answer, the SDK has tried again already.

use std::time::Duration;

use aws_smithy_runtime_api::client::result::SdkError;
use tokio::time::sleep;

use crate::digest::store::{Unreadable, UnreadableKind};
use crate::source::live::gap::CallError;

/// How often something is asked for whose answers break off.
const ATTEMPTS: u32 = 3;

/// The pause before the second attempt; each further one is four times as long.
const PAUSE: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 200 });

/// Why an attempt gave nothing.
pub(super) enum Failure {
    /// The answer broke off, or was not the service's: worth another attempt.
    Broken(String),
    /// An answer that stays the same.
    Refused(Unreadable),
}

impl Failure {
    /// A call that failed, and why.
    pub(super) fn of<E>(error: &CallError<E>, why: Unreadable) -> Self {
        match error {
            // The service's refusals are whole; this is an answer whose body broke off.
            SdkError::ResponseError(_) if why.kind == UnreadableKind::Transient => {
                Failure::Broken(why.detail)
            }
            _ => Failure::Refused(why),
        }
    }
}

/// Makes an attempt, and while its answer breaks off, others after a pause.
pub(super) async fn attempts<T, F>(attempt: impl Fn() -> F) -> Result<T, Unreadable>
where
    F: Future<Output = Result<T, Failure>>,
{
    let mut pause = PAUSE;
    for _ in 1..ATTEMPTS {
        match attempt().await {
            Ok(got) => return Ok(got),
            Err(Failure::Refused(why)) => return Err(why),
            Err(Failure::Broken(_)) => sleep(pause).await,
        }
        pause *= 4;
    }
    attempt().await.map_err(|failure| match failure {
        Failure::Refused(why) => why,
        Failure::Broken(why) => Unreadable::new(
            UnreadableKind::Transient,
            format!("{why}, also at attempt {ATTEMPTS}"),
        ),
    })
}
