//! A relay in front of a server. It answers some calls itself, with replies made from the
//! examples in AWS's documentation: for what no emulator serves. It mends replies that are
//! nearly right, and spoils those that are.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::cbor;
use super::http::Message;

/// A documented reply to the requests that contain all of `to`.
pub(super) struct Documented {
    /// Parts of the request line, of a header or of the body.
    pub(super) to: &'static [&'static str],
    pub(super) status: &'static str,
    pub(super) content_type: &'static str,
    /// One more header with its line end, or nothing.
    pub(super) header: &'static str,
    pub(super) body: String,
}

impl Documented {
    /// A 200 reply of a JSON service.
    pub(super) fn json(to: &'static [&'static str], body: impl Into<String>) -> Self {
        Documented {
            to,
            status: "200 OK",
            content_type: "application/x-amz-json-1.1",
            header: "",
            body: body.into(),
        }
    }

    /// A 200 reply of an XML service.
    pub(super) fn xml(to: &'static [&'static str], body: impl Into<String>) -> Self {
        Documented {
            to,
            status: "200 OK",
            content_type: "text/xml",
            header: "",
            body: body.into(),
        }
    }
}

/// What becomes of a body.
pub(super) type Spoil = fn(&str) -> String;

#[derive(Default)]
struct Behaviour {
    upstream: Option<u16>,
    documented: Vec<Documented>,
    mend: &'static [(&'static str, &'static str)],
    interpret: bool,
    spoil: Option<(&'static [&'static str], Spoil)>,
}

/// A listener on loopback that lives as long as the test process.
pub(super) struct Relay {
    pub(super) port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Relay {
    /// Answers with `documented`; passes everything else on to `upstream`, or where
    /// there is none closes the connection.
    pub(super) fn start(upstream: Option<u16>, documented: Vec<Documented>) -> Self {
        Relay::with(Behaviour {
            upstream,
            documented,
            ..Behaviour::default()
        })
    }

    /// Passes everything on, to CloudWatch in JSON what is in CBOR, and replaces in the
    /// replies each first text by the second.
    pub(super) fn mending(upstream: u16, mend: &'static [(&'static str, &'static str)]) -> Self {
        Relay::with(Behaviour {
            upstream: Some(upstream),
            mend,
            interpret: true,
            ..Behaviour::default()
        })
    }

    /// Passes everything on, and makes of the bodies of 200 replies to requests that
    /// contain all of `to` what `spoil` makes of them.
    pub(super) fn spoiling(upstream: u16, to: &'static [&'static str], spoil: Spoil) -> Self {
        Relay::with(Behaviour {
            upstream: Some(upstream),
            spoil: Some((to, spoil)),
            ..Behaviour::default()
        })
    }

    fn with(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback is there");
        let port = listener.local_addr().expect("a port").port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&heads);
        let behaviour = Arc::new(behaviour);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let behaviour = Arc::clone(&behaviour);
                let record = Arc::clone(&record);
                // An error here is the client's hanging up, which a test may be about.
                thread::spawn(move || serve(stream, &behaviour, &record));
            }
        });
        Relay { port, heads }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The request lines so far.
    pub(super) fn seen(&self) -> Vec<String> {
        let first_line = |head: &String| head.lines().next().unwrap_or_default().to_owned();
        self.heads().iter().map(first_line).collect()
    }

    /// The request lines and headers so far.
    pub(super) fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("no thread panicked").clone()
    }
}

fn serve(
    mut client: TcpStream,
    behaviour: &Behaviour,
    record: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let request = Message::read(&mut client)?;
    if let Ok(mut record) = record.lock() {
        record.push(request.head.clone());
    }
    let text = request.text();
    let reply = behaviour
        .documented
        .iter()
        .find(|reply| reply.to.iter().all(|part| text.contains(part)));
    match (reply, behaviour.upstream) {
        (Some(reply), _) => client.write_all(rendered(reply).as_bytes()),
        (None, Some(port)) if behaviour.interpret && request.head.contains(TO_CLOUDWATCH) => {
            client.write_all(&interpreted(&request, port)?)
        }
        (None, Some(port)) => {
            let reply = behaviour.changed(&text, pass_on(&request, port)?);
            client.write_all(&reply)
        }
        (None, None) => Ok(()),
    }
}

impl Behaviour {
    /// The reply as the client is to see it.
    fn changed(&self, request: &str, reply: Vec<u8>) -> Vec<u8> {
        let text = String::from_utf8_lossy(&reply);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let mut changed = body.to_owned();
        for (wrong, right) in self.mend {
            changed = changed.replace(wrong, right);
        }
        if let Some((to, spoil)) = self.spoil
            && to.iter().all(|part| request.contains(part))
            && head.contains(" 200 ")
        {
            changed = spoil(&changed);
        }
        if changed == body {
            return reply;
        }
        let kept = head
            .split("\r\n")
            .filter(|line| !line.to_lowercase().starts_with("content-length:"))
            .collect::<Vec<_>>()
            .join("\r\n");
        let length = changed.len();
        format!("{kept}\r\nContent-Length: {length}\r\n\r\n{changed}").into_bytes()
    }
}

fn rendered(reply: &Documented) -> String {
    let Documented {
        status,
        content_type,
        header,
        body,
        ..
    } = reply;
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\
         {header}x-amzn-RequestId: 11111111-2222-3333-4444-555555555555\r\nConnection: close\r\n\r\n{body}"
    )
}

fn pass_on(request: &Message, port: u16) -> io::Result<Vec<u8>> {
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    // One request a connection, so that the reply ends where the stream ends. To a proxy
    // the client names the whole URL, and a host that is not the server's.
    let host = format!("Host: 127.0.0.1:{port}");
    let mut lines = request.head.trim_end().split("\r\n");
    let mut head = origin_form(lines.next().unwrap_or_default());
    for line in lines {
        let name = line.split(':').next().unwrap_or_default().to_lowercase();
        match name.as_str() {
            "connection" => {}
            "host" => head.extend(["\r\n", &host]),
            _ => head.extend(["\r\n", line]),
        }
    }
    // In one piece. moto answers some calls before it has looked at their body, and where
    // that comes late, waits for us to hang up before it does, as we wait for it.
    let mut whole = format!("{head}\r\nConnection: close\r\n\r\n").into_bytes();
    whole.extend_from_slice(&request.body);
    server.write_all(&whole)?;
    let mut reply = Vec::new();
    server.read_to_end(&mut reply)?;
    Ok(reply)
}

/// How a request to CloudWatch begins.
/// <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>
const TO_CLOUDWATCH: &str = "/service/GraniteServiceVersion20100801/operation/";

/// The reply in CBOR to a request in CBOR from a server that knows JSON only. The names in
/// both are the same.
fn interpreted(request: &Message, port: u16) -> io::Result<Vec<u8>> {
    let (_, operation) = request
        .head
        .split_once(TO_CLOUDWATCH)
        .ok_or(io::ErrorKind::InvalidData)?;
    let operation = operation.split(' ').next().unwrap_or_default();
    let body = cbor::decode(&request.body)?.to_string().into_bytes();
    let ours = ["content-", "accept:", "smithy-protocol:"];
    let kept = request
        .head
        .trim_end()
        .split("\r\n")
        .skip(1)
        .filter(|line| {
            let line = line.to_lowercase();
            !ours.iter().any(|name| line.starts_with(name))
        });
    let head = format!(
        "POST / HTTP/1.1\r\n{}\r\nContent-Type: application/x-amz-json-1.0\r\n\
         X-Amz-Target: GraniteServiceVersion20100801.{operation}\r\nContent-Length: {}\r\n\r\n",
        kept.collect::<Vec<_>>().join("\r\n"),
        body.len(),
    );
    let reply = pass_on(&Message { head, body }, port)?;
    let reply = Message::read(&mut reply.as_slice())?;
    let status = reply.head.lines().next().unwrap_or_default();
    // Where there is nothing to say, moto's JSON is empty.
    let body = serde_json::from_slice(&reply.body).unwrap_or_else(|_| serde_json::json!({}));
    let body = cbor::encode(&body);
    let head = format!(
        "{status}\r\nContent-Type: application/cbor\r\nsmithy-protocol: rpc-v2-cbor\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    Ok([head.into_bytes(), body].concat())
}

/// `POST http://host/path HTTP/1.1`, as a proxy hears it, without the host.
fn origin_form(line: &str) -> String {
    match line.split_once(" http://") {
        Some((method, rest)) => match rest.split_once('/') {
            Some((_, path)) => format!("{method} /{path}"),
            None => line.to_owned(),
        },
        None => line.to_owned(),
    }
}
