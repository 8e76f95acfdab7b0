//! An end in the middle.

use std::time::Duration;

use super::{Served, whole};
use crate::bucket_server::Operation;
use crate::live::run::interrupt;
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
        let (child, _home) = served
            .by_arn()
            .args(whole(&served.trail))
            .args(["--format", "json", "--output"])
            .args([&report])
            .spawn();
        let said = interrupt(child, folder.path(), || served.server.count(operation) > 0);
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}
