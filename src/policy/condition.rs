//! One condition of a statement, and whether a request meets it.

use super::context::{Context, Value};
use super::operator::{Comparison, Operator, Quantifier};
use super::template::{Filled, Template};
use super::truth::{Doubt, Truth};

/// An operator, a key and the values it is held against. A statement's conditions must
/// all be met; of one condition's values one must fit, or none if the operator is negated.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Condition {
    /// `None` if there is no such operator, or one that is newer than this build.
    pub operator: Option<Operator>,
    /// The operator as the policy spells it.
    pub spelled: String,
    /// The condition key in lower case.
    pub key: String,
    /// The key as the policy spells it.
    pub name: String,
    /// What it is compared with.
    pub values: Vec<Template>,
}

impl Condition {
    /// Whether the request meets it. An operator that is not known may be met or not.
    pub fn met(&self, context: &Context) -> Truth {
        let Some(operator) = self.operator else {
            return Truth::maybe(Doubt::Unclear);
        };
        if self.values.is_empty() {
            // AWS takes it and says that it "does not affect the policy", which leaves open
            // whether the condition is met by everybody or by nobody.
            return Truth::maybe(Doubt::Unclear);
        }
        let value = context.get(&self.key);
        if operator.comparison == Comparison::Null {
            return self.null(value);
        }
        let values = match value {
            Value::Known(values) => values,
            Value::Absent => return met_by_absence(operator),
            Value::Open => return Truth::maybe(Doubt::Key),
        };
        // Both lists may be long: what does not change is worked out once.
        let wanted: Vec<Filled> = self
            .values
            .iter()
            .map(|value| value.fill(context))
            .collect();
        let fits = |value: &String| fits(operator, value, &wanted);
        if operator.quantifier.is_some() && values.iter().all(String::is_empty) {
            // "A null dataset, such as an empty string", is as good as no value at all.
            return met_by_absence(operator);
        }
        match operator.quantifier {
            Some(Quantifier::ForAllValues) => Truth::all(values.iter().map(fits)),
            Some(Quantifier::ForAnyValue) => Truth::any(values.iter().map(fits)),
            None => match values {
                [value] => fits(value),
                // Without a set operator a key with several values compares with nothing.
                _ => Truth::No,
            },
        }
    }

    fn null(&self, value: Value<'_>) -> Truth {
        let absent = match value {
            Value::Open => return Truth::maybe(Doubt::Key),
            Value::Absent => "true",
            Value::Known(_) => "false",
        };
        Truth::any(self.values.iter().map(|wanted| {
            match wanted.fixed() {
                Some(wanted) if wanted.eq_ignore_ascii_case(absent) => Truth::Yes,
                Some(wanted)
                    if ["true", "false"]
                        .iter()
                        .any(|it| wanted.eq_ignore_ascii_case(it)) =>
                {
                    Truth::No
                }
                _ => Truth::maybe(Doubt::Unclear),
            }
        }))
    }
}

/// Whether one value of the request fits: one of the policy's values, or none of them where
/// the operator is negated.
fn fits(operator: Operator, value: &str, wanted: &[Filled]) -> Truth {
    let any = Truth::any(wanted.iter().map(|wanted| match wanted {
        Filled::Text(wanted) => operator.comparison.holds(value, wanted),
        // Null compares with nothing, so that only negated operators hold.
        Filled::NoValue => Truth::No,
        Filled::Open(_) => Truth::maybe(Doubt::Key),
    }));
    if operator.negated { any.not() } else { any }
}

/// "If the key that you specify in a policy condition is not present in the request context,
/// the values do not match and the condition is false"; negated operators, `IfExists` and
/// `ForAllValues` hold then. Of `ForAnyValue` with `IfExists` AWS says both: that IfExists makes
/// an absent key match, and that ForAnyValue is false without a key.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>
fn met_by_absence(operator: Operator) -> Truth {
    match operator.quantifier {
        Some(Quantifier::ForAllValues) => Truth::Yes,
        Some(Quantifier::ForAnyValue) if operator.if_exists => Truth::maybe(Doubt::Unclear),
        Some(Quantifier::ForAnyValue) => Truth::No,
        None => Truth::from(operator.if_exists || operator.negated),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "aws:PrincipalTag/Team";

    fn condition(operator: &str, values: &[&str]) -> Condition {
        Condition {
            operator: Operator::parse(operator),
            spelled: operator.to_owned(),
            key: KEY.to_lowercase(),
            name: KEY.to_owned(),
            values: values
                .iter()
                .map(|value| Template::new(value, true))
                .collect(),
        }
    }

    fn met(operator: &str, wanted: &[&str], values: &[&str]) -> Truth {
        let mut context = Context::new();
        context.set(KEY, values.iter().map(|value| (*value).to_owned()));
        condition(operator, wanted).met(&context)
    }

    #[test]
    fn values_are_alternatives_and_negated_ones_must_all_differ() {
        assert_eq!(met("StringEquals", &["a", "b"], &["b"]), Truth::Yes);
        assert_eq!(met("StringNotEquals", &["a", "b"], &["b"]), Truth::No);
        assert_eq!(met("StringNotEquals", &["a", "b"], &["c"]), Truth::Yes);
    }

    /// reference_policies_elements_condition_operators.html, "negated matching" and "...IfExists".
    #[test]
    fn an_absent_key_fails_positive_operators_and_meets_the_others() {
        for (operator, holds) in [
            ("StringEquals", false),
            ("StringNotEquals", true),
            ("StringEqualsIfExists", true),
            ("StringNotEqualsIfExists", true),
            ("NotIpAddress", true),
            ("ArnNotLike", true),
            ("NumericNotEquals", true),
            ("NumericLessThan", false),
            ("DateNotEquals", true),
            ("Bool", false),
            ("BoolIfExists", true),
        ] {
            assert_eq!(
                met(operator, &["true"], &[]),
                Truth::from(holds),
                "{operator}"
            );
        }
    }

    /// reference_policies_condition-single-vs-multi-valued-context-keys.html: ForAllValues
    /// "returns true if there are no context keys in the request", ForAnyValue false.
    #[test]
    fn quantified_operators_take_each_value() {
        assert_eq!(
            met("ForAllValues:StringEquals", &["a", "b"], &["a", "b"]),
            Truth::Yes
        );
        assert_eq!(
            met("ForAllValues:StringEquals", &["a"], &["a", "b"]),
            Truth::No
        );
        assert_eq!(met("ForAllValues:StringEquals", &["a"], &[]), Truth::Yes);
        assert_eq!(
            met("ForAnyValue:StringEquals", &["a"], &["a", "b"]),
            Truth::Yes
        );
        assert_eq!(met("ForAnyValue:StringEquals", &["a"], &[]), Truth::No);
        assert_eq!(met("ForAnyValue:StringNotEquals", &["a"], &[]), Truth::No);
        assert_eq!(
            met("ForAnyValue:StringNotEquals", &["a"], &["a", "b"]),
            Truth::Yes
        );
        assert_eq!(
            met("ForAnyValue:StringEqualsIfExists", &["a"], &[]),
            Truth::maybe(Doubt::Unclear)
        );
    }

    /// reference_policies_condition-single-vs-multi-valued-context-keys.html: ForAllValues is
    /// true and ForAnyValue false if the key "resolves to a null dataset, such as an empty
    /// string".
    #[test]
    fn empty_strings_are_no_values_to_quantified_operators() {
        assert_eq!(met("ForAllValues:StringEquals", &["a"], &[""]), Truth::Yes);
        assert_eq!(met("ForAnyValue:StringEquals", &[""], &[""]), Truth::No);
        assert_eq!(met("StringEquals", &[""], &[""]), Truth::Yes);
    }

    /// access-analyzer-reference-policy-checks.html, "Empty array condition".
    #[test]
    fn a_condition_without_values_is_never_decided() {
        for operator in [
            "StringEquals",
            "StringNotEquals",
            "Null",
            "ForAllValues:StringLike",
        ] {
            assert_eq!(met(operator, &[], &["a"]), Truth::maybe(Doubt::Unclear));
            assert_eq!(met(operator, &[], &[]), Truth::maybe(Doubt::Unclear));
        }
    }

    #[test]
    fn several_values_without_a_set_operator_match_nothing() {
        assert_eq!(met("StringEquals", &["a"], &["a", "b"]), Truth::No);
        assert_eq!(met("StringLike", &["*"], &["a", "b"]), Truth::No);
    }

    #[test]
    fn null_asks_whether_the_key_is_there() {
        assert_eq!(met("Null", &["true"], &[]), Truth::Yes);
        assert_eq!(met("Null", &["true"], &["a"]), Truth::No);
        assert_eq!(met("Null", &["false"], &["a"]), Truth::Yes);
        assert_eq!(met("Null", &["True", "false"], &[]), Truth::Yes);
    }

    #[test]
    fn an_operator_that_is_not_known_is_never_decided() {
        assert_eq!(
            met("StringMatches", &["a"], &["b"]),
            Truth::maybe(Doubt::Unclear)
        );
    }

    /// reference_policies_variables.html: a variable without a value is null there.
    #[test]
    fn a_variable_without_a_value_fails_positive_operators_and_meets_negated_ones() {
        assert_eq!(met("StringEquals", &["${aws:username}"], &["a"]), Truth::No);
        assert_eq!(
            met("StringNotEquals", &["${aws:username}"], &["a"]),
            Truth::Yes
        );
    }

    #[test]
    fn an_open_key_may_or_may_not_fit() {
        let open = condition("StringEquals", &["a"]).met(&Context::open());
        assert_eq!(open, Truth::maybe(Doubt::Key));
        let null = condition("Null", &["true"]).met(&Context::open());
        assert_eq!(null, Truth::maybe(Doubt::Key));
    }
}
