use serde_json::{Value, json};

use super::super::canned::{Canned, Reply, request};
use super::super::tests::{collected, gaps};
use super::*;
use crate::snapshot::{GapKind, Observed};

const SERVICES: Action = Action::ListServiceAccess;
const ADMINISTRATORS: Action = Action::ListDelegatedAdministrators;

fn page(member: &str, items: &[Value], next: &str) -> Reply {
    let body = json!({ member: items, "NextToken": next });
    Reply::new(200, body.to_string())
}

#[tokio::test]
async fn services_and_administrators_on_all_pages_are_known() {
    let canned = Canned::new(|seen| {
        let second = seen.body.contains("two");
        Some(match (seen.action, second) {
            (SERVICES, false) => {
                let one = json!({ "ServicePrincipal": "cloudtrail.amazonaws.com" });
                page("EnabledServicePrincipals", &[one], "two")
            }
            (SERVICES, true) => {
                let one = json!({ "ServicePrincipal": "account.amazonaws.com" });
                page("EnabledServicePrincipals", &[one], "")
            }
            (ADMINISTRATORS, false) => page("DelegatedAdministrators", &[], "two"),
            (ADMINISTRATORS, true) => page(
                "DelegatedAdministrators",
                &[json!({ "Id": "555566667777" })],
                "",
            ),
            _ => return None,
        })
    });
    let account = collected(&canned).await;
    assert_eq!(
        account.trusted_services.known().unwrap().as_slice(),
        ["account.amazonaws.com", "cloudtrail.amazonaws.com"]
    );
    let administrators = account.cloudtrail_administrators.known().unwrap();
    assert_eq!(administrators.as_slice(), ["555566667777"]);
    let asked = canned
        .seen()
        .into_iter()
        .find(|seen| seen.action == ADMINISTRATORS);
    assert!(
        asked
            .unwrap()
            .body
            .contains(r#""ServicePrincipal":"cloudtrail.amazonaws.com""#)
    );
}

#[tokio::test]
async fn outside_an_organization_nobody_is_trusted_and_nobody_is_asked() {
    let reply = Reply::json_error("AWSOrganizationsNotInUseException", "no organization");
    let canned = Canned::but(Action::DescribeOrganization, reply);
    let account = collected(&canned).await;
    assert_eq!(account.trusted_services, Observed::Known(Vec::new()));
    assert_eq!(
        account.cloudtrail_administrators,
        Observed::Known(Vec::new())
    );
    let asked = |action| canned.seen().iter().any(|seen| seen.action == action);
    assert!(!asked(SERVICES) && !asked(ADMINISTRATORS));
}

#[tokio::test]
async fn where_the_organization_is_not_known_they_are_asked_and_may_say_that_there_is_none() {
    let canned = Canned::new(|seen| match seen.action {
        Action::DescribeOrganization => Some(Reply::denial(seen.action)),
        SERVICES | ADMINISTRATORS => Some(Reply::json_error(
            "AWSOrganizationsNotInUseException",
            "no organization",
        )),
        _ => None,
    });
    let account = collected(&canned).await;
    assert_eq!(account.trusted_services, Observed::Known(Vec::new()));
    assert_eq!(
        account.cloudtrail_administrators,
        Observed::Known(Vec::new())
    );
}

#[tokio::test]
async fn each_is_asked_only_where_a_rule_reads_it() {
    let canned = Canned::new(|_| None);
    let mut request = request();
    request.actions = [SERVICES].into();
    let account = canned.collect(&request).await.unwrap();
    assert!(account.trusted_services.if_known().is_some());
    let gap = account.cloudtrail_administrators.gap().unwrap();
    assert_eq!(gap.kind, GapKind::NotCollected);
    assert_eq!(gaps(&account), []);
}

#[tokio::test]
async fn half_an_answer_is_no_answer() {
    for (action, reply, words) in [
        (
            SERVICES,
            page("EnabledServicePrincipals", &[json!({})], ""),
            "`ServicePrincipal`",
        ),
        (
            SERVICES,
            page("EnabledServicePrincipals", &[], "again"),
            "repeat",
        ),
        (
            ADMINISTRATORS,
            page("DelegatedAdministrators", &[json!({})], ""),
            "`Id`",
        ),
        (
            ADMINISTRATORS,
            page("DelegatedAdministrators", &[], "again"),
            "repeat",
        ),
    ] {
        let account = collected(&Canned::but(action, reply)).await;
        let found = gaps(&account);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            (found[0].action.as_str(), found[0].kind),
            (action.iam(), GapKind::Malformed)
        );
        assert!(found[0].detail.contains(words), "{}", found[0].detail);
    }
}
