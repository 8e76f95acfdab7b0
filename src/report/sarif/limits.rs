//! What GitHub's code scanning takes, and what it drops without a word,
//! <https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::descriptors::DESCRIPTION;
use super::log::Log;
use crate::report::json::write_pretty;
use crate::report::resource::counted;
use crate::rule::Rule;

/// The largest upload, compressed.
const BYTES: usize = 10_000_000;
/// Runs of a file.
const RUNS: usize = 20;
/// Results of a run; more, and the run is rejected.
const RESULTS: usize = 25_000;
/// Results of a run that are kept, the heaviest first.
const KEPT: usize = 5_000;
/// Rules of a run.
const RULES: usize = 25_000;

/// A sentence for each limit that the log exceeds.
pub(in crate::report) fn exceeded(log: &Log, rules: &[&Rule], anchor: Option<&str>) -> Vec<String> {
    let mut warnings = in_number(log, rules, anchor);
    warnings.extend(in_size(compressed(log)));
    warnings
}

/// The limits but that of the size.
pub(super) fn in_number(log: &Log, rules: &[&Rule], anchor: Option<&str>) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(anchor) = anchor.filter(|anchor| !is_relative(anchor)) {
        warnings.push(format!(
            "the SARIF anchor `{anchor}` is not a path relative to the repository, so GitHub \
             cannot show the alerts"
        ));
    }
    if log.runs.len() > RUNS {
        warnings.push(format!(
            "the SARIF file has {} and GitHub rejects a file with more than {RUNS}",
            counted(log.runs.len(), "run")
        ));
    }
    for run in &log.runs {
        let (id, results) = (&run.automation_details.id, run.results.len());
        if results > RESULTS {
            warnings.push(format!(
                "run `{id}` has {results} results and GitHub rejects a run with more than {RESULTS}"
            ));
        } else if results > KEPT {
            warnings.push(format!(
                "run `{id}` has {results} results, of which GitHub keeps {KEPT}: the {} of \
                 the lowest severity would be dropped",
                results - KEPT
            ));
        }
        if run.tool.driver.rules.len() > RULES {
            warnings.push(format!(
                "run `{id}` has more than the {RULES} rules that GitHub takes"
            ));
        }
    }
    for rule in rules {
        let length = rule.description.chars().count();
        if length > DESCRIPTION {
            warnings.push(format!(
                "the description of `{}` has {length} characters, of which GitHub takes \
                 {DESCRIPTION}; the whole is in its help",
                rule.id
            ));
        }
    }
    warnings
}

fn in_size(bytes: usize) -> Option<String> {
    (bytes > BYTES).then(|| {
        format!(
            "the SARIF file has {bytes} bytes when compressed and GitHub rejects more than {BYTES}"
        )
    })
}

/// The size of the upload.
pub(super) fn compressed(log: &Log) -> usize {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to memory cannot fail; were it to, the size would come out too small.
    let written = write_pretty(log, &mut gzip).and_then(|()| gzip.flush());
    let bytes = gzip.finish().map_or(usize::MAX, |bytes| bytes.len());
    written.map_or(usize::MAX, |()| bytes)
}

fn is_relative(anchor: &str) -> bool {
    let outside = anchor.starts_with('/') || anchor.contains(':') || anchor.is_empty();
    !outside && !anchor.split('/').any(|segment| segment == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_above_the_limit_is_too_large_and_one_at_it_is_not() {
        assert_eq!(in_size(BYTES), None);
        assert!(in_size(BYTES + 1).unwrap().contains("10000001 bytes"));
    }

    #[test]
    fn an_anchor_outside_the_repository_is_no_anchor() {
        for anchor in [
            "/etc/passwd",
            "../x",
            "a/../../x",
            "https://x/y",
            "C:\\x",
            "",
        ] {
            assert!(!is_relative(anchor), "{anchor}");
        }
        for anchor in ["README.md", "./infra/trail.tf", "a..b"] {
            assert!(is_relative(anchor), "{anchor}");
        }
    }
}
