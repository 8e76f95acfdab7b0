//! The events of a CloudTrail log file, and which of them a pattern matches.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::Pattern;
use crate::error::Error;
use crate::pattern::Answer;
use crate::pattern::control::Sample;
use crate::report::text::visible;
use crate::source::file;

/// One event, as JSON shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    /// Its place in the file, from 0.
    index: usize,
    #[serde(rename = "eventID")]
    event_id: Option<String>,
    event_name: Option<String>,
    event_time: Option<String>,
    /// Null where AWS leaves it open.
    matches: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Asks the pattern about every event of the file at `path`.
pub(super) fn matched(path: &Path, pattern: &Pattern) -> Result<Vec<Event>, Error> {
    let refuse = |reason| Error::Events {
        path: path.to_owned(),
        reason,
    };
    let json = file::contents(path)?.map_err(refuse)?;
    let records = records(&json).map_err(refuse)?;
    let events = records.into_iter().enumerate();
    Ok(events
        .map(|(index, record)| Event::of(index, record, pattern))
        .collect())
}

fn records(json: &[u8]) -> Result<Vec<Value>, String> {
    let file: Value = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let Value::Object(mut fields) = file else {
        return Err("it is no JSON object".to_owned());
    };
    let Some(Value::Array(records)) = fields.remove("Records") else {
        return Err("it has no list `Records`".to_owned());
    };
    match records.iter().position(|record| !record.is_object()) {
        Some(index) => Err(format!("`Records[{index}]` is no JSON object")),
        None => Ok(records),
    }
}

/// The record as patterns are asked about it.
fn sample(record: Value) -> Sample {
    Sample {
        event: String::new(),
        name: String::new(),
        by_root: false,
        record,
    }
}

impl Event {
    fn of(index: usize, record: Value, pattern: &Pattern) -> Self {
        let text = |field| Some(record.get(field)?.as_str()?.to_owned());
        let (event_id, event_name, event_time) =
            (text("eventID"), text("eventName"), text("eventTime"));
        let (matches, reason) = match pattern.matches(&sample(record)) {
            Answer::Yes => (Some(true), None),
            Answer::No => (Some(false), None),
            Answer::Open(why) => (None, Some(why)),
        };
        Event {
            index,
            event_id,
            event_name,
            event_time,
            matches,
            reason,
        }
    }

    /// The cells of its row in the table.
    pub(super) fn cells(&self) -> Vec<String> {
        let shown = |text: &Option<String>| visible(text.as_deref().unwrap_or_default());
        let matches = match self.matches {
            Some(true) => "yes",
            Some(false) => "no",
            None => "unknown",
        };
        vec![
            self.index.to_string(),
            shown(&self.event_time),
            shown(&self.event_name),
            shown(&self.event_id),
            matches.to_owned(),
            shown(&self.reason),
        ]
    }
}
