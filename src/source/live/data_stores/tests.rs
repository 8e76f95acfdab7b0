use super::super::canned::{Canned, Reply, good};
use super::super::tests::collected;
use super::*;
use crate::snapshot::{Account, GapKind};

const LIST: Action = Action::ListEventDataStores;
const GET: Action = Action::GetEventDataStore;
const MINE: &str =
    "arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/EXAMPLE-f852-4e8f-8bd1-bcf6cEXAMPLE";

fn page(arns: &[&str], next: &str) -> Reply {
    let stores: Vec<String> = arns
        .iter()
        .map(|arn| format!(r#"{{"EventDataStoreArn":"{arn}","Name":"a"}}"#))
        .collect();
    let stores = stores.join(",");
    Reply::new(
        200,
        format!(r#"{{"EventDataStores":[{stores}],"NextToken":"{next}"}}"#),
    )
}

fn listed<'a>(account: &'a Account, region: &str) -> &'a Observed<Vec<String>> {
    &account.regions[region].data_stores
}

/// The stores are made from AWS's example of `GetEventDataStore`: no server has any.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/lake-eds-cli.html>
#[tokio::test]
async fn a_store_as_aws_documents_it_is_listed_at_home_and_asked_for_its_settings_once() {
    let canned = Canned::new(|seen| {
        (seen.action == LIST && seen.region != "us-east-1").then(|| page(&[], ""))
    });
    let account = collected(&canned).await;
    assert_eq!(
        listed(&account, "us-east-1"),
        &Observed::Known(vec![MINE.to_owned()])
    );
    assert_eq!(listed(&account, "af-south-1"), &Observed::Known(Vec::new()));
    let stores = account.all_data_stores().unwrap();
    assert_eq!(stores.len(), 1);
    let expected = DataStoreDetails {
        name: "my-store".to_owned(),
        status: "ENABLED".to_owned(),
        retention_days: 2557,
        termination_protection: true,
        kms_key_id: None,
    };
    assert_eq!(stores[0].details, Observed::Known(expected));
    let asked: Vec<String> = canned
        .seen()
        .into_iter()
        .filter(|seen| seen.action == GET)
        .map(|seen| seen.region)
        .collect();
    assert_eq!(asked, ["us-east-1"]);
}

#[tokio::test]
async fn stores_on_all_pages_are_read_and_a_page_that_repeats_is_no_answer() {
    let other = MINE.replace("EXAMPLE-f852", "OTHER-f852");
    let canned = Canned::new(move |seen| {
        let last = seen.body.contains("two");
        (seen.action == LIST).then(|| match last {
            false => page(&[MINE], "two"),
            true => page(&[&other], ""),
        })
    });
    let account = collected(&canned).await;
    assert_eq!(account.all_data_stores().unwrap().len(), 2);
    let account = collected(&Canned::but(LIST, page(&[MINE], "again"))).await;
    let gap = listed(&account, "us-east-1").gap().unwrap();
    assert_eq!(gap.kind, GapKind::Malformed);
    assert_eq!(account.data_stores, []);
}

#[tokio::test]
async fn where_there_is_no_lake_that_is_a_gap_and_never_no_stores() {
    let refusal = "UnsupportedOperationException";
    let canned = Canned::new(move |seen| {
        let without = seen.action == LIST && seen.region == "af-south-1";
        without.then(|| Reply::json_error(refusal, "not supported in this Region"))
    });
    let account = collected(&canned).await;
    let gap = listed(&account, "af-south-1").gap().unwrap();
    assert_eq!(gap.kind, GapKind::Unsupported);
    assert!(gap.detail.contains(refusal), "{}", gap.detail);
    assert!(listed(&account, "us-east-1").gap().is_none());
    assert!(account.all_data_stores().is_err());
}

#[tokio::test]
async fn a_store_that_may_not_be_looked_at_stays_listed() {
    let account = collected(&Canned::but(GET, Reply::denial(GET))).await;
    let stores = account.all_data_stores().unwrap();
    let gap = stores[0].details.gap().unwrap();
    assert_eq!(
        (gap.kind, gap.action.as_str()),
        (GapKind::AccessDenied, GET.iam())
    );
}

#[tokio::test]
async fn a_setting_that_is_left_out_is_a_gap_and_not_off() {
    for (member, value) in [
        ("TerminationProtectionEnabled", "true"),
        ("Status", "\"ENABLED\""),
        ("RetentionPeriod", "2557"),
        ("Name", "\"my-store\""),
    ] {
        let body = good(GET).body.replace(
            &format!("\"{member}\":{value}"),
            &format!("\"Other{member}\":{value}"),
        );
        let account = collected(&Canned::but(GET, Reply::new(200, body))).await;
        let gap = account.data_stores[0].details.gap().unwrap();
        assert_eq!(gap.kind, GapKind::Malformed);
        assert!(
            gap.detail.contains(&format!("`{member}`")),
            "{}",
            gap.detail
        );
    }
}

#[tokio::test]
async fn what_is_no_stores_arn_is_asked_nowhere() {
    for arn in [
        "arn:aws:s3:::bucket",
        "arn:aws:cloudtrail:evil.example/:1:eventdatastore/a",
    ] {
        let canned = Canned::but(LIST, page(&[arn], ""));
        let account = collected(&canned).await;
        let gap = listed(&account, "us-east-1").gap().unwrap();
        assert_eq!(gap.kind, GapKind::Malformed);
        assert!(!canned.seen().iter().any(|seen| seen.action == GET));
    }
}
