//! What the events of a log file tell, and whether that contradicts the file they are in.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::name::Place;

/// Where events of global services are recorded: the Region is theirs whatever the file's,
/// as a trail of one Region takes them, too.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events>
const GLOBAL: &[&str] = &["us-east-1", "us-gov-west-1", "cn-north-1"];

/// What a log file's events come to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) count: u64,
    pub(super) oldest: Option<Timestamp>,
    pub(super) newest: Option<Timestamp>,
    /// What contradicts the file, in a sentence.
    pub(super) contradiction: Option<String>,
}

/// Reads a log file's events. `oldest` and `newest` are what its digest says of them.
pub(super) fn read(
    json: &[u8],
    place: &Place,
    oldest: Option<Timestamp>,
    newest: Option<Timestamp>,
) -> Read {
    let mut reader = Reader {
        place,
        oldest,
        newest,
        read: Read::default(),
        wrong: 0,
        first: None,
    };
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let parsed = deserializer
        .deserialize_map(LogFile(&mut reader))
        .and_then(|()| deserializer.end());
    let mut read = reader.read;
    read.contradiction = match (parsed, reader.first) {
        (Err(error), _) => Some(format!("it is no list of events: {error}")),
        (Ok(()), Some(first)) if reader.wrong > 1 => Some(format!(
            "{first}; more events contradict it: {}",
            reader.wrong - 1
        )),
        (Ok(()), first) => first,
    };
    read
}

struct Reader<'a> {
    place: &'a Place,
    oldest: Option<Timestamp>,
    newest: Option<Timestamp>,
    read: Read,
    /// How many events contradict the file, and what the first of them says.
    wrong: u64,
    first: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(borrow, default)]
    event_time: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    aws_region: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    recipient_account_id: Option<Cow<'a, str>>,
}

impl Reader<'_> {
    fn take(&mut self, event: &Event<'_>) {
        self.read.count += 1;
        let number = self.read.count;
        if let Some(what) = self.contradiction(event) {
            self.wrong += 1;
            self.first
                .get_or_insert_with(|| format!("event {number} {what}"));
        }
        let Some(time) = time(event) else {
            return;
        };
        self.read.oldest = Some(self.read.oldest.map_or(time, |oldest| oldest.min(time)));
        self.read.newest = self.read.newest.max(Some(time));
    }

    fn contradiction(&self, event: &Event<'_>) -> Option<String> {
        let Some(time) = time(event) else {
            return Some("has no time".to_owned());
        };
        if self.oldest.is_some_and(|oldest| time < oldest) {
            return Some(format!("is of {time}, older than its digest says"));
        }
        if self.newest.is_some_and(|newest| time > newest) {
            return Some(format!("is of {time}, newer than its digest says"));
        }
        let region = event.aws_region.as_deref().unwrap_or(&self.place.region);
        if region != self.place.region && !GLOBAL.contains(&region) {
            return Some(format!("is of the Region `{region}`"));
        }
        let account = event
            .recipient_account_id
            .as_deref()
            .unwrap_or(&self.place.account);
        (account != self.place.account).then(|| format!("is of the account `{account}`"))
    }
}

fn time(event: &Event<'_>) -> Option<Timestamp> {
    event.event_time.as_deref()?.parse().ok()
}

struct LogFile<'r, 'a>(&'r mut Reader<'a>);

impl<'de> Visitor<'de> for LogFile<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `Records`")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(member) = map.next_key::<Cow<'de, str>>()? {
            if member == "Records" {
                map.next_value_seed(Records(self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct Records<'r, 'a>(&'r mut Reader<'a>);

impl<'de> serde::de::DeserializeSeed<'de> for Records<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Records<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of events")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut sequence: S) -> Result<(), S::Error> {
        while let Some(event) = sequence.next_element::<Event<'de>>()? {
            self.0.take(&event);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::object::Object;

    fn place() -> Place {
        let key = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/01/\
                   111122223333_CloudTrail_eu-west-1_20260301T0005Z_a.json.gz";
        Place::of(&Object::new("logs", key)).unwrap()
    }

    fn with(records: &str) -> Read {
        let at = |time: &str| Some(format!("2026-03-01T{time}Z").parse().unwrap());
        let json = format!(r#"{{"Records":[{records}]}}"#);
        read(json.as_bytes(), &place(), at("00:00:00"), at("00:04:00"))
    }

    fn event(time: &str, region: &str, account: &str) -> String {
        format!(
            r#"{{"eventVersion":"1.11","eventTime":"2026-03-01T{time}Z","awsRegion":"{region}","recipientAccountId":"{account}"}}"#
        )
    }

    #[test]
    fn events_that_fit_are_counted_and_their_times_kept() {
        let both = [
            event("00:01:00", "eu-west-1", "111122223333"),
            event("00:03:00", "us-east-1", "111122223333"),
        ];
        let read = with(&both.join(","));
        assert_eq!((read.count, read.contradiction), (2, None));
        assert_eq!(read.oldest.unwrap().to_string(), "2026-03-01T00:01:00Z");
        assert_eq!(read.newest.unwrap().to_string(), "2026-03-01T00:03:00Z");
    }

    #[test]
    fn an_event_of_another_time_account_or_region_contradicts_its_file() {
        for (event, what) in [
            (
                event("00:05:00", "eu-west-1", "111122223333"),
                "event 1 is of 2026-03-01T00:05:00Z, newer than its digest says",
            ),
            (
                event("00:01:00", "eu-west-2", "111122223333"),
                "event 1 is of the Region `eu-west-2`",
            ),
            (
                event("00:01:00", "eu-west-1", "444455556666"),
                "event 1 is of the account `444455556666`",
            ),
            ("{}".to_owned(), "event 1 has no time"),
        ] {
            assert_eq!(with(&event).contradiction.as_deref(), Some(what));
        }
        let two = ["{}", "{}"].join(",");
        let many = with(&two).contradiction.unwrap();
        assert!(many.ends_with("more events contradict it: 1"), "{many}");
    }

    #[test]
    fn what_is_no_list_of_events_is_said() {
        let read = read(b"[1]", &place(), None, None);
        assert!(
            read.contradiction
                .unwrap()
                .starts_with("it is no list of events")
        );
    }
}
