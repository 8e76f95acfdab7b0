use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Action, DataStore};

/// Every event data store takes events in.
pub(super) const RULE: Rule = Rule {
    id: "data-store-ingesting",
    title: "Event data stores take events in",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::Lake,
    description: "Ingestion can be stopped with one call, StopEventDataStoreIngestion, and the \
        store then looks as before: old events are found, new ones never arrive, and no query \
        fails. Whoever wants to work unseen does just that; a store waiting for its deletion \
        takes nothing in either. What happened meanwhile cannot be brought back into the store \
        except from a trail's log files.",
    criteria: "Fails if the store's Status is anything but ENABLED: stopped, stopping, only just \
        starting, created and never started, or waiting for deletion. A store that was made to \
        hold copied events only, and stopped for that reason, fails too. Unknown if the store \
        could not be read, or if a Region's event data stores could not be listed. Not applicable \
        if the account has no event data store.",
    action: "Start ingestion again, after restoring the store if it waits for deletion, and find \
        out from a trail's log files who stopped it. Delete a store that nobody needs any more.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-eds-stop-ingestion.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventDataStore.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-eds-restore.html",
    ],
    controls: &[
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: &[Action::GetEventDataStore],
    remedies: Remedies {
        cli: "# if it waits for deletion, first\n\
            # aws cloudtrail restore-event-data-store --event-data-store {arn} --region {region}\n\
            aws cloudtrail start-event-data-store-ingestion --event-data-store {arn} --region {region}",
        terraform: "# Terraform adopts a store and does not start it: restore it and start its ingestion with the\n# AWS CLI, then keep it from being deleted.\nresource \"aws_cloudtrail_event_data_store\" \"store\" {\n  termination_protection_enabled = true\n}",
        cloudformation: "Type: AWS::CloudTrail::EventDataStore\nProperties:\n  IngestionEnabled: true",
    },
    check: Check::DataStore(check),
};

fn check(_: &Context<'_>, store: &DataStore) -> Judgement {
    let details = store.details.known()?;
    let status = details.status.as_str();
    let verdict = match status {
        "ENABLED" => Verdict::pass(format!(
            "event data store `{}` takes events in",
            details.name
        )),
        "PENDING_DELETION" => Verdict::fail(format!(
            "event data store `{}` waits for its deletion and takes no events in",
            details.name
        )),
        _ => Verdict::fail(format!(
            "event data store `{}` takes no events in, as its status is `{status}`",
            details.name
        )),
    };
    Ok(verdict.evidence("status", status))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::story;

    #[test]
    fn nothing_but_an_enabled_store_takes_events_in() {
        let mut account = story::pristine_account();
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
        for status in [
            "CREATED",
            "STARTING_INGESTION",
            "STOPPING_INGESTION",
            "STOPPED_INGESTION",
            "PENDING_DELETION",
            "SOMETHING_NEW",
        ] {
            account.data_store_mut().status = status.to_owned();
            let verdict = story::judge(&RULE, &account).unwrap();
            assert_eq!(verdict.ruling, Ruling::Fail, "{status}");
        }
    }

    #[test]
    fn a_store_that_could_not_be_read_is_unknown() {
        let mut account = story::pristine_account();
        account.data_stores[0].details = story::denied(Action::GetEventDataStore);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
