//! Who was audited, how completely, and the counts.

use std::collections::BTreeMap;

use super::Section;
use crate::report::grid::{Grid, side_by_side};
use crate::report::resource::counted;
use crate::report::style::{Mark, Paint};
use crate::rule::Practice;
use crate::snapshot::{AccountStatus, GapKind};

impl Section<'_> {
    /// Account, partition, Regions, time; how much of it could be read.
    pub(super) fn head(&self) -> Vec<String> {
        let style = &self.table.style;
        let account = self.account;
        let id = style.text(&account.id);
        let alias = account.alias.if_known().and_then(Option::as_deref);
        let snapshot = self.report.snapshot;
        let pieces: Vec<(String, Paint)> = [
            alias.map_or(id.clone(), |alias| format!("{id} ({})", style.text(alias))),
            style.text(&account.partition),
            counted(account.regions.len(), "Region") + self.which_regions(),
            snapshot
                .finished_at
                .strftime("%Y-%m-%d %H:%M UTC")
                .to_string(),
            format!("read in {}", self.took()),
        ]
        .into_iter()
        .chain((account.status == AccountStatus::Suspended).then(|| "suspended".to_owned()))
        .map(|piece| (piece, Paint::Bold))
        .collect();
        let mut lines = side_by_side("trailcheck   ", &pieces, style);
        lines.extend(side_by_side(
            "             ",
            &[(self.completeness(), Paint::Plain)],
            style,
        ));
        lines
    }

    fn which_regions(&self) -> &'static str {
        match (self.account.regions_named, self.account.regions_known()) {
            (true, _) => " (as asked)",
            (false, Ok(())) => "",
            (false, Err(_)) => " (those without opt-in)",
        }
    }

    fn took(&self) -> String {
        let snapshot = self.report.snapshot;
        let seconds = snapshot.finished_at.as_second() - snapshot.started_at.as_second();
        match seconds.max(0) {
            seconds @ 0..=119 => format!("{seconds} s"),
            seconds => format!("{} min", seconds / 60),
        }
    }

    fn completeness(&self) -> String {
        let facts = self.report.facts();
        let own = || facts.iter().filter(|fact| fact.account == self.account.id);
        let mut missing: BTreeMap<GapKind, usize> = BTreeMap::new();
        for gap in own().filter_map(|fact| fact.gap) {
            *missing.entry(gap.kind).or_default() += 1;
        }
        let asked = own().count();
        let read = asked - missing.values().sum::<usize>();
        if missing.is_empty() {
            return format!("{read} of {asked} facts read");
        }
        let missing: Vec<String> = missing
            .into_iter()
            .map(|(kind, count)| match kind {
                GapKind::AccessDenied => format!("{count} denied"),
                kind => format!("{count} {}", kind.as_str().replace('-', " ")),
            })
            .collect();
        let missing = missing.join(", ");
        format!("{read} of {asked} facts read; {missing} (see ? below)")
    }

    /// The traffic lights with what they mean, and Trusted Advisor's four counts.
    pub(super) fn counts(&self) -> Vec<String> {
        let style = &self.table.style;
        let lights: Vec<(String, Paint)> = (Mark::ALL.iter())
            .map(|mark| {
                let count = self.count(*mark);
                let paint = if count == 0 { Paint::Dim } else { mark.paint() };
                let glyph = mark.glyph(style);
                (format!("{glyph} {count} {}", mark.meaning()), paint)
            })
            .collect();
        let flagged = self.count(Mark::Red) + self.count(Mark::Yellow);
        let not_applicable = self.count(Mark::NotApplicable);
        let counts = [
            format!("{} processed", self.findings.len() - not_applicable),
            format!("{flagged} flagged"),
            format!("{} ignored", self.count(Mark::Unknown)),
            format!("{} suppressed", self.count(Mark::Suppressed)),
        ]
        .map(|count| (count, Paint::Plain));
        let mut lines = side_by_side("  ", &lights, style);
        lines.extend(side_by_side("  ", &counts, style));
        lines
    }

    /// One row per practice: the worst that was found, and the counts.
    pub(super) fn practices(&self) -> Vec<String> {
        let style = &self.table.style;
        let mut grid = Grid::new(2);
        let header: Vec<String> = std::iter::once("Practice".to_owned())
            .chain(Mark::ALL.iter().map(|mark| mark.glyph(style).to_owned()))
            .collect();
        grid.row(&header, Paint::Bold);
        for practice in Practice::ALL {
            let rules = self.report.rules.iter();
            let ids: Vec<&str> = rules
                .filter(|rule| rule.practice == *practice)
                .map(|rule| rule.id)
                .collect();
            if ids.is_empty() {
                continue;
            }
            let marks: Vec<Mark> = (self.findings.iter())
                .filter(|finding| ids.contains(&finding.rule))
                .map(|finding| Mark::of(finding))
                .collect();
            let worst = marks.iter().min().copied().unwrap_or(Mark::NotApplicable);
            let name = format!("{} {}", worst.glyph(style), practice.title());
            let counts = Mark::ALL
                .iter()
                .map(|mark| style.count(marks.iter().filter(|m| *m == mark).count()));
            let cells: Vec<String> = std::iter::once(name).chain(counts).collect();
            grid.row(&cells, worst.paint());
        }
        grid.lines(style)
    }

    fn count(&self, mark: Mark) -> usize {
        let findings = self.findings.iter();
        findings.filter(|finding| Mark::of(finding) == mark).count()
    }
}
