use serde_json::{Value, json};

use super::{account, advanced, buckets, management, objects};
use crate::selector::{Access, Coverage, DataKind, operators};
use crate::snapshot::{Account, Observed};

/// Read and write of a kind of data events.
fn data_of(kind: DataKind, account: &Account) -> String {
    let coverage = Coverage::of(account);
    let of = |access| match coverage.data(kind, access).all {
        Ok(true) => 'y',
        Ok(false) => 'n',
        Err(_) => '?',
    };
    Access::ALL.map(of).into_iter().collect()
}

fn data(selectors: &[Value]) -> String {
    data_of(DataKind::S3Object, &account(selectors))
}

fn arn(operator: &str, value: &str) -> Value {
    json!({"field": "resources.ARN", operator: [value]})
}

#[test]
fn basic_data_resources_mean_all_buckets_in_two_spellings() {
    let table = [
        (buckets("All", &["arn:aws:s3"]), "yy"),
        (buckets("All", &["arn:aws:s3:::"]), "yy"),
        (buckets("ReadOnly", &["arn:aws:s3"]), "yn"),
        (buckets("WriteOnly", &["arn:aws:s3:::"]), "ny"),
        (buckets("All", &["arn:aws:s3:::one/"]), "nn"),
        (buckets("All", &["arn:aws:s3:::one/", "arn:aws:s3"]), "yy"),
        (buckets("All", &["arn:aws-cn:s3"]), "nn"),
        (buckets("All", &["ARN:aws:s3"]), "nn"),
        (buckets("All", &["arn:aws:lambda"]), "nn"),
        (buckets("All", &[]), "nn"),
        // Shorter than an ARN of the kind and no spelling of AWS's.
        (buckets("All", &[""]), "??"),
        (buckets("ReadOnly", &["arn:aws:"]), "?n"),
        (json!({"basic": []}), "nn"),
    ];
    for (selectors, expected) in table {
        assert_eq!(
            data(std::slice::from_ref(&selectors)),
            expected,
            "{selectors}"
        );
    }
}

#[test]
fn advanced_data_selectors_record_all_buckets_or_are_narrowed() {
    let name = |operator: &str, value: &str| json!({"field": "eventName", operator: [value]});
    let field =
        |field: &str, operator: &str, value: &str| json!({"field": field, operator: [value]});
    let table = [
        (vec![], "yy"),
        (vec![field("readOnly", "equals", "true")], "yn"),
        (vec![field("readOnly", "equals", "false")], "ny"),
        // All buckets, said by the beginning of the ARN; as a whole it matches nothing.
        (vec![arn("starts_with", "arn:aws:s3")], "yy"),
        (vec![arn("starts_with", "arn:aws:s3:::")], "yy"),
        (vec![arn("equals", "arn:aws:s3:::")], "nn"),
        (vec![arn("starts_with", "arn:aws-us-gov:s3")], "nn"),
        (vec![arn("not_starts_with", "arn:aws-us-gov:s3")], "yy"),
        // Each operator narrows.
        (vec![arn("equals", "arn:aws:s3:::one/key")], "nn"),
        (vec![arn("not_equals", "arn:aws:s3:::one/key")], "nn"),
        (vec![arn("starts_with", "arn:aws:s3:::one/")], "nn"),
        (vec![arn("not_starts_with", "arn:aws:s3:::one/")], "nn"),
        (vec![arn("ends_with", ".pdf")], "nn"),
        (vec![arn("not_ends_with", ".tmp")], "nn"),
        // Leaving a read out takes nothing from the writes.
        (vec![name("not_equals", "GetObject")], "ny"),
        (vec![name("not_equals", "SelectObjectContent")], "ny"),
        (vec![name("not_starts_with", "Put")], "yn"),
        (vec![name("not_equals", "RestoreObject")], "yn"),
        (vec![name("equals", "DeleteObject")], "nn"),
        (
            vec![field(
                "userIdentity.arn",
                "not_starts_with",
                "arn:aws:sts::1:",
            )],
            "nn",
        ),
        (vec![field("userIdentity.arn", "starts_with", "arn:")], "nn"),
        (
            vec![field("sessionCredentialFromConsole", "equals", "true")],
            "nn",
        ),
        (vec![field("eventType", "equals", "AwsApiCall")], "nn"),
        // Probably all, but AWS does not say so.
        (
            vec![field("eventSource", "equals", "s3.amazonaws.com")],
            "??",
        ),
        (
            vec![field("eventSource", "not_equals", "s3.amazonaws.com")],
            "nn",
        ),
        // Not understood.
        (vec![field("moon", "equals", "full")], "??"),
        (vec![arn("starts_with", "")], "??"),
        (
            vec![
                field("moon", "equals", "full"),
                arn("starts_with", "arn:aws:s3:::a"),
            ],
            "nn",
        ),
    ];
    for (fields, expected) in table {
        assert_eq!(data(&[objects(&fields)]), expected, "{fields:?}");
    }
}

#[test]
fn a_data_selector_without_type_or_of_another_type_does_not_count() {
    let category = json!({"field": "eventCategory", "equals": ["Data"]});
    let kind = |kind: &str| json!({"field": "resources.type", "equals": [kind]});
    assert_eq!(data(&[advanced(&json!([category]))]), "??");
    assert_eq!(
        data(&[advanced(&json!([category, kind("AWS::S3::AccessPoint")]))]),
        "nn"
    );
    assert_eq!(
        data(&[advanced(&json!([category, kind("aws::s3::object")]))]),
        "nn"
    );
    assert_eq!(data(&[management(&[])]), "nn");
}

#[test]
fn two_trails_or_selectors_complete_each_other() {
    let not = |value: &str| objects(&[arn("not_starts_with", value)]);
    let only = |value: &str| objects(&[arn("starts_with", value)]);
    let one = "arn:aws:s3:::one/";
    assert_eq!(
        data(&[
            buckets("ReadOnly", &["arn:aws:s3"]),
            buckets("WriteOnly", &["arn:aws:s3"])
        ]),
        "yy"
    );
    assert_eq!(data(&[not(one), only(one)]), "yy");
    assert_eq!(data(&[not(one), buckets("All", &[one])]), "yy");
    assert_eq!(data(&[not(one), buckets("WriteOnly", &[one])]), "ny");
    assert_eq!(data(&[not(one), only("arn:aws:s3:::one/logs/")]), "nn");
    assert_eq!(data(&[not(one), only("arn:aws:s3:::o")]), "yy");
    assert_eq!(data(&[not(one), not("arn:aws:s3:::two/")]), "yy");
    let tmp = |operator: &str| objects(&[arn(operator, ".tmp")]);
    assert_eq!(data(&[tmp("ends_with"), tmp("not_ends_with")]), "yy");
    // An anonymous request has no ARN: whether `NotEquals` lets it pass AWS does not say.
    let who = |operator: &str| objects(&[json!({"field": "userIdentity.arn", operator: ["x"]})]);
    assert_eq!(data(&[who("equals"), who("not_equals")]), "??");
}

#[test]
fn only_logging_multi_region_trails_record_data_events_for_all() {
    let mut stopped = account(&[objects(&[])]);
    stopped.trail_mut().status_mut("us-east-1").is_logging = false;
    assert_eq!(data_of(DataKind::S3Object, &stopped), "nn");
    let mut single = account(&[objects(&[])]);
    single.trail_mut().multi_region = Observed::Known(false);
    assert_eq!(data_of(DataKind::S3Object, &single), "nn");
}

#[test]
fn a_function_arn_is_exact_in_a_basic_selector() {
    let functions = |value: &str| {
        let resource = json!({"type": "AWS::Lambda::Function", "values": [value]});
        account(&[
            json!({"basic": [{"read_write": "All", "management_events": false,
            "excluded_sources": [], "data_resources": [resource]}]}),
        ])
    };
    let table = [
        ("arn:aws:lambda", "yy"),
        ("arn:aws:lambda:us-east-1:111122223333:function:f", "nn"),
        ("arn:aws:lambda:us-east-1", "nn"),
        ("arn:aws:lambda:", "??"),
        ("arn:aws-cn:lambda", "nn"),
    ];
    for (value, expected) in table {
        assert_eq!(
            data_of(DataKind::LambdaFunction, &functions(value)),
            expected,
            "{value}"
        );
    }
}

#[test]
fn in_every_partition_its_own_arns_mean_all() {
    for partition in ["aws-cn", "aws-us-gov", "aws-eusc"] {
        let (s3, all_objects) = (
            format!("arn:{partition}:s3"),
            format!("arn:{partition}:s3:::"),
        );
        let narrowed = arn("not_starts_with", &format!("arn:{partition}:s3:::one/"));
        let table = [
            (buckets("All", &[&s3]), "yy"),
            (buckets("All", &[&all_objects]), "yy"),
            (objects(&[arn("starts_with", &all_objects)]), "yy"),
            (objects(&[]), "yy"),
            (objects(&[narrowed]), "nn"),
            (buckets("All", &["arn:aws:s3"]), "nn"),
        ];
        for (selectors, expected) in table {
            let mut account = account(std::slice::from_ref(&selectors));
            account.partition = partition.to_owned();
            assert_eq!(
                data_of(DataKind::S3Object, &account),
                expected,
                "{partition} {selectors}"
            );
        }
    }
}

#[test]
fn what_is_not_recorded_is_described_by_example() {
    let narrowed = account(&[objects(&[arn("not_starts_with", "arn:aws:s3:::one/")])]);
    let found = Coverage::of(&narrowed).data(DataKind::S3Object, Access::Write);
    assert_eq!(found.all, Ok(false));
    assert_eq!(
        found.example.as_deref(),
        Some("`resources.ARN` `arn:aws:s3:::one/…`")
    );
    assert_eq!(found.some.len(), 1);
}

#[test]
fn hundreds_of_conditions_end_in_an_answer() {
    let many = |field: &str, operator: &str| {
        let values: Vec<String> = (0..250).map(|at| format!("arn:aws:s3:::b{at}/")).collect();
        json!({"field": field, operator: values})
    };
    let narrow = objects(&[
        many("resources.ARN", "starts_with"),
        many("eventName", "equals"),
    ]);
    assert_eq!(data(std::slice::from_ref(&narrow)), "??");
    assert_eq!(data(&[narrow, objects(&[])]), "yy");
    assert_eq!(
        data(&[objects(&[many("resources.ARN", "not_starts_with")])]),
        "nn"
    );
}

/// What a small account may select, for the property below.
fn arbitrary_field(
    u: &mut arbtest::arbitrary::Unstructured<'_>,
) -> arbtest::arbitrary::Result<Value> {
    let beginnings = [
        "arn:aws:s3:::a",
        "arn:aws:s3:::ab",
        "arn:aws:s3:::b",
        "arn:aws:s3",
    ];
    let ends = ["a", "b", "ab", "bb"];
    let kinds = [
        (["equals", "not_equals"], beginnings),
        (["starts_with", "not_starts_with"], beginnings),
        (["ends_with", "not_ends_with"], ends),
    ];
    let mut field = json!({"field": "resources.ARN"});
    for _ in 0..u.int_in_range(1..=2)? {
        let (operators, values) = u.choose(&kinds)?;
        field[*u.choose(operators)?] = json!([u.choose(values)?, u.choose(values)?]);
    }
    Ok(field)
}

#[test]
fn what_is_said_to_record_all_objects_records_every_single_one() {
    arbtest::arbtest(|u| {
        let mut selectors = Vec::new();
        for _ in 0..u.int_in_range(1..=3)? {
            selectors.push(vec![arbitrary_field(u)?]);
        }
        let trails: Vec<Value> = selectors.iter().map(|fields| objects(fields)).collect();
        let said = data(&trails);
        // Every key of up to five letters, asked of the operators themselves.
        let mut keys = vec![String::new()];
        for at in 0..5 {
            let longest: Vec<_> = keys.iter().filter(|key| key.len() == at).cloned().collect();
            for letter in ["a", "b", "c"] {
                keys.extend(longest.iter().map(|key| format!("{key}{letter}")));
            }
        }
        let every = keys.into_iter().all(|key| {
            let key = format!("arn:aws:s3:::{key}");
            selectors.iter().flatten().any(|field| {
                operators::holds(&serde_json::from_value(field.clone()).unwrap(), &key)
            })
        });
        assert_eq!(said, if every { "yy" } else { "nn" }, "{selectors:?}");
        Ok(())
    });
}
