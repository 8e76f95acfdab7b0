//! What the command line looks like; nothing else.
//!
//! Doc comments on fields are the help texts. The first paragraph is what `-h` shows,
//! the rest what `--help` adds.

mod choices;
pub mod text;
pub mod value;
pub mod verify;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand};
use jiff::civil::Date;

use crate::rule::{Practice, Rule};

pub use choices::{
    Color, DiffFormat, ExplainFormat, FailOn, Format, ListFormat, LogLevel, SarifProfile,
    VerifyFormat, View,
};
pub use value::{Destination, Target};
pub use verify::Verify;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "trailcheck",
    version,
    about = text::ABOUT,
    long_about = text::long_about(),
    after_help = text::EXAMPLES
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Judge an account's CloudTrail set-up and report on it
    #[command(long_about = text::AUDIT, after_help = text::audit_examples(),
        after_long_help = text::audit_after_help())]
    Audit(Box<Audit>),
    /// Save what AWS answers about an account, to be judged later or elsewhere
    #[command(long_about = text::SNAPSHOT, after_help = text::SNAPSHOT_EXAMPLES)]
    Snapshot(Box<TakeSnapshot>),
    /// Prove by CloudTrail's signed digests that the delivered log files are untouched
    #[command(long_about = text::VERIFY, after_help = text::verify_examples(),
        after_long_help = text::verify_after_help())]
    Verify(Box<Verify>),
    /// Ask who can do one thing to the trail, its logs or anything else, or all tampering
    #[command(long_about = text::WHO_CAN, after_help = text::WHO_CAN_EXAMPLES)]
    WhoCan(Box<WhoCan>),
    /// Ask who may do what by policies in a file: an offline simulator of IAM
    #[command(long_about = text::SIMULATE, after_help = text::SIMULATE_EXAMPLES)]
    Simulate(Simulate),
    /// Judge a metric filter's pattern, or an EventBridge rule's, by the events it matches
    #[command(long_about = text::PATTERN, after_help = text::PATTERN_EXAMPLES)]
    Pattern(Pattern),
    /// Accept a finding, with a reason and an end, in the settings file
    #[command(long_about = text::SUPPRESS, after_help = text::SUPPRESS_EXAMPLES)]
    Suppress(Suppress),
    /// Compare two JSON reports: what is new, fixed, changed or can no longer be seen
    #[command(long_about = text::DIFF, after_help = text::DIFF_EXAMPLES)]
    Diff(Diff),
    /// List the rules, explain one, or print the IAM policy they need
    #[command(long_about = text::RULES, args_conflicts_with_subcommands = true)]
    Rules(Rules),
    /// Print a completion script for a shell
    #[command(after_help = text::COMPLETIONS_EXAMPLES)]
    Completions {
        /// The shell
        #[arg(value_name = "SHELL")]
        shell: clap_complete::Shell,
    },
    /// Print a manual page, in roff
    #[command(after_help = text::MAN_EXAMPLES)]
    Man {
        /// The subcommand whose page to print, for example `rules explain`; without it the
        /// program's own
        #[arg(value_name = "COMMAND")]
        command: Vec<String>,
    },
}

/// `trailcheck audit`.
#[derive(Debug, Args)]
pub struct Audit {
    /// What to judge.
    #[command(flatten)]
    pub source: Source,
    /// How to reach AWS.
    #[command(flatten)]
    pub connection: Connection,
    /// Which rules.
    #[command(flatten)]
    pub selection: Selection,
    /// Where the settings and the accepted findings are
    ///
    /// Without it, the nearest `trailcheck.toml` is taken, looked for in the working
    /// directory and then in each folder above it; the demo takes none. What the command
    /// line says wins: --rule and --practice take the place of the file's `[select]`,
    /// --skip-rule leaves out more, --fail-on and --regions take the place of theirs.
    /// `rules explain` tells a rule's settings. `--config /dev/null` leaves every default.
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    pub config: Option<PathBuf>,
    /// What is reported.
    #[command(flatten)]
    pub output: Output,
    /// What is said meanwhile.
    #[command(flatten)]
    pub messages: Messages,
    /// What closes the gate.
    #[command(flatten)]
    pub gate: GateFlags,
}

/// `trailcheck snapshot`.
#[derive(Debug, Args)]
pub struct TakeSnapshot {
    /// Where to save it; gzip if the name ends in `.gz`, `-` for standard output
    #[arg(short, long, value_name = "FILE", value_parser = value::destination)]
    pub output: Destination,
    /// How to reach AWS.
    #[command(flatten)]
    pub connection: Connection,
    /// Which rules.
    #[command(flatten)]
    pub selection: Selection,
    /// What is said meanwhile.
    #[command(flatten)]
    pub messages: Messages,
}

/// `trailcheck who-can`.
#[derive(Debug, Args)]
pub struct WhoCan {
    /// The IAM action, for example s3:DeleteObject
    #[arg(value_name = "ACTION", value_parser = value::action,
        required_unless_present = "tampering", conflicts_with = "tampering")]
    pub action: Option<String>,
    /// On which resource; `*` in it is any text (default: the trails' own)
    #[arg(long, value_name = "ARN", value_parser = value::resource,
        conflicts_with = "tampering")]
    pub resource: Option<String>,
    /// Everybody against every action that tampers with trails
    #[arg(long)]
    pub tampering: bool,
    /// Show those who cannot, too, and what keeps them from it
    #[arg(long)]
    pub all: bool,
    /// The answer's format
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: ListFormat,
    /// Write the answer to a file and nothing to standard output
    #[arg(short, long, value_name = "FILE", value_parser = value::destination)]
    pub output: Option<Destination>,
    /// Ask about the embedded demo account: no network, no credentials, no configuration
    #[arg(long, conflicts_with = "snapshot", conflicts_with_all = CONNECTION,
        help_heading = "Source")]
    pub demo: bool,
    /// Ask about a saved snapshot, plain or gzip; `-` for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = CONNECTION, help_heading = "Source")]
    pub snapshot: Option<PathBuf>,
    /// How to reach AWS.
    #[command(flatten)]
    pub connection: Connection,
    /// What is said meanwhile.
    #[command(flatten)]
    pub messages: Messages,
}

/// `trailcheck pattern`.
#[derive(Debug, Args)]
pub struct Pattern {
    /// The pattern; behind `--` if it begins with `-`
    #[arg(
        value_name = "PATTERN",
        required_unless_present = "covering",
        conflicts_with = "covering"
    )]
    pub pattern: Option<String>,
    /// It is a pattern of EventBridge, not of a metric filter
    #[arg(long)]
    pub event_pattern: bool,
    /// Say which events of a CloudTrail log file match, plain or gzip; `-` for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "covering")]
    pub events: Option<PathBuf>,
    /// Print a pattern that covers this rule, for example alarm-root-usage
    #[arg(long = "for", value_name = "RULE")]
    pub covering: Option<String>,
    /// The answer's format
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "table",
        conflicts_with = "covering"
    )]
    pub format: ListFormat,
}

/// `trailcheck simulate`.
#[derive(Debug, Args)]
pub struct Simulate {
    /// The account and the questions, JSON in the shapes of AWS's APIs; `-` for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The answers' format
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: ListFormat,
}

/// What to judge, when it is not the account behind the credentials.
#[derive(Debug, Args)]
#[command(next_help_heading = "Source")]
pub struct Source {
    /// Judge the embedded demo account: no network, no credentials, no configuration
    ///
    /// The demo is an exhibit, not a gate: it ends with exit code 0 unless --fail-on is
    /// given.
    #[arg(long, conflicts_with = "snapshot", conflicts_with_all = CONNECTION)]
    pub demo: bool,
    /// Judge a saved snapshot, plain or gzip; `-` for standard input
    ///
    /// `trailcheck snapshot` makes such files. They are judged as of the time they were
    /// taken, without network, credentials or clock.
    #[arg(long, value_name = "FILE", conflicts_with_all = CONNECTION)]
    pub snapshot: Option<PathBuf>,
}

/// The arguments of [`Connection`], none of which goes with a source that needs no
/// connection. (Were they a group, clap would name them all in its error, not the culprit.)
const CONNECTION: [&str; 9] = [
    "profile",
    "region",
    "endpoint_url",
    "allow_http",
    "role_arn",
    "external_id",
    "call_timeout",
    "regions",
    "timeout",
];

/// How to reach AWS, and what to audit there.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "AWS connection")]
pub struct Connection {
    /// How to reach it.
    #[command(flatten)]
    pub access: Access,
    /// The Regions to audit (default: every Region enabled in the account)
    #[arg(long, value_name = "REGION", value_delimiter = ',',
        value_parser = NonEmptyStringValueParser::new())]
    pub regions: Vec<String>,
    /// The longest collecting may take; what is not read by then is reported as unknown
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = value::duration)]
    pub timeout: Duration,
}

/// How to reach AWS.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "AWS connection")]
pub struct Access {
    /// The profile of ~/.aws/config to use
    ///
    /// Profiles that ask for an MFA code (`mfa_serial`) are not supported by the AWS SDK
    /// for Rust. For those, hand the session over: `eval "$(aws configure
    /// export-credentials --profile NAME --format env)"`, or set that command as the
    /// profile's `credential_process`.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub profile: Option<String>,
    /// The Region of the first calls (default: the profile's, or AWS_REGION)
    #[arg(long, value_name = "REGION", value_parser = NonEmptyStringValueParser::new())]
    pub region: Option<String>,
    /// One endpoint for every service, in place of AWS's own
    #[arg(long, value_name = "URL", value_parser = NonEmptyStringValueParser::new())]
    pub endpoint_url: Option<String>,
    /// Accept a plain-http endpoint that is not on this machine
    #[arg(long)]
    pub allow_http: bool,
    /// A role to assume first, for example the auditor's role in another account
    #[arg(long, value_name = "ARN", value_parser = NonEmptyStringValueParser::new())]
    pub role_arn: Option<String>,
    /// The external id that the role's trust policy asks for
    #[arg(long, value_name = "ID", requires = "role_arn",
        value_parser = NonEmptyStringValueParser::new())]
    pub external_id: Option<String>,
    /// The longest one call may take, retries included; at most a quarter of --timeout
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = value::duration)]
    pub call_timeout: Duration,
}

/// Which rules run.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Rules")]
pub struct Selection {
    /// Run this rule; repeatable, or comma-separated (`trailcheck rules` lists the ids)
    ///
    /// Together with --practice: these rules and those practices.
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = value::RuleParser,
        hide_possible_values = true)]
    pub rule: Vec<&'static Rule>,
    /// Leave this rule out; repeatable, or comma-separated
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = value::RuleParser,
        hide_possible_values = true)]
    pub skip_rule: Vec<&'static Rule>,
    /// Run the rules of this practice; repeatable, or comma-separated
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = value::practice())]
    pub practice: Vec<Practice>,
    /// Run the rules that read the event history, too: who weakened a trail in the last 90 days
    ///
    /// They are off unless this flag or --rule asks for them: AWS answers two such calls a
    /// second in each Region, 50 events at a time, so that a busy account takes minutes. A
    /// saved snapshot has the history only if it was taken with this flag.
    #[arg(long)]
    pub history: bool,
}

/// What is reported, how, and where to.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct Output {
    /// The report's format (default: table)
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Write the report to a file and nothing to standard output
    ///
    /// The file is replaced whole or not at all, readable by its owner only; a symbolic
    /// link is refused.
    #[arg(short, long, value_name = "FILE", value_parser = value::destination)]
    pub output: Option<Destination>,
    /// One more report, for example sarif=trail.sarif; repeatable, `-` for standard output
    ///
    /// A report on standard output takes the place of the table.
    #[arg(long, value_name = "FORMAT=FILE", value_parser = value::target)]
    pub report: Vec<Target>,
    /// Another view of the table: the columns of Trusted Advisor's CloudTrail check
    #[arg(long, value_name = "VIEW")]
    pub view: Option<View>,
    /// Below the table, explain every flagged rule in full, not only how to mend it
    #[arg(long, overrides_with = "no_details")]
    pub details: bool,
    /// Leave the commands that mend each flagged rule out
    #[arg(long, overrides_with = "details")]
    pub no_details: bool,
    /// Show passes and rules that do not apply too, not only what is flagged
    #[arg(short, long)]
    pub verbose: bool,
    /// When to colour the table
    ///
    /// `auto` heeds NO_COLOR and CLICOLOR_FORCE, and colours nothing in a pipe or a file.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// What the SARIF report holds: what GitHub code scanning wants, or every finding
    /// (default: github)
    #[arg(long, value_name = "PROFILE")]
    pub sarif_profile: Option<SarifProfile>,
    /// A file of your repository that every SARIF result and GitHub annotation points at
    #[arg(long, value_name = "FILE", value_parser = value::anchor, visible_alias = "sarif-anchor")]
    pub anchor: Option<String>,
}

/// What is said on standard error while the program works.
#[derive(Debug, Args)]
#[command(next_help_heading = "Messages")]
pub struct Messages {
    /// Show no progress
    #[arg(short, long)]
    pub quiet: bool,
    /// Count the requests to AWS, and print the figures on standard error at the end
    ///
    /// Per service: the requests, how many of them were retries, how many were answered
    /// with an HTTP error, and how many not at all. Not every error is a failure: S3 says
    /// of a bucket without a policy that the policy is not found. The slowest call includes
    /// its retries.
    #[arg(long)]
    pub stats: bool,
    /// Log each call to AWS on standard error; never a credential
    #[arg(long, value_name = "LEVEL")]
    pub log: Option<LogLevel>,
}

/// What the exit code tells.
#[derive(Debug, Args)]
#[command(next_help_heading = "Gate")]
pub struct GateFlags {
    /// The lowest severity that fails the run (default: high; with --demo: never)
    #[arg(long, value_name = "SEVERITY", value_parser = value::fail_on())]
    pub fail_on: Option<FailOn>,
    /// Do not fail the run over what could not be checked
    #[arg(long)]
    pub allow_unknown: bool,
    /// Fail the run only over what is new or worse than in this former JSON report
    ///
    /// A finding is known if the report has it as a fail that weighs as much or more, or if
    /// it could not be checked then either. A fail of the report that can no longer be
    /// checked is worse, and so is an unknown that turns out to be a fail. What was accepted
    /// by `[[suppress]]` then is new once that entry ends. `-` for standard input.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
}

/// `trailcheck suppress`.
#[derive(Debug, Args)]
pub struct Suppress {
    /// The finding's fingerprint; with a report, a snapshot or the demo its first 8 digits do
    #[arg(value_name = "FINGERPRINT", value_parser = value::fingerprint)]
    pub fingerprint: String,
    /// Why the finding is accepted
    #[arg(long, value_name = "TEXT", value_parser = value::something)]
    pub reason: String,
    /// The last day it is, in UTC, such as 2027-01-31
    #[arg(long, value_name = "DATE", value_parser = value::date)]
    pub until: Option<Date>,
    /// Who answers for it
    #[arg(long, value_name = "NAME", value_parser = value::something)]
    pub owner: Option<String>,
    /// The file to add it to (default: the nearest trailcheck.toml, or a new one here)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Look the fingerprint up in this JSON report; `-` for standard input
    #[arg(long, value_name = "FILE", group = "in", help_heading = "Source")]
    pub report: Option<PathBuf>,
    /// Look the fingerprint up in what a saved snapshot is judged to be; `-` for standard input
    #[arg(long, value_name = "FILE", group = "in", help_heading = "Source")]
    pub snapshot: Option<PathBuf>,
    /// Look the fingerprint up in the embedded demo account
    #[arg(long, group = "in", help_heading = "Source")]
    pub demo: bool,
}

/// `trailcheck diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// The earlier JSON report; `-` for standard input
    #[arg(value_name = "A")]
    pub before: PathBuf,
    /// The later one
    #[arg(value_name = "B")]
    pub after: PathBuf,
    /// The comparison's format
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: DiffFormat,
    /// Write it to a file and nothing to standard output
    #[arg(short, long, value_name = "FILE", value_parser = value::destination)]
    pub output: Option<Destination>,
}

/// `trailcheck rules`.
#[derive(Debug, Args)]
pub struct Rules {
    /// Without a subcommand the rules are listed.
    #[command(subcommand)]
    pub command: Option<RulesCommand>,
    /// Which rules.
    #[command(flatten)]
    pub selection: Selection,
    /// The list's format
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: ListFormat,
}

/// The subcommands of `trailcheck rules`.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Explain a rule: why it matters, when it fails, how to mend it
    Explain {
        /// The rule's id
        #[arg(value_name = "ID", value_parser = value::RuleParser, hide_possible_values = true)]
        rule: &'static Rule,
        /// The explanation's format
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: ExplainFormat,
    },
    /// Print the least-privilege IAM policy that the rules need
    #[command(long_about = text::PERMISSIONS)]
    Permissions {
        /// Which rules.
        #[command(flatten)]
        selection: Selection,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_connection_flag_is_forgotten_beside_an_offline_source() {
        let command = Connection::augment_args(clap::Command::new("connection"));
        let flags: Vec<&str> = command
            .get_arguments()
            .map(|arg| arg.get_id().as_str())
            .collect();
        assert_eq!(flags, CONNECTION);
    }

    #[test]
    fn every_flag_and_command_has_a_help_text() {
        fn check(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for arg in command.get_arguments() {
                assert!(
                    arg.get_help().is_some(),
                    "{} {}",
                    command.get_name(),
                    arg.get_id()
                );
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }
}
