//! The view that people know from Trusted Advisor: its check `c25hn9x03v`, column for
//! column, one row per audited Region. It is drawn from the snapshot, not from our
//! findings, because it answers a coarser question than our rules do.

use std::io;

use super::grid::{Grid, side_by_side};
use super::style::{Mark, Paint};
use super::{Render, Report, Style};
use crate::snapshot::{Account, AccountStatus, RegionFacts, Trail, TrailStatus};

/// Renders Trusted Advisor's check "AWS CloudTrail Management Event Logging".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedAdvisor {
    /// What the medium can show.
    pub style: Style,
}

const TITLE: &str = "AWS CloudTrail Management Event Logging (c25hn9x03v)";

/// A Region as the check shows it. `None` is what could not be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    logging: Option<bool>,
    delivery: Delivery,
}

/// How many of a Region's logging trails report an error in their deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delivery {
    /// None of them, and all could be seen.
    Fine,
    /// Not all of them.
    Some,
    /// Each of them.
    All,
    /// Too few could be seen to tell.
    Unknown,
    /// There is none.
    NoTrail,
}

impl Render for TrustedAdvisor {
    fn render(&self, report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        let taken = report.snapshot.finished_at.to_string();
        for (index, account) in report.snapshot.accounts.iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            for line in self.account(account, &taken) {
                writeln!(out, "{line}")?;
            }
        }
        Ok(())
    }
}

impl TrustedAdvisor {
    fn account(&self, account: &Account, taken: &str) -> Vec<String> {
        let style = &self.style;
        let rows: Vec<(&str, Row)> = (account.regions.iter())
            .map(|(region, facts)| (region.as_str(), Row::of(account, facts, region)))
            .collect();
        let head = [
            (TITLE.to_owned(), Paint::Bold),
            (style.text(&account.id), Paint::Bold),
            (style.text(&account.partition), Paint::Bold),
        ];
        let mut lines = side_by_side("", &head, style);
        if account.status == AccountStatus::Suspended {
            lines.push("the account is suspended or closed".to_owned());
        }
        if account.regions_known().is_err() {
            lines.push("only the Regions that need no opt-in could be listed".to_owned());
        }
        let counts = [Mark::Red, Mark::Yellow, Mark::Unknown, Mark::Green].map(|mark| {
            let count = rows.iter().filter(|(_, row)| row.mark() == mark).count();
            let paint = if count == 0 { Paint::Dim } else { mark.paint() };
            (
                format!("{} {count} {}", mark.glyph(style), mark.meaning()),
                paint,
            )
        });
        lines.extend(side_by_side("", &counts, style));
        lines.push(String::new());
        let mut grid = Grid::new(0);
        let columns = [
            "Status",
            "Region",
            "Logging Enabled",
            "Delivery Error Reported",
            "Last Updated Time",
        ];
        grid.row(&columns.map(str::to_owned), Paint::Bold);
        for (region, row) in rows {
            let cells = [
                row.mark().label(style),
                style.text(region),
                row.logging().to_owned(),
                row.delivery.as_str().to_owned(),
                taken.to_owned(),
            ];
            grid.row(&cells, row.mark().paint());
        }
        lines.extend(grid.lines(style));
        lines
    }
}

impl Row {
    fn of(account: &Account, facts: &RegionFacts, region: &str) -> Row {
        let Some(arns) = facts.trails.if_known() else {
            return Row {
                logging: None,
                delivery: Delivery::Unknown,
            };
        };
        // An ARN that the Region lists and the snapshot does not hold is one more trail
        // that nothing is known of.
        let trails: Vec<Option<&Trail>> = (arns.iter())
            .map(|arn| account.trails.iter().find(|trail| trail.arn == *arn))
            .collect();
        let logging = |trail: &Option<&Trail>| trail.and_then(|trail| trail.is_logging().ok());
        let enabled = if trails.iter().any(|trail| logging(trail) == Some(true)) {
            Some(true)
        } else if trails.iter().any(|trail| logging(trail).is_none()) {
            None
        } else {
            Some(false)
        };
        // Errors count on trails that log, or may.
        let errors: Vec<Option<bool>> = (trails.iter())
            .filter(|trail| logging(trail) != Some(false))
            .map(|trail| delivery_error((*trail)?, region))
            .collect();
        Row {
            logging: enabled,
            delivery: Delivery::of(&errors),
        }
    }

    fn mark(self) -> Mark {
        match (self.logging, self.delivery) {
            (Some(false), _) => Mark::Red,
            (None, _) => Mark::Unknown,
            (Some(true), Delivery::All) => Mark::Yellow,
            (Some(true), Delivery::Fine | Delivery::Some) => Mark::Green,
            (Some(true), Delivery::Unknown | Delivery::NoTrail) => Mark::Unknown,
        }
    }

    fn logging(self) -> &'static str {
        match self.logging {
            Some(true) => "Yes",
            Some(false) => "No",
            None => "?",
        }
    }
}

impl Delivery {
    fn of(errors: &[Option<bool>]) -> Delivery {
        let any = |wanted| errors.contains(&wanted);
        match (any(Some(true)), any(Some(false)), any(None)) {
            (false, false, false) => Delivery::NoTrail,
            (false, true, false) => Delivery::Fine,
            (true, true, _) => Delivery::Some,
            (true, false, false) => Delivery::All,
            // One trail that delivers is enough for "not all", whatever the others do.
            (false, true, true) => Delivery::Some,
            (_, false, true) => Delivery::Unknown,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Delivery::Fine => "No",
            Delivery::Some => "Not all trails",
            Delivery::All => "Yes",
            Delivery::Unknown => "?",
            Delivery::NoTrail => "-",
        }
    }
}

/// Whether the trail's deliveries fail in that Region; `None` if it could not be seen.
fn delivery_error(trail: &Trail, region: &str) -> Option<bool> {
    let status = trail.status.get(region)?.if_known()?;
    Some(has_current_error(status))
}

/// `LatestDeliveryError` keeps the last error there was. It is history if a later
/// delivery went through.
fn has_current_error(status: &TrailStatus) -> bool {
    let failed = status
        .delivery_error
        .as_deref()
        .is_some_and(|e| !e.is_empty());
    let mended = match (status.delivery_time, status.delivery_attempt) {
        (Some(delivered), Some(attempted)) => delivered >= attempted,
        _ => false,
    };
    failed && !mended
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::report::fixture::{self, PIPE, assert_visible, rendered};
    use crate::snapshot::{Action, Observed, Snapshot, story};

    const VIEW: TrustedAdvisor = TrustedAdvisor { style: PIPE };

    /// The status column by Region.
    fn marks(snapshot: &Snapshot) -> Vec<Mark> {
        let account = &snapshot.accounts[0];
        let rows = account.regions.iter();
        rows.map(|(region, facts)| Row::of(account, facts, region).mark())
            .collect()
    }

    fn failing(snapshot: &mut Snapshot, trail: usize, region: &str) {
        let trail = &mut snapshot.accounts[0].trails[trail];
        let status = trail.status_mut(region);
        status.delivery_error = Some("AccessDenied".to_owned());
        status.delivery_attempt = Some("2026-11-22T11:59:00Z".parse().unwrap());
    }

    fn with_second_trail() -> Snapshot {
        let mut snapshot = story::pristine();
        let account = &mut snapshot.accounts[0];
        let second = account.trails[0].twin("second", "us-east-1");
        for facts in account.regions.values_mut() {
            if let Observed::Known(arns) = &mut facts.trails {
                arns.push(second.arn.clone());
            }
        }
        account.trails.push(second);
        snapshot
    }

    #[test]
    fn every_region_has_a_row_with_the_checks_columns() {
        let mut snapshot = with_second_trail();
        failing(&mut snapshot, 0, "us-east-1");
        failing(&mut snapshot, 1, "us-east-1");
        let regions = &mut snapshot.accounts[0].regions;
        let empty = RegionFacts::of_trails(Observed::Known(Vec::new()));
        regions.insert("ap-south-1".to_owned(), empty);
        let denied = RegionFacts::of_trails(story::denied(Action::DescribeTrails));
        regions.insert("sa-east-1".to_owned(), denied);
        assert_snapshot!(rendered(&VIEW, &snapshot));
    }

    #[test]
    fn a_region_whose_trails_do_not_log_is_red() {
        let mut snapshot = story::pristine();
        assert_eq!(marks(&snapshot), [Mark::Green, Mark::Green]);
        snapshot.accounts[0]
            .trail_mut()
            .status_mut("us-east-1")
            .is_logging = false;
        assert_eq!(marks(&snapshot), [Mark::Red, Mark::Red]);
    }

    #[test]
    fn errors_of_all_trails_are_yellow_and_of_some_green() {
        let mut snapshot = with_second_trail();
        failing(&mut snapshot, 0, "us-east-1");
        assert_eq!(marks(&snapshot), [Mark::Green, Mark::Green]);
        failing(&mut snapshot, 1, "us-east-1");
        assert_eq!(marks(&snapshot), [Mark::Green, Mark::Yellow]);
    }

    #[test]
    fn an_error_before_the_latest_delivery_is_history() {
        let mut snapshot = story::pristine();
        let status = snapshot.accounts[0].trail_mut().status_mut("us-east-1");
        status.delivery_error = Some("NoSuchBucket".to_owned());
        assert_eq!(marks(&snapshot), [Mark::Green, Mark::Green]);
    }

    #[test]
    fn what_could_not_be_seen_is_never_green() {
        let mut unlisted = story::pristine();
        let facts = unlisted.accounts[0].regions.get_mut("eu-west-1").unwrap();
        facts.trails = story::denied(Action::DescribeTrails);
        assert_eq!(marks(&unlisted), [Mark::Unknown, Mark::Green]);

        let mut home = story::pristine();
        let status = &mut home.accounts[0].trail_mut().status;
        status.insert(
            "us-east-1".to_owned(),
            story::denied(Action::GetTrailStatus),
        );
        assert_eq!(marks(&home), [Mark::Unknown, Mark::Unknown]);

        let mut elsewhere = story::pristine();
        let status = &mut elsewhere.accounts[0].trail_mut().status;
        status.insert(
            "eu-west-1".to_owned(),
            story::denied(Action::GetTrailStatus),
        );
        assert_eq!(marks(&elsewhere), [Mark::Unknown, Mark::Green]);

        let mut absent = story::pristine();
        absent.accounts[0].trails.clear();
        assert_eq!(marks(&absent), [Mark::Unknown, Mark::Unknown]);

        let mut all = story::pristine();
        all.accounts[0] = story::denied_account();
        assert_eq!(marks(&all), [Mark::Unknown, Mark::Unknown]);
    }

    #[test]
    fn nothing_from_aws_reaches_the_terminal_raw() {
        let text = rendered(&VIEW, &fixture::hostile());
        assert_visible(&text);
        let ascii = Style {
            unicode: false,
            ..PIPE
        };
        assert!(rendered(&TrustedAdvisor { style: ascii }, &fixture::hostile()).is_ascii());
        assert!(!text.contains('\u{1b}'));
    }
}
