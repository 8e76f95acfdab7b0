//! Data events: whether selectors take in all of a kind.

use super::management::Access;
use super::operators;
use super::recorder::{Advanced, Recorder, Selector, takes};
use super::truth::Truth;
use super::witness::{self, Event};
use crate::snapshot::{BasicSelector, Gap, Trail};

/// The kinds of data events that rules ask about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataKind {
    /// Amazon S3 object-level calls.
    S3Object,
    /// AWS Lambda invocations.
    LambdaFunction,
}

impl DataKind {
    /// The value of `resources.type`.
    pub fn resource_type(self) -> &'static str {
        match self {
            DataKind::S3Object => "AWS::S3::Object",
            DataKind::LambdaFunction => "AWS::Lambda::Function",
        }
    }

    /// How every ARN of the kind begins in a partition.
    pub(super) fn arn_prefix(self, partition: &str) -> String {
        match self {
            DataKind::S3Object => format!("arn:{partition}:s3:::"),
            DataKind::LambdaFunction => format!("arn:{partition}:lambda:"),
        }
    }

    /// The service that the events come from.
    pub(super) fn event_source(self) -> &'static str {
        match self {
            DataKind::S3Object => "s3.amazonaws.com",
            DataKind::LambdaFunction => "lambda.amazonaws.com",
        }
    }

    /// What stands for all resources in a basic selector: `arn:<partition>:s3` as the API
    /// documents it, `arn:<partition>:s3:::` as the console once wrote it.
    fn means_all(self, value: &str, prefix: &str) -> bool {
        let Some(rest) = prefix.strip_prefix(value) else {
            return false;
        };
        match self {
            DataKind::S3Object => rest == ":::" || rest.is_empty(),
            DataKind::LambdaFunction => rest == ":",
        }
    }
}

/// The events that a rule asks about: all of one kind and access in one partition.
#[derive(Debug, Clone)]
pub(super) struct Query<'q> {
    pub(super) kind: DataKind,
    pub(super) access: Access,
    /// How every ARN of the kind begins.
    pub(super) prefix: String,
    /// Stands for "AWS does not say", see [`witness`].
    pub(super) unclear: &'q Gap,
}

/// How far all data events of a kind are recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct DataCoverage<'a> {
    /// Whether all of them are, or the gap on which that depends.
    pub all: Result<bool, Gap>,
    /// The trails that for certain record at least some.
    pub some: Vec<&'a Trail>,
    /// If for certain not all are recorded: events that are not, in words; `None` if that
    /// is nothing but "any".
    pub example: Option<String>,
}

impl<'a> Recorder<'a> {
    /// Whether the selectors take in that data event.
    pub(super) fn records_data<'s>(&'s self, query: &Query<'s>, event: &Event<'_>) -> Truth<'s> {
        match &self.selectors {
            Err(gap) => Truth::Unknown(gap),
            Ok(selectors) => Truth::any(selectors.iter().map(|one| one.records_data(query, event))),
        }
    }

    /// Whether some selector is about data events of that kind at all.
    pub fn concerns(&self, kind: DataKind) -> Truth<'_> {
        match &self.selectors {
            Err(gap) => Truth::Unknown(gap),
            Ok(selectors) => Truth::from(selectors.iter().any(|one| one.concerns(kind))),
        }
    }

    /// Whether one selector takes in everything, without a condition to weigh.
    pub(super) fn records_all_plainly(&self, query: &Query<'_>) -> bool {
        let selectors = self.selectors.as_deref().unwrap_or_default();
        selectors.iter().any(|selector| match selector {
            Selector::Advanced(advanced) => {
                !advanced
                    .fields
                    .iter()
                    .any(|field| witness::is_condition(&field.field))
                    && advanced.records_data(query, &Event::default()) == Truth::Yes
            }
            Selector::Basic(basic, _) => {
                takes(basic.read_write, query.access)
                    && values(basic, query.kind).any(|v| query.kind.means_all(v, &query.prefix))
            }
            Selector::Default => false,
        })
    }
}

impl Selector<'_> {
    fn concerns(&self, kind: DataKind) -> bool {
        match self {
            Selector::Default => false,
            Selector::Basic(basic, _) => values(basic, kind).next().is_some(),
            Selector::Advanced(advanced) => {
                let mut types = advanced
                    .sound_fields()
                    .filter(|field| field.field == "resources.type");
                advanced.may_be("Data")
                    && types.all(|field| operators::holds(field, kind.resource_type()))
            }
        }
    }

    fn records_data<'s>(&'s self, query: &Query<'s>, event: &Event<'_>) -> Truth<'s> {
        match self {
            Selector::Default => Truth::No,
            Selector::Basic(basic, _) if !takes(basic.read_write, query.access) => Truth::No,
            Selector::Basic(basic, odd) => {
                let Some(arn) = event.arn() else {
                    return Truth::No;
                };
                Truth::any(values(basic, query.kind).map(|value| matches(value, query, arn, odd)))
            }
            Selector::Advanced(advanced) => advanced.records_data(query, event),
        }
    }
}

impl Advanced<'_> {
    fn records_data<'s>(&'s self, query: &Query<'s>, event: &Event<'_>) -> Truth<'s> {
        let mut all = Truth::Yes;
        for field in self.sound_fields() {
            let holds = match field.field.as_str() {
                "eventCategory" => Truth::from(operators::holds(field, "Data")),
                "resources.type" => {
                    Truth::from(operators::holds(field, query.kind.resource_type()))
                }
                "readOnly" => Truth::from(operators::holds(field, query.access.read_only())),
                name => match event.value(name) {
                    Some(Some(value)) => Truth::from(operators::holds(field, value)),
                    // What is not there equals nothing; whether `NotEquals` lets it pass
                    // AWS does not say.
                    Some(None) if operators::has_positive(field) => Truth::No,
                    Some(None) => Truth::Unknown(query.unclear),
                    None => Truth::Yes,
                },
            };
            all = all.and(holds);
        }
        all.and(Truth::unless(self.data_doubt.as_ref()))
    }
}

/// The values under which a basic selector names resources of that kind.
pub(super) fn values(basic: &BasicSelector, kind: DataKind) -> impl Iterator<Item = &str> {
    let resources = basic.data_resources.iter();
    resources
        .filter(move |resource| resource.kind == kind.resource_type())
        .flat_map(|resource| resource.values.iter().map(String::as_str))
}

/// Whether a basic selector's value takes in an ARN. S3 values are prefixes; "Lambda
/// function ARNs are exact"
/// (<https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DataResource.html>).
fn matches<'s>(value: &str, query: &Query<'_>, arn: &str, odd: &'s Gap) -> Truth<'s> {
    if query.kind.means_all(value, &query.prefix) {
        Truth::Yes
    } else if query.prefix.starts_with(value) {
        // Shorter than any ARN of the kind, and none of the spellings AWS knows.
        Truth::Unknown(odd)
    } else {
        Truth::from(match query.kind {
            DataKind::S3Object => arn.starts_with(value),
            DataKind::LambdaFunction => arn == value,
        })
    }
}
