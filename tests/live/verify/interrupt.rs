//! An end in the middle.

use std::fs;
use std::process::Command;
use std::time::Duration;

use super::{Served, whole};
use crate::bucket_server::Operation;
use crate::trail::Setup;

#[test]
fn ctrl_c_in_the_middle_ends_with_130_and_one_line() {
    let setup = Setup {
        files_per_hour: 200,
        events_per_file: 1,
        ..Setup::default()
    };
    let served = Served::intact(&setup);
    for operation in [
        Operation::DescribeTrails,
        Operation::ListObjectsV2,
        Operation::GetObject,
    ] {
        served.server.reset_counts();
        // So long that the run would last minutes.
        served.server.delay(Duration::from_secs(1));
        let folder = tempfile::tempdir().expect("a folder");
        let report = folder.path().join("report.json");
        let (mut child, _home) = served
            .by_arn()
            .args(whole(&served.trail))
            .args(["--format", "json", "--output"])
            .args([&report])
            .spawn();
        while served.server.count(operation) == 0 {
            let ended = child.try_wait().expect("a status");
            assert!(ended.is_none(), "it ended too early: {ended:?}");
            std::thread::yield_now();
        }
        let killed = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status();
        assert!(killed.is_ok_and(|status| status.success()));
        let ended = child.wait_with_output().expect("an end");
        assert_eq!(ended.status.code(), Some(130), "{ended:?}");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains("interrupted"), "{said}");
        assert!(ended.stdout.is_empty());
        let left: Vec<_> = fs::read_dir(folder.path()).expect("a folder").collect();
        assert!(left.is_empty(), "{left:?}");
    }
}
