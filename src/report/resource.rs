//! What a finding is about, in the words of a report.

use crate::finding::Finding;
use crate::snapshot::arn;

/// The subject in short: `trail/main`, the bucket's name, `key/1111…`,
/// `log-group:main`, `account`. What is no ARN stays as it is.
pub(super) fn short(finding: &Finding) -> &str {
    let Some(arn) = arn::parse(&finding.resource) else {
        return &finding.resource;
    };
    match (arn.service, arn.resource) {
        ("iam", "root") => "account",
        ("logs", group) => group.strip_suffix(":*").unwrap_or(group),
        (_, resource) => resource,
    }
}

/// `1 finding`, `2 findings`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}
