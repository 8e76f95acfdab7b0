//! Where the settings come from: a file that is named, or the nearest
//! `trailcheck.toml`.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::config::{Config, parse};
use crate::error::Error;
use crate::report::text::visible;
use crate::rules::catalogue;
use crate::suppression::{Entry, State};

/// The name of the file that is looked for.
pub(super) const NAME: &str = "trailcheck.toml";

/// The most that is read of it.
const LIMIT: u64 = 1 << 20;

/// Settings, and the file they come from, if any.
#[derive(Default)]
pub(super) struct Loaded {
    pub(super) config: Config,
    pub(super) path: Option<PathBuf>,
}

/// Reads the settings in the file that is `named`, or in the nearest. The demo is a fixed
/// exhibit, which a file that happens to be near does not change.
pub(super) fn load(named: Option<&Path>, demo: bool) -> Result<Loaded, Error> {
    let path = match named {
        Some(path) => Some(path.to_owned()),
        None if demo => None,
        None => nearest()?,
    };
    let Some(path) = path else {
        return Ok(Loaded::default());
    };
    let text = text(&path, named.is_none()).map_err(|source| unreadable(&path, source))?;
    let config = read(&text, &path)?;
    Ok(Loaded {
        config,
        path: Some(path),
    })
}

/// What the text of a settings file says.
pub(super) fn read(text: &str, path: &Path) -> Result<Config, Error> {
    let ids: Vec<&str> = catalogue().into_iter().map(|rule| rule.id).collect();
    parse(text, &ids).map_err(|source| Error::Settings {
        path: path.to_owned(),
        source,
    })
}

/// Names on standard error the file that was found. In a report its path would make the
/// same account look different from one machine to the next.
pub(super) fn show(loaded: &Loaded, quiet: bool) {
    if quiet {
        return;
    }
    if let Some(path) = &loaded.path {
        let line = format!("the rules' settings are those in `{}`", path.display());
        // A line nobody can read must not change how the run ends.
        let _ = writeln!(io::stderr(), "{}", visible(&line));
    }
}

/// Warns of the entries whose end has come, or cannot be read: somebody relies on them.
pub(super) fn show_ended(loaded: &Loaded, entries: &[Entry]) {
    let Some(path) = &loaded.path else {
        return;
    };
    for entry in entries {
        let until = entry.until.as_deref().unwrap_or_default();
        let why = match entry.state {
            State::Expired => format!("it expired on {until}"),
            State::UnreadableDate => {
                format!("its `until` is no day such as `2027-01-31`, but `{until}`")
            }
            _ => continue,
        };
        let line = format!(
            "warning: `{}`, line {}: this `[[suppress]]` accepts nothing, because {why}",
            path.display(),
            entry.line
        );
        let _ = writeln!(io::stderr(), "{}", visible(&line));
    }
}

/// The nearest file of that [`NAME`], in the working directory or above it. One that
/// cannot be looked at is an error: it may say something else than the defaults do.
pub(super) fn nearest() -> Result<Option<PathBuf>, Error> {
    let here = std::env::current_dir().map_err(|source| unreadable(Path::new("."), source))?;
    for folder in here.ancestors() {
        let path = folder.join(NAME);
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let reason = format!("{error}; name the file to use with `--config`");
                return Err(unreadable(&path, io::Error::other(reason)));
            }
            Ok(found) if found.is_symlink() => {
                return Err(unreadable(
                    &path,
                    io::Error::other(
                        "it is a symbolic link, which trailcheck follows only if `--config` names it",
                    ),
                ));
            }
            Ok(found) if !found.is_file() && !found.is_dir() => {
                let odd = io::Error::other("it is not a regular file");
                return Err(unreadable(&path, odd));
            }
            Ok(_) => return Ok(Some(path)),
        }
    }
    Ok(None)
}

/// The text of the file. One that was only `found` must be the user's own: what it says
/// decides how the run ends.
pub(super) fn text(path: &Path, found: bool) -> io::Result<String> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    if found {
        refuse_foreign(&metadata)?;
    }
    let mut bytes = Vec::new();
    // A pipe or a device need not have an end.
    file.take(LIMIT.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LIMIT {
        return Err(io::Error::other(
            "it has more than 1 MiB, which no settings need",
        ));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is not text in UTF-8"))
}

/// Refuses a file that somebody else may have put in the way, for example in `/tmp`.
#[cfg(unix)]
fn refuse_foreign(metadata: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;

    /// Write permission for everybody.
    const BY_ANYBODY: u32 = 0o002;

    let refuse = |what| {
        Err(io::Error::other(format!(
            "{what}, so trailcheck takes it only if `--config` names it"
        )))
    };
    if metadata.mode() & BY_ANYBODY != 0 {
        return refuse("anybody can write to it");
    }
    // The standard library does not tell who runs the program; who owns a file that it
    // makes does.
    let own = metadata.uid() == 0 || tempfile::tempfile()?.metadata()?.uid() == metadata.uid();
    if !own {
        return refuse("it belongs to another user");
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_foreign(_: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

fn unreadable(path: &Path, source: io::Error) -> Error {
    Error::Read {
        path: path.to_owned(),
        source,
    }
}
