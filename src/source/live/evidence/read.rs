//! Many objects: asked for on the runtime, taken on threads that may compute.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::task::{JoinError, JoinSet};

use super::Asker;
use crate::digest::object::Object;
use crate::digest::store::{Body, Take, Unreadable};

/// Objects that are begun to be asked for together. Who begins them is another thread than
/// who is asked, and waking it for each one costs a third of what an object costs.
const TURNS: u32 = 16;

/// An object on its way to be taken.
struct Item {
    number: u64,
    object: Object,
    result: Result<Body, Unreadable>,
    /// Its share of the bytes that may be held, given back when it is taken.
    share: Option<OwnedSemaphorePermit>,
}

/// Tells everybody that one who takes has panicked.
#[derive(Default)]
struct Abandoned {
    flag: AtomicBool,
    told: Notify,
}

/// Reads what is `wanted` and hands it to `take`. Neither `wanted` nor `take` may read in
/// turn: each holds what the other reading would wait for.
///
/// # Panics
/// If `take` or `wanted` does, with the same words.
pub(super) fn read(
    runtime: &Handle,
    asker: &Arc<Asker>,
    wanted: &mut (dyn Iterator<Item = (u64, Object)> + Send),
    take: &Take<'_>,
) {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let (sender, receiver) = channel(2 * processors);
    let (receiver, abandoned) = (Mutex::new(receiver), Abandoned::default());
    thread::scope(|scope| {
        let takers: Vec<_> = (0..processors)
            .map(|_| scope.spawn(|| take_all(&receiver, take, &abandoned)))
            .collect();
        runtime.block_on(ask_all(asker, wanted, sender, &abandoned));
        for taker in takers {
            if let Err(panic) = taker.join() {
                resume_unwind(panic);
            }
        }
    });
}

fn take_all(receiver: &Mutex<Receiver<Item>>, take: &Take<'_>, abandoned: &Abandoned) {
    let _on_panic = OnPanic(abandoned);
    loop {
        let next = receiver
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv();
        let Some(item) = next.filter(|_| !abandoned.flag.load(Ordering::Relaxed)) else {
            return;
        };
        take(item.number, item.object, item.result);
        drop(item.share);
    }
}

struct OnPanic<'a>(&'a Abandoned);

impl Drop for OnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.flag.store(true, Ordering::Relaxed);
            self.0.told.notify_one();
        }
    }
}

/// Asks for everything, until it is all handed over or nobody takes it any more.
async fn ask_all(
    asker: &Arc<Asker>,
    wanted: &mut (dyn Iterator<Item = (u64, Object)> + Send),
    sender: Sender<Item>,
    abandoned: &Abandoned,
) {
    let mut asking = JoinSet::new();
    let ask = async {
        // The semaphore is never closed.
        'wanted: while let Ok(mut turns) = asker.gets.clone().acquire_many_owned(TURNS).await {
            while let Some(ended) = asking.try_join_next() {
                pass_on_panic(ended);
            }
            while let Some(turn) = turns.split(1) {
                let Some((number, object)) = wanted.next() else {
                    break 'wanted;
                };
                asking.spawn(one(asker.clone(), number, object, sender.clone(), turn));
            }
        }
        drop(sender);
        while let Some(ended) = asking.join_next().await {
            pass_on_panic(ended);
        }
    };
    // What is still being asked for ends with the set.
    tokio::select! {
        () = ask => {}
        () = abandoned.told.notified() => {}
    }
}

async fn one(
    asker: Arc<Asker>,
    number: u64,
    object: Object,
    sender: Sender<Item>,
    turn: OwnedSemaphorePermit,
) {
    let got = asker.unless_halted(asker.get(&object)).await;
    let (result, share) = match got.and_then(|got| got) {
        Ok(got) => (Ok(got.body), Some(got.share)),
        Err(why) => (Err(why), None),
    };
    let item = Item {
        number,
        object,
        result,
        share,
    };
    // Nobody listens if who takes has panicked, and then nobody waits for this either.
    sender.send(item).await.ok();
    drop(turn);
}

/// A panic must not get lost, or its object would be missing in silence.
fn pass_on_panic(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && let Ok(panic) = error.try_into_panic()
    {
        resume_unwind(panic);
    }
}
