//! Runs the real binary in an environment that holds nothing but what a test puts there.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use trailcheck::pattern::control;

use super::account::{Account, HOME};

/// One run of trailcheck, being prepared.
pub(super) struct Trailcheck {
    command: Command,
    home: TempDir,
}

/// What a run came to.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
    /// Keeps the run's home folder for as long as its result.
    _home: TempDir,
}

impl Trailcheck {
    /// No credentials, no Region, no profile, no instance metadata.
    pub(super) fn bare() -> Self {
        let home = tempfile::tempdir_in(super::environment::scratch()).expect("a folder");
        let mut command = Command::new(env!("CARGO_BIN_EXE_trailcheck"));
        command
            .env_clear()
            .env("HOME", home.path())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .current_dir(home.path())
            .stdin(Stdio::null());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        Trailcheck { command, home }
    }

    /// As that account, on its own server.
    pub(super) fn on(account: &Account) -> Self {
        Trailcheck::through(&account.endpoint(), account)
    }

    /// As that account, by way of another endpoint.
    pub(super) fn through(endpoint: &str, account: &Account) -> Self {
        let run = Trailcheck::bare()
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_REGION", HOME)
            .env("AWS_ACCESS_KEY_ID", &account.access_key)
            .env("AWS_SECRET_ACCESS_KEY", &account.secret_key)
            // What an emulator lacks it answers with 500, which the SDK would retry.
            .env("AWS_MAX_ATTEMPTS", "1");
        match &account.session_token {
            Some(token) => run.env("AWS_SESSION_TOKEN", token),
            None => run,
        }
    }

    pub(super) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(super) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    /// The home folder of the run, which is where it runs, too.
    pub(super) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(super) fn run(mut self) -> Run {
        let output = self.command.output().expect("the binary starts");
        Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8 on standard output"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8 on standard error"),
            _home: self.home,
        }
    }

    /// `audit --format json` with these arguments, which must print a report.
    pub(super) fn audit(self, args: &[&str]) -> Report {
        let run = self.args(["audit", "--format", "json"]).args(args).run();
        Report::of(&run)
    }

    /// Starts it without waiting.
    pub(super) fn spawn(mut self) -> (Child, TempDir) {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        (self.command.spawn().expect("the binary starts"), self.home)
    }
}

/// Presses Ctrl-C as soon as the work is under way: the run ends with 130, says that it was
/// interrupted, and leaves nothing in the folder. Gives what it said.
pub(super) fn interrupt(mut child: Child, folder: &Path, under_way: impl Fn() -> bool) -> String {
    while !under_way() {
        let ended = child.try_wait().expect("a status");
        assert!(ended.is_none(), "it ended too early: {ended:?}");
        std::thread::yield_now();
    }
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.is_ok_and(|status| status.success()));
    let ended = child.wait_with_output().expect("an end");
    assert_eq!(ended.status.code(), Some(130), "{ended:?}");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(said.contains("interrupted"), "{said}");
    assert!(ended.stdout.is_empty());
    let left: Vec<_> = folder.read_dir().expect("a folder").collect();
    assert!(left.is_empty(), "{left:?}");
    said
}

impl Run {
    /// Asserts the exit code, with everything the run said where it is another.
    pub(super) fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "standard error:\n{}\nstandard output:\n{}",
            self.stderr,
            self.stdout
        );
        self
    }

    /// Asserts that all the run said is one error on one line of standard error, and
    /// gives that line.
    pub(super) fn one_sentence(&self) -> &str {
        assert_eq!(self.stdout, "", "nothing is reported");
        let said = self.stderr.trim_end();
        assert!(said.starts_with("error: "), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(!said.contains("Error {"), "a debug rendering: {said}");
        said
    }
}

/// A JSON report and the exit code that came with it.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) code: Option<i32>,
    pub(super) json: Value,
}

impl Report {
    pub(super) fn of(run: &Run) -> Self {
        let json = serde_json::from_str(&run.stdout).unwrap_or_else(|error| {
            panic!(
                "no JSON report ({error}), exit {:?}\n{}\n{}",
                run.code, run.stderr, run.stdout
            )
        });
        Report {
            code: run.code,
            json,
        }
    }

    pub(super) fn findings(&self) -> &[Value] {
        self.json["findings"].as_array().expect("findings")
    }

    pub(super) fn outcome(&self) -> &str {
        self.json["summary"]["outcome"].as_str().expect("outcome")
    }

    /// The findings of a rule.
    pub(super) fn of_rule(&self, rule: &str) -> Vec<&Value> {
        let found: Vec<_> = self
            .findings()
            .iter()
            .filter(|finding| finding["rule"] == rule)
            .collect();
        assert!(!found.is_empty(), "no finding of {rule}");
        found
    }

    /// The one finding of a rule.
    pub(super) fn the(&self, rule: &str) -> &Value {
        match self.of_rule(rule).as_slice() {
            [finding] => finding,
            more => panic!("{} findings of {rule}: {more:#?}", more.len()),
        }
    }

    /// Each rule's statuses, sorted and without repetition: `fail, pass`.
    pub(super) fn by_rule(&self) -> BTreeMap<String, String> {
        let mut statuses: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for finding in self.findings() {
            let entry = statuses.entry(text(finding, "rule")).or_default();
            entry.push(finding["status"].as_str().expect("a status"));
        }
        let join = |mut list: Vec<&str>| {
            list.sort_unstable();
            list.dedup();
            list.join(", ")
        };
        statuses
            .into_iter()
            .map(|(rule, list)| (rule, join(list)))
            .collect()
    }

    /// The status of every finding by rule, Region and resource, in words that are the
    /// same for every account: its id and random key ids are blotted out.
    pub(super) fn statuses(&self) -> BTreeMap<String, String> {
        let account = self.json["scope"]["accounts"][0]["id"]
            .as_str()
            .expect("an id");
        self.findings()
            .iter()
            .map(|finding| {
                let resource = text(finding, "resource");
                let place = short(&resource).replace(account, "ACCOUNT");
                let about = format!(
                    "{} {} {place}",
                    text(finding, "rule"),
                    text(finding, "region")
                );
                (about, text(finding, "status"))
            })
            .collect()
    }

    /// Every finding whose status is another one here than in `before`, as one line:
    /// `log-file-validation us-east-1 trail/audit: pass -> fail`. A finding that is not
    /// there at all is `absent`. One about a bucket of which it is not known any more in
    /// which Region it is counts as the same.
    pub(super) fn changes_from(&self, before: &Report) -> Vec<String> {
        let (before, mut after) = (before.statuses(), self.statuses());
        for about in before.keys() {
            if let Some(nowhere) = in_no_region(about).filter(|key| !before.contains_key(key))
                && !after.contains_key(about)
                && let Some(status) = after.remove(&nowhere)
            {
                after.insert(about.clone(), status);
            }
        }
        let mut about: Vec<&String> = before.keys().chain(after.keys()).collect();
        about.sort_unstable();
        about.dedup();
        let status = |map: &BTreeMap<String, String>, key: &String| {
            map.get(key).cloned().unwrap_or_else(|| "absent".to_owned())
        };
        about
            .into_iter()
            .map(|key| (key, status(&before, key), status(&after, key)))
            .filter(|(_, was, is)| was != is)
            .map(|(key, was, is)| format!("{key}: {was} -> {is}"))
            .collect()
    }
}

/// What a finding about a bucket is called that is in no known Region.
fn in_no_region(about: &str) -> Option<String> {
    let (rule, place) = about.split_once(' ')?;
    let (_, resource) = place.split_once(' ')?;
    let is_bucket = resource.starts_with("logs-");
    is_bucket.then(|| format!("{rule} global {resource}"))
}

/// Asserts that exactly these findings differ.
#[track_caller]
pub(super) fn assert_changes(before: &Report, after: &Report, expected: &[&str]) {
    let mut expected: Vec<String> = expected.iter().flat_map(|change| each(change)).collect();
    expected.sort_unstable();
    let found = after.changes_from(before);
    assert_eq!(found, expected, "changed findings:\n{}", found.join("\n"));
}

/// A change of `alarm-*` is one of every rule that asks for an alarm on events.
fn each(change: &str) -> Vec<String> {
    let controls = control::table().controls().iter();
    match change.strip_prefix("alarm-*") {
        Some(rest) => controls
            .map(|control| format!("{}{rest}", control.rule))
            .collect(),
        None => vec![change.to_owned()],
    }
}

/// Whether the gap is there because it takes the feature `full` to ask.
pub(super) fn is_of_a_larger_build(gap: &Value) -> bool {
    let action = text(gap, "action");
    let companion = action.starts_with("guardduty:") || action.starts_with("securityhub:");
    companion && gap["kind"] == "unsupported"
}

/// A text member of a finding.
pub(super) fn text(finding: &Value, member: &str) -> String {
    finding[member].as_str().unwrap_or_default().to_owned()
}

/// The part of an ARN that tells a reader which resource it is.
fn short(arn: &str) -> String {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    match resource.strip_prefix("key/") {
        Some(_) => "key/KEY".to_owned(),
        None => resource.to_owned(),
    }
}
