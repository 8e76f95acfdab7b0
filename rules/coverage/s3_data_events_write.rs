use super::judge_data_events;
use crate::rule::{Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity};
use crate::selector::{Access, DataKind};
use crate::snapshot::Action;

/// S3 object write events of every bucket are recorded.
pub(super) const RULE: Rule = Rule {
    id: "s3-data-events-write",
    title: "S3 object write events of all buckets are recorded",
    severity: Severity::Low,
    worst: Severity::Low,
    practice: Practice::Coverage,
    description: "Checks that write events on S3 objects (PutObject, DeleteObject, ...) are recorded for \
        every bucket, those to come included. They are not management events: without a data event \
        selector a bucket can be emptied, its objects overwritten or encrypted for ransom (MITRE \
        ATT&CK T1485, T1486), and CloudTrail shows nothing of it. A selector that lists buckets \
        misses the bucket that is made tomorrow.",
    criteria: "Fails unless the logging multi-Region trails together record write data events of \
        AWS::S3::Object for all current and future buckets. In a basic selector that is the value \
        arn:<partition>:s3 or arn:<partition>:s3::: with ReadWriteType WriteOnly or All; in \
        an advanced one, resources.type Equals AWS::S3::Object and no condition that leaves \
        anything out, such as a resources.ARN that names buckets, or an eventName. Selectors are \
        evaluated operator by operator, and two selectors, or two trails, may complete each other. A \
        bucket that is left out on purpose, even the log bucket, is left out. Unknown if that \
        depends on a status, on IsMultiRegionTrail or on event selectors that could not be read or \
        understood, or on a Region whose trails could not be listed.",
    action: "Record write data events of all S3 objects on a multi-Region trail. They are billed by \
        the event; where one bucket's volume is too much, leave it out on purpose and accept this \
        finding with that reason.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html",
    ],
    controls: &[
        Control::cis("1.3.0", "3.10"),
        Control::cis("1.4.0", "3.10"),
        Control::cis("1.5.0", "3.10"),
        Control::cis("2.0.0", "3.10"),
        Control::cis("3.0.0", "3.8"),
        Control::cis("4.0.0", "3.8"),
        Control::cis("5.0.0", "3.8"),
        Control::cis("6.0.0", "4.8"),
        Control::cis("7.0.0", "4.8"),
        Control::security_hub("S3.22"),
        Control::config("cloudtrail-all-write-s3-data-event-check"),
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: &[Action::GetTrailStatus, Action::GetEventSelectors],
    remedies: Remedies {
        cli: "# This replaces all event selectors of the trail: add those for other data events that it has.\n\
            aws cloudtrail put-event-selectors --trail-name {trail_arn} --region {home_region} --advanced-event-selectors '[{\"Name\":\"management\",\"FieldSelectors\":[{\"Field\":\"eventCategory\",\"Equals\":[\"Management\"]}]},{\"Name\":\"s3-write\",\"FieldSelectors\":[{\"Field\":\"eventCategory\",\"Equals\":[\"Data\"]},{\"Field\":\"resources.type\",\"Equals\":[\"AWS::S3::Object\"]},{\"Field\":\"readOnly\",\"Equals\":[\"false\"]}]}]'",
        terraform: "resource \"aws_cloudtrail\" \"trail\" {\n  is_multi_region_trail = true\n\n  # beside a selector for management events\n  advanced_event_selector {\n    name = \"s3-write\"\n    field_selector {\n      field  = \"eventCategory\"\n      equals = [\"Data\"]\n    }\n    field_selector {\n      field  = \"resources.type\"\n      equals = [\"AWS::S3::Object\"]\n    }\n    field_selector {\n      field  = \"readOnly\"\n      equals = [\"false\"]\n    }\n  }\n}",
        cloudformation: "Type: AWS::CloudTrail::Trail\nProperties:\n  IsMultiRegionTrail: true\n  AdvancedEventSelectors:\n    # beside a selector for management events\n    - Name: s3-write\n      FieldSelectors:\n        - Field: eventCategory\n          Equals: [Data]\n        - Field: resources.type\n          Equals: [\"AWS::S3::Object\"]\n        - Field: readOnly\n          Equals: [\"false\"]",
    },
    check: Check::Account(check),
};

fn check(context: &Context<'_>) -> Judgement {
    judge_data_events(context, DataKind::S3Object, &[Access::Write])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, Observed, story};

    fn with(selectors: Value) -> Account {
        let mut account = story::pristine_account();
        account.trail_mut().selectors = Observed::Known(serde_json::from_value(selectors).unwrap());
        account
    }

    fn buckets(read_write: &str, values: &[&str]) -> Value {
        json!({"basic": [{"read_write": read_write, "management_events": true,
            "excluded_sources": [],
            "data_resources": [{"type": "AWS::S3::Object", "values": values}]}]})
    }

    fn ruling(account: &Account) -> Ruling {
        story::judge(&RULE, account).unwrap().ruling
    }

    #[test]
    fn all_buckets_pass_in_either_spelling_and_some_fail() {
        assert_eq!(ruling(&story::pristine_account()), Ruling::Pass);
        assert_eq!(ruling(&with(buckets("All", &["arn:aws:s3"]))), Ruling::Pass);
        assert_eq!(
            ruling(&with(buckets("WriteOnly", &["arn:aws:s3:::"]))),
            Ruling::Pass
        );
        let account = with(buckets("All", &["arn:aws:s3:::payroll/"]));
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(
            verdict.message.contains("`main` records only some"),
            "{}",
            verdict.message
        );
    }

    #[test]
    fn another_partition_matches_nothing() {
        let mut account = with(buckets("All", &["arn:aws:s3"]));
        account.partition = "aws-cn".to_owned();
        assert_eq!(ruling(&account), Ruling::Fail);
    }

    #[test]
    fn read_only_does_not_record_writes() {
        assert_eq!(
            ruling(&with(buckets("ReadOnly", &["arn:aws:s3"]))),
            Ruling::Fail
        );
    }

    #[test]
    fn a_management_only_a_stopped_or_a_single_region_trail_fails() {
        assert_eq!(ruling(&with(json!({"basic": []}))), Ruling::Fail);
        let mut account = story::pristine_account();
        account.trail_mut().status_mut("us-east-1").is_logging = false;
        assert_eq!(ruling(&account), Ruling::Fail);
        let mut account = story::pristine_account();
        account.trail_mut().multi_region = Observed::Known(false);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(
            verdict.message.contains("`main` is single-Region"),
            "{}",
            verdict.message
        );
    }

    #[test]
    fn a_bucket_left_out_is_named() {
        let account = with(json!({"advanced": [{"name": "all buckets", "fields": [
            {"field": "eventCategory", "equals": ["Data"]},
            {"field": "resources.type", "equals": ["AWS::S3::Object"]},
            {"field": "resources.ARN", "not_starts_with": ["arn:aws:s3:::secret/"]}]}]}));
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(
            verdict.message.contains("arn:aws:s3:::secret/…"),
            "{}",
            verdict.message
        );
    }

    #[test]
    fn no_trail_at_all_fails() {
        assert_eq!(ruling(&story::bare_account()), Ruling::Fail);
    }

    #[test]
    fn unread_selectors_are_unknown_unless_another_trail_records_everything() {
        let mut account = story::pristine_account();
        let twin = account.trail_mut().twin("second", "us-east-1");
        account.trails.push(twin);
        account.trail_mut().selectors = story::denied(Action::GetEventSelectors);
        assert_eq!(ruling(&account), Ruling::Pass);
        account.trails.pop();
        assert!(story::judge(&RULE, &account).is_err());
    }
}
