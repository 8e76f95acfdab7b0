//! A server in a process of its own, so that what it costs is not counted as its client's.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::reply::Reply;
use super::request::Request;
use super::{BucketServer, Content, Shared};

/// Paths that begin with this are none of AWS's: no bucket has so short a name.
const CONTROL: &str = "/-/";

/// Serves until the process is ended, and writes the port to a file as soon as it listens.
///
/// # Errors
/// If the port cannot be written.
pub(crate) fn serve_forever(content: Content, port_file: &Path) -> io::Result<()> {
    let server = BucketServer::start(content);
    // A client that waits for the file must not see it without what is in it.
    let unfinished = port_file.with_extension("unfinished");
    std::fs::write(&unfinished, server.port().to_string())?;
    std::fs::rename(unfinished, port_file)?;
    loop {
        std::thread::park();
    }
}

/// A server that [`serve_forever`] runs elsewhere on this machine.
pub(crate) struct Remote {
    port: u16,
}

impl Remote {
    pub(crate) fn new(port: u16) -> Self {
        Remote { port }
    }

    /// Like [`BucketServer::url`].
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Like [`BucketServer::delay`].
    ///
    /// # Errors
    /// If the server does not answer.
    pub(crate) fn delay(&self, delay: Duration) -> io::Result<()> {
        self.ask(&format!("delay?us={}", delay.as_micros()))
            .map(drop)
    }

    /// Like [`BucketServer::reset_counts`].
    ///
    /// # Errors
    /// If the server does not answer.
    pub(crate) fn reset_counts(&self) -> io::Result<()> {
        self.ask("reset").map(drop)
    }

    /// `operations`: how often each was called; `objects`: how many were asked for by
    /// `GetObject`; `most`: how often the one that was asked for most.
    ///
    /// # Errors
    /// If the server does not answer.
    pub(crate) fn counts(&self) -> io::Result<Value> {
        self.ask("counts")
    }

    fn ask(&self, what: &str) -> io::Result<Value> {
        let mut stream = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], self.port)))?;
        let request = format!("GET {CONTROL}{what} HTTP/1.1\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply)?;
        let (_, body) = reply.split_once("\r\n\r\n").unwrap_or_default();
        Ok(serde_json::from_str(body)?)
    }
}

/// The reply to a [`Remote`]; nothing to any other client.
pub(super) fn answer(shared: &Shared, request: &Request) -> Option<Reply<'static>> {
    let what = request.path.strip_prefix(CONTROL)?;
    match what {
        "delay" => {
            let delay = request.parameter("us").and_then(|us| us.parse().ok());
            shared.set_delay(Duration::from_micros(delay.unwrap_or(0)));
        }
        "reset" => shared.counts.reset(&shared.served),
        _ => {}
    }
    Some(Reply::json(200, &shared.counts.summary(&shared.served)))
}
