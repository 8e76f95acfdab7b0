//! What validating log files costs: `cargo bench --bench verify`. Prints a table, and fails if
//! a target is missed. `-- directory` or `-- s3` measures one half; the half on directories
//! needs no feature. docs/performance.md says what is measured and why.

// Cargo sets `test` for benchmarks, too; the lints that let tests unwrap go by it.
#![cfg(test)]

mod child;
mod data;
mod directory;
mod figures;
#[cfg(feature = "live")]
mod gets;
#[cfg(feature = "live")]
mod s3;
#[cfg(feature = "live")]
mod server;

// The tests' way to make trails and to serve them.
#[cfg(feature = "live")]
#[path = "../../tests/bucket_server/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the tests need more of it")]
mod bucket_server;
#[path = "../../tests/live/environment.rs"]
mod environment;
#[path = "../../tests/trail/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the tests need more of it")]
mod trail;

use std::process::ExitCode;

use figures::Figures;

fn main() -> ExitCode {
    // Cargo says `--bench`.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut figures = Figures::default();
    match arguments[..] {
        [] => {
            directory::measure(&mut figures);
            #[cfg(feature = "live")]
            s3::measure(&mut figures);
        }
        ["directory"] => directory::measure(&mut figures),
        #[cfg(feature = "live")]
        ["s3"] => s3::measure(&mut figures),
        // The processes beside which, and in which, the above measures.
        #[cfg(feature = "live")]
        ["serve", folder, port_file] => {
            server::serve(folder.as_ref(), port_file.as_ref());
            return ExitCode::SUCCESS;
        }
        #[cfg(feature = "live")]
        ["get", folder] => {
            gets::get(folder.as_ref());
            return ExitCode::SUCCESS;
        }
        _ => panic!("nothing to measure by that name: {arguments:?}"),
    }
    figures.print()
}
