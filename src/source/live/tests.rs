//! The collector over canned replies: what each good, missing, denied or broken reply
//! becomes.

use std::collections::BTreeSet;

use super::canned::{ACCOUNT, Canned, Reply, askable, good, request};
use super::*;
use crate::snapshot::{Gap, GapKind, Observed, Selectors};

const MAIN: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main";

/// Calls whose answer one can do without: the facts of all others must be gaps when
/// their call fails. `HeadBucket` has no body that could be cut off.
fn calls() -> impl Iterator<Item = Action> {
    askable().filter(|action| {
        !matches!(
            action,
            Action::GetCallerIdentity | Action::HeadBucket | Action::GetBucketLocation
        )
    })
}

pub(super) fn gaps(account: &Account) -> Vec<Gap> {
    let snapshot = Snapshot {
        schema_version: SCHEMA_VERSION,
        tool_version: String::new(),
        started_at: Timestamp::UNIX_EPOCH,
        finished_at: Timestamp::UNIX_EPOCH,
        accounts: vec![account.clone()],
    };
    let facts = snapshot.facts();
    facts.iter().filter_map(|fact| fact.gap.cloned()).collect()
}

pub(super) async fn collected(canned: &Canned) -> Account {
    canned.collect(&request()).await.unwrap()
}

/// Asserts that `reply` to `action` leaves gaps of `kind` that name `action`, and no other.
async fn assert_gaps(action: Action, reply: Reply, kind: GapKind) {
    let what = format!("{action:?} answered with {reply:?}");
    let account = collected(&Canned::but(action, reply)).await;
    let gaps = gaps(&account);
    assert!(!gaps.is_empty(), "{what}: no gap");
    for gap in gaps {
        assert_eq!(
            (gap.action.as_str(), gap.kind),
            (action.iam(), kind),
            "{what}: {gap:?}"
        );
        assert!(!gap.detail.is_empty());
    }
}

fn half(text: &str) -> String {
    text.chars().take(text.chars().count() / 2).collect()
}

#[tokio::test]
async fn the_good_account_has_no_gap() {
    let canned = Canned::new(|_| None);
    let account = collected(&canned).await;
    assert_eq!(gaps(&account), []);
    assert_eq!(account.id, ACCOUNT);
    assert_eq!(
        account.regions.keys().collect::<Vec<_>>(),
        ["af-south-1", "us-east-1"]
    );
    let trail = &account.trails[0];
    assert_eq!(trail.status.len(), 2);
    assert_eq!(trail.key_prefix, None);
    assert_eq!(
        account.buckets[0].object_lock,
        serde_json::from_str(
            r#"{"known":{"default_retention":{"mode":"COMPLIANCE","period":{"days":400}}}}"#
        )
        .unwrap()
    );
    let group = account.log_group("arn:aws:logs:us-east-1:111122223333:log-group:trail:*");
    let group = group.unwrap().description.known().unwrap().clone().unwrap();
    assert_eq!(group.retention_days, Some(400));
}

#[tokio::test]
async fn each_thing_is_asked_once_and_where_it_lives() {
    let canned = Canned::new(|_| None);
    collected(&canned).await;
    let seen = canned.seen();
    for action in askable() {
        let regions: Vec<&str> = seen
            .iter()
            .filter(|seen| seen.action == action)
            .map(|seen| seen.region.as_str())
            .collect();
        let expected = match action {
            // In every audited Region.
            Action::DescribeTrails | Action::GetTrailStatus => 2,
            // With and without an expected owner.
            Action::HeadBucket => 2,
            // HeadBucket has told.
            Action::GetBucketLocation => 0,
            // The account's and the group's.
            Action::DescribeResourcePolicies => 2,
            // At the root and at the account.
            Action::ListPoliciesForTarget => 2,
            // In every audited Region, one name a call.
            Action::LookupEvents => 2 * 14,
            Action::DescribeConfigurationRecorders
            | Action::DescribeConfigurationRecorderStatus
            | Action::DescribeDeliveryChannels
            | Action::DescribeConfigRules
            | Action::DescribeComplianceByConfigRule
            | Action::ListEventDataStores
            | Action::ListDetectors
            | Action::GetDetector
            | Action::DescribeHub => 2,
            // In every audited Region.
            Action::ListEventRules | Action::ListTargetsByRule => 2,
            // The trail's and the alarm's.
            Action::GetTopicAttributes | Action::ListSubscriptionsByTopic => 2,
            _ => 1,
        };
        assert_eq!(regions.len(), expected, "{action:?} in {regions:?}");
        if expected == 1 {
            assert_eq!(regions, ["us-east-1"], "{action:?}");
        }
    }
}

#[tokio::test]
async fn an_empty_reply_is_malformed_and_never_nothing_configured() {
    for action in calls() {
        assert_gaps(action, Reply::new(200, ""), GapKind::Malformed).await;
    }
}

#[tokio::test]
async fn a_reply_cut_in_half_is_malformed() {
    for action in calls() {
        let body = half(&good(action).body);
        assert_gaps(action, Reply::new(200, body), GapKind::Malformed).await;
    }
}

#[tokio::test]
async fn a_reply_without_its_last_character_is_malformed() {
    for action in calls() {
        let mut body = good(action).body.trim_end().to_owned();
        body.pop();
        assert_gaps(action, Reply::new(200, body), GapKind::Malformed).await;
    }
}

#[tokio::test]
async fn a_whole_reply_without_its_members_is_malformed() {
    // An empty element is S3's way to say that these are not configured.
    let empty_means_none = [
        Action::GetBucketVersioning,
        Action::GetBucketLogging,
        Action::GetBucketPolicy,
        Action::GetBucketNotification,
    ];
    for action in calls().filter(|action| !empty_means_none.contains(action)) {
        let body = good(action).body;
        let hollow = match body.split(['<', '>', ' ']).nth(1) {
            Some(root) if body.starts_with('<') => format!("<{root}></{root}>"),
            _ => "{}".to_owned(),
        };
        assert_gaps(action, Reply::new(200, hollow), GapKind::Malformed).await;
    }
}

#[tokio::test]
async fn a_web_page_in_place_of_an_answer_is_malformed() {
    let page = "<html><body>Please log in</body></html>";
    for action in calls() {
        assert_gaps(action, Reply::new(200, page), GapKind::Malformed).await;
    }
}

#[tokio::test]
async fn a_denied_call_leaves_a_gap_in_its_own_facts_only() {
    for action in calls() {
        let reply = Reply::denial(action);
        let account = collected(&Canned::but(action, reply.clone())).await;
        assert!(
            gaps(&account)
                .iter()
                .all(|gap| gap.detail.contains("not authorized (AccessDenied")),
            "{:?}",
            gaps(&account)
        );
        assert_gaps(action, reply, GapKind::AccessDenied).await;
    }
}

#[tokio::test]
async fn only_wanted_calls_are_made_and_resources_stay_listed() {
    let canned = Canned::new(|_| None);
    let mut request = request();
    request.actions.clear();
    let account = canned.collect(&request).await.unwrap();
    let asked: BTreeSet<Action> = canned.seen().iter().map(|seen| seen.action).collect();
    assert_eq!(asked, Action::ALWAYS.iter().copied().collect());
    assert_eq!(account.trails.len(), 1);
    assert_eq!(account.buckets.len(), 1);
    assert_eq!(account.keys.len(), 1);
    assert_eq!(account.log_groups.len(), 1);
    assert_eq!(account.topics.len(), 1);
    let kind = |gap: Option<&Gap>| gap.map(|gap| gap.kind);
    assert_eq!(
        kind(account.buckets[0].policy.gap()),
        Some(GapKind::NotCollected)
    );
    assert_eq!(kind(account.summary.gap()), Some(GapKind::NotCollected));
    assert_eq!(gaps(&account), []);
}

#[tokio::test]
async fn a_trail_without_insights_is_known_to_have_none() {
    let reply = Reply::json_error("InsightNotEnabledException", "none");
    let account = collected(&Canned::but(Action::GetInsightSelectors, reply)).await;
    assert_eq!(account.trails[0].insights, Observed::Known(Vec::new()));
}

#[tokio::test]
async fn a_trail_without_selectors_of_its_own_has_the_default() {
    let body = format!(r#"{{"TrailARN":"{MAIN}","EventSelectors":[]}}"#);
    let account = collected(&Canned::but(
        Action::GetEventSelectors,
        Reply::new(200, body),
    ))
    .await;
    assert_eq!(
        account.trails[0].selectors,
        Observed::Known(Selectors::Basic(Vec::new()))
    );
}

#[tokio::test]
async fn a_flag_that_describe_trails_leaves_out_is_a_gap_and_not_false() {
    let body = format!(r#"{{"trailList":[{{"TrailARN":"{MAIN}","Name":"main"}}]}}"#);
    let account = collected(&Canned::but(Action::DescribeTrails, Reply::new(200, body))).await;
    let trail = &account.trails[0];
    for gap in [
        trail.multi_region.gap(),
        trail.organization.gap(),
        trail.global_service_events.gap(),
        trail.log_file_validation.gap(),
        trail.bucket.gap(),
    ] {
        assert_eq!(gap.map(|gap| gap.kind), Some(GapKind::Malformed));
    }
    assert_eq!(trail.home_region, "us-east-1");
}

#[tokio::test]
async fn a_trail_without_an_arn_makes_its_regions_answer_malformed() {
    let reply = Reply::new(200, r#"{"trailList":[{"Name":"main"}]}"#);
    let account = collected(&Canned::but(Action::DescribeTrails, reply)).await;
    assert_eq!(account.trails, []);
    assert_eq!(account.unlisted_regions().count(), 2);
}

#[tokio::test]
async fn a_shadow_is_folded_into_its_trail_and_the_home_region_describes_it() {
    let canned = Canned::new(|seen| {
        (seen.action == Action::DescribeTrails && seen.region != "us-east-1").then(|| {
            let body = good(Action::DescribeTrails)
                .body
                .replace("example-logs", "stale-logs");
            Reply::new(200, body)
        })
    });
    let account = collected(&canned).await;
    assert_eq!(account.trails.len(), 1);
    assert_eq!(
        account.trails[0].bucket,
        Observed::Known("example-logs".to_owned())
    );
    for facts in account.regions.values() {
        assert_eq!(facts.trails, Observed::Known(vec![MAIN.to_owned()]));
    }
}

#[tokio::test]
async fn the_home_region_is_asked_even_if_it_is_not_audited() {
    let canned = Canned::new(|_| None);
    let mut request = request();
    request.regions = vec!["af-south-1".to_owned()];
    let account = canned.collect(&request).await.unwrap();
    assert!(account.regions_named);
    assert_eq!(account.regions.keys().collect::<Vec<_>>(), ["af-south-1"]);
    let trail = &account.trails[0];
    assert_eq!(
        trail.status.keys().collect::<Vec<_>>(),
        ["af-south-1", "us-east-1"]
    );
    assert!(trail.is_logging().unwrap());
}

#[tokio::test]
async fn where_list_regions_is_refused_the_built_in_regions_are_asked() {
    let reply =
        Reply::new(403, r#"{"message":"no"}"#).with("x-amzn-errortype", "AccessDeniedException");
    let account = collected(&Canned::but(Action::ListRegions, reply)).await;
    assert_eq!(account.regions.len(), 17);
    assert_eq!(
        account.enabled_regions.gap().map(|gap| gap.kind),
        Some(GapKind::AccessDenied)
    );
    assert!(account.regions_known().is_err());
}

#[tokio::test]
async fn pages_that_repeat_end_in_a_gap_and_not_in_a_loop() {
    let reply = Reply::new(
        200,
        r#"{"Regions":[{"RegionName":"us-east-1","RegionOptStatus":"ENABLED_BY_DEFAULT"}],"NextToken":"a"}"#,
    );
    assert_gaps(Action::ListRegions, reply, GapKind::Malformed).await;
    let reply = Reply::new(
        200,
        r#"{"logGroups":[{"logGroupName":"trail-old"}],"nextToken":"a"}"#,
    );
    assert_gaps(Action::DescribeLogGroups, reply, GapKind::Malformed).await;
}

#[tokio::test]
async fn a_log_group_that_is_not_there_is_known_not_to_be() {
    let reply = Reply::new(200, r#"{"logGroups":[{"logGroupName":"trail-old"}]}"#);
    let account = collected(&Canned::but(Action::DescribeLogGroups, reply)).await;
    assert_eq!(account.log_groups[0].description, Observed::Known(None));
}

#[tokio::test]
async fn another_accounts_log_group_is_left_to_that_account() {
    let body = good(Action::DescribeTrails)
        .body
        .replace("logs:us-east-1:111122223333", "logs:us-east-1:999999999999");
    let canned = Canned::but(Action::DescribeTrails, Reply::new(200, body));
    let account = collected(&canned).await;
    let gap = account.log_groups[0].description.gap().unwrap().clone();
    assert_eq!(gap.kind, GapKind::Unsupported);
    assert!(gap.detail.contains("999999999999"), "{}", gap.detail);
    let policies = account.log_groups[0].resource_policies.gap().unwrap();
    assert_eq!(policies.kind, GapKind::Unsupported);
    let service = |action: Action| action.iam().split(':').next() == Some("logs");
    assert!(!canned.seen().iter().any(|seen| service(seen.action)));
}

#[tokio::test]
async fn an_alias_and_the_arn_of_the_same_key_are_one_key() {
    let canned = Canned::new(|seen| {
        (seen.action == Action::DescribeTrails).then(|| {
            let body = good(Action::DescribeTrails).body;
            let entry = body
                .trim_start_matches(r#"{"trailList":["#)
                .trim_end_matches("]}")
                .to_owned();
            let other = entry
                .replace("trail/main", "trail/other")
                .replace("arn:aws:kms:us-east-1:111122223333:key/1234", "alias/logs");
            Reply::new(200, format!(r#"{{"trailList":[{entry},{other}]}}"#))
        })
    });
    let account = collected(&canned).await;
    assert_eq!(account.keys.len(), 1);
    assert_eq!(
        account.keys[0].references,
        ["alias/logs", "arn:aws:kms:us-east-1:111122223333:key/1234"]
    );
    assert_eq!(account.keys[0].rotation, Observed::Known(true));
}

#[tokio::test]
async fn a_region_that_aws_does_not_list_is_the_callers_to_mend() {
    for (name, words) in [
        ("us-east-9", "did you mean `us-east-1`?"),
        ("ap-east-1", "is not enabled in this account"),
    ] {
        let mut request = request();
        request.regions = vec![name.to_owned()];
        let error = Canned::new(|_| None).collect(&request).await.unwrap_err();
        assert!(matches!(error, Error::Usage(_)), "{error:?}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn whoever_pays_for_requests_is_told_or_not_known() {
    for (payer, pays) in [("Requester", true), ("BucketOwner", false)] {
        let body = format!(
            "<RequestPaymentConfiguration><Payer>{payer}</Payer></RequestPaymentConfiguration>"
        );
        let canned = Canned::but(Action::GetBucketRequestPayment, Reply::new(200, body));
        let account = collected(&canned).await;
        assert_eq!(account.buckets[0].requester_pays, Observed::Known(pays));
    }
    let body = "<RequestPaymentConfiguration><Payer>Nobody</Payer></RequestPaymentConfiguration>";
    let reply = Reply::new(200, body);
    assert_gaps(Action::GetBucketRequestPayment, reply, GapKind::Malformed).await;
}
