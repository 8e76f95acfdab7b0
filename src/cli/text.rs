//! The longer help texts, and the facts that `--help` and the README share.

use crate::outcome::{INTERRUPTED, Outcome, USAGE};

/// What the program does, in one sentence.
pub const ABOUT: &str =
    "Tells whether an AWS account's audit trail can be trusted, and what to do where it can't";

/// What it never does, in one sentence.
pub const READS_ONLY: &str = "trailcheck only reads, and sends nothing to anyone but AWS.";

/// The exit codes of `trailcheck audit` and what each means.
pub fn exit_codes() -> [(u8, &'static str); 5] {
    [
        (
            Outcome::Clean.exit_code(),
            "nothing at or above --fail-on, and nothing that matters unknown",
        ),
        (
            Outcome::Findings.exit_code(),
            "findings at or above --fail-on",
        ),
        (
            USAGE,
            "usage error, or a file that cannot be read or written",
        ),
        (
            Outcome::Incomplete.exit_code(),
            "could not look: AWS refused, or something that matters is unknown",
        ),
        (INTERRUPTED, "interrupted with Ctrl-C; nothing was written"),
    ]
}

/// The long description of the program.
pub fn long_about() -> String {
    format!(
        "{ABOUT}.\n\n\
        It reads how CloudTrail, its log buckets, keys and log groups are set up, in every \
        enabled Region, and judges that by six recommended practices. What it could not read \
        it reports as unknown, never as passed.\n\n{READS_ONLY}"
    )
}

/// Examples below `trailcheck --help`.
pub const EXAMPLES: &str = "\
Examples:
  trailcheck audit --demo                          see a report without an AWS account
  trailcheck audit                                 judge the account your credentials belong to
  trailcheck rules explain log-file-validation     why a rule matters and how to mend it
  trailcheck rules permissions > policy.json       the IAM policy that an audit needs";

/// The long description of `trailcheck audit`.
pub const AUDIT: &str = "\
Judge an account's CloudTrail set-up and report on it.

Credentials, Region, profiles, SSO, roles and endpoints are found the way the AWS CLI finds \
them. One failing call costs one fact: the run goes on, and what depends on that fact is \
reported as unknown.";

const AUDIT_EXAMPLES: &str = "\
Examples:
  trailcheck audit --demo
  trailcheck audit --profile prod --regions us-east-1,eu-west-1
  trailcheck audit --role-arn arn:aws:iam::111122223333:role/auditor --fail-on medium
  trailcheck audit --practice integrity --details
  trailcheck audit --report sarif=trail.sarif --report html=trail.html
  trailcheck audit --baseline last-week.json
  trailcheck audit --snapshot prod.json.gz --format json";

/// Examples below `trailcheck audit -h`.
pub fn audit_examples() -> String {
    format!("{AUDIT_EXAMPLES}\n\nThe exit codes are in `trailcheck audit --help`.")
}

/// Examples and exit codes below `trailcheck audit --help`.
pub fn audit_after_help() -> String {
    let mut text = format!("{AUDIT_EXAMPLES}\n\nExit codes, the same whatever the format:");
    for (code, meaning) in exit_codes() {
        text.push_str(&format!("\n  {code:>3}  {meaning}"));
    }
    text.push_str(
        "\n\nFindings win over the unknown: 1 comes before 3. With `--fail-on never` only a run \
        that could read nothing at all ends with 3.",
    );
    text
}

/// The long description of `trailcheck snapshot`.
pub const SNAPSHOT: &str = "\
Save what AWS answers about an account, to be judged later or elsewhere.

`trailcheck audit --snapshot FILE` makes of the file the very report that a live audit would \
have made at that moment, without network or credentials. The file holds configuration: names, \
policies, settings; no log events and no credentials.

Without a selection the file holds everything that trailcheck can read, for rules to come too: \
tags, key policies and default encryption beside what `trailcheck rules permissions` lists. \
Where that is denied, the file says so, and no verdict of today rests on it. The event history is \
left out: `--history` adds the calls of the last 90 days that may have weakened a trail, with who \
made them, from which address, and what they asked for.";

/// Examples below `trailcheck snapshot --help`.
pub const SNAPSHOT_EXAMPLES: &str = "\
Examples:
  trailcheck snapshot -o prod.json.gz --profile prod
  trailcheck snapshot -o - --practice integrity | trailcheck audit --snapshot - --practice integrity";

/// The long description of `trailcheck rules`.
pub const RULES: &str = "\
List the rules, explain one, or print the IAM policy they need.

Without a subcommand the rules are listed: all of them, or those that the flags select.";

/// The long description of `trailcheck rules permissions`.
pub const PERMISSIONS: &str = "\
Print the least-privilege IAM policy that the rules need: all of them, or those that the flags \
select. Every action in it reads.

The actions of the statement `AccountWide` work with the resource `*` only. Those of `Narrowable` \
can be narrowed down to the ARNs of your trails, log buckets and keys. sts:GetCallerIdentity is \
left out because it needs no permission. A bucket or key of another account has to let you in \
by its own policy as well.";

/// Examples below `trailcheck completions --help`.
pub const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  trailcheck completions bash > ~/.local/share/bash-completion/completions/trailcheck
  trailcheck completions zsh > ~/.zfunc/_trailcheck
  trailcheck completions fish > ~/.config/fish/completions/trailcheck.fish";

/// Examples below `trailcheck man --help`.
pub const MAN_EXAMPLES: &str = "\
Examples:
  trailcheck man | man -l -
  trailcheck man rules explain | man -l -";

/// `trailcheck simulate --help`.
pub const SIMULATE: &str = "Ask who may do what by policies in a file: an offline simulator of \
    IAM.\n\n\
    FILE holds one JSON object: `accountId`, `organizationId`, `managementAccountId`, \
    `accountAuthorizationDetails` (what `aws iam get-account-authorization-details` prints), \
    `scpLevels` and `rcpLevels` (root first), `resources` (buckets and keys with their \
    policies), `externalPrincipals` and `queries`. A query of mode `concrete` gives the whole \
    request in `context`; one of mode `may` gives what is fixed, and asks whether any request \
    is let through. What the file does not hold does not exist; only a key's policy does, \
    because every key has one.\n\n\
    Ends with 0 whatever the verdicts, with 2 if the input is not understood.";

/// Below `trailcheck simulate -h`.
pub const SIMULATE_EXAMPLES: &str = "\
Examples:
  trailcheck simulate account.json
  trailcheck simulate - --format json < account.json";

/// `trailcheck pattern --help`.
pub const PATTERN: &str = "Judge a metric filter's pattern, or an EventBridge rule's, by the \
    events it matches.\n\n\
    Prints the pattern in its canonical form and, for every alarm that AWS and CIS ask for, \
    what the pattern does: it covers it, misses some of its events, is unrelated, is over-broad \
    (ordinary events match as well) or never fires. Where AWS leaves open what a term means \
    and the verdict hangs on it, the verdict is unknown. With --events it also says which \
    events of a CloudTrail log file match.\n\n\
    Ends with 0 whatever the verdicts, with 2 if the pattern or the file cannot be read.";

/// Below `trailcheck pattern -h`.
pub const PATTERN_EXAMPLES: &str = "\
Examples:
  trailcheck pattern '{ $.userIdentity.type = \"Root\" }'
  trailcheck pattern '{ $.eventName = StopLogging }' --events log.json.gz --format json
  trailcheck pattern --event-pattern '{\"detail\": {\"eventName\": [\"StopLogging\"]}}'
  trailcheck pattern --for alarm-root-usage";

/// `trailcheck who-can --help`.
pub const WHO_CAN: &str = "Ask who can do one thing to the trail, its logs or anything else, or \
    all tampering.\n\n\
    Answers for every user and role of the account, its root user, and the services, accounts \
    and identity providers that the resource's policy names: whether they can, by which \
    statement, under which condition, and what refuses the others. Without --resource the \
    question is about the trails' own buckets, keys, log groups and so on, or where the action \
    concerns none of those, about anything in the account. --tampering asks about every action \
    that stops, blinds or deletes a trail, destroys its logs, or changes what keeps them.\n\n\
    It reads users, roles and policies (iam:GetAccountAuthorizationDetails), the organization's \
    policies (organizations:DescribeOrganization, ListRoots, ListParents, ListPoliciesForTarget \
    and DescribePolicy), the trails, and the policies of what the question is about: \
    `trailcheck rules permissions --rule tamper-principals` prints the IAM policy for all of it. \
    Access control lists of buckets are not looked at. Where a resource is not part of a trail's \
    set-up, its own policy is not read, and nobody is listed who could do something by it alone.\n\n\
    Ends with 0 if everything that bears on the answer was read, with 3 if not (what is missing \
    is listed, and the answers that hang on it are conditional), with 2 for a usage error.";

/// Below `trailcheck who-can -h`.
pub const WHO_CAN_EXAMPLES: &str = "\
Examples:
  trailcheck who-can cloudtrail:StopLogging
  trailcheck who-can s3:DeleteObject --resource 'arn:aws:s3:::example-logs/*' --all
  trailcheck who-can --tampering --snapshot prod.json.gz --format json";

/// `trailcheck suppress --help`.
pub const SUPPRESS: &str = "\
Accept a finding, with a reason and an end, in the settings file.

Appends one entry `[[suppress]]` to trailcheck.toml and changes nothing else in it. The table shows \
fingerprints with --verbose, the JSON report always. With --report, --snapshot or --demo the \
fingerprint is looked up, and the entry names rule and resource as well.

An accepted fail stays in every report, counted as such, and does not close the gate. Should it \
turn into an unknown, it does. After the last day the entry accepts nothing.

Ends with 0 if the entry was added, with 2 if not: no such finding, nothing to accept in it, an \
entry that is there already, or a file that is no settings file.";

/// Below `trailcheck suppress -h`.
pub const SUPPRESS_EXAMPLES: &str = "\
Examples:
  trailcheck suppress 3fa8c2d4 --report trail.json --reason 'moves in May' --until 2027-05-31
  trailcheck suppress 3fa8c2d4 --snapshot prod.json.gz --reason 'a sandbox' --owner platform";

/// `trailcheck diff --help`.
pub const DIFF: &str = "\
Compare two JSON reports: what is new, fixed, changed or can no longer be seen.

A fail of A is fixed only if B saw the good state. What B could not check is now unknown, and \
what it did not look at (a rule that did not run, a resource that is gone) is said to be so.

Ends with 0 whatever the differences, with 2 if A or B cannot be compared.";

/// Below `trailcheck diff -h`.
pub const DIFF_EXAMPLES: &str = "\
Examples:
  trailcheck diff last-week.json today.json
  trailcheck diff last-week.json today.json --format markdown >> $GITHUB_STEP_SUMMARY";

/// The exit codes of `trailcheck verify` and what each means.
pub fn verify_exit_codes() -> [(u8, &'static str); 5] {
    [
        (
            Outcome::Clean.exit_code(),
            "valid: everything over the whole range is what CloudTrail delivered",
        ),
        (
            Outcome::Findings.exit_code(),
            "something is altered, missing or unexplained",
        ),
        (
            USAGE,
            "usage error, or a file that cannot be read or written",
        ),
        (
            Outcome::Incomplete.exit_code(),
            "something could not be verified, or there was nothing to verify",
        ),
        (INTERRUPTED, "interrupted with Ctrl-C; nothing was written"),
    ]
}

/// What `trailcheck verify` needs to be allowed.
pub const VERIFY_PERMISSIONS: [(&str, &str); 6] = [
    (
        "cloudtrail:DescribeTrails",
        "to find the bucket, unless --s3-uri names it",
    ),
    (
        "cloudtrail:ListPublicKeys",
        "in each Region whose digests are verified",
    ),
    ("s3:ListBucket", "on the bucket"),
    ("s3:GetObject", "on its objects"),
    (
        "kms:Decrypt",
        "on the key that the objects are encrypted with, if there is one",
    ),
    (
        "cloudtrail:GetTrailStatus",
        "only to know that a young trail did not log before; without it that is a note",
    ),
];

/// The long description of `trailcheck verify`.
pub const VERIFY: &str = "\
Prove by CloudTrail's signed digests that the delivered log files are untouched.

CloudTrail signs, every hour, a digest of the log files that it delivered, and each digest names \
the one before it. This reads every digest and every log file of the range once, and checks \
signatures, links, hashes and the gzip files themselves; it compares what the digests name with \
what the bucket holds, both ways, so that extra objects are seen as well as lost ones. Each object \
is `valid`, `altered`, `missing`, `unexplained` (nothing signed tells where it comes from) or \
`unverified` (it could not be looked at, and why). A failing network is never taken for tampering. \
One hour beyond both ends of the range is read as well.

Log files newer than the newest digest, up to two hours, are counted and change nothing.";

const VERIFY_EXAMPLES: &str = "\
Examples:
  trailcheck verify --trail-arn arn:aws:cloudtrail:eu-west-1:111122223333:trail/main
  trailcheck verify --trail-arn ARN --start-time 30d --regions eu-west-1,us-east-1
  trailcheck verify --s3-uri s3://example-logs/prefix --start-time 2027-01-31T09:00:00+01:00
  trailcheck verify --from-dir copy --public-keys keys --format json --all -o verified.json";

/// Examples below `trailcheck verify -h`.
pub fn verify_examples() -> String {
    format!("{VERIFY_EXAMPLES}\n\nThe exit codes are in `trailcheck verify --help`.")
}

/// Examples, exit codes and permissions below `trailcheck verify --help`.
pub fn verify_after_help() -> String {
    let mut text = format!("{VERIFY_EXAMPLES}\n\nExit codes, the same whatever the format:");
    for (code, meaning) in verify_exit_codes() {
        text.push_str(&format!("\n  {code:>3}  {meaning}"));
    }
    text.push_str("\n\nThe caller has to be allowed (nothing of it with --from-dir):");
    for (action, why) in VERIFY_PERMISSIONS {
        text.push_str(&format!("\n  {action:<25}  {why}"));
    }
    text
}
