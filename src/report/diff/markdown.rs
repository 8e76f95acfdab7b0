//! The comparison for job summaries and pull requests.

use super::table::summary;
use super::{Change, Difference};
use crate::report::text::visible;

/// A heading and a list per kind.
pub fn markdown(difference: &Difference) -> String {
    let ids: Vec<&str> = (difference.after.accounts.iter())
        .map(String::as_str)
        .collect();
    let mut text = format!(
        "## trailcheck diff\n\n{}, {} to {}: {}\n",
        escaped(&ids.join(", ")),
        difference.before.finished_at.strftime("%Y-%m-%d %H:%M"),
        difference.after.finished_at.strftime("%Y-%m-%d %H:%M UTC"),
        summary(difference)
    );
    for (kind, changes) in difference.by_kind() {
        text.push_str(&format!("\n### {} ({})\n\n", kind.title(), changes.len()));
        for change in changes {
            text.push_str(&item(change));
        }
    }
    text
}

fn item(change: &Change) -> String {
    let severity = change.severity().map_or("", |severity| severity.as_str());
    format!(
        "- **{severity}** {} in {} on {}: {}\n",
        escaped(&change.rule),
        escaped(&change.region),
        escaped(&change.resource),
        escaped(&change.sentence())
    )
}

/// `text` as Markdown that reads the same. A backslash takes every meaning from ASCII
/// punctuation (CommonMark, section 2.4). GitHub turns `@name` into a mention, `#1` into a
/// link and an address into another all the same, unless something stands between.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in visible(text).chars() {
        match c {
            '@' | '#' => {
                escaped.push('\\');
                escaped.push(c);
                escaped.push_str("<!-- -->");
            }
            c if c.is_ascii_punctuation() && !matches!(c, ',' | '-' | '(' | ')') => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}
