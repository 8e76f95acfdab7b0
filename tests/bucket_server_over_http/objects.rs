//! Objects and buckets, from memory and from a folder.

use std::fs;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{BUCKET, Client, bucket_of};
use crate::bucket_server::{Body, BucketServer, Content, Object, Operation, Remote, serve_forever};

#[test]
fn an_object_comes_with_its_metadata_and_as_gzip_over_a_connection_that_is_kept() {
    let mut content = bucket_of(&["other"]);
    let digest = Object::new("{\"a\": 1}").with_metadata("signature", "ab12");
    content.put(BUCKET, "digest", digest);
    let server = BucketServer::start(content);
    let mut client = Client::of(&server);
    for _ in 0..2 {
        let reply = client.get(&format!("/{BUCKET}/digest?x-id=GetObject"));
        assert_eq!((reply.status, reply.text().as_str()), (200, "{\"a\": 1}"));
        assert!(reply.head.contains("\r\nx-amz-meta-signature: ab12\r\n"));
        assert!(reply.head.contains("\r\nContent-Encoding: gzip\r\n"));
        assert!(
            reply
                .head
                .contains("\r\nContent-Type: application/json\r\n")
        );
    }
    let head = client
        .ask("HEAD", &format!("/{BUCKET}/digest"), "", "")
        .unwrap();
    assert!(head.head.contains("Content-Length: 8\r\n"), "{}", head.head);
    let url = format!("/{BUCKET}/none");
    assert_eq!(client.ask("HEAD", &url, "", "").unwrap().status, 404);
    assert_eq!(client.get(&format!("/{BUCKET}/other")).text(), "other");
    assert_eq!(server.count(Operation::GetObject), 3);
    assert_eq!(server.gets()[&format!("s3://{BUCKET}/digest")], 2);
    server.reset_counts();
    assert_eq!(server.count(Operation::GetObject), 0);
    assert!(server.gets().is_empty());
}

#[test]
fn keys_of_any_text_are_found() {
    let keys = [
        "/leading", "a/../b", "e\nf", "g h+%25", "folder/", "\u{96ea}",
    ];
    let server = BucketServer::start(bucket_of(&keys));
    let mut client = Client::of(&server);
    let urls = [
        "/leading",
        "a/../b",
        "e%0Af",
        "g%20h%2B%2525",
        "folder/",
        "%E9%9B%AA",
    ];
    for (key, url) in keys.iter().zip(urls) {
        assert_eq!(client.get(&format!("/{BUCKET}/{url}")).text(), *key);
    }
}

#[test]
fn what_is_not_there_archived_or_elsewhere_is_said_as_s3_says_it() {
    let mut content = bucket_of(&[]);
    content.put(BUCKET, "old", Object::new("x").stored_as("DEEP_ARCHIVE"));
    content.bucket("frankfurt", "eu-central-1");
    let server = BucketServer::start(content);
    let mut client = Client::of(&server);
    for (url, status, code) in [
        (format!("/{BUCKET}/none"), 404, "NoSuchKey"),
        ("/no-bucket/none".to_owned(), 404, "NoSuchBucket"),
        (format!("/{BUCKET}/old"), 403, "InvalidObjectState"),
        (format!("/{BUCKET}?acl"), 501, "NotImplemented"),
    ] {
        let reply = client.get(&url);
        assert_eq!(
            (reply.status, reply.element("Code").as_str()),
            (status, code),
            "{url}"
        );
    }
    assert_eq!(server.gets()[&format!("s3://{BUCKET}/none")], 1);
    let signed =
        "Authorization: AWS4-HMAC-SHA256 Credential=ID/20260301/us-east-1/s3/aws4_request\r\n";
    let reply = client
        .ask("GET", "/frankfurt?list-type=2", signed, "")
        .unwrap();
    assert_eq!(
        (reply.status, reply.element("Code").as_str()),
        (301, "PermanentRedirect")
    );
    assert!(reply.head.contains("x-amz-bucket-region: eu-central-1\r\n"));
    let reply = client
        .ask("GET", "/frankfurt?location", signed, "")
        .unwrap();
    assert!(reply.text().ends_with(">eu-central-1</LocationConstraint>"));
    let reply = client.get(&format!("/{BUCKET}?location"));
    assert!(
        reply
            .text()
            .ends_with("<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>")
    );
}

#[test]
fn a_range_is_a_part_of_the_body() {
    let server = BucketServer::start(bucket_of(&["0123456789"]));
    let mut client = Client::of(&server);
    let mut part = |range: &str| {
        let header = format!("Range: {range}\r\n");
        let url = format!("/{BUCKET}/0123456789");
        client.ask("GET", &url, &header, "").unwrap()
    };
    let reply = part("bytes=2-4");
    assert_eq!((reply.status, reply.text().as_str()), (206, "234"));
    assert!(reply.head.contains("Content-Range: bytes 2-4/10\r\n"));
    assert_eq!(part("bytes=7-99").text(), "789");
    assert_eq!(part("bytes=8-").text(), "89");
    assert_eq!(part("bytes=10-").status, 416);
}

#[test]
fn a_folder_is_served_from_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let arn = "arn:aws:cloudtrail:eu-west-1:444455556666:trail/t";
    let trail = json!({"Name": "t", "TrailARN": arn, "HomeRegion": "eu-west-1"});
    write("trail.json", &json!({"trailList": [trail]}).to_string());
    write("logs/AWSLogs/o-abcde12345/d.json.gz", "digest");
    write("logs/AWSLogs/o-abcde12345/sub/l.json.gz", "log");
    let extra = json!({"metadata": {"signature": "ff"}, "storage_class": "GLACIER"});
    let extra = json!({"s3://logs/AWSLogs/o-abcde12345/d.json.gz": extra});
    write("object-metadata.json", &extra.to_string());
    write("public-keys/eu-west-1.json", "{\"PublicKeyList\": [{}]}");
    let mut content = Content::of_folder(dir.path()).unwrap();
    assert_eq!(content.account, "444455556666");
    assert_eq!(content.organization_id.as_deref(), Some("o-abcde12345"));
    assert_eq!(content.public_keys["eu-west-1"].len(), 1);
    let (bucket, digest) = content.objects().remove(0);
    let digest = content.object_mut(&bucket, &digest).unwrap();
    assert!(matches!(digest.body, Body::File { size: 6, .. }));
    assert_eq!(digest.metadata["signature"], "ff");
    assert_eq!(digest.storage_class, "GLACIER");
    let server = BucketServer::start(content);
    let mut client = Client::of(&server);
    let url = "/logs/AWSLogs/o-abcde12345/sub/l.json.gz";
    assert_eq!(client.get(url).text(), "log");
    let mut content = Content::of_folder(dir.path()).unwrap();
    content.read_bodies().unwrap();
    write("logs/AWSLogs/o-abcde12345/sub/l.json.gz", "longer log");
    assert_eq!(client.get(url).status, 500);
    let server = BucketServer::start(content);
    assert_eq!(Client::of(&server).get(url).text(), "log");
}

#[test]
fn a_delayed_reply_comes_no_sooner_than_the_delay() {
    const DELAY: Duration = Duration::from_millis(20);
    let server = BucketServer::start(bucket_of(&["k"]));
    server.delay(DELAY);
    let start = Instant::now();
    Client::of(&server).get(&format!("/{BUCKET}/k"));
    assert!(start.elapsed() >= DELAY);
}

#[test]
fn an_object_can_be_deleted_before_the_start() {
    let mut content = bucket_of(&["a", "b"]);
    assert!(content.delete(BUCKET, "a").is_some());
    let server = BucketServer::start(content);
    let mut client = Client::of(&server);
    assert_eq!(client.get(&format!("/{BUCKET}/a")).status, 404);
    assert_eq!(client.get(&format!("/{BUCKET}/b")).status, 200);
}

#[test]
fn a_dropped_server_has_left_its_port_and_its_connections() {
    let server = BucketServer::start(bucket_of(&["k"]));
    let mut client = Client::of(&server);
    client.get(&format!("/{BUCKET}/k"));
    let port = server.port();
    drop(server);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(!client.more());
}

#[test]
fn a_server_elsewhere_tells_its_counts_and_can_be_slowed_down() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("port");
    let told = file.clone();
    std::thread::spawn(move || serve_forever(bucket_of(&["k"]), &told));
    while !file.exists() {
        std::thread::yield_now();
    }
    let port = fs::read_to_string(&file).unwrap().parse().unwrap();
    let remote = Remote::new(port);
    remote.delay(Duration::from_micros(1)).unwrap();
    let mut client = Client::at(&remote.url());
    for _ in 0..3 {
        client.get(&format!("/{BUCKET}/k"));
    }
    let counts = remote.counts().unwrap();
    assert_eq!(counts["operations"]["GetObject"], 3);
    assert_eq!(
        (&counts["objects"], &counts["most"]),
        (&json!(1), &json!(3))
    );
    remote.reset_counts().unwrap();
    assert_eq!(remote.counts().unwrap()["most"], 0);
}
