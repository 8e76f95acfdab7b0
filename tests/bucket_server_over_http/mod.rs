//! The server for tests and measurements, asked over plain HTTP.

mod faults;
mod listing;
mod objects;
mod services;

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::bucket_server::{BucketServer, Content, Object};

const BUCKET: &str = "trail-logs";

/// A connection that is kept alive from request to request.
struct Client {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// A reply, as far as it came.
struct Reply {
    status: u16,
    head: String,
    body: Vec<u8>,
    /// Whether all of the body came that the head announces.
    whole: bool,
}

impl Client {
    fn of(server: &BucketServer) -> Self {
        Client::at(&server.url())
    }

    fn at(url: &str) -> Self {
        let address = url.strip_prefix("http://").unwrap();
        Client {
            stream: TcpStream::connect(address).unwrap(),
            unread: Vec::new(),
        }
    }

    fn get(&mut self, url: &str) -> Reply {
        self.ask("GET", url, "", "").unwrap()
    }

    /// Sends a request and reads the reply; nothing if the server hangs up instead.
    fn ask(&mut self, method: &str, url: &str, headers: &str, body: &str) -> Option<Reply> {
        let length = body.len();
        write!(
            self.stream,
            "{method} {url} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        self.reply(method != "HEAD")
    }

    fn reply(&mut self, has_body: bool) -> Option<Reply> {
        let end = loop {
            let found = memchr::memmem::find(&self.unread, b"\r\n\r\n");
            match found {
                Some(end) => break end + 4,
                None if self.more() => {}
                None => return None,
            }
        };
        let head: Vec<u8> = self.unread.drain(..end).collect();
        let head = String::from_utf8(head).unwrap();
        let (_, length) = head.split_once("Content-Length: ").unwrap();
        let length = length.lines().next().unwrap().parse().unwrap();
        let length: usize = if has_body { length } else { 0 };
        while self.unread.len() < length && self.more() {}
        let whole = self.unread.len() >= length;
        let got = length.min(self.unread.len());
        Some(Reply {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head,
            body: self.unread.drain(..got).collect(),
            whole,
        })
    }

    fn more(&mut self) -> bool {
        let mut buffer = [0; 8192];
        let count = self.stream.read(&mut buffer).unwrap_or(0);
        self.unread.extend_from_slice(&buffer[..count]);
        count > 0
    }
}

impl Reply {
    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// What the elements of that name hold, as it is written.
    fn elements(&self, name: &str) -> Vec<String> {
        let text = self.text();
        let (start, end) = (format!("<{name}>"), format!("</{name}>"));
        let found = text.split(&start).skip(1);
        found
            .map(|rest| rest.split(&end).next().unwrap().to_owned())
            .collect()
    }

    /// The one element of that name.
    fn element(&self, name: &str) -> String {
        let mut found = self.elements(name);
        assert_eq!(found.len(), 1, "{name} in {}", self.text());
        found.remove(0)
    }
}

/// A bucket in us-east-1 with an object of each key, whose body is its key.
fn bucket_of(keys: &[&str]) -> Content {
    let mut content = Content::new();
    content.bucket(BUCKET, "us-east-1");
    for key in keys {
        content.put(BUCKET, key, Object::new(*key));
    }
    content
}
