//! What could not be read, why, and what to do about it.

use std::collections::{BTreeMap, BTreeSet};

use super::Section;
use crate::report::grid::{paragraph, side_by_side};
use crate::report::resource::counted;
use crate::report::style::{Mark, Paint};
use crate::snapshot::{Gap, GapKind};

/// How many different answers of one failing action are printed.
const ANSWERS: usize = 2;

/// Everything that one action failed to tell in one way.
#[derive(Default)]
struct Missing<'a> {
    facts: usize,
    findings: usize,
    answers: BTreeSet<&'a str>,
}

impl Section<'_> {
    /// The gaps, by kind and action, with AWS's words and the way out. Gaps that no verdict
    /// rests on are only counted, unless `verbose`.
    pub(super) fn gaps(&self) -> Vec<String> {
        let facts = self.report.facts();
        let mut missing: BTreeMap<(GapKind, &str), Missing<'_>> = BTreeMap::new();
        let own = facts.iter().filter(|fact| fact.account == self.account.id);
        for gap in own.filter_map(|fact| fact.gap) {
            see(&mut missing, gap).facts += 1;
        }
        let findings = self.findings.iter();
        for gap in findings.filter_map(|finding| finding.gap.as_ref()) {
            see(&mut missing, gap).findings += 1;
        }
        let everything: usize = missing.values().map(|group| group.facts).sum();
        missing.retain(|_, group| self.table.verbose || group.findings > 0);
        let idle = everything - missing.values().map(|group| group.facts).sum::<usize>();
        let style = &self.table.style;
        let idle = (idle > 0).then(|| {
            let facts = counted(idle, "more fact");
            paragraph(
                &format!(
                    "{facts} could not be read, and no verdict needed them; --verbose lists them"
                ),
                4,
                style,
            )
        });
        if missing.is_empty() {
            return idle.unwrap_or_default();
        }
        let title = format!("{} Could not be checked", Mark::Unknown.glyph(style));
        let mut lines = vec![format!("  {}", style.paint(&title, Mark::Unknown.paint()))];
        for ((kind, action), group) in &missing {
            lines.extend(self.group(*kind, action, group));
        }
        let kinds: BTreeSet<GapKind> = missing.keys().map(|(kind, _)| *kind).collect();
        for kind in kinds {
            let actions: Vec<&str> = (missing.keys())
                .filter(|(k, _)| *k == kind)
                .map(|(_, action)| *action)
                .collect();
            lines.extend(paragraph(
                &style.text(&self.way_out(kind, &actions)),
                4,
                style,
            ));
        }
        lines.extend(idle.unwrap_or_default());
        lines
    }

    fn group(&self, kind: GapKind, action: &str, group: &Missing<'_>) -> Vec<String> {
        let style = &self.table.style;
        let pieces = [
            (kind.as_str().to_owned(), Paint::Yellow),
            (style.text(action), Paint::Plain),
            (counted(group.facts, "fact") + " missing", Paint::Plain),
            (
                counted(group.findings, "finding") + " unknown",
                Paint::Plain,
            ),
        ];
        let mut lines = side_by_side("    ", &pieces, style);
        for answer in group.answers.iter().take(ANSWERS) {
            lines.extend(paragraph(&style.text(answer), 6, style));
        }
        let more = group.answers.len().saturating_sub(ANSWERS);
        if more > 0 {
            let more = format!("and {more} more like it, all of them in the JSON report");
            lines.extend(paragraph(&more, 6, style));
        }
        lines
    }

    fn way_out(&self, kind: GapKind, actions: &[&str]) -> String {
        match kind {
            GapKind::AccessDenied => format!(
                "Grant {} to {}, and look for a deny in the policies above it. All that an audit \
                 reads: trailcheck rules permissions",
                actions.join(", "),
                self.account.caller,
            ),
            GapKind::Throttled => {
                "AWS was too busy to answer; run it again, or with fewer Regions.".to_owned()
            }
            GapKind::NotFound => "What was asked about is not there, or not visible to this \
                account; if it was deleted meanwhile, run it again."
                .to_owned(),
            GapKind::Unsupported => "This Region, partition or endpoint does not offer the call, \
                or AWS shows the answer to another account only: check by hand what rests on \
                it, or audit that account."
                .to_owned(),
            GapKind::Transient => "The call did not go through; run it again.".to_owned(),
            GapKind::Malformed => "The answer was incomplete; run it again, and if it stays so, \
                look at what stands between here and AWS."
                .to_owned(),
            GapKind::Suspended => "A suspended or closed account cannot be asked.".to_owned(),
            GapKind::NotCollected => "Nobody asked for this when the snapshot was taken; take it \
                again with these rules selected."
                .to_owned(),
            GapKind::Internal => "This is a mistake in trailcheck; please report it with the \
                message above."
                .to_owned(),
        }
    }
}

fn see<'m, 'a>(
    missing: &'m mut BTreeMap<(GapKind, &'a str), Missing<'a>>,
    gap: &'a Gap,
) -> &'m mut Missing<'a> {
    let group = missing.entry((gap.kind, gap.action.as_str())).or_default();
    group.answers.insert(&gap.detail);
    group
}
