//! The evaluator against AWS's documentation, trap by trap: an account in the shapes that
//! `trailcheck simulate` takes, a question, and the verdict. Each test names its AWS page by
//! the last part of the address; IAM's are at
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/>. What AWS leaves unclear must come out
//! as conditional.

mod actions;
mod boundaries;
mod buckets;
mod conditions;
mod elsewhere;
mod freedom;
mod fuzz;
mod input;
mod keys;
mod layers;
mod organizations;
mod peers;
mod principals;
mod resources;
mod size;
mod variables;

use serde_json::{Value, json};

use super::answer::Answer;
use super::context::Context;
use super::truth::Doubt;
use crate::source::simulation::{self, Mode};

const CAROL: &str = "arn:aws:iam::111122223333:user/team/carol";
const AUDIT: &str = "arn:aws:iam::111122223333:role/team/audit";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/audit/dave";
const FEDERATED: &str = "arn:aws:sts::111122223333:federated-user/erin";
const ROOT: &str = "arn:aws:iam::111122223333:root";
const LINKED: &str =
    "arn:aws:iam::111122223333:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig";
const STRANGER: &str = "arn:aws:iam::444455556666:role/audit";
const STRANGE_ROOT: &str = "arn:aws:iam::444455556666:root";
const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";
const ANYBODY: &str = "anonymous";
const BUCKET: &str = "arn:aws:s3:::logs";
const OBJECT: &str = "arn:aws:s3:::logs/AWSLogs/111122223333/CloudTrail/x.json.gz";
const OBJECTS: &str = "arn:aws:s3:::logs/AWSLogs/*";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555";
const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main";
const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:trail";

/// An account under test.
#[derive(Clone)]
struct Lab(Value);

/// A verdict and what it depends on.
#[derive(Debug, Clone, PartialEq)]
struct Verdict {
    word: &'static str,
    depends_on: Vec<String>,
    witness: Value,
}

impl PartialEq<&str> for Verdict {
    fn eq(&self, word: &&str) -> bool {
        self.word == *word
    }
}

/// An account that belongs to an organization whose management account is another.
fn lab() -> Lab {
    Lab(json!({
        "accountId": "111122223333",
        "organizationId": "o-example",
        "managementAccountId": "999999999999",
        "accountAuthorizationDetails": {
            "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": [],
        },
        "scpLevels": [], "rcpLevels": [], "resources": [], "externalPrincipals": [],
    }))
}

/// One where user carol and role audit hold these statements.
fn holding(statements: impl IntoIterator<Item = Value>) -> Lab {
    let statements: Vec<Value> = statements.into_iter().collect();
    lab()
        .user(CAROL, statements.clone())
        .role(AUDIT, statements)
}

/// One with a bucket of this policy, in which carol and audit hold nothing.
fn bucket(statements: impl IntoIterator<Item = Value>) -> Lab {
    holding([]).resource(BUCKET, policy(statements))
}

fn policy(statements: impl IntoIterator<Item = Value>) -> Value {
    let statements: Vec<Value> = statements.into_iter().collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn words(text: &str) -> Value {
    match text.split(' ').collect::<Vec<_>>().as_slice() {
        [one] => json!(one),
        many => json!(many),
    }
}

fn statement(effect: &str, actions: &str, resources: &str) -> Value {
    json!({"Effect": effect, "Action": words(actions), "Resource": words(resources)})
}

fn allow(actions: &str, resources: &str) -> Value {
    statement("Allow", actions, resources)
}

fn deny(actions: &str, resources: &str) -> Value {
    statement("Deny", actions, resources)
}

/// Changes to a statement.
trait Elements {
    fn set(self, name: &str, value: Value) -> Value;
    fn without(self, name: &str) -> Value;
    fn when(self, conditions: Value) -> Value;
    fn to(self, principal: Value) -> Value;
    fn to_all_but(self, principal: Value) -> Value;
}

impl Elements for Value {
    fn set(mut self, name: &str, value: Value) -> Value {
        self[name] = value;
        self
    }

    fn without(mut self, name: &str) -> Value {
        self.as_object_mut().unwrap().remove(name);
        self
    }

    fn when(self, conditions: Value) -> Value {
        self.set("Condition", conditions)
    }

    fn to(self, principal: Value) -> Value {
        self.set("Principal", principal)
    }

    fn to_all_but(self, principal: Value) -> Value {
        self.set("NotPrincipal", principal)
    }
}

fn aws(principals: &str) -> Value {
    json!({"AWS": words(principals)})
}

impl Lab {
    fn add(mut self, list: &str, item: Value) -> Self {
        self.0[list].as_array_mut().unwrap().push(item);
        self
    }

    fn detail(mut self, list: &str, item: Value) -> Self {
        let list = &mut self.0["accountAuthorizationDetails"][list];
        list.as_array_mut().unwrap().push(item);
        self
    }

    fn set(mut self, name: &str, value: Value) -> Self {
        self.0[name] = value;
        self
    }

    /// Changes the entry of a user or role.
    fn change(mut self, arn: &str, name: &str, value: Value) -> Self {
        for list in ["UserDetailList", "RoleDetailList"] {
            let list = &mut self.0["accountAuthorizationDetails"][list];
            for entry in list.as_array_mut().unwrap() {
                if entry["Arn"] == arn {
                    entry[name] = value.clone();
                }
            }
        }
        self
    }

    fn user(self, arn: &str, statements: Vec<Value>) -> Self {
        let inline = json!([{"PolicyName": "own", "PolicyDocument": policy(statements)}]);
        self.detail(
            "UserDetailList",
            json!({"Arn": arn, "UserId": "AIDAEXAMPLE", "UserPolicyList": inline}),
        )
    }

    fn role(self, arn: &str, statements: Vec<Value>) -> Self {
        let inline = json!([{"PolicyName": "own", "PolicyDocument": policy(statements)}]);
        let trust = allow("sts:AssumeRole", "*")
            .without("Resource")
            .to(aws("111122223333"));
        self.detail(
            "RoleDetailList",
            json!({"Arn": arn, "RoleId": "AROAEXAMPLE", "RolePolicyList": inline,
                "AssumeRolePolicyDocument": policy([trust])}),
        )
    }

    fn managed(self, arn: &str, statements: impl IntoIterator<Item = Value>) -> Self {
        let version = json!({"VersionId": "v1", "IsDefaultVersion": true,
            "Document": policy(statements)});
        self.detail(
            "Policies",
            json!({"Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": [version]}),
        )
    }

    /// Gives carol and audit a boundary.
    fn boundary(self, statements: impl IntoIterator<Item = Value>) -> Self {
        let arn = "arn:aws:iam::111122223333:policy/boundary";
        let boundary = json!({"PermissionsBoundaryArn": arn});
        self.managed(arn, statements)
            .change(CAROL, "PermissionsBoundary", boundary.clone())
            .change(AUDIT, "PermissionsBoundary", boundary)
    }

    /// Adds a level of service control policies below those there are.
    fn scp(self, policies: impl IntoIterator<Item = Value>) -> Self {
        self.level("scpLevels", policies)
    }

    fn rcp(self, policies: impl IntoIterator<Item = Value>) -> Self {
        self.level("rcpLevels", policies)
    }

    fn level(self, list: &str, policies: impl IntoIterator<Item = Value>) -> Self {
        let policies: Vec<Value> = policies
            .into_iter()
            .map(|policy| json!({"PolicySummary": {"Name": "p"}, "Content": policy.to_string()}))
            .collect();
        self.add(list, json!({"target": {"Id": "r-1"}, "policies": policies}))
    }

    fn resource(self, arn: &str, policy: Value) -> Self {
        self.add(
            "resources",
            json!({"arn": arn, "accountId": "111122223333", "policy": policy}),
        )
    }

    fn outsider(self, statements: impl IntoIterator<Item = Value>) -> Self {
        self.add(
            "externalPrincipals",
            json!({"arn": STRANGER, "accountId": "444455556666", "organizationId": null,
                "identityPolicies": [policy(statements)]}),
        )
    }

    fn ask(&self, mode: &str, who: &str, action: &str, resource: &str, context: Value) -> Verdict {
        let mut input = self.0.clone();
        input["queries"] = json!([{"id": "1", "mode": mode, "principal": who, "action": action,
            "resource": resource, "context": context}]);
        answered(&input)
    }

    /// Whether some request may.
    fn may(&self, who: &str, action: &str, resource: &str) -> Verdict {
        self.may_with(who, action, resource, json!({}))
    }

    /// Whether some request with these keys may. Where the verdict hangs on nothing but keys,
    /// the request it gives as an example is let through.
    fn may_with(&self, who: &str, action: &str, resource: &str, context: Value) -> Verdict {
        let verdict = self.ask("may", who, action, resource, context);
        let doubts: Vec<&str> = Doubt::ALL.iter().map(|doubt| doubt.as_str()).collect();
        let doubted = |on: &String| doubts.contains(&on.as_str());
        if verdict.word == "conditional" {
            assert!(!verdict.depends_on.is_empty(), "{verdict:?}");
        }
        if verdict.word == "conditional" && !verdict.depends_on.iter().any(doubted) {
            let request = verdict.witness.clone();
            let resource = resource.replace('*', "x");
            let replayed = self.ask("concrete", who, action, &resource, request);
            assert_eq!(replayed.word, "allowed", "{verdict:?}");
        }
        verdict
    }

    /// The same where no request need be let through for certain.
    fn unclear(&self, who: &str, action: &str, resource: &str) -> Verdict {
        self.ask("may", who, action, resource, json!({}))
    }

    /// Whether the request with exactly this context is let through.
    fn concrete(&self, who: &str, action: &str, resource: &str, context: Value) -> Verdict {
        self.ask("concrete", who, action, resource, context)
    }
}

/// The verdict on an input's first question.
fn answered(input: &Value) -> Verdict {
    let simulation = simulation::read(input.to_string().as_bytes()).unwrap();
    let query = &simulation.queries[0];
    let caller = simulation.world.caller(&query.principal);
    let question = simulation
        .world
        .ask(&caller, &query.action, query.target.clone());
    let answer = match query.mode {
        Mode::Concrete => question.of_request(&query.context),
        Mode::May => question.may(&query.context),
    };
    let word = answer.as_str();
    match answer {
        Answer::Conditional {
            depends_on,
            witness,
        } => Verdict {
            word,
            depends_on,
            witness: json!(witness.present),
        },
        Answer::Allowed | Answer::Denied => Verdict {
            word,
            depends_on: Vec::new(),
            witness: json!({}),
        },
    }
}
