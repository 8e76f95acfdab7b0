//! What a caller can choose: the condition keys that are open in a question, the values
//! that stand for all of theirs, and which of them hang together.

use std::collections::{BTreeMap, BTreeSet};

use super::caller::{Caller, Membership, Owner};
use super::case::{Bearing, Case};
use super::condition::Condition;
use super::context::{Context, Value};
use super::document::Statement;
use super::operator::Operator;
use super::representatives::{self, ANY_ACCOUNTS, Kind, Test};
use super::template::{Filled, Template, literal};
use super::truth::Truth;
use crate::snapshot::arn;

/// Keys that are chosen together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    /// Every combination of their values that can occur, the plainest first.
    pub(super) choices: Vec<Choice>,
}

/// One value for each key of a variable.
pub(super) type Choice = BTreeMap<String, Setting>;

/// A key's values: absent without any; `None` if it is left open.
pub(super) type Setting = Option<Vec<String>>;

/// Keys that every request has, with some value or other.
const ALWAYS: [&str; 8] = [
    "aws:currenttime",
    "aws:epochtime",
    "aws:requestedregion",
    "aws:resourceaccount",
    "aws:securetransport",
    "aws:userid",
    "aws:viaawsservice",
    "s3:resourceaccount",
];

/// Keys whose values are all of one type; every other key may have any text for a value.
const TYPED: [&str; 14] = [
    "aws:currenttime",
    "aws:epochtime",
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:principalisawsservice",
    "aws:securetransport",
    "aws:sourceip",
    "aws:tokenissuetime",
    "aws:viaawsservice",
    "aws:vpcsourceip",
    "kms:grantisforawsresource",
    "kms:scheduledkeydeletionpendingwindowindays",
    "s3:max-keys",
    "s3:tlsversion",
];

/// Keys with several values; others have them only where a policy compares value by value.
const MULTIVALUED: [&str; 7] = [
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:tagkeys",
    "aws:vpceorgpaths",
];

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

const SOURCE: [&str; 4] = [
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
];

/// More characters than this are not compared to find values that behave alike.
const MOST_COMPARED: usize = 1 << 23;

/// Of more values than this not every choice of several is tried.
const MOST_TOGETHER: usize = 5;

/// A time to begin with.
const SOME_TIME: &str = "2026-01-01T00:00:00Z";

const TIME: [&str; 2] = ["aws:currenttime", "aws:epochtime"];

/// What the policies of a case compare.
#[derive(Debug, Default)]
pub(super) struct Tests<'a> {
    by_key: BTreeMap<String, BTreeSet<Test>>,
    /// The conditions on each key.
    conditions: BTreeMap<&'a str, Vec<&'a Condition>>,
    /// Keys that other conditions, or resources, are compared with.
    used: BTreeSet<String>,
    /// Keys that are compared as a whole.
    single: BTreeSet<String>,
    /// Whether the action is one of S3's.
    of_s3: bool,
    /// Keys that are compared value by value.
    multivalued: BTreeSet<String>,
    /// Keys with a comparison that no value can be chosen for.
    incomplete: BTreeSet<String>,
    /// Comparisons with a variable whose own key is open.
    dependent: Vec<(String, Kind, Template)>,
    /// Each key as a policy spells it.
    pub(super) names: BTreeMap<String, String>,
}

impl<'a> Tests<'a> {
    /// What the bearings of `case` compare, beside what `certain` holds. The tags of the
    /// caller that are asked for are filled into `certain`.
    pub(super) fn of(case: &Case<'a>, caller: &Caller, certain: &mut Context) -> Self {
        let mut tests = Tests {
            of_s3: case.action.starts_with("s3:"),
            ..Tests::default()
        };
        let bearings: Vec<Bearing<'a>> = case
            .layers()
            .flat_map(|layer| layer.bearings().iter().copied())
            .filter(|bearing| bearing.concerns(&case.target))
            .collect();
        for bearing in &bearings {
            tests.name_keys(bearing);
        }
        for key in tests.names.keys() {
            if let Some(tag) = key.strip_prefix("aws:principaltag/")
                && certain.get(key) == Value::Open
                && let Some(value) = caller.tag(tag)
            {
                certain.set(key, value.map(str::to_owned));
            }
        }
        for bearing in &bearings {
            tests.add(bearing.statement, certain);
        }
        tests.resolve(certain);
        tests
    }

    fn name_keys(&mut self, bearing: &Bearing<'a>) {
        let statement = bearing.statement;
        for condition in &statement.conditions {
            let variables = condition.values.iter().flat_map(Template::variables);
            for variable in variables {
                self.name(variable, variable);
            }
            self.name(&condition.key, &condition.name);
        }
        for variable in statement.resources.variables() {
            self.name(variable, variable);
        }
    }

    fn name(&mut self, key: &str, name: &str) {
        self.names
            .entry(key.to_owned())
            .or_insert_with(|| spelling(key, name));
    }

    fn add(&mut self, statement: &'a Statement, certain: &Context) {
        let open = |key: &str| certain.get(key) == Value::Open;
        for variable in statement.resources.variables() {
            // Which value makes the resource fit is not looked for.
            if open(variable) {
                self.incomplete.insert(variable.to_owned());
                self.by_key.entry(variable.to_owned()).or_default();
                self.used.insert(variable.to_owned());
            }
        }
        for condition in &statement.conditions {
            for variable in condition.values.iter().flat_map(Template::variables) {
                if open(variable) {
                    self.by_key.entry(variable.to_owned()).or_default();
                    self.used.insert(variable.to_owned());
                }
            }
            if let Some(operator) = condition.operator.filter(|_| open(&condition.key)) {
                self.add_condition(operator, condition, certain);
            }
        }
    }

    fn add_condition(&mut self, operator: Operator, condition: &'a Condition, certain: &Context) {
        let key = &condition.key;
        self.conditions.entry(key).or_default().push(condition);
        let tests = self.by_key.entry(key.clone()).or_default();
        let comparison = Kind::from(operator.comparison);
        if comparison == Kind::Presence {
            tests.insert(Test {
                comparison,
                value: String::new(),
            });
            return;
        }
        match operator.quantifier {
            Some(_) => self.multivalued.insert(key.clone()),
            None => self.single.insert(key.clone()),
        };
        for value in &condition.values {
            match value.fill(certain) {
                Filled::Text(value) => {
                    tests.insert(Test { comparison, value });
                }
                Filled::NoValue => {}
                Filled::Open(_) => self
                    .dependent
                    .push((key.clone(), comparison, value.clone())),
            }
        }
    }

    /// Fills a variable in with each value that its own key may take, and with none.
    fn resolve(&mut self, certain: &Context) {
        let dependent = std::mem::take(&mut self.dependent);
        let keys: BTreeSet<&str> = dependent.iter().map(|(key, ..)| key.as_str()).collect();
        for (key, comparison, template) in &dependent {
            let variables: BTreeSet<&str> = template.variables().collect();
            let open = |key: &&str| certain.get(key) == Value::Open;
            let mut open = variables.into_iter().filter(open);
            // Values of variables that themselves hang on others, or go together, are too
            // many to look for.
            let (Some(variable), None) = (open.next(), open.next()) else {
                self.incomplete.insert(key.clone());
                continue;
            };
            self.used.insert(key.clone());
            if keys.contains(variable) {
                self.incomplete.insert(key.clone());
            }
            let values = self.values(variable, None).values;
            let settings = values.into_iter().map(|value| vec![value]);
            let mut context = certain.clone();
            for setting in settings.chain([Vec::new()]) {
                context.set(variable, setting);
                if let Filled::Text(value) = template.fill(&context) {
                    let test = Test {
                        comparison: *comparison,
                        value,
                    };
                    self.by_key.entry(key.clone()).or_default().insert(test);
                }
            }
        }
    }

    fn values(&self, key: &str, within: Option<&Test>) -> representatives::Representatives {
        let none = BTreeSet::new();
        let tests = self.by_key.get(key).unwrap_or(&none);
        let any = any_value(key, tests);
        let mut found = representatives::of(tests, &any, within);
        found.incomplete |= self.incomplete.contains(key);
        let typed = |test: &Test| {
            matches!(
                test.comparison,
                Kind::Bool | Kind::Number | Kind::Time | Kind::Address
            )
        };
        if TYPED.contains(&key) && tests.iter().any(typed) && found.values.len() > 1 {
            // A key of a type has no values of another.
            found.values.retain(|value| *value != any);
        }
        found
    }

    /// What one key can be: what is certain of it, or absent and each representative.
    fn options(&self, key: &str, caller: &Caller, certain: &Context) -> Vec<Setting> {
        match certain.get(key) {
            Value::Absent => return vec![Some(Vec::new())],
            Value::Known(values) => return vec![Some(values.to_vec())],
            Value::Open => {}
        }
        let prefix = match key {
            "aws:userid" => caller.session_id_prefix(),
            _ => None,
        };
        let within = prefix.as_ref().map(|prefix| Test {
            comparison: Kind::Pattern,
            value: format!("{}*", literal(prefix)),
        });
        let mut found = self.values(key, within.as_ref());
        if found.values.is_empty() {
            found
                .values
                .extend(prefix.map(|prefix| format!("{prefix}any-session")));
        }
        self.keep_apart(key, &mut found.values, certain);
        let mut options = Vec::new();
        if !ALWAYS.contains(&key) {
            options.push(Some(Vec::new()));
        }
        options.extend(found.values.iter().map(|value| Some(vec![value.clone()])));
        if self.multivalued.contains(key) || MULTIVALUED.contains(&key) {
            found.incomplete |= self.add_several(key, &found.values, &mut options);
        }
        if found.incomplete {
            options.push(None);
        }
        options
    }

    /// Drops values that no condition tells from an earlier one.
    fn keep_apart(&self, key: &str, values: &mut Vec<String>, certain: &Context) {
        let conditions = self
            .conditions
            .get(key)
            .map_or([].as_slice(), Vec::as_slice);
        let wanted = conditions.iter().flat_map(|condition| &condition.values);
        let wanted: usize = wanted.map(|value| 1 + value.raw.len()).sum();
        let found: usize = values.iter().map(|value| 1 + value.len()).sum();
        let compared = wanted.saturating_mul(values.len()) + found.saturating_mul(conditions.len());
        if self.used.contains(key) || SOURCE.contains(&key) || compared > MOST_COMPARED {
            return;
        }
        let mut context = certain.clone();
        let mut seen = BTreeSet::new();
        values.retain(|value| {
            context.set(key, [value.clone()]);
            let met = conditions
                .iter()
                .map(|condition| match condition.met(&context) {
                    Truth::No => 0_u8,
                    Truth::Maybe(_) => 1,
                    Truth::Yes => 2,
                });
            seen.insert(met.collect::<Vec<_>>())
        });
    }

    /// Adds several values at once, every choice of them if they are few; tells whether some
    /// may be missing.
    fn add_several(&self, key: &str, values: &[String], options: &mut Vec<Setting>) -> bool {
        let mut sets: Vec<Vec<String>> = Vec::new();
        let few = values.len() <= MOST_TOGETHER;
        if few {
            for chosen in 1_usize..1 << values.len() {
                let of = values.iter().enumerate();
                let of = of.filter(|(at, _)| chosen >> at & 1 == 1);
                sets.push(of.map(|(_, value)| value.clone()).collect());
            }
            sets.retain(|set| set.len() > 1);
            sets.sort_by_key(Vec::len);
        } else {
            let first = values.first();
            let pairs = values.iter().skip(1);
            sets.extend(pairs.map(|other| first.into_iter().chain([other]).cloned().collect()));
            sets.push(values.to_vec());
            sets.push(values.get(1..).unwrap_or_default().to_vec());
        }
        // Compared as a whole, even two equal values match nothing.
        if self.single.contains(key) {
            sets.extend(
                values
                    .iter()
                    .map(|value| vec![value.clone(), value.clone()]),
            );
        }
        options.extend(sets.into_iter().map(Some));
        !few
    }

    /// The variables of the case: keys that hang together as one, every other open key as
    /// its own.
    pub(super) fn variables(
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
                || tests.any(|test| {
                    !read.contains(&test.comparison)
                        || super::operator::instant(&test.value).is_none()
                })
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
            Value::Known([value]) => super::operator::instant(value),
            _ => None,
        });
        let all = representatives::of(&tests, "", None);
        let moments = all
            .values
            .iter()
            .filter_map(|value| super::operator::instant(value));
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

/// A value of the key that nobody has in mind: an account that no policy names.
fn any_value(key: &str, tests: &BTreeSet<Test>) -> String {
    let named = |id: &String| tests.iter().any(|test| test.value.contains(id.as_str()));
    let mut accounts = ANY_ACCOUNTS.map(|id| id.to_string());
    let account = accounts.find(|id| !named(id)).unwrap_or_default();
    match key {
        "aws:sourcearn" => format!("arn:aws:sns:us-east-1:{account}:anything"),
        _ if key.ends_with("arn") => format!("arn:aws:iam::{account}:role/anything"),
        _ if key.ends_with("account") => account,
        _ => "anything".to_owned(),
    }
}

/// The global condition keys as AWS spells them; policies may spell them otherwise.
const SPELLED: [&str; 45] = [
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:FederatedProvider",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:PrincipalType",
    "aws:Referer",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:ResourceOrgPaths",
    "aws:SecureTransport",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIdentity",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:SourceVpce",
    "aws:TagKeys",
    "aws:TokenIssueTime",
    "aws:UserAgent",
    "aws:ViaAWSService",
    "aws:VpcSourceIp",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
    "aws:userid",
    "aws:username",
    "kms:CallerAccount",
    "kms:ViaService",
    "s3:ResourceAccount",
    "s3:TlsVersion",
];

fn spelling(key: &str, name: &str) -> String {
    SPELLED
        .iter()
        .find(|spelled| spelled.eq_ignore_ascii_case(key))
        .map_or_else(|| name.to_owned(), |spelled| (*spelled).to_owned())
}
