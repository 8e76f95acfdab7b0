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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Account, Observed, story};

    fn judged(change: impl Fn(&mut Account)) -> Judgement {
        let mut account = story::pristine_account();
        change(&mut account);
        story::judge(&RULE, &account)
    }

    fn message(change: impl Fn(&mut Account)) -> String {
        let verdict = judged(change).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail, "{}", verdict.message);
        verdict.message
    }

    fn subscriptions(confirmed: &[bool]) -> Observed<Vec<Subscription>> {
        let one = |confirmed: &bool| Subscription {
            protocol: "email".to_owned(),
            confirmed: *confirmed,
        };
        Observed::Known(confirmed.iter().map(one).collect())
    }

    #[test]
    fn one_confirmed_subscription_is_enough() {
        let verdict = judged(|account| {
            account.topic_mut().subscriptions = subscriptions(&[false, true]);
        });
        let verdict = verdict.unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        assert_eq!(
            verdict.message,
            "the topic has 1 confirmed subscription, and no trail reports an error"
        );
    }

    #[test]
    fn a_topic_that_is_gone_or_that_nobody_hears_fails() {
        let of = |confirmed: &'static [bool]| {
            message(move |account| account.topic_mut().subscriptions = subscriptions(confirmed))
        };
        assert_eq!(of(&[]), "the topic has no subscription");
        assert_eq!(
            of(&[false]),
            "the topic's only subscription is not confirmed"
        );
        assert_eq!(
            of(&[false; 3]),
            "none of the topic's 3 subscriptions is confirmed"
        );
        let gone = |account: &mut Account| account.topic_mut().attributes = Observed::Known(None);
        assert_eq!(message(gone), "the topic does not exist");
    }

    /// "Returns trail status from a single Region": the error may be in any of them.
    #[test]
    fn edge_case_2_an_error_in_any_region_fails() {
        let failed = message(|account| {
            let status = account.trail_mut().status_mut("eu-west-1");
            status.notification_error = Some("AuthorizationError".to_owned());
        });
        assert_eq!(
            failed,
            "eu-west-1: trail `main` cannot notify the topic: `AuthorizationError`"
        );
        let stopped = judged(|account| {
            let trail = account.trail_mut();
            trail.status_mut("eu-west-1").notification_error =
                Some("AuthorizationError".to_owned());
            trail.status_mut("us-east-1").is_logging = false;
        });
        assert_eq!(stopped.unwrap().ruling, Ruling::Pass);
    }

    #[test]
    fn what_could_not_be_read_is_unknown() {
        let unknown = |change: fn(&mut Account)| judged(change).unwrap_err().action;
        assert_eq!(
            unknown(|account| {
                let denied = story::denied(Action::ListSubscriptionsByTopic);
                account.topic_mut().subscriptions = denied;
            }),
            "sns:ListSubscriptionsByTopic"
        );
        assert_eq!(
            unknown(|account| {
                account.topic_mut().attributes = story::denied(Action::GetTopicAttributes);
            }),
            "sns:GetTopicAttributes"
        );
        assert_eq!(
            unknown(|account| {
                let denied = story::denied(Action::GetTrailStatus);
                account
                    .trail_mut()
                    .status
                    .insert("eu-west-1".to_owned(), denied);
            }),
            "cloudtrail:GetTrailStatus"
        );
    }
}
