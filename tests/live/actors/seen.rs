//! What a snapshot says of who can act is what was set up.

use serde_json::{Value, json};

use super::super::account::{Account, HOME};
use super::super::accounts::{REQUEST_PAYMENT, TWO_REGIONS, list_regions};
use super::super::good::{Good, TRAIL};
use super::super::relay::{Documented, Relay};
use super::super::run::Trailcheck;
use super::{allow, guard, log_policy, odd, root, trust};

/// What a snapshot without a selection says of the account.
fn seen(endpoint: &str, account: &Account) -> Value {
    let run = Trailcheck::through(endpoint, account)
        .args(["snapshot", "--quiet", "--output", "-"])
        .args(TWO_REGIONS)
        .run()
        .exits(0);
    let mut snapshot: Value = serde_json::from_str(&run.stdout).expect("a snapshot in JSON");
    snapshot["accounts"][0].take()
}

/// A document as the value that it spells.
#[track_caller]
fn document(text: &Value) -> Value {
    let text = text.as_str().expect("a document");
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[track_caller]
fn assert_identities(good: &Good, seen: &Value) {
    let found = &seen["identities"]["known"];
    let id = &good.account.id;
    let alice = &found["users"][0];
    assert_eq!(alice["arn"], format!("arn:aws:iam::{id}:user/staff/alice"));
    assert_eq!(alice["name"], "alice");
    assert!(alice["id"].as_str().is_some_and(|id| !id.is_empty()));
    assert_eq!(alice["groups"], json!(["ops"]));
    assert_eq!(alice["tags"], json!({ "team": "ops" }));
    assert_eq!(alice["inline"][0]["name"], "own");
    assert_eq!(document(&alice["inline"][0]["document"]), odd());
    let ops = &found["groups"][0];
    assert_eq!(ops["arn"], format!("arn:aws:iam::{id}:group/ops"));
    assert_eq!(ops["attached"], json!([good.policy_arn("read")]));
    let own = &ops["inline"][0]["document"];
    assert_eq!(document(own), allow("ec2:Describe*"));
    let delivery = &found["roles"][0];
    assert_eq!(delivery["arn"], format!("arn:aws:iam::{id}:role/delivery"));
    assert_eq!(document(&delivery["trust"]), trust());
    assert_eq!(delivery["tags"], json!({ "team": "security" }));
    let own = &delivery["inline"][0]["document"];
    assert_eq!(document(own), good.delivery());
    let policies = found["policies"].as_array().expect("policies");
    let arns: Vec<&Value> = policies.iter().map(|policy| &policy["arn"]).collect();
    assert_eq!(arns, [&good.policy_arn("limit"), &good.policy_arn("read")]);
    assert_eq!(document(&policies[0]["document"]), allow("*"));
    assert_eq!(document(&policies[1]["document"]), allow("s3:Get*"));
}

#[track_caller]
fn assert_grant(good: &Good, seen: &Value) {
    let grant = &seen["keys"][0]["grants"]["known"][0];
    let grantee = format!("arn:aws:iam::{}:role/delivery", good.account.id);
    assert_eq!(grant["grantee"], grantee);
    assert_eq!(grant["operations"], json!(["Decrypt", "GenerateDataKey"]));
    assert_eq!(grant["constrained"], true);
}

#[test]
fn the_identities_that_were_set_up_on_moto_are_read() {
    let good = Good::on_moto();
    let seen = seen(&good.account.endpoint(), &good.account);
    assert_identities(&good, &seen);
    // moto leaves out the boundaries of users.
    let role = &seen["identities"]["known"]["roles"][0];
    assert_eq!(role["boundary"], good.policy_arn("limit"));
}

/// ministack leaves permissions boundaries out.
#[test]
fn the_identities_that_were_set_up_on_ministack_are_read() {
    let good = Good::on_ministack();
    let seen = seen(&good.account.endpoint(), &good.account);
    assert_identities(&good, &seen);
    assert_grant(&good, &seen);
}

#[test]
fn the_grants_the_topic_and_the_log_policies_that_were_set_up_on_moto_are_read() {
    let good = Good::on_moto();
    let seen = seen(&good.account.endpoint(), &good.account);
    assert_grant(&good, &seen);
    let policies = &seen["log_groups"][0]["resource_policies"]["known"];
    // moto knows no scopes, and gives the account's policies for the group's own too.
    assert_eq!(policies.as_array().map(Vec::len), Some(1));
    assert_eq!(policies[0]["name"], "for-route53");
    assert_eq!(document(&policies[0]["document"]), log_policy());
    let topic = &seen["topics"][0];
    assert_eq!(topic["arn"], good.topic_arn());
    let attributes = &topic["attributes"]["known"];
    assert_eq!(document(&attributes["policy"]), good.topic_policy());
    assert_eq!(attributes["kms_key_id"], good.key);
    assert_eq!(
        (&attributes["confirmed"], &attributes["pending"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(topic["key"]["references"], json!([good.key]));
    for fact in ["description", "policy", "grants"] {
        assert_eq!(topic["key"][fact], seen["keys"][0][fact], "{fact}");
        assert!(topic["key"][fact].get("known").is_some(), "{fact}");
    }
}

#[test]
fn a_topic_that_is_gone_is_known_to_be_and_one_that_names_an_alias_has_the_key_behind_it() {
    let good = Good::on_moto();
    let kms = good.account.kms();
    let call = kms
        .create_alias()
        .alias_name("alias/topics")
        .target_key_id(&good.key);
    good.account.wait(call.send()).expect("CreateAlias");
    let sns = good.account.sns();
    let call = sns
        .set_topic_attributes()
        .topic_arn(good.topic_arn())
        .attribute_name("KmsMasterKeyId")
        .attribute_value("alias/topics");
    good.account.wait(call.send()).expect("SetTopicAttributes");
    let encrypted = seen(&good.account.endpoint(), &good.account);
    let key = &encrypted["topics"][0]["key"];
    assert_eq!(key["references"], json!(["alias/topics"]));
    for fact in ["description", "rotation", "policy", "grants"] {
        assert_eq!(key[fact], encrypted["keys"][0][fact], "{fact}");
        assert!(key[fact].get("known").is_some(), "{fact}");
    }
    let call = sns.delete_topic().topic_arn(good.topic_arn());
    good.account.wait(call.send()).expect("DeleteTopic");
    let gone = seen(&good.account.endpoint(), &good.account);
    let topic = json!({ "arn": good.topic_arn(), "attributes": { "known": null }, "key": null,
        "subscriptions": { "known": [] } });
    assert_eq!(gone["topics"], json!([topic]));
}

/// moto and ministack answer with a list of the bucket's objects.
#[test]
fn where_the_answer_does_not_say_who_pays_for_requests_that_is_not_known() {
    for good in [Good::on_moto(), Good::on_ministack()] {
        let seen = seen(&good.account.endpoint(), &good.account);
        let gap = &seen["buckets"][0]["requester_pays"]["gap"];
        assert_eq!(gap["kind"], "malformed", "{gap:#}");
        assert_eq!(gap["action"], "s3:GetBucketRequestPayment");
    }
}

#[test]
fn who_pays_for_requests_is_read_from_a_documented_reply() {
    let good = Good::on_moto();
    for (payer, pays) in [("Requester", true), ("BucketOwner", false)] {
        let body = REQUEST_PAYMENT.replace("BucketOwner", payer);
        let reply = Documented::xml(&["/logs-", "?requestPayment"], body);
        let relay = Relay::start(Some(good.account.port()), vec![reply]);
        let seen = seen(&relay.url(), &good.account);
        assert_eq!(seen["buckets"][0]["requester_pays"]["known"], pays);
    }
}

#[test]
fn the_policies_of_an_organization_on_moto_are_read_from_the_root_down() {
    let good = Good::on_moto();
    let seen = seen(&good.account.endpoint(), &good.account);
    let organization = &seen["organization"]["known"];
    assert_eq!(organization["management_account"], good.account.id);
    assert!(
        organization["id"]
            .as_str()
            .is_some_and(|id| id.starts_with("o-"))
    );
    let names = |levels: &Value| -> Vec<Vec<String>> {
        let levels = levels["known"].as_array().expect("levels").iter();
        let names = |level: &Value| {
            let policies = level["policies"].as_array().expect("policies").iter();
            policies
                .map(|policy| policy["name"].as_str().expect("a name").to_owned())
                .collect()
        };
        levels.map(names).collect()
    };
    let mut service = names(&seen["service_control_policies"]);
    service.iter_mut().for_each(|names| names.sort());
    let full = || "FullAWSAccess".to_owned();
    assert_eq!(
        service,
        [vec![full()], vec![full(), "guard".to_owned()], vec![full()]]
    );
    let levels = &seen["service_control_policies"]["known"];
    assert_eq!(levels[0]["target"], root(&good.account));
    assert_eq!(levels[2]["target"], good.account.id);
    let policies = levels[1]["policies"].as_array().expect("policies");
    let found = policies.iter().find(|policy| policy["name"] == "guard");
    assert_eq!(document(&found.expect("it is there")["content"]), guard());
    let resource = names(&seen["resource_control_policies"]);
    assert_eq!(resource, vec![vec!["RCPFullAWSAccess".to_owned()]; 3]);
}

#[test]
fn an_account_in_no_organization_is_known_to_be_in_none() {
    let account = Account::on_moto();
    let seen = seen(&account.endpoint(), &account);
    assert_eq!(seen["organization"], json!({ "known": null }));
    for levels in ["service_control_policies", "resource_control_policies"] {
        assert_eq!(seen[levels], json!({ "known": [] }));
    }
}

/// On ministack every account is in an organization of its own.
#[test]
fn the_policies_of_an_organization_on_ministack_are_read() {
    let account = Account::on_ministack();
    let good = Good {
        account,
        key: String::new(),
        tls_only: true,
    };
    let root = root(&good.account);
    good.attach_guard(&root);
    let seen = seen(&good.account.endpoint(), &good.account);
    let levels = &seen["service_control_policies"]["known"];
    assert_eq!(levels.as_array().map(Vec::len), Some(2));
    assert_eq!(levels[0]["target"], root);
    let policies = levels[0]["policies"].as_array().expect("policies");
    let found = policies.iter().find(|policy| policy["name"] == "guard");
    assert_eq!(document(&found.expect("it is there")["content"]), guard());
    assert_eq!(seen["resource_control_policies"], json!({ "known": [] }));
}

/// CloudWatch Logs tells the two scopes apart, and ministack as well.
#[test]
fn a_log_group_on_ministack_has_its_own_policy_and_the_accounts() {
    let good = Good::on_ministack();
    let (id, group) = (&good.account.id, good.log_group());
    let arn = format!("arn:aws:logs:{HOME}:{id}:log-group:{group}");
    let logs = good.account.logs();
    let call = logs
        .put_resource_policy()
        .resource_arn(&arn)
        .policy_document(trust().to_string());
    good.account.wait(call.send()).expect("PutResourcePolicy");
    // ministack drops the log group from `CreateTrail`.
    let trail = json!({ "trailList": [{ "Name": TRAIL, "S3BucketName": good.bucket(),
        "IncludeGlobalServiceEvents": true, "IsMultiRegionTrail": true, "HomeRegion": HOME,
        "TrailARN": good.trail_arn(), "LogFileValidationEnabled": true,
        "CloudWatchLogsLogGroupArn": format!("{arn}:*"), "IsOrganizationTrail": false }] });
    let replies = vec![
        list_regions(),
        Documented::json(&["DescribeTrails"], trail.to_string()),
    ];
    let relay = Relay::start(Some(good.account.port()), replies);
    let seen = seen(&relay.url(), &good.account);
    let policies = &seen["log_groups"][0]["resource_policies"]["known"];
    let documents: Vec<Value> = policies
        .as_array()
        .expect("policies")
        .iter()
        .map(|policy| document(&policy["document"]))
        .collect();
    assert_eq!(documents.len(), 2, "{policies:#}");
    assert!(documents.contains(&trust()) && documents.contains(&log_policy()));
}
