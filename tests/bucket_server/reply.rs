//! Replies, and how they are sent.

use std::borrow::Cow;
use std::io::{self, IoSlice, Write};
use std::net::TcpStream;

/// A reply: the status line with the headers, and the body.
pub(super) struct Reply<'a> {
    pub(super) head: Cow<'a, [u8]>,
    pub(super) body: Cow<'a, [u8]>,
}

/// Names the server and the request, as every reply of AWS does.
const IDENTIFIERS: &str = "x-amz-id-2: bucketserver\r\nx-amz-request-id: 0A1B2C3D4E5F6789\r\n\
     x-amzn-RequestId: 11111111-2222-3333-4444-555555555555\r\n";

impl Reply<'static> {
    /// A reply of S3 or STS.
    pub(super) fn xml(status: u16, headers: &str, body: String) -> Self {
        Reply::with(status, "application/xml", headers, body)
    }

    /// A reply of CloudTrail or Organizations.
    pub(super) fn json(status: u16, body: &serde_json::Value) -> Self {
        Reply::with(status, "application/x-amz-json-1.1", "", body.to_string())
    }

    /// A reply of that type. The headers have their line ends.
    pub(super) fn with(status: u16, content_type: &str, headers: &str, body: String) -> Self {
        let headers = format!("{headers}Content-Type: {content_type}\r\n");
        Reply {
            head: head(status, &headers, body.len() as u64).into(),
            body: body.into_bytes().into(),
        }
    }

    /// An error of S3.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
    pub(super) fn s3_error(status: u16, code: &str, details: &str) -> Self {
        Reply::s3_error_with(status, "", code, details)
    }

    /// An error of S3 with a header of its own.
    pub(super) fn s3_error_with(status: u16, headers: &str, code: &str, details: &str) -> Self {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
             <Message>{}</Message>{details}<RequestId>0A1B2C3D4E5F6789</RequestId>\
             <HostId>bucketserver</HostId></Error>",
            message(code)
        );
        Reply::xml(status, headers, body)
    }

    /// An error of a JSON service.
    pub(super) fn json_error(status: u16, code: &str) -> Self {
        let body = serde_json::json!({"__type": code, "message": message(code)});
        Reply::json(status, &body)
    }
}

impl Reply<'_> {
    /// Sends the reply in as few system calls as it takes, mostly one.
    pub(super) fn send(&self, stream: &TcpStream) -> io::Result<()> {
        send(stream, &self.head, &self.body)
    }

    /// Sends the head and half of the body that it announces.
    pub(super) fn send_half(&self, stream: &TcpStream) -> io::Result<()> {
        send(stream, &self.head, &self.body[..self.body.len() / 2])
    }
}

fn send(mut stream: &TcpStream, head: &[u8], body: &[u8]) -> io::Result<()> {
    let mut parts = [IoSlice::new(head), IoSlice::new(body)];
    let mut rest = &mut parts[..];
    let mut left = head.len() + body.len();
    while left > 0 {
        let count = stream.write_vectored(rest)?;
        if count == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        left -= count;
        IoSlice::advance_slices(&mut rest, count);
    }
    Ok(())
}

/// A status line and headers for a body of that many bytes.
pub(super) fn head(status: u16, headers: &str, length: u64) -> Vec<u8> {
    let reason = match status {
        200 => "OK",
        206 => "Partial Content",
        301 => "Moved Permanently",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        416 => "Requested Range Not Satisfiable",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Slow Down",
        _ => "Unknown",
    };
    format!(
        "HTTP/1.1 {status} {reason}\r\n{IDENTIFIERS}{headers}Content-Length: {length}\r\n\
         Server: AmazonS3\r\n\r\n"
    )
    .into_bytes()
}

/// What AWS says with a code.
fn message(code: &str) -> &'static str {
    match code {
        "NoSuchKey" => "The specified key does not exist.",
        "NoSuchBucket" => "The specified bucket does not exist",
        "InvalidObjectState" => "The operation is not valid for the object's storage class",
        "AccessDenied" | "AccessDeniedException" => "Access Denied",
        "SlowDown" => "Please reduce your request rate.",
        "InternalError" => "We encountered an internal error. Please try again.",
        "PermanentRedirect" => {
            "The bucket you are attempting to access must be addressed using the specified endpoint. \
             Please send all future requests to this endpoint."
        }
        "NotImplemented" => "A header you provided implies functionality that is not implemented",
        "InvalidArgument" => "The argument provided is not valid",
        "InvalidRange" => "The requested range is not satisfiable",
        "TrailNotFoundException" => "Unknown trail",
        "AWSOrganizationsNotInUseException" => "Your account is not a member of an organization.",
        "KMS.DisabledException" => "The AWS KMS key is disabled.",
        _ => "The request was not carried out.",
    }
}
