//! A value of an event beside one of a pattern.

use std::cmp::Ordering;

use serde_json::Value;

use super::super::Answer;
use super::condition::{Number, Operand, Order};

/// Whether a string or a number of an event equals what a pattern names; or why that is open.
pub(super) fn equal(node: &Value, operand: &Operand) -> Result<bool, String> {
    match (node, operand) {
        (Value::String(node), Operand::Text(text)) => alike(node, text),
        // Text never equals a bare number, not even "123".
        (Value::String(_), Operand::Number(_)) => Ok(false),
        (Value::String(node), Operand::Expression(expression)) => expression.finds(node),
        (Value::Number(node), Operand::Number(number)) => {
            Ok(order(node, number) == Some(Ordering::Equal))
        }
        (Value::Number(_), Operand::Text(text)) if text == "*" => Ok(true),
        (Value::Number(node), Operand::Text(text)) if node.is_f64() => {
            // 5.0 may have been written as 5.00 or 5e0; only what no number holds is certain.
            let in_number = |c: char| c.is_ascii_digit() || "+-.eE*".contains(c);
            if text.chars().all(in_number) && !text.is_empty() {
                Err(format!(
                    "the field is the number {node}, which the event may write in another way"
                ))
            } else {
                Ok(false)
            }
        }
        (Value::Number(node), Operand::Text(text)) => alike(&node.to_string(), text),
        (Value::Number(node), Operand::Expression(_)) if node.is_f64() => Err(format!(
            "the field is the number {node}, which the event may write in another way"
        )),
        (Value::Number(node), Operand::Expression(expression)) => {
            expression.finds(&node.to_string())
        }
        _ => Ok(false),
    }
}

/// Whether a number of an event is in that order with one of a pattern; text never is.
pub(super) fn ordered(node: &Value, asked: Order, number: &Number) -> bool {
    let Value::Number(node) = node else {
        return false;
    };
    order(node, number).is_some_and(|order| match asked {
        Order::Less => order.is_lt(),
        Order::LessOrEqual => order.is_le(),
        Order::Greater => order.is_gt(),
        Order::GreaterOrEqual => order.is_ge(),
    })
}

fn order(node: &serde_json::Number, Number(number): &Number) -> Option<Ordering> {
    if let (Some(node), Ok(number)) = (node.as_i128(), number.parse::<i128>()) {
        return Some(node.cmp(&number));
    }
    node.as_f64()?.partial_cmp(&number.parse::<f64>().ok()?)
}

/// Whether text matches a value in which `*` is a wildcard at the start and at the end. In the
/// middle it is an asterisk.
fn alike(node: &str, value: &str) -> Result<bool, String> {
    let (open_start, value_) = strip(value, str::strip_prefix);
    let (open_end, core) = strip(value_, str::strip_suffix);
    let once = fits(node, core, open_start, open_end)?;
    let all = core.trim_start_matches(|c| open_start && c == '*');
    let all = all.trim_end_matches(|c| open_end && c == '*');
    if all != core && fits(node, all, open_start, open_end)? != once {
        return Err("AWS does not say what two asterisks side by side mean".to_owned());
    }
    Ok(once)
}

fn strip<'t>(text: &'t str, off: fn(&'t str, char) -> Option<&'t str>) -> (bool, &'t str) {
    match off(text, '*') {
        Some(rest) => (true, rest),
        None => (false, text),
    }
}

fn fits(node: &str, core: &str, open_start: bool, open_end: bool) -> Result<bool, String> {
    let fits = match (open_start, open_end) {
        (false, false) => return Ok(node == core),
        (false, true) => return Ok(node.starts_with(core)),
        (true, false) => node.ends_with(core),
        (true, true) => node.contains(core),
    };
    // `*111.111.111` was seen not to find 111.111.111.111: CloudWatch Logs does not go back
    // to where a first attempt began.
    if fits && !found_at_once(node, core, open_end) {
        return Err(format!(
            "CloudWatch Logs may not find it in `{node}`, where it begins more than once"
        ));
    }
    Ok(fits)
}

/// Whether `core` is found, at the end of the text unless it may go on, by one who reads on
/// and never back.
fn found_at_once(node: &str, core: &str, open_end: bool) -> bool {
    let Some(first) = core.chars().next() else {
        return true;
    };
    let mut rest = core.chars();
    let mut node = node.chars();
    while let Some(c) = node.next() {
        if rest.next() != Some(c) {
            rest = core.chars();
            if c == first {
                rest.next();
            }
        }
        if rest.as_str().is_empty() {
            return open_end || node.as_str().is_empty();
        }
    }
    false
}

/// An answer, or why it is open.
pub(super) fn answer(found: Result<bool, String>) -> Answer {
    found.map_or_else(Answer::Open, Answer::from)
}
