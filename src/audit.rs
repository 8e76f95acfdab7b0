//! The engine: every rule over every subject of a snapshot.

use std::collections::{BTreeMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::config::Settings;
use crate::finding::{Finding, GLOBAL, Status, fingerprint};
use crate::rule::{
    Check, Context, Judgement, Rule, Ruling, Severity, Verdict, listed, of_existing,
};
use crate::snapshot::{Account, AccountStatus, Bucket, Gap, GapKind, Key, Snapshot, arn};

/// Judges a snapshot: at least one finding per rule and account, in the order of the
/// snapshot's accounts, then of `rules`, then of the subjects. A pure function of its
/// arguments; `now` is the moment the snapshot was finished.
pub fn audit(snapshot: &Snapshot, rules: &[&'static Rule], settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    for account in &snapshot.accounts {
        let judge = Judge {
            context: Context {
                now: snapshot.finished_at,
                account,
                settings,
            },
        };
        for rule in rules {
            judge.run(rule, &mut findings);
        }
    }
    findings
}

/// Lets every finding of a rule that `severities` names weigh what it says there. An unknown
/// gets the same weight as a fail, whatever the verdict would have been: were it less, taking
/// evidence away could open the gate.
pub fn reweigh(findings: &mut [Finding], severities: &BTreeMap<String, Severity>) {
    for finding in findings {
        if let Some(severity) = severities.get(finding.rule) {
            finding.severity = *severity;
        }
    }
}

struct Judge<'a> {
    context: Context<'a>,
}

/// What a finding is about.
struct Subject {
    /// As the report names it.
    region: String,
    /// As the report names it.
    resource: String,
    /// The Region and name that the fingerprint covers: such as no missing fact changes,
    /// or a finding would become another one whenever something could not be read.
    lasting: (String, String),
}

impl Judge<'_> {
    fn run(&self, rule: &'static Rule, findings: &mut Vec<Finding>) {
        let account = self.context.account;
        if account.status == AccountStatus::Suspended {
            findings.push(self.account_finding(rule, Ok(suspended())));
            return;
        }
        let before = findings.len();
        self.judge_subjects(rule, findings);
        if let Some(judgement) = self.beyond_subjects(rule, findings.len() > before) {
            findings.push(self.account_finding(rule, judgement));
        }
    }

    fn judge_subjects(&self, rule: &'static Rule, findings: &mut Vec<Finding>) {
        let context = &self.context;
        let account = context.account;
        match rule.check {
            Check::Account(check) => {
                findings.push(self.account_finding(rule, guarded(rule, || check(context))));
            }
            Check::Region(check) => {
                for region in account.regions.keys() {
                    let subject = Subject::of_region(account, region);
                    let judgement = guarded(rule, || check(context, region));
                    findings.push(self.finding(rule, subject, judgement));
                }
            }
            Check::Trail(check) => {
                for trail in &account.trails {
                    let subject = Subject::new(&trail.home_region, &trail.arn);
                    let judgement = guarded(rule, || check(context, trail));
                    findings.push(self.finding(rule, subject, judgement));
                }
            }
            Check::Bucket(check) => {
                for bucket in &account.buckets {
                    let subject = Subject::of_bucket(account, bucket);
                    let judge = || of_existing(bucket, || check(context, bucket));
                    let judgement = guarded(rule, judge);
                    findings.push(self.finding(rule, subject, judgement));
                }
            }
            Check::Key(check) => {
                for key in &account.keys {
                    let judgement = guarded(rule, || check(context, key));
                    findings.push(self.finding(rule, Subject::of_key(account, key), judgement));
                }
            }
            Check::LogGroup(check) => {
                for group in &account.log_groups {
                    let judgement = guarded(rule, || check(context, group));
                    findings.push(self.finding(rule, Subject::of_arn(&group.arn), judgement));
                }
            }
            Check::Topic(check) => {
                for topic in &account.topics {
                    let judgement = guarded(rule, || check(context, topic));
                    findings.push(self.finding(rule, Subject::of_arn(&topic.arn), judgement));
                }
            }
            Check::DataStore(check) => {
                for store in &account.data_stores {
                    let judgement = guarded(rule, || check(context, store));
                    findings.push(self.finding(rule, Subject::of_arn(&store.arn), judgement));
                }
            }
        }
    }

    /// The one more finding on the account that keeps silence from reading as a pass:
    /// unknown where subjects may exist that nobody could see, not applicable where
    /// there is none, nothing where the subjects speak for themselves.
    fn beyond_subjects(&self, rule: &Rule, any: bool) -> Option<Judgement> {
        let account = self.context.account;
        match rule.check {
            Check::Account(_) => None,
            Check::Region(_) => account
                .regions_known()
                .err()
                .map(|gap| Err(missed(account, gap))),
            Check::DataStore(_) => match account.all_data_stores() {
                Err(gap) => Some(Err(gap)),
                Ok(_) if any => None,
                Ok(_) => Some(Ok(Verdict::not_applicable(
                    "the account has no event data store",
                ))),
            },
            Check::Trail(_)
            | Check::Bucket(_)
            | Check::Key(_)
            | Check::LogGroup(_)
            | Check::Topic(_) => {
                match trails_not_seen(account).or_else(|| subject_not_seen(rule, account)) {
                    Some(gap) => Some(Err(gap)),
                    None if any => None,
                    None => Some(Ok(nothing_of(rule, account))),
                }
            }
        }
    }

    fn account_finding(&self, rule: &'static Rule, judgement: Judgement) -> Finding {
        let subject = Subject::new(GLOBAL, &self.context.account.root_arn());
        self.finding(rule, subject, judgement)
    }

    fn finding(&self, rule: &'static Rule, subject: Subject, judgement: Judgement) -> Finding {
        let account = &self.context.account.id;
        let (place, name) = &subject.lasting;
        let fingerprint = fingerprint(rule, account, place, name);
        let (status, severity, verdict, gap) = match judgement {
            Ok(verdict) => {
                let status = match verdict.ruling {
                    Ruling::Pass => Status::Pass,
                    Ruling::Fail => Status::Fail,
                    Ruling::NotApplicable => Status::NotApplicable,
                };
                let severity = verdict.severity.unwrap_or(rule.severity);
                (status, severity, verdict, None)
            }
            Err(gap) => (Status::Unknown, rule.worst, could_not_look(&gap), Some(gap)),
        };
        Finding {
            rule: rule.id,
            status,
            severity,
            account: account.clone(),
            region: subject.region,
            resource: subject.resource,
            message: verdict.message,
            evidence: verdict.evidence,
            gap,
            suppressed: None,
            baseline: None,
            fingerprint,
        }
    }
}

impl Subject {
    fn new(region: &str, resource: &str) -> Self {
        Subject {
            region: region.to_owned(),
            resource: resource.to_owned(),
            lasting: (region.to_owned(), resource.to_owned()),
        }
    }

    /// A bucket's Region is a fact that may be missing, and no part of its ARN.
    fn of_bucket(account: &Account, bucket: &Bucket) -> Self {
        let region = bucket.region.if_known().map_or(GLOBAL, String::as_str);
        let arn = format!("arn:{}:s3:::{}", account.partition, bucket.name);
        Subject {
            lasting: (GLOBAL.to_owned(), arn.clone()),
            ..Subject::new(region, &arn)
        }
    }

    /// A key's ARN is a fact that may be missing where trails name it by an alias.
    fn of_key(account: &Account, key: &Key) -> Self {
        let reference = key.references.first().map_or("", String::as_str);
        Subject {
            lasting: (GLOBAL.to_owned(), reference.to_owned()),
            ..Subject::of_arn(&account.key_arn(key))
        }
    }

    fn of_region(account: &Account, region: &str) -> Self {
        Subject::new(region, &account.root_arn())
    }

    fn of_arn(resource: &str) -> Self {
        let region = arn::parse(resource).map_or("", |arn| arn.region);
        Subject::new(if region.is_empty() { GLOBAL } else { region }, resource)
    }
}

/// Runs a check so that a mistake in one rule does not end the run: a panic becomes an
/// unknown finding, and so can never read as a pass.
fn guarded(rule: &Rule, check: impl FnOnce() -> Judgement) -> Judgement {
    // Whatever a check was about to change is lost with it: it sees shared references to
    // plain data only, so nothing half-changed can be seen afterwards.
    catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|panic| {
        let message = panic
            .downcast_ref::<&str>()
            .map(|message| (*message).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned());
        Err(Gap {
            action: format!("trailcheck:{}", rule.id),
            kind: GapKind::Internal,
            detail: message,
        })
    })
}

fn suspended() -> Verdict {
    Verdict::not_applicable("the account is suspended or closed")
}

fn could_not_look(gap: &Gap) -> Verdict {
    // The ruling of this verdict is never read: the gap decides the status. Only the
    // message is used, and it names the permission, the kind and AWS's own words.
    Verdict::not_applicable(format!(
        "could not look: {} {}: {}",
        gap.action,
        said(gap.kind),
        gap.detail.trim_end_matches('.')
    ))
}

fn said(kind: GapKind) -> &'static str {
    match kind {
        GapKind::AccessDenied => "was denied",
        GapKind::Throttled => "was throttled",
        GapKind::NotFound => "found nothing",
        GapKind::Unsupported => "has no answer here",
        GapKind::Transient => "failed",
        GapKind::Malformed => "gave an answer that cannot be right",
        GapKind::Suspended => "is closed to a suspended account",
        GapKind::NotCollected => "was not asked for",
        GapKind::Internal => "failed in itself",
    }
}

/// The gap that makes the list of Regions itself doubtful. Where AWS would not list the
/// enabled ones, those that need no opt-in were audited.
fn missed(account: &Account, gap: Gap) -> Gap {
    if account.enabled_regions.gap().is_none() || account.regions.is_empty() {
        return gap;
    }
    Gap {
        detail: format!(
            "only the {} Regions that need no opt-in were audited ({})",
            account.regions.len(),
            gap.detail
        ),
        ..gap
    }
}

/// The gap that makes the list of trails doubtful.
fn trails_not_seen(account: &Account) -> Option<Gap> {
    let unlisted: Vec<(&str, &Gap)> = account.unlisted_regions().collect();
    let Some((_, gap)) = unlisted.first() else {
        return account.all_trails().err();
    };
    let regions: Vec<&str> = unlisted.iter().map(|(region, _)| *region).collect();
    Some(Gap {
        detail: format!(
            "trails could not be listed in {}, so some may not have been judged ({})",
            listed(&regions),
            gap.detail
        ),
        ..(*gap).clone()
    })
}

/// Whether some trail refers to a subject of this grain that is not in the snapshot.
fn subject_not_seen(rule: &Rule, account: &Account) -> Option<Gap> {
    // A look-up walks the whole list; with a thousand trails that adds up to a million
    // comparisons for each rule, so it is only made for what is not in this set.
    let seen: HashSet<&str> = match rule.check {
        Check::Bucket(_) => account.buckets.iter().map(|b| b.name.as_str()).collect(),
        Check::Key(_) => (account.keys.iter().flat_map(|key| &key.references))
            .map(String::as_str)
            .collect(),
        Check::LogGroup(_) => account.log_groups.iter().map(|g| g.arn.as_str()).collect(),
        Check::Topic(_) => account.topics.iter().map(|t| t.arn.as_str()).collect(),
        Check::Account(_) | Check::Region(_) | Check::Trail(_) | Check::DataStore(_) => {
            return None;
        }
    };
    let unseen = |name: &&str| !seen.contains(name.strip_suffix(":*").unwrap_or(name));
    account.trails.iter().find_map(|trail| match rule.check {
        Check::Bucket(_) => match trail.bucket.known() {
            Ok(name) => account.bucket(Some(name.as_str()).filter(unseen)?).err(),
            Err(gap) => Some(gap),
        },
        Check::Key(_) => (account.key(trail.kms_key_id.as_deref().filter(unseen)?)).err(),
        Check::Topic(_) => (account.topic(trail.sns_topic_arn.as_deref().filter(unseen)?)).err(),
        _ => (account.log_group(trail.log_group_arn.as_deref().filter(unseen)?)).err(),
    })
}

fn nothing_of(rule: &Rule, account: &Account) -> Verdict {
    Verdict::not_applicable(match rule.check {
        _ if account.trails.is_empty() => "no trail is visible to this account",
        Check::Key(_) => "no trail encrypts with a KMS key of yours",
        Check::LogGroup(_) => "no trail delivers to CloudWatch Logs",
        Check::Topic(_) => "no trail notifies an SNS topic",
        _ => "there is nothing of this kind in the account",
    })
}

#[cfg(test)]
pub(crate) mod fuzz;
#[cfg(test)]
mod tests;
