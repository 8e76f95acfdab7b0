//! From when to when is verified.

use jiff::{SignedDuration, Timestamp};

use crate::cli::verify::{Moment, Scope};
use crate::digest::verification::Range;
use crate::error::Error;

/// How long before its end the range begins unless it is said.
const DEFAULT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The range that was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// `None` for everything that a copy holds.
    pub(super) range: Option<Range>,
    /// What the user should know of it.
    pub(super) notes: Vec<String>,
}

/// What the flags ask for, seen from `now`.
pub(super) fn of(scope: &Scope, copy: bool, now: Timestamp) -> Result<Asked, Error> {
    let mut notes = Vec::new();
    if copy && scope.start_time.is_none() && scope.end_time.is_none() {
        return Ok(Asked { range: None, notes });
    }
    let mut end = match scope.end_time {
        Some(moment) => seen_from(now, "--end-time", moment)?,
        // A copy ends with what it holds: what came later is not missing from it.
        None if copy => Timestamp::MAX,
        None => now,
    };
    if end > now && end != Timestamp::MAX {
        notes.push(format!(
            "the end of the range, {end}, is still to come; the range ends now, at {now}"
        ));
        end = now;
    }
    let start = match scope.start_time {
        Some(moment) => seen_from(now, "--start-time", moment)?,
        None if copy => Timestamp::MIN,
        None => (end.checked_sub(DEFAULT))
            .map_err(|_| Error::Usage(format!("`--end-time` {end} is before all log files")))?,
    };
    if start > now {
        return Err(Error::Usage(format!(
            "`--start-time` {start} is still to come; it is {now} now"
        )));
    }
    if start >= end {
        return Err(Error::Usage(format!(
            "the range is empty: it would begin at {start} and end at {end}"
        )));
    }
    Ok(Asked {
        range: Some(Range { start, end }),
        notes,
    })
}

fn seen_from(now: Timestamp, flag: &str, moment: Moment) -> Result<Timestamp, Error> {
    moment
        .seen_from(now)
        .map_err(|why| Error::Usage(format!("`{flag}`: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::verify::moment;

    fn asked(start: Option<&str>, end: Option<&str>, copy: bool) -> Result<Asked, String> {
        let scope = Scope {
            start_time: start.map(|text| moment(text).unwrap()),
            end_time: end.map(|text| moment(text).unwrap()),
            regions: Vec::new(),
            accounts: Vec::new(),
            events: false,
        };
        let now = "2027-01-31T12:00:00Z".parse().unwrap();
        of(&scope, copy, now).map_err(|error| error.to_string())
    }

    fn range(start: &str, end: &str) -> Option<Range> {
        Some(Range {
            start: start.parse().unwrap(),
            end: end.parse().unwrap(),
        })
    }

    #[test]
    fn the_range_is_seven_days_unless_a_copy_tells_it() {
        let week = range("2027-01-24T12:00:00Z", "2027-01-31T12:00:00Z");
        assert_eq!(asked(None, None, false).unwrap().range, week);
        assert_eq!(asked(None, None, true).unwrap().range, None);
        let before = range("2027-01-23T12:00:00Z", "2027-01-30T12:00:00Z");
        assert_eq!(asked(None, Some("24h"), false).unwrap().range, before);
        let upto = asked(None, Some("24h"), true).unwrap().range.unwrap();
        assert_eq!(upto.start, Timestamp::MIN);
        let since = asked(Some("24h"), None, true).unwrap().range.unwrap();
        assert_eq!(since.end, Timestamp::MAX);
    }

    #[test]
    fn an_end_to_come_is_now_and_said() {
        let asked = asked(Some("1h"), Some("2027-02-01T00:00:00Z"), false).unwrap();
        assert_eq!(
            asked.range,
            range("2027-01-31T11:00:00Z", "2027-01-31T12:00:00Z")
        );
        assert!(asked.notes[0].contains("2027-02-01T00:00:00Z"));
    }

    #[test]
    fn an_empty_range_and_one_to_come_are_refused() {
        for (start, end) in [
            ("2027-02-01T00:00:00Z", None),
            ("1h", Some("2h")),
            ("1h", Some("1h")),
        ] {
            assert!(asked(Some(start), end, false).is_err(), "{start}");
        }
    }
}
