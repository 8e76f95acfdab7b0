//! `trailcheck verify` over the wire: trails of the generator behind the server of the tests,
//! and behind moto.

mod aws_cli;
mod faults;
mod interrupt;
mod moto;
mod refusals;
mod scope;
mod tampered;
mod trails;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::run::{Run, Trailcheck};
use crate::bucket_server::{BucketServer, Content, Object, Operation};
use crate::trail::{Setup, Trail, generate};

/// What `verify` is allowed to ask, all of it.
const ALLOWED: [Operation; 5] = [
    Operation::DescribeTrails,
    Operation::GetTrailStatus,
    Operation::ListPublicKeys,
    Operation::ListObjectsV2,
    Operation::GetObject,
];

/// A trail that AWS serves.
struct Served {
    trail: Trail,
    server: BucketServer,
}

impl Served {
    fn new(trail: Trail) -> Self {
        let mut content = Content::new();
        put(&mut content, &trail);
        Served::with(trail, content)
    }

    fn intact(setup: &Setup) -> Self {
        Served::new(generate(setup, &[]))
    }

    /// The trail, and whatever else AWS has.
    fn with(trail: Trail, content: Content) -> Self {
        let server = BucketServer::start(content);
        Served { trail, server }
    }

    /// `verify --trail-arn`, without times.
    fn by_arn(&self) -> Trailcheck {
        auditor(&self.server.url()).args(["verify", "--trail-arn", &self.trail.arn()])
    }

    /// `verify --s3-uri`, without times.
    fn by_uri(&self) -> Trailcheck {
        let Setup { bucket, prefix, .. } = &self.trail.setup;
        let uri = format!("s3://{bucket}/{prefix}");
        auditor(&self.server.url()).args(["verify", "--s3-uri", &uri])
    }

    /// The trail over all its time, as JSON.
    fn verify(&self, args: &[&str]) -> Verified {
        Verified::of(self.by_arn().args(whole(&self.trail)).args(args))
    }

    /// All objects of the trail, each once.
    fn each_object_once(&self) -> BTreeMap<String, usize> {
        let objects = self.trail.objects.keys();
        objects.map(|object| (object.to_string(), 1)).collect()
    }

    /// Asserts that nothing else than what the documentation lists was asked.
    fn asked_only_what_is_allowed(&self) {
        for asked in self.server.asked() {
            assert!(ALLOWED.contains(&asked.operation), "{asked:?}");
        }
        assert_eq!(self.server.count(Operation::HeadObject), 0);
    }
}

/// Somebody with credentials, and with a Region that is nobody's home.
fn auditor(endpoint: &str) -> Trailcheck {
    Trailcheck::bare()
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env(
            "AWS_SECRET_ACCESS_KEY",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        )
}

/// The flags for all the time that the trail covers.
fn whole(trail: &Trail) -> [String; 4] {
    [
        "--start-time".to_owned(),
        trail.start().to_string(),
        "--end-time".to_owned(),
        trail.end().to_string(),
    ]
}

/// Adds a trail, its objects and its keys to what AWS has.
fn put(content: &mut Content, trail: &Trail) {
    for (object, stored) in &trail.objects {
        let mut put = Object::new(stored.body.clone()).stored_as(&stored.storage_class);
        for (name, value) in &stored.metadata {
            put = put.with_metadata(name, value);
        }
        content.put(&object.bucket, &object.key, put);
    }
    let more = trail.describe_trails()["trailList"].clone();
    let all = content.trails["trailList"].as_array_mut().expect("a list");
    all.extend(more.as_array().cloned().unwrap_or_default());
    for region in trail.keys.keys() {
        let keys = trail.public_keys(region)["PublicKeyList"].clone();
        let keys = keys.as_array().cloned().unwrap_or_default();
        let known = content.public_keys.entry(region.clone()).or_default();
        known.extend(
            keys.into_iter()
                .filter(|key| !known.contains(key))
                .collect::<Vec<_>>(),
        );
    }
}

/// A JSON report and how the run ended.
struct Verified {
    run: Run,
    json: Value,
}

impl Verified {
    fn of(run: Trailcheck) -> Self {
        let run = run.args(["--format", "json"]).run();
        let json = serde_json::from_str(&run.stdout).unwrap_or_else(|error| {
            panic!(
                "no JSON report ({error}), exit {:?}\n{}\n{}",
                run.code, run.stderr, run.stdout
            )
        });
        Verified { run, json }
    }

    /// Asserts the exit code, and that the report's is the same.
    #[track_caller]
    fn exits(self, code: i32) -> Self {
        let findings = &self.json["findings"];
        assert_eq!(
            self.run.code,
            Some(code),
            "{findings:#}\n{}",
            self.run.stderr
        );
        assert_eq!(self.json["exit_code"], code);
        self
    }

    fn findings(&self) -> &[Value] {
        self.json["findings"].as_array().expect("findings")
    }

    /// The findings as `verdict kind object`, the chain in place of an object that is none.
    fn said(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let said = self.findings().iter().map(|finding| {
            let about = finding["object"].as_str().unwrap_or_default();
            let about = match about {
                "" => text(&finding["chain"]),
                object => object.to_owned(),
            };
            let (verdict, kind) = (text(&finding["verdict"]), text(&finding["kind"]));
            format!("{verdict} {kind} {about}")
        });
        said.collect()
    }

    /// The objects that have a finding with such a verdict and kind.
    fn objects_where(&self, such: impl Fn(&str, &str) -> bool) -> BTreeSet<String> {
        let text = |value: &'_ Value| value.as_str().unwrap_or_default().to_owned();
        let findings = self.findings().iter();
        findings
            .filter(|finding| such(&text(&finding["verdict"]), &text(&finding["kind"])))
            .filter_map(|finding| finding["object"].as_str().map(str::to_owned))
            .collect()
    }

    /// Asserts that nothing is called altered, missing or unexplained, though not all could be
    /// looked at.
    #[track_caller]
    fn blames_nobody(&self) {
        let blamed = self.findings().iter();
        let blamed: Vec<_> = blamed
            .filter(|finding| finding["verdict"] != "unverified")
            .collect();
        assert!(blamed.is_empty(), "{blamed:#?}");
    }

    /// How many objects of a sort have a verdict: `log_files`, `digests`.
    fn count(&self, sort: &str, verdict: &str) -> u64 {
        let chains = self.json["chains"].as_array().expect("chains").iter();
        chains
            .filter_map(|chain| chain[sort][verdict].as_u64())
            .sum()
    }

    fn notes(&self) -> String {
        self.json["notes"].to_string()
    }
}
