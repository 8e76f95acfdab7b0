//! The fault matrix: every call that trailcheck makes goes wrong in every way there is,
//! one call and one way at a time.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Mutex;
use std::thread;

use serde_json::{Value, json};
use trailcheck::snapshot::Action;

use super::account::Account;
use super::accounts;
use super::fault::{Fault, seen_as};
use super::good::Good;
use super::readings::{Place, Readings, fits};
use super::run::{Report, Run, Trailcheck, text};
use super::servers;

/// Runs at a time. Most of them wait, for a time-out or before another attempt.
const AT_A_TIME: usize = 8;

/// One call and what happens to it.
#[derive(Debug, Clone, Copy)]
struct Cell {
    action: Action,
    fault: Fault,
}

/// What a run came to: what was seen, and how that is judged.
struct Judged {
    readings: Readings,
    report: Report,
}

#[test]
fn whatever_happens_to_whichever_call_its_facts_are_gaps_and_all_the_others_are_as_they_were() {
    let good = Good::on_moto();
    // Or there would be no settings in the reply.
    good.account.block_public_access(true);
    let before = Befores {
        plain: before(&good.account, false),
        with_history: before(&good.account, true),
    };
    let actions: Vec<Action> = Action::ALL.iter().copied().filter(is_made).collect();
    let cells: Vec<Cell> = Fault::ALL
        .iter()
        .flat_map(|&fault| actions.iter().map(move |&action| Cell { action, fault }))
        .collect();
    let tried = try_all(&cells, &good.account, &before);
    let complaints: Vec<&String> = tried.iter().flat_map(|tried| &tried.complaints).collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    let ended = |code| {
        tried
            .iter()
            .filter(|tried| tried.code == Some(code))
            .count()
    };
    // Not by `println!`, which is kept back where the test passes.
    writeln!(
        std::io::stderr(),
        "fault matrix: {} operations x {} faults = {} cells; {} end with 0, {} with 3",
        actions.len(),
        Fault::ALL.len(),
        tried.len(),
        ended(0),
        ended(3),
    )
    .expect("standard error can be written");
    assert_eq!(tried.len(), actions.len() * 8);
    assert!(ended(0) > 36 && ended(3) > 36);
}

/// Whether this build makes the call.
fn is_made(action: &Action) -> bool {
    let service = action.iam().split(':').next().expect("a service");
    cfg!(feature = "full") || !["guardduty", "securityhub"].contains(&service)
}

/// How the account looks while all goes well.
struct Befores {
    plain: Judged,
    with_history: Judged,
}

fn before(account: &Account, history: bool) -> Judged {
    let run = look(account, None, history);
    let before = judged(&run, history).expect("the good account can be read");
    assert_eq!(before.report.code, Some(0));
    // What nobody asks for is no fault: the history, alarms where no log group is.
    let is_fault = |gap: &&&Value| {
        !text(gap, "detail").contains("the feature `full`") && gap["kind"] != "not-collected"
    };
    let gaps = before.readings.gaps();
    let gaps: Vec<_> = gaps.iter().filter(is_fault).collect();
    assert!(gaps.is_empty(), "{gaps:#?}");
    before
}

fn try_all(cells: &[Cell], account: &Account, before: &Befores) -> Vec<Tried> {
    let queue = Mutex::new(cells.iter());
    let tried = Mutex::new(Vec::new());
    let work = || {
        loop {
            let next = queue.lock().expect("no thread panicked").next();
            let Some(cell) = next else { break };
            let result = cell.try_on(account, before);
            tried.lock().expect("no thread panicked").push(result);
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(work);
        }
    });
    tried.into_inner().expect("no thread panicked")
}

/// What came of a cell.
struct Tried {
    code: Option<i32>,
    complaints: Vec<String>,
}

impl Cell {
    /// Whether the event history has to be asked for: it takes seconds, so nobody else's cells
    /// wait for it.
    fn reads_history(self) -> bool {
        self.action == Action::LookupEvents
    }

    fn try_on(self, account: &Account, before: &Befores) -> Tried {
        let history = self.reads_history();
        let before = if history {
            &before.with_history
        } else {
            &before.plain
        };
        let account = account.signed_in_again();
        let microburst = accounts::faulty_and_complete();
        for rule in self.rules() {
            servers::inject(microburst, &account.access_key, rule);
        }
        let run = look(&account, Some(self.fault), history);
        let mut tried = match judged(&run, history) {
            _ if self.is_fatal() => Tried {
                code: run.code,
                complaints: complaints_about_the_end(&run),
            },
            Ok(after) => Tried {
                code: after.report.code,
                complaints: self.complaints(before, &after),
            },
            Err(complaint) => Tried {
                code: run.code,
                complaints: vec![complaint],
            },
        };
        if servers::injected(microburst, &account.access_key, seen_as(self.action)) == 0 {
            tried.complaints.push("nothing went wrong".to_owned());
        }
        for complaint in &mut tried.complaints {
            *complaint = format!("{:?} {:?}: {complaint}", self.action, self.fault);
        }
        tried
    }

    /// What microburst is to do.
    fn rules(self) -> Vec<Value> {
        let mut rules = vec![self.fault.rule(self.action)];
        if self.action == Action::GetBucketLocation {
            // Mostly nobody asks, because `HeadBucket` has told.
            let silent = json!({ "strip_headers": ["x-amz-bucket-region"] });
            rules.push(json!({ "service": "s3", "operation": "HeadBucket", "response": silent }));
        }
        rules
    }

    /// Whether it leaves nothing to report.
    fn is_fatal(self) -> bool {
        self.action == Action::GetCallerIdentity && self.fault.leaves(self.action).is_some()
    }

    fn complaints(self, before: &Judged, after: &Judged) -> Vec<String> {
        let mut complaints = self.about_its_facts(&before.readings, &after.readings);
        complaints.extend(self.about_other_facts(&before.readings, &after.readings));
        complaints.extend(self.about_findings(&before.report, &after.report));
        complaints
    }

    /// The facts that are to be missing.
    fn missing(self, before: &Readings) -> BTreeSet<&Place> {
        match self.fault.leaves(self.action) {
            Some(_) => {
                let facts = traces(self.action).facts.iter();
                let places = facts.flat_map(|facts| before.places(facts));
                places.filter(|place| is_asked(before.at(place))).collect()
            }
            None => BTreeSet::new(),
        }
    }

    /// The facts of the call are gaps that name it and say why.
    fn about_its_facts(self, before: &Readings, after: &Readings) -> Vec<String> {
        let kind = self.fault.leaves(self.action);
        let missing = self.missing(before);
        if kind.is_some() && missing.is_empty() {
            return vec!["the call fills in no fact".to_owned()];
        }
        let is_gap = |fact: &Value| {
            let gap = &fact["gap"];
            gap["action"] == self.action.iam()
                && gap["kind"].as_str() == kind
                && !text(gap, "detail").is_empty()
        };
        // A refusal says all the same that the bucket is there.
        let tells = |place: &Place, fact: &Value| {
            (self.action, self.fault) == (Action::HeadBucket, Fault::Denied)
                && fits(place, "buckets * existence")
                && *fact == json!({ "known": "exists-forbidden" })
        };
        missing
            .into_iter()
            .map(|place| (place, after.at(place)))
            .filter(|(place, fact)| !is_gap(fact) && !tells(place, fact))
            .map(|(place, fact)| format!("{} is {fact}", place.join(" ")))
            .collect()
    }

    /// All other facts are as they were, as far as they can be seen without the call.
    fn about_other_facts(self, before: &Readings, after: &Readings) -> Vec<String> {
        let missing = self.missing(before);
        let traces = traces(self.action);
        let excused = |place: &Place| {
            let among = |patterns: &[&str]| patterns.iter().any(|pattern| fits(place, pattern));
            let unseen = among(traces.unseen) && !is_asked(after.at(place));
            let more = among(traces.more) && before.at(place).is_null();
            self.fault.leaves(self.action).is_some() && (unseen || more)
        };
        before
            .differing(after)
            .into_iter()
            .filter(|place| !missing.contains(place) && !excused(place))
            .map(|place| {
                let (was, is) = (before.at(&place), after.at(&place));
                format!("{} was {was} and is {is}", place.join(" "))
            })
            .collect()
    }

    /// Whatever is no longer known to be good is unknown because of this call, nothing
    /// else has changed, and the gate is shut where that matters.
    fn about_findings(self, before: &Report, after: &Report) -> Vec<String> {
        let mut complaints = Vec::new();
        let traces = traces(self.action);
        for change in after.changes_from(before) {
            let lost = !traces.unseen.is_empty() && change.ends_with(" -> absent");
            // A Region more is audited, where AWS Config does not record and all else is good.
            let more = !traces.more.is_empty()
                && (change.ends_with(": absent -> pass")
                    || change.starts_with("config-recorder ")
                        && change.ends_with(": absent -> fail"));
            if !(change.ends_with(" -> unknown") || lost || more) {
                complaints.push(change);
            }
        }
        for rule in before.by_rule().keys() {
            // A rule without a subject left must say so.
            if !after.by_rule().contains_key(rule) {
                complaints.push(format!("{rule} says nothing"));
            }
        }
        let unknown = after
            .findings()
            .iter()
            .filter(|finding| finding["status"] == "unknown")
            .filter(|finding| !before.findings().contains(finding))
            .filter(|finding| !text(&finding["gap"], "detail").contains("the feature `full`"));
        for finding in unknown {
            let gap = &finding["gap"];
            let kind = self.fault.leaves(self.action);
            if gap["action"] != self.action.iam() || gap["kind"].as_str() != kind {
                complaints.push(format!("{} has the gap {gap}", text(finding, "rule")));
            }
        }
        let code = if gate_is_shut(after) { 3 } else { 0 };
        if after.code != Some(code) {
            complaints.push(format!("it ends with {:?}, not {code}", after.code));
        }
        complaints
    }
}

/// Whether somebody asked for a fact.
fn is_asked(fact: &Value) -> bool {
    !fact.is_null() && fact["gap"]["kind"] != "not-collected"
}

/// Whether something unknown could be as bad as the gate forbids.
fn gate_is_shut(report: &Report) -> bool {
    report.findings().iter().any(|finding| {
        let severity = finding["severity"].as_str().expect("a severity");
        finding["status"] == "unknown" && ["high", "critical"].contains(&severity)
    })
}

/// What a call leaves in a snapshot, as patterns of places.
struct Traces {
    /// The facts that it fills in.
    facts: &'static [&'static str],
    /// What is not even there without it.
    unseen: &'static [&'static str],
    /// What is there only without it.
    more: &'static [&'static str],
}

/// What each call leaves. Whoever adds an action has to say it here, or nothing compiles.
fn traces(action: Action) -> Traces {
    let only = |facts| Traces {
        facts,
        unseen: &[],
        more: &[],
    };
    match action {
        Action::ListRegions => Traces {
            // All Regions that need no opt-in are audited in place of two.
            more: &["regions **", "trails * status *"],
            ..only(&["enabled_regions"])
        },
        Action::ListAccountAliases => only(&["alias"]),
        Action::GetAccountSummary => only(&["summary"]),
        // Who is asking is no fact that may be missing.
        Action::GetCallerIdentity => only(&[]),
        Action::DescribeTrails => Traces {
            unseen: &[
                "trails **",
                "buckets **",
                "keys **",
                "log_groups **",
                "topics **",
                // Nobody looks for alarms where no log group is.
                "regions * alarms",
            ],
            ..only(&["regions * trails"])
        },
        Action::GetTrailStatus => only(&["trails * status *"]),
        Action::GetEventSelectors => only(&["trails * selectors"]),
        Action::GetInsightSelectors => only(&["trails * insights"]),
        Action::ListTags => only(&["trails * tags"]),
        Action::HeadBucket => only(&["buckets * existence", "buckets * owner"]),
        Action::GetBucketLocation => only(&["buckets * region"]),
        Action::GetBucketPolicy => only(&["buckets * policy"]),
        Action::GetBucketPolicyStatus => only(&["buckets * policy_is_public"]),
        Action::GetBucketAcl => only(&["buckets * acl"]),
        Action::GetBucketPublicAccessBlock => only(&["buckets * public_access_block"]),
        Action::GetAccountPublicAccessBlock => only(&["public_access_block"]),
        Action::GetBucketOwnershipControls => only(&["buckets * ownership"]),
        Action::GetBucketVersioning => only(&["buckets * versioning"]),
        Action::GetObjectLockConfiguration => only(&["buckets * object_lock"]),
        Action::GetBucketLifecycle => only(&["buckets * lifecycle"]),
        Action::GetBucketEncryption => only(&["buckets * encryption"]),
        Action::GetBucketLogging => only(&["buckets * access_logging"]),
        Action::DescribeKey => only(&["keys * description", "topics * key description"]),
        Action::GetKeyRotationStatus => only(&["keys * rotation", "topics * key rotation"]),
        Action::GetKeyPolicy => only(&["keys * policy", "topics * key policy"]),
        Action::DescribeLogGroups => only(&["log_groups * description"]),
        Action::GetAccountAuthorizationDetails => only(&["identities"]),
        Action::DescribeOrganization => only(&["organization"]),
        Action::ListRoots
        | Action::ListParents
        | Action::ListPoliciesForTarget
        | Action::DescribePolicy => {
            only(&["service_control_policies", "resource_control_policies"])
        }
        Action::GetBucketRequestPayment => only(&["buckets * requester_pays"]),
        Action::ListGrants => only(&["keys * grants", "topics * key grants"]),
        Action::DescribeResourcePolicies => only(&["log_groups * resource_policies"]),
        Action::GetTopicAttributes => Traces {
            // Which key encrypts it is one of the attributes.
            unseen: &["topics * key **"],
            ..only(&["topics * attributes", "alarm_topics * attributes"])
        },
        Action::DescribeMetricFilters => only(&["log_groups * metric_filters"]),
        Action::DescribeAlarms => Traces {
            unseen: &["alarm_topics **"],
            ..only(&["regions * alarms"])
        },
        Action::ListEventRules => Traces {
            unseen: &["alarm_topics **", "regions * event_rules **"],
            ..only(&["regions * event_rules"])
        },
        Action::ListTargetsByRule => Traces {
            unseen: &["alarm_topics **"],
            ..only(&["regions * event_rules * targets"])
        },
        Action::ListSubscriptionsByTopic => {
            only(&["topics * subscriptions", "alarm_topics * subscriptions"])
        }
        Action::GetBucketNotification => only(&["buckets * notifications"]),
        Action::ListServiceAccess => only(&["trusted_services"]),
        Action::ListDelegatedAdministrators => only(&["cloudtrail_administrators"]),
        Action::DescribeConfigurationRecorders => Traces {
            unseen: &["regions * recorders **"],
            ..only(&["regions * recorders"])
        },
        Action::DescribeConfigurationRecorderStatus => only(&["regions * recorders * recording"]),
        Action::DescribeDeliveryChannels => only(&["regions * delivery_channels"]),
        Action::DescribeConfigRules => Traces {
            unseen: &["regions * config_rules **"],
            ..only(&["regions * config_rules"])
        },
        Action::DescribeComplianceByConfigRule => only(&["regions * config_rules * compliance"]),
        Action::ListEventDataStores => Traces {
            unseen: &["data_stores **"],
            ..only(&["regions * data_stores"])
        },
        Action::GetEventDataStore => only(&["data_stores * details"]),
        Action::LookupEvents => only(&["regions * history"]),
        Action::ListDetectors => Traces {
            unseen: &["regions * detectors **"],
            ..only(&["regions * detectors"])
        },
        Action::GetDetector => only(&["regions * detectors * detector_status"]),
        Action::DescribeHub => only(&["regions * security_hub"]),
    }
}

/// A snapshot of the account, taken by way of microburst, on standard output.
fn look(account: &Account, fault: Option<Fault>, history: bool) -> Run {
    let run = Trailcheck::through(&accounts::faulty_and_complete().url(), account)
        .args(["snapshot", "--quiet", "--output", "-"])
        .args(history.then_some("--history"));
    match fault {
        // Far more than any answer takes, as long as one comes.
        Some(Fault::TimedOut) => run.args(["--call-timeout", "8s"]),
        Some(fault) => run.env("AWS_MAX_ATTEMPTS", fault.attempts()),
        None => run,
    }
    .run()
}

/// What the snapshot holds, and what an audit makes of it; or how the run went wrong.
fn judged(run: &Run, history: bool) -> Result<Judged, String> {
    if run.code != Some(0) || !run.stderr.is_empty() {
        return Err(format!("no snapshot, exit {:?}: {}", run.code, run.stderr));
    }
    let audit = Trailcheck::bare();
    let file = audit.home().join("seen.json");
    std::fs::write(&file, &run.stdout).expect("the snapshot can be written");
    let file = file.to_str().expect("a UTF-8 path").to_owned();
    let of_the_history: &[&str] = if history { &["--history"] } else { &[] };
    let args = [&["--snapshot", &file], of_the_history].concat();
    Ok(Judged {
        readings: Readings::of(&run.stdout),
        report: audit.audit(&args),
    })
}

fn complaints_about_the_end(run: &Run) -> Vec<String> {
    let one_sentence =
        run.stderr.starts_with("error: ") && run.stderr.trim_end().lines().count() == 1;
    let ended = run.code == Some(3) && run.stdout.is_empty() && one_sentence;
    let said = || format!("it ends with {:?}: {}{}", run.code, run.stderr, run.stdout);
    (!ended).then(said).into_iter().collect()
}
