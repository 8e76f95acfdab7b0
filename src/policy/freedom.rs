//! What a caller can choose: the condition keys that are open in a question, the values
//! that stand for all of theirs, and which of them hang together.

use std::collections::{BTreeMap, BTreeSet};

use super::caller::{Caller, Membership, Owner};
use super::case::{Bearing, Case};
use super::context::{Context, Value};
use super::operator::Comparison;
use super::principal::Principal;
use super::representatives::{self, ANY_ACCOUNT, Kind, Test};
use super::template::{Filled, Template};
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

/// Keys that hang together: the alternatives, each with what it says of its keys.
type Alternatives = &'static [&'static [(&'static str, Says)]];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Absent,
    Present,
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
    // A request comes from an address, or through a VPC endpoint, which hides it.
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
            ("aws:sourcevpcarn", Says::Present),
            ("aws:sourcevpce", Says::Present),
            ("aws:vpcsourceip", Says::Present),
            ("aws:vpceaccount", Says::Present),
            ("aws:vpceorgid", Says::Present),
            ("aws:vpceorgpaths", Says::Present),
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

const TIME: [&str; 2] = ["aws:currenttime", "aws:epochtime"];

/// What the policies of a case compare.
#[derive(Debug, Default)]
pub(super) struct Tests {
    by_key: BTreeMap<String, BTreeSet<Test>>,
    /// Keys that are compared value by value.
    multivalued: BTreeSet<String>,
    /// Keys with a comparison that no value can be chosen for.
    incomplete: BTreeSet<String>,
    /// Comparisons with a variable whose own key is open.
    dependent: Vec<(String, Kind, Template)>,
    /// Each key as a policy spells it.
    pub(super) names: BTreeMap<String, String>,
}

impl Tests {
    /// What the bearings of `case` compare, beside what `certain` holds. The tags of the
    /// caller that are asked for are filled into `certain`.
    pub(super) fn of(case: &Case<'_>, caller: &Caller, certain: &mut Context) -> Self {
        let mut tests = Tests::default();
        let bearings: Vec<&Bearing<'_>> =
            case.layers().flat_map(|layer| layer.bearings()).collect();
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
        for bearing in bearings {
            tests.add(bearing, certain);
        }
        tests.resolve(certain);
        tests
    }

    fn name_keys(&mut self, bearing: &Bearing<'_>) {
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

    fn add(&mut self, bearing: &Bearing<'_>, certain: &Context) {
        let open = |key: &str| certain.get(key) == Value::Open;
        for variable in bearing.statement.resources.variables() {
            // Which value makes the resource fit is not looked for.
            if open(variable) {
                self.incomplete.insert(variable.to_owned());
                self.by_key.entry(variable.to_owned()).or_default();
            }
        }
        for condition in &bearing.statement.conditions {
            for variable in condition.values.iter().flat_map(Template::variables) {
                if open(variable) {
                    self.by_key.entry(variable.to_owned()).or_default();
                }
            }
            let Some(operator) = condition.operator.filter(|_| open(&condition.key)) else {
                continue;
            };
            let tests = self.by_key.entry(condition.key.clone()).or_default();
            if operator.quantifier.is_some() {
                self.multivalued.insert(condition.key.clone());
            }
            let comparison = Kind::from(operator.comparison);
            for value in &condition.values {
                match value.fill(certain) {
                    Filled::Text(value) => {
                        tests.insert(Test { comparison, value });
                    }
                    Filled::NoValue => {}
                    Filled::Open(_) if comparison == Kind::Presence => {}
                    Filled::Open(_) => {
                        let dependent = (condition.key.clone(), comparison, value.clone());
                        self.dependent.push(dependent);
                    }
                }
            }
            if operator.comparison == Comparison::Null {
                tests.insert(Test {
                    comparison: Kind::Presence,
                    value: String::new(),
                });
            }
        }
    }

    /// Fills a variable in with each value that its own key may take.
    fn resolve(&mut self, certain: &Context) {
        for (key, comparison, template) in std::mem::take(&mut self.dependent) {
            let variables: BTreeSet<&str> = template.variables().collect();
            let mut found = BTreeSet::new();
            for variable in variables {
                for value in self.values(variable).values {
                    let mut context = certain.clone();
                    context.set(variable, [value]);
                    if let Filled::Text(value) = template.fill(&context) {
                        found.insert(Test { comparison, value });
                    }
                }
            }
            if found.is_empty() {
                self.incomplete.insert(key.clone());
            }
            self.by_key.entry(key).or_default().extend(found);
        }
    }

    fn values(&self, key: &str) -> representatives::Representatives {
        let none = BTreeSet::new();
        let tests = self.by_key.get(key).unwrap_or(&none);
        let mut found = representatives::of(tests, &any_value(key, tests));
        found.incomplete |= self.incomplete.contains(key);
        let only = |kinds: &[Kind]| {
            let mut tested = tests.iter().map(|test| test.comparison).peekable();
            tested.peek().is_some()
                && tested.all(|kind| kinds.contains(&kind))
                && tests.iter().any(|test| test.comparison != Kind::Presence)
        };
        let typed = [Kind::Bool, Kind::Number, Kind::Time, Kind::Address];
        if typed.iter().any(|kind| only(&[*kind, Kind::Presence])) && found.values.len() > 1 {
            // A key of a type has no values of another.
            found.values.remove(0);
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
        let mut found = self.values(key);
        if key == "aws:userid"
            && let Some(prefix) = caller.session_id_prefix()
        {
            let tests = self.by_key.get(key).into_iter().flatten();
            found = found.beginning_with(&prefix, tests);
        }
        let mut options = Vec::new();
        if !ALWAYS.contains(&key) {
            options.push(Some(Vec::new()));
        }
        options.extend(found.values.iter().map(|value| Some(vec![value.clone()])));
        if self.multivalued.contains(key) {
            let several = found.values.len() > 1;
            options.extend(several.then(|| Some(found.values.clone())));
            if let Some((first, others)) = found.values.split_first() {
                let pairs = others
                    .iter()
                    .map(|other| vec![other.clone(), first.clone()]);
                options.extend(pairs.map(Some));
            }
        }
        if found.incomplete {
            options.push(None);
        }
        options
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
            grouped.extend(keys.into_iter().map(str::to_owned));
            if choices.is_empty() {
                // What is given contradicts itself, and is taken as it is given.
                choices.push(Choice::new());
            }
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
        let mut arns: Vec<Setting> = option("aws:sourcearn");
        let mut accounts: BTreeSet<String> = self
            .values("aws:sourceaccount")
            .values
            .into_iter()
            .collect();
        accounts.extend(owner.account.clone());
        if certain.get("aws:sourcearn") == Value::Open {
            let service = caller
                .principal
                .name()
                .split('.')
                .next()
                .unwrap_or_default();
            arns.extend(accounts.iter().map(|account| {
                Some(vec![format!(
                    "arn:aws:{service}:us-east-1:{account}:{service}/anything"
                )])
            }));
        }
        let mut choices = Vec::new();
        for setting in arns
            .iter()
            .filter(|setting| setting.as_ref().is_none_or(|arn| !arn.is_empty()))
        {
            let account = setting
                .as_ref()
                .and_then(|values| values.first())
                .and_then(|arn| arn::parse(arn))
                .map(|arn| arn.account)
                .filter(|account| !account.is_empty());
            let accounts: Vec<Setting> = match account {
                Some(account) => vec![Some(vec![account.to_owned()])],
                None => accounts
                    .iter()
                    .map(|account| Some(vec![account.clone()]))
                    .collect(),
            };
            for account in accounts {
                let ours =
                    account.as_ref().and_then(|values| values.first()) == owner.account.as_ref();
                let organizations = match &owner.organization {
                    Membership::In(id) if ours => vec![Some(vec![id.clone()])],
                    Membership::Outside if ours => vec![Some(Vec::new())],
                    _ => option("aws:sourceorgid"),
                };
                let mut combined = vec![Choice::from([(
                    "aws:sourcearn".to_owned(),
                    setting.clone(),
                )])];
                combined = product(&combined, "aws:sourceaccount", &[account]);
                combined = product(&combined, "aws:sourceorgid", &organizations);
                combined = product(
                    &combined,
                    "aws:sourceorgpaths",
                    &option("aws:sourceorgpaths"),
                );
                choices.extend(combined);
            }
        }
        // CloudTrail always says for which trail it asks; other services need not.
        let says = matches!(&caller.principal, Principal::Service(name) if name.starts_with("cloudtrail."));
        if !says {
            choices.push(
                SOURCE
                    .iter()
                    .map(|key| ((*key).to_owned(), Some(Vec::new())))
                    .collect(),
            );
        }
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

    fn times(&self, keys: &[&str], certain: &Context) -> Vec<Choice> {
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
        let fixed = TIME.iter().find_map(|key| match certain.get(key) {
            Value::Known([value]) => super::operator::instant(value),
            _ => None,
        });
        // Whether there is a time at all, which there always is, needs some time to be told.
        let all = representatives::of(&tests, "2026-01-01T00:00:00Z");
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

/// A value of the key that nobody has in mind: none that a policy compares with.
fn any_value(key: &str, tests: &BTreeSet<Test>) -> String {
    let named = |value: &str| tests.iter().any(|test| test.value.contains(value));
    let mut accounts = (0..1_000).map(|step| (ANY_ACCOUNT + step).to_string());
    let account = accounts.find(|account| !named(account)).unwrap_or_default();
    match key {
        "aws:sourcearn" => format!("arn:aws:sns:us-east-1:{account}:anything"),
        _ if key.ends_with("arn") => format!("arn:aws:iam::{account}:role/anything"),
        _ if key.ends_with("account") => account,
        _ => {
            let mut value = "anything".to_owned();
            while tests.iter().any(|test| test.value == value) {
                value.push_str("-else");
            }
            value
        }
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
