//! What patterns say of the events of the controls, each pattern read once for all rules.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::pattern::control::{Control, Sample, Setting, Table};
use crate::pattern::{Answer, event, filter};
use crate::snapshot::{Account, BucketOwner, Observed};

/// The controls' events in one account, and what was asked about them.
pub(super) struct Patterns {
    of: Place,
    table: Table,
    filters: Mutex<BTreeMap<String, Asked>>,
    events: Mutex<BTreeMap<(String, String), Asked>>,
}

/// What a pattern was found to match, or why it cannot be read.
pub(super) type Asked = Result<Arc<Matches>, String>;

/// Where the events happen.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    account: String,
    regions: Vec<String>,
    buckets: Vec<String>,
}

/// What a pattern matches.
#[derive(Debug)]
pub(super) struct Matches {
    controls: BTreeMap<&'static str, Vec<Answer>>,
    /// Whether it matches all the ordinary events, and so tells nothing.
    pub everything: Answer,
    /// Whether it looks for text anywhere in an event.
    pub is_text: bool,
}

impl Matches {
    /// The answers about a control's events, in their order.
    pub(super) fn of(&self, control: &Control) -> &[Answer] {
        self.controls.get(control.rule).map_or(&[], Vec::as_slice)
    }

    /// Whether it may match any of a control's events.
    pub(super) fn touches(&self, control: &Control) -> bool {
        self.of(control).iter().any(|answer| *answer != Answer::No)
    }
}

/// The last account that was asked about. Seventeen rules ask the same of the same patterns.
static LAST: Mutex<Option<Arc<Patterns>>> = Mutex::new(None);

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Patterns {
    /// The patterns of an account.
    pub(super) fn of(account: &Account) -> Arc<Patterns> {
        let owned = account.buckets.iter().filter(|bucket| {
            !matches!(&bucket.owner, Observed::Known(BucketOwner::NotAccount(id)) if *id == account.id)
        });
        let place = Place {
            account: account.id.clone(),
            regions: account.regions.keys().cloned().collect(),
            buckets: owned.map(|bucket| bucket.name.clone()).collect(),
        };
        let mut last = locked(&LAST);
        if let Some(patterns) = last.as_ref()
            && patterns.of == place
        {
            return Arc::clone(patterns);
        }
        let buckets: Vec<&str> = place.buckets.iter().map(String::as_str).collect();
        let table = Table::of(&Setting {
            account: &place.account,
            buckets: &buckets,
        });
        let patterns = Arc::new(Patterns {
            table,
            of: place,
            filters: Mutex::default(),
            events: Mutex::default(),
        });
        *last = Some(Arc::clone(&patterns));
        patterns
    }

    /// The control that a rule asks for.
    pub(super) fn control(&self, rule: &str) -> Option<&Control> {
        self.table.control(rule)
    }

    /// Whether the account owns a log bucket, or may.
    pub(super) fn has_buckets(&self) -> bool {
        !self.of.buckets.is_empty()
    }

    /// What a metric filter's pattern matches.
    pub(super) fn filter(&self, pattern: &str) -> Asked {
        let mut asked = locked(&self.filters);
        if let Some(known) = asked.get(pattern) {
            return known.clone();
        }
        let read = filter::Pattern::parse(pattern).map_err(|mistake| mistake.to_string());
        let found = read.map(|read| {
            let anywhere = self.may_name_regions(pattern, &read);
            let answer = |sample: &Sample| match anywhere && !sample.global() {
                false => read.matches(&sample.record),
                true => self.in_every_region(sample, &read),
            };
            Arc::new(self.matches(read.is_text(), &answer))
        });
        asked.insert(pattern.to_owned(), found.clone());
        found
    }

    /// Whether it may turn on the Region: text and wildcards find it wherever it stands. Most
    /// patterns do not, and need not be asked in each.
    fn may_name_regions(&self, pattern: &str, read: &filter::Pattern) -> bool {
        let names = |region: &String| pattern.contains(region.as_str());
        pattern.contains("awsRegion")
            || pattern.contains(".*")
            || read.is_text()
            || self.of.regions.iter().any(names)
    }

    /// Whether a pattern that names Regions matches the event in each of the account's.
    fn in_every_region(&self, sample: &Sample, pattern: &filter::Pattern) -> Answer {
        let mut answer = pattern.matches(&sample.record);
        for region in &self.of.regions {
            let mut record = sample.record.clone();
            relocate(&mut record, sample.region(), region);
            answer = answer.and(pattern.matches(&record));
        }
        answer
    }

    /// What an EventBridge pattern matches of the events that `region` records.
    pub(super) fn event(&self, pattern: &str, region: &str) -> Asked {
        // Most patterns say nothing of Regions, and need not be asked in each.
        let names_regions = pattern.contains("egion");
        let key = match names_regions {
            true => (pattern.to_owned(), region.to_owned()),
            false => (pattern.to_owned(), String::new()),
        };
        let mut asked = locked(&self.events);
        if let Some(known) = asked.get(&key) {
            return known.clone();
        }
        let read = event::Pattern::parse(pattern).map_err(|mistake| mistake.to_string());
        let found = read.map(|read| {
            let answer = |sample: &Sample| {
                let region = if names_regions {
                    region
                } else {
                    sample.region()
                };
                read.matches(&sample.envelope(region))
            };
            Arc::new(self.matches(false, &answer))
        });
        asked.insert(key, found.clone());
        found
    }

    fn matches(&self, is_text: bool, answer: &dyn Fn(&Sample) -> Answer) -> Matches {
        let controls = self.table.controls().iter().map(|control| {
            let answers = control.samples().iter().map(answer);
            (control.rule, answers.collect())
        });
        let corpus = self.table.corpus().iter().map(answer);
        Matches {
            controls: controls.collect(),
            everything: corpus.reduce(Answer::and).unwrap_or(Answer::No),
            is_text,
        }
    }
}

/// Puts another Region wherever a record names its own: in its field, in the host that was
/// called, and in ARNs.
fn relocate(record: &mut Value, from: &str, to: &str) {
    match record {
        Value::String(text) => *text = text.replace(from, to),
        Value::Array(elements) => elements.iter_mut().for_each(|one| relocate(one, from, to)),
        Value::Object(fields) => fields.values_mut().for_each(|one| relocate(one, from, to)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
