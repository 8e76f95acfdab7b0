//! A line per chain.

use std::collections::{BTreeMap, BTreeSet};

use super::{by_verdict, megabytes, span};
use crate::digest::finding::Verdict;
use crate::digest::verification::{ChainReport, Range, Verification};
use crate::report::grid::Grid;
use crate::report::resource::counted;
use crate::report::style::{Mark, Paint, Style};

/// From how many chains on those that are valid have one line for each account.
const MANY: usize = 20;

/// A line of the table.
#[derive(Default)]
struct Line {
    name: String,
    worst: Option<Verdict>,
    covered: Option<Range>,
    digests: BTreeMap<Verdict, u64>,
    log_files: BTreeMap<Verdict, u64>,
    bytes: u64,
}

/// The chains, or those that are not valid and one line for the others of each account.
pub(super) fn lines(verification: &Verification, style: &Style, verbose: bool) -> Vec<String> {
    let lines = folded(verification, verbose);
    if lines.is_empty() {
        return Vec::new();
    }
    let mut grid = Grid::new(2);
    let header = ["Status", "Chain", "Covered", "Digests", "Log files", "MB"];
    grid.row(&header.map(str::to_owned), Paint::Bold);
    for line in &lines {
        let mark = mark(line.worst);
        let status = line.worst.map_or("empty", Verdict::as_str);
        let cells = [
            format!("{} {status}", mark.glyph(style)),
            style.text(&line.name),
            line.covered.map_or_else(|| "nothing".to_owned(), span),
            by_verdict(&line.digests),
            by_verdict(&line.log_files),
            megabytes(line.bytes),
        ];
        grid.row(&cells, mark.paint());
    }
    grid.lines(style)
}

fn folded(verification: &Verification, verbose: bool) -> Vec<Line> {
    let mut worst: BTreeMap<&str, Verdict> = BTreeMap::new();
    for finding in verification.findings.iter().filter(|f| f.kind.counts()) {
        let known = worst.entry(&finding.chain).or_insert(finding.verdict);
        *known = (*known).min(finding.verdict);
    }
    let fold = !verbose && verification.chains.len() > MANY;
    let mut valid: BTreeMap<&str, Vec<Line>> = BTreeMap::new();
    let mut lines = Vec::new();
    for chain in &verification.chains {
        let line = Line::of(chain, worst.get(chain.id.as_str()).copied());
        match fold && line.worst == Some(Verdict::Valid) {
            true => valid.entry(&chain.account).or_default().push(line),
            false => lines.push(line),
        }
    }
    let accounts = valid.into_iter();
    lines.extend(accounts.map(|(account, lines)| Line::joined(account, lines)));
    lines
}

impl Line {
    fn of(chain: &ChainReport, found: Option<Verdict>) -> Line {
        let counts = [&chain.digests, &chain.backfill_digests, &chain.log_files];
        // Whatever has a verdict has a finding, too; should one be forgotten, it shows.
        let counted: BTreeSet<Verdict> = counts
            .iter()
            .flat_map(|counts| counts.iter())
            .filter(|(_, count)| **count > 0)
            .map(|(verdict, _)| *verdict)
            .collect();
        let wrong = counted.iter().copied().filter(|v| *v != Verdict::Valid);
        let worst = found.into_iter().chain(wrong).min();
        Line {
            name: chain.id.clone(),
            worst: worst.or_else(|| counted.contains(&Verdict::Valid).then_some(Verdict::Valid)),
            covered: chain.covered,
            digests: added(&chain.digests, &chain.backfill_digests),
            log_files: chain.log_files.clone(),
            bytes: chain.bytes,
        }
    }

    /// One line for an account's valid chains; what all of them cover is covered.
    fn joined(account: &str, lines: Vec<Line>) -> Line {
        let covered = lines.iter().filter_map(|line| line.covered);
        let start = covered.clone().map(|range| range.start).max();
        let end = covered.map(|range| range.end).min();
        let mut joined = Line {
            name: format!("{account}, {}", counted(lines.len(), "chain")),
            worst: Some(Verdict::Valid),
            covered: start
                .zip(end)
                .filter(|(start, end)| start < end)
                .map(|(start, end)| Range { start, end }),
            ..Line::default()
        };
        for line in lines {
            joined.digests = added(&joined.digests, &line.digests);
            joined.log_files = added(&joined.log_files, &line.log_files);
            joined.bytes += line.bytes;
        }
        joined
    }
}

fn added(a: &BTreeMap<Verdict, u64>, b: &BTreeMap<Verdict, u64>) -> BTreeMap<Verdict, u64> {
    let mut sum = a.clone();
    for (verdict, count) in b {
        *sum.entry(*verdict).or_default() += count;
    }
    sum
}

/// The mark of a verdict; none is that of a chain without objects.
pub(super) fn mark(verdict: Option<Verdict>) -> Mark {
    match verdict {
        Some(Verdict::Altered | Verdict::Missing) => Mark::Red,
        Some(Verdict::Unexplained) => Mark::Yellow,
        Some(Verdict::Unverified) => Mark::Unknown,
        Some(Verdict::Valid) => Mark::Green,
        None => Mark::NotApplicable,
    }
}
