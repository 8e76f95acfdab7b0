//! Accounts: each test has one of its own on a shared server, so that tests run side by
//! side without a reset between them.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use tokio::runtime::{Builder, Runtime};

use super::http;
use super::servers::{self, Server};

/// Where everything is unless a test says otherwise.
pub(super) const HOME: &str = "us-east-1";

/// An account on a server, empty at first, and credentials for it.
pub(super) struct Account {
    pub(super) id: String,
    pub(super) access_key: String,
    pub(super) secret_key: String,
    pub(super) session_token: Option<String>,
    server: &'static Server,
    runtime: Runtime,
}

impl Account {
    /// On moto the keys of an assumed role belong to the role's account, which comes to
    /// be by that. (The role need not exist, where AWS would refuse.)
    pub(super) fn on_moto() -> Self {
        Account::new(servers::moto(), "AKIAIOSFODNN7EXAMPLE").signed_in_again()
    }

    /// On moto the caller's ARN is of the partition of the Region in which the role was assumed.
    pub(super) fn on_moto_in(partition: &str, region: &'static str) -> Self {
        let account = Account::new(servers::moto(), "AKIAIOSFODNN7EXAMPLE");
        account.assume(partition, region)
    }

    /// The same account on moto with other keys, for what is to happen to one run alone.
    pub(super) fn signed_in_again(&self) -> Self {
        self.assume("aws", HOME)
    }

    fn assume(&self, partition: &str, region: &'static str) -> Self {
        let mut account = Account {
            id: self.id.clone(),
            ..Account::new(self.server, &self.access_key)
        };
        account.session_token.clone_from(&self.session_token);
        let sts = aws_sdk_sts::Client::new(&account.sdk(region));
        let role = format!("arn:{partition}:iam::{}:role/auditor", account.id);
        let call = sts.assume_role().role_arn(role).role_session_name("live");
        let assumed = account.wait(call.send()).expect("moto assumes any role");
        let keys = assumed.credentials().expect("AssumeRole gives credentials");
        account.access_key = keys.access_key_id().to_owned();
        account.secret_key = keys.secret_access_key().to_owned();
        account.session_token = Some(keys.session_token().to_owned());
        account
    }

    /// On ministack an access key of twelve digits is the account's id.
    pub(super) fn on_ministack() -> Self {
        let mut account = Account::new(servers::ministack(), "");
        account.access_key.clone_from(&account.id);
        account
    }

    /// The root user of the one account on a ministack that enforces IAM.
    pub(super) fn on_ministack_with_iam() -> Self {
        let mut account = Account::new(servers::ministack_with_iam(), "test");
        account.id = "000000000000".to_owned();
        account.secret_key = "test".to_owned();
        account
    }

    fn new(server: &'static Server, access_key: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        Account {
            id: format!("4444{:08}", NEXT.fetch_add(1, Ordering::Relaxed)),
            access_key: access_key.to_owned(),
            secret_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: None,
            server,
            runtime: Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime"),
        }
    }

    /// Where the account's server listens.
    pub(super) fn endpoint(&self) -> String {
        self.server.url()
    }

    /// Where the account's server itself listens, without the relay that mends it.
    pub(super) fn behind_the_relay(&self) -> String {
        format!(
            "http://127.0.0.1:{}",
            self.server.behind.unwrap_or(self.server.port)
        )
    }

    /// The port that the account's server listens on.
    pub(super) fn port(&self) -> u16 {
        self.server.port
    }

    /// The result of one call.
    pub(super) fn wait<T>(&self, call: impl Future<Output = T>) -> T {
        self.runtime.block_on(call)
    }

    /// Makes every call, by this account to microburst, that fits `rule` fail.
    pub(super) fn inject(&self, rule: serde_json::Value) {
        servers::inject(servers::faulty(), &self.access_key, rule);
    }

    pub(super) fn cloudtrail(&self, region: &'static str) -> aws_sdk_cloudtrail::Client {
        aws_sdk_cloudtrail::Client::new(&self.sdk(region))
    }

    pub(super) fn cloudwatch(&self) -> aws_sdk_cloudwatch::Client {
        aws_sdk_cloudwatch::Client::new(&self.sdk(HOME))
    }

    pub(super) fn events(&self) -> aws_sdk_eventbridge::Client {
        aws_sdk_eventbridge::Client::new(&self.sdk(HOME))
    }

    pub(super) fn iam(&self) -> aws_sdk_iam::Client {
        aws_sdk_iam::Client::new(&self.sdk(HOME))
    }

    pub(super) fn kms(&self) -> aws_sdk_kms::Client {
        self.kms_in(HOME)
    }

    pub(super) fn kms_in(&self, region: &'static str) -> aws_sdk_kms::Client {
        aws_sdk_kms::Client::new(&self.sdk(region))
    }

    pub(super) fn logs(&self) -> aws_sdk_cloudwatchlogs::Client {
        self.logs_in(HOME)
    }

    pub(super) fn logs_in(&self, region: &'static str) -> aws_sdk_cloudwatchlogs::Client {
        aws_sdk_cloudwatchlogs::Client::new(&self.sdk(region))
    }

    pub(super) fn organizations(&self) -> aws_sdk_organizations::Client {
        aws_sdk_organizations::Client::new(&self.sdk(HOME))
    }

    pub(super) fn s3(&self) -> aws_sdk_s3::Client {
        self.s3_in(HOME)
    }

    pub(super) fn s3_in(&self, region: &'static str) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.sdk(region)).force_path_style(true);
        aws_sdk_s3::Client::from_conf(config.build())
    }

    pub(super) fn sns(&self) -> aws_sdk_sns::Client {
        aws_sdk_sns::Client::new(&self.sdk(HOME))
    }

    /// Sets the account's own block-public-access settings, all four. By hand, because
    /// the SDK puts the account id in front of the host name, which does not resolve.
    pub(super) fn block_public_access(&self, on: bool) {
        let settings = [
            "BlockPublicAcls",
            "IgnorePublicAcls",
            "BlockPublicPolicy",
            "RestrictPublicBuckets",
        ]
        .map(|setting| format!("<{setting}>{on}</{setting}>"))
        .concat();
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential={}/20261122/us-east-1/s3/aws4_request, \
             SignedHeaders=host, Signature=0",
            self.access_key
        );
        let reply = http::send(
            self.port(),
            "PUT /v20180820/configuration/publicAccessBlock",
            &[("x-amz-account-id", &self.id), ("Authorization", &scope)],
            &format!(
                "<PublicAccessBlockConfiguration \
                 xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\">\
                 {settings}</PublicAccessBlockConfiguration>"
            ),
        );
        let status = reply.expect("the server answers").0;
        assert!(
            (200..300).contains(&status),
            "PutPublicAccessBlock: {status}"
        );
    }

    pub(super) fn sdk(&self, region: &'static str) -> SdkConfig {
        let keys = Credentials::new(
            &self.access_key,
            &self.secret_key,
            self.session_token.clone(),
            None,
            "live-tests",
        );
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region))
            .endpoint_url(self.endpoint())
            .credentials_provider(SharedCredentialsProvider::new(keys))
            // Unlike the default one this client knows no proxy, whatever the environment
            // of the tests says, and reads no certificates.
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build()
    }
}
