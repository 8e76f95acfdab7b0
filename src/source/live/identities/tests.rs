use super::super::canned::{Canned, Reply, request};
use super::super::tests::collected;
use super::*;
use crate::snapshot::GapKind;

/// A reply in the shape of AWS's example.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>
fn reply(inside: &str, next: &str) -> Reply {
    let truncated = !next.is_empty();
    Reply::new(
        200,
        format!(
            "<GetAccountAuthorizationDetailsResponse><GetAccountAuthorizationDetailsResult>\
             <IsTruncated>{truncated}</IsTruncated>{inside}{next}\
             </GetAccountAuthorizationDetailsResult></GetAccountAuthorizationDetailsResponse>"
        ),
    )
}

async fn identities(inside: &str) -> Identities {
    let canned = Canned::but(ACTION, reply(inside, ""));
    collected(&canned).await.identities.known().unwrap().clone()
}

async fn gap(reply: Reply) -> Gap {
    let account = collected(&Canned::but(ACTION, reply)).await;
    account.identities.gap().unwrap().clone()
}

fn policy(arn: &str, more: &str) -> String {
    format!("<member><PolicyName>p</PolicyName><Arn>{arn}</Arn>{more}</member>")
}

fn version(id: &str, is_default: bool, document: &str) -> String {
    format!(
        "<member><VersionId>{id}</VersionId><IsDefaultVersion>{is_default}</IsDefaultVersion>\
         <Document>{document}</Document></member>"
    )
}

#[tokio::test]
async fn a_user_a_group_and_a_role_are_read_with_all_that_binds_them() {
    let found = identities(
        "<UserDetailList><member><Path>/ops/</Path><UserName>alice</UserName>\
         <UserId>AIDAEXAMPLE</UserId><Arn>arn:aws:iam::111122223333:user/ops/alice</Arn>\
         <UserPolicyList><member><PolicyName>own</PolicyName>\
         <PolicyDocument>%7B%22a%22%3A%20%22%2Bb+c%22%7D</PolicyDocument></member></UserPolicyList>\
         <GroupList><member>ops</member><member>devs</member></GroupList>\
         <AttachedManagedPolicies><member><PolicyName>x</PolicyName>\
         <PolicyArn>arn:aws:iam::aws:policy/x</PolicyArn></member></AttachedManagedPolicies>\
         <PermissionsBoundary><PermissionsBoundaryType>PermissionsBoundaryPolicy\
         </PermissionsBoundaryType><PermissionsBoundaryArn>arn:aws:iam::aws:policy/y\
         </PermissionsBoundaryArn></PermissionsBoundary>\
         <Tags><member><Key>team</Key><Value>a</Value></member></Tags></member></UserDetailList>\
         <GroupDetailList><member><GroupName>ops</GroupName><GroupId>AGPA</GroupId>\
         <Arn>arn:aws:iam::111122223333:group/ops</Arn></member></GroupDetailList>\
         <RoleDetailList><member><RoleName>app</RoleName><RoleId>AROA</RoleId>\
         <Arn>arn:aws:iam::111122223333:role/app</Arn>\
         <AssumeRolePolicyDocument>%7B%7D</AssumeRolePolicyDocument></member></RoleDetailList>",
    )
    .await;
    let user = &found.users[0];
    assert_eq!(
        (user.name.as_str(), user.id.as_str()),
        ("alice", "AIDAEXAMPLE")
    );
    assert_eq!(user.arn, "arn:aws:iam::111122223333:user/ops/alice");
    // In RFC 3986 a plus is a plus.
    assert_eq!(user.inline[0].document, r#"{"a": "+b+c"}"#);
    assert_eq!(user.groups, ["devs", "ops"]);
    assert_eq!(user.attached, ["arn:aws:iam::aws:policy/x"]);
    assert_eq!(user.boundary.as_deref(), Some("arn:aws:iam::aws:policy/y"));
    assert_eq!(user.tags["team"], "a");
    assert_eq!(found.groups[0].name, "ops");
    assert_eq!(found.roles[0].trust, "{}");
    assert_eq!(found.roles[0].boundary, None);
}

#[tokio::test]
async fn of_a_managed_policy_the_version_in_force_counts_and_not_the_newest() {
    let old_and_new = |old: bool, new: bool| {
        let versions = version("v2", new, "%7B2%7D") + &version("v1", old, "%7B1%7D");
        format!("<PolicyVersionList>{versions}</PolicyVersionList>")
    };
    let names = |id: &str| format!("<DefaultVersionId>{id}</DefaultVersionId>");
    for (case, document) in [
        (names("v1") + &old_and_new(true, false), "{1}"),
        (old_and_new(true, false), "{1}"),
        (names("v1") + &old_and_new(false, false), "{1}"),
        // Nobody knows what is in force.
        (old_and_new(false, false), ""),
        (names("v1") + &old_and_new(false, true), ""),
        (names("v3") + &old_and_new(false, false), ""),
        (names("v1"), ""),
    ] {
        let arn = "arn:aws:iam::111122223333:policy/p";
        let found = identities(&format!("<Policies>{}</Policies>", policy(arn, &case))).await;
        assert_eq!(found.policies[0].document, document, "{case}");
        assert_eq!(found.policies[0].arn, arn);
    }
}

#[test]
fn a_document_that_is_not_whole_in_its_encoding_is_kept_as_it_came() {
    for (sent, kept) in [
        ("%7B%22a%22%3A1%7D", r#"{"a":1}"#),
        ("%C3%A9%7b%7d", "é{}"),
        ("%7B%7D%", "%7B%7D%"),
        ("%7B%7D%2", "%7B%7D%2"),
        ("%7B%7D%zz", "%7B%7D%zz"),
        ("%7B%7D%+1", "%7B%7D%+1"),
        ("%7B%ff%7D", "%7B%ff%7D"),
        ("%7B%é", "%7B%é"),
        ("%", "%"),
        ("", ""),
        (r#"{"a":"100%25"}"#, r#"{"a":"100%25"}"#),
    ] {
        assert_eq!(decoded(Some(sent.to_owned())), kept, "{sent}");
    }
    assert_eq!(decoded(None), "");
}

#[tokio::test]
async fn pages_made_after_awss_example_are_all_read_and_sorted() {
    let canned = Canned::new(|seen| {
        let page = |arn: &str, next| {
            let policies = policy(&format!("arn:aws:iam::111122223333:policy/{arn}"), "");
            reply(&format!("<Policies>{policies}</Policies>"), next)
        };
        (seen.action == ACTION).then(|| match &seen.body {
            body if body.contains("Marker=two") => page("a", "<Marker>three</Marker>"),
            body if body.contains("Marker=three") => page("b", ""),
            _ => page("c", "<Marker>two</Marker>"),
        })
    });
    let account = canned.collect(&request()).await.unwrap();
    let found = account.identities.known().unwrap();
    let arns: Vec<&str> = found
        .policies
        .iter()
        .filter_map(|policy| policy.arn.rsplit('/').next())
        .collect();
    assert_eq!(arns, ["a", "b", "c"]);
}

#[tokio::test]
async fn half_an_answer_is_no_answer() {
    let role = "<RoleDetailList><member><RoleName>a</RoleName></member></RoleDetailList>";
    for (reply, missing) in [
        (reply("<Policies/>", "<Marker></Marker>"), "Marker"),
        (reply("", ""), "UserDetailList"),
        (reply(role, ""), "Arn"),
        (Reply::new(200, "<A><Policies/></A>"), "IsTruncated"),
    ] {
        let gap = gap(reply).await;
        assert_eq!(gap.kind, GapKind::Malformed);
        assert!(
            gap.detail.contains(&format!("`{missing}`")),
            "{}",
            gap.detail
        );
    }
    let gap = gap(reply("<Policies/>", "<Marker>again</Marker>")).await;
    assert!(gap.detail.contains("pages of the answer repeat"), "{gap:?}");
}

#[tokio::test]
async fn a_page_that_is_refused_takes_the_others_with_it() {
    let canned = Canned::new(|seen| {
        (seen.action == ACTION).then(|| match seen.body.contains("Marker=two") {
            true => Reply::denial(ACTION),
            false => reply("<Policies/>", "<Marker>two</Marker>"),
        })
    });
    let account = collected(&canned).await;
    let gap = account.identities.gap().unwrap();
    assert_eq!(gap.kind, GapKind::AccessDenied);
}
