use serde_json::json;

use super::{asked, rows};

#[test]
fn a_plain_value_is_the_same_json_value() {
    rows(&[
        (
            json!(["a"]),
            json!(["a"]),
            json!(["A", "ab", "", 1, null, true]),
        ),
        (json!([""]), json!([""]), json!(["a", null, 0])),
        (json!(["5"]), json!(["5"]), json!([5])),
        (
            json!([true]),
            json!([true]),
            json!([false, "true", 1, null]),
        ),
        (json!([null]), json!([null]), json!(["null", "", 0, false])),
        (json!(["a", "b"]), json!(["a", "b"]), json!(["c"])),
        (json!(["é"]), json!(["é"]), json!(["e", "É"])),
    ]);
}

#[test]
fn a_number_is_compared_by_its_digits() {
    rows(&[
        (json!([5]), json!([5]), json!([6, 5.0, "5", null])),
        (json!([5.5]), json!([]), json!([5, 5.6, "5.5"])),
        (json!([-3]), json!([-3]), json!([3, -3.0])),
    ]);
    // 5.50 and 5.5 are two texts, and one number once they are read.
    assert_eq!(asked(&json!({"x": [5.5]}), &json!({"x": 5.5})), None);
}

#[test]
fn prefix_and_suffix_compare_text_in_its_case_or_in_any() {
    rows(&[
        (
            json!([{"prefix": "us-"}]),
            json!(["us-", "us-east-1"]),
            json!(["US-east-1", "eus-", 1, null]),
        ),
        (
            json!([{"suffix": ".png"}]),
            json!([".png", "a.png"]),
            json!(["a.PNG", "a.png ", 1]),
        ),
        (
            json!([{"prefix": {"equals-ignore-case": "EventB"}}]),
            json!(["eventbridge", "EVENTB"]),
            json!(["event"]),
        ),
        (
            json!([{"suffix": {"equals-ignore-case": "tBridge"}}]),
            json!(["eventbridge", "TBRIDGE"]),
            json!(["bridges"]),
        ),
        (
            json!([{"prefix": ""}]),
            json!(["", "a"]),
            json!([1, null, true]),
        ),
    ]);
}

#[test]
fn equality_in_any_case_is_of_text() {
    rows(&[(
        json!([{"equals-ignore-case": "aLiCe"}]),
        json!(["alice", "ALICE"]),
        json!(["alice ", "al", 1, null]),
    )]);
}

#[test]
fn a_wildcard_stands_for_any_text_wherever_it_is() {
    rows(&[
        (
            json!([{"wildcard": "dir/*.png"}]),
            json!(["dir/a.png", "dir/.png", "dir/a/b.png"]),
            json!(["dir/a.jpg", "a/dir/a.png", 1]),
        ),
        (
            json!([{"wildcard": "*"}]),
            json!(["", "a"]),
            json!([1, null]),
        ),
        (
            json!([{"wildcard": "a*b*c"}]),
            json!(["abc", "aXbYc", "abbcc"]),
            json!(["ab", "acb", "abcd", "ac"]),
        ),
        (
            json!([{"wildcard": "a*a"}]),
            json!(["aa", "aba"]),
            json!(["a"]),
        ),
        (
            json!([{"wildcard": "a\\*b"}]),
            json!(["a*b"]),
            json!(["aXb", "a\\*b"]),
        ),
        (
            json!([{"wildcard": "a\\\\*"}]),
            json!(["a\\", "a\\b"]),
            json!(["a", "ab"]),
        ),
        (
            json!([{"wildcard": "plain"}]),
            json!(["plain"]),
            json!(["plainly"]),
        ),
        (json!([{"wildcard": "A*"}]), json!(["Ab"]), json!(["ab"])),
    ]);
}

#[test]
fn anything_but_is_the_opposite_of_a_value_that_is_there() {
    rows(&[
        (
            json!([{"anything-but": "a"}]),
            json!(["b", "", "A", 1, true]),
            json!(["a"]),
        ),
        (json!([{"anything-but": 5}]), json!([6, "5"]), json!([5])),
        (
            json!([{"anything-but": ["a", "b"]}]),
            json!(["c"]),
            json!(["a", "b"]),
        ),
        (
            json!([{"anything-but": [1, 2]}]),
            json!([3, "1"]),
            json!([1, 2]),
        ),
        (
            json!([{"anything-but": {"prefix": "us-"}}]),
            json!(["eu-west-1"]),
            json!(["us-east-1"]),
        ),
        (
            json!([{"anything-but": {"prefix": ["us-", "eu-"]}}]),
            json!(["ap-south-1"]),
            json!(["us-east-1", "eu-west-1"]),
        ),
        (
            json!([{"anything-but": {"suffix": ".png"}}]),
            json!(["a.jpg"]),
            json!(["a.png"]),
        ),
        (
            json!([{"anything-but": {"suffix": [".png", ".jpg"]}}]),
            json!(["a.gif"]),
            json!(["a.png", "a.jpg"]),
        ),
        (
            json!([{"anything-but": {"equals-ignore-case": "Init"}}]),
            json!(["done"]),
            json!(["init", "INIT"]),
        ),
        (
            json!([{"anything-but": {"equals-ignore-case": ["Init", "Stop"]}}]),
            json!(["done"]),
            json!(["STOP"]),
        ),
        (
            json!([{"anything-but": {"wildcard": "*/lib/*"}}]),
            json!(["/a/b"]),
            json!(["/a/lib/b"]),
        ),
        (
            json!([{"anything-but": {"wildcard": ["*/lib/*", "*/bin/*"]}}]),
            json!(["/a/b"]),
            json!(["/a/bin/b"]),
        ),
    ]);
    assert_eq!(
        asked(&json!({"x": [{"anything-but": "a"}]}), &json!({"y": 1})),
        Some(false)
    );
    assert_eq!(
        asked(
            &json!({"x": [{"anything-but": "a"}]}),
            &json!({"x": {"y": 1}})
        ),
        Some(false)
    );
}

#[test]
fn numeric_compares_values() {
    rows(&[
        (
            json!([{"numeric": ["=", 5]}]),
            json!([5, 5.0]),
            json!([6, "5", null]),
        ),
        (
            json!([{"numeric": [">", 0, "<=", 5]}]),
            json!([1, 5, 0.1]),
            json!([0, 5.01, -1]),
        ),
        (
            json!([{"numeric": ["<", -3.5]}]),
            json!([-4]),
            json!([-3.5, 0]),
        ),
        (json!([{"numeric": [">=", 2]}]), json!([2, 3]), json!([1.9])),
    ]);
    let largest = json!({"x": [{"numeric": [">", 0]}]});
    assert_eq!(
        asked(&largest, &json!({"x": 5_000_000_000_u64})),
        Some(true)
    );
    assert_eq!(asked(&largest, &json!({"x": 5_000_000_001_u64})), None);
}

#[test]
fn cidr_holds_of_addresses_of_its_own_family() {
    rows(&[
        (
            json!([{"cidr": "10.0.0.0/24"}]),
            json!(["10.0.0.0", "10.0.0.255"]),
            json!([
                "10.0.1.0",
                "cloudtrail.amazonaws.com",
                "",
                1,
                "::ffff:10.0.0.1"
            ]),
        ),
        (
            json!([{"cidr": "2001:db8::/32"}]),
            json!(["2001:db8::1"]),
            json!(["2001:db9::1", "10.0.0.1"]),
        ),
        (
            json!([{"cidr": "0.0.0.0/0"}]),
            json!(["1.2.3.4"]),
            json!(["::1"]),
        ),
    ]);
}

#[test]
fn existence_asks_for_leaves() {
    let there = json!({"x": [{"exists": true}]});
    let absent = json!({"x": [{"exists": false}]});
    for (event, exists) in [
        (json!({"x": "a"}), true),
        (json!({"x": null}), true),
        (json!({"x": ["a"]}), true),
        (json!({"x": {"y": 1}}), false),
        (json!({"x": [{"y": 1}]}), false),
        (json!({"y": 1}), false),
        (json!({}), false),
    ] {
        assert_eq!(asked(&there, &event), Some(exists), "{event}");
        assert_eq!(asked(&absent, &event), Some(!exists), "{event}");
    }
    assert_eq!(asked(&there, &json!({"x": []})), None);
    let nested = json!({"a": {"x": [{"exists": false}]}});
    for event in [
        json!({}),
        json!({"a": null}),
        json!({"a": "b"}),
        json!({"a": {}}),
    ] {
        assert_eq!(asked(&nested, &event), Some(true), "{event}");
    }
    let either = json!({"x": ["a", {"exists": false}]});
    assert_eq!(asked(&either, &json!({})), Some(true));
    assert_eq!(asked(&either, &json!({"x": "b"})), Some(false));
}

#[test]
fn absence_in_some_elements_of_an_array_is_open() {
    let pattern = json!({"a": {"x": [{"exists": false}]}});
    assert_eq!(asked(&pattern, &json!({"a": [{"x": 1}, {"y": 1}]})), None);
    assert_eq!(
        asked(&pattern, &json!({"a": [{"y": 1}, {"y": 2}]})),
        Some(true)
    );
    assert_eq!(
        asked(&pattern, &json!({"a": [{"x": 1}, {"x": 2}]})),
        Some(false)
    );
}

#[test]
fn all_fields_must_hold_and_unnamed_ones_are_free() {
    let pattern = json!({"a": ["1"], "b": {"c": ["2"], "d": ["3"]}});
    let event = |c: &str, d: &str| json!({"a": "1", "b": {"c": c, "d": d, "e": "9"}, "f": 1});
    assert_eq!(asked(&pattern, &event("2", "3")), Some(true));
    assert_eq!(asked(&pattern, &event("2", "4")), Some(false));
    assert_eq!(asked(&pattern, &json!({"a": "1", "b": "2"})), Some(false));
}

#[test]
fn one_element_of_an_array_is_enough() {
    rows(&[
        (
            json!(["b"]),
            json!([["a", "b"], ["b"], [["b"]]]),
            json!([["a"], [], [{"b": "b"}]]),
        ),
        (
            json!([{"anything-but": "a"}]),
            json!([["a", "b"]]),
            json!([["a"], []]),
        ),
    ]);
}

#[test]
fn the_fields_of_a_match_come_from_one_element() {
    let pattern = json!({"a": {"b": ["1"], "c": ["2"]}});
    assert_eq!(
        asked(&pattern, &json!({"a": [{"b": "1", "c": "2"}, {"b": "3"}]})),
        Some(true)
    );
    assert_eq!(
        asked(
            &pattern,
            &json!({"a": [{"b": "1", "c": "3"}, {"b": "3", "c": "2"}]})
        ),
        Some(false)
    );
    assert_eq!(
        asked(&pattern, &json!({"a": [[{"b": "1", "c": "2"}]]})),
        Some(true)
    );
    assert_eq!(
        asked(&pattern, &json!({"a": ["1", {"b": "1", "c": "2"}]})),
        Some(true)
    );
}

#[test]
fn a_dotted_key_is_nesting_and_keeps_elements_together() {
    let pattern = json!({"a.b": ["1"], "a.c": ["2"]});
    assert_eq!(
        asked(&pattern, &json!({"a": {"b": "1", "c": "2"}})),
        Some(true)
    );
    assert_eq!(
        asked(&pattern, &json!({"a": [{"b": "1"}, {"c": "2"}]})),
        Some(false)
    );
    let mixed = json!({"a.b": ["1"], "a": {"c": ["2"]}});
    assert_eq!(
        asked(&mixed, &json!({"a": {"b": "1", "c": "2"}})),
        Some(true)
    );
    let deep = json!({"a.b": {"c.d": ["1"]}});
    assert_eq!(
        asked(&deep, &json!({"a": {"b": {"c": {"d": "1"}}}})),
        Some(true)
    );
}

#[test]
fn a_dot_in_an_events_own_key_leaves_it_open() {
    let pattern = json!({"a": {"b": ["1"]}});
    assert_eq!(asked(&pattern, &json!({"a.b": "1"})), None);
    assert_eq!(asked(&pattern, &json!({"ab.b": "1"})), Some(false));
}

#[test]
fn a_field_asked_for_twice_is_open() {
    let pattern = json!({"a.b": ["1"], "a": {"b": ["2"]}});
    assert_eq!(asked(&pattern, &json!({"a": {"b": "1"}})), None);
}

#[test]
fn or_takes_one_of_its_objects_with_the_fields_beside_it() {
    let pattern = json!({"s": ["x"], "$or": [{"a": ["1"]}, {"b": ["2"], "c": ["3"]}]});
    for (event, wanted) in [
        (json!({"s": "x", "a": "1"}), true),
        (json!({"s": "x", "b": "2", "c": "3"}), true),
        (json!({"s": "x", "b": "2"}), false),
        (json!({"s": "y", "a": "1"}), false),
        (json!({"s": "x"}), false),
    ] {
        assert_eq!(asked(&pattern, &event), Some(wanted), "{event}");
    }
}

#[test]
fn or_stands_at_any_depth_and_more_than_once() {
    let pattern = json!({"d": {"$or": [{"a": ["1"]}, {"$or": [{"b": ["2"]}, {"c": ["3"]}]}]}});
    assert_eq!(asked(&pattern, &json!({"d": {"c": "3"}})), Some(true));
    assert_eq!(asked(&pattern, &json!({"d": {"c": "2"}})), Some(false));
    let beside = json!({"a": {"b": ["1"]}, "$or": [{"a": {"c": ["2"]}}, {"e": ["3"]}]});
    assert_eq!(
        asked(&beside, &json!({"a": [{"b": "1", "c": "2"}]})),
        Some(true)
    );
    assert_eq!(
        asked(&beside, &json!({"a": [{"b": "1"}, {"c": "2"}]})),
        Some(false)
    );
}

#[test]
fn an_unknown_operator_is_open_unless_the_rest_decides() {
    let pattern = json!({"a": ["1"], "x": [{"regex": "a.*"}]});
    assert_eq!(asked(&pattern, &json!({"a": "1", "x": "ab"})), None);
    assert_eq!(asked(&pattern, &json!({"a": "2", "x": "ab"})), Some(false));
    assert_eq!(asked(&pattern, &json!({"a": "1"})), Some(false));
    let either = json!({"x": ["ab", {"regex": "a.*"}]});
    assert_eq!(asked(&either, &json!({"x": "ab"})), Some(true));
}

/// From "Comparison operators for use in event patterns" of the EventBridge user guide.
#[test]
fn examples_of_the_user_guide_match_as_it_says() {
    let instance = json!({
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": "EC2 Instance State-change Notification",
        "source": "aws.ec2",
        "account": "111122223333",
        "time": "2017-12-22T18:43:48Z",
        "region": "us-west-1",
        "resources": ["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"],
        "detail": {"instance-id": "i-1234567890abcdef0", "state": "terminated"},
    });
    for (pattern, wanted) in [
        (
            json!({"source": ["aws.ec2"], "detail": {"state": ["terminated"]}}),
            true,
        ),
        (json!({"time": [{"prefix": "2017-12-22"}]}), true),
        (
            json!({"resources": ["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"]}),
            true,
        ),
        (
            json!({"resources": [{"wildcard": "arn:aws:ec2:*:instance/*"}]}),
            true,
        ),
        (
            json!({"detail": {"state": [{"anything-but": "initializing"}]}}),
            true,
        ),
        (
            json!({"detail": {"state": [{"anything-but": ["stopped", "terminated"]}]}}),
            false,
        ),
        (
            json!({"detail": {"source-ip": [{"cidr": "10.0.0.0/24"}]}}),
            false,
        ),
        (json!({"detail": {"c-count": [{"exists": false}]}}), true),
        (
            json!({"region": [{"anything-but": {"prefix": "us-"}}]}),
            false,
        ),
    ] {
        assert_eq!(asked(&pattern, &instance), Some(wanted), "{pattern}");
    }
}
