use super::super::canned::{Canned, Reply};
use super::super::tests::{collected, gaps};
use super::*;
use crate::snapshot::{Account, GapKind, Observed};

fn page(subscriptions: &[(&str, &str)], next: &str) -> Reply {
    let member = |(protocol, arn): &(&str, &str)| {
        format!(
            "<member><TopicArn>arn:aws:sns:us-east-1:1:t</TopicArn><Protocol>{protocol}</Protocol>\
             <SubscriptionArn>{arn}</SubscriptionArn><Owner>111122223333</Owner>\
             <Endpoint>security@example.com</Endpoint></member>"
        )
    };
    let members: String = subscriptions.iter().map(member).collect();
    let body = format!(
        "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions>\
         {members}</Subscriptions><NextToken>{next}</NextToken></ListSubscriptionsByTopicResult>\
         </ListSubscriptionsByTopicResponse>"
    );
    Reply::new(200, body)
}

fn subscriptions(account: &Account) -> Vec<(&str, bool)> {
    let found = account.topics[0].subscriptions.known().unwrap().iter();
    found
        .map(|subscription| (subscription.protocol.as_str(), subscription.confirmed))
        .collect()
}

const ARN: &str = "arn:aws:sns:us-east-1:111122223333:trail:6b0e71bd";

#[tokio::test]
async fn all_pages_are_read_and_one_that_is_gone_is_left_out() {
    let canned = Canned::new(|seen| {
        (seen.action == ACTION).then(|| match seen.body.contains("NextToken=two") {
            false => page(&[("sqs", ARN), ("https", "Deleted")], "two"),
            true => page(&[("email", "PendingConfirmation")], ""),
        })
    });
    let account = collected(&canned).await;
    assert_eq!(subscriptions(&account), [("email", false), ("sqs", true)]);
    assert_eq!(
        account.alarm_topics[0].subscriptions,
        account.topics[0].subscriptions
    );
}

#[tokio::test]
async fn nobody_at_all_is_an_answer() {
    let account = collected(&Canned::but(ACTION, page(&[], ""))).await;
    assert_eq!(subscriptions(&account), []);
}

#[tokio::test]
async fn a_topic_that_does_not_exist_tells_nobody() {
    let reply = Reply::new(
        404,
        "<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code>\
         <Message>Topic does not exist</Message></Error></ErrorResponse>",
    );
    let account = collected(&Canned::but(ACTION, reply)).await;
    assert_eq!(account.topics[0].subscriptions, Observed::Known(Vec::new()));
    assert_eq!(gaps(&account), []);
}

#[tokio::test]
async fn half_an_answer_is_no_answer() {
    for (reply, words) in [
        (page(&[("sqs", "")], ""), "`SubscriptionArn`"),
        (page(&[("", ARN)], ""), "`Protocol`"),
        (page(&[("sqs", "someday")], ""), "`someday`"),
        (page(&[], "again"), "pages of the answer repeat"),
    ] {
        let account = collected(&Canned::but(ACTION, reply)).await;
        let gap = account.topics[0].subscriptions.gap().unwrap();
        assert_eq!(gap.kind, GapKind::Malformed);
        assert!(gap.detail.contains(words), "{}", gap.detail);
    }
}
