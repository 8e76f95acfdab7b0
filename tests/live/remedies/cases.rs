//! What breaks each rule, and the rules whose commands cannot be tried.

use super::Case;

/// Rules whose commands cannot be run here, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[
    ("data-event-loop", "moto keeps nothing of RecursiveLogging"),
    ("config-rules", "moto lacks what AWS Config's rules found"),
    (
        "no-recent-tampering",
        "moto lacks LookupEvents, and what happened cannot be undone",
    ),
    (
        "data-store-termination-protection",
        "no server has event data stores",
    ),
    ("data-store-retention", "no server has event data stores"),
    ("data-store-encryption", "no server has event data stores"),
    ("data-store-ingesting", "no server has event data stores"),
    (
        "guardduty-enabled",
        "the tests are built without the feature `full`",
    ),
    (
        "security-hub-enabled",
        "the tests are built without the feature `full`",
    ),
    ("trail-tags", "it asks for nothing without settings"),
    (
        "alarm-organizations-changes",
        "moto's organization is that of another test too",
    ),
    (
        "single-management-copy",
        "its one command that changes something is a comment, to be thought over first",
    ),
    (
        "digest-delivery",
        "its commands only show what is wrong, and moto has no digests",
    ),
    (
        "log-delivery",
        "its commands only show what is wrong, and moto has no delivery errors",
    ),
    (
        "cloudwatch-logs-delivery",
        "moto tells of no deliveries to log groups",
    ),
    (
        "log-archive-account",
        "it takes a second account's bucket, and moto lets everybody in",
    ),
    (
        "bucket-mfa-delete",
        "moto drops MFADelete, and it takes a device",
    ),
    (
        "root-mfa",
        "it takes the console, and moto tells nothing of its root user",
    ),
    (
        "key-usable",
        "moto's CancelKeyDeletion takes no ARN, and answers 500",
    ),
    (
        "delivery-permitted",
        "moto does not tell who pays for requests, without which nothing passes",
    ),
    ("log-group-encryption", "moto lacks AssociateKmsKey"),
    (
        "cloudtrail-full-access",
        "moto lacks the managed policy AWSCloudTrail_FullAccess",
    ),
    (
        "tamper-principals",
        "moto's accounts are management accounts, which no service control policy binds",
    ),
    (
        "scp-protects-trail",
        "moto's accounts are management accounts, which no service control policy binds",
    ),
];

const fn case(rule: &'static str, broken_by: &'static str) -> Case {
    Case {
        rule,
        broken_by,
        fills: &[],
        edit: "",
    }
}

/// The case of an alarm whose metric filter is gone.
const fn alarm(rule: &'static str) -> Case {
    Case {
        fills: &[("TOPIC_ARN", "arn:aws:sns:us-east-1:$ACCOUNT:alarms")],
        ..case(
            rule,
            "aws logs delete-metric-filter --log-group-name $LOG_GROUP --filter-name $RULE",
        )
    }
}

/// One Region only, and stopped.
const STOPPED: &str = "aws cloudtrail stop-logging --name $TRAIL";

const ONE_REGION: &str = "aws cloudtrail update-trail --name $TRAIL --no-is-multi-region-trail";

const MANAGEMENT_ONLY: &str = r#"aws cloudtrail put-event-selectors --trail-name $TRAIL \
    --advanced-event-selectors '[{"Name":"m","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]}]'"#;

/// Puts into `$1` the policy that it holds, changed by the Python statements in `$2`, which
/// see it as `p` and its statements as `s`.
pub(super) const PRELUDE: &str = r#"edit() { python3 - "$1" "$2" <<'PYTHON'
import json, os, sys
with open(sys.argv[1]) as file:
    p = json.load(file)
s = p.get("Statement")
bucket = "arn:aws:s3:::" + os.environ["BUCKET"]
exec(sys.argv[2])
with open(sys.argv[1], "w") as file:
    json.dump(p, file)
PYTHON
}
"#;

/// Every rule whose commands moto can run.
pub(super) const ALL: &[Case] = &[
    Case {
        fills: &[("LOG-BUCKET", "$BUCKET"), ("HOME-REGION", "us-east-1")],
        ..case("trail-exists", "aws cloudtrail delete-trail --name audit")
    },
    case("trail-logging", STOPPED),
    case("region-coverage", ONE_REGION),
    case("multi-region-trail", ONE_REGION),
    case("management-events", r#"aws cloudtrail put-event-selectors --trail-name $TRAIL \
        --advanced-event-selectors '[{"Name":"m","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]},{"Field":"readOnly","Equals":["true"]}]}]'"#),
    case("management-event-sources", r#"aws cloudtrail put-event-selectors --trail-name $TRAIL \
        --advanced-event-selectors '[{"Name":"m","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]},{"Field":"eventSource","NotEquals":["kms.amazonaws.com"]}]}]'"#),
    case("global-service-events", "aws cloudtrail update-trail --name $TRAIL \
        --no-is-multi-region-trail --no-include-global-service-events"),
    case("s3-data-events-write", MANAGEMENT_ONLY),
    case("s3-data-events-read", MANAGEMENT_ONLY),
    case("lambda-data-events", MANAGEMENT_ONLY),
    case(
        "insights",
        "aws cloudtrail delete-trail --name audit
        aws cloudtrail create-trail --name audit --s3-bucket-name $BUCKET --is-multi-region-trail
        aws cloudtrail start-logging --name audit",
    ),
    case("log-file-validation", "aws cloudtrail update-trail --name $TRAIL --no-enable-log-file-validation"),
    Case {
        edit: "sed -i 's/\"Days\": [0-9]*/\"Days\": 800/' lifecycle.json; sed -i 's|AWSLogs/[^\"]*||' lifecycle.json",
        ..case("digest-retention", r#"aws s3api put-bucket-lifecycle-configuration --bucket $BUCKET \
            --lifecycle-configuration '{"Rules":[{"ID":"digests","Status":"Enabled","Filter":{"Prefix":"AWSLogs/'$ACCOUNT'/CloudTrail-Digest/"},"Expiration":{"Days":30}}]}'"#)
    },
    case("aggregated-bucket", "aws s3 mb s3://odd-$ACCOUNT
        aws cloudtrail create-trail --name odd --s3-bucket-name odd-$ACCOUNT
        aws cloudtrail start-logging --name odd"),
    Case {
        edit: r#"printf '{"Version":"2012-10-17","Statement":[]}' > bucket-policy.json"#,
        ..case("log-bucket-exists", "aws s3api delete-bucket --bucket $BUCKET")
    },
    case("bucket-not-public", "aws s3api delete-public-access-block --bucket $BUCKET
        aws s3api put-bucket-ownership-controls --bucket $BUCKET --ownership-controls 'Rules=[{ObjectOwnership=ObjectWriter}]'
        aws s3api put-bucket-acl --bucket $BUCKET --acl public-read"),
    case("bucket-block-public-access", "aws s3api delete-public-access-block --bucket $BUCKET"),
    Case {
        edit: r#"edit policy.json 'for one in s:
    if one["Effect"] == "Allow": one["Condition"] = {"StringEquals": {"aws:SourceArn": os.environ["TRAIL"]}}'"#,
        ..case("bucket-policy-source-arn", r#"aws s3api get-bucket-policy --bucket $BUCKET --query Policy --output text > p.json
            edit p.json 'for one in s: one["Effect"] == "Allow" and one.pop("Condition")'
            aws s3api put-bucket-policy --bucket $BUCKET --policy file://p.json"#)
    },
    Case {
        edit: r#"edit policy.json 's[:] = [one for one in s if one.get("Sid") != "Partner"]'"#,
        ..case("bucket-least-privilege", r#"aws s3api get-bucket-policy --bucket $BUCKET --query Policy --output text > p.json
            edit p.json 's.append({"Sid": "Partner", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::222222222222:root"}, "Action": "s3:GetObject", "Resource": bucket + "/*"})'
            aws s3api put-bucket-policy --bucket $BUCKET --policy file://p.json"#)
    },
    Case {
        edit: r#"edit policy.json 'for one in s:
    if one["Effect"] == "Allow": one["Principal"] = {"Service": "cloudtrail.amazonaws.com"}'"#,
        ..case("bucket-legacy-principals", r#"aws s3api get-bucket-policy --bucket $BUCKET --query Policy --output text > p.json
            edit p.json 's[0]["Principal"] = {"AWS": "arn:aws:iam::086441151436:root"}'
            aws s3api put-bucket-policy --bucket $BUCKET --policy file://p.json"#)
    },
    Case {
        edit: r#"edit policy.json 's.append({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [bucket, bucket + "/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}})'"#,
        ..case("bucket-tls-only", r#"aws s3api get-bucket-policy --bucket $BUCKET --query Policy --output text > p.json
            edit p.json 's[:] = [one for one in s if one["Effect"] == "Allow"]'
            aws s3api put-bucket-policy --bucket $BUCKET --policy file://p.json"#)
    },
    case("bucket-ownership-enforced", "aws s3api put-bucket-ownership-controls --bucket $BUCKET \
        --ownership-controls 'Rules=[{ObjectOwnership=ObjectWriter}]'"),
    Case {
        fills: &[("ACCESS-LOG-BUCKET", "'$ACCESS_LOGS'"), ("cloudtrail/", "log-bucket/")],
        ..case("bucket-access-logging", "aws s3api put-bucket-logging --bucket $BUCKET --bucket-logging-status '{}'")
    },
    Case {
        fills: &[("alias/KEY-ALIAS", "$KEY")],
        ..case("trail-encryption", "aws cloudtrail delete-trail --name $TRAIL
            aws cloudtrail create-trail --name plain --s3-bucket-name $BUCKET
            aws cloudtrail start-logging --name plain")
    },
    Case {
        edit: r#"edit key-policy.json 'for one in s:
    if "Service" in one["Principal"]: one["Condition"] = {"StringEquals": {"aws:SourceArn": os.environ["TRAIL"]}}'"#,
        ..case("key-policy-bound", r#"aws kms get-key-policy --key-id $KEY --policy-name default --query Policy --output text > p.json
            edit p.json 'for one in s: one.pop("Condition", None)'
            aws kms put-key-policy --key-id $KEY --policy-name default --policy file://p.json"#)
    },
    case("key-rotation", "aws kms disable-key-rotation --key-id $KEY"),
    case("bucket-versioning", "aws s3api put-bucket-versioning --bucket $BUCKET --versioning-configuration Status=Suspended"),
    case("deletion-protection", "aws s3api put-object-lock-configuration --bucket $BUCKET --object-lock-configuration ObjectLockEnabled=Enabled"),
    case("object-lock", "aws s3api put-object-lock-configuration --bucket $BUCKET \
        --object-lock-configuration 'ObjectLockEnabled=Enabled,Rule={DefaultRetention={Mode=GOVERNANCE,Days=30}}'"),
    Case {
        edit: "sed -i 's/\"Days\": [0-9]*/\"Days\": 800/' lifecycle.json",
        ..case("log-retention", r#"aws s3api put-bucket-lifecycle-configuration --bucket $BUCKET \
            --lifecycle-configuration '{"Rules":[{"ID":"month","Status":"Enabled","Filter":{"Prefix":""},"Expiration":{"Days":30}}]}'"#)
    },
    case("cloudwatch-logs-integration", "aws cloudtrail delete-trail --name $TRAIL
        aws cloudtrail create-trail --name quiet --s3-bucket-name $BUCKET"),
    case("log-group-alive", "aws logs delete-log-group --log-group-name $LOG_GROUP"),
    case("log-group-retention", "aws logs put-retention-policy --log-group-name $LOG_GROUP --retention-in-days 30"),
    case("log-group-not-public", r#"aws logs put-resource-policy --policy-name open \
        --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"logs:PutLogEvents","Resource":"*"}]}'"#),
    case("delivery-role", r#"aws iam update-assume-role-policy --role-name delivery \
        --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}'"#),
    Case {
        edit: r#"edit topic-policy.json 'for one in s:
    one["Condition"] = {"StringEquals": {"aws:SourceArn": os.environ["TRAIL"]}}'"#,
        ..case("sns-topic-policy", r#"aws sns set-topic-attributes --topic-arn $TOPIC --attribute-name Policy --attribute-value \
            '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"sns:Publish","Resource":"'$TOPIC'"}]}'"#)
    },
    alarm("alarm-unauthorized-api-calls"),
    alarm("alarm-console-sign-in-without-mfa"),
    alarm("alarm-root-usage"),
    alarm("alarm-iam-policy-changes"),
    alarm("alarm-cloudtrail-changes"),
    alarm("alarm-console-authentication-failures"),
    alarm("alarm-kms-key-deletion"),
    alarm("alarm-s3-bucket-policy-changes"),
    alarm("alarm-config-changes"),
    alarm("alarm-security-group-changes"),
    alarm("alarm-network-acl-changes"),
    alarm("alarm-network-gateway-changes"),
    alarm("alarm-route-table-changes"),
    alarm("alarm-vpc-changes"),
    alarm("alarm-trail-tampering"),
    Case {
        fills: &[
            ("TOPIC_ARN", "arn:aws:sns:us-east-1:$ACCOUNT:alarms"),
            ("--protocol email", "--protocol sqs"),
            ("ADDRESS", "arn:aws:sqs:us-east-1:$ACCOUNT:second"),
        ],
        ..case("alarm-reaches-someone", r#"arn=$(aws sns list-subscriptions-by-topic --topic-arn arn:aws:sns:us-east-1:$ACCOUNT:alarms \
            --query 'Subscriptions[0].SubscriptionArn' --output text)
            aws sns unsubscribe --subscription-arn $arn"#)
    },
    Case {
        fills: &[("TOPIC_ARN", "$TOPIC")],
        ..case("sns-notification", "aws s3api put-bucket-notification-configuration --bucket $BUCKET --notification-configuration '{\"TopicConfigurations\":[{\"TopicArn\":\"'$TOPIC'\",\"Events\":[\"s3:ObjectRemoved:*\"]}]}'
            aws cloudtrail delete-trail --name audit
            aws cloudtrail create-trail --name audit --s3-bucket-name $BUCKET --is-multi-region-trail
            aws cloudtrail start-logging --name audit")
    },
    Case {
        fills: &[("QUEUE_ARN", "arn:aws:sqs:us-east-1:$ACCOUNT:second")],
        ..case("sns-delivery", r#"for arn in $(aws sns list-subscriptions-by-topic --topic-arn $TOPIC \
            --query 'Subscriptions[].SubscriptionArn' --output text); do
            aws sns unsubscribe --subscription-arn $arn
            done"#)
    },
    Case {
        fills: &[("CONFIG_BUCKET", "$ACCESS_LOGS")],
        ..case("config-recorder", "aws configservice stop-configuration-recorder --configuration-recorder-name default")
    },
    Case {
        fills: &[("LOG_BUCKET", "$BUCKET")],
        ..case("organization-trail", "")
    },
];
