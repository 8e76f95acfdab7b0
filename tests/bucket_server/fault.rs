//! What goes wrong on purpose.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::operation::{Call, Operation};
use super::reply::Reply;

/// What a client meets instead of the reply.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FaultKind {
    /// The connection is closed without an answer.
    Reset,
    /// Nothing comes until the client hangs up.
    Hang,
    /// Half of the body that the head announces, then the connection is closed.
    Truncated,
    /// An error with that status and code, as the service writes it: `503`, `SlowDown`.
    Status(u16, &'static str),
    /// A success with an empty body.
    Empty200,
    /// A success with a page in HTML, as proxies send it.
    WrongXml,
}

/// A fault and whom it meets.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) operation: Operation,
    /// A part of `bucket/key`, of a listing's `bucket/prefix`, or of the Region that
    /// CloudTrail is asked in. Without it every call of the operation is met.
    pub(crate) contains: Option<String>,
    pub(crate) kind: FaultKind,
    /// How often; nothing: always.
    pub(crate) times: Option<usize>,
}

/// The faults in force.
pub(super) struct Faults {
    /// Whether there is any, so that where there is none nobody waits for the lock.
    any: AtomicBool,
    faults: Mutex<Vec<Fault>>,
}

impl Faults {
    pub(super) fn new() -> Self {
        Faults {
            any: AtomicBool::new(false),
            faults: Mutex::new(Vec::new()),
        }
    }

    pub(super) fn add(&self, fault: Fault) {
        self.faults.lock().unwrap().push(fault);
        self.any.store(true, Ordering::Release);
    }

    pub(super) fn clear(&self) {
        self.faults.lock().unwrap().clear();
        self.any.store(false, Ordering::Release);
    }

    /// The first fault that meets the call, which is then one time less in force.
    pub(super) fn meeting(&self, call: &Call, region: &str) -> Option<FaultKind> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        let place = match call.operation.is_of_s3() {
            true => format!("{}/{}", call.bucket, call.key),
            false => region.to_owned(),
        };
        let mut faults = self.faults.lock().unwrap();
        let fault = faults.iter_mut().find(|fault| {
            let part = fault.contains.as_deref().unwrap_or_default();
            fault.operation == call.operation && fault.times != Some(0) && place.contains(part)
        })?;
        fault.times = fault.times.map(|times| times - 1);
        Some(fault.kind)
    }
}

/// The error as the operation's service writes it.
pub(super) fn error(operation: Operation, status: u16, code: &str) -> Reply<'static> {
    match operation.is_of_s3() {
        true => Reply::s3_error(status, code, ""),
        false => Reply::json_error(status, code),
    }
}

/// A page that no client of AWS expects.
pub(super) fn wrong_page() -> Reply<'static> {
    let page = "<html><head><title>Sign in</title></head><body>Sign in to go on.</body></html>";
    Reply::with(200, "text/html", "", page.to_owned())
}
