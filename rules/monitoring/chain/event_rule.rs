//! EventBridge rules, which tell of an event as well as a metric filter and an alarm do.
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html>

use std::collections::BTreeMap;

use super::audience::{Audience, Publisher, topic_name};
use super::link::{Link, Step};
use super::patterns::{Matches, Patterns};
use super::{accessed, answered, event_source};
use crate::pattern::control::{Control, Sample};
use crate::pattern::{Answer, event};
use crate::rule::Context;
use crate::selector::{Coverage, Source};
use crate::snapshot::{Account, Action, EventRule, EventTarget, Gap, GapKind, Observed, arn};

use super::super::super::coverage::leader;

/// The rules of all Regions that may tell of a control's events.
pub(super) struct EventRules<'a, 'c> {
    account: &'a Account,
    control: &'c Control,
    patterns: &'c Patterns,
    coverage: Coverage<'a>,
    regions: BTreeMap<&'a str, Result<Vec<Candidate<'a>>, Gap>>,
}

/// A rule that may match.
struct Candidate<'a> {
    rule: &'a EventRule,
    /// Whether one of its targets hears of what it matches.
    direct: Link,
    told: Vec<String>,
    /// The Regions to whose default event bus it forwards.
    forwards: Vec<&'a str>,
}

impl<'a, 'c> EventRules<'a, 'c> {
    /// Looks through the rules of every audited Region.
    pub(super) fn of(
        context: &Context<'a>,
        control: &'c Control,
        patterns: &'c Patterns,
        audience: &Audience<'a>,
    ) -> Self {
        let account = context.account;
        let candidates = |region: &str, facts: &'a Observed<Vec<EventRule>>| {
            let rules = facts.known()?.iter();
            let may = |rule: &&EventRule| match patterns.event(&rule.pattern, region) {
                Ok(matches) => matches.touches(control) || rule.pattern.contains("egion"),
                Err(_) => true,
            };
            let rules = rules.filter(may);
            Ok(rules
                .map(|rule| candidate(account, rule, audience))
                .collect())
        };
        let regions = account.regions.iter().map(|(region, facts)| {
            let region = region.as_str();
            (region, candidates(region, &facts.event_rules))
        });
        EventRules {
            account,
            control,
            patterns,
            coverage: Coverage::of(account),
            regions: regions.collect(),
        }
    }

    /// How far the rules get with each of the control's events, in their order.
    pub(super) fn links(&self) -> Vec<Link> {
        let samples = self.control.samples().iter().enumerate();
        samples.map(|(at, sample)| self.link(at, sample)).collect()
    }

    /// The rules that tell of an event, and whom.
    pub(super) fn told(&self) -> (Vec<&'a str>, Vec<String>) {
        let candidates = || self.regions.values().flatten().flatten();
        let mut names: Vec<&str> = candidates().map(|one| one.rule.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let mut told: Vec<String> = candidates().flat_map(|one| one.told.clone()).collect();
        told.sort_unstable();
        told.dedup();
        (names, told)
    }

    /// A rule sees the events of its own Region only; so each needs one.
    fn link(&self, at: usize, sample: &Sample) -> Link {
        let regions: Vec<&str> = match sample.global() {
            false => self.regions.keys().copied().collect(),
            true => match leader(&self.account.partition) {
                Some(region) => vec![region],
                None => {
                    return Link::Open(unsupported(format!(
                        "which Region of the partition `{}` records the events of global services is \
                     not known",
                        self.account.partition
                    )));
                }
            },
        };
        let links = regions
            .iter()
            .map(|region| (*region, self.link_in(region, at, sample)));
        let links: Vec<(&str, Link)> = links.collect();
        let broken = links.iter().filter(|(_, link)| link.is_broken());
        let Some((region, first)) = broken.min_by_key(|(_, link)| link.reached()) else {
            let beyond = match self.account.regions_known() {
                Err(gap) if !sample.global() => Link::Open(gap),
                _ => Link::Holds,
            };
            let links = links.into_iter().map(|(_, link)| link);
            return links.fold(beyond, |all, link| all.then(|| link));
        };
        let nowhere = links
            .iter()
            .all(|(_, link)| link.reached() == Some(Step::Start));
        match first.reached() {
            Some(Step::Start) if !nowhere => Link::Breaks(
                Step::Filter,
                format!(
                    "no EventBridge rule in {region} matches, as {} does elsewhere",
                    self.named()
                ),
            ),
            _ => first.clone(),
        }
    }

    fn named(&self) -> String {
        match self.told().0.first() {
            Some(name) => format!("`{name}`"),
            None => "one".to_owned(),
        }
    }

    fn link_in(&self, region: &str, at: usize, sample: &Sample) -> Link {
        let candidates = match self.regions.get(region) {
            Some(Ok(candidates)) => candidates,
            Some(Err(gap)) => return Link::Open(gap.clone()),
            None => return Link::Open(not_audited(region)),
        };
        let links = candidates.iter().map(|one| {
            self.matches(one, region, at, sample).then(|| {
                self.forwarded(one, region, at, sample)
                    .or(one.direct.clone())
            })
        });
        let link = Link::any(links, || {
            let none = format!("no EventBridge rule in {region} matches");
            Link::Breaks(Step::Start, none)
        });
        if link.is_broken() {
            return link;
        }
        let recorded = self.coverage.any_in(region, |one| {
            one.logging()
                .and(one.records(accessed(sample), Source::Named(event_source(sample))))
        });
        Link::of(recorded, Step::Recording, || {
            format!(
                "EventBridge hears of events in {region} only from a trail that logs them, and \
                 none does"
            )
        })
        .then(|| link)
    }

    /// Whether the rule is shown the event and matches it.
    fn matches(&self, one: &Candidate<'_>, region: &str, at: usize, sample: &Sample) -> Link {
        let name = &one.rule.name;
        let matches = match self.patterns.event(&one.rule.pattern, region) {
            Ok(matches) => matches,
            Err(mistake) => {
                return Link::Open(unsupported(format!(
                    "the pattern of EventBridge rule `{name}` cannot be read: {mistake}"
                )));
            }
        };
        let none = || {
            Link::Breaks(
                Step::Start,
                format!("EventBridge rule `{name}` does not match"),
            )
        };
        let answer = matches.of(self.control).get(at);
        answered(
            answer,
            &format!("EventBridge rule `{name}`"),
            none,
            Action::ListEventRules,
        )
        .then(|| tells_apart(name, &matches))
        .then(|| is_shown(one.rule, sample))
    }

    /// Whether a rule in another Region takes up what this one forwards to it.
    fn forwarded(&self, one: &Candidate<'_>, region: &str, at: usize, sample: &Sample) -> Link {
        let links = one.forwards.iter().map(|to| match self.regions.get(to) {
            None => Link::Open(not_audited(to)),
            Some(Err(gap)) => Link::Open(gap.clone()),
            Some(Ok(there)) => Link::any(
                there.iter().map(|other| {
                    self.matches(other, region, at, sample)
                        .then(|| other.direct.clone())
                }),
                || Link::Breaks(Step::Action, nobody_takes_up(&one.rule.name, to)),
            ),
        });
        let links: Vec<Link> = links
            .map(|link| match link {
                Link::Breaks(at, _) if at < Step::Action => {
                    let to = one.forwards.join(", ");
                    Link::Breaks(Step::Action, nobody_takes_up(&one.rule.name, &to))
                }
                link => link,
            })
            .collect();
        Link::any(links, || {
            Link::Breaks(Step::Start, format!("`{}` forwards nothing", one.rule.name))
        })
    }
}

fn nobody_takes_up(name: &str, to: &str) -> String {
    format!("EventBridge rule `{name}` forwards to {to}, where no rule takes it up")
}

fn candidate<'a>(
    account: &'a Account,
    rule: &'a EventRule,
    audience: &Audience<'a>,
) -> Candidate<'a> {
    let mut found = Candidate {
        rule,
        direct: Link::Holds,
        told: Vec::new(),
        forwards: Vec::new(),
    };
    let name = &rule.name;
    let none = || {
        Link::Breaks(
            Step::Action,
            format!("EventBridge rule `{name}` has no target"),
        )
    };
    let targets = match rule.targets.known() {
        Ok(targets) => targets,
        Err(gap) => {
            found.direct = Link::Open(gap);
            return found;
        }
    };
    let links: Vec<Link> = targets
        .iter()
        .filter_map(|target| heard(account, rule, target, audience, &mut found))
        .collect();
    found.direct = Link::any(links, none);
    found
}

/// Whether a target hears of what the rule matches; `None` if it only passes it on within
/// the account, which is then noted.
fn heard<'a>(
    account: &'a Account,
    rule: &EventRule,
    target: &'a EventTarget,
    audience: &Audience<'a>,
    found: &mut Candidate<'a>,
) -> Option<Link> {
    let name = &rule.name;
    let parsed = arn::parse(&target.arn);
    let bus = parsed
        .filter(|arn| arn.service == "events")
        .and_then(|arn| Some((arn, arn.resource.strip_prefix("event-bus/")?)));
    if let Some((arn, bus)) = bus {
        if arn.account == account.id && bus == "default" {
            found.forwards.push(arn.region);
            return None;
        }
        return Some(Link::Open(unsupported(format!(
            "EventBridge rule `{name}` forwards to `{}`, whose rules are not in the snapshot",
            target.arn
        ))));
    }
    if parsed.is_none_or(|arn| arn.service != "sns") {
        found.told.push(format!("target `{}`", target.arn));
        return Some(Link::Holds);
    }
    let link = match (
        audience.hears(&target.arn, Publisher::rule(&rule.arn)),
        &target.role,
    ) {
        (Link::Breaks(_, why), Some(role)) if why.contains("cannot publish") => {
            Link::Open(unsupported(format!(
                "EventBridge rule `{name}` publishes as `{role}`, whose permissions are not \
                 weighed: {why}"
            )))
        }
        (Link::Breaks(at, why), _) => Link::Breaks(at, format!("EventBridge rule `{name}`: {why}")),
        (link, _) => link,
    };
    if link == Link::Holds {
        found
            .told
            .push(format!("topic `{}`", topic_name(&target.arn)));
    }
    Some(link)
}

fn tells_apart(name: &str, matches: &Matches) -> Link {
    let all = || {
        let why = format!("EventBridge rule `{name}` matches ordinary events too");
        Link::Breaks(Step::Distinction, why)
    };
    super::unless_everything(matches, all, Action::ListEventRules)
}

/// Whether a rule in its state is shown the event.
fn is_shown(rule: &EventRule, sample: &Sample) -> Link {
    let name = &rule.name;
    let breaks = |why: &str| Link::Breaks(Step::Filter, format!("EventBridge rule `{name}` {why}"));
    match event::shows(&rule.state, sample) {
        Answer::Yes => Link::Holds,
        Answer::Open(why) => Link::Open(unsupported(format!("EventBridge rule `{name}`: {why}"))),
        Answer::No if rule.state == "DISABLED" => breaks("is disabled"),
        Answer::No => breaks(&format!(
            "is in the state `{}`, in which it is shown no events that only read",
            rule.state
        )),
    }
}

fn not_audited(region: &str) -> Gap {
    Gap::new(
        Action::ListEventRules,
        GapKind::NotCollected,
        format!("the EventBridge rules of {region} are not in the snapshot"),
    )
}

fn unsupported(detail: String) -> Gap {
    Gap::new(Action::ListEventRules, GapKind::Unsupported, detail)
}
