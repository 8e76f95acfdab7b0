//! Alarms that act through composite alarms.

use super::*;

fn composite(account: &mut Account, name: &str, rule: &str) {
    let alarm = alarm_of(account);
    let parent = Alarm {
        arn: format!("arn:aws:cloudwatch:us-east-1:111122223333:alarm:{name}"),
        name: name.to_owned(),
        actions_enabled: true,
        actions: std::mem::take(&mut alarm.actions),
        watches: Watched::Composite(rule.to_owned()),
    };
    account.alarms_mut("us-east-1").push(parent);
}

#[test]
fn an_alarm_may_act_through_a_composite_alarm_that_always_follows_it() {
    holds(|account| {
        composite(
            account,
            "all",
            "ALARM(\"alarm-cloudtrail-changes\") OR ALARM(x)",
        )
    });
    holds(|account| {
        composite(account, "inner", "ALARM(alarm-cloudtrail-changes)");
        let inner = account.alarms_mut("us-east-1").last_mut().unwrap();
        let actions = std::mem::take(&mut inner.actions);
        alarm_of(account).actions = actions;
        composite(account, "outer", "ALARM(inner)");
    });
    breaks(
        |account| {
            composite(
                account,
                "both",
                "ALARM(alarm-cloudtrail-changes) AND ALARM(x)",
            );
        },
        "composite alarm `both` need not go into the state ALARM with alarm",
    );
    breaks(
        |account| composite(account, "ever", "ALARM(alarm-cloudtrail-changes) OR TRUE"),
        "composite alarm `ever` is always in the state ALARM",
    );
    open(
        |account| {
            composite(
                account,
                "new",
                "AT_LEAST(1, ALARM, (alarm-cloudtrail-changes, x))",
            );
        },
        "the rule of composite alarm `new` is not understood",
    );
    // Two that name one another end the search.
    breaks(
        |account| {
            composite(account, "a", "ALARM(b)");
            composite(account, "b", "ALARM(a)");
        },
        "alarm `alarm-cloudtrail-changes` has no action",
    );
}

/// Actions are taken when an alarm goes into a state, and none while it stays in it.
#[test]
fn a_composite_alarm_that_is_raised_by_missing_data_need_not_be_raised_by_an_event() {
    let without_data = |missing: &'static str| {
        move |account: &mut Account| {
            condition_of(account).missing_data = Some(missing.to_owned());
            composite(account, "not-ok", "NOT OK(alarm-cloudtrail-changes)");
        }
    };
    holds(without_data("notBreaching"));
    open(without_data("missing"), "has insufficient data");
}

/// Each that is named would ask all the others again: a hundred to the power of eight times.
#[test]
fn composite_alarms_that_name_one_another_a_hundred_times_are_judged_all_the_same() {
    breaks(
        |account| {
            let rule = "ALARM(a) OR ALARM(b) OR ".repeat(50) + "ALARM(x)";
            composite(account, "a", &rule);
            let actions = account
                .alarms_mut("us-east-1")
                .last()
                .unwrap()
                .actions
                .clone();
            alarm_of(account).actions = actions;
            composite(account, "b", &rule);
        },
        "alarm `alarm-cloudtrail-changes` has no action",
    );
}
