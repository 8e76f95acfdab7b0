//! CBOR, in which the SDK speaks to CloudWatch, from and to JSON, in which moto does.

use std::io;

use serde_json::{Map, Value};

#[path = "../../src/source/live/canned/cbor.rs"]
mod written;

pub(super) use written::encode;

/// The value that CBOR spells.
pub(super) fn decode(bytes: &[u8]) -> io::Result<Value> {
    let mut rest = bytes;
    item(&mut rest)?.ok_or_else(broken)
}

fn broken() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

/// The next item; `None` for the end of a list that does not tell its length.
fn item(rest: &mut &[u8]) -> io::Result<Option<Value>> {
    let (major, short) = match take(rest, 1)? {
        [first] => (first >> 5, first & 31),
        _ => return Err(broken()),
    };
    if (major, short) == (7, 31) {
        return Ok(None);
    }
    let number = match short {
        0..24 => Some(u64::from(short)),
        24..28 => {
            let bytes = take(rest, 1 << (short - 24))?;
            Some(
                bytes
                    .iter()
                    .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
            )
        }
        _ => None,
    };
    Ok(Some(match (major, number) {
        (0, Some(number)) => number.into(),
        (1, Some(number)) => (-1 - i64::try_from(number).map_err(|_| broken())?).into(),
        (3, Some(length)) => {
            let text = take(rest, usize::try_from(length).map_err(|_| broken())?)?;
            String::from_utf8_lossy(text).into_owned().into()
        }
        (4, length) => list(rest, length)?.into(),
        (5, length) => {
            let mut members = Map::new();
            // A name and a value each.
            let mut items = list(rest, length.map(|length| length * 2))?.into_iter();
            while let (Some(Value::String(name)), Some(value)) = (items.next(), items.next()) {
                members.insert(name, value);
            }
            members.into()
        }
        // What the tag says of the item, JSON cannot.
        (6, Some(_)) => return item(rest),
        (7, Some(number)) => simple(short, number),
        _ => return Err(broken()),
    }))
}

fn list(rest: &mut &[u8], length: Option<u64>) -> io::Result<Vec<Value>> {
    let mut items = Vec::new();
    while length.is_none_or(|length| (items.len() as u64) < length) {
        match item(rest)? {
            Some(item) => items.push(item),
            None => break,
        }
    }
    Ok(items)
}

fn simple(short: u8, number: u64) -> Value {
    match (short, number) {
        (20, _) => false.into(),
        (21, _) => true.into(),
        (26, bits) => f64::from(f32::from_bits(bits as u32)).into(),
        (27, bits) => f64::from_bits(bits).into(),
        _ => Value::Null,
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> io::Result<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count).ok_or_else(broken)?;
    *rest = left;
    Ok(taken)
}
