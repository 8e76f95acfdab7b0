//! Whom an Allow admits, and to what.

use std::collections::BTreeSet;

use super::crowd::{DELEGATION, Hints, STRANGE_ORGANIZATION, direct, filled, is_account, with_id};
use super::{BucketPolicy, Probe, policy};
use crate::policy::caller::{Caller, Membership};
use crate::policy::case::Policy;
use crate::policy::document::Statement;
use crate::policy::principal::{Named, Principal, Principals};
use crate::policy::truth::{Doubt, Truth};
use crate::snapshot::arn;

/// Somebody whom a statement may admit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Anybody at all, with credentials or without.
    Everybody,
    /// Everybody in an organization, by its id.
    Organization(String),
    /// Whoever an account lets.
    Account(String),
    /// A user, role or session, by ARN, or all that fit a pattern.
    Identity(String),
    /// Whoever has a unique id, as `aws:userid` is compared with.
    Id(String),
    /// An AWS service.
    Service(String),
    /// AWS services that act for somebody.
    Services,
    /// Whoever signed in with a provider of identities.
    Federated(String),
    /// An account by its canonical user id, or a CloudFront identity.
    Canonical(String),
    /// Whoever the access points of an account let in.
    AccessPoints(String),
    /// An entry that is not understood.
    Unclear(String),
}

impl Who {
    /// In a sentence.
    pub fn title(&self) -> String {
        match self {
            Who::Everybody => "everybody".to_owned(),
            Who::Organization(id) => format!("everybody in organization `{id}`"),
            Who::Account(id) => format!("account {id}"),
            Who::Identity(arn) => format!("`{arn}`"),
            Who::Id(id) => format!("whoever has the unique id `{id}`"),
            Who::Service(name) => format!("`{name}`"),
            Who::Services => "AWS services".to_owned(),
            Who::Federated(provider) => format!("whoever signed in with `{provider}`"),
            Who::Canonical(id) => format!("canonical user `{id}`"),
            Who::AccessPoints(id) => format!("whoever access points of account {id} let in"),
            Who::Unclear(text) => format!("`{text}`"),
        }
    }

    /// The account they are of, if it is one.
    pub fn account(&self) -> Option<&str> {
        match self {
            Who::Account(id) | Who::AccessPoints(id) => Some(id),
            Who::Identity(arn) => arn::parse(arn)
                .map(|arn| arn.account)
                .filter(|account| is_account(account)),
            _ => None,
        }
    }
}

/// Some who are admitted or not in the same way.
#[derive(Debug, Clone)]
pub struct Party {
    /// Who they are.
    pub who: Who,
    /// Those of whom it is asked; with none of them it cannot be told.
    probes: Vec<Probe>,
}

/// What a statement grants somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// To whom.
    pub who: Who,
    /// Whether it certainly does.
    pub truth: Truth,
    /// The condition keys it hangs on.
    pub depends_on: Vec<String>,
}

impl BucketPolicy<'_> {
    /// To whom `statement` grants `action` on some of the targets, whatever the other Allows
    /// grant: the widest party that it admits, or each of the narrower ones.
    pub fn grants(&self, statement: &Statement, action: &str, targets: &[String]) -> Vec<Grant> {
        if !statement.actions.contain(action).possible() {
            return Vec::new();
        }
        let granting = policy(vec![statement.clone()]);
        let mut found: Vec<Grant> = Vec::new();
        for tiers in self.entries(statement) {
            for tier in tiers {
                let grants = tier
                    .iter()
                    .map(|party| self.grant(&granting, party, action, targets));
                let possible = grants.filter(|grant| grant.truth.possible());
                let before = found.len();
                found.extend(possible);
                let new = found.get(before..).unwrap_or_default();
                if new.iter().any(|grant| grant.truth == Truth::Yes) {
                    break;
                }
            }
        }
        found
    }

    /// The unique ids among the principals of a statement that stand for somebody who is
    /// gone, and grant nobody anything.
    pub fn stale(statement: &Statement) -> Vec<&str> {
        entries(&statement.principals)
            .iter()
            .filter_map(|entry| match entry {
                Named::Stale(id) => Some(id.as_str()),
                _ => None,
            })
            .collect()
    }

    fn grant(&self, granting: &Policy, party: &Party, action: &str, targets: &[String]) -> Grant {
        let mut grant = Grant {
            who: party.who.clone(),
            truth: Truth::No,
            depends_on: Vec::new(),
        };
        // Nobody can be made up whom these name; their conditions are tried on anybody.
        let of_anybody = match party.who {
            Who::Federated(_) | Who::Canonical(_) | Who::Unclear(_) => Some(everyone(granting)),
            _ => None,
        };
        let granting = of_anybody.as_ref().unwrap_or(granting);
        for probe in &party.probes {
            for target in targets {
                let weight = self.admits(granting, probe, action, target);
                let better = !grant.truth.possible() && weight.truth.possible();
                if better || weight.truth == Truth::Yes {
                    grant.truth = weight.truth;
                    grant.depends_on = weight.depends_on;
                }
                if grant.truth == Truth::Yes {
                    return grant.settled();
                }
            }
        }
        grant.settled()
    }

    /// The parties of each entry of the principals, the widest first.
    fn entries(&self, statement: &Statement) -> Vec<Vec<Vec<Party>>> {
        let hints = Hints::of([statement], false);
        match &statement.principals {
            Principals::Unstated => Vec::new(),
            Principals::AllBut(_) => vec![self.of_everyone(statement, &hints)],
            Principals::These(entries) => entries
                .iter()
                .map(|entry| self.of_entry(statement, entry, &hints))
                .collect(),
        }
    }

    fn of_entry(&self, statement: &Statement, entry: &Named, hints: &Hints) -> Vec<Vec<Party>> {
        let crowd = self.crowd();
        let anybody = || crowd.of_account(&self.stranger, Membership::Unknown);
        let party = |who: Who, callers: Vec<Caller>| {
            vec![vec![Party {
                who,
                probes: callers.into_iter().map(direct).collect(),
            }]]
        };
        match entry {
            Named::Everyone => self.of_everyone(statement, hints),
            Named::Account(id) => vec![
                vec![self.of_account(id)],
                self.fitting(hints, |account| account == id),
                self.by_access_points(statement, crowd.natives(id)),
            ],
            Named::Arn(arn) => match Principal::parse(arn) {
                Some(principal) => {
                    let caller = Caller::stranger(principal);
                    vec![
                        vec![Party {
                            who: Who::Identity(arn.clone()),
                            probes: vec![direct(caller.clone())],
                        }],
                        self.by_access_points(statement, vec![caller]),
                    ]
                }
                None => party(Who::Unclear(arn.clone()), anybody()),
            },
            Named::Service(name) => {
                let caller = Caller {
                    organization: Membership::Outside,
                    ..Caller::stranger(Principal::Service(name.clone()))
                };
                party(Who::Service(name.clone()), vec![caller])
            }
            Named::Federated(name) => party(Who::Federated(name.clone()), anybody()),
            Named::Canonical(id) => party(Who::Canonical(id.clone()), anybody()),
            Named::Unclear(text) => party(Who::Unclear(text.clone()), anybody()),
            Named::Stale(_) => Vec::new(),
        }
    }

    fn of_account(&self, id: &str) -> Party {
        Party {
            who: Who::Account(id.to_owned()),
            probes: self.crowd().natives(id).into_iter().map(direct).collect(),
        }
    }

    /// Everybody; or, where conditions keep strangers out, whom these have in mind.
    fn of_everyone(&self, statement: &Statement, hints: &Hints) -> Vec<Vec<Party>> {
        let crowd = self.crowd();
        let id = |caller: Caller| match &caller.principal {
            Principal::Role(_) => with_id(caller, "AROANOBODYKNOWS00000"),
            Principal::User(_) => with_id(caller, "AIDANOBODYKNOWS00000"),
            _ => caller,
        };
        let strangers = crowd.strangers().into_iter().map(id);
        let anonymous = Caller {
            organization: Membership::Outside,
            ..Caller::stranger(Principal::Anonymous)
        };
        let everybody = Party {
            who: Who::Everybody,
            probes: strangers.chain([anonymous]).map(direct).collect(),
        };
        let mut narrower = Vec::new();
        for organization in &hints.organizations {
            let members = Membership::In(filled(organization));
            let members = crowd.of_account(&self.stranger, members).into_iter();
            narrower.push(Party {
                who: Who::Organization(organization.clone()),
                probes: members.map(id).map(direct).collect(),
            });
        }
        narrower.extend(hints.accounts.iter().map(|id| self.of_account(id)));
        for id in &hints.ids {
            let anybody = crowd.of_account(&self.stranger, Membership::Unknown);
            narrower.push(Party {
                who: Who::Id(id.clone()),
                probes: anybody
                    .into_iter()
                    .map(|caller| direct(with_id(caller, id)))
                    .collect(),
            });
        }
        vec![
            vec![everybody],
            narrower,
            self.fitting(hints, |_| true),
            self.services(statement, hints),
            self.by_access_points(statement, crowd.strangers()),
        ]
    }

    /// Those whom patterns of `aws:PrincipalArn` have in mind.
    fn fitting(&self, hints: &Hints, of: impl Fn(&str) -> bool) -> Vec<Party> {
        let crowd = self.crowd();
        let mut parties = Vec::new();
        for pattern in &hints.arns {
            let fitting = crowd.fitting(pattern, &self.stranger);
            let probes: Vec<Probe> = fitting
                .filter(|caller| caller.principal.account().is_some_and(&of))
                .into_iter()
                .map(direct)
                .collect();
            if !probes.is_empty() {
                parties.push(Party {
                    who: Who::Identity(pattern.clone()),
                    probes,
                });
            }
        }
        parties
    }

    /// Services other than CloudTrail, which says for which trail it comes.
    fn services(&self, statement: &Statement, hints: &Hints) -> Vec<Party> {
        let values = |wanted: &str| -> BTreeSet<String> {
            let conditions = statement.conditions.iter();
            conditions
                .filter(|condition| condition.key == wanted)
                .flat_map(|condition| &condition.values)
                .map(|value| value.raw.clone())
                .collect()
        };
        let mut sources: BTreeSet<String> = values("aws:sourcearn");
        sources.retain(|arn| arn.split(':').nth(2) != Some("cloudtrail"));
        let mut accounts = values("aws:sourceaccount");
        accounts.extend([self.account.id.clone(), self.stranger.clone()]);
        let partition = &self.account.partition;
        sources.extend(
            accounts
                .iter()
                .map(|id| format!("arn:{partition}:sns:us-east-1:{id}:any")),
        );
        let mut names = hints.services.clone();
        names.insert("any-service.amazonaws.com".to_owned());
        names.remove("cloudtrail.amazonaws.com");
        let mut probes = Vec::new();
        for name in &names {
            for source in &sources {
                let mut probe = direct(Caller {
                    organization: Membership::Outside,
                    ..Caller::stranger(Principal::Service(filled(name)))
                });
                probe.fixed.set("aws:sourcearn", [filled(source)]);
                probes.push(probe);
            }
        }
        vec![Party {
            who: Who::Services,
            probes,
        }]
    }

    /// Whoever comes by the access points that the statement has in mind.
    fn by_access_points(&self, statement: &Statement, callers: Vec<Caller>) -> Vec<Party> {
        let conditions = statement.conditions.iter();
        let delegating = conditions.filter(|found| DELEGATION.contains(&found.key.as_str()));
        let mut accounts = BTreeSet::new();
        for condition in delegating {
            for value in &condition.values {
                let raw = value.raw.as_str();
                let account = arn::parse(raw).map_or(raw, |arn| arn.account);
                accounts.insert(match is_account(account) {
                    true => account.to_owned(),
                    false => "*".to_owned(),
                });
            }
        }
        accounts
            .into_iter()
            .map(|account| Party {
                who: Who::AccessPoints(account),
                probes: callers
                    .iter()
                    .map(|caller| Probe {
                        fixed: Default::default(),
                        ..direct(caller.clone())
                    })
                    .collect(),
            })
            .collect()
    }
}

impl Grant {
    /// Whom an entry means that is not understood, no probe can tell.
    fn settled(mut self) -> Self {
        if matches!(self.who, Who::Unclear(_)) && self.truth == Truth::Yes {
            self.truth = Truth::maybe(Doubt::Unclear);
        }
        if let Who::Organization(id) = &self.who
            && (id.contains(['*', '?']) || id == STRANGE_ORGANIZATION)
        {
            self.who = Who::Everybody;
        }
        self
    }
}

fn entries(principals: &Principals) -> &[Named] {
    match principals {
        Principals::Unstated => &[],
        Principals::These(entries) | Principals::AllBut(entries) => entries,
    }
}

/// The same statements, about everybody.
fn everyone(granting: &Policy) -> Policy {
    let statements = granting.document.statements.iter().cloned();
    policy(
        statements
            .map(|statement| Statement {
                principals: Principals::These(vec![Named::Everyone]),
                ..statement
            })
            .collect(),
    )
}
