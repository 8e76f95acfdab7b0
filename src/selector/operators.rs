//! The six operators of an advanced field selector.
//!
//! "SELECT operators are OR'd together", "DESELECT operators are AND'd together", and both
//! groups must hold:
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html>.
//! All compare case-sensitively and know no wildcards.

use crate::snapshot::FieldSelector;

/// Whether an event whose field has that value passes the field selector.
pub(super) fn holds(field: &FieldSelector, value: &str) -> bool {
    selects(field, value) && !deselects(field, value)
}

/// Whether a positive operator takes the value in; without one, everything is.
fn selects(field: &FieldSelector, value: &str) -> bool {
    !has_positive(field)
        || field.equals.iter().any(|want| want == value)
        || field
            .starts_with
            .iter()
            .any(|want| value.starts_with(want.as_str()))
        || field
            .ends_with
            .iter()
            .any(|want| value.ends_with(want.as_str()))
}

/// Whether a negative operator keeps the value out.
fn deselects(field: &FieldSelector, value: &str) -> bool {
    field.not_equals.iter().any(|not| not == value)
        || field
            .not_starts_with
            .iter()
            .any(|not| value.starts_with(not.as_str()))
        || field
            .not_ends_with
            .iter()
            .any(|not| value.ends_with(not.as_str()))
}

/// Whether some positive operator is used.
pub(super) fn has_positive(field: &FieldSelector) -> bool {
    !(field.equals.is_empty() && field.starts_with.is_empty() && field.ends_with.is_empty())
}

/// Values that are compared as a whole.
pub(super) fn whole(field: &FieldSelector) -> impl Iterator<Item = &str> {
    strings(&field.equals).chain(strings(&field.not_equals))
}

/// Values that are compared with the beginning.
pub(super) fn prefixes(field: &FieldSelector) -> impl Iterator<Item = &str> {
    strings(&field.starts_with).chain(strings(&field.not_starts_with))
}

/// Values that are compared with the end.
pub(super) fn suffixes(field: &FieldSelector) -> impl Iterator<Item = &str> {
    strings(&field.ends_with).chain(strings(&field.not_ends_with))
}

fn strings(values: &[String]) -> impl Iterator<Item = &str> {
    values.iter().map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(json: serde_json::Value) -> FieldSelector {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn each_operator_means_what_aws_says() {
        let table = [
            (r#"{"equals": ["abc"]}"#, "abc", true),
            (r#"{"equals": ["abc"]}"#, "abcd", false),
            (r#"{"equals": ["abc"]}"#, "ABC", false),
            (r#"{"equals": ["ab*"]}"#, "abc", false),
            (r#"{"not_equals": ["abc"]}"#, "abc", false),
            (r#"{"not_equals": ["abc"]}"#, "abcd", true),
            (r#"{"not_equals": ["abc"]}"#, "Abc", true),
            (r#"{"starts_with": ["ab"]}"#, "abc", true),
            (r#"{"starts_with": ["ab"]}"#, "cab", false),
            (r#"{"not_starts_with": ["ab"]}"#, "abc", false),
            (r#"{"not_starts_with": ["ab"]}"#, "cab", true),
            (r#"{"ends_with": ["bc"]}"#, "abc", true),
            (r#"{"ends_with": ["bc"]}"#, "bca", false),
            (r#"{"not_ends_with": ["bc"]}"#, "abc", false),
            (r#"{"not_ends_with": ["bc"]}"#, "bca", true),
            // Positive values are alternatives, negative ones all bind.
            (r#"{"equals": ["x", "abc"]}"#, "abc", true),
            (r#"{"equals": ["x"], "ends_with": ["c"]}"#, "abc", true),
            (r#"{"not_equals": ["x", "abc"]}"#, "abc", false),
            (
                r#"{"not_equals": ["x"], "not_ends_with": ["c"]}"#,
                "abc",
                false,
            ),
            // A positive and a negative operator must both be content.
            (
                r#"{"starts_with": ["a"], "not_ends_with": ["c"]}"#,
                "abc",
                false,
            ),
            (
                r#"{"starts_with": ["a"], "not_ends_with": ["c"]}"#,
                "abd",
                true,
            ),
        ];
        for (json, value, expected) in table {
            let field = field(serde_json::from_str(json).unwrap());
            assert_eq!(holds(&field, value), expected, "{json} on {value}");
        }
    }

    #[test]
    fn not_equals_on_an_object_arn_does_not_exclude_its_bucket() {
        let arn = "arn:aws:s3:::logs/AWSLogs/111122223333/x.json.gz";
        let equals = field(serde_json::json!({"not_equals": ["arn:aws:s3:::logs/"]}));
        let starts = field(serde_json::json!({"not_starts_with": ["arn:aws:s3:::logs/"]}));
        assert!(holds(&equals, arn));
        assert!(!holds(&starts, arn));
    }
}
