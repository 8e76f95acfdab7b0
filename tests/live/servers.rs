//! The servers: each started once per test process, on a free loopback port, and gone
//! with the process.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::relay::Relay;
use super::{environment, http};

/// How long a server may take: far more than it needs, because a loaded machine that
/// compiles at the same time is no reason to fail.
const PATIENCE: Duration = Duration::from_secs(180);

/// A server on loopback. Dropping it ends it.
pub(super) struct Server {
    pub(super) port: u16,
    /// The port of the server itself where `port` is that of a relay.
    pub(super) behind: Option<u16>,
    /// Held open for the guard, which ends the server when this closes. The operating
    /// system closes it when the test process ends, also when it is killed, whereas
    /// destructors of statics never run.
    _alive: ChildStdin,
}

impl Server {
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// What moto gets wrong in a way that the AWS SDK for Rust rejects: the root element of
/// the reply, which AWS calls `VersioningConfiguration`.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html>
const MENDED: &[(&str, &str)] = &[("GetBucketVersioningResponse", "VersioningConfiguration")];

/// moto: the widest cover of AWS, and a relay in front that mends [`MENDED`] and says to
/// CloudWatch in JSON, which moto knows, what the SDK says in CBOR.
pub(super) fn moto() -> &'static Server {
    static MOTO: OnceLock<Server> = OnceLock::new();
    MOTO.get_or_init(|| {
        let server = start("moto", "/moto-api/", |port, command| {
            command.arg(environment::tool("moto_server")).args([
                "-H",
                "127.0.0.1",
                "-p",
                &port.to_string(),
            ]);
        });
        let port = Relay::mending(server.port, MENDED).port;
        Server {
            port,
            behind: Some(server.port),
            ..server
        }
    })
}

/// moto again, behind a certificate. Ready when it hears us, though we speak no TLS.
pub(super) fn moto_with_tls(certificate: &Path, key: &Path) -> Server {
    start("moto-tls", "/", |port, command| {
        command
            .arg(environment::tool("moto_server"))
            .args(["-H", "127.0.0.1", "-p", &port.to_string(), "-c"])
            .arg(certificate)
            .arg("-k")
            .arg(key);
    })
}

/// ministack: code of its own, right in places where moto is wrong.
pub(super) fn ministack() -> &'static Server {
    static MINISTACK: OnceLock<Server> = OnceLock::new();
    MINISTACK.get_or_init(|| start_ministack("ministack", "false"))
}

/// ministack again, where only the root user `test` may do what no policy allows.
pub(super) fn ministack_with_iam() -> &'static Server {
    static MINISTACK: OnceLock<Server> = OnceLock::new();
    MINISTACK.get_or_init(|| start_ministack("ministack-iam", "true"))
}

fn start_ministack(name: &str, auth: &str) -> Server {
    start(name, "/_ministack/health", |port, command| {
        command
            .arg(environment::tool("ministack"))
            .env("GATEWAY_PORT", port.to_string())
            // It would listen to the whole network otherwise.
            .env("BIND_HOST", "127.0.0.1")
            .env("AUTH", auth);
    })
}

/// microburst in front of moto: AWS's errors, for whom and for what a test asks.
pub(super) fn faulty() -> &'static Server {
    static FAULTY: OnceLock<Server> = OnceLock::new();
    FAULTY.get_or_init(|| start_microburst(&moto().url()))
}

/// microburst in front of `upstream`.
pub(super) fn start_microburst(upstream: &str) -> Server {
    start("microburst", "/_microburst/health", |port, command| {
        command.arg(environment::tool("microburst")).args([
            "-u",
            upstream,
            "-p",
            &port.to_string(),
            "--no-resign",
        ]);
    })
}

/// Makes that microburst answer the calls made with this access key as `rule`, in
/// microburst's terms, says. Other tests have other keys, and notice nothing.
pub(super) fn inject(microburst: &Server, access_key: &str, mut rule: Value) {
    rule["headers"]["authorization"] = json!(access_key);
    let rules = json!([rule]).to_string();
    let reply = http::send(
        microburst.port,
        "PATCH /_microburst/rules",
        &[("Content-Type", "application/json")],
        &rules,
    );
    assert!(
        reply.as_ref().is_ok_and(|(status, _)| *status == 200),
        "microburst refused {rules}: {reply:?}"
    );
}

/// How many calls made with this access key that microburst answered as a rule about the
/// operation says.
pub(super) fn injected(microburst: &Server, access_key: &str, operation: &str) -> u64 {
    let (_, rules) = http::send(microburst.port, "GET /_microburst/rules", &[], "")
        .expect("microburst tells its rules");
    let rules: Vec<Value> = serde_json::from_str(&rules).expect("rules in JSON");
    rules
        .iter()
        .filter(|rule| rule["headers"]["authorization"] == access_key)
        .filter(|rule| rule["operation"] == operation)
        .filter_map(|rule| rule["fired_count"].as_u64())
        .sum()
}

fn start(name: &str, ready_path: &str, configure: impl Fn(u16, &mut Command)) -> Server {
    let mut said = String::new();
    // Between the moment we find a free port and the moment the server takes it,
    // somebody else may: then the server ends at once, and we look for another.
    for _ in 0..3 {
        let port = free_port();
        // Without a name, so that nothing is left of it.
        let mut log = tempfile::tempfile().expect("a log file can be written");
        let mut guard = spawn(port, &log, &configure);
        let alive = guard.stdin.take().expect("the guard's input is a pipe");
        if ready(port, ready_path, &mut guard) {
            return Server {
                port,
                behind: None,
                _alive: alive,
            };
        }
        drop(alive);
        guard.wait().expect("the guard ends with its input");
        said.clear();
        log.rewind().expect("the log file can be read");
        log.read_to_string(&mut said).ok();
    }
    panic!("{name} did not start; it said:\n{said}");
}

fn spawn(port: u16, log: &File, configure: &impl Fn(u16, &mut Command)) -> Child {
    let share = || log.try_clone().expect("the log file can be shared");
    let mut command = Command::new(environment::tool("python"));
    command
        .args(["-c", include_str!("guard.py")])
        .stdin(Stdio::piped())
        .stdout(share())
        .stderr(share())
        .current_dir(environment::scratch())
        // A profile, a proxy or a setting of the developer's must not reach the servers.
        .env_clear();
    for name in ["PATH", "LD_LIBRARY_PATH"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    configure(port, &mut command);
    command.spawn().expect("python starts")
}

fn ready(port: u16, path: &str, guard: &mut Child) -> bool {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if guard.try_wait().is_ok_and(|ended| ended.is_some()) {
            return false;
        }
        match http::send(port, &format!("GET {path}"), &[], "") {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
            // Whatever came back, there is somebody who listens.
            _ => return true,
        }
        sleep(Duration::from_millis(50));
    }
    false
}

/// A port that nobody listens on.
pub(super) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .expect("loopback has a free port")
        .port()
}
