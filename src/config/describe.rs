//! What settings there are, with their defaults and what they mean, as the JSON Schema of
//! the file tells. The schema is made from the types, and a test compares the two.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

const SCHEMA: &str = include_str!("../../docs/schema/trailcheck-config-1.json");

/// One key of a rule's table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// As it is written in the file.
    pub key: String,
    /// Null if there is none, and leaving it out means something of its own.
    pub default: Value,
    /// One sentence.
    pub description: String,
}

/// The settings that the rule `id` has, by key; empty if it has none.
pub fn settings_of(id: &str) -> Vec<Setting> {
    let Some(rule) = Shape::of_rules().members.remove(id) else {
        return Vec::new();
    };
    let settings = rule.members.into_iter().map(|(key, setting)| Setting {
        key,
        default: setting.default,
        description: setting.description,
    });
    settings.collect()
}

/// As much of a JSON Schema as tells which names there are.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shape {
    description: String,
    default: Value,
    #[serde(rename = "properties")]
    pub(super) members: BTreeMap<String, Shape>,
    /// Of a list: what its items are.
    items: Option<Box<Shape>>,
}

impl Shape {
    /// The whole file.
    pub(super) fn of_file() -> Self {
        // Were the schema unreadable, which tests rule out, every name would be unknown and
        // every file refused.
        serde_json::from_str(SCHEMA).unwrap_or_default()
    }

    /// The table `rules`.
    pub(super) fn of_rules() -> Self {
        let mut file = Shape::of_file();
        file.members.remove("rules").unwrap_or_default()
    }

    /// What the items of a list are; nothing, of what is no list.
    pub(super) fn item(self) -> Self {
        self.items.map(|items| *items).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_table_belongs_to_a_rule() {
        let catalogue = crate::rules::catalogue();
        let tables = Shape::of_rules().members;
        assert!(!tables.is_empty());
        for id in tables.keys() {
            let known = catalogue.iter().any(|rule| rule.id == id);
            assert!(known, "{id}");
        }
    }

    #[test]
    fn every_setting_is_described() {
        for (id, rule) in Shape::of_rules().members {
            let settings = settings_of(&id);
            assert_eq!(settings.len(), rule.members.len());
            for setting in settings {
                assert!(setting.description.ends_with('.'), "{id}: {setting:?}");
            }
        }
    }

    #[test]
    fn the_defaults_are_those_that_hold_without_a_file() {
        let defaults = serde_json::to_value(super::super::Settings::default()).unwrap();
        for id in Shape::of_rules().members.keys() {
            for setting in settings_of(id) {
                let held = defaults[id].get(&setting.key).unwrap_or(&Value::Null);
                assert_eq!(setting.default, *held, "{id}: {}", setting.key);
            }
        }
        let days = settings_of("log-retention").pop().map(|days| days.default);
        assert_eq!(days, Some(json!(365)));
    }
}
