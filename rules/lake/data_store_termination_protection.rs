use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Action, DataStore};

/// Termination protection is on for every event data store.
pub(super) const RULE: Rule = Rule {
    id: "data-store-termination-protection",
    title: "Event data stores are protected from deletion",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::Lake,
    description: "An event data store is deleted with one call, and with it every event it holds: \
        there is no bucket below it that could keep versions or be locked. Termination protection \
        makes CloudTrail refuse that call until somebody has switched the protection off, which \
        is a second call to be permitted, noticed and alarmed on. Without it a hijacked \
        administrator, or a clean-up script, needs one mistake only.",
    criteria: "Fails for an event data store whose TerminationProtectionEnabled is false. Unknown \
        if the store could not be read, or if a Region's event data stores could not be listed. \
        Not applicable if the account has no event data store.",
    action: "Turn termination protection on, and permit UpdateEventDataStore to as few principals \
        as DeleteEventDataStore.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-eds-termination-protection.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateEventDataStore.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &[Action::GetEventDataStore],
    remedies: Remedies {
        cli: "aws cloudtrail update-event-data-store --event-data-store {arn} --region {region} --termination-protection-enabled",
        terraform: "resource \"aws_cloudtrail_event_data_store\" \"store\" {\n  termination_protection_enabled = true\n}",
        cloudformation: "Type: AWS::CloudTrail::EventDataStore\nProperties:\n  TerminationProtectionEnabled: true",
    },
    check: Check::DataStore(check),
};

fn check(_: &Context<'_>, store: &DataStore) -> Judgement {
    let details = store.details.known()?;
    let on = details.termination_protection;
    let verdict = match on {
        true => Verdict::pass(format!(
            "termination protection is on for event data store `{}`",
            details.name
        )),
        false => Verdict::fail(format!(
            "termination protection is off, so one call deletes event data store `{}` and every \
             event in it",
            details.name
        )),
    };
    Ok(verdict.evidence("termination_protection_enabled", on))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::story;

    #[test]
    fn protection_on_passes_and_off_fails() {
        let mut account = story::pristine_account();
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
        account.data_store_mut().termination_protection = false;
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(verdict.message.contains("`events`"), "{}", verdict.message);
    }

    #[test]
    fn a_store_that_could_not_be_read_is_unknown() {
        let mut account = story::pristine_account();
        account.data_stores[0].details = story::denied(Action::GetEventDataStore);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
