//! Beside `aws cloudtrail validate-logs`, on the same server.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use super::super::environment;
use super::{Served, whole};
use crate::trail::{Setup, Trail, case, cases, generate};

/// What it calls invalid although CloudTrail delivered it so, and why.
const WRONGLY_INVALID: &[(&str, &str)] = &[(
    "key-as-subject-public-key-info",
    "it reads public keys in PKCS #1 only, and the documentation's sample has one in the other",
)];

/// What is said here beside what the CLI rightly says: a kind of finding, and why.
const SAID_AS_WELL: &[(&str, &str, &str)] = &[(
    "wrong-key",
    "digest-broken-link",
    "the next digest vouches for a signature that is not CloudTrail's, which the CLI never looks at",
)];

/// What the CLI says.
struct Said {
    code: Option<i32>,
    invalid: BTreeSet<String>,
    text: String,
}

fn aws(served: &Served) -> Said {
    let home = tempfile::tempdir_in(environment::scratch()).expect("a folder");
    let setup = &served.trail.setup;
    let mut command = Command::new(environment::tool("aws"));
    command
        .env_clear()
        .env("HOME", home.path())
        .env("AWS_ENDPOINT_URL", served.server.url())
        .env("AWS_DEFAULT_REGION", &setup.home_region)
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env(
            "AWS_SECRET_ACCESS_KEY",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        )
        .env("AWS_MAX_ATTEMPTS", "1")
        .args(["cloudtrail", "validate-logs", "--verbose", "--region"])
        .args([&setup.home_region, "--trail-arn", &served.trail.arn()])
        .args(whole(&served.trail));
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    if !setup.organization_id.is_empty() {
        command.args(["--account-id", &setup.accounts[0]]);
    }
    let output = command.output().expect("the CLI starts");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let lines = stdout.lines().chain(stderr.lines());
    let invalid = lines.filter(|line| line.contains("\tINVALID: "));
    Said {
        code: output.status.code(),
        invalid: invalid
            .filter_map(|line| line.split('\t').nth(1).map(str::to_owned))
            .collect(),
        text: format!("{stdout}{stderr}"),
    }
}

/// The objects of the home Region, where the CLI looks, that the truth has findings about,
/// those of benign cases excepted.
fn truth(trail: &Trail) -> BTreeSet<String> {
    let home = format!("/{}/", trail.setup.home_region);
    let truths = trail.truths.iter().filter(|truth| !truth.benign);
    let objects = truths.flat_map(|truth| truth.named.values().flatten());
    objects
        .map(ToString::to_string)
        .filter(|object| object.contains(&home))
        .collect()
}

/// A case, and what both made of it.
#[derive(Debug)]
struct Compared {
    case: &'static str,
    cli: Option<i32>,
    ours: Option<i32>,
    /// Whether the CLI names what the truth does, and nothing else.
    cli_is_right: bool,
    /// What is wrong with us.
    wrong: Vec<String>,
}

fn compare(case: &'static str, setup: &Setup) -> Compared {
    let served = Served::new(generate(setup, &[(case, None)]));
    let cli = aws(&served);
    assert!(
        cli.text.contains("Validating log files"),
        "{case}: {}",
        cli.text
    );
    let ours = served.verify(&["--regions", &setup.home_region]);
    let more = |kind: &str| {
        let mut known = SAID_AS_WELL.iter();
        known.any(|(name, said, _)| *name == case && *said == kind)
    };
    let blamed = ours.objects_where(|verdict, kind| verdict != "unverified" && !more(kind));
    let not_valid = ours.objects_where(|_, _| true);
    let truth = truth(&served.trail);
    let cli_is_right = cli.invalid == truth && cli.code == Some(i32::from(!truth.is_empty()));
    let mut wrong = Vec::new();
    if cli_is_right && blamed != truth {
        wrong.push(format!("the CLI is right, we say {:#?}", ours.said()));
    }
    let mistaken = WRONGLY_INVALID.iter().any(|(name, _)| *name == case);
    let let_through: Vec<_> = cli.invalid.difference(&not_valid).collect();
    if mistaken == let_through.is_empty() {
        wrong.push(format!(
            "INVALID to the CLI and not to us: {let_through:#?}"
        ));
    }
    Compared {
        case,
        cli: cli.code,
        ours: ours.run.code,
        cli_is_right,
        wrong,
    }
}

fn setup_for(name: &str) -> Setup {
    match case(name).regions {
        1 => Setup::default(),
        _ => Setup::many_regions(),
    }
}

/// Compares several at a time: the CLI takes a second to start.
fn compare_all(names: &[&'static str]) -> Vec<Compared> {
    let queue = Mutex::new(names.iter());
    let compared = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().expect("no panic").next();
                    let Some(name) = next else { return };
                    let one = compare(name, &setup_for(name));
                    compared.lock().expect("no panic").push(one);
                }
            });
        }
    });
    let mut compared = compared.into_inner().expect("no panic");
    compared.sort_by_key(|one| names.iter().position(|name| *name == one.case));
    compared
}

#[track_caller]
fn assert_right(compared: &[Compared]) {
    let wrong: Vec<_> = compared
        .iter()
        .filter(|one| !one.wrong.is_empty())
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_the_aws_cli_is_right_about_is_said_here_as_well() {
    let compared = compare_all(&[
        "log-modified",
        "log-deleted",
        "log-truncated",
        "log-appended-garbage",
        "log-recompressed",
        "digest-deleted",
        "digest-modified",
        "digest-moved",
        "wrong-key",
        "forged-digest",
        "backfill-log-modified",
        "bucket-changed",
    ]);
    assert_right(&compared);
    // Or the comparison would be one with nothing.
    let right = compared.iter().filter(|one| one.cli_is_right).count();
    assert!(right >= 10, "{compared:#?}");
}

/// Takes minutes: `cargo test -- --ignored every_case_is_compared_with_the_aws_cli`.
#[test]
#[ignore = "takes a minute or two of two processors"]
fn every_case_is_compared_with_the_aws_cli() {
    let names: Vec<&str> = cases().map(|case| case.name).collect();
    let compared = compare_all(&names);
    let table: Vec<String> = compared
        .iter()
        .map(|one| {
            let right = if one.cli_is_right { "right" } else { "wrong" };
            let (cli, ours) = (one.cli.unwrap_or(-1), one.ours.unwrap_or(-1));
            format!("{:34} CLI {cli:3} {right}, trailcheck {ours}", one.case)
        })
        .collect();
    let table = table.join("\n");
    let wrong: Vec<_> = compared
        .iter()
        .filter(|one| !one.wrong.is_empty())
        .collect();
    assert!(wrong.is_empty(), "{table}\n{wrong:#?}");
    let right = compared.iter().filter(|one| one.cli_is_right).count();
    assert!(right >= 30, "{table}");
}
