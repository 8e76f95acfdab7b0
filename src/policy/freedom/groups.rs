//! Keys that hang together, and the combinations of their values that can occur.

use std::collections::BTreeSet;

use super::{Choice, Setting, Tests, Variable};
use crate::policy::caller::{Caller, Membership, Owner};
use crate::policy::context::{Context, Value};
use crate::policy::operator::instant;
use crate::policy::representatives::{self, Kind, Test};
use crate::policy::template::literal;
use crate::snapshot::arn;

/// Keys that hang together: the alternatives, each with what it says of its keys.
type Alternatives = &'static [&'static [(&'static str, Says)]];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Absent,
    Present,
    Either,
    Is(&'static str),
}

const CORRELATED: [Alternatives; 4] = [
    // A TLS version is told of encrypted requests only.
    &[
        &[
            ("aws:securetransport", Says::Is("true")),
            ("s3:tlsversion", Says::Present),
        ],
        &[
            ("aws:securetransport", Says::Is("false")),
            ("s3:tlsversion", Says::Absent),
        ],
    ],
    // A request comes from an address, or through a VPC endpoint, which hides it. Of one that
    // a service makes on somebody's behalf neither need be told.
    &[
        &[
            ("aws:sourceip", Says::Present),
            ("aws:sourcevpc", Says::Absent),
            ("aws:sourcevpcarn", Says::Absent),
            ("aws:sourcevpce", Says::Absent),
            ("aws:vpcsourceip", Says::Absent),
            ("aws:vpceaccount", Says::Absent),
            ("aws:vpceorgid", Says::Absent),
            ("aws:vpceorgpaths", Says::Absent),
        ],
        &[
            ("aws:sourceip", Says::Absent),
            ("aws:sourcevpc", Says::Present),
            ("aws:sourcevpcarn", Says::Either),
            ("aws:sourcevpce", Says::Present),
            ("aws:vpcsourceip", Says::Present),
            // These only some services tell, and the last two only of organizations.
            ("aws:vpceaccount", Says::Either),
            ("aws:vpceorgid", Says::Either),
            ("aws:vpceorgpaths", Says::Either),
        ],
        &[
            ("aws:sourceip", Says::Absent),
            ("aws:sourcevpc", Says::Absent),
            ("aws:sourcevpcarn", Says::Absent),
            ("aws:sourcevpce", Says::Absent),
            ("aws:vpcsourceip", Says::Absent),
            ("aws:vpceaccount", Says::Absent),
            ("aws:vpceorgid", Says::Absent),
            ("aws:vpceorgpaths", Says::Absent),
        ],
    ],
    // Long-term keys tell nothing of MFA; temporary ones say whether, and then how old it is.
    &[
        &[
            ("aws:multifactorauthpresent", Says::Absent),
            ("aws:multifactorauthage", Says::Absent),
        ],
        &[
            ("aws:multifactorauthpresent", Says::Is("false")),
            ("aws:multifactorauthage", Says::Absent),
        ],
        &[
            ("aws:multifactorauthpresent", Says::Is("true")),
            ("aws:multifactorauthage", Says::Present),
        ],
    ],
    // Which services called on somebody's behalf.
    &[
        &[
            ("aws:viaawsservice", Says::Is("false")),
            ("aws:calledvia", Says::Absent),
            ("aws:calledviafirst", Says::Absent),
            ("aws:calledvialast", Says::Absent),
        ],
        &[
            ("aws:viaawsservice", Says::Is("true")),
            ("aws:calledvia", Says::Present),
            ("aws:calledviafirst", Says::Present),
            ("aws:calledvialast", Says::Present),
        ],
    ],
];

pub(super) const SOURCE: [&str; 4] = [
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
];

/// A time to begin with.
const SOME_TIME: &str = "2026-01-01T00:00:00Z";

const TIME: [&str; 2] = ["aws:currenttime", "aws:epochtime"];

impl Tests<'_> {
    /// The variables of the case: keys that hang together as one, every other open key as
    /// its own.
    pub(in crate::policy) fn variables(
        &self,
        caller: &Caller,
        owner: &Owner,
        certain: &Context,
    ) -> Vec<Variable> {
        let mut variables = Vec::new();
        let mut grouped = BTreeSet::new();
        let mut add = |keys: Vec<&str>, mut choices: Vec<Choice>| {
            if choices.is_empty() {
                // What is given of these keys does not go together; then nothing else has to.
                choices.push(Choice::new());
                for key in &keys {
                    choices = product(&choices, key, &self.options(key, caller, certain));
                }
            }
            grouped.extend(keys.into_iter().map(str::to_owned));
            variables.push(Variable { choices });
        };
        for alternatives in CORRELATED {
            let keys = self.concerned(
                alternatives
                    .iter()
                    .flat_map(|says| says.iter())
                    .map(|(key, _)| *key),
                certain,
            );
            if keys.iter().any(|key| certain.get(key) == Value::Open) {
                let choices = self.alternatives(alternatives, &keys, caller, certain);
                add(keys, choices);
            }
        }
        let source = self.concerned(SOURCE, certain);
        if source.iter().any(|key| certain.get(key) == Value::Open) {
            let choices = self.sources(&source, caller, owner, certain);
            add(source, choices);
        }
        let time = self.concerned(TIME, certain);
        if time.iter().any(|key| certain.get(key) == Value::Open) {
            let choices = self.times(&time, certain);
            add(time, choices);
        }
        for key in self.by_key.keys().filter(|key| !grouped.contains(*key)) {
            let options = self.options(key, caller, certain);
            let choices = options
                .into_iter()
                .map(|setting| Choice::from([(key.clone(), setting)]))
                .collect();
            variables.push(Variable { choices });
        }
        variables
    }

    /// The keys of a group that the policies compare, or that are certain.
    fn concerned<'k>(
        &self,
        keys: impl IntoIterator<Item = &'k str>,
        certain: &Context,
    ) -> Vec<&'k str> {
        let keys: BTreeSet<&str> = keys
            .into_iter()
            .filter(|key| self.by_key.contains_key(*key) || certain.get(key) != Value::Open)
            .collect();
        keys.into_iter().collect()
    }

    fn alternatives(
        &self,
        alternatives: Alternatives,
        keys: &[&str],
        caller: &Caller,
        certain: &Context,
    ) -> Vec<Choice> {
        let mut choices = Vec::new();
        for says in alternatives {
            let mut combined = vec![Choice::new()];
            for (key, says) in says.iter().filter(|(key, _)| keys.contains(key)) {
                // Other services do not tell of S3's keys.
                let says = match *key == "s3:tlsversion" && !self.of_s3 {
                    true => &Says::Either,
                    false => says,
                };
                let options: Vec<Setting> = match (says, certain.get(key)) {
                    (Says::Is(value), Value::Open) => vec![Some(vec![(*value).to_owned()])],
                    _ => self
                        .options(key, caller, certain)
                        .into_iter()
                        .filter(|option| fits(*says, option))
                        .collect(),
                };
                combined = product(&combined, key, &options);
            }
            choices.extend(combined);
        }
        choices
    }

    /// Where a service's request comes from: the account and the organization are those of
    /// the resource that `aws:SourceArn` names.
    fn sources(
        &self,
        keys: &[&str],
        caller: &Caller,
        owner: &Owner,
        certain: &Context,
    ) -> Vec<Choice> {
        let option = |key: &str| self.options(key, caller, certain);
        let mut choices = Vec::new();
        for (account, setting) in self.source_arns(owner, caller, certain) {
            let ours = account.is_some() && account == owner.account;
            let organizations = match &owner.organization {
                Membership::In(id) if ours => vec![Some(vec![id.clone()])],
                Membership::Outside if ours => vec![Some(Vec::new())],
                _ => option("aws:sourceorgid"),
            };
            let mut combined = vec![Choice::from([("aws:sourcearn".to_owned(), setting)])];
            let account = account.map(|account| vec![account]);
            combined = product(&combined, "aws:sourceaccount", &[account]);
            combined = product(&combined, "aws:sourceorgid", &organizations);
            let paths = option("aws:sourceorgpaths");
            choices.extend(product(&combined, "aws:sourceorgpaths", &paths));
        }
        // A service need not say for which resource it asks.
        choices.push(
            SOURCE
                .iter()
                .map(|key| ((*key).to_owned(), Some(Vec::new())))
                .collect(),
        );
        let mut choices: Vec<Choice> = choices
            .into_iter()
            .filter(|choice| {
                choice
                    .iter()
                    .all(|(key, setting)| agrees(setting, certain.get(key)))
            })
            .map(|choice| {
                choice
                    .into_iter()
                    .filter(|(key, _)| keys.contains(&key.as_str()))
                    .collect()
            })
            .collect();
        choices.sort();
        choices.dedup();
        choices
    }

    /// Every ARN that may stand for the source, with an account that can be its own.
    fn source_arns(
        &self,
        owner: &Owner,
        caller: &Caller,
        certain: &Context,
    ) -> Vec<(Option<String>, Setting)> {
        let account_of = |value: &String| {
            let account = arn::parse(value).map(|arn| arn.account.to_owned());
            account.filter(|account| !account.is_empty())
        };
        let all: Vec<Setting> = match certain.get("aws:sourcearn") {
            Value::Open => {
                let all = self.values("aws:sourcearn", None);
                let open = all.incomplete.then_some(None);
                all.values
                    .into_iter()
                    .map(|value| Some(vec![value]))
                    .chain(open)
                    .collect()
            }
            _ => self.options("aws:sourcearn", caller, certain),
        };
        let mut accounts: BTreeSet<String> = match certain.get("aws:sourceaccount") {
            Value::Known(known) => known.iter().cloned().collect(),
            _ => self
                .values("aws:sourceaccount", None)
                .values
                .into_iter()
                .collect(),
        };
        accounts.extend(owner.account.clone());
        accounts.extend(all.iter().flatten().flatten().filter_map(account_of));
        let mut found = Vec::new();
        for setting in &all {
            let account = setting.iter().flatten().next().and_then(account_of);
            match (setting, account) {
                (Some(values), _) if values.is_empty() => {}
                (_, Some(account)) => found.push((Some(account), setting.clone())),
                (_, None) => {
                    let any = accounts.iter().cloned();
                    found.extend(any.map(|account| (Some(account), setting.clone())));
                }
            }
        }
        if certain.get("aws:sourcearn") != Value::Open {
            return found;
        }
        // What one ARN may be need not be so with an account that another condition asks for.
        for account in &accounts {
            let within = Test {
                comparison: Kind::Arn,
                value: format!("arn:*:*:*:{}:*", literal(account)),
            };
            let values = self.values("aws:sourcearn", Some(&within)).values;
            let of_account = |value: String| (Some(account.clone()), Some(vec![value]));
            found.extend(values.into_iter().map(of_account));
        }
        found
    }

    fn times(&self, keys: &[&str], certain: &Context) -> Vec<Choice> {
        let read = [Kind::Time, Kind::Number, Kind::Presence];
        let odd = TIME.iter().any(|key| {
            let tests = self.by_key.get(*key).into_iter().flatten();
            let mut tests = tests.filter(|test| test.comparison != Kind::Presence);
            self.incomplete.contains(*key)
                || tests
                    .any(|test| !read.contains(&test.comparison) || instant(&test.value).is_none())
        });
        if odd {
            // Compared as something else than a time: whatever comes out.
            let open = |key: &&str| ((*key).to_owned(), None);
            let open_keys = keys.iter().filter(|key| certain.get(key) == Value::Open);
            return vec![open_keys.map(open).collect()];
        }
        let mut tests = BTreeSet::new();
        for key in TIME {
            match certain.get(key) {
                Value::Known(values) => tests.extend(values.iter().map(|value| Test {
                    comparison: Kind::Time,
                    value: value.clone(),
                })),
                _ => tests.extend(self.by_key.get(key).into_iter().flatten().map(|test| Test {
                    comparison: Kind::Time,
                    value: test.value.clone(),
                })),
            }
        }
        tests.retain(|test| test.comparison == Kind::Time && !test.value.is_empty());
        if tests.is_empty() {
            tests.insert(Test {
                comparison: Kind::Time,
                value: SOME_TIME.to_owned(),
            });
        }
        let fixed = TIME.iter().find_map(|key| match certain.get(key) {
            Value::Known([value]) => instant(value),
            _ => None,
        });
        let all = representatives::of(&tests, "", None);
        let moments = all.values.iter().filter_map(|value| instant(value));
        moments
            .filter(|moment| fixed.is_none_or(|fixed| fixed == *moment))
            .map(|moment| {
                let spelled = |key: &str| match key {
                    "aws:epochtime" => moment.as_second().to_string(),
                    _ => moment.to_string(),
                };
                keys.iter()
                    .map(|key| ((*key).to_owned(), Some(vec![spelled(key)])))
                    .collect()
            })
            .collect()
    }
}

fn fits(says: Says, setting: &Setting) -> bool {
    match (says, setting) {
        (Says::Absent, Some(values)) => values.is_empty(),
        (Says::Absent, None) => false,
        (Says::Present, setting) => setting.as_ref().is_none_or(|values| !values.is_empty()),
        (Says::Either, _) => true,
        (Says::Is(wanted), Some(values)) => {
            matches!(values.as_slice(), [value] if value.eq_ignore_ascii_case(wanted))
        }
        (Says::Is(_), None) => false,
    }
}

fn agrees(setting: &Setting, certain: Value<'_>) -> bool {
    match (setting, certain) {
        (_, Value::Open) => true,
        (Some(values), Value::Absent) => values.is_empty(),
        (Some(values), Value::Known(known)) => values == known,
        (None, _) => false,
    }
}

fn product(choices: &[Choice], key: &str, options: &[Setting]) -> Vec<Choice> {
    let with = |choice: &Choice, option: &Setting| {
        let mut choice = choice.clone();
        choice.insert(key.to_owned(), option.clone());
        choice
    };
    choices
        .iter()
        .flat_map(|choice| options.iter().map(move |option| with(choice, option)))
        .collect()
}
