use super::{gone, log_group_name, owned_elsewhere};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Action, Gap, GapKind, LogGroup, LogGroupClass};

/// Log groups keep events long enough.
pub(super) const RULE: Rule = Rule {
    id: "log-group-retention",
    title: "The log group keeps events long enough",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::Monitoring,
    description: "CloudWatch Logs deletes events after the log group's retention period. The log \
        group is where investigations begin, and a copy that survives when the log bucket is \
        attacked; a period of a few days leaves little of either. An intruder who may call \
        PutRetentionPolicy can shorten it to a day and wait.",
    criteria: "Fails if the log group keeps events for fewer than retention-days (365 by default), \
        or is of the class DELIVERY, which keeps them for a day or two whatever is set. Any other \
        log group without a retention period never expires events, and passes. Unknown if the log \
        group could not be read, or is of a class that is not known. Not applicable if the log group does not exist, or belongs to \
        another account because an organization's trail feeds it.",
    action: "Raise the retention period to what your policies demand, or remove it. Events already \
        deleted do not come back; the log files in the bucket still have them.",
    resources: &[
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
    ],
    controls: &[
        Control::security_hub("CloudWatch.16"),
        Control::config("cw-loggroup-retention-period-check"),
    ],
    reads: &[Action::DescribeLogGroups],
    remedies: Remedies {
        cli: "aws logs put-retention-policy --region {region} --log-group-name {log_group} --retention-in-days {days_to_set}",
        terraform: "resource \"aws_cloudwatch_log_group\" \"trail\" {\n  name              = \"{log_group}\"\n  \
            retention_in_days = 365\n}",
        cloudformation: "Type: AWS::Logs::LogGroup\nProperties:\n  LogGroupName: {log_group}\n  \
            RetentionInDays: 365",
    },
    check: Check::LogGroup(check),
};

fn check(context: &Context<'_>, group: &LogGroup) -> Judgement {
    if let Some(verdict) = owned_elsewhere(context, group)? {
        return Ok(verdict);
    }
    let Some(description) = group.description.known()? else {
        return Ok(gone());
    };
    let demanded = context.settings.log_group_retention.days;
    let verdict = match (&description.class, description.retention_days) {
        // "Log events in log groups in the Delivery class are kept in CloudWatch Logs for only
        // one day": https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
        (LogGroupClass::Delivery, _) => Verdict::fail(format!(
            "the log group is of the class DELIVERY, which deletes events after a day or two, \
             earlier than the demanded {demanded} days"
        )),
        (_, Some(days)) if days < demanded => Verdict::fail(format!(
            "events are deleted after {days} days, earlier than the demanded {demanded}"
        )),
        (LogGroupClass::Other(class), _) => {
            let detail = format!("how long the log class `{class}` keeps events is not known");
            return Err(Gap::new(
                Action::DescribeLogGroups,
                GapKind::Unsupported,
                detail,
            ));
        }
        (_, None) => Verdict::pass("events never expire"),
        (_, Some(days)) => Verdict::pass(format!("events are kept for {days} days")),
    };
    let verdict = verdict
        .evidence("log_group", log_group_name(&group.arn))
        .evidence("retention_days", description.retention_days);
    Ok(match PERIODS.iter().find(|days| **days >= demanded) {
        Some(days) => verdict.evidence("days_to_set", *days),
        None => verdict,
    })
}

/// The periods that `PutRetentionPolicy` takes, in days:
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>.
const PERIODS: &[u32] = &[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Retention, Settings};
    use crate::rule::Ruling;
    use crate::snapshot::{Account, Observed, story};

    fn keeping(retention_days: Option<u32>) -> Account {
        let mut account = story::pristine_account();
        if let Observed::Known(Some(group)) = &mut account.log_group_mut().description {
            group.retention_days = retention_days;
        }
        account
    }

    #[test]
    fn the_remedy_sets_the_shortest_period_there_is_that_will_do() {
        for (demanded, days) in [
            (365, Some(365)),
            (366, Some(400)),
            (3_653, Some(3_653)),
            (3_654, None),
        ] {
            let settings = Settings {
                log_group_retention: Retention { days: demanded },
                ..Settings::default()
            };
            let verdict = story::judge_with(&RULE, &keeping(Some(30)), &settings).unwrap();
            let said = verdict
                .evidence
                .get("days_to_set")
                .and_then(|days| days.as_u64());
            assert_eq!(said, days, "{demanded}");
        }
    }

    #[test]
    fn never_expiring_and_long_enough_pass_and_shorter_fails() {
        for (days, ruling) in [
            (None, Ruling::Pass),
            (Some(365), Ruling::Pass),
            (Some(364), Ruling::Fail),
        ] {
            let verdict = story::judge(&RULE, &keeping(days)).unwrap();
            assert_eq!(verdict.ruling, ruling, "{days:?}");
        }
    }

    #[test]
    fn a_class_with_a_period_of_its_own_never_passes() {
        let of = |class: LogGroupClass, days| {
            let mut account = keeping(days);
            if let Observed::Known(Some(group)) = &mut account.log_group_mut().description {
                group.class = class;
            }
            story::judge(&RULE, &account)
        };
        for days in [None, Some(3653)] {
            let verdict = of(LogGroupClass::Delivery, days).unwrap();
            assert_eq!(verdict.ruling, Ruling::Fail, "{days:?}");
            assert!(of(LogGroupClass::Other("FROZEN".to_owned()), days).is_err());
        }
        let verdict = of(LogGroupClass::Other("FROZEN".to_owned()), Some(30)).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        let verdict = of(LogGroupClass::InfrequentAccess, None).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
    }

    #[test]
    fn the_period_can_be_set() {
        let settings = Settings {
            log_group_retention: Retention { days: 30 },
            ..Settings::default()
        };
        let verdict = story::judge_with(&RULE, &keeping(Some(30)), &settings).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
    }

    #[test]
    fn an_unread_log_group_is_unknown_and_a_deleted_one_not_applicable() {
        let mut account = story::pristine_account();
        account.log_group_mut().description = story::denied(Action::DescribeLogGroups);
        assert!(story::judge(&RULE, &account).is_err());
        account.log_group_mut().description = Observed::Known(None);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
    }

    #[test]
    fn the_log_group_of_an_organization_trail_elsewhere_is_not_applicable() {
        let mut account = story::denied_account();
        let arn = "arn:aws:logs:us-east-1:999988887777:log-group:org";
        arn.clone_into(&mut account.log_group_mut().arn);
        let trail = account.trail_mut();
        trail.log_group_arn = Some(format!("{arn}:*"));
        trail.arn = trail.arn.replace("111122223333", "999988887777");
        assert!(
            story::judge(&RULE, &account).is_err(),
            "of what kind is the trail?"
        );
        account.trail_mut().organization = Observed::Known(true);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
        account.trail_mut().organization = Observed::Known(false);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
