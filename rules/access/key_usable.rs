use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{
    Account, Action, Bucket, Existence, Gap, GapKind, Key, KeyDescription, KeyManager, Trail, arn,
};

/// Every key of a trail can encrypt its log files, today and tomorrow.
pub(super) const RULE: Rule = Rule {
    id: "key-usable",
    title: "The trail's KMS key works, in the bucket's Region",
    severity: Severity::Critical,
    worst: Severity::Critical,
    practice: Practice::Access,
    description: "CloudTrail asks KMS for a data key for each log file. When the key is disabled, \
        waiting for deletion, without key material, or in another Region than the bucket, no \
        log file is delivered any more, while the trail still says that it is logging. When the \
        key is deleted, the log files encrypted under it are lost for ever: scheduling the \
        deletion of one key destroys an archive that nobody could delete from its bucket. A key \
        that AWS manages cannot be used, because its policy cannot let CloudTrail in.",
    criteria: "Fails if KeyState is not Enabled (Disabled, PendingDeletion, \
        PendingReplicaDeletion, PendingImport, Unavailable, Creating), if the key is not \
        customer managed, or if its ARN names another Region than that of a log bucket of a \
        trail that uses it; of a multi-Region key the replica in the bucket's Region is needed. \
        Unknown if the key cannot be described, as is usual for keys of other accounts, if its \
        state is Updating or one this build does not know, or if a bucket's Region, or the \
        trails of a Region, could not be read.",
    action: "Cancel a deletion that is pending, before its date: after it the log files cannot be \
        read by anyone. Enable a disabled key, or import its material again. Where the Region is \
        wrong, make a key in the bucket's Region and give that one to the trail.",
    resources: &[
        "https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html",
        "https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &[
        Action::DescribeKey,
        Action::HeadBucket,
        Action::GetBucketLocation,
    ],
    remedies: Remedies {
        cli: "aws kms cancel-key-deletion --key-id {arn} --region {region}\n\
            aws kms enable-key --key-id {arn} --region {region}",
        terraform: "resource \"aws_kms_key\" \"trail\" {\n  is_enabled              = true\n  deletion_window_in_days = 30\n  lifecycle {\n    prevent_destroy = true\n  }\n}",
        cloudformation: "Type: AWS::KMS::Key\nDeletionPolicy: Retain\nUpdateReplacePolicy: Retain\nProperties:\n  Enabled: true\n  PendingWindowInDays: 30",
    },
    check: Check::Key(check),
};

fn check(context: &Context<'_>, key: &Key) -> Judgement {
    let description = key.description.known()?;
    let state = state(description);
    let regions = regions(context.account, key, description);
    // Any known fault is a fail, whatever else could not be read.
    let faults: Vec<String> = [
        state.as_ref().ok().cloned().flatten(),
        managed_by_aws(description),
        match &regions {
            Ok(Placement::Elsewhere(fault)) => Some(fault.clone()),
            _ => None,
        },
    ]
    .into_iter()
    .flatten()
    .collect();
    if faults.is_empty() {
        state?;
        let (region, trails) = (region_of(description)?, users(context.account, key).count());
        return Ok(Verdict::pass(match regions? {
            Placement::NoBucket => format!(
                "the key is enabled and customer managed, in {region}; the log bucket of its \
                 trails does not exist, so there is no Region to compare with"
            ),
            _ => format!(
                "the key is enabled, customer managed, and in the log bucket's Region {region}"
            ),
        })
        .evidence("key_state", description.state.as_str())
        .evidence("trails", trails));
    }
    let mut verdict = Verdict::fail(faults.join("; "))
        .evidence("key_state", description.state.as_str())
        .evidence("key_arn", description.arn.as_str());
    if let Some(date) = description.deletion_date {
        verdict = verdict.evidence("deletion_date", date.to_string());
    }
    Ok(verdict)
}

/// What is wrong with the key's state; `None` if nothing is.
///
/// The states are those of <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>.
fn state(key: &KeyDescription) -> Result<Option<String>, Gap> {
    let said = match key.state.as_str() {
        "Enabled" => return Ok(None),
        "PendingDeletion" => match key.deletion_date {
            Some(date) => format!(
                "the key will be deleted on {}, and nobody can read the log files under it then; \
                 until that day CloudTrail cannot encrypt with it",
                date.strftime("%Y-%m-%d")
            ),
            None => "the key is waiting for its deletion (`PendingDeletion`), after which every \
                 log file under it is unreadable"
                .to_owned(),
        },
        state @ ("Disabled"
        | "PendingReplicaDeletion"
        | "PendingImport"
        | "Unavailable"
        | "Creating") => format!("the key cannot be used: its state is `{state}`"),
        "Updating" => {
            return Err(Gap::new(
                Action::DescribeKey,
                GapKind::Transient,
                "the key's state is `Updating`, which does not last; ask again",
            ));
        }
        other => {
            return Err(Gap::new(
                Action::DescribeKey,
                GapKind::Malformed,
                format!("the key's state is `{other}`, which this build does not know"),
            ));
        }
    };
    Ok(Some(said))
}

fn managed_by_aws(key: &KeyDescription) -> Option<String> {
    match key.manager {
        KeyManager::Customer => None,
        KeyManager::Aws => {
            Some("the key is managed by AWS, so its policy cannot let CloudTrail use it".to_owned())
        }
    }
}

/// How the key's Region fits the log buckets.
enum Placement {
    /// Every bucket that exists lies in it.
    Same,
    /// A bucket lies elsewhere: what is wrong.
    Elsewhere(String),
    /// No bucket exists, which `log-bucket-exists` reports; there is nothing to compare.
    NoBucket,
}

/// Compares the key's Region with that of the log buckets.
///
/// AWS: "The KMS key and S3 bucket must be in the same Region." The ARN's Region counts
/// for multi-Region keys too, because a trail uses the very replica it names.
fn regions(account: &Account, key: &Key, of: &KeyDescription) -> Result<Placement, Gap> {
    let own = region_of(of)?;
    let mut missing = None;
    let (mut compared, mut gone) = (false, false);
    for trail in users(account, key) {
        match bucket_region(account, trail) {
            // The right Region proves nothing of a bucket that may not be there.
            Ok(Some((bucket, region))) if region == own => match bucket.existence.known() {
                Ok(_) => compared = true,
                Err(gap) => {
                    missing.get_or_insert(gap);
                }
            },
            Ok(None) => gone = true,
            Ok(Some((bucket, region))) => {
                let kind = if of.multi_region {
                    "multi-Region key's replica"
                } else {
                    "key"
                };
                return Ok(Placement::Elsewhere(format!(
                    "the {kind} is in {own}, but bucket `{}` of trail `{}` is in {region}",
                    bucket.name, trail.name
                )));
            }
            Err(gap) => {
                missing.get_or_insert(gap);
            }
        }
    }
    if let Some(gap) = missing {
        return Err(gap);
    }
    // A trail that nobody saw may use the key with a bucket elsewhere.
    account.all_trails()?;
    match (compared, gone) {
        (true, _) => Ok(Placement::Same),
        (false, true) => Ok(Placement::NoBucket),
        (false, false) => Err(Gap::new(
            Action::DescribeTrails,
            GapKind::NotFound,
            "no trail in the snapshot uses this key, so there is no Region to compare with",
        )),
    }
}

fn region_of(key: &KeyDescription) -> Result<&str, Gap> {
    arn::parse(&key.arn)
        .map(|arn| arn.region)
        .filter(|region| !region.is_empty())
        .ok_or_else(|| {
            Gap::new(
                Action::DescribeKey,
                GapKind::Malformed,
                format!("the key's ARN `{}` names no Region", key.arn),
            )
        })
}

/// The trails that encrypt with `key`, whichever of its names they call it by.
fn users<'a>(account: &'a Account, key: &'a Key) -> impl Iterator<Item = &'a Trail> {
    account.trails.iter().filter(|trail| {
        trail
            .kms_key_id
            .as_ref()
            .is_some_and(|reference| key.references.contains(reference))
    })
}

/// The trail's log bucket and its Region; `None` if the bucket does not exist.
fn bucket_region<'a>(
    account: &'a Account,
    trail: &'a Trail,
) -> Result<Option<(&'a Bucket, &'a str)>, Gap> {
    let bucket = account.bucket(trail.bucket.known()?)?;
    if bucket.existence.if_known() == Some(&Existence::Absent) {
        return Ok(None);
    }
    Ok(Some((bucket, bucket.region.known()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Observed, story};

    fn change(account: &mut Account, f: impl FnOnce(&mut KeyDescription)) {
        match &mut account.key_mut().description {
            Observed::Known(description) => f(description),
            Observed::Gap(gap) => panic!("{gap:?}"),
        }
    }

    fn in_state(state: &str) -> Judgement {
        let mut account = story::pristine_account();
        change(&mut account, |key| key.state = state.to_owned());
        story::judge(&RULE, &account)
    }

    #[test]
    fn an_enabled_customer_key_in_the_buckets_region_passes() {
        assert_eq!(in_state("Enabled").unwrap().ruling, Ruling::Pass);
    }

    #[test]
    fn a_key_that_cannot_encrypt_fails_and_names_its_state() {
        for state in [
            "Disabled",
            "PendingDeletion",
            "PendingReplicaDeletion",
            "PendingImport",
            "Unavailable",
            "Creating",
        ] {
            let verdict = in_state(state).unwrap();
            assert_eq!(verdict.ruling, Ruling::Fail);
            assert_eq!(verdict.evidence["key_state"], state);
        }
    }

    #[test]
    fn a_state_that_does_not_last_or_is_not_known_is_unknown() {
        assert_eq!(in_state("Updating").unwrap_err().kind, GapKind::Transient);
        assert_eq!(in_state("Napping").unwrap_err().kind, GapKind::Malformed);
    }

    #[test]
    fn a_pending_deletion_shows_its_date() {
        let mut account = story::pristine_account();
        change(&mut account, |key| {
            key.state = "PendingDeletion".to_owned();
            key.deletion_date = Some("2026-12-01T00:00:00Z".parse().unwrap());
        });
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(verdict.message.contains("will be deleted on 2026-12-01, "));
        assert_eq!(verdict.evidence["deletion_date"], "2026-12-01T00:00:00Z");
    }

    #[test]
    fn a_key_that_aws_manages_fails() {
        let mut account = story::pristine_account();
        change(&mut account, |key| key.manager = KeyManager::Aws);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
    }

    #[test]
    fn a_key_in_another_region_than_the_bucket_fails_and_names_both() {
        let mut account = story::pristine_account();
        account.bucket_mut().region = Observed::Known("eu-west-1".to_owned());
        for multi_region in [false, true] {
            change(&mut account, |key| key.multi_region = multi_region);
            let verdict = story::judge(&RULE, &account).unwrap();
            assert_eq!(verdict.ruling, Ruling::Fail);
            assert!(verdict.message.contains("us-east-1"));
            assert!(verdict.message.contains("eu-west-1"));
        }
    }

    #[test]
    fn the_key_is_compared_with_the_buckets_of_all_trails_that_use_it_by_any_name() {
        let mut account = story::pristine_account();
        let mut twin = account.trail_mut().twin("second", "eu-west-1");
        for reference in [
            "1111aaaa-22bb-33cc-44dd-5555eeee6666",
            "alias/trail",
            "arn:aws:kms:us-east-1:111122223333:alias/trail",
        ] {
            twin.kms_key_id = Some(reference.to_owned());
            account.key_mut().references.push(reference.to_owned());
            let mut bucket = account.bucket_mut().clone();
            bucket.name = "elsewhere".to_owned();
            bucket.region = Observed::Known("eu-west-1".to_owned());
            twin.bucket = Observed::Known("elsewhere".to_owned());
            let mut two = account.clone();
            two.buckets.push(bucket);
            two.trails.push(twin.clone());
            let verdict = story::judge(&RULE, &two).unwrap();
            assert_eq!(verdict.ruling, Ruling::Fail, "{reference}");
            assert!(verdict.message.contains("elsewhere"));
        }
    }

    #[test]
    fn an_unreadable_key_of_another_account_is_unknown() {
        let mut account = story::pristine_account();
        account.key_mut().description = story::denied(Action::DescribeKey);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "kms:DescribeKey");
    }

    #[test]
    fn a_bucket_whose_region_is_unknown_hides_no_fault_and_passes_nothing() {
        let mut account = story::pristine_account();
        account.bucket_mut().region = story::denied(Action::GetBucketLocation);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "s3:GetBucketLocation");
        change(&mut account, |key| key.state = "Disabled".to_owned());
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
    }

    #[test]
    fn a_bucket_that_is_gone_has_no_region_and_does_not_hide_the_others() {
        let mut account = story::pristine_account();
        let mut lost = account.bucket_mut().clone();
        lost.name = "lost".to_owned();
        lost.existence = Observed::Known(Existence::Absent);
        lost.region = story::denied(Action::GetBucketLocation);
        let mut twin = account.trail_mut().twin("second", "eu-west-1");
        twin.bucket = Observed::Known("lost".to_owned());
        account.buckets.push(lost);
        account.trails.push(twin);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        account.trail_mut().bucket = Observed::Known("lost".to_owned());
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        assert!(
            verdict.message.contains("no Region to compare with"),
            "{}",
            verdict.message
        );
        account.trails.clear();
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.kind, GapKind::NotFound);
    }

    #[test]
    fn a_bucket_that_may_not_exist_lets_no_key_pass_and_hides_no_wrong_region() {
        let mut account = story::pristine_account();
        account.bucket_mut().existence = story::denied(Action::HeadBucket);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "s3:ListBucket");
        account.bucket_mut().region = Observed::Known("eu-west-1".to_owned());
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
    }

    #[test]
    fn a_key_that_no_trail_is_seen_to_use_does_not_pass() {
        let mut account = story::pristine_account();
        account.trail_mut().kms_key_id = Some("alias/other".to_owned());
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.kind, GapKind::NotFound);
    }

    #[test]
    fn a_key_does_not_pass_while_a_trail_that_nobody_saw_may_use_it_elsewhere() {
        let mut account = story::pristine_account();
        account.regions.get_mut("eu-west-1").unwrap().trails =
            story::denied(Action::DescribeTrails);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "cloudtrail:DescribeTrails");
        change(&mut account, |key| key.state = "Disabled".to_owned());
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
    }

    #[test]
    fn a_key_arn_without_a_region_is_unknown() {
        let mut account = story::pristine_account();
        change(&mut account, |key| key.arn = "alias/trail".to_owned());
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.kind, GapKind::Malformed);
    }
}
