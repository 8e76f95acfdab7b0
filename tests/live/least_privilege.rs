//! The policy that `trailcheck rules permissions` prints, put to the test: it is enough, and
//! no action in it is idle.
//!
//! ministack enforces IAM when it is asked to. What it does not hold a caller to is denied
//! by microburst in front of moto; [`NOT_ENFORCED`] lists that by name, and the test fails
//! when ministack begins to enforce one of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::account::Account;
use super::accounts::{TWO_REGIONS, complete};
use super::every_call::{CALLS, denials};
use super::good::Good;
use super::readings;
use super::relay::{Documented, Relay};
use super::run::{Report, Trailcheck, text};
use super::servers;

/// The actions that ministack does not hold a caller to, each with microburst's names for
/// the service and the operation: it serves `ListRegions` to everybody and no S3 Control,
/// drops log group and topic from `CreateTrail`, so that nobody asks about them, and its
/// `HeadBucket` always tells the Region, so that nobody asks for the location.
const NOT_ENFORCED: &[(&str, &str, &str)] = &[
    ("account:ListRegions", "account", "ListRegions"),
    // It has no event data stores.
    (
        "cloudtrail:GetEventDataStore",
        "cloudtrail",
        "GetEventDataStore",
    ),
    // Nobody looks for alarms where no log group is.
    ("cloudwatch:DescribeAlarms", "cloudwatch", "DescribeAlarms"),
    // The account has no event rules there.
    ("events:ListTargetsByRule", "events", "ListTargetsByRule"),
    ("logs:DescribeLogGroups", "logs", "DescribeLogGroups"),
    (
        "logs:DescribeMetricFilters",
        "logs",
        "DescribeMetricFilters",
    ),
    (
        "logs:DescribeResourcePolicies",
        "logs",
        "DescribeResourcePolicies",
    ),
    // By its signature a call of S3, and by its path one for an object of a bucket `v20180820`.
    ("s3:GetAccountPublicAccessBlock", "s3", "GetObject"),
    ("s3:GetBucketLocation", "s3", "GetBucketLocation"),
    ("sns:GetTopicAttributes", "sns", "GetTopicAttributes"),
    (
        "sns:ListSubscriptionsByTopic",
        "sns",
        "ListSubscriptionsByTopic",
    ),
];

/// The same for services that ministack lacks, and that no build without the feature `full`
/// asks.
const COMPANIONS: &[(&str, &str, &str)] = &[
    ("guardduty:GetDetector", "guardduty", "GetDetector"),
    ("guardduty:ListDetectors", "guardduty", "ListDetectors"),
    ("securityhub:DescribeHub", "securityhub", "DescribeHub"),
];

/// What a snapshot holds beyond what rules of today read, and their policy does not allow.
const FOR_RULES_TO_COME: [&str; 1] = ["s3:GetEncryptionConfiguration"];

#[test]
fn on_ministack_the_printed_policy_is_enough_and_without_one_action_just_that_one_is_missed() {
    let good = Good::on_ministack_with_iam();
    let auditor = Auditor::of(&good.account);
    let policy = printed(&[]);
    let whole = auditor.sees(&policy);
    assert_eq!(whole.denied(), FOR_RULES_TO_COME);
    let mut idle = Vec::new();
    let mut complaints = Vec::new();
    for action in actions(&policy) {
        let narrowed = auditor.sees(&without(policy.clone(), &action));
        let mut denied = narrowed.denied();
        denied.retain(|action| !FOR_RULES_TO_COME.contains(&action.as_str()));
        match denied.as_slice() {
            [] => idle.push(action.clone()),
            denied => assert_eq!(denied, [action.as_str()]),
        }
        complaints.extend(narrowed.complaints(&whole, &action));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    let not_enforced = NOT_ENFORCED.iter().chain(COMPANIONS);
    let mut not_enforced: Vec<&str> = not_enforced.map(|(action, ..)| *action).collect();
    not_enforced.sort_unstable();
    assert_eq!(idle, not_enforced, "what ministack does not enforce");
}

#[test]
fn what_ministack_does_not_enforce_is_missed_when_microburst_denies_it_on_moto() {
    let companions = if cfg!(feature = "full") {
        COMPANIONS
    } else {
        &[]
    };
    for (action, service, operation) in NOT_ENFORCED.iter().chain(companions) {
        let good = Good::on_moto();
        // moto would say that a log file was delivered just now, each time it is asked.
        // And nobody asks about an event data store unless one is listed.
        let replies = complete().into_iter().filter(|reply| {
            ["GetTrailStatus", "_20131101.ListEventDataStores"]
                .iter()
                .any(|call| reply.to.contains(call))
        });
        let relay = Relay::start(Some(servers::faulty().port), replies.collect());
        let look = || {
            Seen::by(|| {
                // A reply that a loaded machine delays is no fact that differs.
                Trailcheck::through(&relay.url(), &good.account).env("AWS_MAX_ATTEMPTS", "3")
            })
        };
        let deny = |service: &str, operation: &str| {
            good.account
                .inject(json!({ "service": service, "operation": operation,
                "error": { "code": "AccessDenied", "status": 403, "message": "not authorized" } }));
        };
        if *action == "s3:GetBucketLocation" {
            deny("s3", "HeadBucket");
        }
        let whole = look();
        deny(service, operation);
        let narrowed = look();
        let mut missed = narrowed.denied();
        missed.retain(|denied| !whole.denied().contains(denied));
        assert_eq!(missed, [*action]);
        let complaints = narrowed.complaints(&whole, action);
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    }
}

/// On moto, complete with documented replies, everything that a rule's own policy does not
/// allow is denied.
#[test]
fn the_policy_printed_for_one_rule_is_enough_for_that_rule() {
    let good = Good::on_moto();
    let complete = Relay::start(Some(good.account.port()), complete());
    let whole = Trailcheck::through(&complete.url(), &good.account).audit(TWO_REGIONS);
    for rule in whole.by_rule().keys() {
        let allowed = actions(&printed(&["--rule", rule]));
        let denied: Vec<Documented> = CALLS
            .iter()
            .filter(|(_, action)| !allowed.iter().any(|allowed| allowed == action))
            .flat_map(|(to, _)| denials(to))
            .collect();
        assert!(denied.len() > 5, "{rule} is allowed almost everything");
        let relay = Relay::start(Some(complete.port), denied);
        let args = [TWO_REGIONS, &["--rule", rule]].concat();
        let alone = Trailcheck::through(&relay.url(), &good.account).audit(&args);
        assert_eq!(alone.of_rule(rule), whole.of_rule(rule), "{rule}");
    }
}

/// A user who may do what a policy says and nothing else.
struct Auditor<'a> {
    owner: &'a Account,
    access_key: String,
    secret_key: String,
}

const USER: &str = "auditor";

impl<'a> Auditor<'a> {
    fn of(owner: &'a Account) -> Self {
        let iam = owner.iam();
        let call = iam.create_user().user_name(USER);
        owner.wait(call.send()).expect("CreateUser");
        let call = iam.create_access_key().user_name(USER);
        let created = owner.wait(call.send()).expect("CreateAccessKey");
        let key = created.access_key().expect("an access key");
        Auditor {
            owner,
            access_key: key.access_key_id().to_owned(),
            secret_key: key.secret_access_key().to_owned(),
        }
    }

    /// What the auditor sees of the account under that policy.
    fn sees(&self, policy: &Value) -> Seen {
        let iam = self.owner.iam();
        let call = iam
            .put_user_policy()
            .user_name(USER)
            .policy_name("audit")
            .policy_document(policy.to_string());
        self.owner.wait(call.send()).expect("PutUserPolicy");
        Seen::by(|| {
            Trailcheck::on(self.owner)
                .env("AWS_ACCESS_KEY_ID", &self.access_key)
                .env("AWS_SECRET_ACCESS_KEY", &self.secret_key)
                .env("AWS_MAX_ATTEMPTS", "3")
        })
    }
}

/// What a run saw of an account, and what the rules made of it.
struct Seen {
    /// Every fact of the snapshot by its place.
    facts: BTreeMap<String, Value>,
    report: Report,
}

impl Seen {
    fn by(run: impl Fn() -> Trailcheck) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("seen.json");
        let path = file.to_str().expect("a UTF-8 path");
        run()
            .args(["snapshot", "--output", path])
            .args(TWO_REGIONS)
            .run()
            .exits(0);
        let bytes = std::fs::read(&file).expect("the snapshot");
        let mut snapshot: Value = serde_json::from_slice(&bytes).expect("JSON");
        forget_the_auditor(&mut snapshot);
        let mut facts = BTreeMap::new();
        collect("", &snapshot["accounts"], &mut facts);
        assert!(facts.len() > 5, "hardly any facts: {facts:#?}");
        Seen {
            facts,
            report: Trailcheck::bare().audit(&["--snapshot", path]),
        }
    }

    /// The actions whose denial left a fact unknown.
    fn denied(&self) -> Vec<String> {
        let mut actions: Vec<String> = self
            .facts
            .values()
            .filter(|fact| fact["gap"]["kind"] == "access-denied")
            .map(|fact| text(&fact["gap"], "action"))
            .collect();
        actions.sort_unstable();
        actions.dedup();
        actions
    }

    /// What came of taking `action` away beyond gaps that name it.
    fn complaints(&self, whole: &Seen, action: &str) -> Vec<String> {
        let facts = whole.facts.keys().chain(self.facts.keys()).filter(|place| {
            let (before, after) = (whole.facts.get(*place), self.facts.get(*place));
            before != after && !self.is_explained(place, after, action)
        });
        let facts: BTreeSet<&String> = facts.collect();
        let (before, after) = (whole.findings(), self.findings());
        // A message may say that something was not read while the verdict stands without it.
        let status = |finding: Option<&&Value>| finding.map(|finding| text(finding, "status"));
        let findings = before.keys().chain(after.keys()).filter(|fingerprint| {
            let (before, after) = (before.get(*fingerprint), after.get(*fingerprint));
            status(before) != status(after) && !whole.foresees(after.copied(), action)
        });
        let findings: BTreeSet<&String> = findings.collect();
        facts
            .into_iter()
            .map(|place| format!("{action}: {place} is {:?}", self.facts.get(place)))
            .chain(findings.into_iter().map(|found| {
                let (before, after) = (before.get(found), after.get(found));
                format!("{action}: {before:#?} became {after:#?}")
            }))
            .collect()
    }

    /// Whether a finding that became of the denial of `action` is one that it explains: it
    /// is unknown, for that or for what could not be read before, and did not matter then.
    fn foresees(&self, finding: Option<&Value>, action: &str) -> bool {
        let Some(finding) = finding else {
            // Without the list of trails there are no subjects to find anything about.
            return action == LISTING;
        };
        is_denied(Some(finding), action)
            || self.facts.values().any(|fact| {
                fact["gap"]["action"] == finding["gap"]["action"]
                    && fact["gap"]["kind"] == finding["gap"]["kind"]
                    && finding["status"] == "unknown"
            })
    }

    fn is_explained(&self, place: &str, after: Option<&Value>, action: &str) -> bool {
        is_denied(after, action)
            || (action == LISTING && after.is_none())
            || (after.is_none() && self.is_unlisted(place, action))
            // Which key encrypts a topic is one of its attributes.
            || (action == "sns:GetTopicAttributes" && place.contains("/topics/") && after.is_none())
            // That S3 forbids us to look is an answer: the bucket is there.
            || (action == "s3:ListBucket"
                && place.ends_with("/existence")
                && after.is_some_and(|fact| fact["known"] == "exists-forbidden"))
            // But not where nothing tells the Region either.
            || (action == "s3:GetBucketLocation"
                && place.ends_with("/existence")
                && is_denied(after, "s3:ListBucket"))
    }

    /// Whether a place is of a thing in a list that was denied.
    fn is_unlisted(&self, place: &str, action: &str) -> bool {
        let mut denied = self
            .facts
            .iter()
            .filter(|(_, fact)| is_denied(Some(fact), action));
        denied.any(|(list, _)| place.starts_with(&format!("{list}/")))
    }

    fn findings(&self) -> BTreeMap<String, &Value> {
        let findings = self.report.findings().iter();
        findings
            .map(|finding| (text(finding, "fingerprint"), finding))
            .collect()
    }
}

/// The call without whose answer nobody knows what else to ask about.
const LISTING: &str = "cloudtrail:DescribeTrails";

/// Whether a fact or a finding is missing because `action` was denied.
fn is_denied(subject: Option<&Value>, action: &str) -> bool {
    subject.is_some_and(|subject| {
        subject["gap"]["action"] == action && subject["gap"]["kind"] == "access-denied"
    })
}

/// Takes the auditor, whose policy is what differs, from among those who were seen.
fn forget_the_auditor(snapshot: &mut Value) {
    for account in snapshot["accounts"].as_array_mut().into_iter().flatten() {
        let users = account.pointer_mut("/identities/known/users");
        if let Some(users) = users.and_then(Value::as_array_mut) {
            users.retain(|user| user["name"] != USER);
        }
    }
}

/// Puts every fact below `value` into `facts`, by its place.
fn collect(place: &str, value: &Value, facts: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(members)
            if members.len() == 1
                && (members.contains_key("known") || members.contains_key("gap")) =>
        {
            for item in readings::items(value) {
                for (member, within) in readings::within(item) {
                    let place = format!("{place}/{}/{member}", readings::name(item));
                    facts.insert(place, within.clone());
                }
            }
            facts.insert(place.to_owned(), readings::alone(value));
        }
        Value::Object(members) => {
            for (name, value) in members {
                collect(&format!("{place}/{name}"), value, facts);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                collect(&format!("{place}/{at}"), value, facts);
            }
        }
        _ => {}
    }
}

/// The policy that is printed with these arguments.
fn printed(args: &[&str]) -> Value {
    let printed = Trailcheck::bare()
        .args(["rules", "permissions"])
        .args(args)
        .run()
        .exits(0);
    serde_json::from_str(&printed.stdout).expect("a policy in JSON")
}

/// The actions that a policy allows, sorted.
fn actions(policy: &Value) -> Vec<String> {
    let mut actions: Vec<String> = policy["Statement"]
        .as_array()
        .expect("statements")
        .iter()
        .flat_map(|statement| statement["Action"].as_array().expect("actions"))
        .map(|action| action.as_str().expect("an action").to_owned())
        .collect();
    actions.sort_unstable();
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
