//! A saved snapshot: JSON, plain or gzip.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde::Deserialize;

use crate::error::Error;
use crate::snapshot::{SCHEMA_VERSION, Snapshot};

/// The most that is read, packed and unpacked. An organization of a thousand accounts stays
/// below it; what is larger is no snapshot, or was made to fill the memory.
const LIMIT: u64 = 256 << 20;

/// The first two bytes of every gzip file (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Reads the snapshot at `path`, gzip or plain.
///
/// # Errors
/// [`Error::Read`] if the file cannot be read, [`Error::Snapshot`] if it is no snapshot or
/// one of a newer version.
pub fn load(path: &Path) -> Result<Snapshot, Error> {
    let file = File::open(path).map_err(|source| unreadable(path, source))?;
    take(file, path)
}

/// Reads a snapshot from standard input, gzip or plain.
///
/// # Errors
/// As [`load`].
pub fn load_stdin() -> Result<Snapshot, Error> {
    take(io::stdin().lock(), Path::new("-"))
}

/// What the file at `path` holds, or standard input for `-`: unpacked, if it is gzip. The
/// inner error says why it is not taken: it is damaged, or larger than a snapshot may be.
///
/// # Errors
/// [`Error::Read`] if the file cannot be read.
pub fn contents(path: &Path) -> Result<Result<Vec<u8>, String>, Error> {
    let bytes = if path == Path::new("-") {
        slurp(io::stdin().lock(), path)?
    } else {
        let file = File::open(path).map_err(|source| unreadable(path, source))?;
        slurp(file, path)?
    };
    Ok(bounded(&bytes, LIMIT, "has").and_then(|()| {
        if bytes.starts_with(&GZIP) {
            unpack(&bytes, LIMIT)
        } else {
            Ok(bytes)
        }
    }))
}

fn take(input: impl Read, path: &Path) -> Result<Snapshot, Error> {
    parse(&slurp(input, path)?, path)
}

/// Reads what `input` holds, but no more than a snapshot may: a device or a pipe need not
/// have an end.
fn slurp(input: impl Read, path: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    input
        .take(LIMIT.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|source| unreadable(path, source))?;
    Ok(bytes)
}

fn unreadable(path: &Path, source: io::Error) -> Error {
    Error::Read {
        path: path.to_owned(),
        source,
    }
}

/// Reads a snapshot from the contents of a file; `path` is only named in errors.
///
/// # Errors
/// [`Error::Snapshot`] if it is no snapshot or one of a newer version.
pub fn parse(bytes: &[u8], path: &Path) -> Result<Snapshot, Error> {
    let refuse = |reason| Error::Snapshot {
        path: path.to_owned(),
        reason,
    };
    bounded(bytes, LIMIT, "has").map_err(refuse)?;
    if bytes.starts_with(&GZIP) {
        let json = unpack(bytes, LIMIT).map_err(refuse)?;
        read(&json).map_err(refuse)
    } else {
        read(bytes).map_err(refuse)
    }
}

/// The snapshot as a file's contents: the same bytes whenever the snapshot is the same.
///
/// # Errors
/// [`Error::Write`], which memory running out would be the only reason for.
pub fn encode(snapshot: &Snapshot, gzip: bool) -> Result<Vec<u8>, Error> {
    pack(snapshot, gzip).map_err(|source| Error::Write {
        path: "-".into(),
        source,
    })
}

fn pack(snapshot: &Snapshot, gzip: bool) -> io::Result<Vec<u8>> {
    let mut json = serde_json::to_vec_pretty(snapshot)?;
    json.push(b'\n');
    if !gzip {
        return Ok(json);
    }
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(&json)?;
    packer.finish()
}

fn unpack(bytes: &[u8], limit: u64) -> Result<Vec<u8>, String> {
    let mut json = Vec::new();
    MultiGzDecoder::new(bytes)
        .take(limit.saturating_add(1))
        .read_to_end(&mut json)
        .map_err(|error| format!("it is damaged gzip ({error})"))?;
    bounded(&json, limit, "unpacks to")?;
    Ok(json)
}

fn bounded(bytes: &[u8], limit: u64, verb: &str) -> Result<(), String> {
    if bytes.len() as u64 > limit {
        return Err(format!("it {verb} more than {} MiB", limit >> 20));
    }
    Ok(())
}

/// The version, which is read before anything else: a newer snapshot may differ in
/// every other respect.
#[derive(Deserialize)]
struct Header {
    schema_version: Option<u32>,
}

fn read(json: &[u8]) -> Result<Snapshot, String> {
    // serde would take an array for a struct, too: the fields in their order.
    if !json.trim_ascii_start().starts_with(b"{") {
        return Err("it is no JSON object".to_owned());
    }
    let header: Header = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    match header.schema_version {
        None => Err("it has no `schema_version`".to_owned()),
        Some(version) if version > SCHEMA_VERSION => Err(format!(
            "its schema version is {version}, and this build reads none above \
             {SCHEMA_VERSION}; a newer trailcheck will"
        )),
        Some(0) => Err("there is no schema version 0".to_owned()),
        Some(_) => {
            let snapshot = serde_json::from_slice(json).map_err(|error| error.to_string())?;
            refuse_twins(&snapshot)?;
            Ok(snapshot)
        }
    }
}

/// Refuses an account that is in the snapshot twice, as in two files put together: it would
/// be counted twice, and GitHub rejects a SARIF file with two runs of one account.
fn refuse_twins(snapshot: &Snapshot) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for account in &snapshot.accounts {
        if !seen.insert(&account.id) {
            return Err(format!("account `{}` is in it twice", account.id));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::story;

    fn refusal(bytes: &[u8]) -> String {
        parse(bytes, Path::new("x.json")).unwrap_err().to_string()
    }

    #[test]
    fn what_is_saved_is_what_is_read_back_plain_or_packed() {
        let snapshot = story::pristine();
        for gzip in [false, true] {
            let bytes = encode(&snapshot, gzip).unwrap();
            assert_eq!(bytes.starts_with(&GZIP), gzip);
            assert_eq!(parse(&bytes, Path::new("x")).unwrap(), snapshot);
            assert_eq!(encode(&snapshot, gzip).unwrap(), bytes);
        }
    }

    #[test]
    fn a_newer_version_is_refused_before_its_contents_are_looked_at() {
        let message = refusal(br#"{"schema_version": 2, "organizations": []}"#);
        assert!(message.contains("its schema version is 2"), "{message}");
    }

    #[test]
    fn garbage_is_named_for_what_it_is() {
        assert!(refusal(b"").contains("it is no JSON object"));
        assert!(refusal(b"trails: none").contains("it is no JSON object"));
        assert!(refusal(b"[1, 2]").contains("it is no JSON object"));
        assert!(refusal(b"{}").contains("it has no `schema_version`"));
        assert!(refusal(br#"{"schema_version": 0}"#).contains("no schema version 0"));
        assert!(refusal(br#"{"schema_version": "1"}"#).contains("invalid type"));
        assert!(refusal(br#"{"schema_version": 1}"#).contains("missing field"));
        assert!(refusal(&[0x1f, 0x8b, 0x08, 0x00]).contains("damaged gzip"));
    }

    #[test]
    fn a_truncated_file_is_never_half_a_snapshot() {
        let snapshot = story::pristine();
        for gzip in [false, true] {
            let bytes = encode(&snapshot, gzip).unwrap();
            assert!(parse(&bytes[..bytes.len() / 2], Path::new("x")).is_err());
        }
    }

    #[test]
    fn a_file_that_unpacks_to_too_much_is_refused() {
        let packed = encode(&story::pristine(), true).unwrap();
        assert!(
            unpack(&packed, 100)
                .unwrap_err()
                .contains("it unpacks to more than 0 MiB")
        );
    }

    #[test]
    fn an_input_without_an_end_is_given_up() {
        let error = take(io::repeat(b' '), Path::new("-")).unwrap_err();
        assert!(error.to_string().contains("it has more than 256 MiB"));
    }

    #[test]
    fn an_account_is_in_a_snapshot_once() {
        let mut snapshot = story::pristine();
        let twin = snapshot.accounts[0].clone();
        snapshot.accounts.push(twin);
        let bytes = encode(&snapshot, false).unwrap();
        assert!(refusal(&bytes).contains("account `111122223333` is in it twice"));
    }
}
