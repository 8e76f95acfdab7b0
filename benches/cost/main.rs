//! What an audit costs: `cargo bench`. Prints a table, and fails if a target is missed.
//! docs/performance.md says what is measured and why.

// Cargo sets `test` for benchmarks, too; the lints that let tests unwrap go by it.
#![cfg(test)]

mod child;
mod crowd;
mod delay;
mod figures;
mod fleet;
mod judging;
mod tampering;

// The live tests' way to provision and start servers.
#[path = "../../tests/live/account.rs"]
#[expect(dead_code, reason = "the live tests need more of it")]
mod account;
#[path = "../../tests/live/cbor.rs"]
mod cbor;
#[path = "../../tests/live/environment.rs"]
mod environment;
#[path = "../../tests/live/http.rs"]
mod http;
#[path = "../../tests/live/relay.rs"]
#[expect(dead_code, reason = "the live tests need more of it")]
mod relay;
#[path = "../../tests/live/servers.rs"]
#[expect(dead_code, reason = "the live tests need more of it")]
mod servers;

fn main() -> std::process::ExitCode {
    figures::measure()
}
