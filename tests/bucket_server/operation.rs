//! What a request asks for.

use std::borrow::Cow;

use super::request::{Request, decoded, parameter};

/// An operation of S3, CloudTrail, STS or Organizations that the server knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    GetObject,
    HeadObject,
    ListObjectsV2,
    ListObjects,
    GetBucketLocation,
    HeadBucket,
    DescribeTrails,
    GetTrailStatus,
    ListPublicKeys,
    DescribeOrganization,
    GetCallerIdentity,
    /// Any other, which the server answers as AWS answers what it does not know.
    Unknown,
}

impl Operation {
    pub(super) const ALL: [Operation; 12] = [
        Operation::GetObject,
        Operation::HeadObject,
        Operation::ListObjectsV2,
        Operation::ListObjects,
        Operation::GetBucketLocation,
        Operation::HeadBucket,
        Operation::DescribeTrails,
        Operation::GetTrailStatus,
        Operation::ListPublicKeys,
        Operation::DescribeOrganization,
        Operation::GetCallerIdentity,
        Operation::Unknown,
    ];

    /// Whether it is one of S3, whose errors are XML.
    pub(super) fn is_of_s3(self) -> bool {
        self <= Operation::HeadBucket
    }

    /// Whether it is answered with a head only.
    pub(super) fn is_head(self) -> bool {
        matches!(self, Operation::HeadObject | Operation::HeadBucket)
    }
}

/// An operation and what it is to be done with.
pub(super) struct Call<'a> {
    pub(super) operation: Operation,
    /// Nothing but for S3.
    pub(super) bucket: &'a str,
    /// Of an object its key, of a listing its prefix.
    pub(super) key: Cow<'a, str>,
}

impl<'a> Call<'a> {
    pub(super) fn of(request: &Request<'a>) -> Self {
        let path = request.path.trim_start_matches('/');
        match request.method {
            "GET" | "HEAD" if !path.is_empty() => Call::of_s3(request, path),
            "POST" if path.is_empty() => Call {
                operation: posted(request),
                bucket: "",
                key: "".into(),
            },
            _ => Call {
                operation: Operation::Unknown,
                bucket: "",
                key: request.path.into(),
            },
        }
    }

    fn of_s3(request: &Request<'a>, path: &'a str) -> Self {
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let head = request.method == "HEAD";
        if !key.is_empty() {
            let operation = match head {
                true => Operation::HeadObject,
                false => Operation::GetObject,
            };
            let key = decoded(key);
            return Call {
                operation,
                bucket,
                key,
            };
        }
        let operation = match request.parameter("list-type") {
            _ if head => Operation::HeadBucket,
            _ if request.parameter("location").is_some() => Operation::GetBucketLocation,
            Some(version) if version == "2" => Operation::ListObjectsV2,
            _ if asks_for_listing(request.query) => Operation::ListObjects,
            _ => Operation::Unknown,
        };
        Call {
            operation,
            bucket,
            key: request.parameter("prefix").unwrap_or_default(),
        }
    }
}

/// Whether the query has nothing but what `ListObjects` has. Other operations on a bucket
/// are told by a parameter of their own, such as `acl`.
fn asks_for_listing(query: &str) -> bool {
    let known = [
        "",
        "prefix",
        "marker",
        "delimiter",
        "max-keys",
        "encoding-type",
        "x-id",
    ];
    let mut names = query
        .split('&')
        .map(|pair| pair.split('=').next().unwrap_or_default());
    names.all(|name| known.contains(&name))
}

/// The operation of a service that is asked by POST: the JSON ones name it in a header,
/// STS in the form.
fn posted(request: &Request) -> Operation {
    let form = std::str::from_utf8(request.body).unwrap_or_default();
    let service = request.target.rsplit_once('.');
    match service {
        Some((service, "DescribeTrails")) if trails(service) => Operation::DescribeTrails,
        Some((service, "GetTrailStatus")) if trails(service) => Operation::GetTrailStatus,
        Some((service, "ListPublicKeys")) if trails(service) => Operation::ListPublicKeys,
        Some(("AWSOrganizationsV20161128", "DescribeOrganization")) => {
            Operation::DescribeOrganization
        }
        None if parameter(form, "Action").is_some_and(|a| a == "GetCallerIdentity") => {
            Operation::GetCallerIdentity
        }
        _ => Operation::Unknown,
    }
}

fn trails(service: &str) -> bool {
    service.ends_with("CloudTrail_20131101")
}
