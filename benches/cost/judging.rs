//! Judging alone: no network, no process, no report.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use trailcheck::audit::audit;
use trailcheck::config::Settings;
use trailcheck::rules::catalogue;
use trailcheck::snapshot::Snapshot;

use super::figures::median;

const TRAILS: usize = 1000;

/// How long every rule takes over a snapshot with a thousand trails, each with a bucket, a
/// key and a log group of its own.
pub(crate) fn takes() -> Duration {
    let (snapshot, rules) = (thousand(), catalogue());
    let once = || {
        let started = Instant::now();
        let findings = audit(&snapshot, &rules, &Settings::default());
        let took = started.elapsed();
        assert!(findings.len() > TRAILS, "the trails are judged");
        took
    };
    median((0..11).map(|_| once()).collect())
}

/// The pristine account, with everything in it a thousand times, and every trail
/// multi-Region: the hardest case, because each then bears on the others.
fn thousand() -> Snapshot {
    let mut snapshot: Value =
        serde_json::from_str(include_str!("../../tests/stories/pristine.json")).expect("JSON");
    let account = &mut snapshot["accounts"][0];
    for part in ["trails", "buckets", "keys", "log_groups"] {
        let model = account[part][0].to_string();
        let copies: Vec<Value> = (0..TRAILS)
            .map(|number| serde_json::from_str(&renamed(&model, number)).expect("JSON"))
            .collect();
        account[part] = json!(copies);
    }
    serde_json::from_value(snapshot).expect("a snapshot")
}

/// The names of the pristine account, made unlike those of the other copies.
fn renamed(model: &str, number: usize) -> String {
    model
        .replace("trail/main", &format!("trail/main-{number}"))
        .replace("trail-main", &format!("trail-main-{number}"))
        .replace(
            "example-trail-logs",
            &format!("example-trail-logs-{number}"),
        )
        .replace("5555eeee6666", &format!("{number:012}"))
}
