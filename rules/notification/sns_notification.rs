use serde_json::json;

use crate::pattern::{Answer, event};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{
    Action, Bucket, BucketNotification, BucketNotifications, EventRule, Existence, Gap, GapKind,
    Trail,
};

/// Somebody learns of each new log file.
pub(super) const RULE: Rule = Rule {
    id: "sns-notification",
    title: "Somebody is told of new log files",
    severity: Severity::Low,
    worst: Severity::Low,
    practice: Practice::Notification,
    description: "Log files arrive every few minutes. Programs that index and search them learn \
        of each by a notification; without one they poll, late, or only look when somebody asks. \
        AWS lists notifications among its practices for CloudTrail because a break-in is stopped \
        by those who read the log while it happens.",
    criteria: "Fails if the trail has no SnsTopicARN and its log bucket does no better: neither a \
        topic, queue or function that is told of s3:ObjectCreated:* or s3:ObjectCreated:Put for \
        the trail's log files, nor events to EventBridge with a rule there that matches them and \
        has a target. Unknown if the bucket's notifications or the rules of its Region could not \
        be read, as for a bucket of another account. Whether the topic delivers is for \
        sns-delivery to tell.",
    action: "Name an SNS topic in the trail, with a policy that lets CloudTrail publish to it, or \
        have the bucket tell a queue or function of new objects.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html",
    ],
    controls: &[
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: &[
        Action::HeadBucket,
        Action::GetBucketLocation,
        Action::GetBucketNotification,
        Action::ListEventRules,
        Action::ListTargetsByRule,
        Action::DescribeOrganization,
    ],
    remedies: Remedies {
        cli: "aws cloudtrail update-trail --name {arn} --region {region} --sns-topic-name TOPIC_ARN",
        terraform: "resource \"aws_cloudtrail\" \"trail\" {\n  # keep the other arguments here\n  \
            sns_topic_name = aws_sns_topic.trail.arn\n}",
        cloudformation: "Type: AWS::CloudTrail::Trail\nProperties:\n  # keep the other properties here\n  SnsTopicName: TOPIC_ARN",
    },
    check: Check::Trail(check),
};

fn check(context: &Context<'_>, trail: &Trail) -> Judgement {
    if let Some(topic) = trail.sns_topic_arn.as_deref()
        && !topic.is_empty()
    {
        return Ok(
            Verdict::pass(format!("the trail notifies topic `{topic}`")).evidence("topic", topic)
        );
    }
    let bucket = context.account.bucket(trail.bucket.known()?)?;
    let nothing = BucketNotifications::default();
    let notifications = match bucket.existence.if_known() {
        // What is not there tells nobody anything.
        Some(Existence::Absent) => &nothing,
        _ => bucket.notifications.known()?,
    };
    let key = log_file(context, trail)?;
    let told = |one: &&BucketNotification| tells(one, &key);
    if let Some(one) = notifications.destinations.iter().find(told) {
        return Ok(Verdict::pass(format!(
            "the log bucket tells `{}` of new log files",
            one.arn
        ))
        .evidence("destination", one.arn.as_str()));
    }
    if notifications.event_bridge
        && let Some(rule) = rule_for(context, bucket, &key)?
    {
        return Ok(Verdict::pass(format!(
            "the log bucket tells EventBridge of new log files, and rule `{}` matches them",
            rule.name
        ))
        .evidence("rule", rule.arn.as_str()));
    }
    let bridge = match notifications.event_bridge {
        true => ", and no EventBridge rule with a target matches what it sends there",
        false => "",
    };
    Ok(Verdict::fail(format!(
        "the trail names no SNS topic, and its log bucket `{}` tells nobody of new log files\
         {bridge}",
        bucket.name
    ))
    .evidence("bucket", bucket.name.as_str()))
}

/// The key of a log file as the trail writes it.
fn log_file(context: &Context<'_>, trail: &Trail) -> Result<String, Gap> {
    let account = &context.account.id;
    let organization = match *trail.organization.known()? {
        false => String::new(),
        true => match context.account.organization.known()? {
            Some(organization) => format!("{}/", organization.id),
            None => String::new(),
        },
    };
    let prefix = match trail.key_prefix.as_deref() {
        Some(prefix) if !prefix.is_empty() => format!("{prefix}/"),
        _ => String::new(),
    };
    let region = &trail.home_region;
    Ok(format!(
        "{prefix}AWSLogs/{organization}{account}/CloudTrail/{region}/2026/11/22/\
         {account}_CloudTrail_{region}_20261122T1155Z_0123456789abcdef.json.gz"
    ))
}

/// Whether all log files are told of, of which `key` is one: what comes after `CloudTrail/`
/// differs from file to file.
fn tells(one: &BucketNotification, key: &str) -> bool {
    let common = key.split_inclusive("/CloudTrail/").next().unwrap_or(key);
    let created =
        |event: &String| ["s3:ObjectCreated:*", "s3:ObjectCreated:Put"].contains(&event.as_str());
    one.events.iter().any(created)
        && common.starts_with(&one.prefix)
        && ".json.gz".ends_with(&one.suffix)
}

/// A rule in the bucket's Region that hands on what S3 tells EventBridge of a new object.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html>
fn rule_for<'a>(
    context: &Context<'a>,
    bucket: &Bucket,
    key: &str,
) -> Result<Option<&'a EventRule>, Gap> {
    let account = context.account;
    let region = bucket.region.known()?;
    let facts = account.regions.get(region).ok_or_else(|| {
        Gap::new(
            Action::ListEventRules,
            GapKind::NotCollected,
            format!("the EventBridge rules of {region} are not in the snapshot"),
        )
    })?;
    let told = json!({
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": account.id,
        "time": "2026-11-22T11:55:00Z",
        "region": region,
        "resources": [format!("arn:{}:s3:::{}", account.partition, bucket.name)],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket.name},
            "object": {"key": key, "size": 1024, "etag": "d41d8cd98f00b204e9800998ecf8427e"},
            "request-id": "N4N7GDK58NMKJ12R",
            "requester": "cloudtrail.amazonaws.com",
            "reason": "PutObject",
        },
    });
    let mut missing = None;
    for rule in facts.event_rules.known()? {
        match hands_on(rule, &told) {
            Ok(true) => return Ok(Some(rule)),
            Ok(false) => {}
            Err(gap) => {
                missing.get_or_insert(gap);
            }
        }
    }
    missing.map_or(Ok(None), Err)
}

fn hands_on(rule: &EventRule, told: &serde_json::Value) -> Result<bool, Gap> {
    let unclear = |why: String| {
        let detail = format!("the pattern of EventBridge rule `{}`: {why}", rule.name);
        Gap::new(Action::ListEventRules, GapKind::Unsupported, detail)
    };
    if rule.state == "DISABLED" {
        return Ok(false);
    }
    let pattern =
        event::Pattern::parse(&rule.pattern).map_err(|mistake| unclear(mistake.to_string()))?;
    match pattern.matches(told) {
        Answer::No => Ok(false),
        Answer::Open(why) => Err(unclear(why)),
        Answer::Yes => Ok(!rule.targets.known()?.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, BucketNotifications, EventTarget, Observed, story};

    /// The pristine account with a trail that names no topic, and a bucket that tells so.
    fn without_topic(event_bridge: bool, destinations: Vec<BucketNotification>) -> Account {
        let mut account = story::pristine_account();
        account.trail_mut().sns_topic_arn = None;
        account.bucket_mut().notifications = Observed::Known(BucketNotifications {
            event_bridge,
            destinations,
        });
        account
    }

    fn to_queue(events: &str, prefix: &str, suffix: &str) -> BucketNotification {
        BucketNotification {
            arn: "arn:aws:sqs:us-east-1:111122223333:log-files".to_owned(),
            events: vec![events.to_owned()],
            prefix: prefix.to_owned(),
            suffix: suffix.to_owned(),
        }
    }

    fn ruling(account: &Account) -> Ruling {
        story::judge(&RULE, account).unwrap().ruling
    }

    #[test]
    fn a_trail_that_names_a_topic_passes_and_one_that_names_none_fails() {
        assert_eq!(ruling(&story::pristine_account()), Ruling::Pass);
        let verdict = story::judge(&RULE, &without_topic(false, Vec::new())).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert_eq!(
            verdict.message,
            "the trail names no SNS topic, and its log bucket `example-trail-logs` tells nobody \
             of new log files"
        );
    }

    #[test]
    fn a_bucket_that_tells_of_all_log_files_does_as_well() {
        for (events, prefix, suffix, expected) in [
            ("s3:ObjectCreated:*", "", "", Ruling::Pass),
            ("s3:ObjectCreated:Put", "AWSLogs/", ".gz", Ruling::Pass),
            (
                "s3:ObjectCreated:*",
                "AWSLogs/111122223333/CloudTrail/",
                ".json.gz",
                Ruling::Pass,
            ),
            ("s3:ObjectRemoved:*", "", "", Ruling::Fail),
            ("s3:ObjectCreated:Copy", "", "", Ruling::Fail),
            ("s3:ObjectCreated:*", "elsewhere/", "", Ruling::Fail),
            ("s3:ObjectCreated:*", "", ".txt", Ruling::Fail),
            (
                "s3:ObjectCreated:*",
                "AWSLogs/111122223333/CloudTrail/eu-west-1/",
                "",
                Ruling::Fail,
            ),
        ] {
            let account = without_topic(false, vec![to_queue(events, prefix, suffix)]);
            assert_eq!(ruling(&account), expected, "{events} {prefix} {suffix}");
        }
    }

    fn with_rule(pattern: &str, targets: Observed<Vec<EventTarget>>) -> Account {
        let mut account = without_topic(true, Vec::new());
        account.event_rules_mut("us-east-1").push(EventRule {
            arn: "arn:aws:events:us-east-1:111122223333:rule/log-files".to_owned(),
            name: "log-files".to_owned(),
            pattern: pattern.to_owned(),
            state: "ENABLED".to_owned(),
            targets,
        });
        account
    }

    const CREATED: &str = r#"{"source": ["aws.s3"], "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": ["example-trail-logs"]}}}"#;

    #[test]
    fn eventbridge_needs_a_rule_that_matches_and_has_a_target() {
        let target = EventTarget {
            arn: "arn:aws:lambda:us-east-1:111122223333:function:index".to_owned(),
            role: None,
        };
        let targets = Observed::Known(vec![target]);
        assert_eq!(ruling(&with_rule(CREATED, targets.clone())), Ruling::Pass);
        let other = CREATED.replace("example-trail-logs", "another");
        assert_eq!(ruling(&with_rule(&other, targets.clone())), Ruling::Fail);
        let none = Observed::Known(Vec::new());
        assert_eq!(ruling(&with_rule(CREATED, none)), Ruling::Fail);
        let mut disabled = with_rule(CREATED, targets);
        let rules = disabled.event_rules_mut("us-east-1");
        rules.first_mut().unwrap().state = "DISABLED".to_owned();
        assert_eq!(ruling(&disabled), Ruling::Fail);
        let unread = with_rule(CREATED, story::denied(Action::ListTargetsByRule));
        assert!(story::judge(&RULE, &unread).is_err());
    }

    #[test]
    fn a_bucket_that_does_not_exist_tells_nobody() {
        let mut account = story::pristine_account();
        account.trail_mut().sns_topic_arn = None;
        let bucket = account.bucket_mut();
        bucket.existence = Observed::Known(Existence::Absent);
        bucket.notifications = Observed::not_collected(Action::GetBucketNotification);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
    }

    #[test]
    fn what_could_not_be_read_is_unknown_unless_the_trail_names_a_topic() {
        let mut account = without_topic(false, Vec::new());
        account.bucket_mut().notifications = story::denied(Action::GetBucketNotification);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "s3:GetBucketNotification");
        account.trail_mut().sns_topic_arn = Some("arn:aws:sns:us-east-1:1:t".to_owned());
        assert_eq!(ruling(&account), Ruling::Pass);
    }
}
