//! `trailcheck suppress`.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{audit, former, output, settings};
use crate::cli::{self, Destination};
use crate::config::Config;
use crate::error::Error;
use crate::finding::Status;
use crate::outcome::Outcome;
use crate::report::text::{is_visible, visible};
use crate::rules::catalogue;
use crate::source::{demo, file};

/// What is to be accepted.
struct Accepted {
    fingerprint: String,
    /// Rule and resource, where the finding was looked up.
    about: Option<(String, String)>,
}

/// Appends an entry to the settings file.
pub(super) fn run(args: &cli::Suppress) -> Result<Outcome, Error> {
    let path = path(args)?;
    output::check(&Destination::File(path.clone()))?;
    let text = text(&path, args.config.is_none())?;
    let config = settings::read(&text, &path)?;
    let accepted = accepted(args, &config)?;
    refuse_twin(&accepted, &config, &path)?;
    let whole = appended(&text, &entry(args, &accepted));
    check(&whole, &config, &path)?;
    output::amend(&path, whole.as_bytes())?;
    let what = match &accepted.about {
        Some((rule, resource)) => format!("`{rule}` on `{resource}`"),
        None => format!("finding `{}`", accepted.fingerprint),
    };
    let said = format!("{what} is accepted in `{}` from now on", path.display());
    output::stdout(format!("{}\n", visible(&said)).as_bytes())?;
    Ok(Outcome::Clean)
}

fn path(args: &cli::Suppress) -> Result<PathBuf, Error> {
    match &args.config {
        Some(path) => Ok(path.clone()),
        None => Ok(settings::nearest()?.unwrap_or_else(|| settings::NAME.into())),
    }
}

/// What stands in the file; nothing, if there is none yet.
fn text(path: &Path, found: bool) -> Result<String, Error> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        _ => settings::text(path, found).map_err(|source| Error::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

fn accepted(args: &cli::Suppress, config: &Config) -> Result<Accepted, Error> {
    let begins = args.fingerprint.as_str();
    let seen = match (&args.report, &args.snapshot) {
        (Some(report), _) => reported(report)?,
        (None, Some(path)) if path == Path::new("-") => judged(&file::load_stdin()?, config),
        (None, Some(path)) => judged(&file::load(path)?, config),
        (None, None) if args.demo => judged(&demo::snapshot()?, config),
        (None, None) if begins.len() == 64 => {
            return Ok(Accepted {
                fingerprint: begins.to_owned(),
                about: None,
            });
        }
        (None, None) => {
            return Err(Error::Usage(format!(
                "`{begins}` is the beginning of a fingerprint: give all 64 digits, or with \
                 `--report FILE` the JSON report that has it"
            )));
        }
    };
    let mut matching = seen
        .into_iter()
        .filter(|one| one.fingerprint.starts_with(begins));
    match (matching.next(), matching.next()) {
        (None, _) => Err(Error::Usage(format!(
            "no finding has a fingerprint that begins with `{begins}`"
        ))),
        (Some(_), Some(_)) => Err(Error::Usage(format!(
            "more than one finding has a fingerprint that begins with `{begins}`; give more digits"
        ))),
        (Some(one), None) => one.accept(),
    }
}

/// A finding that may be meant.
struct Seen {
    rule: String,
    resource: String,
    status: Status,
    suppressed: bool,
    fingerprint: String,
}

fn reported(path: &Path) -> Result<Vec<Seen>, Error> {
    let findings = former::load(path)?.findings.into_iter();
    let seen = findings.map(|finding| Seen {
        rule: finding.rule,
        resource: finding.resource,
        status: finding.status,
        suppressed: finding.suppressed.is_some(),
        fingerprint: finding.fingerprint,
    });
    Ok(seen.collect())
}

fn judged(snapshot: &crate::snapshot::Snapshot, config: &Config) -> Vec<Seen> {
    let (findings, _) = audit::judged(snapshot, &catalogue(), config);
    let seen = findings.into_iter().map(|finding| Seen {
        rule: finding.rule.to_owned(),
        resource: finding.resource,
        status: finding.status,
        suppressed: finding.suppressed.is_some(),
        fingerprint: finding.fingerprint,
    });
    seen.collect()
}

impl Seen {
    /// The finding as something to accept: a fail that nobody has accepted yet.
    fn accept(self) -> Result<Accepted, Error> {
        let Seen { rule, resource, .. } = &self;
        let why_not = match self.status {
            _ if self.suppressed => "is accepted already",
            Status::Fail => {
                return Ok(Accepted {
                    fingerprint: self.fingerprint,
                    about: Some((self.rule, self.resource)),
                });
            }
            Status::Unknown => {
                "could not be checked, and what is accepted is a fail; `accept-unknown = true` in \
                 an entry of your own accepts not knowing as well"
            }
            Status::Pass => "passes, so there is nothing to accept",
            Status::NotApplicable => "does not apply, so there is nothing to accept",
        };
        Err(Error::Usage(format!("`{rule}` on `{resource}` {why_not}")))
    }
}

fn refuse_twin(accepted: &Accepted, config: &Config, path: &Path) -> Result<(), Error> {
    let wanted = Some(&accepted.fingerprint);
    let mut twins = config.suppress.iter();
    match twins.find(|one| one.fingerprint.as_ref() == wanted) {
        None => Ok(()),
        Some(twin) => Err(Error::Usage(format!(
            "`{}` has an entry for this finding already, in line {}",
            path.display(),
            twin.line
        ))),
    }
}

/// The entry, without a line break at its end.
fn entry(args: &cli::Suppress, accepted: &Accepted) -> String {
    let mut entry = String::from("[[suppress]]");
    let mut set = |key: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = write!(entry, "\n{key} = {}", quoted(value));
    };
    if let Some((rule, resource)) = &accepted.about {
        // A rule of another version would make the file one that this one refuses.
        if catalogue().iter().any(|one| one.id == rule) {
            set("rule", rule);
        }
        // As a pattern, a name with a star in it would mean more than itself.
        if !resource.contains(['*', '?']) {
            set("resource", resource);
        }
    }
    set("fingerprint", &accepted.fingerprint);
    set("reason", &args.reason);
    if let Some(owner) = &args.owner {
        set("owner", owner);
    }
    if let Some(until) = args.until {
        set("until", &until.to_string());
    }
    entry
}

/// `text` as a basic string of TOML. What cannot be seen is escaped.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if is_visible(c) => quoted.push(c),
            c => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(c));
            }
        }
    }
    quoted.push('"');
    quoted
}

/// The file with the entry at its end, in the line breaks that it has already.
fn appended(text: &str, entry: &str) -> String {
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut whole = text.to_owned();
    if !text.is_empty() {
        if !text.ends_with('\n') {
            whole.push_str(line_break);
        }
        whole.push_str(line_break);
    }
    for line in entry.lines() {
        whole.push_str(line);
        whole.push_str(line_break);
    }
    whole
}

/// That the new file says what the old one does, and one entry more.
fn check(whole: &str, old: &Config, path: &Path) -> Result<(), Error> {
    let by_hand = || {
        Error::Usage(format!(
            "no entry can be added at the end of `{}`; write its entries as `[[suppress]]`",
            path.display()
        ))
    };
    let mut new = settings::read(whole, path).map_err(|_| by_hand())?;
    new.suppress.pop();
    if new == *old { Ok(()) } else { Err(by_hand()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_is_read_back_as_it_was_given() {
        for c in ('\0'..=char::MAX)
            .step_by(11)
            .chain(['"', '\\', '\n', '\u{7f}', '\u{202e}'])
        {
            let text = format!("a{c}b");
            let file = format!(
                "[[suppress]]\nrule = 'log-retention'\nreason = {}\n",
                quoted(&text)
            );
            let config = settings::read(&file, Path::new("x")).unwrap();
            assert_eq!(config.suppress[0].reason, text);
        }
    }

    #[test]
    fn what_stands_in_the_file_stays_as_it_is() {
        for (text, whole) in [
            ("", "[[suppress]]\nx\n"),
            ("# ours", "# ours\n\n[[suppress]]\nx\n"),
            ("# ours\n", "# ours\n\n[[suppress]]\nx\n"),
            ("# ours\r\n", "# ours\r\n\r\n[[suppress]]\r\nx\r\n"),
        ] {
            assert_eq!(appended(text, "[[suppress]]\nx"), whole);
        }
    }
}
