//! The entries `[[suppress]]` that somebody should look at.

use crate::report::Report;
use crate::report::grid::paragraph;
use crate::report::style::{Paint, Style};
use crate::suppression::{Entry, State};

/// One sentence per entry that accepts nothing, or not what it was made for.
pub(super) fn lines(report: &Report<'_>, style: &Style) -> Vec<String> {
    let mut lines: Vec<String> = (to_look_at(report).iter())
        .flat_map(|line| paragraph(&style.text(line), 4, style))
        .collect();
    if !lines.is_empty() {
        let title = style.paint("Accepted findings to look at", Paint::Bold);
        lines.insert(0, format!("  {title}"));
    }
    lines
}

/// The sentences, with what the settings file says as it says it.
pub(in crate::report) fn to_look_at(report: &Report<'_>) -> Vec<String> {
    let entries = report.suppressions.iter();
    entries
        .filter_map(|entry| Some(format!("{} {}", about(entry), why(entry)?)))
        .collect()
}

fn about(entry: &Entry) -> String {
    let what = match (&entry.rule, &entry.fingerprint) {
        (Some(rule), _) => format!("{rule} on {}", entry.resource),
        (None, fingerprint) => fingerprint.clone().unwrap_or_default(),
    };
    format!("line {}, {what}:", entry.line)
}

/// What there is to say of an entry; nothing, if it does what it should or what it is about
/// was no part of this audit.
fn why(entry: &Entry) -> Option<String> {
    let until = entry.until.as_deref().unwrap_or_default();
    match entry.state {
        State::InUse | State::NotJudged => None,
        State::Expired => Some(format!("expired on {until}, and accepts nothing")),
        State::UnreadableDate => Some(format!(
            "accepts nothing, because its `until` is no day such as `2027-01-31`, but `{until}`"
        )),
        State::Unseen => Some(
            "what it accepts could not be checked, and not knowing is not what it accepts"
                .to_owned(),
        ),
        State::Unused => Some("nothing that it accepts was found; take it out".to_owned()),
    }
}
