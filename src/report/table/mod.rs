//! The table: Trusted Advisor's page, in a terminal.

pub(super) mod anatomy;
mod gaps;
pub(super) mod gate;
mod head;
mod rows;
pub(super) mod suppressions;
#[cfg(test)]
mod tests;

use std::io;

use super::{Render, Report, Style};
use crate::finding::Finding;
use crate::snapshot::Account;

/// Renders the report for people: head, counts, one row per finding, what to do, gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// What the medium can show.
    pub style: Style,
    /// How much is said below about each flagged rule.
    pub details: Details,
    /// Whether passes, not-applicables and accepted findings have their rows too.
    pub verbose: bool,
}

/// How much is said below the table about each flagged rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Details {
    /// Where to read on.
    Pointers,
    /// The commands that mend it, and where to read on.
    Commands,
    /// Trusted Advisor's whole page: description, criteria, action, resources, controls.
    Whole,
}

/// One account's part of the report.
struct Section<'a> {
    table: &'a Table,
    report: &'a Report<'a>,
    account: &'a Account,
    findings: Vec<&'a Finding>,
}

impl Render for Table {
    fn render(&self, report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        for block in self.blocks(report) {
            for line in block {
                writeln!(out, "{line}")?;
            }
            writeln!(out)?;
        }
        for line in gate::lines(report, &self.style) {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}

impl Table {
    /// The report's blocks of lines, in order, without the gate.
    fn blocks(&self, report: &Report<'_>) -> Vec<Vec<String>> {
        let mut blocks = Vec::new();
        for account in &report.snapshot.accounts {
            let section = Section {
                table: self,
                report,
                account,
                findings: (report.findings.iter())
                    .filter(|finding| finding.account == account.id)
                    .collect(),
            };
            blocks.push(section.head());
            blocks.push(section.counts());
            blocks.push(section.practices());
            blocks.push(section.rows());
            blocks.push(section.gaps());
        }
        blocks.push(suppressions::lines(report, &self.style));
        blocks.extend(match self.details {
            Details::Whole => anatomy::whole(report, &self.style),
            Details::Commands => anatomy::actions(report, &self.style),
            Details::Pointers => vec![anatomy::pointers(report)],
        });
        blocks.retain(|block| !block.is_empty());
        blocks
    }
}
