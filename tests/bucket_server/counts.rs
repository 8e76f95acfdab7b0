//! What the server was asked.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::operation::{Call, Operation};
use super::request::Request;
use super::served::Served;

/// A request that was not for an object that is there: of those only the number is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) operation: Operation,
    pub(crate) bucket: String,
    /// Of an object its key, of a listing its prefix.
    pub(crate) key: String,
    /// The query as it came.
    pub(crate) query: String,
    /// The body as it came.
    pub(crate) body: String,
    /// The Region that the request was signed for, or nothing.
    pub(crate) region: String,
}

pub(super) struct Counts {
    by_operation: [AtomicUsize; Operation::ALL.len()],
    asked: Mutex<Vec<Asked>>,
}

impl Counts {
    pub(super) fn new() -> Self {
        Counts {
            by_operation: std::array::from_fn(|_| AtomicUsize::new(0)),
            asked: Mutex::new(Vec::new()),
        }
    }

    pub(super) fn add(&self, served: &Served, call: &Call, request: &Request) {
        self.by_operation[call.operation as usize].fetch_add(1, Ordering::Relaxed);
        let object = matches!(call.operation, Operation::GetObject | Operation::HeadObject);
        if object && let Some(object) = served.object(call.bucket, &call.key) {
            let got = usize::from(call.operation == Operation::GetObject);
            object.gets.fetch_add(got, Ordering::Relaxed);
            return;
        }
        self.asked.lock().unwrap().push(Asked {
            operation: call.operation,
            bucket: call.bucket.to_owned(),
            key: call.key.clone().into_owned(),
            query: request.query.to_owned(),
            body: String::from_utf8_lossy(request.body).into_owned(),
            region: request.region.to_owned(),
        });
    }

    pub(super) fn of(&self, operation: Operation) -> usize {
        self.by_operation[operation as usize].load(Ordering::Relaxed)
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// How often each object was asked for by `GetObject`, by its `s3://` URL. Objects that
    /// are not there are among them.
    pub(super) fn gets(&self, served: &Served) -> BTreeMap<String, usize> {
        let mut gets = BTreeMap::new();
        for (bucket, content) in &served.buckets {
            for object in &content.objects {
                let times = object.gets.load(Ordering::Relaxed);
                if times > 0 {
                    gets.insert(format!("s3://{bucket}/{}", object.key), times);
                }
            }
        }
        let asked = self.asked.lock().unwrap();
        for Asked { bucket, key, .. } in asked
            .iter()
            .filter(|asked| asked.operation == Operation::GetObject)
        {
            *gets.entry(format!("s3://{bucket}/{key}")).or_default() += 1;
        }
        gets
    }

    pub(super) fn reset(&self, served: &Served) {
        for count in &self.by_operation {
            count.store(0, Ordering::Relaxed);
        }
        let objects = served.buckets.values().flat_map(|bucket| &bucket.objects);
        for object in objects {
            object.gets.store(0, Ordering::Relaxed);
        }
        self.asked.lock().unwrap().clear();
    }

    /// The counts for a program in another process: by operation, and of objects how many
    /// were asked for and how often the one that was asked for most.
    pub(super) fn summary(&self, served: &Served) -> Value {
        let by_operation: BTreeMap<String, usize> = Operation::ALL
            .iter()
            .map(|operation| (format!("{operation:?}"), self.of(*operation)))
            .collect();
        let gets = self.gets(served);
        json!({
            "operations": by_operation,
            "objects": gets.len(),
            "most": gets.values().max().copied().unwrap_or(0),
        })
    }
}
