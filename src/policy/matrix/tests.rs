use arbtest::arbitrary::{Result, Unstructured};
use arbtest::arbtest;
use serde_json::{Value, json};

use super::*;
use crate::snapshot::{
    Group, Identities, InlinePolicy, ManagedPolicy, Observed::Known, OrganizationPolicy,
    PolicyLevel, Role, User, story,
};

fn account_of(identities: Identities) -> Account {
    let mut account = story::pristine_account();
    account.identities = Known(identities);
    account
}

/// What the world answers where it is asked one question at a time.
fn one_by_one(
    world: &World,
    account: &Account,
    caller: &Caller,
    entry: &Tampering,
) -> Vec<(bool, Held)> {
    let things = std::iter::once(&entry.resource)
        .chain(entry.also)
        .flat_map(|kind| targets(account, *kind));
    let action = entry.action.to_lowercase();
    let mut held: Vec<(bool, Held)> = Vec::new();
    for thing in things {
        let mut one = Held::of(world, caller, &action, &thing.target);
        if !thing.sure {
            one.can = one.can.and(Truth::maybe(Doubt::Unread));
        }
        held.push((thing.own, one));
    }
    let weight = |(own, held): &(bool, Held)| (*own && held.weight() > 0, held.weight());
    let heaviest = held.iter().map(weight).max().unwrap_or_default();
    held.retain(|one| weight(one) == heaviest && one.1.weight() > 0);
    held
}

fn assert_same(account: &Account) {
    let world = World::of(account);
    let matrix = Matrix::of(&world, account);
    for (subject, caller) in matrix.callers().enumerate() {
        for entry in TAMPERING {
            let found = matrix.powers(subject).find(|power| power.entry == entry);
            let expected = one_by_one(&world, account, caller, entry);
            let who = caller.principal.name();
            match found {
                Some(found) => assert!(
                    expected.contains(&(found.thing.own, found.held.clone())),
                    "{who}: {}: {found:?} is none of {expected:?}",
                    entry.action
                ),
                // Of what the snapshot does not hold only the caller's policies are read.
                None => assert!(
                    expected.iter().all(|(own, held)| !own
                        && held
                            .depends_on()
                            .iter()
                            .any(|one| one == Doubt::Unread.as_str())),
                    "{who}: {}: {expected:?}",
                    entry.action
                ),
            }
        }
    }
}

#[test]
fn the_matrix_answers_as_the_world_does_when_asked_one_by_one() {
    for (_, snapshot) in story::all() {
        snapshot.accounts.iter().for_each(assert_same);
    }
}

const ACTIONS: [&str; 12] = [
    "*",
    "s3:*",
    "s3:Delete*",
    "s3:PutObject",
    "cloudtrail:*",
    "cloudtrail:StopLogging",
    "kms:*",
    "kms:Disable?ey",
    "logs:Delete*",
    "*:Delete*",
    "iam:Get*",
    "cloudwatch:*",
];

const RESOURCES: [&str; 9] = [
    "*",
    "arn:aws:s3:::example-trail-logs*",
    "arn:aws:s3:::example-trail-logs/AWSLogs/111122223333/CloudTrail/2026/*",
    "arn:aws:s3:::${aws:PrincipalTag/team}*",
    "arn:aws:s3:::${aws:username}/*",
    "arn:aws:cloudtrail:*:111122223333:trail/main",
    "arn:aws:cloudtrail:*:*:trail/${aws:PrincipalTag/team}",
    "arn:aws:kms:*:*:key/*",
    "arn:aws:logs:us-east-1:111122223333:log-group:trail-main:*",
];

fn condition(random: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match random.int_in_range(0..=11)? {
        0 => json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } }),
        1 => json!({ "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } }),
        2 => json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/r1" } }),
        3 => {
            json!({ "ArnNotLike": { "aws:PrincipalArn": ["arn:aws:iam::*:user/u0", "arn:aws:iam::*:role/*2"] } })
        }
        4 => json!({ "StringEquals": { "aws:PrincipalTag/team": "security" } }),
        5 => json!({ "StringEquals": { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } }),
        6 => json!({ "StringLike": { "aws:userid": "AROA1:*" } }),
        7 => json!({ "StringNotEquals": { "aws:username": "u1" } }),
        8 => json!({ "IpAddress": { "aws:SourceIp": "192.0.2.0/24" } }),
        9 => json!({ "Frobnicate": { "aws:SourceIp": "192.0.2.0/24" } }),
        _ => json!({}),
    })
}

fn statement(random: &mut Unstructured<'_>, principal: Option<Value>) -> Result<Value> {
    let deny = random.ratio(1, 4)?;
    let except = random.ratio(1, 8)?;
    let mut statement = json!({
        "Effect": if deny { "Deny" } else { "Allow" },
        if except { "NotAction" } else { "Action" }: [random.choose(&ACTIONS)?, random.choose(&ACTIONS)?],
        if random.ratio(1, 8)? { "NotResource" } else { "Resource" }: random.choose(&RESOURCES)?,
        "Condition": condition(random)?,
    });
    if let Some(principal) = principal {
        statement["Principal"] = principal;
    }
    if random.ratio(1, 40)? {
        statement["Unheard"] = json!(true);
    }
    Ok(statement)
}

fn document(random: &mut Unstructured<'_>) -> Result<String> {
    let count = random.int_in_range(1..=3)?;
    let statements: Result<Vec<Value>> = (0..count).map(|_| statement(random, None)).collect();
    Ok(json!({ "Version": "2012-10-17", "Statement": statements? }).to_string())
}

fn policy_of_resource(random: &mut Unstructured<'_>) -> Result<String> {
    let principals = [
        json!("*"),
        json!({ "AWS": "111122223333" }),
        json!({ "AWS": ["arn:aws:iam::111122223333:user/u0", "arn:aws:iam::111122223333:role/r1"] }),
        json!({ "AWS": "arn:aws:sts::111122223333:assumed-role/r2/session" }),
        json!({ "Service": "cloudtrail.amazonaws.com" }),
        json!({ "CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be" }),
    ];
    let mut statements = Vec::new();
    for _ in 0..random.int_in_range(1..=3)? {
        let principal = random.choose(&principals)?.clone();
        statements.push(statement(random, Some(principal))?);
    }
    Ok(json!({ "Version": "2012-10-17", "Statement": statements }).to_string())
}

fn some(random: &mut Unstructured<'_>, names: &[String]) -> Result<Vec<String>> {
    let mut chosen = Vec::new();
    for name in names {
        if random.ratio(1, 3)? {
            chosen.push(name.clone());
        }
    }
    Ok(chosen)
}

fn inline(random: &mut Unstructured<'_>) -> Result<Vec<InlinePolicy>> {
    match random.ratio(1, 3)? {
        false => Ok(Vec::new()),
        true => Ok(vec![InlinePolicy {
            name: "own".to_owned(),
            document: document(random)?,
        }]),
    }
}

fn identities(random: &mut Unstructured<'_>) -> Result<Identities> {
    let mut policies = Vec::new();
    for number in 0..4 {
        policies.push(ManagedPolicy {
            arn: format!("arn:aws:iam::111122223333:policy/p{number}"),
            document: document(random)?,
        });
    }
    let mut arns: Vec<String> = policies.iter().map(|policy| policy.arn.clone()).collect();
    if random.ratio(1, 10)? {
        arns.push("arn:aws:iam::aws:policy/NotRead".to_owned());
    }
    let groups = vec![Group {
        arn: "arn:aws:iam::111122223333:group/g".to_owned(),
        name: "g".to_owned(),
        inline: inline(random)?,
        attached: some(random, &arns)?,
    }];
    let tags = |random: &mut Unstructured<'_>| {
        let teams = ["security", "main", "example-trail-logs"];
        Ok([("Team".to_owned(), (*random.choose(&teams)?).to_owned())].into())
    };
    let mut identities = Identities {
        groups,
        policies,
        ..Identities::default()
    };
    for number in 0..3 {
        identities.users.push(User {
            arn: format!("arn:aws:iam::111122223333:user/u{number}"),
            name: format!("u{number}"),
            id: format!("AIDA{number}"),
            inline: inline(random)?,
            attached: some(random, &arns)?,
            groups: some(random, &["g".to_owned()])?,
            boundary: some(random, &arns)?.pop(),
            tags: tags(random)?,
        });
        let action = ["sts:AssumeRole", "sts:*"];
        let trust = json!({ "Statement": { "Effect": "Allow", "Principal": { "AWS": "111122223333" },
            "Action": random.choose(&action)? } });
        let path = if random.ratio(1, 8)? {
            "aws-service-role/x.amazonaws.com/"
        } else {
            ""
        };
        identities.roles.push(Role {
            arn: format!("arn:aws:iam::111122223333:role/{path}r{number}"),
            name: format!("r{number}"),
            id: format!("AROA{number}"),
            trust: trust.to_string(),
            inline: inline(random)?,
            attached: some(random, &arns)?,
            boundary: some(random, &arns)?.pop(),
            tags: tags(random)?,
        });
    }
    Ok(identities)
}

fn account(random: &mut Unstructured<'_>) -> Result<Account> {
    let mut account = account_of(identities(random)?);
    account.key_mut().policy = Known(policy_of_resource(random)?);
    let bucket = account.bucket_mut();
    bucket.policy = Known(Some(policy_of_resource(random)?));
    bucket.policy_is_public = Known(false);
    if random.ratio(1, 2)? {
        bucket.owner = Known(crate::snapshot::BucketOwner::Account(
            "111122223333".to_owned(),
        ));
    }
    if random.ratio(1, 2)? {
        add_another_of_each(&mut account, random)?;
    }
    if let Known(levels) = &mut account.service_control_policies {
        let content = document(random)?;
        let level = PolicyLevel {
            target: "ou-exmp-random".to_owned(),
            policies: vec![OrganizationPolicy {
                id: "p-random".to_owned(),
                name: "random".to_owned(),
                content,
            }],
        };
        if random.ratio(1, 2)? {
            levels.push(level);
        }
    }
    Ok(account)
}

/// A second trail with a bucket and a key of its own.
fn add_another_of_each(account: &mut Account, random: &mut Unstructured<'_>) -> Result<()> {
    let mut trail = account.trail_mut().twin("other", "eu-west-1");
    let mut bucket = account.bucket_mut().clone();
    bucket.name = "other-trail-logs".to_owned();
    bucket.policy = Known(Some(policy_of_resource(random)?));
    let mut key = account.key_mut().clone();
    let arn = "arn:aws:kms:eu-west-1:111122223333:key/other".to_owned();
    if let Known(description) = &mut key.description {
        description.arn = arn.clone();
    }
    key.references = vec![arn.clone()];
    key.policy = Known(policy_of_resource(random)?);
    trail.bucket = Known(bucket.name.clone());
    trail.kms_key_id = Some(arn);
    account.trails.push(trail);
    account.buckets.push(bucket);
    account.keys.push(key);
    Ok(())
}

#[test]
fn random_accounts_get_the_answers_that_one_question_at_a_time_gets() {
    arbtest(|random| {
        assert_same(&account(random)?);
        Ok(())
    })
    .size_min(4_000)
    .size_max(16_000)
    .budget_ms(3_000);
}
