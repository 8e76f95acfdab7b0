//! Whether one event takes a metric alarm into the state ALARM.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html>

use super::link::{Link, Step};
use crate::snapshot::{Action, Gap, GapKind, MetricCondition, MetricTransformation};

/// What an alarm compares with its threshold in the period of one matching event.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Level {
    /// This value.
    Exactly(f64),
    /// Either value, depending on what else happens.
    Either(f64, f64),
    /// The first value, or anything between the two but the second.
    Towards(f64, f64),
}

/// Whether a single event that the filter matches raises the alarm, which is quiet before.
pub(super) fn fires(name: &str, alarm: &MetricCondition, metric: &MetricTransformation) -> Link {
    let Some(threshold) = alarm.threshold else {
        return unsupported(format!("alarm `{name}` has no fixed threshold"));
    };
    let Some(comparison) = Comparison::of(&alarm.comparison) else {
        return unsupported(format!(
            "alarm `{name}` compares by `{}`, which is not understood",
            alarm.comparison
        ));
    };
    let Ok(value) = metric.value.trim().parse::<f64>() else {
        return unsupported(format!(
            "the metric's value is `{}`, a field of the event",
            metric.value
        ));
    };
    let asks = Asks {
        name,
        alarm,
        metric,
        comparison,
        threshold,
    };
    asks.sees_unit()
        .then(|| asks.is_crossed(value))
        .then(|| asks.rests())
        .then(|| asks.needs_one_datapoint())
}

struct Asks<'a> {
    name: &'a str,
    alarm: &'a MetricCondition,
    metric: &'a MetricTransformation,
    comparison: Comparison,
    threshold: f64,
}

impl Asks<'_> {
    /// "If you specify a unit, the alarm only evaluates data points with that unit":
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>
    fn sees_unit(&self) -> Link {
        let reported = self.metric.unit.as_deref().unwrap_or("None");
        match self.alarm.unit.as_deref() {
            Some(unit) if unit != reported => self.breaks(format!(
                "sees only data points of the unit `{unit}`, and the filter reports `{reported}`"
            )),
            _ => Link::Holds,
        }
    }

    fn is_crossed(&self, value: f64) -> Link {
        let Some(statistic) = self.alarm.statistic.as_deref() else {
            return unsupported(format!("alarm `{}` names no statistic", self.name));
        };
        let level = match (statistic, self.metric.default_value) {
            ("SampleCount", None) => Level::Exactly(1.0),
            ("SampleCount", Some(_)) => {
                return self.breaks("counts the default values of other events too".to_owned());
            }
            ("Sum", None) => Level::Exactly(value),
            ("Sum", Some(0.0)) => Level::Exactly(value),
            ("Average" | "Minimum" | "Maximum", None) => Level::Exactly(value),
            ("Average", Some(default)) => Level::Towards(value, default),
            ("Minimum", Some(default)) => Level::Either(value, value.min(default)),
            ("Maximum", Some(default)) => Level::Either(value, value.max(default)),
            (statistic, _) => {
                return unsupported(format!(
                    "what `{statistic}` gives for one event cannot be told, which alarm `{}` asks \
                     for",
                    self.name
                ));
            }
        };
        let crosses = |level| self.comparison.crosses(level, self.threshold);
        let crossed = match level {
            Level::Exactly(value) => crosses(value),
            Level::Either(one, other) => crosses(one) && crosses(other),
            // The limit itself is never reached, so a strict comparison may stop at it.
            Level::Towards(value, limit) => {
                crosses(value) && (crosses(limit) || limit == self.threshold && limit != value)
            }
        };
        if crossed {
            return Link::Holds;
        }
        let beside = match self.metric.default_value {
            Some(default) if level != Level::Exactly(value) => {
                format!(", beside the default value {default} of other events,")
            }
            _ => ",".to_owned(),
        };
        self.breaks(format!(
            "asks for {statistic} {} {}, and one event, which counts {value}{beside} need not \
             reach that",
            self.comparison.sign(),
            self.threshold
        ))
    }

    /// An alarm that is in the state ALARM before anything happens does not enter it then.
    fn rests(&self) -> Link {
        match self.metric.default_value {
            Some(default) if self.comparison.crosses(default, self.threshold) => {
                self.breaks(format!(
                    "is always in the state ALARM, as the default value {default} crosses its \
                     threshold"
                ))
            }
            None if self.alarm.missing_data.as_deref() == Some("breaching") => self.breaks(
                "is always in the state ALARM, as missing data counts as breaching".to_owned(),
            ),
            _ => Link::Holds,
        }
    }

    /// One event makes one breaching data point. Where no other event is reported and missing
    /// data is `missing`, that is enough for any alarm, once it is as old as the number of
    /// data points that the alarm asks for:
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html>
    fn needs_one_datapoint(&self) -> Link {
        let alarm = self.alarm;
        let needed = alarm
            .datapoints_to_alarm
            .unwrap_or(alarm.evaluation_periods);
        if needed <= 1 {
            return Link::Holds;
        }
        match (self.metric.default_value, alarm.missing_data.as_deref()) {
            (None, None | Some("missing")) => Link::Holds,
            _ => self.breaks(format!(
                "needs {needed} breaching data points of {} s, and one event makes one",
                alarm.period
            )),
        }
    }

    fn breaks(&self, why: String) -> Link {
        Link::Breaks(Step::Threshold, format!("alarm `{}` {why}", self.name))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    AtLeast,
    Above,
    AtMost,
    Below,
}

impl Comparison {
    fn of(operator: &str) -> Option<Self> {
        Some(match operator {
            "GreaterThanOrEqualToThreshold" => Comparison::AtLeast,
            "GreaterThanThreshold" => Comparison::Above,
            "LessThanOrEqualToThreshold" => Comparison::AtMost,
            "LessThanThreshold" => Comparison::Below,
            _ => return None,
        })
    }

    fn crosses(self, value: f64, threshold: f64) -> bool {
        match self {
            Comparison::AtLeast => value >= threshold,
            Comparison::Above => value > threshold,
            Comparison::AtMost => value <= threshold,
            Comparison::Below => value < threshold,
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Comparison::AtLeast => ">=",
            Comparison::Above => ">",
            Comparison::AtMost => "<=",
            Comparison::Below => "<",
        }
    }
}

fn unsupported(detail: String) -> Link {
    Link::Open(Gap::new(
        Action::DescribeAlarms,
        GapKind::Unsupported,
        detail,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Metric;

    fn metric(value: &str, default_value: Option<f64>) -> MetricTransformation {
        MetricTransformation {
            namespace: "Trail".to_owned(),
            name: "Changes".to_owned(),
            value: value.to_owned(),
            default_value,
            dimensions: Default::default(),
            unit: None,
        }
    }

    fn alarm(statistic: &str, comparison: &str, threshold: f64) -> MetricCondition {
        MetricCondition {
            metric: Metric {
                namespace: "Trail".to_owned(),
                name: "Changes".to_owned(),
                dimensions: Default::default(),
            },
            statistic: Some(statistic.to_owned()),
            period: 300,
            evaluation_periods: 1,
            datapoints_to_alarm: None,
            comparison: comparison.to_owned(),
            threshold: Some(threshold),
            missing_data: None,
            unit: None,
        }
    }

    /// `Some(true)` if it fires, `None` if that is open.
    fn asked(alarm: &MetricCondition, metric: &MetricTransformation) -> Option<bool> {
        match fires("a", alarm, metric) {
            Link::Holds => Some(true),
            Link::Open(_) => None,
            Link::Breaks(at, _) => {
                assert_eq!(at, Step::Threshold);
                Some(false)
            }
        }
    }

    const AT_LEAST: &str = "GreaterThanOrEqualToThreshold";
    const ABOVE: &str = "GreaterThanThreshold";
    const BELOW: &str = "LessThanThreshold";
    const AT_MOST: &str = "LessThanOrEqualToThreshold";

    #[test]
    fn the_statistic_the_comparison_and_the_default_value_decide_together() {
        for (statistic, comparison, threshold, default, expected) in [
            ("Sum", AT_LEAST, 1.0, None, true),
            ("Sum", AT_LEAST, 1.0, Some(0.0), true),
            ("Sum", ABOVE, 0.0, None, true),
            ("Sum", ABOVE, 1.0, None, false),
            ("Sum", AT_LEAST, 5.0, None, false),
            ("Sum", BELOW, 1.0, None, false),
            ("Sum", AT_MOST, 1.0, Some(0.0), false),
            ("SampleCount", AT_LEAST, 1.0, None, true),
            ("SampleCount", AT_LEAST, 1.0, Some(0.0), false),
            ("Maximum", AT_LEAST, 1.0, Some(0.0), true),
            ("Minimum", AT_LEAST, 1.0, None, true),
            ("Minimum", AT_LEAST, 1.0, Some(0.0), false),
            ("Average", AT_LEAST, 1.0, None, true),
            ("Average", AT_LEAST, 1.0, Some(0.0), false),
            ("Average", ABOVE, 0.0, Some(0.0), true),
            ("Average", ABOVE, 0.5, Some(0.0), false),
        ] {
            let seen = asked(
                &alarm(statistic, comparison, threshold),
                &metric("1", default),
            );
            let case = format!("{statistic} {comparison} {threshold} with {default:?}");
            assert_eq!(seen, Some(expected), "{case}");
        }
    }

    #[test]
    fn a_value_of_zero_never_crosses_one() {
        let alarm = alarm("Sum", AT_LEAST, 1.0);
        assert_eq!(asked(&alarm, &metric("0", None)), Some(false));
        assert_eq!(asked(&alarm, &metric("1.0", None)), Some(true));
        assert_eq!(asked(&alarm, &metric("$.size", None)), None);
    }

    #[test]
    fn what_cannot_be_foretold_is_open() {
        for statistic in ["p99", "tm90", "IQM"] {
            let seen = asked(&alarm(statistic, AT_LEAST, 1.0), &metric("1", None));
            assert_eq!(seen, None, "{statistic}");
        }
        let sum = alarm("Sum", AT_LEAST, 1.0);
        assert_eq!(asked(&sum, &metric("1", Some(0.5))), None);
        let mut band = sum.clone();
        band.threshold = None;
        assert_eq!(asked(&band, &metric("1", None)), None);
        let mut odd = sum.clone();
        odd.comparison = "GreaterThanUpperThreshold".to_owned();
        assert_eq!(asked(&odd, &metric("1", None)), None);
        let mut none = sum;
        none.statistic = None;
        assert_eq!(asked(&none, &metric("1", None)), None);
    }

    #[test]
    fn an_alarm_that_is_always_in_alarm_tells_of_nothing() {
        let mut breaching = alarm("Sum", AT_LEAST, 1.0);
        breaching.missing_data = Some("breaching".to_owned());
        assert_eq!(asked(&breaching, &metric("1", None)), Some(false));
        assert_eq!(asked(&breaching, &metric("1", Some(0.0))), Some(true));
        let always = alarm("Maximum", AT_LEAST, 1.0);
        assert_eq!(asked(&always, &metric("2", Some(1.0))), Some(false));
    }

    #[test]
    fn one_event_is_one_data_point() {
        let mut several = alarm("Sum", AT_LEAST, 1.0);
        several.evaluation_periods = 3;
        assert_eq!(asked(&several, &metric("1", Some(0.0))), Some(false));
        for (missing, expected) in [
            (None, true),
            (Some("missing"), true),
            (Some("notBreaching"), false),
            (Some("ignore"), false),
        ] {
            several.missing_data = missing.map(str::to_owned);
            let seen = asked(&several, &metric("1", None));
            assert_eq!(seen, Some(expected), "{missing:?}");
        }
        several.datapoints_to_alarm = Some(1);
        assert_eq!(asked(&several, &metric("1", Some(0.0))), Some(true));
    }

    /// "A metric without data stays in `INSUFFICIENT_DATA`", from where one event leads to
    /// ALARM.
    #[test]
    fn edge_case_15_an_alarm_without_data_fires_at_the_first_event_however_it_treats_missing_data()
    {
        for missing in [None, Some("missing"), Some("notBreaching"), Some("ignore")] {
            let mut alarm = alarm("Sum", AT_LEAST, 1.0);
            alarm.missing_data = missing.map(str::to_owned);
            assert_eq!(asked(&alarm, &metric("1", None)), Some(true), "{missing:?}");
        }
    }

    #[test]
    fn an_alarm_with_a_unit_sees_only_data_points_of_that_unit() {
        let mut count = alarm("Sum", AT_LEAST, 1.0);
        count.unit = Some("Count".to_owned());
        assert_eq!(asked(&count, &metric("1", None)), Some(false));
        let mut metric = metric("1", None);
        metric.unit = Some("Count".to_owned());
        assert_eq!(asked(&count, &metric), Some(true));
    }

    #[test]
    fn the_message_names_the_numbers() {
        let link = fires(
            "root",
            &alarm("Average", AT_LEAST, 1.0),
            &metric("1", Some(0.0)),
        );
        let expected = "alarm `root` asks for Average >= 1, and one event, which counts 1, beside \
                        the default value 0 of other events, need not reach that";
        assert_eq!(link, Link::Breaks(Step::Threshold, expected.to_owned()));
    }
}
