//! KMS keys that trails encrypt with.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_kms::types as sdk;

use super::convert::timestamp;
use super::gap;
use super::grants;
use super::regions::well_formed;
use super::session::{Session, Shared, all};
use crate::snapshot::arn::{self, Arn};
use crate::snapshot::{Action, Gap, Key, KeyDescription, KeyGrant, KeyManager, Observed, Trail};

/// Every key that one of the trails encrypts with, sorted by its first reference.
pub(super) async fn of(session: &Shared, trails: &[Trail]) -> Vec<Key> {
    let (named, unclear) = references(trails);
    let asked = named.into_iter().map(|(arn, references)| {
        let session = session.clone();
        async move { key(&session, &arn, references).await }
    });
    let mut keys = fold(all(asked).await);
    keys.extend(unclear);
    keys.sort_by(|a, b| a.references.cmp(&b.references));
    keys
}

/// The key that a resource, `owner`, encrypts with and calls `reference`.
pub(super) async fn read(session: &Session, reference: &str, owner: Arn<'_>) -> Key {
    match arn::of_key(reference, owner).filter(|arn| is_callable(arn)) {
        Some(arn) => key(session, &arn, BTreeSet::from([reference.to_owned()])).await,
        None => unknown(reference, &no_key(reference)),
    }
}

/// References by the ARN that they stand for; and, as keys that nothing is known of,
/// those that stand for no one key.
fn references(trails: &[Trail]) -> (BTreeMap<String, BTreeSet<String>>, Vec<Key>) {
    let mut meanings: BTreeMap<&str, BTreeSet<Option<String>>> = BTreeMap::new();
    for trail in trails {
        if let Some(reference) = trail.kms_key_id.as_deref() {
            meanings.entry(reference).or_default().insert(named(trail));
        }
    }
    let mut clear: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut unclear = Vec::new();
    for (reference, meanings) in meanings {
        let mut meanings = meanings.into_iter();
        match (meanings.next().flatten(), meanings.next()) {
            (Some(arn), None) => {
                clear.entry(arn).or_default().insert(reference.to_owned());
            }
            (None, None) => unclear.push(unknown(reference, &no_key(reference))),
            // An alias or key id without a Region, in trails of different Regions.
            (_, Some(_)) => unclear.push(unknown(
                reference,
                &format!("`{reference}` stands for different keys in different trails"),
            )),
        }
    }
    (clear, unclear)
}

/// The key's or alias's ARN, if it is one that a call can be made for.
fn named(trail: &Trail) -> Option<String> {
    trail.key_arn().filter(|arn| is_callable(arn))
}

fn is_callable(name: &str) -> bool {
    arn::parse(name).is_some_and(|arn| arn.service == "kms" && well_formed(arn.region))
}

fn no_key(reference: &str) -> String {
    format!("`{reference}` is not a KMS key, alias or ARN")
}

fn unknown(reference: &str, why: &str) -> Key {
    Key {
        references: vec![reference.to_owned()],
        description: Observed::Gap(gap::malformed(Action::DescribeKey, why)),
        rotation: Observed::Gap(gap::malformed(Action::GetKeyRotationStatus, why)),
        policy: Observed::Gap(gap::malformed(Action::GetKeyPolicy, why)),
        grants: Observed::Gap(gap::malformed(Action::ListGrants, why)),
    }
}

async fn key(session: &Session, arn: &str, references: BTreeSet<String>) -> Key {
    let region = arn::parse(arn).map_or("", |arn| arn.region);
    let is_alias = arn::parse(arn).is_some_and(|arn| arn.resource.starts_with("alias/"));
    let (description, rotation, policy, grants) = if is_alias {
        // None but the description take an alias.
        let description = describe(session, region, arn).await;
        match description {
            Ok(description) => {
                let arn = description.arn.clone();
                let (rotation, policy, grants) = tokio::join!(
                    rotation(session, region, &arn),
                    policy(session, region, &arn),
                    grants::of(session, region, &arn),
                );
                (Ok(description), rotation, policy, grants)
            }
            Err(gap) => unresolved(session, arn, gap),
        }
    } else {
        tokio::join!(
            describe(session, region, arn),
            rotation(session, region, arn),
            policy(session, region, arn),
            grants::of(session, region, arn),
        )
    };
    Key {
        references: references.into_iter().collect(),
        description: description.into(),
        rotation: rotation.into(),
        policy: policy.into(),
        grants: grants.into(),
    }
}

type Facts = (
    Result<KeyDescription, Gap>,
    Result<bool, Gap>,
    Result<String, Gap>,
    Result<Vec<KeyGrant>, Gap>,
);

/// The facts of an alias whose key could not be found out.
fn unresolved(session: &Session, alias: &str, gap: Gap) -> Facts {
    let dependent = |action: Action| {
        let kind = if session.wants(action) {
            gap.kind
        } else {
            crate::snapshot::GapKind::NotCollected
        };
        let detail = format!("the key behind `{alias}` is not known: {}", gap.detail);
        Gap::new(action, kind, detail)
    };
    let rotation = dependent(Action::GetKeyRotationStatus);
    let policy = dependent(Action::GetKeyPolicy);
    let grants = dependent(Action::ListGrants);
    (Err(gap), Err(rotation), Err(policy), Err(grants))
}

async fn describe(session: &Session, region: &str, arn: &str) -> Result<KeyDescription, Gap> {
    let action = Action::DescribeKey;
    let call = session.kms(region).describe_key().key_id(arn).send();
    let answer = session
        .ask(action, region, call)
        .await?
        .map_err(|error| gap::of(action, &error))?;
    description(
        answer
            .key_metadata
            .ok_or_else(|| gap::without(action, "KeyMetadata"))?,
    )
}

fn description(key: sdk::KeyMetadata) -> Result<KeyDescription, Gap> {
    let without = |member| gap::without(Action::DescribeKey, member);
    let manager = match key.key_manager {
        Some(sdk::KeyManagerType::Aws) => KeyManager::Aws,
        Some(sdk::KeyManagerType::Customer) => KeyManager::Customer,
        Some(_) | None => return Err(without("KeyManager")),
    };
    Ok(KeyDescription {
        arn: key.arn.ok_or_else(|| without("Arn"))?,
        state: key
            .key_state
            .ok_or_else(|| without("KeyState"))?
            .as_str()
            .to_owned(),
        manager,
        spec: key
            .key_spec
            .ok_or_else(|| without("KeySpec"))?
            .as_str()
            .to_owned(),
        origin: key
            .origin
            .ok_or_else(|| without("Origin"))?
            .as_str()
            .to_owned(),
        // Left out where there are no multi-Region keys.
        multi_region: key.multi_region.unwrap_or(false),
        deletion_date: key.deletion_date.as_ref().and_then(timestamp),
    })
}

async fn rotation(session: &Session, region: &str, arn: &str) -> Result<bool, Gap> {
    let action = Action::GetKeyRotationStatus;
    let call = session
        .kms(region)
        .get_key_rotation_status()
        .key_id(arn)
        .send();
    session
        .ask(action, region, call)
        .await?
        .map(|answer| answer.key_rotation_enabled)
        .map_err(|error| gap::of(action, &error))
}

async fn policy(session: &Session, region: &str, arn: &str) -> Result<String, Gap> {
    let action = Action::GetKeyPolicy;
    // "The only valid name is `default`", but not every endpoint assumes it.
    let call = session
        .kms(region)
        .get_key_policy()
        .key_id(arn)
        .policy_name("default")
        .send();
    session
        .ask(action, region, call)
        .await?
        .map_err(|error| gap::of(action, &error))?
        .policy
        .filter(|policy| !policy.is_empty())
        .ok_or_else(|| gap::without(action, "Policy"))
}

/// One entry per key: an alias and a key ARN may turn out to be the same.
fn fold(keys: Vec<Key>) -> Vec<Key> {
    let mut folded: BTreeMap<String, Key> = BTreeMap::new();
    for key in keys {
        match folded.get_mut(key.name()) {
            None => {
                folded.insert(key.name().to_owned(), key);
            }
            Some(same) => {
                same.references.extend(key.references);
                same.references.sort();
                prefer_known(&mut same.description, key.description);
                prefer_known(&mut same.rotation, key.rotation);
                prefer_known(&mut same.policy, key.policy);
                prefer_known(&mut same.grants, key.grants);
            }
        }
    }
    folded.into_values().collect()
}

fn prefer_known<T>(fact: &mut Observed<T>, other: Observed<T>) {
    if fact.gap().is_some() {
        *fact = other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{GapKind, story};

    /// A trail of account 999999999999 at home in cn-north-1, encrypting with `reference`.
    fn trail(reference: &str) -> Trail {
        let mut trail = story::pristine_account().trails.remove(0);
        trail.home_region = "cn-north-1".to_owned();
        trail.arn = "arn:aws-cn:cloudtrail:cn-north-1:999999999999:trail/main".to_owned();
        trail.kms_key_id = Some(reference.to_owned());
        trail
    }

    #[test]
    fn every_spelling_of_a_key_becomes_an_arn() {
        for (reference, arn) in [
            (
                "mrk-12ab",
                "arn:aws-cn:kms:cn-north-1:999999999999:key/mrk-12ab",
            ),
            (
                "alias/logs",
                "arn:aws-cn:kms:cn-north-1:999999999999:alias/logs",
            ),
            (
                "arn:aws-cn:kms:cn-northwest-1:111122223333:key/12ab",
                "arn:aws-cn:kms:cn-northwest-1:111122223333:key/12ab",
            ),
            (
                "arn:aws-cn:kms:cn-north-1:111122223333:alias/logs",
                "arn:aws-cn:kms:cn-north-1:111122223333:alias/logs",
            ),
        ] {
            let found = named(&trail(reference));
            assert_eq!(found.as_deref(), Some(arn));
        }
    }

    #[test]
    fn what_is_no_key_becomes_a_key_that_nothing_is_known_of() {
        for reference in [
            "arn:aws-cn:s3:::bucket",
            "arn:aws-cn:kms:evil.example/:1:key/1",
            "a b",
            "key:1",
        ] {
            let (named, unclear) = references(&[trail(reference)]);
            assert!(named.is_empty(), "{reference}");
            assert_eq!(unclear[0].references, [reference]);
            let gap = unclear[0].description.gap().unwrap();
            assert_eq!(gap.kind, GapKind::Malformed);
        }
    }

    #[test]
    fn an_alias_that_means_two_keys_is_neither() {
        let here = trail("alias/logs");
        let mut there = here.clone();
        there.home_region = "cn-northwest-1".to_owned();
        let (named, unclear) = references(&[here, there]);
        assert!(named.is_empty());
        assert!(
            unclear[0]
                .description
                .gap()
                .unwrap()
                .detail
                .contains("different keys")
        );
    }

    #[test]
    fn of_two_readings_of_one_key_the_known_facts_stay() {
        let known = story::pristine_account().keys.remove(0);
        let mut other = known.clone();
        other.references = vec!["alias/a".to_owned()];
        other.rotation = story::denied(Action::GetKeyRotationStatus);
        let folded = fold(vec![other, known.clone()]);
        assert_eq!(folded.len(), 1);
        assert_eq!(folded[0].rotation, known.rotation);
        assert_eq!(folded[0].references.len(), 2);

        // The key's own ARN may be refused where the alias was let through.
        let arn = known.name().to_owned();
        let refused = Key {
            references: vec![arn],
            description: story::denied(Action::DescribeKey),
            ..known.clone()
        };
        let folded = fold(vec![refused, known.clone()]);
        assert_eq!(folded.len(), 1);
        assert_eq!(folded[0].description, known.description);
    }
}
