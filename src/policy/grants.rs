//! What a bucket's policy grants and denies, taken by itself: whom each Allow admits, who
//! escapes the Denies, and whose trails CloudTrail may deliver for.
//!
//! The policy is weighed by the evaluator, with everything around it set so that it alone
//! decides: the caller's own account allows whatever it can. Callers stand for all that the
//! policy can tell apart; an answer that hangs on what is not known stays open.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

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
use super::case::{Asked, Case, Layer, Place, Policy};
use super::context::Context;
use super::document::{Document, Effect, Statement};
use super::glob::glob;
use super::pattern::{Reach, Target};
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
    /// Those of them that speak of an action on a target.
    narrowed: RefCell<BTreeMap<(String, String), Rc<Policy>>>,
    /// A policy that allows everybody everything, as a resource's.
    everything: Policy,
    /// The same as a caller's own.
    unlimited: Policy,
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

/// S3 takes policies of 20 KB, in which fewer statements than this have room. Of more that
/// bear on one question nothing is said but that.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>
const MOST_STATEMENTS: usize = 400;

const EVERYTHING: &str =
    r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}"#;

const UNLIMITED: &str = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

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
        BucketPolicy::new(account, bucket, document).map(Some)
    }

    /// A policy that says nothing.
    pub fn empty(account: &'a Account, bucket: &'a Bucket) -> Self {
        let document = Document {
            statements: Vec::new(),
        };
        BucketPolicy::with(account, bucket, document)
    }

    fn new(account: &'a Account, bucket: &'a Bucket, document: Document) -> Result<Self, Gap> {
        let allows = |statement: &&Statement| statement.effect == Some(Effect::Allow);
        let count = document.statements.iter().filter(allows).count();
        if count > MOST_STATEMENTS {
            return Err(not_understood(&too_many(count)));
        }
        Ok(BucketPolicy::with(account, bucket, document))
    }

    fn with(account: &'a Account, bucket: &'a Bucket, document: Document) -> Self {
        let text = bucket.policy.if_known().and_then(Option::as_deref);
        let denials = document.statements.iter();
        let denials = denials.filter(|statement| statement.effect != Some(Effect::Allow));
        BucketPolicy {
            account,
            bucket,
            owner: owner(bucket),
            stranger: stranger(account, text.unwrap_or_default()),
            denials: policy(denials.cloned().collect()),
            narrowed: RefCell::default(),
            everything: Policy::new("", EVERYTHING),
            unlimited: Policy::new("", UNLIMITED),
            document,
        }
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

    /// The denials that speak of `action` on some of `target`.
    fn denials_of(&self, action: &str, target: &str) -> Rc<Policy> {
        let key = (action.to_owned(), target.to_owned());
        if let Some(found) = self.narrowed.borrow().get(&key) {
            return Rc::clone(found);
        }
        let aim = aimed(target);
        let open = Context::open();
        let statements: Vec<&Statement> = self
            .denials
            .document
            .statements
            .iter()
            .filter(|statement| statement.actions.contain(action).possible())
            .filter(|statement| statement.resources.reach(&aim, &open) != Reach::None)
            .collect();
        let narrow = match statements.len() {
            count if count > MOST_STATEMENTS => Policy {
                document: Document::not_understood(&too_many(count)),
                ..policy(Vec::new())
            },
            _ => policy(statements.into_iter().cloned().collect()),
        };
        let narrow = Rc::new(narrow);
        self.narrowed.borrow_mut().insert(key, Rc::clone(&narrow));
        narrow
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
            self.weigh(granting, probe, action, target, home)
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

    /// The weight of `granting` and the denials for one caller, of the owner's account or of
    /// another. A class of resources of which some are denied is looked into by single ones.
    fn weigh(
        &self,
        granting: &Policy,
        probe: &Probe,
        action: &str,
        target: &str,
        home: bool,
    ) -> Weight {
        let weigh = |target: &str| {
            let denials = self.denials_of(action, target);
            self.weigh_target([granting, &denials], probe, action, target, home)
        };
        let weight = weigh(target);
        if !matches!(weight.truth, Truth::Maybe(doubts) if doubts.has(Doubt::Resource)) {
            return weight;
        }
        let denials = self.denials_of(action, target);
        samples([granting, &denials], target)
            .iter()
            .map(|one| weigh(one))
            .find(|weight| weight.truth == Truth::Yes)
            .unwrap_or(weight)
    }

    fn weigh_target(
        &self,
        policies: [&Policy; 2],
        probe: &Probe,
        action: &str,
        target: &str,
        home: bool,
    ) -> Weight {
        let caller = &probe.caller.principal;
        let asked = |place| Asked {
            caller,
            action,
            bounded: false,
            place,
        };
        let case = Case {
            caller,
            action,
            target: aimed(target),
            same_account: Truth::from(home),
            identity: match home {
                true => Layer::default(),
                false => Layer::new([&self.unlimited], false, asked(Place::Caller)),
            },
            foreign: false,
            boundary: None,
            service_controls: Vec::new(),
            resource_controls: Vec::new(),
            resource: Layer::new(policies, false, asked(Place::Resource)),
            acl: Layer::default(),
            administered: Truth::No,
            delegating: false,
            restricted: Truth::No,
            has_grants: false,
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

fn aimed(target: &str) -> Target {
    match target.contains('*') {
        true => Target::Class(target.to_owned()),
        false => Target::One(target.to_owned()),
    }
}

fn too_many(count: usize) -> String {
    format!("it has {count} statements that bear on one question, more than S3 takes")
}

/// One resource of a class, which no pattern has in mind.
fn any_of(class: &str) -> String {
    class.replace('*', "any")
}

/// Single resources of a class, one that no pattern has in mind and one for each that does.
fn samples(policies: [&Policy; 2], class: &str) -> Vec<String> {
    let mut found = vec![any_of(class)];
    let statements = policies
        .into_iter()
        .flat_map(|policy| &policy.document.statements);
    for entry in statements.flat_map(|statement| statement.resources.spelled()) {
        let one = crowd::filled(&entry);
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
