//! The world of a snapshot's account.

use super::{Levels, Person, Resource, World};
use crate::policy::acl;
use crate::policy::caller::{Caller, Membership, Owner};
use crate::policy::case::Policy;
use crate::policy::document::Document;
use crate::policy::principal::Principal;
use crate::policy::public::restricted;
use crate::policy::truth::Truth;
use crate::snapshot::{
    Account, Bucket, BucketOwner, Identities, InlinePolicy, Key, KeyGrant, Observed, Organization,
    PolicyLevel, Role, Topic, User,
};

impl World {
    /// What the snapshot tells of the account. Facts that are missing leave answers open.
    pub fn of(account: &Account) -> Self {
        let mut world = World::of_organization(account);
        world.add_resources(account);
        if let Observed::Known(identities) = &account.identities {
            world.add_identities(identities);
        }
        world
    }

    /// The account and the organization above it, without callers and resources: enough, with
    /// those that a question is about, for questions about AWS services. An account can have
    /// thousands of policies and trails, and so thousands of such questions.
    pub fn of_organization(account: &Account) -> Self {
        let organization = account.organization.if_known();
        World {
            account: account.id.clone(),
            partition: account.partition.clone(),
            organization: match organization {
                None => Membership::Unknown,
                Some(None) => Membership::Outside,
                Some(Some(organization)) => Membership::In(organization.id.clone()),
            },
            management: organization
                .and_then(|organization| organization.as_ref())
                .map(|organization| organization.management_account.clone()),
            people: Default::default(),
            everybody_known: account.identities.if_known().is_some(),
            strangers: Default::default(),
            policies: Default::default(),
            service_controls: levels("service", organization, &account.service_control_policies),
            resource_controls: levels("resource", organization, &account.resource_control_policies),
            resources: Default::default(),
            complete: false,
        }
    }

    /// Adds everybody in the account and their policies.
    pub fn add_identities(&mut self, identities: &Identities) {
        for policy in &identities.policies {
            let name = policy.arn.rsplit('/').next().unwrap_or_default();
            let read = Policy::new(format!("policy `{name}`"), &policy.document);
            self.policies.insert(policy.arn.clone(), read);
        }
        for user in &identities.users {
            let person = self.user(user, identities);
            self.people.insert(user.arn.clone(), person);
        }
        for role in &identities.roles {
            let person = self.role(role);
            self.people.insert(role.arn.clone(), person);
            let trust = Policy::new(format!("trust policy of `{}`", role.name), &role.trust);
            self.resources.insert(
                role.arn.clone(),
                Resource {
                    owner: self.own(),
                    policies: vec![trust],
                    unread: false,
                    acl: Some(Vec::new()),
                    restricted: Truth::No,
                    has_grants: false,
                },
            );
        }
    }

    fn user(&mut self, user: &User, identities: &Identities) -> Person {
        let mut policies = self.inline(&user.arn, "", &user.inline);
        policies.extend(user.attached.iter().cloned());
        let mut unread = false;
        for name in &user.groups {
            match identities.groups.iter().find(|group| group.name == *name) {
                Some(group) => {
                    let of = format!(" of group `{name}`");
                    policies.extend(self.inline(&group.arn, &of, &group.inline));
                    policies.extend(group.attached.iter().cloned());
                }
                None => unread = true,
            }
        }
        Person {
            caller: self.native(Principal::User(user.arn.clone()), &user.id, &user.tags),
            policies,
            unread,
            boundary: user.boundary.clone(),
        }
    }

    fn role(&mut self, role: &Role) -> Person {
        let mut policies = self.inline(&role.arn, "", &role.inline);
        policies.extend(role.attached.iter().cloned());
        let mut caller = self.native(Principal::Role(role.arn.clone()), &role.id, &role.tags);
        caller.session_tags = may_tag_sessions(&role.trust);
        Person {
            caller,
            policies,
            unread: false,
            boundary: role.boundary.clone(),
        }
    }

    fn native(
        &self,
        principal: Principal,
        id: &str,
        tags: &std::collections::BTreeMap<String, String>,
    ) -> Caller {
        Caller {
            principal,
            id: (!id.is_empty()).then(|| id.to_owned()),
            tags: Some(tags.clone()),
            session_tags: false,
            organization: self.organization.clone(),
        }
    }

    /// Adds inline policies and returns their keys.
    fn inline(&mut self, holder: &str, of: &str, inline: &[InlinePolicy]) -> Vec<String> {
        let mut keys = Vec::with_capacity(inline.len());
        for (policy, place) in inline.iter().zip(1_usize..) {
            let key = format!("{holder}#{place}#{}", policy.name);
            if !self.policies.contains_key(&key) {
                let name = format!("inline policy `{}`{of}", policy.name);
                self.policies
                    .insert(key.clone(), Policy::new(name, &policy.document));
            }
            keys.push(key);
        }
        keys
    }

    fn add_resources(&mut self, account: &Account) {
        for bucket in &account.buckets {
            let arn = format!("arn:{}:s3:::{}", self.partition, bucket.name);
            let resource = self.bucket(account, bucket);
            self.resources.insert(arn, resource);
        }
        for key in &account.keys {
            self.add_key(account, key);
        }
        for topic in &account.topics {
            self.add_topic(account, topic);
        }
        for group in &account.log_groups {
            let policies = group.resource_policies.if_known();
            let read = policies.into_iter().flatten().map(|policy| {
                Policy::new(
                    format!("resource policy `{}`", policy.name),
                    &policy.document,
                )
            });
            let resource = self.of_arn(&group.arn, read.collect(), policies.is_none());
            self.resources.insert(group.arn.clone(), resource);
        }
    }

    /// Adds a topic and the key that encrypts it.
    pub fn add_topic(&mut self, account: &Account, topic: &Topic) {
        let policy = topic.attributes.if_known().and_then(Option::as_ref);
        let policies = policy.map(|found| Policy::new("topic policy", &found.policy));
        let unread = policies.is_none();
        let resource = self.of_arn(&topic.arn, policies.into_iter().collect(), unread);
        self.resources.insert(topic.arn.clone(), resource);
        if let Some(key) = &topic.key {
            self.add_key(account, key);
        }
    }

    fn bucket(&self, account: &Account, bucket: &Bucket) -> Resource {
        let owner = match bucket.owner.if_known() {
            Some(BucketOwner::Account(id)) if *id == self.account => self.own(),
            Some(BucketOwner::Account(id)) => Owner::account(id, Membership::Unknown),
            other => Owner {
                account: None,
                not: match other {
                    Some(BucketOwner::NotAccount(id)) => Some(id.clone()),
                    _ => None,
                },
                organization: Membership::Unknown,
            },
        };
        let policy = bucket.policy.if_known();
        let read = policy
            .and_then(Option::as_ref)
            .map(|text| Policy::new("bucket policy", text));
        Resource {
            owner,
            policies: read.into_iter().collect(),
            unread: policy.is_none(),
            acl: acl::policies(account, bucket),
            restricted: restricted(account, bucket),
            has_grants: false,
        }
    }

    fn add_key(&mut self, account: &Account, key: &Key) {
        let arn = account.key_arn(key);
        let mut policies = Vec::new();
        if let Some(text) = key.policy.if_known() {
            policies.push(Policy::new("key policy", text));
        }
        let grants = key.grants.if_known();
        policies.extend(
            grants
                .into_iter()
                .flatten()
                .map(|grant| of_grant(grant, &arn)),
        );
        let unread = key.policy.if_known().is_none() || grants.is_none();
        let resource = Resource {
            has_grants: grants.is_none_or(|grants| !grants.is_empty()),
            ..self.of_arn(&arn, policies, unread)
        };
        self.resources.insert(arn, resource);
    }

    fn of_arn(&self, arn: &str, policies: Vec<Policy>, unread: bool) -> Resource {
        Resource {
            owner: self.owner_of(arn),
            policies,
            unread,
            acl: Some(Vec::new()),
            restricted: Truth::No,
            has_grants: false,
        }
    }
}

/// Whether a role's trust policy lets anybody pass session tags.
pub(super) fn may_tag_sessions(trust: &str) -> bool {
    use crate::policy::document::Effect;
    match Document::parse(trust) {
        Err(_) => true,
        Ok(document) => document.statements.iter().any(|statement| {
            statement.effect != Some(Effect::Deny)
                && statement.actions.contain("sts:tagsession").possible()
        }),
    }
}

/// A grant as a statement of the key's policy: what its grantee may do with the key.
fn of_grant(grant: &KeyGrant, key: &str) -> Policy {
    let actions: Vec<String> = grant
        .operations
        .iter()
        .map(|operation| format!("kms:{operation}"))
        .collect();
    let principal = match grant.grantee.starts_with("arn:") {
        true => serde_json::json!({ "AWS": grant.grantee }),
        false => serde_json::json!({ "Service": grant.grantee }),
    };
    let mut statement = serde_json::json!({
        "Effect": "Allow",
        "Principal": principal,
        "Action": actions,
        "Resource": key,
    });
    if grant.constrained
        && let Some(elements) = statement.as_object_mut()
    {
        let present = serde_json::json!({ "Null": { "kms:EncryptionContextKeys": "false" } });
        elements.insert("Condition".to_owned(), present);
    }
    let document = serde_json::json!({ "Statement": statement });
    Policy::new(format!("grant `{}`", grant.id), &document.to_string())
}

fn levels(
    kind: &str,
    organization: Option<&Option<Organization>>,
    levels: &Observed<Vec<PolicyLevel>>,
) -> Levels {
    if organization?.is_none() {
        return Some(Vec::new());
    }
    // Whether they bind the account at all is not known unless its organization is: none
    // binds the management account.
    let levels = levels.if_known()?;
    Some(levels.iter().map(|level| of_level(kind, level)).collect())
}

/// The policies of one level; `kind` is `service` or `resource`.
pub fn of_level(kind: &str, level: &PolicyLevel) -> Vec<Policy> {
    let named = |name: &str| format!("{kind} control policy `{name}` of `{}`", level.target);
    level
        .policies
        .iter()
        .map(|policy| Policy::new(named(&policy.name), &policy.content))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::answer::Answer;
    use crate::policy::context::Context;
    use crate::policy::pattern::Target;
    use crate::snapshot::{Action, Observed::Known, story};

    fn may(account: &Account, who: &str, action: &str, arn: &str) -> Answer {
        let world = World::of(account);
        let role = format!("arn:aws:iam::111122223333:role/{who}");
        let caller = world.caller(&Principal::Role(role));
        let question = world.ask(&caller, action, Target::One(arn.to_owned()));
        question.may(&Context::new())
    }

    const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main";

    /// orgs_manage_policies_scps.html: "SCPs don't affect users or roles in the management
    /// account", which this may be.
    #[test]
    fn policies_of_an_organization_that_is_not_known_need_not_bind() {
        let mut account = story::pristine_account();
        let stop =
            |account: &Account| may(account, "administrator", "cloudtrail:stoplogging", TRAIL);
        assert_eq!(stop(&account), Answer::Denied);
        account.organization = story::denied(Action::DescribeOrganization);
        assert_eq!(stop(&account).as_str(), "conditional");
        account.organization = Known(None);
        assert_eq!(stop(&account), Answer::Allowed);
    }

    /// security_iam_service-with-iam.html: of CloudTrail's resources only channels, event data
    /// stores and dashboards have policies; alias-access.html: key policies have no say about
    /// aliases.
    #[test]
    fn trails_and_aliases_have_no_policy_that_could_admit_somebody() {
        let account = story::pristine_account();
        let alias = "arn:aws:kms:us-east-1:111122223333:alias/trail";
        for (action, arn) in [
            ("cloudtrail:stoplogging", TRAIL),
            ("kms:deletealias", alias),
        ] {
            assert_eq!(
                may(&account, "auditor", action, arn),
                Answer::Denied,
                "{action}"
            );
        }
        assert_eq!(
            may(&account, "administrator", "kms:deletealias", alias),
            Answer::Allowed
        );
        let store = "arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/e";
        let store = may(
            &account,
            "auditor",
            "cloudtrail:deleteeventdatastore",
            store,
        );
        assert_eq!(store.as_str(), "conditional");
    }

    #[test]
    fn a_log_stream_goes_by_the_policies_of_its_group() {
        let account = story::pristine_account();
        let group = "arn:aws:logs:us-east-1:111122223333:log-group:trail-main";
        for arn in [
            group.to_owned(),
            format!("{group}:*"),
            format!("{group}:log-stream:s"),
        ] {
            assert_eq!(
                may(&account, "auditor", "logs:deletelogstream", &arn),
                Answer::Denied
            );
        }
    }
}
