use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Action, DataStore};

/// Event data stores keep events long enough.
pub(super) const RULE: Rule = Rule {
    id: "data-store-retention",
    title: "Event data stores keep events long enough",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::Lake,
    description: "CloudTrail Lake deletes events for good when the retention period of their event \
        data store is over. Intrusions are often found months after they began; what happened \
        first, and by whose credentials, is then no longer there to be queried. Shortening the \
        period also is a quiet way to destroy evidence: no deletion is recorded but the one \
        UpdateEventDataStore.",
    criteria: "Fails if the store's RetentionPeriod is shorter than retention-days (365 by \
        default). Unknown if the store could not be read, or if a Region's event data stores could \
        not be listed. Not applicable if the account has no event data store.",
    action: "Raise the retention period to what your policies demand. Events that are already \
        deleted do not come back; the log files of a trail may still have them.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-event-data-store.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateEventDataStore.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &[Action::GetEventDataStore],
    remedies: Remedies {
        cli: "aws cloudtrail update-event-data-store --event-data-store {arn} --region {region} --retention-period {demanded_days}",
        terraform: "resource \"aws_cloudtrail_event_data_store\" \"store\" {\n  retention_period = {demanded_days}\n}",
        cloudformation: "Type: AWS::CloudTrail::EventDataStore\nProperties:\n  RetentionPeriod: {demanded_days}",
    },
    check: Check::DataStore(check),
};

fn check(context: &Context<'_>, store: &DataStore) -> Judgement {
    let details = store.details.known()?;
    let days = details.retention_days;
    let demanded = context.settings.data_store_retention.days;
    let verdict = if days < demanded {
        Verdict::fail(format!(
            "event data store `{}` deletes events after {days} days, earlier than the demanded \
             {demanded}",
            details.name
        ))
    } else {
        Verdict::pass(format!(
            "event data store `{}` keeps events for {days} days",
            details.name
        ))
    };
    Ok(verdict
        .evidence("retention_days", days)
        .evidence("demanded_days", demanded))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Retention, Settings};
    use crate::rule::Ruling;
    use crate::snapshot::story;

    fn ruling(days: u32, demanded: Option<u32>) -> Ruling {
        let mut account = story::pristine_account();
        account.data_store_mut().retention_days = days;
        let mut settings = Settings::default();
        if let Some(days) = demanded {
            settings.data_store_retention = Retention { days };
        }
        let judgement = story::judge_with(&RULE, &account, &settings);
        judgement.unwrap().ruling
    }

    #[test]
    fn the_demanded_period_is_enough_and_a_day_less_is_not() {
        assert_eq!(ruling(365, None), Ruling::Pass);
        assert_eq!(ruling(364, None), Ruling::Fail);
        assert_eq!(ruling(2557, Some(2557)), Ruling::Pass);
        assert_eq!(ruling(2556, Some(2557)), Ruling::Fail);
        assert_eq!(ruling(90, Some(90)), Ruling::Pass);
    }

    #[test]
    fn a_store_that_could_not_be_read_is_unknown() {
        let mut account = story::pristine_account();
        account.data_stores[0].details = story::denied(Action::GetEventDataStore);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
