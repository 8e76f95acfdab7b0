//! For whose trails a bucket's policy lets CloudTrail deliver.
//!
//! Whoever has an AWS account can make a trail that names somebody else's bucket and choose
//! the prefix in it, so that neither the service's name nor a path says whose trail it is.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cross-service-confused-deputy-prevention.html>

use std::collections::BTreeSet;

use super::crowd::{STRANGE_ORGANIZATION, direct, filled, is_account};
use super::{BucketPolicy, Probe, policy};
use crate::policy::caller::{Caller, Membership};
use crate::policy::case::Policy;
use crate::policy::document::Statement;
use crate::policy::principal::{Named, Principal, Principals};
use crate::policy::truth::Truth;
use crate::snapshot::arn;

/// CloudTrail's service principal, in every partition.
pub(super) const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";

/// Whose trails a statement lets CloudTrail deliver for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bound {
    /// One trail, by ARN.
    Trail(String),
    /// All trails of an account.
    Account(String),
    /// All trails of an organization's accounts.
    Organization(String),
    /// Trails of accounts that nobody has in mind.
    Anybody,
}

/// How a statement binds CloudTrail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Whose trails it certainly admits; empty if it does not admit CloudTrail.
    pub admitted: BTreeSet<Bound>,
    /// Whose it may admit, which cannot be told.
    pub unclear: BTreeSet<Bound>,
}

/// Where a delivery comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Source {
    /// The trail; empty if the request does not tell. That CloudTrail always tells AWS does
    /// not say, and `IfExists` and `ForAllValues` bind nobody who does not.
    arn: String,
    account: String,
    /// The organization and a path in it.
    organization: Option<(String, Option<String>)>,
}

/// What a statement compares the keys of the source with.
#[derive(Debug, Default)]
struct Compared {
    arns: BTreeSet<String>,
    accounts: BTreeSet<String>,
    organizations: BTreeSet<(String, Option<String>)>,
}

impl BucketPolicy<'_> {
    /// Whose trails `statement` lets CloudTrail deliver for, with all the Denies.
    pub fn binding(&self, statement: &Statement) -> Binding {
        let mut binding = Binding {
            admitted: BTreeSet::new(),
            unclear: BTreeSet::new(),
        };
        let actions = self.deliveries_of(statement);
        if actions.is_empty() {
            return binding;
        }
        let granting = policy(vec![statement.clone()]);
        let compared = Compared::of(self.denials.document.statements.iter().chain([statement]));
        let mut organizations = BTreeSet::new();
        // Strangers come first: whom they stand for, an account need not be named for.
        for (source, bound) in self.sources(&compared) {
            let member = source.organization.as_ref().map(|(id, _)| id.clone());
            if member.is_some_and(|id| organizations.contains(&id)) && bound != Bound::Anybody {
                continue;
            }
            let weights = actions
                .iter()
                .map(|(action, target)| self.delivers(&granting, &source, action, target));
            let truth = Truth::any(weights);
            if let (true, Bound::Organization(id)) = (truth.possible(), &bound) {
                organizations.insert(id.clone());
            }
            match truth {
                Truth::Yes => binding.admitted.insert(bound),
                Truth::Maybe(_) => binding.unclear.insert(bound),
                Truth::No => false,
            };
        }
        binding.simplified()
    }

    /// What CloudTrail could do by the statement. Of statements that do not name it only
    /// what it does when it delivers is of interest.
    fn deliveries_of(&self, statement: &Statement) -> Vec<(String, String)> {
        let (bucket, objects) = (self.arn(), format!("{}/*", self.arn()));
        let mut actions = vec![
            ("s3:putobject".to_owned(), objects.clone()),
            ("s3:getbucketacl".to_owned(), bucket.clone()),
        ];
        actions.retain(|(action, _)| statement.actions.contain(action).possible());
        let named = match &statement.principals {
            Principals::These(entries) => entries.iter().any(|entry| {
                matches!(entry, Named::Service(name) if name.eq_ignore_ascii_case(CLOUDTRAIL))
            }),
            _ => false,
        };
        if named && actions.is_empty() {
            for action in statement.actions.spelled() {
                let action = filled(&action.to_lowercase());
                actions.push((action.clone(), objects.clone()));
                actions.push((action, bucket.clone()));
            }
        }
        actions
    }

    fn delivers(&self, granting: &Policy, source: &Source, action: &str, target: &str) -> Truth {
        let mut probe: Probe = direct(Caller {
            organization: Membership::Outside,
            ..Caller::stranger(Principal::Service(CLOUDTRAIL.to_owned()))
        });
        let fixed = &mut probe.fixed;
        let told = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        fixed.set("aws:sourcearn", told(&source.arn));
        fixed.set("aws:sourceaccount", told(&source.account));
        let organization = source.organization.as_ref();
        fixed.set("aws:sourceorgid", organization.map(|(id, _)| id.clone()));
        let path = organization.map(|(id, path)| {
            path.clone()
                .unwrap_or_else(|| format!("{id}/r-any/ou-any/"))
        });
        fixed.set("aws:sourceorgpaths", path);
        self.admits(granting, &probe, action, target).truth
    }

    /// The sources that the statements tell apart, and whom each stands for.
    fn sources(&self, compared: &Compared) -> Vec<(Source, Bound)> {
        let partition = &self.account.partition;
        let trail =
            |account: &str| format!("arn:{partition}:cloudtrail:us-east-1:{account}:trail/any");
        let mut found = Vec::new();
        let mut add = |arn: String, organization: Option<(String, Option<String>)>, bound| {
            let account = arn::parse(&arn).map_or("", |arn| arn.account).to_owned();
            let source = Source {
                arn,
                account,
                organization,
            };
            found.push((source, bound));
        };
        add(String::new(), None, Bound::Anybody);
        let mut accounts: BTreeSet<String> = compared.accounts.clone();
        accounts.insert(self.account.id.clone());
        let strange = || Some((STRANGE_ORGANIZATION.to_owned(), None));
        let mut organizations = vec![(None, None), (strange(), None)];
        organizations.extend(compared.organizations.iter().map(|(id, path)| {
            let fixed = !id.contains(['*', '?']) && !id.contains("${");
            let member = Some((filled(id), path.clone()));
            (member, fixed.then(|| Bound::Organization(id.clone())))
        }));
        for (member, bound) in &organizations {
            let strangers = || bound.clone().unwrap_or(Bound::Anybody);
            add(trail(&self.stranger), member.clone(), strangers());
            for account in &accounts {
                let exact = is_account(account);
                let id = self.account_like(account);
                let bound = match exact {
                    true => Bound::Account(id.clone()),
                    false => strangers(),
                };
                add(trail(&id), member.clone(), bound);
            }
            for pattern in &compared.arns {
                for (arn, bound) in self.trails_like(pattern, &accounts) {
                    add(arn, member.clone(), bound.unwrap_or_else(strangers));
                }
            }
        }
        found
    }

    /// The trails that a pattern of ARNs has in mind; `None` for those of a stranger.
    fn trails_like(
        &self,
        pattern: &str,
        accounts: &BTreeSet<String>,
    ) -> Vec<(String, Option<Bound>)> {
        let partition = &self.account.partition;
        let parts: Vec<&str> = pattern.splitn(6, ':').collect();
        let [_, _, _, region, account, resource] = parts.as_slice() else {
            // It may cross the colons: whatever it ends in, the account is open.
            let name = pattern.rsplit(':').next().unwrap_or_default();
            let name = match name.starts_with("trail/") {
                true => filled(name),
                false => "trail/any".to_owned(),
            };
            let arn = format!(
                "arn:{partition}:cloudtrail:us-east-1:{}:{name}",
                self.stranger
            );
            return vec![(arn, None)];
        };
        let region = match *region {
            "*" => "us-east-1".to_owned(),
            region => filled(region),
        };
        let arn = |account: &str| {
            let resource = filled(resource);
            let resource = match resource.as_str() {
                "any" => "trail/any",
                resource => resource,
            };
            format!("arn:{partition}:cloudtrail:{region}:{account}:{resource}")
        };
        if is_account(account) {
            let bound = match pattern.contains(['*', '?']) || pattern.contains("${") {
                true => Bound::Account((*account).to_owned()),
                false => Bound::Trail(pattern.to_owned()),
            };
            return vec![(arn(account), Some(bound))];
        }
        let exact = accounts.iter().filter(|account| is_account(account));
        let mut trails: Vec<(String, Option<Bound>)> = exact
            .map(|account| (arn(account), Some(Bound::Account(account.clone()))))
            .collect();
        trails.push((arn(&self.account_like(account)), None));
        trails
    }

    /// An account that a pattern of ids has in mind, and nobody else.
    fn account_like(&self, pattern: &str) -> String {
        if !pattern.contains(['*', '?']) {
            return pattern.to_owned();
        }
        let digits = pattern.replace('?', "9");
        let missing = 13_usize.saturating_sub(digits.len());
        let fill: String = self.stranger.chars().take(missing).collect();
        digits.replacen('*', &fill, 1).replace('*', "")
    }
}

impl Compared {
    fn of<'s>(statements: impl Iterator<Item = &'s Statement>) -> Self {
        let mut compared = Compared::default();
        for condition in statements.flat_map(|statement| &statement.conditions) {
            for value in &condition.values {
                let raw = value.raw.clone();
                match condition.key.as_str() {
                    "aws:sourcearn" => {
                        let account = arn::parse(&raw).map(|arn| arn.account);
                        let account = account.filter(|account| is_account(account));
                        compared.accounts.extend(account.map(str::to_owned));
                        compared.arns.insert(raw);
                    }
                    "aws:sourceaccount" => drop(compared.accounts.insert(raw)),
                    "aws:sourceorgid" => drop(compared.organizations.insert((raw, None))),
                    "aws:sourceorgpaths" => {
                        let id = raw.split('/').next().unwrap_or_default().to_owned();
                        compared.organizations.insert((id, Some(filled(&raw))));
                    }
                    _ => {}
                }
            }
        }
        compared
    }
}

impl Binding {
    /// Without what is part of something wider.
    fn simplified(mut self) -> Self {
        for set in [&mut self.admitted, &mut self.unclear] {
            if set.contains(&Bound::Anybody) {
                set.retain(|bound| *bound == Bound::Anybody);
            }
            let accounts: Vec<String> = set
                .iter()
                .filter_map(|bound| match bound {
                    Bound::Account(id) => Some(id.clone()),
                    _ => None,
                })
                .collect();
            set.retain(|bound| match bound {
                Bound::Trail(arn) => {
                    let account = arn::parse(arn).map_or("", |arn| arn.account);
                    !accounts.iter().any(|id| id == account)
                }
                _ => true,
            });
        }
        self
    }
}
