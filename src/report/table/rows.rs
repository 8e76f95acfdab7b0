//! One row per finding.

use std::collections::{BTreeMap, BTreeSet};

use super::Section;
use crate::finding::{Finding, Standing, Status};
use crate::report::grid::Grid;
use crate::report::resource::{counted, short};
use crate::report::style::{Mark, Paint};
use crate::report::words;
use crate::rule::Severity;
use crate::snapshot::GapKind;

/// The least room that the sentence of a finding needs beside the other columns.
const ROOM: usize = 34;

/// The least and the most room that resource names get in a terminal, of which they may
/// take a fifth: the id of a key is long, and the sentence beside it matters more.
const RESOURCE: (usize, usize) = (26, 42);

/// From how many findings that say one thing on a rule has a single row for all of them.
const MANY: usize = 3;

/// How many digits of a fingerprint are shown: enough to tell a thousand findings apart.
const SHOWN: usize = 12;

/// A row before it is laid out: findings that read the same but for Region and resource.
struct Row<'a> {
    findings: Vec<&'a Finding>,
}

impl Section<'_> {
    /// What was found, the worst first.
    pub(super) fn rows(&self) -> Vec<String> {
        let rows = self.sorted();
        if rows.is_empty() {
            return Vec::new();
        }
        let style = &self.table.style;
        let mut wide = Grid::new(2);
        let header = [
            "Status", "Severity", "Rule", "Region", "Resource", "Finding",
        ];
        wide.row(&header.map(str::to_owned), Paint::Bold);
        for row in &rows {
            wide.row(&self.cells(row), row.mark().paint());
        }
        let Some(edge) = style.width else {
            return wide.lines(style);
        };
        let mut widths = wide.widths();
        if let Some(resource) = widths.get_mut(4) {
            *resource = (*resource).min((edge / 5).clamp(RESOURCE.0, RESOURCE.1));
        }
        let room = edge.saturating_sub(Grid::before_last(&widths, 2));
        if room < ROOM {
            return self.stacked(&rows);
        }
        if let Some(finding) = widths.last_mut() {
            *finding = room;
        }
        wide.fit(&widths).lines(style)
    }

    /// The rows for a narrow terminal: the cells of one finding below each other.
    fn stacked(&self, rows: &[Row<'_>]) -> Vec<String> {
        let style = &self.table.style;
        let mut grid = Grid::new(2);
        grid.row(&["Status".to_owned(), "Finding".to_owned()], Paint::Bold);
        for row in rows {
            let [status, severity, rule, region, resource, message] = self.cells(row);
            let what = format!("{severity}  {rule}\n{region}  {resource}\n{message}");
            grid.row(&[status, what], row.mark().paint());
        }
        grid.fit_last(style).lines(style)
    }

    /// The findings that have a row, by status, then severity, then the catalogue's order.
    fn sorted(&self) -> Vec<Row<'_>> {
        let mut findings: Vec<&Finding> = (self.findings.iter().copied())
            .filter(|finding| {
                self.table.verbose
                    || matches!(Mark::of(finding), Mark::Red | Mark::Yellow | Mark::Unknown)
            })
            .collect();
        // The sort is stable, so that within a severity the catalogue's order stays.
        findings.sort_by_key(|finding| {
            let suppressed = finding.suppressed.is_some();
            (
                suppressed,
                finding.status,
                std::cmp::Reverse(finding.severity),
            )
        });
        if self.table.verbose {
            return findings.into_iter().map(Row::one).collect();
        }
        fold(findings)
    }

    fn cells(&self, row: &Row<'_>) -> [String; 6] {
        let style = &self.table.style;
        [
            row.mark().label(style),
            row.severity().to_string(),
            row.rule().to_owned(),
            style.text(&row.region()),
            style.text(&row.resource()),
            style.text(&row.message(self.table.verbose)),
        ]
    }
}

/// What makes findings of one rule read the same: for unknowns the call that failed and
/// how, for fails the resource, which leaves only the Region to differ; and for both how
/// they stand beside a baseline.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Likeness<'a> {
    Unknown(&'a str, &'a str, GapKind, Option<Standing>),
    Fail(&'a str, &'a str, Severity, Option<Standing>),
}

/// One row for all findings that say the same, if there are many: an account that denies
/// everything has hundreds of them, and a practice that no Region follows has one each.
fn fold(findings: Vec<&Finding>) -> Vec<Row<'_>> {
    let mut sizes: BTreeMap<Likeness<'_>, usize> = BTreeMap::new();
    for likeness in findings.iter().filter_map(|finding| likeness(finding)) {
        *sizes.entry(likeness).or_default() += 1;
    }
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut row_of: BTreeMap<Likeness<'_>, usize> = BTreeMap::new();
    for finding in findings {
        let many = likeness(finding)
            .filter(|likeness| sizes.get(likeness).is_some_and(|size| *size >= MANY));
        let index = many.map(|likeness| *row_of.entry(likeness).or_insert(rows.len()));
        match index.and_then(|index| rows.get_mut(index)) {
            Some(row) => row.findings.push(finding),
            None => rows.push(Row::one(finding)),
        }
    }
    rows
}

fn likeness(finding: &Finding) -> Option<Likeness<'_>> {
    if finding.suppressed.is_some() {
        return None;
    }
    match (finding.status, &finding.gap) {
        (Status::Unknown, Some(gap)) => {
            let standing = finding.baseline;
            Some(Likeness::Unknown(
                finding.rule,
                &gap.action,
                gap.kind,
                standing,
            ))
        }
        (Status::Fail, _) => Some(Likeness::Fail(
            finding.rule,
            &finding.resource,
            finding.severity,
            finding.baseline,
        )),
        _ => None,
    }
}

impl<'a> Row<'a> {
    fn one(finding: &'a Finding) -> Self {
        Row {
            findings: vec![finding],
        }
    }

    fn mark(&self) -> Mark {
        let marks = self.findings.iter().map(|finding| Mark::of(finding));
        marks.min().unwrap_or(Mark::Unknown)
    }

    fn severity(&self) -> Severity {
        let severities = self.findings.iter().map(|finding| finding.severity);
        severities.max().unwrap_or(Severity::Critical)
    }

    fn rule(&self) -> &'static str {
        self.findings.first().map_or("", |finding| finding.rule)
    }

    fn region(&self) -> String {
        one_or_count(self.findings.iter().map(|f| f.region.as_str()), "Region")
    }

    fn resource(&self) -> String {
        one_or_count(self.findings.iter().map(|f| short(f)), "resource")
    }

    /// The sentence. Of an unknown only what was asked and how it failed: AWS's own
    /// words, which are long and the same in many rows, stand once below.
    fn message(&self, verbose: bool) -> String {
        let Some(finding) = self.findings.first() else {
            return String::new();
        };
        let mut message = match &finding.gap {
            Some(gap) => finding
                .message
                .strip_suffix(gap.detail.as_str())
                .map(|message| message.trim_end_matches([':', ' ']))
                .filter(|message| !message.is_empty())
                .unwrap_or(&finding.message)
                .to_owned(),
            None => finding.message.clone(),
        };
        match (self.findings.len(), finding.status) {
            (1, _) => {}
            (many, Status::Unknown) => message.push_str(&format!(" ({many} unknown)")),
            (many, _) => {
                message.push_str(&format!("; and alike in {} more Regions", many - 1));
            }
        }
        message.extend(
            remarks(finding, verbose)
                .iter()
                .map(|text| format!(" ({text})")),
        );
        message
    }
}

/// What is to be said of a finding beside its own sentence. Its fingerprint, which `suppress`
/// takes, is for those who want to see everything.
fn remarks(finding: &Finding, verbose: bool) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(why) = &finding.suppressed {
        remarks.push(format!("accepted: {}", words::accepted(why)));
    }
    match finding.baseline {
        None => {}
        Some(Standing::New) => remarks.push("new".to_owned()),
        Some(Standing::Worsened) => remarks.push("worse than in the baseline".to_owned()),
        Some(Standing::Known) => remarks.push("in the baseline".to_owned()),
    }
    if verbose && finding.status == Status::Fail {
        remarks.extend(finding.fingerprint.get(..SHOWN).map(str::to_owned));
    }
    remarks
}

fn one_or_count<'a>(values: impl Iterator<Item = &'a str>, noun: &str) -> String {
    let distinct: BTreeSet<&str> = values.collect();
    match distinct.first() {
        Some(only) if distinct.len() == 1 => (*only).to_owned(),
        _ => counted(distinct.len(), noun),
    }
}
