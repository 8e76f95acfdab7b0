//! The answer to a question: whether some request of the caller's is let through, on what
//! that depends, and one request that is.

use std::collections::{BTreeMap, BTreeSet};

use super::caller::{Caller, Owner};
use super::case::{Bearing, Case};
use super::context::{Context, Value};
use super::freedom::{Tests, Variable};
use super::truth::{Doubt, Doubts, Truth};

/// Whether a caller may do something.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Every request is let through.
    Allowed,
    /// No request is.
    Denied,
    /// Some are, or it cannot be told.
    Conditional {
        /// The condition keys whose values decide, as AWS spells them, and what else does.
        depends_on: Vec<String>,
        /// A request that is let through, or that may be if none certainly is.
        witness: Witness,
    },
}

/// One request, as far as policies look at it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Witness {
    /// The keys it has, with their values.
    pub present: BTreeMap<String, Vec<String>>,
    /// Keys that policies look at and it does not have.
    pub absent: Vec<String>,
}

impl Answer {
    /// `allowed`, `denied` or `conditional`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Answer::Allowed => "allowed",
            Answer::Denied => "denied",
            Answer::Conditional { .. } => "conditional",
        }
    }

    /// Whether some request may be let through.
    pub fn possible(&self) -> bool {
        *self != Answer::Denied
    }
}

/// More requests than this are not tried one by one.
const MOST_REQUESTS: usize = 4_096;

/// Nor are more than this many conditions held against requests, nor keys of requests set.
const MOST_STEPS: usize = 4_000_000;

/// At least so many requests are tried, whatever it takes.
const FEWEST_REQUESTS: usize = 32;

/// Whether the one request that `context` describes is let through.
pub fn of_request(case: &Case<'_>, context: &Context) -> Answer {
    match case.allowed(context) {
        Truth::Yes => Answer::Allowed,
        Truth::No => Answer::Denied,
        Truth::Maybe(doubts) => Answer::Conditional {
            depends_on: named(doubts),
            witness: Witness {
                present: context
                    .iter()
                    .filter(|(_, values)| !values.is_empty())
                    .map(|(key, values)| (key.to_owned(), values.to_vec()))
                    .collect(),
                absent: Vec::new(),
            },
        },
    }
}

/// Whether some request of the caller's is let through: `fixed` holds the keys whose values
/// are given beside those that follow from who asks and on what.
pub fn may(case: &Case<'_>, caller: &Caller, owner: &Owner, fixed: &Context) -> Answer {
    let mut certain = caller.certain(owner, &case.target);
    for (key, values) in fixed.iter() {
        certain.set(key, values.iter().cloned());
    }
    // With every open key unknown the answer is often the same whatever they are.
    match case.allowed(&certain) {
        Truth::Yes => return Answer::Allowed,
        Truth::No => return Answer::Denied,
        Truth::Maybe(_) => {}
    }
    let tests = Tests::of(case, caller, &mut certain);
    let variables = tests.variables(caller, owner, &certain);
    let requests = Requests {
        case,
        certain,
        variables,
        names: tests.names,
    };
    requests.answer()
}

/// Every request that the policies tell apart.
struct Requests<'c, 'a> {
    case: &'c Case<'a>,
    certain: Context,
    variables: Vec<Variable>,
    names: BTreeMap<String, String>,
}

impl Requests<'_, '_> {
    fn answer(&self) -> Answer {
        let count = self.variables.iter().try_fold(1_usize, |count, variable| {
            count.checked_mul(variable.choices.len())
        });
        match count {
            Some(count) if (1..=self.most_requests()).contains(&count) => self.try_all(count),
            _ => self.sample(),
        }
    }

    /// How many requests can be tried in little time.
    fn most_requests(&self) -> usize {
        let bearings = self.case.layers().flat_map(|layer| layer.bearings());
        let steps: usize = bearings
            .map(|bearing| match bearing.concerns(&self.case.target) {
                true => {
                    let conditions = bearing.statement.conditions.iter();
                    1 + conditions
                        .map(|condition| 1 + condition.values.len())
                        .sum::<usize>()
                }
                false => 1,
            })
            .sum();
        let steps = (steps + self.variables.len()).max(1);
        (MOST_STEPS / steps).clamp(FEWEST_REQUESTS, MOST_REQUESTS)
    }

    /// The choices of the request with that number: a digit per variable.
    fn digits(&self, number: usize) -> Vec<usize> {
        let mut rest = number;
        self.variables
            .iter()
            .map(|variable| {
                let digit = rest % variable.choices.len().max(1);
                rest /= variable.choices.len().max(1);
                digit
            })
            .collect()
    }

    fn context(&self, digits: &[usize]) -> Context {
        let mut context = self.certain.clone();
        for (variable, digit) in self.variables.iter().zip(digits) {
            let choice = variable.choices.get(*digit).into_iter().flatten();
            for (key, setting) in choice {
                if let Some(values) = setting {
                    context.set(key, values.iter().cloned());
                }
            }
        }
        context
    }

    fn try_all(&self, count: usize) -> Answer {
        let truths: Vec<Truth> = (0..count)
            .map(|number| self.case.allowed(&self.context(&self.digits(number))))
            .collect();
        if truths.iter().all(|truth| *truth == Truth::Yes) {
            return Answer::Allowed;
        }
        if truths.iter().all(|truth| *truth == Truth::No) {
            return Answer::Denied;
        }
        let sure = self.plainest(&truths, |truth| truth == Truth::Yes);
        let best = sure.or_else(|| self.plainest(&truths, Truth::possible));
        let mut depends_on = self.depends_on(&truths);
        if sure.is_none() && doubts_in(&truths).is_empty() {
            depends_on.push(Doubt::Key.as_str().to_owned());
        }
        Answer::Conditional {
            depends_on,
            witness: self.witness(&self.digits(best.unwrap_or_default())),
        }
    }

    /// The request with the fewest keys among those whose truth is `wanted`.
    fn plainest(&self, truths: &[Truth], wanted: impl Fn(Truth) -> bool) -> Option<usize> {
        let keys = |number: &usize| self.witness(&self.digits(*number)).present.len();
        let found = truths.iter().enumerate();
        let found = found
            .filter(|(_, truth)| wanted(**truth))
            .map(|(number, _)| number);
        found.min_by_key(keys)
    }

    /// The keys that can turn the answer by themselves, and the doubts in it.
    fn depends_on(&self, truths: &[Truth]) -> Vec<String> {
        let mut keys = BTreeSet::new();
        let mut stride = 1;
        for variable in &self.variables {
            let size = variable.choices.len();
            keys.extend(self.turning(truths, variable, stride));
            stride *= size;
        }
        let mut names: Vec<String> = keys.iter().map(|key| self.named(key)).collect();
        names.extend(doubts_in(truths));
        if names.is_empty() {
            names.extend(self.names.values().cloned());
        }
        names
    }

    /// The keys of one variable that differ between two requests of different outcome that
    /// are alike in all other variables; the fewest that do.
    fn turning(&self, truths: &[Truth], variable: &Variable, stride: usize) -> BTreeSet<String> {
        let size = variable.choices.len();
        let rows = (0..truths.len()).filter(|number| (number / stride).is_multiple_of(size.max(1)));
        let mut pairs = BTreeSet::new();
        for row in rows {
            let outcome = |digit: usize| {
                truths
                    .get(row + digit * stride)
                    .map(|truth| discriminant(*truth))
            };
            let mut first: BTreeMap<Option<u8>, usize> = BTreeMap::new();
            for digit in 0..size {
                first.entry(outcome(digit)).or_insert(digit);
            }
            for one in first.values() {
                for other in 0..size {
                    if outcome(*one) != outcome(other) {
                        pairs.insert((*one, other));
                    }
                }
            }
        }
        let differing = |(one, other): &(usize, usize)| -> BTreeSet<String> {
            let (one, other) = (variable.choices.get(*one), variable.choices.get(*other));
            let (Some(one), Some(other)) = (one, other) else {
                return BTreeSet::new();
            };
            one.keys()
                .filter(|key| self.names.contains_key(*key) && one.get(*key) != other.get(*key))
                .cloned()
                .collect()
        };
        let sets: Vec<BTreeSet<String>> = pairs.iter().map(differing).collect();
        let fewest = sets.iter().map(BTreeSet::len).filter(|len| *len > 0).min();
        sets.into_iter()
            .filter(|set| Some(set.len()) == fewest)
            .flatten()
            .collect()
    }

    /// Where there are too many requests to try, those that differ from the plainest in
    /// one variable, and some that do in all. No answer but this one is certain then.
    fn sample(&self) -> Answer {
        let most = self.most_requests();
        let plain = vec![0; self.variables.len()];
        let changed = self
            .variables
            .iter()
            .enumerate()
            .flat_map(|(at, variable)| {
                let digits = 1..variable.choices.len();
                digits.map(move |digit| (at, digit))
            });
        let changed = changed.take(most / 2).map(|(at, digit)| {
            let mut digits = plain.clone();
            if let Some(place) = digits.get_mut(at) {
                *place = digit;
            }
            digits
        });
        let mut state = 1_u64;
        let random = std::iter::repeat_with(|| self.random(&mut state));
        let candidates = std::iter::once(plain.clone()).chain(changed).chain(random);
        let mut found = None;
        let mut sure = false;
        for digits in candidates.take(most) {
            let truth = self.case.allowed(&self.context(&digits));
            if truth == Truth::Yes {
                (found, sure) = (Some(digits), true);
                break;
            }
            if truth.possible() && found.is_none() {
                found = Some(digits);
            }
        }
        let keys = self.variables.iter().flat_map(|variable| {
            let first = variable.choices.first().into_iter();
            first.flat_map(|choice| choice.keys())
        });
        let keys: BTreeSet<&String> = keys.filter(|key| self.names.contains_key(*key)).collect();
        let mut depends_on: Vec<String> = keys.into_iter().map(|key| self.named(key)).collect();
        let doubts = doubts_in(&[self.case.allowed(&self.certain)]);
        if !sure && doubts.is_empty() {
            depends_on.push(Doubt::Key.as_str().to_owned());
        }
        depends_on.extend(doubts);
        Answer::Conditional {
            depends_on,
            witness: found
                .map(|digits| self.witness(&digits))
                .unwrap_or_default(),
        }
    }

    /// A request chosen by a linear congruential generator: the same in every run.
    fn random(&self, state: &mut u64) -> Vec<usize> {
        self.variables
            .iter()
            .map(|variable| {
                *state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let high = usize::try_from(*state >> 33).unwrap_or_default();
                high % variable.choices.len().max(1)
            })
            .collect()
    }

    fn witness(&self, digits: &[usize]) -> Witness {
        let context = self.context(digits);
        let mut witness = Witness::default();
        for (key, name) in &self.names {
            match context.get(key) {
                Value::Known(values) => {
                    witness.present.insert(name.clone(), values.to_vec());
                }
                Value::Absent => witness.absent.push(name.clone()),
                Value::Open => {}
            }
        }
        witness
    }

    fn named(&self, key: &str) -> String {
        self.names
            .get(key)
            .cloned()
            .unwrap_or_else(|| key.to_owned())
    }
}

fn discriminant(truth: Truth) -> u8 {
    match truth {
        Truth::No => 0,
        Truth::Maybe(_) => 1,
        Truth::Yes => 2,
    }
}

fn doubts_in(truths: &[Truth]) -> Vec<String> {
    let all = truths
        .iter()
        .fold(Doubts::default(), |all, truth| match truth {
            Truth::Maybe(doubts) => all.with(*doubts),
            _ => all,
        });
    named(all)
}

/// The doubts in words; that a key's value is open is told by its name.
fn named(doubts: Doubts) -> Vec<String> {
    Doubt::ALL
        .into_iter()
        .filter(|doubt| doubts.has(*doubt) && *doubt != Doubt::Key)
        .map(|doubt| doubt.as_str().to_owned())
        .collect()
}

/// The statements that decide: those that allow some request, and those that deny some.
pub fn cited<'a>(
    case: &Case<'a>,
    caller: &Caller,
    owner: &Owner,
    fixed: &Context,
) -> Vec<Bearing<'a>> {
    let mut context = caller.certain(owner, &case.target);
    for (key, values) in fixed.iter() {
        context.set(key, values.iter().cloned());
    }
    case.cited(&context)
}
