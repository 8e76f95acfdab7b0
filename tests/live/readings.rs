//! A snapshot as its single facts, so that two of them can be laid side by side.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The names that lead to a fact, for example `trails`, the trail's ARN, `status`,
/// `us-east-1`.
pub(super) type Place = Vec<String>;

/// Every fact of a snapshot's one account by its place. A fact that is read or not is
/// `{"known": ...}` or `{"gap": ...}`.
#[derive(Debug, Clone)]
pub(super) struct Readings(BTreeMap<Place, Value>);

impl Readings {
    /// The facts of a snapshot in JSON.
    pub(super) fn of(snapshot: &str) -> Self {
        let snapshot: Value = serde_json::from_str(snapshot).expect("a snapshot in JSON");
        let mut readings = BTreeMap::new();
        collect(&snapshot["accounts"][0], &mut Vec::new(), &mut readings);
        Readings(readings)
    }

    /// A fact, or `null` where nothing is said about it.
    pub(super) fn at(&self, place: &Place) -> &Value {
        self.0.get(place).unwrap_or(&Value::Null)
    }

    /// The places that a pattern describes.
    pub(super) fn places(&self, pattern: &str) -> Vec<&Place> {
        self.0.keys().filter(|place| fits(place, pattern)).collect()
    }

    /// Every gap.
    pub(super) fn gaps(&self) -> Vec<&Value> {
        self.0.values().filter_map(|fact| fact.get("gap")).collect()
    }

    /// The places where the two differ, or where only one says anything.
    pub(super) fn differing(&self, other: &Self) -> BTreeSet<Place> {
        self.0
            .keys()
            .chain(other.0.keys())
            .filter(|place| self.at(place) != other.at(place))
            .cloned()
            .collect()
    }
}

/// Whether a pattern describes the place: names, where `*` is any one name and a `**` at
/// the end whatever follows, for example `trails * status *`.
pub(super) fn fits(place: &Place, pattern: &str) -> bool {
    let mut names = place.iter();
    for wanted in pattern.split(' ') {
        match (wanted, names.next()) {
            ("**", _) => return true,
            (_, None) => return false,
            ("*", Some(_)) => {}
            (wanted, Some(name)) if wanted != name => return false,
            _ => {}
        }
    }
    names.next().is_none()
}

fn collect(value: &Value, place: &mut Place, readings: &mut BTreeMap<Place, Value>) {
    let mut descend = |name: String, value: &Value| {
        place.push(name);
        collect(value, place, readings);
        place.pop();
    };
    match value {
        Value::Object(members) if !is_fact(value) => {
            for (name, value) in members {
                descend(name.clone(), value);
            }
        }
        Value::Array(items) if items.iter().all(Value::is_object) => {
            for item in items {
                descend(name(item), item);
            }
        }
        fact => {
            for item in items(fact) {
                for (member, within) in within(item) {
                    let below = [name(item), member.clone()];
                    let place = place.iter().cloned().chain(below).collect();
                    readings.insert(place, within.clone());
                }
            }
            readings.insert(place.clone(), alone(fact));
        }
    }
}

/// Whether it is something that was read or not.
pub(super) fn is_fact(value: &Value) -> bool {
    value.get("known").is_some() || value.get("gap").is_some()
}

/// What a fact lists, where that is a list of things.
pub(super) fn items(fact: &Value) -> impl Iterator<Item = &Value> {
    let listed = fact["known"].as_array().into_iter().flatten();
    listed.filter(|item| item.is_object())
}

/// The facts that such a thing has of its own, as a recorder of AWS Config has its status.
pub(super) fn within(item: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let members = item.as_object().into_iter().flatten();
    members.filter(|(_, value)| is_fact(value))
}

/// The fact without the facts within it.
pub(super) fn alone(fact: &Value) -> Value {
    let mut fact = fact.clone();
    let listed = fact.get_mut("known").and_then(Value::as_array_mut);
    for item in listed.into_iter().flatten() {
        if let Some(members) = item.as_object_mut() {
            members.retain(|_, value| !is_fact(value));
        }
    }
    fact
}

/// What an item of a list is called.
pub(super) fn name(item: &Value) -> String {
    [
        &item["arn"],
        &item["name"],
        &item["id"],
        &item["references"][0],
    ]
    .into_iter()
    .find_map(Value::as_str)
    .unwrap_or_else(|| panic!("an item without a name: {item:#}"))
    .to_owned()
}
