//! Management events that nobody records, in words.

use std::collections::{BTreeMap, BTreeSet};

use crate::rule::listed;
use crate::selector::{Access, Cell, Source};
use crate::snapshot::Account;

/// The events by Region, of `asked` sources: `write management events in eu-west-1`, or
/// where there are several sources
/// `read and write management events of every source in all 17 audited Regions`.
pub(super) fn events(missing: &[Cell<'_>], asked: &[Source<'_>], account: &Account) -> String {
    let mut by_region: BTreeMap<&str, Vec<&Cell<'_>>> = BTreeMap::new();
    for cell in missing {
        if let Some(region) = cell.region {
            by_region.entry(region).or_default().push(cell);
        }
    }
    let mut by_events: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (region, cells) in by_region {
        let events = in_one_region(&cells, asked);
        by_events.entry(events).or_default().push(region);
    }
    let parts: Vec<String> = by_events
        .into_iter()
        .map(|(events, found)| format!("{events} in {}", regions(&found, account)))
        .collect();
    parts.join("; ")
}

/// Some of the audited Regions, by name unless they are many.
pub(super) fn regions(some: &[&str], account: &Account) -> String {
    let all = account.regions.len();
    if some.len() == all && all > 4 {
        return format!("all {all} audited Regions");
    }
    listed(some)
}

/// The Regions of some events.
pub(super) fn regions_of<'a>(cells: &[Cell<'a>]) -> BTreeSet<&'a str> {
    cells.iter().filter_map(|cell| cell.region).collect()
}

fn in_one_region(cells: &[&Cell<'_>], asked: &[Source<'_>]) -> String {
    let of = |access| {
        let cells = cells.iter().filter(move |cell| cell.access == access);
        cells.map(|cell| cell.source).collect::<BTreeSet<_>>()
    };
    let (reads, writes) = (of(Access::Read), of(Access::Write));
    if reads == writes {
        return format!("read and write management events{}", sources(&reads, asked));
    }
    let parts: Vec<String> = [("read", reads), ("write", writes)]
        .into_iter()
        .filter(|(_, missing)| !missing.is_empty())
        .map(|(access, missing)| format!("{access} management events{}", sources(&missing, asked)))
        .collect();
    parts.join(" and ")
}

/// The sources of missing events, which need no words where only one thing was asked.
fn sources(missing: &BTreeSet<Source<'_>>, asked: &[Source<'_>]) -> String {
    if asked.len() == 1 {
        return String::new();
    }
    let names = |of: &mut dyn Iterator<Item = &Source<'_>>| {
        let names: Vec<String> = of.filter_map(name).collect();
        listed(&names.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let rest = missing.contains(&Source::Rest);
    let mut recorded = asked.iter().filter(|one| !missing.contains(one)).peekable();
    match (rest, recorded.peek()) {
        (true, None) => " of every source".to_owned(),
        (true, Some(_)) => format!(" of every source but {}", names(&mut recorded)),
        (false, _) => format!(" of {}", names(&mut missing.iter())),
    }
}

fn name(source: &Source<'_>) -> Option<String> {
    match source {
        Source::Named(name) => Some(format!("`{name}`")),
        Source::Rest => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selector::{KMS, RDS_DATA};
    use crate::snapshot::story;

    const READ: Access = Access::Read;
    const WRITE: Access = Access::Write;
    const ASKED: [Source<'_>; 3] = [Source::Named(KMS), Source::Named(RDS_DATA), Source::Rest];

    fn cell<'a>(region: &'a str, access: Access, source: Source<'a>) -> Cell<'a> {
        Cell {
            region: Some(region),
            access,
            source,
        }
    }

    fn told(cells: &[Cell<'_>]) -> String {
        events(cells, &ASKED, &story::pristine_account())
    }

    #[test]
    fn missing_events_are_told_by_region_access_and_source() {
        let cells = [
            cell("a-1", READ, ASKED[0]),
            cell("a-1", WRITE, ASKED[0]),
            cell("b-1", WRITE, ASKED[2]),
            cell("b-1", WRITE, ASKED[0]),
            cell("c-1", READ, ASKED[0]),
            cell("c-1", WRITE, ASKED[1]),
        ];
        assert_eq!(
            told(&cells),
            "read and write management events of `kms.amazonaws.com` in a-1; \
             read management events of `kms.amazonaws.com` and \
             write management events of `rdsdata.amazonaws.com` in c-1; \
             write management events of every source but `rdsdata.amazonaws.com` in b-1"
        );
    }

    #[test]
    fn a_region_where_nothing_is_recorded_needs_no_list_of_sources() {
        let both = |region| Access::ALL.map(|access| ASKED.map(|one| cell(region, access, one)));
        let cells = [both("a-1"), both("b-1")].concat().concat();
        assert_eq!(
            told(&cells),
            "read and write management events of every source in a-1 and b-1"
        );
        let rest = [cell("a-1", READ, Source::Rest)];
        let account = story::pristine_account();
        assert_eq!(
            events(&rest, &[Source::Rest], &account),
            "read management events in a-1"
        );
    }

    #[test]
    fn many_regions_are_counted_and_all_of_them_are_all() {
        let mut account = story::pristine_account();
        let facts = account.regions["us-east-1"].clone();
        for at in 1..=3 {
            account
                .regions
                .insert(format!("ap-south-{at}"), facts.clone());
        }
        let all: Vec<&str> = account.regions.keys().map(String::as_str).collect();
        assert_eq!(regions(&all, &account), "all 5 audited Regions");
        assert_eq!(
            regions(&all[..4], &account),
            "ap-south-1, ap-south-2, ap-south-3 and eu-west-1"
        );
    }
}
