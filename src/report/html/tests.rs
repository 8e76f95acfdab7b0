use super::*;
use crate::finding::{Finding, Standing, Suppressed};
use crate::outcome::Gate;
use crate::report::fixture::{self, HOSTILE, rendered, rendered_with};

fn demo() -> String {
    rendered(&Html, &fixture::snapshot())
}

#[test]
fn every_rule_that_ran_and_every_finding_is_on_the_page() {
    let text = demo();
    for rule in fixture::RULES {
        assert!(text.contains(&format!("<article class=\"rule\" id=\"{}\">", rule.id)));
        assert!(text.contains(rule.title));
    }
    let findings = fixture::findings(&fixture::snapshot());
    assert_eq!(
        text.matches("<details class=\"finding ").count(),
        findings.len()
    );
    for finding in findings {
        assert!(text.contains(&finding.fingerprint));
    }
}

#[test]
fn the_head_says_who_when_how_completely_and_how_it_ended() {
    let text = demo();
    for part in [
        "111122223333 (example-prod)",
        "2026-11-22 12:00 UTC",
        "facts read; 1 denied",
        "<p class=\"gate red\"><strong>Gate</strong>: 2 findings at or above `high`, and 1 that \
         could not be checked, exit code 1</p>",
        concat!("trailcheck ", env!("CARGO_PKG_VERSION")),
        "fails on high and above",
    ] {
        assert!(text.contains(part), "{part}");
    }
}

#[test]
fn nothing_is_loaded_and_nothing_but_the_two_hashed_texts_can_run() {
    let text = demo();
    let policy = policy::of(STYLE, SCRIPT);
    assert!(text.contains(&format!("content=\"{policy}\"")), "{policy}");
    assert!(!policy.contains("unsafe"));
    assert_eq!(text.matches("<script").count(), 1);
    assert_eq!(text.matches("<style").count(), 1);
    for (open, own, close) in [
        ("<style>", STYLE, "</style>"),
        ("<script>", SCRIPT, "</script>"),
    ] {
        assert!(text.contains(&format!("{open}{own}{close}")));
        // The browser ends the element there, and before hashing makes one of CR LF.
        assert!(!own.contains("</") && !own.contains("<!--") && !own.contains('\r'));
    }
    for loads in [
        " src=",
        " style=",
        " onclick=",
        "<link",
        "<img",
        "<iframe",
        "url(",
        "@import",
    ] {
        assert!(!text.contains(loads), "{loads}");
    }
}

#[test]
fn hostile_text_is_text() {
    let mut snapshot = fixture::hostile();
    let name = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'&amp;";
    snapshot.accounts[0].bucket_mut().name = name.to_owned();
    let text = rendered(&Html, &snapshot);
    assert_eq!(text.matches("<script").count(), 1);
    assert!(!text.contains("<img"));
    assert!(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(text.contains("&amp;amp;"));
    let shown = visible(HOSTILE);
    assert!(text.contains(&shown), "{shown}");
    let ours = |line: &str| line.chars().all(crate::report::text::is_visible);
    assert!(text.lines().all(ours));
}

#[test]
fn an_accepted_finding_shows_why_who_and_until_when_and_a_known_one_that_it_is() {
    let snapshot = fixture::snapshot();
    let mut findings = fixture::findings(&snapshot);
    findings[0].suppressed = Some(Suppressed {
        reason: "moves".to_owned(),
        owner: Some("platform".to_owned()),
        until: Some(jiff::civil::date(2027, 1, 31)),
    });
    findings[1].baseline = Some(Standing::Known);
    let text = rendered_with(&Html, &snapshot, &findings, Gate::default());
    assert!(text.contains("moves, says platform, until 2027-01-31"));
    assert!(text.contains("data-status=\"accepted\""));
    assert!(text.contains("<span class=\"standing\">known</span>"));
}

#[test]
fn two_accounts_are_told_apart() {
    let text = rendered(&Html, &fixture::two_accounts());
    assert_eq!(text.matches("<dl class=\"who\">").count(), 2);
    assert!(text.contains("<span class=\"region\"><bdi>444455556666</bdi></span>"));
}

#[test]
fn a_page_without_findings_says_that_nothing_was_audited() {
    let snapshot = fixture::snapshot();
    let findings: Vec<Finding> = Vec::new();
    let text = rendered_with(&Html, &snapshot, &findings, Gate::default());
    assert!(text.contains("All 0 findings"));
    assert!(text.contains("nothing was audited"));
}
