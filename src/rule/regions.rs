//! Several Regions, judged as one and named in one sentence.

use super::{Context, Judgement, Ruling, Verdict};
use crate::snapshot::{Action, Gap, GapKind, Trail, TrailStatus};

/// Judges a trail by its status in every Region that it covers, the worst first (see
/// [`worst_region`]). A reply that says nothing of deliveries is what a member account may
/// get of its organization's trail: that is unknown, and never reaches `judge`.
///
/// # Errors
/// The gap of a Region whose status could not be read, or behind which Regions may hide.
pub fn in_covered_regions(
    context: &Context<'_>,
    trail: &Trail,
    judge: impl Fn(&TrailStatus) -> Judgement,
) -> Judgement {
    let told_nothing = |status: &TrailStatus| {
        trail.owner_account() != context.account.id && !status.tells_of_deliveries()
    };
    let judgements = trail.covered_status(context.account).into_iter();
    let judgements = judgements.map(|(region, status)| {
        let judgement = match status {
            Ok(status) if told_nothing(status) => Err(kept_back(trail)),
            Ok(status) => judge(status),
            Err(gap) => Err(gap),
        };
        (region, judgement)
    });
    worst_region(judgements.collect())
}

fn kept_back(trail: &Trail) -> Gap {
    Gap::new(
        Action::GetTrailStatus,
        GapKind::Unsupported,
        format!(
            "the reply tells nothing of deliveries, because the trail belongs to account {}; \
             audit that account",
            trail.owner_account()
        ),
    )
}

/// The error that a status names; AWS sends an empty one as readily as none.
pub fn said(error: Option<&str>) -> Option<&str> {
    error.filter(|error| !error.trim().is_empty())
}

/// Folds the judgements of a trail's covered Regions into one, the worst first: a fail
/// anywhere is a fail, else a gap anywhere is a gap, else a pass anywhere is a pass.
/// The message is that of the first Region that decided, and counts the others: they may
/// have other times and other errors.
pub fn worst_region(judgements: Vec<(&str, Judgement)>) -> Judgement {
    let worst = judgements
        .iter()
        .map(|(_, judgement)| rank(judgement))
        .max();
    let mut deciding = judgements
        .into_iter()
        .filter(|(_, judgement)| Some(rank(judgement)) == worst);
    let Some((region, judgement)) = deciding.next() else {
        return Ok(Verdict::not_applicable(
            "the trail covers no audited Region",
        ));
    };
    let others: Vec<&str> = deciding.map(|(region, _)| region).collect();
    match judgement {
        Ok(verdict) => {
            let alike = alike(verdict.ruling, &others);
            let message = format!("{region}: {}{alike}", verdict.message);
            let regions: Vec<&str> = std::iter::once(region).chain(others).collect();
            Ok(Verdict { message, ..verdict }.evidence("regions", regions))
        }
        Err(gap) => {
            let detail = format!("{region}: {}", gap.detail);
            Err(Gap { detail, ..gap })
        }
    }
}

/// What of the other Regions that decided alike.
fn alike(ruling: Ruling, others: &[&str]) -> String {
    let (one, more) = match ruling {
        Ruling::Pass => ("passes too", "pass too"),
        Ruling::Fail => ("fails too", "fail too"),
        Ruling::NotApplicable => ("is no different", "are no different"),
    };
    match others {
        [] => String::new(),
        [other] => format!("; {other} {one}"),
        others => format!("; {} other Regions {more}", others.len()),
    }
}

/// How much a judgement weighs when several Regions are folded into one.
fn rank(judgement: &Judgement) -> u8 {
    match judgement {
        Ok(Verdict {
            ruling: Ruling::Fail,
            ..
        }) => 3,
        Err(_) => 2,
        Ok(Verdict {
            ruling: Ruling::Pass,
            ..
        }) => 1,
        Ok(Verdict {
            ruling: Ruling::NotApplicable,
            ..
        }) => 0,
    }
}

/// Names in a sentence: all of them if they are few, else the first and how many more.
pub fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => "none".to_owned(),
        [one] => (*one).to_owned(),
        [first, second, third, rest @ ..] if rest.len() > 1 => {
            format!("{first}, {second}, {third} and {} more", rest.len())
        }
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::story;

    fn gap() -> Gap {
        Gap::new(Action::GetTrailStatus, GapKind::Throttled, "slow down")
    }

    fn message(judgements: Vec<(&str, Judgement)>) -> String {
        worst_region(judgements).unwrap().message
    }

    #[test]
    fn a_fail_weighs_more_than_a_gap_a_gap_more_than_a_pass_a_pass_more_than_nothing() {
        let pass = || Ok(Verdict::pass("fine"));
        let fail = || Ok(Verdict::fail("bad"));
        let not_yet = || Ok(Verdict::not_applicable("not yet"));
        let all = vec![
            ("a-1", not_yet()),
            ("b-1", pass()),
            ("c-1", Err(gap())),
            ("d-1", fail()),
        ];
        assert_eq!(message(all.clone()), "d-1: bad");
        let gap = worst_region(all[..3].to_vec()).unwrap_err();
        assert_eq!(gap.detail, "c-1: slow down");
        assert_eq!(message(all[..2].to_vec()), "b-1: fine");
        assert_eq!(message(all[..1].to_vec()), "a-1: not yet");
        assert_eq!(
            worst_region(Vec::new()).unwrap().ruling,
            Ruling::NotApplicable
        );
    }

    #[test]
    fn the_regions_that_decided_alike_are_counted_and_not_said_to_be_the_same() {
        let fail = |region, error: &str| (region, Ok(Verdict::fail(error)));
        let two = vec![fail("a-1", "denied"), fail("b-1", "gone")];
        assert_eq!(message(two.clone()), "a-1: denied; b-1 fails too");
        let three = [two, vec![fail("c-1", "gone")]].concat();
        let verdict = worst_region(three).unwrap();
        assert_eq!(verdict.message, "a-1: denied; 2 other Regions fail too");
        assert_eq!(verdict.evidence["regions"].as_array().unwrap().len(), 3);
    }

    #[test]
    fn a_reply_that_keeps_deliveries_back_is_never_judged() {
        let mut account = story::pristine_account();
        let trail = account.trail_mut();
        trail.arn = trail.arn.replace("111122223333", "999988887777");
        for region in ["us-east-1", "eu-west-1"] {
            *trail.status_mut(region) = TrailStatus {
                is_logging: true,
                ..TrailStatus::default()
            };
        }
        let context = Context {
            now: "2026-11-22T12:00:00Z".parse().unwrap(),
            account: &account,
            settings: &crate::config::Settings::default(),
        };
        let trail = account.trails.first().unwrap();
        let judgement = in_covered_regions(&context, trail, |_| Ok(Verdict::pass("fine")));
        assert!(judgement.unwrap_err().detail.contains("999988887777"));
    }

    #[test]
    fn few_names_are_listed_and_many_are_counted() {
        let names = ["a", "b", "c", "d", "e", "f"];
        for (count, text) in [
            (1, "a"),
            (2, "a and b"),
            (4, "a, b, c and d"),
            (5, "a, b, c and 2 more"),
            (6, "a, b, c and 3 more"),
        ] {
            assert_eq!(listed(&names[..count]), text);
        }
    }
}
