//! Who was audited, how completely, and the counts.

use super::Section;
use crate::report::grid::{Grid, side_by_side};
use crate::report::style::{Mark, Paint};
use crate::report::words;
use crate::rule::Practice;

impl Section<'_> {
    /// Account, partition, Regions, time; how much of it could be read.
    pub(super) fn head(&self) -> Vec<String> {
        let style = &self.table.style;
        let account = self.account;
        let snapshot = self.report.snapshot;
        let pieces: Vec<(String, Paint)> = [
            style.text(&words::account(account)),
            style.text(&account.partition),
            words::regions(account),
            words::taken(snapshot),
            format!("read in {}", words::took(snapshot)),
        ]
        .into_iter()
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

    fn completeness(&self) -> String {
        let said = words::completeness(&self.report.facts(), self.account);
        match said.contains(';') {
            true => format!("{said} (see ? below)"),
            false => said,
        }
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
