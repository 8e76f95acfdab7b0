//! Listings of a bucket, page by page.

use std::collections::BTreeSet;

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::EncodingType;
use percent_encoding::percent_decode;

use super::again::{self, Failure};
use super::{Asker, refusal};
use crate::digest::store::{Listed, Unreadable, UnreadableKind};
use crate::source::live::convert::setting;

/// A listing that is being read.
#[derive(Debug)]
pub(super) struct Listing {
    bucket: String,
    prefix: String,
    after: Option<String>,
    by_folder: bool,
    /// The token of the next page; `None` before the first.
    token: Option<String>,
    /// Tokens that were there, for a listing that repeats itself would never end.
    seen: BTreeSet<String>,
    /// The last key or folder so far.
    last: Option<String>,
    over: bool,
}

/// One page.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) objects: Vec<Listed>,
    /// Names directly under the prefix.
    pub(super) folders: Vec<String>,
}

impl Listing {
    /// Everything whose key begins with `prefix`.
    pub(super) fn of(bucket: &str, prefix: &str) -> Self {
        Listing {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            after: None,
            by_folder: false,
            token: None,
            seen: BTreeSet::new(),
            last: None,
            over: false,
        }
    }

    /// Only what sorts behind `after`.
    pub(super) fn start_after(&mut self, after: Option<&str>) {
        self.after = after.map(str::to_owned);
        self.last = self.after.clone();
    }

    /// Folders in place of what they hold.
    pub(super) fn by_folder(&mut self) {
        self.by_folder = true;
    }

    fn accept(&mut self, answer: ListObjectsV2Output) -> Result<Page, Unreadable> {
        let encoded = answer.encoding_type == Some(EncodingType::Url);
        let (truncated, token) = (answer.is_truncated, answer.next_continuation_token);
        let mut page = Page::default();
        for object in answer.contents.unwrap_or_default() {
            let key = object.key.ok_or_else(|| without("Key"))?;
            let size = object.size.and_then(|size| u64::try_from(size).ok());
            let key = decoded(key, encoded)?;
            // In a listing by folder, objects and folders come apart, each in order.
            if !self.by_folder {
                self.advance(&key)?;
            }
            page.objects.push(Listed {
                key,
                size: size.ok_or_else(|| without("Size"))?,
            });
        }
        for folder in answer.common_prefixes.unwrap_or_default() {
            let prefix = decoded(folder.prefix.ok_or_else(|| without("Prefix"))?, encoded)?;
            self.advance(&prefix)?;
            page.folders.push(self.name(&prefix)?);
        }
        self.turn(truncated.unwrap_or_default(), setting(token))?;
        Ok(page)
    }

    /// Makes sure that the listing has what was asked for, in the order of the keys' bytes: a
    /// verifier that relies on it would otherwise take objects for absent.
    fn advance(&mut self, key: &str) -> Result<(), Unreadable> {
        if !key.starts_with(&self.prefix) {
            let prefix = &self.prefix;
            return Err(wrong(format!("`{key:?}` does not begin with `{prefix}`")));
        }
        if let Some(last) = self.last.as_deref().filter(|last| *last >= key) {
            return Err(wrong(format!("`{key:?}` comes behind `{last:?}`")));
        }
        self.last = Some(key.to_owned());
        Ok(())
    }

    fn name(&self, prefix: &str) -> Result<String, Unreadable> {
        let name = (prefix.strip_prefix(&self.prefix)).and_then(|rest| rest.strip_suffix('/'));
        name.map(str::to_owned)
            .ok_or_else(|| wrong(format!("`{prefix:?}` is not a folder")))
    }

    fn turn(&mut self, truncated: bool, token: Option<String>) -> Result<(), Unreadable> {
        match token {
            Some(token) if truncated => {
                if !self.seen.insert(token.clone()) {
                    return Err(wrong("its pages repeat"));
                }
                self.token = Some(token);
            }
            None if truncated => return Err(without("NextContinuationToken")),
            _ => self.over = true,
        }
        Ok(())
    }
}

fn without(member: &str) -> Unreadable {
    wrong(format!("it has no `{member}`"))
}

fn wrong(what: impl std::fmt::Display) -> Unreadable {
    let detail = format!("S3's listing cannot be used: {what}");
    Unreadable::new(UnreadableKind::Other, detail)
}

/// The key that the listing means. It is asked for in the encoding of URLs, because XML
/// cannot hold the control characters that a key can; the SDK leaves it encoded.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
fn decoded(key: String, encoded: bool) -> Result<String, Unreadable> {
    if !encoded {
        return Ok(key);
    }
    // As in a form: a plus is a space, and a plus itself is `%2B`.
    let key = key.replace('+', " ");
    percent_decode(key.as_bytes())
        .decode_utf8()
        .map(|key| key.into_owned())
        .map_err(|_| wrong(format!("`{key}` is not UTF-8")))
}

impl Asker {
    /// The next page; `None` after the last.
    pub(super) async fn page(&self, listing: &mut Listing) -> Result<Option<Page>, Unreadable> {
        if listing.over {
            return Ok(None);
        }
        let answer = again::attempts(|| self.attempt_page(&*listing)).await?;
        listing.accept(answer).map(Some)
    }

    async fn attempt_page(&self, listing: &Listing) -> Result<ListObjectsV2Output, Failure> {
        let call = self.of_bucket(&listing.bucket, |client| {
            let first = listing.token.is_none();
            client
                .list_objects_v2()
                .bucket(&listing.bucket)
                .prefix(&listing.prefix)
                .set_delimiter(listing.by_folder.then(|| "/".to_owned()))
                .set_start_after(listing.after.clone().filter(|_| first))
                .set_continuation_token(listing.token.clone())
                .encoding_type(EncodingType::Url)
                .send()
        });
        self.in_time("s3", self.session.region(), call)
            .await
            .map_err(Failure::Refused)?
            .map_err(|error| {
                let permission = format!("s3:ListBucket` on `{}", listing.bucket);
                Failure::of(&error, refusal::of(&error, &permission))
            })
    }
}
