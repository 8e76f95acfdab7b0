//! `--stats`: what the run asked of AWS, on standard error.

use std::io::{self, Write as _};

use crate::cli::Messages;
use crate::report::text::visible;
use crate::source::stats::{Requests, Stats};

/// Shows the figures if they are asked for, also of a run that failed: that is when one
/// wonders most.
pub(super) fn show(messages: &Messages, stats: &Stats) {
    if !messages.stats {
        return;
    }
    // Figures that nobody can read must not change how the run ends.
    let mut err = io::stderr().lock();
    for line in lines(stats) {
        let _ = writeln!(err, "{}", visible(&line));
    }
}

fn lines(stats: &Stats) -> Vec<String> {
    if stats.services.is_empty() {
        return vec!["no request was made to AWS".to_owned()];
    }
    let total = stats.total();
    let rows: Vec<(&str, &Requests)> = stats
        .services
        .iter()
        .map(|(service, requests)| (service.as_str(), requests))
        .chain([("total", &total)])
        .collect();
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut lines = vec![format!(
        "{:width$}  requests  retries  errors  no answer",
        ""
    )];
    lines.extend(rows.iter().map(|(name, requests)| {
        format!(
            "{name:width$}  {:>8}  {:>7}  {:>6}  {:>9}",
            requests.sent,
            requests.retries,
            requests.errors,
            requests.unanswered()
        )
    }));
    lines.extend(stats.slowest.as_ref().map(|call| {
        format!(
            "slowest call: {} {} in {}, {} ms",
            call.service,
            call.operation,
            call.region,
            call.took.as_millis()
        )
    }));
    lines
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::source::stats::SlowestCall;

    #[test]
    fn the_figures_stand_below_their_names_and_add_up() {
        let s3 = Requests {
            sent: 1200,
            retries: 2,
            answered: 1196,
            errors: 30,
        };
        let sts = Requests {
            sent: 1,
            answered: 1,
            ..Requests::default()
        };
        let stats = Stats {
            services: [("S3".to_owned(), s3), ("STS".to_owned(), sts)].into(),
            slowest: Some(SlowestCall {
                service: "S3".to_owned(),
                operation: "HeadBucket".to_owned(),
                region: "eu-west-1".to_owned(),
                took: Duration::from_micros(1_203_900),
            }),
        };
        assert_eq!(
            lines(&stats),
            [
                "       requests  retries  errors  no answer",
                "S3         1200        2      30          4",
                "STS           1        0       0          0",
                "total      1201        2      30          4",
                "slowest call: S3 HeadBucket in eu-west-1, 1203 ms",
            ]
        );
    }
}
