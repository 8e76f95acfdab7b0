use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict, of_existing,
};
use crate::selector::{DataKind, Delivery, Recorder, Truth};
use crate::snapshot::{Action, Bucket, Gap, Trail};

/// A trail does not record its own deliveries.
pub(super) const RULE: Rule = Rule {
    id: "data-event-loop",
    title: "Trails do not record their own deliveries",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::Coverage,
    description: "CloudTrail writes log files with PutObject, which is a data event of the log \
        bucket. A trail that records it writes of each delivery in the next log file, whose \
        delivery is written of in the one after: events without end that are billed, fill the \
        bucket and drown what matters, until somebody turns data events off altogether. A log \
        bucket whose server access logs go into itself does the same with access logs.",
    criteria: "Fails if RecursiveLogging is true, as it is where nobody set it, and the trail's \
        event selectors, basic or advanced, take in the PutObject of its log or digest files into \
        its log bucket; or if that bucket's server access logs go to itself. RecursiveLogging \
        false leaves out CloudTrail's own PutObject and PutLogEvents, and NotStartsWith the bucket's \
        ARN does so too; NotEquals an object's ARN does not. Whose the bucket is plays no part. \
        Unknown if selectors, bucket or access logging could not be read or understood.",
    action: "Set RecursiveLogging to false, which leaves everybody else's calls on the log bucket \
        recorded. Excluding the bucket from the selectors works too, and loses who read or deleted \
        log files. Send server access logs to a bucket of their own.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-recursive-logging.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html",
    ],
    controls: &[
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: &[
        Action::GetEventSelectors,
        Action::HeadBucket,
        Action::GetBucketLogging,
        Action::DescribeOrganization,
    ],
    remedies: Remedies {
        cli: "aws cloudtrail update-trail --name {arn} --region {region} --no-recursive-logging",
        terraform: "# or leave the log bucket out\nresource \"aws_cloudtrail\" \"trail\" {\n  advanced_event_selector {\n    name = \"objects\"\n    field_selector {\n      field  = \"eventCategory\"\n      equals = [\"Data\"]\n    }\n    field_selector {\n      field  = \"resources.type\"\n      equals = [\"AWS::S3::Object\"]\n    }\n    field_selector {\n      field           = \"resources.ARN\"\n      not_starts_with = [\"arn:{partition}:s3:::{log_bucket}/\"]\n    }\n  }\n}",
        cloudformation: "# or leave the log bucket out\nType: AWS::CloudTrail::Trail\nProperties:\n  AdvancedEventSelectors:\n    - Name: objects\n      FieldSelectors:\n        - Field: eventCategory\n          Equals: [Data]\n        - Field: resources.type\n          Equals: [\"AWS::S3::Object\"]\n        - Field: resources.ARN\n          NotStartsWith: [\"arn:{partition}:s3:::{log_bucket}/\"]",
    },
    check: Check::Trail(check),
};

fn check(context: &Context<'_>, trail: &Trail) -> Judgement {
    let name = trail.bucket.known()?;
    let judged = vec![
        of_selectors(context, trail, name),
        of_access_logs(context, name),
    ];
    let mut messages = Vec::new();
    let mut doubt = None;
    for part in judged {
        match part {
            Ok(Part::Loop(message)) => {
                let verdict = Verdict::fail(message).evidence("log_bucket", name.as_str());
                return Ok(verdict.evidence("recursive_logging", recursive(trail)));
            }
            Ok(Part::Sound(message)) => messages.push(message),
            Err(gap) => doubt = doubt.or(Some(gap)),
        }
    }
    if let Some(gap) = doubt {
        return Err(gap);
    }
    Ok(Verdict::pass(messages.join(" and "))
        .evidence("log_bucket", name.as_str())
        .evidence("recursive_logging", recursive(trail)))
}

enum Part {
    Sound(&'static str),
    Loop(String),
}

/// "The default value is true":
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Trail.html>.
fn recursive(trail: &Trail) -> bool {
    trail.recursive_logging.unwrap_or(true)
}

fn of_selectors(context: &Context<'_>, trail: &Trail, bucket: &str) -> Result<Part, Gap> {
    if !recursive(trail) {
        return Ok(Part::Sound("RecursiveLogging is off"));
    }
    let recorder = Recorder::new(trail);
    if !recorder.concerns(DataKind::S3Object).known()? {
        return Ok(Part::Sound("no selector takes in S3 objects"));
    }
    let folder = folder(context, trail);
    let mut doubt = folder.as_ref().err().cloned();
    let of_organization = folder.ok().flatten();
    for folder in [""].into_iter().chain(of_organization.as_deref()) {
        for object in objects(context, trail, bucket, folder) {
            let delivery = Delivery::of(&context.account.partition, &object);
            match delivery.recorded_by(&recorder) {
                Truth::No => {}
                Truth::Unknown(gap) => doubt = doubt.or(Some(gap.clone())),
                Truth::Yes => {
                    return Ok(Part::Loop(format!(
                        "the trail records its own deliveries into log bucket `{bucket}`, each of \
                         which causes the next, as RecursiveLogging is {}",
                        match trail.recursive_logging {
                            Some(_) => "true",
                            None => "not set and means true",
                        }
                    )));
                }
            }
        }
    }
    match doubt {
        Some(gap) => Err(gap),
        None => Ok(Part::Sound("the selectors leave out its own deliveries")),
    }
}

/// The folder that an organization's trail puts between `AWSLogs/` and the accounts; another
/// trail has none.
fn folder(context: &Context<'_>, trail: &Trail) -> Result<Option<String>, Gap> {
    if !*trail.organization.known()? {
        return Ok(None);
    }
    let organization = context.account.organization.known()?;
    Ok(organization.as_ref().map(|one| format!("{}/", one.id)))
}

/// A log file and a digest file of each audited Region, as CloudTrail names them:
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html>.
fn objects(context: &Context<'_>, trail: &Trail, bucket: &str, folder: &str) -> Vec<String> {
    let account = context.account;
    let prefix = match trail.key_prefix.as_deref() {
        None | Some("") => String::new(),
        Some(prefix) => format!("{prefix}/"),
    };
    let (partition, id) = (&account.partition, &account.id);
    let root = format!("arn:{partition}:s3:::{bucket}/{prefix}AWSLogs/{folder}{id}");
    let home = [&trail.home_region];
    let regions = account.regions.keys().chain(home);
    let mut objects = Vec::new();
    for region in regions {
        objects.push(format!(
            "{root}/CloudTrail/{region}/2026/01/01/{id}_CloudTrail_{region}_20260101T0000Z_\
             h2LFoGXnTEMkc4Ra.json.gz"
        ));
        objects.push(format!(
            "{root}/CloudTrail-Digest/{region}/2026/01/01/{id}_CloudTrail-Digest_{region}_{}_{}_\
             20260101T000000Z.json.gz",
            trail.name, trail.home_region
        ));
    }
    objects
}

fn of_access_logs(context: &Context<'_>, name: &str) -> Result<Part, Gap> {
    let bucket = context.account.bucket(name)?;
    let looped = loops(bucket)?;
    Ok(match looped {
        false => Part::Sound("no access log of the log bucket goes to itself"),
        true => Part::Loop(format!(
            "the server access logs of log bucket `{name}` go into itself, and each causes the \
             next"
        )),
    })
}

/// A bucket that does not exist logs nothing.
fn loops(bucket: &Bucket) -> Result<bool, Gap> {
    let mut looped = false;
    let judged = of_existing(bucket, || {
        let logging = bucket.access_logging.known()?;
        looped = logging
            .as_ref()
            .is_some_and(|logging| logging.target_bucket == bucket.name);
        Ok(Verdict::pass(""))
    });
    match judged {
        Err(gap) if !looped => Err(gap),
        _ => Ok(looped),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{
        AccessLogging, Account, BasicSelector, DataResource, Existence, Observed, ReadWriteType,
        Selectors, story,
    };

    /// The pristine account, whose trail records recursively, with one selector for S3
    /// objects with these further conditions.
    fn selecting(conditions: &serde_json::Value) -> Account {
        let mut fields = vec![
            json!({"field": "eventCategory", "equals": ["Data"]}),
            json!({"field": "resources.type", "equals": ["AWS::S3::Object"]}),
        ];
        fields.extend(conditions.as_array().unwrap().iter().cloned());
        let selectors = json!({"advanced": [{"name": null, "fields": fields}]});
        with(serde_json::from_value(selectors).unwrap())
    }

    fn with(selectors: Selectors) -> Account {
        let mut account = story::pristine_account();
        account.trail_mut().recursive_logging = None;
        account.trail_mut().selectors = Observed::Known(selectors);
        account
    }

    fn basic(read_write: ReadWriteType, value: &str) -> Account {
        with(Selectors::Basic(vec![BasicSelector {
            read_write,
            management_events: true,
            excluded_sources: Vec::new(),
            data_resources: vec![DataResource {
                kind: "AWS::S3::Object".to_owned(),
                values: vec![value.to_owned()],
            }],
        }]))
    }

    fn ruling(account: &Account) -> Ruling {
        story::judge(&RULE, account).unwrap().ruling
    }

    #[test]
    fn all_objects_without_the_flag_are_a_loop_and_false_ends_it() {
        let mut account = selecting(&json!([]));
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(verdict.message.ends_with("not set and means true"));
        account.trail_mut().recursive_logging = Some(true);
        assert_eq!(ruling(&account), Ruling::Fail);
        account.trail_mut().recursive_logging = Some(false);
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    /// Of an ARN, `NotEquals` leaves out one object; `NotStartsWith` leaves out a bucket.
    #[test]
    fn not_starts_with_leaves_the_log_bucket_out_and_not_equals_does_not() {
        let arn = |operator: &str, value: &str| {
            ruling(&selecting(
                &json!([{"field": "resources.ARN", operator: [value]}]),
            ))
        };
        let bucket = "arn:aws:s3:::example-trail-logs/";
        assert_eq!(arn("not_starts_with", bucket), Ruling::Pass);
        assert_eq!(arn("not_equals", bucket), Ruling::Fail);
        assert_eq!(arn("starts_with", bucket), Ruling::Fail);
        assert_eq!(arn("starts_with", "arn:aws:s3:::pictures/"), Ruling::Pass);
        assert_eq!(
            arn("not_starts_with", "arn:aws:s3:::pictures/"),
            Ruling::Fail
        );
        let logs_only = format!("{bucket}AWSLogs/111122223333/CloudTrail/");
        assert_eq!(arn("not_starts_with", &logs_only), Ruling::Fail);
        let one_region = format!("{logs_only}eu-west-1/");
        assert_eq!(arn("starts_with", &one_region), Ruling::Fail);
    }

    #[test]
    fn reads_and_other_calls_are_no_deliveries() {
        for condition in [
            json!({"field": "readOnly", "equals": ["true"]}),
            json!({"field": "eventName", "equals": ["DeleteObject"]}),
            json!({"field": "eventName", "not_equals": ["PutObject"]}),
        ] {
            assert_eq!(ruling(&selecting(&json!([condition]))), Ruling::Pass);
        }
        let people = json!([{"field": "userIdentity.arn",
            "not_equals": ["arn:aws:iam::111122223333:role/app"]}]);
        assert!(story::judge(&RULE, &selecting(&people)).is_err());
    }

    #[test]
    fn basic_selectors_are_read_alike() {
        for all in [
            "arn:aws:s3",
            "arn:aws:s3:::",
            "arn:aws:s3:::example-trail-logs/",
        ] {
            assert_eq!(ruling(&basic(ReadWriteType::All, all)), Ruling::Fail);
            assert_eq!(ruling(&basic(ReadWriteType::WriteOnly, all)), Ruling::Fail);
            assert_eq!(ruling(&basic(ReadWriteType::ReadOnly, all)), Ruling::Pass);
        }
        let other = basic(ReadWriteType::All, "arn:aws:s3:::pictures/");
        assert_eq!(ruling(&other), Ruling::Pass);
        assert_eq!(ruling(&with(Selectors::Basic(Vec::new()))), Ruling::Pass);
    }

    #[test]
    fn an_organizations_trail_delivers_below_its_organizations_id_too() {
        let below = json!([{"field": "resources.ARN",
            "starts_with": ["arn:aws:s3:::example-trail-logs/AWSLogs/o-exampleorgid/"]}]);
        let mut account = selecting(&below);
        assert_eq!(ruling(&account), Ruling::Pass);
        account.trail_mut().organization = Observed::Known(true);
        assert_eq!(ruling(&account), Ruling::Fail);
        account.organization = story::denied(Action::DescribeOrganization);
        assert!(story::judge(&RULE, &account).is_err());
        account.trail_mut().selectors = Observed::Known(Selectors::Basic(Vec::new()));
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn the_prefix_of_the_trail_is_part_of_the_deliveries() {
        let below = json!([{"field": "resources.ARN",
            "not_starts_with": ["arn:aws:s3:::example-trail-logs/trails/AWSLogs/"]}]);
        let mut account = selecting(&below);
        assert_eq!(ruling(&account), Ruling::Fail);
        account.trail_mut().key_prefix = Some("trails".to_owned());
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn the_bucket_is_looked_for_in_the_partition_of_the_account() {
        let left_out = |partition: &str| {
            let bucket = format!("arn:{partition}:s3:::example-trail-logs/");
            let conditions = json!([{"field": "resources.ARN", "not_starts_with": [bucket]}]);
            let mut account = selecting(&conditions);
            account.partition = "aws-cn".to_owned();
            ruling(&account)
        };
        assert_eq!(left_out("aws-cn"), Ruling::Pass);
        assert_eq!(left_out("aws"), Ruling::Fail);
    }

    #[test]
    fn access_logs_that_go_into_the_log_bucket_are_a_loop_of_their_own() {
        let mut account = story::pristine_account();
        let name = account.bucket_mut().name.clone();
        account.bucket_mut().access_logging = Observed::Known(Some(AccessLogging {
            target_bucket: name,
            target_prefix: "access/".to_owned(),
        }));
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(verdict.message.contains("server access logs"));
        account.bucket_mut().existence = Observed::Known(Existence::Absent);
        assert_eq!(ruling(&account), Ruling::Pass);
        account.bucket_mut().existence = Observed::Known(Existence::Exists);
        account.bucket_mut().access_logging = Observed::Known(None);
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn what_could_not_be_read_is_unknown_unless_there_is_a_loop_anyway() {
        let mut account = story::pristine_account();
        account.bucket_mut().access_logging = story::denied(Action::GetBucketLogging);
        assert!(story::judge(&RULE, &account).is_err());
        account.trail_mut().recursive_logging = None;
        assert_eq!(ruling(&account), Ruling::Fail);
        let mut account = story::pristine_account();
        account.trail_mut().recursive_logging = None;
        account.trail_mut().selectors = story::denied(Action::GetEventSelectors);
        assert!(story::judge(&RULE, &account).is_err());
        account.trail_mut().bucket = story::denied(Action::DescribeTrails);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
