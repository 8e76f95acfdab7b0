//! What a rule is made of, and what it may say.

mod regions;

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::config::Settings;
use crate::snapshot::{
    Account, Action, Bucket, DataStore, Existence, Gap, Key, LogGroup, Observed, Topic, Trail,
};

pub use regions::{in_covered_regions, listed, said, worst_region};

/// One recommended practice, as something that can be checked. A rule's id is a
/// kebab-case noun of the *good* state, and the name of its file.
#[derive(Debug)]
pub struct Rule {
    /// Kebab-case id, for example `log-file-validation`.
    pub id: &'static str,
    /// One line: the good state.
    pub title: &'static str,
    /// What a fail weighs unless the verdict says otherwise.
    pub severity: Severity,
    /// The highest severity a fail can reach, which is what an `unknown` weighs: were it
    /// less, taking evidence away could open the gate.
    pub worst: Severity,
    /// The section of the report it belongs to.
    pub practice: Practice,
    /// Trusted Advisor's "Description": what is checked, why it matters, which attack or
    /// failure it guards against.
    pub description: &'static str,
    /// Trusted Advisor's "Alert criteria": exactly when it fails, is unknown, or does not apply.
    pub criteria: &'static str,
    /// Trusted Advisor's "Recommended action", in prose.
    pub action: &'static str,
    /// Trusted Advisor's "Additional resources": links, AWS documentation first.
    pub resources: &'static [&'static str],
    /// The clauses of outside standards that it speaks to.
    pub controls: &'static [Control],
    /// The calls it needs beyond [`Action::ALWAYS`] and what its grain needs; see
    /// [`Rule::actions`].
    pub reads: &'static [Action],
    /// How to mend it.
    pub remedies: Remedies,
    /// What one finding is about, and the function that judges it.
    pub check: Check,
}

impl Rule {
    /// Every call this rule needs, without those that are always made, sorted.
    pub fn actions(&self) -> BTreeSet<Action> {
        self.reads
            .iter()
            .chain(self.check.reads())
            .copied()
            .collect()
    }

    /// Whether it runs only when it is asked for by name or with `--history`: what reads
    /// the event history takes minutes, as AWS answers two such calls a second.
    pub fn on_request(&self) -> bool {
        self.reads.contains(&Action::LookupEvents)
    }
}

/// The fix in three languages. Placeholders in braces (`{trail}`, `{region}`,
/// `{bucket}`, `{account}`, `{partition}`, `{arn}`, or any evidence entry's name) are
/// filled in from the finding, quoted for a shell.
#[derive(Debug)]
pub struct Remedies {
    /// AWS CLI commands, one per line.
    pub cli: &'static str,
    /// Terraform.
    pub terraform: &'static str,
    /// CloudFormation (YAML).
    pub cloudformation: &'static str,
}

/// A clause of an outside standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Control {
    /// For example `CIS AWS Foundations`, `AWS Security Hub`, `AWS Config`.
    pub framework: &'static str,
    /// The framework's version; empty where it has none.
    pub version: &'static str,
    /// The clause, for example `3.2` or `CloudTrail.4`.
    pub id: &'static str,
}

impl Control {
    /// A recommendation of the CIS AWS Foundations Benchmark of that version.
    pub const fn cis(version: &'static str, id: &'static str) -> Self {
        Control {
            framework: "CIS AWS Foundations",
            version,
            id,
        }
    }

    /// A control of AWS Security Hub.
    pub const fn security_hub(id: &'static str) -> Self {
        Control {
            framework: "AWS Security Hub",
            version: "",
            id,
        }
    }

    /// An AWS Config managed rule.
    pub const fn config(id: &'static str) -> Self {
        Control {
            framework: "AWS Config",
            version: "",
            id,
        }
    }

    /// A best practice of the AWS Well-Architected Security pillar.
    pub const fn well_architected(id: &'static str) -> Self {
        Control {
            framework: "AWS Well-Architected",
            version: "",
            id,
        }
    }

    /// AWS's page "Security best practices in AWS CloudTrail"; `id` is `detective` or `preventive`.
    pub const fn cloudtrail_practices(id: &'static str) -> Self {
        Control {
            framework: "AWS CloudTrail security best practices",
            version: "",
            id,
        }
    }
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.framework)?;
        if !self.version.is_empty() {
            write!(f, " {}", self.version)?;
        }
        write!(f, " {}", self.id)
    }
}

/// The grain of a rule: what one finding is about. The engine iterates over the
/// subjects and attaches ARN and Region; the function judges one of them.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// The account as a whole.
    Account(fn(&Context<'_>) -> Judgement),
    /// Each audited Region.
    Region(fn(&Context<'_>, &str) -> Judgement),
    /// Each trail, once, at its home Region.
    Trail(fn(&Context<'_>, &Trail) -> Judgement),
    /// Each distinct log bucket.
    Bucket(fn(&Context<'_>, &Bucket) -> Judgement),
    /// Each distinct key of a trail.
    Key(fn(&Context<'_>, &Key) -> Judgement),
    /// Each distinct log group of a trail.
    LogGroup(fn(&Context<'_>, &LogGroup) -> Judgement),
    /// Each distinct SNS topic of a trail.
    Topic(fn(&Context<'_>, &Topic) -> Judgement),
    /// Each event data store.
    DataStore(fn(&Context<'_>, &DataStore) -> Judgement),
}

impl Check {
    /// The grain's name as `trailcheck rules` shows it.
    pub fn grain(&self) -> &'static str {
        match self {
            Check::Account(_) => "account",
            Check::Region(_) => "region",
            Check::Trail(_) => "trail",
            Check::Bucket(_) => "bucket",
            Check::Key(_) => "key",
            Check::LogGroup(_) => "log-group",
            Check::Topic(_) => "topic",
            Check::DataStore(_) => "data-store",
        }
    }

    /// The calls that the grain itself needs: whether a bucket is there, and in which
    /// Region its finding belongs.
    fn reads(&self) -> &'static [Action] {
        match self {
            Check::Bucket(_) => &[Action::HeadBucket, Action::GetBucketLocation],
            Check::DataStore(_) => &[Action::ListEventDataStores],
            _ => &[],
        }
    }
}

/// What a rule sees beside its subject.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// When the snapshot was taken; rules have no other clock.
    pub now: Timestamp,
    /// The account being judged.
    pub account: &'a Account,
    /// Per-rule settings.
    pub settings: &'a Settings,
}

/// A rule's word on one subject. A missing fact ends it as `Err(Gap)`, which the engine
/// turns into an `unknown` finding; `?` on [`crate::snapshot::Observed::known`] does that.
pub type Judgement = Result<Verdict, Gap>;

/// Pass, fail or not applicable, with one sentence that names the observed value.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Which of the three.
    pub ruling: Ruling,
    /// One sentence without a final full stop, in lower case, with the observed value.
    pub message: String,
    /// The observed values that decided.
    pub evidence: Map<String, Value>,
    /// For a fail that weighs other than the rule's default.
    pub severity: Option<Severity>,
}

/// Pass, fail or not applicable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// The good state was seen.
    Pass,
    /// The bad state was seen.
    Fail,
    /// The question does not arise; the message says why.
    NotApplicable,
}

impl Verdict {
    /// The good state was seen.
    pub fn pass(message: impl Into<String>) -> Self {
        Verdict::new(Ruling::Pass, message)
    }

    /// The bad state was seen.
    pub fn fail(message: impl Into<String>) -> Self {
        Verdict::new(Ruling::Fail, message)
    }

    /// The question does not arise, because of `reason`.
    pub fn not_applicable(reason: impl Into<String>) -> Self {
        Verdict::new(Ruling::NotApplicable, reason)
    }

    fn new(ruling: Ruling, message: impl Into<String>) -> Self {
        Verdict {
            ruling,
            message: message.into(),
            evidence: Map::new(),
            severity: None,
        }
    }

    /// Adds an observed value to the evidence; names are in `snake_case`.
    #[must_use]
    pub fn evidence(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.evidence.insert(name.to_owned(), value.into());
        self
    }

    /// Makes a fail weigh `severity` instead of the rule's default.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }
}

/// How much a fail weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Good to have.
    Low,
    /// A weakness that needs another to hurt.
    Medium,
    /// The trail cannot be relied on.
    High,
    /// There is no trail, or anybody can reach it.
    Critical,
}

impl Severity {
    /// All, the heaviest first.
    pub const ALL: &'static [Severity] = &[
        Severity::Critical,
        Severity::High,
        Severity::Medium,
        Severity::Low,
    ];

    /// The severity as flags and reports spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The recommended practices: the sections of the report and the folders of `rules/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Practice {
    /// Trails in all Regions, recording what matters.
    Coverage,
    /// Log file integrity validation.
    Integrity,
    /// One aggregated bucket.
    Aggregation,
    /// A restricted log bucket and key.
    Access,
    /// Logs that cannot be deleted.
    MfaDelete,
    /// CloudWatch Logs integration.
    Monitoring,
    /// Notifications about delivered log files.
    Notification,
    /// AWS Config records the trails.
    Config,
    /// Who can turn the trail off.
    TamperResistance,
    /// Event data stores of CloudTrail Lake.
    Lake,
    /// Services that watch beside CloudTrail, and tags.
    Companions,
}

impl Practice {
    /// All practices in the order of the report.
    pub const ALL: &'static [Practice] = &[
        Practice::Coverage,
        Practice::Integrity,
        Practice::Aggregation,
        Practice::Access,
        Practice::MfaDelete,
        Practice::Monitoring,
        Practice::Notification,
        Practice::Config,
        Practice::TamperResistance,
        Practice::Lake,
        Practice::Companions,
    ];

    /// The practice as `--practice` and JSON spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Practice::Coverage => "coverage",
            Practice::Integrity => "integrity",
            Practice::Aggregation => "aggregation",
            Practice::Access => "access",
            Practice::MfaDelete => "mfa-delete",
            Practice::Monitoring => "monitoring",
            Practice::Notification => "notification",
            Practice::Config => "config",
            Practice::TamperResistance => "tamper-resistance",
            Practice::Lake => "lake",
            Practice::Companions => "companions",
        }
    }

    /// The practice as the report's table heads it.
    pub fn title(self) -> &'static str {
        match self {
            Practice::Coverage => "Trails cover everything",
            Practice::Integrity => "Log file integrity",
            Practice::Aggregation => "One aggregated bucket",
            Practice::Access => "Restricted log bucket",
            Practice::MfaDelete => "Logs cannot be deleted",
            Practice::Monitoring => "CloudWatch and alarms",
            Practice::Notification => "Notifications",
            Practice::Config => "AWS Config",
            Practice::TamperResistance => "Who can turn it off",
            Practice::Lake => "CloudTrail Lake",
            Practice::Companions => "Companions",
        }
    }
}

impl fmt::Display for Practice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Judges a bucket's property, if there is a bucket to have one: on a name that nobody
/// owns the question does not arise (`log-bucket-exists` reports it), and where it could
/// not be told whether somebody does, nothing passes.
pub fn of_existing(bucket: &Bucket, judgement: impl FnOnce() -> Judgement) -> Judgement {
    match &bucket.existence {
        Observed::Known(Existence::Absent) => Ok(Verdict::not_applicable(format!(
            "the bucket `{}` does not exist",
            bucket.name
        ))),
        Observed::Known(_) => judgement(),
        Observed::Gap(gap) => match judgement() {
            Ok(verdict) if verdict.ruling == Ruling::Pass => Err(gap.clone()),
            other => other,
        },
    }
}
