//! Log buckets: where they are and whose, and what is set on them.

use std::collections::BTreeSet;
use std::error::Error as StdError;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::BucketLocationConstraint;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::bucket_facts;
use super::gap::{self, CallError};
use super::regions::well_formed;
use super::session::{Session, Shared, all};
use crate::snapshot::{Action, Bucket, BucketOwner, Existence, Gap, GapKind, Observed, Trail};

/// Every bucket that one of the trails delivers to, sorted by name.
pub(super) async fn of(session: &Shared, trails: &[Trail], account: &str) -> Vec<Bucket> {
    let names: BTreeSet<&String> = trails
        .iter()
        .filter_map(|trail| trail.bucket.if_known())
        .collect();
    let asked = names.into_iter().map(|name| {
        let (session, name, account) = (session.clone(), name.clone(), account.to_owned());
        async move { bucket(&session, name, &account).await }
    });
    let mut buckets = all(asked).await;
    buckets.sort_by(|a, b| a.name.cmp(&b.name));
    buckets
}

async fn bucket(session: &Session, name: String, account: &str) -> Bucket {
    let caller = Asked {
        session,
        name: &name,
        region: session.region(),
    };
    let (plain, owned) = tokio::join!(head(&caller, None), head(&caller, Some(account)));
    if matches!(
        &plain,
        Ok(Head {
            existence: Some(Existence::Absent),
            ..
        })
    ) {
        return absent(name);
    }
    let region = region(&caller, &plain).await;
    let there = Asked {
        region: region.if_known().map_or(caller.region, String::as_str),
        ..caller
    };
    bucket_facts::complete(
        &there,
        Located {
            existence: existence(&plain, &region).into(),
            owner: owner(&plain, &owned, account).into(),
            region: region.clone(),
        },
    )
    .await
}

/// A bucket to ask about, and the Region to ask in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) session: &'a Session,
    pub(super) name: &'a str,
    pub(super) region: &'a str,
}

/// What is known of a bucket before its settings are asked for.
#[derive(Debug)]
pub(super) struct Located {
    pub(super) existence: Observed<Existence>,
    pub(super) owner: Observed<BucketOwner>,
    pub(super) region: Observed<String>,
}

impl Asked<'_> {
    /// Makes a call about the bucket; if S3 answers that it is in another Region, makes
    /// it again there.
    ///
    /// # Errors
    /// A gap if nobody wants the fact, or if the run's deadline has passed.
    pub(super) async fn ask<T, E, F>(
        &self,
        action: Action,
        send: impl Fn(Client) -> F,
    ) -> Result<Result<T, CallError<E>>, Gap>
    where
        F: Future<Output = Result<T, CallError<E>>>,
    {
        let ask_in = |region| {
            let call = send(self.session.s3(region));
            self.session.ask(action, region, call)
        };
        let answer = ask_in(self.region).await?;
        match &answer {
            Err(error) => match elsewhere(error, self.region) {
                Some(region) => ask_in(region).await,
                None => Ok(answer),
            },
            Ok(_) => Ok(answer),
        }
    }
}

/// The bucket's Region as S3 tells it with an error, if it is not the one that was asked.
pub(super) fn elsewhere<'e, E>(error: &'e CallError<E>, asked: &str) -> Option<&'e str> {
    told_region(error).filter(|region| *region != asked)
}

/// The bucket's Region as S3 tells it with an answer that says no: mostly in the header
/// `x-amz-bucket-region`, but `AuthorizationHeaderMalformed` (400) comes without it and
/// has the Region in its body.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
fn told_region<E>(error: &CallError<E>) -> Option<&str> {
    let response = error.raw_response()?;
    let body = response.body().bytes().unwrap_or_default();
    let in_body = || {
        let (_, rest) = std::str::from_utf8(body).ok()?.split_once("<Region>")?;
        Some(rest.split_once("</Region>")?.0)
    };
    response
        .headers()
        .get("x-amz-bucket-region")
        .or_else(in_body)
        .filter(|region| well_formed(region))
}

/// What `HeadBucket` tells.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Head {
    /// `None` if the answer says nothing about it.
    existence: Option<Existence>,
    region: Option<String>,
    /// The gap that stands for whatever the answer does not tell.
    gap: Gap,
}

/// `HeadBucket`, where AWS's own 301, 403 and 404 are answers. A 301 is followed: only
/// the bucket's own Region tells whether we may look.
async fn head(asked: &Asked<'_>, expected_owner: Option<&str>) -> Result<Head, Gap> {
    let send = |client: Client| {
        let call = client
            .head_bucket()
            .bucket(asked.name)
            .set_expected_bucket_owner(expected_owner.map(str::to_owned));
        async move { call.send().await }
    };
    let first = asked
        .session
        .ask(
            Action::HeadBucket,
            asked.region,
            send(asked.session.s3(asked.region)),
        )
        .await?;
    let moved = match &first {
        Err(error) => elsewhere(error, asked.region).map(str::to_owned),
        Ok(_) => None,
    };
    let Some(region) = moved else {
        return Ok(read_head(&first));
    };
    let second = asked
        .session
        .ask(Action::HeadBucket, &region, send(asked.session.s3(&region)))
        .await;
    let first = read_head(&first);
    let mut head = match second {
        Ok(second) => read_head(&second),
        // That the bucket is elsewhere is known all the same.
        Err(gap) => Head {
            gap,
            ..first.clone()
        },
    };
    head.existence = head.existence.or(first.existence);
    head.region = head.region.or(Some(region));
    Ok(head)
}

fn read_head<E>(
    answer: &Result<aws_sdk_s3::operation::head_bucket::HeadBucketOutput, CallError<E>>,
) -> Head
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    let action = Action::HeadBucket;
    match answer {
        Ok(found) => Head {
            existence: Some(Existence::Exists),
            region: found
                .bucket_region
                .clone()
                .filter(|region| well_formed(region)),
            gap: gap::without(action, "x-amz-bucket-region"),
        },
        Err(error) => {
            let status = error
                .raw_response()
                .map(|response| response.status().as_u16());
            let existence = match status {
                Some(301) => Some(Existence::ExistsElsewhere),
                Some(403) => Some(Existence::ExistsForbidden),
                Some(404) => Some(Existence::Absent),
                _ => None,
            };
            Head {
                existence,
                region: told_region(error).map(str::to_owned),
                gap: gap::of(action, error),
            }
        }
    }
}

/// Whether the bucket is there. "If the bucket doesn't exist or you don't have permission to
/// access it, the HEAD request returns a generic 400, 403 or 404", and rejected keys, a wrong
/// clock or a proxy are a 403 too. But whatever the permissions S3 tells the Region of a
/// bucket that it has, so that a 403 says something only where the Region is known.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>
fn existence(plain: &Result<Head, Gap>, region: &Observed<String>) -> Result<Existence, Gap> {
    let head = plain.as_ref().map_err(Clone::clone)?;
    match head.existence {
        Some(Existence::ExistsForbidden) if region.gap().is_some() => Err(head.gap.clone()),
        Some(existence) => Ok(existence),
        None => Err(head.gap.clone()),
    }
}

/// Whose the bucket is. The same request with and without the owner that it expects:
/// only where the one without succeeds does the refusal of the other say anything.
fn owner(
    plain: &Result<Head, Gap>,
    owned: &Result<Head, Gap>,
    account: &str,
) -> Result<BucketOwner, Gap> {
    let owned = owned.as_ref().map_err(Clone::clone)?;
    match (owned.existence, plain.as_ref().map(|plain| plain.existence)) {
        (Some(Existence::Exists), _) => Ok(BucketOwner::Account(account.to_owned())),
        (Some(Existence::ExistsForbidden), Ok(Some(Existence::Exists))) => {
            Ok(BucketOwner::NotAccount(account.to_owned()))
        }
        _ => Err(owned.gap.clone()),
    }
}

/// The bucket's Region: the header's, else `GetBucketLocation`'s.
async fn region(asked: &Asked<'_>, plain: &Result<Head, Gap>) -> Observed<String> {
    if let Ok(Head {
        region: Some(region),
        ..
    }) = plain
    {
        return Observed::Known(region.clone());
    }
    location(asked).await.into()
}

async fn location(asked: &Asked<'_>) -> Result<String, Gap> {
    let action = Action::GetBucketLocation;
    let answer = asked
        .ask(action, |client| {
            client.get_bucket_location().bucket(asked.name).send()
        })
        .await?
        .map_err(|error| gap::of(action, &error))?;
    let region = match answer.location_constraint {
        // The oldest Region has no constraint, and the second oldest an old name.
        None => "us-east-1".to_owned(),
        Some(BucketLocationConstraint::Eu) => "eu-west-1".to_owned(),
        Some(constraint) if constraint.as_str().is_empty() => "us-east-1".to_owned(),
        Some(constraint) => constraint.as_str().to_owned(),
    };
    if well_formed(&region) {
        Ok(region)
    } else {
        let detail = format!("`{region}` is not a Region");
        Err(gap::malformed(action, detail))
    }
}

/// A bucket that does not exist: nothing else can be asked about it, so that nothing else
/// counts as unread.
fn absent(name: String) -> Bucket {
    let missing = |action| Gap::new(action, GapKind::NotCollected, "the bucket does not exist");
    Bucket {
        existence: Observed::Known(Existence::Absent),
        region: Observed::Gap(missing(Action::GetBucketLocation)),
        owner: Observed::Gap(missing(Action::HeadBucket)),
        policy: Observed::Gap(missing(Action::GetBucketPolicy)),
        policy_is_public: Observed::Gap(missing(Action::GetBucketPolicyStatus)),
        acl: Observed::Gap(missing(Action::GetBucketAcl)),
        public_access_block: Observed::Gap(missing(Action::GetBucketPublicAccessBlock)),
        ownership: Observed::Gap(missing(Action::GetBucketOwnershipControls)),
        versioning: Observed::Gap(missing(Action::GetBucketVersioning)),
        object_lock: Observed::Gap(missing(Action::GetObjectLockConfiguration)),
        lifecycle: Observed::Gap(missing(Action::GetBucketLifecycle)),
        encryption: Observed::Gap(missing(Action::GetBucketEncryption)),
        access_logging: Observed::Gap(missing(Action::GetBucketLogging)),
        requester_pays: Observed::Gap(missing(Action::GetBucketRequestPayment)),
        notifications: Observed::Gap(missing(Action::GetBucketNotification)),
        name,
    }
}

#[cfg(test)]
mod tests;
