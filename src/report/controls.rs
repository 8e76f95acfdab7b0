//! The controls that a rule cites, in the words of a report.

use crate::rule::Control;

/// A line per framework, for example `CIS AWS Foundations: 2.2 (1.2.0), 3.2 (1.3.0, 1.4.0)`.
pub fn lines(controls: &[Control]) -> Vec<String> {
    let frameworks = distinct(controls.iter().map(|control| control.framework));
    let line = |framework: &&str| {
        let own = || controls.iter().filter(|c| c.framework == *framework);
        let clauses = distinct(own().map(|control| control.id));
        let clauses: Vec<String> = clauses
            .into_iter()
            .map(|id| {
                let versions = own().filter(|c| c.id == id && !c.version.is_empty());
                let versions: Vec<&str> = versions.map(|control| control.version).collect();
                match versions.as_slice() {
                    [] => id.to_owned(),
                    versions => format!("{id} ({})", versions.join(", ")),
                }
            })
            .collect();
        format!("{framework}: {}", clauses.join(", "))
    };
    frameworks.iter().map(line).collect()
}

/// Each value once, in the order in which they come.
fn distinct<'a>(values: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut distinct = Vec::new();
    for value in values {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    distinct
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_of_one_framework_share_a_line_and_versions_of_one_clause_a_bracket() {
        let lines = lines(&[
            Control::cis("1.4.0", "3.2"),
            Control::cis("3.0.0", "3.2"),
            Control::cis("6.0.0", "4.2"),
            Control::security_hub("CloudTrail.4"),
        ]);
        assert_eq!(
            lines,
            [
                "CIS AWS Foundations: 3.2 (1.4.0, 3.0.0), 4.2 (6.0.0)",
                "AWS Security Hub: CloudTrail.4",
            ]
        );
    }
}
