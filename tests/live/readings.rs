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
        Value::Object(members)
            if !members.contains_key("known") && !members.contains_key("gap") =>
        {
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
            readings.insert(place.clone(), fact.clone());
        }
    }
}

/// What an item of a list is called.
fn name(item: &Value) -> String {
    [&item["arn"], &item["name"], &item["references"][0]]
        .into_iter()
        .find_map(Value::as_str)
        .unwrap_or_else(|| panic!("an item without a name: {item:#}"))
        .to_owned()
}
