use super::super::canned::{Canned, Reply};
use super::super::tests::collected;
use super::*;
use crate::snapshot::{GapKind, Observed};

fn canned(inside: &str) -> Canned {
    let body = format!(
        "<NotificationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{inside}\
         </NotificationConfiguration>"
    );
    Canned::but(ACTION, Reply::new(200, body))
}

fn filtered(name: &str) -> Canned {
    canned(&format!(
        "<QueueConfiguration><Id>a</Id><Queue>arn:aws:sqs:us-east-1:111122223333:q</Queue>\
         <Event>s3:ObjectCreated:Put</Event><Event>s3:ObjectRemoved:*</Event><Filter><S3Key>\
         <FilterRule><Name>{name}</Name><Value>AWSLogs/</Value></FilterRule></S3Key></Filter>\
         </QueueConfiguration>"
    ))
}

#[tokio::test]
async fn a_bucket_without_notifications_tells_nobody() {
    let account = collected(&canned("")).await;
    let none = BucketNotifications::default();
    assert_eq!(account.buckets[0].notifications, Observed::Known(none));
}

#[tokio::test]
async fn topics_queues_functions_and_event_bridge_are_told() {
    let canned = canned(
        "<TopicConfiguration><Topic>arn:aws:sns:us-east-1:1:t</Topic>\
         <Event>s3:ObjectCreated:*</Event></TopicConfiguration>\
         <QueueConfiguration><Queue>arn:aws:sqs:us-east-1:1:q</Queue>\
         <Event>s3:ObjectCreated:*</Event></QueueConfiguration>\
         <CloudFunctionConfiguration><CloudFunction>arn:aws:lambda:us-east-1:1:function:f\
         </CloudFunction><Event>s3:ObjectCreated:*</Event></CloudFunctionConfiguration>\
         <EventBridgeConfiguration/>",
    );
    let account = collected(&canned).await;
    let notifications = account.buckets[0].notifications.known().unwrap();
    assert!(notifications.event_bridge);
    let told = notifications.destinations.iter();
    let told: Vec<&str> = told.map(|to| to.arn.as_str()).collect();
    assert_eq!(
        told,
        [
            "arn:aws:sns:us-east-1:1:t",
            "arn:aws:sqs:us-east-1:1:q",
            "arn:aws:lambda:us-east-1:1:function:f"
        ]
    );
}

#[tokio::test]
async fn the_part_of_the_key_that_is_filtered_by_is_known_however_it_is_spelt() {
    for (name, prefix, suffix) in [
        ("prefix", "AWSLogs/", ""),
        ("Prefix", "AWSLogs/", ""),
        ("suffix", "", "AWSLogs/"),
        ("Suffix", "", "AWSLogs/"),
    ] {
        let account = collected(&filtered(name)).await;
        let notifications = account.buckets[0].notifications.known().unwrap();
        let queue = &notifications.destinations[0];
        assert_eq!(
            (queue.prefix.as_str(), queue.suffix.as_str()),
            (prefix, suffix)
        );
        assert_eq!(queue.events, ["s3:ObjectCreated:Put", "s3:ObjectRemoved:*"]);
    }
}

#[tokio::test]
async fn half_an_answer_is_no_answer() {
    let nobody = "<TopicConfiguration><Event>s3:ObjectCreated:*</Event></TopicConfiguration>";
    for (canned, words) in [(filtered("middle"), "`middle`"), (canned(nobody), "`Arn`")] {
        let account = collected(&canned).await;
        let gap = account.buckets[0].notifications.gap().unwrap();
        assert_eq!(gap.kind, GapKind::Malformed);
        assert!(gap.detail.contains(words), "{}", gap.detail);
    }
}
