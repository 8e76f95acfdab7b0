use super::judge_data_events;
use crate::rule::{Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity};
use crate::selector::{Access, DataKind};
use crate::snapshot::Action;

/// S3 object read events of every bucket are recorded.
pub(super) const RULE: Rule = Rule {
    id: "s3-data-events-read",
    title: "S3 object read events of all buckets are recorded",
    severity: Severity::Low,
    worst: Severity::Low,
    practice: Practice::Coverage,
    description: "Checks that read events on S3 objects (GetObject, HeadObject, ...) are recorded for every \
        bucket, those to come included. They are not management events: without a data event \
        selector nobody can say afterwards which objects a stolen credential took away (MITRE \
        ATT&CK T1530), and every one of them has to be called lost.",
    criteria: "Fails unless the logging multi-Region trails together record read data events of \
        AWS::S3::Object for all current and future buckets. In a basic selector that is the value \
        arn:<partition>:s3 or arn:<partition>:s3::: with ReadWriteType ReadOnly or All; in \
        an advanced one, resources.type Equals AWS::S3::Object and no condition that leaves \
        anything out, such as a resources.ARN that names buckets, or an eventName. Selectors are \
        evaluated operator by operator, and two selectors, or two trails, may complete each other. A \
        bucket that is left out on purpose, even the log bucket, is left out. Unknown if that \
        depends on a status, on IsMultiRegionTrail or on event selectors that could not be read or \
        understood, or on a Region whose trails could not be listed.",
    action: "Record read data events of all S3 objects on a multi-Region trail. They are billed by \
        the event and can be many; where one bucket's volume is too much, leave it out on purpose \
        and accept this finding with that reason.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html",
    ],
    controls: &[
        Control::cis("1.3.0", "3.11"),
        Control::cis("1.4.0", "3.11"),
        Control::cis("1.5.0", "3.11"),
        Control::cis("2.0.0", "3.11"),
        Control::cis("3.0.0", "3.9"),
        Control::cis("4.0.0", "3.9"),
        Control::cis("5.0.0", "3.9"),
        Control::cis("6.0.0", "4.9"),
        Control::cis("7.0.0", "4.9"),
        Control::security_hub("S3.23"),
        Control::config("cloudtrail-all-read-s3-data-event-check"),
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: &[Action::GetTrailStatus, Action::GetEventSelectors],
    remedies: Remedies {
        cli: "# This replaces all event selectors of the trail: add those for other data events that it has.\n\
            aws cloudtrail put-event-selectors --trail-name {trail_arn} --region {home_region} --advanced-event-selectors '[{\"Name\":\"management\",\"FieldSelectors\":[{\"Field\":\"eventCategory\",\"Equals\":[\"Management\"]}]},{\"Name\":\"s3-read\",\"FieldSelectors\":[{\"Field\":\"eventCategory\",\"Equals\":[\"Data\"]},{\"Field\":\"resources.type\",\"Equals\":[\"AWS::S3::Object\"]},{\"Field\":\"readOnly\",\"Equals\":[\"true\"]}]}]'",
        terraform: "resource \"aws_cloudtrail\" \"trail\" {\n  is_multi_region_trail = true\n\n  # beside a selector for management events\n  advanced_event_selector {\n    name = \"s3-read\"\n    field_selector {\n      field  = \"eventCategory\"\n      equals = [\"Data\"]\n    }\n    field_selector {\n      field  = \"resources.type\"\n      equals = [\"AWS::S3::Object\"]\n    }\n    field_selector {\n      field  = \"readOnly\"\n      equals = [\"true\"]\n    }\n  }\n}",
        cloudformation: "Type: AWS::CloudTrail::Trail\nProperties:\n  IsMultiRegionTrail: true\n  AdvancedEventSelectors:\n    # beside a selector for management events\n    - Name: s3-read\n      FieldSelectors:\n        - Field: eventCategory\n          Equals: [Data]\n        - Field: resources.type\n          Equals: [\"AWS::S3::Object\"]\n        - Field: readOnly\n          Equals: [\"true\"]",
    },
    check: Check::Account(check),
};

fn check(context: &Context<'_>) -> Judgement {
    judge_data_events(context, DataKind::S3Object, &[Access::Read])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, Observed, story};

    fn with(read_only: Value) -> Account {
        let mut account = story::pristine_account();
        account.trail_mut().selectors = Observed::Known(
            serde_json::from_value(json!({"advanced": [{"name": "reads", "fields": [
                {"field": "eventCategory", "equals": ["Data"]},
                {"field": "resources.type", "equals": ["AWS::S3::Object"]},
                {"field": "readOnly", "equals": read_only}]}]}))
            .unwrap(),
        );
        account
    }

    fn ruling(account: &Account) -> Ruling {
        story::judge(&RULE, account).unwrap().ruling
    }

    #[test]
    fn reads_pass_and_writes_alone_fail_whatever_the_selector_is_called() {
        assert_eq!(ruling(&with(json!(["true"]))), Ruling::Pass);
        assert_eq!(ruling(&with(json!(["true", "false"]))), Ruling::Pass);
        let verdict = story::judge(&RULE, &with(json!(["false"]))).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(
            verdict.message.contains("`main` does not record them"),
            "{}",
            verdict.message
        );
    }

    #[test]
    fn an_organization_trail_counts_in_a_member_account_as_far_as_it_can_be_read() {
        let mut account = with(json!(["true"]));
        account.trail_mut().arn = "arn:aws:cloudtrail:us-east-1:999988887777:trail/org".to_owned();
        assert_eq!(ruling(&account), Ruling::Pass);
        account.trail_mut().selectors = story::denied(Action::GetEventSelectors);
        assert!(story::judge(&RULE, &account).is_err());
    }

    #[test]
    fn no_trail_at_all_fails_and_an_unlisted_region_makes_it_unknown() {
        let mut account = story::bare_account();
        assert_eq!(ruling(&account), Ruling::Fail);
        account.regions.get_mut("eu-west-1").unwrap().trails =
            story::denied(Action::DescribeTrails);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
