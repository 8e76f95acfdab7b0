//! A small audit with every status in it, for the tests of the formats.

use std::io;

use serde_json::json;

use super::{Render, Report, Style};
use crate::audit::audit;
use crate::config::Settings;
use crate::finding::{Finding, Suppressed};
use crate::outcome::Gate;
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::rules::integrity;
use crate::snapshot::{Action, Bucket, Key, Snapshot, Trail, story};

/// What nobody should be able to put on a screen: a cursor movement, a forged row, an
/// 8-bit escape sequence, a bidi override, a shell command, a link.
pub(super) const HOSTILE: &str =
    "x\u{1b}[2J\n✔ green\u{9b}31m\u{202e}';touch owned;'$(touch owned)`id`[a](https://evil)";

/// Width unlimited, Unicode, no colours.
pub(super) const PIPE: Style = Style {
    width: None,
    unicode: true,
    colour: false,
};

pub(super) static RULES: &[&Rule] = &[
    &MULTI_REGION,
    integrity::RULES[0],
    &DIGESTS,
    &NOT_PUBLIC,
    &ENCRYPTION,
    &ROTATION,
];

const PLAIN: Rule = Rule {
    id: "plain",
    title: "A plain rule",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::Coverage,
    description: "What is checked, and why it matters. A trail that nobody guards is a trail \
        that nobody can rely on when it is needed, which is after somebody had their way with it.",
    criteria: "Fails when the bad state was seen.",
    action: "Bring the good state about, and keep it.",
    resources: &["https://docs.aws.amazon.com/awscloudtrail/latest/userguide/"],
    controls: &[],
    reads: &[],
    remedies: Remedies {
        cli: "",
        terraform: "",
        cloudformation: "",
    },
    check: Check::Account(multi_region),
};

static MULTI_REGION: Rule = Rule {
    id: "multi-region-trail",
    title: "A multi-Region trail logs",
    ..PLAIN
};

fn multi_region(_: &Context<'_>) -> Judgement {
    Ok(Verdict::pass("trail `main` logs in every Region"))
}

static DIGESTS: Rule = Rule {
    id: "digest-delivery",
    title: "Digest files arrive",
    practice: Practice::Integrity,
    reads: &[Action::GetTrailStatus],
    check: Check::Trail(digests),
    ..PLAIN
};

fn digests(_: &Context<'_>, trail: &Trail) -> Judgement {
    trail.home_status()?;
    Ok(Verdict::pass("the latest digest is 29 min old"))
}

static NOT_PUBLIC: Rule = Rule {
    id: "bucket-not-public",
    title: "Nobody outside can read the log bucket",
    severity: Severity::Critical,
    worst: Severity::Critical,
    practice: Practice::Access,
    controls: &[
        Control::cis("1.2.0", "2.3"),
        Control::cis("1.4.0", "3.3"),
        Control::cis("3.0.0", "3.3"),
        Control::security_hub("CloudTrail.6"),
    ],
    remedies: Remedies {
        cli: "aws s3api put-public-access-block --bucket {bucket} --region {region} \
            --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true\n\
            aws s3api get-bucket-policy --bucket {bucket} --query '{\"Sid\":\"{sid}\"}'",
        terraform: "",
        cloudformation: "",
    },
    reads: &[Action::GetBucketPolicyStatus, Action::GetBucketPolicy],
    check: Check::Bucket(not_public),
    ..PLAIN
};

fn not_public(_: &Context<'_>, bucket: &Bucket) -> Judgement {
    if !*bucket.policy_is_public.known()? {
        return Ok(Verdict::pass("the bucket is not public"));
    }
    let sid = match bucket.policy.known()? {
        Some(policy) => policy.as_str(),
        None => "PublicRead",
    };
    let message = format!("anyone can read: statement `{sid}` allows s3:GetObject to `*`");
    Ok(Verdict::fail(message).evidence("sid", sid))
}

static ENCRYPTION: Rule = Rule {
    id: "trail-encryption",
    title: "Log files are encrypted with a KMS key",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::Access,
    remedies: Remedies {
        cli: "aws cloudtrail update-trail --name {arn} --region {region} --kms-key-id {kms_key_id}",
        terraform: "",
        cloudformation: "",
    },
    check: Check::Trail(encryption),
    ..PLAIN
};

fn encryption(_: &Context<'_>, trail: &Trail) -> Judgement {
    Ok(match &trail.kms_key_id {
        Some(key) => Verdict::pass(format!("encrypted with `{key}`")),
        None => Verdict::fail("encrypted with S3's key, not with a KMS key of yours"),
    })
}

static ROTATION: Rule = Rule {
    id: "key-rotation",
    title: "The key rotates",
    severity: Severity::Low,
    worst: Severity::Low,
    practice: Practice::Access,
    check: Check::Key(rotation),
    ..PLAIN
};

fn rotation(_: &Context<'_>, _: &Key) -> Judgement {
    Ok(Verdict::not_applicable("the key's material is imported"))
}

/// [`story::pristine`] with a second trail that is as bad as it gets, and a public bucket.
pub(super) fn snapshot() -> Snapshot {
    let mut snapshot = story::pristine();
    let account = &mut snapshot.accounts[0];
    let mut legacy = account.trails[0].twin("legacy", "eu-west-1");
    legacy.log_file_validation = crate::snapshot::Observed::Known(false);
    legacy.kms_key_id = None;
    legacy.status.insert(
        "eu-west-1".to_owned(),
        story::denied(Action::GetTrailStatus),
    );
    account.trails.push(legacy);
    account.bucket_mut().policy_is_public = crate::snapshot::Observed::Known(true);
    account.bucket_mut().policy = crate::snapshot::Observed::Known(None);
    snapshot
}

/// A snapshot in which whoever may name things named them [`HOSTILE`]ly.
pub(super) fn hostile() -> Snapshot {
    let mut snapshot = snapshot();
    let account = &mut snapshot.accounts[0];
    account.alias = crate::snapshot::Observed::Known(Some(HOSTILE.to_owned()));
    account.caller = HOSTILE.to_owned();
    let bucket = account.bucket_mut();
    bucket.name = HOSTILE.to_owned();
    bucket.policy = crate::snapshot::Observed::Known(Some(HOSTILE.to_owned()));
    for trail in &mut account.trails {
        trail.arn = format!("arn:aws:cloudtrail:eu-west-1:111122223333:trail/{HOSTILE}");
        trail.status.insert(
            trail.home_region.clone(),
            crate::snapshot::Observed::Gap(crate::snapshot::Gap {
                action: HOSTILE.to_owned(),
                kind: crate::snapshot::GapKind::AccessDenied,
                detail: HOSTILE.to_owned(),
            }),
        );
    }
    let facts = account.regions["eu-west-1"].clone();
    account.regions.insert(HOSTILE.to_owned(), facts);
    snapshot
}

/// [`snapshot`] once more as another account.
pub(super) fn two_accounts() -> Snapshot {
    let mut snapshot = snapshot();
    let mut second = story::pristine_account();
    second.id = "444455556666".to_owned();
    second.alias = crate::snapshot::Observed::Known(None);
    second.trail_mut().log_file_validation = crate::snapshot::Observed::Known(false);
    snapshot.accounts.push(second);
    snapshot
}

pub(super) fn findings(snapshot: &Snapshot) -> Vec<Finding> {
    audit(snapshot, RULES, &Settings::default())
}

/// The findings with the first of a rule accepted.
pub(super) fn accept(mut findings: Vec<Finding>, rule: &str) -> Vec<Finding> {
    let accepted = findings.iter_mut().find(|finding| finding.rule == rule);
    accepted.unwrap().suppressed = Some(Suppressed {
        reason: "goes away next week".to_owned(),
        owner: None,
        until: None,
    });
    findings
}

/// Any finding, to change.
pub(super) fn finding() -> Finding {
    findings(&snapshot()).into_iter().nth(1).unwrap()
}

/// What `render` makes of an audit of `snapshot`.
pub(super) fn rendered(render: &dyn Render, snapshot: &Snapshot) -> String {
    rendered_with(render, snapshot, &findings(snapshot), Gate::default())
}

pub(super) fn rendered_with(
    render: &dyn Render,
    snapshot: &Snapshot,
    findings: &[Finding],
    gate: Gate,
) -> String {
    let report = Report::new(snapshot, RULES, findings, gate);
    let mut out = Vec::new();
    render.render(&report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Asserts that everything in `text` but its line breaks can be seen.
pub(super) fn assert_visible(text: &str) {
    for (number, line) in text.lines().enumerate() {
        for c in line.chars() {
            assert!(
                super::text::is_visible(c),
                "line {number} has {c:?}: {line:?}"
            );
        }
    }
    assert!(!text.contains('\r'));
}

/// A writer that fails after some bytes, as a full disk or a closed pipe does.
pub(super) struct Full(pub(super) usize);

impl io::Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        match taken {
            0 => Err(io::Error::from(io::ErrorKind::BrokenPipe)),
            taken => Ok(taken),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A finding's evidence with one more entry.
pub(super) fn with_evidence(mut finding: Finding, name: &str, value: &str) -> Finding {
    finding.evidence.insert(name.to_owned(), json!(value));
    finding
}
