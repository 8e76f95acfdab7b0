//! What a caller can choose: the condition keys that are open in a question, the values
//! that stand for all of theirs, and which of them hang together.

mod groups;
mod spelling;

use std::collections::{BTreeMap, BTreeSet};

use groups::SOURCE;
use spelling::spelling;

use super::caller::Caller;
use super::case::{Bearing, Case};
use super::condition::Condition;
use super::context::{Context, Value};
use super::document::Statement;
use super::operator::Operator;
use super::pattern::Target;
use super::representatives::{self, ANY_ACCOUNTS, Kind, Test};
use super::template::{Filled, Template, literal};
use super::truth::Truth;

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

/// More characters than this are not compared to find values that behave alike.
const MOST_COMPARED: usize = 1 << 23;

/// Of more values than this not every choice of several is tried.
const MOST_TOGETHER: usize = 5;

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
            tests.add(bearing.statement, &case.target, certain);
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

    fn add(&mut self, statement: &'a Statement, target: &Target, certain: &Context) {
        let open = |key: &str| certain.get(key) == Value::Open;
        for variable in statement.resources.variables() {
            if open(variable) {
                let values = statement.resources.values_in(variable, target);
                if values.is_none() {
                    self.incomplete.insert(variable.to_owned());
                }
                let tests = values.into_iter().flatten().map(|value| Test {
                    comparison: Kind::Exact,
                    value: literal(&value),
                });
                self.by_key
                    .entry(variable.to_owned())
                    .or_default()
                    .extend(tests);
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
