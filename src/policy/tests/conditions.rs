//! Condition operators: reference_policies_elements_condition_operators.html unless another
//! page is named.

use super::*;

/// Whether an Allow with this condition lets a request with this context through.
fn met(condition: Value, context: Value) -> Verdict {
    holding([allow("s3:*", "*").when(condition)]).concrete(CAROL, "s3:GetObject", OBJECT, context)
}

fn yes(condition: Value, context: Value) {
    assert_eq!(
        met(condition.clone(), context.clone()),
        "allowed",
        "{condition} {context}"
    );
}

fn no(condition: Value, context: Value) {
    assert_eq!(
        met(condition.clone(), context.clone()),
        "denied",
        "{condition} {context}"
    );
}

fn unclear(condition: Value, context: Value) {
    assert_eq!(
        met(condition.clone(), context.clone()),
        "conditional",
        "{condition} {context}"
    );
}

/// reference_policies_condition-logic-multiple-context-keys-or-values.html: operators and
/// keys are joined by AND, values by OR.
#[test]
fn all_keys_must_fit_and_one_value_each() {
    let both = json!({"StringEquals": {"k": ["a", "b"], "l": "c"}, "Bool": {"m": "true"}});
    yes(both.clone(), json!({"k": "b", "l": "c", "m": "true"}));
    no(both.clone(), json!({"k": "b", "l": "x", "m": "true"}));
    no(both.clone(), json!({"k": "b", "l": "c", "m": "false"}));
    no(both, json!({"k": "x", "l": "c", "m": "true"}));
}

/// The same page: values of a negated operator are joined by NOR.
#[test]
fn a_negated_operator_fits_if_no_value_does() {
    let not = json!({"StringNotEquals": {"k": ["a", "b"]}});
    yes(not.clone(), json!({"k": "c"}));
    no(not.clone(), json!({"k": "a"}));
    no(not, json!({"k": "b"}));
    let not = json!({"StringNotLike": {"k": ["a*", "b*"]}});
    no(not.clone(), json!({"k": "bc"}));
    yes(not, json!({"k": "c"}));
}

#[test]
fn an_absent_key_fails_positive_operators() {
    for operator in [
        "StringEquals",
        "StringLike",
        "StringEqualsIgnoreCase",
        "ArnLike",
        "BinaryEquals",
    ] {
        no(json!({operator: {"k": "*"}}), json!({}));
    }
    no(json!({"Bool": {"k": "false"}}), json!({}));
    no(json!({"IpAddress": {"k": "0.0.0.0/0"}}), json!({}));
    no(json!({"NumericLessThan": {"k": "9"}}), json!({}));
    no(json!({"DateLessThan": {"k": "2030-01-01"}}), json!({}));
}

#[test]
fn an_absent_key_meets_negated_operators() {
    for operator in [
        "StringNotEquals",
        "StringNotLike",
        "StringNotEqualsIgnoreCase",
        "ArnNotLike",
        "ArnNotEquals",
    ] {
        yes(json!({operator: {"k": "a"}}), json!({}));
    }
    yes(json!({"NotIpAddress": {"k": "0.0.0.0/0"}}), json!({}));
    yes(json!({"NumericNotEquals": {"k": "9"}}), json!({}));
    yes(json!({"DateNotEquals": {"k": "2030-01-01"}}), json!({}));
}

/// "...IfExists": "if the key is not present, evaluate the condition element as true".
#[test]
fn if_exists_is_met_by_absence_and_decides_otherwise() {
    for operator in [
        "StringEqualsIfExists",
        "StringLikeIfExists",
        "ArnLikeIfExists",
    ] {
        yes(json!({operator: {"k": "a"}}), json!({}));
        no(json!({operator: {"k": "a"}}), json!({"k": "b"}));
    }
    yes(json!({"BoolIfExists": {"k": "true"}}), json!({}));
    no(
        json!({"BoolIfExists": {"k": "true"}}),
        json!({"k": "false"}),
    );
    yes(json!({"IpAddressIfExists": {"k": "10.0.0.0/8"}}), json!({}));
    yes(json!({"NumericLessThanIfExists": {"k": "1"}}), json!({}));
}

/// A Deny with IfExists hits those without the key.
#[test]
fn if_exists_in_a_deny_catches_who_lacks_the_key() {
    let lab = holding([
        allow("*", "*"),
        deny("*", "*").when(json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})),
    ]);
    assert_eq!(
        lab.concrete(CAROL, "s3:GetObject", OBJECT, json!({})),
        "denied"
    );
    let verdict = lab.may(CAROL, "s3:GetObject", OBJECT);
    assert_eq!(verdict, "conditional");
    assert_eq!(
        verdict.witness["aws:MultiFactorAuthPresent"],
        json!(["true"])
    );
}

/// "Condition operator to check existence of condition keys".
#[test]
fn null_asks_for_absence() {
    yes(json!({"Null": {"k": "true"}}), json!({}));
    no(json!({"Null": {"k": "true"}}), json!({"k": "a"}));
    yes(json!({"Null": {"k": "false"}}), json!({"k": "a"}));
    no(json!({"Null": {"k": false}}), json!({}));
    yes(json!({"Null": {"k": true}}), json!({"k": []}));
}

/// "You can add IfExists to any condition operator except Null".
#[test]
fn null_takes_no_if_exists() {
    unclear(json!({"NullIfExists": {"k": "true"}}), json!({}));
    unclear(json!({"ForAllValues:Null": {"k": "true"}}), json!({}));
}

/// access-analyzer-reference-policy-checks.html, "Invalid condition operator".
#[test]
fn an_operator_that_does_not_exist_is_unclear() {
    unclear(json!({"StringMatches": {"k": "a"}}), json!({"k": "a"}));
    unclear(
        json!({"ForSomeValues:StringEquals": {"k": "a"}}),
        json!({"k": "a"}),
    );
    let lab = holding([
        allow("*", "*"),
        deny("*", "*").when(json!({"StringMatches": {"k": "a"}})),
    ]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "conditional");
}

#[test]
fn operators_and_keys_are_read_in_any_case() {
    yes(
        json!({"stringEQUALS": {"AWS:userAGENT": "a"}}),
        json!({"aws:UserAgent": "a"}),
    );
    yes(
        json!({"forallvalues:stringlikeifexists": {"k": "a"}}),
        json!({"K": "a"}),
    );
}

/// Names of tags are keys and thus compared in any case; their values are not.
#[test]
fn names_of_tags_are_compared_in_any_case_and_values_are_not() {
    yes(
        json!({"StringEquals": {"aws:PrincipalTag/TEAM": "red"}}),
        json!({"aws:PrincipalTag/team": "red"}),
    );
    no(
        json!({"StringEquals": {"aws:PrincipalTag/team": "Red"}}),
        json!({"aws:PrincipalTag/team": "red"}),
    );
}

#[test]
fn string_equals_takes_wildcards_literally() {
    no(json!({"StringEquals": {"k": "a*"}}), json!({"k": "abc"}));
    yes(json!({"StringEquals": {"k": "a*"}}), json!({"k": "a*"}));
    yes(json!({"StringLike": {"k": "a*"}}), json!({"k": "abc"}));
    yes(json!({"StringLike": {"k": "a?c"}}), json!({"k": "abc"}));
    no(json!({"StringLike": {"k": "A*"}}), json!({"k": "abc"}));
}

#[test]
fn ignore_case_takes_no_wildcards() {
    yes(
        json!({"StringEqualsIgnoreCase": {"k": "AbC"}}),
        json!({"k": "aBc"}),
    );
    no(
        json!({"StringEqualsIgnoreCase": {"k": "a*"}}),
        json!({"k": "abc"}),
    );
    no(
        json!({"StringNotEqualsIgnoreCase": {"k": "ABC"}}),
        json!({"k": "abc"}),
    );
}

/// "Each of the six colon-delimited components of the ARN is checked separately".
#[test]
fn arn_operators_compare_part_by_part() {
    let arn = json!({"k": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"});
    for operator in ["ArnLike", "ArnEquals"] {
        yes(
            json!({operator: {"k": "arn:aws:cloudtrail:*:111122223333:trail/*"}}),
            arn.clone(),
        );
        no(
            json!({operator: {"k": "arn:aws:cloudtrail:*:trail/*:x:y"}}),
            arn.clone(),
        );
        no(
            json!({operator: {"k": "arn:aws:cloudtrail:*111122223333:*:trail/*"}}),
            arn.clone(),
        );
    }
    no(
        json!({"ArnNotLike": {"k": "arn:aws:cloudtrail:*:111122223333:trail/*"}}),
        arn.clone(),
    );
    yes(json!({"StringLike": {"k": "arn:*:trail/*"}}), arn);
}

/// Whether a pattern that is no ARN matches one AWS does not say.
#[test]
fn an_arn_pattern_with_too_few_parts_is_unclear() {
    let arn = json!({"k": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"});
    unclear(
        json!({"ArnLike": {"k": "arn:aws:cloudtrail:*"}}),
        arn.clone(),
    );
    unclear(json!({"ArnLike": {"k": "*"}}), arn.clone());
    no(json!({"ArnLike": {"k": "arn:aws:sns:*"}}), arn);
    no(
        json!({"ArnLike": {"k": "arn:aws:s3:*:*:*"}}),
        json!({"k": "no-arn"}),
    );
}

#[test]
fn truth_values_may_be_bare_and_in_any_case() {
    yes(json!({"Bool": {"k": true}}), json!({"k": "true"}));
    yes(json!({"Bool": {"k": "TRUE"}}), json!({"k": "true"}));
    yes(json!({"Bool": {"k": [false]}}), json!({"k": "False"}));
    no(json!({"Bool": {"k": "false"}}), json!({"k": "yes"}));
}

/// Values that are of no use to the operator: nothing says what AWS makes of them.
#[test]
fn a_value_that_cannot_be_compared_is_unclear() {
    unclear(json!({"Bool": {"k": "yes"}}), json!({"k": "yes"}));
    unclear(json!({"Null": {"k": "yes"}}), json!({}));
    unclear(json!({"NumericLessThan": {"k": "many"}}), json!({"k": "1"}));
    unclear(
        json!({"DateLessThan": {"k": "soon"}}),
        json!({"k": "2026-01-01"}),
    );
    unclear(
        json!({"IpAddress": {"k": "192.0.2.0/40"}}),
        json!({"k": "192.0.2.1"}),
    );
    unclear(
        json!({"NotIpAddress": {"k": "example.com"}}),
        json!({"k": "192.0.2.1"}),
    );
}

/// access-analyzer-reference-policy-checks.html, "Empty array condition".
#[test]
fn a_condition_without_values_is_unclear() {
    unclear(json!({"StringEquals": {"k": []}}), json!({"k": "a"}));
    unclear(json!({"StringNotEquals": {"k": []}}), json!({}));
}

/// access-analyzer-reference-policy-checks.html, "Empty object condition" and "Empty object
/// operator": they do "not affect the policy".
#[test]
fn an_empty_block_or_operator_is_no_condition() {
    yes(json!({}), json!({}));
    yes(json!({"StringEquals": {}}), json!({}));
}

#[test]
fn numbers_compare_as_numbers() {
    yes(json!({"NumericLessThan": {"k": 10}}), json!({"k": "9"}));
    yes(json!({"NumericEquals": {"k": "1.0"}}), json!({"k": "1"}));
    yes(
        json!({"NumericLessThanEquals": {"k": "10"}}),
        json!({"k": "10"}),
    );
    no(
        json!({"NumericGreaterThan": {"k": "10"}}),
        json!({"k": "10"}),
    );
    yes(
        json!({"NumericGreaterThanEquals": {"k": "10"}}),
        json!({"k": "10"}),
    );
    no(
        json!({"NumericNotEquals": {"k": ["1", "2"]}}),
        json!({"k": "2"}),
    );
    no(json!({"NumericLessThan": {"k": "10"}}), json!({"k": "few"}));
    unclear(
        json!({"NumericEquals": {"k": 9007199254740993_u64}}),
        json!({"k": "9007199254740992"}),
    );
}

#[test]
fn times_compare_as_moments() {
    let before = json!({"DateLessThan": {"aws:CurrentTime": "2026-03-01T00:00:00Z"}});
    yes(
        before.clone(),
        json!({"aws:CurrentTime": "2026-02-28T23:59:59Z"}),
    );
    no(
        before.clone(),
        json!({"aws:CurrentTime": "2026-03-01T00:00:00Z"}),
    );
    yes(
        before,
        json!({"aws:CurrentTime": "2026-03-01T00:30:00+01:00"}),
    );
    yes(
        json!({"DateGreaterThan": {"k": "2026-03"}}),
        json!({"k": "2026-03-01T00:00:01Z"}),
    );
    yes(
        json!({"DateGreaterThanEquals": {"k": "2026"}}),
        json!({"k": "2026-01-01T00:00:00Z"}),
    );
    yes(
        json!({"DateEquals": {"aws:EpochTime": 1767225600}}),
        json!({"aws:EpochTime": "2026-01-01T00:00:00Z"}),
    );
    yes(
        json!({"NumericLessThan": {"aws:EpochTime": "1767225601"}}),
        json!({"aws:EpochTime": "1767225600"}),
    );
}

#[test]
fn addresses_of_both_families_are_kept_apart() {
    yes(
        json!({"IpAddress": {"k": "0.0.0.0/0"}}),
        json!({"k": "203.0.113.9"}),
    );
    no(
        json!({"IpAddress": {"k": "0.0.0.0/0"}}),
        json!({"k": "2001:db8::1"}),
    );
    yes(
        json!({"IpAddress": {"k": "::/0"}}),
        json!({"k": "2001:db8::1"}),
    );
    yes(
        json!({"IpAddress": {"k": "203.0.113.9"}}),
        json!({"k": "203.0.113.9"}),
    );
    no(
        json!({"IpAddress": {"k": "203.0.113.9"}}),
        json!({"k": "203.0.113.8"}),
    );
    yes(
        json!({"IpAddress": {"k": "203.0.113.77/24"}}),
        json!({"k": "203.0.113.1"}),
    );
    yes(
        json!({"NotIpAddress": {"k": ["10.0.0.0/8", "::/0"]}}),
        json!({"k": "203.0.113.1"}),
    );
    no(
        json!({"NotIpAddress": {"k": ["10.0.0.0/8", "::/0"]}}),
        json!({"k": "10.1.1.1"}),
    );
}

/// reference_policies_condition-single-vs-multi-valued-context-keys.html.
#[test]
fn for_all_values_is_met_by_none_at_all() {
    let all = json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}});
    yes(all.clone(), json!({}));
    yes(all.clone(), json!({"aws:TagKeys": []}));
    yes(all.clone(), json!({"aws:TagKeys": ["a", "b"]}));
    yes(all.clone(), json!({"aws:TagKeys": "a"}));
    no(all.clone(), json!({"aws:TagKeys": ["a", "c"]}));
    yes(all.clone(), json!({"aws:TagKeys": ""}));
    let mut guarded = all;
    guarded["Null"] = json!({"aws:TagKeys": "false"});
    no(guarded, json!({}));
}

/// The same page.
#[test]
fn for_any_value_is_not() {
    let any = json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a/*"}});
    no(any.clone(), json!({}));
    yes(
        any.clone(),
        json!({"aws:PrincipalOrgPaths": ["o-b/", "o-a/r/"]}),
    );
    no(any, json!({"aws:PrincipalOrgPaths": ["o-b/", "o-c/"]}));
    let differs = json!({"ForAnyValue:StringNotEquals": {"k": "a"}});
    no(differs.clone(), json!({}));
    no(differs.clone(), json!({"k": ["a"]}));
    yes(differs, json!({"k": ["a", "b"]}));
}

/// The same page: each value for itself, none of which may be listed.
#[test]
fn for_all_values_of_a_negated_operator_is_met_if_none_is_listed() {
    let none = json!({"ForAllValues:StringNotEquals": {"k": ["a", "b"]}});
    yes(none.clone(), json!({"k": ["c", "d"]}));
    no(none.clone(), json!({"k": ["c", "a"]}));
    yes(none, json!({}));
}

/// The same page: "Multivalued context keys require a condition set operator".
#[test]
fn several_values_match_nothing_without_a_set_operator() {
    no(
        json!({"StringEquals": {"k": "a"}}),
        json!({"k": ["a", "b"]}),
    );
    no(json!({"StringLike": {"k": "*"}}), json!({"k": ["a", "b"]}));
}

/// "False" of long-term keys is absence: AWS's own example of BoolIfExists.
#[test]
fn mfa_is_not_false_for_long_term_keys() {
    let lab = holding([
        allow("*", "*"),
        deny("*", "*").when(json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}})),
    ]);
    assert_eq!(
        lab.concrete(CAROL, "s3:GetObject", OBJECT, json!({})),
        "allowed"
    );
}

#[test]
fn binary_values_compare_exactly() {
    yes(
        json!({"BinaryEquals": {"k": "QmluYXJ5"}}),
        json!({"k": "QmluYXJ5"}),
    );
    no(
        json!({"BinaryEquals": {"k": "QmluYXJ5"}}),
        json!({"k": "qmluyxj5"}),
    );
}
