//! Policy documents, read for what can be understood of them. What cannot is kept as a
//! doubt, because a statement that is overlooked could have granted or forbidden anything.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::condition::Condition;
use super::json::Json;
use super::operator::Operator;
use super::pattern::{Actions, Resources};
use super::principal::Principals;
use super::template::Template;
use crate::snapshot::{Action, Gap, GapKind, Observed};

/// A policy document.
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
    /// `Allow` or `Deny`; `None` if it is neither, so that it may be either.
    pub effect: Option<Effect>,
    /// Whom it is about.
    pub principals: Principals,
    /// `Action` or `NotAction`.
    pub actions: Actions,
    /// `Resource` or `NotResource`.
    pub resources: Resources,
    /// Its conditions, all of which must be met.
    pub conditions: Vec<Condition>,
    /// What about it is not understood; the statement may then mean anything.
    pub doubt: Option<String>,
}

/// `Effect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Grants.
    Allow,
    /// Forbids, whatever else grants.
    Deny,
}

impl Document {
    /// Parses a policy's JSON text. Statements that are not understood are kept, with a doubt.
    ///
    /// # Errors
    /// Why the text is no policy document at all.
    pub fn parse(text: &str) -> Result<Self, String> {
        let document: Json =
            serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
        let document = document
            .unambiguous()
            .map_err(|name| format!("it names `{name}` twice in one object"))?;
        if let Some(odd) = document
            .as_object()
            .and_then(|elements| elements.keys().find(|key| !TOP.contains(&key.as_str())))
        {
            return Err(format!("it has an unknown element `{odd}`"));
        }
        // "If you do not include a Version element, the value defaults to 2008-10-17", in
        // which a policy variable is plain text.
        let variables = match document.get("Version").map(Value::as_str) {
            Some(Some("2012-10-17")) => true,
            None | Some(Some("2008-10-17")) => false,
            Some(_) => return Err("its `Version` is none that AWS knows".to_owned()),
        };
        let statements = match document.get("Statement") {
            Some(Value::Array(statements)) => statements.iter().collect(),
            Some(statement @ Value::Object(_)) => vec![statement],
            _ => return Err("it has no `Statement`".to_owned()),
        };
        let statements = statements
            .into_iter()
            .zip(1_usize..)
            .map(|(statement, place)| Statement::parse(statement, place, variables))
            .collect();
        Ok(Document { statements })
    }

    /// A bucket's policy, if all of it is understood; `None` if it has none.
    ///
    /// # Errors
    /// The fact's own gap, or a `malformed` one that names what is not understood.
    pub fn of_bucket(policy: &Observed<Option<String>>) -> Result<Option<Self>, Gap> {
        let Some(text) = policy.known()? else {
            return Ok(None);
        };
        let parsed = Document::parse(text).and_then(|document| match document.doubt() {
            Some(doubt) => Err(doubt),
            None => Ok(document),
        });
        parsed.map(Some).map_err(|reason| {
            Gap::new(
                Action::GetBucketPolicy,
                GapKind::Malformed,
                format!("the bucket policy cannot be understood: {reason}"),
            )
        })
    }

    /// A document in which nothing is understood: whatever it was, it may say anything.
    pub fn not_understood(reason: &str) -> Self {
        Document {
            statements: vec![Statement::not_understood("the policy".to_owned(), reason)],
        }
    }

    /// The first thing in it that is not understood, with the statement's name.
    pub fn doubt(&self) -> Option<String> {
        self.statements.iter().find_map(|statement| {
            let doubt = statement.doubt.as_ref()?;
            Some(format!("{} {doubt}", statement.name))
        })
    }
}

/// The elements of a document.
const TOP: [&str; 3] = ["Version", "Id", "Statement"];

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

impl Statement {
    fn parse(statement: &Value, place: usize, variables: bool) -> Self {
        let Value::Object(elements) = statement else {
            return Statement::not_understood(format!("statement {place}"), "is not an object");
        };
        let name = match elements.get("Sid").and_then(Value::as_str) {
            Some(sid) if !sid.is_empty() => format!("statement `{sid}`"),
            _ => format!("statement {place}"),
        };
        Statement::parse_elements(elements, name.clone(), variables)
            .unwrap_or_else(|doubt| Statement::not_understood(name, &doubt))
    }

    fn not_understood(name: String, doubt: &str) -> Self {
        Statement {
            name,
            effect: None,
            principals: Principals::Unstated,
            actions: Actions::all(),
            resources: Resources::Unstated,
            conditions: Vec::new(),
            doubt: Some(doubt.to_owned()),
        }
    }

    fn parse_elements(
        elements: &Map<String, Value>,
        name: String,
        variables: bool,
    ) -> Result<Self, String> {
        if let Some(odd) = elements
            .keys()
            .find(|key| !ELEMENTS.contains(&key.as_str()))
        {
            return Err(format!("has an unknown element `{odd}`"));
        }
        let effect = match elements.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => return Err("has no `Effect`".to_owned()),
        };
        let actions = match one_of(elements, "Action", "NotAction")? {
            Some((listed, value)) => Actions::new(strings(value, "Action")?, listed),
            None => return Err("has neither `Action` nor `NotAction`".to_owned()),
        };
        let resources = match one_of(elements, "Resource", "NotResource")? {
            Some((listed, value)) => {
                let entries = strings(value, "Resource")?;
                Resources::new(entries.iter().map(String::as_str), listed, variables)
            }
            // A role's trust policy is about the role, and names no resource.
            None => Resources::Unstated,
        };
        let principals = match one_of(elements, "Principal", "NotPrincipal")? {
            Some((listed, value)) => Principals::parse(value, listed)?,
            // The policies of users, groups and roles are about whom they are attached to.
            None => Principals::Unstated,
        };
        Ok(Statement {
            name,
            effect: Some(effect),
            principals,
            actions,
            resources,
            conditions: conditions(elements.get("Condition"), variables)?,
            doubt: None,
        })
    }
}

/// The one of two elements that is there, and whether it is the plain one; `None` without any.
fn one_of<'a>(
    elements: &'a Map<String, Value>,
    these: &str,
    all_but: &str,
) -> Result<Option<(bool, &'a Value)>, String> {
    match (elements.get(these), elements.get(all_but)) {
        (Some(_), Some(_)) => Err(format!("has both `{these}` and `{all_but}`")),
        (Some(value), None) => Ok(Some((true, value))),
        (None, Some(value)) => Ok(Some((false, value))),
        (None, None) => Ok(None),
    }
}

/// A string or a list of strings, which mean the same.
pub(super) fn strings(value: &Value, element: &str) -> Result<Vec<String>, String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match value {
        Value::Array(many) => many.iter().map(text).collect(),
        one => text(one).map(|one| vec![one]),
    }
    .ok_or_else(|| format!("has a `{element}` that is no list of strings"))
}

fn conditions(block: Option<&Value>, variables: bool) -> Result<Vec<Condition>, String> {
    let block = match block {
        None => return Ok(Vec::new()),
        Some(Value::Object(block)) => block,
        Some(_) => return Err("has a `Condition` that is no object".to_owned()),
    };
    let mut conditions = Vec::new();
    for (spelled, keys) in block {
        let Value::Object(keys) = keys else {
            return Err(format!("has a condition `{spelled}` that is no object"));
        };
        let mut named = BTreeSet::new();
        for (key, values) in keys {
            // AWS refuses a key that "appears more than once with different capitalization".
            if !named.insert(key.to_lowercase()) {
                return Err(format!("names `{key}` twice in one condition"));
            }
            let values = scalars(values)
                .ok_or_else(|| format!("compares `{key}` with what is no list of values"))?;
            conditions.push(Condition {
                operator: Operator::parse(spelled),
                spelled: spelled.clone(),
                key: key.to_lowercase(),
                name: key.clone(),
                values: values
                    .iter()
                    .map(|value| Template::new(value, variables))
                    .collect(),
            });
        }
    }
    Ok(conditions)
}

/// Strings, and the bare booleans and numbers that conditions may hold.
fn scalars(value: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match value {
        Value::Array(many) => many.iter().map(text).collect(),
        one => text(one).map(|one| vec![one]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(statement: &str) -> Statement {
        let text = format!("{{\"Statement\": {statement}}}");
        Document::parse(&text).unwrap().statements.remove(0)
    }

    #[test]
    fn a_statement_may_stand_alone_and_values_may_be_bare() {
        let statement = only(
            r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*",
                "Condition": {"Bool": {"aws:SecureTransport": true}, "NumericLessThan": {"s3:max-keys": [10, "20"]}}}"#,
        );
        assert_eq!(statement.name, "statement 1");
        assert_eq!(statement.doubt, None);
        let values: Vec<&str> = statement
            .conditions
            .iter()
            .flat_map(|condition| &condition.values)
            .map(|value| value.raw.as_str())
            .collect();
        assert_eq!(values, ["true", "10", "20"]);
    }

    #[test]
    fn a_statement_without_a_sid_is_called_by_its_place() {
        let text = r#"{"Statement": [{"Sid": "", "Effect": "Deny", "Action": "*", "Resource": "*"},
            {"Sid": "Two", "Effect": "Deny", "Action": "*", "Resource": "*"}]}"#;
        let names: Vec<String> = Document::parse(text)
            .unwrap()
            .statements
            .into_iter()
            .map(|statement| statement.name)
            .collect();
        assert_eq!(names, ["statement 1", "statement `Two`"]);
    }

    #[test]
    fn what_is_not_understood_is_kept_as_a_doubt_that_names_it() {
        for (statement, doubt) in [
            (r#"[1]"#, "is not an object"),
            (r#"{}"#, "has no `Effect`"),
            (r#"{"Effect": "deny", "Action": "*"}"#, "has no `Effect`"),
            (
                r#"{"Effect": "Deny", "Resource": "*"}"#,
                "has neither `Action` nor `NotAction`",
            ),
            (
                r#"{"Effect": "Deny", "Action": 1}"#,
                "has a `Action` that is no list of strings",
            ),
            (
                r#"{"Effect": "Deny", "Action": "*", "NotAction": "*"}"#,
                "has both `Action` and `NotAction`",
            ),
            (
                r#"{"Effect": "Deny", "Action": "*", "condition": {}}"#,
                "has an unknown element `condition`",
            ),
            (
                r#"{"Effect": "Deny", "Action": "*", "Condition": 1}"#,
                "has a `Condition` that is no object",
            ),
            (
                r#"{"Effect": "Deny", "Action": "*", "Condition": {"Bool": 1}}"#,
                "has a condition `Bool` that is no object",
            ),
            (
                r#"{"Effect": "Deny", "Action": "*", "Condition": {"Bool": {"k": {}}}}"#,
                "compares `k` with what is no list of values",
            ),
            (
                r#"{"Effect": "Deny", "Action": "*", "Principal": 1}"#,
                "has a `Principal` that is neither `*` nor an object",
            ),
        ] {
            let found = only(statement);
            assert_eq!(found.doubt.as_deref(), Some(doubt), "{statement}");
            assert_eq!(found.effect, None);
        }
    }

    #[test]
    fn what_is_no_document_is_an_error() {
        for text in [
            "",
            "[]",
            "{}",
            "null",
            r#"{"Statement": "Deny"}"#,
            r#"{"Version": "2012-10-18", "Statement": []}"#,
            r#"{"Version": null, "Statement": []}"#,
            r#"{"Statement": [], "statement": []}"#,
        ] {
            assert!(Document::parse(text).is_err(), "{text}");
        }
    }

    /// access-analyzer-reference-policy-checks.html: "Duplicate keys with different case" and
    /// whatever else names a member twice is an error, with which AWS saves no policy.
    #[test]
    fn what_stands_twice_is_not_understood() {
        for text in [
            r#"{"Statement": {"Effect": "Allow", "Action": "*"}, "Statement": []}"#,
            r#"{"Statement": {"Effect": "Allow", "Effect": "Deny", "Action": "*"}}"#,
            r#"{"Statement": {"Effect": "Deny", "Action": "*", "Condition": {"Bool": {"k": "true", "k": "false"}}}}"#,
        ] {
            assert!(Document::parse(text).is_err(), "{text}");
        }
        let statement = only(
            r#"{"Effect": "Deny", "Action": "*", "Condition": {"Bool": {"aws:K": "true", "aws:k": "false"}}}"#,
        );
        let doubt = "names `aws:k` twice in one condition";
        assert_eq!(statement.doubt.as_deref(), Some(doubt));
    }
}
