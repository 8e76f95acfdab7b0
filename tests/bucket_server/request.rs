//! Requests as they come over a connection that is kept alive.

use std::borrow::Cow;
use std::io::{self, Read};
use std::net::TcpStream;

use memchr::{memchr, memmem};
use percent_encoding::percent_decode_str;

/// How large a request may be, in bytes. S3's keys have 1,024 at most.
const LARGEST: usize = 1 << 20;

/// A request. It borrows from the connection's buffer.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    /// The path with its leading slash, as it came.
    pub(super) path: &'a str,
    /// What follows the question mark, as it came.
    pub(super) query: &'a str,
    /// The header `X-Amz-Target` of the JSON services.
    pub(super) target: &'a str,
    /// The Region that the request was signed for, or nothing.
    pub(super) region: &'a str,
    /// The header `Range`.
    pub(super) range: Option<&'a str>,
    pub(super) keep_alive: bool,
    pub(super) body: &'a [u8],
}

impl<'a> Request<'a> {
    fn parse(head: &'a str, body: &'a [u8]) -> Option<Self> {
        let (first, headers) = head.split_once("\r\n")?;
        let mut words = first.split(' ');
        let (method, url, version) = (words.next()?, words.next()?, words.next()?);
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let mut request = Request {
            method,
            path,
            query,
            target: "",
            region: "",
            range: None,
            keep_alive: version == "HTTP/1.1",
            body,
        };
        for line in headers.split("\r\n") {
            request.header(line);
        }
        Some(request)
    }

    fn header(&mut self, line: &'a str) {
        let Some((name, value)) = line.split_once(':') else {
            return;
        };
        let value = value.trim();
        if name.eq_ignore_ascii_case("authorization") {
            // AWS4-HMAC-SHA256 Credential=ID/20260301/us-east-1/s3/aws4_request, ...
            let scope = value
                .split_once("Credential=")
                .map_or("", |(_, scope)| scope);
            self.region = scope.split('/').nth(2).unwrap_or_default();
        } else if name.eq_ignore_ascii_case("x-amz-target") {
            self.target = value;
        } else if name.eq_ignore_ascii_case("connection") {
            self.keep_alive = !value.eq_ignore_ascii_case("close");
        } else if name.eq_ignore_ascii_case("range") {
            self.range = Some(value);
        }
    }

    /// The value of a parameter of the query; nothing without it.
    pub(super) fn parameter(&self, name: &str) -> Option<Cow<'a, str>> {
        parameter(self.query, name)
    }
}

/// The value of a parameter of a query or a form.
pub(super) fn parameter<'a>(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
    query.split('&').find_map(|pair| {
        let (found, value) = pair.split_once('=').unwrap_or((pair, ""));
        (found == name).then(|| match value.contains('+') {
            true => decoded(&value.replace('+', " ")).into_owned().into(),
            false => decoded(value),
        })
    })
}

/// The text without its percent signs.
pub(super) fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

/// Where requests come from: a socket, and what was read from it beyond the last request.
pub(super) struct Incoming {
    bytes: Vec<u8>,
    /// How many of the bytes the current request has.
    used: usize,
}

impl Incoming {
    pub(super) fn new() -> Self {
        Incoming {
            bytes: Vec::with_capacity(16 * 1024),
            used: 0,
        }
    }

    /// The next request; nothing when the client has hung up.
    pub(super) fn next(&mut self, stream: &TcpStream) -> io::Result<Option<Request<'_>>> {
        self.bytes.drain(..self.used);
        self.used = 0;
        let end = loop {
            if let Some(end) = memmem::find(&self.bytes, b"\r\n\r\n") {
                break end + 4;
            }
            if !self.more(stream)? {
                return Ok(None);
            }
        };
        let length = content_length(&self.bytes[..end]);
        if length > LARGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        while self.bytes.len() < end + length {
            if !self.more(stream)? {
                return Ok(None);
            }
        }
        self.used = end + length;
        let (head, body) = self.bytes[..self.used].split_at(end);
        let head = std::str::from_utf8(head).map_err(|_| io::ErrorKind::InvalidData)?;
        let request = Request::parse(head.trim_ascii_end(), body);
        request.map(Some).ok_or(io::ErrorKind::InvalidData.into())
    }

    fn more(&mut self, mut stream: &TcpStream) -> io::Result<bool> {
        if self.bytes.len() > LARGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let read = self.bytes.len();
        self.bytes.resize(read + 8192, 0);
        let count = stream.read(&mut self.bytes[read..]);
        self.bytes
            .truncate(read + count.as_ref().copied().unwrap_or(0));
        Ok(count? > 0)
    }
}

/// The length of the body, in bytes. A GET has none, and says so by not saying anything.
fn content_length(head: &[u8]) -> usize {
    if head.starts_with(b"GET ") {
        return 0;
    }
    let mut lines = head.split(|byte| *byte == b'\n');
    let value = lines.find_map(|line| {
        let (name, value) = line.split_at(memchr(b':', line)?);
        let value = std::str::from_utf8(value.get(1..)?).ok()?;
        let found = name.eq_ignore_ascii_case(b"content-length");
        found.then(|| value.trim().parse().ok())?
    });
    value.unwrap_or(0)
}
