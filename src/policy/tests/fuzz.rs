//! Policies and questions as nobody would write them. A run of the tests tries them for some
//! seconds; how to try a million is told in `src/audit/fuzz.rs`.
//!
//! Of accounts that chance made, `may` must agree with every request that chance makes of
//! what a caller can choose: whoever gets in is not denied, whoever is kept out not allowed,
//! and the request that an answer gives as an example is let through.

use arbtest::arbitrary::{Result, Unstructured};

use super::*;
use crate::audit::fuzz::fuzz;
use crate::policy::caller::{Caller, Membership, Owner};
use crate::policy::context::Context;
use crate::policy::document::Document;
use crate::policy::pattern::Target;
use crate::source::simulation::Simulation;

type Random<'a, 'b> = &'a mut Unstructured<'b>;

#[test]
fn no_policy_makes_the_evaluator_panic() {
    fuzz(|random| {
        let mut text = document(random)?.to_string();
        for _ in 0..random.int_in_range(0..=3)? {
            spoil(&mut text, random)?;
        }
        let understood = Document::parse(&text).is_ok_and(|document| document.doubt().is_none());
        let mut input = account(random)?.0;
        input["resources"][0]["policy"] = json!(text);
        let simulation = read(&input, query(random)?);
        asked(&simulation);
        Ok(understood)
    });
}

#[test]
fn no_input_makes_simulate_panic() {
    fuzz(|random| {
        let mut input = account(random)?.0;
        input["queries"] = json!([query(random)?]);
        let mut text = input.to_string();
        for _ in 0..random.int_in_range(1..=4)? {
            spoil(&mut text, random)?;
        }
        match simulation::read(text.as_bytes()) {
            Ok(simulation) => {
                asked(&simulation);
                Ok(true)
            }
            Err(complaint) => {
                assert!(!complaint.is_empty());
                Ok(false)
            }
        }
    });
}

#[test]
fn may_agrees_with_every_request() {
    fuzz(|random| {
        let input = account(random)?.0;
        let simulation = read(&input, query(random)?);
        let query = &simulation.queries[0];
        let caller = simulation.world.caller(&query.principal);
        let question = simulation
            .world
            .ask(&caller, &query.action, query.target.clone());
        let answer = question.may(&Context::new());
        let told = || format!("{input}\n{:?} {}", query.principal, query.action);
        if let Answer::Conditional {
            depends_on,
            witness,
        } = &answer
        {
            let mut request = Context::new();
            for (key, values) in &witness.present {
                request.set(key, values.clone());
            }
            let doubts = Doubt::ALL.map(Doubt::as_str);
            if !depends_on.iter().any(|on| doubts.contains(&on.as_str())) {
                let replayed = question.of_request(&request);
                assert_eq!(replayed, Answer::Allowed, "{witness:?}\n{}", told());
            }
        }
        for _ in 0..8 {
            let request = request(&caller, &query.target, random)?;
            let one = question.of_request(&request);
            let agrees = !matches!(
                (&one, &answer),
                (Answer::Allowed, Answer::Denied)
                    | (Answer::Denied, Answer::Allowed)
                    | (Answer::Conditional { .. }, Answer::Allowed | Answer::Denied)
            );
            assert!(
                agrees,
                "{one:?} is not {answer:?} of {request:?}\n{}",
                told()
            );
        }
        Ok(matches!(answer, Answer::Conditional { .. }))
    });
}

fn read(input: &Value, query: Value) -> Simulation {
    let mut input = input.clone();
    input["queries"] = json!([query]);
    simulation::read(input.to_string().as_bytes()).unwrap()
}

fn asked(simulation: &Simulation) {
    for query in &simulation.queries {
        let caller = simulation.world.caller(&query.principal);
        let question = simulation
            .world
            .ask(&caller, &query.action, query.target.clone());
        question.may(&query.context);
        question.of_request(&query.context);
        question.cited(&query.context);
    }
}

/// Bytes dropped, doubled, and put in the place of others.
fn spoil(text: &mut String, random: Random<'_, '_>) -> Result<()> {
    const ODD: [&str; 16] = [
        "{", "}", "[", "]", "\"", ",", ":", "null", "1e999", "-0", "*", "?", "${", "\\u0000",
        "\u{f8f0}", "é",
    ];
    let characters: Vec<char> = text.chars().collect();
    let from = random.choose_index(characters.len() + 1)?;
    let to = (from + random.int_in_range(0..=12)?).min(characters.len());
    let middle = match random.int_in_range(0..=3)? {
        0 => String::new(),
        1 => (*random.choose(&ODD)?).to_owned(),
        2 => characters[from..to].iter().collect::<String>().repeat(2),
        _ => characters[from..to].iter().rev().collect(),
    };
    *text = characters[..from].iter().collect::<String>() + &middle;
    text.extend(&characters[to..]);
    Ok(())
}

fn query(random: Random<'_, '_>) -> Result<Value> {
    let who = random.choose(&[
        CAROL, AUDIT, SESSION, ROOT, STRANGER, ANYBODY, CLOUDTRAIL, LINKED,
    ])?;
    let (action, resource) = random.choose(&[
        ("s3:GetObject", "arn:aws:s3:::logs/carol/x"),
        ("s3:GetObject", "arn:aws:s3:::logs/ab"),
        ("s3:PutBucketPolicy", BUCKET),
        ("s3:PutAccountPublicAccessBlock", "*"),
    ])?;
    Ok(json!({"id": "1", "mode": "may", "principal": who, "action": action, "resource": resource}))
}

fn account(random: Random<'_, '_>) -> Result<Lab> {
    let mut lab = lab()
        .user(CAROL, statements(random, false)?)
        .role(AUDIT, statements(random, false)?)
        .resource(BUCKET, policy(statements(random, true)?))
        .outsider(statements(random, false)?);
    if random.ratio(1, 3)? {
        lab = lab.boundary(statements(random, false)?);
    }
    if random.ratio(1, 3)? {
        let full = policy([allow("*", "*")]);
        lab = lab.scp([full, policy(statements(random, false)?)]);
    }
    if random.ratio(1, 4)? {
        lab = lab.rcp([policy(statements(random, true)?)]);
    }
    Ok(lab)
}

fn document(random: Random<'_, '_>) -> Result<Value> {
    Ok(policy(statements(random, true)?))
}

fn statements(random: Random<'_, '_>, named: bool) -> Result<Vec<Value>> {
    let count = random.int_in_range(0..=4)?;
    (0..count).map(|_| one(random, named)).collect()
}

fn one(random: Random<'_, '_>, named: bool) -> Result<Value> {
    let effect = if random.ratio(1, 3)? { "Deny" } else { "Allow" };
    let mut made = json!({"Effect": effect});
    let action = *random.choose(&["*", "s3:*", "s3:Get*", "s3:GetObject", "s3:Put*", "iam:*"])?;
    made[if random.ratio(1, 6)? {
        "NotAction"
    } else {
        "Action"
    }] = json!(action);
    let resource = *random.choose(&[
        "*",
        "*",
        "arn:aws:s3:::logs/*",
        "arn:aws:s3:::logs*",
        "arn:aws:s3:::logs/a?",
        "arn:aws:s3:::logs/${aws:username}/*",
        "arn:aws:s3:::logs/${aws:RequestTag/t, 'ab'}",
    ])?;
    made[if random.ratio(1, 6)? {
        "NotResource"
    } else {
        "Resource"
    }] = json!(resource);
    if named {
        let principals = [
            json!("*"),
            aws("*"),
            aws(CAROL),
            aws(AUDIT),
            aws(SESSION),
            aws(ROOT),
            aws(STRANGER),
            aws("444455556666"),
            json!({"Service": CLOUDTRAIL}),
            aws("AIDAEXAMPLE"),
            aws(&format!("{CAROL} {ROOT}")),
        ];
        let principal = random.choose(&principals)?;
        made[if random.ratio(1, 8)? {
            "NotPrincipal"
        } else {
            "Principal"
        }] = principal.clone();
    }
    let mut block = json!({});
    for _ in 0..random.int_in_range(0..=3)? {
        let (operator, key, values) = condition(random)?;
        block[operator][key] = values;
    }
    if block != json!({}) {
        made["Condition"] = block;
    }
    Ok(made)
}

const TEXTS: [&str; 14] = [
    "a",
    "b",
    "ab",
    "AB",
    "a*",
    "*b",
    "?b",
    "a*b*",
    "${*}",
    "",
    "anything",
    "${aws:username}",
    "${aws:RequestTag/u}",
    "${aws:RequestTag/u, 'a'}",
];

const ARNS: [&str; 8] = [
    CAROL,
    AUDIT,
    TRAIL,
    "arn:aws:iam::111122223333:*",
    "arn:aws:cloudtrail:*:*:trail/*",
    "arn:aws:cloudtrail:*:444455556666:trail/m*",
    "arn:*:*:*:111122223333:*",
    "arn:aws:s3:::b*",
];

fn condition(random: Random<'_, '_>) -> Result<(String, String, Value)> {
    let (key, operators, values): (&str, &[&str], &[&str]) = match random.int_in_range(0..=15)? {
        0 => (
            "aws:SourceIp",
            &["IpAddress", "NotIpAddress", "Null"],
            &["10.0.0.0/8", "10.1.0.0/16", "::/0", "0.0.0.0/0", "true"],
        ),
        1 => ("aws:SourceVpce", STRINGS, &["vpce-1", "vpce-*", "true"]),
        2 => (
            "aws:MultiFactorAuthPresent",
            &["Bool", "Null"],
            &["true", "false"],
        ),
        3 => ("aws:MultiFactorAuthAge", NUMBERS, &["60", "3600", "true"]),
        4 => ("aws:SecureTransport", &["Bool", "Null"], &["true", "false"]),
        5 => ("s3:TlsVersion", NUMBERS, &["1.2", "1.3", "false"]),
        6 => (
            "aws:CurrentTime",
            &[
                "DateLessThan",
                "DateGreaterThanEquals",
                "DateEquals",
                "DateNotEquals",
            ],
            &["2026-01-01", "2026-06-01T00:00:00Z"],
        ),
        7 => (
            "aws:EpochTime",
            &["DateLessThan", "NumericGreaterThan"],
            &["1767225600", "1780272000"],
        ),
        8 => ("aws:RequestTag/t", STRINGS, &TEXTS),
        9 => ("aws:RequestTag/u", STRINGS, &TEXTS),
        10 => (
            "aws:TagKeys",
            &[
                "ForAllValues:StringEquals",
                "ForAnyValue:StringLike",
                "ForAnyValue:StringNotEquals",
                "ForAllValues:StringNotLike",
                "StringEquals",
                "Null",
            ],
            &TEXTS,
        ),
        11 => (
            "aws:PrincipalArn",
            &["ArnLike", "ArnNotEquals", "StringLike", "Null"],
            &ARNS,
        ),
        12 => (
            "aws:SourceArn",
            &[
                "ArnLike",
                "ArnNotLike",
                "StringEquals",
                "StringLike",
                "Null",
            ],
            &ARNS,
        ),
        13 => (
            "aws:SourceAccount",
            STRINGS,
            &["111122223333", "444455556666", "1*", "true"],
        ),
        14 => (
            "aws:userid",
            STRINGS,
            &[
                "AIDAEXAMPLE",
                "AROAEXAMPLE:*",
                "*:dave",
                "*:a?",
                "111122223333",
            ],
        ),
        _ => (
            "aws:RequestTag/n",
            &[
                "NumericLessThan",
                "NumericGreaterThan",
                "NumericNotEquals",
                "Bool",
                "BoolIfExists",
            ],
            &["1", "2", "true", "false"],
        ),
    };
    let mut operator = (*random.choose(operators)?).to_owned();
    if operator != "Null" && random.ratio(1, 5)? && !operator.ends_with("IfExists") {
        operator.push_str("IfExists");
    }
    let count = random.int_in_range(1..=2)?;
    let values: Vec<&str> = (0..count)
        .map(|_| random.choose(values).copied())
        .collect::<Result<_>>()?;
    Ok((operator, key.to_owned(), json!(values)))
}

const STRINGS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "Null",
];

const NUMBERS: &[&str] = &[
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericGreaterThanEquals",
    "Null",
];

/// A request that the caller can make: what is certain of it, and what chance chooses of the
/// rest as far as it goes together.
fn request(caller: &Caller, target: &Target, random: Random<'_, '_>) -> Result<Context> {
    let owner = Owner::account("111122223333", Membership::In("o-example".to_owned()));
    let certain = caller.certain(&owner, target);
    let mut free: Vec<(&str, Vec<String>)> = Vec::new();
    let text = |random: Random<'_, '_>| -> Result<Vec<String>> {
        let pool = [
            "a", "b", "ab", "AB", "aB", "xb", "aab", "*", "carol", "1", "1.5", "3", "true",
            "anything",
        ];
        Ok(vec![(*random.choose(&pool)?).to_owned()])
    };
    match random.int_in_range(0..=2)? {
        0 => free.push((
            "aws:sourceip",
            vec![
                (*random.choose(&["10.1.2.3", "10.2.0.1", "192.0.2.7", "2001:db8::7"])?).to_owned(),
            ],
        )),
        1 => free.push((
            "aws:sourcevpce",
            vec![(*random.choose(&["vpce-1", "vpce-2"])?).to_owned()],
        )),
        _ => {}
    }
    let tls = random.ratio(1, 2)?
        || certain.get("aws:securetransport") != super::super::context::Value::Open;
    free.push(("aws:securetransport", vec![tls.to_string()]));
    if tls && matches!(target, Target::One(_)) {
        free.push((
            "s3:tlsversion",
            vec![(*random.choose(&["1.1", "1.2", "1.3"])?).to_owned()],
        ));
    }
    match random.int_in_range(0..=2)? {
        0 => free.push(("aws:multifactorauthpresent", vec!["false".to_owned()])),
        1 => {
            free.push(("aws:multifactorauthpresent", vec!["true".to_owned()]));
            free.push((
                "aws:multifactorauthage",
                vec![(*random.choose(&["1", "60", "61", "9999"])?).to_owned()],
            ));
        }
        _ => {}
    }
    let (date, epoch) = random.choose(&[
        ("2025-12-31T23:59:59Z", "1767225599"),
        ("2026-01-01T00:00:00Z", "1767225600"),
        ("2026-03-01T00:00:00Z", "1772323200"),
        ("2026-06-01T00:00:00Z", "1780272000"),
        ("2027-01-01T00:00:00Z", "1798761600"),
    ])?;
    free.push(("aws:currenttime", vec![(*date).to_owned()]));
    free.push(("aws:epochtime", vec![(*epoch).to_owned()]));
    for key in ["aws:requesttag/t", "aws:requesttag/u", "aws:requesttag/n"] {
        if random.ratio(2, 3)? {
            free.push((key, text(random)?));
        }
    }
    let mut keys = Vec::new();
    for _ in 0..random.int_in_range(0..=3)? {
        keys.extend(text(random)?);
    }
    free.push(("aws:tagkeys", keys));
    let id = caller.id.clone().unwrap_or_else(|| "AROAOTHER".to_owned());
    free.push((
        "aws:userid",
        vec![format!("{id}:{}", random.choose(&["dave", "a", "ab"])?)],
    ));
    if random.ratio(3, 4)? {
        let (arn, account) = random.choose(&[
            (TRAIL, "111122223333"),
            (
                "arn:aws:cloudtrail:us-east-1:444455556666:trail/main",
                "444455556666",
            ),
            (
                "arn:aws:cloudtrail:us-east-1:777788889999:trail/main",
                "777788889999",
            ),
            ("arn:aws:s3:::bucket", "111122223333"),
        ])?;
        free.push(("aws:sourcearn", vec![(*arn).to_owned()]));
        free.push(("aws:sourceaccount", vec![(*account).to_owned()]));
    }
    let mut request = Context::new();
    for (key, values) in free {
        if certain.get(key) == super::super::context::Value::Open {
            request.set(key, values);
        }
    }
    for (key, values) in certain.iter() {
        request.set(key, values.iter().cloned());
    }
    Ok(request)
}
