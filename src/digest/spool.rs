//! Packed digests that are read again for their log files: in memory while they are few, and
//! in a file of this process alone when a year of many log files comes together.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::{Mutex, PoisonError};

/// How many bytes of packed digests a run keeps in memory: those of some 5,000 quiet hours, so
/// that a week of an account writes nothing.
const HELD: usize = 8 << 20;

/// Keeps bytes until the run is over.
#[derive(Debug)]
pub(super) struct Spool {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// How many bytes may still be held.
    room: usize,
    /// The file, which has no name and goes with the process, and its length.
    file: Option<(File, u64)>,
    /// Whether the file could not be made or written. Then memory has to do.
    no_file: bool,
}

/// Bytes that are kept.
#[derive(Debug)]
pub(super) enum Kept {
    /// In memory.
    Held(Box<[u8]>),
    /// In the file: from there, so many.
    Written { at: u64, length: usize },
}

impl Spool {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Spool::holding(HELD)
    }

    fn holding(room: usize) -> Self {
        let state = State {
            room,
            file: None,
            no_file: false,
        };
        Spool {
            state: Mutex::new(state),
        }
    }

    /// Keeps them.
    pub(super) fn keep(&self, bytes: Vec<u8>) -> Kept {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(room) = state.room.checked_sub(bytes.len()) {
            state.room = room;
        } else if let Some(at) = state.write(&bytes) {
            let length = bytes.len();
            return Kept::Written { at, length };
        }
        Kept::Held(bytes.into_boxed_slice())
    }

    /// The bytes that were kept.
    ///
    /// # Errors
    /// If the file cannot be read any more.
    pub(super) fn get<'k>(&self, kept: &'k Kept) -> io::Result<Cow<'k, [u8]>> {
        let (at, length) = match kept {
            Kept::Held(bytes) => return Ok(Cow::Borrowed(bytes)),
            Kept::Written { at, length } => (*at, *length),
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((file, _)) = &mut state.file else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let mut bytes = vec![0; length];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut bytes)?;
        Ok(Cow::Owned(bytes))
    }
}

impl State {
    /// Where in the file the bytes are now; `None` if there is no writing them.
    fn write(&mut self, bytes: &[u8]) -> Option<u64> {
        if self.no_file {
            return None;
        }
        let written = self.append(bytes);
        self.no_file = written.is_err();
        written.ok()
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let (file, end) = match &mut self.file {
            Some(file) => file,
            none => none.insert((tempfile::tempfile()?, 0)),
        };
        let at = *end;
        file.seek(SeekFrom::Start(at))?;
        file.write_all(bytes)?;
        *end += bytes.len() as u64;
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces() -> Vec<Vec<u8>> {
        (0..50_u8).map(|n| vec![n; usize::from(n) + 1]).collect()
    }

    #[test]
    fn what_is_kept_comes_back_from_memory_and_from_the_file() {
        let spool = Spool::holding(100);
        let kept: Vec<Kept> = pieces()
            .into_iter()
            .map(|piece| spool.keep(piece))
            .collect();
        let written = kept
            .iter()
            .filter(|kept| matches!(kept, Kept::Written { .. }));
        assert!(written.count() > 30);
        assert!(matches!(kept[0], Kept::Held(_)));
        for (kept, piece) in kept.iter().zip(pieces()).rev() {
            assert_eq!(spool.get(kept).unwrap(), piece);
        }
    }

    #[test]
    fn without_a_file_all_stays_in_memory() {
        let spool = Spool::holding(0);
        spool.state.lock().unwrap().no_file = true;
        let kept = spool.keep(vec![1, 2, 3]);
        assert!(matches!(kept, Kept::Held(_)));
        assert_eq!(*spool.get(&kept).unwrap(), [1, 2, 3]);
    }

    #[test]
    fn what_the_file_has_lost_is_an_error() {
        let spool = Spool::holding(0);
        let kept = spool.keep(vec![1, 2, 3]);
        let state = spool.state.lock().unwrap();
        state.file.as_ref().unwrap().0.set_len(2).unwrap();
        drop(state);
        assert!(spool.get(&kept).is_err());
    }
}
