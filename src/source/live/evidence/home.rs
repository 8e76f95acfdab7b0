//! Which Region a bucket is in. S3 tells with its refusal, so that nothing else has to be
//! asked, and no permission is needed for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_s3::Client;

use super::Asker;
use crate::source::live::buckets::elsewhere;
use crate::source::live::gap::CallError;

/// The buckets that were asked for so far.
#[derive(Debug, Default)]
pub(super) struct Homes(Mutex<HashMap<String, Arc<Home>>>);

/// What is known of one bucket.
#[derive(Debug, Default)]
struct Home {
    place: Mutex<Place>,
    /// Held by the first call, for the others to learn from it where to ask.
    first: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone, Default)]
struct Place {
    region: Option<String>,
    /// Whether a call has ended there, so that nobody needs to wait for another.
    tried: bool,
}

impl Homes {
    /// The bucket is probably in that Region: where to ask first.
    pub(super) fn guess(&self, bucket: &str, region: &str) {
        let home = self.of(bucket);
        let mut place = home.place();
        if place.region.is_none() {
            place.region = Some(region.to_owned());
        }
    }

    fn of(&self, bucket: &str) -> Arc<Home> {
        let mut homes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match homes.get(bucket) {
            Some(home) => Arc::clone(home),
            None => Arc::clone(homes.entry(bucket.to_owned()).or_default()),
        }
    }
}

impl Home {
    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn found(&self, region: &str) {
        *self.place() = Place {
            region: Some(region.to_owned()),
            tried: true,
        };
    }
}

impl Asker {
    /// Makes a call about the bucket in its Region, and if S3 answers that it is in another,
    /// makes it again there.
    pub(super) async fn of_bucket<T, E, F>(
        &self,
        bucket: &str,
        send: impl Fn(Client) -> F,
    ) -> Result<T, CallError<E>>
    where
        F: Future<Output = Result<T, CallError<E>>>,
    {
        let home = self.homes.of(bucket);
        let first = match home.place().tried {
            true => None,
            false => Some(&home.first),
        };
        let first = match first {
            Some(first) => Some(first.lock().await),
            None => None,
        };
        let region =
            (home.place().region.clone()).unwrap_or_else(|| self.session.region().to_owned());
        let answer = send(self.session.s3(&region)).await;
        let there = answer
            .as_ref()
            .err()
            .and_then(|error| elsewhere(error, &region));
        home.found(there.unwrap_or(&region));
        drop(first);
        match there {
            Some(there) => send(self.session.s3(there)).await,
            None => answer,
        }
    }
}
