//! Policy documents, parsed strictly: what this module does not understand is refused
//! rather than skipped, because a condition that is overlooked makes a statement look
//! stronger than it is.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use serde_json::{Map, Value};

use super::glob::{UNKNOWN, glob};
use crate::snapshot::{Action, Gap, GapKind, Observed};

/// A policy document's statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// In the order of the document.
    pub statements: Vec<Statement>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its `Sid`, or its place counted from 1, as messages name it.
    pub name: String,
    /// `Allow` or `Deny`.
    pub effect: Effect,
    /// Whom it is about.
    pub principals: Principals,
    /// `Action` or `NotAction`.
    pub actions: Patterns,
    /// `Resource` or `NotResource`.
    pub resources: Patterns,
    /// Whether it has any condition.
    pub conditional: bool,
}

/// `Effect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Grants.
    Allow,
    /// Forbids, whatever else grants.
    Deny,
}

/// `Principal` or `NotPrincipal`, as far as it matters whom a statement leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principals {
    /// `"*"` or `{"AWS": "*"}`, which AWS holds to be the same.
    Everyone,
    /// Those who are named.
    Named,
    /// `NotPrincipal`: all but those who are named.
    AllBut,
}

/// A list of patterns and whether it is what the statement is about, or what it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Patterns {
    /// What matches one of these.
    These(Vec<String>),
    /// What matches none of these.
    AllBut(Vec<String>),
}

impl Document {
    /// A bucket's policy; `None` if it has none.
    ///
    /// # Errors
    /// The fact's own gap, or a `malformed` one if the text is not a bucket policy.
    pub fn of_bucket(policy: &Observed<Option<String>>) -> Result<Option<Self>, Gap> {
        let Some(text) = policy.known()? else {
            return Ok(None);
        };
        Document::parse(text).map(Some).map_err(|reason| {
            Gap::new(
                Action::GetBucketPolicy,
                GapKind::Malformed,
                format!("the bucket policy cannot be understood: {reason}"),
            )
        })
    }

    /// Parses a resource policy's JSON text.
    ///
    /// # Errors
    /// What about it is not a resource policy.
    pub fn parse(text: &str) -> Result<Self, String> {
        let document: Map<String, Value> =
            serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
        let statements = match document.get("Statement") {
            Some(Value::Array(statements)) => statements.iter().collect(),
            Some(statement @ Value::Object(_)) => vec![statement],
            _ => return Err("it has no `Statement`".to_owned()),
        };
        let statements = statements
            .into_iter()
            .zip(1_usize..)
            .map(|(statement, place)| parse_statement(statement, place))
            .collect::<Result<_, _>>()?;
        Ok(Document { statements })
    }
}

const ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

fn parse_statement(statement: &Value, place: usize) -> Result<Statement, String> {
    let Value::Object(elements) = statement else {
        return Err(format!("statement {place} is not an object"));
    };
    if let Some(name) = elements
        .keys()
        .find(|key| !ELEMENTS.contains(&key.as_str()))
    {
        return Err(format!("statement {place} has an unknown element `{name}`"));
    }
    let name = match elements.get("Sid") {
        Some(Value::String(sid)) if !sid.is_empty() => format!("statement `{sid}`"),
        Some(Value::String(_)) | None => format!("statement {place}"),
        Some(_) => return Err(format!("statement {place} has a `Sid` that is no string")),
    };
    let effect = match elements.get("Effect").and_then(Value::as_str) {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => return Err(format!("{name} has no `Effect`")),
    };
    let conditional = match elements.get("Condition") {
        None => false,
        Some(Value::Object(conditions)) => !conditions.is_empty(),
        Some(_) => return Err(format!("{name} has a `Condition` that is no object")),
    };
    Ok(Statement {
        effect,
        principals: parse_principals(elements, &name)?,
        actions: parse_patterns(elements, "Action", "NotAction", &name)?,
        resources: parse_patterns(elements, "Resource", "NotResource", &name)?,
        conditional,
        name,
    })
}

fn parse_principals(elements: &Map<String, Value>, name: &str) -> Result<Principals, String> {
    match (elements.get("Principal"), elements.get("NotPrincipal")) {
        (Some(Value::String(all)), None) if all == "*" => Ok(Principals::Everyone),
        (Some(Value::Object(kinds)), None) => {
            let everyone = kinds
                .get("AWS")
                .and_then(strings)
                .is_some_and(|ids| ids.iter().any(|id| id == "*"));
            Ok(match everyone {
                true => Principals::Everyone,
                false => Principals::Named,
            })
        }
        (None, Some(Value::String(_) | Value::Object(_))) => Ok(Principals::AllBut),
        _ => Err(format!(
            "{name} does not have just one of `Principal` and `NotPrincipal`"
        )),
    }
}

fn parse_patterns(
    elements: &Map<String, Value>,
    these: &str,
    all_but: &str,
    name: &str,
) -> Result<Patterns, String> {
    match (elements.get(these), elements.get(all_but)) {
        (Some(value), None) => strings(value).map(Patterns::These),
        (None, Some(value)) => strings(value).map(Patterns::AllBut),
        _ => None,
    }
    .ok_or_else(|| format!("{name} does not have just one list `{these}` or `{all_but}`"))
}

/// A string or a list of strings, which mean the same.
fn strings(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(many) => many
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect(),
        _ => None,
    }
}

impl Statement {
    /// Whether it certainly speaks of `action`, which is written `service:Name`.
    pub fn names_action(&self, action: &str) -> bool {
        let action = action.to_ascii_lowercase();
        let service = action.split(':').next().unwrap_or_default();
        match &self.actions {
            // AWS allows no wildcard within the service's name, so such a pattern proves nothing.
            Patterns::These(patterns) => patterns.iter().any(|pattern| {
                let pattern = pattern.to_ascii_lowercase();
                pattern == "*"
                    || (pattern.split(':').next() == Some(service) && glob(&pattern, &action))
            }),
            Patterns::AllBut(patterns) => !patterns
                .iter()
                .any(|pattern| glob(&pattern.to_ascii_lowercase(), &action)),
        }
    }

    /// Whether it certainly speaks of every object whose ARN begins with `arn`, in which
    /// [`UNKNOWN`] stands for text that is not known.
    pub fn names_all_below(&self, arn: &str) -> bool {
        match &self.resources {
            Patterns::These(patterns) => patterns.iter().any(|pattern| covers(pattern, arn)),
            Patterns::AllBut(patterns) => patterns.iter().all(|pattern| misses(pattern, arn)),
        }
    }
}

/// Whether `pattern` matches everything that begins with `arn`.
fn covers(pattern: &str, arn: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    // A policy variable stands for something else in each request, so it proves nothing.
    // A pattern that ends in `*` and matches the beginning matches whatever follows.
    if pattern.contains("${") || !pattern.ends_with('*') {
        return false;
    }
    // AWS compares an ARN's parts one by one: a `*` crosses no colon but the last part's.
    let pattern: Vec<&str> = pattern.splitn(6, ':').collect();
    let arn: Vec<&str> = arn.splitn(6, ':').collect();
    pattern.len() == 6
        && arn.len() == 6
        && pattern
            .iter()
            .zip(arn)
            .all(|(pattern, part)| glob(pattern, part))
}

/// Whether `pattern` certainly matches nothing that begins with `arn`: the two differ
/// before the first wildcard or variable of the one and the first unknown of the other.
fn misses(pattern: &str, arn: &str) -> bool {
    pattern
        .chars()
        .take_while(|c| !matches!(c, '*' | '?' | '$'))
        .zip(arn.chars().take_while(|c| *c != UNKNOWN))
        .any(|(pattern, arn)| pattern != arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(json: &str) -> Statement {
        let text =
            format!("{{\"Statement\": {{\"Effect\": \"Deny\", \"Principal\": \"*\", {json}}}}}");
        Document::parse(&text).unwrap().statements.remove(0)
    }

    #[test]
    fn actions_match_in_any_case_and_not_action_turns_round() {
        let speaks = |json: &str| {
            statement(&format!("{json}, \"Resource\": \"*\"")).names_action("s3:DeleteObject")
        };
        assert!(speaks(r#""Action": "S3:deleteobject""#));
        assert!(speaks(r#""Action": ["s3:Get*", "s3:Delete*"]"#));
        assert!(speaks(r#""Action": "s3:?eleteObject""#));
        assert!(speaks(r#""Action": "*""#));
        assert!(speaks(r#""NotAction": "s3:Get*""#));
        assert!(!speaks(r#""Action": "s3:DeleteObjectVersion""#));
        assert!(!speaks(r#""Action": "*:DeleteObject""#));
        assert!(!speaks(r#""NotAction": ["s3:*"]"#));
    }

    #[test]
    fn resources_cover_a_prefix_only_if_nothing_below_escapes() {
        let speaks = |json: &str| {
            statement(&format!("{json}, \"Action\": \"s3:*\""))
                .names_all_below("arn:aws:s3:::logs/AWSLogs/\0/")
        };
        for covering in [
            r#""Resource": "*""#,
            r#""Resource": "arn:aws:s3:::logs/*""#,
            r#""Resource": ["arn:aws:s3:::logs", "arn:aws:s3:::logs/AWSLogs/*"]"#,
            r#""Resource": "arn:aws:s3:::l?gs*""#,
            r#""Resource": "arn:*:s3:::logs/*""#,
            r#""NotResource": "arn:aws:s3:::logs/tmp/*""#,
            r#""NotResource": "arn:aws:s3:::other/*""#,
        ] {
            assert!(speaks(covering), "{covering}");
        }
        for leaky in [
            r#""Resource": "arn:aws:s3:::logs/""#,
            r#""Resource": "arn:aws:s3:::logs/AWSLogs/1111/*""#,
            r#""Resource": "arn:aws:s3:::logs/*.gz""#,
            r#""Resource": "arn:aws:s3:::other/*""#,
            r#""Resource": "arn:aws-cn:s3:::logs/*""#,
            r#""Resource": "arn:aws:s3:::logs/${aws:username}*""#,
            r#""Resource": "arn:aws:*""#,
            r#""NotResource": "arn:aws:s3:::logs/AWSLogs/1111/*""#,
            r#""NotResource": "arn:aws:s3:::${aws:username}/*""#,
            r#""NotResource": "*""#,
        ] {
            assert!(!speaks(leaky), "{leaky}");
        }
    }

    #[test]
    fn everyone_is_a_star_alone_or_among_aws_principals() {
        let who = |principal: &str| {
            let text = format!(
                "{{\"Statement\": [{{\"Effect\": \"Deny\", {principal}, \"Action\": \"s3:*\", \
                 \"Resource\": \"*\"}}]}}"
            );
            Document::parse(&text).unwrap().statements[0].principals
        };
        assert_eq!(who(r#""Principal": "*""#), Principals::Everyone);
        assert_eq!(who(r#""Principal": {"AWS": "*"}"#), Principals::Everyone);
        assert_eq!(who(r#""Principal": {"AWS": ["*"]}"#), Principals::Everyone);
        let named = who(r#""Principal": {"AWS": "111122223333"}"#);
        assert_eq!(named, Principals::Named);
        let services = who(r#""Principal": {"Service": "*"}"#);
        assert_eq!(services, Principals::Named);
        let all_but = who(r#""NotPrincipal": {"AWS": "111122223333"}"#);
        assert_eq!(all_but, Principals::AllBut);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"Statement": "Deny"}"#,
            r#"{"Statement": [{}]}"#,
            r#"{"Statement": [1]}"#,
            r#"{"Statement": [{"Effect": "deny", "Principal": "*", "Action": "*", "Resource": "*"}]}"#,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}"#,
            r#"{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": 1, "Resource": "*"}]}"#,
            r#"{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "NotAction": "*", "Resource": "*"}]}"#,
            r#"{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "condition": {}}]}"#,
            r#"{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": 1}]}"#,
        ] {
            assert!(Document::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_policy_that_is_not_json_is_a_malformed_gap() {
        let gap = Document::of_bucket(&Observed::Known(Some("<policy/>".to_owned()))).unwrap_err();
        assert_eq!(gap.kind, GapKind::Malformed);
        assert_eq!(gap.action, "s3:GetBucketPolicy");
        assert_eq!(Document::of_bucket(&Observed::Known(None)), Ok(None));
    }
}
