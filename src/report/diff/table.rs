//! The comparison for people.

use super::{Change, Difference, Kind};
use crate::report::resource::counted;
use crate::report::text::visible;

/// One line per change, below a heading per kind.
pub fn table(difference: &Difference) -> String {
    let mut lines = vec![format!(
        "trailcheck diff   {}   {} to {}",
        accounts(difference),
        difference.before.finished_at.strftime("%Y-%m-%d %H:%M"),
        difference.after.finished_at.strftime("%Y-%m-%d %H:%M UTC"),
    )];
    for (kind, changes) in difference.by_kind() {
        lines.push(String::new());
        lines.push(format!("  {} ({})", kind.title(), changes.len()));
        lines.extend(changes.into_iter().map(line));
    }
    lines.push(String::new());
    lines.push(format!("  {}", summary(difference)));
    lines.join("\n") + "\n"
}

fn accounts(difference: &Difference) -> String {
    let ids: Vec<&str> = (difference.after.accounts.iter())
        .map(String::as_str)
        .collect();
    visible(&ids.join(", "))
}

fn line(change: &Change) -> String {
    let severity = change.severity().map_or("", |severity| severity.as_str());
    visible(&format!(
        "    {severity:8}  {}  {}  {}: {}",
        change.rule,
        change.region,
        change.resource,
        change.sentence()
    ))
}

/// The counts in one sentence.
pub(super) fn summary(difference: &Difference) -> String {
    if difference.changes.is_empty() {
        return "nothing changed".to_owned();
    }
    let counts = Kind::ALL.iter().filter_map(|kind| {
        let count = difference.counts.get(kind).copied().unwrap_or_default();
        let title = kind.title().to_lowercase();
        (count > 0).then(|| format!("{count} {title}"))
    });
    let counts: Vec<String> = counts.collect();
    let changes = counted(difference.changes.len(), "change");
    format!("{changes}: {}", counts.join(", "))
}
