//! Who can act in a good account and upon it: users, groups, roles and policies, the
//! organization above, grants, the trail's topic. That just these are read is in [`seen`].

use aws_sdk_iam::types::Tag;
use aws_sdk_kms::types::{GrantConstraints, GrantOperation};
use aws_sdk_organizations::types::PolicyType;
use serde_json::{Value, json};

use super::account::{Account, HOME};
use super::good::Good;

mod seen;

/// The trail's topic.
pub(super) const TOPIC: &str = "trail";

impl Good {
    /// Everybody, and what binds them, but for the topic, which the trail is made with.
    pub(super) fn actors(&self) {
        self.people();
        self.delivery_role();
        self.grant();
        let document = log_policy().to_string();
        let logs = self.account.logs();
        let call = logs
            .put_resource_policy()
            .policy_name("for-route53")
            .policy_document(document);
        self.account.wait(call.send()).expect("PutResourcePolicy");
    }

    fn people(&self) {
        let (account, iam) = (&self.account, self.account.iam());
        let create = |name: &str, document: Value| {
            let call = iam
                .create_policy()
                .path("/teams/")
                .policy_name(name)
                .policy_document(document.to_string());
            account.wait(call.send()).expect("CreatePolicy");
        };
        create("limit", allow("*"));
        create("read", allow("s3:Get*"));
        // Newer than the version in force.
        let call = iam
            .create_policy_version()
            .policy_arn(self.policy_arn("limit"))
            .policy_document(allow("ec2:*").to_string())
            .set_as_default(false);
        account.wait(call.send()).expect("CreatePolicyVersion");
        let call = iam.create_group().group_name("ops");
        account.wait(call.send()).expect("CreateGroup");
        let call = iam
            .put_group_policy()
            .group_name("ops")
            .policy_name("own")
            .policy_document(allow("ec2:Describe*").to_string());
        account.wait(call.send()).expect("PutGroupPolicy");
        let call = iam
            .attach_group_policy()
            .group_name("ops")
            .policy_arn(self.policy_arn("read"));
        account.wait(call.send()).expect("AttachGroupPolicy");
        let call = iam
            .create_user()
            .path("/staff/")
            .user_name("alice")
            .permissions_boundary(self.policy_arn("limit"))
            .tags(tag("team", "ops"));
        account.wait(call.send()).expect("CreateUser");
        let call = iam
            .put_user_policy()
            .user_name("alice")
            .policy_name("own")
            .policy_document(odd().to_string());
        account.wait(call.send()).expect("PutUserPolicy");
        let call = iam.add_user_to_group().group_name("ops").user_name("alice");
        account.wait(call.send()).expect("AddUserToGroup");
    }

    /// The role by which CloudTrail delivers to the log group.
    fn delivery_role(&self) {
        let (account, iam) = (&self.account, self.account.iam());
        let call = iam
            .create_role()
            .role_name("delivery")
            .assume_role_policy_document(trust().to_string())
            .permissions_boundary(self.policy_arn("limit"))
            .tags(tag("team", "security"));
        account.wait(call.send()).expect("CreateRole");
        let call = iam
            .put_role_policy()
            .role_name("delivery")
            .policy_name("own")
            .policy_document(self.delivery().to_string());
        account.wait(call.send()).expect("PutRolePolicy");
    }

    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html>
    fn delivery(&self) -> Value {
        let (id, group) = (&self.account.id, self.log_group());
        let streams = format!(
            "arn:aws:logs:{HOME}:{id}:log-group:{group}:log-stream:{id}_CloudTrail_{HOME}*"
        );
        json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": streams }] })
    }

    fn grant(&self) {
        let only = GrantConstraints::builder()
            .encryption_context_subset("purpose", "audit")
            .build();
        let kms = self.account.kms();
        let call = kms
            .create_grant()
            .key_id(&self.key)
            .grantee_principal(format!("arn:aws:iam::{}:role/delivery", self.account.id))
            .operations(GrantOperation::GenerateDataKey)
            .operations(GrantOperation::Decrypt)
            .constraints(only);
        self.account.wait(call.send()).expect("CreateGrant");
    }

    /// The topic that the trail notifies, encrypted with the trail's key.
    pub(super) fn topic(&self) {
        let sns = self.account.sns();
        let call = sns
            .create_topic()
            .name(TOPIC)
            .attributes("KmsMasterKeyId", &self.key)
            .attributes("Policy", self.topic_policy().to_string());
        self.account.wait(call.send()).expect("CreateTopic");
        self.subscribe(&self.topic_arn());
    }

    /// A queue, which hears what the topic is told.
    pub(super) fn subscribe(&self, topic: &str) {
        let sns = self.account.sns();
        let call = sns
            .subscribe()
            .topic_arn(topic)
            .protocol("sqs")
            .endpoint(format!("arn:aws:sqs:{HOME}:{}:on-call", self.account.id));
        self.account.wait(call.send()).expect("Subscribe");
    }

    pub(super) fn topic_arn(&self) -> String {
        format!("arn:aws:sns:{HOME}:{}:{TOPIC}", self.account.id)
    }

    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-permissions-for-sns-notifications.html>
    fn topic_policy(&self) -> Value {
        json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "AWSCloudTrailSNSPolicy",
            "Effect": "Allow", "Principal": { "Service": "cloudtrail.amazonaws.com" },
            "Action": "SNS:Publish", "Resource": self.topic_arn(),
            "Condition": { "StringEquals": { "aws:SourceArn": self.trail_arn() } } }] })
    }

    /// An organization of which the account is the management account, in a unit below the
    /// root, and there a service control policy.
    pub(super) fn organization(&self) {
        let (account, client) = (&self.account, self.account.organizations());
        account
            .wait(client.create_organization().send())
            .expect("CreateOrganization");
        let root = root(account);
        for kind in [
            PolicyType::ServiceControlPolicy,
            PolicyType::ResourceControlPolicy,
        ] {
            let call = client.enable_policy_type().root_id(&root).policy_type(kind);
            account.wait(call.send()).expect("EnablePolicyType");
        }
        let call = client
            .create_organizational_unit()
            .parent_id(&root)
            .name("security");
        let created = account.wait(call.send()).expect("CreateOrganizationalUnit");
        let unit = created.organizational_unit().and_then(|unit| unit.id());
        let unit = unit.expect("a unit's id");
        let call = client
            .move_account()
            .account_id(&account.id)
            .source_parent_id(&root)
            .destination_parent_id(unit);
        account.wait(call.send()).expect("MoveAccount");
        self.attach_guard(unit);
        let call = client
            .enable_aws_service_access()
            .service_principal("cloudtrail.amazonaws.com");
        account.wait(call.send()).expect("EnableAWSServiceAccess");
    }

    /// Attaches a service control policy.
    fn attach_guard(&self, target: &str) {
        let (account, client) = (&self.account, self.account.organizations());
        let call = client
            .create_policy()
            .name("guard")
            .description("keeps the trail")
            .r#type(PolicyType::ServiceControlPolicy)
            .content(guard().to_string());
        let created = account.wait(call.send()).expect("CreatePolicy");
        let summary = created.policy().and_then(|policy| policy.policy_summary());
        let id = summary.and_then(|summary| summary.id()).expect("its id");
        let call = client.attach_policy().policy_id(id).target_id(target);
        account.wait(call.send()).expect("AttachPolicy");
    }

    fn policy_arn(&self, name: &str) -> String {
        format!("arn:aws:iam::{}:policy/teams/{name}", self.account.id)
    }
}

fn root(account: &Account) -> String {
    let client = account.organizations();
    let listed = account.wait(client.list_roots().send()).expect("ListRoots");
    let root = listed.roots().first().and_then(|root| root.id());
    root.expect("a root").to_owned()
}

fn tag(key: &str, value: &str) -> Tag {
    let tag = Tag::builder().key(key).value(value);
    tag.build().expect("complete")
}

fn allow(action: &str) -> Value {
    json!({ "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": action, "Resource": "*" }] })
}

/// Characters that the encoding must bring through, a plus above all.
fn odd() -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "Odd", "Effect": "Allow",
        "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/a+b c%20/é監/${aws:username}/*" }] })
}

fn trust() -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Principal": { "Service": "cloudtrail.amazonaws.com" }, "Action": "sts:AssumeRole" }] })
}

fn guard() -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny",
        "Action": ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail"], "Resource": "*" }] })
}

fn log_policy() -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Principal": { "Service": "route53.amazonaws.com" }, "Action": "logs:PutLogEvents",
        "Resource": format!("arn:aws:logs:{HOME}:*:log-group:/aws/route53/*") }] })
}
