//! Deliveries: the `PutObject` with which CloudTrail writes a file into a log bucket, which
//! is a data event itself.

use super::data::{DataKind, Query};
use super::management::Access;
use super::recorder::Recorder;
use super::truth::Truth;
use super::witness::{Event, Point};
use crate::snapshot::{Action, Gap, GapKind};

/// A file on its way into a log bucket.
#[derive(Debug)]
pub struct Delivery {
    partition: String,
    points: Vec<(&'static str, Point)>,
    unclear: Gap,
}

impl Delivery {
    /// The delivery of the object with that ARN.
    pub fn of(partition: &str, object: &str) -> Self {
        let fields = [
            ("resources.ARN", Some(object)),
            ("eventName", Some("PutObject")),
            ("eventSource", Some(DataKind::S3Object.event_source())),
            ("eventType", Some("AwsApiCall")),
            // CloudTrail calls on its own behalf: the record names a service, and no principal.
            ("userIdentity.arn", None),
            ("sessionCredentialFromConsole", None),
        ];
        Delivery {
            partition: partition.to_owned(),
            points: fields
                .map(|(field, value)| (field, Point::of(value)))
                .into(),
            unclear: Gap::new(
                Action::GetEventSelectors,
                GapKind::Unsupported,
                "AWS does not document whether an event that lacks a field passes a selector \
                 which excludes values of it",
            ),
        }
    }

    /// Whether a trail's selectors take it in.
    pub fn recorded_by<'s>(&'s self, recorder: &'s Recorder<'_>) -> Truth<'s> {
        let query = Query {
            kind: DataKind::S3Object,
            access: Access::Write,
            prefix: DataKind::S3Object.arn_prefix(&self.partition),
            unclear: &self.unclear,
        };
        recorder.records_data(&query, &Event::at(&self.points))
    }
}
