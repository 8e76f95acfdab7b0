//! What patterns mean: "Filter pattern syntax for metric filters" and "Using filter patterns
//! to match terms in JSON log events" of the CloudWatch Logs user guide.

use serde_json::json;

use super::{read, told};

#[test]
fn text_is_compared_character_for_character_with_wildcards_at_its_ends() {
    let event = json!({"n": "StopLogging", "s": "Ev*ent", "e": ""});
    told(
        &event,
        &[
            ("{ $.n = StopLogging }", 'y'),
            ("{ $.n = \"stopLogging\" }", 'n'),
            ("{ $.n = \"Stop*\" }", 'y'),
            ("{ $.n = *Logging }", 'y'),
            ("{ $.n = \"*opLog*\" }", 'y'),
            ("{ $.n = \"*Stop\" }", 'n'),
            ("{ $.n = \"Stop*ging\" }", 'n'),
            ("{ $.s = \"Ev*ent\" }", 'y'),
            ("{ $.e = * }", 'y'),
            ("{ $.n = \"*\" }", 'y'),
            ("{ $.n != \"Stop*\" }", 'n'),
            ("{ $.n != \"Start*\" }", 'y'),
        ],
    );
}

#[test]
fn a_wildcard_before_text_that_begins_twice_is_open() {
    let event = json!({"ip": "111.111.111.111", "other": "10.111.111.112", "a": "AAAB"});
    told(
        &event,
        &[
            ("{ $.ip = *111.111.111 }", 'o'),
            ("{ $.ip = 111.111.111* }", 'y'),
            ("{ $.ip = *111.111.111* }", 'y'),
            ("{ $.other = *111.111.111 }", 'n'),
            ("{ $.a = *AAB }", 'o'),
        ],
    );
}

#[test]
fn a_number_is_compared_with_text_as_it_is_written_and_with_a_number_by_value() {
    let event = json!({"port": 123, "float": 5.0, "text": "123"});
    told(
        &event,
        &[
            ("{ $.port = \"123\" }", 'y'),
            ("{ $.port = \"123.0\" }", 'n'),
            ("{ $.port = \"12*\" }", 'y'),
            ("{ $.port = * }", 'y'),
            ("{ $.port = 123.0 }", 'y'),
            ("{ $.port = 1.23e2 }", 'y'),
            ("{ $.port = 124 }", 'n'),
            ("{ $.port != 124 }", 'y'),
            ("{ $.float = \"5.0\" }", 'o'),
            ("{ $.float = \"five\" }", 'n'),
            ("{ $.float = 5 }", 'y'),
            ("{ $.text = 123 }", 'n'),
            ("{ $.text != 123 }", 'y'),
        ],
    );
}

#[test]
fn order_is_of_numbers_only() {
    let event = json!({"n": 5, "s": "5"});
    told(
        &event,
        &[
            ("{ $.n > 4.5 }", 'y'),
            ("{ $.n >= 5 }", 'y'),
            ("{ $.n < 5 }", 'n'),
            ("{ $.n <= -5 }", 'n'),
            ("{ $.s > 4 }", 'n'),
        ],
    );
}

#[test]
fn an_object_or_an_array_never_matches_a_value() {
    let event = json!({"requestParameters": {"a": 1}, "list": ["x"]});
    told(
        &event,
        &[
            ("{ $.requestParameters = \"*\" }", 'n'),
            ("{ $.requestParameters != \"x\" }", 'n'),
            ("{ $.list = \"*\" }", 'n'),
            ("{ $.list != \"y\" }", 'n'),
        ],
    );
}

#[test]
fn it_is_open_whether_what_is_no_value_differs_from_one() {
    let event = json!({"null": null, "flag": true});
    told(
        &event,
        &[
            ("{ $.absent != \"x\" }", 'o'),
            ("{ $.absent = \"x\" }", 'n'),
            ("{ $.null = \"*\" }", 'o'),
            ("{ $.null != \"x\" }", 'o'),
            ("{ $.flag = \"true\" }", 'o'),
            ("{ $.flag != false }", 'o'),
        ],
    );
}

#[test]
fn is_asks_for_the_json_literal_and_not_exists_for_nothing_at_all() {
    let event = json!({"null": null, "yes": true, "no": false, "text": "true"});
    told(
        &event,
        &[
            ("{ $.null IS NULL }", 'y'),
            ("{ $.absent IS NULL }", 'n'),
            ("{ $.yes is true }", 'y'),
            ("{ $.no IS FALSE }", 'y'),
            ("{ $.text IS TRUE }", 'n'),
            ("{ $.absent NOT EXISTS }", 'y'),
            ("{ $.null NOT EXISTS }", 'n'),
        ],
    );
}

#[test]
fn selectors_reach_elements_quoted_keys_and_any_of_many() {
    let event = json!({
        "list": [{"a": "x"}, {"a": "y"}, {}],
        "cluster.name": "main",
        "map": {"p": {"q": 1}, "r": {"q": 2}},
    });
    told(
        &event,
        &[
            ("{ $.list[0].a = x }", 'y'),
            ("{ $.list[9].a = x }", 'n'),
            ("{ $.list[9] NOT EXISTS }", 'y'),
            ("{ $.list[*].a = y }", 'y'),
            ("{ $.list[*].a = z }", 'n'),
            ("{ $.list[*].a != x }", 'y'),
            ("{ $.list[*].a NOT EXISTS }", 'o'),
            ("{ $.list[*].b NOT EXISTS }", 'y'),
            ("{ $.['cluster.name'] = main }", 'y'),
            ("{ $['cluster.name'] = main }", 'y'),
            ("{ $.cluster.name = main }", 'n'),
            ("{ $.map.*.q = 2 }", 'y'),
            ("{ $.map.*.q = 3 }", 'n'),
            ("{ $.map[0] = 3 }", 'n'),
        ],
    );
}

#[test]
fn a_regular_expression_is_looked_for_anywhere_in_a_value() {
    let event = json!({"ip": "10.0.0.17", "n": 404, "u": "é", "h": "a--b"});
    told(
        &event,
        &[
            (r"{ $.ip = %0\.1% }", 'y'),
            (r"{ $.ip = %^0\.1% }", 'n'),
            (r"{ $.ip = %^10\.|^11\.% }", 'y'),
            (r"{ $.ip = %^\d{,2}\.% }", 'y'),
            (r"{ $.ip != %17$% }", 'n'),
            (r"{ $.n = %4[0-9]4% }", 'y'),
            // Of everything that AWS does not document it is open what it matches.
            (r"{ $.ip = %(10)% }", 'o'),
            (r"{ $.ip = %\b10% }", 'o'),
            (r"{ $.ip = %[[0]1]% }", 'o'),
            (r"{ $.h = %[+--]% }", 'o'),
            (r"{ $.ip = %a{1000}{1000}{1000}% }", 'o'),
            (r"{ $.u = %.% }", 'o'),
        ],
    );
}

#[test]
fn and_binds_closer_than_or_so_that_cis_exclusions_bind_to_the_second_code_only() {
    let cis = "{ $.errorCode = \"*UnauthorizedOperation\" || $.errorCode = \"AccessDenied*\" \
               && $.sourceIPAddress != \"delivery.logs.amazonaws.com\" \
               && $.eventName != \"HeadBucket\" }";
    for (code, expected) in [("Client.UnauthorizedOperation", 'y'), ("AccessDenied", 'n')] {
        let event =
            json!({"errorCode": code, "sourceIPAddress": "10.0.0.1", "eventName": "HeadBucket"});
        told(&event, &[(cis, expected)]);
    }
    let event =
        json!({"errorCode": "AccessDenied", "sourceIPAddress": "10.0.0.1", "eventName": "X"});
    told(&event, &[(cis, 'y')]);
}

#[test]
fn two_denials_joined_by_or_always_hold_and_two_names_joined_by_and_never() {
    for name in ["X", "Y", "Z"] {
        told(
            &json!({"eventName": name}),
            &[
                ("{ $.eventName != \"X\" || $.eventName != \"Y\" }", 'y'),
                ("{ $.eventName = \"X\" && $.eventName = \"Y\" }", 'n'),
            ],
        );
    }
}

#[test]
fn a_success_is_found_by_the_absence_of_an_error_and_not_by_an_error_that_differs() {
    let success = json!({"eventName": "ConsoleLogin"});
    let failure = json!({"eventName": "ConsoleLogin", "errorMessage": "Failed authentication"});
    told(
        &success,
        &[
            ("{ $.errorMessage != \"*\" }", 'o'),
            ("{ $.errorMessage NOT EXISTS }", 'y'),
        ],
    );
    told(
        &failure,
        &[
            ("{ $.errorMessage != \"*\" }", 'n'),
            ("{ $.errorMessage NOT EXISTS }", 'n'),
        ],
    );
}

#[test]
fn an_open_term_counts_only_where_the_others_do_not_decide() {
    told(
        &json!({"a": "x"}),
        &[
            ("{ $.b != 1 || $.a = x }", 'y'),
            ("{ $.b != 1 && $.a = y }", 'n'),
            ("{ $.b != 1 && $.a = x }", 'o'),
        ],
    );
}

#[test]
fn an_open_answer_names_the_term() {
    let answer = read("{ $.a = x && $.b!=1 }").matches(&json!({"a": "x"}));
    let told = format!("{answer:?}");
    assert!(told.contains("`$.b != 1`: AWS does not say"), "{told}");
}

#[test]
fn terms_are_looked_for_in_the_text_of_the_event() {
    let event =
        json!({"eventName": "StopLogging", "userAgent": "aws-cli/2 (StartLogging)", "z": 1});
    told(
        &event,
        &[
            ("StopLogging", 'y'),
            ("stoplogging", 'n'),
            ("StopLogging StartLogging", 'y'),
            ("StopLogging DeleteTrail", 'n'),
            ("\"aws-cli/2 (Start\"", 'y'),
            ("?DeleteTrail ?StopLogging", 'y'),
            ("?DeleteTrail ?UpdateTrail", 'n'),
            ("StopLogging ?DeleteTrail", 'y'),
            ("StopLogging -StartLogging", 'n'),
            ("-DeleteTrail", 'y'),
            ("", 'y'),
            ("\"\"", 'y'),
            ("\" \"", 'y'),
            ("%Stop[A-Z]ogging%", 'y'),
            ("%Drop[A-Z]ogging%", 'n'),
            ("%St.*ging%", 'y'),
            ("%Stop.*Start%", 'o'),
            ("\"StopLogging\\\",\\\"userAgent\"", 'o'),
            ("Stop*", 'o'),
        ],
    );
    assert!(read("StopLogging").is_text());
    assert!(!read("{ $.eventName = StopLogging }").is_text());
}

#[test]
fn what_a_pattern_of_fields_means_on_a_record_is_open() {
    told(
        &json!({}),
        &[("[ip, user, status = 4*]", 'o'), (" [a] ", 'o')],
    );
}
