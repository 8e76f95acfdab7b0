use super::{arns, names, shortcomings, with_trail_to_mend};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::selector::{Access, Coverage, Recorder, Source, Truth};
use crate::snapshot::{Action, InsightSelector, InsightType, Observed, Trail};

/// A logging trail has both kinds of Insights, and what they feed on.
pub(super) const RULE: Rule = Rule {
    id: "insights",
    title: "CloudTrail Insights watch call rates and error rates",
    severity: Severity::Low,
    worst: Severity::Low,
    practice: Practice::Coverage,
    description: "Checks that a logging trail has CloudTrail Insights for API call rates and for \
        API error rates. Insights know what is usual in the account and record what is not: a burst \
        of RunInstances, of deletions, or of AccessDenied errors from a credential that tries what \
        it may do. Nobody has to have thought of the pattern first. They feed on the management \
        events that the same trail records, and stay silent where it records none.",
    criteria: "Fails unless one logging trail has ApiCallRateInsight and ApiErrorRateInsight, both \
        for management events (EventCategories absent or with Management; Data alone is not \
        enough), and records what they analyze: write management events for the call rate, read or \
        write ones for the error rate. Unknown if that depends on a trail's status, Insights or \
        event selectors that could not be read, or on a Region whose trails could not be listed.",
    action: "Turn both kinds of Insights on for a trail that records write management events of \
        every Region. They are billed by the events analyzed.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-insights-events-with-cloudtrail.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutInsightSelectors.html",
    ],
    controls: &[
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP03"),
    ],
    reads: &[
        Action::GetTrailStatus,
        Action::GetEventSelectors,
        Action::GetInsightSelectors,
    ],
    remedies: Remedies {
        cli: "aws cloudtrail put-insight-selectors --trail-name {trail_arn} --region {home_region} --insight-selectors '[{\"InsightType\":\"ApiCallRateInsight\"},{\"InsightType\":\"ApiErrorRateInsight\"}]'",
        terraform: "resource \"aws_cloudtrail\" \"trail\" {\n  insight_selector {\n    insight_type = \"ApiCallRateInsight\"\n  }\n  insight_selector {\n    insight_type = \"ApiErrorRateInsight\"\n  }\n}",
        cloudformation: "Type: AWS::CloudTrail::Trail\nProperties:\n  InsightSelectors:\n    - InsightType: ApiCallRateInsight\n    - InsightType: ApiErrorRateInsight",
    },
    check: Check::Account(check),
};

fn check(context: &Context<'_>) -> Judgement {
    let account = context.account;
    let coverage = Coverage::of(account);
    if coverage.any(watches).known()? {
        let good = coverage
            .recorders
            .iter()
            .filter(|one| watches(one) == Truth::Yes);
        let good: Vec<&Trail> = good.map(|one| one.trail).collect();
        let message = format!(
            "Insights on call rates and error rates are on for {}",
            names(good.iter().copied())
        );
        return Ok(Verdict::pass(message).evidence("trails", arns(good)));
    }
    let why = shortcomings(&coverage.recorders, |one| Some(shortcoming(one)));
    let verdict = Verdict::fail(format!(
        "no logging trail has Insights on both call rates and error rates: {why}"
    ))
    .evidence("trails", arns(&account.trails));
    Ok(with_trail_to_mend(verdict, account))
}

/// Whether a trail has both kinds and feeds them. The write events that the call rate needs
/// feed the error rate as well.
fn watches<'s>(one: &'s Recorder<'_>) -> Truth<'s> {
    let both = match &one.trail.insights {
        Observed::Known(insights) => Truth::from(missing(insights).is_empty()),
        Observed::Gap(gap) => Truth::Unknown(gap),
    };
    one.logging()
        .and(both)
        .and(one.records(Access::Write, Source::Rest))
}

/// The kinds that are not on for management events.
fn missing(insights: &[InsightSelector]) -> Vec<&'static str> {
    let on = |kind: &InsightType| {
        insights
            .iter()
            .any(|one| one.insight_type == *kind && for_management(one))
    };
    let mut missing = Vec::new();
    if !on(&InsightType::ApiCallRateInsight) {
        missing.push("ApiCallRateInsight");
    }
    if !on(&InsightType::ApiErrorRateInsight) {
        missing.push("ApiErrorRateInsight");
    }
    missing
}

fn for_management(insight: &InsightSelector) -> bool {
    let categories = &insight.event_categories;
    categories.is_empty() || categories.iter().any(|category| category == "Management")
}

fn shortcoming(one: &Recorder<'_>) -> String {
    let missing = one.trail.insights.if_known().map(|known| missing(known));
    match missing.as_deref() {
        Some([]) | None => "records no write management events for them to analyze".to_owned(),
        Some(missing) => format!("lacks {} for management events", missing.join(" and ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, story};

    fn with(insights: Value) -> Account {
        let mut account = story::pristine_account();
        account.trail_mut().insights = Observed::Known(serde_json::from_value(insights).unwrap());
        account
    }

    fn insight(kind: &str, categories: &[&str]) -> Value {
        json!({"insight_type": kind, "event_categories": categories})
    }

    fn ruling(account: &Account) -> Ruling {
        story::judge(&RULE, account).unwrap().ruling
    }

    #[test]
    fn both_kinds_for_management_events_pass() {
        let call = "ApiCallRateInsight";
        let error = "ApiErrorRateInsight";
        let table = [
            (
                json!([
                    insight(call, &["Management"]),
                    insight(error, &["Management"])
                ]),
                true,
            ),
            (
                json!([insight(call, &[]), insight(error, &["Data", "Management"])]),
                true,
            ),
            (
                json!([insight(call, &["Data"]), insight(error, &["Management"])]),
                false,
            ),
            (
                json!([insight(call, &["management"]), insight(error, &[])]),
                false,
            ),
            (json!([insight(call, &[])]), false),
            (json!([insight(error, &[])]), false),
            (
                json!([insight(call, &[]), insight("ApiMoodInsight", &[])]),
                false,
            ),
            (json!([]), false),
        ];
        for (insights, passes) in table {
            let expected = if passes { Ruling::Pass } else { Ruling::Fail };
            assert_eq!(ruling(&with(insights.clone())), expected, "{insights}");
        }
    }

    #[test]
    fn one_trail_must_have_both() {
        let mut account = with(json!([insight("ApiCallRateInsight", &[])]));
        let mut twin = account.trail_mut().twin("second", "us-east-1");
        twin.insights = Observed::Known(
            serde_json::from_value(json!([insight("ApiErrorRateInsight", &[])])).unwrap(),
        );
        account.trails.push(twin);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(
            verdict
                .message
                .contains("`second` lacks ApiCallRateInsight")
        );
    }

    #[test]
    fn insights_without_write_management_events_see_nothing() {
        for (read_write, management) in [("ReadOnly", true), ("All", false)] {
            let mut account = story::pristine_account();
            account.trail_mut().selectors = Observed::Known(
                serde_json::from_value(json!({"basic": [{"read_write": read_write,
                    "management_events": management, "excluded_sources": [],
                    "data_resources": []}]}))
                .unwrap(),
            );
            let verdict = story::judge(&RULE, &account).unwrap();
            assert_eq!(verdict.ruling, Ruling::Fail);
            assert!(
                verdict
                    .message
                    .contains("records no write management events")
            );
        }
    }

    #[test]
    fn a_stopped_trail_and_no_trail_fail() {
        let mut account = story::pristine_account();
        account.trail_mut().status_mut("us-east-1").is_logging = false;
        assert_eq!(ruling(&account), Ruling::Fail);
        assert_eq!(ruling(&story::bare_account()), Ruling::Fail);
    }

    #[test]
    fn unread_insights_are_unknown_unless_the_trail_cannot_have_them_anyway() {
        let mut account = story::pristine_account();
        account.trail_mut().insights = story::denied(Action::GetInsightSelectors);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "cloudtrail:GetInsightSelectors");
        account.trail_mut().status_mut("us-east-1").is_logging = false;
        assert_eq!(ruling(&account), Ruling::Fail);
    }
}
