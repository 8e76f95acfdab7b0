//! The policy that `trailcheck rules permissions` prints, put to the test on ministack,
//! which enforces IAM when it is asked to.

use serde_json::{Value, json};

use super::account::Account;
use super::accounts::TWO_REGIONS;
use super::good::Good;
use super::run::{Report, Trailcheck};

#[test]
fn the_printed_policy_is_enough_for_an_audit_and_without_one_action_that_action_is_denied() {
    let good = Good::on_ministack_with_iam();
    let printed = Trailcheck::bare()
        .args(["rules", "permissions"])
        .run()
        .exits(0);
    let policy: Value = serde_json::from_str(&printed.stdout).expect("a policy in JSON");

    let report = audit_as(&good.account, "auditor", &policy);
    assert_eq!(denied(&report), Vec::<String>::new());

    let narrower = without(policy, "s3:GetBucketVersioning");
    let report = audit_as(&good.account, "blind-auditor", &narrower);
    assert_eq!(denied(&report), ["s3:GetBucketVersioning"]);
}

/// The audit of a user who may do what the policy says and nothing else.
fn audit_as(owner: &Account, user: &str, policy: &Value) -> Report {
    let iam = owner.iam();
    let call = iam.create_user().user_name(user);
    owner.wait(call.send()).expect("CreateUser");
    let call = iam
        .put_user_policy()
        .user_name(user)
        .policy_name("audit")
        .policy_document(policy.to_string());
    owner.wait(call.send()).expect("PutUserPolicy");
    let call = iam.create_access_key().user_name(user);
    let created = owner.wait(call.send()).expect("CreateAccessKey");
    let key = created.access_key().expect("an access key");
    Trailcheck::on(owner)
        .env("AWS_ACCESS_KEY_ID", key.access_key_id())
        .env("AWS_SECRET_ACCESS_KEY", key.secret_access_key())
        .audit(TWO_REGIONS)
}

/// The actions whose denial left a finding unknown.
fn denied(report: &Report) -> Vec<String> {
    let mut actions: Vec<String> = report
        .findings()
        .iter()
        .filter(|finding| finding["gap"]["kind"] == "access-denied")
        .filter_map(|finding| finding["gap"]["action"].as_str().map(str::to_owned))
        .collect();
    actions.sort_unstable();
    actions.dedup();
    actions
}

fn without(mut policy: Value, action: &str) -> Value {
    let statements = policy["Statement"].as_array_mut().expect("statements");
    let mut found = false;
    for statement in statements {
        if let Some(actions) = statement["Action"].as_array_mut() {
            let before = actions.len();
            actions.retain(|allowed| *allowed != json!(action));
            found |= actions.len() < before;
        }
    }
    assert!(found, "`{action}` is not in {policy:#}");
    policy
}
