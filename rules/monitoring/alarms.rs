//! The alarms that the CIS AWS Foundations Benchmark asks for: one rule each, which differ in
//! the events and in why these matter.

use super::chain;
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::Action;

/// What every rule about a chain of alarms reads.
pub(crate) const READS: &[Action] = &[
    Action::GetTrailStatus,
    Action::GetEventSelectors,
    Action::DescribeLogGroups,
    Action::DescribeMetricFilters,
    Action::DescribeAlarms,
    Action::ListEventRules,
    Action::ListTargetsByRule,
    Action::GetTopicAttributes,
    Action::ListSubscriptionsByTopic,
    Action::DescribeKey,
    Action::GetKeyPolicy,
    Action::DescribeOrganization,
    Action::ListRoots,
    Action::ListParents,
    Action::ListPoliciesForTarget,
    Action::DescribePolicy,
];

/// When every such rule passes, and when it fails.
pub(super) const CRITERIA: &str = "Passes if each event reaches somebody by one of two ways. A \
    logging multi-Region trail records it and feeds, without a delivery error, a STANDARD log \
    group of the account; a metric filter matches it, tells it from ordinary events and counts \
    all of them; an alarm on that metric, by namespace, name and dimensions, goes into the \
    state ALARM after one event; its actions, or those of a composite alarm that follows it, \
    are on and reach a confirmed subscriber of a topic that CloudWatch can publish to, or \
    something other than a topic. Or an EventBridge rule on the default event bus of each \
    Region, in a state that is shown the event, has such a target. Fails with the first part \
    of the chain that breaks. Unknown if that turns on a fact that could not be read, or on \
    what AWS leaves open. Not applicable if only an organization trail's log group, in \
    another account, could be watched; changes to the organization are for its management \
    account.";

/// What mends every such rule.
pub(super) const ACTION: &str = "Put a metric filter with a pattern that matches all of the \
    events on the log group of a multi-Region trail, an alarm on its metric with Sum >= 1, and \
    an SNS topic with a confirmed subscription. `trailcheck pattern` tells what a pattern \
    matches, and with --for prints one that covers the rule. Keep missing data as notBreaching.";

/// Where AWS and CIS describe them.
pub(super) const RESOURCES: &[&str] = &[
    "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudwatch-alarms-for-cloudtrail.html",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html",
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html",
];

/// How to set up filter and alarm, given their name and the pattern.
macro_rules! remedies {
    ($id:literal, $pattern:literal) => {
        Remedies {
            cli: concat!(
                "aws logs put-metric-filter --region {log_region} --log-group-name {log_group} \
                 --filter-name ",
                $id,
                " --filter-pattern '",
                $pattern,
                "' --metric-transformations metricNamespace=CloudTrail,metricName=",
                $id,
                ",metricValue=1\naws cloudwatch put-metric-alarm --region {log_region} \
                 --alarm-name ",
                $id,
                " --namespace CloudTrail --metric-name ",
                $id,
                " --statistic Sum --period 300 --evaluation-periods 1 --threshold 1 \
                 --comparison-operator GreaterThanOrEqualToThreshold \
                 --treat-missing-data notBreaching --alarm-actions TOPIC_ARN",
            ),
            terraform: concat!(
                "resource \"aws_cloudwatch_log_metric_filter\" \"",
                $id,
                "\" {\n  name           = \"",
                $id,
                "\"\n  log_group_name = aws_cloudwatch_log_group.trail.name\n  \
                 pattern        = trimspace(<<-EOT\n    ",
                $pattern,
                "\n  EOT\n  )\n\n  metric_transformation {\n    namespace = \"CloudTrail\"\n    \
                 name      = \"",
                $id,
                "\"\n    value     = \"1\"\n  }\n}\n\nresource \"aws_cloudwatch_metric_alarm\" \"",
                $id,
                "\" {\n  alarm_name          = \"",
                $id,
                "\"\n  namespace           = \"CloudTrail\"\n  metric_name         = \"",
                $id,
                "\"\n  statistic           = \"Sum\"\n  period              = 300\n  \
                 evaluation_periods  = 1\n  threshold           = 1\n  \
                 comparison_operator = \"GreaterThanOrEqualToThreshold\"\n  \
                 treat_missing_data  = \"notBreaching\"\n  \
                 alarm_actions       = [aws_sns_topic.alarms.arn]\n}",
            ),
            cloudformation: concat!(
                "Filter:\n  Type: AWS::Logs::MetricFilter\n  Properties:\n    \
                 LogGroupName: LOG_GROUP\n    FilterPattern: '",
                $pattern,
                "'\n    MetricTransformations:\n      - MetricNamespace: CloudTrail\n        \
                 MetricName: ",
                $id,
                "\n        MetricValue: \"1\"\nAlarm:\n  Type: AWS::CloudWatch::Alarm\n  \
                 Properties:\n    AlarmName: ",
                $id,
                "\n    Namespace: CloudTrail\n    MetricName: ",
                $id,
                "\n    Statistic: Sum\n    Period: 300\n    EvaluationPeriods: 1\n    \
                 Threshold: 1\n    ComparisonOperator: GreaterThanOrEqualToThreshold\n    \
                 TreatMissingData: notBreaching\n    AlarmActions:\n      - TOPIC_ARN",
            ),
        }
    };
}

pub(super) use remedies;

/// The recommendation with that number in the monitoring section, which has moved twice, and
/// Security Hub's control.
macro_rules! controls {
    (management $number:literal) => {
        &[
            Control::cis("1.3.0", concat!("4.", $number)),
            Control::cis("1.4.0", concat!("4.", $number)),
            Control::cis("1.5.0", concat!("4.", $number)),
            Control::cis("2.0.0", concat!("4.", $number)),
            Control::cis("3.0.0", concat!("4.", $number)),
            Control::cis("4.0.0", concat!("4.", $number)),
            Control::cis("5.0.0", concat!("4.", $number)),
            Control::cis("6.0.0", concat!("5.", $number)),
            Control::cis("7.0.0", concat!("5.", $number)),
        ]
    };
    ($number:literal $hub:literal) => {
        &[
            Control::cis("1.2.0", concat!("3.", $number)),
            Control::cis("1.3.0", concat!("4.", $number)),
            Control::cis("1.4.0", concat!("4.", $number)),
            Control::cis("1.5.0", concat!("4.", $number)),
            Control::cis("2.0.0", concat!("4.", $number)),
            Control::cis("3.0.0", concat!("4.", $number)),
            Control::cis("4.0.0", concat!("4.", $number)),
            Control::cis("5.0.0", concat!("4.", $number)),
            Control::cis("6.0.0", concat!("5.", $number)),
            Control::cis("7.0.0", concat!("5.", $number)),
            Control::security_hub($hub),
        ]
    };
}

macro_rules! alarm {
    ($id:literal, $controls:expr, $title:literal, $what:literal, $description:literal, $pattern:literal,) => {
        alarm!($id, $controls, $title, $description, $pattern, |context| {
            chain::judge(context, $id, $what)
        })
    };
    ($id:literal, $controls:expr, $title:literal, $description:literal, $pattern:literal, $check:expr) => {
        &Rule {
            id: $id,
            title: $title,
            severity: Severity::Low,
            worst: Severity::Low,
            practice: Practice::Monitoring,
            description: $description,
            criteria: CRITERIA,
            action: ACTION,
            resources: RESOURCES,
            controls: $controls,
            reads: READS,
            remedies: remedies!($id, $pattern),
            check: Check::Account($check),
        }
    };
}

/// The rules, in the benchmark's order.
pub const RULES: &[&Rule] = &[
    alarm!(
        "alarm-unauthorized-api-calls",
        controls!("1" "CloudWatch.2"),
        "API calls that are refused raise an alarm",
        "calls that are refused",
        "Somebody who got hold of a key does not know what it may do, and tries: ListBuckets, \
            GetSecretValue, CreateUser, one refusal after another. These refusals are often the only \
            trace before the call that succeeds. Without an alarm they stand in a log that nobody \
            reads.",
        r#"{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }"#,
    ),
    alarm!(
        "alarm-console-sign-in-without-mfa",
        controls!("2" "CloudWatch.3"),
        "Console sign-in without MFA raises an alarm",
        "console sign-in without MFA",
        "A sign-in to the console with a password alone is what a phished or reused password \
            gives an attacker. Where MFA is the rule, such a sign-in is either a hole in the rule or \
            a break-in, and both want to be known within minutes.",
        r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }"#,
    ),
    alarm!(
        "alarm-root-usage",
        controls!("3" "CloudWatch.1"),
        "Use of the root user raises an alarm",
        "use of the root user",
        "The root user can do everything and no policy of the account holds it back: it closes \
            accounts, changes who may enter, and undoes what protects the trail. It has next to no \
            everyday task, so that each use of it, reading included, deserves a look at once.",
        r#"{ ($.userIdentity.type = "Root") && ($.userIdentity.invokedBy NOT EXISTS) && ($.eventType != "AwsServiceEvent") }"#,
    ),
    alarm!(
        "alarm-iam-policy-changes",
        controls!("4" "CloudWatch.4"),
        "Changes to IAM policies raise an alarm",
        "changes to IAM policies",
        "Whoever has entered an account widens what they may do, by a policy that they attach, a \
            new version, or an inline statement among many. It takes one call, and lasts until \
            somebody notices. The reverse, a policy that is removed, takes away a protection as \
            quietly.",
        r#"{ ($.eventSource = "iam.amazonaws.com") && (($.eventName = "DeleteGroupPolicy") || ($.eventName = "DeleteRolePolicy") || ($.eventName = "DeleteUserPolicy") || ($.eventName = "PutGroupPolicy") || ($.eventName = "PutRolePolicy") || ($.eventName = "PutUserPolicy") || ($.eventName = "CreatePolicy") || ($.eventName = "DeletePolicy") || ($.eventName = "CreatePolicyVersion") || ($.eventName = "DeletePolicyVersion") || ($.eventName = "AttachRolePolicy") || ($.eventName = "DetachRolePolicy") || ($.eventName = "AttachUserPolicy") || ($.eventName = "DetachUserPolicy") || ($.eventName = "AttachGroupPolicy") || ($.eventName = "DetachGroupPolicy")) }"#,
    ),
    alarm!(
        "alarm-cloudtrail-changes",
        controls!("5" "CloudWatch.5"),
        "Changes to trails raise an alarm",
        "changes to trails",
        "The first thing a careful intruder does is to stop the trail or to point it elsewhere. \
            The call that does so is the last that the trail records, and an alarm on it is the last \
            word that anybody hears.",
        r#"{ ($.eventSource = "cloudtrail.amazonaws.com") && (($.eventName = "CreateTrail") || ($.eventName = "UpdateTrail") || ($.eventName = "DeleteTrail") || ($.eventName = "StartLogging") || ($.eventName = "StopLogging")) }"#,
    ),
    alarm!(
        "alarm-console-authentication-failures",
        controls!("6" "CloudWatch.6"),
        "Failed console sign-in raises an alarm",
        "failed console sign-in",
        "Many failed sign-ins are somebody guessing passwords, or trying those of another site's \
            leak. The guess that is right looks like any other sign-in; only the failures before it \
            give the attempt away.",
        r#"{ ($.eventName = "ConsoleLogin") && ($.errorMessage = "Failed authentication") }"#,
    ),
    alarm!(
        "alarm-kms-key-deletion",
        controls!("7" "CloudWatch.7"),
        "Disabling or deleting a KMS key raises an alarm",
        "keys that are disabled or scheduled for deletion",
        "Data under a KMS key is gone when the key is: log files, backups, databases at one \
            stroke. AWS waits some days before it deletes a key, and those days are of use only to \
            somebody who was told. A trail that leaves out the events of AWS KMS cannot tell.",
        r#"{ ($.eventSource = "kms.amazonaws.com") && (($.eventName = "DisableKey") || ($.eventName = "ScheduleKeyDeletion")) }"#,
    ),
    alarm!(
        "alarm-s3-bucket-policy-changes",
        controls!("8" "CloudWatch.8"),
        "Changes to S3 bucket policies raise an alarm",
        "changes to the policies of S3 buckets",
        "A bucket becomes public, is copied to a stranger's account or empties itself after a day \
            by a single call: a policy, an ACL, a replication or lifecycle rule. Data leaves within \
            minutes; a review once a quarter comes too late.",
        r#"{ ($.eventSource = "s3.amazonaws.com") && (($.eventName = "PutBucketAcl") || ($.eventName = "PutBucketPolicy") || ($.eventName = "PutBucketCors") || ($.eventName = "PutBucketLifecycle") || ($.eventName = "PutBucketReplication") || ($.eventName = "DeleteBucketPolicy") || ($.eventName = "DeleteBucketCors") || ($.eventName = "DeleteBucketLifecycle") || ($.eventName = "DeleteBucketReplication")) }"#,
    ),
    alarm!(
        "alarm-config-changes",
        controls!("9" "CloudWatch.9"),
        "Changes to AWS Config raise an alarm",
        "changes to AWS Config",
        "AWS Config remembers how each resource was set up, and its rules notice what has become \
            unsafe. Whoever stops the recorder or removes its delivery channel works unseen by both \
            from then on.",
        r#"{ ($.eventSource = "config.amazonaws.com") && (($.eventName = "StopConfigurationRecorder") || ($.eventName = "DeleteDeliveryChannel") || ($.eventName = "PutDeliveryChannel") || ($.eventName = "PutConfigurationRecorder")) }"#,
    ),
    alarm!(
        "alarm-security-group-changes",
        controls!("10" "CloudWatch.10"),
        "Changes to security groups raise an alarm",
        "changes to security groups",
        "A security group decides who may connect to a machine. One rule opens a database to the \
            internet, by mistake in a hurry or by somebody who wants to come back later.",
        r#"{ ($.eventSource = "ec2.amazonaws.com") && (($.eventName = "AuthorizeSecurityGroupIngress") || ($.eventName = "AuthorizeSecurityGroupEgress") || ($.eventName = "RevokeSecurityGroupIngress") || ($.eventName = "RevokeSecurityGroupEgress") || ($.eventName = "CreateSecurityGroup") || ($.eventName = "DeleteSecurityGroup") || ($.eventName = "ModifySecurityGroupRules")) }"#,
    ),
    alarm!(
        "alarm-network-acl-changes",
        controls!("11" "CloudWatch.11"),
        "Changes to network ACLs raise an alarm",
        "changes to network ACLs",
        "Network ACLs are the second fence around a subnet, the one that holds when a security \
            group is too wide. They change rarely, and a change that nobody planned is either a \
            mistake or a way in or out.",
        r#"{ ($.eventSource = "ec2.amazonaws.com") && (($.eventName = "CreateNetworkAcl") || ($.eventName = "CreateNetworkAclEntry") || ($.eventName = "DeleteNetworkAcl") || ($.eventName = "DeleteNetworkAclEntry") || ($.eventName = "ReplaceNetworkAclEntry") || ($.eventName = "ReplaceNetworkAclAssociation")) }"#,
    ),
    alarm!(
        "alarm-network-gateway-changes",
        controls!("12" "CloudWatch.12"),
        "Changes to network gateways raise an alarm",
        "changes to network gateways",
        "An internet gateway turns a private network into one that the world can reach, and a \
            customer gateway ties it to a network elsewhere. Both are ways out for data that no one \
            else looks at.",
        r#"{ ($.eventSource = "ec2.amazonaws.com") && (($.eventName = "CreateCustomerGateway") || ($.eventName = "DeleteCustomerGateway") || ($.eventName = "AttachInternetGateway") || ($.eventName = "CreateInternetGateway") || ($.eventName = "DeleteInternetGateway") || ($.eventName = "DetachInternetGateway")) }"#,
    ),
    alarm!(
        "alarm-route-table-changes",
        controls!("13" "CloudWatch.13"),
        "Changes to route tables raise an alarm",
        "changes to route tables",
        "Routes decide through which machine traffic passes. One changed route leads it around \
            the firewall, or through a machine that reads along.",
        r#"{ ($.eventSource = "ec2.amazonaws.com") && (($.eventName = "CreateRoute") || ($.eventName = "CreateRouteTable") || ($.eventName = "ReplaceRoute") || ($.eventName = "ReplaceRouteTableAssociation") || ($.eventName = "DeleteRouteTable") || ($.eventName = "DeleteRoute") || ($.eventName = "DisassociateRouteTable")) }"#,
    ),
    alarm!(
        "alarm-vpc-changes",
        controls!("14" "CloudWatch.14"),
        "Changes to VPCs raise an alarm",
        "changes to VPCs",
        "A peering connection that is accepted joins two networks, perhaps one of them a \
            stranger's; a new VPC is a place where nothing that watches the others is set up. Both \
            happen rarely enough to be looked at each time.",
        r#"{ ($.eventSource = "ec2.amazonaws.com") && (($.eventName = "CreateVpc") || ($.eventName = "DeleteVpc") || ($.eventName = "ModifyVpcAttribute") || ($.eventName = "AcceptVpcPeeringConnection") || ($.eventName = "CreateVpcPeeringConnection") || ($.eventName = "DeleteVpcPeeringConnection") || ($.eventName = "RejectVpcPeeringConnection") || ($.eventName = "AttachClassicLinkVpc") || ($.eventName = "DetachClassicLinkVpc") || ($.eventName = "DisableVpcClassicLink") || ($.eventName = "EnableVpcClassicLink")) }"#,
    ),
    alarm!(
        "alarm-organizations-changes",
        controls!(management "15"),
        "Changes to the organization raise an alarm",
        "From the management account, every other account can be ruled: a policy that protected \
            all trails is detached, an account is moved out of its reach, or leaves the organization \
            and takes its data along. AWS records these events in the management account only.",
        r#"{ ($.eventSource = "organizations.amazonaws.com") && (($.eventName = "AcceptHandshake") || ($.eventName = "AttachPolicy") || ($.eventName = "CreateAccount") || ($.eventName = "CreateOrganizationalUnit") || ($.eventName = "CreatePolicy") || ($.eventName = "DeclineHandshake") || ($.eventName = "DeleteOrganization") || ($.eventName = "DeleteOrganizationalUnit") || ($.eventName = "DeletePolicy") || ($.eventName = "DetachPolicy") || ($.eventName = "DisablePolicyType") || ($.eventName = "EnablePolicyType") || ($.eventName = "InviteAccountToOrganization") || ($.eventName = "LeaveOrganization") || ($.eventName = "MoveAccount") || ($.eventName = "RemoveAccountFromOrganization") || ($.eventName = "UpdatePolicy") || ($.eventName = "UpdateOrganizationalUnit")) }"#,
        changes_to_the_organization
    ),
];

/// Only the management account records what happens to the organization.
fn changes_to_the_organization(context: &Context<'_>) -> Judgement {
    let account = &context.account.id;
    match context.account.organization.known()? {
        None => Ok(Verdict::not_applicable("the account is in no organization")),
        Some(organization) if organization.management_account != *account => {
            let management = &organization.management_account;
            Ok(Verdict::not_applicable(format!(
                "only the management account {management} records changes to the organization; \
                 audit that account"
            ))
            .evidence("management_account", management.as_str()))
        }
        Some(_) => chain::judge(
            context,
            "alarm-organizations-changes",
            "changes to the organization",
        ),
    }
}
