use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Action, DataStore};

/// Event data stores are encrypted with a customer key.
pub(super) const RULE: Rule = Rule {
    id: "data-store-encryption",
    title: "Event data stores are encrypted with a KMS key of yours",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::Lake,
    description: "CloudTrail encrypts every event data store, by default with a key that AWS owns, \
        which protects from nobody who is let into the account: whoever may run a query reads \
        all. With a KMS key of your own a reader needs kms:Decrypt too, so that a policy written \
        too wide, or a role with CloudTrail's read permissions, does not give an intruder the map \
        of everything that happens in the account; and each use of the key is recorded.",
    criteria: "Fails if the store has no KmsKeyId. Unknown if the store could not be read, or if a \
        Region's event data stores could not be listed. Not applicable if the account has no event \
        data store.",
    action: "Associate the store with a KMS key of yours whose policy lets CloudTrail use it. That \
        cannot be undone: the key can be neither removed nor changed, and a store whose key is \
        disabled or deleted can no longer be read or written.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html",
        "https://docs.aws.amazon.com/config/latest/developerguide/event-data-store-cmk-encryption-enabled.html",
        "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html",
    ],
    controls: &[
        Control::security_hub("CloudTrail.10"),
        Control::config("event-data-store-cmk-encryption-enabled"),
        Control::cloudtrail_practices("preventive"),
    ],
    reads: &[Action::GetEventDataStore],
    remedies: Remedies {
        cli: "aws cloudtrail update-event-data-store --event-data-store {arn} --region {region} --kms-key-id KMS_KEY_ARN",
        terraform: "resource \"aws_cloudtrail_event_data_store\" \"store\" {\n  kms_key_id = aws_kms_key.trail.arn\n}",
        cloudformation: "Type: AWS::CloudTrail::EventDataStore\nProperties:\n  KmsKeyId: !GetAtt TrailKey.Arn",
    },
    check: Check::DataStore(check),
};

fn check(_: &Context<'_>, store: &DataStore) -> Judgement {
    let details = store.details.known()?;
    let verdict = match &details.kms_key_id {
        Some(key) => Verdict::pass(format!(
            "event data store `{}` is encrypted with `{key}`",
            details.name
        )),
        None => Verdict::fail(format!(
            "event data store `{}` is encrypted with a key that AWS owns, so whoever may query it \
             reads everything",
            details.name
        )),
    };
    Ok(verdict.evidence("kms_key_id", details.kms_key_id.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::story;

    #[test]
    fn a_key_of_ones_own_passes_and_that_of_aws_fails() {
        let mut account = story::pristine_account();
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
        account.data_store_mut().kms_key_id = None;
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
    }

    #[test]
    fn a_store_that_could_not_be_read_is_unknown() {
        let mut account = story::pristine_account();
        account.data_stores[0].details = story::denied(Action::GetEventDataStore);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
