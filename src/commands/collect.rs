//! Collecting from AWS: the runtime, Ctrl-C and the progress on standard error.

use std::collections::BTreeSet;

use crate::cli::{Connection, Messages};
use crate::error::Error;
use crate::snapshot::{Action, Snapshot};
use crate::source::stats::Stats;

/// Collects what `actions` read from the account behind the credentials. What it asks of
/// AWS is in `stats` then, whether or not it succeeds.
#[cfg(feature = "live")]
pub(super) fn snapshot(
    connection: &Connection,
    messages: &Messages,
    actions: BTreeSet<Action>,
    stats: &mut Stats,
) -> Result<Snapshot, Error> {
    live::snapshot(connection, messages, actions, stats)
}

/// Says that this build cannot collect.
#[cfg(not(feature = "live"))]
pub(super) fn snapshot(
    _: &Connection,
    _: &Messages,
    _: BTreeSet<Action>,
    _: &mut Stats,
) -> Result<Snapshot, Error> {
    Err(Error::Usage(
        "this build cannot talk to AWS, because it was made without the feature `live`; \
         `trailcheck audit` takes --demo or --snapshot FILE"
            .to_owned(),
    ))
}

#[cfg(feature = "live")]
mod live {
    use std::collections::BTreeSet;
    use std::convert::Infallible;
    use std::time::Duration;

    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
    use jiff::Timestamp;

    use crate::cli::{Connection, Messages};
    use crate::error::Error;
    use crate::snapshot::{Action, Snapshot};
    use crate::source::live::{self, Progress, Request};
    use crate::source::stats::Stats;

    /// Runs shorter than this show no progress: it would only flicker.
    const PATIENCE: Duration = Duration::from_millis(500);
    /// The time between two frames.
    const FRAME: Duration = Duration::from_millis(100);

    pub(super) fn snapshot(
        connection: &Connection,
        messages: &Messages,
        actions: BTreeSet<Action>,
        stats: &mut Stats,
    ) -> Result<Snapshot, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(Error::Runtime)?;
        let request = request(connection, actions);
        // Log lines and a spinner on one terminal would tear each other up.
        let quiet = messages.quiet || messages.log.is_some();
        let progress = Progress::default();
        let result = runtime.block_on(collect(&request, &progress, quiet));
        *stats = progress.stats();
        // A name that still resolves, or a credential process that still runs, must not
        // hold up a run that has its answer or was interrupted.
        runtime.shutdown_background();
        result
    }

    async fn collect(
        request: &Request,
        progress: &Progress,
        quiet: bool,
    ) -> Result<Snapshot, Error> {
        tokio::select! {
            result = live::collect(request, progress) => result,
            () = interrupt() => Err(Error::Interrupted),
            never = show(progress), if !quiet => match never {},
        }
    }

    /// Ends when the user presses Ctrl-C; never, where the system cannot tell.
    async fn interrupt() {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Shows how far collecting has come, on standard error, if that is a terminal.
    async fn show(progress: &Progress) -> Infallible {
        tokio::time::sleep(PATIENCE).await;
        let shown = Shown(
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
                .with_style(ProgressStyle::default_spinner()),
        );
        loop {
            shown.0.set_message(match progress.counts() {
                (_, 0) => "connecting to AWS".to_owned(),
                (done, planned) => format!("asked {done} of {planned} calls"),
            });
            shown.0.tick();
            tokio::time::sleep(FRAME).await;
        }
    }

    /// A progress bar that goes away with the future that shows it.
    struct Shown(ProgressBar);

    impl Drop for Shown {
        fn drop(&mut self) {
            self.0.finish_and_clear();
        }
    }

    fn request(connection: &Connection, actions: BTreeSet<Action>) -> Request {
        Request {
            profile: connection.access.profile.clone(),
            region: connection.access.region.clone(),
            regions: connection.regions.clone(),
            endpoint_url: connection.access.endpoint_url.clone(),
            allow_http: connection.access.allow_http,
            role_arn: connection.access.role_arn.clone(),
            external_id: connection.access.external_id.clone(),
            call_timeout: connection.access.call_timeout,
            timeout: connection.timeout,
            actions,
            clock: Timestamp::now,
        }
    }
}
