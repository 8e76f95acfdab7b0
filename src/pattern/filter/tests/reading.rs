//! How patterns are written, and what is said of those that are not.

use serde_json::json;

use super::{Pattern, read, told};

#[test]
fn the_canonical_form_has_one_blank_capitals_quotes_and_no_needless_parentheses() {
    for (pattern, canonical) in [
        (
            "{($.eventName=StopLogging)||($.eventName=DeleteTrail)}",
            "{ $.eventName = \"StopLogging\" || $.eventName = \"DeleteTrail\" }",
        ),
        (
            "{ ((($.a=1) || $.b = 2)) && ($.c = 3 && ($.d is null)) }",
            "{ ($.a = 1 || $.b = 2) && $.c = 3 && $.d IS NULL }",
        ),
        (
            "{ $.a = 1 && $.b = 2 || ($.c = 3 || $.d not exists) }",
            "{ $.a = 1 && $.b = 2 || $.c = 3 || $.d NOT EXISTS }",
        ),
        (
            "{$['a'].['b.c'][0][*]!=%x+%}",
            "{ $.a.['b.c'][0][*] != %x+% }",
        ),
        (
            "{$.a=\"1\"&&$.b>=-1.5e3}",
            "{ $.a = \"1\" && $.b >= -1.5e3 }",
        ),
        ("{$.a=\"\\\"\\\\\\x\"}", "{ $.a = \"\\\"\\\\\\\\x\" }"),
        ("{$.a=kms.amazonaws.com}", "{ $.a = \"kms.amazonaws.com\" }"),
        ("  a  ?b -\"c d\" %e%", "\"a\" ?\"b\" -\"c d\" %e%"),
        (" [ a, b ] ", "[a, b]"),
        ("", ""),
    ] {
        let read = read(pattern);
        assert_eq!(read.to_string(), canonical);
        assert_eq!(super::read(canonical), read);
    }
}

#[test]
fn a_mistake_is_told_with_its_place() {
    let wild = "{ $.a.* = 1 || $.b.* = 1 || $.c.* = 1 || $.d.* = 1 }";
    for (pattern, position, reason) in [
        ("{", 2, "expected a field such as `$.eventName`"),
        ("{}", 2, "expected a field such as `$.eventName`"),
        ("{ $.a }", 7, "expected `=`, `!=`"),
        ("{ $.a = }", 9, "expected a value after `=`"),
        ("{ $.a == x }", 8, "expected a value after `=`"),
        ("{ é$.a = 1 }", 3, "expected a field"),
        ("{ $.é = 1 }", 5, "expected a field's name after `.`"),
        ("{ $ = 1 }", 4, "expected `.` and a field's name"),
        ("{ !$.a = 1 }", 3, "there is no `!`"),
        ("{ $.a = Failed authentication }", 16, "must be quoted"),
        ("{ $.a = 1", 10, "expected `}` at the end"),
        (
            "{ ($.a = 1 }",
            12,
            "expected `)` for the `(` at character 3",
        ),
        ("{ $.a = 1) }", 10, "there is no `(` for this `)`"),
        ("{ $.a = 1 } x", 13, "nothing may follow"),
        ("{ $.a = 1 & $.b = 2 }", 11, "expected `&&`, not `&`"),
        ("{ $.a = 1 | $.b = 2 }", 11, "expected `||`, not `|`"),
        ("{ $.a = 1 && }", 14, "expected a field"),
        ("{ $.a = \"x }", 9, "no closing quote"),
        ("{ $.a = %x }", 9, "no closing `%`"),
        ("{ $.a = %% }", 9, "expected a regular expression"),
        (
            "{ $.a > \"1\" }",
            9,
            "compares numbers, and `\"1\"` is none",
        ),
        ("{ $.a < x }", 9, "compares numbers"),
        ("{ $.a EXISTS }", 7, "there is no `EXISTS` without `NOT`"),
        ("{ $.a NOT NULL }", 11, "expected `EXISTS` after `NOT`"),
        (
            "{ $.a IS NOT NULL }",
            10,
            "expected `NULL`, `TRUE` or `FALSE`",
        ),
        ("{ $.a[x] = 1 }", 7, "expected an index"),
        ("{ $.a[1 = 1 }", 8, "expected `]`"),
        ("{ $.['a] = 1 }", 15, "expected `']`"),
        ("{ $.a[*].* = 1 }", 3, "at most one wildcard"),
        (wild, 42, "at most 3 wildcard selectors"),
        ("{ $.a=%a% && $.b=%b% && $.c=%c% }", 29, "at most 2 regular"),
        ("[a, b", 6, "expected `]` at the end"),
        ("a ? b", 4, "expected a word"),
        ("a \"b", 3, "no closing quote"),
    ] {
        let mistake = Pattern::parse(pattern).expect_err(pattern);
        assert_eq!(mistake.position, position, "{pattern}: {mistake}");
        assert!(mistake.reason.contains(reason), "{pattern}: {mistake}");
    }
}

#[test]
fn a_pattern_has_at_most_1024_characters_whatever_their_bytes() {
    let long = |count: usize| "é".repeat(count);
    assert!(Pattern::parse(&long(1024)).is_ok());
    let mistake = Pattern::parse(&long(1025)).unwrap_err();
    assert_eq!(mistake.position, 1025);
}

#[test]
fn a_thousand_parentheses_do_no_harm() {
    let nested = format!("{{{}$.a=1{}}}", "(".repeat(500), ")".repeat(500));
    assert_eq!(read(&nested), read("{ $.a = 1 }"));
    assert!(Pattern::parse(&format!("{{{}", "(".repeat(1023))).is_err());
    let mut ladder = "$.a=1".to_owned();
    while ladder.len() < 1000 {
        ladder = format!("$.a=1&&($.b=2||({ladder}))");
    }
    told(&json!({"a": 1}), &[(&format!("{{{ladder}}}"), 'y')]);
}

#[test]
fn a_bare_word_is_a_number_only_if_it_is_one() {
    let event = json!({"v": "5.", "n": 5});
    told(
        &event,
        &[
            ("{ $.v = 5. }", 'y'),
            ("{ $.n = +5 }", 'y'),
            ("{ $.n = 0.5e1 }", 'y'),
            ("{ $.n > .5 }", 'y'),
            ("{ $.v = \"5.\" }", 'y'),
        ],
    );
}
