//! What the caller got wrong, and what AWS refuses before anything can be read: one
//! sentence, and 2 or 3.

use serde_json::json;

use super::account::{Account, HOME};
use super::accounts::{TWO_REGIONS, list_regions};
use super::relay::Relay;
use super::run::{Run, Trailcheck, text};
use super::servers;

fn audit(run: Trailcheck) -> Run {
    run.args(["audit", "--format", "json"])
        .args(TWO_REGIONS)
        .run()
}

#[test]
fn no_credentials_anywhere_is_a_usage_error() {
    let run = Trailcheck::bare()
        .env("AWS_ENDPOINT_URL", servers::moto().url())
        .env("AWS_REGION", HOME);
    let run = audit(run).exits(2);
    let said = run.one_sentence().to_lowercase();
    assert!(said.contains("credentials"), "{said}");
}

#[test]
fn a_profile_that_does_not_exist_is_named() {
    let account = Account::on_moto();
    let run = Trailcheck::on(&account)
        .without("AWS_ACCESS_KEY_ID")
        .without("AWS_SECRET_ACCESS_KEY")
        .args(["audit", "--profile", "nobody"])
        .run()
        .exits(2);
    assert!(run.one_sentence().contains("`nobody`"), "{}", run.stderr);
}

#[test]
fn a_malformed_region_is_named_and_nothing_is_sent() {
    let account = Account::on_moto();
    let relay = Relay::start(Some(account.port()), Vec::new());
    for flag in ["--region", "--regions"] {
        let run = Trailcheck::through(&relay.url(), &account)
            .args(["audit", flag, "us-east-1.example.com/"])
            .run()
            .exits(2);
        assert!(
            run.stderr.contains("us-east-1.example.com/"),
            "{}",
            run.stderr
        );
        assert_eq!(run.stdout, "");
    }
    assert!(relay.seen().is_empty(), "{:?}", relay.seen());
}

#[test]
fn a_region_that_the_documented_reply_of_list_regions_does_not_hold_is_a_usage_error() {
    let account = Account::on_moto();
    let relay = Relay::start(Some(account.port()), vec![list_regions()]);
    let run = Trailcheck::through(&relay.url(), &account)
        .args(["audit", "--regions", "us-east-1,eu-nowhere-7"])
        .run()
        .exits(2);
    assert!(
        run.one_sentence().contains("`eu-nowhere-7`"),
        "{}",
        run.stderr
    );
}

/// moto has no ListRegions, so nobody can tell that the Region does not exist. It is
/// asked, and what it says is a finding, not the end.
#[test]
fn a_region_this_build_has_never_heard_of_is_tried_where_list_regions_is_refused() {
    let account = Account::on_moto();
    let relay = Relay::start(Some(account.port()), Vec::new());
    let report = Trailcheck::through(&relay.url(), &account).audit(&[
        "--regions",
        "us-east-1,eu-nowhere-7",
        "--rule",
        "region-coverage",
    ]);
    let scopes = relay.heads();
    assert!(
        scopes
            .iter()
            .any(|head| head.contains("/eu-nowhere-7/cloudtrail/")),
        "the Region was asked"
    );
    let regions: Vec<String> = report
        .of_rule("region-coverage")
        .into_iter()
        .map(|finding| text(finding, "region"))
        .collect();
    assert_eq!(regions, ["eu-nowhere-7", "us-east-1"]);
}

#[test]
fn expired_credentials_are_refused_by_aws_and_the_sentence_says_expired() {
    let run = refused(json!({ "code": "ExpiredToken", "status": 403,
        "message": "The security token included in the request is expired" }));
    assert!(run.one_sentence().contains("expired"), "{}", run.stderr);
}

#[test]
fn rejected_credentials_are_refused_by_aws() {
    let run = refused(json!({ "code": "InvalidClientTokenId", "status": 403,
        "message": "The security token included in the request is invalid." }));
    assert!(
        run.one_sentence().contains("security token"),
        "{}",
        run.stderr
    );
}

/// The two ways in which AWS says that the caller's clock is wrong.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>
#[test]
fn a_clock_an_hour_off_is_called_that() {
    for error in [
        json!({ "code": "SignatureDoesNotMatch", "status": 403,
            "message": "Signature expired: 20261122T150000Z is now earlier than \
                20261122T154500Z (20261122T160000Z - 15 min.)" }),
        json!({ "code": "SignatureDoesNotMatch", "status": 403,
            "message": "Signature not yet current: 20261122T163000Z is still later than \
                20261122T161500Z (20261122T160000Z + 15 min.)" }),
        json!({ "code": "RequestTimeTooSkewed", "status": 403, "message": "The difference \
            between the request time and the current time is too large." }),
    ] {
        let run = refused(error);
        assert!(run.one_sentence().contains("clock"), "{}", run.stderr);
    }
}

#[test]
fn an_account_that_denies_everything_leaves_nothing_to_stand_on_even_with_fail_on_never() {
    let account = Account::on_moto();
    account.inject(json!({ "service": "*",
        "error": { "code": "AccessDenied", "status": 403 } }));
    let run = Trailcheck::through(&servers::faulty().url(), &account)
        .args(["audit", "--format", "json", "--fail-on", "never"])
        .args(TWO_REGIONS)
        .run()
        .exits(3);
    run.one_sentence();
}

#[test]
fn an_endpoint_where_nobody_listens_is_named() {
    let endpoint = format!("http://127.0.0.1:{}", servers::free_port());
    let account = Account::on_moto();
    let run = audit(Trailcheck::through(&endpoint, &account)).exits(3);
    assert!(run.one_sentence().contains("127.0.0.1"), "{}", run.stderr);
}

#[test]
fn a_role_that_aws_refuses_to_hand_out_ends_with_3_and_names_the_role() {
    let account = Account::on_moto();
    account.inject(json!({ "service": "sts", "operation": "AssumeRole",
        "error": { "code": "AccessDenied", "status": 403,
            "message": "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: \
                sts:AssumeRole on resource: arn:aws:iam::111122223333:role/auditor" } }));
    let run = Trailcheck::through(&servers::faulty().url(), &account)
        .args([
            "audit",
            "--role-arn",
            "arn:aws:iam::111122223333:role/auditor",
        ])
        .run()
        .exits(3);
    assert!(
        run.one_sentence().contains("role/auditor"),
        "{}",
        run.stderr
    );
}

#[test]
fn an_assumed_role_is_audited_in_its_own_account() {
    let account = Account::on_moto();
    let report = Trailcheck::on(&account).audit(&[
        "--role-arn",
        "arn:aws:iam::111122223333:role/auditor",
        "--external-id",
        "told-by-the-other-side",
        "--regions",
        "us-east-1",
        "--rule",
        "trail-exists",
    ]);
    assert_eq!(report.json["scope"]["accounts"][0]["id"], "111122223333");
    assert_eq!(text(report.the("trail-exists"), "account"), "111122223333");
}

#[test]
fn a_profile_with_a_role_chain_is_followed_as_the_aws_cli_would() {
    let account = Account::on_moto();
    let run = Trailcheck::on(&account)
        .without("AWS_ACCESS_KEY_ID")
        .without("AWS_SECRET_ACCESS_KEY")
        .without("AWS_SESSION_TOKEN")
        .without("AWS_REGION");
    let folder = run.home().join(".aws");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(
        folder.join("config"),
        "[profile audited]\n\
         region = us-east-1\n\
         role_arn = arn:aws:iam::444455556666:role/auditor\n\
         external_id = told-by-the-other-side\n\
         source_profile = base\n",
    )
    .expect("a file");
    std::fs::write(
        folder.join("credentials"),
        "[base]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret\n",
    )
    .expect("a file");
    let report = run.audit(&[
        "--profile",
        "audited",
        "--regions",
        "us-east-1",
        "--rule",
        "trail-exists",
    ]);
    assert_eq!(report.json["scope"]["accounts"][0]["id"], "444455556666");
}

/// An audit of an account whose `GetCallerIdentity` AWS answers like that.
fn refused(error: serde_json::Value) -> Run {
    let account = Account::on_moto();
    account.inject(json!({ "service": "sts", "operation": "GetCallerIdentity", "error": error }));
    audit(Trailcheck::through(&servers::faulty().url(), &account)).exits(3)
}
