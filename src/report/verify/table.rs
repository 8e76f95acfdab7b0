//! The table: a line per chain, what is wrong, and a summary to file.

mod chains;
mod findings;

use std::collections::BTreeMap;
use std::io;

use super::Render;
use super::summary::{Rest, Summary};
use crate::digest::finding::Verdict;
use crate::digest::verification::{Range, Verification};
use crate::outcome::Outcome;
use crate::report::grid::{Grid, paragraph, side_by_side};
use crate::report::resource::counted;
use crate::report::style::{Paint, Style};

/// Renders the verification for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// What the medium can show.
    pub style: Style,
    /// Whether each of many valid chains has its own line, too.
    pub verbose: bool,
}

impl Render for Table {
    fn render(&self, verification: &Verification, out: &mut dyn io::Write) -> io::Result<()> {
        let summary = Summary::of(verification);
        let blocks = [
            vec![head(verification, &self.style)],
            vec![chains::lines(verification, &self.style, self.verbose)],
            findings::blocks(verification, &self.style),
            vec![filed(verification, &summary, &self.style)],
        ];
        for block in blocks.iter().flatten().filter(|block| !block.is_empty()) {
            for line in block {
                writeln!(out, "{line}")?;
            }
            writeln!(out)?;
        }
        for line in end(verification, &summary, &self.style) {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}

/// What was verified.
fn head(verification: &Verification, style: &Style) -> Vec<String> {
    let pieces = [style.text(&verification.source), span(verification.range)]
        .map(|piece| (piece, Paint::Bold));
    side_by_side("trailcheck verify   ", &pieces, style)
}

/// From when to when.
fn span(range: Range) -> String {
    format!("{} to {}", range.start, range.end)
}

/// `22 valid, 2 altered`; `none` if there are none.
fn by_verdict(counts: &BTreeMap<Verdict, u64>) -> String {
    let counts: Vec<String> = (counts.iter())
        .filter(|(_, count)| **count > 0)
        .map(|(verdict, count)| format!("{count} {}", verdict.as_str()))
        .collect();
    match counts.is_empty() {
        true => "none".to_owned(),
        false => counts.join(", "),
    }
}

/// Megabytes, as disks and networks count them.
fn megabytes(bytes: u64) -> String {
    let tenths = bytes.saturating_add(50_000) / 100_000;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// The summary that an auditor files.
fn filed(verification: &Verification, summary: &Summary<'_>, style: &Style) -> Vec<String> {
    let mut rows = vec![
        ("Range", span(verification.range)),
        ("Verified at", verification.now.to_string()),
        ("Chains", summary.chains.to_string()),
        ("Digests", by_verdict(&summary.digests)),
    ];
    if !summary.backfill_digests.is_empty() {
        rows.push(("Backfill digests", by_verdict(&summary.backfill_digests)));
    }
    rows.push(("Log files", by_verdict(&summary.log_files)));
    rows.push(("Read", read(summary)));
    rows.push(("Keys used", keys(summary)));
    rows.extend(summary.events.map(|events| {
        let mut said = counted_in(events.count, "event");
        if let (Some(oldest), Some(newest)) = (events.oldest, events.newest) {
            said.push_str(&format!(", from {oldest} to {newest}"));
        }
        ("Events", said)
    }));
    rows.extend(
        not_covered(summary)
            .into_iter()
            .map(|said| ("Not covered yet", said)),
    );
    let notes = verification.notes.iter();
    rows.extend(notes.map(|note| ("Note", note.clone())));
    let mut grid = Grid::new(2);
    for (name, said) in rows {
        grid.row(&[name.to_owned(), style.text(&said)], Paint::Bold);
    }
    let mut lines = vec![style.paint("Summary", Paint::Bold)];
    lines.extend(grid.fit_last(style).lines(style));
    lines
}

fn read(summary: &Summary<'_>) -> String {
    format!(
        "{} MB; the log files unpack to {} MB",
        megabytes(summary.bytes),
        megabytes(summary.unpacked_bytes)
    )
}

fn keys(summary: &Summary<'_>) -> String {
    match summary.keys.is_empty() {
        true => "none: no signature was verified".to_owned(),
        false => Vec::from_iter(summary.keys.iter().copied()).join(", "),
    }
}

/// Log files without a digest yet, and the ends of the range that no digest reaches.
fn not_covered(summary: &Summary<'_>) -> Vec<String> {
    let mut said = Vec::new();
    if summary.not_yet_digested > 0 {
        said.push(format!(
            "{} newer than the newest digest",
            counted_in(summary.not_yet_digested, "log file")
        ));
    }
    let mut ends: BTreeMap<_, Vec<&Rest<'_>>> = BTreeMap::new();
    for rest in &summary.not_covered_yet {
        ends.entry(rest.start).or_default().push(rest);
    }
    // Chains end at different seconds of an hour: many ends are told by the first and last.
    match (ends.first_key_value(), ends.last_key_value()) {
        (Some((first, rests)), Some((last, _))) if first == last => said.push(format!(
            "what was delivered after {first} ({})",
            chains_of(rests)
        )),
        (Some((first, _)), Some((last, _))) => said.push(format!(
            "what was delivered after the newest trusted digest of {}, the earliest of which ends \
             at {first} and the latest at {last}",
            counted(summary.not_covered_yet.len(), "chain")
        )),
        _ => {}
    }
    said
}

fn chains_of(rests: &[&Rest<'_>]) -> String {
    match rests {
        [rest] => rest.chain.to_owned(),
        many => counted(many.len(), "chain"),
    }
}

/// `1 log file`, `2 log files`.
fn counted_in(count: u64, noun: &str) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), noun)
}

/// How the run ends, in one line.
fn end(verification: &Verification, summary: &Summary<'_>, style: &Style) -> Vec<String> {
    let outcome = verification.outcome();
    let paint = match outcome {
        Outcome::Clean => Paint::Green,
        Outcome::Findings => Paint::Red,
        Outcome::Incomplete => Paint::Yellow,
    };
    let line = format!(
        "{}: {}, exit {}",
        verification.outcome_name(),
        sentence(outcome, summary),
        outcome.exit_code()
    );
    paragraph(&line, 2, style)
        .into_iter()
        .map(|line| format!("  {}", style.paint(line.trim_start(), paint)))
        .collect()
}

/// Why the run ends as it does.
fn sentence(outcome: Outcome, summary: &Summary<'_>) -> String {
    let unverified = (summary.findings.get(&Verdict::Unverified)).map_or(0, |count| *count);
    match outcome {
        Outcome::Clean => format!(
            "{} and {} are what CloudTrail delivered",
            counted_in(summary.digests.values().sum(), "digest"),
            counted_in(summary.log_files.values().sum(), "log file")
        ),
        Outcome::Findings => {
            let mut found = summary.findings.clone();
            found.remove(&Verdict::Unverified);
            match unverified {
                0 => by_verdict(&found),
                some => format!(
                    "{}, and {some} that could not be verified",
                    by_verdict(&found)
                ),
            }
        }
        Outcome::Incomplete if summary.digests.values().sum::<u64>() == 0 => {
            "no digest was found, so that nothing could be verified".to_owned()
        }
        Outcome::Incomplete => format!("{unverified} that could not be verified"),
    }
}
