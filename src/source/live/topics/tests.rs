use super::super::canned::{Canned, Reply, Seen, good};
use super::super::tests::{collected, gaps};
use super::*;
use crate::snapshot::{GapKind, Observed};

/// The topic where a reply has these attributes, as AWS's example has them.
/// <https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html>
fn with(attributes: &[(&str, &str)]) -> Canned {
    let entries: String = attributes
        .iter()
        .map(|(key, value)| format!("<entry><key>{key}</key><value>{value}</value></entry>"))
        .collect();
    let body = format!(
        "<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes>{entries}\
         </Attributes></GetTopicAttributesResult></GetTopicAttributesResponse>"
    );
    Canned::but(ACTION, Reply::new(200, body))
}

const COMPLETE: [(&str, &str); 3] = [
    ("Policy", "{}"),
    ("SubscriptionsConfirmed", "2"),
    ("SubscriptionsPending", "1"),
];

#[tokio::test]
async fn a_topic_without_a_key_is_not_encrypted() {
    let account = collected(&with(&COMPLETE)).await;
    let topic = &account.topics[0];
    assert_eq!(topic.arn, "arn:aws:sns:us-east-1:111122223333:trail");
    assert_eq!(topic.key, None);
    let attributes = topic.attributes.known().unwrap().clone().unwrap();
    assert_eq!(attributes.policy, "{}");
    assert_eq!(attributes.kms_key_id, None);
    assert_eq!((attributes.confirmed, attributes.pending), (2, 1));
}

#[tokio::test]
async fn every_way_to_name_the_key_leads_to_it_where_the_topic_is() {
    for (name, asked) in [
        ("alias/aws/sns", "us-east-1:111122223333:alias/aws/sns"),
        ("1234-ab", "us-east-1:111122223333:key/1234-ab"),
        (
            "arn:aws:kms:us-east-1:999988887777:key/1",
            "us-east-1:999988887777:key/1",
        ),
        (
            "arn:aws:kms:us-east-1:999988887777:alias/a",
            "us-east-1:999988887777:alias/a",
        ),
    ] {
        let canned = with(&[COMPLETE.as_slice(), &[("KmsMasterKeyId", name)]].concat());
        let account = collected(&canned).await;
        let key = account.topics[0].key.clone().unwrap();
        assert_eq!(key.references, [name]);
        for gap in [key.description.gap(), key.policy.gap(), key.grants.gap()] {
            assert_eq!(gap, None, "{name}");
        }
        let seen = canned.seen();
        let describes = |asked: &str| {
            let named = format!("\"arn:aws:kms:{asked}\"");
            seen.iter()
                .any(|seen| seen.action == Action::DescribeKey && seen.body.contains(&named))
        };
        assert!(describes(asked), "{name}");
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_one_is_a_key_that_nothing_is_known_of() {
    let canned = with(&[COMPLETE.as_slice(), &[("KmsMasterKeyId", "a b")]].concat());
    let account = collected(&canned).await;
    let key = account.topics[0].key.clone().unwrap();
    assert_eq!(key.description.gap().unwrap().kind, GapKind::Malformed);
}

#[tokio::test]
async fn a_topic_that_does_not_exist_is_known_not_to() {
    let reply = Reply::new(
        404,
        "<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code>\
         <Message>Topic does not exist</Message></Error></ErrorResponse>",
    );
    let account = collected(&Canned::but(ACTION, reply)).await;
    assert_eq!(account.topics[0].attributes, Observed::Known(None));
    assert_eq!(gaps(&account), []);
}

#[tokio::test]
async fn an_attribute_that_is_missing_or_no_number_is_malformed() {
    for (broken, value) in [
        ("Policy", ""),
        ("SubscriptionsConfirmed", "many"),
        ("SubscriptionsPending", "-1"),
    ] {
        let mut attributes = COMPLETE;
        for attribute in &mut attributes {
            if attribute.0 == broken {
                attribute.1 = value;
            }
        }
        let account = collected(&with(&attributes)).await;
        let gap = account.topics[0].attributes.gap().unwrap();
        assert_eq!(gap.kind, GapKind::Malformed);
        assert!(gap.detail.contains(broken), "{}", gap.detail);
    }
}

#[tokio::test]
async fn what_is_no_topics_arn_is_asked_nowhere() {
    for arn in ["arn:aws:sqs:us-east-1:1:a", "arn:aws:sns:evil.example/:1:a"] {
        let canned = Canned::new(move |seen| {
            (seen.action == Action::DescribeTrails).then(|| {
                let body = good(Action::DescribeTrails).body;
                Reply::new(
                    200,
                    body.replace("arn:aws:sns:us-east-1:111122223333:trail", arn),
                )
            })
        });
        let account = collected(&canned).await;
        let gap = account.topics[0].attributes.gap().unwrap();
        assert_eq!(gap.kind, GapKind::Malformed);
        let asked = |seen: &Seen| seen.action == ACTION && !seen.body.contains("%3Aalarm");
        assert!(!canned.seen().iter().any(asked));
        assert!(account.topics[0].subscriptions.gap().is_some());
    }
}

#[tokio::test]
async fn a_topic_that_trail_and_alarm_notify_is_read_once_and_stands_in_both_lists() {
    const BOTH: &str = "arn:aws:sns:us-east-1:111122223333:alarm";
    let canned = Canned::new(|seen| {
        (seen.action == Action::DescribeTrails).then(|| {
            let body = good(Action::DescribeTrails).body;
            Reply::new(
                200,
                body.replace("111122223333:trail\"", "111122223333:alarm\""),
            )
        })
    });
    let account = collected(&canned).await;
    assert_eq!(account.topics.len(), 1);
    assert_eq!(account.topics, account.alarm_topics);
    assert_eq!(account.topics[0].arn, BOTH);
    let asked = canned.seen();
    assert_eq!(asked.iter().filter(|seen| seen.action == ACTION).count(), 1);
}
