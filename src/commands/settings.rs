//! Where the rules' settings come from: a file that is named, or the nearest
//! `trailcheck.toml`.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::cli;
use crate::config::{Settings, parse};
use crate::error::Error;
use crate::report::text::visible;
use crate::rules::catalogue;

/// The name of the file that is looked for.
const NAME: &str = "trailcheck.toml";

/// The most that is read of it.
const LIMIT: u64 = 1 << 20;

/// Settings, and the file they come from, if any.
#[derive(Default)]
pub(super) struct Loaded {
    pub(super) settings: Settings,
    pub(super) path: Option<PathBuf>,
}

/// Reads the settings of an audit. The demo is a fixed exhibit, which a file that happens to
/// be near does not change.
pub(super) fn load(args: &cli::Audit) -> Result<Loaded, Error> {
    let path = match &args.config {
        Some(path) => Some(path.clone()),
        None if args.source.demo => None,
        None => nearest()?,
    };
    let Some(path) = path else {
        return Ok(Loaded::default());
    };
    let text = text(&path).map_err(|source| unreadable(&path, source))?;
    let ids: Vec<&str> = catalogue().into_iter().map(|rule| rule.id).collect();
    match parse(&text, &ids) {
        Ok(config) => Ok(Loaded {
            settings: config.rules,
            path: Some(path),
        }),
        Err(source) => Err(Error::Settings { path, source }),
    }
}

/// Names on standard error the file that was found. In a report its path would make the
/// same account look different from one machine to the next.
pub(super) fn show(args: &cli::Audit, loaded: &Loaded) {
    if args.messages.quiet || args.config.is_some() {
        return;
    }
    if let Some(path) = &loaded.path {
        let line = format!("the rules' settings are those in `{}`", path.display());
        // A line nobody can read must not change how the run ends.
        let _ = writeln!(io::stderr(), "{}", visible(&line));
    }
}

/// The nearest file of that [`NAME`], in the working directory or above it. One that
/// cannot be looked at is an error: it may say something else than the defaults do.
fn nearest() -> Result<Option<PathBuf>, Error> {
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

fn text(path: &Path) -> io::Result<String> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::other("it is a folder"));
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

fn unreadable(path: &Path, source: io::Error) -> Error {
    Error::Read {
        path: path.to_owned(),
        source,
    }
}
