//! Credentials planted wherever a run may come upon them, to see that they come out
//! nowhere: not in a report, a log at its most talkative, or an error.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use super::account::{Account, HOME};
use super::accounts::TWO_REGIONS;
use super::good::Good;
use super::relay::{Documented, Relay};
use super::run::{Run, Trailcheck};
use super::servers;

/// Looks like a secret key, and is none.
const CANARY: &str = "CANARYwJalrXUtnFEMIbPxRfiCYEXAMPLEKEY";

/// An audit of an account by its own profile, whose files are written by the test.
struct Audit {
    run: Trailcheck,
}

impl Audit {
    /// Without any credentials in the environment.
    fn of(endpoint: &str) -> Self {
        let run = Trailcheck::bare()
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_REGION", HOME)
            .env("AWS_MAX_ATTEMPTS", "1");
        fs::create_dir(run.home().join(".aws")).expect("a folder");
        Audit { run }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.run.home().join(name);
        fs::write(&path, text).expect("a file");
        path
    }

    fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.run = self.run.env(name, value);
        self
    }

    fn go(self, args: &[&str]) -> Run {
        self.run
            .args(["audit", "--log", "trace", "--fail-on", "never"])
            .args(["--rule", "trail-exists"])
            .args(TWO_REGIONS)
            .args(args)
            .run()
    }
}

#[track_caller]
fn assert_silent(run: &Run, about: &str, secrets: &[&str]) {
    for said in [&run.stdout, &run.stderr] {
        for secret in secrets {
            assert!(!said.contains(secret), "{about}: a credential in:\n{said}");
        }
    }
}

/// A `credential_process` that prints the file `output` and ends with that code.
fn process(code: u8) -> String {
    format!(
        "[default]\ncredential_process = /bin/sh -c \"cat output; cat output >&2; exit {code}\" \
         --secret {CANARY}\n"
    )
}

#[test]
fn credentials_that_a_process_hands_out_are_used_and_never_shown() {
    let account = Account::on_moto();
    let token = account.session_token.as_deref().expect("an assumed role");
    let audit = Audit::of(&account.endpoint());
    audit.file(".aws/config", &process(0));
    let keys = json!({ "Version": 1, "AccessKeyId": account.access_key,
        "SecretAccessKey": account.secret_key, "SessionToken": token });
    audit.file("output", &keys.to_string());
    let run = audit.go(&[]).exits(0);
    assert!(run.stderr.contains("DescribeTrails"), "{}", run.stderr);
    assert!(run.stdout.contains(&account.id), "{}", run.stdout);
    assert_silent(&run, "a process", &[&account.secret_key, token, CANARY]);
}

#[test]
fn what_a_process_says_in_place_of_credentials_is_never_shown() {
    let account = Account::on_moto();
    for (code, output) in [
        (1, CANARY.to_owned()),
        (0, CANARY.to_owned()),
        (0, String::new()),
        (
            0,
            json!({ "Version": 2, "SecretAccessKey": CANARY }).to_string(),
        ),
        (
            0,
            json!({ "Version": 1, "SecretAccessKey": CANARY }).to_string(),
        ),
        (
            0,
            format!("{{ \"Version\": 1, \"SecretAccessKey\": \"{CANARY}\", oops"),
        ),
        (
            0,
            json!({ "Version": 1, "AccessKeyId": "AKIA", "SecretAccessKey": CANARY,
            "Expiration": CANARY })
            .to_string(),
        ),
        (
            0,
            json!({ "Version": CANARY, "AccessKeyId": [CANARY] }).to_string(),
        ),
    ] {
        let audit = Audit::of(&account.endpoint());
        audit.file(".aws/config", &process(code));
        audit.file("output", &output);
        let run = audit.go(&[]);
        assert!(matches!(run.code, Some(2 | 3)), "{output}: {run:?}");
        assert!(run.stderr.contains("error: "), "{}", run.stderr);
        assert_silent(&run, &output, &[CANARY]);
    }
}

#[test]
fn profile_files_are_never_quoted_however_wrong_they_are() {
    let account = Account::on_moto();
    let static_keys = format!(
        "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = {CANARY}\n\
         aws_session_token = {CANARY}\n"
    );
    let good = Audit::of(&account.endpoint());
    good.file(".aws/credentials", &static_keys);
    let run = good.go(&[]).exits(0);
    assert!(run.stderr.contains("DescribeTrails"), "{}", run.stderr);
    assert_silent(&run, "static keys", &[CANARY]);

    for wrong in [
        format!("[default]\naws_secret_access_key {CANARY}\n"),
        format!("[default]\naws_secret_access_key = {CANARY}\n"),
        format!("[default\naws_secret_access_key = {CANARY}\n"),
        format!("aws_secret_access_key = {CANARY}\n[default]\n"),
        format!("[default]\naws_access_key_id = A\naws_secret_access_key =\n {CANARY}\n"),
        format!("[default]\n  {CANARY}\n"),
        format!("[default]\n= {CANARY}\n"),
    ] {
        let audit = Audit::of(&account.endpoint());
        audit.file(".aws/credentials", &wrong);
        let run = audit.go(&[]);
        assert!(matches!(run.code, Some(2 | 3)), "{wrong}: {run:?}");
        assert_silent(&run, &wrong, &[CANARY]);
    }
}

#[test]
fn a_credentials_file_in_the_place_of_another_file_is_never_quoted() {
    let account = Account::on_moto();
    let keys = format!("[default]\naws_secret_access_key = {CANARY}\n");
    let audit = Audit::of(&account.endpoint());
    let path = audit.file("credentials", &keys);
    let run = audit.env("AWS_CA_BUNDLE", path).go(&[]).exits(2);
    assert_silent(&run, "as a bundle", &[CANARY]);

    let json = json!({ "schema_version": 1, "aws_secret_access_key": CANARY }).to_string();
    for text in [keys, json] {
        let run = Trailcheck::bare();
        let path = run.home().join("credentials");
        fs::write(&path, text).expect("a file");
        let run = run
            .args(["audit", "--log", "trace", "--snapshot"])
            .args([&path])
            .run()
            .exits(2);
        run.one_sentence();
        assert_silent(&run, "as a snapshot", &[CANARY]);
    }
}

#[test]
fn secrets_that_somebody_put_into_a_snapshot_reach_no_report() {
    let mut snapshot: serde_json::Value =
        serde_json::from_str(include_str!("../stories/pristine.json")).expect("JSON");
    snapshot["credentials"] = json!({ "aws_secret_access_key": CANARY });
    let account = &mut snapshot["accounts"][0];
    account["session_token"] = json!(CANARY);
    account["trails"][0]["aws_secret_access_key"] = json!(CANARY);
    // No report has use for a tag, nor for what a condition wants of a key that no rule
    // knows CloudTrail's value of, such as a word that is shared in place of a password.
    account["trails"][0]["tags"] = json!({ "known": { "AWS_SECRET_ACCESS_KEY": CANARY } });
    let role = &mut account["identities"]["known"]["roles"][0];
    role["tags"] = json!({ "AWS_SECRET_ACCESS_KEY": CANARY });
    let policy = account["buckets"][0]["policy"]["known"]
        .as_str()
        .expect("a policy");
    let acl = r#""s3:x-amz-acl": "bucket-owner-full-control""#;
    let policy = policy.replace(acl, &format!(r#"{acl}, "aws:Referer": "{CANARY}""#));
    assert!(policy.contains(CANARY));
    account["buckets"][0]["policy"]["known"] = json!(policy);
    for format in [
        "table", "json", "sarif", "markdown", "github", "junit", "csv", "html",
    ] {
        let run = Trailcheck::bare();
        let path = run.home().join("snapshot.json");
        fs::write(&path, snapshot.to_string()).expect("a file");
        let run = run
            .args(["audit", "--log", "trace", "--format", format, "--snapshot"])
            .args([&path])
            .run()
            .exits(0);
        assert!(run.stdout.contains("111122223333"), "{}", run.stdout);
        assert_silent(&run, format, &[CANARY]);
    }
}

/// Whoever may read the account's IAM may make keys for its users, but no answer holds any.
#[test]
fn a_snapshot_of_everything_holds_no_credentials_neither_the_callers_nor_anybodys() {
    let good = Good::on_moto();
    let account = &good.account;
    let iam = account.iam();
    let call = iam.create_access_key().user_name("alice");
    let created = account.wait(call.send()).expect("CreateAccessKey");
    let alices = created.access_key().expect("an access key");
    let run = Trailcheck::on(account)
        .args(["snapshot", "--log", "trace", "--output", "-"])
        .args(TWO_REGIONS)
        .run()
        .exits(0);
    assert!(run.stdout.contains("user/staff/alice"), "{}", run.stdout);
    let token = account.session_token.as_deref().expect("an assumed role");
    let secrets = [
        alices.secret_access_key(),
        alices.access_key_id(),
        &account.secret_key,
        token,
    ];
    assert_silent(&run, "a snapshot", &secrets);
    assert!(!run.stdout.contains(&account.access_key));
}

#[test]
fn a_password_in_an_endpoint_is_refused_wherever_it_stands_and_never_shown() {
    let account = Account::on_moto();
    for endpoint in [
        format!("https://user:{CANARY}@127.0.0.1:1"),
        format!("https://user:1/{CANARY}@127.0.0.1:1"),
        format!("https://user:a#{CANARY}@127.0.0.1:1"),
        format!("user:{CANARY}@127.0.0.1:1"),
    ] {
        let keys = format!("[default]\naws_access_key_id = A\naws_secret_access_key = {CANARY}\n");
        let profile = format!("[default]\nregion = us-east-1\nendpoint_url = {endpoint}\n");
        for place in [
            "--endpoint-url",
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_S3",
            "profile",
        ] {
            let mut audit = Audit::of(&account.endpoint());
            audit.file(".aws/credentials", &keys);
            let mut args = Vec::new();
            match place {
                "--endpoint-url" => args.extend([place, endpoint.as_str()]),
                "profile" => {
                    audit.file(".aws/config", &profile);
                    audit.run = audit.run.without("AWS_ENDPOINT_URL");
                }
                variable => audit = audit.env(variable, &endpoint),
            }
            let run = audit.go(&args).exits(2);
            assert!(
                run.stderr.contains("user name or password"),
                "{}",
                run.stderr
            );
            assert_silent(&run, place, &[CANARY]);
        }
    }
}

#[test]
fn the_password_of_a_proxy_is_never_shown_whether_it_works_is_dead_or_makes_no_sense() {
    let account = Account::on_moto();
    let token = account.session_token.as_deref().expect("an assumed role");
    let relay = Relay::start(Some(account.port()), Vec::new());
    let dead = servers::free_port();
    for (address, code) in [
        (format!("127.0.0.1:{}", relay.port), Some(0)),
        (format!("127.0.0.1:{dead}"), Some(3)),
        ("[no proxy".to_owned(), None),
        ("".to_owned(), None),
    ] {
        for variable in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            let run = Trailcheck::through("http://aws.invalid", &account)
                .env(variable, format!("http://user:{CANARY}@{address}"))
                .args([
                    "audit",
                    "--log",
                    "trace",
                    "--fail-on",
                    "never",
                    "--allow-http",
                ])
                .args(["--rule", "trail-exists"])
                .args(TWO_REGIONS)
                .run();
            if variable == "HTTP_PROXY" && code.is_some() {
                assert_eq!(run.code, code, "{address}: {}", run.stderr);
            }
            assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
            assert_silent(&run, &address, &[CANARY, &account.secret_key, token]);
        }
    }
    // The proxy itself has to be told.
    let told = |head: &String| head.to_lowercase().contains("proxy-authorization: basic");
    assert!(relay.heads().iter().any(told), "{:?}", relay.heads());
}

#[test]
fn tokens_that_are_traded_for_credentials_are_never_shown() {
    let account = Account::on_moto();
    let refusal = Documented {
        to: &["Action=AssumeRoleWithWebIdentity"],
        status: "400 Bad Request",
        content_type: "text/xml",
        header: "",
        body: "<ErrorResponse><Error><Code>InvalidIdentityToken</Code>\
             <Message>not accepted</Message></Error></ErrorResponse>"
            .to_owned(),
    };
    let relay = Relay::start(Some(account.port()), vec![refusal]);
    let audit = Audit::of(&relay.url());
    let path = audit.file("token", CANARY);
    let run = audit
        .env("AWS_WEB_IDENTITY_TOKEN_FILE", path)
        .env("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/auditor")
        .go(&[])
        .exits(3);
    assert!(run.stderr.contains("exchange"), "{}", run.stderr);
    assert_silent(&run, "a web identity", &[CANARY]);

    let run = Audit::of(&relay.url())
        .env(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            format!("http://127.0.0.1:{}/{CANARY}", servers::free_port()),
        )
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", CANARY)
        .go(&[]);
    assert!(matches!(run.code, Some(2 | 3)), "{run:?}");
    assert_silent(&run, "a container", &[CANARY]);
}

/// Some services repeat the request that was signed, session token included, in the message
/// about a signature that does not match.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>
#[test]
fn a_request_that_aws_repeats_in_a_documented_reply_is_not_repeated_by_us() {
    let account = Account::on_moto();
    let message = format!(
        "The request signature we calculated does not match the signature you provided. The \
         Canonical String for this request should have been 'POST / \
         x-amz-security-token:{CANARY}'"
    );
    let xml = format!(
        "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>{message}</Message>\
         </Error></ErrorResponse>"
    );
    let json = json!({ "__type": "InvalidSignatureException", "message": message }).to_string();
    for (to, body) in [
        (&["Action=GetCallerIdentity"], &xml),
        (&["Action=AssumeRole"], &xml),
        (&["DescribeTrails"], &json),
    ] {
        let refusal = Documented {
            to,
            status: "403 Forbidden",
            content_type: "text/xml",
            header: "",
            body: body.clone(),
        };
        let relay = Relay::start(Some(account.port()), vec![refusal]);
        let run = Trailcheck::through(&relay.url(), &account)
            .args(["audit", "--log", "trace", "--rule", "trail-exists"])
            .args(["--role-arn", "arn:aws:iam::111122223333:role/auditor"])
            .args(TWO_REGIONS)
            .run()
            .exits(3);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(said.contains("signature you provided"), "{said}");
        assert_silent(&run, to[0], &[CANARY]);
    }
}
