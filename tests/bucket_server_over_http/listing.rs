//! `ListObjects` and `ListObjectsV2`.

use super::{BUCKET, Client, bucket_of};
use crate::bucket_server::{BucketServer, Content, Object, Operation};

fn numbered(count: usize) -> Content {
    let mut content = Content::new();
    for number in 0..count {
        content.put(BUCKET, &format!("log-{number:04}"), Object::new("{}"));
    }
    content
}

#[test]
fn a_listing_has_a_thousand_keys_a_page_and_its_token_gives_the_rest() {
    let server = BucketServer::start(numbered(2500));
    let mut client = Client::of(&server);
    let mut url = format!("/{BUCKET}?list-type=2");
    let mut pages = Vec::new();
    let mut keys = Vec::new();
    loop {
        let page = client.get(&url);
        keys.extend(page.elements("Key"));
        pages.push(page.element("KeyCount"));
        if page.element("IsTruncated") == "false" {
            break;
        }
        let token = page.element("NextContinuationToken");
        let token = token.replace('+', "%2B").replace('=', "%3D");
        url = format!("/{BUCKET}?list-type=2&continuation-token={token}");
    }
    assert_eq!(pages, ["1000", "1000", "500"]);
    let wanted: Vec<String> = (0..2500).map(|number| format!("log-{number:04}")).collect();
    assert_eq!(keys, wanted);
    assert_eq!(server.count(Operation::ListObjectsV2), 3);
}

#[test]
fn a_page_that_ends_with_the_last_key_is_not_truncated() {
    let server = BucketServer::start(numbered(1000));
    let page = Client::of(&server).get(&format!("/{BUCKET}?list-type=2"));
    assert_eq!(page.element("IsTruncated"), "false");
    assert_eq!(page.elements("NextContinuationToken").len(), 0);
}

#[test]
fn version_1_goes_on_after_a_marker_and_names_the_next_one_only_for_a_delimiter() {
    let server = BucketServer::start(bucket_of(&["a/1", "a/2", "b/1", "c"]));
    let mut client = Client::of(&server);
    let page = client.get(&format!("/{BUCKET}?max-keys=2"));
    assert_eq!(page.elements("Key"), ["a/1", "a/2"]);
    assert_eq!(page.element("IsTruncated"), "true");
    assert!(page.elements("NextMarker").is_empty());
    assert!(page.elements("KeyCount").is_empty());
    let page = client.get(&format!("/{BUCKET}?marker=a/2"));
    assert_eq!(page.elements("Key"), ["b/1", "c"]);
    let page = client.get(&format!("/{BUCKET}/?delimiter=/&max-keys=1"));
    assert_eq!(page.element("NextMarker"), "a/");
    let page = client.get(&format!("/{BUCKET}/?delimiter=/&marker=a/"));
    assert_eq!(page.elements("CommonPrefixes"), ["<Prefix>b/</Prefix>"]);
    assert_eq!(page.elements("Key"), ["c"]);
}

#[test]
fn start_after_and_prefix_both_narrow_a_listing() {
    let server = BucketServer::start(bucket_of(&["a", "b/1", "b/2", "b/3", "c"]));
    let mut client = Client::of(&server);
    let page = client.get(&format!("/{BUCKET}?list-type=2&prefix=b/&start-after=b/1"));
    assert_eq!(page.elements("Key"), ["b/2", "b/3"]);
    let page = client.get(&format!("/{BUCKET}?list-type=2&prefix=b/&start-after=c"));
    assert_eq!(page.element("KeyCount"), "0");
    assert_eq!(page.element("IsTruncated"), "false");
}

#[test]
fn a_delimiter_rolls_keys_up_and_pages_hold_each_common_prefix_once() {
    let keys = ["x/a/1", "x/a/2", "x/b", "x/c/1", "x/c/2", "x/d/1"];
    let server = BucketServer::start(bucket_of(&keys));
    let mut client = Client::of(&server);
    let url = format!("/{BUCKET}?list-type=2&prefix=x/&delimiter=%2F&max-keys=2");
    let page = client.get(&url);
    assert_eq!(page.elements("Key"), ["x/b"]);
    assert_eq!(page.elements("CommonPrefixes"), ["<Prefix>x/a/</Prefix>"]);
    let token = page.element("NextContinuationToken");
    let page = client.get(&format!("{url}&continuation-token={token}"));
    assert!(page.elements("Key").is_empty());
    assert_eq!(
        page.elements("CommonPrefixes"),
        ["<Prefix>x/c/</Prefix>", "<Prefix>x/d/</Prefix>"]
    );
    assert_eq!(page.element("IsTruncated"), "false");
}

#[test]
fn odd_keys_are_escaped_in_xml_and_encoded_when_asked() {
    let keys = ["a&b", "c<d>", "e\nf", "g h+i", "j\u{1}", "k(1)/\u{fc}"];
    let server = BucketServer::start(bucket_of(&keys));
    let mut client = Client::of(&server);
    let page = client.get(&format!("/{BUCKET}?list-type=2"));
    assert_eq!(
        page.elements("Key"),
        [
            "a&amp;b",
            "c&lt;d&gt;",
            "e&#xa;f",
            "g h+i",
            "j&#x1;",
            "k(1)/\u{fc}"
        ]
    );
    let page = client.get(&format!("/{BUCKET}?list-type=2&encoding-type=url"));
    assert_eq!(
        page.elements("Key"),
        [
            "a%26b",
            "c%3Cd%3E",
            "e%0Af",
            "g+h%2Bi",
            "j%01",
            "k%281%29/%C3%BC"
        ]
    );
    assert_eq!(page.element("EncodingType"), "url");
    let page = client.get(&format!("/{BUCKET}?list-type=2&prefix=g+h%2B"));
    assert_eq!(page.elements("Key"), ["g h+i"]);
}

#[test]
fn a_listing_tells_size_and_storage_class() {
    let mut content = bucket_of(&[]);
    content.put(BUCKET, "k", Object::new("12345").stored_as("GLACIER"));
    let server = BucketServer::start(content);
    let page = Client::of(&server).get(&format!("/{BUCKET}?list-type=2"));
    assert_eq!(page.element("Size"), "5");
    assert_eq!(page.element("StorageClass"), "GLACIER");
    assert_eq!(page.element("LastModified"), "1970-01-01T00:00:00.000Z");
    assert!(page.element("ETag").starts_with("&quot;"));
}

#[test]
fn what_no_listing_can_be_asked_for_is_refused() {
    let server = BucketServer::start(bucket_of(&["k"]));
    let mut client = Client::of(&server);
    for query in ["max-keys=x", "encoding-type=html", "continuation-token=%21"] {
        let reply = client.get(&format!("/{BUCKET}?list-type=2&{query}"));
        assert_eq!(
            (reply.status, reply.element("Code").as_str()),
            (400, "InvalidArgument")
        );
    }
    let page = client.get(&format!("/{BUCKET}?list-type=2&max-keys=0"));
    assert_eq!(page.element("IsTruncated"), "false");
}
