//! A server of raw replies: what breaks off in the middle no canned reply can show.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use tokio::time::Instant;

use super::super::{Engine, Evidence};
use crate::source::live::Progress;
use crate::source::live::connect::Connection;
use crate::source::live::http_client;
use crate::source::live::limit::Limits;

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// Path and query.
    pub(super) target: String,
    /// The Region that it is signed for.
    pub(super) region: String,
    /// The operation of CloudTrail; empty for S3.
    pub(super) operation: String,
    pub(super) body: String,
    /// How many of the same were before it.
    pub(super) before: usize,
}

/// A reply as it goes over the wire.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    pub(super) head: String,
    pub(super) body: Vec<u8>,
    /// Whether the connection ends behind it.
    pub(super) cut: bool,
    /// Whether nothing comes behind it, and the connection stays.
    pub(super) stall: bool,
}

impl Answer {
    pub(super) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Answer {
            head: format!(
                "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nETag: \"0\"\r\n",
                body.len()
            ),
            body,
            ..Answer::default()
        }
    }

    /// A success that is not S3's.
    pub(super) fn of_a_proxy(page: &str) -> Self {
        let head = format!("HTTP/1.1 200 X\r\nContent-Length: {}\r\n", page.len());
        Answer {
            head,
            body: page.into(),
            ..Answer::default()
        }
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.head += &format!("{name}: {value}\r\n");
        self
    }

    pub(super) fn error(status: u16, code: &str) -> Self {
        let body =
            format!("<Error><Code>{code}</Code><Message>so says the service</Message></Error>");
        Answer::new(status, body)
    }

    /// Only the first bytes of the body, and then the end.
    pub(super) fn cut_after(mut self, bytes: usize) -> Self {
        self.body.truncate(bytes);
        self.cut = true;
        self
    }

    /// Only the first bytes of the body, and then nothing.
    pub(super) fn stalled_after(mut self, bytes: usize) -> Self {
        self.body.truncate(bytes);
        self.stall = true;
        self
    }
}

/// What the server saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) asked: Mutex<Vec<Asked>>,
    pub(super) connections: AtomicUsize,
    in_flight: AtomicUsize,
    pub(super) peak: AtomicUsize,
}

impl Seen {
    pub(super) fn targets(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|asked| asked.target.clone()).collect()
    }

    pub(super) fn regions(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|asked| asked.region.clone()).collect()
    }
}

/// AWS, answered by `answer`.
pub(super) fn serve(
    answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
) -> (Evidence, Arc<Seen>) {
    serve_within(Duration::from_secs(20), None, answer)
}

pub(super) fn serve_within(
    call_limit: Duration,
    timeout: Option<Duration>,
    answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
) -> (Evidence, Arc<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (seen, answer) = (Arc::new(Seen::default()), Arc::new(answer));
    let shared = seen.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (seen, answer) = (shared.clone(), answer.clone());
            seen.connections.fetch_add(1, Ordering::SeqCst);
            std::thread::spawn(move || converse(stream.unwrap(), &seen, &*answer));
        }
    });
    let engine = Engine::start().unwrap();
    let timeout = timeout.unwrap_or(Duration::MAX);
    let progress = Progress::default();
    let limits = engine
        .handle
        .block_on(async { Limits::new(Instant::now(), timeout, progress) });
    let connection = connection(&url, call_limit);
    (Evidence::over(engine, connection, limits, call_limit), seen)
}

fn connection(url: &str, call_limit: Duration) -> Connection {
    let credentials = Credentials::new("AKIAEXAMPLE", "not-a-secret", None, None, "test");
    let timeouts = TimeoutConfig::builder()
        .operation_timeout(call_limit)
        .build();
    Connection {
        config: SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http_client::shared(None).unwrap())
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .endpoint_url(url)
            .build(),
        region: "us-east-1".to_owned(),
    }
}

fn converse(mut stream: TcpStream, seen: &Seen, answer: &dyn Fn(&Asked) -> Answer) {
    while let Some(mut asked) = read(&mut stream) {
        let now = seen.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        seen.peak.fetch_max(now, Ordering::SeqCst);
        {
            let mut all = seen.asked.lock().unwrap();
            let same = |other: &&Asked| other.target == asked.target && asked.operation.is_empty();
            asked.before = all.iter().filter(same).count();
            all.push(asked.clone());
        }
        let answer = answer(&asked);
        let mut bytes = format!("{}\r\n", answer.head).into_bytes();
        bytes.extend(&answer.body);
        seen.in_flight.fetch_sub(1, Ordering::SeqCst);
        if stream.write_all(&bytes).is_err() {
            return;
        }
        if answer.cut {
            stream.shutdown(Shutdown::Both).ok();
            return;
        }
        if answer.stall {
            // Until the other side gives up.
            stream.read_exact(&mut [0]).ok();
            return;
        }
    }
}

fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let header = |name: &str| {
        let line = head
            .lines()
            .find(|line| line.to_lowercase().starts_with(&format!("{name}:")));
        line.map_or(String::new(), |line| {
            line[name.len() + 1..].trim().to_owned()
        })
    };
    let mut body = vec![0; header("content-length").parse().unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some(Asked {
        target: head.split(' ').nth(1).unwrap().to_owned(),
        region: header("authorization").split('/').nth(2)?.to_owned(),
        operation: header("x-amz-target").rsplit('.').next()?.to_owned(),
        body: String::from_utf8(body).unwrap(),
        before: 0,
    })
}
