//! The alarms on the trails' events, and whether anybody hears of them.

use std::collections::BTreeMap;

use super::audience::Audience;
use super::link::{Link, Step};
use super::route::Routes;
use super::{by_group, feed, region_of};
use crate::rule::{Context, Verdict};
use crate::snapshot::{Alarm, Gap};

/// The alarms on what the filters of the trails' log groups count.
pub(crate) struct Alarms<'a> {
    /// Those that one event can raise, and whether each tells somebody.
    pub(crate) told: Vec<(&'a Alarm, Told)>,
    /// The gap behind which more may hide.
    pub(crate) hidden: Option<Gap>,
    /// The verdict if there are none: that another account has the log group to watch.
    pub(crate) elsewhere: Option<Verdict>,
}

/// Looks for the alarms that one event can raise.
pub(crate) fn alarms<'a>(context: &'a Context<'a>) -> Alarms<'a> {
    let audience = Audience::of(context);
    let mut told: BTreeMap<&str, (&Alarm, Link)> = BTreeMap::new();
    let mut hidden = context.account.all_trails().err();
    let mut elsewhere = None;
    let feeds = feed::feeds(context);
    for feed in feeds.iter().filter(|feed| feed.group.is_none()) {
        match (feed.elsewhere, feed.of_organization(), &feed.link) {
            (Some(owner), Ok(true), _) => elsewhere = Some(super::super::elsewhere(owner)),
            (Some(_), Err(gap), _) => {
                hidden.get_or_insert(gap);
            }
            (_, _, Link::Open(gap)) => {
                hidden.get_or_insert_with(|| gap.clone());
            }
            _ => {}
        }
    }
    for (group, _) in by_group(&feeds) {
        let filters = match group.metric_filters.known() {
            Ok(filters) => filters,
            Err(gap) => {
                hidden.get_or_insert(gap);
                continue;
            }
        };
        let routes = Routes {
            account: context.account,
            region: region_of(group),
            audience: &audience,
        };
        for route in filters.iter().flat_map(|filter| routes.from(filter)) {
            let raised = route.link.reached().is_none_or(|at| at >= Step::Action);
            match (route.alarm, route.link) {
                (None, Link::Open(gap)) => {
                    hidden.get_or_insert(gap);
                }
                (Some(alarm), link) if raised => {
                    let one = told.remove(alarm.arn.as_str());
                    let link = one.map_or(link.clone(), |(_, one)| one.or(link));
                    told.insert(&alarm.arn, (alarm, link));
                }
                _ => {}
            }
        }
    }
    let told = told.into_values().map(|(alarm, link)| match link {
        Link::Holds => (alarm, Told::Somebody),
        Link::Open(gap) => (alarm, Told::Perhaps(gap)),
        Link::Breaks(_, why) => (alarm, Told::Nobody(why)),
    });
    Alarms {
        told: told.collect(),
        hidden,
        elsewhere,
    }
}

/// Whether an alarm tells somebody.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Told {
    /// It does.
    Somebody,
    /// That depends on a fact that is missing.
    Perhaps(Gap),
    /// It does not, for this reason.
    Nobody(String),
}
