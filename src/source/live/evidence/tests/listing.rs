use std::ops::ControlFlow;

use super::super::Evidence;
use super::server::{Answer, Asked, serve};
use crate::digest::store::{Listed, Store, Unreadable, UnreadableKind};

fn page(keys: &[&str], next: Option<&str>) -> Answer {
    let objects: String = (keys.iter())
        .map(|key| format!("<Contents><Key>{key}</Key><Size>3</Size></Contents>"))
        .collect();
    let next = next.map_or("<IsTruncated>false</IsTruncated>".to_owned(), |token| {
        format!(
            "<IsTruncated>true</IsTruncated><NextContinuationToken>{token}\
             </NextContinuationToken>"
        )
    });
    listing(&format!("{next}{objects}"))
}

fn listing(inside: &str) -> Answer {
    Answer::new(
        200,
        format!(
            "<?xml version=\"1.0\"?><ListBucketResult><EncodingType>url</EncodingType>{inside}\
             </ListBucketResult>"
        ),
    )
}

fn list(evidence: &Evidence, after: Option<&str>) -> (Vec<Listed>, Result<(), Unreadable>) {
    let mut found = Vec::new();
    let result = evidence.list("logs", "p/", after, &mut |page| {
        found.extend(page);
        ControlFlow::Continue(())
    });
    (found, result)
}

/// Why the listing is no good.
fn refused(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Unreadable {
    let (evidence, _) = serve(answer);
    list(&evidence, None).1.unwrap_err()
}

#[test]
fn all_pages_are_read_and_keys_are_decoded() {
    let (evidence, seen) = serve(
        |asked| match asked.target.contains("continuation-token=two") {
            false => page(&["p/a", "p/a%0A%01b", "p/a+b%2B"], Some("two")),
            true => page(&["p/%C3%A4"], None),
        },
    );
    let (found, result) = list(&evidence, Some("p/0 +"));
    result.unwrap();
    let keys: Vec<&str> = found.iter().map(|listed| listed.key.as_str()).collect();
    assert_eq!(keys, ["p/a", "p/a\n\u{1}b", "p/a b+", "p/ä"]);
    assert_eq!(found[0].size, 3);
    let targets = seen.targets();
    assert_eq!(targets.len(), 2);
    assert!(
        targets[0].contains("start-after=p%2F0%20%2B"),
        "{targets:?}"
    );
    assert!(targets[0].contains("encoding-type=url"), "{targets:?}");
    assert!(!targets[1].contains("start-after"), "{targets:?}");
}

#[test]
fn no_page_is_asked_for_after_the_break() {
    let (evidence, seen) = serve(|_| page(&["p/a"], Some("more")));
    evidence
        .list("logs", "p/", None, &mut |_| ControlFlow::Break(()))
        .unwrap();
    assert_eq!(seen.targets().len(), 1);
}

#[test]
fn a_listing_that_cannot_be_relied_on_is_none() {
    for (answer, why) in [
        (page(&["p/b", "p/a"], None), "comes behind"),
        (page(&["p/a", "p/a"], None), "comes behind"),
        (page(&["q/a"], None), "does not begin with"),
        (page(&["p/%FF"], None), "UTF-8"),
        (
            listing("<IsTruncated>true</IsTruncated>"),
            "NextContinuationToken",
        ),
        (listing(""), "IsTruncated"),
        (
            listing("<IsTruncated>false</IsTruncated><Contents><Size>1</Size></Contents>"),
            "Key",
        ),
        (Answer::new(200, ""), "empty"),
        (
            Answer::new(200, "<ListBucketResult><IsTruncated>false</IsTruncated>"),
            "cut off",
        ),
    ] {
        let refused = refused(move |_| answer.clone());
        assert_eq!(refused.kind, UnreadableKind::Other, "{refused:?}");
        assert!(refused.detail.contains(why), "{refused:?}");
    }
}

#[test]
fn pages_that_repeat_or_fall_back_end_the_listing() {
    let repeats = refused(|asked| match asked.target.contains("continuation") {
        false => page(&["p/a"], Some("same")),
        true => page(&[], Some("same")),
    });
    assert!(repeats.detail.contains("repeat"), "{repeats:?}");
    let falls_back = refused(|asked| match asked.target.contains("continuation") {
        false => page(&["p/b"], Some("next")),
        true => page(&["p/a"], None),
    });
    assert!(falls_back.detail.contains("comes behind"), "{falls_back:?}");
}

#[test]
fn a_denied_listing_says_what_to_grant_and_keeps_its_pages() {
    let (evidence, _) = serve(|asked| match asked.target.contains("continuation") {
        false => page(&["p/a"], Some("next")),
        true => Answer::error(403, "AccessDenied"),
    });
    let (found, result) = list(&evidence, None);
    let why = result.unwrap_err();
    assert_eq!((found.len(), why.kind), (1, UnreadableKind::Denied));
    assert!(
        why.detail.contains("`s3:ListBucket` on `logs`"),
        "{}",
        why.detail
    );
}

#[test]
fn folders_come_from_all_pages_without_their_slash() {
    let folders = |names: &[&str], next: &str| {
        let names: String = (names.iter())
            .map(|name| format!("<CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes>"))
            .collect();
        listing(&format!(
            "{next}<Contents><Key>p/zzz</Key><Size>0</Size></Contents>{names}"
        ))
    };
    let (evidence, seen) = serve(move |asked| match asked.target.contains("continuation") {
        false => folders(
            &["p/111122223333/", "p/a+b/"],
            "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>",
        ),
        true => folders(&["p/o-x/"], "<IsTruncated>false</IsTruncated>"),
    });
    let found = evidence.folder("logs", "p/").unwrap();
    assert_eq!(found.folders, ["111122223333", "a b", "o-x"]);
    assert_eq!(found.objects[0].key, "p/zzz");
    assert!(seen.targets()[0].contains("delimiter=%2F"));
}
