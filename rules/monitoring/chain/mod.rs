//! The way from an event to somebody who is told of it: a trail that logs everywhere, its log
//! group, a metric filter, a metric, an alarm, a topic and a subscriber; or an EventBridge
//! rule in each Region.
//!
//! A chain is as good as its weakest part, and looks the same whether it holds or not until
//! the day it is needed. So each part is a [`Link`], which may hold, break or be open, and
//! what is said of a chain that breaks is where it does so first.

mod alarm;
mod audience;
mod composite;
mod event_rule;
mod feed;
mod link;
mod patterns;
mod route;
mod told;

use std::collections::BTreeMap;

use audience::Audience;
use event_rule::EventRules;
use feed::Feed;
use link::{Link, Step};
use patterns::{Matches, Patterns};
use route::{Route, Routes};

pub(crate) use told::{Told, alarms};

use super::log_group_name;
use crate::pattern::control::{Control, Sample};
use crate::pattern::{Answer, filter};
use crate::rule::{Context, Judgement, Verdict, listed};
use crate::selector::Access;
use crate::snapshot::{Action, Gap, GapKind, LogGroup, MetricFilter, arn};

/// Whether somebody is told of each of the events that the rule asks for; `what` they are, in
/// words.
///
/// # Errors
/// The gap on which that depends.
pub(crate) fn judge(context: &Context<'_>, rule: &str, what: &str) -> Judgement {
    let patterns = Patterns::of(context.account);
    let Some(control) = patterns.control(rule) else {
        let detail = format!("no events are known for `{rule}`");
        return Err(Gap::new(
            Action::DescribeMetricFilters,
            GapKind::Internal,
            detail,
        ));
    };
    let audience = Audience::of(context);
    let watch = Watch {
        context,
        control,
        patterns: &patterns,
        audience: &audience,
        feeds: feed::feeds(context),
    };
    watch.judge(what)
}

/// One control, and all that may watch for it.
struct Watch<'a, 'c> {
    context: &'a Context<'a>,
    control: &'c Control,
    patterns: &'c Patterns,
    audience: &'c Audience<'a>,
    feeds: Vec<Feed<'a>>,
}

/// One way, and how far it gets with each event.
struct Way {
    links: Vec<Link>,
    /// How the message calls it, if it holds.
    name: String,
    is_text: bool,
}

impl<'a> Watch<'a, '_> {
    fn judge(&self, what: &str) -> Judgement {
        let ways = self.ways();
        let mut caught: Vec<Link> = Vec::new();
        for (at, sample) in self.control.samples().iter().enumerate() {
            if self.happens_elsewhere(sample) {
                caught.push(Link::Holds);
                continue;
            }
            let links = ways.iter().filter_map(|way| way.links.get(at).cloned());
            let link = Link::any(links, || Link::Breaks(Step::Start, String::new()));
            caught.push(match self.may_happen_elsewhere(sample) {
                Some(gap) if link.is_broken() => Link::Open(gap),
                _ => link,
            });
        }
        if caught.iter().any(Link::is_broken) {
            return self.nobody(what, &caught);
        }
        match caught.into_iter().find(|link| *link != Link::Holds) {
            Some(Link::Open(gap)) => Err(gap),
            _ => Ok(self.somebody(what, &ways)),
        }
    }

    /// Changes to a log bucket of another account are recorded there.
    fn happens_elsewhere(&self, sample: &Sample) -> bool {
        self.is_on_bucket(sample) && !self.patterns.has_buckets() && self.some_bucket()
    }

    fn is_on_bucket(&self, sample: &Sample) -> bool {
        self.control.rule == "alarm-trail-tampering" && event_source(sample) == "s3.amazonaws.com"
    }

    fn some_bucket(&self) -> bool {
        !self.context.account.buckets.is_empty()
    }

    /// Whether the bucket may be another account's, whose trails record what is done to it.
    fn may_happen_elsewhere(&self, sample: &Sample) -> Option<Gap> {
        if !self.is_on_bucket(sample) {
            return None;
        }
        let name = sample.record.pointer("/requestParameters/bucketName")?;
        let account = self.context.account;
        let mut buckets = account.buckets.iter();
        match buckets.find(|bucket| name.as_str() == Some(&bucket.name)) {
            Some(bucket) => bucket.owner.gap().cloned(),
            // A made-up bucket stands for one that nobody could name.
            None => account
                .trails
                .iter()
                .find_map(|trail| trail.bucket.gap())
                .cloned(),
        }
    }

    fn ways(&self) -> Vec<Way> {
        let mut ways = Vec::new();
        if self.feeds.is_empty() {
            let none = "there is no trail".to_owned();
            ways.push(self.way(|_, _| Link::Breaks(Step::Trail, none.clone())));
        }
        for feed in self.feeds.iter().filter(|feed| feed.elsewhere.is_none()) {
            if feed.group.is_none() {
                ways.push(self.way(|_, _| feed.link.clone()));
            }
        }
        for (group, feeds) in by_group(&self.feeds) {
            self.through(group, &feeds, &mut ways);
        }
        let rules = EventRules::of(self.context, self.control, self.patterns, self.audience);
        let (names, told) = rules.told();
        ways.push(Way {
            links: rules.links(),
            name: format!(
                "EventBridge {} in every Region that records them ({})",
                named("rule", &names),
                listed(&told)
            ),
            is_text: false,
        });
        ways
    }

    fn way(&self, link: impl Fn(usize, &Sample) -> Link) -> Way {
        let samples = self.control.samples().iter().enumerate();
        Way {
            links: samples.map(|(at, sample)| link(at, sample)).collect(),
            name: String::new(),
            is_text: false,
        }
    }

    /// The ways through one log group.
    fn through(&self, group: &'a LogGroup, feeds: &[&Feed<'a>], ways: &mut Vec<Way>) {
        let recorded = self.way(|_, sample| {
            let links = feeds.iter().map(|feed| {
                let records = || feed.records(accessed(sample), event_source(sample));
                feed.link.clone().then(records)
            });
            Link::any(links, || Link::Holds)
        });
        let recorded = recorded.links;
        let arrives = |at: usize| recorded.get(at).cloned().unwrap_or(Link::Holds);
        let name = log_group_name(&group.arn);
        ways.push(self.way(|at, _| {
            arrives(at).then(|| match group.metric_filters.gap() {
                Some(gap) => Link::Open(gap.clone()),
                None => Link::Breaks(
                    Step::Pattern,
                    format!("no metric filter of log group `{name}` matches such events"),
                ),
            })
        }));
        if recorded.iter().all(Link::is_broken) {
            return;
        }
        let routes = Routes {
            account: self.context.account,
            region: region_of(group),
            audience: self.audience,
        };
        for filter in group.metric_filters.if_known().into_iter().flatten() {
            let asked = self.patterns.filter(&filter.pattern);
            if asked
                .as_ref()
                .is_ok_and(|matches| !matches.touches(self.control))
            {
                continue;
            }
            for route in routes.from(filter) {
                let mut way = self.way(|at, sample| {
                    arrives(at)
                        .then(|| match &asked {
                            Ok(matches) => self.matches(filter, matches, at),
                            Err(mistake) => unread(filter, mistake),
                        })
                        .then(|| counts(&route, sample))
                        .then(|| route.link.clone())
                });
                way.is_text = asked.as_ref().is_ok_and(|matches| matches.is_text);
                way.name = through_what(filter, &route);
                ways.push(way);
            }
        }
    }

    fn matches(&self, filter: &MetricFilter, matches: &Matches, at: usize) -> Link {
        let name = &filter.name;
        let action = Action::DescribeMetricFilters;
        let none = || {
            let why = format!("metric filter `{name}` does not match");
            Link::Breaks(Step::Pattern, why)
        };
        let all = || {
            let why = format!(
                "metric filter `{name}` matches them, and ordinary events too, so that its alarm \
                 tells nothing"
            );
            Link::Breaks(Step::Distinction, why)
        };
        answered(
            matches.of(self.control).get(at),
            &format!("metric filter `{name}`"),
            none,
            action,
        )
        .then(|| unless_everything(matches, all, action))
    }

    fn somebody(&self, what: &str, ways: &[Way]) -> Verdict {
        let mut left: Vec<usize> = (0..self.control.samples().len()).collect();
        let mut names: Vec<&str> = Vec::new();
        let mut texts = false;
        let holds = |way: &Way, at: usize| way.links.get(at) == Some(&Link::Holds);
        // The fewest ways that do it together, as far as taking the best first finds them.
        while let Some(best) = ways.iter().rev().max_by_key(|way| {
            let caught = left.iter().filter(|at| holds(way, **at));
            caught.count()
        }) {
            let before = left.len();
            left.retain(|at| !holds(best, *at));
            if left.len() == before {
                break;
            }
            names.push(&best.name);
            texts |= best.is_text;
        }
        let remark = match texts {
            true => "; a pattern of bare words also matches them elsewhere in other events",
            false => "",
        };
        Verdict::pass(format!(
            "somebody is told of {what} by {}{remark}",
            listed(&names)
        ))
        .evidence("ways", names)
    }

    /// That nobody is told of some of the events, unless that may be known elsewhere.
    fn nobody(&self, what: &str, caught: &[Link]) -> Judgement {
        self.context.account.all_trails()?;
        for feed in &self.feeds {
            if let Some(owner) = feed.elsewhere {
                return match feed.of_organization() {
                    Ok(true) => Ok(super::elsewhere(owner)),
                    Ok(false) => match &feed.link {
                        Link::Open(gap) => Err(gap.clone()),
                        _ => continue,
                    },
                    Err(gap) => Err(gap),
                };
            }
        }
        let samples = self.control.samples();
        let seen: Vec<(&Sample, &Link)> = samples.iter().zip(caught).collect();
        let missed: Vec<&Sample> = seen
            .iter()
            .filter(|(_, link)| link.is_broken())
            .map(|(sample, _)| *sample)
            .collect();
        let breaks = seen.iter().filter_map(|(_, link)| match link {
            Link::Breaks(at, why) => Some((*at, why.as_str())),
            _ => None,
        });
        let why = breaks
            .reduce(|best, next| if next.0 > best.0 { next } else { best })
            .map_or("", |(_, why)| why);
        let events = names(samples, &missed);
        // A filter on the root user catches what the root user did, and says nothing of others.
        let part = seen.iter().any(|(sample, link)| {
            !link.is_broken() && !sample.by_root && !self.happens_elsewhere(sample)
        });
        let message = match part {
            true => format!("nobody is told of {}: {why}", listed(&events)),
            false => format!("nobody is told of {what}: {why}"),
        };
        let verdict = Verdict::fail(message)
            .evidence("events", events)
            .evidence("pattern", self.control.filter_pattern());
        Ok(self.with_place(verdict))
    }

    /// Names the log group on which a filter would do.
    fn with_place(&self, verdict: Verdict) -> Verdict {
        let good = self.feeds.iter().filter(|feed| !feed.link.is_broken());
        let groups = good.chain(&self.feeds).filter_map(|feed| feed.group);
        match groups.into_iter().next() {
            Some(group) => verdict
                .evidence("log_group", log_group_name(&group.arn))
                .evidence("log_region", region_of(group)),
            None => verdict,
        }
    }
}

/// The log groups that trails feed, each with its trails.
fn by_group<'f, 'a>(feeds: &'f [Feed<'a>]) -> Vec<(&'a LogGroup, Vec<&'f Feed<'a>>)> {
    let mut groups: BTreeMap<&str, (&'a LogGroup, Vec<&'f Feed<'a>>)> = BTreeMap::new();
    for feed in feeds {
        if let Some(group) = feed.group {
            let found = groups.entry(&group.arn);
            found.or_insert_with(|| (group, Vec::new())).1.push(feed);
        }
    }
    groups.into_values().collect()
}

fn region_of(group: &LogGroup) -> &str {
    arn::parse(&group.arn).map_or("", |arn| arn.region)
}

fn event_source(sample: &Sample) -> &str {
    let source = sample.record.get("eventSource");
    source
        .and_then(|source| source.as_str())
        .unwrap_or_default()
}

fn accessed(sample: &Sample) -> Access {
    match sample.read_only() {
        true => Access::Read,
        false => Access::Write,
    }
}

/// A pattern's answer about one event.
fn answered(
    answer: Option<&Answer>,
    whose: &str,
    none: impl FnOnce() -> Link,
    action: Action,
) -> Link {
    match answer {
        Some(Answer::Yes) => Link::Holds,
        Some(Answer::Open(why)) => {
            let detail = format!("whether {whose} matches is open: {why}");
            Link::Open(Gap::new(action, GapKind::Unsupported, detail))
        }
        Some(Answer::No) | None => none(),
    }
}

/// Breaks where a pattern matches all the ordinary events.
fn unless_everything(matches: &Matches, all: impl FnOnce() -> Link, action: Action) -> Link {
    match &matches.everything {
        Answer::No => Link::Holds,
        Answer::Open(why) => Link::Open(Gap::new(action, GapKind::Unsupported, why)),
        Answer::Yes => all(),
    }
}

fn unread(filter: &MetricFilter, mistake: &str) -> Link {
    Link::Open(Gap::new(
        Action::DescribeMetricFilters,
        GapKind::Unsupported,
        format!(
            "the pattern of metric filter `{}` cannot be read: {mistake}",
            filter.name
        ),
    ))
}

/// Whether the event counts for the dimensions of the route's alarm.
fn counts(route: &Route<'_>, sample: &Sample) -> Link {
    let alarm = route.alarm.map_or("", |alarm| &alarm.name);
    let links = route.narrow.iter().map(|(selector, value)| {
        let other = || {
            let why =
                format!("alarm `{alarm}` watches only events whose `{selector}` is `{value}`");
            Link::Breaks(Step::Alarm, why)
        };
        let text = value.replace('\\', r"\\").replace('"', "\\\"");
        let condition = format!("{{ {selector} = \"{text}\" }}");
        match filter::Pattern::parse(&condition) {
            Ok(pattern) if !value.contains('*') => answered(
                Some(&pattern.matches(&sample.record)),
                &format!("a dimension of alarm `{alarm}`"),
                other,
                Action::DescribeAlarms,
            ),
            _ => Link::Open(Gap::new(
                Action::DescribeAlarms,
                GapKind::Unsupported,
                format!("whether `{selector}` of an event is `{value}` cannot be told"),
            )),
        }
    });
    links.fold(Link::Holds, |all, link| all.then(|| link))
}

fn through_what(filter: &MetricFilter, route: &Route<'_>) -> String {
    let alarm = route.alarm.map_or("", |alarm| &alarm.name);
    format!(
        "metric filter `{}` and alarm `{alarm}` ({})",
        filter.name,
        listed(&route.told)
    )
}

fn named(what: &str, names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let plural = if names.len() == 1 { "" } else { "s" };
    format!("{what}{plural} {}", listed(&quoted))
}

/// An event once, if no sample of it was caught; else the samples that were not.
fn names<'s>(samples: &[Sample], missed: &[&'s Sample]) -> Vec<&'s str> {
    let mut names: Vec<&str> = Vec::new();
    for sample in missed {
        let same = |other: &Sample| other.event == sample.event;
        let wholly = missed.iter().filter(|other| same(other)).count()
            == samples.iter().filter(|other| same(other)).count();
        let name = if wholly { &sample.event } else { &sample.name };
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests;
