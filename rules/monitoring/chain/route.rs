//! From a metric filter through metric and alarm to whoever the alarm tells.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::alarm as metric_alarm;
use super::audience::{Audience, Publisher, topic_name};
use super::composite::{AlarmRule, State};
use super::link::{Link, Step};
use crate::snapshot::{
    Account, Action, Alarm, Gap, GapKind, MetricCondition, MetricFilter, MetricTransformation,
    Watched, arn,
};

/// One way from a filter to somebody who is told.
pub(super) struct Route<'a> {
    /// How far it holds, whatever the event.
    pub link: Link,
    /// The alarm on the metric.
    pub alarm: Option<&'a Alarm>,
    /// Whom it tells.
    pub told: Vec<String>,
    /// The fields of an event, as selectors, and the value that each must have for the event
    /// to count: dimensions of the alarm's metric.
    pub narrow: Vec<(String, String)>,
}

impl Route<'_> {
    fn without_alarm(link: Link) -> Self {
        Route {
            link,
            alarm: None,
            told: Vec::new(),
            narrow: Vec::new(),
        }
    }
}

/// The ways from the filters of one log group.
pub(super) struct Routes<'a, 'c> {
    /// The account.
    pub account: &'a Account,
    /// The log group's Region, where its metrics and their alarms are.
    pub region: &'a str,
    /// Its topics.
    pub audience: &'c Audience<'a>,
}

impl<'a> Routes<'a, '_> {
    /// Every way from a filter; at least one, if only to say where it breaks.
    pub(super) fn from(&self, filter: &'a MetricFilter) -> Vec<Route<'a>> {
        let whole = counts_everything(filter);
        if whole.is_broken() {
            return vec![Route::without_alarm(whole)];
        }
        let facts = self.account.regions.get(self.region);
        let alarms = match facts.map(|facts| facts.alarms.known()) {
            Some(Ok(alarms)) => alarms,
            Some(Err(gap)) => return vec![Route::without_alarm(Link::Open(gap))],
            None => return vec![Route::without_alarm(Link::Open(self.not_audited()))],
        };
        let mut routes: Vec<Route<'a>> = Vec::new();
        for metric in &filter.metrics {
            let found = routes.len();
            for alarm in alarms {
                routes.extend(self.through(filter, metric, alarm, alarms));
            }
            if routes.len() == found {
                routes.push(Route::without_alarm(self.unwatched(filter, metric, alarms)));
            }
        }
        if routes.is_empty() {
            let none = format!("metric filter `{}` feeds no metric", filter.name);
            routes.push(Route::without_alarm(Link::Breaks(Step::Filter, none)));
        }
        for route in &mut routes {
            let own = std::mem::replace(&mut route.link, Link::Holds);
            route.link = whole.clone().then(|| own);
        }
        routes
    }

    /// The way through one alarm, if it watches the metric.
    fn through(
        &self,
        filter: &MetricFilter,
        metric: &MetricTransformation,
        alarm: &'a Alarm,
        alarms: &'a [Alarm],
    ) -> Option<Route<'a>> {
        let same =
            |namespace: &str, name: &str| namespace == metric.namespace && name == metric.name;
        match &alarm.watches {
            Watched::Composite(_) => None,
            Watched::Math(metrics) => {
                let watches = metrics.iter().any(|one| same(&one.namespace, &one.name));
                watches.then(|| Route {
                    alarm: Some(alarm),
                    ..Route::without_alarm(unsupported(format!(
                        "alarm `{}` watches an expression, whose value cannot be foretold",
                        alarm.name
                    )))
                })
            }
            Watched::Metric(condition) => {
                let watched = &condition.metric;
                same(&watched.namespace, &watched.name)
                    .then(|| self.through_metric(filter, metric, (alarm, condition), alarms))
            }
        }
    }

    fn through_metric(
        &self,
        filter: &MetricFilter,
        metric: &MetricTransformation,
        (alarm, condition): (&'a Alarm, &MetricCondition),
        alarms: &'a [Alarm],
    ) -> Route<'a> {
        let narrow = match self.narrow(filter, metric, alarm, condition) {
            Ok(narrow) => narrow,
            Err(link) => {
                return Route {
                    alarm: Some(alarm),
                    ..Route::without_alarm(link)
                };
            }
        };
        let fires = metric_alarm::fires(&alarm.name, condition, metric);
        let mut told = Vec::new();
        let link = fires.then(|| self.tells(alarm, alarms, &mut told));
        Route {
            link,
            alarm: Some(alarm),
            told,
            narrow,
        }
    }

    /// What an event must be like to count for the alarm's dimensions.
    ///
    /// # Errors
    /// The link, if the alarm watches another metric of that name, or that is not clear.
    fn narrow(
        &self,
        filter: &MetricFilter,
        metric: &MetricTransformation,
        alarm: &Alarm,
        condition: &MetricCondition,
    ) -> Result<Vec<(String, String)>, Link> {
        let watched = &condition.metric.dimensions;
        let fed: Vec<&String> = metric
            .dimensions
            .keys()
            .chain(&filter.system_dimensions)
            .collect();
        if watched.len() != fed.len() || !fed.iter().all(|name| watched.contains_key(*name)) {
            return Err(Link::Breaks(
                Step::Alarm,
                format!(
                    "alarm `{}` watches `{}` with {}, and metric filter `{}` feeds it with {}",
                    alarm.name,
                    metric.name,
                    dimensions(watched.keys()),
                    filter.name,
                    dimensions(fed.into_iter()),
                ),
            ));
        }
        for name in &filter.system_dimensions {
            let value = watched.get(name).map_or("", String::as_str);
            if name != "@aws.account" || value != self.account.id {
                return Err(Link::Breaks(
                    Step::Alarm,
                    format!(
                        "alarm `{}` watches only the events whose `{name}` is `{value}`",
                        alarm.name
                    ),
                ));
            }
        }
        let fields = metric
            .dimensions
            .iter()
            .filter_map(|(name, selector)| Some((selector.clone(), watched.get(name)?.clone())));
        Ok(fields.collect())
    }

    /// Whether somebody is told when the alarm goes into the state ALARM: by its own actions,
    /// or by those of a composite alarm that then does so too.
    fn tells(&self, alarm: &'a Alarm, alarms: &'a [Alarm], told: &mut Vec<String>) -> Link {
        let mut link = self.acts(alarm, told);
        for composite in alarms {
            let Watched::Composite(rule) = &composite.watches else {
                continue;
            };
            let mut its = Vec::new();
            let through = follows(composite, alarm, alarms).then(|| self.acts(composite, &mut its));
            if through == Link::Holds {
                told.extend(its);
            }
            // Those that are about other alarms explain nothing.
            let about = rule.contains(&alarm.name);
            if about || !through.is_broken() {
                link = through.or(link);
            }
        }
        link
    }

    /// Whether an alarm's actions reach anybody.
    fn acts(&self, alarm: &Alarm, told: &mut Vec<String>) -> Link {
        let name = &alarm.name;
        let breaks = |why: &str| Link::Breaks(Step::Action, format!("alarm `{name}` {why}"));
        if alarm.actions.is_empty() {
            return breaks("has no action");
        }
        if !alarm.actions_enabled {
            return breaks("has its actions switched off");
        }
        let links = alarm.actions.iter().map(|action| {
            let (link, whom) = match arn::parse(action).map(|arn| arn.service) {
                Some("sns") => (
                    self.audience.hears(action, Publisher::alarm(&alarm.arn)),
                    format!("topic `{}`", topic_name(action)),
                ),
                _ => (Link::Holds, format!("action `{action}`")),
            };
            if link == Link::Holds && !told.contains(&whom) {
                told.push(whom);
            }
            match link {
                Link::Breaks(at, why) => Link::Breaks(at, format!("alarm `{name}`: {why}")),
                link => link,
            }
        });
        let links: Vec<Link> = links.collect();
        Link::any(links, || breaks("has no action"))
    }

    /// Why no alarm watches the metric; alarms that nearly do are named.
    fn unwatched(
        &self,
        filter: &MetricFilter,
        metric: &MetricTransformation,
        alarms: &[Alarm],
    ) -> Link {
        let full = format!("`{}` in `{}`", metric.name, metric.namespace);
        let mut why = format!(
            "no alarm in {} watches metric {full}, which metric filter `{}` feeds",
            self.region, filter.name
        );
        let named = |alarm: &Alarm, same: &dyn Fn(&str, &str) -> bool| match &alarm.watches {
            Watched::Metric(condition) => same(&condition.metric.namespace, &condition.metric.name),
            Watched::Math(_) | Watched::Composite(_) => false,
        };
        let like = |_: &str, name: &str| name.eq_ignore_ascii_case(&metric.name);
        let exactly =
            |namespace: &str, name: &str| namespace == metric.namespace && name == metric.name;
        if let Some(near) = alarms.iter().find(|alarm| named(alarm, &like))
            && let Watched::Metric(condition) = &near.watches
        {
            why += &format!(
                " (alarm `{}` watches `{}` in `{}`)",
                near.name, condition.metric.name, condition.metric.namespace
            );
        } else if let Some((region, far)) = self.elsewhere(&|alarm| named(alarm, &exactly)) {
            why += &format!(
                " (alarm `{}` does in {region}, where it gets no data)",
                far.name
            );
        }
        Link::Breaks(Step::Alarm, why)
    }

    fn elsewhere(&self, wanted: &dyn Fn(&Alarm) -> bool) -> Option<(&'a str, &'a Alarm)> {
        let others = self.account.regions.iter();
        let others = others.filter(|(region, _)| *region != self.region);
        others
            .flat_map(|(region, facts)| {
                let alarms = facts.alarms.if_known().into_iter().flatten();
                alarms.map(move |alarm| (region.as_str(), alarm))
            })
            .find(|(_, alarm)| wanted(alarm))
    }

    fn not_audited(&self) -> Gap {
        Gap::new(
            Action::DescribeAlarms,
            GapKind::NotCollected,
            format!("the alarms of {} are not in the snapshot", self.region),
        )
    }
}

/// Whether the filter takes in all the events of its log group.
fn counts_everything(filter: &MetricFilter) -> Link {
    let name = &filter.name;
    if let Some(criteria) = filter.field_selection.as_deref()
        && !criteria.trim().is_empty()
    {
        return Link::Breaks(
            Step::Filter,
            format!("metric filter `{name}` takes only the events that `{criteria}` selects"),
        );
    }
    if filter.on_transformed {
        return Link::Open(Gap::new(
            Action::DescribeMetricFilters,
            GapKind::Unsupported,
            format!("metric filter `{name}` reads what a transformer makes of the events"),
        ));
    }
    Link::Holds
}

/// Whether a composite alarm goes into the state ALARM whenever another alarm does.
fn follows(composite: &Alarm, alarm: &Alarm, alarms: &[Alarm]) -> Link {
    let name = &composite.name;
    let breaks = |why: &str| Link::Breaks(Step::Action, format!("composite alarm `{name}` {why}"));
    let with = |state| {
        let given = Given {
            alarm,
            state,
            alarms,
            known: RefCell::default(),
        };
        given.state_of(composite, NESTING)
    };
    match with(State::Alarm) {
        Err(unread) => unsupported(format!(
            "the rule of composite alarm `{unread}` is not understood"
        )),
        Ok(Some(true)) => match (with(State::Ok), with(State::InsufficientData)) {
            (Ok(Some(true)), _) => breaks("is always in the state ALARM"),
            (_, Ok(Some(true))) if rests_without_data(alarm) => unsupported(format!(
                "composite alarm `{name}` is in the state ALARM while alarm `{}` has insufficient \
                 data, and then does not go into it",
                alarm.name
            )),
            _ => Link::Holds,
        },
        Ok(_) => breaks(&format!(
            "need not go into the state ALARM with alarm `{}`",
            alarm.name
        )),
    }
}

/// Whether an alarm may be in the state INSUFFICIENT_DATA before the event: it is where no data
/// comes and missing data is left missing.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html>
fn rests_without_data(alarm: &Alarm) -> bool {
    match &alarm.watches {
        Watched::Metric(condition) => {
            matches!(condition.missing_data.as_deref(), None | Some("missing"))
        }
        Watched::Math(_) | Watched::Composite(_) => false,
    }
}

/// How many composite alarms may watch one another in a row.
const NESTING: usize = 8;

/// What is given: the state of one alarm.
struct Given<'a> {
    alarm: &'a Alarm,
    state: State,
    alarms: &'a [Alarm],
    /// What was found of composite alarms at each depth. Those that name one another many
    /// times would be asked without an end.
    known: RefCell<BTreeMap<(&'a str, usize), Followed>>,
}

/// Whether a composite alarm is in the state ALARM, `None` if that depends on other alarms; or
/// the name of the composite alarm whose rule cannot be read.
type Followed = Result<Option<bool>, String>;

impl<'a> Given<'a> {
    fn state_of(&self, composite: &'a Alarm, nesting: usize) -> Followed {
        let Watched::Composite(text) = &composite.watches else {
            return Ok(None);
        };
        let key = (composite.arn.as_str(), nesting);
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        let found = match AlarmRule::parse(text) {
            Some(rule) => self.holds(&rule, nesting),
            None => Err(composite.name.clone()),
        };
        self.known.borrow_mut().insert(key, found.clone());
        found
    }

    fn holds(&self, rule: &AlarmRule<'_>, nesting: usize) -> Followed {
        let unread = RefCell::new(None);
        let is = |alarm: &Alarm, reference: &str| reference == alarm.name || reference == alarm.arn;
        let holds = rule.holds(&|asked, reference| {
            if is(self.alarm, reference) {
                return Some(asked == self.state);
            }
            let other = self.alarms.iter().find(|other| is(other, reference))?;
            let nesting = nesting.checked_sub(1)?;
            match (self.state_of(other, nesting), asked) {
                (Ok(Some(true)), asked) => Some(asked == State::Alarm),
                (Ok(Some(false)), State::Alarm) => Some(false),
                (Ok(_), _) => None,
                (Err(name), _) => {
                    unread.replace(Some(name));
                    None
                }
            }
        });
        match (holds, unread.into_inner()) {
            (None, Some(name)) => Err(name),
            (holds, _) => Ok(holds),
        }
    }
}

fn dimensions<'n>(names: impl Iterator<Item = &'n String>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => "no dimensions".to_owned(),
        [one] => format!("the dimension {one}"),
        many => format!("the dimensions {}", crate::rule::listed(many)),
    }
}

fn unsupported(detail: String) -> Link {
    Link::Open(Gap::new(
        Action::DescribeAlarms,
        GapKind::Unsupported,
        detail,
    ))
}
