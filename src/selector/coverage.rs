//! What an account records: the union over its logging trails.

use std::collections::BTreeSet;

use super::data::{DataCoverage, DataKind, Query};
use super::management::{Access, Source};
use super::recorder::Recorder;
use super::truth::Truth;
use super::witness::Witnesses;
use crate::snapshot::{Account, Action, Gap, GapKind};

/// An account seen through what its trails record.
#[derive(Debug)]
pub struct Coverage<'a> {
    account: &'a Account,
    /// Every visible trail.
    pub recorders: Vec<Recorder<'a>>,
    /// The gap behind which trails may hide: a Region whose trails could not be listed.
    unlisted: Option<Gap>,
    /// The gap behind which Regions may hide.
    beyond: Option<Gap>,
    unclear: Gap,
    too_many: Gap,
}

/// Some management events in one Region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell<'a> {
    /// The Region; `None` stands for one that AWS would not name.
    pub region: Option<&'a str>,
    /// Read or write.
    pub access: Access,
    /// From where.
    pub source: Source<'a>,
}

/// Which management events are not recorded, of those that were asked about.
#[derive(Debug)]
pub struct Grid<'a> {
    /// Those that for certain are not.
    pub missing: Vec<Cell<'a>>,
    /// Those that perhaps are not, and the gap on which that depends.
    pub doubtful: Vec<(Cell<'a>, &'a Gap)>,
}

impl<'a> Coverage<'a> {
    /// Looks at every trail of the account.
    pub fn of(account: &'a Account) -> Self {
        let unsupported =
            |detail: &str| Gap::new(Action::GetEventSelectors, GapKind::Unsupported, detail);
        Coverage {
            account,
            recorders: account.trails.iter().map(Recorder::new).collect(),
            unlisted: account.all_trails().err(),
            beyond: account.regions_known().err(),
            unclear: unsupported(
                "AWS does not document which events there are for the conditions that the data \
                 event selectors set, so these cannot be told to take in all of them",
            ),
            too_many: unsupported(
                "the data event selectors set more conditions than can be weighed together",
            ),
        }
    }

    /// Whether it holds for some trail of the account, seen or not.
    pub fn any<'s>(&'s self, holds: impl Fn(&'s Recorder<'a>) -> Truth<'s>) -> Truth<'s> {
        Truth::any(self.recorders.iter().map(holds)).or(self.unseen())
    }

    /// Whether it holds for some trail that covers the Region. What the Region's own list
    /// leaves out does not cover it: a multi-Region trail has a shadow in every Region.
    pub fn any_in<'s>(
        &'s self,
        region: &str,
        holds: impl Fn(&'s Recorder<'a>) -> Truth<'s>,
    ) -> Truth<'s> {
        Truth::any(
            self.recorders
                .iter()
                .map(|one| one.covers(Some(region)).and(holds(one))),
        )
        .or(self.unseen_in(region))
    }

    /// Whether trails hide in a Region that could not be asked for its trails.
    pub fn unseen_in(&self, region: &str) -> Truth<'a> {
        let facts = self.account.regions.get(region);
        facts
            .and_then(|facts| facts.trails.gap())
            .map_or(Truth::No, Truth::Unknown)
    }

    fn unseen(&self) -> Truth<'_> {
        self.unlisted.as_ref().map_or(Truth::No, Truth::Unknown)
    }

    /// The event sources that some management selector names.
    pub fn named_sources(&self) -> BTreeSet<&'a str> {
        let named = |one: &Recorder<'a>| one.named_sources();
        self.recorders.iter().flat_map(named).collect()
    }

    /// Which management events of these sources are not recorded by the union of the
    /// logging trails, Region by Region.
    pub fn management<'s>(&'s self, sources: &[Source<'s>]) -> Grid<'s> {
        let mut grid = Grid {
            missing: Vec::new(),
            doubtful: Vec::new(),
        };
        for cell in self.cells(sources) {
            match (self.recorded(cell), cell.region, &self.beyond) {
                (Truth::Yes, _, _) => {}
                // Nobody knows whether there is such a Region at all.
                (_, None, Some(gap)) | (Truth::Unknown(gap), _, _) => {
                    grid.doubtful.push((cell, gap));
                }
                (Truth::No, _, _) => grid.missing.push(cell),
            }
        }
        grid
    }

    fn cells<'s>(&'s self, sources: &[Source<'s>]) -> Vec<Cell<'s>> {
        let regions = self
            .account
            .regions
            .keys()
            .map(|region| Some(region.as_str()));
        let hidden = self.beyond.as_ref().map(|_| None);
        let mut cells = Vec::new();
        for region in regions.chain(hidden) {
            for access in Access::ALL {
                cells.extend(sources.iter().map(|source| Cell {
                    region,
                    access,
                    source: *source,
                }));
            }
        }
        cells
    }

    fn recorded<'s>(&'s self, cell: Cell<'s>) -> Truth<'s> {
        let records =
            |one: &'s Recorder<'a>| one.logging().and(one.records(cell.access, cell.source));
        match cell.region {
            Some(region) => self.any_in(region, records),
            None => self.any(|one| one.covers(None).and(records(one))),
        }
    }

    /// How far the logging multi-Region trails together record all data events of a kind.
    pub fn data(&self, kind: DataKind, access: Access) -> DataCoverage<'a> {
        let query = Query {
            kind,
            access,
            prefix: kind.arn_prefix(&self.account.partition),
            unclear: &self.unclear,
        };
        let recorders: Vec<(&Recorder<'a>, Truth<'_>)> = self
            .recorders
            .iter()
            .map(|one| (one, one.logging().and(one.multi_region())))
            .filter(|(_, counts)| *counts != Truth::No)
            .collect();
        let plain = recorders
            .iter()
            .find(|(one, counts)| *counts == Truth::Yes && one.records_all_plainly(&query));
        if let Some((one, _)) = plain {
            return DataCoverage {
                all: Ok(true),
                some: vec![one.trail],
                example: None,
            };
        }
        let selectors: Vec<_> = recorders
            .iter()
            .flat_map(|(one, _)| one.selectors.iter().flatten())
            .collect();
        match Witnesses::of(&selectors, &query) {
            Some(witnesses) => self.examine(&recorders, &witnesses, &query),
            None => DataCoverage {
                all: Err(self.too_many.clone()),
                some: Vec::new(),
                example: None,
            },
        }
    }

    fn examine<'s>(
        &'s self,
        recorders: &[(&'s Recorder<'a>, Truth<'s>)],
        witnesses: &Witnesses,
        query: &Query<'s>,
    ) -> DataCoverage<'a> {
        let mut all = Truth::Yes;
        let mut example = None;
        let mut some = vec![false; recorders.len()];
        for event in witnesses.events() {
            let mut recorded = self.unseen();
            for ((one, counts), some) in recorders.iter().zip(&mut some) {
                let records = counts.and(one.records_data(query, &event));
                *some |= records == Truth::Yes;
                recorded = recorded.or(records);
            }
            if recorded == Truth::No && !event.exists() {
                recorded = Truth::Unknown(query.unclear);
            }
            if recorded == Truth::No && example.is_none() {
                example = witnesses.describe(&event, query);
            }
            all = all.and(recorded);
        }
        let some = recorders.iter().zip(some).filter(|(_, some)| *some);
        DataCoverage {
            all: all.known(),
            some: some.map(|((one, _), _)| one.trail).collect(),
            example,
        }
    }
}
