//! The commands that the report recommends, run: what fails is mended by pasting them.
//!
//! Each case breaks the good account on moto with a few AWS CLI commands, audits it, takes
//! the commands from the report as a reader would, runs them with the real AWS CLI, and
//! audits again. Where the report says in a comment what to edit, or leaves a name in
//! capitals to fill in, the case does that and nothing else.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use tempfile::TempDir;
use trailcheck::rules::catalogue;

use super::accounts::{TWO_REGIONS, complete};
use super::environment;
use super::good::Good;
use super::relay::Relay;
use super::run::{Report, Trailcheck, text};

mod cases;

/// A rule, how to break it, and what a reader of its commands has to do himself.
struct Case {
    rule: &'static str,
    /// Shell commands that break the good account; `$BUCKET`, `$TRAIL`, `$KEY`, `$ACCOUNT`,
    /// `$LOG_GROUP` and `$TOPIC` are its parts.
    broken_by: &'static str,
    /// What to put in the place of the names in capitals.
    fills: &'static [(&'static str, &'static str)],
    /// Shell commands that edit a file which the commands fetched, run where the comments
    /// stand, that is before the last command; empty if there is nothing to edit.
    edit: &'static str,
}

/// The account that a case works on.
struct Bench {
    good: Good,
    home: TempDir,
}

impl Bench {
    fn new() -> Self {
        let home = tempfile::tempdir_in(environment::scratch()).expect("a folder");
        Bench {
            good: Good::on_moto(),
            home,
        }
    }

    /// Runs shell commands as the account's administrator, whose `aws` is the AWS CLI.
    fn run(&self, rule: &str, script: &str) -> Result<(), String> {
        let (account, good) = (&self.good.account, &self.good);
        let tools = environment::tool("aws");
        let tools = tools.parent().expect("a folder").display().to_string();
        let path = std::env::var("PATH").unwrap_or_default();
        let topic = format!("arn:aws:sns:us-east-1:{}:trail", account.id);
        let output = Command::new("bash")
            .args([
                "-euo",
                "pipefail",
                "-c",
                &format!("{}{script}", cases::PRELUDE),
            ])
            .env_clear()
            .env("PATH", format!("{tools}:{path}"))
            .env("HOME", self.home.path())
            .current_dir(self.home.path())
            .stdin(Stdio::null())
            .env("AWS_ENDPOINT_URL", account.endpoint())
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_PAGER", "")
            .env("AWS_ACCESS_KEY_ID", &account.access_key)
            .env("AWS_SECRET_ACCESS_KEY", &account.secret_key)
            .env(
                "AWS_SESSION_TOKEN",
                account.session_token.as_deref().unwrap_or_default(),
            )
            .envs([
                ("BUCKET", good.bucket()),
                ("ACCESS_LOGS", good.access_log_bucket()),
                ("TRAIL", good.trail_arn()),
                ("KEY", good.key.clone()),
                ("ACCOUNT", account.id.clone()),
                ("LOG_GROUP", good.log_group()),
                ("TOPIC", topic),
                ("RULE", rule.to_owned()),
            ])
            .output()
            .expect("bash starts");
        let said = [&output.stdout[..], &output.stderr].concat();
        match output.status.success() {
            true => Ok(()),
            false => Err(format!("{script}\n{}", String::from_utf8_lossy(&said))),
        }
    }

    fn audit(&self, rule: &str) -> Report {
        let args = [TWO_REGIONS, &["--rule", rule]].concat();
        let account = &self.good.account;
        if !rule.starts_with("alarm-") {
            return Trailcheck::on(account).audit(&args);
        }
        // moto does not tell that events reach the log group, without which no alarm can fire.
        let relay = Relay::start(Some(account.port()), complete());
        Trailcheck::through(&relay.url(), account).audit(&args)
    }

    /// The commands that the table recommends for the rule.
    fn recommended(&self, rule: &str) -> String {
        let args = [&["audit", "--rule", rule][..], TWO_REGIONS].concat();
        let run = Trailcheck::on(&self.good.account).args(args).run();
        let heading = format!("  {rule}   Recommended action\n");
        let (_, block) = run.stdout.split_once(&heading).expect("a recommendation");
        let lines = block.lines().map_while(|line| line.strip_prefix("    "));
        let commands = lines.take_while(|line| !line.starts_with("More: "));
        commands.map(|line| format!("{line}\n")).collect()
    }
}

impl Case {
    fn mends(&self) -> Result<(), String> {
        let bench = Bench::new();
        let run = |what: &str, script: &str| {
            let result = bench.run(self.rule, script);
            result.map_err(|why| format!("{}: {what}:\n{why}", self.rule))
        };
        run("cannot be broken", self.broken_by)?;
        let before = bench.audit(self.rule);
        self.demand(&before, "is not broken", |statuses| {
            statuses.contains("fail")
        })?;
        let commands = self.filled_in(&bench.recommended(self.rule));
        run("the recommended commands fail", &commands)?;
        let after = bench.audit(self.rule);
        let mended = |statuses: &BTreeSet<String>| statuses.iter().all(|status| status == "pass");
        self.demand(&after, &format!("is not mended by\n{commands}"), mended)
    }

    fn demand(
        &self,
        report: &Report,
        otherwise: &str,
        holds: impl Fn(&BTreeSet<String>) -> bool,
    ) -> Result<(), String> {
        let findings = report.of_rule(self.rule);
        let statuses = findings.iter().map(|one| text(one, "status")).collect();
        match holds(&statuses) {
            true => Ok(()),
            false => Err(format!("{} {otherwise}: {findings:#?}", self.rule)),
        }
    }

    /// The commands with the capitals filled in, and the editing done before the last one.
    fn filled_in(&self, commands: &str) -> String {
        let mut commands = commands.to_owned();
        for (capitals, value) in self.fills {
            assert!(commands.contains(capitals), "no {capitals} in\n{commands}");
            commands = commands.replace(capitals, value);
        }
        if self.edit.is_empty() {
            return commands;
        }
        let lines: Vec<&str> = commands.lines().collect();
        let last = lines.iter().rposition(|line| line.starts_with('#'));
        let (before, after) = lines.split_at(last.expect("a comment says what to edit") + 1);
        format!(
            "{}\n{}\n{}\n",
            before.join("\n"),
            self.edit,
            after.join("\n")
        )
    }
}

#[test]
fn every_recommended_command_is_run_or_it_is_said_why_not() {
    let run = cases::ALL.iter().map(|case| case.rule);
    let left_out = cases::LEFT_OUT.iter().map(|(rule, _)| *rule);
    let accounted: Vec<&str> = run.chain(left_out).collect();
    let distinct: BTreeSet<&str> = accounted.iter().copied().collect();
    assert_eq!(distinct.len(), accounted.len(), "a rule is there twice");
    let catalogue: BTreeSet<&str> = catalogue().iter().map(|rule| rule.id).collect();
    assert_eq!(distinct, catalogue);
}

/// The cases of one part, so that parts run side by side.
fn mend_part(part: usize, of: usize) {
    let cases = cases::ALL.iter().skip(part).step_by(of);
    let faults: Vec<String> = cases.filter_map(|case| case.mends().err()).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn the_first_part_of_the_rules_fails_is_mended_as_recommended_and_passes() {
    mend_part(0, 4);
}

#[test]
fn the_second_part_of_the_rules_fails_is_mended_as_recommended_and_passes() {
    mend_part(1, 4);
}

#[test]
fn the_third_part_of_the_rules_fails_is_mended_as_recommended_and_passes() {
    mend_part(2, 4);
}

#[test]
fn the_fourth_part_of_the_rules_fails_is_mended_as_recommended_and_passes() {
    mend_part(3, 4);
}
