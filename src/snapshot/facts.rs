//! Every fact of a snapshot in turn, to count them and to list the gaps.

use super::{Account, Bucket, Gap, GapKind, Key, LogGroup, Observed, Snapshot, Trail};

/// One fact's place and whether it could be read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fact<'a> {
    /// The account it was read in.
    pub account: &'a str,
    /// The resource it is about: an ARN, a bucket name, a Region, or the account id.
    pub subject: &'a str,
    /// Why it is missing; `None` if it was read.
    pub gap: Option<&'a Gap>,
}

impl Snapshot {
    /// Every fact that was asked for, in the snapshot's order. Facts that no selected
    /// rule needed (`not-collected`) are left out: nobody tried to read them.
    pub fn facts(&self) -> Vec<Fact<'_>> {
        let mut facts = Vec::new();
        for account in &self.accounts {
            account.visit(&mut |subject, gap| {
                if gap.is_none_or(|gap| gap.kind != GapKind::NotCollected) {
                    facts.push(Fact {
                        account: &account.id,
                        subject,
                        gap,
                    });
                }
            });
        }
        facts
    }
}

type Visitor<'v, 'a> = &'v mut dyn FnMut(&'a str, Option<&'a Gap>);

fn see<'a, T>(visit: Visitor<'_, 'a>, subject: &'a str, fact: &'a Observed<T>) {
    visit(subject, fact.gap());
}

impl Account {
    fn visit<'a>(&'a self, visit: Visitor<'_, 'a>) {
        see(visit, &self.id, &self.alias);
        see(visit, &self.id, &self.enabled_regions);
        for (region, facts) in &self.regions {
            see(visit, region, &facts.trails);
        }
        for trail in &self.trails {
            trail.visit(visit);
        }
        for bucket in &self.buckets {
            bucket.visit(visit);
        }
        for key in &self.keys {
            key.visit(visit);
        }
        for group in &self.log_groups {
            group.visit(visit);
        }
        see(visit, &self.id, &self.public_access_block);
        see(visit, &self.id, &self.summary);
    }
}

impl Trail {
    fn visit<'a>(&'a self, visit: Visitor<'_, 'a>) {
        let arn = &self.arn;
        see(visit, arn, &self.multi_region);
        see(visit, arn, &self.organization);
        see(visit, arn, &self.global_service_events);
        see(visit, arn, &self.log_file_validation);
        see(visit, arn, &self.bucket);
        for status in self.status.values() {
            see(visit, arn, status);
        }
        see(visit, arn, &self.selectors);
        see(visit, arn, &self.insights);
        see(visit, arn, &self.tags);
    }
}

impl Bucket {
    fn visit<'a>(&'a self, visit: Visitor<'_, 'a>) {
        let name = &self.name;
        see(visit, name, &self.existence);
        see(visit, name, &self.region);
        see(visit, name, &self.owner);
        see(visit, name, &self.policy);
        see(visit, name, &self.policy_is_public);
        see(visit, name, &self.acl);
        see(visit, name, &self.public_access_block);
        see(visit, name, &self.ownership);
        see(visit, name, &self.versioning);
        see(visit, name, &self.object_lock);
        see(visit, name, &self.lifecycle);
        see(visit, name, &self.encryption);
        see(visit, name, &self.access_logging);
    }
}

impl Key {
    fn visit<'a>(&'a self, visit: Visitor<'_, 'a>) {
        let name = self.name();
        see(visit, name, &self.description);
        see(visit, name, &self.rotation);
        see(visit, name, &self.policy);
    }
}

impl LogGroup {
    fn visit<'a>(&'a self, visit: Visitor<'_, 'a>) {
        see(visit, &self.arn, &self.description);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::snapshot::story;

    /// Facts as they stand in the JSON: every object that is `{"known": …}` or `{"gap": …}`.
    fn count(value: &Value) -> usize {
        match value {
            Value::Object(map) => {
                let own = usize::from(
                    map.len() == 1 && (map.contains_key("known") || map.contains_key("gap")),
                );
                own + map.values().map(count).sum::<usize>()
            }
            Value::Array(items) => items.iter().map(count).sum(),
            _ => 0,
        }
    }

    #[test]
    fn no_fact_of_a_snapshot_is_left_out_of_the_count() {
        let snapshot = story::pristine();
        let json = serde_json::to_value(&snapshot).unwrap();
        assert_eq!(snapshot.facts().len(), count(&json));
    }
}
