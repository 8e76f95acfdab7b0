use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Ruling, Severity, Verdict,
    in_covered_regions, said,
};
use crate::snapshot::{Action, Gap, Subscription, Topic, Trail};

/// What a trail announces on its topic arrives somewhere.
pub(super) const RULE: Rule = Rule {
    id: "sns-delivery",
    title: "Notifications about log files arrive",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::Notification,
    description: "Programs that watch the log learn of a new log file from the trail's topic. If \
        the topic is gone, nobody is subscribed to it, or CloudTrail's publishing fails, they \
        simply see nothing new, as on a quiet day: what happens from then on is recorded and \
        looked at by nobody.",
    criteria: "Fails if the topic does not exist, has no confirmed subscription \
        (PendingConfirmation and Deleted are none), or if a logging trail that notifies it \
        reports LatestNotificationError in a Region it covers. Unknown if the topic, its \
        subscriptions or a trail's status in a Region could not be read, as in another account.",
    action: "Create the topic or point the trail at one that exists, subscribe whoever reads the \
        log files and confirm the subscription. For an error, let CloudTrail sns:Publish in the \
        topic policy, and use the key of an encrypted topic.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html",
        "https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html",
    ],
    controls: &[
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: &[
        Action::GetTrailStatus,
        Action::GetTopicAttributes,
        Action::ListSubscriptionsByTopic,
    ],
    remedies: Remedies {
        cli: "aws sns subscribe --region {region} --topic-arn {arn} --protocol sqs --notification-endpoint QUEUE_ARN\n\
            aws sns list-subscriptions-by-topic --region {region} --topic-arn {arn}",
        terraform: "resource \"aws_sns_topic_subscription\" \"log_files\" {\n  topic_arn = \"{arn}\"\n  \
            protocol  = \"sqs\"\n  endpoint  = aws_sqs_queue.log_files.arn\n}",
        cloudformation: "Type: AWS::SNS::Subscription\nProperties:\n  TopicArn: {arn}\n  Protocol: sqs\n  Endpoint: QUEUE_ARN",
    },
    check: Check::Topic(check),
};

fn check(context: &Context<'_>, topic: &Topic) -> Judgement {
    let exists = topic.attributes.known();
    if let Ok(None) = exists {
        return Ok(Verdict::fail("the topic does not exist"));
    }
    let subscriptions = topic.subscriptions.known();
    let confirmed = |all: &[Subscription]| all.iter().filter(|one| one.confirmed).count();
    let count = topic.subscriptions.if_known().map(|all| confirmed(all));
    if count == Some(0) {
        let pending = subscriptions.map_or(0, Vec::len);
        let why = match pending {
            0 => "the topic has no subscription".to_owned(),
            1 => "the topic's only subscription is not confirmed".to_owned(),
            many => format!("none of the topic's {many} subscriptions is confirmed"),
        };
        return Ok(Verdict::fail(why)
            .evidence("confirmed", 0)
            .evidence("pending", pending));
    }
    let mut missing: Option<Gap> = None;
    let notifies = |trail: &&Trail| trail.sns_topic_arn.as_ref() == Some(&topic.arn);
    for trail in context.account.trails.iter().filter(notifies) {
        match announces(context, trail) {
            Ok(None) => {}
            Ok(Some(failed)) => return Ok(failed),
            Err(gap) => {
                missing.get_or_insert(gap);
            }
        }
    }
    if let Some(gap) = missing {
        return Err(gap);
    }
    exists?;
    subscriptions?;
    // A trail that nobody saw may fail to notify the topic.
    context.account.all_trails()?;
    let count = count.unwrap_or_default();
    let plural = if count == 1 { "" } else { "s" };
    Ok(Verdict::pass(format!(
        "the topic has {count} confirmed subscription{plural}, and no trail reports an error"
    ))
    .evidence("confirmed", count))
}

/// The verdict on a trail whose notifications fail, if they do.
fn announces(context: &Context<'_>, trail: &Trail) -> Result<Option<Verdict>, Gap> {
    if !trail.is_logging()? {
        return Ok(None);
    }
    let verdict = in_covered_regions(context, trail, |status| {
        Ok(match said(status.notification_error.as_deref()) {
            Some(error) => Verdict::fail(format!(
                "trail `{}` cannot notify the topic: `{error}`",
                trail.name
            ))
            .evidence("latest_notification_error", error),
            None => Verdict::pass("no error"),
        })
    })?;
    Ok(match verdict.ruling {
        Ruling::Fail => Some(verdict),
        _ => None,
    })
}
