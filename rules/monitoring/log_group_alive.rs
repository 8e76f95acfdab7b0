use super::{elsewhere, foreign_account, log_group_arn, log_group_name};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Action, Gap, GapKind, LogGroupClass, Trail, arn};

/// The log group that a trail feeds exists, where and as alarms need it.
pub(super) const RULE: Rule = Rule {
    id: "log-group-alive",
    title: "The trail's log group exists and takes metric filters",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::Monitoring,
    description: "A trail keeps naming its log group after the group was deleted, and nothing \
        complains: every alarm on it just stays quiet. Deleting the log group is therefore a way \
        to blind those who watch without touching the trail. A group of another class than \
        Standard takes no metric filters at all, so no alarm can be built on it, and the class \
        cannot be changed afterwards.",
    criteria: "Fails if the log group that the trail names does not exist, lies in another Region \
        than the trail's home, or is of another class than STANDARD (INFREQUENT_ACCESS and \
        DELIVERY take no metric filters; AWS leaves the class out for old groups, which are \
        STANDARD). Unknown if the log group could not be read. Not applicable if the trail feeds \
        no log group, or if it is an organization trail whose log group belongs to another \
        account.",
    action: "Create the log group again in the trail's home Region, in the Standard class, with the \
        same metric filters, and find out in the trail's own log files who deleted it. For a \
        group of another class, create a new one and name it in the trail.",
    resources: &[
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html",
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html",
    ],
    controls: &[
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: &[Action::DescribeLogGroups],
    remedies: Remedies {
        cli: "aws logs create-log-group --region {region} --log-group-name {log_group} --log-group-class STANDARD",
        terraform: "resource \"aws_cloudwatch_log_group\" \"trail\" {\n  name            = \"{log_group}\"\n  \
            log_group_class = \"STANDARD\"\n}",
        cloudformation: "Type: AWS::Logs::LogGroup\nProperties:\n  LogGroupName: {log_group}\n  \
            LogGroupClass: STANDARD",
    },
    check: Check::Trail(check),
};

fn check(context: &Context<'_>, trail: &Trail) -> Judgement {
    let Some(text) = log_group_arn(trail) else {
        return Ok(Verdict::not_applicable("the trail feeds no log group"));
    };
    let name = log_group_name(text);
    if let Some(owner) = foreign_account(text, &context.account.id)
        && *trail.organization.known()?
    {
        return Ok(elsewhere(owner));
    }
    let Some(arn) = arn::parse(text) else {
        return Err(Gap::new(
            Action::DescribeTrails,
            GapKind::Malformed,
            format!("the trail names a log group by `{text}`, which is no ARN"),
        ));
    };
    if arn.region != trail.home_region {
        let message = format!(
            "the log group `{name}` lies in {}, and not in the trail's home Region {}",
            arn.region, trail.home_region
        );
        return Ok(Verdict::fail(message).evidence("log_group", name));
    }
    let verdict = match context.account.log_group(text)?.description.known()? {
        None => Verdict::fail(format!(
            "the log group `{name}` does not exist, so no alarm on it can ever fire"
        )),
        Some(group) => of_class(&group.class, name),
    };
    Ok(verdict.evidence("log_group", name))
}

fn of_class(class: &LogGroupClass, name: &str) -> Verdict {
    let class = match class {
        LogGroupClass::Standard => "STANDARD",
        LogGroupClass::InfrequentAccess => "INFREQUENT_ACCESS",
        LogGroupClass::Delivery => "DELIVERY",
        LogGroupClass::Other(class) => class,
    };
    let verdict = if class == "STANDARD" {
        Verdict::pass(format!(
            "the log group `{name}` exists, in the class STANDARD"
        ))
    } else {
        Verdict::fail(format!(
            "the log group `{name}` is of the class `{class}`, which takes no metric filters"
        ))
    };
    verdict.evidence("log_group_class", class)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, LogGroupDescription, Observed, story};

    fn ruling(account: &Account) -> Ruling {
        story::judge(&RULE, account).unwrap().ruling
    }

    fn of(class: LogGroupClass) -> Observed<Option<LogGroupDescription>> {
        Observed::Known(Some(LogGroupDescription {
            retention_days: None,
            kms_key_id: None,
            class,
        }))
    }

    #[test]
    fn a_standard_log_group_at_home_passes() {
        assert_eq!(ruling(&story::pristine_account()), Ruling::Pass);
    }

    #[test]
    fn a_log_group_that_is_gone_fails() {
        let mut account = story::pristine_account();
        account.log_group_mut().description = Observed::Known(None);
        assert_eq!(ruling(&account), Ruling::Fail);
    }

    #[test]
    fn a_class_without_metric_filters_fails() {
        for class in [
            LogGroupClass::InfrequentAccess,
            LogGroupClass::Delivery,
            LogGroupClass::Other("FROZEN".to_owned()),
        ] {
            let mut account = story::pristine_account();
            account.log_group_mut().description = of(class);
            assert_eq!(ruling(&account), Ruling::Fail);
        }
    }

    #[test]
    fn a_log_group_outside_the_home_region_fails() {
        let mut account = story::pristine_account();
        account.trail_mut().home_region = "eu-west-1".to_owned();
        assert_eq!(ruling(&account), Ruling::Fail);
    }

    #[test]
    fn the_log_group_of_an_organization_trail_elsewhere_is_not_applicable() {
        let mut account = story::pristine_account();
        let arn = "arn:aws:logs:us-east-1:999988887777:log-group:org:*";
        account.trail_mut().log_group_arn = Some(arn.to_owned());
        account.trail_mut().organization = Observed::Known(true);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
        assert!(verdict.message.contains("999988887777"));
        account.trail_mut().organization = story::denied(Action::DescribeTrails);
        assert!(story::judge(&RULE, &account).is_err());
        account.trail_mut().organization = Observed::Known(false);
        assert!(story::judge(&RULE, &account).is_err());
    }

    #[test]
    fn an_unread_log_group_or_a_name_that_is_no_arn_is_unknown() {
        let mut account = story::pristine_account();
        account.log_group_mut().description = story::denied(Action::DescribeLogGroups);
        assert!(story::judge(&RULE, &account).is_err());
        account.trail_mut().log_group_arn = Some("trail-main".to_owned());
        assert!(story::judge(&RULE, &account).is_err());
    }

    #[test]
    fn a_trail_that_feeds_no_log_group_is_not_applicable() {
        let mut account = story::denied_account();
        account.trail_mut().log_group_arn = None;
        assert_eq!(ruling(&account), Ruling::NotApplicable);
    }
}
