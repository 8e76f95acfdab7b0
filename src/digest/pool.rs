//! As many unpackers as there are processors: each holds the largest file it has seen, so
//! that their number bounds what unpacking keeps.

use std::sync::{Condvar, Mutex, PoisonError};

use super::unpack::Unpacker;

/// Unpackers that threads take turns with.
pub(super) struct Unpackers {
    free: Mutex<Vec<Unpacker>>,
    returned: Condvar,
}

impl Unpackers {
    /// So many.
    pub(super) fn new(count: usize) -> Self {
        Unpackers {
            free: Mutex::new((0..count.max(1)).map(|_| Unpacker::new()).collect()),
            returned: Condvar::new(),
        }
    }

    /// Waits for one and works with it.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Unpacker) -> T) -> T {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut unpacker = loop {
            match free.pop() {
                Some(unpacker) => break unpacker,
                None => {
                    free = self
                        .returned
                        .wait(free)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
        };
        drop(free);
        let result = work(&mut unpacker);
        self.free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(unpacker);
        self.returned.notify_one();
        result
    }
}
