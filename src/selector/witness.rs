//! Whether selectors together take in *all* events: asked of a few witnesses.
//!
//! Field selectors compare a value as a whole, by its beginning or by its end. Take all
//! values, beginnings (P) and ends (S) that the selectors name. Every other string behaves
//! like `p + c + s`, where p is the longest of P it begins with, s the longest of S it ends
//! with, and c a character that occurs in none of them. So there are finitely many kinds
//! of events, one witness for each, and selectors take in all events if and only if they
//! take in every witness. That finds two selectors that complete each other (one
//! `StartsWith`, one `NotStartsWith`) without a case of its own.

use std::collections::BTreeSet;

use super::data::{DataKind, Query, values};
use super::management::Access;
use super::operators;
use super::recorder::Selector;
use crate::snapshot::FieldSelector;

/// More witnesses than this are not examined: then the answer is that we don't know.
const MOST: usize = 20_000;

/// The conditions of a data selector beyond category, type and `readOnly`.
const CONDITIONS: [&str; 6] = [
    "resources.ARN",
    "eventName",
    "eventSource",
    "eventType",
    "userIdentity.arn",
    "sessionCredentialFromConsole",
];

/// Whether a field narrows a data selector beyond category, type and `readOnly`.
pub(super) fn is_condition(field: &str) -> bool {
    CONDITIONS.contains(&field)
}

/// One value of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Point {
    /// `None`: the event lacks the field.
    value: Option<String>,
    /// Whether such events exist as far as AWS tells.
    exists: bool,
}

impl Point {
    /// A value that events are known to have, or to lack.
    pub(super) fn of(value: Option<&str>) -> Self {
        Point {
            value: value.map(str::to_owned),
            exists: true,
        }
    }
}

/// A kind of event, as far as selectors can tell events apart. The default is an event of
/// which nothing but kind and access matters.
#[derive(Debug, Clone, Default)]
pub(super) struct Event<'w> {
    points: Vec<(&'static str, &'w Point)>,
}

impl<'w> Event<'w> {
    /// The event whose fields have these values.
    pub(super) fn at(points: &'w [(&'static str, Point)]) -> Self {
        Event {
            points: points
                .iter()
                .map(|(field, point)| (*field, point))
                .collect(),
        }
    }

    /// The value of a field: outer `None` if no selector cares, inner if it is absent.
    pub(super) fn value(&self, field: &str) -> Option<Option<&str>> {
        let (_, point) = self.points.iter().find(|(name, _)| *name == field)?;
        Some(point.value.as_deref())
    }

    /// The resource's ARN.
    pub(super) fn arn(&self) -> Option<&str> {
        self.value("resources.ARN").flatten()
    }

    /// Whether such events exist as far as AWS tells.
    pub(super) fn exists(&self) -> bool {
        self.points.iter().all(|(_, point)| point.exists)
    }
}

/// The values that tell events apart, by field.
#[derive(Debug, Default)]
pub(super) struct Witnesses {
    axes: Vec<(&'static str, Vec<Point>)>,
    filler: char,
}

impl Witnesses {
    /// The witnesses for some selectors; `None` if they are too many.
    pub(super) fn of(selectors: &[&Selector<'_>], query: &Query<'_>) -> Option<Self> {
        let cuts: Vec<(&'static str, Cuts<'_>)> = CONDITIONS
            .into_iter()
            .map(|field| (field, Cuts::of(field, selectors, query)))
            .filter(|(field, cuts)| *field == "resources.ARN" || !cuts.is_empty())
            .collect();
        let filler = ('\u{e000}'..='\u{f8ff}')
            .find(|filler| !cuts.iter().any(|(_, cuts)| cuts.contain(*filler)))?;
        let mut size = 1_usize;
        let mut axes = Vec::new();
        for (field, cuts) in &cuts {
            size = size.saturating_mul(cuts.size());
            if size > MOST {
                return None;
            }
            axes.push((*field, cuts.points(field, filler, query)));
        }
        Some(Witnesses { axes, filler })
    }

    /// Every kind of event.
    pub(super) fn events(&self) -> Vec<Event<'_>> {
        let mut events = vec![Event::default()];
        for (field, points) in &self.axes {
            events = events
                .iter()
                .flat_map(|event| {
                    points.iter().map(|point| {
                        let mut event = event.clone();
                        event.points.push((field, point));
                        event
                    })
                })
                .collect();
        }
        events
    }

    /// What sets a kind of event apart, in words; `None` if nothing does.
    pub(super) fn describe(&self, event: &Event<'_>, query: &Query<'_>) -> Option<String> {
        let dots = |value: &str| value.replace(self.filler, "…");
        let plain = [dots(&self.filler.to_string()), format!("{}…", query.prefix)];
        let special: Vec<String> = event
            .points
            .iter()
            .filter_map(|(field, point)| {
                let value = point.value.as_deref().map(dots)?;
                (!plain.contains(&value)).then(|| format!("`{field}` `{value}`"))
            })
            .collect();
        (!special.is_empty()).then(|| special.join(" and "))
    }
}

/// What selectors compare one field with.
#[derive(Debug, Default)]
struct Cuts<'a> {
    whole: BTreeSet<&'a str>,
    prefixes: BTreeSet<&'a str>,
    suffixes: BTreeSet<&'a str>,
}

impl<'a> Cuts<'a> {
    fn of(field: &str, selectors: &[&Selector<'a>], query: &Query<'_>) -> Self {
        let mut cuts = Cuts::default();
        for selector in selectors {
            match selector {
                Selector::Default => {}
                Selector::Basic(basic, _) if field == "resources.ARN" => match query.kind {
                    DataKind::S3Object => cuts.prefixes.extend(values(basic, query.kind)),
                    DataKind::LambdaFunction => cuts.whole.extend(values(basic, query.kind)),
                },
                Selector::Basic(..) => {}
                Selector::Advanced(advanced) if advanced.may_be("Data") => {
                    let named = advanced.fields.iter().filter(|one| one.field == field);
                    named.for_each(|one| cuts.add(one));
                }
                Selector::Advanced(_) => {}
            }
        }
        cuts
    }

    fn add(&mut self, field: &'a FieldSelector) {
        self.whole.extend(operators::whole(field));
        self.prefixes.extend(operators::prefixes(field));
        self.suffixes.extend(operators::suffixes(field));
    }

    fn all(&self) -> impl Iterator<Item = &&'a str> {
        self.whole
            .iter()
            .chain(&self.prefixes)
            .chain(&self.suffixes)
    }

    fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }

    fn contain(&self, filler: char) -> bool {
        self.all().any(|value| value.contains(filler))
    }

    /// At most how many points there are.
    fn size(&self) -> usize {
        let affixes = (self.prefixes.len() + 1).saturating_mul(self.suffixes.len() + 1);
        affixes.saturating_add(self.whole.len()).saturating_add(2)
    }

    fn points(&self, field: &str, filler: char, query: &Query<'_>) -> Vec<Point> {
        // Every ARN of the kind begins alike, so what a beginning says of other ARNs
        // does not matter.
        let base = match field {
            "resources.ARN" => query.prefix.as_str(),
            _ => "",
        };
        let whole = self.whole.iter().map(|value| (*value).to_owned());
        let longer = self.prefixes.iter().copied();
        let beginnings = std::iter::once(base).chain(longer.filter(|p| p.len() > base.len()));
        let ends = || std::iter::once("").chain(self.suffixes.iter().copied());
        let parts = beginnings.flat_map(|p| ends().map(move |s| format!("{p}{filler}{s}")));
        let mut texts: BTreeSet<String> = whole.chain(parts).collect();
        if field == "eventSource" {
            texts.insert(query.kind.event_source().to_owned());
        }
        let mut points: Vec<Point> = texts
            .into_iter()
            .filter(|text| text.starts_with(base) && can_be(field, text, query))
            .map(|text| Point {
                exists: exists(field, &text, query),
                value: Some(text),
            })
            .collect();
        // Anonymous requests have no ARN, and most credentials are not the console's.
        if matches!(field, "userIdentity.arn" | "sessionCredentialFromConsole") {
            points.push(Point {
                value: None,
                exists: true,
            });
        }
        points
    }
}

/// Whether AWS tells that events with that value exist.
fn exists(field: &str, value: &str, query: &Query<'_>) -> bool {
    match field {
        "eventSource" => value == query.kind.event_source(),
        "sessionCredentialFromConsole" => value == "true",
        _ => true,
    }
}

/// Whether a call of that name can be of the access asked about: leaving `GetObject` out
/// takes nothing away from the write events.
fn can_be(field: &str, value: &str, query: &Query<'_>) -> bool {
    if field != "eventName" || query.kind != DataKind::S3Object {
        return true;
    }
    let begins = |verbs: &[&str]| verbs.iter().any(|verb| value.starts_with(verb));
    match query.access {
        Access::Write => !begins(&["Get", "Head", "List", "Select"]),
        Access::Read => !begins(&[
            "Put", "Post", "Delete", "Copy", "Upload", "Create", "Complete", "Abort", "Restore",
        ]),
    }
}
