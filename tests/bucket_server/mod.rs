//! A server on loopback that speaks as much of S3 (path style), CloudTrail, STS and
//! Organizations as it takes to validate log files. It is for tests that need faults, and
//! for measuring clients beside it: so it does little for a reply, and counts what is asked.
//!
//! Signatures of requests are not checked; of the header only the Region is read, in which
//! CloudTrail is asked for its keys.

mod content;
mod counts;
mod fault;
mod folder;
mod listing;
mod operation;
mod remote;
mod reply;
mod request;
mod s3;
mod served;
mod services;
mod xml;

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub(crate) use content::{Body, Content, Object};
pub(crate) use counts::Asked;
pub(crate) use fault::{Fault, FaultKind};
pub(crate) use operation::Operation;
pub(crate) use remote::{Remote, serve_forever};

use counts::Counts;
use fault::Faults;
use operation::Call;
use reply::Reply;
use request::{Incoming, Request};
use served::Served;

/// A server in this process. It ends, and its port is free, when it is dropped.
pub(crate) struct BucketServer {
    port: u16,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

/// What all connections share.
struct Shared {
    served: Served,
    counts: Counts,
    faults: Faults,
    delay_in_microseconds: AtomicU64,
    ended: AtomicBool,
    /// The open connections, to close them when the server ends.
    connections: Mutex<HashMap<u64, TcpStream>>,
}

impl BucketServer {
    /// Serves the content on a free port of 127.0.0.1.
    pub(crate) fn start(content: Content) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback is there");
        let port = listener.local_addr().expect("a port").port();
        let shared = Arc::new(Shared {
            served: Served::new(content),
            counts: Counts::new(),
            faults: Faults::new(),
            delay_in_microseconds: AtomicU64::new(0),
            ended: AtomicBool::new(false),
            connections: Mutex::new(HashMap::new()),
        });
        let listening = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || listen(&listener, &shared))
        };
        BucketServer {
            port,
            shared,
            listening: Some(listening),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The endpoint of all services.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Every reply is sent that much later from now on.
    pub(crate) fn delay(&self, delay: Duration) {
        self.shared.set_delay(delay);
    }

    /// Adds a fault. Of several that meet a request, the first that was added does.
    pub(crate) fn fault(&self, fault: Fault) {
        self.shared.faults.add(fault);
    }

    /// From now on nothing goes wrong.
    pub(crate) fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// How often the operation was called.
    pub(crate) fn count(&self, operation: Operation) -> usize {
        self.shared.counts.of(operation)
    }

    /// How often each object was asked for by `GetObject`, by its `s3://` URL, also those
    /// that are not there. Those that nobody asked for are left out.
    pub(crate) fn gets(&self) -> BTreeMap<String, usize> {
        self.shared.counts.gets(&self.shared.served)
    }

    /// The requests in their order, without those for objects that are there.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.counts.asked()
    }

    /// Forgets what was asked.
    pub(crate) fn reset_counts(&self) {
        self.shared.counts.reset(&self.shared.served);
    }
}

impl Drop for BucketServer {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Release);
        // The listening thread waits for a connection, and looks whether it is the last.
        let woken = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok();
        if let Some(listening) = self.listening.take().filter(|_| woken) {
            let _ = listening.join();
        }
        for stream in self.shared.connections.lock().unwrap().values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Shared {
    fn set_delay(&self, delay: Duration) {
        let microseconds = u64::try_from(delay.as_micros()).unwrap_or(u64::MAX);
        self.delay_in_microseconds
            .store(microseconds, Ordering::Relaxed);
    }

    fn wait(&self) {
        let microseconds = self.delay_in_microseconds.load(Ordering::Relaxed);
        if microseconds > 0 {
            thread::sleep(Duration::from_micros(microseconds));
        }
    }
}

fn listen(listener: &TcpListener, shared: &Arc<Shared>) {
    for (number, stream) in (0..).zip(listener.incoming()) {
        if shared.ended.load(Ordering::Acquire) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let Ok(kept) = stream.try_clone() else {
            continue;
        };
        shared.connections.lock().unwrap().insert(number, kept);
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            // An error is the client's hanging up, or a request that is none.
            let _ = converse(&stream, &shared);
            let _ = stream.shutdown(Shutdown::Both);
            shared.connections.lock().unwrap().remove(&number);
        });
    }
}

/// Answers the requests of a connection until one side is done.
fn converse(stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut incoming = Incoming::new();
    let mut scratch = Vec::new();
    while let Some(request) = incoming.next(stream)? {
        let go_on = match remote::answer(shared, &request) {
            Some(reply) => reply.send(stream).map(|()| true),
            None => respond(stream, shared, &request, &mut scratch),
        }?;
        if !go_on || !request.keep_alive {
            break;
        }
    }
    Ok(())
}

/// Answers a request; gives whether the connection is kept.
fn respond(
    stream: &TcpStream,
    shared: &Shared,
    request: &Request,
    scratch: &mut Vec<u8>,
) -> io::Result<bool> {
    let call = Call::of(request);
    shared.counts.add(&shared.served, &call, request);
    let fault = shared.faults.meeting(&call, request.region);
    shared.wait();
    let mut reply = match fault {
        Some(FaultKind::Reset) => return Ok(false),
        Some(FaultKind::Hang) => return hang(stream),
        Some(FaultKind::Status(status, code)) => fault::error(call.operation, status, code),
        Some(FaultKind::Empty200) => Reply::xml(200, "", String::new()),
        Some(FaultKind::WrongXml) => fault::wrong_page(),
        Some(FaultKind::Truncated) | None => answer(&shared.served, &call, request, scratch),
    };
    if call.operation.is_head() {
        reply.body = [].as_slice().into();
    }
    match fault {
        Some(FaultKind::Truncated) => reply.send_half(stream).map(|()| false),
        _ => reply.send(stream).map(|()| true),
    }
}

fn answer<'a>(
    served: &'a Served,
    call: &Call,
    request: &Request,
    scratch: &'a mut Vec<u8>,
) -> Reply<'a> {
    match call.bucket {
        "" => services::answer(served, call.operation, request),
        _ => s3::answer(served, call, request, scratch),
    }
}

/// Reads until the client hangs up, or the server ends.
fn hang(mut stream: &TcpStream) -> io::Result<bool> {
    let mut ignored = [0; 1024];
    while stream.read(&mut ignored)? > 0 {}
    Ok(false)
}
