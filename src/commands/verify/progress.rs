//! How far verifying has come, on standard error.

use crate::cli::Messages;
use crate::digest::progress::Progress;

/// Does the work and shows meanwhile how far it has come, if somebody is there to see it.
#[cfg(feature = "live")]
pub(super) fn shown<T>(messages: &Messages, work: impl FnOnce(&Progress) -> T) -> T {
    let progress = Progress::default();
    // Log lines and a spinner on one terminal would tear each other up.
    match messages.quiet || messages.log.is_some() {
        true => work(&progress),
        false => display::beside(&progress, || work(&progress)),
    }
}

/// Does the work; a build without the feature `live` has nothing to show progress with.
#[cfg(not(feature = "live"))]
pub(super) fn shown<T>(_: &Messages, work: impl FnOnce(&Progress) -> T) -> T {
    work(&Progress::default())
}

#[cfg(feature = "live")]
mod display {
    use std::sync::mpsc::{self, RecvTimeoutError};
    use std::thread;
    use std::time::{Duration, Instant};

    use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

    use crate::digest::progress::{Counts, Progress};

    /// Runs shorter than this show no progress: it would only flicker.
    const PATIENCE: Duration = Duration::from_millis(500);
    /// The time between two frames.
    const FRAME: Duration = Duration::from_millis(100);

    /// Does the work, with a thread beside it that shows the progress until it is done.
    pub(super) fn beside<T>(progress: &Progress, work: impl FnOnce() -> T) -> T {
        thread::scope(|scope| {
            // The thread ends when this is dropped, also by a panic.
            let (_working, done) = mpsc::channel::<()>();
            scope.spawn(move || show(progress, &done));
            work()
        })
    }

    fn show(progress: &Progress, done: &mpsc::Receiver<()>) {
        let began = Instant::now();
        if done.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
            .with_style(ProgressStyle::default_spinner());
        loop {
            bar.set_message(line(progress.counts(), began.elapsed()));
            bar.tick();
            if done.recv_timeout(FRAME) != Err(RecvTimeoutError::Timeout) {
                break;
            }
        }
        bar.finish_and_clear();
    }

    /// What there is to say after that time.
    fn line(counts: Counts, elapsed: Duration) -> String {
        if counts.known == 0 {
            return "listing digests".to_owned();
        }
        let seconds = elapsed.as_secs_f64();
        let files = counts.done as f64 / seconds;
        let megabytes = counts.bytes as f64 / 1e6 / seconds;
        let left = counts.known.saturating_sub(counts.done) as f64 / files;
        // Without a rate there is no time left to tell.
        let left = match Duration::try_from_secs_f64(left) {
            Ok(left) => format!(", {} left", HumanDuration(left)),
            Err(_) => String::new(),
        };
        format!(
            "verified {} of {} objects, {megabytes:.1} MB/s, {files:.0} files/s{left}",
            counts.done, counts.known
        )
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_line_tells_rate_and_time_left_as_far_as_they_are_known() {
            let counts = |known, done, bytes| Counts { known, done, bytes };
            let second = Duration::from_secs(1);
            assert_eq!(line(counts(0, 0, 0), second), "listing digests");
            assert_eq!(
                line(counts(10, 0, 0), second),
                "verified 0 of 10 objects, 0.0 MB/s, 0 files/s"
            );
            assert_eq!(
                line(counts(300, 100, 2_500_000), second),
                "verified 100 of 300 objects, 2.5 MB/s, 100 files/s, 2 seconds left"
            );
        }
    }
}
