//! One trail, and what it records.

use std::collections::BTreeSet;

use super::management::{Access, KMS, RDS_DATA, Source};
use super::operators;
use super::truth::Truth;
use crate::snapshot::{
    Action, AdvancedSelector, BasicSelector, FieldSelector, Gap, GapKind, Observed, ReadWriteType,
    Selectors, Trail,
};

/// A trail seen as something that records events.
#[derive(Debug)]
pub struct Recorder<'a> {
    /// The trail.
    pub trail: &'a Trail,
    logging: Observed<bool>,
    pub(super) selectors: Result<Vec<Selector<'a>>, &'a Gap>,
}

/// One event selector, with what is doubtful in it.
#[derive(Debug)]
pub(super) enum Selector<'a> {
    /// What AWS falls back on where nothing is set: all management events.
    Default,
    /// A basic selector, and the gap that a doubtful data resource of it stands for.
    Basic(&'a BasicSelector, Gap),
    /// An advanced selector.
    Advanced(Advanced<'a>),
}

/// An advanced selector, and what makes it doubtful for each category of events.
#[derive(Debug)]
pub(super) struct Advanced<'a> {
    pub(super) fields: &'a [FieldSelector],
    management_doubt: Option<Gap>,
    pub(super) data_doubt: Option<Gap>,
}

/// Fields on which AWS takes `Equals` only.
const EQUALS_ONLY: [&str; 3] = ["eventCategory", "readOnly", "resources.type"];

/// Fields that a trail's management selector may use:
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html>.
const MANAGEMENT_FIELDS: &[&str] = &["eventCategory", "eventSource", "readOnly"];

/// Fields that a data selector may use, by the same page.
const DATA_FIELDS: &[&str] = &[
    "eventCategory",
    "resources.type",
    "readOnly",
    "resources.ARN",
    "eventName",
    "eventSource",
    "eventType",
    "userIdentity.arn",
    "sessionCredentialFromConsole",
];

impl<'a> Recorder<'a> {
    /// Reads a trail's selectors.
    pub fn new(trail: &'a Trail) -> Self {
        let selectors = match &trail.selectors {
            Observed::Gap(gap) => Err(gap),
            Observed::Known(selectors) => Ok(read(&trail.name, selectors)),
        };
        Recorder {
            trail,
            logging: trail.is_logging().into(),
            selectors,
        }
    }

    /// Whether the trail logs.
    pub fn logging(&self) -> Truth<'_> {
        Truth::of(&self.logging)
    }

    /// Whether it is a multi-Region trail.
    pub fn multi_region(&self) -> Truth<'_> {
        Truth::of(&self.trail.multi_region)
    }

    /// Whether it covers that Region; `None` is a Region that nobody named, which only a
    /// multi-Region trail covers for certain.
    pub fn covers(&self, region: Option<&str>) -> Truth<'_> {
        Truth::from(region == Some(self.trail.home_region.as_str())).or(self.multi_region())
    }

    /// Whether its selectors take in these management events, all of them.
    pub fn records(&self, access: Access, source: Source<'_>) -> Truth<'_> {
        match &self.selectors {
            Err(gap) => Truth::Unknown(gap),
            Ok(selectors) => Truth::any(selectors.iter().map(|one| one.records(access, source))),
        }
    }

    /// Whether its selectors take in any management events.
    pub fn records_any(&self) -> Truth<'_> {
        let mut sources: Vec<Source<'_>> =
            vec![Source::Named(KMS), Source::Named(RDS_DATA), Source::Rest];
        sources.extend(self.named_sources().into_iter().map(Source::Named));
        Truth::any(Access::ALL.into_iter().flat_map(|access| {
            sources
                .iter()
                .map(move |source| self.records(access, *source))
                .collect::<Vec<_>>()
        }))
    }

    /// The event sources that its management selectors name.
    pub(super) fn named_sources(&self) -> BTreeSet<&'a str> {
        let selectors = self.selectors.as_deref().unwrap_or_default();
        selectors.iter().flat_map(Selector::named_sources).collect()
    }
}

impl<'a> Selector<'a> {
    fn records(&self, access: Access, source: Source<'_>) -> Truth<'_> {
        match self {
            Selector::Default => Truth::Yes,
            Selector::Basic(basic, _) => Truth::from(
                basic.management_events
                    && takes(basic.read_write, access)
                    && match source {
                        Source::Named(name) => {
                            !basic.excluded_sources.iter().any(|not| not == name)
                        }
                        Source::Rest => true,
                    },
            ),
            Selector::Advanced(advanced) => advanced.records(access, source),
        }
    }

    fn named_sources(&self) -> Vec<&'a str> {
        match self {
            Selector::Default => Vec::new(),
            Selector::Basic(basic, _) if !basic.management_events => Vec::new(),
            Selector::Basic(basic, _) => {
                basic.excluded_sources.iter().map(String::as_str).collect()
            }
            Selector::Advanced(advanced) if !advanced.may_be("Management") => Vec::new(),
            Selector::Advanced(advanced) => {
                let sources = advanced.fields.iter().filter(|f| f.field == "eventSource");
                sources.flat_map(operators::whole).collect()
            }
        }
    }
}

impl Advanced<'_> {
    fn records(&self, access: Access, source: Source<'_>) -> Truth<'_> {
        let matches = self.sound_fields().all(|field| match field.field.as_str() {
            "eventCategory" => operators::holds(field, "Management"),
            "readOnly" => operators::holds(field, access.read_only()),
            "eventSource" => takes_source(field, source),
            _ => true,
        });
        Truth::from(matches).and(Truth::unless(self.management_doubt.as_ref()))
    }

    /// Whether it may be about events of that category.
    pub(super) fn may_be(&self, category: &str) -> bool {
        self.sound_fields()
            .filter(|field| field.field == "eventCategory")
            .all(|field| operators::holds(field, category))
    }

    /// The field selectors that can be evaluated; the others leave a doubt.
    pub(super) fn sound_fields(&self) -> impl Iterator<Item = &FieldSelector> {
        self.fields.iter().filter(|field| flaw(field).is_none())
    }
}

/// Whether a basic selector of that type takes in such events, management or data.
pub(super) fn takes(kind: ReadWriteType, access: Access) -> bool {
    match kind {
        ReadWriteType::All => true,
        ReadWriteType::ReadOnly => access == Access::Read,
        ReadWriteType::WriteOnly => access == Access::Write,
    }
}

/// Sources that no selector names pass every `NotEquals` and no `Equals`. What else is
/// said of them is a doubt, see [`management_doubt`].
fn takes_source(field: &FieldSelector, source: Source<'_>) -> bool {
    match source {
        Source::Named(name) => operators::holds(field, name),
        Source::Rest => compares_part(field) || !operators::has_positive(field),
    }
}

fn compares_part(field: &FieldSelector) -> bool {
    operators::prefixes(field)
        .chain(operators::suffixes(field))
        .next()
        .is_some()
}

/// No selectors at all mean AWS's default: "trails created without specific event
/// selectors are configured to log all read and write management events"
/// (<https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html>).
fn read<'a>(trail: &str, selectors: &'a Selectors) -> Vec<Selector<'a>> {
    match selectors {
        Selectors::Basic(basic) if basic.is_empty() => vec![Selector::Default],
        Selectors::Advanced(advanced) if advanced.is_empty() => vec![Selector::Default],
        Selectors::Basic(basic) => basic
            .iter()
            .enumerate()
            .map(|(at, one)| {
                let place = place(trail, at);
                let detail = format!("{place} names data resources by something that is no ARN");
                Selector::Basic(one, gap(GapKind::Malformed, detail))
            })
            .collect(),
        Selectors::Advanced(advanced) => advanced
            .iter()
            .enumerate()
            .map(|(at, one)| Selector::Advanced(read_advanced(&place(trail, at), one)))
            .collect(),
    }
}

fn read_advanced<'a>(place: &str, selector: &'a AdvancedSelector) -> Advanced<'a> {
    let fields = selector.fields.as_slice();
    let required = ["eventCategory", "resources.type"];
    Advanced {
        fields,
        management_doubt: doubt(place, fields, MANAGEMENT_FIELDS, &["eventCategory"])
            .or_else(|| management_doubt(place, fields)),
        data_doubt: doubt(place, fields, DATA_FIELDS, &required),
    }
}

/// What in a selector this build cannot interpret, given what its category allows.
fn doubt(place: &str, fields: &[FieldSelector], known: &[&str], required: &[&str]) -> Option<Gap> {
    let has = |name: &str| fields.iter().any(|field| field.field == name);
    if let Some(missing) = required.iter().find(|name| !has(name)) {
        let detail = format!("{place} lacks `{missing}`, which every such selector has");
        return Some(gap(GapKind::Malformed, detail));
    }
    fields.iter().find_map(|field| {
        if let Some(flaw) = flaw(field) {
            let detail = format!("{place} has a field selector for `{}` {flaw}", field.field);
            return Some(gap(GapKind::Malformed, detail));
        }
        let known = known.contains(&field.field.as_str());
        let detail = || {
            format!(
                "{place} filters on `{}`, which is not understood",
                field.field
            )
        };
        (!known).then(|| gap(GapKind::Unsupported, detail()))
    })
}

/// A trail may compare a management event's source with whole names only; which sources
/// begin or end in some way nobody can list.
fn management_doubt(place: &str, fields: &[FieldSelector]) -> Option<Gap> {
    let partly = |field: &&FieldSelector| field.field == "eventSource" && compares_part(field);
    fields.iter().find(partly)?;
    let detail = format!("{place} compares parts of `eventSource`, which is not understood");
    Some(gap(GapKind::Unsupported, detail))
}

/// Why a field selector cannot be evaluated.
fn flaw(field: &FieldSelector) -> Option<&'static str> {
    let parts = || operators::prefixes(field).chain(operators::suffixes(field));
    let mut values = operators::whole(field).chain(parts()).peekable();
    if values.peek().is_none() {
        return Some("without an operator");
    }
    if values.any(str::is_empty) {
        return Some("with an empty value");
    }
    let name = field.field.as_str();
    if EQUALS_ONLY.contains(&name) && (!field.not_equals.is_empty() || compares_part(field)) {
        return Some("with another operator than `Equals`");
    }
    let odd = |value: &String| !matches!(value.as_str(), "true" | "false");
    (name == "readOnly" && field.equals.iter().any(odd))
        .then_some("with a value that is no boolean")
}

fn place(trail: &str, at: usize) -> String {
    format!("event selector {} of trail `{trail}`", at + 1)
}

fn gap(kind: GapKind, detail: String) -> Gap {
    Gap::new(Action::GetEventSelectors, kind, detail)
}
