use super::super::canned::{ACCOUNT, Canned, Reply, good, request};
use super::super::tests::collected;
use super::*;
use crate::snapshot::{Account, GapKind};

/// The account two organizational units below the root, with a policy attached at each
/// level beside `FullAWSAccess`; `kind` is the only type of policies that is on.
fn deep(kind: &'static str) -> Canned {
    Canned::new(move |seen| {
        let about = |id: &str| seen.body.contains(&format!("\"{id}\""));
        let body = match seen.action {
            Action::ListRoots => good(seen.action)
                .body
                .replace("PENDING_ENABLE", "PENDING_DISABLE")
                .replace("SERVICE_CONTROL_POLICY", kind),
            Action::ListParents if about(ACCOUNT) => unit("ou-inner"),
            Action::ListParents if about("ou-inner") => unit("ou-outer"),
            Action::ListPoliciesForTarget if about("ou-inner") => attached(&["p-b", "p-a"], ""),
            Action::ListPoliciesForTarget if about("ou-outer") && about("two") => {
                attached(&["p-c"], "")
            }
            // The first page may be empty, and there is another all the same.
            Action::ListPoliciesForTarget if about("ou-outer") => attached(&[], "two"),
            Action::DescribePolicy if about("p-a") => policy("p-a"),
            Action::DescribePolicy if about("p-b") => policy("p-b"),
            Action::DescribePolicy if about("p-c") => policy("p-c"),
            _ => return None,
        };
        Some(Reply::new(200, body))
    })
}

fn unit(id: &str) -> String {
    format!(r#"{{"Parents":[{{"Id":"{id}","Type":"ORGANIZATIONAL_UNIT"}}]}}"#)
}

fn attached(ids: &[&str], next: &str) -> String {
    let policies: Vec<String> = ids.iter().map(|id| format!(r#"{{"Id":"{id}"}}"#)).collect();
    format!(
        r#"{{"Policies":[{}],"NextToken":"{next}"}}"#,
        policies.join(",")
    )
}

fn policy(id: &str) -> String {
    format!(
        r#"{{"Policy":{{"PolicySummary":{{"Id":"{id}","Name":"named {id}"}},"Content":"{{}}"}}}}"#
    )
}

fn not_in_use() -> Reply {
    Reply::json_error(
        NOT_IN_USE,
        "Your account is not a member of an organization.",
    )
}

fn ids(levels: &Observed<Vec<PolicyLevel>>) -> Vec<(String, Vec<String>)> {
    let ids = |level: &PolicyLevel| level.policies.iter().map(|p| p.id.clone()).collect();
    let levels = levels.known().unwrap().iter();
    levels
        .map(|level| (level.target.clone(), ids(level)))
        .collect()
}

#[tokio::test]
async fn every_level_from_the_root_to_the_account_has_its_policies() {
    let canned = deep("SERVICE_CONTROL_POLICY");
    let account = collected(&canned).await;
    let level = |target: &str, ids: &[&str]| {
        (
            target.to_owned(),
            ids.iter().map(|id| (*id).to_owned()).collect(),
        )
    };
    assert_eq!(
        ids(&account.service_control_policies),
        [
            level("r-example", &["p-FullAWSAccess"]),
            level("ou-outer", &["p-c"]),
            level("ou-inner", &["p-a", "p-b"]),
            level(ACCOUNT, &["p-FullAWSAccess"]),
        ]
    );
    let levels = account.service_control_policies.known().unwrap();
    assert_eq!(levels[1].policies[0].name, "named p-c");
    // Attached twice, and asked for once.
    let asked = canned.seen().into_iter().filter(|seen| {
        seen.action == Action::DescribePolicy && seen.body.contains("p-FullAWSAccess")
    });
    assert_eq!(asked.count(), 1);
    assert_eq!(
        account.resource_control_policies,
        Observed::Known(Vec::new())
    );
}

#[tokio::test]
async fn each_type_of_policies_is_read_only_where_it_is_on() {
    let account = collected(&deep("RESOURCE_CONTROL_POLICY")).await;
    assert_eq!(
        account.service_control_policies,
        Observed::Known(Vec::new())
    );
    let levels = account.resource_control_policies.known().unwrap();
    assert_eq!(levels.len(), 4);
}

#[tokio::test]
async fn an_account_in_no_organization_has_no_policies_above_it_and_is_asked_no_more() {
    let canned = Canned::but(Action::DescribeOrganization, not_in_use());
    let account = collected(&canned).await;
    assert_eq!(account.organization, Observed::Known(None));
    assert_eq!(
        account.service_control_policies,
        Observed::Known(Vec::new())
    );
    assert_eq!(
        account.resource_control_policies,
        Observed::Known(Vec::new())
    );
    let about_it = |action: Action| action.iam().starts_with("organizations:");
    let asked = canned
        .seen()
        .into_iter()
        .filter(|seen| about_it(seen.action));
    assert_eq!(asked.count(), 1);
}

#[tokio::test]
async fn that_there_is_no_organization_may_be_told_by_any_call() {
    for action in [Action::ListParents, Action::ListRoots] {
        let account = collected(&Canned::but(action, not_in_use())).await;
        assert_eq!(
            account.service_control_policies,
            Observed::Known(Vec::new())
        );
    }
}

#[tokio::test]
async fn a_member_account_knows_its_organization_and_not_the_policies() {
    let canned = Canned::new(|seen| {
        let is_for_the_management_account = seen.action.iam().starts_with("organizations:")
            && seen.action != Action::DescribeOrganization;
        is_for_the_management_account.then(|| Reply::denial(seen.action))
    });
    let account = collected(&canned).await;
    let organization = account.organization.known().unwrap().as_ref().unwrap();
    assert_eq!(organization.id, "o-exampleorgid");
    assert_eq!(organization.management_account, "999988887777");
    for levels in [
        &account.service_control_policies,
        &account.resource_control_policies,
    ] {
        assert_eq!(levels.gap().unwrap().kind, GapKind::AccessDenied);
    }
}

#[tokio::test]
async fn a_policy_that_cannot_be_read_leaves_a_gap_in_its_own_type_only() {
    let canned = Canned::new(|seen| {
        let body = &seen.body;
        match seen.action {
            Action::ListRoots => {
                let body = good(seen.action).body.replace("PENDING_ENABLE", "ENABLED");
                Some(Reply::new(200, body))
            }
            Action::ListPoliciesForTarget if body.contains("RESOURCE_CONTROL") => {
                Some(Reply::new(200, attached(&["p-secret"], "")))
            }
            Action::DescribePolicy if body.contains("p-secret") => Some(Reply::denial(seen.action)),
            _ => None,
        }
    });
    let account = collected(&canned).await;
    assert_eq!(ids(&account.service_control_policies).len(), 2);
    let gap = account.resource_control_policies.gap().unwrap();
    assert_eq!(gap.action, "organizations:DescribePolicy");
}

#[tokio::test]
async fn a_path_that_ends_nowhere_is_malformed_and_never_no_policies() {
    let elsewhere = good(Action::ListRoots).body.replace("r-example", "r-other");
    for (action, body, words) in [
        (Action::ListParents, unit("ou-round"), "is under no root"),
        (
            Action::ListParents,
            r#"{"Parents":[]}"#.to_owned(),
            "has no parent",
        ),
        (
            Action::ListParents,
            r#"{"Parents":[{"Id":"r-example"}]}"#.to_owned(),
            "`Type`",
        ),
        (Action::ListRoots, elsewhere, "root is not listed"),
        (
            Action::ListRoots,
            r#"{"Roots":[{"Id":"r-example"}]}"#.to_owned(),
            "`PolicyTypes`",
        ),
        (
            Action::ListPoliciesForTarget,
            attached(&[], "again"),
            "pages of the answer repeat",
        ),
        (
            Action::ListPoliciesForTarget,
            r#"{"Policies":[{}]}"#.to_owned(),
            "`Id`",
        ),
        (
            Action::DescribePolicy,
            r#"{"Policy":{}}"#.to_owned(),
            "`Name`",
        ),
    ] {
        let account = collected(&Canned::but(action, Reply::new(200, body))).await;
        let gap = account.service_control_policies.gap().unwrap();
        assert_eq!(
            (gap.action.as_str(), gap.kind),
            (action.iam(), GapKind::Malformed)
        );
        assert!(gap.detail.contains(words), "{}", gap.detail);
    }
}

#[tokio::test]
async fn without_the_list_of_policies_none_of_the_calls_that_lead_to_it_is_made() {
    let canned = Canned::new(|_| None);
    let mut request = request();
    request.actions.remove(&Action::ListPoliciesForTarget);
    let account: Account = canned.collect(&request).await.unwrap();
    let gap = account.service_control_policies.gap().unwrap();
    assert_eq!(gap.kind, GapKind::NotCollected);
    let asked: Vec<Action> = canned.seen().iter().map(|seen| seen.action).collect();
    assert!(asked.contains(&Action::DescribeOrganization));
    assert!(!asked.contains(&Action::ListParents) && !asked.contains(&Action::ListRoots));
}

#[tokio::test]
async fn each_partition_has_one_endpoint_which_is_asked_whatever_the_region() {
    for (region, host) in [
        ("eu-west-1", "organizations.us-east-1.amazonaws.com"),
        (
            "cn-north-1",
            "organizations.cn-northwest-1.amazonaws.com.cn",
        ),
        ("us-gov-east-1", "organizations.us-gov-west-1.amazonaws.com"),
    ] {
        let canned = Canned::new(|_| None);
        canned.collect_from(region, &request()).await.unwrap();
        let seen = canned.seen();
        let call = seen.iter().find(|seen| seen.action == Action::ListRoots);
        let uri = &call.unwrap().uri;
        assert!(uri.contains(host), "{uri}");
    }
}
