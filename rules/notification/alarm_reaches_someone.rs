use super::super::monitoring::alarms::READS;
use super::super::monitoring::chain::{self, Told};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict, listed,
};
use crate::snapshot::{Alarm, arn};

/// Whoever should hear of an alarm on the trail's events does.
pub(super) const RULE: Rule = Rule {
    id: "alarm-reaches-someone",
    title: "Alarms on the trail's events reach somebody",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::Notification,
    description: "An alarm that turns red in a console at night helps nobody. Its actions are \
        switched off for maintenance and stay off; the topic was deleted, or its only subscriber \
        never clicked the link in the mail; the topic was encrypted with a key that CloudWatch \
        cannot use, and every message is lost without a word. The alarm still looks set up, and \
        whoever works on the trail's weak spot is not disturbed.",
    criteria: "Looks at each alarm that one event can raise, on a metric that a filter on a \
        trail's log group feeds. Fails if ActionsEnabled is false or there is no action, its own \
        or that of a composite alarm that always follows it; or if no action reaches anybody: a \
        topic that does not exist, has no confirmed subscription, or that CloudWatch cannot \
        publish to by its policy or the policy of its key, as under alias/aws/sns. An action of \
        another kind than a topic counts. Unknown if that turns on a fact that could not be \
        read, such as a topic of another account. Not applicable if there is no such alarm.",
    action: "Switch the alarm's actions on, subscribe somebody to its topic and have the \
        subscription confirmed. Encrypt the topic with a customer managed key whose policy lets \
        cloudwatch.amazonaws.com kms:Decrypt and kms:GenerateDataKey*.",
    resources: &[
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html",
        "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
        "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-15",
    ],
    controls: &[
        Control::security_hub("CloudWatch.15"),
        Control::security_hub("CloudWatch.17"),
        Control::config("cloudwatch-alarm-action-check"),
        Control::config("cloudwatch-alarm-action-enabled-check"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: READS,
    remedies: Remedies {
        cli: "aws cloudwatch enable-alarm-actions --region {log_region} --alarm-names {alarm}\n\
            aws sns subscribe --region {log_region} --topic-arn TOPIC_ARN --protocol email --notification-endpoint ADDRESS\n\
            # whoever owns the address confirms it by the link in the mail",
        terraform: "resource \"aws_cloudwatch_metric_alarm\" \"trail\" {\n  # keep the other arguments here\n  \
            actions_enabled = true\n  alarm_actions   = [aws_sns_topic.alarms.arn]\n}\n\n\
            resource \"aws_sns_topic_subscription\" \"alarms\" {\n  topic_arn = aws_sns_topic.alarms.arn\n  \
            protocol  = \"email\"\n  endpoint  = \"ADDRESS\"\n}",
        cloudformation: "Type: AWS::CloudWatch::Alarm\nProperties:\n  # keep the other properties here\n  \
            ActionsEnabled: true\n  AlarmActions:\n    - TOPIC_ARN",
    },
    check: Check::Account(check),
};

fn check(context: &Context<'_>) -> Judgement {
    let alarms = chain::alarms(context);
    let nobody: Vec<(&Alarm, &str)> = alarms
        .told
        .iter()
        .filter_map(|(alarm, told)| match told {
            Told::Nobody(why) => Some((*alarm, why.as_str())),
            Told::Somebody | Told::Perhaps(_) => None,
        })
        .collect();
    if let Some((alarm, why)) = nobody.first() {
        let others = match nobody.len() {
            1 => String::new(),
            2 => "; one more alarm reaches nobody either".to_owned(),
            many => format!("; {} more alarms reach nobody either", many - 1),
        };
        let names: Vec<&str> = nobody
            .iter()
            .map(|(alarm, _)| alarm.name.as_str())
            .collect();
        let region = arn::parse(&alarm.arn).map_or("", |arn| arn.region);
        return Ok(Verdict::fail(format!("{why}{others}"))
            .evidence("alarm", alarm.name.as_str())
            .evidence("log_region", region)
            .evidence("alarms", names));
    }
    for (_, told) in &alarms.told {
        if let Told::Perhaps(gap) = told {
            return Err(gap.clone());
        }
    }
    if let Some(gap) = alarms.hidden {
        return Err(gap);
    }
    let names: Vec<&str> = alarms
        .told
        .iter()
        .map(|(alarm, _)| alarm.name.as_str())
        .collect();
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    Ok(match names.as_slice() {
        [] => alarms.elsewhere.unwrap_or_else(|| {
            Verdict::not_applicable("no alarm watches what the trails' log groups count")
        }),
        [_] => Verdict::pass(format!("alarm {} reaches somebody", listed(&quoted)))
            .evidence("alarms", names),
        _ => Verdict::pass(format!("alarms {} reach somebody", listed(&quoted)))
            .evidence("alarms", names),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, Action, Observed, Watched, story};

    fn judged(change: impl Fn(&mut Account)) -> Judgement {
        let mut account = story::pristine_account();
        change(&mut account);
        story::judge(&RULE, &account)
    }

    #[test]
    fn an_alarm_that_is_switched_off_fails_beside_others_that_are_not() {
        let verdict = judged(|account| {
            let alarms = account.alarms_mut("us-east-1");
            alarms.first_mut().unwrap().actions_enabled = false;
        });
        let verdict = verdict.unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert_eq!(
            verdict.message,
            "alarm `alarm-unauthorized-api-calls` has its actions switched off"
        );
    }

    #[test]
    fn alarms_that_no_event_raises_or_that_watch_other_metrics_are_not_looked_at() {
        let verdict = judged(|account| {
            let mut alarms = account.alarms_mut("us-east-1").iter_mut();
            let first = alarms.next().unwrap();
            first.actions.clear();
            if let Watched::Metric(condition) = &mut first.watches {
                condition.threshold = Some(100.0);
            }
            let second = alarms.next().unwrap();
            second.actions.clear();
            if let Watched::Metric(condition) = &mut second.watches {
                condition.metric.name = "CPUUtilization".to_owned();
            }
        });
        assert_eq!(verdict.unwrap().ruling, Ruling::Pass);
    }

    #[test]
    fn many_alarms_on_a_topic_that_nobody_hears_are_counted() {
        let verdict = judged(|account| {
            account.alarm_topic_mut().subscriptions = Observed::Known(Vec::new());
        });
        let message = verdict.unwrap().message;
        assert!(
            message.ends_with(
                "topic `alarms` has no subscription; 15 more alarms reach nobody either"
            ),
            "{message}"
        );
    }

    #[test]
    fn without_an_alarm_it_does_not_apply_unless_one_may_hide() {
        let none = |account: &mut Account| account.alarms_mut("us-east-1").clear();
        assert_eq!(judged(none).unwrap().ruling, Ruling::NotApplicable);
        let hidden = judged(|account| {
            account.log_group_mut().metric_filters = story::denied(Action::DescribeMetricFilters);
        });
        assert_eq!(hidden.unwrap_err().action, "logs:DescribeMetricFilters");
        let hidden = judged(|account| {
            let denied = story::denied(Action::DescribeAlarms);
            account.regions.get_mut("us-east-1").unwrap().alarms = denied;
        });
        assert_eq!(hidden.unwrap_err().action, "cloudwatch:DescribeAlarms");
    }

    #[test]
    fn edge_case_1_alarms_on_an_organization_trails_log_group_are_for_its_owner_to_judge() {
        let verdict = judged(|account| {
            let trail = account.trail_mut();
            trail.arn = trail.arn.replace("111122223333", "999999999999");
            trail.organization = Observed::Known(true);
            let group = trail.log_group_arn.as_mut().unwrap();
            *group = group.replace("111122223333", "999999999999");
        });
        let verdict = verdict.unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
        assert!(
            verdict.message.contains("999999999999"),
            "{}",
            verdict.message
        );
    }
}
