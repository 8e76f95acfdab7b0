//! What is wrong: by kind and chain, the heaviest first.

use std::collections::BTreeMap;

use super::chains::mark;
use super::counted_in;
use crate::digest::finding::{Finding, Kind};
use crate::digest::verification::Verification;
use crate::report::grid::paragraph;
use crate::report::style::{Paint, Style};

/// How many findings of a kind are shown: enough to see where to look.
const SHOWN: usize = 10;

/// A block of lines for each kind that was found, and one for what contradicts its file.
pub(super) fn blocks(verification: &Verification, style: &Style) -> Vec<Vec<String>> {
    let mut kinds: BTreeMap<_, Vec<&Finding>> = BTreeMap::new();
    for finding in verification.findings.iter().filter(|f| f.kind.counts()) {
        let kind = finding.kind;
        kinds
            .entry((kind.verdict(), kind))
            .or_default()
            .push(finding);
    }
    let kinds = kinds.into_iter();
    let mut blocks: Vec<Vec<String>> = kinds
        .map(|((_, kind), findings)| block(kind, findings, style))
        .collect();
    blocks.extend(contradictions(verification, style));
    blocks
}

fn block(kind: Kind, mut findings: Vec<&Finding>, style: &Style) -> Vec<String> {
    findings.sort_by_key(|finding| (&finding.chain, &finding.object));
    let verdict = kind.verdict();
    let mark = mark(Some(verdict));
    let title = format!(
        "{} {}: {} ({})",
        mark.glyph(style),
        verdict.as_str(),
        kind.as_str(),
        counted_in(findings.len() as u64, "finding")
    );
    let mut lines = vec![style.paint(&title, mark.paint())];
    lines.extend(paragraph(kind.about(), 2, style));
    let mut chain = None;
    for finding in findings.iter().take(SHOWN) {
        if chain != Some(&finding.chain) {
            chain = Some(&finding.chain);
            let name = style.text(&finding.chain);
            lines.push(format!("  {}", style.paint(&name, Paint::Bold)));
        }
        // A key is not wrapped: it is there to be copied.
        let object = finding.object.as_ref();
        lines.extend(object.map(|object| format!("    {}", style.text(&object.to_string()))));
        let indent = if object.is_some() { 6 } else { 4 };
        lines.extend(paragraph(&style.text(&finding.detail), indent, style));
    }
    lines.extend(more(findings.len()));
    lines
}

/// Files with events that do not belong there.
fn contradictions(verification: &Verification, style: &Style) -> Option<Vec<String>> {
    let found = || {
        let events = verification.chains.iter().filter_map(|c| c.events.as_ref());
        events.flat_map(|events| &events.contradictions)
    };
    let count = found().count();
    if count == 0 {
        return None;
    }
    let title = format!(
        "Events that contradict the log file they are in ({})",
        counted_in(count as u64, "log file")
    );
    let mut lines = vec![style.paint(&title, Paint::Yellow)];
    for contradiction in found().take(SHOWN) {
        lines.push(format!(
            "    {}",
            style.text(&contradiction.object.to_string())
        ));
        lines.extend(paragraph(&style.text(&contradiction.detail), 6, style));
    }
    lines.extend(more(count));
    Some(lines)
}

fn more(count: usize) -> Option<String> {
    let left = count.checked_sub(SHOWN).filter(|left| *left > 0)?;
    Some(format!("    and {left} more; `--format json` lists all"))
}
