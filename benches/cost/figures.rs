//! The figures, in the order of the table.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use super::child::{self, Cost};
use super::delay;
use super::fleet::{Fleet, Spread};
use super::judging;
use super::tampering;

/// How long every reply is held back. A small delay would drown in the server's own time.
const DELAY: Duration = Duration::from_millis(1000);

/// A line of the table: what was measured, and the most that it may be.
struct Figure {
    what: &'static str,
    found: f64,
    most: f64,
    unit: &'static str,
}

/// Measures everything, and tells whether every target was met.
pub(crate) fn measure() -> ExitCode {
    let start_up = start_up();
    let judging = judging::takes();
    let large = large();
    let figures = [
        figure("audit of 50 trails in 17 Regions: CPU", large.cpu, 1.5, "s"),
        figure("the same: peak memory", large.mebibytes, 64.0, "MiB"),
        figure("start-up (--version)", ms(start_up), 20.0, "ms"),
        figure(
            "critical path, 5 trails in 5 Regions",
            round_trips(Spread::Apart),
            10.0,
            "replies",
        ),
        figure(
            "critical path, 5 trails in one Region",
            round_trips(Spread::Together),
            10.0,
            "replies",
        ),
        figure("judging 1,000 trails and buckets", ms(judging), 100.0, "ms"),
        figure(
            "tampering by 5,000 users and roles",
            tampering::matrix().as_secs_f64(),
            1.0,
            "s",
        ),
        figure(
            "the same, shown: peak memory",
            tampering::program().mebibytes,
            256.0,
            "MiB",
        ),
        figure(
            "one bucket policy classified",
            ms(tampering::bucket_policy()),
            1.0,
            "ms",
        ),
    ];
    let mut out = std::io::stdout().lock();
    let mut table = format!("{:40}  {:>8}  {:>8}\n", "", "measured", "at most");
    for Figure {
        what,
        found,
        most,
        unit,
    } in &figures
    {
        let mark = if found <= most { "" } else { "  MISSED" };
        table.push_str(&format!(
            "{what:40}  {found:8.2}  {most:8.1}  {unit}{mark}\n"
        ));
    }
    table.push_str(&format!(
        "\nthat audit: {:.1} s beside moto, and\n{}",
        large.wall.as_secs_f64(),
        large.stderr
    ));
    out.write_all(table.as_bytes()).expect("standard output");
    if figures.iter().all(|figure| figure.found <= figure.most) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn figure(what: &'static str, found: f64, most: f64, unit: &'static str) -> Figure {
    Figure {
        what,
        found,
        most,
        unit,
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The median of an odd number of measurements.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn start_up() -> Duration {
    let once = || {
        let started = Instant::now();
        child::version();
        started.elapsed()
    };
    // The first run reads the program from the disk.
    once();
    median((0..21).map(|_| once()).collect())
}

/// The audit of the large account, the cheapest of three: the first one finds moto cold,
/// and what is measured is the program, not what else the machine does.
fn large() -> Cost {
    let fleet = Fleet::new(50, Spread::Apart);
    let audit = || child::audit(&fleet.account, &fleet.relay.url());
    let mut runs = [audit(), audit(), audit()];
    runs.sort_by(|a, b| a.cpu.total_cmp(&b.cpu));
    let memory = runs.iter().map(|run| run.mebibytes).fold(0.0, f64::max);
    let [cheapest, ..] = runs;
    Cost {
        mebibytes: memory,
        ..cheapest
    }
}

/// How many replies an audit of five trails waits for, one after the other.
fn round_trips(spread: Spread) -> f64 {
    let fleet = Fleet::new(5, spread);
    let through = |delay| {
        let port = delay::relay(fleet.relay.port, delay);
        child::audit(&fleet.account, &format!("http://127.0.0.1:{port}"))
    };
    // The first run finds moto cold.
    let requests = through(Duration::ZERO).requests;
    let wall = |delay| {
        let run = through(delay);
        assert_eq!(run.requests, requests, "{}", run.stderr);
        run.wall
    };
    let without = median((0..5).map(|_| wall(Duration::ZERO)).collect());
    let with = median((0..3).map(|_| wall(DELAY)).collect());
    with.saturating_sub(without).as_secs_f64() / DELAY.as_secs_f64()
}
