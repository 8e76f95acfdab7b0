//! What runs side by side, and what bounds the memory of a run. There are as many unpackers as processors, because each
//! holds the largest file it has seen; and of long chains few are verified at a time.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

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

/// Does the work for all items, at most so many at a time; the results come in the order of
/// the items.
pub(super) fn side_by_side<T: Sync, R: Send>(
    most: usize,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let queue = Mutex::new(items.iter().enumerate());
    let results = Mutex::new(BTreeMap::new());
    let take = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    thread::scope(|scope| {
        for _ in 0..most.min(items.len()) {
            scope.spawn(|| {
                while let Some((number, item)) = take() {
                    let result = work(item);
                    let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
                    results.insert(number, result);
                }
            });
        }
    });
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.into_values().collect()
}

/// Room for so much of something.
pub(super) struct Room {
    size: u64,
    taken: Mutex<u64>,
    left: Condvar,
}

/// A share of it, until this is dropped.
pub(super) struct Share<'a> {
    room: &'a Room,
    taken: u64,
}

impl Room {
    /// An empty one.
    pub(super) fn new(size: u64) -> Self {
        Room {
            size,
            taken: Mutex::new(0),
            left: Condvar::new(),
        }
    }

    /// Waits for so much room. What is larger than all of it is alone.
    pub(super) fn enter(&self, share: u64) -> Share<'_> {
        let share = share.min(self.size);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken > self.size - share {
            taken = self
                .left
                .wait(taken)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *taken += share;
        Share {
            room: self,
            taken: share,
        }
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        let mut taken = (self.room.taken.lock()).unwrap_or_else(PoisonError::into_inner);
        *taken -= self.taken;
        drop(taken);
        self.room.left.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn no_more_is_inside_than_there_is_room_for_and_everybody_gets_in() {
        let room = Room::new(10);
        let (inside, most, entered) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for share in [3, 4, 5, 6, 10, 100, 0, 2] {
                let (room, inside, most, entered) = (&room, &inside, &most, &entered);
                scope.spawn(move || {
                    for _ in 0..50 {
                        let entering = room.enter(share);
                        let share = share.min(10);
                        let now = inside.fetch_add(share, Ordering::SeqCst) + share;
                        most.fetch_max(now, Ordering::SeqCst);
                        thread::yield_now();
                        inside.fetch_sub(share, Ordering::SeqCst);
                        drop(entering);
                        entered.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(entered.into_inner(), 8 * 50);
        assert_eq!(most.into_inner(), 10);
    }
}
