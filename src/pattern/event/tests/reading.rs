use serde_json::json;

use super::super::Pattern;
use super::asked;

#[test]
fn what_eventbridge_refuses_is_a_mistake_with_its_place() {
    for (text, position, reason) in [
        ("", 1, "the JSON stops too early"),
        ("{", 2, "the JSON stops too early"),
        ("{\"a\": [\"b\"]", 12, "the JSON stops too early"),
        ("{\"a\": [b]}", 8, "expected value"),
        ("{\"é\": [b]}", 8, "expected value"),
        ("{\n\"é\": \"ü\" x}", 12, "expected `,` or `}`"),
        ("[\"a\"]", 1, "an event pattern is a JSON object"),
        (
            "  {}",
            3,
            "an empty object matches nothing; EventBridge refuses it",
        ),
        (
            "{\"a\": \"b\"}",
            7,
            "`a` needs an array of values or an object",
        ),
        (
            "{\"ä\": {\"a\": 5}}",
            13,
            "`a` needs an array of values or an object",
        ),
        (
            "{\"a\": {}}",
            7,
            "an empty object matches nothing; EventBridge refuses it",
        ),
        (
            "{\"a\": []}",
            7,
            "an empty array matches nothing; EventBridge refuses it",
        ),
        (
            "{\"a\": [\"x\", [\"b\"]]}",
            13,
            "an array stands in another array",
        ),
        (
            "{\"a\": [{}]}",
            8,
            "a condition is an object with one operator",
        ),
        (
            "{\"a\": [{\"prefix\": \"x\", \"suffix\": \"y\"}]}",
            8,
            "a condition is an object with one operator",
        ),
        (
            "{\"a\": [{\"exists\": \"true\"}]}",
            19,
            "`exists` is either true or false",
        ),
        (
            "{\"a\": [{\"cidr\": \"10.0.0.0/33\"}]}",
            17,
            "`cidr` needs a block of addresses, such as `192.0.2.0/24`",
        ),
        (
            "{\"a\": [{\"wildcard\": \"a**b\"}]}",
            21,
            "two asterisks in a row are not allowed",
        ),
        (
            "{\"a\": [{\"wildcard\": \"a\\\\b\"}]}",
            21,
            "a backslash must be followed by an asterisk or a backslash",
        ),
        (
            "{\"a\": [{\"anything-but\": []}]}",
            25,
            "`anything-but` needs a value",
        ),
        (
            "{\"a\": [{\"anything-but\": {\"prefix\": []}}]}",
            36,
            "`prefix` needs a text",
        ),
        (
            "{\"$or\": [{\"a\": [1]}]}",
            9,
            "`$or` needs two objects or more",
        ),
        ("{\"$or\": [{\"a\": [1]}, 5]}", 22, "`$or` takes objects"),
        (
            "{\"a\": [1], \"a\": \"é\"}",
            17,
            "`a` needs an array of values or an object",
        ),
        (
            "{\"\\u0061\": 1}",
            12,
            "`a` needs an array of values or an object",
        ),
    ] {
        let mistake = Pattern::parse(text).expect_err(text);
        assert_eq!(
            (mistake.position, &*mistake.reason),
            (position, reason),
            "{text}"
        );
    }
}

#[test]
fn numeric_needs_pairs_of_a_comparison_and_a_number() {
    for operand in [
        json!([]),
        json!([">"]),
        json!([">", "0"]),
        json!(["!=", 0]),
        json!([">", 0, "<"]),
        json!([">", 0, "<", 5, "=", 3]),
        json!(5),
    ] {
        let text = json!({"a": [{"numeric": operand}]}).to_string();
        let mistake = Pattern::parse(&text).expect_err(&text);
        assert_eq!(mistake.position, 18, "{text}");
    }
}

#[test]
fn too_many_combinations_are_refused() {
    let two = |key: &str| json!({"$or": [{key: ["1"]}, {key: ["2"]}]});
    let nested = |count: usize| {
        let mut object = json!({});
        for index in 0..count {
            object[format!("k{index}")] = two("a");
        }
        Pattern::parse(&object.to_string())
    };
    assert!(nested(9).is_ok());
    let mistake = nested(10).unwrap_err();
    assert_eq!(mistake.reason, "`$or` makes more than 1000 combinations");
}

#[test]
fn the_last_of_two_equal_keys_counts() {
    let pattern = Pattern::parse("{\"a\": [\"1\"], \"a\": [\"2\"]}").unwrap();
    assert_eq!(pattern.to_string(), "{\"a\":[\"2\"]}");
}

#[test]
fn the_canonical_form_is_compact_sorted_and_reads_back() {
    let text = "{ \"source\" : [ \"aws.s3\" ],\n \"detail\": {\"eventName\": [{\"prefix\":\"Put\"}, \"a\"], \"$or\": [{\"x\":[1]},{\"y\":[null]}]} }";
    let pattern = Pattern::parse(text).unwrap();
    let canonical = "{\"detail\":{\"$or\":[{\"x\":[1]},{\"y\":[null]}],\"eventName\":[{\"prefix\":\"Put\"},\"a\"]},\"source\":[\"aws.s3\"]}";
    assert_eq!(pattern.to_string(), canonical);
    assert_eq!(Pattern::parse(canonical).unwrap(), pattern);
}

#[test]
fn what_is_not_documented_is_told() {
    let pattern = json!({
        "a": [{"regex": "x"}],
        "b": [{"prefix": ["x"]}],
        "c": [{"anything-but": [true]}],
        "d": [{"anything-but": {"cidr": "10.0.0.0/8"}}],
        "e": ["plain"],
        "$or": [{"f": ["1"]}, {"g": ["2"]}],
    });
    let pattern = Pattern::parse(&pattern.to_string()).unwrap();
    let doubts = [
        "it is not known what `{\"regex\": \"x\"}` matches",
        "it is not known what `{\"prefix\": [\"x\"]}` matches",
        "it is not known what `{\"anything-but\": [true]}` matches",
        "it is not known what `{\"cidr\": \"10.0.0.0/8\"}` matches",
    ];
    assert_eq!(pattern.doubts(), doubts);
    let plain = Pattern::parse("{\"a\": [{\"anything-but\": \"x\"}]}").unwrap();
    assert!(plain.doubts().is_empty());
}

#[test]
fn a_key_that_looks_like_or_but_holds_plain_values_is_a_field() {
    assert_eq!(
        asked(&json!({"$or": ["a"]}), &json!({"$or": "a"})),
        Some(true)
    );
}

#[test]
fn a_pattern_longer_than_putrule_takes_is_refused() {
    let of = |length: usize| format!("{{\"a\":[\"{}\"]}}", "b".repeat(length - 10));
    assert!(Pattern::parse(&of(4096)).is_ok());
    let mistake = Pattern::parse(&of(4097)).unwrap_err();
    assert_eq!(mistake.position, 4097);
    assert_eq!(mistake.reason, "a pattern has at most 4096 characters");
}

/// Each dot nests: were such keys read, the stack would not hold them.
#[test]
fn a_pattern_nested_deeper_than_any_event_is_refused_and_does_no_harm() {
    let key = |dots: usize| "a.".repeat(dots) + "a";
    let one = |dots: usize| format!("{{\"{}\":[1]}}", key(dots));
    assert!(Pattern::parse(&one(128)).is_ok());
    let together = format!("{{\"{}\":{}}}", key(100), one(100));
    for text in [one(129), one(2_000), together] {
        let reason = Pattern::parse(&text).unwrap_err().reason;
        assert!(reason.contains("more than 128 dots"), "{reason}");
    }
}
