//! As much CBOR as CloudWatch speaks, and the JSON that says the same.
//! <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>

use serde_json::Value;

/// The value in CBOR. A moment, which JSON has as a number, gets the tag that tells.
pub(in super::super) fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    put(value, &mut bytes);
    bytes
}

fn put(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(false) => out.push(0xf4),
        Value::Bool(true) => out.push(0xf5),
        Value::Number(number) => match number.as_u64() {
            Some(number) => head(0, number, out),
            None => {
                out.push(0xfb);
                out.extend(number.as_f64().expect("a number").to_be_bytes());
            }
        },
        Value::String(text) => {
            head(3, text.len() as u64, out);
            out.extend(text.as_bytes());
        }
        Value::Array(items) => {
            head(4, items.len() as u64, out);
            for item in items {
                put(item, out);
            }
        }
        Value::Object(members) => {
            head(5, members.len() as u64, out);
            for (name, value) in members {
                put(&Value::from(name.as_str()), out);
                if name.ends_with("Timestamp") && value.is_number() {
                    head(6, 1, out);
                }
                put(value, out);
            }
        }
    }
}

/// An item's first bytes: its major type, and its number or length.
fn head(major: u8, number: u64, out: &mut Vec<u8>) {
    out.push((major << 5) | 27);
    out.extend(number.to_be_bytes());
}
