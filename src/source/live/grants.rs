//! Who may use a KMS key by a grant, whatever IAM policies allow.

use aws_sdk_kms::types as sdk;

use super::convert::setting;
use super::gap;
use super::pages::Pages;
use super::session::Session;
use crate::snapshot::{Action, Gap, KeyGrant};

const ACTION: Action = Action::ListGrants;

/// The key's grants, sorted by id. `arn` is a key's, because an alias's is not taken.
pub(super) async fn of(session: &Session, region: &str, arn: &str) -> Result<Vec<KeyGrant>, Gap> {
    let client = session.kms(region);
    let mut grants = Vec::new();
    let mut pages = Pages::of(ACTION);
    let mut marker = None;
    loop {
        let call = client.list_grants().key_id(arn).set_marker(marker).send();
        let page = session
            .ask(ACTION, region, call)
            .await?
            .map_err(|error| gap::of(ACTION, &error))?;
        for entry in page.grants.unwrap_or_default() {
            grants.push(grant(entry)?);
        }
        marker = pages.after_truncated(page.truncated, page.next_marker, "NextMarker")?;
        if marker.is_none() {
            break;
        }
    }
    grants.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(grants)
}

fn grant(entry: sdk::GrantListEntry) -> Result<KeyGrant, Gap> {
    let without = |member| gap::without(ACTION, member);
    let operations = entry.operations.ok_or_else(|| without("Operations"))?;
    let mut operations: Vec<String> = operations
        .iter()
        .map(|operation| operation.as_str().to_owned())
        .collect();
    operations.sort();
    Ok(KeyGrant {
        id: setting(entry.grant_id).ok_or_else(|| without("GrantId"))?,
        grantee: setting(entry.grantee_principal)
            .or(setting(entry.grantee_service_principal))
            .ok_or_else(|| without("GranteePrincipal"))?,
        operations,
        constrained: entry.constraints.is_some_and(constrains),
    })
}

fn constrains(constraints: sdk::GrantConstraints) -> bool {
    let context = [
        constraints.encryption_context_subset,
        constraints.encryption_context_equals,
    ];
    context.iter().flatten().any(|pairs| !pairs.is_empty())
        || setting(constraints.source_arn).is_some()
}

#[cfg(test)]
mod tests {
    use super::super::canned::{Canned, Reply};
    use super::super::tests::collected;
    use super::*;
    use crate::snapshot::GapKind;

    fn entry(id: &str, more: &str) -> String {
        format!(r#"{{"GrantId":"{id}","Operations":["Decrypt"]{more}}}"#)
    }

    fn page(grants: &[String], next: &str) -> Reply {
        let (grants, truncated) = (grants.join(","), !next.is_empty());
        let body =
            format!(r#"{{"Grants":[{grants}],"Truncated":{truncated},"NextMarker":"{next}"}}"#);
        Reply::new(200, body)
    }

    const READER: &str = r#","GranteePrincipal":"arn:aws:iam::111122223333:role/reader""#;

    #[tokio::test]
    async fn pages_made_after_awss_example_are_all_read_and_sorted() {
        let canned = Canned::new(|seen| {
            (seen.action == ACTION).then(|| match seen.body.contains("two") {
                true => page(&[entry("a", READER)], ""),
                false => page(&[entry("b", READER)], "two"),
            })
        });
        let account = collected(&canned).await;
        let grants = account.keys[0].grants.known().unwrap();
        let ids: Vec<&str> = grants.iter().map(|grant| grant.id.as_str()).collect();
        assert_eq!(ids, ["a", "b"]);
    }

    #[tokio::test]
    async fn a_grant_is_constrained_by_a_context_or_a_source_and_by_nothing_less() {
        for (constraints, constrained) in [
            ("", false),
            (r#","Constraints":{}"#, false),
            (r#","Constraints":{"EncryptionContextSubset":{}}"#, false),
            (
                r#","Constraints":{"EncryptionContextSubset":{"a":"b"}}"#,
                true,
            ),
            (
                r#","Constraints":{"EncryptionContextEquals":{"a":"b"}}"#,
                true,
            ),
            (r#","Constraints":{"SourceArn":"arn:aws:s3:::a"}"#, true),
        ] {
            let grants = [entry("a", &format!("{READER}{constraints}"))];
            let account = collected(&Canned::but(ACTION, page(&grants, ""))).await;
            let grants = account.keys[0].grants.known().unwrap();
            assert_eq!(grants[0].constrained, constrained, "{constraints}");
        }
    }

    #[tokio::test]
    async fn a_grantee_may_be_a_service() {
        let service = r#","GranteeServicePrincipal":"rds.amazonaws.com""#;
        let reply = page(&[entry("a", service)], "");
        let account = collected(&Canned::but(ACTION, reply)).await;
        let grants = account.keys[0].grants.known().unwrap();
        assert_eq!(grants[0].grantee, "rds.amazonaws.com");
    }

    #[tokio::test]
    async fn half_an_answer_is_no_answer() {
        let truncated = Reply::new(200, r#"{"Grants":[],"Truncated":true}"#);
        for (reply, words) in [
            (page(&[entry("a", "")], ""), "`GranteePrincipal`"),
            (page(&[entry("", READER)], ""), "`GrantId`"),
            (page(&[], "again"), "pages of the answer repeat"),
            (truncated, "`NextMarker`"),
        ] {
            let account = collected(&Canned::but(ACTION, reply)).await;
            let gap = account.keys[0].grants.gap().unwrap();
            assert_eq!(gap.kind, GapKind::Malformed);
            assert!(gap.detail.contains(words), "{}", gap.detail);
        }
    }
}
