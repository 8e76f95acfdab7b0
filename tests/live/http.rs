//! As much HTTP as it takes to ask a server on loopback whether it is up, to tell
//! microburst its rules, and to relay a request.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};

/// A request or a reply: the start line with the headers, and the body.
pub(super) struct Message {
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

impl Message {
    /// Reads one message whose body, if any, has a `Content-Length` or comes in chunks,
    /// which are kept as they are.
    pub(super) fn read(stream: &mut impl Read) -> io::Result<Self> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if !more(stream, &mut bytes)? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut body = bytes.split_off(end);
        let length = header(&head, "content-length").and_then(|value| value.parse().ok());
        while body.len() < length.unwrap_or(0) && more(stream, &mut body)? {}
        // The last chunk is an empty one, and may be all there is.
        if header(&head, "transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
            while !body.ends_with(b"0\r\n\r\n") && more(stream, &mut body)? {}
        }
        Ok(Message { head, body })
    }

    /// The head and the body as one text, to look for something in either.
    pub(super) fn text(&self) -> String {
        format!("{}{}", self.head, String::from_utf8_lossy(&self.body))
    }
}

/// The value of a header, whose name is given in lower case.
pub(super) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// Sends one request to a server on this machine; gives the status and the body.
pub(super) fn send(
    port: u16,
    request_line: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    let mut request = format!("{request_line} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    let length = body.len();
    request.push_str(&format!(
        "Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    ));
    stream.write_all(request.as_bytes())?;
    let reply = Message::read(&mut stream)?;
    let status = reply.head.split(' ').nth(1).and_then(|s| s.parse().ok());
    let body = String::from_utf8_lossy(&reply.body).into_owned();
    status
        .map(|status| (status, body))
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn more(stream: &mut impl Read, bytes: &mut Vec<u8>) -> io::Result<bool> {
    let mut buffer = [0; 8192];
    let count = stream.read(&mut buffer)?;
    bytes.extend_from_slice(&buffer[..count]);
    Ok(count > 0)
}
