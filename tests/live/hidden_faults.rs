//! An account in which everything is wrong that only single replies tell: who can act, what AWS
//! Config records, what Lake keeps.
//! A reply that says nothing must not make any of it look well.

use serde_json::{Value, json};

use super::accounts::{REQUEST_PAYMENT, TWO_REGIONS, complete};
use super::every_call::{CALLS, complaints_about};
use super::good::Good;
use super::relay::{Documented, Relay};
use super::run::{Report, Trailcheck};

/// The calls about who can act, what records beside the trail and what Lake keeps, and
/// whether a fault of this account is seen by it alone. The others tell of what an organization takes away, which is nothing from its management
/// account, and of grants, which no fault here hangs on.
const ABOUT_WHO: &[(&str, bool)] = &[
    ("kms:GetKeyPolicy", true),
    ("s3:GetBucketRequestPayment", true),
    ("kms:ListGrants", false),
    ("logs:DescribeResourcePolicies", true),
    ("sns:GetTopicAttributes", true),
    ("iam:GetAccountAuthorizationDetails", true),
    ("config:DescribeConfigurationRecorderStatus", true),
    ("cloudtrail:GetEventDataStore", true),
    ("organizations:DescribeOrganization", false),
    ("organizations:ListRoots", false),
    ("organizations:ListParents", false),
    ("organizations:ListPoliciesForTarget", false),
    ("organizations:DescribePolicy", false),
];

#[test]
fn a_reply_without_members_hides_no_fault_that_only_it_would_tell() {
    let good = Good::on_moto();
    good.let_everybody_act();
    good.stop_recording();
    let mut replies = complete();
    for reply in &mut replies {
        let protected = "\"TerminationProtectionEnabled\":true";
        reply.body = reply
            .body
            .replace(protected, &protected.replace("true", "false"));
    }
    replies.retain(|reply| !reply.to.contains(&"?requestPayment"));
    replies.push(Documented::xml(
        &["/logs-", "?requestPayment"],
        REQUEST_PAYMENT.replace("BucketOwner", "Requester"),
    ));
    let inner = Relay::start(Some(good.account.port()), replies);
    let audit = |url: &str| Trailcheck::through(url, &good.account).audit(TWO_REGIONS);
    let before = audit(&inner.url());
    for rule in [
        "data-store-termination-protection",
        "delivery-permitted",
        "delivery-role",
        "key-policy-bound",
        "log-group-not-public",
        "sns-topic-policy",
        "tamper-principals",
    ] {
        assert_eq!(before.by_rule()[rule], "fail", "{rule}");
    }
    let recorders = before.of_rule("config-recorder");
    assert!(recorders.iter().any(|one| one["status"] == "fail"));
    let mut complaints = Vec::new();
    for (action, alone) in ABOUT_WHO {
        let call = CALLS.iter().find(|(_, listed)| listed == action);
        let (to, _) = call.expect("a call");
        let after = audit(&Relay::spoiling(inner.port, to, without_members).url());
        complaints.extend(complaints_about(&before, &after, action, "malformed"));
        if *alone && !loses_a_fault(&before, &after) {
            complaints.push(format!("{action}: no fault became unknown"));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

fn loses_a_fault(before: &Report, after: &Report) -> bool {
    let changes = after.changes_from(before);
    changes
        .iter()
        .any(|change| change.ends_with("fail -> unknown"))
}

/// The reply of the same operation with nothing in it.
fn without_members(body: &str) -> String {
    if body.trim_start().starts_with('{') {
        return "{}".to_owned();
    }
    let root = body
        .split('<')
        .filter_map(|tag| tag.split(['>', ' ', '\n']).next())
        .find(|name| !name.is_empty() && !name.starts_with('?'))
        .expect("a root element");
    match root.strip_suffix("Response") {
        Some(operation) => format!("<{root}><{operation}Result></{operation}Result></{root}>"),
        None => format!("<{root}></{root}>"),
    }
}

impl Good {
    /// Opens key, topic and log group, lets six users turn the trail off, and lets the
    /// delivery role do more than deliver.
    fn let_everybody_act(&self) {
        let account = &self.account;
        let cloudtrail = json!({ "Service": "cloudtrail.amazonaws.com" });
        let owner = json!({ "AWS": format!("arn:aws:iam::{}:root", account.id) });
        let kms = account.kms();
        let call = kms
            .put_key_policy()
            .key_id(&self.key)
            .policy_name("default")
            .policy(policy(&[(owner, "kms:*"), (cloudtrail, "kms:*")]));
        account.wait(call.send()).expect("PutKeyPolicy");
        let sns = account.sns();
        let call = sns
            .set_topic_attributes()
            .topic_arn(self.topic_arn())
            .attribute_name("Policy")
            .attribute_value(policy(&[(json!("*"), "sns:Publish")]));
        account.wait(call.send()).expect("SetTopicAttributes");
        let logs = account.logs();
        let call = logs
            .put_resource_policy()
            .policy_name("open")
            .policy_document(policy(&[(json!("*"), "logs:PutLogEvents")]));
        account.wait(call.send()).expect("PutResourcePolicy");
        let iam = account.iam();
        let all = json!({ "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Action": "cloudtrail:*", "Resource": "*" }] });
        for at in 1..=6 {
            let name = format!("operator-{at}");
            let call = iam.create_user().user_name(&name);
            account.wait(call.send()).expect("CreateUser");
            let call = iam
                .put_user_policy()
                .user_name(&name)
                .policy_name("own")
                .policy_document(all.to_string());
            account.wait(call.send()).expect("PutUserPolicy");
        }
        let call = iam
            .put_role_policy()
            .role_name("delivery")
            .policy_name("more")
            .policy_document(all.to_string());
        account.wait(call.send()).expect("PutRolePolicy");
    }
}

/// A resource's policy that lets these do that.
fn policy(allowed: &[(Value, &str)]) -> String {
    let statements: Vec<Value> = allowed
        .iter()
        .map(|(principal, action)| {
            json!({ "Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*" })
        })
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}
