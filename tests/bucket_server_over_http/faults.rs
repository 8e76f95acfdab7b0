//! Faults, and requests that are none.

use std::io::Write;
use std::net::Shutdown;

use super::{BUCKET, Client, bucket_of};
use crate::bucket_server::{BucketServer, Fault, FaultKind, Operation};

fn server_with(kind: FaultKind, times: Option<usize>) -> BucketServer {
    let server = BucketServer::start(bucket_of(&["bad", "good"]));
    server.fault(Fault {
        operation: Operation::GetObject,
        contains: Some(format!("{BUCKET}/bad")),
        kind,
        times,
    });
    server
}

fn get(server: &BucketServer, key: &str) -> Option<super::Reply> {
    Client::of(server).ask("GET", &format!("/{BUCKET}/{key}"), "", "")
}

#[test]
fn a_fault_meets_what_it_names_as_often_as_it_says() {
    let server = server_with(FaultKind::Status(503, "SlowDown"), Some(2));
    let codes: Vec<u16> = (0..3)
        .map(|_| get(&server, "bad").unwrap().status)
        .collect();
    assert_eq!(codes, [503, 503, 200]);
    assert_eq!(get(&server, "good").unwrap().status, 200);
    assert_eq!(server.gets()[&format!("s3://{BUCKET}/bad")], 3);
}

#[test]
fn a_fault_without_a_number_lasts_until_it_is_cleared() {
    let server = server_with(FaultKind::Status(400, "KMS.DisabledException"), None);
    for _ in 0..3 {
        let reply = get(&server, "bad").unwrap();
        assert_eq!(
            (reply.status, reply.element("Code").as_str()),
            (400, "KMS.DisabledException")
        );
    }
    server.clear_faults();
    assert_eq!(get(&server, "bad").unwrap().status, 200);
}

#[test]
fn a_reset_closes_the_connection_without_an_answer() {
    let server = server_with(FaultKind::Reset, None);
    assert!(get(&server, "bad").is_none());
    assert!(get(&server, "good").is_some());
}

#[test]
fn a_truncated_reply_has_less_than_it_announces() {
    let server = server_with(FaultKind::Truncated, None);
    let reply = get(&server, "bad").unwrap();
    assert_eq!(
        (reply.status, reply.body.as_slice(), reply.whole),
        (200, b"b".as_slice(), false)
    );
    assert!(reply.head.contains("Content-Length: 3\r\n"));
}

#[test]
fn a_hang_ends_when_the_client_has_had_enough() {
    let server = server_with(FaultKind::Hang, None);
    let mut client = Client::of(&server);
    write!(client.stream, "GET /{BUCKET}/bad HTTP/1.1\r\n\r\n").unwrap();
    client.stream.shutdown(Shutdown::Write).unwrap();
    assert!(client.reply(true).is_none());
}

#[test]
fn a_success_can_be_empty_or_another_page() {
    let server = server_with(FaultKind::Empty200, Some(1));
    let reply = get(&server, "bad").unwrap();
    assert_eq!((reply.status, reply.body.len()), (200, 0));
    let server = server_with(FaultKind::WrongXml, Some(1));
    let reply = get(&server, "bad").unwrap();
    assert_eq!(reply.status, 200);
    assert!(reply.text().starts_with("<html>"));
}

#[test]
fn errors_of_cloudtrail_are_json_and_meet_one_region() {
    let server = BucketServer::start(bucket_of(&[]));
    server.fault(Fault {
        operation: Operation::ListPublicKeys,
        contains: Some("eu-west-1".to_owned()),
        kind: FaultKind::Status(400, "AccessDeniedException"),
        times: None,
    });
    let mut client = Client::of(&server);
    let mut keys = |region: &str| {
        let headers = format!(
            "X-Amz-Target: CloudTrail_20131101.ListPublicKeys\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=ID/20260301/{region}/cloudtrail/aws4_request\r\n"
        );
        client.ask("POST", "/", &headers, "{}").unwrap().text()
    };
    assert!(keys("eu-west-1").contains("\"__type\":\"AccessDeniedException\""));
    assert_eq!(keys("us-east-1"), "{\"PublicKeyList\":[]}");
}

#[test]
fn requests_that_are_none_end_their_connection_and_no_other() {
    let server = BucketServer::start(bucket_of(&["good"]));
    for nonsense in [
        "\r\n\r\n",
        "GET\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
    ] {
        let mut client = Client::of(&server);
        client.stream.write_all(nonsense.as_bytes()).unwrap();
        assert!(client.reply(true).is_none(), "{nonsense:?}");
    }
    let mut client = Client::of(&server);
    client
        .stream
        .write_all(b"GET /\xff\xfe HTTP/1.1\r\n\r\n")
        .unwrap();
    assert!(client.reply(true).is_none());
    assert_eq!(get(&server, "good").unwrap().text(), "good");
}
