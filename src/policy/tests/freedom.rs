//! What a caller may choose: every context that can occur, and none that cannot.
//! reference_policies_condition-keys.html unless another page is named.

use super::*;

/// Whether carol, who may anything, gets past these denials somehow.
fn past(denials: &[Value]) -> Verdict {
    let mut statements = vec![allow("*", "*")];
    statements.extend(
        denials
            .iter()
            .map(|condition| deny("*", "*").when(condition.clone())),
    );
    holding(statements).may(CAROL, "s3:GetObject", OBJECT)
}

/// Whether an Allow under this condition lets her in somehow.
fn under(condition: Value) -> Verdict {
    holding([allow("*", "*").when(condition)]).may(CAROL, "s3:GetObject", OBJECT)
}

/// The verdict names the key and a request.
#[test]
fn a_conditional_answer_names_its_key_and_a_request() {
    let verdict = under(json!({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}));
    assert_eq!(verdict.depends_on, ["aws:SourceIp"]);
    assert_eq!(verdict.witness, json!({"aws:SourceIp": ["192.0.2.0"]}));
    let verdict = past(&[json!({"Null": {"aws:MultiFactorAuthPresent": "true"}})]);
    assert_eq!(verdict.depends_on, ["aws:MultiFactorAuthPresent"]);
}

/// A key that decides nothing is not named.
#[test]
fn keys_that_decide_nothing_are_not_named() {
    let lab = holding([
        allow("*", "*").when(json!({"StringEquals": {"aws:UserAgent": "a"}})),
        allow("*", "*").when(json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}, "StringEquals": {"aws:UserAgent": "a"}})),
    ]);
    assert_eq!(
        lab.may(CAROL, "s3:GetObject", OBJECT).depends_on,
        ["aws:UserAgent"]
    );
}

/// Every way out is shut.
#[test]
fn what_no_request_gets_past_is_denied() {
    assert_eq!(
        past(&[
            json!({"StringLike": {"k": "a*"}}),
            json!({"StringNotLike": {"k": "a*"}})
        ]),
        "denied"
    );
    assert_eq!(
        past(&[
            json!({"Null": {"k": "true"}}),
            json!({"Null": {"k": "false"}})
        ]),
        "denied"
    );
    assert_eq!(
        past(&[
            json!({"Bool": {"aws:SecureTransport": "true"}}),
            json!({"Bool": {"aws:SecureTransport": "false"}})
        ]),
        "denied"
    );
}

/// And every request gets in.
#[test]
fn what_every_request_gets_is_allowed() {
    let lab = holding([
        allow("*", "*").when(json!({"Bool": {"aws:SecureTransport": "true"}})),
        allow("*", "*").when(json!({"Bool": {"aws:SecureTransport": "false"}})),
    ]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
    let lab = holding([
        allow("*", "*").when(json!({"StringLike": {"k": "a*"}})),
        allow("*", "*").when(json!({"StringNotLike": {"k": "a*"}})),
    ]);
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
}

/// Patterns that cross: a text of the first only, of the second only, of both, of neither.
#[test]
fn texts_between_patterns_are_found() {
    assert_eq!(
        past(&[
            json!({"StringNotLike": {"k": "a*"}}),
            json!({"StringNotLike": {"k": "*b"}})
        ]),
        "conditional"
    );
    assert_eq!(
        past(&[
            json!({"StringNotLike": {"k": "a*"}}),
            json!({"StringLike": {"k": "*thing"}})
        ]),
        "conditional"
    );
    assert_eq!(
        past(&[
            json!({"StringNotLike": {"k": "a?c"}}),
            json!({"StringNotLike": {"k": "?b?"}})
        ]),
        "conditional"
    );
    assert_eq!(
        past(&[
            json!({"StringNotLike": {"k": "a*"}}),
            json!({"StringLike": {"k": ["*a", "a?*"]}})
        ]),
        "denied"
    );
    let three = [
        json!({"StringNotLike": {"k": "a*"}}),
        json!({"StringNotLike": {"k": "*b*"}}),
        json!({"StringNotLike": {"k": "*c"}}),
    ];
    assert_eq!(past(&three).witness["k"], json!(["abc"]));
}

/// A value that is none of those listed, whatever is listed.
#[test]
fn a_value_that_nobody_names_is_found() {
    let listed = json!({"StringEquals": {"k": ["anything", "anything-2", "x"]}});
    assert_eq!(
        past(&[listed, json!({"Null": {"k": "true"}})]),
        "conditional"
    );
}

/// Spellings between lower and upper case.
#[test]
fn other_spellings_are_found() {
    let any = json!({"StringNotEqualsIgnoreCase": {"k": "ab"}});
    assert_eq!(
        past(&[any.clone(), json!({"StringEquals": {"k": ["ab", "AB"]}})]),
        "conditional"
    );
    assert_eq!(
        past(&[
            any,
            json!({"StringEquals": {"k": ["ab", "AB", "aB", "Ab"]}})
        ]),
        "denied"
    );
}

#[test]
fn numbers_between_and_beyond_are_found() {
    assert_eq!(
        past(&[
            json!({"NumericLessThanEquals": {"s3:max-keys": "1"}}),
            json!({"NumericGreaterThanEquals": {"s3:max-keys": "2"}}),
            json!({"Null": {"s3:max-keys": "true"}})
        ]),
        "conditional"
    );
    assert_eq!(
        past(&[
            json!({"NumericLessThanEquals": {"s3:max-keys": "1e300"}}),
            json!({"Null": {"s3:max-keys": "true"}})
        ]),
        "conditional"
    );
    assert_eq!(
        past(&[
            json!({"NumericLessThan": {"s3:max-keys": "1"}}),
            json!({"NumericGreaterThanEquals": {"s3:max-keys": "1"}}),
            json!({"Null": {"s3:max-keys": "true"}})
        ]),
        "denied"
    );
}

/// A tag may hold what is no number, no address and no truth value.
#[test]
fn a_tag_may_hold_anything() {
    let present = json!({"Null": {"aws:RequestTag/n": "true"}});
    let numbers = [
        json!({"NumericLessThan": {"aws:RequestTag/n": "1"}}),
        json!({"NumericGreaterThanEquals": {"aws:RequestTag/n": "1"}}),
        present.clone(),
    ];
    assert_eq!(past(&numbers), "conditional");
    let words = [
        json!({"Bool": {"aws:RequestTag/n": "true"}}),
        json!({"Bool": {"aws:RequestTag/n": "false"}}),
        present,
    ];
    assert_eq!(past(&words), "conditional");
}

/// A value that is compared as a number and as a text: not every outcome is looked for.
#[test]
fn a_value_that_is_read_in_two_ways_is_open() {
    let both = json!({"NumericGreaterThan": {"aws:RequestTag/n": "1"}, "StringNotEquals": {"aws:RequestTag/n": "2"}});
    let verdict = under(both);
    assert_eq!(verdict, "conditional");
    assert!(
        verdict
            .depends_on
            .contains(&"values of condition keys".to_owned())
    );
}

#[test]
fn moments_between_are_found() {
    let window = [
        json!({"DateLessThanEquals": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}),
        json!({"DateGreaterThanEquals": {"aws:CurrentTime": "2026-01-01T00:00:02Z"}}),
    ];
    assert_eq!(past(&window).depends_on, ["aws:CurrentTime"]);
    let none = [
        json!({"DateLessThan": {"aws:CurrentTime": "2026-01-01"}}),
        json!({"DateGreaterThanEquals": {"aws:CurrentTime": "2026-01-01"}}),
    ];
    assert_eq!(past(&none), "denied");
}

/// aws:CurrentTime and aws:EpochTime are one time.
#[test]
fn the_two_clocks_agree() {
    let apart = [
        json!({"DateGreaterThanEquals": {"aws:CurrentTime": "2026-01-01"}}),
        json!({"DateLessThan": {"aws:EpochTime": "1767225600"}}),
    ];
    assert_eq!(past(&apart), "denied");
    let together = [
        json!({"DateGreaterThanEquals": {"aws:CurrentTime": "2026-01-02"}}),
        json!({"NumericLessThan": {"aws:EpochTime": "1767225600"}}),
    ];
    assert_eq!(past(&together), "conditional");
}

/// A time that is compared as a text.
#[test]
fn a_time_compared_as_a_text_is_open() {
    let lab = holding([allow("*", "*").when(json!({"StringLike": {"aws:CurrentTime": "2026-*"}}))]);
    let verdict = lab.unclear(CAROL, "s3:GetObject", OBJECT);
    assert_eq!(verdict, "conditional");
}

#[test]
fn addresses_within_without_and_of_the_other_family_are_found() {
    let inner = [
        json!({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        json!({"IpAddress": {"aws:SourceIp": ["10.0.0.0/9", "10.192.0.0/10"]}}),
    ];
    assert_eq!(past(&inner).witness["aws:SourceIp"], json!(["10.128.0.0"]));
    let v4 = [
        json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),
        json!({"Null": {"aws:SourceIp": "true"}}),
    ];
    assert_eq!(past(&v4), "conditional");
    let all = [
        json!({"IpAddress": {"aws:SourceIp": ["0.0.0.0/0", "::/0"]}}),
        json!({"Null": {"aws:SourceIp": "true"}}),
    ];
    assert_eq!(past(&all), "denied");
}

/// aws:SourceIp: "not present when the requester uses a VPC endpoint".
#[test]
fn an_address_and_an_endpoint_exclude_each_other() {
    let both = json!({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}, "StringEquals": {"aws:SourceVpce": "vpce-1"}});
    assert_eq!(under(both), "denied");
    let each_denies = [
        json!({"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
        json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}),
    ];
    assert_eq!(past(&each_denies), "denied");
    let either = [
        json!({"NotIpAddressIfExists": {"aws:SourceIp": "192.0.2.0/24"}, "StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}),
    ];
    assert_eq!(past(&either), "conditional");
}

/// access_forward_access_sessions.html: a service that calls for somebody comes from neither.
#[test]
fn a_service_on_somebodys_behalf_tells_no_network() {
    let neither = json!({"Null": {"aws:SourceIp": "true", "aws:SourceVpce": "true"}});
    assert_eq!(under(neither), "conditional");
    let network = json!({"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}, "Bool": {"aws:ViaAWSService": "false"}});
    let verdict = past(&[
        network,
        json!({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
    ]);
    assert_eq!(verdict.witness["aws:ViaAWSService"], json!(["true"]));
}

/// The same: aws:CalledVia is there if a service calls, and not otherwise.
#[test]
fn called_via_goes_with_via_aws_service() {
    let lab = |via: &str| {
        under(
            json!({"ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}, "Bool": {"aws:ViaAWSService": via}}),
        )
    };
    assert_eq!(lab("true"), "conditional");
    assert_eq!(lab("false"), "denied");
}

/// id_credentials_mfa_configure-api-require.html: no MFA keys with long-term keys, and no age
/// without MFA.
#[test]
fn mfa_and_its_age_go_together() {
    assert_eq!(
        under(
            json!({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}})
        ),
        "conditional"
    );
    assert_eq!(
        under(
            json!({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}, "Bool": {"aws:MultiFactorAuthPresent": "false"}})
        ),
        "denied"
    );
    assert_eq!(
        under(
            json!({"Null": {"aws:MultiFactorAuthAge": "true"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}})
        ),
        "denied"
    );
}

/// amazon-s3-policy-keys.html: no TLS version without TLS.
#[test]
fn a_tls_version_goes_with_tls() {
    assert_eq!(
        past(&[json!({"NumericLessThan": {"s3:TlsVersion": "1.2"}})])
            .witness
            .get("s3:TlsVersion"),
        None
    );
    let both = [
        json!({"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
        json!({"Bool": {"aws:SecureTransport": "false"}}),
    ];
    assert_eq!(past(&both).depends_on, ["s3:TlsVersion"]);
    assert_eq!(
        under(
            json!({"Null": {"s3:TlsVersion": "false"}, "Bool": {"aws:SecureTransport": "false"}})
        ),
        "denied"
    );
}

/// What is certain of users, roles and root users is not free.
#[test]
fn what_follows_from_the_caller_is_not_free() {
    let lab = |key: &str, value: &str| {
        holding([allow("*", "*").when(json!({"StringEquals": {key: value}}))])
    };
    for (who, key, value) in [
        (CAROL, "aws:PrincipalArn", CAROL),
        (CAROL, "aws:username", "carol"),
        (CAROL, "aws:userid", "AIDAEXAMPLE"),
        (CAROL, "aws:PrincipalType", "User"),
        (CAROL, "aws:PrincipalAccount", "111122223333"),
        (CAROL, "aws:PrincipalOrgID", "o-example"),
        (CAROL, "aws:PrincipalIsAWSService", "false"),
        (AUDIT, "aws:PrincipalArn", AUDIT),
        (AUDIT, "aws:PrincipalType", "AssumedRole"),
        (SESSION, "aws:userid", "AROAEXAMPLE:dave"),
    ] {
        assert_eq!(
            lab(key, value).may(who, "s3:GetObject", OBJECT),
            "allowed",
            "{who} {key}"
        );
        assert_eq!(
            lab(key, "other").may(who, "s3:GetObject", OBJECT),
            "denied",
            "{who} {key}"
        );
    }
    assert_eq!(
        lab("aws:username", "audit").may(AUDIT, "s3:GetObject", OBJECT),
        "denied"
    );
    let root = |key: &str, value: &str| {
        let differs = json!({"StringNotEquals": {key: value}});
        holding([])
            .resource(
                BUCKET,
                policy([deny("s3:*", "*").to(json!("*")).when(differs)]),
            )
            .may(ROOT, "s3:GetObject", OBJECT)
    };
    assert_eq!(root("aws:PrincipalType", "Account"), "allowed");
    assert_eq!(root("aws:userid", "111122223333"), "allowed");
    assert_eq!(root("aws:PrincipalArn", ROOT), "allowed");
    assert_eq!(root("aws:username", "root"), "denied");
}

/// reference_policies_variables.html: a role's aws:userid is its id and the session's name,
/// which whoever assumes it chooses.
#[test]
fn the_name_of_a_session_is_free_and_its_role_is_not() {
    let lab = |pattern: &str| {
        holding([allow("*", "*").when(json!({"StringLike": {"aws:userid": pattern}}))])
    };
    assert_eq!(
        lab("AROAEXAMPLE:*").may(AUDIT, "s3:GetObject", OBJECT),
        "allowed"
    );
    assert_eq!(
        lab("AROAOTHER:*").may(AUDIT, "s3:GetObject", OBJECT),
        "denied"
    );
    let verdict = lab("*:admin").may(AUDIT, "s3:GetObject", OBJECT);
    assert_eq!(verdict.witness["aws:userid"], json!(["AROAEXAMPLE:admin"]));
}

/// id_session-tags.html and GetFederationToken: a federated user may bring tags along.
#[test]
fn a_federated_user_may_bring_tags() {
    let tagged = json!({"StringEquals": {"aws:PrincipalTag/team": "red"}});
    let lab = bucket([allow("s3:*", "*").to(json!("*")).when(tagged)]);
    assert_eq!(lab.may(FEDERATED, "s3:GetObject", OBJECT), "conditional");
    assert_eq!(lab.may(ANYBODY, "s3:GetObject", OBJECT), "denied");
    assert_eq!(lab.may(ROOT, "s3:GetObject", OBJECT), "allowed");
}

/// In a question tags are what its context says, and there are no others.
#[test]
fn tags_are_those_of_the_question() {
    let tagged = json!({"StringEquals": {"aws:PrincipalTag/team": "red"}});
    let lab = holding([allow("*", "*").when(tagged)]).change(
        CAROL,
        "Tags",
        json!([{"Key": "team", "Value": "red"}]),
    );
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "denied");
    let red = json!({"aws:PrincipalTag/Team": "red"});
    assert_eq!(lab.may_with(CAROL, "s3:GetObject", OBJECT, red), "allowed");
}

/// reference_policies_condition-single-vs-multi-valued-context-keys.html: exactly these two.
#[test]
fn several_values_are_tried_together() {
    let both = json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}, "ForAnyValue:StringEquals": {"aws:TagKeys": "a"},
        "ForAnyValue:StringLike": {"aws:TagKeys": "b"}});
    assert_eq!(under(both).witness["aws:TagKeys"], json!(["a", "b"]));
    let never = json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}, "ForAnyValue:StringEquals": {"aws:TagKeys": ["b"]}});
    assert_eq!(under(never), "denied");
}

/// The same: a value that no pattern holds need not be an empty string, which is no value.
#[test]
fn a_value_that_fits_nothing_is_a_value() {
    let neither = json!({"ForAllValues:StringNotLike": {"aws:TagKeys": ["a*", "*b"]}, "ForAnyValue:StringNotEquals": {"aws:TagKeys": "x"}});
    assert_eq!(under(neither), "conditional");
}

/// The same: several values slip past what compares the key as a whole.
#[test]
fn several_values_slip_past_single_comparisons() {
    let denials = [
        json!({"StringEquals": {"aws:TagKeys": "a"}}),
        json!({"StringNotEquals": {"aws:TagKeys": "a"}}),
    ];
    assert_eq!(past(&denials), "conditional");
}

/// ForAllValues in an Allow with `*` lets in whoever leaves the key out.
#[test]
fn for_all_values_lets_in_who_has_no_value() {
    let all = json!({"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-example/*"}});
    let lab = bucket([allow("s3:*", "*").to(json!("*")).when(all)]);
    assert_eq!(lab.may(ANYBODY, "s3:GetObject", OBJECT), "allowed");
}

/// A fixed key is no longer free; an empty list fixes its absence.
#[test]
fn what_a_question_fixes_is_fixed() {
    let lab =
        holding([allow("*", "*").when(json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}))]);
    let with = |context: Value| lab.may_with(CAROL, "s3:GetObject", OBJECT, context);
    assert_eq!(
        with(json!({"AWS:MultiFactorAuthPresent": "true"})),
        "allowed"
    );
    assert_eq!(
        with(json!({"aws:multifactorauthpresent": "false"})),
        "denied"
    );
    assert_eq!(with(json!({"aws:MultiFactorAuthPresent": []})), "denied");
    assert_eq!(with(json!({})), "conditional");
}

/// Too many keys to try every combination of: never denied, never allowed for certain.
#[test]
fn too_many_keys_leave_the_answer_open() {
    let many: serde_json::Map<String, Value> =
        (0..40).map(|n| (format!("k{n}"), json!("a"))).collect();
    let verdict = holding([allow("*", "*").when(json!({"StringNotEquals": many}))]).may(
        CAROL,
        "s3:GetObject",
        OBJECT,
    );
    assert_eq!(verdict, "conditional");
    assert_eq!(verdict.depends_on.len(), 40);
}

/// `may` agrees with the concrete requests that it stands for.
#[test]
fn a_concrete_request_has_nothing_but_its_context() {
    let lab = holding([allow("*", "*").when(json!({"StringEquals": {"aws:PrincipalArn": CAROL}}))]);
    assert_eq!(
        lab.concrete(CAROL, "s3:GetObject", OBJECT, json!({})),
        "denied"
    );
    assert_eq!(
        lab.concrete(
            CAROL,
            "s3:GetObject",
            OBJECT,
            json!({"aws:PrincipalArn": CAROL})
        ),
        "allowed"
    );
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "allowed");
}

/// The service's region is the resource's.
#[test]
fn the_region_of_a_request_is_that_of_its_resource() {
    let lab = holding([
        allow("*", "*").when(json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}))
    ]);
    assert_eq!(lab.may(CAROL, "cloudtrail:StopLogging", TRAIL), "allowed");
    assert_eq!(
        lab.may(
            CAROL,
            "cloudtrail:StopLogging",
            "arn:aws:cloudtrail:us-east-1:111122223333:trail/x"
        ),
        "denied"
    );
    assert_eq!(lab.may(CAROL, "s3:GetObject", OBJECT), "conditional");
}
