//! Whether the verifier finds what was done to a trail, and nothing else.

mod alone;
mod bits;
mod edges;
mod evasion;
mod events;
mod hostile;
mod inquiry;
mod less;
mod memory;
mod pairs;
mod reach;
mod truth;

use trailcheck::digest::verification::Verification;

use crate::trail::{Setup, generate};

/// What is found in the README's example: a day of a trail in which somebody rewrote a log file
/// and deleted a digest.
pub(crate) fn example() -> Verification {
    let setup = Setup {
        trail_name: "main".to_owned(),
        bucket: "example-logs".to_owned(),
        regions: ["eu-west-1", "us-east-1"].map(str::to_owned).to_vec(),
        home_region: "eu-west-1".to_owned(),
        hours: 24,
        files_per_hour: 2,
        events_per_file: 2,
        ..Setup::default()
    };
    let cases = [("log-modified", Some(9)), ("digest-deleted", Some(15))];
    inquiry::Inquiry::about(&generate(&setup, &cases)).run()
}
