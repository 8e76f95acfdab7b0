//! The managed rules about CloudTrail, and what they document, computed from the snapshot.
//!
//! AWS says what each rule asserts, and not always of which trails: those at home in the
//! Region, or those it merely sees there. So each is read narrowly and widely, and only where
//! both readings agree is there anything to hold against AWS Config.

use crate::selector::{Access, Coverage, DataKind, Recorder, Source, Truth};
use crate::snapshot::{Account, Gap, Trail};

/// What a managed rule documents; `None` where its page leaves open what it comes to here.
pub(super) type Fact = fn(&Account, &str) -> Result<Option<bool>, Gap>;

/// The rules of AWS's conformance pack "Security Best Practices for AWS CloudTrail", by the
/// identifier of their source:
/// <https://docs.aws.amazon.com/config/latest/developerguide/security-best-practices-for-CloudTrail.html>.
pub(super) const RULES: [(&str, Fact); 7] = [
    ("CLOUD_TRAIL_CLOUD_WATCH_LOGS_ENABLED", |account, region| {
        each(account, region, |trail| Ok(trail.log_group_arn.is_some()))
    }),
    ("CLOUD_TRAIL_ENABLED", enabled),
    ("CLOUD_TRAIL_ENCRYPTION_ENABLED", |account, region| {
        each(account, region, |trail| Ok(trail.kms_key_id.is_some()))
    }),
    (
        "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED",
        |account, region| {
            each(account, region, |trail| {
                trail.log_file_validation.known().copied()
            })
        },
    ),
    ("CLOUDTRAIL_S3_DATAEVENTS_ENABLED", s3_data_events),
    ("CLOUDTRAIL_SECURITY_TRAIL_ENABLED", security_trail),
    ("MULTI_REGION_CLOUD_TRAIL_ENABLED", multi_region),
];

/// Of every trail: certain if it holds for all that the Region sees, one of the account's own
/// at home there among them, or fails for such a one.
fn each(
    account: &Account,
    region: &str,
    holds: impl Fn(&Trail) -> Result<bool, Gap>,
) -> Result<Option<bool>, Gap> {
    let coverage = Coverage::of(account);
    let (mut any, mut open, mut doubt) = (false, false, None);
    for one in &coverage.recorders {
        let trail = one.trail;
        let at_home = trail.home_region == region && is_own(account, trail);
        match (holds(trail), one.covers(Some(region))) {
            (_, Truth::No) => {}
            (Ok(false), _) if at_home => return Ok(Some(false)),
            (Ok(false), Truth::Unknown(gap)) => doubt = doubt.or(Some(gap.clone())),
            (Ok(false), Truth::Yes) => open = true,
            (Ok(true), _) => any |= at_home,
            (Err(gap), _) => doubt = doubt.or(Some(gap)),
        }
    }
    account.all_trails()?;
    match doubt {
        Some(gap) => Err(gap),
        None => Ok((any && !open).then_some(true)),
    }
}

fn is_own(account: &Account, trail: &Trail) -> bool {
    trail.owner_account() == account.id
}

fn enabled(account: &Account, region: &str) -> Result<Option<bool>, Gap> {
    let coverage = Coverage::of(account);
    let own = coverage.any_in(region, |one| {
        Truth::from(is_own(account, one.trail)).and(one.logging())
    });
    if own.known()? {
        return Ok(Some(true));
    }
    let any = coverage.any(Recorder::logging).known()?;
    Ok((!any).then_some(false))
}

/// Of a multi-Region trail of the account's own that logs, and of any trail at all.
fn of_some(
    account: &Account,
    good: impl for<'r> Fn(&'r Recorder<'_>) -> Truth<'r>,
) -> Result<Option<bool>, Gap> {
    let coverage = Coverage::of(account);
    let mut strict = Truth::No;
    for one in &coverage.recorders {
        let counts = Truth::from(is_own(account, one.trail))
            .and(one.multi_region())
            .and(one.logging());
        strict = strict.or(counts.and(good(one)));
    }
    if strict.known()? {
        return Ok(Some(true));
    }
    let loose = Truth::any(coverage.recorders.iter().map(good)).known()?;
    account.all_trails()?;
    Ok((!loose).then_some(false))
}

fn security_trail(account: &Account, _: &str) -> Result<Option<bool>, Gap> {
    of_some(account, |one| {
        let trail = one.trail;
        Truth::of(&trail.global_service_events)
            .and(one.multi_region())
            .and(Truth::of(&trail.log_file_validation))
            .and(Truth::from(trail.kms_key_id.is_some()))
            .and(records_everything(one))
    })
}

fn multi_region(account: &Account, _: &str) -> Result<Option<bool>, Gap> {
    of_some(account, |one| {
        one.multi_region().and(records_everything(one))
    })
}

/// Read and write management events of every source.
fn records_everything<'r>(one: &'r Recorder<'_>) -> Truth<'r> {
    let sources = [
        Source::Named(crate::selector::KMS),
        Source::Named(crate::selector::RDS_DATA),
        Source::Rest,
    ];
    let mut all = Truth::Yes;
    for access in Access::ALL {
        for source in sources {
            all = all.and(one.records(access, source));
        }
    }
    all
}

/// Of one trail alone, as the page asks, where this program is content with several that
/// complete each other.
fn s3_data_events(account: &Account, _: &str) -> Result<Option<bool>, Gap> {
    let kind = DataKind::S3Object;
    let mut coverage = Coverage::of(account);
    let any = coverage.any(|one| one.concerns(kind)).known();
    let mut doubt = None;
    for one in std::mem::take(&mut coverage.recorders) {
        if !is_own(account, one.trail) {
            continue;
        }
        coverage.recorders = vec![one];
        let [read, write] = Access::ALL.map(|access| coverage.data(kind, access).all);
        match (read, write) {
            (Ok(true), Ok(true)) => return Ok(Some(true)),
            (Ok(false), _) | (_, Ok(false)) => {}
            (Err(gap), _) | (_, Err(gap)) => doubt = doubt.or(Some(gap)),
        }
    }
    match doubt {
        Some(gap) => Err(gap),
        None => Ok((!any?).then_some(false)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Action, Observed, Selectors, story};

    fn fact(identifier: &str, account: &Account) -> Result<Option<bool>, Gap> {
        let found = RULES.iter().find(|(known, _)| *known == identifier);
        found.unwrap().1(account, "us-east-1")
    }

    #[test]
    fn every_fact_holds_in_the_pristine_account() {
        let account = story::pristine_account();
        for (identifier, fact) in RULES {
            let found = fact(&account, "us-east-1");
            assert_eq!(found, Ok(Some(true)), "{identifier}");
        }
    }

    #[test]
    fn without_a_trail_the_rules_about_some_trail_do_not_hold_and_those_about_each_are_open() {
        let account = story::bare_account();
        for (identifier, fact) in RULES {
            let about_each = matches!(
                identifier,
                "CLOUD_TRAIL_CLOUD_WATCH_LOGS_ENABLED"
                    | "CLOUD_TRAIL_ENCRYPTION_ENABLED"
                    | "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED"
            );
            let expected = (!about_each).then_some(false);
            assert_eq!(fact(&account, "us-east-1"), Ok(expected), "{identifier}");
        }
    }

    #[test]
    fn a_trail_of_ones_own_at_home_decides_and_one_of_somebody_else_leaves_it_open() {
        let identifier = "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED";
        let mut account = story::pristine_account();
        let mut foreign = account.trail_mut().twin("organization", "us-east-1");
        foreign.arn = foreign.arn.replace("111122223333", "999999999999");
        foreign.log_file_validation = Observed::Known(false);
        account.trails.push(foreign.clone());
        assert_eq!(fact(identifier, &account), Ok(None));
        account.trails[1].multi_region = Observed::Known(false);
        account.trails[1].home_region = "eu-west-1".to_owned();
        assert_eq!(fact(identifier, &account), Ok(Some(true)));
        account.trails[1].multi_region = story::denied(Action::DescribeTrails);
        assert!(fact(identifier, &account).is_err());
        account.trail_mut().log_file_validation = Observed::Known(false);
        assert_eq!(fact(identifier, &account), Ok(Some(false)));
        account.trails = vec![foreign];
        assert_eq!(fact(identifier, &account), Ok(None));
    }

    #[test]
    fn a_stopped_trail_is_not_enabled_and_one_elsewhere_leaves_it_open() {
        let identifier = "CLOUD_TRAIL_ENABLED";
        let mut account = story::pristine_account();
        account.trail_mut().status_mut("us-east-1").is_logging = false;
        assert_eq!(fact(identifier, &account), Ok(Some(false)));
        let mut twin = account.trail_mut().twin("other", "eu-west-1");
        twin.multi_region = Observed::Known(false);
        twin.status_mut("eu-west-1").is_logging = true;
        account.trails.push(twin);
        assert_eq!(fact(identifier, &account), Ok(None));
        account.trail_mut().status.clear();
        assert!(fact(identifier, &account).is_err());
    }

    #[test]
    fn an_excluded_source_takes_the_security_trail_and_the_multi_region_trail_away() {
        let selectors = serde_json::json!({"basic": [{"read_write": "All",
            "management_events": true, "excluded_sources": ["kms.amazonaws.com"],
            "data_resources": []}]});
        let mut account = story::pristine_account();
        let selectors: Selectors = serde_json::from_value(selectors).unwrap();
        account.trail_mut().selectors = Observed::Known(selectors);
        for identifier in [
            "CLOUDTRAIL_SECURITY_TRAIL_ENABLED",
            "MULTI_REGION_CLOUD_TRAIL_ENABLED",
        ] {
            assert_eq!(fact(identifier, &account), Ok(Some(false)), "{identifier}");
        }
        assert_eq!(
            fact("CLOUDTRAIL_S3_DATAEVENTS_ENABLED", &account),
            Ok(Some(false))
        );
        account.trail_mut().selectors = story::denied(Action::GetEventSelectors);
        for (identifier, fact) in RULES.iter().skip(4) {
            assert!(fact(&account, "us-east-1").is_err(), "{identifier}");
        }
    }

    #[test]
    fn a_security_trail_that_does_not_log_leaves_it_open() {
        let mut account = story::pristine_account();
        account.trail_mut().status_mut("us-east-1").is_logging = false;
        for identifier in [
            "CLOUDTRAIL_SECURITY_TRAIL_ENABLED",
            "MULTI_REGION_CLOUD_TRAIL_ENABLED",
            "CLOUDTRAIL_S3_DATAEVENTS_ENABLED",
        ] {
            assert_eq!(fact(identifier, &account), Ok(None), "{identifier}");
        }
        account.trail_mut().kms_key_id = None;
        let fact = fact("CLOUDTRAIL_SECURITY_TRAIL_ENABLED", &account);
        assert_eq!(fact, Ok(Some(false)));
    }

    #[test]
    fn a_region_that_could_not_be_asked_for_its_trails_leaves_nothing_certain_but_a_failure() {
        let mut account = story::pristine_account();
        account.first_region_mut().trails = story::denied(Action::DescribeTrails);
        assert!(fact("CLOUD_TRAIL_ENCRYPTION_ENABLED", &account).is_err());
        account.trail_mut().kms_key_id = None;
        assert_eq!(
            fact("CLOUD_TRAIL_ENCRYPTION_ENABLED", &account),
            Ok(Some(false))
        );
    }
}
