//! The tests' server in a process of its own, so that what it costs is not its clients'.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{self, sleep};
use std::time::Duration;

use super::bucket_server::{Content, Remote, serve_forever};

/// Serves a folder until whoever started this process is gone.
pub(crate) fn serve(folder: &Path, port_file: &Path) {
    thread::spawn(|| {
        // The other end of the pipe is held open by the process that measures.
        let _ = io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let mut content = Content::of_folder(folder).expect("a trail");
    content.read_bodies().expect("a trail");
    serve_forever(content, port_file).expect("the port can be written");
}

/// Such a process. It ends when this is dropped.
pub(crate) struct Server {
    pub(crate) remote: Remote,
    process: Child,
}

impl Server {
    pub(crate) fn start(folder: &Path) -> Self {
        let scratch = tempfile::tempdir().expect("a folder");
        let port_file = scratch.path().join("port");
        let this = std::env::current_exe().expect("this program has a path");
        let mut process = Command::new(this)
            .arg("serve")
            .args([folder, &port_file])
            .stdin(Stdio::piped())
            .spawn()
            .expect("this program starts");
        while !port_file.exists() {
            let ended = process.try_wait().expect("a child");
            assert!(ended.is_none(), "the server did not start");
            sleep(Duration::from_millis(20));
        }
        let port = fs::read_to_string(&port_file).expect("a port");
        Server {
            remote: Remote::new(port.parse().expect("a port")),
            process,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
