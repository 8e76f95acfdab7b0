//! S3's "meaning of public": which Allow statements let in whoever comes.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>

use super::condition::Condition;
use super::document::{Document, Effect, Statement};
use super::operator::{Comparison, Network, Quantifier};
use super::principal::{Named, Principals};
use super::truth::{Doubt, Truth};

/// Whether S3 holds the policy to be public: one of its statements is.
pub fn is_public(document: &Document) -> Truth {
    Truth::any(document.statements.iter().map(statement_is_public))
}

/// The statements that make it public, certainly or perhaps.
pub fn public_statements(document: &Document) -> impl Iterator<Item = &Statement> {
    let statements = document.statements.iter();
    statements.filter(|statement| statement_is_public(statement).possible())
}

/// A statement is public if it allows everybody, and no condition limits them to values
/// that are fixed. What it allows and where does not matter.
fn statement_is_public(statement: &Statement) -> Truth {
    admits_whoever_comes(statement, &[])
}

/// [`is_public`] of one statement, for a service whose requests tell more than S3's: fixed
/// values of the keys in `also`, in lower case, limit those whom it lets in as well.
pub fn admits_whoever_comes(statement: &Statement, also: &[&str]) -> Truth {
    if statement.doubt.is_some() {
        return Truth::maybe(Doubt::Unclear);
    }
    if statement.effect != Some(Effect::Allow) || !admits_everybody(&statement.principals) {
        return Truth::No;
    }
    Truth::all(
        statement
            .conditions
            .iter()
            .map(|condition| limits(condition, also).not()),
    )
}

fn admits_everybody(principals: &Principals) -> bool {
    match principals {
        Principals::Unstated => false,
        Principals::AllBut(_) => true,
        Principals::These(entries) => entries
            .iter()
            .any(|entry| matches!(entry, Named::Everyone | Named::Federated(_))),
    }
}

/// Whether the condition lets in only those whose key has one of a few fixed values.
fn limits(condition: &Condition, also: &[&str]) -> Truth {
    let Some(operator) = condition.operator else {
        return Truth::maybe(Doubt::Unclear);
    };
    // A request without the key gets past these.
    if operator.negated
        || operator.if_exists
        || operator.quantifier == Some(Quantifier::ForAllValues)
    {
        return Truth::No;
    }
    let comparable = matches!(
        operator.comparison,
        Comparison::Exact
            | Comparison::IgnoreCase
            | Comparison::Like
            | Comparison::Arn
            | Comparison::Ip
    );
    let fixed = comparable
        && !condition.values.is_empty()
        && condition
            .values
            .iter()
            .all(|value| is_fixed(&condition.key, &value.raw, also));
    Truth::from(fixed)
}

/// Whether a value of a key counts as fixed.
fn is_fixed(key: &str, value: &str, also: &[&str]) -> bool {
    let exact = !value.contains(['*', '?']) && !value.contains("${");
    match key {
        "aws:sourcearn"
        | "aws:sourceaccount"
        | "aws:sourceowner"
        | "aws:sourcevpc"
        | "aws:sourcevpce"
        | "aws:principalorgid"
        | "aws:principalaccount"
        | "s3:dataaccesspointaccount"
        | "s3:x-amz-server-side-encryption-aws-kms-key-id" => exact,
        "aws:sourceip" => Network::parse(value)
            .is_some_and(|network| network.prefix() >= if network.is_v4() { 8 } else { 32 }),
        "aws:principalorgpaths" | "aws:sourceorgpaths" => {
            let path = value.strip_suffix('*').unwrap_or(value);
            path.split('/').next().is_some_and(|id| id.len() > 2)
                && path.contains('/')
                && !path.contains(['*', '?'])
                && !path.contains("${")
        }
        "aws:principalarn" | "s3:dataaccesspointarn" => account_is_fixed(value),
        "aws:userid" => exact,
        other => exact && also.contains(&other),
    }
}

/// Whether an ARN's wildcards stand only behind the account, which is fixed.
fn account_is_fixed(arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':');
    let account = parts.nth(4).unwrap_or_default();
    account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && parts.next().is_some()
        && !arn.contains("${")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(principal: &str, condition: &str) -> Truth {
        let text = format!(
            "{{\"Version\": \"2012-10-17\", \"Statement\": {{\"Effect\": \"Allow\", {principal}, \
             \"Action\": \"s3:GetObject\", \"Resource\": \"*\", \"Condition\": {condition}}}}}"
        );
        is_public(&Document::parse(&text).unwrap())
    }

    const EVERYBODY: &str = r#""Principal": "*""#;

    #[test]
    fn everybody_is_public_unless_limited_to_fixed_values() {
        for (condition, expected) in [
            (r#"{}"#, true),
            (
                r#"{"StringEquals": {"aws:PrincipalOrgID": "o-example"}}"#,
                false,
            ),
            (r#"{"StringLike": {"aws:PrincipalOrgID": "o-*"}}"#, true),
            (
                r#"{"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}}"#,
                false,
            ),
            (r#"{"StringLike": {"aws:SourceVpce": "vpce-*"}}"#, true),
            (
                r#"{"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}"#,
                true,
            ),
            (r#"{"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}"#, true),
            (
                r#"{"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-example"}}"#,
                true,
            ),
            (
                r#"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#,
                false,
            ),
            (r#"{"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#, false),
            (r#"{"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}"#, true),
            (
                r#"{"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "::/0"]}}"#,
                true,
            ),
            (
                r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}"#,
                false,
            ),
            (
                r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/audit"}}"#,
                true,
            ),
            (r#"{"StringLike": {"aws:userid": "AROAEXAMPLE:*"}}"#, true),
            (r#"{"StringEquals": {"aws:userid": "AIDAEXAMPLE"}}"#, false),
            (
                r#"{"StringLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-east-1:111122223333:accesspoint/*"}}"#,
                false,
            ),
            (r#"{"Bool": {"aws:SecureTransport": "true"}}"#, true),
            (
                r#"{"StringEquals": {"aws:ResourceAccount": "111122223333"}}"#,
                true,
            ),
            (
                r#"{"StringLike": {"aws:Referer": "https://example.com/*"}}"#,
                true,
            ),
        ] {
            assert_eq!(
                public(EVERYBODY, condition),
                Truth::from(expected),
                "{condition}"
            );
        }
    }

    #[test]
    fn named_principals_are_not_public_and_web_identities_are() {
        for (principal, expected) in [
            (r#""Principal": {"AWS": "111122223333"}"#, false),
            (
                r#""Principal": {"Service": "cloudtrail.amazonaws.com"}"#,
                false,
            ),
            (r#""Principal": {"AWS": "*"}"#, true),
            (r#""Principal": {"Federated": "www.amazon.com"}"#, true),
            (r#""NotPrincipal": {"AWS": "111122223333"}"#, true),
        ] {
            assert_eq!(
                public(principal, "{}"),
                Truth::from(expected),
                "{principal}"
            );
        }
    }

    #[test]
    fn what_is_not_understood_may_be_public() {
        let odd = public(
            EVERYBODY,
            r#"{"StringMatches": {"aws:SourceVpce": "vpce-1"}}"#,
        );
        assert_eq!(odd, Truth::maybe(Doubt::Unclear));
    }
}
