//! `--log`: what the program does, on standard error.

use std::io::{self, Write};

use tracing_subscriber::EnvFilter;

use crate::cli::{LogLevel, Messages};
use crate::report::text::visible;

/// Starts logging if it is asked for. Only our own crate logs: the SDK's debug lines hold
/// signed requests.
pub(super) fn start(messages: &Messages) {
    let Some(level) = messages.log else {
        return;
    };
    let level = match level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
        LogLevel::Trace => "trace",
    };
    // A second subscriber in one process is refused, which no run of the program meets.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(format!("trailcheck={level}")))
        .with_ansi(false)
        .with_writer(|| VisibleLines)
        .try_init();
}

/// Standard error, with each line's control characters made visible: log lines quote
/// names and messages that come from AWS.
struct VisibleLines;

impl Write for VisibleLines {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = visible(text.strip_suffix('\n').unwrap_or(&text));
        writeln!(io::stderr(), "{line}")?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
