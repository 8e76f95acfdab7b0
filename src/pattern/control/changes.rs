//! Controls that ask for changes: some calls of one service, whoever makes them.

use serde_json::{Value, json};

use super::record::{Draft, ELSEWHERE, LEADER, Setting, Who, parameters};
use super::{Control, Sample};

/// Calls of one service.
struct Change {
    rule: &'static str,
    source: &'static str,
    global: bool,
    names: &'static [&'static str],
    optional: &'static [&'static str],
}

const CHANGES: &[Change] = &[
    Change {
        rule: "alarm-iam-policy-changes",
        source: "iam",
        global: true,
        names: &[
            "DeleteGroupPolicy",
            "DeleteRolePolicy",
            "DeleteUserPolicy",
            "PutGroupPolicy",
            "PutRolePolicy",
            "PutUserPolicy",
            "CreatePolicy",
            "DeletePolicy",
            "CreatePolicyVersion",
            "DeletePolicyVersion",
            "AttachRolePolicy",
            "DetachRolePolicy",
            "AttachUserPolicy",
            "DetachUserPolicy",
            "AttachGroupPolicy",
            "DetachGroupPolicy",
        ],
        optional: &[],
    },
    Change {
        rule: "alarm-cloudtrail-changes",
        source: "cloudtrail",
        global: false,
        names: &[
            "CreateTrail",
            "UpdateTrail",
            "DeleteTrail",
            "StartLogging",
            "StopLogging",
        ],
        optional: &[],
    },
    Change {
        rule: "alarm-kms-key-deletion",
        source: "kms",
        global: false,
        names: &["DisableKey", "ScheduleKeyDeletion"],
        optional: &[],
    },
    Change {
        rule: "alarm-s3-bucket-policy-changes",
        source: "s3",
        global: false,
        names: &[
            "PutBucketAcl",
            "PutBucketPolicy",
            "PutBucketCors",
            "PutBucketLifecycle",
            "PutBucketReplication",
            "DeleteBucketPolicy",
            "DeleteBucketCors",
            "DeleteBucketLifecycle",
            "DeleteBucketReplication",
        ],
        optional: &[],
    },
    Change {
        rule: "alarm-config-changes",
        source: "config",
        global: false,
        names: &[
            "StopConfigurationRecorder",
            "DeleteDeliveryChannel",
            "PutDeliveryChannel",
            "PutConfigurationRecorder",
        ],
        optional: &[],
    },
    Change {
        rule: "alarm-security-group-changes",
        source: "ec2",
        global: false,
        names: &[
            "AuthorizeSecurityGroupIngress",
            "AuthorizeSecurityGroupEgress",
            "RevokeSecurityGroupIngress",
            "RevokeSecurityGroupEgress",
            "CreateSecurityGroup",
            "DeleteSecurityGroup",
        ],
        optional: &["ModifySecurityGroupRules"],
    },
    Change {
        rule: "alarm-network-acl-changes",
        source: "ec2",
        global: false,
        names: &[
            "CreateNetworkAcl",
            "CreateNetworkAclEntry",
            "DeleteNetworkAcl",
            "DeleteNetworkAclEntry",
            "ReplaceNetworkAclEntry",
            "ReplaceNetworkAclAssociation",
        ],
        optional: &[],
    },
    Change {
        rule: "alarm-network-gateway-changes",
        source: "ec2",
        global: false,
        names: &[
            "CreateCustomerGateway",
            "DeleteCustomerGateway",
            "AttachInternetGateway",
            "CreateInternetGateway",
            "DeleteInternetGateway",
            "DetachInternetGateway",
        ],
        optional: &[],
    },
    Change {
        rule: "alarm-route-table-changes",
        source: "ec2",
        global: false,
        names: &[
            "CreateRoute",
            "CreateRouteTable",
            "ReplaceRoute",
            "ReplaceRouteTableAssociation",
            "DeleteRouteTable",
            "DeleteRoute",
            "DisassociateRouteTable",
        ],
        optional: &[],
    },
    Change {
        rule: "alarm-vpc-changes",
        source: "ec2",
        global: false,
        names: &[
            "CreateVpc",
            "DeleteVpc",
            "ModifyVpcAttribute",
            "AcceptVpcPeeringConnection",
            "CreateVpcPeeringConnection",
            "DeleteVpcPeeringConnection",
            "RejectVpcPeeringConnection",
            "AttachClassicLinkVpc",
            "DetachClassicLinkVpc",
            "DisableVpcClassicLink",
            "EnableVpcClassicLink",
        ],
        optional: &[],
    },
    Change {
        rule: "alarm-organizations-changes",
        source: "organizations",
        global: true,
        names: &[
            "AcceptHandshake",
            "AttachPolicy",
            "CreateAccount",
            "CreateOrganizationalUnit",
            "CreatePolicy",
            "DeclineHandshake",
            "DeleteOrganization",
            "DeleteOrganizationalUnit",
            "DeletePolicy",
            "DetachPolicy",
            "DisablePolicyType",
            "EnablePolicyType",
            "InviteAccountToOrganization",
            "LeaveOrganization",
            "MoveAccount",
            "RemoveAccountFromOrganization",
            "UpdatePolicy",
            "UpdateOrganizationalUnit",
        ],
        optional: &[],
    },
];

pub(super) fn controls(setting: &Setting<'_>) -> Vec<Control> {
    CHANGES
        .iter()
        .map(|change| change.control(setting))
        .collect()
}

impl Change {
    fn control(&self, setting: &Setting<'_>) -> Control {
        let names: Vec<&str> = self.names.iter().chain(self.optional).copied().collect();
        Control {
            rule: self.rule,
            samples: self.samples(setting, self.names),
            optional: self.samples(setting, self.optional),
            filter: format!("{{ {} }}", filter_of(self.source, &names)),
            event: json!({
                "detail-type": ["AWS API Call via CloudTrail"],
                "detail": names_of(self.source, &names),
            })
            .to_string(),
        }
    }

    fn samples(&self, setting: &Setting<'_>, names: &[&str]) -> Vec<Sample> {
        let samples = |name: &&str| everyone(setting, self.source, name, self.global);
        names.iter().flat_map(samples).collect()
    }
}

/// A call by each kind of caller, in more than one Region unless there is but one.
pub(super) fn everyone(
    setting: &Setting<'_>,
    source: &str,
    name: &str,
    global: bool,
) -> Vec<Sample> {
    let elsewhere = if global { LEADER } else { ELSEWHERE };
    let call = |who| {
        Draft::call(setting, source, name, who).request(parameters(setting.account, source, name))
    };
    vec![
        call(Who::User)
            .named(name, format!("{name} by an IAM user"))
            .done(),
        call(Who::Role)
            .named(name, format!("{name} by an assumed role in {elsewhere}"))
            .region(elsewhere)
            .done(),
        call(Who::Root)
            .named(name, format!("{name} by the root user"))
            .done(),
    ]
}

/// The condition of a metric filter that holds of these calls of a service, without braces.
pub(super) fn filter_of(source: &str, names: &[&str]) -> String {
    let terms: Vec<String> = names
        .iter()
        .map(|name| format!("($.eventName = \"{name}\")"))
        .collect();
    format!(
        "($.eventSource = \"{source}.amazonaws.com\") && ({})",
        terms.join(" || ")
    )
}

/// The fields of a CloudTrail record that single out these calls of a service.
pub(super) fn names_of(source: &str, names: &[&str]) -> Value {
    json!({"eventSource": [format!("{source}.amazonaws.com")], "eventName": names})
}
