use std::collections::BTreeMap;

use serde_json::json;

use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Account, Action, Existence, Gap, Trail};

/// All logging trails deliver to one bucket.
pub(super) const RULE: Rule = Rule {
    id: "aggregated-bucket",
    title: "All trails deliver to one bucket",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::Aggregation,
    description: "Logs that lie in several buckets must be found, protected, kept and searched \
        several times, and the one bucket that somebody forgot is the one where log files are \
        readable, changeable or already deleted when they are needed. With one bucket for all \
        Regions and trails there is one policy, one lock, one retention period, and an \
        investigation has one place to look.",
    criteria: "Fails if two logging trails deliver to different buckets, or, with \
        [rules.aggregated-bucket] bucket set, if a logging trail delivers to another one. A \
        trail whose logging or bucket could not be read, or a Region whose trails could not be \
        listed, makes it unknown unless the trails that are known already decide. Not \
        applicable if no trail is logging.",
    action: "Choose one bucket, best in a log archive account, let CloudTrail write there for \
        each of the trails by its bucket policy, and point the other trails at it. A single \
        multi-Region trail in place of several trails comes to the same and costs less. Keep the \
        old buckets until the log files in them are no longer needed.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-receive-logs-from-multiple-accounts.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/receive-cloudtrail-log-files-from-multiple-regions.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC04-BP02"),
        Control::config("cloudtrail-security-trail-enabled"),
    ],
    reads: &[Action::GetTrailStatus, Action::HeadBucket],
    remedies: Remedies {
        cli: "aws cloudtrail update-trail --name {odd_trail} --region {odd_region} --s3-bucket-name {bucket}",
        terraform: "resource \"aws_cloudtrail\" \"trail\" {\n  s3_bucket_name = \"{bucket}\"\n}",
        cloudformation: "Type: AWS::CloudTrail::Trail\nProperties:\n  S3BucketName: {bucket}",
    },
    check: Check::Account(check),
};

/// The logging trails by the bucket they deliver to, by name.
type ByBucket<'a> = BTreeMap<&'a str, Vec<&'a Trail>>;

fn check(context: &Context<'_>) -> Judgement {
    let account = context.account;
    let declared = context.settings.aggregated_bucket.bucket.as_deref();
    let (by_bucket, gap) = logging_trails(account, declared);
    let Some(wanted) = declared.or_else(|| best(account, &by_bucket)) else {
        return nothing_delivered(gap);
    };
    let odd: Vec<(&str, &Trail)> = by_bucket
        .iter()
        .filter(|(bucket, _)| **bucket != wanted)
        .flat_map(|(bucket, trails)| trails.iter().map(|trail| (*bucket, *trail)))
        .collect();
    let agreeing = by_bucket.get(wanted).map_or(0, Vec::len);
    if let Some((_, first)) = odd.first() {
        // Trails in different buckets stay so, whatever those do that could not be read.
        return Ok(
            Verdict::fail(sentence(wanted, agreeing, &odd, declared.is_some()))
                .evidence("bucket", wanted)
                .evidence("odd_trail", first.arn.as_str())
                .evidence("odd_region", first.home_region.as_str())
                .evidence("trails_by_bucket", arns(&by_bucket)),
        );
    }
    let message = match (gap, agreeing) {
        (Some(gap), _) => return Err(gap),
        (None, 0) => return nothing_delivered(None),
        (None, 1) => format!("the one logging trail delivers to bucket `{wanted}`"),
        (None, count) => format!("all {count} logging trails deliver to bucket `{wanted}`"),
    };
    Ok(Verdict::pass(message)
        .evidence("bucket", wanted)
        .evidence("trails_by_bucket", arns(&by_bucket)))
}

/// No trail is known to be logging: true as far as it goes, unless one is in doubt.
fn nothing_delivered(gap: Option<Gap>) -> Judgement {
    match gap {
        Some(gap) => Err(gap),
        None => Ok(Verdict::not_applicable(
            "no trail is logging, so nothing is delivered to any bucket",
        )),
    }
}

/// The trails known to be logging, by bucket, and the first gap that could change what
/// follows from them.
fn logging_trails<'a>(account: &'a Account, declared: Option<&str>) -> (ByBucket<'a>, Option<Gap>) {
    let mut by_bucket = ByBucket::new();
    let mut in_doubt = Vec::new();
    for trail in &account.trails {
        match (trail.is_logging(), trail.bucket.known()) {
            (Ok(false), _) => {}
            (Ok(true), Ok(bucket)) => by_bucket.entry(bucket).or_default().push(trail),
            (Ok(true), Err(gap)) => in_doubt.push((None, gap)),
            (Err(gap), bucket) => in_doubt.push((bucket.ok(), gap)),
        }
    }
    let only = declared.or_else(|| best(account, &by_bucket));
    // A trail that delivers to the one bucket if it logs at all changes nothing, as long
    // as another one is known to log.
    let trail_gap = in_doubt.into_iter().find_map(|(bucket, gap)| {
        let harmless = !by_bucket.is_empty() && bucket.is_some_and(|name| Some(&**name) == only);
        (!harmless).then_some(gap)
    });
    let gap = trail_gap.or_else(|| account.all_trails().err());
    (by_bucket, gap)
}

/// The bucket to choose, as a remedy would: one that exists before one that is gone, an
/// organization trail's (which a member account cannot move) before others, then that of
/// the most trails; of equals the first by name.
fn best<'a>(account: &Account, by_bucket: &ByBucket<'a>) -> Option<&'a str> {
    let worth = |bucket: &str, trails: &[&Trail]| {
        let gone = account
            .bucket(bucket)
            .is_ok_and(|bucket| bucket.existence.if_known() == Some(&Existence::Absent));
        let organization = trails
            .iter()
            .any(|trail| trail.organization.if_known() == Some(&true));
        (!gone, organization, trails.len())
    };
    by_bucket
        .iter()
        .rev()
        .max_by_key(|(bucket, trails)| worth(bucket, trails))
        .map(|(bucket, _)| *bucket)
}

/// How many odd trails a message names; the evidence lists all.
const NAMED: usize = 3;

fn sentence(wanted: &str, agreeing: usize, odd: &[(&str, &Trail)], declared: bool) -> String {
    let trails = match agreeing {
        0 => "no logging trail delivers".to_owned(),
        1 => "one logging trail delivers".to_owned(),
        count => format!("{count} logging trails deliver"),
    };
    let declared = if declared { "the declared bucket " } else { "" };
    let mut others: Vec<String> = odd
        .iter()
        .take(NAMED)
        .map(|(bucket, trail)| {
            let (name, home) = (&trail.name, &trail.home_region);
            format!("`{name}` in {home} to `{bucket}`")
        })
        .collect();
    if odd.len() > NAMED {
        others.push(format!("{} more elsewhere", odd.len() - NAMED));
    }
    format!(
        "{trails} to {declared}`{wanted}`, but {}",
        others.join(", ")
    )
}

fn arns(by_bucket: &ByBucket<'_>) -> serde_json::Value {
    by_bucket
        .iter()
        .map(|(bucket, trails)| {
            let arns: Vec<&str> = trails.iter().map(|trail| trail.arn.as_str()).collect();
            ((*bucket).to_owned(), json!(arns))
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{AggregatedBucket, Settings};
    use crate::rule::Ruling;
    use crate::snapshot::{Observed, RegionFacts, story};

    fn to(mut trail: Trail, bucket: &str) -> Trail {
        trail.bucket = Observed::Known(bucket.to_owned());
        trail
    }

    /// The pristine trail, and one named `legacy` in eu-west-1 that delivers to `bucket`.
    fn two_trails(bucket: &str) -> Account {
        let mut account = story::pristine_account();
        let legacy = to(account.trail_mut().twin("legacy", "eu-west-1"), bucket);
        account.trails.push(legacy);
        account
    }

    fn stop(trail: &mut Trail) {
        let home = trail.home_region.clone();
        trail.status_mut(&home).is_logging = false;
    }

    fn blind(trail: &mut Trail) {
        let home = trail.home_region.clone();
        trail
            .status
            .insert(home, story::denied(Action::GetTrailStatus));
    }

    fn declared(bucket: &str) -> Settings {
        Settings {
            aggregated_bucket: AggregatedBucket {
                bucket: Some(bucket.to_owned()),
            },
            ..Settings::default()
        }
    }

    #[test]
    fn one_bucket_for_all_logging_trails_passes() {
        for account in [story::pristine_account(), two_trails("example-trail-logs")] {
            let verdict = story::judge(&RULE, &account).unwrap();
            assert_eq!(verdict.ruling, Ruling::Pass);
            assert_eq!(verdict.evidence["bucket"], "example-trail-logs");
        }
    }

    #[test]
    fn two_buckets_fail_and_the_odd_trail_is_named_with_its_region() {
        let mut account = two_trails("other");
        let third = account.trail_mut().twin("third", "us-east-1");
        account.trails.push(third);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert_eq!(
            verdict.message,
            "2 logging trails deliver to `example-trail-logs`, but `legacy` in eu-west-1 to \
             `other`"
        );
        assert_eq!(verdict.evidence["odd_region"], "eu-west-1");
    }

    #[test]
    fn nobody_is_sent_to_a_bucket_that_is_gone_nor_away_from_the_organizations() {
        let mut account = two_trails("other");
        let mut gone = account.bucket_mut().clone();
        gone.existence = Observed::Known(Existence::Absent);
        account.buckets = vec![gone];
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.evidence["bucket"], "other");
        let mut account = two_trails("other");
        account.trails[1].organization = Observed::Known(true);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.evidence["bucket"], "other");
    }

    #[test]
    fn trails_of_one_name_in_two_regions_are_two_trails() {
        let mut account = story::pristine_account();
        let namesake = to(account.trail_mut().twin("main", "eu-west-1"), "other");
        account.trails.push(namesake);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
    }

    #[test]
    fn a_trail_that_does_not_log_counts_for_nothing() {
        let mut account = two_trails("other");
        stop(&mut account.trails[1]);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
    }

    #[test]
    fn the_declared_bucket_is_the_one_that_counts() {
        let account = story::pristine_account();
        let good = story::judge_with(&RULE, &account, &declared("example-trail-logs"));
        assert_eq!(good.unwrap().ruling, Ruling::Pass);
        let verdict = story::judge_with(&RULE, &account, &declared("archive")).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert_eq!(
            verdict.message,
            "no logging trail delivers to the declared bucket `archive`, but `main` in us-east-1 \
             to `example-trail-logs`"
        );
        assert_eq!(verdict.evidence["bucket"], "archive");
    }

    #[test]
    fn two_known_buckets_fail_even_if_a_third_trail_is_unknown() {
        let mut account = two_trails("other");
        let mut third = account.trail_mut().twin("third", "eu-west-1");
        blind(&mut third);
        account.trails.push(third);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
    }

    #[test]
    fn a_trail_in_doubt_matters_only_if_it_could_change_the_verdict() {
        let mut same = two_trails("example-trail-logs");
        blind(&mut same.trails[1]);
        assert_eq!(story::judge(&RULE, &same).unwrap().ruling, Ruling::Pass);
        let mut other = two_trails("other");
        blind(&mut other.trails[1]);
        let gap = story::judge(&RULE, &other).unwrap_err();
        assert_eq!(gap.action, "cloudtrail:GetTrailStatus");
        let mut nameless = two_trails("other");
        nameless.trails[1].bucket = story::denied(Action::DescribeTrails);
        assert!(story::judge(&RULE, &nameless).is_err());
        stop(&mut nameless.trails[1]);
        assert_eq!(story::judge(&RULE, &nameless).unwrap().ruling, Ruling::Pass);
    }

    #[test]
    fn trails_that_may_all_be_stopped_are_unknown() {
        let mut account = story::pristine_account();
        blind(account.trail_mut());
        assert!(story::judge(&RULE, &account).is_err());
        let settings = declared("example-trail-logs");
        assert!(story::judge_with(&RULE, &account, &settings).is_err());
    }

    #[test]
    fn a_region_whose_trails_could_not_be_listed_keeps_it_from_passing() {
        let mut account = story::pristine_account();
        let unlisted = RegionFacts::of_trails(story::denied(Action::DescribeTrails));
        account.regions.insert("eu-north-1".to_owned(), unlisted);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert!(gap.detail.contains("eu-north-1"));
    }

    #[test]
    fn nothing_is_aggregated_where_no_trail_logs() {
        let bare = story::bare_account();
        let mut stopped = story::pristine_account();
        stop(stopped.trail_mut());
        for account in [bare, stopped] {
            let verdict = story::judge(&RULE, &account).unwrap();
            assert_eq!(verdict.ruling, Ruling::NotApplicable);
            let verdict = story::judge_with(&RULE, &account, &declared("archive")).unwrap();
            assert_eq!(verdict.ruling, Ruling::NotApplicable);
        }
    }
}
