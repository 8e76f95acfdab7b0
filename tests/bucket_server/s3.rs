//! S3's operations.

use super::listing;
use super::operation::{Call, Operation};
use super::reply::{self, Reply};
use super::request::Request;
use super::served::{Served, ServedBucket, ServedObject};
use super::xml::escaped;

/// The reply to a call of S3. A body that lies on the disk is read into `scratch`.
pub(super) fn answer<'a>(
    served: &'a Served,
    call: &Call,
    request: &Request,
    scratch: &'a mut Vec<u8>,
) -> Reply<'a> {
    let Some(bucket) = served.buckets.get(call.bucket) else {
        let name = format!("<BucketName>{}</BucketName>", escaped(call.bucket));
        return Reply::s3_error(404, "NoSuchBucket", &name);
    };
    if call.operation == Operation::GetBucketLocation {
        return location(bucket);
    }
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html
    if !request.region.is_empty() && request.region != bucket.region {
        let header = region_header(bucket);
        return Reply::s3_error_with(301, &header, "PermanentRedirect", "");
    }
    match call.operation {
        Operation::HeadBucket => Reply::xml(200, &region_header(bucket), String::new()),
        Operation::GetObject | Operation::HeadObject => match bucket.object(&call.key) {
            Some(object) => whole_or_part(object, call.operation, request.range, scratch),
            None => {
                let key = format!("<Key>{}</Key>", escaped(&call.key));
                Reply::s3_error(404, "NoSuchKey", &key)
            }
        },
        Operation::ListObjects | Operation::ListObjectsV2 => listing::answer(bucket, call, request),
        _ => Reply::s3_error(501, "NotImplemented", ""),
    }
}

fn region_header(bucket: &ServedBucket) -> String {
    format!("x-amz-bucket-region: {}\r\n", bucket.region)
}

/// Of us-east-1 S3 says nothing.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html>
fn location(bucket: &ServedBucket) -> Reply<'static> {
    let namespace = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";
    let element = match bucket.region.as_str() {
        "us-east-1" => format!("<LocationConstraint {namespace}/>"),
        region => format!("<LocationConstraint {namespace}>{region}</LocationConstraint>"),
    };
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{element}");
    Reply::xml(200, "", body)
}

fn whole_or_part<'a>(
    object: &'a ServedObject,
    operation: Operation,
    range: Option<&str>,
    scratch: &'a mut Vec<u8>,
) -> Reply<'a> {
    if operation == Operation::HeadObject {
        return Reply {
            head: object.head.as_slice().into(),
            body: [].as_slice().into(),
        };
    }
    if object.is_archived() {
        let class = &object.object.storage_class;
        let class = format!("<StorageClass>{class}</StorageClass>");
        return Reply::s3_error(403, "InvalidObjectState", &class);
    }
    let Ok(body) = object.body(scratch) else {
        return Reply::s3_error(500, "InternalError", "");
    };
    let Some(range) = range else {
        return Reply {
            head: object.head.as_slice().into(),
            body,
        };
    };
    let Some((from, to)) = bounds(range, body.len()) else {
        return Reply::s3_error(416, "InvalidRange", "");
    };
    let length = body.len();
    let headers = format!(
        "{}Content-Range: bytes {from}-{}/{length}\r\n",
        object.headers(),
        to - 1
    );
    let part = body[from..to].to_vec();
    Reply {
        head: reply::head(206, &headers, part.len() as u64).into(),
        body: part.into(),
    }
}

/// The first byte of a range and the one behind its last: `bytes=0-9`, `bytes=10-`.
fn bounds(range: &str, length: usize) -> Option<(usize, usize)> {
    let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
    let from: usize = from.parse().ok()?;
    let to = match to {
        "" => length,
        last => last.parse::<usize>().ok()?.checked_add(1)?.min(length),
    };
    (from < to).then_some((from, to))
}
