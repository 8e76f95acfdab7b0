use super::super::canned::{Canned, request};
use crate::snapshot::{Account, Action, GapKind, RegionFacts};

fn here(account: &Account) -> &RegionFacts {
    &account.regions["us-east-1"]
}

#[tokio::test]
async fn companions_that_nobody_wants_are_not_collected_whatever_the_build() {
    let canned = Canned::new(|_| None);
    let mut request = request();
    request.actions.clear();
    let account = canned.collect(&request).await.unwrap();
    for gap in [
        here(&account).detectors.gap(),
        here(&account).security_hub.gap(),
    ] {
        assert_eq!(gap.unwrap().kind, GapKind::NotCollected);
    }
}

#[cfg(not(feature = "full"))]
#[tokio::test]
async fn a_build_without_their_crates_says_so_and_asks_nobody() {
    let canned = Canned::new(|_| None);
    let mut request = request();
    let companions = [
        Action::ListDetectors,
        Action::GetDetector,
        Action::DescribeHub,
    ];
    request.actions.extend(companions);
    let account = canned.collect(&request).await.unwrap();
    for (gap, action) in [
        (here(&account).detectors.gap(), Action::ListDetectors),
        (here(&account).security_hub.gap(), Action::DescribeHub),
    ] {
        let gap = gap.unwrap();
        assert_eq!(
            (gap.kind, gap.action.as_str()),
            (GapKind::Unsupported, action.iam())
        );
        assert!(
            gap.detail.contains("without the feature `full`"),
            "{}",
            gap.detail
        );
    }
    let asked = |action: Action| canned.seen().iter().any(|seen| seen.action == action);
    assert!(!companions.into_iter().any(asked));
}

#[cfg(feature = "full")]
mod asked {
    use super::super::super::canned::Reply;
    use super::super::super::tests::collected;
    use super::*;
    use crate::snapshot::Observed;

    fn json(body: &str) -> Reply {
        Reply::new(200, body)
    }

    #[tokio::test]
    async fn a_detector_is_on_or_off_and_a_region_without_one_is_known_to_have_none() {
        for status in ["ENABLED", "DISABLED"] {
            let body = format!(r#"{{"status":"{status}"}}"#);
            let account = collected(&Canned::but(Action::GetDetector, json(&body))).await;
            let detectors = here(&account).detectors.known().unwrap();
            assert_eq!(detectors.len(), 1);
            assert_eq!(
                detectors[0].detector_status,
                Observed::Known(status.to_owned())
            );
        }
        let none = json(r#"{"detectorIds":[]}"#);
        let account = collected(&Canned::but(Action::ListDetectors, none)).await;
        assert_eq!(here(&account).detectors, Observed::Known(Vec::new()));
    }

    #[tokio::test]
    async fn detectors_on_all_pages_are_read_and_a_page_that_repeats_is_no_answer() {
        let canned = Canned::new(|seen| {
            (seen.action == Action::ListDetectors).then(|| match seen.uri.contains("two") {
                false => json(r#"{"detectorIds":["b"],"nextToken":"two"}"#),
                true => json(r#"{"detectorIds":["a"]}"#),
            })
        });
        let account = collected(&canned).await;
        let detectors = here(&account).detectors.known().unwrap();
        let ids: Vec<&str> = detectors.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids, ["a", "b"]);
        let again = json(r#"{"detectorIds":[],"nextToken":"again"}"#);
        let account = collected(&Canned::but(Action::ListDetectors, again)).await;
        let gap = here(&account).detectors.gap().unwrap();
        assert_eq!(gap.kind, GapKind::Malformed);
    }

    #[tokio::test]
    async fn a_detector_that_may_not_be_looked_at_stays_listed() {
        let denial = Reply::denial(Action::GetDetector);
        let account = collected(&Canned::but(Action::GetDetector, denial)).await;
        let detectors = here(&account).detectors.known().unwrap();
        let gap = detectors[0].detector_status.gap().unwrap();
        assert_eq!(gap.kind, GapKind::AccessDenied);
    }

    #[tokio::test]
    async fn security_hub_is_off_where_it_says_so_and_unknown_where_the_same_code_means_no() {
        let refused = |message: &str| {
            let mut reply = Reply::json_error("InvalidAccessException", message);
            reply.status = 401;
            Canned::but(Action::DescribeHub, reply)
        };
        let off = refused("Account 111122223333 is not subscribed to AWS Security Hub");
        let account = collected(&off).await;
        assert_eq!(here(&account).security_hub, Observed::Known(false));
        let account = collected(&refused("The account is not an administrator")).await;
        let gap = here(&account).security_hub.gap().unwrap();
        assert_eq!(gap.kind, GapKind::AccessDenied);
        let account = collected(&Canned::new(|_| None)).await;
        assert_eq!(here(&account).security_hub, Observed::Known(true));
    }
}
