//! The input of `trailcheck simulate`: an account and its surroundings in the shapes of
//! AWS's APIs, and the questions to ask of it.

mod details;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Read;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::policy::caller::{Caller, Membership, Owner};
use crate::policy::case::Policy;
use crate::policy::context::Context;
use crate::policy::meaning_of_public::is_public;
use crate::policy::pattern::Target;
use crate::policy::principal::Principal;
use crate::policy::truth::Truth;
use crate::policy::world::{Levels, Person, Resource, World, of_level};
use crate::snapshot::{OrganizationPolicy, PolicyLevel};

use details::{Document as Text, Listed};

/// The most that is read.
const LIMIT: u64 = 256 << 20;

/// An account to ask about and the questions.
#[derive(Debug)]
pub struct Simulation {
    /// The account and its surroundings.
    pub world: World,
    /// In the order of the input.
    pub queries: Vec<Query>,
    /// Names at the top of the input that mean nothing, and are left out of account.
    pub ignored: Vec<String>,
}

/// One question.
#[derive(Debug)]
pub struct Query {
    /// As the input names it.
    pub id: String,
    /// Whether `context` is the whole request, or what is fixed of it.
    pub mode: Mode,
    /// Who asks.
    pub principal: Principal,
    /// `service:name` in lower case.
    pub action: String,
    /// On what.
    pub target: Target,
    /// The condition keys that are given.
    pub context: Context,
}

/// How a question's context is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// It is the whole request.
    Concrete,
    /// It is what is fixed; everything else is free.
    May,
}

/// Reads a simulation.
///
/// # Errors
/// What is wrong with the input, and where in it, as a sentence.
pub fn read(input: impl Read) -> Result<Simulation, String> {
    let mut bytes = Vec::new();
    input
        .take(LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LIMIT {
        return Err(format!("it has more than {} MiB", LIMIT >> 20));
    }
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Result<Simulation, String> {
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err("it is no JSON object".to_owned());
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let input: Input = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        match path.as_str() {
            "." => error.inner().to_string(),
            path => format!("at `{path}`: {}", error.inner()),
        }
    })?;
    reader.end().map_err(|error| error.to_string())?;
    input.simulation()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    account_id: String,
    organization_id: Option<String>,
    management_account_id: Option<String>,
    account_authorization_details: Option<details::Details>,
    #[serde(default)]
    scp_levels: Listed<Level>,
    #[serde(default)]
    rcp_levels: Listed<Level>,
    #[serde(default)]
    resources: Listed<ResourceInput>,
    #[serde(default)]
    external_principals: Listed<Stranger>,
    #[serde(default)]
    queries: Listed<QueryInput>,
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Level {
    target: Option<Value>,
    policies: Option<Vec<LevelPolicy>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LevelPolicy {
    policy_summary: Option<Summary>,
    content: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    id: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceInput {
    arn: String,
    account_id: Option<String>,
    bucket_policy: Option<Text>,
    key_policy: Option<Text>,
    topic_policy: Option<Text>,
    policy: Option<Text>,
    public_access_block: Option<Block>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Block {
    restrict_public_buckets: Option<bool>,
    /// As GetPublicAccessBlock wraps the settings.
    public_access_block_configuration: Option<Box<Block>>,
}

impl Block {
    fn restricts(&self) -> bool {
        let inside = self.public_access_block_configuration.as_ref();
        self.restrict_public_buckets == Some(true) || inside.is_some_and(|block| block.restricts())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stranger {
    arn: String,
    organization_id: Option<String>,
    identity_policies: Option<Vec<Text>>,
}

#[derive(Deserialize)]
struct QueryInput {
    id: Value,
    mode: Mode,
    principal: String,
    action: String,
    resource: Option<String>,
    context: Option<Pairs>,
}

/// Condition keys with their values; a key that is given twice is there twice.
struct Pairs(Vec<(String, Values)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsReader).map(Pairs)
    }
}

struct PairsReader;

impl<'de> Visitor<'de> for PairsReader {
    type Value = Vec<(String, Values)>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object of condition keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Self::Value, A::Error> {
        let mut found: Vec<(String, Values)> = Vec::new();
        let mut named = BTreeSet::new();
        while let Some((key, values)) = pairs.next_entry::<String, Values>()? {
            if !named.insert(key.to_lowercase()) {
                return Err(A::Error::custom(format!("`{key}` is given twice")));
            }
            found.push((key, values));
        }
        Ok(found)
    }
}

/// A condition key's values: one or several.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a context value is a string or an array of strings"
)]
enum Values {
    One(Scalar),
    Several(Vec<Scalar>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Flag(bool),
    Number(serde_json::Number),
}

impl Scalar {
    fn text(&self) -> String {
        match self {
            Scalar::Text(text) => text.clone(),
            Scalar::Flag(flag) => flag.to_string(),
            Scalar::Number(number) => number.to_string(),
        }
    }
}

impl Input {
    fn simulation(self) -> Result<Simulation, String> {
        if self.account_id.len() != 12 || !self.account_id.bytes().all(|b| b.is_ascii_digit()) {
            return Err(format!(
                "at `accountId`: `{}` is not an account id of 12 digits",
                self.account_id
            ));
        }
        let mut world = World {
            partition: "aws".to_owned(),
            organization: membership(self.organization_id),
            management: self.management_account_id,
            people: BTreeMap::new(),
            everybody_known: self.account_authorization_details.is_some(),
            strangers: BTreeMap::new(),
            policies: BTreeMap::new(),
            service_controls: levels("service", self.scp_levels),
            resource_controls: levels("resource", self.rcp_levels),
            resources: BTreeMap::new(),
            complete: true,
            account: self.account_id,
        };
        if let Some(details) = self.account_authorization_details {
            world.add_identities(&details.into());
        }
        for person in world.people.values_mut() {
            // A question's context holds the caller's tags, and there are no others.
            person.caller.tags = Some(BTreeMap::new());
            person.caller.session_tags = false;
        }
        for (stranger, at) in self.external_principals.0.into_iter().zip(0_usize..) {
            add_stranger(&mut world, stranger, at)?;
        }
        for resource in self.resources.0 {
            add_resource(&mut world, resource);
        }
        let queries = self.queries.0.into_iter().zip(0_usize..);
        let queries = queries.map(|(query, at)| query.read(at));
        Ok(Simulation {
            queries: queries.collect::<Result<_, _>>()?,
            world,
            ignored: self.other.into_keys().collect(),
        })
    }
}

fn membership(organization: Option<String>) -> Membership {
    organization.map_or(Membership::Outside, Membership::In)
}

fn levels(kind: &str, levels: Listed<Level>) -> Levels {
    let read = levels.0.into_iter().zip(1_usize..).map(|(level, place)| {
        let named = ["Id", "TargetId", "id", "Name", "name"]
            .iter()
            .find_map(|field| {
                let target = level.target.as_ref()?;
                target.get(field)?.as_str().map(str::to_owned)
            });
        let Some(policies) = level.policies else {
            return vec![Policy::new("policies of a level that are not given", "")];
        };
        let policies = policies.into_iter().map(|policy| {
            let (id, name) = match policy.policy_summary {
                Some(summary) => (summary.id, summary.name),
                None => (None, None),
            };
            OrganizationPolicy {
                name: name.or_else(|| id.clone()).unwrap_or_default(),
                id: id.unwrap_or_default(),
                content: policy.content.0,
            }
        });
        let level = PolicyLevel {
            target: named.unwrap_or_else(|| format!("level {place}")),
            policies: policies.collect(),
        };
        of_level(kind, &level)
    });
    Some(read.collect())
}

fn add_stranger(world: &mut World, stranger: Stranger, at: usize) -> Result<(), String> {
    let principal = Principal::parse(&stranger.arn)
        .ok_or_else(|| not_a_principal(&format!("externalPrincipals[{at}].arn"), &stranger.arn))?;
    let unread = stranger.identity_policies.is_none();
    let policies = stranger.identity_policies.unwrap_or_default();
    let mut keys = Vec::new();
    for (policy, place) in policies.into_iter().zip(1_usize..) {
        let key = format!("{}#{place}", stranger.arn);
        let read = Policy::new(format!("identity policy {place}"), &policy.0);
        world.policies.insert(key.clone(), read);
        keys.push(key);
    }
    let mut caller = Caller::stranger(principal);
    caller.tags = Some(BTreeMap::new());
    caller.organization = membership(stranger.organization_id);
    let person = Person {
        caller,
        policies: keys,
        unread,
        boundary: None,
    };
    world.strangers.insert(stranger.arn, person);
    Ok(())
}

fn add_resource(world: &mut World, input: ResourceInput) {
    let account = input.account_id.unwrap_or_else(|| world.account.clone());
    let organization = match account == world.account {
        true => world.organization.clone(),
        false => world.organization_of(&account),
    };
    let is_key = input.arn.split(':').nth(2) == Some("kms");
    let policy = input
        .bucket_policy
        .or(input.key_policy)
        .or(input.topic_policy)
        .or(input.policy)
        .map(|text| Policy::new("resource policy", &text.0));
    let restrict = input
        .public_access_block
        .is_some_and(|block| block.restricts());
    let public = policy
        .as_ref()
        .map_or(Truth::No, |policy| is_public(&policy.document));
    let resource = Resource {
        owner: Owner::account(&account, organization),
        // Every key has a policy.
        unread: policy.is_none() && is_key,
        policies: policy.into_iter().collect(),
        acl: Some(Vec::new()),
        restricted: Truth::from(restrict).and(public),
        has_grants: false,
    };
    world.resources.insert(input.arn, resource);
}

fn not_a_principal(path: &str, text: &str) -> String {
    format!(
        "at `{path}`: `{text}` is no principal; give the ARN of a user, role, session or root \
         user, a service's name, or `anonymous`"
    )
}

impl QueryInput {
    fn read(self, at: usize) -> Result<Query, String> {
        let path = |field: &str| format!("queries[{at}].{field}");
        let principal = Principal::parse(&self.principal)
            .ok_or_else(|| not_a_principal(&path("principal"), &self.principal))?;
        let action = self.action.to_lowercase();
        let is_action = action
            .split_once(':')
            .is_some_and(|(service, name)| !service.is_empty() && !name.is_empty());
        if !is_action || action.contains(['*', '?']) {
            return Err(format!(
                "at `{}`: `{}` is no action such as `s3:GetObject`",
                path("action"),
                self.action
            ));
        }
        let mut context = Context::new();
        for (key, values) in self.context.into_iter().flat_map(|pairs| pairs.0) {
            let values: Vec<String> = match values {
                Values::One(value) => vec![value.text()],
                Values::Several(values) => values.iter().map(Scalar::text).collect(),
            };
            context.set(&key, values);
        }
        // An action without a resource is one on `*`.
        let resource = self.resource.unwrap_or_else(|| "*".to_owned());
        let target = match (self.mode, resource.as_str()) {
            (Mode::Concrete, "*") => Target::Nothing,
            (Mode::May, text) if text.contains('*') => Target::Class(resource),
            _ => Target::One(resource),
        };
        let id = match self.id {
            Value::String(id) => id,
            other => other.to_string(),
        };
        Ok(Query {
            id,
            mode: self.mode,
            principal,
            action,
            target,
            context,
        })
    }
}
