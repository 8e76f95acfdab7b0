//! From trails to the log groups that metric filters read.

use super::super::{cloudwatch_logs_delivery, foreign_account, log_group_arn, log_group_name};
use super::link::{Link, Step};
use crate::rule::{Context, Ruling};
use crate::selector::{Access, Recorder, Source};
use crate::snapshot::{Action, Gap, GapKind, LogGroup, LogGroupClass, Trail, arn};

/// A trail, and how far its events get on the way to a log group that takes metric filters.
pub(super) struct Feed<'a> {
    recorder: Recorder<'a>,
    /// The log group, if it is one of the account's that was seen.
    pub group: Option<&'a LogGroup>,
    /// Whether all that the trail records arrives there.
    pub link: Link,
    /// The other account that owns the log group of what may be an organization trail.
    pub elsewhere: Option<&'a str>,
}

/// Every trail that was seen.
pub(super) fn feeds<'a>(context: &Context<'a>) -> Vec<Feed<'a>> {
    let trails = context.account.trails.iter();
    trails.map(|trail| feed(context, trail)).collect()
}

fn feed<'a>(context: &Context<'a>, trail: &'a Trail) -> Feed<'a> {
    let recorder = Recorder::new(trail);
    let name = &trail.name;
    let everywhere = Link::of(recorder.logging(), Step::Trail, || {
        format!("trail `{name}` does not log")
    })
    .then(|| {
        Link::of(recorder.multi_region(), Step::Trail, || {
            format!(
                "trail `{name}` is no multi-Region trail: it covers {} only",
                trail.home_region
            )
        })
    });
    let foreign = log_group_arn(trail).and_then(|arn| foreign_account(arn, &context.account.id));
    if let Some(owner) = foreign {
        return Feed {
            link: Link::Open(elsewhere(owner)),
            recorder,
            group: None,
            elsewhere: Some(owner),
        };
    }
    let found = log_group_arn(trail).map(|arn| context.account.log_group(arn));
    let group = found
        .as_ref()
        .and_then(|found| found.as_ref().ok())
        .copied();
    let link = everywhere.then(|| match found {
        None => Link::Breaks(Step::LogGroup, format!("trail `{name}` feeds no log group")),
        Some(Err(gap)) => Link::Open(gap),
        Some(Ok(group)) => takes_filters(trail, group).then(|| arrives(context, trail)),
    });
    Feed {
        recorder,
        group,
        link,
        elsewhere: None,
    }
}

impl Feed<'_> {
    /// Whether the trail records such an event.
    pub(super) fn records(&self, access: Access, source: &str) -> Link {
        let records = self.recorder.records(access, Source::Named(source));
        Link::of(records, Step::Recording, || {
            format!(
                "trail `{}` records no {} events of `{source}`",
                self.recorder.trail.name,
                access.as_str()
            )
        })
    }

    /// Whether it is an organization's trail, whose log group another account owns.
    ///
    /// # Errors
    /// The gap that leaves that open.
    pub(super) fn of_organization(&self) -> Result<bool, Gap> {
        self.recorder.trail.organization.known().copied()
    }
}

fn elsewhere(owner: &str) -> Gap {
    Gap::new(
        Action::DescribeMetricFilters,
        GapKind::Unsupported,
        format!("the trail's log group belongs to account {owner}; audit that account"),
    )
}

/// Whether the log group exists where the trail can feed it, and takes metric filters.
fn takes_filters(trail: &Trail, group: &LogGroup) -> Link {
    let breaks = |why: String| {
        let name = log_group_name(&group.arn);
        Link::Breaks(
            Step::LogGroup,
            format!("log group `{name}` of trail `{}` {why}", trail.name),
        )
    };
    let region = arn::parse(&group.arn).map_or("", |arn| arn.region);
    if region != trail.home_region {
        return breaks(format!(
            "is in {region}, and the trail's home Region is {}",
            trail.home_region
        ));
    }
    let description = match group.description.known() {
        Err(gap) => return Link::Open(gap),
        Ok(None) => return breaks("does not exist".to_owned()),
        Ok(Some(description)) => description,
    };
    let class = match &description.class {
        LogGroupClass::Standard => return Link::Holds,
        LogGroupClass::InfrequentAccess => "INFREQUENT_ACCESS",
        LogGroupClass::Delivery => "DELIVERY",
        LogGroupClass::Other(class) => {
            return Link::Open(Gap::new(
                Action::DescribeLogGroups,
                GapKind::Unsupported,
                format!("whether the log class `{class}` takes metric filters is not known"),
            ));
        }
    };
    breaks(format!(
        "is of the class `{class}`, which takes no metric filters"
    ))
}

/// Whether events arrive there, from every Region.
fn arrives(context: &Context<'_>, trail: &Trail) -> Link {
    match cloudwatch_logs_delivery::check(context, trail) {
        Err(gap) => Link::Open(gap),
        Ok(verdict) => match verdict.ruling {
            Ruling::Pass => Link::Holds,
            Ruling::Fail => Link::Breaks(
                Step::LogGroup,
                format!("trail `{}`: {}", trail.name, verdict.message),
            ),
            Ruling::NotApplicable => Link::Open(Gap::new(
                Action::GetTrailStatus,
                GapKind::NotFound,
                format!(
                    "trail `{}` has delivered nothing to its log group yet: {}",
                    trail.name, verdict.message
                ),
            )),
        },
    }
}
