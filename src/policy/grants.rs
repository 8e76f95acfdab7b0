//! What a bucket's policy grants and denies, taken by itself: whom each Allow admits, who
//! escapes the Denies, and whose trails CloudTrail may deliver for.
//!
//! The policy is weighed by the evaluator, with everything around it set so that it alone
//! decides: the caller's own account allows whatever it can. Callers stand for all that the
//! policy can tell apart; an answer that hangs on what is not known stays open.

mod crowd;
mod escape;
mod legacy;
mod parties;
mod source;

pub use escape::{Escape, Protection};
pub use legacy::legacy_region;
pub use parties::{Grant, Party, Who};
pub use source::{Binding, Bound};

use super::answer::{self, Answer};
use super::caller::{Caller, Membership, Owner};
use super::case::{Asked, Case, Layer, Policy};
use super::context::Context;
use super::document::{Document, Effect, Statement};
use super::glob::glob;
use super::pattern::Target;
use super::principal::Principal;
use super::truth::{Doubt, Truth};
use crate::retention::deliveries;
use crate::snapshot::{Account, Action, Bucket, BucketOwner, Gap, GapKind};

/// A bucket's policy, ready to be weighed.
#[derive(Debug)]
pub struct BucketPolicy<'a> {
    account: &'a Account,
    bucket: &'a Bucket,
    /// What it says.
    pub document: Document,
    owner: Owner,
    /// The id of an account of which nobody has heard.
    stranger: String,
    /// Every statement that denies, or may.
    denials: Policy,
    /// A policy that allows everybody everything.
    everything: Policy,
}

/// How much weight a policy gives to a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weight {
    /// Whether some request of the caller's is let through.
    pub truth: Truth,
    /// The condition keys, and what else, it hangs on; empty if on nothing.
    pub depends_on: Vec<String>,
}

/// A caller who stands for others, and what is certain of his requests.
#[derive(Debug, Clone)]
struct Probe {
    caller: Caller,
    fixed: Context,
    /// As the policy spells whom he stands for, if it has somebody in mind.
    spelled: Option<String>,
}

/// S3 takes policies of 20 KB, in which fewer statements than this have room.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>
const MOST_STATEMENTS: usize = 400;

const EVERYTHING: &str =
    r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}"#;

impl<'a> BucketPolicy<'a> {
    /// The bucket's policy; `None` if it has none.
    ///
    /// # Errors
    /// The fact's own gap, or a `malformed` one if the text is no policy that S3 takes.
    pub fn read(account: &'a Account, bucket: &'a Bucket) -> Result<Option<Self>, Gap> {
        let Some(text) = bucket.policy.known()? else {
            return Ok(None);
        };
        let document = Document::parse(text).map_err(|reason| not_understood(&reason))?;
        let count = document.statements.len();
        if count > MOST_STATEMENTS {
            return Err(not_understood(&format!(
                "it has {count} statements, more than S3 takes"
            )));
        }
        let denials = document.statements.iter();
        let denials = denials.filter(|statement| statement.effect != Some(Effect::Allow));
        Ok(Some(BucketPolicy {
            account,
            bucket,
            owner: owner(bucket),
            stranger: stranger(account, text),
            denials: policy(denials.cloned().collect()),
            everything: Policy::new("", EVERYTHING),
            document,
        }))
    }

    /// # Errors
    /// A `malformed` gap that names the first statement that is not understood.
    pub fn understood(&self) -> Result<(), Gap> {
        let doubt = self.document.doubt();
        doubt.map_or(Ok(()), |doubt| Err(not_understood(&doubt)))
    }

    /// The statements that allow something.
    pub fn allows(&self) -> impl Iterator<Item = &Statement> {
        let statements = self.document.statements.iter();
        statements.filter(|statement| statement.effect == Some(Effect::Allow))
    }

    /// The unknown that keeps `what` open: nothing in the snapshot decides it.
    pub fn undecided(what: impl Into<String>) -> Gap {
        Gap::new(Action::GetBucketPolicy, GapKind::Unsupported, what)
    }

    /// The bucket's ARN.
    pub fn arn(&self) -> String {
        format!("arn:{}:s3:::{}", self.account.partition, self.bucket.name)
    }

    /// What describes the ARNs of the log and digest files: everything below `AWSLogs/`, and
    /// below `PREFIX/AWSLogs/` for each prefix of a trail that delivers here.
    pub fn logs(&self) -> Vec<String> {
        let mut below = vec!["AWSLogs/*".to_owned()];
        for delivery in deliveries(self.account, &self.bucket.name) {
            for keys in delivery.places() {
                let text = keys.text('*');
                let base = text.find("AWSLogs/").and_then(|at| text.get(..at));
                below.push(format!("{}AWSLogs/*", base.unwrap_or_default()));
            }
        }
        below.sort();
        below.dedup();
        let arn = self.arn();
        below.iter().map(|keys| format!("{arn}/{keys}")).collect()
    }

    /// What `granting` and the policy's denials make of a caller to whom his own account
    /// allows everything. In the owner's account that counts for nothing: a statement that
    /// names the account hands the question back to it and grants nobody anything.
    fn admits(&self, granting: &Policy, probe: &Probe, action: &str, target: &str) -> Weight {
        let account = probe.caller.principal.account();
        let at_home = match account {
            Some(account) if account != self.stranger => self.owner.is(account),
            _ => Truth::No,
        };
        let weigh = |home: bool| {
            if home && matches!(probe.caller.principal, Principal::Root(_)) {
                // No statement grants the owner's root user what he may anyhow.
                return Weight {
                    truth: Truth::No,
                    depends_on: Vec::new(),
                };
            }
            let policies = [granting, &self.denials];
            self.weigh(policies, probe, action, target, home)
        };
        match at_home {
            Truth::Yes => weigh(true),
            Truth::No => weigh(false),
            Truth::Maybe(_) => {
                let (home, elsewhere) = (weigh(true), weigh(false));
                if home.truth == elsewhere.truth {
                    elsewhere
                } else {
                    Weight {
                        truth: Truth::maybe(Doubt::OtherAccount),
                        depends_on: vec!["whose the bucket is".to_owned()],
                    }
                }
            }
        }
    }

    /// The weight of `policies` for one caller, of the owner's account or of another. A class
    /// of resources of which some are denied is looked into by single ones.
    fn weigh(
        &self,
        policies: [&Policy; 2],
        probe: &Probe,
        action: &str,
        target: &str,
        home: bool,
    ) -> Weight {
        let whole = match target.contains('*') {
            true => Target::Class(target.to_owned()),
            false => Target::One(target.to_owned()),
        };
        let weight = self.weigh_target(policies, probe, action, whole, home);
        if !matches!(weight.truth, Truth::Maybe(doubts) if doubts.has(Doubt::Resource)) {
            return weight;
        }
        samples(policies, target)
            .into_iter()
            .map(|one| self.weigh_target(policies, probe, action, Target::One(one), home))
            .find(|weight| weight.truth == Truth::Yes)
            .unwrap_or(weight)
    }

    fn weigh_target(
        &self,
        policies: [&Policy; 2],
        probe: &Probe,
        action: &str,
        target: Target,
        home: bool,
    ) -> Weight {
        let caller = &probe.caller.principal;
        let asked = Asked {
            caller,
            action,
            bounded: false,
        };
        let case = Case {
            caller,
            action,
            target,
            same_account: Truth::from(home),
            identity: match home {
                true => Layer::default(),
                false => Layer::new([&self.everything], false, asked),
            },
            foreign: false,
            boundary: None,
            service_controls: Vec::new(),
            resource_controls: Vec::new(),
            resource: Layer::new(policies, false, asked),
            delegating: false,
            restricted: Truth::No,
        };
        weigh_case(&case, probe, &self.owner)
    }
}

/// Whether some request in the case is certainly let through: the witness is tried, because
/// an answer that depends on something may be one that nobody can tell.
fn weigh_case(case: &Case<'_>, probe: &Probe, owner: &Owner) -> Weight {
    let certain = |truth| Weight {
        truth,
        depends_on: Vec::new(),
    };
    match answer::may(case, &probe.caller, owner, &probe.fixed) {
        Answer::Allowed => certain(Truth::Yes),
        Answer::Denied => certain(Truth::No),
        Answer::Conditional {
            depends_on,
            witness,
        } => {
            let mut context = probe.caller.certain(owner, &case.target);
            for (key, values) in probe.fixed.iter() {
                context.set(key, values.iter().cloned());
            }
            for (key, values) in witness.present {
                context.set(&key, values);
            }
            for key in witness.absent {
                context.set(&key, []);
            }
            let truth = match case.allowed(&context) {
                Truth::No => Truth::maybe(Doubt::Unclear),
                truth => truth,
            };
            Weight { truth, depends_on }
        }
    }
}

/// Single resources of a class, one that no pattern has in mind and one for each that does.
fn samples(policies: [&Policy; 2], class: &str) -> Vec<String> {
    let filled = |pattern: &str| pattern.replace('*', "any").replace('?', "x");
    let mut found = vec![filled(class)];
    let statements = policies
        .into_iter()
        .flat_map(|policy| &policy.document.statements);
    for entry in statements.flat_map(|statement| statement.resources.spelled()) {
        let one = filled(&entry);
        if glob(class, &one) && !found.contains(&one) {
            found.push(one);
        }
    }
    found
}

/// An account id that neither the account nor its bucket's policy has.
fn stranger(account: &Account, policy: &str) -> String {
    let mut ids = (0..=MOST_STATEMENTS).map(|number| format!("{}", 210_987_654_321 + number));
    ids.find(|id| *id != account.id && !policy.contains(id.as_str()))
        .unwrap_or_default()
}

fn policy(statements: Vec<Statement>) -> Policy {
    Policy {
        name: "bucket policy".to_owned(),
        document: Document { statements },
    }
}

/// Whose the bucket is. Its organization is left open: a key of which it is the value keeps
/// nobody out whom its account does not keep out.
fn owner(bucket: &Bucket) -> Owner {
    let (account, not) = match bucket.owner.if_known() {
        Some(BucketOwner::Account(id)) => (Some(id.clone()), None),
        Some(BucketOwner::NotAccount(id)) => (None, Some(id.clone())),
        None => (None, None),
    };
    Owner {
        account,
        not,
        organization: Membership::Unknown,
    }
}

fn not_understood(reason: &str) -> Gap {
    Gap::new(
        Action::GetBucketPolicy,
        GapKind::Malformed,
        format!("the bucket policy cannot be understood: {reason}"),
    )
}
