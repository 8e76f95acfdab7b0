//! What the event history of a Region says was done to trails and to what they rely on.

mod pace;

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::types as sdk;
use aws_smithy_types::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout_at;

use super::convert::{setting, timestamp};
use super::gap;
use super::pages::Pages;
use super::session::Session;
use crate::snapshot::{Action, Gap, GapKind, RecordedEvent};
use pace::Pace;

const ACTION: Action = Action::LookupEvents;

/// What weakens a trail, or a bucket, a key or an event data store that may be the trail's.
/// One call looks up one name, so those come first that say most.
const NAMES: &[&str] = &[
    "StopLogging",
    "DeleteTrail",
    "UpdateTrail",
    "PutEventSelectors",
    "PutInsightSelectors",
    "DeleteEventDataStore",
    "StopEventDataStoreIngestion",
    "ScheduleKeyDeletion",
    "DisableKey",
    "DeleteBucketPolicy",
    "DeleteBucket",
    "PutBucketLifecycle",
    "PutBucketVersioning",
    "PutBucketPolicy",
];

/// How far back the history goes.
const DAYS: i64 = 90;

/// Events on a page, the most there can be.
const A_PAGE: i32 = 50;

/// Events that are kept of a Region: policies come whole in their records, and a Region in
/// which buckets are made all day would fill the memory with them.
const KEPT: usize = 2_000;

/// The events of those names, the newest first. All or none: what is left of a history when
/// a part is missing cannot show that nothing happened.
pub(super) async fn of(
    session: &Session,
    region: &str,
    now: Timestamp,
) -> Result<Vec<RecordedEvent>, Gap> {
    session.wanted(ACTION)?;
    let since = now
        .checked_sub(SignedDuration::from_hours(24 * DAYS))
        .unwrap_or(Timestamp::MIN);
    let mut history = History::default();
    let reading = history.read(session, region, since);
    let in_time = timeout_at(session.limits().half_time(), Box::pin(reading)).await;
    match in_time {
        Ok(read) => read?,
        Err(_) => return Err(history.cut_short(session)),
    }
    let mut events = history.events;
    events.sort_by(|a, b| b.time.cmp(&a.time).then_with(|| a.id.cmp(&b.id)));
    Ok(events)
}

/// What was read so far.
#[derive(Debug, Default)]
struct History {
    /// Names of which every page was read.
    names: usize,
    events: Vec<RecordedEvent>,
}

impl History {
    async fn read(&mut self, session: &Session, region: &str, since: Timestamp) -> Result<(), Gap> {
        let pace = Pace::new(session.limits().between_lookups());
        let client = pace.keep(session.cloudtrail(region), session.http_client());
        for name in NAMES {
            self.look_up(session, region, (&client, &pace), (name, since))
                .await?;
            self.names += 1;
        }
        Ok(())
    }

    async fn look_up(
        &mut self,
        session: &Session,
        region: &str,
        (client, pace): (&Client, &Pace),
        (name, since): (&str, Timestamp),
    ) -> Result<(), Gap> {
        let mut pages = Pages::of(ACTION);
        let mut token = None;
        loop {
            // Here, so that nobody else's call waits for the turn of this one.
            pace.free().await;
            let call = client
                .lookup_events()
                .lookup_attributes(attribute(name)?)
                .start_time(DateTime::from_secs(since.as_second()))
                .max_results(A_PAGE)
                .set_next_token(token)
                .send();
            let page = session
                .ask(ACTION, region, call)
                .await?
                .map_err(|error| gap::of(ACTION, &error))?;
            for event in page.events.unwrap_or_default() {
                self.keep(recorded(event)?)?;
            }
            token = pages.after(page.next_token)?;
            if token.is_none() {
                return Ok(());
            }
        }
    }

    fn keep(&mut self, event: RecordedEvent) -> Result<(), Gap> {
        if self.events.len() == KEPT {
            let detail = format!(
                "the event history holds more than the {KEPT} events of a Region that are \
                 kept, the last of them named `{}`",
                event.name
            );
            return Err(Gap::new(ACTION, GapKind::Unsupported, detail));
        }
        self.events.push(event);
        Ok(())
    }

    /// The gap where the time for it was over.
    fn cut_short(&self, session: &Session) -> Gap {
        let detail = format!(
            "the event history may take half of the run's {:?} (--timeout), and when that was \
             over {} of {} event names had been read, with {} events so far; a longer \
             --timeout gives it more",
            session.limits().timeout(),
            self.names,
            NAMES.len(),
            self.events.len(),
        );
        Gap::new(ACTION, GapKind::Transient, detail)
    }
}

fn attribute(name: &str) -> Result<sdk::LookupAttribute, Gap> {
    sdk::LookupAttribute::builder()
        .attribute_key(sdk::LookupAttributeKey::EventName)
        .attribute_value(name)
        .build()
        .map_err(|error| Gap::new(ACTION, GapKind::Internal, error.to_string()))
}

/// What of an event's record is kept.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    user_identity: Option<Identity>,
    #[serde(rename = "sourceIPAddress")]
    source_ip: Option<String>,
    error_code: Option<String>,
    #[serde(default)]
    request_parameters: Value,
}

/// Who did it. A service has no ARN but a name, a federated user may have nothing else.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity {
    arn: Option<String>,
    invoked_by: Option<String>,
    principal_id: Option<String>,
    user_name: Option<String>,
}

impl Identity {
    fn name(self) -> Option<String> {
        let names = [self.arn, self.invoked_by, self.principal_id, self.user_name];
        names.into_iter().find_map(setting)
    }
}

fn recorded(event: sdk::Event) -> Result<RecordedEvent, Gap> {
    let without = |member| gap::without(ACTION, member);
    let id = setting(event.event_id).ok_or_else(|| without("EventId"))?;
    let text = setting(event.cloud_trail_event).ok_or_else(|| without("CloudTrailEvent"))?;
    let record: Record = serde_json::from_str(&text).map_err(|_| {
        gap::malformed(ACTION, format!("the record of event `{id}` cannot be read"))
    })?;
    Ok(RecordedEvent {
        name: setting(event.event_name).ok_or_else(|| without("EventName"))?,
        time: event
            .event_time
            .as_ref()
            .and_then(timestamp)
            .ok_or_else(|| without("EventTime"))?,
        principal: record
            .user_identity
            .and_then(Identity::name)
            .or_else(|| setting(event.username))
            .ok_or_else(|| without("userIdentity"))?,
        source_ip: setting(record.source_ip),
        error_code: setting(record.error_code),
        request: record.request_parameters,
        id,
    })
}

#[cfg(test)]
mod tests;
