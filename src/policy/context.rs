//! The condition keys of one request.

use std::collections::BTreeMap;

/// The values of condition keys. Names are compared in any case, as IAM does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// By the key's name in lower case; an empty list means that the key is absent.
    values: BTreeMap<String, Vec<String>>,
    /// Whether a key that is not listed may have any value; else it is absent.
    open: bool,
}

/// What is known of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// The request has it, with these values; at least one.
    Known(&'a [String]),
    /// The request does not have it.
    Absent,
    /// It is not known.
    Open,
}

impl Context {
    /// A request in which a key that is not set later is absent.
    pub fn new() -> Self {
        Context::default()
    }

    /// A request in which a key that is not set later may have any value.
    pub fn open() -> Self {
        Context {
            open: true,
            ..Context::default()
        }
    }

    /// A request with these single-valued keys and no others.
    pub fn of(pairs: &[(&str, &str)]) -> Self {
        let mut context = Context::new();
        for (key, value) in pairs {
            context.set(key, [(*value).to_owned()]);
        }
        context
    }

    /// Sets a key; without values it is known to be absent.
    pub fn set(&mut self, key: &str, values: impl IntoIterator<Item = String>) {
        self.values
            .insert(key.to_lowercase(), values.into_iter().collect());
    }

    /// The key, whose name is in lower case.
    pub fn get(&self, key: &str) -> Value<'_> {
        match self.values.get(key) {
            Some(values) if values.is_empty() => Value::Absent,
            Some(values) => Value::Known(values),
            None if self.open => Value::Open,
            None => Value::Absent,
        }
    }

    /// Every key that is set, and its values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.values
            .iter()
            .map(|(key, values)| (key.as_str(), values.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_any_case_and_absent_unless_left_open() {
        let mut context = Context::of(&[("aws:SourceIp", "192.0.2.1")]);
        assert_eq!(
            context.get("aws:sourceip"),
            Value::Known(&["192.0.2.1".to_owned()])
        );
        assert_eq!(context.get("aws:username"), Value::Absent);
        context.set("aws:SourceIp", []);
        assert_eq!(context.get("aws:sourceip"), Value::Absent);
        assert_eq!(Context::open().get("aws:username"), Value::Open);
    }
}
