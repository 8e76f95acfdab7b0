//! JSON in which no member gets lost. A policy that names one twice is one that AWS
//! refuses; read as usual, the last of the two would silently stand for both.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// A JSON value with every member of its objects, in their order.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// An object.
    Object(Vec<(String, Json)>),
    /// An array.
    Array(Vec<Json>),
    /// Anything else.
    Scalar(Value),
}

impl Json {
    /// The value, if no object in it names a member twice.
    ///
    /// # Errors
    /// The name that stands twice.
    pub fn unambiguous(self) -> Result<Value, String> {
        match self {
            Json::Scalar(value) => Ok(value),
            Json::Array(items) => items.into_iter().map(Json::unambiguous).collect(),
            Json::Object(members) => {
                let mut object = Map::new();
                for (name, member) in members {
                    if object.contains_key(&name) {
                        return Err(name);
                    }
                    object.insert(name, member.unambiguous()?);
                }
                Ok(Value::Object(object))
            }
        }
    }
}

impl fmt::Display for Json {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Json::Scalar(value) => write!(out, "{value}"),
            Json::Array(items) => {
                out.write_str("[")?;
                for (place, item) in items.iter().enumerate() {
                    out.write_str(if place == 0 { "" } else { "," })?;
                    item.fmt(out)?;
                }
                out.write_str("]")
            }
            Json::Object(members) => {
                out.write_str("{")?;
                for (place, (name, member)) in members.iter().enumerate() {
                    out.write_str(if place == 0 { "" } else { "," })?;
                    write!(out, "{}:", Value::String(name.clone()))?;
                    member.fmt(out)?;
                }
                out.write_str("}")
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Scalar(Value::Null))
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Json, E> {
        Ok(Json::Scalar(Value::Bool(flag)))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Scalar(Value::from(number)))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Scalar(Value::from(number)))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Json, E> {
        let number = Number::from_f64(number);
        Ok(Json::Scalar(number.map_or(Value::Null, Value::Number)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Scalar(Value::from(text)))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Json, E> {
        Ok(Json::Scalar(Value::String(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element()? {
            all.push(item);
        }
        Ok(Json::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut all = Vec::new();
        while let Some(member) = members.next_entry()? {
            all.push(member);
        }
        Ok(Json::Object(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_stands_twice_is_kept_and_named() {
        let text = r#"{"a":[{"b":1,"c":null,"b":-2.5}],"d\"":true}"#;
        let json: Json = serde_json::from_str(text).unwrap();
        assert_eq!(json.to_string(), text);
        assert_eq!(json.unambiguous(), Err("b".to_owned()));
    }

    #[test]
    fn what_is_unambiguous_is_the_same_as_ever() {
        let text = r#"{"a": ["x", 1, 18446744073709551615, 0.5, false, null], "b": {}}"#;
        let json: Json = serde_json::from_str(text).unwrap();
        assert_eq!(json.unambiguous(), Ok(serde_json::from_str(text).unwrap()));
    }
}
