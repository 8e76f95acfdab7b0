//! `ListObjects` and `ListObjectsV2`.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::operation::{Call, Operation};
use super::reply::Reply;
use super::request::Request;
use super::served::{ServedBucket, ServedObject};
use super::xml::{escaped, url_encoded};

/// S3 never lists more on a page.
const PAGE: usize = 1000;

/// What a listing is asked for.
struct Question<'a> {
    version_2: bool,
    bucket: &'a str,
    prefix: &'a str,
    delimiter: String,
    /// What comes after this, in the order of the keys' bytes, is listed.
    after: String,
    continuation_token: Option<String>,
    /// `start-after` or `marker`, as asked.
    asked_after: Option<String>,
    max_keys: usize,
    url: bool,
}

/// A page of a listing.
struct Page<'a> {
    objects: Vec<&'a ServedObject>,
    common_prefixes: Vec<String>,
    truncated: bool,
    /// The last key or common prefix.
    last: String,
}

/// The reply to `ListObjects` or `ListObjectsV2`.
pub(super) fn answer(bucket: &ServedBucket, call: &Call, request: &Request) -> Reply<'static> {
    match Question::of(call, request) {
        Some(question) => Reply::xml(200, "", question.render(&question.page(bucket))),
        None => Reply::s3_error(400, "InvalidArgument", ""),
    }
}

impl<'a> Question<'a> {
    /// Nothing if a parameter cannot be.
    fn of(call: &'a Call, request: &Request) -> Option<Self> {
        let text = |name: &str| {
            let value = request.parameter(name);
            value.map(std::borrow::Cow::into_owned)
        };
        let version_2 = call.operation == Operation::ListObjectsV2;
        let token = text("continuation-token").filter(|_| version_2);
        let asked_after = text(if version_2 { "start-after" } else { "marker" });
        let after = match &token {
            Some(token) => String::from_utf8(STANDARD.decode(token).ok()?).ok()?,
            None => asked_after.clone().unwrap_or_default(),
        };
        let max_keys = match text("max-keys") {
            Some(number) => number.parse().ok()?,
            None => PAGE,
        };
        let url = match text("encoding-type").as_deref() {
            None => false,
            Some("url") => true,
            Some(_) => return None,
        };
        Some(Question {
            version_2,
            bucket: call.bucket,
            prefix: &call.key,
            delimiter: text("delimiter").unwrap_or_default(),
            after,
            continuation_token: token,
            asked_after,
            max_keys: max_keys.min(PAGE),
            url,
        })
    }

    /// A common prefix comes after a key or another one as a key of that name would, also
    /// where keys that it stands for come later.
    fn page<'b>(&self, bucket: &'b ServedBucket) -> Page<'b> {
        let all = &bucket.objects;
        let mut page = Page {
            objects: Vec::new(),
            common_prefixes: Vec::new(),
            truncated: false,
            last: String::new(),
        };
        let mut next = all.partition_point(|object| {
            let key = object.key.as_str();
            key < self.prefix || key <= self.after.as_str()
        });
        while let Some(object) = all.get(next).filter(|o| o.key.starts_with(self.prefix)) {
            let common = self.common_prefix(&object.key);
            let name = common.unwrap_or(&object.key);
            let listed = page.objects.len() + page.common_prefixes.len();
            if name > self.after.as_str() {
                if listed == self.max_keys {
                    page.truncated = self.max_keys > 0;
                    break;
                }
                name.clone_into(&mut page.last);
                match common {
                    Some(prefix) => page.common_prefixes.push(prefix.to_owned()),
                    None => page.objects.push(object),
                }
            }
            next = match common {
                Some(prefix) => {
                    all.partition_point(|o| o.key.as_str() < prefix || o.key.starts_with(prefix))
                }
                None => next + 1,
            };
        }
        page
    }

    /// The key's beginning through the first delimiter after the prefix.
    fn common_prefix<'k>(&self, key: &'k str) -> Option<&'k str> {
        if self.delimiter.is_empty() {
            return None;
        }
        let rest = key.get(self.prefix.len()..)?;
        let end = rest.find(&self.delimiter)? + self.delimiter.len();
        key.get(..self.prefix.len() + end)
    }

    fn render(&self, page: &Page) -> String {
        let mut xml = String::with_capacity(512 + page.objects.len() * 400);
        xml.push_str(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">",
        );
        self.element(&mut xml, "Name", self.bucket);
        self.element(&mut xml, "Prefix", &self.text(self.prefix));
        self.render_place(&mut xml, page);
        self.element(&mut xml, "MaxKeys", &self.max_keys.to_string());
        if !self.delimiter.is_empty() {
            self.element(&mut xml, "Delimiter", &self.text(&self.delimiter));
        }
        if self.url {
            self.element(&mut xml, "EncodingType", "url");
        }
        self.element(&mut xml, "IsTruncated", &page.truncated.to_string());
        for object in &page.objects {
            self.render_object(&mut xml, object);
        }
        for prefix in &page.common_prefixes {
            xml.push_str("<CommonPrefixes>");
            self.element(&mut xml, "Prefix", &self.text(prefix));
            xml.push_str("</CommonPrefixes>");
        }
        xml.push_str("</ListBucketResult>");
        xml
    }

    /// Where in the listing the page is.
    fn render_place(&self, xml: &mut String, page: &Page) {
        let asked_after = self.asked_after.as_deref();
        if !self.version_2 {
            self.element(xml, "Marker", &self.text(asked_after.unwrap_or_default()));
            // Without a delimiter a client is to go on after the last key.
            if page.truncated && !self.delimiter.is_empty() {
                self.element(xml, "NextMarker", &self.text(&page.last));
            }
            return;
        }
        if let Some(after) = asked_after {
            self.element(xml, "StartAfter", &self.text(after));
        }
        if let Some(token) = &self.continuation_token {
            self.element(xml, "ContinuationToken", token);
        }
        if page.truncated {
            self.element(xml, "NextContinuationToken", &STANDARD.encode(&page.last));
        }
        let count = page.objects.len() + page.common_prefixes.len();
        self.element(xml, "KeyCount", &count.to_string());
    }

    fn render_object(&self, xml: &mut String, object: &ServedObject) {
        let ServedObject {
            key, etag, object, ..
        } = object;
        let when = object.last_modified.strftime("%Y-%m-%dT%H:%M:%S.000Z");
        xml.push_str("<Contents>");
        self.element(xml, "Key", &self.text(key));
        let _ = write!(
            xml,
            "<LastModified>{when}</LastModified><ETag>&quot;{etag}&quot;</ETag>\
             <Size>{}</Size><StorageClass>{}</StorageClass>",
            object.body.size(),
            object.storage_class,
        );
        if !self.version_2 {
            xml.push_str("<Owner><ID>bucketserver</ID></Owner>");
        }
        xml.push_str("</Contents>");
    }

    /// A key, prefix, marker or delimiter, in the encoding asked for.
    fn text(&self, text: &str) -> String {
        match self.url {
            true => url_encoded(text),
            false => text.to_owned(),
        }
    }

    fn element(&self, xml: &mut String, name: &str, text: &str) {
        let _ = write!(xml, "<{name}>{}</{name}>", escaped(text));
    }
}
