use super::judge_data_events;
use crate::rule::{Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity};
use crate::selector::{Access, DataKind};
use crate::snapshot::Action;

/// Invocations of every Lambda function are recorded.
pub(super) const RULE: Rule = Rule {
    id: "lambda-data-events",
    title: "Lambda invocations of all functions are recorded",
    severity: Severity::Low,
    worst: Severity::Low,
    practice: Practice::Coverage,
    description: "Checks that data events of Lambda functions (Invoke) are recorded for every \
        function, those to come included. They are not management events: without a data event \
        selector one sees that a function was changed, but not who ran it, nor how often. A \
        function with a strong role that is invoked with a stolen credential, or one that an \
        intruder left as a way back (MITRE ATT&CK T1648), runs unrecorded.",
    criteria: "Fails unless the logging multi-Region trails together record read and write data \
        events of AWS::Lambda::Function for all current and future functions. In a basic selector \
        that is the value arn:<partition>:lambda (a function's ARN is exact, not a prefix); in an \
        advanced one, resources.type Equals AWS::Lambda::Function and no condition that leaves \
        anything out. Two selectors, or two trails, may complete each other. Unknown if that \
        depends on a status, on IsMultiRegionTrail or on event selectors that could not be read or \
        understood, or on a Region whose trails could not be listed.",
    action: "Record data events of all Lambda functions on a multi-Region trail. They are billed by \
        the event; where one function's volume is too much, leave it out on purpose and accept this \
        finding with that reason.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DataResource.html",
    ],
    controls: &[
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: &[Action::GetTrailStatus, Action::GetEventSelectors],
    remedies: Remedies {
        cli: "# This replaces all event selectors of the trail: add those for other data events that it has.\n\
            aws cloudtrail put-event-selectors --trail-name {trail_arn} --region {home_region} --advanced-event-selectors '[{\"Name\":\"management\",\"FieldSelectors\":[{\"Field\":\"eventCategory\",\"Equals\":[\"Management\"]}]},{\"Name\":\"lambda\",\"FieldSelectors\":[{\"Field\":\"eventCategory\",\"Equals\":[\"Data\"]},{\"Field\":\"resources.type\",\"Equals\":[\"AWS::Lambda::Function\"]}]}]'",
        terraform: "resource \"aws_cloudtrail\" \"trail\" {\n  is_multi_region_trail = true\n\n  # beside a selector for management events\n  advanced_event_selector {\n    name = \"lambda\"\n    field_selector {\n      field  = \"eventCategory\"\n      equals = [\"Data\"]\n    }\n    field_selector {\n      field  = \"resources.type\"\n      equals = [\"AWS::Lambda::Function\"]\n    }\n  }\n}",
        cloudformation: "Type: AWS::CloudTrail::Trail\nProperties:\n  IsMultiRegionTrail: true\n  AdvancedEventSelectors:\n    # beside a selector for management events\n    - Name: lambda\n      FieldSelectors:\n        - Field: eventCategory\n          Equals: [Data]\n        - Field: resources.type\n          Equals: [\"AWS::Lambda::Function\"]",
    },
    check: Check::Account(check),
};

fn check(context: &Context<'_>) -> Judgement {
    // Writes first: an invocation is one, and is what a fail should speak of.
    let accesses = [Access::Write, Access::Read];
    judge_data_events(context, DataKind::LambdaFunction, &accesses)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, Observed, story};

    const FUNCTION: &str = "arn:aws:lambda:us-east-1:111122223333:function:pay";

    fn with(selectors: Value) -> Account {
        let mut account = story::pristine_account();
        account.trail_mut().selectors = Observed::Known(serde_json::from_value(selectors).unwrap());
        account
    }

    fn functions(read_write: &str, values: &[&str]) -> Value {
        json!({"read_write": read_write, "management_events": false, "excluded_sources": [],
            "data_resources": [{"type": "AWS::Lambda::Function", "values": values}]})
    }

    fn ruling(selectors: &[Value]) -> Ruling {
        story::judge(&RULE, &with(json!({"basic": selectors})))
            .unwrap()
            .ruling
    }

    #[test]
    fn all_functions_pass_and_one_function_fails() {
        assert_eq!(
            story::judge(&RULE, &story::pristine_account())
                .unwrap()
                .ruling,
            Ruling::Pass
        );
        assert_eq!(
            ruling(&[functions("All", &["arn:aws:lambda"])]),
            Ruling::Pass
        );
        assert_eq!(ruling(&[functions("All", &[FUNCTION])]), Ruling::Fail);
    }

    #[test]
    fn a_function_arn_is_exact_and_so_is_what_looks_like_a_prefix() {
        let region = "arn:aws:lambda:us-east-1";
        assert_eq!(ruling(&[functions("All", &[region])]), Ruling::Fail);
        assert_eq!(
            ruling(&[functions("All", &["arn:aws-cn:lambda"])]),
            Ruling::Fail
        );
    }

    #[test]
    fn reads_and_writes_may_come_from_two_selectors() {
        let (reads, writes) = (
            functions("ReadOnly", &["arn:aws:lambda"]),
            functions("WriteOnly", &["arn:aws:lambda"]),
        );
        assert_eq!(ruling(std::slice::from_ref(&reads)), Ruling::Fail);
        assert_eq!(ruling(&[reads, writes]), Ruling::Pass);
    }

    #[test]
    fn buckets_are_no_functions_and_no_trail_is_no_pass() {
        let s3 = json!({"read_write": "All", "management_events": true, "excluded_sources": [],
            "data_resources": [{"type": "AWS::S3::Object", "values": ["arn:aws:lambda"]}]});
        assert_eq!(ruling(&[s3]), Ruling::Fail);
        assert_eq!(
            story::judge(&RULE, &story::bare_account()).unwrap().ruling,
            Ruling::Fail
        );
    }

    #[test]
    fn a_status_that_could_not_be_read_is_unknown() {
        let mut account = story::pristine_account();
        let denied = story::denied(Action::GetTrailStatus);
        account
            .trail_mut()
            .status
            .insert("us-east-1".to_owned(), denied);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
