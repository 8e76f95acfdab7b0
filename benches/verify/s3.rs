//! From S3: beside the AWS CLI, on the same server.

use std::time::Duration;

use super::child::{self, Cost};
use super::data::Data;
use super::directory;
use super::figures::Figures;
use super::server::Server;

/// How many log files.
const SIZE: usize = 5_000;

/// What a reply of S3 takes to come from the same Region.
const DELAY: Duration = Duration::from_millis(20);

pub(crate) fn measure(figures: &mut Figures) {
    let data = Data::of(SIZE);
    let server = Server::start(&data.folder);
    let measure =
        |runs, run: &dyn Fn(&Data, &str) -> Cost| child::best(runs, || once(&server, &data, run));
    // The first run finds the server cold, and the CLI uncompiled.
    measure(1, &child::verify_trail);
    let cli = measure(2, &child::validate_logs);
    let program = measure(5, &child::verify_trail);
    let gets = measure(5, &child::get);
    server.remote.delay(DELAY).expect("the server answers");
    let far_program = measure(3, &child::verify_trail);
    // Two minutes, of which nearly all is waiting.
    let far_cli = measure(1, &child::validate_logs);

    let each = |seconds: f64| 1000.0 * seconds / SIZE as f64;
    figures.at_least(
        "CPU, of the CLI's",
        cli.cpu / program.cpu,
        8.0,
        "times less",
    );
    figures.beside("  the CLI, of a file", each(cli.cpu), "ms");
    figures.beside("  trailcheck, of a file", each(program.cpu), "ms");
    figures.beside("  the SDK's GET alone", each(gets.cpu), "ms");
    let bare = each(directory::bare_cpu(&data));
    figures.beside("  inflate and SHA-256 alone", bare, "ms");
    figures.at_least(
        "wall, local server",
        cli.wall / program.wall,
        10.0,
        "times less",
    );
    figures.beside("  trailcheck", SIZE as f64 / program.wall, "files/s");
    figures.beside("  the SDK's GETs alone", SIZE as f64 / gets.wall, "files/s");
    let far = far_cli.wall / far_program.wall;
    figures.at_least("wall, 20 ms for each reply", far, 50.0, "times less");
    figures.beside("  trailcheck", SIZE as f64 / far_program.wall, "files/s");
    let memory = program.mebibytes.max(far_program.mebibytes);
    figures.at_most("peak memory", memory, 64.0, "MiB");
}

/// One run, in which every object must be asked for once: whoever asks for fewer has not
/// done the work that is measured.
fn once(server: &Server, data: &Data, run: &dyn Fn(&Data, &str) -> Cost) -> Cost {
    server.remote.reset_counts().expect("the server answers");
    let cost = run(data, &server.remote.url());
    let counts = server.remote.counts().expect("the server answers");
    let objects = data.log_files + data.digests;
    assert_eq!(counts["operations"]["GetObject"], objects, "{counts}");
    assert_eq!(counts["objects"], objects, "{counts}");
    assert_eq!(counts["most"], 1, "{counts}");
    cost
}
