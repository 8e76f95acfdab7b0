use serde_json::{Value, json};

use super::history::{Meaning, meaning};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Account, Action, Gap, GapKind, RecordedEvent};

/// Nobody weakened a trail in the last 90 days.
pub(super) const RULE: Rule = Rule {
    id: "no-recent-tampering",
    title: "Nobody weakened a trail in the last 90 days",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::TamperResistance,
    description: "Whoever breaks in stops the trail, does what they came for, and starts it again; \
        an audit of today's settings finds nothing wrong. CloudTrail's event history keeps \
        management events of the last 90 days whatever the trails record, and nobody can delete \
        from it, so it still tells who switched a trail off or aside, and from where (MITRE ATT&CK \
        T1562.008). Harmless changes look the same: each finding needs somebody who knows of it.",
    criteria: "Fails on a successful StopLogging, DeleteTrail, PutEventSelectors, empty \
        PutInsightSelectors, an UpdateTrail that switched a setting off, took the key or log group \
        away or named another bucket or group than today's; on a DeleteBucket, DeleteBucketPolicy, \
        PutBucketLifecycle or suspended versioning of a log bucket; on DeleteEventDataStore and \
        StopEventDataStoreIngestion; on DisableKey or ScheduleKeyDeletion of \
        a trail's key. Calls that failed and changes that may be harmless are shown and decide \
        nothing. Unknown if a Region's history or what to compare with was not read. Events on a \
        bucket or key of another account are in that account's history. Runs with --history, or by \
        name.",
    action: "Ask whoever made each call whether it was meant, and treat what nobody can account \
        for as an incident: change the principal's credentials and look for what it did between \
        the stop and the restart. Then restrict who can make such calls, and alarm on them.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html",
        "https://attack.mitre.org/techniques/T1562/008/",
    ],
    controls: &[
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &[Action::LookupEvents, Action::DescribeKey],
    remedies: Remedies {
        cli: "aws cloudtrail lookup-events --region {event_region} --lookup-attributes AttributeKey=EventId,AttributeValue={event_id}\n\
            # then, if the trail was stopped\n\
            aws cloudtrail start-logging --region {event_region} --name TRAIL",
        terraform: "# What happened cannot be undone by a template. A plan shows whether a trail still differs:\n# terraform plan -refresh-only\nresource \"aws_cloudtrail\" \"trail\" {\n  enable_logging = true\n}",
        cloudformation: "# What happened cannot be undone by a template. Drift detection shows whether a trail still differs.\nType: AWS::CloudTrail::Trail\nProperties:\n  IsLogging: true",
    },
    check: Check::Account(check),
};

/// An event, where it was recorded, and what it did or was meant to do.
struct Sighting<'a> {
    region: &'a str,
    event: &'a RecordedEvent,
    what: String,
}

#[derive(Default)]
struct Sightings<'a> {
    weakened: Vec<Sighting<'a>>,
    touched: Vec<Sighting<'a>>,
    attempts: Vec<Sighting<'a>>,
    doubt: Option<Gap>,
}

fn check(context: &Context<'_>) -> Judgement {
    let account = context.account;
    let found = look(account);
    if let Some(latest) = found.weakened.first() {
        let others = match found.weakened.len() {
            1 => String::new(),
            count => format!(", the latest of {count} such calls"),
        };
        let message = format!("{}{others}{}", latest.told(), beside(&found));
        let verdict = Verdict::fail(message)
            .evidence("event_id", latest.event.id.as_str())
            .evidence("event_region", latest.region);
        return Ok(with_events(verdict, &found));
    }
    if let Some(gap) = found.doubt {
        return Err(gap);
    }
    account.regions_known()?;
    let message = format!(
        "the event history of {} shows no call that weakened a trail in the last 90 days{}",
        match account.regions.len() {
            1 => "the audited Region".to_owned(),
            count => format!("all {count} audited Regions"),
        },
        beside(&found)
    );
    Ok(with_events(Verdict::pass(message), &found))
}

fn look(account: &Account) -> Sightings<'_> {
    let mut found = Sightings::default();
    for (region, facts) in &account.regions {
        match facts.history.known() {
            Ok(events) => events
                .iter()
                .for_each(|one| found.add(account, region, one)),
            Err(gap) => found.doubt = found.doubt.take().or(Some(not_read(region, gap))),
        }
    }
    for list in [&mut found.weakened, &mut found.touched, &mut found.attempts] {
        list.sort_by_key(|one| std::cmp::Reverse(one.event.time));
    }
    found
}

impl<'a> Sightings<'a> {
    fn add(&mut self, account: &Account, region: &'a str, event: &'a RecordedEvent) {
        let failed = event.error_code.is_some();
        let (list, what) = match meaning(account, region, event) {
            Ok(Meaning::Nothing) => return,
            Ok(Meaning::Weakened(what) | Meaning::Touched(what)) if failed => {
                (&mut self.attempts, what)
            }
            Ok(Meaning::Weakened(what)) => (&mut self.weakened, what),
            Ok(Meaning::Touched(what)) => (&mut self.touched, what),
            // A call that failed changed nothing, whatever it was aimed at.
            Err(_) if failed => (&mut self.attempts, format!("called `{}`", event.name)),
            Err(gap) => {
                self.doubt = self.doubt.take().or(Some(gap));
                return;
            }
        };
        list.push(Sighting {
            region,
            event,
            what,
        });
    }
}

impl Sighting<'_> {
    fn told(&self) -> String {
        format!(
            "`{}` {} with `{}` at {} from {} in {}, which {}",
            self.event.principal,
            self.what,
            self.event.name,
            self.event.time,
            self.event
                .source_ip
                .as_deref()
                .unwrap_or("an unknown address"),
            self.region,
            self.outcome()
        )
    }

    fn outcome(&self) -> String {
        match &self.event.error_code {
            None => "succeeded".to_owned(),
            Some(error) => format!("failed with {error}"),
        }
    }

    fn evidence(&self) -> Value {
        json!({
            "event": self.event.name,
            "id": self.event.id,
            "what": self.what,
            "principal": self.event.principal,
            "time": self.event.time.to_string(),
            "source_ip": self.event.source_ip,
            "region": self.region,
            "outcome": self.outcome(),
        })
    }
}

/// What else was seen, and decides nothing.
fn beside(found: &Sightings<'_>) -> String {
    let counted = |count: usize, one: &str, more: &str| match count {
        0 => String::new(),
        1 => format!("; {one}"),
        count => format!("; {count} {more}"),
    };
    let touched = counted(
        found.touched.len(),
        "one call changed a trail, perhaps harmlessly",
        "calls changed trails, perhaps harmlessly",
    );
    let attempts = counted(
        found.attempts.len(),
        "one attempt failed",
        "attempts failed",
    );
    format!("{touched}{attempts}")
}

fn with_events(verdict: Verdict, found: &Sightings<'_>) -> Verdict {
    let lists = [
        ("events", &found.weakened),
        ("perhaps_harmless", &found.touched),
        ("failed_attempts", &found.attempts),
    ];
    lists.into_iter().fold(verdict, |verdict, (name, list)| {
        let events: Vec<Value> = list.iter().map(Sighting::evidence).collect();
        verdict.evidence(name, events)
    })
}

fn not_read(region: &str, gap: Gap) -> Gap {
    let detail = match gap.kind {
        GapKind::NotCollected => {
            format!("the event history of {region} was not read; run with `--history`")
        }
        _ => format!("the event history of {region}: {}", gap.detail),
    };
    Gap { detail, ..gap }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Observed, story};

    fn having(events: [Observed<Vec<RecordedEvent>>; 2]) -> Account {
        let mut account = story::pristine_account();
        for (facts, events) in account.regions.values_mut().zip(events) {
            facts.history = events;
        }
        account
    }

    fn none() -> Observed<Vec<RecordedEvent>> {
        Observed::Known(Vec::new())
    }

    fn one(event: RecordedEvent) -> Observed<Vec<RecordedEvent>> {
        Observed::Known(vec![event])
    }

    fn failed() -> RecordedEvent {
        RecordedEvent {
            error_code: Some("AccessDenied".to_owned()),
            ..story::stopped_logging()
        }
    }

    #[test]
    fn a_stopped_trail_fails_and_the_message_tells_who_when_from_where_and_how_it_went() {
        let account = having([none(), one(story::stopped_logging())]);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert_eq!(
            verdict.message,
            "`arn:aws:iam::111122223333:user/contractor` stopped trail `main` with `StopLogging` \
             at 2026-11-15T03:12:09Z from 198.51.100.7 in us-east-1, which succeeded"
        );
        assert_eq!(verdict.evidence["events"][0]["region"], "us-east-1");
        assert_eq!(verdict.evidence["event_region"], "us-east-1");
    }

    /// A principal that was deleted since is left with its id.
    #[test]
    fn a_principal_that_is_gone_is_told_by_its_id_and_a_service_without_an_address() {
        let event = RecordedEvent {
            principal: "AIDAEXAMPLEGONE000001".to_owned(),
            source_ip: None,
            ..story::stopped_logging()
        };
        let verdict = story::judge(&RULE, &having([none(), one(event)])).unwrap();
        assert!(
            verdict
                .message
                .starts_with("`AIDAEXAMPLEGONE000001` stopped")
        );
        assert!(
            verdict
                .message
                .contains("from an unknown address in us-east-1")
        );
    }

    #[test]
    fn of_several_the_latest_is_told_whichever_region_it_is_in() {
        let earlier = RecordedEvent {
            time: "2026-10-01T00:00:00Z".parse().unwrap(),
            ..story::stopped_logging()
        };
        let account = having([one(earlier), one(story::stopped_logging())]);
        let message = story::judge(&RULE, &account).unwrap().message;
        assert!(message.contains("2026-11-15"), "{message}");
        assert!(message.ends_with("the latest of 2 such calls"), "{message}");
    }

    #[test]
    fn a_call_that_failed_is_shown_and_decides_nothing() {
        let verdict = story::judge(&RULE, &having([none(), one(failed())])).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        assert!(verdict.message.ends_with("; one attempt failed"));
        let attempt = &verdict.evidence["failed_attempts"][0];
        assert_eq!(attempt["outcome"], "failed with AccessDenied");
    }

    #[test]
    fn a_failed_call_on_what_cannot_be_compared_is_an_attempt_all_the_same() {
        let event = RecordedEvent {
            name: "DeleteBucketPolicy".to_owned(),
            request: json!({"bucketName": "b"}),
            ..failed()
        };
        let mut account = having([none(), one(event.clone())]);
        account.trail_mut().bucket = story::denied(Action::DescribeTrails);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
        let succeeded = RecordedEvent {
            error_code: None,
            ..event
        };
        account.regions.get_mut("us-east-1").unwrap().history = one(succeeded);
        assert!(story::judge(&RULE, &account).is_err());
    }

    #[test]
    fn what_may_be_harmless_is_shown_and_decides_nothing() {
        let event = RecordedEvent {
            name: "PutBucketPolicy".to_owned(),
            request: json!({"bucketName": "example-trail-logs"}),
            ..story::stopped_logging()
        };
        let verdict = story::judge(&RULE, &having([none(), one(event)])).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        assert_eq!(
            verdict.evidence["perhaps_harmless"][0]["event"],
            "PutBucketPolicy"
        );
    }

    #[test]
    fn a_region_whose_history_is_missing_is_unknown_unless_another_has_seen_enough() {
        let denied = || story::denied(Action::LookupEvents);
        let gap = story::judge(&RULE, &having([denied(), none()])).unwrap_err();
        assert!(gap.detail.contains("eu-west-1"), "{}", gap.detail);
        let account = having([denied(), one(story::stopped_logging())]);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
    }

    #[test]
    fn a_history_that_nobody_asked_for_is_unknown_and_says_how_to_ask() {
        let missing = Observed::not_collected(Action::LookupEvents);
        let gap = story::judge(&RULE, &having([none(), missing])).unwrap_err();
        assert_eq!(gap.kind, GapKind::NotCollected);
        assert!(gap.detail.ends_with("run with `--history`"));
    }

    #[test]
    fn an_enabled_region_that_was_not_audited_is_unknown() {
        let mut account = story::pristine_account();
        account.regions.remove("eu-west-1");
        assert!(story::judge(&RULE, &account).is_err());
    }
}
