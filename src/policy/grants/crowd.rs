//! Callers who stand for everybody: for each kind of caller one whom no statement has in
//! mind, and one for each that a statement has.

use std::collections::BTreeSet;

use super::Probe;
use crate::policy::caller::{Caller, Membership};
use crate::policy::context::Context;
use crate::policy::document::Statement;
use crate::policy::principal::{Named, Principal, Principals};
use crate::snapshot::arn;

/// Whom statements have in mind, by their principals and by their conditions on who asks.
#[derive(Debug, Default)]
pub(super) struct Hints {
    /// ARNs of users, roles and sessions, which may hold wildcards.
    pub(super) arns: BTreeSet<String>,
    /// Account ids.
    pub(super) accounts: BTreeSet<String>,
    /// Organization ids.
    pub(super) organizations: BTreeSet<String>,
    /// Names of users.
    names: BTreeSet<String>,
    /// What `aws:userid` is compared with.
    pub(super) ids: BTreeSet<String>,
    /// Names of services.
    pub(super) services: BTreeSet<String>,
}

impl Hints {
    /// Those of the conditions and, if `principals`, of the principals.
    pub(super) fn of<'s>(
        statements: impl IntoIterator<Item = &'s Statement>,
        principals: bool,
    ) -> Self {
        let mut hints = Hints::default();
        for statement in statements {
            for condition in &statement.conditions {
                for value in &condition.values {
                    hints.add(&condition.key, &value.raw);
                }
            }
            if principals {
                hints.add_principals(&statement.principals);
            }
        }
        let accounts = hints.arns.iter().filter_map(|text| arn::parse(text));
        let accounts: Vec<String> = accounts
            .filter(|arn| is_account(arn.account))
            .map(|arn| arn.account.to_owned())
            .collect();
        hints.accounts.extend(accounts);
        hints
    }

    fn add(&mut self, key: &str, value: &str) {
        let value = value.to_owned();
        match key {
            "aws:principalarn" => drop(self.arns.insert(value)),
            "aws:principalaccount" if is_account(&value) => drop(self.accounts.insert(value)),
            "aws:principalorgid" => drop(self.organizations.insert(value)),
            "aws:principalorgpaths" => {
                let id = value.split('/').next().unwrap_or_default();
                self.organizations.insert(id.to_owned());
            }
            "aws:username" => drop(self.names.insert(value)),
            "aws:userid" => drop(self.ids.insert(value)),
            "aws:principalservicename" | "aws:principalservicenameslist" => {
                self.services.insert(value);
            }
            _ => {}
        }
    }

    fn add_principals(&mut self, principals: &Principals) {
        let (Principals::These(entries) | Principals::AllBut(entries)) = principals else {
            return;
        };
        for entry in entries {
            match entry {
                Named::Account(id) => drop(self.accounts.insert(id.clone())),
                Named::Arn(arn) => drop(self.arns.insert(arn.clone())),
                Named::Service(name) => drop(self.services.insert(name.clone())),
                _ => {}
            }
        }
    }
}

/// Twelve digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The organization of a stranger, of which nobody has heard.
pub(super) const STRANGE_ORGANIZATION: &str = "o-nobodyknows";

/// What the people of a crowd have in common.
#[derive(Debug, Clone)]
pub(super) struct Crowd<'a> {
    /// The partition.
    pub(super) partition: &'a str,
    /// The audited account.
    pub(super) own: &'a str,
    /// An account of which nobody has heard.
    pub(super) stranger: &'a str,
}

impl Crowd<'_> {
    /// The root user, a user, a role and a federated user of an account, none of whom
    /// anybody has in mind.
    pub(super) fn of_account(&self, account: &str, organization: Membership) -> Vec<Caller> {
        let arn = |service: &str, resource: &str| {
            format!("arn:{}:{service}::{account}:{resource}", self.partition)
        };
        [
            Principal::Root(arn("iam", "root")),
            Principal::User(arn("iam", "user/any")),
            Principal::Role(arn("iam", "role/any")),
            Principal::Federated(arn("sts", "federated-user/any")),
        ]
        .into_iter()
        .map(|principal| caller(principal, organization.clone()))
        .collect()
    }

    /// Those of an account, in whichever organization it is.
    pub(super) fn natives(&self, account: &str) -> Vec<Caller> {
        self.of_account(account, Membership::Unknown)
    }

    /// Somebody whose ARN the pattern matches; its wildcard account stands for `account`.
    pub(super) fn fitting(&self, pattern: &str, account: &str) -> Option<Caller> {
        let mut parts: Vec<String> = pattern.splitn(6, ':').map(str::to_owned).collect();
        for (at, part) in parts.iter_mut().enumerate() {
            if part.contains(['*', '?']) {
                *part = match at {
                    1 => self.partition.to_owned(),
                    2 => "iam".to_owned(),
                    3 => String::new(),
                    4 => account.to_owned(),
                    _ => part.replace('*', "any").replace('?', "x"),
                };
            }
        }
        let principal = Principal::parse(&parts.join(":"))?;
        Some(caller(principal, Membership::Unknown))
    }

    /// Everybody that the statements can tell apart.
    pub(super) fn everybody(&self, hints: &Hints) -> Vec<Probe> {
        let stranger = self.stranger;
        let mut callers = vec![caller(Principal::Anonymous, Membership::Outside)];
        callers.extend(self.natives(self.own));
        callers.extend(self.strangers());
        for id in &hints.organizations {
            callers.extend(self.of_account(stranger, Membership::In(filled(id))));
        }
        for account in &hints.accounts {
            callers.extend(self.natives(account));
        }
        let mut probes: Vec<Probe> = callers.into_iter().map(direct).collect();
        for account in [stranger, self.own] {
            for pattern in &hints.arns {
                let fitting = self.fitting(pattern, account);
                probes.extend(fitting.map(|caller| called(pattern, caller)));
            }
            for name in &hints.names {
                let user = format!(
                    "arn:{}:iam::{account}:user/{}",
                    self.partition,
                    filled(name)
                );
                let user = caller(Principal::User(user), Membership::Unknown);
                probes.push(called(name, user));
            }
        }
        probes
    }

    /// People of no organization that anybody knows.
    pub(super) fn strangers(&self) -> Vec<Caller> {
        let mut callers = self.of_account(self.stranger, Membership::Outside);
        let elsewhere = Membership::In(STRANGE_ORGANIZATION.to_owned());
        callers.extend(self.of_account(self.stranger, elsewhere));
        callers
    }
}

fn caller(principal: Principal, organization: Membership) -> Caller {
    Caller {
        organization,
        ..Caller::stranger(principal)
    }
}

/// A text that the pattern matches.
pub(super) fn filled(pattern: &str) -> String {
    pattern.replace('*', "any").replace('?', "x")
}

/// A caller who comes to the bucket itself and not by one of its access points.
pub(super) fn direct(caller: Caller) -> Probe {
    let mut fixed = Context::new();
    for key in DELEGATION {
        fixed.set(key, []);
    }
    Probe {
        caller,
        fixed,
        spelled: None,
    }
}

fn called(spelled: &str, caller: Caller) -> Probe {
    Probe {
        spelled: Some(spelled.to_owned()),
        ..direct(caller)
    }
}

/// Keys that only requests through an access point have.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>
pub(super) const DELEGATION: [&str; 3] = [
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:accesspointnetworkorigin",
];

/// The same caller with the unique id that a value of `aws:userid` begins with.
pub(super) fn with_id(mut caller: Caller, id: &str) -> Caller {
    caller.id = Some(filled(id.split(':').next().unwrap_or_default()));
    caller
}
